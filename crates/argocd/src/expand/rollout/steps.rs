//! Which step each Application is in, and what is wrong with the steps: `buildAppDependencyList` and `ValidationIssues`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::expansion::RolloutStep;

/// The steps with the Applications in them.
pub(crate) struct Steps {
    pub(super) steps: Vec<RolloutStep>,
    /// The first step of each Application, from 0.
    pub(crate) step_of: BTreeMap<String, usize>,
    pub(super) issues: Issues,
}

/// Everything that the controller has against the steps. It tells of one kind alone.
#[derive(Default)]
pub(super) struct Issues {
    /// Steps with an operator that is none.
    operators: Vec<(usize, String)>,
    /// Those, to tell of each once.
    told: BTreeSet<(usize, String)>,
    /// Applications that several steps select.
    duplicates: BTreeMap<String, Vec<usize>>,
    /// Steps whose `maxUpdate` is no number and no percentage.
    max_updates: Vec<(usize, String)>,
    /// Steps that select nothing.
    empty: Vec<usize>,
}

impl Steps {
    /// Sorts Applications, given by name, into the steps.
    pub(crate) fn of<'a>(
        steps: &[Json],
        applications: impl IntoIterator<Item = (&'a str, &'a Json)>,
    ) -> Self {
        let mut out = Self {
            steps: steps
                .iter()
                .map(|step| RolloutStep { max_update: written(step), ..Default::default() })
                .collect(),
            step_of: BTreeMap::new(),
            issues: Issues::default(),
        };
        for (name, application) in applications {
            for (index, step) in steps.iter().enumerate() {
                if !selects(index, step, application, &mut out.issues) {
                    continue;
                }
                let name = name.to_owned();
                out.steps.get_mut(index).into_iter().for_each(|step| step.applications.push(name.clone()));
                match out.step_of.get(&name) {
                    Some(first) => {
                        out.issues.duplicates.entry(name).or_insert_with(|| vec![*first]).push(index);
                    }
                    None => drop(out.step_of.insert(name, index)),
                }
            }
        }
        let empty = out.steps.iter().enumerate().filter(|(_, step)| step.applications.is_empty());
        out.issues.empty = empty.map(|(index, _)| index).collect();
        out
    }

    /// The step that an Application's status names: from 1, or -1.
    pub(super) fn named(&self, application: &str) -> i64 {
        let step = self.first(application).and_then(|step| i64::try_from(step).ok());
        step.map_or(-1, |step| step + 1)
    }

    /// The step that an Application counts in, from 0: one that no step selects counts in the first, as with the
    /// controller, whose map answers 0 for it.
    pub(super) fn counted(&self, application: &str) -> usize {
        self.first(application).unwrap_or(0)
    }

    /// The first step that selects an Application, from 0.
    pub(super) fn first(&self, application: &str) -> Option<usize> {
        self.step_of.get(application).copied()
    }
}

/// `maxUpdate` as it is written.
fn written(step: &Json) -> Option<String> {
    match step.get("maxUpdate")? {
        Json::String(text) => Some(text.clone()),
        Json::Null => None,
        number => Some(number.to_string()),
    }
}

/// Whether every expression of a step holds for an Application's labels. An absent label fails `In` alone.
fn selects(index: usize, step: &Json, application: &Json, issues: &mut Issues) -> bool {
    let expressions = step.get("matchExpressions").and_then(Json::as_array);
    for expression in expressions.into_iter().flatten() {
        let text = |key: &str| expression.get(key).and_then(Json::as_str).unwrap_or_default();
        let operator = text("operator");
        let labels = application.pointer("/metadata/labels").and_then(Json::as_object);
        let Some(label) = labels.and_then(|labels| labels.get(text("key"))) else {
            if operator == "In" {
                return false;
            }
            continue;
        };
        let listed = expression.get("values").and_then(Json::as_array).is_some_and(|v| v.contains(label));
        let holds = match operator {
            "In" => listed,
            "NotIn" => !listed,
            _ => {
                let issue = (index, operator.to_owned());
                if issues.told.insert(issue.clone()) {
                    issues.operators.push(issue);
                }
                false
            }
        };
        if !holds {
            return false;
        }
    }
    true
}

impl Issues {
    /// Notes a `maxUpdate` that says no number, once a step.
    pub(super) fn max_update(&mut self, step: usize, written: &str) {
        if self.max_updates.iter().all(|(index, _)| *index != step) {
            self.max_updates.push((step, written.to_owned()));
        }
    }

    /// The message of the first kind of issue there is.
    pub(super) fn message(&self) -> Option<String> {
        if !self.operators.is_empty() {
            let (steps, operators) = listed(&self.operators);
            let (which, have) = if self.operators.len() == 1 { ("Step", "has") } else { ("Steps", "have") };
            return Some(format!(
                "{which} {steps} {have} invalid matchExpression operators: {operators}. Supported Operators are 'In' and 'NotIn'"
            ));
        }
        if !self.duplicates.is_empty() {
            let names: Vec<&str> = self.duplicates.keys().map(String::as_str).collect();
            let steps = |steps: &Vec<usize>| {
                steps.iter().map(|step| (step + 1).to_string()).collect::<Vec<_>>().join("-")
            };
            let steps: Vec<String> = self.duplicates.values().map(steps).collect();
            return Some(if let ([name], [steps]) = (names.as_slice(), steps.as_slice()) {
                format!("Application '{name}' is selected by multiple steps: ({steps})")
            } else {
                format!(
                    "Applications '{}' are selected by multiple steps: [({})]",
                    names.join("', '"),
                    steps.join("), (")
                )
            });
        }
        if !self.max_updates.is_empty() {
            let (steps, values) = listed(&self.max_updates);
            return Some(if self.max_updates.len() == 1 {
                format!("Step {steps} has an invalid maxUpdate value: {values}")
            } else {
                format!("Steps {steps} have invalid maxUpdate values: [{values}]")
            });
        }
        let empty: Vec<String> = self.empty.iter().map(|step| (step + 1).to_string()).collect();
        (!empty.is_empty())
            .then(|| format!("Steps [{}] have no applications matching their criteria", empty.join(" ")))
    }
}

/// Steps, from 1, and what is wrong with each, both with commas.
fn listed(issues: &[(usize, String)]) -> (String, String) {
    let (steps, words): (Vec<String>, Vec<&str>) =
        issues.iter().map(|(step, word)| ((step + 1).to_string(), word.as_str())).unzip();
    (steps.join(", "), words.join(", "))
}
