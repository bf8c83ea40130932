//! Executing all templates of a release.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use seatrial_gotemplate::{Env, Meter, MissingKey, Str, Trace, Value};

use super::functions::{State, without_no_value};
use super::prepared::Prepared;
use super::types;
use super::{errors, scope};
use crate::chart::{Chart, Values};
use crate::error::Error;
use crate::options::Options;

/// What every template gave, sorted by path.
pub(crate) type Outputs = Vec<(Arc<str>, Arc<[u8]>)>;

/// Executes the templates of a chart whose dependencies are processed, on coalesced values. As in Helm, what a template
/// changes in the values is seen by those after it. The trace is told of every template in turn.
pub(crate) fn execute<T: Trace>(
    prepared: &Prepared,
    chart: &Chart,
    values: Values,
    options: &Options,
    trace: &mut T,
    mut begin: impl FnMut(&mut T, &Arc<str>),
) -> Result<Outputs, Error> {
    let assembled = prepared.assemble(chart)?;
    let dots = scope::dots(prepared, chart, values, options);
    let env = Env {
        missing_key: MissingKey::Zero,
        limits: options.limits,
        clock: options.clock,
        random: options.random,
        zone: None,
        extension: Some(Rc::new(State {
            included: RefCell::default(),
            cluster: Arc::clone(&options.cluster),
        })),
    };
    let meter = Meter::new(&env);
    let named = types::values(options.version);
    let mut outputs = Outputs::with_capacity(assembled.order.len());
    for entry in &assembled.order {
        let Some(dot) = dots.get(entry.chart) else { continue };
        let template = Value::map([
            (Str::from_static("Name"), Value::str(&*entry.name)),
            (Str::from_static("BasePath"), Value::str(&*entry.base)),
        ]);
        let template = match template {
            Value::Map(map) => Value::Map(map.with_type(Some(named))),
            other => other,
        };
        // The dot is a map that was made for this render.
        let _ = dot.insert(Str::from_static("Template"), template);
        begin(trace, &entry.name);
        let dot = Value::Map(dot.clone().with_type(Some(named)));
        let output = assembled
            .set
            .execute_metered(&entry.name, &dot, &env, &meter, trace)
            .map_err(|error| errors::execution(&entry.name, &error, options.version))?;
        let output = without_no_value(Str::from(output));
        outputs.push((Arc::clone(&entry.name), output.into_shared()));
    }
    outputs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(outputs)
}
