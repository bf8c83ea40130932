//! Every way in which a command cannot run: exit code 2, nothing on standard output, and words that help.

mod common;

use common::{Place, Run};
use seatrial_cli::Terminal;

const APP: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: agent
  namespace: argocd
spec:
  project: agents
  source:
    repoURL: https://github.com/acme/agents
    path: deploy
    targetRevision: v1.0.0
  destination:
    name: in-cluster
    namespace: agents
";

fn place() -> Place {
    Place::new(&[("apps/agent.yaml", APP), ("notes/readme.txt", "nothing here\n")])
}

fn refused(run: &Run) -> &str {
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{run}");
    assert!(run.err.starts_with("error: "), "{run}");
    &run.err
}

#[test]
fn a_missing_file_is_named_with_its_nearest_neighbour() {
    insta::assert_snapshot!(refused(&place().run(&["check", "apps/agents.yaml"])));
}

#[test]
fn a_folder_without_manifests_is_not_ready() {
    insta::assert_snapshot!(refused(&place().run(&["check", "notes"])));
    insta::assert_snapshot!(refused(&place().run(&["expand", "notes"])));
    insta::assert_snapshot!(refused(&place().run(&["fix", "notes"])));
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_named() {
    let place = place();
    // A pipe: reading it would wait for ever. (Permissions do not stop a test that runs as root.)
    let pipe = place.path().join("apps/pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    insta::assert_snapshot!(refused(&place.run(&["check", "apps/pipe.yaml"])));
}

#[test]
fn a_file_over_the_limit_is_named_with_the_limit() {
    insta::assert_snapshot!(refused(&place().run(&["check", "apps/agent.yaml", "--max-file-bytes", "10"])));
}

#[test]
fn a_platform_file_that_is_missing_or_broken_is_named() {
    let place = place();
    insta::assert_snapshot!(refused(&place.run(&["check", "apps", "--platform", "seatrail.yaml"])));
    place.write("seatrial.yaml", "argocd:\n  version: \"3.6\n");
    insta::assert_snapshot!(refused(&place.run(&["check", "apps"])));
    insta::assert_snapshot!(refused(&place.run(&["check", "apps", "--platform", "apps"])));
}

#[test]
fn no_platform_file_is_no_error_but_has_nothing_to_show() {
    insta::assert_snapshot!(refused(&place().run(&["platform"])));
}

#[test]
fn an_unknown_rule_has_a_near_name() {
    insta::assert_snapshot!(refused(&place().run(&["explain", "unquoted-templates"])));
    insta::assert_snapshot!(refused(&place().run(&["check", "apps", "--rule", "zzz"])));
    insta::assert_snapshot!(refused(&place().run(&["fix", "apps", "--rule", "zzz"])));
}

#[test]
fn a_bad_flag_is_a_usage_error() {
    let run = place().run(&["check", "--fromat", "json"]);
    insta::assert_snapshot!(refused(&run));
    let run = place().run(&["check", "--format", "jsn"]);
    insta::assert_snapshot!(refused(&run));
    assert_eq!(place().run(&["chek"]).code, 2);
    assert_eq!(place().run(&[]).code, 2);
    insta::assert_snapshot!(refused(&place().run(&["check", "apps", "--jobs", "0"])));
}

#[test]
fn standard_input_stands_alone() {
    insta::assert_snapshot!(refused(&place().run(&["check", "-", "apps"])));
    let run = place().run_with(&["check", "-", "--max-file-bytes", "4"], "a: 12\n", Terminal::default());
    insta::assert_snapshot!(refused(&run));
}

#[test]
fn a_revision_needs_a_repository_and_is_not_changed() {
    let outside = place();
    let run = outside.run(&["check", "--rev", "HEAD"]);
    assert!(refused(&run).contains("not a Git repository"), "{run}");
}

#[test]
fn a_baseline_must_be_one() {
    let place = place();
    insta::assert_snapshot!(refused(&place.run(&["check", "apps", "--baseline", "base.json"])));
    place.write("base.json", "[]");
    insta::assert_snapshot!(refused(&place.run(&["check", "apps", "--baseline", "base.json"])));
    place.write("base.json", "{");
    assert!(refused(&place.run(&["check", "apps", "--baseline", "base.json"])).contains("is not JSON"));
}

#[test]
fn init_does_not_overwrite() {
    let place = place();
    place.write("seatrial.yaml", "argocd: {}\n");
    insta::assert_snapshot!(refused(&place.run(&["init", "--yes"])));
    assert_eq!(place.read("seatrial.yaml"), "argocd: {}\n");
    assert_eq!(place.run(&["init", "--yes", "--force"]).code, 0);
    assert!(place.read("seatrial.yaml").contains("\nargocd:\n"));
    insta::assert_snapshot!(refused(&place.run(&["init", "--yes", "--dry-run", "--kubeconfig", "none"])));
}

#[test]
fn help_and_version_succeed() {
    let run = place().run(&["--version"]);
    assert_eq!((run.code, run.out.as_str()), (0, concat!("seatrial ", env!("CARGO_PKG_VERSION"), "\n")));
    for command in ["check", "fix", "explain", "expand", "platform", "init", "completions"] {
        let run = place().run(&[command, "--help"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{command}");
        assert!(run.out.contains("Usage: seatrial"), "{run}");
    }
}
