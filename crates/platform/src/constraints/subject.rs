//! What a rule looks at.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::model::{HighAvailability, PullSecret, Replicas};
use crate::scope::Scope;

/// An Application as rules see it.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(super) roots: Arc<Value>,
}

impl Subject {
    /// An Application, the environment it is judged by, and what is in force there.
    pub fn new(application: &Value, environment: Option<&str>, scope: &Scope<'_>) -> Self {
        let at = |pointer: &str| application.pointer(pointer).cloned().unwrap_or(Value::Null);
        let many =
            application.pointer("/spec/sources").and_then(Value::as_array).filter(|list| !list.is_empty());
        let sources = match many {
            Some(list) => list.clone(),
            None => application.pointer("/spec/source").cloned().into_iter().collect::<Vec<_>>(),
        };
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let roots = [
            ("app", application.clone()),
            ("name", at("/metadata/name")),
            ("labels", at("/metadata/labels")),
            ("annotations", at("/metadata/annotations")),
            ("project", at("/spec/project")),
            ("sync", at("/spec/syncPolicy")),
            ("destination", at("/spec/destination")),
            ("source", sources.first().cloned().unwrap_or(Value::Null)),
            ("values", values_of(&sources)),
            ("sources", Value::Array(sources)),
            ("env", text(environment)),
            ("cluster", text(scope.cluster.map(|cluster| cluster.name.value.as_str()))),
            ("facts", facts(scope)),
        ];
        let roots = Value::Object(roots.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        Self { roots: Arc::new(roots) }
    }

    /// A subject of which only some variables are known.
    pub(super) fn of(roots: Value) -> Self {
        Self { roots: Arc::new(roots) }
    }
}

fn values_of(sources: &[Value]) -> Value {
    let mut merged = Value::Null;
    for values in sources.iter().filter_map(helm_values) {
        merge(&mut merged, values, 0);
    }
    merged
}

/// The Helm values that a source sets itself: `valuesObject` (which wins over `values`), then `parameters` as
/// `--set` reads them. Value files and the chart's own values are not looked at. `None` when it sets none.
pub fn helm_values(source: &Value) -> Option<Value> {
    let helm = source.get("helm")?;
    let object = helm.get("valuesObject").filter(|values| values.is_object()).cloned();
    let text = helm.get("values").and_then(Value::as_str);
    let parsed = || seatrial_yaml::parse(text?).root().map(|root| root.to_json()).filter(Value::is_object);
    let mut values = object.or_else(parsed);
    for parameter in helm.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str);
        let (Some(name), Some(value)) = (text("name"), text("value")) else { continue };
        let forced = parameter.get("forceString").and_then(Value::as_bool).unwrap_or(false);
        let value = if forced { Value::String(value.to_owned()) } else { typed(value) };
        set(values.get_or_insert_with(|| json!({})), name, value);
    }
    values
}

/// What `helm --set` makes of a value.
fn typed(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "0" => json!(0),
        _ if text.starts_with('0') => Value::String(text.to_owned()),
        _ => text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), |n| json!(n)),
    }
}

/// Sets `a.b[0].c`; a dot after a backslash belongs to the key.
fn set(values: &mut Value, name: &str, value: Value) {
    let mut keys: Vec<String> = vec![String::new()];
    let mut escaped = false;
    for c in name.chars().take(1024) {
        match c {
            '\\' if !escaped => escaped = true,
            '.' | '[' if !escaped => keys.push(String::new()),
            ']' if !escaped => {}
            c => {
                escaped = false;
                if let Some(last) = keys.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    let mut at = values;
    for key in keys.iter().filter(|key| !key.is_empty()) {
        let list_index = key.parse::<usize>().ok().filter(|index| at.is_array() && *index < 1024);
        at = match list_index {
            Some(index) => {
                let Some(items) = at.as_array_mut() else { return };
                if items.len() <= index {
                    items.resize(index + 1, Value::Null);
                }
                &mut items[index]
            }
            None => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                let Some(map) = at.as_object_mut() else { return };
                map.entry(key.clone()).or_insert(Value::Null)
            }
        };
    }
    *at = value;
}

fn merge(into: &mut Value, from: Value, depth: usize) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if depth < 64 => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value, depth + 1);
            }
        }
        (into, from) => *into = from,
    }
}

/// The facts in force as a rule sees them, by their keys in the platform file.
pub(crate) fn facts(scope: &Scope<'_>) -> Value {
    let list =
        |items: &[crate::spanned::Text]| json!(items.iter().map(|item| &item.value).collect::<Vec<_>>());
    let pairs = |pairs: &[(crate::spanned::Text, crate::spanned::Text)]| {
        let entries = pairs.iter().map(|(key, value)| (key.value.clone(), json!(value.value)));
        Value::Object(entries.collect())
    };
    let mut facts = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            facts.insert(key.to_owned(), value);
        }
    };
    put("registries", scope.registries().map(|fact| list(fact.value)));
    put("pullSecret", scope.pull_secret().map(|fact| pull_secret(fact.value)));
    put(
        "sync",
        scope.sync().map(|fact| {
            let flag = |flag: &Option<crate::Spanned<bool>>| flag.as_ref().map(|flag| flag.value);
            json!({
                "automated": flag(&fact.value.automated), "prune": flag(&fact.value.prune),
                "selfHeal": flag(&fact.value.self_heal), "allowEmpty": flag(&fact.value.allow_empty),
            })
        }),
    );
    put(
        "replicas",
        scope.replicas().map(|fact| match fact.value {
            Replicas::Exactly(n) => json!(n),
            Replicas::Between(min, max) => json!({"min": min, "max": max}),
        }),
    );
    put("nodeSelector", scope.node_selector().map(|fact| pairs(fact.value)));
    put("storageClasses", scope.storage_classes().map(|fact| list(fact.value)));
    put("ingressClasses", scope.ingress_classes().map(|fact| list(fact.value)));
    put(
        "namespaces",
        scope
            .namespaces()
            .map(|fact| json!(fact.value.iter().map(|namespace| &namespace.name.value).collect::<Vec<_>>())),
    );
    put("kubernetes", scope.kubernetes().map(|fact| json!(fact.value)));
    put("secrets", scope.secrets().map(|fact| json!(fact.value.as_str())));
    put(
        "highAvailability",
        scope.high_availability().map(|fact| {
            let HighAvailability { required, .. } = fact.value;
            json!(required)
        }),
    );
    put("environment", scope.environment.map(|environment| json!(environment.name.value)));
    put(
        "cluster",
        scope.cluster.map(|cluster| {
            let text = |text: &Option<crate::spanned::Text>| text.as_ref().map(|text| text.value.clone());
            json!({
                "name": cluster.name.value, "server": text(&cluster.server), "auth": text(&cluster.auth),
                "kind": text(&cluster.kind), "context": text(&cluster.context),
                "labels": cluster.labels.as_ref().map(|labels| pairs(labels)),
            })
        }),
    );
    Value::Object(facts)
}

fn pull_secret(secret: &PullSecret) -> Value {
    match secret {
        PullSecret::Named(name) => json!(name),
        PullSecret::Needed => json!(true),
        PullSecret::NotNeeded => json!(false),
        PullSecret::ByRegistry(pairs) => {
            let entries = pairs.iter().map(|(host, secret)| (host.value.clone(), pull_secret(secret)));
            Value::Object(entries.collect())
        }
    }
}
