//! Imported objects, repositories, and what an expansion is given.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use common::{issues, with_files};
use seatrial_argocd::{RepoAnswer, RepoEntryKind, Repositories};
use seatrial_platform::{Declared, Platform};
use seatrial_source::{Files, Overlay, Snapshot, WorkTree};
use serde_json::json;

const STATE: &str = r#"
apiVersion: v1
kind: Secret
metadata:
  name: staging
  namespace: argocd
  labels: {argocd.argoproj.io/secret-type: cluster, env: staging, region: eu}
  annotations: {note: hello, kubectl.kubernetes.io/last-applied-configuration: "hunter2"}
data:
  name: c3RhZ2luZy1la3M=
  server: aHR0cHM6Ly9yZWFsLmV4YW1wbGUub3Jn
  config: aHVudGVyMg==
---
apiVersion: v1
kind: SecretList
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: extra, labels: {argocd.argoproj.io/secret-type: cluster, tier: prod}}
  stringData: {name: prod-eks, server: "https://prod.example.org", config: hunter2}
- apiVersion: v1
  kind: Secret
  metadata: {name: repo, labels: {argocd.argoproj.io/secret-type: repository}}
  stringData: {url: "https://me:hunter2@git.example.org/a", type: git, password: hunter2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm, namespace: argocd}
data: {applicationsetcontroller.policy: create-only, applicationsetcontroller.enable.new.git.file.globbing: "true"}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team, namespace: elsewhere}
spec: {}
---
replicas: 3
"#;

const PLATFORM: &str = r#"
argocd: {version: "3.6", state: [argocd/], runsIn: hub, applicationSet: {policy: sync}}
clusters:
  hub: {labels: {role: hub}, environment: prod}
  staging-eks: {server: https://old.example.org, labels: {env: qa}}
environments: {staging: {}, prod: {}}
"#;

#[test]
fn argo_cd_objects_become_facts_without_their_credentials() {
    let platform = with_files(PLATFORM, &[("argocd/all.yaml", STATE), ("argocd/notes.txt", "x: [")]);
    insta::assert_snapshot!(issues(&platform));
    assert!(!format!("{:?}", platform.state_objects()).contains("hunter2"));
    assert!(!format!("{platform:?}").contains("hunter2"));
    assert_eq!(platform.environment_of("staging-eks"), Some("staging"));
    assert_eq!(platform.environment_of("prod-eks"), Some("prod"));
    assert_eq!(platform.cluster("prod-eks").unwrap().declared, Declared::State);
    assert_eq!(platform.knows_repository("git@git.example.org:a.git"), Some(true));

    let around = platform.surroundings([], None);
    let world = around.world();
    let clusters: Vec<_> = around
        .state()
        .clusters()
        .iter()
        .map(|c| (c.name.as_str(), c.server.as_str(), c.labels.len()))
        .collect();
    assert_eq!(
        clusters,
        [
            ("hub", "https://kubernetes.default.svc", 2),
            ("prod-eks", "https://prod.example.org", 2),
            ("staging-eks", "https://real.example.org", 3),
        ]
    );
    assert!(world.clusters_known && world.flags.new_git_file_globbing);
    assert_eq!(world.flags.policy, "sync");
}

#[test]
fn nothing_known_is_not_nothing_there() {
    let platform = Platform::none();
    let project = json!({"kind": "AppProject", "metadata": {"name": "a", "namespace": "argocd"}});
    let around = platform.surroundings([project], None);
    assert!(!around.world().clusters_known && !around.world().projects_known);
    assert!(matches!(around.repositories().entries("https://x", "main"), RepoAnswer::Unknown(_)));
    assert_eq!(platform.gaps().len(), 1);
}

#[test]
fn kubeconfig_completes_and_contradicts() {
    let kubeconfig = r#"
apiVersion: v1
kind: Config
current-context: arn:aws:eks:eu-west-1:1:cluster/prod
clusters:
- {name: a, cluster: {server: "https://A.example.org", certificate-authority-data: hunter2}}
- {name: b, cluster: {server: "https://127.0.0.1:6443"}}
contexts:
- {name: staging, context: {cluster: a, user: u}}
- {name: mini, context: {cluster: b, user: v}}
- {name: unrelated, context: {cluster: b, user: v}}
users:
- {name: u, user: {exec: {command: aws, args: [eks, get-token]}, token: hunter2}}
- {name: v, user: {client-certificate-data: hunter2}}
"#;
    let text = "kubeconfig: kube.yaml\nargocd: {runsIn: mini}\nclusters:\n  staging: {}\n  mini: {}\n  other: {server: https://other.example.org, context: staging, auth: gke}\n";
    let platform = with_files(text, &[("kube.yaml", kubeconfig)]);
    insta::assert_snapshot!(issues(&platform));
    let cluster = platform.cluster("mini").unwrap();
    assert!(cluster.server.is_none(), "an address of one machine is no fact");
    assert_eq!(cluster.auth.as_ref().unwrap().value, "certificate");
    assert!(platform.cluster("unrelated").is_none());
    assert!(platform.is_sensitive(platform.files()[1].id) && !platform.is_sensitive(platform.files()[0].id));
    assert!(!format!("{platform:?}").contains("hunter2"));
}

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "git {args:?}");
}

#[test]
#[cfg(unix)]
fn folders_trees_and_revisions_stand_for_repositories() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let put = |path: &str, text: &str| {
        let full = root.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    };
    put("charts/agent/Chart.yaml", "name: agent\nversion: 1.4.2\n");
    put("repo/apps/a.yaml", "one");
    git(&root.join("repo"), &["init", "-q"]);
    git(&root.join("repo"), &["add", "-A"]);
    git(&root.join("repo"), &["commit", "-q", "-m", "c"]);
    git(&root.join("repo"), &["tag", "v1.2.0"]);
    put("repo/apps/a.yaml", "two");
    std::os::unix::fs::symlink("a.yaml", root.join("repo/apps/link.yaml")).unwrap();
    git(&root.join("repo"), &["add", "-A"]);
    git(&root.join("repo"), &["commit", "-q", "-m", "c"]);
    git(&root.join("repo"), &["tag", "v1.10.0"]);
    put(
        "home/seatrial.yaml",
        "repositories:\n  https://git.example.org/repo: {path: ../repo}\n  https://charts.example.org: ../charts\n  https://gone.example.org: {path: gone}\n  '*': {path: ., anyRevision: true}\n",
    );
    put("home/here.yaml", "here");

    let files = Files::new();
    let platform = Platform::load(&root.join("home/seatrial.yaml"), "home/seatrial.yaml", &files).unwrap();
    assert_eq!(platform.issues().len(), 1, "{}", issues(&platform));
    assert!(platform.issues()[0].message.contains("`gone`"));
    assert_eq!(Platform::find(&root.join("home")).unwrap().file_name().unwrap(), "seatrial.yaml");

    let set = platform.repository_set(None);
    let url = "git@git.example.org:repo.git";
    let read = |revision: &str| match set.read(url, revision, "apps/a.yaml") {
        RepoAnswer::Ok(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        RepoAnswer::Error(text) | RepoAnswer::Unknown(text) => text,
    };
    assert_eq!(read("main"), "two");
    assert_eq!(read(""), "two");
    assert_eq!(read("v1.2.0"), "one");
    assert_eq!(read("1.x"), "two", "the highest version, not the last word");
    assert_eq!(read("<1.5.0"), "one");
    assert_eq!(
        read("nope"),
        "rpc error: code = Internal desc = unable to resolve git revision : unable to resolve 'nope' to a commit SHA: revision not found"
    );
    assert!(matches!(set.snapshot(url, &"0".repeat(40)), RepoAnswer::Unknown(_)));
    let RepoAnswer::Ok(entries) = set.entries(url, "main") else { panic!("known") };
    assert!(entries.iter().any(|e| e.kind == RepoEntryKind::Symlink("a.yaml".into())));

    let RepoAnswer::Ok(chart) = set.chart("https://charts.example.org", "agent", "^1.0.0") else {
        panic!("found")
    };
    assert_eq!((chart.folder.as_str(), chart.version.as_deref()), ("agent", Some("1.4.2")));
    assert_eq!(&*chart.tree.read("agent/Chart.yaml").unwrap().path, "home/../charts/agent/Chart.yaml");
    assert!(matches!(set.chart("https://charts.example.org", "agent", "2.0.0"), RepoAnswer::Unknown(_)));
    assert!(matches!(set.snapshot("https://gone.example.org", "main"), RepoAnswer::Unknown(_)));

    // The tree under trial, with an edit that is not on disk.
    let tree: Arc<dyn Snapshot> =
        Arc::new(WorkTree::open(&root.join("home")).unwrap().with_label("home/").sharing(Arc::clone(&files)));
    let mut overlay = Overlay::new(tree);
    overlay.set("here.yaml", "edited").set("new/there.yaml", "new");
    let set = platform.repository_set(Some((&root.join("home"), Arc::new(overlay))));
    let RepoAnswer::Ok(bytes) = set.read("https://any.example.org/x", "whatever", "here.yaml") else {
        panic!("read")
    };
    assert_eq!(&*bytes, b"edited");
    let RepoAnswer::Ok(entries) = set.entries("https://any.example.org/x", "whatever") else {
        panic!("listed")
    };
    assert!(entries.iter().any(|e| e.path == "new/there.yaml"));
}
