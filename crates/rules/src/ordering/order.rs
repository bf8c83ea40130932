//! When rendered resources are synced, and which of them cannot do without which.

use seatrial_argocd::render::Hook;
use seatrial_kubernetes::{PodPlace, pods};
use seatrial_trial::Resource;
use seatrial_yaml::Path;
use serde_json::Value;

/// The annotation of waves.
pub(super) const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// When a resource is synced: phase, then wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    phase: u8,
    wave: i64,
}

impl Turn {
    /// The first turn of a resource in a sync; nothing for one that has none in a plain sync.
    pub(super) fn of(resource: &Resource) -> Option<Self> {
        let phase = |hook: &Hook| match hook {
            Hook::PreSync => Some(0),
            Hook::Sync => Some(1),
            Hook::PostSync => Some(2),
            Hook::Skip | Hook::SyncFail | Hook::PreDelete | Hook::PostDelete => None,
        };
        let phase =
            if resource.hooks.is_empty() { 1 } else { resource.hooks.iter().filter_map(phase).min()? };
        let annotation = |key: &str| resource.object.pointer("/metadata/annotations")?.get(key)?.as_str();
        let number = |key: &str| annotation(key)?.parse::<i64>().ok();
        // Argo CD takes the weight of a Helm hook for its wave.
        let weight = || annotation("helm.sh/hook").and_then(|_| number("helm.sh/hook-weight"));
        Some(Self { phase, wave: number(WAVE).or_else(weight).unwrap_or(0) })
    }

    /// `wave 1`, `PreSync, wave 0`.
    pub(super) fn named(self) -> String {
        match self.phase {
            0 => format!("PreSync, wave {}", self.wave),
            1 => format!("wave {}", self.wave),
            _ => format!("PostSync, wave {}", self.wave),
        }
    }
}

/// The field that gives a resource its wave.
pub(super) fn wave_field() -> Path {
    Path::keys(["metadata", "annotations"]).join(WAVE)
}

/// Whether the first resource cannot be applied, or its pods cannot start, without the second. Claims are another matter:
/// see `wave-deadlock`.
pub(super) fn needs(user: &Resource, needed: &Resource) -> bool {
    match (needed.group(), needed.kind()) {
        ("", "Namespace") => user.namespace() == needed.name(),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            needed.text("/spec/group") == user.group() && needed.text("/spec/names/kind") == user.kind()
        }
        ("", kind @ ("ConfigMap" | "Secret" | "ServiceAccount")) if same_namespace(user, needed) => {
            uses(user, kind, needed.name())
        }
        ("external-secrets.io", "ExternalSecret") | ("bitnami.com", "SealedSecret")
            if same_namespace(user, needed) =>
        {
            let target = needed.text("/spec/target/name");
            uses(user, "Secret", if target.is_empty() { needed.name() } else { target })
        }
        _ => false,
    }
}

/// Whether a resource's pods mount a claim.
pub(super) fn mounts_claim(user: &Resource, claim: &Resource) -> bool {
    same_namespace(user, claim)
        && pods(&user.object).iter().flat_map(PodPlace::volumes).any(|(_, volume)| {
            let name = volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str);
            name == Some(claim.name())
        })
}

fn same_namespace(a: &Resource, b: &Resource) -> bool {
    a.namespace() == b.namespace()
}

/// Whether the pods of a resource do not start without a ConfigMap, Secret or ServiceAccount.
fn uses(user: &Resource, kind: &str, name: &str) -> bool {
    pods(&user.object).iter().filter(|pod| !pod.embedded).any(|pod| {
        if kind == "ServiceAccount" {
            return pod.service_account().is_some_and(|(_, account)| account == name);
        }
        let (volume, name_key, from, key_ref) = match kind {
            "ConfigMap" => ("configMap", "name", "configMapRef", "configMapKeyRef"),
            _ => ("secret", "secretName", "secretRef", "secretKeyRef"),
        };
        let refers = |value: &Value, key: &str| {
            let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            !optional && value.get(key).and_then(Value::as_str) == Some(name)
        };
        let mounted = pod.volumes().iter().any(|(_, v)| v.get(volume).is_some_and(|v| refers(v, name_key)));
        let list = |value: &Value, key: &str| -> Vec<Value> {
            value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        mounted
            || pod.containers().iter().any(|container| {
                list(container.value, "envFrom")
                    .iter()
                    .any(|e| e.get(from).is_some_and(|r| refers(r, "name")))
                    || container.env().iter().any(|(_, e)| {
                        e.pointer(&format!("/valueFrom/{key_ref}")).is_some_and(|r| refers(r, "name"))
                    })
            })
    })
}
