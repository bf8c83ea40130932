//! What Argo CD would make of the files, in a form that is small, comparable and without secrets.

use std::collections::BTreeMap;

use seatrial_platform::helm_values;
use seatrial_trial::{Foreseen, Foresight};
use serde_json::{Value, json};

use crate::flat::{digits, leaves};
use crate::record::{Application, Picture, Resource};
use crate::redact::Redact;

/// How many leaves a picture has at most; resources beyond are left out, and told.
const MAX_LEAVES: usize = 200_000;
/// How many reasons why something is missing are told.
const MAX_REASONS: usize = 50;

impl Picture {
    /// The picture of what manifests would come to. Secrets are taken out before anything is looked at.
    pub fn of(foresight: &Foresight, redact: &mut dyn Redact) -> Self {
        let mut picture = Self::default();
        let mut count = 0;
        let mut left_out = 0;
        for foreseen in &foresight.applications {
            let application = application(foreseen, redact);
            count += application.fields.len();
            picture.applications.push(application);
            for resource in &foreseen.resources.list {
                let fields = if count < MAX_LEAVES {
                    resource_fields(&resource.object, redact)
                } else {
                    BTreeMap::new()
                };
                count += fields.len();
                left_out += usize::from(fields.is_empty());
                let (application, name) = (foreseen.name.clone(), resource.identity());
                picture.resources.push(Resource { application, name, fields });
            }
            let rendering = &foreseen.resources.rendering;
            let failed = rendering.error.iter().map(|error| error.message.clone());
            let unknown = rendering.unknown.iter().map(|unknown| unknown.needs.clone());
            picture.missing.extend(failed.chain(unknown).map(|why| format!("{}: {why}", foreseen.name)));
        }
        picture.resources.sort_by(|a, b| (&a.application, &a.name).cmp(&(&b.application, &b.name)));
        let errors = foresight.expanded.errors.iter();
        picture.missing.extend(errors.map(|e| format!("{}: {}: {}", e.application_set, e.reason, e.message)));
        let unknown = foresight.expanded.unknown.iter();
        picture.missing.extend(unknown.map(|u| format!("{}: {}", u.application_set, u.needs)));
        picture.missing.sort();
        picture.missing.dedup();
        if picture.missing.len() > MAX_REASONS {
            let more = picture.missing.len() - MAX_REASONS;
            picture.missing.truncate(MAX_REASONS);
            picture.missing.push(format!("and {more} more"));
        }
        if left_out > 0 {
            picture.missing.push(format!("the fields of {left_out} resources: there are more than are kept"));
        }
        for why in &mut picture.missing {
            *why = redact.text(why);
        }
        picture
    }
}

fn application(foreseen: &Foreseen, redact: &mut dyn Redact) -> Application {
    let mut object = Value::clone(&foreseen.json);
    // The values by what they are, not by which of three ways they are given.
    let mut values = Vec::new();
    let mut take = |source: &mut Value| {
        values.push(helm_values(source));
        let Some(helm) = source.get_mut("helm").and_then(Value::as_object_mut) else { return };
        for key in ["values", "valuesObject", "parameters"] {
            helm.remove(key);
        }
        if helm.is_empty()
            && let Some(source) = source.as_object_mut()
        {
            source.remove("helm");
        }
    };
    match object.pointer_mut("/spec/sources").and_then(Value::as_array_mut) {
        Some(sources) if !sources.is_empty() => sources.iter_mut().for_each(&mut take),
        _ => object.pointer_mut("/spec/source").into_iter().for_each(&mut take),
    }
    let several = values.iter().flatten().count() > 1;
    let mut fields = BTreeMap::new();
    for (index, values) in values.iter().enumerate() {
        let Some(values) = values else { continue };
        let path = if several { format!("values[{index}]") } else { "values".to_owned() };
        leaves(&path, &redact.value(values), &mut fields);
    }
    let object = redact.value(&object);
    for (path, pointer) in [
        ("metadata.labels", "/metadata/labels"),
        ("metadata.annotations", "/metadata/annotations"),
        ("metadata.finalizers", "/metadata/finalizers"),
        ("spec", "/spec"),
    ] {
        if let Some(value) = object.pointer(pointer) {
            leaves(path, value, &mut fields);
        }
    }
    Application {
        name: foreseen.name.clone(),
        environment: foreseen.environment.clone(),
        production: foreseen.production,
        cluster: foreseen.cluster.clone(),
        created: foreseen.created,
        complete: foreseen.resources.are_complete(),
        fields,
    }
}

/// Annotations and labels that say nothing of the resource: how Argo CD tracks it, and what kubectl wrote last.
const NOISE: [&str; 3] = [
    "argocd.argoproj.io/tracking-id",
    "app.kubernetes.io/instance",
    "kubectl.kubernetes.io/last-applied-configuration",
];

fn resource_fields(object: &Value, redact: &mut dyn Redact) -> BTreeMap<String, Value> {
    let mut object = object.clone();
    for pointer in ["/metadata/annotations", "/metadata/labels"] {
        if let Some(map) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            map.retain(|key, _| !NOISE.contains(&key.as_str()));
        }
    }
    let kind = |object: &Value| object.get("kind").and_then(Value::as_str) == Some("Secret");
    let mut fields = BTreeMap::new();
    if kind(&object) {
        for part in ["data", "stringData"] {
            let held = object.as_object_mut().and_then(|map| map.remove(part));
            for (key, value) in held.as_ref().and_then(Value::as_object).into_iter().flatten() {
                let seen = json!(format!("secret #{}", digits(&value.to_string(), 2)));
                leaves(&crate::flat::join(part, key), &seen, &mut fields);
            }
        }
    }
    leaves("", &redact.value(&object), &mut fields);
    fields
}
