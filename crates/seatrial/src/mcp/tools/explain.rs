//! `explain`: a rule's page, or the catalogue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, Outcome, Tool, arguments, schema_of, to_value};
use crate::commands::{catalogue, known_rule, page_of};
use crate::mcp::Engine;

pub(super) const TOOL: Tool = Tool {
    name: "explain",
    title: "Explain a rule",
    description: "What a rule means, why it matters, with an example and how to mend it; without a name, every rule in one line. \
                  Use it when a finding is not clear.",
    input: schema_of::<Arguments>,
    output: schema_of::<Explained>,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    /// The rule's name, as a finding tells it.
    rule: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Explained {
    /// The rules: the one asked for, or all.
    rules: Vec<RuleOutput>,
}

/// A rule of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RuleOutput {
    /// Its name.
    rule: String,
    /// The part of the catalogue that it belongs to.
    group: String,
    /// The point of the seven-point checklist that it answers, if it is one of them.
    check: Option<u8>,
    /// Its severity, unless the platform file sets another.
    severity: String,
    /// What it finds, in a sentence.
    summary: String,
    /// Its page, in Markdown; only of the rule that was asked for.
    page: Option<String>,
}

fn run(_: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let (metas, whole) = match &arguments.rule {
        Some(name) => (vec![known_rule(name)?], true),
        None => (catalogue(), false),
    };
    let rules: Vec<RuleOutput> = metas
        .into_iter()
        .map(|meta| RuleOutput {
            rule: meta.name.to_owned(),
            group: meta.group.as_str().to_owned(),
            check: meta.group.check(),
            severity: meta.severity.as_str().to_owned(),
            summary: meta.summary().to_owned(),
            page: whole.then(|| page_of(meta)),
        })
        .collect();
    let text = rules
        .iter()
        .map(|rule| match &rule.page {
            Some(page) => page.clone(),
            None => format!("{} ({}): {}\n", rule.rule, rule.severity, rule.summary),
        })
        .collect();
    Ok(Answer::new(to_value(Explained { rules })?, text))
}
