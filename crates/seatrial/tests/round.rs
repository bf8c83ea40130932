//! `round`: three answers of a chat window and a clean one, recorded, compared, decided on, replayed and reported.

mod common;

use std::path::Path;

use common::{Place, Run};
use serde_json::Value;

/// The example's facts and chart.
fn example() -> Place {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fastapi-agent");
    let place = Place::example(&[]);
    let first = std::fs::read_to_string(root.join("round-1.yaml")).unwrap();
    place.write(
        "one.md",
        &format!("Here is a first version.\n\n```yaml\n{first}```\n\nWhich AppProject should it be in?\n"),
    );
    place.write("two.yaml", SECOND);
    place.write("three.yaml", &std::fs::read_to_string(root.join("round-3.yaml")).unwrap());
    place
}

/// What may be answered once clusters and registries were named: no matrix any more, the rest as before.
const SECOND: &str = r#"apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: agent-everywhere
  namespace: argocd
spec:
  generators:
    - list:
        elements:
          - {env: dev, server: "https://kubernetes.default.svc", registry: docker.io, tag: v1.3.0, replicas: "1"}
          - {env: staging, server: "https://staging-eks.example.com", registry: 123456789012.dkr.ecr.us-east-1.amazonaws.com, tag: v1.2.4, replicas: "3"}
          - {env: prod, server: "https://prod-eks.example.com", registry: 123456789012.dkr.ecr.us-east-1.amazonaws.com, tag: v1.2.3, replicas: "5"}
  template:
    metadata:
      name: fastapi-agent-{{env}}
    spec:
      project: default
      source:
        repoURL: https://github.com/harbour-agents/helm-charts
        path: charts/fastapi-agent
        targetRevision: v0.4.0
        helm:
          valuesObject:
            replicaCount: "{{replicas}}"
            image:
              repository: "{{registry}}/harbour-agents/fastapi-agent"
              tag: "{{tag}}"
            ingress:
              enabled: true
      destination:
        server: "{{server}}"
        namespace: agents
      syncPolicy:
        automated:
          prune: true
          selfHeal: true
"#;

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn added(place: &Place, file: &str) -> Value {
    let run = place.run(&[
        "round",
        "add",
        file,
        "--format",
        "json",
        "--model",
        "chat",
        "--intent",
        "the agent everywhere",
    ]);
    assert_eq!(run.code, 1, "{run}");
    json(&run)
}

/// The three rounds.
fn worked() -> Place {
    let place = example();
    for file in ["one.md", "two.yaml", "three.yaml"] {
        added(&place, file);
    }
    place
}

fn texts<'v>(value: &'v Value, at: &str) -> Vec<&'v str> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn rules<'v>(comparison: &'v Value, list: &str) -> Vec<&'v str> {
    comparison[list].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect()
}

#[test]
fn an_answer_is_tried_recorded_and_answered() {
    let place = example();
    let first = added(&place, "one.md");
    assert_eq!(first["round"]["number"], 1);
    assert_eq!(first["round"]["piece"], "agent-everywhere");
    assert_eq!(first["round"]["applications"], 6);
    assert_eq!(first["comparison"], Value::Null);
    let feedback = first["feedback"].as_str().unwrap();
    for told in [
        "one.md:",
        "[sync-not-allowed] prod is synced by hand, but automated sync is on",
        "“staging and prod MUST use private ECR”",
        "Mended already",
        "[markdown-fence] keep only the manifest",
    ] {
        assert!(feedback.contains(told), "{told}\n{feedback}");
    }
    let second = added(&place, "two.yaml");
    let comparison = &second["comparison"];
    assert!(rules(comparison, "fixed").contains(&"unwanted-combination"), "{comparison:#}");
    assert!(rules(comparison, "remaining").contains(&"unknown-cluster"), "{comparison:#}");
    assert_eq!(comparison["regressed"], Value::Array(Vec::new()), "{comparison:#}");
    // The same state gives the same words.
    let again = added(&example(), "one.md");
    assert_eq!(again["feedback"], first["feedback"]);
    let shown = place.run(&["round", "show", "1"]);
    assert!(shown.out.contains("q1: Which AppProject should it be in? (not answered)"), "{shown}");
    let list = place.run(&["round", "list"]);
    assert_eq!(list.out.lines().count(), 2, "{list}");
    assert_eq!(list.err, "");
}

#[test]
fn what_the_third_round_lost_is_seen() {
    let place = worked();
    let run = place.run(&["round", "diff", "2", "3", "--format", "json"]);
    assert_eq!(run.code, 1, "{run}");
    let comparison = json(&run);
    let lost: Vec<(&str, &str, usize)> = comparison["lost"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lost| {
            let environments = lost["environments"].as_array().unwrap().len();
            (lost["kind"].as_str().unwrap(), lost["what"].as_str().unwrap(), environments)
        })
        .collect();
    assert_eq!(
        lost,
        [("setting", "values.ingress", 3), ("difference", "values.image.tag", 3)],
        "{comparison:#}"
    );
    // Automated sync is gone in prod too, and was to go.
    let met: Vec<&str> =
        comparison["met"].as_array().unwrap().iter().filter_map(|c| c["id"].as_str()).collect();
    assert!(met.contains(&"prod-is-manual"), "{met:?}");
    assert_eq!(texts(&comparison, "/applications/removed"), Vec::<&str>::new());
    let changed = comparison["applications"]["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 3);
    let tags: Vec<&Value> = changed
        .iter()
        .flat_map(|c| c["fields"].as_array().unwrap())
        .filter(|f| f["path"] == "values.image.tag")
        .collect();
    assert_eq!(
        tags.iter().map(|f| f["old"].as_str().unwrap()).collect::<Vec<_>>(),
        ["v1.3.0", "v1.2.3", "v1.2.4"]
    );
    let text = place.run(&["round", "diff"]);
    assert!(text.out.contains("`values.ingress` is gone in dev, prod, staging; round 2 had it"), "{text}");
    // The chat is told as well.
    let shown = place.run(&["round", "add", "three.yaml"]);
    assert!(!shown.out.contains("Lost"), "nothing was lost from the third to the fourth: {shown}");
    let list = json(&place.run(&["round", "list", "--format", "json"]));
    assert_eq!(list["rounds"].as_array().unwrap().len(), 4);
}

#[test]
fn the_report_tells_constraints_consequences_and_lessons() {
    let place = worked();
    let page = place.run(&["round", "report"]);
    assert_eq!(page.code, 0, "{page}");
    for told in [
        "| `prod-is-manual` (must) | prod MUST be manual sync only | **broken** | **broken** | met |",
        "| `private-registry` (must) | staging and prod MUST use private ECR | **broken** | met | met |",
        "As it was proposed, nothing could have been applied: no object of Argo CD can be read in it.",
        "6 Applications would have been generated, and Argo CD would have refused them all.",
        "- 2 Applications: `fastapi-agent-prod-docker.io`, `fastapi-agent-prod-ghcr.io`.",
        "- Images would have been pulled from docker.io and ghcr.io.",
        "- They would have been synced automatically, and what was taken out of Git deleted from the cluster.",
        "- Lost: `values.ingress` is gone in dev, prod, staging",
        "## What the first round did not consider",
        "- “prod MUST be manual sync only” (met in round 3)",
        "- Consider from the start: “prod MUST be manual sync only” (broken in rounds 1 and 2).",
        "(still gone)",
    ] {
        assert!(page.out.contains(told), "{told}\n{page}");
    }
    let report = json(&place.run(&["round", "report", "agent-everywhere", "--format", "json"]));
    assert_eq!(report["pieces"][0]["rounds"].as_array().unwrap().len(), 3);
    assert_eq!(report["pieces"][0]["intent"], "the agent everywhere");
    let nothing = place.run(&["round", "report", "other"]);
    assert!(nothing.code == 2 && nothing.err.contains("there is agent-everywhere"), "{nothing}");
}

#[test]
fn a_clean_round_meets_every_constraint() {
    let place = worked();
    let settled = ["--revision", "v0.4.0", "--project", "agents", "--out", "agent.yaml"];
    let run = place.run(
        &[["generate", "Deploy the FastAPI agent to dev, staging and prod."].as_slice(), &settled].concat(),
    );
    assert_eq!(run.code, 0, "{run}");
    let run = place.run(&[
        "round",
        "add",
        "agent.yaml",
        "--piece",
        "agent-everywhere",
        "--by",
        "ann",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 0, "{run}");
    let added = json(&run);
    assert_eq!(added["round"]["author"], serde_json::json!({"kind": "person", "name": "ann"}));
    assert_eq!(added["round"]["met"], added["round"]["constraints"], "{run}");
    assert!(
        texts(&added, "/comparison/resources/added").iter().any(|name| name.ends_with("fastapi-agent-prod")),
        "{run}"
    );
    assert!(added["feedback"].as_str().unwrap().starts_with("The manifest passed its trial"), "{run}");
}

#[test]
fn decisions_are_kept_with_their_finding() {
    let place = worked();
    let round = json(&place.run(&["round", "show", "3", "--format", "json"]));
    let fingerprint = round["round"]["findings"][0]["fingerprint"].as_str().unwrap();
    let run =
        place.run(&["round", "decide", "3", "as it is, until May", "--by", "ann", "--finding", fingerprint]);
    assert_eq!(run.code, 0, "{run}");
    let run = place.run(&["round", "decide", "1", "the project agents", "--by", "bo", "--question", "q1"]);
    assert_eq!(run.code, 0, "{run}");
    let shown = place.run(&["round", "show", "3"]);
    assert!(shown.out.contains(&format!("ann: as it is, until May (about {fingerprint})")), "{shown}");
    assert!(place.run(&["round", "show", "1"]).out.contains("(answered: the project agents)"));
    for wrong in [
        ["round", "decide", "9", "x", "--by", "ann", "--question", "q1"],
        ["round", "decide", "3", "x", "--by", "ann", "--question", "q1"],
        ["round", "decide", "3", "x", "--by", "ann", "--finding", "nothing"],
    ] {
        assert_eq!(place.run(&wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_round_is_replayed_by_the_facts_of_today() {
    let place = worked();
    let same = place.run(&["round", "replay", "2"]);
    assert!(same.code == 0 && same.out.contains("The judgement is the same."), "{same}");
    let facts = place.read("seatrial.yaml").replace("automated: false", "automated: true");
    let facts: String = facts.replace("rule: sync.automated == null", "rule: sync.automated != null");
    place.write("seatrial.yaml", &facts);
    let other = place.run(&["round", "replay", "2", "--format", "json"]);
    assert_eq!(other.code, 1, "{other}");
    let other = json(&other);
    assert_eq!(other["differs"], true);
    let met: Vec<&str> =
        other["comparison"]["met"].as_array().unwrap().iter().filter_map(|c| c["id"].as_str()).collect();
    assert_eq!(met, ["prod-is-manual", "environments.prod.sync"]);
    // What was recorded stays as it was.
    assert!(place.run(&["round", "show", "2"]).out.contains("broken prod-is-manual"));
}

#[test]
fn no_secret_is_recorded_or_told() {
    let place = example();
    let secret = "hunter2-Zx81-correct-horse";
    let with = SECOND.replace(
        "            ingress:\n",
        &format!("            adminPassword: {secret}\n            ingress:\n"),
    );
    place.write(
        "two.yaml",
        &format!("My token is ghp_0123456789abcdefghijABCDEFGHIJ012345, by the way.\n```yaml\n{with}```\n"),
    );
    let run = place.run(&["round", "add", "two.yaml"]);
    assert_eq!(run.code, 1, "{run}");
    let told =
        [run.out, run.err, place.run(&["round", "show"]).out, place.run(&["round", "report"]).out].concat();
    let mut kept = told;
    let mut folders = vec![place.path().join(".seatrial")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                kept.push_str(&std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    assert!(kept.contains("<redacted-"));
    for secret in [secret, "ghp_0123456789"] {
        assert!(!kept.contains(secret), "{secret}");
    }
}

#[test]
fn what_is_no_answer_is_said() {
    let place = example();
    for (arguments, said) in [
        (["round", "show", "--format", "text"], "there are no rounds yet"),
        (["round", "add", "nothing.md", "--quiet"], "cannot read `nothing.md`"),
        (["round", "add", "one.md", "--as=/elsewhere/x.yaml"], "is in no folder below"),
        (["round", "diff", "--format", "json"], "there are no rounds yet"),
    ] {
        let run = place.run(&arguments);
        assert!(run.code == 2 && run.err.contains(said), "{arguments:?} {run}");
    }
    let run = place.run_with(&["round", "add", "-"], "I cannot help with that.\n", Default::default());
    assert!(run.code <= 1 && run.out.contains("0 Applications"), "{run}");
}

#[test]
fn what_an_author_writes_cannot_command_the_terminal() {
    let place = example();
    let hostile = SECOND.replace("name: agent-everywhere", "name: \"agent\\e]0;x\\a\"");
    place.write("two.md", &format!("Is \u{1b}[2Jthis fine?\n```yaml\n{hostile}```\n\u{1b}]0;owned\u{7}\n"));
    let said = [
        place.run(&["round", "add", "two.md", "--model", "m\u{1b}[31m", "--color", "never"]),
        place.run(&["round", "decide", "1", "yes\u{1b}[2J", "--by", "a\u{1b}[0m", "--question", "q1"]),
        place.run(&["round", "show", "--color", "never"]),
        place.run(&["round", "list"]),
        place.run(&["round", "report"]),
    ];
    for run in &said {
        assert!(run.code < 2 && !run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{run}");
    }
    // Colours are ours alone.
    let coloured = place.run(&["round", "show", "--color", "always"]);
    assert!(coloured.out.contains("\u{1b}[") && !coloured.out.contains("\u{1b}[2J"), "{coloured}");
}

#[test]
fn what_is_decided_becomes_a_fact() {
    let place = worked();
    let before = place.read("seatrial.yaml");
    let says = "Staging syncs by hand only. The admin password is hunter2-Zx9Qw.";
    let decide = |more: &[&'static str]| {
        let args = [["round", "decide", "1", "-", "--by", "ann"].as_slice(), more].concat();
        place.run_with(&args, says, seatrial_cli::Terminal::default())
    };
    // The change is shown, and made when somebody says so.
    let run = decide(&[]);
    assert!(run.code == 0 && run.out.contains("environments.staging.sync"), "{run}");
    assert_eq!(place.read("seatrial.yaml"), before);
    let run =
        place.run(&["round", "decide", "1", "agents", "--question", "q1", "--by", "ann", "--format", "json"]);
    let decided = json(&run);
    assert_eq!((&decided["written"], decided["facts"].as_array().unwrap().len()), (&Value::Bool(false), 0));
    // An answer with a key of its own; a fact that was written by hand is asked about.
    place.write("seatrial.yaml", &before.replace("    nodeSelector: {workload: agents}\n", ""));
    let says = "Staging and prod run only on nodes labeled 'pool: agents'.";
    let run = place.run(&["round", "decide", "2", says, "--by", "ann", "--yes"]);
    let file = place.read("seatrial.yaml");
    assert!(
        run.code == 0 && file.contains("pool: agents") && file.contains("from: round 2, ann"),
        "{run}\n{file}"
    );
    let shown = place.run(&["round", "show", "1"]);
    assert!(shown.out.contains("Staging syncs by hand only.") && !shown.out.contains("hunter2"), "{shown}");
}
