//! From rendered templates to manifests and hooks in the order of installation (`releaseutil.SortManifests`).

use std::cmp::Ordering;
use std::sync::Arc;

use rayon::prelude::*;

use super::hook::event;
use super::reader::{Document, Reader};
use super::{Hook, Manifest, Release};
use crate::error::Error;
use crate::version::HelmVersion;

/// The order in which Helm installs kinds; others come behind, by name.
const INSTALL_ORDER: [&str; 36] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// What Helm 4 has behind them.
const INSTALLED_LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The least number of texts that are worth another thread.
const ON_ONE_THREAD: usize = 8;

/// Sorts the documents of rendered templates, which are sorted by path; the reader may have read some of them. Fails, in
/// Helm's words, on the first document that is not YAML or not shaped as a resource.
pub(crate) fn sort(files: &[(Arc<str>, Arc<[u8]>)], reader: &Reader) -> Result<Release, Error> {
    let version = reader.version();
    let mut release = Release::default();
    let is_partial = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
    let files: Vec<_> = files.iter().filter(|(path, _)| !is_partial(path)).collect();
    let read: Vec<Vec<Document>> =
        files.par_iter().with_min_len(ON_ONE_THREAD).map(|(path, text)| reader.take(path, text)).collect();
    let documents = files.into_iter().zip(read).flat_map(|((path, text), documents)| {
        documents.into_iter().map(move |(range, head)| (path, text, range, head))
    });
    for (path, text, range, head) in documents {
        let head = head.map_err(|error| Error::new(format!("YAML parse error on {path}: {error}")))?;
        let manifest = Manifest {
            path: Arc::clone(path),
            api_version: head.api_version,
            kind: head.kind,
            name: head.name,
            text: Arc::clone(text),
            range,
        };
        let Some(hook) = head.annotations.get("helm.sh/hook") else {
            release.manifests.push(manifest);
            continue;
        };
        let names = hook.split(',').map(|name| go_lower(name.trim()));
        let Some(events) = names.map(|name| event(&name)).collect::<Option<Vec<_>>>() else {
            release.warnings.push(match version {
                HelmVersion::V3_19 => format!("info: skipping unknown hook: {hook:?}"),
                _ => format!("skipping unknown hooks hookTypes={hook}"),
            });
            continue;
        };
        let weight = head.annotations.get("helm.sh/hook-weight").and_then(|text| atoi(text)).unwrap_or(0);
        let policies = head.annotations.get("helm.sh/hook-delete-policy");
        let policies = policies.into_iter().flat_map(|text| text.split(','));
        let delete_policies = policies.map(|policy| go_lower(policy.trim())).collect();
        release.hooks.push(Hook { manifest, events, weight, delete_policies });
    }
    let rank = |kind: &str| rank(kind, version);
    release.manifests.sort_by(|a, b| compare(&a.kind, &b.kind, rank));
    release.hooks.sort_by(|a, b| compare(&a.manifest.kind, &b.manifest.kind, rank));
    Ok(release)
}

fn go_lower(text: &str) -> String {
    text.to_lowercase()
}

/// `strconv.Atoi`.
fn atoi(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn rank(kind: &str, version: HelmVersion) -> Option<usize> {
    let known = INSTALL_ORDER.iter().position(|known| *known == kind);
    match known {
        None if version != HelmVersion::V3_19 => {
            INSTALLED_LAST.iter().position(|known| *known == kind).map(|at| INSTALL_ORDER.len() + at)
        }
        known => known,
    }
}

fn compare(a: &str, b: &str, rank: impl Fn(&str) -> Option<usize>) -> Ordering {
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_installed_in_order() {
        let text = "kind: Zebra\n---\nkind: Ant\n---\nkind: Job\nmetadata:\n  annotations:\n    helm.sh/hook: Test-Success, pre-install\n    helm.sh/hook-weight: -5\n---\nkind: Service\n---\nkind: ValidatingWebhookConfiguration\n---\nkind: X\nmetadata: {annotations: {helm.sh/hook: what}}\n";
        let files = [(Arc::from("c/templates/a.yaml"), Arc::from(text.as_bytes()))];
        let kinds = |version| {
            let release = sort(&files, &Reader::new(version)).unwrap();
            assert_eq!(release.hooks[0].events, ["test", "pre-install"]);
            assert_eq!(release.hooks[0].weight, -5);
            assert_eq!(release.warnings.len(), 1);
            release.manifests.into_iter().map(|manifest| manifest.kind).collect::<Vec<_>>()
        };
        let webhook = "ValidatingWebhookConfiguration";
        assert_eq!(kinds(HelmVersion::V4_3), ["Service", webhook, "Ant", "Zebra"]);
        assert_eq!(kinds(HelmVersion::V3_19), ["Service", "Ant", webhook, "Zebra"]);
    }
}
