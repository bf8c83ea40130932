//! `Chart.yaml`.

use seatrial_gotemplate::semver::{Constraints, Version};
use serde_json::Value;

use super::source::Source;
use super::{Lint, Severity, addresses};
use crate::load::gostruct;
use crate::load::metadata::{Draft, FIELDS};
use crate::version::HelmVersion;

const FILE: &str = "Chart.yaml";

/// Judges `Chart.yaml` as Helm's `Chartfile` does.
pub(super) fn check(source: &Source, version: HelmVersion, out: &mut Lint) {
    if source.is_folder(FILE) {
        out.add(Severity::Error, FILE, "should be a file, not a directory");
    }
    let mut draft = Draft::default();
    let read = source.read(FILE).and_then(|bytes| {
        draft.read(&bytes, version)?;
        gostruct::document(&bytes)
    });
    let document = match read {
        Ok(document) => document,
        Err(why) => return out.add(Severity::Error, FILE, format!("unable to parse YAML\n\t{why}")),
    };
    if let Some(unknown) = document.as_object().and_then(|entries| entries.keys().find(|key| !is_field(key)))
    {
        let why = format!("error unmarshaling JSON: while decoding JSON: json: unknown field \"{unknown}\"");
        out.add(Severity::Warning, FILE, format!("failed to strictly parse chart metadata file\n\t{why}"));
    }
    for (severity, fault) in faults(&draft, &document) {
        out.add(severity, FILE, fault);
    }
}

fn is_field(key: &str) -> bool {
    FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// What is wrong, in Helm's order.
fn faults(draft: &Draft, document: &Value) -> Vec<(Severity, String)> {
    let metadata = &draft.metadata;
    let api = metadata.api_version.as_str();
    let mut found = Vec::new();
    let mut error = |fault: Option<String>| found.extend(fault.map(|fault| (Severity::Error, fault)));
    error(name(&metadata.name));
    error(match api {
        "" => Some("apiVersion is required. The value must be either \"v1\" or \"v2\"".to_owned()),
        "v1" | "v2" => None,
        _ => Some(format!("apiVersion '{api}' is not valid. The value must be either \"v1\" or \"v2\"")),
    });
    error(no_string(document, "version"));
    error(chart_version(&metadata.version));
    error(no_string(document, "appVersion"));
    error(draft.maintainers.iter().find_map(|maintainer| person(maintainer.as_ref())));
    error(
        metadata
            .sources
            .iter()
            .find(|source| source.is_empty() || !addresses::is_request_url(source))
            .map(|source| format!("invalid source URL '{source}'")),
    );
    if metadata.icon.is_empty() {
        found.push((Severity::Info, "icon is recommended".to_owned()));
    } else if !addresses::is_request_url(&metadata.icon) {
        found.push((Severity::Error, format!("invalid icon URL '{}'", metadata.icon)));
    }
    if !metadata.kind.is_empty() && api != "v2" {
        let fault = format!("chart type is not valid in apiVersion '{api}'. It is valid in apiVersion 'v2'");
        found.push((Severity::Error, fault));
    }
    if !draft.dependencies.is_empty() && api != "v2" {
        let fault = format!(
            "dependencies are not valid in the Chart file with apiVersion '{api}'. They are valid in apiVersion 'v2'"
        );
        found.push((Severity::Error, fault));
    }
    if !is_strict(&metadata.version) {
        let fault = format!("version '{}' is not a valid SemVerV2", metadata.version);
        found.push((Severity::Warning, fault));
    }
    found
}

fn name(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("name is required".to_owned());
    }
    let base = name.trim_end_matches('/').rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or("/");
    (base != name).then(|| format!("chart name {} is invalid", seatrial_gotemplate::quote(name.as_bytes())))
}

fn no_string(document: &Value, key: &str) -> Option<String> {
    let found = match document.get(key)? {
        Value::String(_) => return None,
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    Some(format!("{key} should be of type string but it's of type {found}"))
}

fn chart_version(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("version is required".to_owned());
    }
    let Ok(version) = Version::parse(text.as_bytes()) else {
        return Some(format!("version '{text}' is not a valid SemVer"));
    };
    let least = Constraints::parse(b">0.0.0-0").ok()?;
    let shown = seatrial_gotemplate::quote(text.as_bytes());
    (!least.check(&version)).then(|| format!("version {shown} is less than or equal to \"0.0.0-0\""))
}

/// Whether a text is a version without anything that is only tolerated: a leading `v`, missing parts.
fn is_strict(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0'))
    };
    core.split('.').count() == 3 && core.split('.').all(number) && Version::parse(text.as_bytes()).is_ok()
}

fn person(maintainer: Option<&[String; 3]>) -> Option<String> {
    let Some([name, email, url]) = maintainer else { return Some("a maintainer entry is empty".to_owned()) };
    if name.is_empty() {
        return Some("each maintainer requires a name".to_owned());
    }
    if !email.is_empty() && !addresses::is_email(email) {
        return Some(format!("invalid email '{email}' for maintainer '{name}'"));
    }
    (!url.is_empty() && !addresses::is_url(url))
        .then(|| format!("invalid url '{url}' for maintainer '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(chart_version("1.2.3"), None);
        assert_eq!(chart_version(""), Some("version is required".to_owned()));
        assert_eq!(chart_version("a"), Some("version 'a' is not a valid SemVer".to_owned()));
        assert_eq!(
            chart_version("0.0.0-0"),
            Some("version \"0.0.0-0\" is less than or equal to \"0.0.0-0\"".to_owned())
        );
        assert!(
            is_strict("1.2.3-rc.1+x") && !is_strict("v1.2.3") && !is_strict("1.2") && !is_strict("01.2.3")
        );
    }

    #[test]
    fn names() {
        assert_eq!(name("web"), None);
        assert_eq!(name("a/web"), Some("chart name \"a/web\" is invalid".to_owned()));
    }
}
