//! The pipeline on small manifests, with rules made for the purpose.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatrial_platform::Platform;
use seatrial_source::{Edit, Memory, Snapshot};
use seatrial_trial::{
    Applicability, Fix, FixOptions, Group, Inputs, Meta, Model, Options, Report, Rule, Severity, Sink, Stop,
    Stopped, Verdict, check, fix,
};
use seatrial_yaml::Path;

const SET: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: agents
  namespace: argocd
spec:
  goTemplate: true
  generators:
    - list:
        elements:
          - env: dev
            server: https://dev.example.net
            replicas: 1
          - env: prod
            server: https://prod.example.net
            replicas: 5
  template:
    metadata:
      name: 'agent-{{.env}}'
    spec:
      project: default
      source:
        repoURL: https://github.com/acme/deploy
        path: agent
        helm:
          values: |
            image:
              tag: v1
      destination:
        server: '{{.server}}'
        namespace: agents
  templatePatch: |
    spec:
      source:
        helm:
          valuesObject:
            replicaCount: {{ .replicas }}
            fixed: 7
";

fn inputs(text: &str) -> Inputs {
    let mut memory = Memory::new();
    memory.insert("apps.yaml", text);
    let snapshot: Arc<dyn Snapshot> = Arc::new(memory);
    Inputs {
        snapshot,
        root: None,
        paths: vec!["apps.yaml".to_owned()],
        platform: Arc::new(Platform::none()),
        options: Options::default(),
    }
}

/// A rule of one function.
struct Try {
    meta: Meta,
    check: fn(&Model<'_>, &mut Sink<'_>),
}

impl Rule for Try {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn check(&self, model: &Model<'_>, out: &mut Sink<'_>) {
        (self.check)(model, out);
    }
}

fn rule(name: &'static str, check: fn(&Model<'_>, &mut Sink<'_>)) -> &'static dyn Rule {
    Box::leak(Box::new(Try {
        meta: Meta::new(name, Group::Naming, Severity::Error, "A rule under test."),
        check,
    }))
}

fn place(report: &Report, index: usize) -> (u32, u32) {
    let finding = &report.findings[index];
    let at = report.file(finding.span.file).unwrap().line_col(finding.span.start as usize);
    (at.line, at.column)
}

/// A rule that reports a field of each Application where the model locates it.
fn locating(field: &'static str) -> &'static dyn Rule {
    struct Locating(Meta, &'static str);
    impl Rule for Locating {
        fn meta(&self) -> &Meta {
            &self.0
        }
        fn check(&self, model: &Model<'_>, out: &mut Sink<'_>) {
            report_field(model, out, self.1);
        }
    }
    Box::leak(Box::new(Locating(Meta::new("locate", Group::Naming, Severity::Error, "…"), field)))
}

fn report_field(model: &Model<'_>, out: &mut Sink<'_>, dotted: &str) {
    let field = Path::keys(dotted.split('.'));
    for application in &model.applications {
        let span = model.locate(application, &field).span;
        out.push_for(application, out.finding(span, "here").field(dotted));
    }
}

#[test]
fn a_field_is_located_where_its_value_is_written() {
    for (field, expected) in [
        // The elements, since the template merely passes them on.
        ("spec.destination.server", vec![(12, 21), (15, 21)]),
        // The template, which makes the name of a parameter and more.
        ("metadata.name", vec![(19, 13)]),
        // Through the patch to the elements.
        ("spec.source.helm.valuesObject.replicaCount", vec![(13, 23), (16, 23)]),
        // In the patch itself.
        ("spec.source.helm.valuesObject.fixed", vec![(38, 20)]),
        // Inside a text of values.
        ("spec.source.helm.values.image.tag", vec![(28, 20)]),
        // Not written: the nearest thing above.
        ("spec.syncPolicy.automated", vec![(20, 5)]),
    ] {
        let (inputs, rule) = (inputs(SET), locating(field));
        let report = check(&inputs, &[rule]);
        let found: Vec<_> = (0..report.findings.len()).map(|i| place(&report, i)).collect();
        assert_eq!(found, expected, "{field}");
    }
}

#[test]
fn one_place_for_several_applications_is_one_finding() {
    let (inputs, rule) = (inputs(SET), locating("metadata.name"));
    let report = check(&inputs, &[rule]);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].applications, ["argocd/agent-dev", "argocd/agent-prod"]);
    assert_eq!(report.summary.applications, 2);
    assert_eq!(report.verdict(Severity::Error), Verdict::NotReady);
}

/// Objects to the word `dev`; its fix is right, or does nothing, or brings another `dev`.
fn wordy(model: &Model<'_>, out: &mut Sink<'_>, replacement: &str) {
    for manifest in &model.manifests {
        let text = &manifest.file.text;
        for (at, word) in text.match_indices("dev.example.net") {
            let span = manifest.file.span_of(at..at + word.len());
            let fix = Fix::safe("another word", vec![Edit::replace(span, replacement)]);
            out.push(out.finding(span, "dev").key(at.to_string()).fix(fix));
        }
    }
}

#[test]
fn only_fixes_that_help_are_offered() {
    let good = rule("good", |m, out| wordy(m, out, "test.example.net"));
    let idle = rule("idle", |m, out| wordy(m, out, "dev.example.net/"));
    let worse = rule("worse", |m, out| wordy(m, out, "x.dev.example.net dev.example.net"));
    let inputs = inputs(SET);
    let verified = |rule| check(&inputs, &[rule]).findings[0].fix.as_ref().is_some_and(|f| f.verified);
    assert!(verified(good));
    assert!(!verified(idle));
    assert!(!verified(worse));
}

#[test]
fn fixing_goes_on_until_nothing_helps_and_writes_nothing() {
    let good = rule("good", |m, out| wordy(m, out, "test.example.net"));
    let inputs = inputs(SET);
    let fixed = fix(&inputs, &[good], &FixOptions::default());
    assert_eq!(fixed.applied.len(), 1);
    assert_eq!(fixed.applied[0].fix.as_ref().map(|f| f.applicability), Some(Applicability::Safe));
    assert!(fixed.files[0].after.contains("test.example.net"));
    assert!(fixed.remaining.findings.is_empty());
    assert_eq!(&*inputs.snapshot.read("apps.yaml").unwrap().text, SET);
}

#[test]
fn a_silence_needs_a_reason() {
    let good = rule("good", |m, out| wordy(m, out, "test.example.net"));
    let with = |comment: &str| {
        let text = SET.replacen("https://dev.example.net", &format!("https://dev.example.net  {comment}"), 1);
        let report = check(&inputs(&text), &[good]);
        (report.findings.len(), report.summary.silenced)
    };
    assert_eq!(with("# seatrial: ignore[good] moves next week"), (0, 1));
    assert_eq!(with("# seatrial: ignore[good]"), (1, 0));
    assert_eq!(with("# seatrial: ignore[other] not this"), (1, 0));
}

#[test]
fn a_consequence_is_folded_into_its_cause() {
    let cause = rule("cause", |m, out| wordy(m, out, "test.example.net"));
    let check_consequence: fn(&Model<'_>, &mut Sink<'_>) = |m, out| {
        for manifest in &m.manifests {
            out.push(out.finding(manifest.file.span_of(0..10), "therefore"));
        }
    };
    let consequence: &'static dyn Rule = Box::leak(Box::new(Try {
        meta: Meta {
            explained_by: &["cause"],
            ..Meta::new("consequence", Group::Naming, Severity::Error, "…")
        },
        check: check_consequence,
    }));
    let inputs = inputs(SET);
    let report = check(&inputs, &[cause, consequence]);
    assert_eq!(report.findings.iter().map(|f| (f.rule, f.hides)).collect::<Vec<_>>(), [("cause", 1)]);
    assert_eq!(report.summary.hidden, 1);
    assert_eq!(check(&inputs, &[consequence]).findings.len(), 1);
}

#[test]
fn the_same_trial_says_the_same() {
    let (inputs, rule) = (inputs(SET), locating("spec.destination.server"));
    let shown = |report: &Report| {
        report.findings.iter().map(|f| (f.fingerprint.clone(), f.span.start)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&check(&inputs, &[rule])), shown(&check(&inputs, &[rule])));
}

#[test]
fn a_trial_that_is_called_off_gives_up_before_the_next_rule() {
    /// Calls the trial off where it is `true`, and counts how often it runs.
    struct Calling(Meta, Stop, AtomicUsize, bool);
    impl Rule for Calling {
        fn meta(&self) -> &Meta {
            &self.0
        }
        fn check(&self, _: &Model<'_>, _: &mut Sink<'_>) {
            self.2.fetch_add(1, Ordering::Relaxed);
            if self.3 {
                self.1.ask();
            }
        }
    }
    let made = |name, stop: &Stop, calls| -> &'static Calling {
        let meta = Meta::new(name, Group::Naming, Severity::Error, "A rule under test.");
        Box::leak(Box::new(Calling(meta, stop.clone(), AtomicUsize::new(0), calls)))
    };
    let mut inputs = inputs(SET);
    let (first, second) =
        (made("first", &inputs.options.stop, true), made("second", &inputs.options.stop, false));
    let given_up = catch_unwind(AssertUnwindSafe(|| check(&inputs, &[first, second]))).err().unwrap();
    assert!(given_up.is::<Stopped>());
    assert_eq!((first.2.load(Ordering::Relaxed), second.2.load(Ordering::Relaxed)), (1, 0));

    inputs.options.stop = Stop::default();
    check(&inputs, &[second]);
    assert!(second.2.load(Ordering::Relaxed) > 0);
}
