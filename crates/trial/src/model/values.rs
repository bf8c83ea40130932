//! The Helm values that an Application itself gives.

use std::collections::HashMap;

use seatrial_argocd::Path;
use seatrial_yaml::{Segment, goyaml};
use serde_json::{Map, Value};

/// One value, and the field of the Application that gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmValue<'a> {
    /// The value.
    pub value: &'a Value,
    /// The field of the Application: below `valuesObject`, inside the text of `values` (the path then goes on
    /// into the text), or a parameter's `value`.
    pub at: Path,
}

/// The values of one Helm source: `values` or `valuesObject` (which wins), then `parameters`.
///
/// Value files and the chart's defaults are not in it: [`HelmValues::complete`] says whether an absent value may
/// still come from a file.
#[derive(Debug, Clone)]
pub struct HelmValues {
    /// The source, as a path in the Application.
    pub source: Path,
    /// The merged values.
    pub values: Value,
    /// Whether nothing but the chart's own defaults lies beneath.
    pub complete: bool,
    base: Path,
    parameters: HashMap<Path, usize>,
}

impl HelmValues {
    /// The values of every Helm-like source of an Application.
    pub(super) fn of(application: &super::Application) -> Vec<Self> {
        application
            .sources()
            .into_iter()
            .filter(|(_, source)| source.get("helm").is_some() || source.get("chart").is_some())
            .map(|(pointer, source)| {
                Self::of_source(Path::from_pointer(&pointer).unwrap_or_default(), source)
            })
            .collect()
    }

    fn of_source(source_path: Path, source: &Value) -> Self {
        let helm = source.get("helm").unwrap_or(&Value::Null);
        let at = source_path.join("helm");
        let (base, mut values) = match helm.get("valuesObject") {
            Some(object @ Value::Object(_)) => (at.join("valuesObject"), object.clone()),
            _ => {
                let text = helm.get("values").and_then(Value::as_str).unwrap_or_default();
                (at.join("values"), goyaml::to_json(text).unwrap_or(Value::Null))
            }
        };
        if !values.is_object() {
            values = Value::Object(Map::new());
        }
        let mut parameters = HashMap::new();
        let mut room = MAX_ITEMS;
        for (i, parameter) in
            helm.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let Some(name) = parameter.get("name").and_then(Value::as_str) else { continue };
            let text = parameter.get("value").and_then(Value::as_str).unwrap_or_default();
            let forced = parameter.get("forceString").and_then(Value::as_bool).unwrap_or_default();
            let path = parameter_path(name);
            if path.len() <= MAX_NESTED && set(&mut values, path.segments(), typed(text, forced), &mut room) {
                parameters.insert(path, i);
            }
        }
        let complete = ["valueFiles", "fileParameters"]
            .iter()
            .all(|key| helm.get(key).and_then(Value::as_array).is_none_or(Vec::is_empty));
        Self { source: source_path, values, complete, base, parameters }
    }

    /// The value at a dotted path such as `image.repository`.
    pub fn get(&self, dotted: &str) -> Option<HelmValue<'_>> {
        let path = dotted.split('.').fold(Path::root(), |path, key| path.join(key));
        self.at(&path)
    }

    /// The value at a path.
    pub fn at(&self, path: &Path) -> Option<HelmValue<'_>> {
        let value = path.lookup(&self.values)?;
        Some(HelmValue { value, at: self.place(path) })
    }

    /// Every value that is neither a mapping nor a list, in order.
    pub fn leaves(&self) -> Vec<(Path, HelmValue<'_>)> {
        let mut out = Vec::new();
        self.walk(&Path::root(), &self.values, &mut out);
        out
    }

    /// The field of the Application that gives (or would give) the value at `path`.
    pub fn place(&self, path: &Path) -> Path {
        match self.parameters.get(path) {
            Some(index) => self.source.join("helm").join("parameters").join(*index).join("value"),
            None => path.segments().iter().fold(self.base.clone(), |at, segment| at.join(segment.clone())),
        }
    }

    fn walk<'a>(&'a self, path: &Path, value: &'a Value, out: &mut Vec<(Path, HelmValue<'a>)>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| self.walk(&path.join(key), value, out)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(i, value)| self.walk(&path.join(i), value, out));
            }
            _ => out.push((path.clone(), HelmValue { value, at: self.place(path) })),
        }
    }
}

/// A parameter's name as `--set` reads it: dots separate, a backslash keeps a dot, `[n]` is an index.
fn parameter_path(name: &str) -> Path {
    let mut path = Path::root();
    let mut key = String::new();
    let mut chars = name.chars();
    // One step more than there may be tells that there are too many.
    while let Some(c) = chars.next().filter(|_| path.len() <= MAX_NESTED) {
        match c {
            '\\' => key.extend(chars.next()),
            '.' => {
                if !key.is_empty() {
                    path = path.join(std::mem::take(&mut key));
                }
            }
            '[' => {
                if !key.is_empty() {
                    path = path.join(std::mem::take(&mut key));
                }
                let digits: String = chars.by_ref().take_while(|c| *c != ']').collect();
                path = digits.parse::<usize>().map_or_else(|_| path.join(&digits), |i| path.join(i));
            }
            c => key.push(c),
        }
    }
    if key.is_empty() { path } else { path.join(&key) }
}

/// A parameter's text as `--set` types it.
fn typed(text: &str, forced: bool) -> Value {
    if forced {
        return Value::String(text.to_owned());
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "0" => Value::from(0),
        _ if text.starts_with('0') => Value::String(text.to_owned()),
        _ => text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), Value::from),
    }
}

/// No list grows past this for the sake of an index in a parameter's name (Helm's own bound).
const MAX_INDEX: usize = 65_536;

/// How many steps a parameter's name may have (Helm's own bound).
const MAX_NESTED: usize = 30;

/// How many items all lists together grow by for the sake of indices.
const MAX_ITEMS: usize = 1 << 20;

/// Sets the value at a path, lists growing by `room` at most; whether it could be.
fn set(target: &mut Value, path: &[Segment], value: Value, room: &mut usize) -> bool {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return true;
    };
    match first {
        Segment::Key(key) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            target
                .as_object_mut()
                .is_some_and(|map| set(map.entry(key.to_string()).or_insert(Value::Null), rest, value, room))
        }
        Segment::Index(index) if *index < MAX_INDEX => {
            if !target.is_array() {
                *target = Value::Array(Vec::new());
            }
            target.as_array_mut().is_some_and(|list| {
                if list.len() <= *index {
                    let Some(left) = room.checked_sub(*index + 1 - list.len()) else { return false };
                    *room = left;
                    list.resize(*index + 1, Value::Null);
                }
                set(&mut list[*index], rest, value, room)
            })
        }
        Segment::Index(_) => false,
    }
}
