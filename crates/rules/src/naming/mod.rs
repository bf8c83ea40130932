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
