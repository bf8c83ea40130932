//! `check`: what is wrong in the files.

use std::sync::Arc;

use schemars::JsonSchema;
use seatrial_source::SourceFile;
use seatrial_trial::{Report, check};
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Outcome, Tool, arguments, more, paged, schema_of, take, to_value};
use crate::commands::catalogue;
use crate::commands::check::chosen;
use crate::formats::json::output;
use crate::formats::{FailOn, Shown};
use crate::look::Look;
use crate::mcp::Engine;
use crate::mcp::bounded::{self, Page};
use crate::session::Session;
use crate::text::count;

pub(super) const TOOL: Tool = Tool {
    name: "check",
    title: "Check manifests",
    description: "Judge the Argo CD Applications and ApplicationSets on disk by this platform's facts: what the controller \
                  would generate, what Helm would render, and what is wrong with it, each finding with file, line, \
                  environment, the fact it breaks and a verified fix where there is one. Use it after editing files. \
                  `unknown` lists what could not be judged: it is never the same as fine.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    /// Files and folders, relative to the root; none means the whole root.
    paths: Vec<String>,
    /// Only these rules; none means all.
    rules: Vec<String>,
    /// Show findings of this environment only. The verdict and the counts are of all.
    environment: Option<String>,
    /// How many findings to skip: `page.next` of the answer before.
    offset: usize,
    /// How many findings to show at most; as many as fit when not given.
    limit: Option<usize>,
}

fn schema() -> Value {
    paged(include_str!("../../../schema/check.schema.json"))
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let rules = chosen(&arguments.rules)?;
    let session = engine.session(&arguments.paths)?;
    let report = if arguments.rules.is_empty() {
        engine.judged(&session)
    } else {
        engine.on_threads(|| check(&session.inputs, &rules))
    };
    session.insist(&report.read_errors, report.summary.files)?;
    session.keep_lock()?;
    let view = View {
        environment: arguments.environment.as_deref(),
        file: None,
        offset: arguments.offset,
        limit: arguments.limit,
    };
    answer(&session, &report, &view)
}

/// Which findings are shown.
#[derive(Default)]
pub(super) struct View<'a> {
    pub(super) environment: Option<&'a str>,
    /// The file, as it is shown, that they are in.
    pub(super) file: Option<&'a str>,
    pub(super) offset: usize,
    pub(super) limit: Option<usize>,
}

/// A report as an answer.
pub(super) fn answer(session: &Session, report: &Report, view: &View<'_>) -> Outcome {
    let metas = catalogue();
    let shown = Shown {
        report,
        rules: &metas,
        environments: &session.environments,
        platform: session.inputs.platform.path(),
        fail_on: FailOn::Error,
        look: Look::PLAIN,
        verbosity: 0,
        arguments: "",
    };
    let mut all = to_value(output(&shown))?;
    let mut findings = take(&mut all, "findings");
    let of = |finding: &Value, name: &str| {
        finding["environments"].as_array().is_some_and(|all| all.iter().any(|e| e == name))
    };
    if let Some(name) = view.environment {
        findings.retain(|finding| of(finding, name));
    }
    if let Some(file) = view.file {
        findings.retain(|finding| finding["file"] == file);
    }
    let (findings, mut page) = bounded::page(findings, view.offset, view.limit, without_fix);
    all["findings"] = Value::Array(findings);
    for side in ["unknown", "silenced"] {
        bounded::keep_some(&mut all, side, &mut page);
    }
    let text = text(&all, &page);
    all["page"] = to_value(&page)?;
    let mut quoted: Vec<Arc<SourceFile>> =
        report.findings.iter().filter_map(|finding| report.file(finding.span.file).cloned()).collect();
    quoted.sort_by(|a, b| a.path.cmp(&b.path));
    quoted.dedup_by(|a, b| a.id == b.id);
    Ok(Answer { structured: all, text, quoted })
}

/// A finding too large for an answer is told without its edits.
fn without_fix(finding: &Value) -> Value {
    let mut finding = bounded::cut(finding);
    finding["fix"] = Value::Null;
    finding
}

fn text(all: &Value, page: &Page) -> String {
    let mut out = String::new();
    let string = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or_default() as usize;
    let summary = &all["summary"];
    let counts: Vec<String> =
        ["error", "warning", "note"].map(|name| count(number(&summary["severity"][name]), name)).to_vec();
    out.push_str(&format!(
        "Verdict: {}. {} and {} in {}, {}.\n",
        string(all, "verdict"),
        counts.join(", "),
        count(number(&summary["unknown"]), "thing unknown").replace("unknowns", "unknown"),
        count(number(&summary["files"]), "file"),
        count(number(&summary["applications"]), "Application"),
    ));
    for finding in all["findings"].as_array().into_iter().flatten() {
        let environments: Vec<&str> =
            finding["environments"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let whom = if environments.is_empty() {
            String::new()
        } else {
            format!(" (in {})", environments.join(", "))
        };
        out.push_str(&format!(
            "{}:{}:{}: {}[{}] {}{whom}\n",
            string(finding, "file"),
            finding["line"],
            finding["column"],
            string(finding, "severity"),
            string(finding, "rule"),
            string(finding, "message")
        ));
        let help = string(finding, "help");
        if !help.is_empty() {
            out.push_str(&format!("    help: {help}\n"));
        }
        if let Some(fix) = finding["fix"].as_object() {
            let word = |key: &str| fix.get(key).and_then(Value::as_str).unwrap_or_default();
            out.push_str(&format!("    fix ({}, verified): {}\n", word("applicability"), word("title")));
        }
    }
    for unknown in all["unknown"].as_array().into_iter().flatten() {
        out.push_str(&format!("unknown: {}: {}\n", string(unknown, "what"), string(unknown, "needs")));
    }
    out.push_str(&more(page, "findings"));
    out
}
