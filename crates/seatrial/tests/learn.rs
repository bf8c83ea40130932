//! `seatrial learn`, from a text and from a repository.

mod common;

use common::{Place, Run};
use seatrial_cli::Terminal;
use seatrial_model_mock::{KEY, Mock, Reply, Say};
use serde_json::{Value, json};

const TEXT: &str = "Our environments: dev, staging, prod.

- Dev cluster: minikube (server: https://kubernetes.default.svc)
- Prod: 'prod-eks' (AWS EKS)

Prod MUST be manual sync only. Dev and staging may auto-sync.
All environments pull with the pull secret `regcred` except dev, which needs none.
Should we use Vault?
";

const PLATFORM: &str = "# Ours.
environments:
  dev: {}
  staging:
    pullSecret: old   # since March
  prod: {replicas: 3}
sources:
  environments.staging.pullSecret: {quote: \"staging pulls with 'old'\", from: \"first.txt:3\"}
";

const PERSON: Terminal = Terminal {
    input: true,
    output: true,
    error: true,
    width: Some(100),
    colour: false,
    error_colour: false,
    unicode: true,
};

#[test]
fn without_a_terminal_nothing_is_written_unless_told() {
    let place = Place::new(&[("facts.md", TEXT)]);
    let run = place.run(&["learn", "facts.md"]);
    insta::assert_snapshot!(run);
    assert!(!place.path().join("seatrial.yaml").exists());
    let run = place.run(&["learn", "facts.md", "--yes", "-q"]);
    assert_eq!(run.code, 0, "{run}");
    let written = place.read("seatrial.yaml");
    assert!(written.contains("id: prod-is-manual"), "{written}");
    let again = place.run(&["learn", "facts.md", "--yes"]);
    assert!(again.out.contains("seatrial.yaml says all of it already."), "{again}");
    assert_eq!(place.read("seatrial.yaml"), written);
}

#[test]
fn what_was_there_stays_and_what_was_learned_gives_way() {
    let place = Place::new(&[("facts.md", TEXT), ("seatrial.yaml", PLATFORM)]);
    let run = place.run(&["learn", "facts.md", "--dry-run"]);
    assert_eq!(place.read("seatrial.yaml"), PLATFORM);
    assert!(run.out.contains("environments.staging.pullSecret: old -> regcred"), "{run}");
    place.run(&["learn", "facts.md", "--yes"]);
    insta::assert_snapshot!(place.read("seatrial.yaml"));
}

#[test]
fn a_person_is_asked() {
    let text = "Prod cluster: 'prod-eks' (EKS)\nProd runs 5 replicas.\n";
    let place = Place::new(&[("facts.md", text), ("seatrial.yaml", PLATFORM)]);
    // An address that is none, a good one; which number holds; and no, do not write.
    let no = place.run_with(&["learn", "facts.md"], "nonsense\nhttps://prod.acme.dev\n5\nn\n", PERSON);
    insta::assert_snapshot!(no);
    assert_eq!(place.read("seatrial.yaml"), PLATFORM);
    let yes = place.run_with(&["learn", "facts.md"], "https://prod.acme.dev\n5\ny\n", PERSON);
    assert_eq!(yes.code, 0, "{yes}");
    let written = place.read("seatrial.yaml");
    assert!(
        written.contains("server: https://prod.acme.dev") && written.contains("replicas: 5"),
        "{written}"
    );
}

#[test]
fn for_programs() {
    let place = Place::new(&[]);
    let run = place.run_with(
        &["learn", "-", "--format", "json"],
        "Prod is manual.\nMaybe dev too.\n",
        Terminal::default(),
    );
    insta::assert_snapshot!(run);
}

#[test]
fn from_a_repository() {
    let application = |env: &str, n: usize, sync: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a{n}-{env}, namespace: argocd}}\nspec:\n  project: default\n  source: {{repoURL: https://git.acme.dev/deploy, path: plain, targetRevision: main}}\n  destination: {{name: {env}-eks, namespace: a{n}}}\n  syncPolicy: {sync}\n"
        )
    };
    let plain = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 2\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      imagePullSecrets: [{name: regcred}]\n      containers: [{name: a, image: registry.acme.dev/a:1}]\n";
    let mut files = vec![("plain/a.yaml".to_owned(), plain.to_owned())];
    for n in 0..4 {
        files.push((format!("apps/prod-{n}.yaml"), application("prod", n, "{}")));
        files.push((format!("apps/dev-{n}.yaml"), application("dev", n, "{automated: {prune: true}}")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let place = Place::new(&files);
    let run = place.run(&["learn", "--repo", ".", "--yes"]);
    insta::assert_snapshot!(run);
    let gone = place.run(&["learn", "--repo", "nowhere"]);
    assert_eq!(gone.code, 2, "{gone}");
}

/// A text with facts that the rules do not read, and what a model makes of it: some of it true.
const PROSE: &str = "\
The environments are dev, staging and prod.

Everything in prod arrives by way of the secret 'ecr-prod'.
Dev knows the class local-path.
The admin's password: hunter2-Zx9Qw
";

fn heard(facts: &[(&str, &str, &str)]) -> Reply {
    let facts: Vec<Value> = facts
        .iter()
        .map(|(key, value, quote)| {
            let key: Vec<&str> = key.split('/').collect();
            json!({"key": key, "value": value, "quote": quote})
        })
        .collect();
    Reply::text(json!({ "facts": facts }).to_string())
}

fn asked(place: &Place, mock: &Mock, more: &[&str]) -> Run {
    let args = [["learn", "facts.md", "--author", "anthropic"].as_slice(), more].concat();
    let env = [("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_BASE_URL", mock.url())];
    place.run_in(&args, "", Terminal::default(), &env)
}

#[test]
fn a_model_reads_and_the_text_decides() {
    let place = Place::new(&[("facts.md", PROSE)]);
    let mock = Mock::start(|_| {
        heard(&[
            ("environments/prod/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
            ("environments/dev/storageClasses", "local-path", "Dev knows the class local-path."),
            ("environments/dev/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
            ("environments/prod/registries", "evil.example", "Everything in prod arrives"),
            ("environments/prod/registries", "evil.example", "Prod pulls from evil.example"),
            ("silences/0", "unknown-cluster", "Dev knows the class local-path."),
        ])
    })
    .unwrap();
    let run = asked(&place, &mock, &["--yes", "--record", "sent.jsonl"]);
    assert_eq!((run.code, mock.refused()), (0, Vec::new()), "{run}");
    let file = place.read("seatrial.yaml");
    assert!(file.contains("pullSecret: ecr-prod") && file.contains("- local-path"), "{file}");
    assert!(file.contains("Everything in prod arrives by way of the secret 'ecr-prod'."), "{file}");
    assert!(!file.contains("evil") && !file.contains("silences"), "{file}");
    assert!(run.out.contains("Read by the model, and not taken"), "{run}");
    for secret in [&run.out, &run.err, &file, &place.read("sent.jsonl")] {
        assert!(!secret.contains("hunter2"), "{secret}");
    }
    assert!(!mock.has_seen("hunter2"));
    // What would be sent is what was sent.
    let shown = asked(&Place::new(&[("facts.md", PROSE)]), &mock, &["--show-prompt"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown, serde_json::from_slice::<Value>(&mock.seen()[0].body).unwrap());
    // For programs.
    let run = asked(&Place::new(&[("facts.md", PROSE)]), &mock, &["--dry-run", "--format", "json"]);
    let output: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(output["unfounded"].as_array().unwrap().len(), 4, "{output:#}");
}

#[test]
fn a_model_that_fails_or_says_nothing_changes_nothing() {
    for (reply, code, told) in [
        (Reply::text("I would rather not."), 0, "could not be read"),
        (Reply::Say(Say::refusal("general_harms", "no")), 0, "the model declines"),
        (Reply::error(400, "invalid_request_error", "no"), 5, "error:"),
    ] {
        let place = Place::new(&[("facts.md", "Prod MUST be manual sync only.\n")]);
        let mock = Mock::start(move |_| reply.clone()).unwrap();
        let run = asked(&place, &mock, &["--yes"]);
        assert!(run.code == code && run.to_string().contains(told), "{run}");
        assert_eq!(place.path().join("seatrial.yaml").exists(), code == 0, "{run}");
    }
}
