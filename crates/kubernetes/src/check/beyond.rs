//! What the API server checks beyond types: names, labels, selectors, mounts, ports. Only what can be said for certain.

mod access;
mod metadata;
mod network;
mod pod;
mod workload;

use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use super::issue::{IssueKind, SchemaIssue, place, quote};
use crate::text;

/// Adds to the issues of an object of Kubernetes' own what its parts say together. Where a type is wrong already, that place is
/// left alone.
pub(super) fn check(object: &Value, issues: &mut Vec<SchemaIssue>) {
    let mut found = Findings { issues: Vec::new() };
    metadata::check(object, &mut found);
    workload::check(object, &mut found);
    network::check(object, &mut found);
    access::check(object, &mut found);
    // A place that is wrong in itself says enough.
    found.issues.retain(|new| !issues.iter().any(|old| new.path.starts_with(&old.path)));
    issues.append(&mut found.issues);
}

/// What is found, in the API server's words.
struct Findings {
    issues: Vec<SchemaIssue>,
}

impl Findings {
    fn add(&mut self, path: &Path, kind: IssueKind, words: &str) {
        let message = format!("{}: {words}", place(path));
        self.issues.push(SchemaIssue { path: path.clone(), kind, message });
    }

    fn missing(&mut self, path: &Path, why: &str) {
        let words =
            if why.is_empty() { "Required value".to_owned() } else { format!("Required value: {why}") };
        self.add(path, IssueKind::MissingField, &words);
    }

    fn invalid(&mut self, path: &Path, value: &Value, why: &str) {
        let shown = value.as_str().map_or_else(|| value.to_string(), quote);
        self.add(path, IssueKind::InvalidValue, &format!("Invalid value: {shown}: {why}"));
    }

    fn twice(&mut self, path: &Path, value: &str) {
        self.add(path, IssueKind::InvalidValue, &format!("Duplicate value: {}", quote(value)));
    }

    fn unsupported(&mut self, path: &Path, value: &str, allowed: &[&str]) {
        let list = super::issue::quoted_list(allowed.iter().copied());
        let kind = IssueKind::InvalidEnum { allowed: allowed.iter().map(|a| (*a).to_owned()).collect() };
        self.add(path, kind, &format!("Unsupported value: {}: supported values: {list}", quote(value)));
    }

    /// A name that must be a label of DNS.
    fn dns_label(&mut self, path: &Path, name: &str) {
        if !text::is_dns_label(name) {
            self.invalid(path, &name.into(), DNS_LABEL);
        }
    }

    /// A name that must be a name of DNS.
    fn dns_name(&mut self, path: &Path, name: &str) {
        if !text::is_dns_name(name) {
            self.invalid(path, &name.into(), DNS_NAME);
        }
    }

    /// A port's number; 0 counts as none.
    fn port(&mut self, path: &Path, port: i64) {
        if !(1..=65535).contains(&port) {
            self.invalid(path, &port.into(), "must be between 1 and 65535, inclusive");
        }
    }

    /// A port's name (IANA): up to 15 lower-case letters, digits and hyphens, with a letter among them.
    fn port_name(&mut self, path: &Path, name: &str) {
        if name.len() > 15 {
            self.invalid(path, &name.into(), "must be no more than 15 characters");
            return;
        }
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            let why = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
            self.invalid(path, &name.into(), why);
        }
        if !name.bytes().any(|b| b.is_ascii_lowercase()) {
            self.invalid(path, &name.into(), "must contain at least one letter (a-z)");
        }
        if name.contains("--") {
            self.invalid(path, &name.into(), "must not contain consecutive hyphens");
        }
        if name.starts_with('-') || name.ends_with('-') {
            self.invalid(path, &name.into(), "must not begin or end with a hyphen");
        }
    }

    /// A port by name or number.
    fn port_or_name(&mut self, path: &Path, port: &Value) {
        match port {
            Value::String(name) => self.port_name(path, name),
            other => {
                if let Some(number) = other.as_i64() {
                    self.port(path, number);
                }
            }
        }
    }
}

const DNS_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_NAME: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// A value below another, with its path.
#[derive(Clone)]
struct At<'v> {
    path: Path,
    value: &'v Value,
}

impl<'v> At<'v> {
    fn new(value: &'v Value) -> Self {
        Self { path: Path::root(), value }
    }

    /// The value under a key, if it is there and not null.
    fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { path: self.path.join(key), value })
    }

    /// The value under keys, one after the other.
    fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |at, key| at.get(key))
    }

    /// The items of the list under a key.
    fn items(&self, key: &str) -> Vec<Self> {
        let Some(list) = self.get(key) else { return Vec::new() };
        let items = list.value.as_array().into_iter().flatten();
        items
            .enumerate()
            .filter(|(_, value)| !value.is_null())
            .map(|(index, value)| Self { path: list.path.join(Segment::Index(index)), value })
            .collect()
    }

    /// The text under a key; empty texts are none, as the API server sees them.
    fn text(&self, key: &str) -> Option<&'v str> {
        self.value.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    fn path(&self, key: &str) -> Path {
        self.path.join(key)
    }

    /// Whether there is nothing under a key: no value, or an empty one.
    fn lacks(&self, key: &str) -> bool {
        match self.value.get(key) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(entries)) => entries.is_empty(),
            Some(_) => false,
        }
    }
}
