//! `Chart.yaml`, `requirements.yaml` and the lock files.

use seatrial_gotemplate::semver::Version;

use super::gostruct::{Cursor, document};
use crate::chart::{Dependency, ImportValue, Lock, Metadata};
use crate::error::Error;
use crate::version::HelmVersion;

pub(crate) const FIELDS: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
const DEPENDENCY: &[&str] =
    &["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];
const MAINTAINER: &[&str] = &["name", "email", "url"];
const LOCK: &[&str] = &["generated", "digest", "dependencies"];

/// `Chart.yaml` while it is read: null entries of lists are faults that only validation reports.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) metadata: Metadata,
    pub(crate) maintainers: Vec<Option<[String; 3]>>,
    pub(crate) dependencies: Vec<Option<Dependency>>,
}

/// The Go package of the chart's types, as messages name it.
fn package(version: HelmVersion) -> &'static str {
    if version == HelmVersion::V3_19 { "chart" } else { "v2" }
}

impl Draft {
    /// Adds what a `Chart.yaml` or `requirements.yaml` says; the error is `Unmarshal`'s.
    pub(crate) fn read(&mut self, bytes: &[u8], version: HelmVersion) -> Result<(), String> {
        let package = package(version);
        let value = document(bytes)?;
        let metadata = &mut self.metadata;
        for (field, at) in Cursor::new(&value).fields(&format!("{package}.Metadata"), FIELDS)? {
            let text = match field {
                "name" => &mut metadata.name,
                "home" => &mut metadata.home,
                "version" => &mut metadata.version,
                "description" => &mut metadata.description,
                "icon" => &mut metadata.icon,
                "apiVersion" => &mut metadata.api_version,
                "condition" => &mut metadata.condition,
                "tags" => &mut metadata.tags,
                "appVersion" => &mut metadata.app_version,
                "kubeVersion" => &mut metadata.kube_version,
                "type" => &mut metadata.kind,
                "sources" => {
                    metadata.sources = at.strings()?.unwrap_or_default();
                    continue;
                }
                "keywords" => {
                    metadata.keywords = at.strings()?.unwrap_or_default();
                    continue;
                }
                "deprecated" => {
                    metadata.deprecated = at.boolean()?.unwrap_or(metadata.deprecated);
                    continue;
                }
                "annotations" => {
                    match at.string_map()? {
                        Some(entries) => metadata.annotations.get_or_insert_default().extend(entries),
                        None => metadata.annotations = None,
                    }
                    continue;
                }
                "maintainers" => {
                    let items = at.items(&format!("[]*{package}.Maintainer"))?.unwrap_or_default();
                    self.maintainers =
                        items.into_iter().map(|item| maintainer(item, package)).collect::<Result<_, _>>()?;
                    continue;
                }
                _ => {
                    self.dependencies = dependencies(at, package)?;
                    continue;
                }
            };
            if let Some(found) = at.string()? {
                *text = found;
            }
        }
        Ok(())
    }

    /// `Metadata.Validate`: cleans the texts and reports the first fault.
    pub(super) fn validate(self, version: HelmVersion) -> Result<Metadata, Error> {
        let fault = |text: &str| Err(Error::new(format!("validation: {text}")));
        let mut metadata = self.metadata;
        for text in [
            &mut metadata.name,
            &mut metadata.description,
            &mut metadata.home,
            &mut metadata.icon,
            &mut metadata.condition,
            &mut metadata.tags,
            &mut metadata.app_version,
            &mut metadata.kube_version,
        ] {
            sanitize(text);
        }
        metadata.sources.iter_mut().for_each(sanitize);
        metadata.keywords.iter_mut().for_each(sanitize);
        if metadata.api_version.is_empty() {
            return fault("chart.metadata.apiVersion is required");
        }
        if metadata.name.is_empty() {
            return fault("chart.metadata.name is required");
        }
        if version != HelmVersion::V3_19 && matches!(metadata.name.as_str(), "." | "..") {
            return fault(&format!("chart.metadata.name {} is not allowed", quoted(&metadata.name)));
        }
        if metadata.name.contains('/') && metadata.name != "/" {
            return fault(&format!("chart.metadata.name {} is invalid", quoted(&metadata.name)));
        }
        if metadata.version.is_empty() {
            return fault("chart.metadata.version is required");
        }
        if Version::parse(metadata.version.as_bytes()).is_err() {
            return fault(&format!("chart.metadata.version {} is invalid", quoted(&metadata.version)));
        }
        if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
            return fault("chart.metadata.type must be application or library");
        }
        for maintainer in self.maintainers {
            let Some(mut maintainer) = maintainer else {
                return fault("maintainers must not contain empty or null nodes");
            };
            maintainer.iter_mut().for_each(sanitize);
            metadata.maintainers.push(maintainer);
        }
        for dependency in self.dependencies {
            let Some(mut dependency) = dependency else {
                return fault("dependencies must not contain empty or null nodes");
            };
            for text in [
                &mut dependency.name,
                &mut dependency.version,
                &mut dependency.repository,
                &mut dependency.condition,
            ] {
                sanitize(text);
            }
            dependency.tags.iter_mut().for_each(sanitize);
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if !dependency.alias.bytes().all(legal) {
                return fault(&format!(
                    "dependency {} has disallowed characters in the alias",
                    quoted(&dependency.name)
                ));
            }
            let key = |d: &Dependency| if d.alias.is_empty() { d.name.clone() } else { d.alias.clone() };
            let this = key(&dependency);
            if metadata.dependencies.iter().any(|other| key(other) == this) {
                return fault(&format!("more than one dependency with name or alias {}", quoted(&this)));
            }
            metadata.dependencies.push(dependency);
        }
        Ok(metadata)
    }
}

/// Reads `Chart.lock` or `requirements.lock`.
pub(super) fn lock(bytes: &[u8], version: HelmVersion) -> Result<Lock, String> {
    let package = package(version);
    let value = document(bytes)?;
    let mut lock = Lock::default();
    for (field, at) in Cursor::new(&value).fields(&format!("{package}.Lock"), LOCK)? {
        match field {
            "generated" => at.raw().as_str().unwrap_or_default().clone_into(&mut lock.generated),
            "digest" => lock.digest = at.string()?.unwrap_or_default(),
            _ => lock.dependencies = dependencies(at, package)?.into_iter().flatten().collect(),
        }
    }
    Ok(lock)
}

fn maintainer(at: Cursor<'_>, package: &str) -> Result<Option<[String; 3]>, String> {
    if at.raw().is_null() {
        return Ok(None);
    }
    let mut maintainer = <[String; 3]>::default();
    let [name, email, url] = &mut maintainer;
    for (field, at) in at.fields(&format!("{package}.Maintainer"), MAINTAINER)? {
        let text = match field {
            "name" => &mut *name,
            "email" => &mut *email,
            _ => &mut *url,
        };
        if let Some(found) = at.string()? {
            *text = found;
        }
    }
    Ok(Some(maintainer))
}

fn dependencies(at: Cursor<'_>, package: &str) -> Result<Vec<Option<Dependency>>, String> {
    let items = at.items(&format!("[]*{package}.Dependency"))?.unwrap_or_default();
    items.into_iter().map(|item| dependency(item, package)).collect()
}

fn dependency(at: Cursor<'_>, package: &str) -> Result<Option<Dependency>, String> {
    if at.raw().is_null() {
        return Ok(None);
    }
    let mut dependency = Dependency::default();
    for (field, at) in at.fields(&format!("{package}.Dependency"), DEPENDENCY)? {
        let text = match field {
            "name" => &mut dependency.name,
            "version" => &mut dependency.version,
            "repository" => &mut dependency.repository,
            "condition" => &mut dependency.condition,
            "alias" => &mut dependency.alias,
            "tags" => {
                dependency.tags = at.strings()?.unwrap_or_default();
                continue;
            }
            "import-values" => {
                let items = at.items("[]interface {}")?.unwrap_or_default();
                let written: Vec<_> = items.into_iter().map(|item| item.raw().clone()).collect();
                dependency.import_values = written.iter().map(import_value).collect();
                dependency.import_values_written = written;
                continue;
            }
            _ => {
                dependency.enabled = at.boolean()?.unwrap_or_default();
                continue;
            }
        };
        if let Some(found) = at.string()? {
            *text = found;
        }
    }
    Ok(Some(dependency))
}

fn import_value(value: &serde_json::Value) -> ImportValue {
    let text = |key: &str| match value.get(key) {
        Some(serde_json::Value::String(text)) => text.clone(),
        other => seatrial_gotemplate::gofmt::display(
            &other.map_or(seatrial_gotemplate::Value::Nil, seatrial_gotemplate::Value::from_json),
        ),
    };
    match value {
        serde_json::Value::String(name) => ImportValue::Export(name.clone()),
        serde_json::Value::Object(_) => ImportValue::Paths { child: text("child"), parent: text("parent") },
        _ => ImportValue::Other,
    }
}

/// Every white space becomes a space, what cannot be printed goes.
fn sanitize(text: &mut String) {
    let plain = |c: char| c == ' ' || c.is_ascii_graphic();
    if text.chars().all(plain) {
        return;
    }
    *text = text
        .chars()
        .filter_map(|c| {
            // Go's IsSpace knows the same characters as Unicode's White_Space.
            if c.is_whitespace() { Some(' ') } else { seatrial_gotemplate::is_print(c).then_some(c) }
        })
        .collect();
}

/// `%q`.
fn quoted(text: &str) -> String {
    seatrial_gotemplate::quote(text.as_bytes())
}
