//! The bench: one chart, rendered again and again with other values.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use seatrial_helm::provenance::{self, Traced};
use seatrial_helm::{Options, Prepared, Release, Values, render};
use seatrial_yaml::{Path, Segment, goyaml};
use serde_json::Value;

/// What a chart gives for some values.
pub(crate) struct Rendered {
    /// Every document that is an object, hooks included, tests not.
    pub(crate) objects: Vec<Value>,
}

/// A chart and the release it is rendered as.
pub(crate) struct Bench<'c> {
    prepared: &'c Prepared,
    options: Options,
    known: RefCell<HashMap<String, Result<Rc<Rendered>, String>>>,
}

impl<'c> Bench<'c> {
    pub(crate) fn new(prepared: &'c Prepared, options: Options) -> Self {
        Self { prepared, options, known: RefCell::default() }
    }

    /// What the chart gives; the error is Helm's.
    pub(crate) fn render(&self, values: &Values) -> Result<Rc<Rendered>, String> {
        let key = Value::Object(values.clone()).to_string();
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let made = render(self.prepared, as_read(values), &self.options)
            .map(|release| Rc::new(Rendered { objects: objects(&release) }))
            .map_err(|error| error.to_string());
        self.known.borrow_mut().insert(key, made.clone());
        made
    }

    /// The values of the chart and its subcharts as the templates see them, with those given.
    pub(crate) fn coalesced(&self, values: &Values) -> Option<Values> {
        provenance::trace(self.prepared, as_read(values), &self.options).ok().map(|traced| traced.values)
    }

    /// The values that make each image, with the object's place among [`Rendered::objects`] and the image itself.
    pub(crate) fn image_origins(&self, values: &Values) -> Vec<ImageOrigin> {
        let Ok(traced) = provenance::trace(self.prepared, as_read(values), &self.options) else {
            return Vec::new();
        };
        let mut out: Vec<ImageOrigin> = Vec::new();
        // The same image by the same values, in several containers: trying the values out once is enough.
        let mut asked: Vec<Option<(String, Vec<Path>)>> = Vec::new();
        for document in traced.release.documents() {
            let Some(object) = object(document.content()).filter(|object| !is_test(object)) else { continue };
            for (path, image) in seatrial_kubernetes::images(&object) {
                let seen = traced.field(document, &path).map(|origin| (image.to_owned(), origin.values));
                if seen.is_some() && asked.contains(&seen) {
                    continue;
                }
                asked.push(seen);
                let origin = traced.confirmed(self.prepared, &self.options, document, &path);
                let values = origin.map(|origin| told(&traced, origin.values)).unwrap_or_default();
                out.push(ImageOrigin { image: image.to_owned(), values });
            }
        }
        out
    }
}

/// Values with what they are; only those that can be set by keys alone.
fn told(traced: &Traced, paths: Vec<Path>) -> Vec<(Path, String)> {
    let all = Value::Object(traced.values.clone());
    paths
        .into_iter()
        .filter(|path| path.segments().iter().all(|s| matches!(s, Segment::Key(_))))
        .filter_map(|path| {
            let value = path.lookup(&all)?;
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            Some((path, text))
        })
        .collect()
}

/// An image of a chart and the values it is made of.
pub(crate) struct ImageOrigin {
    pub(crate) image: String,
    /// Paths of values that change it, with their text.
    pub(crate) values: Vec<(Path, String)>,
}

/// Values as Helm reads them from a file: every number is a float.
fn as_read(values: &Values) -> Values {
    fn read(value: &Value) -> Value {
        match value {
            Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
            Value::Array(items) => items.iter().map(read).collect(),
            Value::Object(map) => Value::Object(as_read(map)),
            other => other.clone(),
        }
    }
    values.iter().map(|(key, value)| (key.clone(), read(value))).collect()
}

fn objects(release: &Release) -> Vec<Value> {
    release
        .documents()
        .filter_map(|document| object(document.content()))
        .filter(|object| !is_test(object))
        .collect()
}

/// Whether an object is one of Helm's tests, which Argo CD never runs.
fn is_test(object: &Value) -> bool {
    let hooks = object.pointer("/metadata/annotations/helm.sh~1hook").and_then(Value::as_str);
    hooks.is_some_and(|hooks| hooks.split(',').all(|hook| hook.trim().starts_with("test")))
}

fn object(text: &[u8]) -> Option<Value> {
    goyaml::to_json(std::str::from_utf8(text).ok()?).ok().filter(Value::is_object)
}

/// Puts a value at a path of keys, making the maps on the way.
pub(crate) fn set(values: &mut Values, path: &Path, value: Value) {
    let mut keys = path.segments().iter().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.to_string()),
        Segment::Index(_) => None,
    });
    let Some(mut key) = keys.next() else { return };
    let mut map = values;
    for next in keys {
        let below = map.entry(key).or_insert_with(|| Value::Object(Values::new()));
        if !below.is_object() {
            *below = Value::Object(Values::new());
        }
        let Value::Object(inner) = below else { return };
        map = inner;
        key = next;
    }
    map.insert(key, value);
}
