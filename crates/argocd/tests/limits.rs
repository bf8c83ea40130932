//! Sets made to break the expansion end in a named error, quickly and without growing.

use seatrial_argocd::world::NoRepositories;
use seatrial_argocd::{Expansion, Fixtures, Flags, Limits, State, Version, World, expand};
use serde_json::{Value, json};

fn run(set: &Value, limits: &Limits) -> Expansion {
    let project =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}});
    let state = State::new("argocd", [project]);
    let world = World {
        namespace: "argocd".to_owned(),
        version: Version::NEWEST,
        flags: Flags { progressive_syncs: true, ..Flags::default() },
        state: &state,
        repositories: &NoRepositories,
        fixtures: &Fixtures::default(),
        clusters_known: false,
        projects_known: false,
    };
    expand(set, &world, limits)
}

fn set(generator: Value, name: &str) -> Value {
    json!({"metadata": {"name": "s"}, "spec": {"goTemplate": true, "generators": [generator], "template": {"metadata": {"name": name}, "spec": {"project": "default", "destination": {"name": "in-cluster"}}}}})
}

fn list(count: usize, key: &str) -> Value {
    json!({"list": {"elements": (0..count).map(|i| json!({key: i.to_string()})).collect::<Vec<_>>()}})
}

fn limit(expansion: &Expansion) -> &str {
    let error = expansion.errors.first().expect("an error");
    assert_eq!(error.reason, "LimitExceeded");
    assert!(error.stops && expansion.conditions.is_empty());
    &error.message
}

#[test]
fn a_matrix_of_a_thousand_million() {
    let inner = json!({"matrix": {"generators": [list(1000, "a"), list(1000, "b")]}});
    let whole = set(json!({"matrix": {"generators": [inner, list(1000, "c")]}}), "x");
    assert!(limit(&run(&whole, &Limits::default())).contains("over the limit of 20000"));
}

#[test]
fn too_much_output() {
    let small = Limits { output_bytes: 10_000, ..Limits::default() };
    let got = run(&set(list(1000, "a"), "app-{{ .a }}"), &small);
    assert_eq!(limit(&got), "the generated Applications take more than 10000 bytes");
}

#[test]
fn templates_that_do_not_end() {
    let limits = Limits { string_bytes: 100_000, template_steps: 100_000, ..Limits::default() };
    for bomb in [
        "{{ repeat 1000000000 \"a\" }}",
        "{{ range until 1000000000 }}x{{ end }}",
        "{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}",
    ] {
        let got = run(&set(list(1, "a"), bomb), &limits);
        assert!(got.errors.first().is_some_and(|e| e.stops), "{bomb}: {:?}", got.errors);
    }
}

#[test]
fn what_the_world_does_not_say_is_unknown() {
    let git = json!({"git": {"repoURL": "https://example.com/r.git", "revision": "HEAD", "directories": [{"path": "*"}]}});
    let got = run(&set(git, "{{ .path.basename }}"), &Limits::default());
    assert!(got.errors.is_empty() && got.conditions.is_empty());
    assert_eq!(got.unknown.len(), 1);
    for generator in [
        json!({"clusters": {}}),
        json!({"plugin": {"configMapRef": {"name": "p"}}}),
        json!({"oci": {"repoURL": "oci://x", "revision": "1", "directories": [{"path": "*"}]}}),
        json!({"scmProvider": {"github": {"organization": "o"}}}),
        json!({"pullRequest": {"github": {"owner": "o", "repo": "r"}}}),
        json!({"clusterDecisionResource": {"configMapRef": "c", "name": "n"}}),
    ] {
        let mut whole = set(generator.clone(), "x");
        if let Some(entries) = whole["spec"]["generators"].as_array_mut() {
            entries.push(list(1, "a"));
        }
        let got = run(&whole, &Limits::default());
        assert_eq!((got.errors.len(), got.unknown.len(), got.generated.len()), (0, 1, 1), "{generator}");
    }
}

#[test]
fn a_rolling_sync_of_more_steps_and_applications_than_are_looked_at() {
    let mut set = set(list(100, "a"), "app-{{ .a }}");
    let steps =
        |count: usize| json!({"type": "RollingSync", "rollingSync": {"steps": vec![json!({}); count]}});
    set["spec"]["strategy"] = steps(10);
    let got = run(&set, &Limits::default());
    assert_eq!(got.rollout.unwrap().steps.len(), 10);
    set["spec"]["strategy"] = steps(10_001);
    let got = run(&set, &Limits::default());
    assert!(got.rollout.is_none());
    let needs: Vec<&str> = got.unknown.iter().map(|unknown| unknown.needs.as_str()).collect();
    assert_eq!(
        needs,
        ["how far the rolling sync is: 10001 steps for 100 Applications are more than are looked at"]
    );
}
