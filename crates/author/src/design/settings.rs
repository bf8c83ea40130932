//! The chart's values for each target: every fact brought about by a value that was tried.

use std::collections::BTreeSet;

use seatrial_argocd::render::helm_version;
use seatrial_gotemplate::{Clock, Random};
use seatrial_helm::{KubeVersion, Options, Prepared, Values};
use seatrial_platform::{Platform, Replicas};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use super::Choice;
use crate::bench::{Bench, set};
use crate::goals::{self, Goal, Tag, reach};
use crate::intent::Intent;
use crate::question::Question;
use crate::targets::Target;

/// The values of one target.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) values: Values,
    pub(crate) choices: Vec<Choice>,
    /// All values that were set, in order.
    pub(crate) set: Vec<(Path, Value)>,
    /// Plain values that were set, by path.
    plain: Vec<Path>,
    /// The chart's own values, for those that other targets set.
    defaults: Values,
}

impl<'c> Bench<'c> {
    /// The chart as Argo CD would render it for a target. `None` only if Helm takes no such version of Kubernetes.
    pub(crate) fn for_release(
        prepared: &'c Prepared,
        platform: &Platform,
        target: &Target<'_>,
        app: &str,
        namespace: &str,
    ) -> Option<Self> {
        let version = helm_version(platform.version());
        let kubernetes = target.scope.kubernetes().map(|fact| fact.value.clone());
        let kube_version = match kubernetes {
            Some(text) => Some(KubeVersion::parse(&text, version).ok()?),
            None => None,
        };
        Some(Self::new(
            prepared,
            Options {
                version,
                release_name: format!("{app}-{}", target.environment),
                namespace: namespace.to_owned(),
                kube_version,
                // Only what depends on values may differ from render to render.
                clock: Clock::Fixed(1_700_000_000, 0),
                random: Random::Seeded(1),
                ..Options::default()
            },
        ))
    }
}

/// What values are sought for.
pub(crate) struct Wanted<'w> {
    pub(crate) intent: &'w Intent,
    /// The chart's name.
    pub(crate) chart: &'w str,
    /// The application's.
    pub(crate) app: &'w str,
    /// Values that are given already.
    pub(crate) base: Values,
}

/// Finds the values for a target.
pub(crate) fn find(
    wanted: &Wanted<'_>,
    target: &Target<'_>,
    namespace: &str,
    bench: &Bench<'_>,
    questions: &mut Vec<Question>,
) -> Settings {
    let Wanted { intent, chart, app, .. } = *wanted;
    let mut finder = Finder {
        bench,
        environment: target.environment,
        chart,
        values: wanted.base.clone(),
        choices: Vec::new(),
        set: Vec::new(),
        plain: Vec::new(),
        questions,
    };
    for (path, value) in &intent.values {
        if let Some(value) = value.get(target.environment) {
            finder.given(path, value);
        }
    }
    if let Err(error) = bench.render(&finder.values) {
        let text = format!("The chart `{}` does not render for {}: {error}", chart, target.environment);
        finder.questions.push(Question::open(
            "chart-values",
            text,
            "give the values it needs with --value PATH=VALUE",
        ));
        return Settings { values: finder.values, ..Settings::default() };
    }
    let scope = &target.scope;
    if let Some(goal) = goals::allowed_registries(scope, bench, &finder.values) {
        let key = scope.registries().map(|f| f.key).unwrap_or_default();
        finder.reach(&goal, &key, "images come from registries that are allowed");
    }
    if let Some(tag) = intent.tag.get(target.environment) {
        let wanted = Tag { tag, names: vec![app, chart] };
        let goal = goals::tag(&wanted, bench, &finder.values);
        finder.reach(&goal, "the intent", "the image has the tag that was asked for");
    }
    let defaults = bench.coalesced(&finder.values).unwrap_or_default();
    finder.pull_secrets(target, namespace, &defaults);
    finder.replicas(intent, target, &defaults);
    if let Some(fact) = scope.resources() {
        finder.reach(
            &goals::resources(fact.value, &defaults),
            &fact.key,
            "requests and limits are within bounds",
        );
    }
    if let (Some(goal), Some(fact)) = (goals::node_selector(scope, &defaults), scope.node_selector()) {
        finder.reach(&goal, &fact.key, "pods ask for their nodes");
    }
    if let Some(goal) = goals::tolerations(scope, target.cluster, &defaults) {
        let key = format!("clusters.{}.nodes", target.cluster.name.value);
        finder.reach(&goal, &key, "pods tolerate the taints of their nodes");
    }
    for (part, said) in &intent.amounts {
        if let Some(said) = said.get(target.environment) {
            let goal = goals::amount_of(part, said, &bench.coalesced(&finder.values).unwrap_or_default());
            finder.reach(&goal, "the intent", "containers have the amount that was asked for");
        }
    }
    if let Some(host) = intent.host.get(target.environment) {
        finder.reach(&goals::host(host, &defaults), "the intent", "an Ingress answers for the host");
    }
    // What was turned on above may bring values into play that count only now.
    let defaults_now = bench.coalesced(&finder.values).unwrap_or_default();
    if let (Some(goal), Some(fact)) = (goals::ingress_class(scope, &defaults_now), scope.ingress_classes()) {
        finder.reach(&goal, &fact.key, "the Ingress has a class of the cluster");
    }
    if let (Some(goal), Some(fact)) = (goals::storage_class(scope, &defaults_now), scope.storage_classes()) {
        finder.reach(&goal, &fact.key, "volumes have a storage class of the cluster");
        if let Some(goal) = goals::explicit_storage_class(scope, &defaults_now) {
            finder.reach_if_possible(&goal, &fact.key);
        }
    }
    finder.availability(target, app, &defaults_now);
    let Finder { values, choices, set, plain, .. } = finder;
    Settings { values, choices, set, plain, defaults }
}

struct Finder<'f, 'b> {
    bench: &'f Bench<'b>,
    environment: &'f str,
    chart: &'f str,
    values: Values,
    choices: Vec<Choice>,
    set: Vec<(Path, Value)>,
    plain: Vec<Path>,
    questions: &'f mut Vec<Question>,
}

impl Finder<'_, '_> {
    /// A value that was given as such: it must be one that the chart knows.
    fn given(&mut self, path: &Path, value: &Value) {
        let known = self
            .bench
            .coalesced(&self.values)
            .is_some_and(|values| path.lookup(&Value::Object(values)).is_some());
        let before = self.bench.render(&self.values).ok().map(|r| r.objects.clone());
        set(&mut self.values, path, value.clone());
        let after = self.bench.render(&self.values).ok().map(|r| r.objects.clone());
        if !known && before == after && before.is_some() {
            self.ask(
                "value",
                format!("The chart `{}` has no value `{path}`: is it misspelled?", self.chart),
                "--value",
            );
        }
        self.note("the intent", &[(path.clone(), value.clone())]);
    }

    fn reach(&mut self, goal: &Goal<'_>, because: &str, what: &str) {
        match reach(self.bench, &mut self.values, goal) {
            Ok(reached) => {
                self.note(because, &reached.set);
                if !reached.left.is_empty() {
                    let mut left = reached.left;
                    left.dedup();
                    let shown = left.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
                    let text = format!(
                        "No value of the chart `{}` was found by which {what} in {}: {shown}. How shall that be done?",
                        self.chart, self.environment
                    );
                    self.ask(
                        "chart-values",
                        text,
                        "change the chart, or give the value with --value ENV:PATH=VALUE",
                    );
                }
            }
            Err(error) => {
                let text =
                    format!("The chart `{}` does not render for {}: {error}", self.chart, self.environment);
                self.ask("chart-values", text, "--value PATH=VALUE");
            }
        }
    }

    /// The same for what would be good to have, and is no fault if the chart cannot do it.
    fn reach_if_possible(&mut self, goal: &Goal<'_>, because: &str) {
        if let Ok(reached) = reach(self.bench, &mut self.values, goal) {
            self.note(because, &reached.set);
        }
    }

    fn pull_secrets(&mut self, target: &Target<'_>, namespace: &str, defaults: &Values) {
        if let Some(goal) = goals::no_pull_secret(&target.scope, defaults) {
            let key = target.scope.pull_secret().map(|f| f.key).unwrap_or_default();
            self.reach(&goal, &key, "no pod names a pull secret");
        }
        let Ok(rendered) = self.bench.render(&self.values) else { return };
        match goals::pull_secret(&target.scope, namespace, &rendered.objects, defaults) {
            Ok(Some(goal)) => {
                let key = target.scope.pull_secret().map_or_else(|| "registries".to_owned(), |f| f.key);
                self.reach(&goal, &key, "images are pulled with their secret");
                self.hint_service_account(namespace);
            }
            Ok(None) => {}
            Err(image) => {
                let text = format!("Which pull secret has {} for {image}?", self.environment);
                let answer = format!("environments.{}.pullSecret in the platform file", self.environment);
                self.ask("pull-secret", text, &answer);
            }
        }
    }

    /// A pull secret need not come from the chart.
    fn hint_service_account(&mut self, namespace: &str) {
        let environment = self.environment;
        let lacking = |q: &&mut Question| {
            q.text.contains("pulled with their secret") && q.text.contains(&format!(" in {environment}:"))
        };
        if let Some(question) = self.questions.iter_mut().find(lacking) {
            question.answer = format!(
                "let a service account of `{namespace}` bring it (environments.{environment}.namespaces.{namespace}.serviceAccounts in the platform file), or change the chart"
            );
        }
    }

    fn replicas(&mut self, intent: &Intent, target: &Target<'_>, defaults: &Values) {
        let fact = target.scope.replicas();
        let said = intent.replicas.get(target.environment).copied();
        let (wanted, because) = match (said, &fact) {
            (Some(n), Some(fact)) if !fact.value.allows(n) => {
                let text = format!(
                    "{n} replicas were asked for in {}, and `{}` says otherwise: which holds?",
                    self.environment, fact.key
                );
                self.ask("replicas", text, "change the fact, or the intent");
                (fact.value.clone(), fact.key.clone())
            }
            (Some(n), fact) => {
                let because = fact.as_ref().filter(|fact| *fact.value == Replicas::Exactly(n));
                (
                    Replicas::Exactly(n),
                    because.map_or_else(|| "the intent".to_owned(), |fact| fact.key.clone()),
                )
            }
            (None, Some(fact)) => (fact.value.clone(), fact.key.clone()),
            (None, None) => {
                let high = target.scope.high_availability().filter(|f| f.value.required);
                let Some(fact) = high else { return };
                let least = fact.value.min_replicas.as_ref().map_or(2, |m| m.value);
                (Replicas::Between(Some(least), None), fact.key)
            }
        };
        self.reach(&goals::replicas(&wanted, defaults), &because, "workloads have the replicas of the place");
    }

    /// What high availability asks for besides replicas.
    fn availability(&mut self, target: &Target<'_>, app: &str, defaults: &Values) {
        let Some(fact) = target.scope.high_availability().filter(|f| f.value.required) else { return };
        if fact.value.disruption_budget.as_ref().is_some_and(|budget| budget.value) {
            self.reach(
                &goals::disruption_budget(defaults),
                &fact.key,
                "a disruption budget protects the pods",
            );
        }
        if let Some(topology) = &fact.value.spread_over {
            let Ok(rendered) = self.bench.render(&self.values) else { return };
            let release = format!("{app}-{}", target.environment);
            match goals::spread(topology, defaults, &rendered.objects, &release) {
                Some(goal) => self.reach(&goal, &fact.key, "pods are spread"),
                None => {
                    let text = format!(
                        "By which labels shall pods be spread over `{topology}` in {}?",
                        self.environment
                    );
                    self.ask("chart-values", text, "--value ENV:topologySpreadConstraints=…");
                }
            }
        }
    }

    /// Remembers what values rest on.
    fn note(&mut self, because: &str, set: &[(Path, Value)]) {
        if set.is_empty() {
            return;
        }
        let mut keys = Vec::new();
        self.set.extend_from_slice(set);
        for (path, value) in set {
            if !value.is_object() && !value.is_array() {
                self.plain.push(path.clone());
            }
            if let Some(Segment::Key(key)) = path.segments().first() {
                keys.push(key.to_string());
            }
        }
        match self.choices.iter_mut().find(|choice| choice.because == because) {
            Some(known) => known.keys.extend(keys),
            None => self.choices.push(Choice { parameter: "helm", because: because.to_owned(), keys }),
        }
    }

    fn ask(&mut self, id: &'static str, text: String, answer: &str) {
        let question = Question::open(id, text, answer);
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
    }
}

/// Gives each target the chart's own value where another sets one: what differs is then seen side by side. Only numbers
/// and texts: a list, map or switch that is not needed stays away.
pub(super) fn even_out(own: &mut [Settings]) {
    let paths: BTreeSet<Path> = own.iter().flat_map(|settings| settings.plain.iter().cloned()).collect();
    for settings in own {
        for path in &paths {
            if path.lookup(&Value::Object(settings.values.clone())).is_some() {
                continue;
            }
            let default = path.lookup(&Value::Object(settings.defaults.clone())).cloned();
            let telling =
                |value: &Value| value.is_number() || value.as_str().is_some_and(|text| !text.is_empty());
            if let Some(value) = default.filter(telling) {
                set(&mut settings.values, path, as_written(value));
            }
        }
    }
}

/// Helm's numbers are floats; those that are whole are written as such.
fn as_written(value: Value) -> Value {
    match value.as_f64() {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => (number as i64).into(),
        _ => value,
    }
}

/// The top-level values that all have in common; they are taken out of each. A key stays together: the patch adds keys
/// to those of the template, and cannot change within one.
pub(super) fn shared(own: &mut [Settings]) -> (Values, Vec<Choice>) {
    let mut out = Values::new();
    let mut choices: Vec<Choice> = Vec::new();
    let Some((first, rest)) = own.split_first() else { return (out, choices) };
    for (key, value) in &first.values {
        if rest.iter().all(|other| other.values.get(key) == Some(value)) {
            out.insert(key.clone(), value.clone());
        }
    }
    for one in own {
        one.values.retain(|key, _| !out.contains_key(key));
        for choice in &mut one.choices {
            let (shared, left) = choice.keys.drain(..).partition(|key| out.contains_key(key));
            choice.keys = left;
            let shared = Choice { keys: shared, ..choice.clone() };
            if !shared.keys.is_empty() && !choices.iter().any(|known| known.because == shared.because) {
                choices.push(shared);
            }
        }
        one.choices.retain(|choice| !choice.keys.is_empty());
    }
    (out, choices)
}
