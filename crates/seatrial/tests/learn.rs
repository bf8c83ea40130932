//! `seatrial learn`, from a text and from a repository.

mod common;

use common::Place;
use seatrial_cli::Terminal;

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
