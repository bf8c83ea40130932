//! What the controller makes of rendered resources before it compares and syncs them (`NormalizeTargetObjects`,
//! the filter of resources, and the phases of hooks).

use std::collections::BTreeMap;

use seatrial_yaml::goyaml;
use serde_json::Value;

use super::answer::Resource;
use super::application::text;
use super::objects::{group_version_kind, metadata};
use super::settings::Settings;
use super::tracking::Tracker;
use crate::expand::validate::destination;
use crate::glob;
use crate::world::World;

/// Whether a kind lives in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// It does.
    Namespaced,
    /// It belongs to the cluster.
    Cluster,
    /// Nobody knows: Argo CD then takes it as namespaced.
    Unknown,
}

/// The resources as they would be compared and synced.
#[derive(Clone, Debug, Default)]
pub struct Normalized {
    /// The resources that remain, by group, kind, namespace and name.
    pub resources: Vec<NormalizedResource>,
    /// Conditions of the Application: type and message (`RepeatedResourceWarning`, `ExcludedResourceWarning`,
    /// `ComparisonError`).
    pub conditions: Vec<(&'static str, String)>,
    /// Kinds (group, kind) of which nobody knows whether they live in namespaces.
    pub unknown_kinds: Vec<(String, String)>,
}

/// A resource as it would be synced.
#[derive(Clone, Debug)]
pub struct NormalizedResource {
    /// The object, its namespace settled.
    pub object: Value,
    /// Its index among the resources that came in.
    pub index: usize,
    /// Whether it is a hook, and no plain resource. A hook without phases never runs.
    pub is_hook: bool,
    /// The phases it runs in as a hook; empty for a plain resource.
    pub hooks: Vec<Hook>,
    /// The wave it is synced in: `argocd.argoproj.io/sync-wave`, else the weight of a Helm hook.
    pub wave: i64,
}

/// A phase of a sync, or of deletion, that a hook runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Hook {
    PreSync,
    Sync,
    PostSync,
    Skip,
    SyncFail,
    PreDelete,
    PostDelete,
}

/// Settles namespaces, duplicates, exclusions and hooks. `scope` tells whether a kind (group, kind) lives in namespaces.
///
/// Argo CD leaves the order of what remains to chance; here it is by group, kind, namespace and name.
pub fn normalize(
    resources: &[Resource],
    application: &Value,
    world: &World<'_>,
    scope: &dyn Fn(&str, &str) -> Scope,
) -> Normalized {
    let settings = Settings::new(world.state);
    let empty = Value::Null;
    let target = application.pointer("/spec/destination").unwrap_or(&empty);
    let namespace = text(target, "namespace");
    let own = metadata(application, "namespace");
    let instance = if own.is_empty() || own == world.namespace {
        metadata(application, "name").to_owned()
    } else {
        format!("{own}_{}", metadata(application, "name"))
    };
    let tracker = Tracker { settings: &settings, app: &instance, namespace };
    let mut out = Normalized::default();
    let mut by_key: BTreeMap<[String; 4], Vec<(usize, Value)>> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        let mut object = resource.object.clone();
        let (group, _, kind) = group_version_kind(&object);
        let (group, kind) = (group.to_owned(), kind.to_owned());
        let found = scope(&group, &kind);
        let has = metadata(&object, "namespace").to_owned();
        let wanted = match found {
            Scope::Cluster => "",
            Scope::Namespaced | Scope::Unknown if has.is_empty() => namespace,
            _ => has.as_str(),
        };
        let pair = (group.clone(), kind.clone());
        if found == Scope::Unknown && !out.unknown_kinds.contains(&pair) {
            out.unknown_kinds.push(pair);
        }
        // The controller sets an empty namespace over nothing too, and marks the object again.
        if wanted != has || (has.is_empty() && found != Scope::Cluster) {
            set_namespace(&mut object, wanted);
            if let Err(error) = tracker.mark_any(&mut object) {
                let name = metadata(&object, "name");
                out.conditions.push((
                    "ComparisonError",
                    format!(
                        "Failed to normalize target state: failed to set app instance label on resource {kind}/{name}: {error}"
                    ),
                ));
                return Normalized { resources: Vec::new(), ..out };
            }
        }
        let mut name = metadata(&object, "name").to_owned();
        let generated = metadata(&object, "generateName");
        if name.is_empty() && !generated.is_empty() {
            name = format!("{generated}{index}");
        }
        let key = [group, kind, metadata(&object, "namespace").to_owned(), name];
        by_key.entry(key).or_default().push((index, object));
    }
    let filter = Filter::new(world);
    let server = destination(world, text(target, "server"), text(target, "name"))
        .unwrap_or_else(|_| text(target, "server").to_owned());
    for (key, mut objects) in by_key {
        if objects.len() > 1 {
            let message = format!(
                "Resource {} appeared {} times among application resources.",
                key.join("/"),
                objects.len()
            );
            out.conditions.push(("RepeatedResourceWarning", message));
        }
        let Some((index, object)) = objects.pop() else { continue };
        let [group, kind, ..] = &key;
        let name = metadata(&object, "name");
        if filter.excludes(group, kind, &server) {
            out.conditions.push((
                "ExcludedResourceWarning",
                format!("Resource {group}/{kind} {name} is excluded in the settings"),
            ));
            continue;
        }
        let (is_hook, hooks) = hooks(&object);
        let wave = wave(&object);
        out.resources.push(NormalizedResource { object, index, is_hook, hooks, wave });
    }
    out
}

fn set_namespace(object: &mut Value, namespace: &str) {
    let Value::Object(map) = object else { return };
    let metadata = map.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
    let Value::Object(metadata) = metadata else { return };
    if namespace.is_empty() {
        metadata.remove("namespace");
    } else {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
}

fn annotation<'o>(object: &'o Value, key: &str) -> Option<&'o str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// The values of an annotation, separated by commas.
fn values<'o>(object: &'o Value, key: &str) -> impl Iterator<Item = &'o str> {
    annotation(object, key).unwrap_or_default().split(',').map(str::trim).filter(|v| !v.is_empty())
}

/// Whether an object is a hook, and when it runs (`hook.Types`, and the controller's hooks of deletion).
fn hooks(object: &Value) -> (bool, Vec<Hook>) {
    const ARGO: &str = "argocd.argoproj.io/hook";
    const HELM: &str = "helm.sh/hook";
    let mut found: Vec<Hook> = values(object, ARGO)
        .filter_map(|name| match name {
            "PreSync" => Some(Hook::PreSync),
            "Sync" => Some(Hook::Sync),
            "PostSync" => Some(Hook::PostSync),
            "Skip" => Some(Hook::Skip),
            "SyncFail" => Some(Hook::SyncFail),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        // Helm's hooks count only where Argo CD's own say nothing.
        found.extend(values(object, HELM).filter_map(|name| match name {
            "pre-install" | "pre-upgrade" => Some(Hook::PreSync),
            "post-install" | "post-upgrade" => Some(Hook::PostSync),
            _ => None,
        }));
    }
    let only_skipped = found == [Hook::Skip];
    let mut is_hook = match (annotation(object, ARGO), annotation(object, HELM)) {
        (Some(_), _) => !only_skipped,
        (None, Some(helm)) => helm != "crd-install",
        (None, None) => false,
    };
    for (hook, argo, helm) in
        [(Hook::PreDelete, "PreDelete", "pre-delete"), (Hook::PostDelete, "PostDelete", "post-delete")]
    {
        if values(object, ARGO).any(|v| v == argo) || values(object, HELM).any(|v| v == helm) {
            found.push(hook);
            is_hook = true;
        }
    }
    found.sort_unstable();
    found.dedup();
    (is_hook, found)
}

fn wave(object: &Value) -> i64 {
    let number = |key: &str| annotation(object, key).and_then(|text| text.parse::<i64>().ok());
    number("argocd.argoproj.io/sync-wave").or_else(|| number("helm.sh/hook-weight")).unwrap_or(0)
}

/// `resource.exclusions` and `resource.inclusions` of `argocd-cm`.
struct Filter {
    excluded: Vec<Value>,
    included: Vec<Value>,
}

impl Filter {
    fn new(world: &World<'_>) -> Self {
        let list = |key: &str| {
            let text = world.state.config_map("argocd-cm").and_then(|data| data.get(key));
            match text.map(|text| goyaml::to_json(text)) {
                Some(Ok(Value::Array(entries))) => entries,
                _ => Vec::new(),
            }
        };
        let mut excluded = vec![
            serde_json::json!({"apiGroups": ["events.k8s.io", "metrics.k8s.io"]}),
            serde_json::json!({"apiGroups": [""], "kinds": ["Event"]}),
            serde_json::json!({"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"]}),
        ];
        excluded.extend(list("resource.exclusions"));
        Self { excluded, included: list("resource.inclusions") }
    }

    fn excludes(&self, group: &str, kind: &str, cluster: &str) -> bool {
        let any = |entry: &Value, key: &str, matches: &dyn Fn(&str) -> bool| {
            let patterns: Vec<&str> = entry
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            patterns.is_empty() || patterns.into_iter().any(matches)
        };
        let in_cluster = |entry: &Value| any(entry, "clusters", &|p| glob::matches(p, cluster));
        let hits = |entry: &Value| {
            any(entry, "apiGroups", &|p| glob::matches(p, group))
                && any(entry, "kinds", &|p| p == "*" || p == kind)
                && in_cluster(entry)
        };
        if self.excluded.iter().any(hits) {
            return true;
        }
        !self.included.iter().any(hits) && self.included.iter().any(in_cluster)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(annotations: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": annotations}})
    }

    #[test]
    fn phases_of_hooks() {
        let of = |annotations| hooks(&with(annotations));
        assert_eq!(of(json!({"helm.sh/hook": "pre-install,pre-upgrade"})), (true, vec![Hook::PreSync]));
        assert_eq!(of(json!({"helm.sh/hook": "test"})), (true, vec![]));
        assert_eq!(of(json!({"helm.sh/hook": "crd-install"})), (false, vec![]));
        assert_eq!(
            of(json!({"helm.sh/hook": "post-install", "argocd.argoproj.io/hook": "Sync"})),
            (true, vec![Hook::Sync])
        );
        assert_eq!(of(json!({"argocd.argoproj.io/hook": "Skip"})), (false, vec![Hook::Skip]));
        assert_eq!(of(json!({"helm.sh/hook": "post-delete"})), (true, vec![Hook::PostDelete]));
    }

    #[test]
    fn waves() {
        assert_eq!(wave(&with(json!({"helm.sh/hook-weight": "-5"}))), -5);
        assert_eq!(wave(&with(json!({"helm.sh/hook-weight": "1", "argocd.argoproj.io/sync-wave": "3"}))), 3);
    }
}
