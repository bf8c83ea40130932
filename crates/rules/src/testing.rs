//! Trying a rule on texts, through the real pipeline.

use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot};
use seatrial_trial::{Finding, FixOptions, Inputs, Options, Report, Rule};

/// The name that a tried text has.
pub(crate) const NAME: &str = "manifest.yaml";

/// The name of the platform file.
const PLATFORM_NAME: &str = "seatrial.yaml";

/// A platform of two environments, for rules that judge by facts.
pub(crate) const PLATFORM: &str = "\
argocd: {runsIn: hub}
clusters:
  hub: {server: https://kubernetes.default.svc, environment: tools}
  dev-1: {server: https://dev.acme.dev, environment: dev}
  prod-1: {server: https://prod.acme.dev, environment: prod}
environments:
  tools: {}
  dev: {registries: [ghcr.io], sync: {automated: true}, namespaces: {shop: {}}, storageClasses: [standard], ingressClasses: [nginx]}
  prod:
    registries: [registry.acme.dev]
    pullSecret: acme-prod
    replicas: {min: 3}
    sync: manual
    nodeSelector: {workload: apps}
    resources: {limits: {memory: {max: 1Gi}}, required: true}
    namespaces: {shop: {secrets: [acme-prod]}, bare: {secrets: []}}
    storageClasses: [ebs-gp3]
    ingressClasses: [alb]
registries: {ghcr.io: {pullSecret: false}}
repositories: {https://git.acme.dev/deploy.git: {}, https://charts.acme.dev: {type: helm}}
";

/// An Application: four lines of head, then these lines of its spec.
pub(crate) fn application(name: &str, spec: &[&str]) -> String {
    let lines: Vec<String> = spec.iter().map(|line| format!("  {line}\n")).collect();
    let lines = lines.concat();
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n{lines}"
    )
}

/// An Application for `prod-1` with these Helm values, which stand in line 5 from column 31.
pub(crate) fn in_prod(values: &str) -> String {
    application(
        "a-prod",
        &[
            &format!("source: {{helm: {{valuesObject: {values}}}}}"),
            "destination: {name: prod-1, namespace: shop}",
        ],
    )
}

/// The same for `dev-1`.
pub(crate) fn in_dev(values: &str) -> String {
    in_prod(values).replace("a-prod", "a-dev").replace("prod-1", "dev-1")
}

/// An Application for `prod-1` of a folder of plain manifests.
pub(crate) fn deployed() -> String {
    application(
        "a-prod",
        &[
            "source: {repoURL: https://git.acme.dev/deploy.git, targetRevision: v1, path: a}",
            "destination: {name: prod-1, namespace: shop}",
        ],
    )
}

/// A rule under test.
pub(crate) struct Tester {
    rule: &'static dyn Rule,
    others: bool,
    platform: Option<String>,
    files: Vec<(String, String)>,
    /// Files of repositories, which are no manifests.
    around: Vec<(String, String)>,
}

impl Tester {
    /// Tries a rule alone, without platform file.
    pub(crate) fn new(rule: &'static dyn Rule) -> Self {
        Self { rule, others: false, platform: None, files: Vec::new(), around: Vec::new() }
    }

    /// With this platform file.
    pub(crate) fn platform(mut self, text: &str) -> Self {
        self.platform = Some(text.to_owned());
        self
    }

    /// With all other rules at work: what blocks is mended, fixes must not bring what another rule finds.
    pub(crate) fn with_all_rules(mut self) -> Self {
        self.others = true;
        self
    }

    /// With another file beside the manifest.
    pub(crate) fn beside(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// With a file that is not looked at for itself, such as a chart's.
    pub(crate) fn around(mut self, path: &str, text: &str) -> Self {
        self.around.push((path.to_owned(), text.to_owned()));
        self
    }

    /// What is found in an Application of these manifests on [`PLATFORM`]: for each finding a part of its message, in the
    /// order of messages.
    #[track_caller]
    pub(crate) fn finds_deployed(&self, manifests: &str, expected: &[&str]) {
        self.finds_deployed_on(PLATFORM, manifests, expected);
    }

    /// The same on another platform, which has the repository of [`PLATFORM`].
    #[track_caller]
    pub(crate) fn finds_deployed_on(&self, platform: &str, manifests: &str, expected: &[&str]) {
        let rule = self.rule.meta().name;
        let found = self.report_deployed_on(platform, manifests).findings;
        let mut messages: Vec<String> =
            found.into_iter().filter(|finding| finding.rule == rule).map(|finding| finding.message).collect();
        messages.sort();
        let same = messages.len() == expected.len()
            && messages.iter().zip(expected).all(|(message, part)| message.contains(part));
        assert!(same, "found {messages:#?}\nexpected {expected:#?}\nin:\n{manifests}");
    }

    /// The trial of an Application of these manifests.
    pub(crate) fn report_deployed_on(&self, platform: &str, manifests: &str) -> Report {
        let git = "https://git.acme.dev/deploy.git: {}";
        let found =
            platform.replace(git, "https://git.acme.dev/deploy.git: {path: deploy, anyRevision: true}");
        let tester = Self {
            rule: self.rule,
            others: false,
            platform: Some(found),
            files: vec![("deploy/a/all.yaml".to_owned(), manifests.to_owned())],
            around: Vec::new(),
        };
        tester.report(&deployed())
    }

    fn rules(&self) -> Vec<&'static dyn Rule> {
        if self.others { crate::all().to_vec() } else { vec![self.rule] }
    }

    fn inputs(&self, text: &str) -> Inputs {
        let mut memory = Memory::new();
        memory.insert(NAME, text);
        for (path, text) in self.files.iter().chain(&self.around) {
            memory.insert(path, text.as_str());
        }
        let paths =
            std::iter::once(NAME.to_owned()).chain(self.files.iter().map(|(p, _)| p.clone())).collect();
        if let Some(platform) = &self.platform {
            memory.insert(PLATFORM_NAME, platform.as_str());
        }
        let snapshot: Arc<dyn Snapshot> = Arc::new(memory);
        let platform = match self.platform {
            Some(_) => Platform::from_tree(&snapshot, PLATFORM_NAME).unwrap_or_default(),
            None => Platform::none(),
        };
        Inputs { snapshot, root: None, paths, platform: Arc::new(platform), options: Options::default() }
    }

    /// The trial of a text.
    pub(crate) fn report(&self, text: &str) -> Report {
        seatrial_trial::check(&self.inputs(text), &self.rules())
    }

    /// The Applications that Argo CD would make of a text as it stands.
    pub(crate) fn expanded(&self, text: &str) -> Vec<serde_json::Value> {
        seatrial_trial::expand(&self.inputs(text)).applications
    }

    /// What the rule finds in a text.
    pub(crate) fn findings(&self, text: &str) -> Vec<Finding> {
        let rule = self.rule.meta().name;
        self.report(text).findings.into_iter().filter(|f| f.rule == rule).collect()
    }

    /// Texts in which the rule must find nothing.
    #[track_caller]
    pub(crate) fn pass(self, texts: &[&str]) -> Self {
        for text in texts {
            let found: Vec<String> = self.shown(text);
            assert!(found.is_empty(), "found {found:#?}\nin:\n{text}");
        }
        self
    }

    /// Texts in which the rule must find something.
    #[track_caller]
    pub(crate) fn fail(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(!self.findings(text).is_empty(), "nothing found in:\n{text}");
        }
        self
    }

    /// What exactly is found in a text: for each finding `line:column part of the message` (or only
    /// `line`), in order.
    #[track_caller]
    pub(crate) fn finds(self, text: &str, expected: &[&str]) -> Self {
        let found = self.shown(text);
        let is_at = |f: &str, place: &str| {
            let end = if place.contains(':') { ' ' } else { ':' };
            f.starts_with(&format!("{place}{end}"))
        };
        let same = found.len() == expected.len()
            && found.iter().zip(expected).all(|(f, e)| match e.split_once(' ') {
                Some((place, part)) => is_at(f, place) && f.contains(part),
                None => is_at(f, e),
            });
        assert!(same, "found {found:#?}\nexpected {expected:#?}\nin:\n{text}");
        self
    }

    /// The findings as `line:column message (+fix)`.
    pub(crate) fn shown(&self, text: &str) -> Vec<String> {
        let report = self.report(text);
        let rule = self.rule.meta().name;
        let shown = report.findings.iter().filter(|f| f.rule == rule).map(|f| {
            let at = report.file(f.span.file).map(|file| file.line_col(f.span.start as usize));
            let (line, column) = at.map_or((0, 0), |at| (at.line, at.column));
            format!("{line}:{column} {}", f.message)
        });
        shown.collect()
    }

    /// What verified fixes, risky ones included, make of texts.
    #[track_caller]
    pub(crate) fn fixes(self, cases: &[(&str, &str)]) -> Self {
        for (before, after) in cases {
            assert_eq!(self.fixed(before, true), *after, "fixing:\n{before}");
        }
        self
    }

    /// What verified fixes that keep the meaning make of texts.
    #[track_caller]
    pub(crate) fn fixes_safely(self, cases: &[(&str, &str)]) -> Self {
        for (before, after) in cases {
            assert_eq!(self.fixed(before, false), *after, "fixing:\n{before}");
        }
        self
    }

    /// Every file that verified fixes, risky ones included, change: `path: text` each.
    pub(crate) fn mended(&self, text: &str) -> Vec<(String, String)> {
        let options = FixOptions { unsafe_fixes: true, rules: Vec::new() };
        let fixed = seatrial_trial::fix(&self.inputs(text), &self.rules(), &options);
        fixed.files.into_iter().map(|file| (file.path, file.after.to_string())).collect()
    }

    /// A text after all fixes.
    pub(crate) fn fixed(&self, text: &str, risky: bool) -> String {
        let options = FixOptions { unsafe_fixes: risky, rules: Vec::new() };
        let fixed = seatrial_trial::fix(&self.inputs(text), &self.rules(), &options);
        let file = fixed.files.iter().find(|f| f.path == NAME);
        file.map_or_else(|| text.to_owned(), |f| f.after.to_string())
    }
}
