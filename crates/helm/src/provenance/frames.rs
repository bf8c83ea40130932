//! Places in templates.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use seatrial_gotemplate::trace::Record;

use super::Literal;

use crate::chart::{Chart, File};

/// How much of a template's text a frame shows.
const SHOWN: usize = 200;

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template's name, as Helm has it: `chart/templates/_helpers.tpl`.
    pub template: Arc<str>,
    /// The file, as a person finds it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The action, or the text, that stands there.
    pub text: String,
}

/// The files behind the names of templates.
pub(super) struct Frames(HashMap<String, File>);

impl Frames {
    /// Those of a chart and of all below it.
    pub(super) fn of(chart: &Chart) -> Self {
        let mut files = HashMap::new();
        let mut open = vec![chart];
        while let Some(chart) = open.pop() {
            for file in chart.templates.iter() {
                files.entry(format!("{}/{}", chart.full_path, file.name)).or_insert_with(|| file.clone());
            }
            open.extend(chart.dependencies.iter().map(|chart| &**chart));
        }
        Self(files)
    }

    /// Adds the place of a record, and those of the templates that were executed for it.
    pub(super) fn add(&self, record: &Record, frames: &mut Vec<Frame>) {
        let mut record = record;
        // Templates include templates; where several were executed, the first that printed a value is followed.
        for _ in 0..100 {
            if let Some(frame) = self.frame(&record.template, record.source.clone())
                && !frames.contains(&frame)
            {
                frames.push(frame);
            }
            let inner = record.inner.iter().flat_map(|records| records.iter());
            let Some(next) = inner.clone().find(|record| !record.values.is_empty()).or(inner.clone().next())
            else {
                return;
            };
            record = next;
        }
    }

    /// A stretch of a template, by the template's name.
    pub(super) fn text(&self, name: &str, span: &Range<usize>) -> Option<&[u8]> {
        self.0.get(name)?.data.get(span.clone())
    }

    /// The same as a place in a file.
    pub(super) fn literal(&self, name: &str, range: Range<usize>) -> Option<Literal> {
        Some(Literal { file: Arc::clone(&self.0.get(name)?.source), range })
    }

    pub(super) fn frame(&self, name: &str, span: Range<usize>) -> Option<Frame> {
        let file = self.0.get(name)?;
        let text = String::from_utf8_lossy(&file.data);
        let before = text.get(..span.start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let shown: String = text.get(span)?.trim().lines().next()?.chars().take(SHOWN).collect();
        Some(Frame {
            template: Arc::from(name),
            file: Arc::clone(&file.source),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count() + 1,
            text: shown,
        })
    }
}
