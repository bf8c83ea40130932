//! Walking an object along its schema.

use regex::Regex;
use seatrial_yaml::{Path, Segment};
use serde_json::{Map, Value};

use super::data::{Field, Kind, Node};
use super::{IssueKind, SchemaIssue};
use crate::gotypes::{Step, Ty, argo, decode};
use crate::strategicpatch::go_quote;
use crate::world::Version;

/// How deep objects are followed.
const DEPTH: usize = 64;
/// How alike two names must be for one to be offered for the other.
const ALIKE: f64 = 0.83;

pub(super) fn object(version: Version, kind: Kind, object: &Value) -> Vec<SchemaIssue> {
    let mut checker = Checker { version, issues: Vec::new(), path: Path::root(), around: Vec::new() };
    let Some(entries) = object.as_object() else {
        checker.wrong_type("object", object);
        return checker.issues;
    };
    checker.metadata(object);
    let judged: Map<String, Value> = entries
        .iter()
        .filter(|(k, _)| !matches!(k.as_str(), "metadata" | "status" | "operation"))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    checker.fields(kind.root(), &judged, true);
    checker.issues
}

struct Checker {
    version: Version,
    issues: Vec<SchemaIssue>,
    path: Path,
    /// The objects around the place, outermost first.
    around: Vec<&'static Node>,
}

impl Checker {
    fn issue(&mut self, kind: IssueKind, text: String) {
        self.issues.push(SchemaIssue { path: self.path.clone(), kind, text });
    }

    /// The place as the API server writes it.
    fn place(&self) -> String {
        let mut out = String::new();
        for segment in self.path.segments() {
            match segment {
                Segment::Key(key) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                }
                Segment::Index(index) => out.push_str(&format!("[{index}]")),
            }
        }
        out
    }

    /// `metadata` is the same for all kinds, and has Go's own words for misfits.
    fn metadata(&mut self, object: &Value) {
        let Some(metadata) = object.get("metadata") else { return };
        let ty = argo("Application");
        let of = |key: &str| {
            ty.structure().and_then(|s| s.fields.iter().find(|f| f.json == key)).map(|f| f.ty.clone())
        };
        let Some(ty) = of("metadata") else { return };
        let root = Path::keys(["metadata"]);
        if let Err(error) = decode(&ty, metadata) {
            let steps = error.path.iter().fold(root.clone(), |path, step| match step {
                Step::Key(key) => path.join(key),
                Step::Index(index) => path.join(*index),
            });
            let got = steps.lookup(object).map_or("null", kind_of);
            self.path = steps;
            self.issue(IssueKind::WrongType { expected: expected_of(&ty, &error.path), got }, error.message);
            self.path = Path::root();
        }
        let Some(structure) = ty.structure() else { return };
        for key in metadata.as_object().into_iter().flatten().map(|(k, _)| k) {
            if structure.fields.iter().any(|f| f.json == key) {
                continue;
            }
            let nearest = nearest(key, structure.fields.iter().map(|f| f.json));
            self.path = root.join(key);
            let kind = IssueKind::UnknownField { nearest, elsewhere: None, introduced: None, removed: None };
            self.issue(kind, format!("unknown field \"metadata.{key}\""));
            self.path = Path::root();
        }
    }

    fn value(&mut self, node: &'static Node, value: &Value) {
        if self.path.len() > DEPTH {
            return;
        }
        match (node, value) {
            (Node::Any, _)
            | (Node::Boolean, Value::Bool(_))
            | (Node::Number, Value::Number(_))
            | (Node::IntegerOrText, Value::String(_)) => {}
            (Node::Integer | Node::IntegerOrText, Value::Number(n))
                if n.as_f64().is_some_and(|f| f.fract() == 0.0) => {}
            (Node::Time, Value::String(_)) => {}
            (Node::Text { min, max, allowed, pattern }, Value::String(text)) => {
                self.text(text, *min, *max, allowed, *pattern)
            }
            (Node::List(_), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(index, node, item);
                }
            }
            (Node::Map(_), Value::Object(entries)) => {
                for (key, item) in entries {
                    if item.is_null() {
                        self.dropped(key);
                    } else {
                        self.below(key.as_str(), node, item);
                    }
                }
            }
            (Node::Object { .. }, Value::Object(entries)) => self.fields(node, entries, false),
            (node, value) => self.wrong_type(node.type_name(), value),
        }
    }

    fn below(&mut self, step: impl Into<Segment>, node: &'static Node, value: &Value) {
        let Some(inner) = node.inner() else { return };
        self.path.push(step);
        self.value(inner, value);
        self.path.pop();
    }

    fn fields(&mut self, node: &'static Node, entries: &Map<String, Value>, root: bool) {
        let Node::Object { fields, open } = node else { return };
        let version = self.version;
        for field in fields.iter().filter(|f| f.required.has(version) && f.versions.has(version)) {
            let given = entries.get(field.name).is_some_and(|value| !value.is_null())
                || (root && field.name == "metadata");
            if !given {
                self.path.push(field.name);
                let text = format!("{}: Required value", self.place());
                self.issue(IssueKind::MissingField, text);
                self.path.pop();
            }
        }
        self.around.push(node);
        for (key, value) in entries {
            match node.field(key).filter(|f| f.versions.has(self.version)) {
                Some(_) if value.is_null() => self.dropped(key),
                Some(field) => {
                    self.path.push(key.as_str());
                    if field.deprecated {
                        let text = format!("{} is deprecated", self.place());
                        self.issue(IssueKind::Deprecated, text);
                    }
                    self.value(field.node(), value);
                    self.path.pop();
                }
                None if *open => {}
                None => self.unknown(node, key),
            }
        }
        self.around.pop();
    }

    /// No field of these schemas may be null, and none has a default: the API server drops nulls before it looks.
    fn dropped(&mut self, key: &str) {
        self.path.push(key);
        let text = format!("{}: null is dropped", self.place());
        self.issue(IssueKind::DroppedNull, text);
        self.path.pop();
    }

    fn unknown(&mut self, node: &'static Node, key: &str) {
        let Node::Object { fields, .. } = node else { return };
        let known = node.field(key);
        let introduced = known.and_then(|f| f.versions.first_after(self.version));
        let removed =
            if introduced.is_none() { known.and_then(|f| f.versions.gone_by(self.version)) } else { None };
        let now = fields.iter().filter(|f| f.versions.has(self.version)).map(|f| f.name);
        let (nearest, elsewhere) = match known {
            Some(_) => (None, None),
            None => (nearest(key, now), self.elsewhere(fields, key)),
        };
        self.path.push(key);
        let text = format!("unknown field {}", go_quote(&self.place()));
        self.issue(IssueKind::UnknownField { nearest, elsewhere, introduced, removed }, text);
        self.path.pop();
    }

    /// A field of that name right inside one of these, or in an object around.
    fn elsewhere(&self, fields: &'static [Field], key: &str) -> Option<Path> {
        let has = |node: &'static Node| node.field(key).is_some_and(|f| f.versions.has(self.version));
        if let Some(field) = fields.iter().find(|f| f.versions.has(self.version) && has(f.node())) {
            return Some(self.path.join(field.name).join(key));
        }
        // The objects around lie at the prefixes of the path that are objects: every step into one is a key or an index.
        let mut path = self.path.clone();
        for node in self.around.iter().rev().skip(1) {
            loop {
                match path.pop() {
                    Some(Segment::Key(_)) => break,
                    Some(Segment::Index(_)) => {}
                    None => return None,
                }
            }
            if has(node) {
                return Some(path.join(key));
            }
        }
        None
    }

    fn wrong_type(&mut self, expected: &'static str, value: &Value) {
        let got = kind_of(value);
        let place = self.place();
        let text = format!(
            "{place}: Invalid value: {}: {place} in body must be of type {expected}: {}",
            go_quote(got),
            go_quote(got)
        );
        self.issue(IssueKind::WrongType { expected, got }, text);
    }

    fn text(
        &mut self,
        text: &str,
        min: Option<usize>,
        max: Option<usize>,
        allowed: &[&'static str],
        pattern: Option<&'static str>,
    ) {
        let place = self.place();
        let invalid =
            |what: String| format!("{place}: Invalid value: {}: {place} in body {what}", go_quote(text));
        let length = text.chars().count();
        if let Some(max) = max.filter(|max| length > *max) {
            let text = invalid(format!("should be at most {max} chars long"));
            self.issue(IssueKind::InvalidText, text);
        }
        if let Some(min) = min.filter(|min| length < *min) {
            let text = invalid(format!("should be at least {min} chars long"));
            self.issue(IssueKind::InvalidText, text);
        } else if let Some(pattern) = pattern
            && Regex::new(pattern).is_ok_and(|r| !r.is_match(text))
        {
            let text = invalid(format!("should match '{pattern}'"));
            self.issue(IssueKind::InvalidText, text);
        }
        if !allowed.is_empty() && !allowed.contains(&text) {
            let list: Vec<String> = allowed.iter().map(|a| go_quote(a)).collect();
            let text = format!(
                "{place}: Unsupported value: {}: supported values: {}",
                go_quote(text),
                list.join(", ")
            );
            let allowed = allowed.iter().map(|a| (*a).to_owned()).collect();
            self.issue(IssueKind::InvalidEnum { allowed }, text);
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.as_f64().is_some_and(|f| f.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The type that `metadata` has at a place, in the schema's words.
fn expected_of(ty: &Ty, steps: &[Step]) -> &'static str {
    let mut at = ty.clone();
    for step in steps {
        let next = match (at.pointee(), step) {
            (Ty::Slice(_, inner) | Ty::Map(_, inner), _) => (**inner).clone(),
            (_, Step::Key(key)) => match at.structure().and_then(|s| s.field(key)) {
                Some(field) => field.ty.clone(),
                None => return "object",
            },
            _ => return "object",
        };
        at = next;
    }
    match at.pointee() {
        Ty::String(_) | Ty::Time | Ty::Duration => "string",
        Ty::Bool => "boolean",
        Ty::Int(_) => "integer",
        Ty::Slice(..) => "array",
        _ => "object",
    }
}

/// The name most like `key`, if any is like it.
fn nearest<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let lower = key.to_lowercase();
    let score = |name: &str| {
        let name = name.to_lowercase();
        if name == lower { 2.0 } else { strsim::jaro_winkler(&name, &lower) }
    };
    let best = names.map(|name| (score(name), name)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 >= ALIKE).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{check, refusal};
    use super::*;
    use serde_json::json;

    fn set(spec: Value) -> Value {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "s"}, "spec": spec})
    }

    fn texts(issues: &[SchemaIssue]) -> Vec<&str> {
        issues.iter().map(|i| i.text.as_str()).collect()
    }

    #[test]
    fn the_api_servers_words() {
        let issues = check(
            Version::NEWEST,
            "ApplicationSet",
            &set(
                json!({"goTemplate": "yes", "generators": [], "syncPolicy": {"applicationsSync": "x"}, "template": {"metadata": {}, "spec": {}}}),
            ),
        );
        assert_eq!(
            texts(&issues),
            [
                "spec.goTemplate: Invalid value: \"string\": spec.goTemplate in body must be of type boolean: \"string\"",
                "spec.syncPolicy.applicationsSync: Unsupported value: \"x\": supported values: \"create-only\", \"create-update\", \"create-delete\", \"sync\"",
                "spec.template.spec.destination: Required value",
                "spec.template.spec.project: Required value",
            ]
        );
        assert!(
            refusal("ApplicationSet", "s", &issues)
                .unwrap()
                .starts_with("ApplicationSet.argoproj.io \"s\" is invalid: [spec.goTemplate: ")
        );
    }

    #[test]
    fn unknown_fields() {
        let helm = |field: &str| {
            set(
                json!({"generators": [], "template": {"metadata": {}, "spec": {"project": "p", "destination": {}, "source": {"repoURL": "r", "helm": {field: {}}}}}}),
            )
        };
        let kinds = |object: &Value, version| {
            check(version, "ApplicationSet", object).into_iter().map(|i| i.kind).collect::<Vec<_>>()
        };
        match &kinds(&helm("valuesInline"), Version::NEWEST)[..] {
            [IssueKind::UnknownField { nearest: Some(nearest), .. }] => {
                assert!(nearest.starts_with("values"), "{nearest}")
            }
            other => panic!("{other:?}"),
        }
        let set = set(
            json!({"generators": [{"oci": {"repoURL": "x", "revision": "1"}}], "template": {"metadata": {}, "spec": {"project": "p", "destination": {}}}, "preserveResourcesOnDeletion": true}),
        );
        match &kinds(&set, Version::new(3, 4, 13))[..] {
            [
                IssueKind::UnknownField { introduced: Some(introduced), .. },
                IssueKind::UnknownField { elsewhere: Some(elsewhere), .. },
            ] => {
                assert_eq!(*introduced, Version::NEWEST);
                assert_eq!(*elsewhere, Path::keys(["spec", "syncPolicy", "preserveResourcesOnDeletion"]));
            }
            other => panic!("{other:?}"),
        }
    }

    /// As the API server's own pruning has it: nulls of fields and of map entries go, those of list items stay.
    #[test]
    fn nulls_are_dropped() {
        let issues = check(
            Version::NEWEST,
            "ApplicationSet",
            &set(json!({
                "generators": [null],
                "template": {
                    "metadata": {"labels": {"a": null}},
                    "spec": {"project": null, "destination": {}, "syncPolicy": {"automated": null}},
                },
            })),
        );
        assert_eq!(
            texts(&issues),
            [
                "spec.generators[0]: Invalid value: \"null\": spec.generators[0] in body must be of type object: \"null\"",
                "spec.template.metadata.labels.a: null is dropped",
                "spec.template.spec.project: Required value",
                "spec.template.spec.project: null is dropped",
                "spec.template.spec.syncPolicy.automated: null is dropped",
            ]
        );
    }

    #[test]
    fn metadata() {
        let app = json!({"metadata": {"name": 5, "labels": {"a": 1}, "namspace": "x"}, "spec": {"project": "p", "destination": {}}});
        let issues = check(Version::NEWEST, "Application", &app);
        assert_eq!(issues.len(), 2, "{issues:?}");
    }
}
