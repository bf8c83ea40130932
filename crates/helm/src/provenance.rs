//! Which templates and values made a field of a rendered resource.
//!
//! [`trace`] renders once more, recording as it goes. What it says of a field is where the evaluator saw the field's bytes come
//! from; [`Traced::confirmed`] then changes each value it named and renders again, so that what is left is sure.

mod frames;
mod perturb;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use seatrial_gotemplate::trace::{Record, Step, ValuePath};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

pub use frames::Frame;
use frames::Frames;

use crate::chart::Values;
use crate::engine::Prepared;
use crate::error::Error;
use crate::options::Options;
use crate::release::{Manifest, Release};
use crate::render::render_traced;
use crate::{coalesce, dependencies};

/// A release, and what made each byte of it.
pub struct Traced {
    /// The release.
    pub release: Release,
    /// The values of the root chart as its templates see them: those of subcharts under their names.
    pub values: Values,
    /// Those that the user gave.
    user: Values,
    records: HashMap<Arc<str>, Vec<Record>>,
    frames: Frames,
}

/// What made a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldOrigin {
    /// The template's own text, and that of the templates included for it, outermost first.
    pub frames: Vec<Frame>,
    /// The values printed into it, as paths among [`Traced::values`].
    pub values: Vec<Path>,
    /// The values that decided whether it is printed.
    pub conditions: Vec<Path>,
    /// What else was printed into it: `Release.Name`, `Chart.Version`.
    pub facts: Vec<Path>,
    /// The template's text that is the field, when it stands there as it is printed.
    pub literal: Option<Literal>,
}

/// A stretch of a template's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The file, as a person finds it.
    pub file: Arc<str>,
    /// Its bytes.
    pub range: Range<usize>,
}

/// Renders as [`render`](crate::render) does, recording what every byte comes from. `values` are the user's, merged.
pub fn trace(prepared: &Prepared, values: Values, options: &Options) -> Result<Traced, Error> {
    let chart = dependencies::process(prepared.chart(), &values, prepared.version(), &mut Vec::new())?;
    let coalesced = coalesce::coalesce(&chart, &values, prepared.version())?.to_values();
    let frames = Frames::of(&chart);
    let (release, traces) = render_traced(prepared, values.clone(), options)?;
    let records = traces.into_iter().map(|(path, recorder)| (path, recorder.records)).collect();
    Ok(Traced { release, user: values, values: coalesced, records, frames })
}

impl Traced {
    /// What made the field at `path` of a document; `None` when the document has no such field, or is no template's.
    pub fn field(&self, document: &Manifest, path: &Path) -> Option<FieldOrigin> {
        let records = self.records.get(&document.path)?;
        let text = String::from_utf8_lossy(document.content());
        let tree = seatrial_yaml::parse(text.as_ref());
        let node = tree.root()?.find(path)?;
        let span = node.span();
        let bytes = span.start + document.range.start..span.end + document.range.start;
        let from = records.partition_point(|record| record.output.end <= bytes.start);
        let touching =
            records.get(from..).unwrap_or_default().iter().take_while(|r| r.output.start < bytes.end);
        let touching: Vec<&Record> = touching.collect();
        let mut origin = FieldOrigin::default();
        // The action that printed it, or else the text in which it stands.
        let main = touching.iter().find(|record| !record.values.is_empty()).or(touching.first())?;
        let printed = document.content().get(node.span()).unwrap_or_default();
        let stands = |source: &Range<usize>| self.frames.text(&main.template, source) == Some(printed);
        match literally(main, &bytes).into_iter().find(stands) {
            Some(source) => {
                origin.frames.extend(self.frames.frame(&main.template, source.clone()));
                origin.literal = self.frames.literal(&main.template, source);
            }
            None => self.frames.add(main, &mut origin.frames),
        }
        let wanted = node.scalar().map(|_| node.to_json());
        let scope = scope(&document.path);
        for value in touching.iter().flat_map(|record| &record.values) {
            match among_values(&scope, value) {
                Some(value) => add(&mut origin.values, self.narrowed(value, path, wanted.as_ref())),
                None => add(&mut origin.facts, to_path(value)),
            }
        }
        let mut conditions = BTreeSet::new();
        for record in &touching {
            gather_conditions(record, &mut conditions);
        }
        for condition in conditions {
            if let Some(condition) = among_values(&scope, condition) {
                add(&mut origin.conditions, condition);
            }
        }
        Some(origin)
    }

    /// The field's origin with only those values that change the field when they are changed, first those that are
    /// printed into it. The chart is rendered again for each candidate.
    pub fn confirmed(
        &self,
        prepared: &Prepared,
        options: &Options,
        document: &Manifest,
        path: &Path,
    ) -> Option<FieldOrigin> {
        let mut origin = self.field(document, path)?;
        let experiment = perturb::Experiment::new(self, prepared, options, document, path)?;
        let (decide, other): (Vec<Path>, Vec<Path>) =
            origin.values.into_iter().partition(|value| experiment.depends_on(value));
        origin.values = decide;
        if origin.values.is_empty() {
            origin.values = experiment.search(&other);
        }
        Some(origin)
    }

    /// The value at a path of those in effect.
    pub fn value(&self, path: &Path) -> Option<&Value> {
        lookup(&self.values, path)
    }

    /// Every value that a template was seen to print or to decide by, as paths among [`Traced::values`].
    pub fn read_values(&self) -> BTreeSet<Path> {
        let mut found = BTreeSet::new();
        for (template, records) in &self.records {
            let scope = scope(template);
            let mut open: Vec<&Record> = records.iter().collect();
            while let Some(record) = open.pop() {
                let seen = record.values.iter().chain(&record.conditions);
                found.extend(seen.filter_map(|path| among_values(&scope, path)));
                open.extend(record.inner.iter().flat_map(|records| records.iter()));
            }
        }
        found
    }

    /// Where the values of a template's chart stand among those of the root chart.
    pub fn scope(template: &str) -> Path {
        scope(template)
    }

    /// The part of a container printed whole (`toYaml .Values.resources`) that ends as the field does and holds what the
    /// field holds.
    fn narrowed(&self, path: Path, field: &Path, wanted: Option<&Value>) -> Path {
        let Some(container) = lookup(&self.values, &path) else { return path };
        if !matches!(container, Value::Object(_) | Value::Array(_)) {
            return path;
        }
        let segments = field.segments();
        for from in 0..segments.len() {
            let tail = Path::new(segments[from..].to_vec());
            let Some(found) = tail.lookup(container) else { continue };
            if wanted.is_none_or(|wanted| alike(found, wanted)) {
                return path.concat(&tail);
            }
        }
        path
    }
}

/// Where in its template the text may stand that a record printed as these bytes, counted from either end (one may have been
/// trimmed); nowhere for what an action printed.
fn literally(record: &Record, bytes: &Range<usize>) -> Vec<Range<usize>> {
    let whole = record.output.start <= bytes.start && bytes.end <= record.output.end;
    if !whole || !record.values.is_empty() || !record.inner.is_empty() {
        return Vec::new();
    }
    let from_start = record.source.start + (bytes.start - record.output.start);
    let from_end = record.source.end.checked_sub(record.output.end - bytes.start);
    let within = |start: &usize| *start >= record.source.start && start + bytes.len() <= record.source.end;
    let starts = [Some(from_start), from_end].into_iter().flatten().filter(within);
    starts.map(|start| start..start + bytes.len()).collect()
}

/// Whether a value prints as this scalar.
fn alike(value: &Value, scalar: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map(|n| n.to_string()).unwrap_or_default(),
        other => other.to_string(),
    };
    value == scalar || text(value) == text(scalar)
}

fn lookup<'v>(values: &'v Values, path: &Path) -> Option<&'v Value> {
    let (first, rest) = path.segments().split_first()?;
    let Segment::Key(key) = first else { return None };
    Path::new(rest.to_vec()).lookup(values.get(&**key)?)
}

/// The conditions of a record, and of what templates that were executed for it printed.
fn gather_conditions<'r>(record: &'r Record, into: &mut BTreeSet<&'r ValuePath>) {
    let mut open = vec![record];
    while let Some(record) = open.pop() {
        into.extend(&record.conditions);
        open.extend(record.inner.iter().flat_map(|records| records.iter()));
    }
}

fn add(list: &mut Vec<Path>, path: Path) {
    if !path.is_empty() && !list.contains(&path) {
        list.push(path);
    }
}

fn to_path(path: &[Step]) -> Path {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => Segment::from(key.to_text().as_ref()),
            Step::Index(index) => Segment::from(*index),
        })
        .collect()
}

/// Where the data of a template's chart stands among that of the root chart: `db` for `web/charts/db/templates/a.yaml`.
fn scope(template: &str) -> Path {
    let mut parts = template.split('/').skip(1);
    let mut scope = Vec::new();
    while parts.next() == Some("charts") {
        scope.extend(parts.next().map(Segment::from));
    }
    Path::new(scope)
}

/// The path among the values of the root chart, of what a template of the chart at `scope` sees at `path`; `None` for
/// what is no value (`Release`, `Chart`).
fn among_values(scope: &Path, path: &ValuePath) -> Option<Path> {
    let mut scope = scope.clone();
    let mut rest = path.as_slice();
    loop {
        rest = match rest {
            [Step::Key(first), rest @ ..] if first.as_bytes() == b"Values" => {
                return Some(globally(&scope.concat(&to_path(rest))));
            }
            [Step::Key(first), Step::Key(name), rest @ ..] if first.as_bytes() == b"Subcharts" => {
                scope.push(name.to_text().as_ref());
                rest
            }
            _ => return None,
        };
    }
}

/// The globals of a subchart are those of the root.
fn globally(path: &Path) -> Path {
    let is_global = |segment: &Segment| matches!(segment, Segment::Key(key) if **key == *"global");
    match path.segments().iter().position(is_global) {
        Some(at) => Path::new(path.segments()[at..].to_vec()),
        None => path.clone(),
    }
}
