//! `commands`: what to run for a manifest, and what is wrong with the commands of a page.

mod common;

use common::Place;
use serde_json::Value;

fn example() -> Place {
    Place::example(&["round-3.yaml"])
}

const PAGE: &str = "---\nname: deploy\n---\nFirst `argocd app status web`.\n\n```bash\nargocd app create web --file web.yaml \\\n  --dry-run\nargocd app wait web\nkubectl get pods -n agents --context=prod-eks\n```\n";

#[test]
fn production_comes_last_and_waits_for_a_person() {
    let place = example();
    let settled = ["--revision", "v0.4.0", "--project", "agents", "--out", "agent.yaml"];
    let run = place.run(
        &[["generate", "Deploy the FastAPI agent to dev, staging and prod."].as_slice(), &settled].concat(),
    );
    assert_eq!(run.code, 0, "{run}");
    let run = place.run(&["commands", "agent.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    let at = |text: &str| run.out.find(text).unwrap_or_else(|| panic!("{text}\n{run}"));
    assert!(
        at("argocd app wait argocd/fastapi-agent-dev") < at("argocd app diff argocd/fastapi-agent-staging")
    );
    assert!(
        at("argocd app wait argocd/fastapi-agent-staging")
            < at("\n# argocd app sync argocd/fastapi-agent-prod")
    );
    assert!(!run.out.contains("\nargocd app sync argocd/fastapi-agent-prod\n"), "{run}");
    at("kubectl get deployment/fastapi-agent-prod -n agents --context=prod-eks  # 5/5 ready");
    // What it says is right by its own measure.
    place.write("run.sh", &run.out);
    let checked = place.run(&["commands", "run.sh", "--format", "json"]);
    assert_eq!(checked.code, 0, "{checked}");
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(checked["checked"]["wrong"], Value::Array(Vec::new()));
    assert!(checked["checked"]["commands"].as_u64().unwrap() > 20);
}

#[test]
fn what_is_wrong_with_a_page_is_told() {
    let place = example();
    place.write("SKILL.md", PAGE);
    let run = place.run(&["commands", "SKILL.md"]);
    assert_eq!(run.code, 1, "{run}");
    for told in [
        "SKILL.md:4:19: error[unknown-command] `argocd app` has no command `status`",
        "  instead: argocd app get web",
        "SKILL.md:8:3: error[unknown-flag] `argocd app create` has no flag `--dry-run`",
        "SKILL.md:9:1: warning[no-timeout]",
        "4 commands of argocd and kubectl: 3 wrong or risky",
    ] {
        assert!(run.out.contains(told), "{told}\n{run}");
    }
    let piped = place.run_with(&["commands", "-"], PAGE, Default::default());
    assert!(piped.code == 1 && piped.out.contains("<stdin>:8:3: error[unknown-flag]"), "{piped}");
}

#[test]
fn a_manifest_that_is_refused_is_planned_with_what_is_not_known() {
    let place = example();
    let run = place.run(&["commands", "."]);
    assert_eq!(run.code, 0, "{run}");
    let missing = place.run(&["commands", "nothing.md"]);
    assert!(missing.code == 2 && missing.err.contains("cannot read `nothing.md`"), "{missing}");
    place.write("seatrial.yaml", "clusters: {}\n");
    place.write("app.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n  project: default\n  source: {repoURL: https://example.com/x.git, path: ., targetRevision: v1}\n  destination: {server: 'https://k', namespace: web}\n");
    let run = place.run(&["commands", "app.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    for told in [
        "goes to no cluster of the platform",
        "argocd app sync argocd/web\n",
        "kubectl get pods -n web -o wide\n",
    ] {
        assert!(run.out.contains(told), "{told}\n{run}");
    }
}
