//! What an Application is to have, as values of its chart or fields of its own: by the intent, and by the facts of a new place.

use seatrial_gotemplate::{Clock, Random};
use seatrial_helm::{Options, Values};
use seatrial_platform::Scope;
use seatrial_yaml::Path;
use serde_json::Value;

use super::change::Aim;
use super::scene::App;
use crate::bench::{Bench, set};
use crate::design::settings::{self, Wanted};
use crate::goals::{self, Goal, Tag, reach};
use crate::intent::Intent;
use crate::question::Question;
use crate::targets::Target;

/// What the intent says of an Application. What is said for everywhere counts where the intent speaks of the place.
pub(super) fn of_intent(
    intent: &Intent,
    app: &App,
    name: &str,
    environment: &str,
    spoken_of: bool,
    scope: &Scope<'_>,
    questions: &mut Vec<Question>,
) -> Vec<(Aim, Value)> {
    let mut out = Vec::new();
    let short = name.rsplit('/').next().unwrap_or(name).to_owned();
    if let Some(revision) = intent.revision.get_where(environment, spoken_of) {
        let at = app.source.join("targetRevision");
        out.push((Aim::Field(at), Value::from(revision.as_str())));
    }
    let Some(run) = &app.run else {
        if intent.says_of_chart(environment, spoken_of) {
            questions.push(Question::open(
                "edit",
                format!("Which values has {short}? Its chart cannot be rendered here."),
                "make the chart available under `repositories`, or fetch it with --fetch",
            ));
        }
        return out;
    };
    let options =
        Options { clock: Clock::Fixed(1_700_000_000, 0), random: Random::Seeded(1), ..run.options.clone() };
    let bench = Bench::new(&run.chart, options);
    let mut values = run.values.clone();
    let mut found: Vec<(Path, Value)> = Vec::new();
    let mut conflict = None;
    for (path, value) in &intent.values {
        if let Some(value) = value.get_where(environment, spoken_of) {
            let known = bench.coalesced(&values).is_some_and(|v| path.lookup(&Value::Object(v)).is_some());
            let before = bench.render(&values).ok();
            set(&mut values, path, value.clone());
            let after = bench.render(&values).ok();
            let same = before.zip(after).is_some_and(|(a, b)| a.objects == b.objects);
            if !known && same {
                questions.push(Question::open(
                    "value",
                    format!("The chart of {short} has no value `{path}`: is it misspelled?"),
                    "--value",
                ));
                continue;
            }
            found.push((path.clone(), value.clone()));
        }
    }
    let mut want = |goal: &Goal<'_>, values: &mut Values, what: &str| match reach(&bench, values, goal) {
        Ok(reached) if reached.left.is_empty() => found.extend(reached.set),
        Ok(reached) => questions.push(Question::open(
            "chart-values",
            format!(
                "No value of the chart of {short} was found by which {what}: {}. How shall that be done?",
                reached.left.join("; ")
            ),
            "change the chart, or give the value with --value ENV:PATH=VALUE",
        )),
        Err(error) => questions.push(Question::open(
            "chart-values",
            format!("The chart does not render for {short}: {error}"),
            "--value PATH=VALUE",
        )),
    };
    if let Some(tag) = intent.tag.get_where(environment, spoken_of) {
        let chart = app.chart().unwrap_or_default();
        let named = intent.app.as_deref().unwrap_or(chart);
        let wanted = Tag { tag, names: vec![named, chart] };
        let goal = goals::tag(&wanted, &bench, &values);
        want(&goal, &mut values, "the image has the tag that was asked for");
    }
    let defaults = |values: &Values| bench.coalesced(values).unwrap_or_default();
    if let Some(count) = intent.replicas.get_where(environment, spoken_of) {
        let broken = scope.replicas().filter(|fact| !fact.value.allows(*count)).map(|fact| fact.key);
        if let Some(key) = broken {
            conflict = Some(Question::open(
                "replicas",
                format!(
                    "{count} replicas were asked for in {environment}, and `{key}` says otherwise: which holds?"
                ),
                "change the fact, or the intent",
            ));
        } else {
            let exactly = seatrial_platform::Replicas::Exactly(*count);
            want(
                &goals::replicas(&exactly, &defaults(&values)),
                &mut values,
                "workloads have so many replicas",
            );
        }
    }
    for (part, amount) in &intent.amounts {
        if let Some(amount) = amount.get_where(environment, spoken_of) {
            want(
                &goals::amount_of(part, amount, &defaults(&values)),
                &mut values,
                "containers have the amount asked for",
            );
        }
    }
    if let Some(host) = intent.host.get_where(environment, spoken_of) {
        want(&goals::host(host, &defaults(&values)), &mut values, "an Ingress answers for the host");
        let now = defaults(&values);
        if let Some(goal) = goals::ingress_class(scope, &now) {
            want(&goal, &mut values, "the Ingress has a class of the cluster");
        }
    }
    out.extend(found.into_iter().map(|(path, value)| (Aim::Value(path), value)));
    questions.extend(conflict);
    out
}

/// What the facts demand of a new place, as values.
pub(super) fn of_facts(
    app: &App,
    name: &str,
    target: &Target<'_>,
    namespace: &str,
    questions: &mut Vec<Question>,
) -> Vec<(Path, Value)> {
    let Some(run) = &app.run else { return Vec::new() };
    let options =
        Options { clock: Clock::Fixed(1_700_000_000, 0), random: Random::Seeded(1), ..run.options.clone() };
    let bench = Bench::new(&run.chart, options);
    let short = name.rsplit('/').next().unwrap_or(name);
    let wanted = Wanted {
        intent: &Intent::default(),
        chart: app.chart().unwrap_or_default(),
        app: short,
        base: run.values.clone(),
    };
    settings::find(&wanted, target, namespace, &bench, questions).set
}

impl Intent {
    /// Whether anything is said that only values of a chart can bring about.
    fn says_of_chart(&self, environment: &str, everywhere: bool) -> bool {
        self.tag.get_where(environment, everywhere).is_some()
            || self.host.get_where(environment, everywhere).is_some()
            || self.replicas.get_where(environment, everywhere).is_some()
            || self.amounts.iter().any(|(_, amount)| amount.get_where(environment, everywhere).is_some())
            || self.values.iter().any(|(_, value)| value.get_where(environment, everywhere).is_some())
    }
}
