//! Are things named as the platform names them?

mod default_project;
mod naming_convention;
mod wildcard_project;

use seatrial_trial::{Application, Model, Rule};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] =
    &[&naming_convention::RULE, &default_project::RULE, &wildcard_project::RULE];

/// A convention with its placeholders filled in: `{env}`, `{cluster}`, `{app}`; `None` when one of them is not known.
///
/// `{app}` is what the Application deploys: its chart, else the last folder of its path.
pub(crate) fn filled(convention: &str, model: &Model<'_>, application: &Application) -> Option<String> {
    let mut out = convention.to_owned();
    for (mark, value) in [
        ("{env}", application.environment.clone()),
        ("{cluster}", application.cluster.clone()),
        ("{app}", app(model, application)),
    ] {
        if out.contains(mark) {
            out = out.replace(mark, &value?);
        }
    }
    (!out.contains('{')).then_some(out)
}

/// Whether a text is what a convention gives, be it for what the Application deploys or for what it is called.
pub(crate) fn fits(convention: &str, model: &Model<'_>, application: &Application, written: &str) -> bool {
    let called = |convention: &str| convention.replace("{app}", &called(application));
    [convention.to_owned(), called(convention)]
        .iter()
        .any(|convention| filled(convention, model, application).as_deref() == Some(written))
}

/// What an Application is called without its environment and cluster: `shop` of `shop-prod`.
fn called(application: &Application) -> String {
    let mut name = application.name.as_str();
    for place in [&application.environment, &application.cluster].into_iter().flatten() {
        let without = name
            .strip_suffix(place.as_str())
            .and_then(|name| name.strip_suffix('-'))
            .or_else(|| name.strip_prefix(place.as_str()).and_then(|name| name.strip_prefix('-')));
        name = without.filter(|name| !name.is_empty()).unwrap_or(name);
    }
    name.to_owned()
}

fn app(model: &Model<'_>, application: &Application) -> Option<String> {
    let sources = application.sources();
    let (_, source) = sources.iter().find(|(_, s)| s.get("ref").is_none())?;
    let text = |key: &str| source.get(key).and_then(serde_json::Value::as_str).filter(|t| !t.is_empty());
    if let Some(chart) = text("chart") {
        return Some(chart.rsplit('/').next().unwrap_or(chart).to_owned());
    }
    let environment = |part: &&str| model.platform().environment_named(part).is_none();
    let generic =
        ["overlays", "base", "chart", "charts", "helm", "deploy", "k8s", "manifests", "envs", "environments"];
    let parts: Vec<&str> = text("path")?.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    parts.into_iter().rev().filter(environment).find(|p| !generic.contains(p)).map(str::to_owned)
}
