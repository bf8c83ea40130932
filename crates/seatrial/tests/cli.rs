//! Whole runs on small folders: what is printed, written and returned.

mod common;

use common::Place;
use seatrial_cli::Terminal;
use serde_json::Value;

const PLATFORM: &str = "\
argocd:
  version: \"3.6\"
  namespace: argocd
  runsIn: hub
clusters:
  hub: {server: \"https://kubernetes.default.svc\", environment: dev}
  prod-eks: {server: \"https://B83D6E5F1A9C.gr7.us-east-1.eks.amazonaws.com\", environment: prod}
environments:
  dev: {registries: [docker.io]}
  prod: {registries: [docker.io]}
repositories:
  https://github.com/harbour/agents: {path: ., anyRevision: true}
";

/// Two faults: a placeholder that is not quoted, and a cluster that does not exist.
const FAULTY: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: agents
  namespace: argocd
spec:
  generators:
    - list:
        elements:
          - {env: dev, server: https://kubernetes.default.svc}
          - {env: prod, server: https://prod.example.com}
  template:
    metadata:
      name: agent-{{env}}
    spec:
      project: default
      source:
        repoURL: https://github.com/harbour/agents
        path: apps
        targetRevision: 0123456789abcdef0123456789abcdef01234567
      destination:
        server: {{server}}
        namespace: agents
";

fn faulty() -> Place {
    Place::new(&[("seatrial.yaml", PLATFORM), ("apps/agents.yaml", FAULTY)])
}

fn mended() -> String {
    FAULTY.replace("{{server}}", "'{{server}}'")
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = format!("{}/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn valid(schema: &jsonschema::Validator, text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    value
}

#[test]
fn findings_stand_at_their_lines_and_gate_the_run() {
    let run = faulty().run(&["check", "--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{run}");
    let value = valid(&schema("check"), &run.out);
    let at = |rule: &str| {
        let all = value["findings"].as_array().unwrap();
        all.iter()
            .find(|f| f["rule"] == rule)
            .map(|f| (f["file"].as_str().unwrap(), f["line"].as_u64().unwrap()))
    };
    assert_eq!(at("unquoted-template"), Some(("apps/agents.yaml", 22)), "{run}");
    assert_eq!(value["verdict"], "not-ready");
    assert_eq!(faulty().run(&["check", "--fail-on", "never"]).code, 0);
}

#[test]
fn every_format_is_written_and_only_json_formats_are_json() {
    let place = faulty();
    for format in ["text", "concise", "json", "sarif", "junit", "gitlab", "github", "markdown", "checklist"] {
        let run = place.run(&["check", "apps", "--format", format]);
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{format}: {run}");
        assert!(run.out.ends_with('\n'), "{format}");
        let json = matches!(format, "json" | "sarif" | "gitlab");
        assert_eq!(serde_json::from_str::<Value>(&run.out).is_ok(), json, "{format}");
        let file = place.run(&["check", "apps", "--format", format, "--output", "report"]);
        assert_eq!((file.code, file.out.as_str()), (1, ""), "{format}");
        assert_eq!(place.read("report"), run.out, "{format}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let place = faulty();
    let one = place.run(&["check", "--format", "json", "--jobs", "1"]);
    let four = place.run(&["check", "--format", "json", "--jobs", "4"]);
    assert_eq!(one.out, four.out);
}

#[test]
fn standard_input_is_checked_under_its_name() {
    let run = faulty().run_with(
        &["check", "-", "--stdin-name", "pasted.yaml", "--format", "concise"],
        FAULTY,
        Terminal::default(),
    );
    assert_eq!(run.code, 1, "{run}");
    assert!(run.out.contains("pasted.yaml:22:"), "{run}");
}

#[test]
fn a_baseline_hides_what_it_knows() {
    let place = faulty();
    let run = place.run(&["check", "--baseline", "base.json", "--write-baseline"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{run}");
    let run = place.run(&["check", "--baseline", "base.json", "--format", "json"]);
    assert_eq!(run.code, 0, "{run}");
    let value: Value = serde_json::from_str(&run.out).unwrap();
    assert!(value["findings"].as_array().unwrap().is_empty(), "{run}");
    assert!(value["summary"]["baseline"].as_u64().unwrap() > 0, "{run}");
}

#[test]
fn fix_shows_what_it_would_do_and_does_it() {
    let place = faulty();
    let run = place.run(&["fix", "--dry-run"]);
    assert!(run.out.starts_with("--- a/apps/agents.yaml\n+++ b/apps/agents.yaml\n"), "{run}");
    assert!(run.out.contains("+        server: '{{server}}'\n"), "{run}");
    assert_eq!(place.read("apps/agents.yaml"), FAULTY);
    let run = place.run(&["fix"]);
    assert!(run.out.contains("[unquoted-template]"), "{run}");
    assert!(place.read("apps/agents.yaml").contains("        server: '{{server}}'\n"));
}

#[test]
fn fix_mends_a_pipe() {
    let run = faulty().run_with(&["fix", "-"], FAULTY, Terminal::default());
    assert!(run.out.contains("        server: '{{server}}'\n"), "{run}");
    assert!(run.err.contains("[unquoted-template]"), "{run}");
}

#[test]
fn expand_gives_what_the_controller_would_create() {
    let place = faulty();
    let run = place.run(&["expand", "--format", "json"]);
    assert_eq!(run.code, 1, "{run}");
    let value = valid(&schema("expand"), &run.out);
    assert_eq!(value["applications"].as_array().unwrap().len(), 0);
    assert_eq!(value["errors"][0]["file"], "apps/agents.yaml");
    place.write(
        "apps/agents.yaml",
        &mended().replace("https://prod.example.com", "https://B83D6E5F1A9C.gr7.us-east-1.eks.amazonaws.com"),
    );
    let run = place.run(&["expand", "--format", "names"]);
    assert_eq!((run.code, run.out.as_str()), (0, "argocd/agent-dev\nargocd/agent-prod\n"), "{run}");
    let run = place.run(&["expand"]);
    assert!(run.out.starts_with("apiVersion: argoproj.io/v1alpha1\nkind: Application\n"), "{run}");
    assert_eq!(run.out.matches("\n---\n").count(), 1, "{run}");
    let run = place.run(&["expand", "--format", "table"]);
    assert!(
        run.out.starts_with("NAME ") && run.out.contains("2 Applications from 1 ApplicationSet"),
        "{run}"
    );
    valid(&schema("expand"), &place.run(&["expand", "--format", "json"]).out);
}

#[test]
fn expand_tells_what_becomes_of_applications_that_exist() {
    let owned = |name: &str, revision: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\n  annotations: {{team: a, mine: b}}\n  \
             ownerReferences: [{{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: agents, uid: u, controller: true}}]\n\
             spec:\n  project: default\n  source: {{repoURL: 'https://github.com/harbour/agents', path: apps, targetRevision: {revision}}}\n  \
             destination: {{server: 'https://kubernetes.default.svc', namespace: agents}}\n---\n"
        )
    };
    let set = mended()
        .replace("https://prod.example.com", "https://B83D6E5F1A9C.gr7.us-east-1.eks.amazonaws.com")
        + "  preservedFields: {annotations: [mine]}\n  ignoreApplicationDifferences:\n    - jqPathExpressions: [.spec.source.targetRevision]\n";
    let place = Place::new(&[
        ("seatrial.yaml", &PLATFORM.replace("  runsIn: hub\n", "  runsIn: hub\n  state: [state/]\n")),
        ("apps/agents.yaml", &set),
        ("state/apps.yaml", &(owned("agent-dev", "pinned-by-hand") + &owned("agent-old", "v1"))),
    ]);
    let run = place.run(&["expand", "--format", "json", "apps"]);
    let existing = &valid(&schema("expand"), &run.out)["existing"];
    assert_eq!(existing[0]["fate"], "updated", "{run}");
    assert_eq!(existing[0]["applicationSet"], "argocd/agents");
    let application = &existing[0]["application"];
    assert_eq!(application["metadata"]["annotations"], serde_json::json!({"mine": "b"}), "{run}");
    assert_eq!(application["spec"]["source"]["targetRevision"], "pinned-by-hand");
    assert_eq!(
        (&existing[1]["fate"], &existing[1]["application"]["metadata"]["name"]),
        (&"deleted".into(), &"agent-old".into())
    );
    let run = place.run(&["expand", "--format", "names", "apps"]);
    assert!(run.err.contains("argocd/agents: argocd/agent-old exists already and is deleted"), "{run}");
}

#[test]
fn expand_tells_how_applications_go_with_their_set() {
    let owned = |name: &str, env: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\n  labels: {{env: {env}}}\n  \
             finalizers: [resources-finalizer.argocd.argoproj.io]\n  \
             ownerReferences: [{{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: agents, uid: u, controller: true}}]\n\
             spec: {{destination: {{name: in-cluster}}}}\n---\n"
        )
    };
    let step =
        |env: &str| format!("        - matchExpressions: [{{key: env, operator: In, values: [{env}]}}]\n");
    let set = mended()
        .replace("https://prod.example.com", "https://B83D6E5F1A9C.gr7.us-east-1.eks.amazonaws.com")
        .replace(
            "      name: agent-{{env}}\n",
            "      name: agent-{{env}}\n      labels: {env: '{{env}}'}\n",
        )
        + "  strategy:\n    type: RollingSync\n    deletionOrder: Reverse\n    rollingSync:\n      steps:\n"
        + &step("dev")
        + &step("prod");
    let platform = PLATFORM.replace(
        "  runsIn: hub\n",
        "  runsIn: hub\n  state: [state/]\n  parameters: {applicationsetcontroller.enable.progressive.syncs: \"true\"}\n",
    );
    let place = Place::new(&[
        ("seatrial.yaml", &platform),
        ("apps/agents.yaml", &set),
        (
            "state/apps.yaml",
            &(owned("agent-dev", "dev") + &owned("agent-prod", "prod") + &owned("agent-old", "none")),
        ),
    ]);
    let run = place.run(&["expand", "--format", "table", "apps"]);
    assert!(
        run.out.contains(
            "deletion of argocd/agents, if it came to it\n  step 2, one after another: agent-prod\n  step 1, one after another: agent-dev\n  \
             by Kubernetes, all at once: agent-old (being deleted)\n"
        ),
        "{run}"
    );
    let deleted = "  name: agents\n  deletionTimestamp: 2026-01-02T00:00:00Z\n  finalizers: [resources-finalizer.argocd.argoproj.io, a.io/b]\n";
    place.write("state/set.yaml", &set.replace("  name: agents\n", deleted));
    let run = place.run(&["expand", "--format", "table", "apps"]);
    assert!(
        run.out.starts_with(
            "deletion of argocd/agents, since 2026-01-02T00:00:00Z\n  step 2, one after another: agent-prod\n  \
             step 1, one after another: agent-dev\n  by Kubernetes, all at once: agent-old\n  next: agent-prod is deleted\n  \
             the set is still held by a.io/b\n"
        ),
        "{run}"
    );
    assert_eq!(run.code, 0);
    assert!(
        run.err.contains("argocd/agents is being deleted since 2026-01-02T00:00:00Z: it generates nothing"),
        "{run}"
    );
    let run = place.run(&["expand", "--format", "json", "apps"]);
    let value = valid(&schema("expand"), &run.out);
    assert_eq!(value["applications"], serde_json::json!([]));
    let wave = |step: Option<u8>, name: &str| {
        let mut wave = serde_json::json!({"applications": [{"name": name}]});
        if let Some(step) = step {
            wave["step"] = step.into();
        }
        wave
    };
    assert_eq!(
        value["deletions"],
        serde_json::json!([{"applicationSet": "argocd/agents", "since": "2026-01-02T00:00:00Z", "heldBy": ["a.io/b"],
            "waves": [wave(Some(2), "agent-prod"), wave(Some(1), "agent-dev"), wave(None, "agent-old")],
            "next": {"action": "deletes", "application": "agent-prod"}}])
    );
    // Nothing is missed in a set that is being deleted.
    let run = place.run(&["check", "apps"]);
    assert!(!run.out.contains("generates no Application"), "{run}");
}

#[test]
fn platform_shows_facts_with_their_lines() {
    let place = faulty();
    let run = place.run(&["platform", "prod"]);
    assert!(
        run.out.contains("environment prod (production)") && run.out.contains("seatrial.yaml:10"),
        "{run}"
    );
    let run = place.run(&["platform", "gaps"]);
    assert!(run.code == 0 && run.out.contains("`sync` of `prod` is not stated"), "{run}");
    let run = place.run(&["platform", "prd", "--format", "json"]);
    assert!(run.code == 2 && run.err.contains("did you mean `prod`?"), "{run}");
}

#[test]
fn init_learns_names_and_never_credentials() {
    let config = "\
apiVersion: v1
kind: Config
clusters:
  - {name: c1, cluster: {server: \"https://B83D.gr7.us-east-1.eks.amazonaws.com\"}}
contexts:
  - {name: \"arn:aws:eks:us-east-1:123456789012:cluster/prod-eks\", context: {cluster: c1, user: u1}}
users:
  - {name: u1, user: {token: s3cr3t-t0ken}}
";
    let place = Place::new(&[("config", config)]);
    let run = place.run(&["init", "--yes", "--kubeconfig", "config"]);
    assert_eq!(run.code, 0, "{run}");
    let text = place.read("seatrial.yaml");
    assert!(
        text.contains(
            "  prod-eks:\n    server: https://B83D.gr7.us-east-1.eks.amazonaws.com\n    environment: prod\n"
        ),
        "{text}"
    );
    assert!(!text.contains("s3cr3t"), "{text}");
    assert_eq!(place.run(&["platform", "prod-eks"]).code, 0);
}

#[test]
fn init_asks_on_a_terminal() {
    let place = Place::new(&[]);
    let terminal = Terminal { input: true, error: true, ..Terminal::default() };
    let run = place.run_with(&["init"], "3.5\n\n\n", terminal);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.err.contains("Which version of Argo CD runs"), "{run}");
    assert!(place.read("seatrial.yaml").contains("version: \"3.5\"\n"));
}

#[test]
fn completions_and_the_manual_are_made() {
    let place = Place::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.run(&["completions", shell]).out.contains("seatrial"), "{shell}");
    }
    assert!(place.run(&["man"]).out.contains(".TH seatrial"));
}

#[cfg(unix)]
#[test]
fn mending_keeps_permissions_and_leaves_nothing_beside() {
    use std::os::unix::fs::PermissionsExt;
    let place = faulty();
    let file = place.path().join("apps/agents.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let run = place.run(&["fix", "apps/agents.yaml"]);
    assert!(run.out.contains("Fixed"), "{run}");
    assert_ne!(place.read("apps/agents.yaml"), FAULTY);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    // What nobody may write to is said to be so, and stays.
    let place = faulty();
    let file = place.path().join("apps/agents.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    let run = place.run(&["fix", "apps/agents.yaml"]);
    assert_eq!(run.code, 2, "{run}");
    assert!(run.err.contains("read-only; not written"), "{run}");
    assert_eq!(place.read("apps/agents.yaml"), FAULTY);
}
