//! Where pods are in an object, and what is in them, each with its path.

mod container;

use seatrial_yaml::Path;
use serde_json::Value;

pub use container::{Container, ContainerKind, Probe, ProbeKind};

use crate::data::split_api_version;
use crate::kinds::row;

/// How deep objects of unknown kinds are searched.
const DEPTH: usize = 48;

/// The specification of a pod, and where it is in its object.
#[derive(Clone, Debug)]
pub struct PodPlace<'v> {
    /// The path of the pod's specification.
    pub path: Path,
    /// The specification.
    pub spec: &'v Value,
    /// The path of the pod's own metadata: the template's, or the Pod's.
    pub metadata_path: Path,
    /// The pod's own metadata.
    pub metadata: Option<&'v Value>,
    /// Whether it was found by its looks in an object of a kind that is not Kubernetes' own: then an operator makes the
    /// pod, and may add to it what is missing.
    pub embedded: bool,
}

/// Every pod in an object: of the kinds of Kubernetes' own that have one, and, in objects of other kinds, wherever there is a
/// list `containers` of objects with `name` and `image`.
pub fn pods(object: &Value) -> Vec<PodPlace<'_>> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    let mut out = Vec::new();
    match own(kind, split_api_version(api_version).0) {
        Some(keys) => out.extend(at(object, &Path::keys(keys.iter().copied()))),
        None if row(api_version, kind).is_some() => {}
        None => search(object, &mut Path::root(), &mut out),
    }
    out
}

/// Where a kind of Kubernetes' own has its pod: the path of what has `metadata` and `spec`.
fn own(kind: &str, group: &str) -> Option<&'static [&'static str]> {
    Some(match (kind, group) {
        ("Pod", "") => &[],
        ("PodTemplate", "") => &["template"],
        ("ReplicationController", "")
        | ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet", "apps" | "extensions")
        | ("Job", "batch") => &["spec", "template"],
        ("CronJob", "batch") => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    })
}

fn at<'v>(object: &'v Value, template: &Path) -> Option<PodPlace<'v>> {
    let path = template.join("spec");
    let metadata_path = template.join("metadata");
    let spec = path.lookup(object).filter(|spec| spec.is_object())?;
    let metadata = metadata_path.lookup(object);
    Some(PodPlace { path, spec, metadata_path, metadata, embedded: false })
}

fn search<'v>(value: &'v Value, path: &mut Path, out: &mut Vec<PodPlace<'v>>) {
    if path.len() > DEPTH {
        return;
    }
    match value {
        Value::Object(entries) => {
            let metadata_path = path.parent().unwrap_or_default().join("metadata");
            if entries.get("containers").is_some_and(is_containers) {
                out.push(PodPlace {
                    path: path.clone(),
                    spec: value,
                    metadata_path,
                    metadata: None,
                    embedded: true,
                });
                return;
            }
            for (key, value) in entries {
                path.push(key.as_str());
                search(value, path, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index);
                search(item, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Whether a list looks like containers: one of its items at least has a name and an image.
fn is_containers(value: &Value) -> bool {
    let text = |item: &Value, key: &str| item.get(key).is_some_and(Value::is_string);
    value.as_array().is_some_and(|list| list.iter().any(|item| text(item, "name") && text(item, "image")))
}

impl<'v> PodPlace<'v> {
    /// All containers: init containers, those of the pod, ephemeral ones.
    pub fn containers(&self) -> Vec<Container<'v>> {
        let mut out = Vec::new();
        for kind in ContainerKind::ALL {
            for (path, value) in self.items(kind.field()) {
                out.push(Container { path, kind, value });
            }
        }
        out
    }

    /// The pull secrets that the pod names.
    pub fn pull_secrets(&self) -> Vec<(Path, &'v str)> {
        self.items("imagePullSecrets")
            .filter_map(|(path, item)| Some((path.join("name"), item.get("name")?.as_str()?)))
            .collect()
    }

    /// The service account it names; pods without one run as `default`.
    pub fn service_account(&self) -> Option<(Path, &'v str)> {
        ["serviceAccountName", "serviceAccount"].into_iter().find_map(|key| self.text(key))
    }

    /// The labels it asks of its node.
    pub fn node_selector(&self) -> Vec<(Path, &'v str, &'v str)> {
        let path = self.path.join("nodeSelector");
        let entries = self.spec.get("nodeSelector").and_then(Value::as_object).into_iter().flatten();
        entries
            .filter_map(|(key, value)| Some((path.join(key.as_str()), key.as_str(), value.as_str()?)))
            .collect()
    }

    /// Its tolerations.
    pub fn tolerations(&self) -> Vec<(Path, &'v Value)> {
        self.items("tolerations").collect()
    }

    /// Its affinity.
    pub fn affinity(&self) -> Option<(Path, &'v Value)> {
        self.block("affinity")
    }

    /// Its spread constraints.
    pub fn spread(&self) -> Vec<(Path, &'v Value)> {
        self.items("topologySpreadConstraints").collect()
    }

    /// Its volumes.
    pub fn volumes(&self) -> Vec<(Path, &'v Value)> {
        self.items("volumes").collect()
    }

    /// Its own security context, not its containers'.
    pub fn security_context(&self) -> Option<(Path, &'v Value)> {
        self.block("securityContext")
    }

    /// The labels it carries.
    pub fn labels(&self) -> Option<&'v serde_json::Map<String, Value>> {
        self.metadata?.get("labels")?.as_object()
    }

    /// A flag of its specification, such as `hostNetwork`.
    pub fn flag(&self, key: &str) -> Option<(Path, bool)> {
        Some((self.path.join(key), self.spec.get(key)?.as_bool()?))
    }

    /// A text of its specification, such as `priorityClassName`; empty texts count as none.
    pub fn text(&self, key: &str) -> Option<(Path, &'v str)> {
        let text = self.spec.get(key)?.as_str().filter(|text| !text.is_empty())?;
        Some((self.path.join(key), text))
    }

    fn block(&self, key: &str) -> Option<(Path, &'v Value)> {
        let value = self.spec.get(key).filter(|value| !value.is_null())?;
        Some((self.path.join(key), value))
    }

    fn items(&self, key: &str) -> impl Iterator<Item = (Path, &'v Value)> + use<'v> {
        let path = self.path.join(key);
        let list = self.spec.get(key).and_then(Value::as_array).into_iter().flatten();
        list.enumerate().map(move |(index, item)| (path.join(index), item))
    }
}

/// Every image that an object names: those of its pods, and, in objects that are not of Kubernetes' own kinds, texts under
/// the key `image` that read like one.
pub fn images(object: &Value) -> Vec<(Path, &str)> {
    let mut out = Vec::new();
    let pods = pods(object);
    for container in pods.iter().flat_map(PodPlace::containers) {
        out.extend(container.image());
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let custom = own(text("kind"), split_api_version(text("apiVersion")).0).is_none()
        && row(text("apiVersion"), text("kind")).is_none();
    if custom {
        let inside = |path: &Path| pods.iter().any(|pod| path.starts_with(&pod.path));
        let mut found = Vec::new();
        image_texts(object, &mut Path::root(), &mut found);
        out.extend(found.into_iter().filter(|(path, _)| !inside(path)));
    }
    out
}

fn image_texts<'v>(value: &'v Value, path: &mut Path, out: &mut Vec<(Path, &'v str)>) {
    if path.len() > DEPTH {
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                path.push(key.as_str());
                match value {
                    Value::String(text)
                        if key == "image" && text.contains(['/', ':']) && !text.contains("://") =>
                    {
                        out.push((path.clone(), text));
                    }
                    _ => image_texts(value, path, out),
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index);
                image_texts(item, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(object: &Value) -> Vec<String> {
        pods(object).iter().map(|pod| pod.path.to_string()).collect()
    }

    #[test]
    fn pods_of_every_kind() {
        let pod = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}});
        let of = |api: &str, kind: &str, key: &str, value: Value| json!({"apiVersion": api, "kind": kind, key: value});
        assert_eq!(
            places(&of("apps/v1", "Deployment", "spec", json!({"template": pod}))),
            ["spec.template.spec"]
        );
        assert_eq!(places(&of("v1", "PodTemplate", "template", pod.clone())), ["template.spec"]);
        let cron = of("batch/v1", "CronJob", "spec", json!({"jobTemplate": {"spec": {"template": pod}}}));
        assert_eq!(places(&cron), ["spec.jobTemplate.spec.template.spec"]);
        let mut plain = pod.clone();
        plain["apiVersion"] = json!("v1");
        plain["kind"] = json!("Pod");
        assert_eq!(places(&plain), ["spec"]);
        let custom = of("example.com/v1", "Job", "spec", json!({"parts": [{"template": pod}]}));
        assert_eq!(places(&custom), ["spec.parts[0].template.spec"]);
        assert!(pods(&custom)[0].embedded);
        assert!(places(&of("v1", "ConfigMap", "data", json!({"containers": "x"}))).is_empty());
    }

    #[test]
    fn what_is_in_a_pod() {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "spec": {
            "serviceAccountName": "s", "imagePullSecrets": [{"name": "p"}], "nodeSelector": {"a/b": "c"},
            "initContainers": [{"name": "i", "image": "x"}],
            "containers": [{"name": "c", "image": "y", "ports": [{"name": "http", "containerPort": 80}],
                "livenessProbe": {"httpGet": {"port": "http"}}, "resources": {"limits": {"cpu": 1}}}]}});
        let found = pods(&object);
        let pod = &found[0];
        assert_eq!(pod.pull_secrets()[0].0.to_string(), "spec.imagePullSecrets[0].name");
        assert_eq!(pod.service_account().unwrap().1, "s");
        assert_eq!(pod.node_selector()[0].0.to_string(), "spec.nodeSelector['a/b']");
        let containers = pod.containers();
        assert_eq!(containers.iter().map(Container::name).collect::<Vec<_>>(), ["i", "c"]);
        assert_eq!(containers[1].image().unwrap().0.to_string(), "spec.containers[0].image");
        assert_eq!(containers[1].amount("limits", "cpu").unwrap().1, "1");
        assert_eq!(containers[1].probes().len(), 1);
        assert!(containers[1].has_port(&json!("http")) && !containers[1].has_port(&json!("web")));
    }

    #[test]
    fn images_of_operators() {
        let object = json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "spec": {
            "image": "quay.io/prometheus/prometheus:v3", "containers": [{"name": "a", "image": "b"}], "x": {"image": "none"}}});
        let found: Vec<&str> = images(&object).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, ["b"], "within a place of pods only its containers count");
        let object = json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "spec": {
            "image": "quay.io/prometheus/prometheus:v3"}});
        assert_eq!(images(&object).len(), 1);
    }
}
