//! Label selectors: Kubernetes' own, and Argo CD's copy that does not judge the values.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::{label_value_problems, qualified_name_problems};
use crate::strategicpatch::go_quote;

/// A parsed selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// Which selector's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Kubernetes': keys and values must be those of labels.
    Kubernetes,
    /// A generator's `selector`: keys must be qualified names, values may be anything.
    AnyValue,
}

impl Selector {
    /// Reads a `LabelSelector` (`matchLabels`, `matchExpressions`); an empty one selects everything.
    /// The error is in Kubernetes' words; with several faults, the first one in the order of keys.
    pub fn parse(selector: &Value, rules: Rules) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
            let values = vec![value.as_str().unwrap_or_default().to_owned()];
            requirements.push(Requirement::new(key, Operator::In, values, rules, true)?);
        }
        for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| expression.get(name).and_then(Value::as_str).unwrap_or_default();
            let operator = match text("operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    let kind = if rules == Rules::Kubernetes { "label" } else { "pod" };
                    return Err(format!("{} is not a valid {kind} selector operator", go_quote(other)));
                }
            };
            let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
            let values = values.map(|v| v.as_str().unwrap_or_default().to_owned()).collect();
            requirements.push(Requirement::new(text("key"), operator, values, rules, false)?);
        }
        Ok(Self { requirements })
    }

    /// Whether labels match.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|r| {
            let label = labels.get(&r.key);
            match r.operator {
                Operator::In => label.is_some_and(|l| r.values.contains(l)),
                Operator::NotIn => label.is_none_or(|l| !r.values.contains(l)),
                Operator::Exists => label.is_some(),
                Operator::DoesNotExist => label.is_none(),
            }
        })
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}

impl Requirement {
    fn new(
        key: &str,
        operator: Operator,
        values: Vec<String>,
        rules: Rules,
        exact: bool,
    ) -> Result<Self, String> {
        let mut problems = Vec::new();
        let key_problems = qualified_name_problems(key);
        if !key_problems.is_empty() {
            problems.push(format!("key: Invalid value: {}: {}", go_quote(key), key_problems.join("; ")));
        }
        let shown = || {
            if values.is_empty() {
                "[]".to_owned()
            } else {
                let quoted: Vec<String> = values.iter().map(|v| go_quote(v)).collect();
                format!("[{}]", quoted.join(","))
            }
        };
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() && !exact => {
                problems.push(
                    "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
                        .to_owned(),
                );
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                problems.push(format!(
                    "values: Invalid value: {}: values set must be empty for exists and does not exist",
                    shown()
                ));
            }
            _ => {}
        }
        if rules == Rules::Kubernetes {
            for (index, value) in values.iter().enumerate() {
                let wrong = label_value_problems(value);
                if !wrong.is_empty() {
                    problems.push(format!(
                        "values[{index}][{key}]: Invalid value: {}: {}",
                        go_quote(value),
                        wrong.join("; ")
                    ));
                }
            }
        }
        match problems.as_slice() {
            [] => Ok(Self { key: key.to_owned(), operator, values }),
            [one] => Err(one.clone()),
            many => Err(format!("[{}]", many.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn labels(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn operators() {
        let select = |v: Value| Selector::parse(&v, Rules::AnyValue).unwrap();
        let prod = labels(&[("env", "prod"), ("server", "https://x:6443")]);
        assert!(select(json!({})).matches(&prod));
        assert!(select(json!({"matchLabels": {"server": "https://x:6443"}})).matches(&prod));
        assert!(!select(json!({"matchLabels": {"env": "dev"}})).matches(&prod));
        assert!(
            select(json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}]}))
                .matches(&prod)
        );
        assert!(
            select(json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]})).matches(&prod)
        );
        assert!(!select(json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]})).matches(&prod));
        assert!(Selector::parse(&json!({"matchLabels": {"a": "b c"}}), Rules::Kubernetes).is_err());
        assert!(Selector::parse(&json!({"matchLabels": {"a b": "c"}}), Rules::AnyValue).is_err());
    }

    proptest! {
        #[test]
        fn in_and_not_in_are_opposites(key in "[a-z]{1,3}", value in "[a-z]{0,3}", other in "[a-z]{0,3}") {
            let expression = |operator: &str| Selector::parse(&json!({"matchExpressions": [{"key": key.as_str(), "operator": operator, "values": [value.as_str()]}]}), Rules::AnyValue).unwrap();
            let set = labels(&[(&key, &other)]);
            prop_assert_ne!(expression("In").matches(&set), expression("NotIn").matches(&set));
        }
    }
}
