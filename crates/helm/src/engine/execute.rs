//! Executing all templates of a release.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use seatrial_gotemplate::{Env, Map, Meter, MissingKey, Str, Trace, Value};

use super::functions::{NO_VALUE, State, without_no_value};
use super::prepared::{Ahead, Prepared};
use super::types;
use super::{errors, scope};
use crate::chart::Chart;
use crate::error::Error;
use crate::options::Options;

/// What a template gave.
pub(crate) struct Output<T> {
    /// The template.
    pub(crate) path: Arc<str>,
    /// Its output, without any `<no value>`.
    pub(crate) text: Arc<[u8]>,
    /// Where in what the template wrote each `<no value>` stood.
    removed: Vec<usize>,
    /// What was told of its execution.
    pub(crate) trace: T,
}

impl<T> Output<T> {
    /// Where a place in what the template wrote is in [`Output::text`].
    pub(crate) fn kept(&self, place: usize) -> usize {
        let before = self.removed.partition_point(|at| at + NO_VALUE.len() <= place);
        let within = self.removed.get(before).filter(|at| **at < place).map_or(0, |at| place - at);
        place - before * NO_VALUE.len() - within
    }
}

/// Is told of a template and what it gave.
pub(crate) type Done<'d> = &'d mut dyn FnMut(&Arc<str>, &Arc<[u8]>);

/// Executes the templates of a chart whose dependencies are processed, on coalesced values. As in Helm, what a template
/// changes in the values is seen by those after it. `begin` makes the trace of each, `done` is told what each gave. The
/// outputs are sorted by path.
pub(crate) fn execute<T: Trace>(
    prepared: &Prepared,
    ahead: &Ahead,
    chart: &Chart,
    values: Map,
    options: &Options,
    begin: &mut dyn FnMut(&Arc<str>) -> T,
    done: Done<'_>,
) -> Result<Vec<Output<T>>, Error> {
    let assembled = prepared.assemble(chart, ahead)?;
    let dots = scope::dots(prepared, chart, values, options);
    let env = Env {
        missing_key: MissingKey::Zero,
        limits: options.limits,
        clock: options.clock,
        random: options.random,
        zone: None,
        extension: Some(Rc::new(State {
            included: RefCell::default(),
            lint: options.lint,
            cluster: Arc::clone(&options.cluster),
        })),
    };
    let meter = Meter::new(&env);
    let named = types::values(options.version);
    let mut outputs = Vec::with_capacity(assembled.order.len());
    for entry in &assembled.order {
        let Some(dot) = dots.get(entry.chart) else { continue };
        let template: Map = [
            (Str::from_static("Name"), Value::str(&*entry.name)),
            (Str::from_static("BasePath"), Value::str(&*entry.base)),
        ]
        .into_iter()
        .collect();
        // The dot is a map that was made for this render, so that it can be written.
        let _ = dot.insert(Str::from_static("Template"), Value::Map(template.with_type(Some(named))));
        let dot = Value::Map(dot.clone().with_type(Some(named)));
        let mut trace = begin(&entry.name);
        let written = assembled
            .set
            .execute_metered(&entry.name, &dot, &env, &meter, &mut trace)
            .map_err(|error| assembled.found(errors::execution(&entry.name, &error, options.version)))?;
        let removed = memchr::memmem::find_iter(&written, NO_VALUE).collect();
        let text = without_no_value(Str::from(written)).into_shared();
        done(&entry.name, &text);
        outputs.push(Output { path: Arc::clone(&entry.name), text, removed, trace });
    }
    outputs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(outputs)
}
