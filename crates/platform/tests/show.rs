//! What people are shown: facts in force, gaps, a first draft, the schema.

mod common;

use std::fmt::Write as _;

use common::{issues, platform};
use seatrial_platform::{Discovered, contexts, draft, keys};
use seatrial_source::{FileId, SourceFile};
use serde_json::json;

#[test]
fn in_force_and_gaps() {
    let platform = platform(
        "clusters:\n  hub: {environment: prod, replicas: 2, server: https://kubernetes.default.svc}\n  far: {}\nenvironments:\n  prod: {replicas: 5, registries: [ghcr.io/acme, docker.io], resources: {required: true}, sync: manual}\n  dev: {}\nconstraints: [{id: a, rule: 'true', environments: [prod]}]\n",
    );
    let mut out = String::new();
    for place in ["hub", "prod", "dev", "nowhere"] {
        let Some(found) = platform.in_force(place) else {
            let _ = writeln!(out, "{place}: nothing");
            continue;
        };
        let _ = writeln!(out, "{place}: {:?} {:?}", found.environment, found.cluster);
        for fact in found.facts {
            let overrides = fact.overrides.map(|(key, _)| format!(" over {key}")).unwrap_or_default();
            let _ = writeln!(out, "  {} = {} from {}{overrides}", fact.name, fact.value, fact.key);
        }
        for constraint in found.constraints {
            let _ = writeln!(out, "  constraint {}", constraint.id);
        }
    }
    for gap in platform.gaps() {
        let _ = writeln!(out, "? {}: {}", gap.key, gap.question);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_draft_is_a_platform_file_without_issues() {
    let kubeconfig = SourceFile::new(
        FileId(0),
        "kube",
        "contexts:\n- {name: minikube, context: {cluster: m, user: u}}\n- {name: 'arn:aws:eks:us-east-1:123456789012:cluster/prod-eks', context: {cluster: p}}\nclusters:\n- {name: m, cluster: {server: 'https://192.168.49.2:8443'}}\n- {name: p, cluster: {server: 'https://B83D.gr7.us-east-1.eks.amazonaws.com'}}\nusers: []\n",
    );
    let discovered = Discovered {
        contexts: contexts(&kubeconfig),
        objects: vec![json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a", "namespace": "argo"},
            "spec": {"source": {"repoURL": "https://me:pw@git.example.org/x", "helm": {"valuesObject": {"image": {"repository": "ghcr.io/acme/a"}}}}},
        })],
        remotes: vec!["git@github.com:acme/app.git".into(), "https://github.com/acme/app".into()],
        charts: vec!["charts/app".into()],
        ..Discovered::default()
    };
    let text = draft(&discovered);
    insta::assert_snapshot!(text);
    assert_eq!(issues(&platform(&text)), "");
    assert_eq!(issues(&platform(&draft(&Discovered::default()))), "");
}

#[test]
fn a_draft_from_cluster_secrets_takes_their_names() {
    let secret = |name: &str, server: &str| {
        json!({"kind": "Secret", "metadata": {"labels": {"argocd.argoproj.io/secret-type": "cluster", "env": "yes"}},
               "stringData": {"name": name, "server": server, "config": "hunter2"}})
    };
    let discovered = Discovered {
        objects: vec![
            secret("in-cluster", "https://kubernetes.default.svc"),
            secret("1234", "https://x/ #y"),
            secret("- a: b", "'"),
        ],
        version: Some("3.6.1".into()),
        state: vec!["argocd/".into()],
        ..Discovered::default()
    };
    let text = draft(&discovered);
    assert!(!text.contains("hunter2"));
    let platform = seatrial_platform::Platform::parse(std::sync::Arc::new(SourceFile::new(
        FileId(0),
        "s",
        text.as_str(),
    )));
    let names: Vec<_> = platform.clusters.iter().map(|c| c.name.value.as_str()).collect();
    assert_eq!(names, ["- a: b", "1234", "in-cluster"], "{text}");
    assert_eq!(platform.cluster_by_server("https://x/ #y"), Some("1234"));
    assert_eq!(platform.cluster("1234").unwrap().labels.as_ref().unwrap()[0].1.value, "yes");
}

#[test]
fn the_published_schema_is_the_one_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/seatrial.schema.json");
    let wanted = format!("{}\n", serde_json::to_string_pretty(&keys::json_schema()).unwrap());
    let published = std::fs::read_to_string(path).unwrap();
    assert!(published == wanted, "schema/seatrial.schema.json is out of date: run `cargo xtask docs`");
}

#[test]
fn every_key_is_documented() {
    let page = keys::markdown();
    for key in [
        "`argocd`",
        "`constraints[]`",
        "`clusters.<cluster>`",
        "`environments.<environment>.sync`",
        "`pullSecret`",
    ] {
        assert!(page.contains(key), "{key}");
    }
}
