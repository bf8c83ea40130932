//! Every format on one rich report, made by hand.

use std::sync::Arc;

use seatrial_source::{Edit, FileId, SourceFile, Span};
use seatrial_trial::finding::{Finding, Fix, Group, Severity, Unknown};
use seatrial_trial::report::{Report, Silenced, Summary};
use seatrial_trial::rule::Meta;

use super::*;

const MANIFEST: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: agent-everywhere
spec:
  generators:
    - list:
        elements:
          - env: dev # \u{1F6A2} maiden voyage
          - env: prod
  template:
    spec:
      source:
        helm:
          valuesObject:
            replicaCount: {{replicas}}
      destination:
        server: https://prod.example.com
";
const PLATFORM: &str = "clusters:\n  prod-eks:\n    server: https://B83D.eks.amazonaws.com\n";

const PAGE: &str = "Says what is wrong.\n\n## Why\n\nIt `fails`.\n";
const TEMPLATE: Meta = Meta {
    name: "unquoted-template",
    group: Group::Syntax,
    severity: Severity::Error,
    page: PAGE,
    blocks: true,
    across: false,
    explained_by: &[],
    opt_in: false,
    explained_here_by: &[],
};
const CLUSTER: Meta = Meta { name: "unknown-cluster", group: Group::Destination, blocks: false, ..TEMPLATE };
const NAMESPACE: Meta = Meta { name: "misplaced-namespace", group: Group::Schema, blocks: false, ..TEMPLATE };
const UNUSED: Meta = Meta {
    name: "unused-parameter",
    group: Group::Generator,
    severity: Severity::Note,
    blocks: false,
    ..TEMPLATE
};
pub(crate) const RULES: [&Meta; 4] = [&NAMESPACE, &CLUSTER, &TEMPLATE, &UNUSED];

fn find(text: &str, what: &str) -> std::ops::Range<usize> {
    let start = text.find(what).unwrap();
    start..start + what.len()
}

fn finding(meta: &Meta, what: &str, message: &str, help: &str) -> Finding {
    Finding {
        rule: meta.name,
        group: meta.group,
        severity: meta.severity,
        message: message.into(),
        help: help.into(),
        span: Span::new(FileId(0), find(MANIFEST, what)),
        related: Vec::new(),
        applications: Vec::new(),
        environments: Vec::new(),
        resource: None,
        field: None,
        fact: None,
        fix: None,
        other_fixes: Vec::new(),
        fingerprint: format!("{}-fingerprint", meta.name),
        key: String::new(),
        hides: 0,
    }
}

/// A blocking error with a safe fix, an error with a fact and an unsafe fix, a warning that hides others,
/// a note after an astral character, an unknown and a silence; text that no format may let loose.
fn rich() -> Report {
    let file = FileId(0);
    let template = find(MANIFEST, "{{replicas}}");
    let mut quote = Fix::safe(
        "quote the placeholder",
        vec![Edit::insert(file, template.start, "'"), Edit::insert(file, template.end, "'")],
    );
    quote.verified = true;
    let blocking = finding(
        &TEMPLATE,
        "{{replicas}}",
        "`{{replicas}}` is read by YAML as a mapping: \"<&>\" | %25 ::error::\u{1b}[31m",
        "Quote it.",
    )
    .fix(quote);
    let server = find(MANIFEST, "https://prod.example.com");
    let mut name = Fix::risky(
        "use the cluster `prod-eks`",
        vec![Edit::replace(Span::new(file, server.start - 8..server.end), "name: prod-eks")],
    );
    name.verified = true;
    let mut cluster = finding(
        &CLUSTER,
        "https://prod.example.com",
        "no cluster has the server `https://prod.example.com`",
        "Name a registered cluster: `prod-eks`.",
    )
    .fact("clusters", Some(Span::new(FileId(1), find(PLATFORM, "clusters"))))
    .field("spec.template.spec.destination.server")
    .fix(name);
    cluster.applications = vec!["argocd/agent-prod".into()];
    cluster.environments = vec!["prod".into()];
    let mut namespace = finding(
        &NAMESPACE,
        "name: agent-everywhere",
        "`metadata.namespace` is missing",
        "Add `namespace: argocd`.",
    )
    .severity(Severity::Warning);
    namespace.hides = 2;
    let mut note = finding(&UNUSED, "maiden voyage", "`voyage` is never used", "");
    note.environments = vec!["dev".into(), "prod".into()];
    Report::new(
        [
            Arc::new(SourceFile::new(FileId(0), "apps/agent set.yaml", MANIFEST)),
            Arc::new(SourceFile::new(FileId(1), "seatrial.yaml", PLATFORM)),
        ],
        vec![blocking, cluster, namespace, note],
        vec![Unknown {
            what: "which registries prod may use".into(),
            needs: "add `registries` to `environments.prod` in seatrial.yaml".into(),
            span: Some(Span::new(FileId(1), find(PLATFORM, "prod-eks"))),
            rules: vec!["unknown-cluster"],
        }],
        vec![Silenced {
            finding: finding(&UNUSED, "env: prod", "`env` is never used", ""),
            reason: "used by the dashboard".into(),
        }],
        Summary {
            files: 1,
            application_sets: 1,
            applications: 2,
            destinations: [("dev".to_owned(), 1), ("prod".to_owned(), 1)].into(),
            silenced: 1,
            ..Summary::default()
        },
    )
}

fn shown<'a>(report: &'a Report, environments: &'a [String]) -> Shown<'a> {
    Shown {
        report,
        rules: &RULES,
        environments,
        platform: Some("seatrial.yaml"),
        fail_on: FailOn::Error,
        look: Look::PLAIN,
        verbosity: 0,
        arguments: " apps",
    }
}

fn rendered(format: Format) -> String {
    let environments = ["dev".to_owned(), "staging".to_owned(), "prod".to_owned()];
    render(format, &shown(&rich(), &environments))
}

fn clean() -> Report {
    let summary = Summary {
        files: 1,
        applications: 1,
        destinations: [("dev".to_owned(), 1)].into(),
        ..Summary::default()
    };
    Report::new([], Vec::new(), Vec::new(), Vec::new(), summary)
}

macro_rules! snapshots {
    ($($name:ident: $format:ident,)*) => { $(
        #[test]
        fn $name() {
            insta::assert_snapshot!(rendered(Format::$format));
        }
    )* };
}

snapshots! {
    text: Text,
    concise: Concise,
    json: Json,
    sarif: Sarif,
    junit: Junit,
    gitlab: Gitlab,
    github: Github,
    markdown: Markdown,
    checklist: Checklist,
}

#[test]
fn text_in_colours() {
    let report = rich();
    let mut shown = shown(&report, &[]);
    shown.look = Look { colour: true, unicode: true, width: 120 };
    insta::assert_snapshot!(render(Format::Text, &shown));
}

#[test]
fn a_clean_report_is_short() {
    let report = clean();
    let environments = ["dev".to_owned(), "prod".to_owned()];
    let shown = shown(&report, &environments);
    insta::assert_snapshot!("clean_text", render(Format::Text, &shown));
    insta::assert_snapshot!("clean_checklist", render(Format::Checklist, &shown));
    insta::assert_snapshot!("clean_junit", render(Format::Junit, &shown));
    assert_eq!(render(Format::Gitlab, &shown), "[]\n");
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/sarif-2.1.0.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let empty = clean();
    for text in [rendered(Format::Sarif), render(Format::Sarif, &shown(&empty, &[]))] {
        let log = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn sarif_counts_utf16_units_and_json_characters() {
    let column = |text: String, pointer: &str| {
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value.pointer(pointer).and_then(serde_json::Value::as_u64).unwrap()
    };
    // The ship before the note is one character and two UTF-16 units.
    let characters = column(rendered(Format::Json), "/findings/1/column");
    let units =
        column(rendered(Format::Sarif), "/runs/0/results/1/locations/0/physicalLocation/region/startColumn");
    assert_eq!(units, characters + 1);
}

#[test]
fn nothing_passes_while_something_is_unknown_or_unread() {
    let report = rich();
    let environments = ["dev".to_owned(), "staging".to_owned(), "prod".to_owned()];
    let text = render(Format::Checklist, &shown(&report, &environments));
    assert!(text.contains("fail (1)") && !text.contains("pass"), "{text}");
}

#[test]
fn no_format_lets_control_characters_through() {
    for format in
        [Format::Text, Format::Concise, Format::Checklist, Format::Junit, Format::Github, Format::Markdown]
    {
        assert!(!rendered(format).contains('\u{1b}'), "{format:?}");
    }
}
