//! `ignoreApplicationDifferences`: JSON pointers (they begin with `/`) and jq expressions, one a line, over an existing
//! Application whose `spec` is the YAML after a line of `---`.
#![no_main]

use seatrial_argocd::{Fixtures, Flags, Limits, NoRepositories, State, Version, World, expand};
use seatrial_yaml::goyaml;
use serde_json::json;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((rules, spec)) = text.split_once("\n---\n") else { return };
    let Ok(spec) = goyaml::to_json(spec) else { return };
    let (pointers, expressions): (Vec<&str>, Vec<&str>) =
        rules.lines().partition(|line| line.starts_with('/'));
    let set = json!({"metadata": {"name": "s"}, "spec": {
        "generators": [{"list": {"elements": [{}]}}],
        "ignoreApplicationDifferences": [{"jsonPointers": pointers, "jqPathExpressions": expressions}],
        "template": {
            "metadata": {"name": "a"},
            "spec": {
                "project": "default",
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "d"},
                "source": {"repoURL": "https://example.com/r", "path": "p", "helm": {"parameters": [{"name": "x", "value": "1"}]}},
            },
        },
    }});
    let owner = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "s", "uid": "u", "controller": true}]);
    let objects = vec![
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}}),
        json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "a", "ownerReferences": owner},
            "spec": spec,
        }),
    ];
    let (state, fixtures) = (State::new("argocd", objects).complete(), Fixtures::default());
    let world = World {
        namespace: "argocd".to_owned(),
        version: Version::NEWEST,
        flags: Flags::default(),
        state: &state,
        repositories: &NoRepositories,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let got = expand(&set, &world, &Limits::default());
    for existing in &got.existing {
        assert_eq!(existing.application["metadata"]["name"], "a");
    }
});
