//! Running a compiled rule over a subject.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cel::extractors::Arguments;
use cel::objects::Key;
use cel::{Context, ExecutionError, Value};
use serde_json::Value as Json;

use super::compile::{ENV, GET, PATH, Program, TICK};
use super::subject::Subject;

/// Steps of loops that one evaluation may take.
const MAX_STEPS: u64 = 100_000;

/// How deep a value may be that a rule looks at whole.
const MAX_DEPTH: usize = 64;

/// Whether a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It is broken.
    Fail,
    /// It cannot be evaluated, and why.
    Unknown(String),
}

impl Program {
    /// Whether the rule holds for a subject.
    pub fn evaluate(&self, subject: &Subject) -> Verdict {
        self.trace(subject).0
    }

    /// The verdict, and the paths that were read and are missing.
    pub(super) fn trace(&self, subject: &Subject) -> (Verdict, BTreeSet<String>) {
        let missing = Arc::new(Mutex::new(BTreeSet::new()));
        // The interpreter is somebody else's: should it ever panic, nothing is known, and nothing else is lost.
        let verdict = catch_unwind(AssertUnwindSafe(|| self.run(subject, &missing)))
            .unwrap_or_else(|_| Verdict::Unknown("the rule cannot be evaluated".to_owned()));
        let missing = std::mem::take(&mut *missing.lock().unwrap_or_else(PoisonError::into_inner));
        (verdict, missing)
    }

    fn run(&self, subject: &Subject, missing: &Arc<Mutex<BTreeSet<String>>>) -> Verdict {
        let mut context = Context::with_env(Arc::clone(&ENV));
        let (roots, log) = (Arc::clone(&subject.roots), Arc::clone(missing));
        let path = move |Arguments(keys): Arguments| {
            let mut at = Some(&*roots);
            let mut spelled = String::new();
            for key in keys.iter() {
                let Value::String(key) = key else { return Value::Null };
                if !spelled.is_empty() {
                    spelled.push('.');
                }
                spelled.push_str(key);
                at = at.and_then(|value| step(value, key));
            }
            match at {
                Some(found) if !found.is_null() => to_cel(found, 0),
                _ => {
                    log.lock().unwrap_or_else(PoisonError::into_inner).insert(spelled);
                    Value::Null
                }
            }
        };
        let steps = AtomicU64::new(0);
        let tick = move || -> Result<bool, ExecutionError> {
            if steps.fetch_add(1, Ordering::Relaxed) >= MAX_STEPS {
                return Err(ExecutionError::function_error("loop", format!("more than {MAX_STEPS} steps")));
            }
            Ok(true)
        };
        let declared = context
            .add_function(PATH, path)
            .and_then(|()| context.add_function(GET, get))
            .and_then(|()| context.add_function(TICK, tick))
            .and_then(|()| context.add_function("quantity", quantity))
            .and_then(|()| context.add_function("glob", glob));
        if let Err(error) = declared {
            return Verdict::Unknown(error.to_string());
        }
        match Value::resolve(&self.expression, &context) {
            Ok(Value::Bool(true)) => Verdict::Pass,
            Ok(Value::Bool(false)) => Verdict::Fail,
            Ok(other) => {
                Verdict::Unknown(format!("the rule yields {}, not true or false", type_name(&other)))
            }
            Err(error) => Verdict::Unknown(explain(&error, missing)),
        }
    }
}

/// The interpreter's words, with what was missing, which is nearly always the reason.
fn explain(error: &ExecutionError, missing: &Mutex<BTreeSet<String>>) -> String {
    let missing = missing.lock().unwrap_or_else(PoisonError::into_inner);
    let names: Vec<String> = missing.iter().map(|path| format!("`{path}`")).collect();
    match names.as_slice() {
        [] => error.to_string(),
        [one] => format!("{one} is not set, and the rule needs it"),
        many => format!("{} are not set, and the rule needs them", many.join(", ")),
    }
}

fn step<'v>(value: &'v Json, key: &str) -> Option<&'v Json> {
    match value {
        Json::Object(map) => map.get(key),
        Json::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

/// A member of a value at hand (a loop's variable, a function's result); `null` when there is none.
fn get(value: Value, key: Value) -> Value {
    match (value, key) {
        (Value::Map(map), Value::String(key)) => map.get(&Key::String(key)).cloned().unwrap_or(Value::Null),
        (Value::Map(map), Value::Int(key)) => map.get(&Key::Int(key)).cloned().unwrap_or(Value::Null),
        (Value::Map(map), Value::Bool(key)) => map.get(&Key::Bool(key)).cloned().unwrap_or(Value::Null),
        (Value::List(list), Value::Int(at)) => {
            usize::try_from(at).ok().and_then(|at| list.get(at).cloned()).unwrap_or(Value::Null)
        }
        _ => Value::Null,
    }
}

/// A Kubernetes quantity as a number, so that two can be compared.
fn quantity(value: Value) -> Result<Value, ExecutionError> {
    let text = match &value {
        Value::String(text) => text.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        _ => return Err(ExecutionError::function_error("quantity", "not a quantity")),
    };
    match crate::quantity::parse(&text) {
        Some(amount) => Ok(Value::Float(amount)),
        None => Err(ExecutionError::function_error("quantity", format!("{text:?} is not a quantity"))),
    }
}

/// Whether a text matches a glob.
fn glob(text: Arc<String>, pattern: Arc<String>) -> bool {
    crate::pattern::matches(&pattern, &text)
}

fn to_cel(value: &Json, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(n), _) => Value::Int(n),
            (None, Some(n)) => Value::Float(n),
            (None, None) => Value::Null,
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => {
            Value::List(Arc::new(items.iter().map(|item| to_cel(item, depth + 1)).collect()))
        }
        Json::Object(map) => {
            let entries =
                map.iter().map(|(key, value)| (Key::String(Arc::new(key.clone())), to_cel(value, depth + 1)));
            Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "a number",
        Value::String(_) => "text",
        Value::Null => "null",
        _ => "something else",
    }
}
