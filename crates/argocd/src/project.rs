//! What an AppProject permits, as Argo CD 3.6.1 decides it (quirks included), with the messages of the Application's conditions.

use seatrial_yaml::Path;
use serde_json::Value;

use crate::glob::{gopath, matches, matches_any_or_regex, matches_with_slash};
use crate::selector::{Rules, Selector};
use crate::world::{Cluster, IN_CLUSTER_NAME, IN_CLUSTER_SERVER, State};

/// An AppProject, with what global projects add to it.
#[derive(Clone, Debug)]
pub struct Project {
    name: String,
    spec: Value,
}

/// Something of an Application that its project (or Argo CD itself) does not permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectIssue {
    /// The place in the Application.
    pub path: Path,
    /// The message of the `InvalidSpecError` condition.
    pub message: String,
    /// What the place is about.
    pub kind: ProjectIssueKind,
}

/// What a [`ProjectIssue`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectIssueKind {
    /// A source lacks what it needs.
    IncompleteSource,
    /// A repository the project does not permit.
    Source,
    /// A destination the project does not permit.
    Destination,
}

/// The lists that a global project adds to.
const MERGED: [&str; 7] = [
    "clusterResourceWhitelist",
    "clusterResourceBlacklist",
    "namespaceResourceWhitelist",
    "namespaceResourceBlacklist",
    "syncWindows",
    "sourceRepos",
    "destinations",
];

impl Project {
    /// An AppProject object as it stands.
    pub fn new(object: &Value) -> Self {
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        Self { name: name.to_owned(), spec: object.get("spec").cloned().unwrap_or(Value::Null) }
    }

    /// The project of that name, with the lists of the global projects that `argocd-cm` (`globalProjects`) applies to it.
    pub fn find(state: &State, name: &str) -> Option<Self> {
        let object = state.project(name)?;
        let mut project = Self::new(object);
        let globals = state.config_map("argocd-cm").and_then(|cm| cm.get("globalProjects"));
        let globals = globals.and_then(|text| crate::yaml::unmarshal(text).ok()).unwrap_or(Value::Null);
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
        let labels = labels.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
        for global in globals.as_array().into_iter().flatten() {
            let other = global.get("projectName").and_then(Value::as_str).unwrap_or_default();
            let selector = global.get("labelSelector").cloned().unwrap_or(Value::Null);
            let Ok(selector) = Selector::parse(&selector, Rules::Kubernetes) else { break };
            if other == name || !selector.matches(&labels) {
                continue;
            }
            let Some(other) = state.project(other) else { break };
            project.add(other.get("spec").unwrap_or(&Value::Null));
        }
        Some(project)
    }

    fn add(&mut self, global: &Value) {
        let Some(spec) = self.spec.as_object_mut() else { return };
        for key in MERGED {
            let more = global.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            if more.is_empty() {
                continue;
            }
            let list = spec.entry(key).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.extend(more);
            }
        }
    }

    /// The project's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many entries a source or destination is compared with.
    pub fn size(&self) -> usize {
        self.list("sourceRepos").len() + self.list("destinations").len()
    }

    fn list(&self, key: &str) -> &[Value] {
        self.spec.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        self.list(key).iter().filter_map(Value::as_str).collect()
    }

    /// `IsSourcePermitted`: globs with `/` as separator over normalised URLs. A denying entry (`!…`) that does not hit counts as a match.
    pub fn permits_source(&self, url: &str) -> bool {
        let url = normalize_git_url(url);
        let mut any = false;
        for entry in self.texts("sourceRepos") {
            match entry.strip_prefix('!') {
                Some(denied) => {
                    if matches_with_slash(&normalize_git_url(denied), &url) {
                        return false;
                    }
                    any = true;
                }
                None => {
                    let pattern = normalize_git_url(entry);
                    any |= pattern == "*" || matches_with_slash(&pattern, &url);
                }
            }
        }
        any
    }

    /// `IsDestinationPermitted` for a cluster and a namespace; `scoped` are the clusters that belong to this project.
    pub fn permits_destination(
        &self,
        server: &str,
        name: &str,
        namespace: &str,
        scoped: &[&Cluster],
    ) -> bool {
        if !self.destination_matched(server, name, namespace) {
            return false;
        }
        if self.spec.get("permitOnlyProjectScopedClusters") != Some(&Value::Bool(true)) {
            return true;
        }
        scoped.iter().any(|c| c.name == name || c.server == server)
    }

    fn destination_matched(&self, server: &str, name: &str, namespace: &str) -> bool {
        let denies = |pattern: &str| pattern.starts_with('!');
        let mut any = false;
        for item in self.list("destinations") {
            let field = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
            let by_name = !name.is_empty() && negatable(field("name"), name);
            let by_server = !server.is_empty() && negatable(field("server"), server);
            let by_namespace = negatable(field("namespace"), namespace);
            if (by_server || by_name) && by_namespace {
                any = true;
            } else if ((!by_name && denies(field("name"))) || (!by_server && denies(field("server"))))
                && by_namespace
                || !by_namespace && denies(field("namespace")) && by_server
            {
                return false;
            }
        }
        any
    }

    /// `IsGroupKindNamePermitted`: by Go's `filepath.Match`. Without a list of namespaced kinds all are permitted,
    /// with an empty one none; of cluster-wide kinds only those listed.
    pub fn permits_kind(&self, group: &str, kind: &str, name: &str, namespaced: bool) -> bool {
        let fits = |pattern: &str, text: &str| gopath::matches(pattern, text) == Ok(true);
        let listed = |key: &str, named: bool| {
            self.list(key).iter().any(|item| {
                let field = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
                let by_name = !named || field("name").is_empty() || fits(field("name"), name);
                fits(field("kind"), kind) && fits(field("group"), group) && by_name
            })
        };
        if namespaced {
            let allowed = self.spec.get("namespaceResourceWhitelist").is_none_or(Value::is_null)
                || listed("namespaceResourceWhitelist", false);
            return allowed && !listed("namespaceResourceBlacklist", false);
        }
        listed("clusterResourceWhitelist", true) && !listed("clusterResourceBlacklist", true)
    }

    /// `IsAppNamespacePermitted`: Argo CD's own namespace always, others by `sourceNamespaces` (globs or `/regexes/`).
    pub fn permits_application_namespace(&self, namespace: &str, controller: &str) -> bool {
        namespace.is_empty()
            || namespace == controller
            || matches_any_or_regex(&self.texts("sourceNamespaces"), namespace)
    }

    /// `ValidatePermissions`: what Argo CD writes to an Application's conditions, sources first, then the destination.
    ///
    /// A destination whose cluster is not in `state` is not judged here: the expansion has said so already.
    pub fn check(&self, application: &Value, state: &State) -> Vec<ProjectIssue> {
        let mut issues = Vec::new();
        let spec = application.get("spec").unwrap_or(&Value::Null);
        if self.sources(spec, &mut issues) {
            self.destination(spec, state, &mut issues);
        }
        issues
    }

    /// Checks the sources; `false` when one is incomplete, after which Argo CD looks no further.
    fn sources(&self, spec: &Value, issues: &mut Vec<ProjectIssue>) -> bool {
        let root = Path::keys(["spec"]);
        let field = |source: &Value, key: &str| {
            source.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let refused = |url: &str, path: Path, what: &str| ProjectIssue {
            path,
            message: format!("{what} repo {url} is not permitted in project '{}'", self.name),
            kind: ProjectIssueKind::Source,
        };
        if let Some(hydrator) = spec.get("sourceHydrator") {
            let dry = hydrator.get("drySource").map(|s| field(s, "repoURL")).unwrap_or_default();
            if !self.permits_source(&dry) {
                issues.push(refused(
                    &dry,
                    root.join("sourceHydrator").join("drySource").join("repoURL"),
                    "application",
                ));
            }
            let sync = hydrator.get("syncSource").map(|s| field(s, "repoURL")).filter(|u| !u.is_empty());
            if let Some(sync) = sync.filter(|u| *u != dry && !self.permits_source(u)) {
                issues.push(refused(
                    &sync,
                    root.join("sourceHydrator").join("syncSource").join("repoURL"),
                    "sync source",
                ));
            }
            return true;
        }
        let many = spec.get("sources").and_then(Value::as_array).filter(|s| !s.is_empty());
        let none = Value::Null;
        let all: Vec<(&Value, Path)> = match many {
            Some(list) => list.iter().enumerate().map(|(i, s)| (s, root.join("sources").join(i))).collect(),
            None => vec![(spec.get("source").unwrap_or(&none), root.join("source"))],
        };
        for (source, path) in all {
            let url = field(source, "repoURL");
            let has = |key: &str| !field(source, key).is_empty();
            let incomplete = |message: String| ProjectIssue {
                path: path.clone(),
                message,
                kind: ProjectIssueKind::IncompleteSource,
            };
            if url.is_empty() || !(has("path") || has("chart") || (many.is_some() && has("ref"))) {
                issues.push(incomplete(if many.is_some() {
                    "spec.source.repoURL and either source.path, source.chart, or source.ref are required for source".to_owned()
                } else {
                    "spec.source.repoURL and either spec.source.path or spec.source.chart are required".to_owned()
                }));
                return false;
            }
            if has("chart") && !has("targetRevision") {
                issues.push(incomplete(
                    "spec.source.targetRevision is required if the manifest source is a helm chart"
                        .to_owned(),
                ));
                return false;
            }
            if !self.permits_source(&url) {
                issues.push(refused(&url, path.join("repoURL"), "application"));
            }
        }
        true
    }

    fn destination(&self, spec: &Value, state: &State, issues: &mut Vec<ProjectIssue>) {
        let field = |key: &str| {
            spec.pointer(&format!("/destination/{key}")).and_then(Value::as_str).unwrap_or_default()
        };
        let (server, name, namespace) =
            (field("server").trim_end_matches('/'), field("name"), field("namespace"));
        let found = state.clusters().iter().find(|c| {
            if server.is_empty() {
                c.name == name && !name.is_empty()
            } else {
                c.server.trim_end_matches('/') == server
            }
        });
        let (server, cluster) = match found {
            Some(cluster) => (cluster.server.trim_end_matches('/'), cluster.name.as_str()),
            None if server == IN_CLUSTER_SERVER || (server.is_empty() && name == IN_CLUSTER_NAME) => {
                (IN_CLUSTER_SERVER, IN_CLUSTER_NAME)
            }
            None => return,
        };
        let scoped: Vec<&Cluster> =
            state.clusters().iter().filter(|c| c.project.as_deref() == Some(self.name.as_str())).collect();
        if !self.permits_destination(server, cluster, namespace, &scoped) {
            let shown = if name.is_empty() { server } else { cluster };
            issues.push(ProjectIssue {
                path: Path::keys(["spec", "destination"]),
                message: format!(
                    "application destination server '{shown}' and namespace '{namespace}' do not match any of the allowed destinations in project '{}'",
                    self.name
                ),
                kind: ProjectIssueKind::Destination,
            });
        }
    }
}

/// `globMatch` with negation allowed and no separators.
fn negatable(pattern: &str, text: &str) -> bool {
    match pattern.strip_prefix('!') {
        Some(denied) => !matches(denied, text),
        None => pattern == "*" || matches(pattern, text),
    }
}

/// `git.NormalizeGitURL`: lower case, no `.git`, `git@host:path` and `ssh://` as `git@host/path`.
pub fn normalize_git_url(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let rest = lower.strip_prefix("ssh://").unwrap_or(&lower);
    let user = rest
        .split_once('@')
        .filter(|(user, host)| !user.contains(['/', ':']) && !host.is_empty() && !host.contains('@'));
    let plain = match user {
        Some(_) if lower.starts_with("ssh://") => rest.to_owned(),
        Some(_) => rest.replacen(':', "/", 1),
        None => lower.clone(),
    };
    plain.strip_suffix(".git").unwrap_or(&plain).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn project(spec: Value) -> Project {
        Project::new(&json!({"metadata": {"name": "p"}, "spec": spec}))
    }

    #[test]
    fn sources() {
        let all = |repos: Value| project(json!({"sourceRepos": repos}));
        assert!(all(json!(["*"])).permits_source("https://github.com/a/b"));
        assert!(!all(json!([])).permits_source("https://github.com/a/b"));
        assert!(all(json!(["https://github.com/a/*"])).permits_source("https://GitHub.com/a/b.git"));
        assert!(!all(json!(["https://github.com/*"])).permits_source("https://github.com/a/b"));
        assert!(all(json!(["git@github.com:a/b.git"])).permits_source("ssh://git@github.com/a/b"));
        // A denying entry alone permits everything else.
        assert!(all(json!(["!https://github.com/a/*"])).permits_source("https://github.com/z/b"));
        assert!(!all(json!(["*", "!https://github.com/a/*"])).permits_source("https://github.com/a/b"));
    }

    #[test]
    fn destinations() {
        let p = project(
            json!({"destinations": [{"server": "*", "namespace": "team-*"}, {"server": "!https://prod", "namespace": "*"}, {"server": "*", "namespace": "!team-secret"}]}),
        );
        assert!(p.permits_destination("https://dev", "dev", "team-a", &[]));
        assert!(!p.permits_destination("https://prod", "prod", "team-a", &[]));
        assert!(!p.permits_destination("https://dev", "dev", "team-secret", &[]));
        let scoped = project(
            json!({"destinations": [{"server": "*", "namespace": "*"}], "permitOnlyProjectScopedClusters": true}),
        );
        assert!(!scoped.permits_destination("https://dev", "dev", "x", &[]));
    }

    #[test]
    fn kinds() {
        let p = project(
            json!({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "team-*"}], "namespaceResourceBlacklist": [{"group": "*", "kind": "Secret"}]}),
        );
        assert!(p.permits_kind("", "Namespace", "team-a", false));
        assert!(!p.permits_kind("", "Namespace", "other", false));
        assert!(!p.permits_kind("rbac.authorization.k8s.io", "ClusterRole", "x", false));
        assert!(p.permits_kind("apps", "Deployment", "x", true));
        assert!(!p.permits_kind("", "Secret", "x", true));
        assert!(!project(json!({"namespaceResourceWhitelist": []})).permits_kind(
            "apps",
            "Deployment",
            "x",
            true
        ));
    }

    #[test]
    fn messages() {
        let p = project(
            json!({"sourceRepos": ["https://ok/*"], "destinations": [{"server": "*", "namespace": "a"}]}),
        );
        let state = State::new("argocd", Vec::new());
        let app = json!({"spec": {"source": {"repoURL": "https://no/x", "path": "p"}, "destination": {"server": IN_CLUSTER_SERVER, "namespace": "b"}}});
        let messages: Vec<String> = p.check(&app, &state).into_iter().map(|i| i.message).collect();
        assert_eq!(
            messages,
            [
                "application repo https://no/x is not permitted in project 'p'",
                "application destination server 'https://kubernetes.default.svc' and namespace 'b' do not match any of the allowed destinations in project 'p'",
            ]
        );
    }
}
