//! Names: of Applications, namespaces, projects and labels.

use seatrial_argocd::project::Project;
use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_platform::Platform;

use crate::charts::ChartSource;
use crate::intent::Intent;
use crate::question::Question;
use crate::targets::Target;

/// Whether environments are not enough to tell Applications apart.
pub(super) fn needs_cluster(targets: &[Target<'_>]) -> bool {
    targets
        .iter()
        .enumerate()
        .any(|(at, target)| targets[at + 1..].iter().any(|other| other.environment == target.environment))
}

/// The template of the Applications' names.
pub(super) fn application(platform: &Platform, app: &str, with_cluster: bool, selected: bool) -> String {
    let stated = platform.conventions.application_name.as_ref().map(|name| name.value.clone());
    let mut pattern = stated.unwrap_or_else(|| "{app}-{env}".to_owned());
    if with_cluster && !pattern.contains("{cluster}") {
        pattern.push_str("-{cluster}");
    }
    filled(&pattern, app, if selected { "{{ .nameNormalized }}" } else { "{{ .cluster }}" })
}

/// A pattern of the platform file as a template.
fn filled(pattern: &str, app: &str, cluster: &str) -> String {
    pattern.replace("{app}", app).replace("{env}", "{{ .env }}").replace("{cluster}", cluster)
}

/// The target namespace of each target.
pub(super) struct Namespaces {
    pattern: String,
    /// Where the places' own namespaces differ.
    own: Vec<(String, String)>,
}

impl Namespaces {
    /// The namespace at a target.
    pub(super) fn of(&self, target: &Target<'_>, app: &str) -> String {
        let own = self.own.iter().find(|(place, _)| place == target.place());
        own.map_or_else(
            || {
                let cluster = target.place();
                self.pattern
                    .replace("{app}", app)
                    .replace("{env}", target.environment)
                    .replace("{cluster}", cluster)
            },
            |(_, namespace)| namespace.clone(),
        )
    }

    /// What stands in the template.
    pub(super) fn template(&self, app: &str) -> String {
        if self.own.is_empty() {
            filled(&self.pattern, app, "{{ .cluster }}")
        } else {
            "{{ .namespace }}".to_owned()
        }
    }

    /// What stands in an element.
    pub(super) fn own(&self, target: &Target<'_>) -> Option<&str> {
        self.own.iter().find(|(place, _)| place == target.place()).map(|(_, namespace)| namespace.as_str())
    }
}

/// As the intent says; else by convention; else the one that each place declares; else the application's name.
pub(super) fn namespace(
    intent: &Intent,
    platform: &Platform,
    targets: &[Target<'_>],
    app: &str,
    questions: &mut Vec<Question>,
) -> Namespaces {
    let all = |pattern: &str| Namespaces { pattern: pattern.to_owned(), own: Vec::new() };
    if let Some(name) = &intent.namespace {
        let lacking: Vec<&str> = targets
            .iter()
            .filter(|target| target.scope.namespace(name) == Some(None))
            .map(|target| target.environment)
            .collect();
        if !lacking.is_empty() {
            let text = format!(
                "Is `{name}` right? The platform file declares other namespaces for {}.",
                lacking.join(", ")
            );
            questions.push(Question::open(
                "namespace",
                text,
                "--namespace NAME, or declare it in the platform file",
            ));
        }
        return all(name);
    }
    if let Some(pattern) = &platform.conventions.namespace {
        return all(pattern);
    }
    let declared: Vec<Option<Vec<&str>>> = targets
        .iter()
        .map(|target| target.scope.namespaces().map(|f| f.value.iter().map(|n| n.name.as_str()).collect()))
        .collect();
    let called = |names: &Vec<&str>| names.contains(&app);
    if declared.iter().all(|names| names.as_ref().is_some_and(called)) {
        return all(app);
    }
    let only = |names: &Option<Vec<&str>>| match names.as_deref() {
        Some([one]) => Some((*one).to_owned()),
        _ => None,
    };
    let ones: Vec<Option<String>> = declared.iter().map(only).collect();
    if let Some(first) = ones.iter().flatten().next() {
        // Places that say nothing get what the others have.
        if ones.iter().all(|one| one.as_ref().is_none_or(|one| one == first))
            && declared.iter().zip(&ones).all(|(names, one)| {
                one.is_some() || names.as_ref().is_none_or(|names| names.contains(&first.as_str()))
            })
        {
            return all(first);
        }
        if ones.iter().all(Option::is_some) {
            let own =
                targets.iter().zip(ones).map(|(t, one)| (t.place().to_owned(), one.unwrap_or_default()));
            return Namespaces { pattern: app.to_owned(), own: own.collect() };
        }
    }
    let text = match declared.iter().flatten().next() {
        Some(names) if !names.is_empty() => {
            format!("Into which namespace? Declared are {}.", names.join(", "))
        }
        _ => "Into which namespace?".to_owned(),
    };
    let question =
        Question::open("namespace", text, "--namespace NAME, or conventions.namespace in the platform file");
    questions.push(question.assuming(format!("`{app}`, after the application")));
    all(app)
}

/// As the intent or convention says; else the one AppProject besides `default` that permits all of it.
pub(super) fn project(
    intent: &Intent,
    platform: &Platform,
    app: &str,
    chart: &ChartSource,
    targets: &[Target<'_>],
    namespaces: &Namespaces,
    questions: &mut Vec<Question>,
) -> String {
    if let Some(project) = &intent.project {
        return project.clone();
    }
    if let Some(pattern) = &platform.conventions.project {
        return filled(pattern, app, "{{ .cluster }}");
    }
    let surroundings = platform.surroundings([], None);
    let state = surroundings.state();
    let permits = |name: &&String| {
        let Some(project) = Project::find(state, name) else { return false };
        project.permits_source(&chart.url)
            && targets.iter().all(|target| {
                let server =
                    target.cluster.server.as_ref().map_or(IN_CLUSTER_SERVER, |server| server.as_str());
                project.permits_destination(
                    server,
                    target.cluster_name(platform),
                    &namespaces.of(target, app),
                    &[],
                )
            })
    };
    let fitting: Vec<&String> =
        state.projects().keys().filter(|name| *name != "default").filter(permits).collect();
    if let [one] = fitting.as_slice() {
        return (*one).clone();
    }
    if targets.iter().any(|target| platform.is_production(target.environment)) {
        let text = match fitting.as_slice() {
            [] => "Which AppProject shall it belong to? None is known that permits it.".to_owned(),
            several => {
                let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
                format!("Which AppProject shall it belong to? {} permit it.", names.join(", "))
            }
        };
        let question =
            Question::open("project", text, "--project NAME, or conventions.project in the platform file");
        questions.push(question.assuming("`default`, which permits everything"));
    }
    "default".to_owned()
}

/// The labels that every Application carries by convention.
pub(super) fn labels(platform: &Platform, app: &str, questions: &mut Vec<Question>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (key, value) in platform.conventions.labels.iter().flat_map(|labels| &labels.value) {
        let last = key.rsplit('/').next().unwrap_or_default().to_lowercase();
        let text = match (value.value.as_str(), last.as_str()) {
            ("*", "env" | "environment" | "stage") => Some("{{ .env }}".to_owned()),
            ("*", "app" | "application" | "name" | "instance") => Some(app.to_owned()),
            ("*", _) => None,
            (pattern, _) => Some(filled(pattern, app, "{{ .cluster }}")),
        };
        match text {
            Some(text) => out.push((key.value.clone(), text)),
            None => questions.push(Question::open(
                "label",
                format!("Every Application carries the label `{}`: with which value here?", key.value),
                "add it to the manifest, or give the convention a value",
            )),
        }
    }
    out
}
