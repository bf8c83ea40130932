//! What an edit does and, above all, what it leaves alone.

use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot};
use seatrial_trial::{Inputs, Options};

use super::edit;
use crate::charts::Charts;
use crate::intent::{Vocabulary, read};
use crate::propose::Proposal;

const PLATFORM: &str = "\
argocd: {version: '3.6', runsIn: hub, state: [state]}
clusters:
  hub: {server: https://kubernetes.default.svc}
  dev-1: {server: https://dev.acme.dev, environment: dev}
  prod-1: {server: https://prod.acme.dev, environment: prod}
environments: {dev: {}, prod: {}}
repositories:
  https://charts.acme.dev: {path: charts, type: helm}
  https://git.acme.dev/places.git: {path: repo, anyRevision: true}
";

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: '{{ .Release.Name }}'}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: '{{ .Values.image.registry }}/web:{{ .Values.image.tag }}'}]
";

/// A set of `generators` whose template gives `values`, with comments and blanks of somebody's own.
fn set(generators: &str, values: &str) -> String {
    format!(
        "# Ask team-web first.\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators:\n{generators}  template:\n    metadata: {{name: 'web-{{{{ .env }}}}'}}\n    spec:\n      project: apps\n      source:\n        repoURL: https://charts.acme.dev\n        chart: web\n        targetRevision: 1.0.0\n        helm:\n          valuesObject:   # what differs\n{values}      destination: {{name: '{{{{ .env }}}}-1',   namespace: web}}\n"
    )
}

const ELEMENTS: &str =
    "    - list:\n        elements:\n          - env: dev   # first\n          - env: prod\n";
const VALUES: &str =
    "            replicaCount: 2\n            image: {registry: docker.io, tag: v1}   # the image\n";

fn edited(text: &str, intent: &str) -> Option<Proposal> {
    let mut files = Memory::new();
    files.insert("seatrial.yaml", PLATFORM);
    files.insert("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    files.insert("charts/web/values.yaml", "replicaCount: 1\nimage: {registry: docker.io, tag: v0}\n");
    files.insert("charts/web/templates/deployment.yaml", TEMPLATE);
    files.insert("repo/places/dev.json", "{\"env\": \"dev\"}\n");
    files.insert("repo/places/prod.json", "{\"env\": \"prod\"}\n");
    files.insert(
        "state/apps.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: apps, namespace: argocd}\nspec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}]}\n",
    );
    files.insert("set.yaml", text);
    let snapshot: Arc<dyn Snapshot> = Arc::new(files);
    let platform = Platform::from_tree(&snapshot, "seatrial.yaml").unwrap();
    let repositories = platform.repository_set(None);
    let charts = Charts::of(&platform, &repositories);
    let wanted = read(intent, &Vocabulary::of(&platform, &charts.known)).intent;
    let inputs = Inputs {
        snapshot: Arc::clone(&snapshot),
        root: None,
        paths: vec!["set.yaml".to_owned()],
        platform: Arc::new(platform.clone()),
        options: Options::default(),
    };
    edit(&wanted, &platform, &charts, &inputs, "set.yaml")
}

/// The text after an edit that asks nothing.
#[track_caller]
fn done(text: &str, intent: &str) -> String {
    let proposal = edited(text, intent).expect("the set has the application");
    assert!(proposal.edits);
    assert_eq!(proposal.questions, [], "{intent}");
    proposal.text.unwrap()
}

/// That an intent changes nothing, and what is asked instead.
#[track_caller]
fn asks(text: &str, intent: &str, question: &str) {
    let proposal = edited(text, intent).expect("the set has the application");
    assert_eq!(proposal.text.as_deref(), Some(text), "nothing is changed for: {intent}");
    let asked: Vec<&str> = proposal.questions.iter().map(|q| q.text.as_str()).collect();
    assert!(asked.iter().any(|text| text.contains(question)), "{intent}: {asked:#?}");
}

#[test]
fn what_holds_for_all_is_changed_where_it_stands() {
    let text = set(ELEMENTS, VALUES);
    // Comments, blanks and quotes of the rest stay, byte for byte.
    assert_eq!(
        done(&text, "Set the replicas of web to 4."),
        text.replace("replicaCount: 2", "replicaCount: 4")
    );
    assert_eq!(done(&text, "Use tag v2 for web."), text.replace("tag: v1", "tag: v2"));
    assert_eq!(done(&text, "Change the tag of web to v2."), text.replace("tag: v1", "tag: v2"));
}

#[test]
fn what_is_so_already_changes_nothing() {
    let text = set(ELEMENTS, VALUES);
    assert_eq!(done(&text, "Set the replicas of web to 2."), text);
}

#[test]
fn what_one_place_gets_no_other_gets() {
    let text = set(ELEMENTS, VALUES);
    let after = done(&text, "Set the replicas of web to 4 in prod.");
    // The literal that both share becomes a parameter, and each element says its own.
    assert!(after.contains("- env: dev   # first\n"), "{after}");
    assert!(after.contains("replicaCount: 2\n") && after.contains("replicaCount: 4\n"), "{after}");
    assert!(after.contains("{registry: docker.io, tag: v1}   # the image"), "{after}");
    assert!(after.contains("{name: '{{ .env }}-1',   namespace: web}"), "{after}");
}

#[test]
fn elements_of_files_are_told_apart_by_a_condition() {
    let files = "    - git:\n        repoURL: https://git.acme.dev/places.git\n        revision: main\n        files: [{path: places/*.json}]\n";
    let text = set(files, VALUES);
    let after = done(&text, "Set the replicas of web to 4 in prod.");
    let patch = "  templatePatch: |\n    {{- if eq .env \"prod\" }}\n    spec:\n      source:\n        helm:\n          valuesObject:\n            replicaCount: 4\n    {{- end }}\n";
    assert_eq!(after, format!("{text}{patch}"));
    // Free values are not merged by Argo CD: what stands beside the value moves along, for the others too.
    let after = done(&text, "Use tag v2 for web in prod.");
    let values = |tag: &str| {
        format!("            image:\n              registry: docker.io\n              tag: {tag}\n")
    };
    let patch = format!(
        "  templatePatch: |\n    spec:\n      source:\n        helm:\n          valuesObject:\n            {{{{- if eq .env \"prod\" }}}}\n{}            {{{{- else }}}}\n{}            {{{{- end }}}}\n",
        values("v2"),
        values("v1")
    );
    let template = text.replace("            image: {registry: docker.io, tag: v1}   # the image\n", "");
    assert_eq!(after, format!("{template}{patch}"));
}

#[test]
fn what_is_not_understood_is_asked() {
    let text = set(ELEMENTS, VALUES);
    asks(&text, "Remove web from prod.", "Seatrial takes no place out of a set");
    asks(&text, "Make web better.", "What shall be changed?");
}

#[test]
fn what_argo_cd_makes_nothing_of_is_not_edited() {
    let broken = set(ELEMENTS, VALUES).replace("web-{{ .env }}", "web-{{ .env }");
    asks(
        &broken,
        "Set the replicas of web to 4.",
        "Nothing can be changed while Argo CD makes nothing of it",
    );
}

#[test]
fn another_applications_file_is_no_edit() {
    let other = set(ELEMENTS, VALUES)
        .replace("web-{{ .env }}", "shop-{{ .env }}")
        .replace("chart: web", "chart: shop")
        .replace("name: web,", "name: shop,");
    assert!(edited(&other, "Set the replicas of web to 4.").is_none());
    assert!(edited("a: 1\n", "Set the replicas of web to 4.").is_none());
}
