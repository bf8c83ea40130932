//! Real names for placeholders, where the platform's repositories know them.

use seatrial_argocd::RepoAnswer;
use seatrial_source::Edit;
use seatrial_trial::{Application, Fix, Model};
use seatrial_yaml::goyaml;
use serde_json::Value;

use super::is_idle;
use super::value::{Wanted, set_per_application};
use crate::subject::{Group, path};

/// The real name and the fix, for placeholders at one place: a repository's address, or an image's.
pub(crate) fn fix(model: &Model<'_>, group: &Group<'_, String>) -> Option<(String, Fix)> {
    let (application, placeholder) = group.members.first().filter(|(first, _)| !is_idle(model, first))?;
    match group.field.last_key()? {
        "repoURL" => repository(model, group, application),
        "repository" | "image" => image(model, group, application, placeholder),
        _ => None,
    }
}

/// The platform's repository that holds the chart or path that the source names.
fn repository(
    model: &Model<'_>,
    group: &Group<'_, String>,
    application: &Application,
) -> Option<(String, Fix)> {
    let source = group.field.parent()?.lookup(&application.json)?;
    let url = holding(model, source)?;
    let wanted: Vec<Wanted<'_>> =
        group.members.iter().map(|(application, _)| Wanted { application, text: url.clone() }).collect();
    let edits = set_per_application(model, &group.field, &wanted, "repoURL")?;
    Some((url.clone(), Fix::risky("use the platform's repository", edits)))
}

/// The address of the only declared repository that holds what a source names.
fn holding(model: &Model<'_>, source: &Value) -> Option<String> {
    let declared =
        model.platform().repositories.iter().map(|r| r.url.value.as_str()).filter(|url| *url != "*");
    let mut found = declared.filter(|url| folder(model, url, source).is_some());
    let first = found.next()?;
    found.next().is_none().then(|| first.to_owned())
}

/// The folder of a repository that a source means: its `path`, or where the chart of this name lies.
pub fn folder(model: &Model<'_>, url: &str, source: &Value) -> Option<String> {
    let text = |key: &str| source.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let world = model.context.world();
    let RepoAnswer::Ok(entries) = world.repositories.entries(url, text("targetRevision").unwrap_or("HEAD"))
    else {
        return None;
    };
    let name = text("chart").or(text("path"))?.trim_matches('/');
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut folders: Vec<&str> = entries
        .iter()
        .filter_map(|e| {
            e.path.strip_suffix("/Chart.yaml").or_else(|| e.path.strip_suffix("/kustomization.yaml"))
        })
        .collect();
    folders.sort_by_key(|f| (f.matches('/').count(), *f));
    if text("chart").is_none() && entries.iter().any(|e| e.path.starts_with(&format!("{name}/"))) {
        return Some(name.to_owned());
    }
    folders.into_iter().find(|f| f.rsplit('/').next() == Some(last)).map(str::to_owned)
}

/// The organisation that the chart's own default image has.
fn image(
    model: &Model<'_>,
    group: &Group<'_, String>,
    application: &Application,
    placeholder: &str,
) -> Option<(String, Fix)> {
    let sources = application.sources();
    let (_, source) = sources.first()?;
    let url = source.get("repoURL").and_then(Value::as_str)?;
    let dir = folder(model, url, source)?;
    let world = model.context.world();
    let RepoAnswer::Ok(bytes) = world.repositories.read(url, "HEAD", &format!("{dir}/values.yaml")) else {
        return None;
    };
    let values = goyaml::to_json(std::str::from_utf8(&bytes).ok()?).ok()?;
    let default = path("image.repository").lookup(&values)?.as_str()?;
    let (_, repository, ..) = crate::images::parse(default);
    let (organisation, name) = repository.rsplit_once('/')?;
    let (manifest, _) = model.home_of(application);
    let written = manifest.file.slice(group.place.span);
    let at = written.find(&format!("{placeholder}/{name}"))?;
    let start = group.place.span.start as usize + at;
    let span = manifest.file.span_of(start..start + placeholder.len());
    let edit = Edit::replace(span, organisation);
    Some((format!("{organisation}/{name}"), Fix::risky("use the chart's own image", vec![edit])))
}
