//! Storage classes of the volumes that a chart claims.

use seatrial_helm::Values;
use seatrial_platform::Scope;
use seatrial_yaml::Path;
use serde_json::Value;

use super::{Goal, keys_named, kind, told};

/// Every claim that names a storage class with one of the cluster's. `None` when the classes are not known.
pub(crate) fn storage_class<'g>(scope: &Scope<'g>, values: &Values) -> Option<Goal<'g>> {
    let known = scope.storage_classes()?.value;
    let first = known.first()?.value.clone();
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        for object in objects {
            for claim in claims(object) {
                let class = claim.get("storageClassName").and_then(Value::as_str);
                if let Some(class) = class.filter(|class| !known.iter().any(|name| name.value == *class)) {
                    out.push(format!("{} claims {class}", told(object)));
                }
            }
        }
        out
    };
    Some(Goal { amiss: Box::new(amiss), tries: tries(values, &first) })
}

/// Every claim with a class, where the cluster has only one: what its default is, no fact says. A claim that cannot be
/// given one is no fault.
pub(crate) fn explicit_storage_class<'g>(scope: &Scope<'g>, values: &Values) -> Option<Goal<'g>> {
    let [only] = scope.storage_classes()?.value.as_slice() else { return None };
    let amiss = |objects: &[Value]| {
        let lacking =
            |object: &&Value| claims(object).iter().any(|claim| claim.get("storageClassName").is_none());
        objects.iter().filter(lacking).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries: tries(values, only) })
}

fn tries(values: &Values, class: &str) -> Vec<(Path, Value)> {
    let named = keys_named(values, &["storageclass", "storageclassname"]).into_iter();
    let mut out: Vec<(Path, Value)> =
        named.filter(|(_, old)| !old.is_object()).map(|(path, _)| (path, class.into())).collect();
    // Charts leave the key out of their defaults, beside the size of the volume.
    for (path, _) in keys_named(values, &["accessmodes", "accessmode", "size"]) {
        for key in ["storageClass", "storageClassName"] {
            let beside = path.parent().unwrap_or_default().join(key);
            if !out.iter().any(|(known, _)| *known == beside) {
                out.push((beside, class.into()));
            }
        }
    }
    out
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
