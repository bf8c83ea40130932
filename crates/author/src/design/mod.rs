//! The set before it is written: what each element says, and what all share.

mod naming;
mod selector;
pub(crate) mod settings;
pub(crate) mod source;
mod sync;

use seatrial_helm::Values;
use seatrial_platform::Platform;
use serde_json::{Map, Value};

use crate::bench::Bench;
use crate::charts::{ChartPlace, ChartSource, Charts};
use crate::intent::Intent;
use crate::question::Question;
use crate::targets::{Target, targets};

/// A choice, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The parameter of the element it is told at.
    pub(crate) parameter: &'static str,
    /// A fact's key, or where else it comes from.
    pub(crate) because: String,
    /// The top-level values of the chart that it settles.
    pub(crate) keys: Vec<String>,
}

/// One element of the list, with the parameters that its templates read.
pub(crate) struct Element {
    /// In the order in which they are written.
    pub(crate) parameters: Vec<(&'static str, Value)>,
    /// The chart's values that are this element's own.
    pub(crate) helm: Values,
    /// Its own part of the sync policy.
    pub(crate) sync: Map<String, Value>,
    pub(crate) choices: Vec<Choice>,
}

/// How elements become clusters.
pub(crate) enum Clusters {
    /// Each element is one.
    Listed,
    /// Those that Argo CD knows with this label, whose value is an element's parameter or its environment.
    Selected(String, &'static str),
}

/// The whole set.
pub(crate) struct Design {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// What it is, for the first comment.
    pub(crate) title: String,
    pub(crate) clusters: Clusters,
    pub(crate) elements: Vec<Element>,
    pub(crate) application: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) project: String,
    /// `repoURL`, `path` or `chart`, `targetRevision`.
    pub(crate) source: Vec<(&'static str, String)>,
    /// Values that all elements share.
    pub(crate) values: Values,
    /// What those rest on.
    pub(crate) choices: Vec<Choice>,
    /// `server` or `name`, and `namespace`.
    pub(crate) destination: Vec<(&'static str, String)>,
    /// The part of the sync policy that all share.
    pub(crate) sync: Map<String, Value>,
}

/// The whole sync policy of a target, by the facts.
pub(crate) fn sync_policy(
    platform: &Platform,
    target: &Target<'_>,
    namespace: &str,
    questions: &mut Vec<Question>,
) -> Map<String, Value> {
    sync::of(platform, target, namespace, questions).policy
}

/// Designs the set; `None` when a question has to be answered first.
pub(crate) fn design(
    intent: &Intent,
    platform: &Platform,
    charts: &Charts<'_>,
    questions: &mut Vec<Question>,
) -> Option<Design> {
    let chart = source::chart(intent, charts, questions);
    let targets = targets(intent, platform, questions);
    let chart = chart?;
    if targets.is_empty() || questions.iter().any(|q| matches!(q.id, "cluster" | "environment")) {
        return None;
    }
    let app = intent.app.clone().unwrap_or_else(|| chart.name.clone());
    let namespace = naming::namespace(intent, platform, &targets, &app, questions);
    let prepared = match charts.load(chart) {
        Ok(prepared) => Some(prepared),
        Err(reason) => {
            questions.push(
                Question::open(
                    "chart",
                    format!("The chart `{}` cannot be rendered here, so which of its values carry the facts is not known: {reason}", chart.name),
                    "make it available under `repositories`, or fetch it with --fetch",
                ),
            );
            None
        }
    };
    let mut own: Vec<settings::Settings> = Vec::new();
    for target in &targets {
        let at = namespace.of(target, &app);
        own.push(match &prepared {
            Some(prepared) => {
                let bench = Bench::for_release(prepared, platform, target, &app, &at)?;
                {
                    let wanted =
                        settings::Wanted { intent, chart: &chart.name, app: &app, base: Values::new() };
                    settings::find(&wanted, target, &at, &bench, questions)
                }
            }
            None => settings::Settings::default(),
        });
    }
    settings::even_out(&mut own);
    let mut syncs: Vec<sync::Own> = targets
        .iter()
        .map(|target| sync::of(platform, target, &namespace.of(target, &app), questions))
        .collect();
    let ((values, choices), sync) = (settings::shared(&mut own), sync::shared(&mut syncs));
    let revisions = source::revisions(intent, chart, charts, &targets, questions);
    let selected = selector::select(intent, platform, &targets, &own, &syncs, questions);
    let cluster_in_name = naming::needs_cluster(&targets) || selected.is_some();
    let elements = elements(platform, &targets, own, syncs, &revisions, &namespace, selected.as_ref());
    let destination = destination(&targets, selected.is_some());
    let application = naming::application(platform, &app, cluster_in_name, selected.is_some());
    Some(Design {
        title: title(&app, &targets),
        project: naming::project(intent, platform, &app, chart, &targets, &namespace, questions),
        labels: naming::labels(platform, &app, questions),
        namespace: platform.namespace().to_owned(),
        clusters: selected.map_or(Clusters::Listed, |s| Clusters::Selected(s.label, s.parameter)),
        application,
        source: source_fields(chart, &revisions),
        destination: destination.into_iter().chain([("namespace", namespace.template(&app))]).collect(),
        name: app,
        elements,
        values,
        choices,
        sync,
    })
}

fn title(app: &str, targets: &[Target<'_>]) -> String {
    let mut names: Vec<&str> = targets.iter().map(|target| target.environment).collect();
    names.dedup();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{app} in {} and {last}", rest.join(", ")),
        _ => format!("{app} in {}", names.join(", ")),
    }
}

fn source_fields(chart: &ChartSource, revisions: &source::Revisions) -> Vec<(&'static str, String)> {
    let mut out = vec![("repoURL", chart.url.clone())];
    match &chart.place {
        ChartPlace::Folder(folder) => {
            let path = if folder.is_empty() { "." } else { folder };
            out.push(("path", path.to_owned()));
        }
        ChartPlace::Packaged => out.push(("chart", chart.name.clone())),
    }
    out.push(("targetRevision", revisions.template()));
    out
}

/// By address where all are known by one, else by name.
fn destination(targets: &[Target<'_>], selected: bool) -> Vec<(&'static str, String)> {
    let by_server = selected || targets.iter().all(|target| target.cluster.server.is_some());
    vec![if by_server {
        ("server", "{{ .server }}".to_owned())
    } else {
        ("name", "{{ .cluster }}".to_owned())
    }]
}

fn elements(
    platform: &Platform,
    targets: &[Target<'_>],
    own: Vec<settings::Settings>,
    syncs: Vec<sync::Own>,
    revisions: &source::Revisions,
    namespace: &naming::Namespaces,
    selected: Option<&selector::Selected>,
) -> Vec<Element> {
    let by_server = targets.iter().all(|target| target.cluster.server.is_some());
    let name_clusters = naming::needs_cluster(targets);
    let mut out: Vec<Element> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for ((target, own), sync) in targets.iter().zip(own).zip(syncs) {
        if selected.is_some() && seen.contains(&target.environment) {
            continue;
        }
        seen.push(target.environment);
        let mut parameters: Vec<(&'static str, Value)> = vec![("env", target.environment.into())];
        match selected {
            Some(selected) => {
                if selected.parameter != "env" {
                    parameters.push((selected.parameter, selected.value(target).into()));
                }
            }
            None => {
                if name_clusters || !by_server {
                    parameters.push(("cluster", target.cluster_name(platform).into()));
                }
                if let Some(server) = target.cluster.server.as_ref().filter(|_| by_server) {
                    parameters.push(("server", server.value.as_str().into()));
                }
            }
        }
        if let Some(revision) = revisions.own(target) {
            parameters.push(("revision", revision.into()));
        }
        if let Some(namespace) = namespace.own(target) {
            parameters.push(("namespace", namespace.into()));
        }
        let mut choices = own.choices;
        choices.extend(sync.because.map(|because| Choice { parameter: "sync", because, keys: Vec::new() }));
        out.push(Element { parameters, helm: own.values, sync: sync.policy, choices });
    }
    out
}
