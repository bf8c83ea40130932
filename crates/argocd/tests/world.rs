//! What the recorded answers cannot cover: OCI artifacts, other namespaces, older releases.

use std::sync::Arc;

use seatrial_argocd::{
    Artifact, Expansion, Fixtures, Flags, Limits, Place, RepoAnswer, RepoEntry, RepoEntryKind, Repositories,
    State, Version, World, expand,
};
use serde_json::{Value, json};

/// A folder for one OCI artifact; no git repositories.
struct Standing;

impl Repositories for Standing {
    fn entries(&self, url: &str, _: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        RepoAnswer::Unknown(url.to_owned())
    }

    fn read(&self, url: &str, _: &str, _: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Unknown(url.to_owned())
    }

    fn artifact(&self, _: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        let file = |path: &str| RepoEntry { path: path.to_owned(), kind: RepoEntryKind::File };
        let entries = vec![file("apps/a/x.yaml"), file("apps/b/x.yaml"), file("apps/b/deep/y.yaml")];
        RepoAnswer::Ok(Arc::new(Artifact { digest: revision.to_owned(), entries, ..Artifact::default() }))
    }

    fn oci_read(&self, _: &str, _: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Ok(format!("from: {path}\n").into_bytes().into())
    }
}

fn run(set: &Value, flags: Flags) -> Expansion {
    let project =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}});
    let state = State::new("argocd", [project]).complete();
    let world = World {
        namespace: "argocd".to_owned(),
        version: Version::NEWEST,
        flags,
        state: &state,
        repositories: &Standing,
        fixtures: &Fixtures::default(),
        clusters_known: true,
        projects_known: true,
    };
    expand(set, &world, &Limits::default())
}

fn set(generator: Value, name: &str) -> Value {
    json!({"metadata": {"name": "s"}, "spec": {"goTemplate": true, "generators": [generator], "template": {"metadata": {"name": name}, "spec": {
        "project": "default", "destination": {"name": "in-cluster"}, "syncPolicy": {"automated": {"prune": true}}}}}})
}

fn names(expansion: &Expansion) -> Vec<&str> {
    expansion.generated.iter().filter(|g| g.created).map(|g| g.name()).collect()
}

#[test]
fn folders_and_files_of_an_oci_artifact() {
    let folders =
        json!({"oci": {"repoURL": "oci://r", "revision": "1", "directories": [{"path": "apps/*"}]}});
    assert_eq!(names(&run(&set(folders, "{{ .path.basename }}"), Flags::default())), ["a", "b"]);
    // Files of an artifact are always matched by doublestar: `*` stops at `/`.
    let files = json!({"oci": {"repoURL": "oci://r", "revision": "1", "files": [{"path": "apps/*/*.yaml"}]}});
    let got =
        run(&set(files, "{{ .path.basename }}-{{ base .from | trimSuffix \".yaml\" }}"), Flags::default());
    assert_eq!(names(&got), ["a-x", "b-x"]);
    assert!(
        got.generated[0]
            .origins
            .iter()
            .any(|o| o.key == "from"
                && matches!(&o.place, Place::File { path, .. } if path == "apps/a/x.yaml"))
    );
}

#[test]
fn sets_elsewhere_are_passed_over() {
    let mut whole = set(json!({"list": {"elements": [{"name": "a"}]}}), "{{ .name }}");
    whole["metadata"]["namespace"] = json!("team-a");
    let got = run(&whole, Flags::default());
    assert_eq!((names(&got).len(), got.warnings.len()), (0, 1));
    let allowed = Flags { namespaces: vec!["team-*".to_owned()], ..Flags::default() };
    let got = run(&whole, allowed);
    assert_eq!(names(&got), ["a"]);
    assert_eq!(got.generated[0].application["metadata"]["namespace"], "team-a");
}
