//! Whether `Chart.lock` still fits `Chart.yaml`, as `helm dependency build` finds out: by a digest of both.

use seatrial_yaml::gojson;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::chart::{Chart, Dependency};
use crate::error::Error;
use crate::version::HelmVersion;

/// Refuses, in Helm's words, a chart whose lock was made of other dependencies than it has. A chart of version v1 may have the
/// digest of Helm 2. Dependencies that name a repository of the user (`@name`, `alias:name`), which Helm looks up before it
/// makes the digest, are not judged.
pub fn check_lock(chart: &Chart, version: HelmVersion) -> Result<(), Error> {
    let Some(lock) = &chart.lock else { return Ok(()) };
    let wanted = &chart.metadata.dependencies;
    if wanted.iter().any(|d| d.repository.starts_with('@') || d.repository.starts_with("alias:")) {
        return Ok(());
    }
    let (wanted, locked) = (list(wanted), list(&lock.dependencies));
    // Go writes a list that is not there in another way than an empty one; the lock does not keep which it was.
    let absent = lock.dependencies.is_empty().then(|| format!("[{wanted},null]"));
    let fits = |text: String| digest(&text) == lock.digest;
    if fits(format!("[{wanted},{locked}]")) || absent.is_some_and(fits) {
        return Ok(());
    }
    if chart.metadata.api_version == "v1" {
        if fits(format!("{{\"dependencies\":{wanted}}}")) {
            return Ok(());
        }
        return Err(Error::new(
            "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the \
             dependencies",
        ));
    }
    let how = if version == HelmVersion::V3_19 { "" } else { " with 'helm dependency update'" };
    Err(Error::new(format!(
        "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies{how}"
    )))
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Dependencies as Go writes them: fields in the order of its struct, most of them only where they hold something.
fn list(dependencies: &[Dependency]) -> String {
    let all: Vec<String> = dependencies.iter().map(object).collect();
    format!("[{}]", all.join(","))
}

fn object(dependency: &Dependency) -> String {
    let Dependency { name, version, repository, condition, tags, enabled, alias, .. } = dependency;
    let tags = tags.iter().map(|tag| Value::from(tag.as_str())).collect();
    let fields = [
        ("name", Value::from(name.as_str()), true),
        ("version", Value::from(version.as_str()), false),
        ("repository", Value::from(repository.as_str()), true),
        ("condition", Value::from(condition.as_str()), false),
        ("tags", Value::Array(tags), false),
        ("enabled", Value::from(*enabled), false),
        ("import-values", Value::Array(dependency.import_values_written.clone()), false),
        ("alias", Value::from(alias.as_str()), false),
    ];
    let empty = |value: &Value| match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        value => *value == Value::Bool(false),
    };
    let written = fields.iter().filter(|(_, value, stands)| *stands || !empty(value));
    let written: Vec<String> =
        written.map(|(key, value, _)| format!("\"{key}\":{}", gojson::to_string(value))).collect();
    format!("{{{}}}", written.join(","))
}
