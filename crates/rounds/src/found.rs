//! A finding as it is recorded, read from the shape of `seatrial check --format json`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// What of a recorded finding is compared and told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// The rule.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The Applications it holds for.
    pub applications: Vec<String>,
    /// The environments it holds for.
    pub environments: Vec<String>,
    /// The field it is about.
    pub field: Option<String>,
    /// The fact it breaks.
    pub fact: Option<String>,
    /// What makes it itself.
    pub fingerprint: String,
}

impl Found {
    /// Reads a finding; what is not there is empty.
    pub fn of(finding: &Value) -> Self {
        let text = |key: &str| finding.get(key).and_then(Value::as_str).map(str::to_owned);
        let list = |key: &str| {
            let items = finding.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            rule: text("rule").unwrap_or_default(),
            severity: text("severity").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
            help: text("help").unwrap_or_default(),
            file: text("file").unwrap_or_default(),
            line: finding.get("line").and_then(Value::as_u64).unwrap_or(0),
            applications: list("applications"),
            environments: list("environments"),
            field: text("field"),
            fact: text("fact"),
            fingerprint: text("fingerprint").unwrap_or_default(),
        }
    }

    /// Reads them all.
    pub fn all(findings: &[Value]) -> Vec<Self> {
        findings.iter().map(Self::of).collect()
    }

    /// The path in a picture that the field means: `values.image.tag` for a Helm value, wherever it is written.
    pub(crate) fn path(&self) -> Option<String> {
        let field = self.field.as_deref()?;
        for given in ["valuesObject.", "values.", "valuesInline."] {
            if let Some((before, rest)) = field.split_once(&format!(".helm.{given}"))
                && before.starts_with("spec.source")
            {
                return Some(format!("values.{rest}"));
            }
        }
        Some(field.to_owned())
    }

    /// `file:line`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Pairs the findings of two rounds: by fingerprint, else by rule, Applications and field, else by rule, environments and
/// field (Applications may have other names now), else by rule, field and any environment, so that one finding that became
/// several is none that is new. For each of `after`, its index in `before`.
pub(crate) fn paired(before: &[Found], after: &[Found]) -> Vec<Option<usize>> {
    type Same = fn(&Found, &Found) -> bool;
    let exact: [Same; 3] = [
        |a, b| !a.fingerprint.is_empty() && a.fingerprint == b.fingerprint,
        |a, b| a.rule == b.rule && a.field == b.field && a.applications == b.applications,
        |a, b| a.rule == b.rule && a.field == b.field && a.environments == b.environments,
    ];
    let mut pairs = vec![None; after.len()];
    let mut taken = BTreeSet::new();
    for same in exact {
        for (pair, found) in pairs.iter_mut().zip(after).filter(|(pair, _)| pair.is_none()) {
            let mut free = before.iter().enumerate().filter(|(index, _)| !taken.contains(index));
            if let Some((index, _)) = free.find(|(_, other)| same(found, other)) {
                taken.insert(index);
                *pair = Some(index);
            }
        }
    }
    for (pair, found) in pairs.iter_mut().zip(after).filter(|(pair, _)| pair.is_none()) {
        let shares = |other: &Found| other.environments.iter().any(|e| found.environments.contains(e));
        let part = |other: &Found| found.rule == other.rule && found.field == other.field && shares(other);
        *pair = before.iter().position(part);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, application: &str, environment: &str, fingerprint: &str) -> Found {
        Found {
            rule: rule.into(),
            applications: vec![application.into()],
            environments: vec![environment.into()],
            field: Some("spec.project".into()),
            fingerprint: fingerprint.into(),
            ..Found::default()
        }
    }

    #[test]
    fn findings_are_paired_though_names_change() {
        let before =
            [found("a", "x-dev", "dev", "1"), found("a", "x-prod", "prod", "2"), found("b", "x", "dev", "3")];
        let after =
            [found("a", "y-prod", "prod", "9"), found("b", "x", "dev", "3"), found("c", "x", "dev", "4")];
        assert_eq!(paired(&before, &after), [Some(1), Some(2), None]);
        let both = Found { environments: vec!["dev".into(), "prod".into()], ..found("a", "x", "", "5") };
        let split = [found("a", "y-dev", "dev", "6"), found("a", "y-prod", "prod", "7")];
        assert_eq!(paired(&[both], &split), [Some(0), Some(0)]);
    }

    #[test]
    fn a_value_has_one_path_however_it_is_given() {
        let with = |field: &str| Found { field: Some(field.into()), ..Found::default() }.path();
        for given in ["spec.source.helm.valuesObject.image.tag", "spec.sources[0].helm.values.image.tag"] {
            assert_eq!(with(given).as_deref(), Some("values.image.tag"));
        }
        assert_eq!(with("spec.project").as_deref(), Some("spec.project"));
    }
}
