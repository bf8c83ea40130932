//! One thing that shall be different, and whether a text brings just that about.

use seatrial_yaml::{Path, Segment};
use serde_json::{Map, Value};

use super::scene::{App, Scene};

/// What is to be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// A field of the Application.
    Field(Path),
    /// A value of the chart.
    Value(Path),
}

impl Aim {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Field(path) | Self::Value(path) => path,
        }
    }

    /// What an Application has there now.
    pub(super) fn of(&self, app: &App) -> Option<Value> {
        match self {
            Self::Field(path) => path.lookup(&app.json).cloned(),
            Self::Value(path) => path.lookup(&Value::Object(app.values()?.clone())).cloned(),
        }
        .filter(|value| !value.is_null())
    }

    /// Whether nothing else is different.
    fn apart(&self, before: &App, after: &App) -> bool {
        match self {
            Self::Field(path) => without(&before.json, path) == without(&after.json, path),
            Self::Value(path) => {
                let bare = |app: &App| {
                    let helm = app.source.join("helm");
                    let mut json = Value::clone(&app.json);
                    for key in ["values", "valuesObject", "parameters"] {
                        json = without(&json, &helm.join(key));
                    }
                    json
                };
                let values = |app: &App| app.values().map(|v| without(&Value::Object(v.clone()), path));
                bare(before) == bare(after) && values(before) == values(after)
            }
        }
    }
}

/// Applications of which something is to be different.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) aim: Aim,
    pub(super) value: Value,
    /// `namespace/name` of each.
    pub(super) apps: Vec<String>,
}

/// What a text does about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// All of it, and nothing else.
    Done,
    /// A part of it, and nothing else.
    Step,
    /// It, and the same for Applications that are not meant.
    Wide,
    /// Something else, or nothing.
    None,
}

impl Change {
    /// What has become of it.
    pub(super) fn effect(&self, before: &Scene, after: &Scene) -> Effect {
        if before.apps.len() != after.apps.len() {
            return Effect::None;
        }
        let (mut reached, mut moved, mut wide) = (0, false, false);
        for (name, old) in &before.apps {
            let Some(new) = after.apps.get(name) else { return Effect::None };
            let meant = self.apps.contains(name);
            let holds = self.holds(new);
            reached += usize::from(meant && holds);
            if old.is(new) {
                continue;
            }
            if !holds || !self.aim.apart(old, new) || (old.complete && !new.complete) {
                return Effect::None;
            }
            moved |= meant;
            wide |= !meant;
        }
        match (moved, wide, reached == self.apps.len()) {
            (true, true, _) => Effect::Wide,
            (true, false, true) => Effect::Done,
            (true, false, false) => Effect::Step,
            (false, ..) => Effect::None,
        }
    }

    /// Whether an Application has it.
    pub(super) fn holds(&self, app: &App) -> bool {
        match self.aim.of(app) {
            Some(value) => same(&value, &self.value),
            // A list or map of nothing is as good as none.
            None => is_nothing(&self.value),
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Equal, numbers by what they are.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
            _ => false,
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// A value without what is at a path, and without the maps that held nothing else.
fn without(value: &Value, path: &Path) -> Value {
    fn go(value: &Value, path: &[Segment]) -> Value {
        let Some((first, rest)) = path.split_first() else { return Value::Null };
        match (first, value) {
            (Segment::Key(key), Value::Object(map)) => {
                let mut out = Map::new();
                for (name, inner) in map {
                    let on_path = name.as_str() == &**key;
                    let kept = if on_path { go(inner, rest) } else { inner.clone() };
                    if !(on_path && is_nothing(&kept)) {
                        out.insert(name.clone(), kept);
                    }
                }
                Value::Object(out)
            }
            (Segment::Index(index), Value::Array(items)) => {
                let kept = |(at, item)| if at == *index { go(item, rest) } else { Value::clone(item) };
                items.iter().enumerate().map(kept).collect()
            }
            (_, other) => other.clone(),
        }
    }
    go(value, path.segments())
}
