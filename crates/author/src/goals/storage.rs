//! Storage classes of the volumes that a chart claims.

use seatrial_helm::Values;
use seatrial_platform::Scope;
use serde_json::Value;

use super::{Goal, keys_named, kind, told};

/// Every claim with a storage class of the cluster. `None` when the classes are not known.
///
/// A claim without a class takes the cluster's default, which no fact names: it is given the class where there is only one.
pub(crate) fn storage_class<'g>(scope: &Scope<'g>, values: &Values) -> Option<Goal<'g>> {
    let known = scope.storage_classes()?.value;
    let first = known.first()?.value.clone();
    let only = known.len() == 1;
    let tries = keys_named(values, &["storageclass", "storageclassname"])
        .into_iter()
        .filter(|(_, old)| !old.is_object())
        .map(|(path, _)| (path, Value::from(first.clone())))
        .collect();
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        for object in objects {
            for claim in claims(object) {
                let class = claim.get("storageClassName").and_then(Value::as_str);
                let fits = match class {
                    Some(class) => known.iter().any(|name| name.value == class),
                    None => !only,
                };
                if !fits {
                    out.push(format!("{} claims {}", told(object), class.unwrap_or("the default class")));
                }
            }
        }
        out
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}

/// The specifications of the claims in an object.
fn claims(object: &Value) -> Vec<&Value> {
    match kind(object) {
        "PersistentVolumeClaim" => object.get("spec").into_iter().collect(),
        "StatefulSet" => {
            let templates = object.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
            templates.into_iter().flatten().filter_map(|template| template.get("spec")).collect()
        }
        _ => Vec::new(),
    }
}
