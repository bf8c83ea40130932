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
            if let Some((before, rest)) = field.split_once(&format!(".helm.{given}")) {
                if before.starts_with("spec.source") {
                    return Some(format!("values.{rest}"));
                }
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
/// field (Applications may have other names now). For each of `after`, its index in `before`.
pub(crate) fn paired(before: &[Found], after: &[Found]) -> Vec<Option<usize>> {
    type Key<'f> = (&'f str, &'f [String], Option<&'f str>, &'f str);
    let keys: [fn(&Found) -> Option<Key<'_>>; 3] = [
        |f| (!f.fingerprint.is_empty()).then_some(("", &[][..], None, f.fingerprint.as_str())),
        |f| Some((f.rule.as_str(), f.applications.as_slice(), f.field.as_deref(), "")),
        |f| Some((f.rule.as_str(), f.environments.as_slice(), f.field.as_deref(), "")),
    ];
    let mut pairs = vec![None; after.len()];
    let mut taken = BTreeSet::new();
    for key in keys {
        for (pair, found) in pairs.iter_mut().zip(after).filter(|(pair, _)| pair.is_none()) {
            let Some(wanted) = key(found) else { continue };
            let same =
                |(index, other): &(usize, &Found)| !taken.contains(index) && key(other) == Some(wanted);
            if let Some((index, _)) = before.iter().enumerate().find(same) {
                taken.insert(index);
                *pair = Some(index);
            }
        }
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
