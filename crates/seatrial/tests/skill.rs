//! `seatrial skill`: our own skill is right, a bad one is told so line by line, and its patch makes it better.

#[path = "common/mod.rs"]
mod common;

use std::path::Path;

use common::Place;
use seatrial_cli::Terminal;
use seatrial_model_mock::{KEY, Mock, Reply};
use serde_json::Value;

/// A skill as one would write it after a first look at Argo CD.
const BAD: &str = "\
---
name: GitOps
description: Deploys things with Argo CD
version: 1.2
---
# GitOps

ArgoCD polls Git every 3 seconds. See [more](references/nowhere.md).

Look by `argocd app status agent`, change labels by `argocd cluster patch prod`. Not by `argocd app watch`.

Delete hooks by `argocd.argoproj.io/hook-deletion-policy: HookSucceeded`.

```yaml
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a, namespace: argocd}
spec:
  generators:
    - list:
        elements: [{env: dev, replicas: 1}]
  template:
    metadata: {name: 'a-{{env}}'}
    spec:
      project: p
      source:
        repoURL: https://git.acme.internal/a.git
        path: a
        targetRevision: v1
        helm:
          valuesInline: {replicas: '{{replicas}}'}
      destination: {name: hub, namespace: a}
```
";

fn own() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin/skills/gitops-deployment");
    path.to_str().unwrap().to_owned()
}

fn json(run: &common::Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run}"))
}

#[test]
fn our_own_skill_teaches_every_topic_and_nothing_wrong() {
    let place = Place::new(&[("a", "")]);
    let lint = json(&place.run(&["skill", "lint", &own(), "--format", "json"]));
    assert_eq!(lint["findings"], serde_json::json!([]), "{:#}", lint["findings"]);
    assert!(
        lint["summary"]["applications"].as_u64() > Some(0),
        "its manifests are tried: {:#}",
        lint["summary"]
    );
    let gaps = json(&place.run(&["skill", "gaps", &own(), "--format", "json"]));
    assert_eq!((&gaps["grade"], &gaps["taught"]), (&Value::from("advanced"), &Value::from(19)), "{gaps:#}");
}

#[test]
fn each_fault_is_told_at_its_line() {
    let place = Place::new(&[("skill/SKILL.md", BAD)]);
    let run = place.run(&["skill", "lint", "skill", "--format", "json"]);
    assert_eq!(run.code, 1);
    let report = json(&run);
    let found: Vec<(String, u64)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["rule"] != "missing-topic")
        .map(|f| (f["rule"].as_str().unwrap().to_owned(), f["line"].as_u64().unwrap()))
        .collect();
    for (rule, line) in [
        ("invalid-skill", 2),
        ("invalid-skill", 4),
        ("wrong-advice", 8),
        ("invalid-skill", 8),
        ("wrong-command", 10),
        ("wrong-advice", 12),
        ("non-string-parameter", 21),
        ("unknown-field", 31),
    ] {
        assert!(found.contains(&(rule.to_owned(), line)), "{rule} at {line}: {found:?}");
    }
    assert!(report["findings"].as_array().unwrap().iter().all(|f| f["file"] == "skill/SKILL.md"));
    let topics =
        report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "missing-topic").count();
    assert!(topics > 10, "{topics}");
    for format in ["text", "concise", "sarif", "github", "markdown"] {
        let run = place.run(&["skill", "lint", "skill", "--format", format]);
        assert!(run.code == 1 && run.out.contains("wrong-advice"), "{format}: {run}");
    }
}

#[test]
fn a_patch_names_each_gap_and_is_scored_again() {
    let place = Place::new(&[("gitops/SKILL.md", &BAD.replace("name: GitOps", "name: gitops"))]);
    let improved = json(&place.run(&["skill", "improve", "gitops", "--format", "json"]));
    assert_eq!(
        (&improved["before"]["grade"], &improved["after"]["grade"]),
        (&Value::from("basic"), &Value::from("advanced"))
    );
    assert_eq!(improved["after"]["taught"], 19);
    assert_eq!(improved["corrected"], 1);
    assert!(improved["after"]["errors"].as_u64() < improved["before"]["errors"].as_u64());
    let diff = improved["diff"].as_str().unwrap();
    assert!(
        diff.contains("+## Sync waves")
            && diff.contains("+Delete hooks by `argocd.argoproj.io/hook-delete-policy"),
        "{diff}"
    );
    assert!(!place.read("gitops/SKILL.md").contains("## Sync waves"), "nothing is written unasked");

    let run = place.run(&["skill", "improve", "gitops", "--write"]);
    assert!(run.out.contains("Written"), "{run}");
    assert!(place.read("gitops/SKILL.md").contains("## Sync waves"));
    let again = json(&place.run(&["skill", "improve", "gitops", "--format", "json"]));
    assert_eq!((&again["diff"], &again["added"]), (&Value::from(""), &serde_json::json!([])));
}

#[test]
fn answers_are_judged_with_the_skill_and_without() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n  project: web\n  source: {repoURL: https://git.acme.internal/a.git, path: a, targetRevision: v1.0.0}\n  destination: {server: SERVER, namespace: web}\n";
    let answer =
        |server: &str| format!("Here it is:\n\n```yaml\n{}```\n", application.replace("SERVER", server));
    let evals = "{\"skill_name\": \"gitops\", \"evals\": [{\"id\": \"one\", \"prompt\": \"Deploy web.\", \"files\": [\"evals/platform/seatrial.yaml\"]}, {\"id\": 2, \"prompt\": \"More.\"}]}";
    let platform = "argocd: {version: \"3.6\", runsIn: hub}\nclusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}\nenvironments: {dev: {}}\nrules: {markdown-fence: {level: note}}\n";
    let place = Place::new(&[
        ("gitops/SKILL.md", BAD),
        ("gitops/evals/evals.json", evals),
        ("gitops/evals/platform/seatrial.yaml", platform),
        ("gitops/evals/answers/one.with.md", &answer("https://kubernetes.default.svc")),
        ("gitops/evals/answers/one.without.md", &answer("https://nowhere.acme.internal")),
    ]);
    let run = place.run(&["skill", "eval", "gitops", "--format", "json"]);
    let output = json(&run);
    assert_eq!(output["withSkill"], serde_json::json!({"passed": 1, "total": 1}), "{output:#}");
    assert_eq!(output["withoutSkill"], serde_json::json!({"passed": 0, "total": 1}));
    assert!(
        output["evals"][0]["withoutSkill"]["broken"]
            .as_array()
            .unwrap()
            .contains(&Value::from("unknown-cluster"))
    );
    assert_eq!((output["unanswered"].as_u64(), run.code), (Some(1), 1));
    let text = place.run(&["skill", "eval", "gitops"]).out;
    assert!(
        text.contains("with the skill: 1 of 1 passed") && text.contains("without it: 0 of 1 passed"),
        "{text}"
    );
}

#[test]
fn a_model_answers_with_the_skill_and_without() {
    let application = |server: &str| {
        format!(
            "```yaml\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  project: web\n  source: {{repoURL: https://git.acme.internal/a.git, path: a, targetRevision: v1.0.0}}\n  destination: {{server: {server}, namespace: web}}\n```\n"
        )
    };
    let evals = "{\"skill_name\": \"gitops\", \"evals\": [{\"id\": \"one\", \"prompt\": \"Deploy web.\", \"files\": [\"evals/platform/seatrial.yaml\"]}]}";
    let platform = "argocd: {version: \"3.6\", runsIn: hub}\nclusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}\nenvironments: {dev: {}}\nrules: {markdown-fence: {level: note}}\n";
    let place = Place::new(&[
        ("gitops/SKILL.md", BAD),
        ("gitops/references/more.md", "Read the platform file first.\n"),
        ("gitops/evals/evals.json", evals),
        ("gitops/evals/platform/seatrial.yaml", platform),
    ]);
    std::fs::create_dir(place.path().join("kept")).unwrap();
    let mock = Mock::start(move |asked| {
        let skilled = asked.body["system"].to_string().contains("Read the platform file first.");
        assert!(asked.first_text().contains("https://kubernetes.default.svc"));
        Reply::text(application(if skilled {
            "https://kubernetes.default.svc"
        } else {
            "https://nowhere.acme.internal"
        }))
    })
    .unwrap();
    let env = [("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_BASE_URL", mock.url())];
    let args = ["skill", "eval", "gitops", "--author", "anthropic", "--answers", "kept", "--format", "json"];
    let run = place.run_in(&args, "", Terminal::default(), &env);
    let output = json(&run);
    assert_eq!(output["withSkill"], serde_json::json!({"passed": 1, "total": 1}), "{output:#}");
    assert_eq!(output["withoutSkill"], serde_json::json!({"passed": 0, "total": 1}));
    assert_eq!((run.code, mock.refused()), (0, Vec::new()));
    // What was answered is kept, and is judged the same without the model.
    let again = place.run(&["skill", "eval", "gitops", "--answers", "kept", "--format", "json"]);
    assert_eq!(json(&again), output);
}

#[test]
fn what_is_no_skill_is_told() {
    let place = Place::new(&[
        ("a/b.md", ""),
        ("no-front/SKILL.md", "hello\n"),
        ("yaml/SKILL.md", "---\nname: [\n---\n"),
        ("list/SKILL.md", "---\n- a\n---\n"),
    ]);
    for dir in ["nowhere", "a"] {
        let run = place.run(&["skill", "lint", dir]);
        assert!(run.code == 2 && run.err.contains("SKILL.md"), "{run}");
    }
    for dir in ["no-front", "yaml", "list"] {
        let run = place.run(&["skill", "lint", dir]);
        assert!(
            run.code == 1 && run.out.contains("invalid-skill") && run.out.contains("frontmatter"),
            "{run}"
        );
    }
    for (evals, words) in [
        ("{", "cannot be read"),
        ("{\"evals\": [{\"id\": \"../x\", \"prompt\": \"\"}]}", "no name of a task"),
    ] {
        place.write("no-front/evals/evals.json", evals);
        let run = place.run(&["skill", "eval", "no-front"]);
        assert!(run.code == 2 && run.err.contains(words), "{run}");
    }
}
