//! Which kinds Kubernetes has, and when an API came or went.

use crate::data::{KindRow, schemas, split_api_version};
use crate::version::Version;

/// A kind that a release serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version of the API, such as `v1`.
    pub version: &'static str,
    /// The kind, such as `Deployment`.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl KindInfo {
    /// The `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

impl From<&KindRow> for KindInfo {
    fn from(row: &KindRow) -> Self {
        Self { group: row.group, version: row.version, kind: row.kind, namespaced: row.namespaced }
    }
}

/// When an API is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The first release known to serve it; `None` when it was there before the oldest known release.
    pub introduced: Option<Version>,
    /// The first release that no longer serves it; `None` when the newest known release does.
    pub removed: Option<Version>,
    /// The `apiVersion` that serves the kind instead, if one does.
    pub replacement: Option<String>,
}

impl Lifetime {
    /// Whether a release serves it.
    pub fn serves(&self, version: Version) -> bool {
        self.introduced.is_none_or(|first| first <= version) && self.removed.is_none_or(|gone| version < gone)
    }
}

/// APIs removed before the oldest release whose schemas are known: `apiVersion`, the release without it, kinds.
const REMOVED: &[(&str, u8, &[&str])] = &[
    (
        "extensions/v1beta1",
        16,
        &["DaemonSet", "Deployment", "ReplicaSet", "NetworkPolicy", "PodSecurityPolicy"],
    ),
    ("apps/v1beta1", 16, &["Deployment", "StatefulSet", "ControllerRevision"]),
    ("apps/v1beta2", 16, &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision"]),
    ("batch/v2alpha1", 21, &["CronJob"]),
    ("extensions/v1beta1", 22, &["Ingress"]),
    ("networking.k8s.io/v1beta1", 22, &["Ingress", "IngressClass"]),
    (
        "admissionregistration.k8s.io/v1beta1",
        22,
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    ("apiextensions.k8s.io/v1beta1", 22, &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io/v1beta1", 22, &["APIService"]),
    ("authentication.k8s.io/v1beta1", 22, &["TokenReview"]),
    (
        "authorization.k8s.io/v1beta1",
        22,
        &[
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SubjectAccessReview",
            "SelfSubjectRulesReview",
        ],
    ),
    ("certificates.k8s.io/v1beta1", 22, &["CertificateSigningRequest"]),
    ("coordination.k8s.io/v1beta1", 22, &["Lease"]),
    ("rbac.authorization.k8s.io/v1alpha1", 23, &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("rbac.authorization.k8s.io/v1beta1", 22, &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("scheduling.k8s.io/v1beta1", 22, &["PriorityClass"]),
    ("storage.k8s.io/v1beta1", 22, &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
    ("batch/v1beta1", 25, &["CronJob"]),
    ("discovery.k8s.io/v1beta1", 25, &["EndpointSlice"]),
    ("events.k8s.io/v1beta1", 25, &["Event"]),
    ("autoscaling/v2beta1", 25, &["HorizontalPodAutoscaler"]),
    ("policy/v1beta1", 25, &["PodDisruptionBudget", "PodSecurityPolicy"]),
    ("node.k8s.io/v1beta1", 25, &["RuntimeClass"]),
    ("autoscaling/v2beta2", 26, &["HorizontalPodAutoscaler"]),
    ("flowcontrol.apiserver.k8s.io/v1beta1", 26, &["FlowSchema", "PriorityLevelConfiguration"]),
    ("storage.k8s.io/v1beta1", 27, &["CSIStorageCapacity"]),
    ("flowcontrol.apiserver.k8s.io/v1beta2", 29, &["FlowSchema", "PriorityLevelConfiguration"]),
];

/// Every kind that a release serves (its alpha and beta APIs too), sorted by group, version and kind. For a release that
/// is not known, the nearest one's.
pub fn kinds(version: Version) -> impl Iterator<Item = KindInfo> {
    schemas().kinds.iter().filter(move |row| row.releases.has(version)).map(KindInfo::from)
}

/// What every cluster of a release serves, as `.Capabilities.APIVersions` of a chart names it (`apps/v1`, `apps/v1/Deployment`):
/// its stable APIs. Betas are off by default since 1.24; what a cluster serves besides, nobody here knows.
pub fn served(version: Version) -> Vec<String> {
    let stable = |info: &KindInfo| !info.version.contains("alpha") && !info.version.contains("beta");
    // The two that are served beside the others and have no place in their data.
    let mut out: Vec<String> = Vec::from([
        "apiextensions.k8s.io/v1".to_owned(),
        "apiextensions.k8s.io/v1/CustomResourceDefinition".to_owned(),
        "apiregistration.k8s.io/v1".to_owned(),
        "apiregistration.k8s.io/v1/APIService".to_owned(),
    ]);
    for info in kinds(version).filter(stable) {
        let api = info.api_version();
        out.push(format!("{api}/{}", info.kind));
        out.push(api);
    }
    out.sort();
    out.dedup();
    out
}

/// The kind of an `apiVersion` in a release, if it serves one.
pub fn kind(version: Version, api_version: &str, kind: &str) -> Option<KindInfo> {
    row(api_version, kind).filter(|row| row.releases.has(version)).map(KindInfo::from)
}

/// Whether objects of a kind of Kubernetes' own live in namespaces, in whatever release and version; nothing when the
/// kind is not one of Kubernetes' own.
pub fn is_namespaced(group: &str, kind: &str) -> Option<bool> {
    let now = schemas().kinds.iter().find(|row| row.group == group && row.kind == kind);
    now.map(|row| row.namespaced).or_else(|| {
        let gone =
            REMOVED.iter().any(|(api, _, kinds)| split_api_version(api).0 == group && kinds.contains(&kind));
        // The kinds that went altogether live on in another group, save one.
        let other = schemas().kinds.iter().find(|row| row.kind == kind);
        gone.then(|| other.is_some_and(|row| row.namespaced))
    })
}

/// When an API of Kubernetes' own is served; nothing when there never was one of that name.
pub fn lifetime(api_version: &str, kind: &str) -> Option<Lifetime> {
    if let Some(row) = row(api_version, kind) {
        let removed = row.releases.last().filter(|last| *last < Version::NEWEST).map(Version::next);
        let introduced = row.releases.first().filter(|first| *first > Version::OLDEST);
        let replacement = removed.and_then(|_| replacement(api_version, kind));
        return Some(Lifetime { introduced, removed, replacement });
    }
    let (_, gone, _) = REMOVED.iter().find(|(api, _, kinds)| *api == api_version && kinds.contains(&kind))?;
    Some(Lifetime {
        introduced: None,
        removed: Some(Version::minor(*gone)),
        replacement: replacement(api_version, kind),
    })
}

/// The most stable API that the newest release serves a kind by, of the same group before others.
fn replacement(api_version: &str, kind: &str) -> Option<String> {
    let (group, _) = split_api_version(api_version);
    let candidates =
        schemas().kinds.iter().filter(|row| row.kind == kind && row.releases.has(Version::NEWEST));
    candidates
        // `events.k8s.io` and the core group both have Events: the group that was asked for is meant.
        .min_by_key(|row| (row.group != group, stability(row.version), row.group))
        .map(|row| KindInfo::from(row).api_version())
}

/// Orders versions: stable before beta before alpha, newer before older.
fn stability(version: &str) -> (u8, std::cmp::Reverse<&str>) {
    let rank = if version.contains("alpha") { 2 } else { u8::from(version.contains("beta")) };
    (rank, std::cmp::Reverse(version))
}

/// Whether all kinds of a group are known, so that one of another name cannot be.
pub(crate) fn is_own_group(group: &str) -> bool {
    group == "extensions" || schemas().kinds.iter().any(|row| row.group == group)
}

/// The row of a kind, in whatever release.
pub(crate) fn row(api_version: &str, kind: &str) -> Option<&'static KindRow> {
    let (group, version) = split_api_version(api_version);
    schemas().kinds.iter().find(|row| row.group == group && row.version == version && row.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_release_serves() {
        let v31 = Version::minor(31);
        assert!(kind(v31, "apps/v1", "Deployment").is_some_and(|k| k.namespaced));
        assert!(kind(v31, "extensions/v1beta1", "Ingress").is_none());
        assert_eq!(is_namespaced("rbac.authorization.k8s.io", "ClusterRole"), Some(false));
        assert_eq!(is_namespaced("extensions", "Ingress"), Some(true));
        assert_eq!(is_namespaced("policy", "PodSecurityPolicy"), Some(false));
        assert_eq!(is_namespaced("example.com", "Thing"), None);
        assert!(kinds(v31).count() > 70);
    }

    #[test]
    fn what_charts_are_told() {
        let told = served(Version::minor(35));
        let has = |name: &str| told.iter().any(|known| known == name);
        assert!(has("v1") && has("v1/Pod") && has("apps/v1/Deployment") && has("apiregistration.k8s.io/v1"));
        assert!(!has("apps/v1beta1") && !told.iter().any(|name| name.contains("alpha")));
    }

    #[test]
    fn apis_come_and_go() {
        let gone = lifetime("extensions/v1beta1", "Ingress").unwrap();
        assert_eq!(gone.removed, Some(Version::minor(22)));
        assert_eq!(gone.replacement.as_deref(), Some("networking.k8s.io/v1"));
        assert!(!gone.serves(Version::minor(31)) && gone.serves(Version::minor(21)));
        let flow = lifetime("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema").unwrap();
        assert_eq!(flow.removed, Some(Version::minor(32)));
        assert_eq!(flow.replacement.as_deref(), Some("flowcontrol.apiserver.k8s.io/v1"));
        let claims = lifetime("resource.k8s.io/v1", "ResourceClaim").unwrap();
        assert_eq!((claims.introduced, claims.removed), (Some(Version::minor(34)), None));
        assert_eq!(lifetime("policy/v1beta1", "PodSecurityPolicy").unwrap().replacement, None);
        assert_eq!(lifetime("apps/v1beta2", "Deployment").unwrap().replacement.as_deref(), Some("apps/v1"));
        assert_eq!(lifetime("apps/v1", "Deploymnt"), None);
    }
}
