//! The objects in Argo CD's namespace, as far as the ApplicationSet controller reads them.

use std::collections::BTreeMap;

use serde_json::Value;

/// The name of the cluster Argo CD runs in.
pub const IN_CLUSTER_NAME: &str = "in-cluster";
/// The address of the cluster Argo CD runs in.
pub const IN_CLUSTER_SERVER: &str = "https://kubernetes.default.svc";

/// A registered cluster: a Secret labelled `argocd.argoproj.io/secret-type: cluster`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The Secret's name.
    pub secret: String,
    /// `data.name`.
    pub name: String,
    /// `data.server`.
    pub server: String,
    /// `data.project`.
    pub project: Option<String>,
    /// The Secret's labels.
    pub labels: BTreeMap<String, String>,
    /// The Secret's annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Objects by kind. Objects without a namespace count as being in Argo CD's.
#[derive(Clone, Debug, Default)]
pub struct State {
    namespace: String,
    clusters: Vec<Cluster>,
    secrets: BTreeMap<String, BTreeMap<String, String>>,
    config_maps: BTreeMap<String, BTreeMap<String, String>>,
    projects: BTreeMap<String, Value>,
    applications: Vec<Value>,
    application_sets: Vec<Value>,
    other: Vec<Value>,
    complete: bool,
}

impl State {
    /// Sorts objects (Kubernetes objects as JSON) into what the controller reads from `namespace`.
    /// Objects of other namespaces are left out, save Applications and ApplicationSets.
    pub fn new(namespace: &str, objects: impl IntoIterator<Item = Value>) -> Self {
        let mut state = Self { namespace: namespace.to_owned(), ..Self::default() };
        for object in objects {
            state.add(object);
        }
        state.clusters.sort_by(|a, b| a.secret.cmp(&b.secret));
        state
    }

    fn add(&mut self, object: Value) {
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api, kind, name, namespace) =
            (text("/apiVersion"), text("/kind"), text("/metadata/name"), text("/metadata/namespace"));
        let group = api.split_once('/').map_or("", |(group, _)| group);
        if group == "argoproj.io" && kind == "Application" {
            self.applications.push(object);
            return;
        }
        if group == "argoproj.io" && kind == "ApplicationSet" {
            self.application_sets.push(object);
            return;
        }
        if !namespace.is_empty() && namespace != self.namespace {
            return;
        }
        match (group, kind.as_str()) {
            ("", "Secret") => {
                let data = secret_data(&object);
                let labels = string_map(object.pointer("/metadata/labels"));
                if labels.get("argocd.argoproj.io/secret-type").is_some_and(|v| v == "cluster") {
                    let field = |key: &str| data.get(key).cloned();
                    self.clusters.push(Cluster {
                        secret: name.clone(),
                        name: field("name").unwrap_or_default(),
                        server: field("server").unwrap_or_default(),
                        project: field("project"),
                        labels,
                        annotations: string_map(object.pointer("/metadata/annotations")),
                    });
                }
                self.secrets.insert(name, data);
            }
            ("", "ConfigMap") => {
                self.config_maps.insert(name, string_map(object.get("data")));
            }
            ("argoproj.io", "AppProject") => {
                self.projects.insert(name, object);
            }
            _ => self.other.push(object),
        }
    }

    /// Says that ConfigMaps, Secrets and custom resources are all here too: one that is not is missing, not unknown.
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Whether a ConfigMap, Secret or custom resource that is not here is missing (else it is unknown).
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The namespace the objects are read for.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The registered clusters, by the name of their Secret.
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// The decoded data of a Secret.
    pub fn secret(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.secrets.get(name)
    }

    /// The data of a ConfigMap.
    pub fn config_map(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.config_maps.get(name)
    }

    /// An AppProject.
    pub fn project(&self, name: &str) -> Option<&Value> {
        self.projects.get(name)
    }

    /// All AppProjects by name.
    pub fn projects(&self) -> &BTreeMap<String, Value> {
        &self.projects
    }

    /// Existing Applications, of any namespace.
    pub fn applications(&self) -> &[Value] {
        &self.applications
    }

    /// An existing ApplicationSet.
    pub fn application_set(&self, namespace: &str, name: &str) -> Option<&Value> {
        self.application_sets.iter().find(|set| {
            let text = |pointer: &str| set.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty());
            text("/metadata/name") == Some(name)
                && text("/metadata/namespace").unwrap_or(&self.namespace) == namespace
        })
    }

    /// Everything else in the namespace (cluster decision resources among them).
    pub fn other(&self) -> &[Value] {
        &self.other
    }

    /// Whether `argocd-cm` lets Applications use the cluster Argo CD runs in.
    pub fn in_cluster_enabled(&self) -> bool {
        self.config_map("argocd-cm")
            .and_then(|cm| cm.get("cluster.inClusterEnabled"))
            .is_none_or(|v| v != "false")
    }
}

fn string_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

fn secret_data(secret: &Value) -> BTreeMap<String, String> {
    let mut data = BTreeMap::new();
    for (key, value) in string_map(secret.get("data")) {
        if let Some(bytes) = base64(&value) {
            data.insert(key, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    data.extend(string_map(secret.get("stringData")));
    data
}

/// Decodes standard base64, forgiving line breaks; `None` if it is none.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}
