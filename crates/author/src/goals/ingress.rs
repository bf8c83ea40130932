//! How it is reached from outside: ingress class and host.

use seatrial_helm::Values;
use seatrial_platform::Scope;
use seatrial_yaml::{Path, Segment};
use serde_json::{Value, json};

use super::{Goal, keys, keys_named, kind, told};

fn ingresses(objects: &[Value]) -> impl Iterator<Item = &Value> {
    objects.iter().filter(|object| kind(object) == "Ingress")
}

/// Every Ingress with a class of the cluster. `None` when the classes are not known.
pub(crate) fn ingress_class<'g>(scope: &Scope<'g>, values: &Values) -> Option<Goal<'g>> {
    let known = scope.ingress_classes()?.value;
    let first = known.first()?.value.clone();
    let tries = keys_named(values, &["classname", "ingressclassname", "ingressclass", "class"])
        .into_iter()
        .filter(|(_, old)| !old.is_object())
        .map(|(path, _)| (path, Value::from(first.clone())))
        .collect();
    let amiss = move |objects: &[Value]| {
        let wrong = |object: &&Value| {
            let class = object.pointer("/spec/ingressClassName").and_then(Value::as_str);
            !class.is_some_and(|class| known.iter().any(|name| name.value == class))
        };
        ingresses(objects).filter(wrong).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}

/// An Ingress that answers for this host.
pub(crate) fn host<'g>(wanted: &'g str, values: &Values) -> Goal<'g> {
    let mut tries: Vec<(Path, Value)> = Vec::new();
    let within_ingress = |path: &Path| {
        path.segments()
            .iter()
            .any(|s| matches!(s, Segment::Key(key) if key.to_lowercase().contains("ingress")))
    };
    let found = keys(values);
    for (path, old) in &found {
        if within_ingress(path) && path.last_key() == Some("enabled") && *old == &Value::Bool(false) {
            tries.push((path.clone(), Value::Bool(true)));
        }
    }
    for (path, old) in found.iter().filter(|(path, _)| within_ingress(path)) {
        match path.last_key().unwrap_or_default().to_lowercase().as_str() {
            "host" | "hostname" | "domain" => tries.push((path.clone(), wanted.into())),
            "hosts" => {
                // In the shape of the chart's own example, where it has one.
                let example = old.as_array().and_then(|list| list.first());
                if let Some(Value::Object(example)) = example {
                    let mut own = example.clone();
                    own.insert("host".to_owned(), wanted.into());
                    tries.push((path.clone(), json!([own])));
                }
                tries.push((path.clone(), json!([wanted])));
                let paths = json!([{"path": "/", "pathType": "Prefix"}]);
                tries.push((path.clone(), json!([{"host": wanted, "paths": paths}])));
            }
            _ => {}
        }
    }
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        let mut answered = false;
        let mut any = false;
        for object in ingresses(objects) {
            any = true;
            let rules = object.pointer("/spec/rules").and_then(Value::as_array);
            answered |= rules
                .into_iter()
                .flatten()
                .any(|rule| rule.get("host").and_then(Value::as_str) == Some(wanted));
        }
        if !any {
            out.push("no Ingress".to_owned());
        }
        if !answered {
            out.push(format!("nothing answers for {wanted}"));
        }
        out
    };
    Goal { amiss: Box::new(amiss), tries }
}
