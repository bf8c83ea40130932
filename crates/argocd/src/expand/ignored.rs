//! `ignoreApplicationDifferences`: the fields that the controller leaves as it finds them.

use serde_json::Value;

use crate::jq::{Expression, Stop};
use crate::world::Version;

/// An annotation of the generated Application that names more such fields, since 3.6. It counts only where the set ignores
/// some itself.
const ANNOTATION: &str = "/metadata/annotations/argocd.argoproj.io~1ignore-differences";

/// The fields of one Application that are ignored, in the order in which they are taken out.
pub(super) struct Ignored {
    pointers: Vec<String>,
    expressions: Vec<String>,
}

impl Ignored {
    /// What a set's spec says of an Application, given in the form it is generated in; nothing if the set ignores nothing.
    pub(super) fn of(spec: &Value, application: &Value, version: Version) -> Option<Self> {
        let rules = spec.get("ignoreApplicationDifferences")?.as_array().filter(|rules| !rules.is_empty())?;
        let name = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let (mut pointers, mut expressions) = (Vec::new(), Vec::new());
        for rule in rules {
            let meant = rule.get("name").and_then(Value::as_str).unwrap_or_default();
            if meant.is_empty() || meant == name {
                pointers.extend(strings(rule.get("jsonPointers")));
                expressions.extend(strings(rule.get("jqPathExpressions")));
            }
        }
        let annotation =
            application.pointer(ANNOTATION).filter(|_| version.at_least(3, 6)).and_then(Value::as_str);
        let annotation = annotation.and_then(|text| crate::yaml::to_json(text).ok());
        pointers.extend(annotation.iter().flat_map(|value| strings(value.get("jsonPointers"))));
        Some(Self { pointers, expressions })
    }

    /// An Application without the ignored fields; else the expression that is not evaluated here. What jq fails on
    /// changes nothing, as in Argo CD.
    pub(super) fn without(&self, application: &Value) -> Result<Value, String> {
        let mut application = application.clone();
        for pointer in &self.pointers {
            remove(&mut application, pointer);
        }
        for text in &self.expressions {
            let expression = Expression::read(text).ok_or_else(|| text.clone())?;
            match expression.delete(&application) {
                Ok(changed) => application = changed,
                Err(Stop::Failed) => {}
                Err(Stop::Unsupported) => return Err(text.clone()),
            }
        }
        Ok(application)
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = String> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned))
}

/// `remove` of JSON Patch; what is not there stays away.
fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(entries)) => {
            entries.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            // The library that Argo CD uses counts from the end below zero.
            let index = last.parse::<isize>().ok().and_then(|index| {
                if index < 0 { items.len().checked_add_signed(index) } else { usize::try_from(index).ok() }
            });
            if let Some(index) = index.filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}
