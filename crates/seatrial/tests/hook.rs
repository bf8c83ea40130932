//! `seatrial check --hook claude-code`: what an agent's host writes, and what it gets.

#[path = "common/mod.rs"]
mod common;

use common::{Place, Run};
use seatrial_cli::Terminal;
use serde_json::{Value, json};

const PLATFORM: &str = "\
argocd: {version: \"3.6\", runsIn: hub}
clusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}
environments: {dev: {replicas: 3}}
repositories: {https://git.acme.internal/a.git: {path: .}}
";

const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: web
  source: {repoURL: https://git.acme.internal/a.git, path: chart, targetRevision: v1.0.0}
  destination: {server: https://kubernetes.default.svc, namespace: web}
";

fn place() -> Place {
    Place::new(&[
        ("seatrial.yaml", PLATFORM),
        ("apps/web.yaml", APPLICATION),
        ("apps/other.yaml", "a: 1\n"),
        ("notes.txt", "argoproj.io"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("chart/values.yaml", "replicas: 3\n"),
        (
            "chart/templates/d.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {a: b}}\n  \
             template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: docker.io/web:1}]}\n",
        ),
    ])
}

/// What Claude Code writes after an edit.
fn edited(place: &Place, path: &str) -> Run {
    let file = place.path().join(path);
    let event = json!({
        "session_id": "s", "cwd": place.path(), "hook_event_name": "PostToolUse", "tool_name": "Edit",
        "tool_input": {"file_path": file, "old_string": "a", "new_string": "b"}, "tool_response": {"filePath": file},
    });
    place.run_with(&["check", "--hook", "claude-code"], &event.to_string(), Terminal::default())
}

fn answer(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{run}");
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run}"))
}

#[test]
fn errors_are_handed_back_and_what_is_right_is_passed_in_silence() {
    let place = place();
    place.write(
        "apps/web.yaml",
        &APPLICATION.replace("https://kubernetes.default.svc", "https://nowhere.acme.internal"),
    );
    let said = answer(&edited(&place, "apps/web.yaml"));
    assert_eq!(said["decision"], "block");
    let reason = said["reason"].as_str().unwrap();
    assert!(
        reason.contains("apps/web.yaml:7:") && reason.contains("unknown-cluster") && reason.contains("fix ("),
        "{reason}"
    );

    place.write("seatrial.yaml", &format!("{PLATFORM}rules: {{missing-resources: {{level: off}}, missing-probe: {{level: off}}, no-health-assessment: {{level: off}}, floating-revision: {{level: off}}}}\n"));
    place.write("apps/web.yaml", APPLICATION);
    let run = edited(&place, "apps/web.yaml");
    assert!(run.code == 0 && !run.out.contains("block"), "{run}");
}

#[test]
fn files_that_manifests_are_rendered_from_are_judged_where_they_stand() {
    let place = place();
    place.write("chart/values.yaml", "replicas: 1\n");
    let said = answer(&edited(&place, "chart/values.yaml"));
    let reason = said["reason"].as_str().unwrap();
    assert!(reason.contains("chart/values.yaml:1:") && reason.contains("replicas-mismatch"), "{reason}");
    assert!(!reason.contains("apps/web.yaml:"), "{reason}");
}

#[test]
fn the_platform_file_is_looked_at_too() {
    let place = place();
    place.write("seatrial.yaml", &PLATFORM.replace("replicas: 3", "replica: 3"));
    let said = answer(&edited(&place, "seatrial.yaml"));
    assert!(said["reason"].as_str().unwrap().contains("unsound-platform-file"), "{said}");
}

#[test]
fn other_files_and_other_events_are_nobodys_business() {
    let place = place();
    for path in ["apps/other.yaml", "notes.txt", "nowhere.yaml"] {
        let run = edited(&place, path);
        assert!(run.code == 0 && run.out.is_empty() && run.err.is_empty(), "{path}: {run}");
    }
    let run =
        place.run_with(&["check", "--hook", "claude-code"], "{\"tool_name\": \"Bash\"}", Terminal::default());
    assert!(run.code == 0 && run.out.is_empty(), "{run}");
    for event in ["", "[", "nonsense"] {
        let run = place.run_with(&["check", "--hook", "claude-code"], event, Terminal::default());
        assert!(run.code == 2 && run.err.contains("cannot read the event"), "{run}");
    }
}
