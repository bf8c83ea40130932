//! `seatrial expand`: the Applications that the controller would create, or its words for why not.

mod deletion;
mod rollout;

use std::collections::HashSet;

use seatrial_argocd::Fate;
use seatrial_trial::{Expanded, expand};
use seatrial_yaml::goyaml;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{ExpandArgs, ExpandFormat, Global};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, DIM, Look, RED, YELLOW};
use crate::place::in_file;
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};
use crate::text::{count, printable};
use deletion::DeletionOutput;
use rollout::RolloutOutput;

/// What `seatrial expand --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial expand", deny_unknown_fields))]
pub(crate) struct ExpandOutput {
    /// Exactly the objects that the controller would create, sorted by namespace and name.
    applications: Vec<Value>,
    /// What becomes of Applications that exist already (`argocd.state`); left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<Vec<ExistingOutput>>,
    /// How rolling syncs go on; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollouts: Option<Vec<RolloutOutput>>,
    /// How Applications go with sets that are being deleted, or would delete them step by step; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletions: Option<Vec<DeletionOutput>>,
    /// ApplicationSets that the controller would report an error for.
    errors: Vec<ErrorOutput>,
    /// What only the outside world knows.
    unknown: Vec<UnknownOutput>,
}

/// An Application that exists already.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ExistingOutput {
    /// `namespace/name` of the set that generates it, or generated it once.
    application_set: String,
    /// `updated`, `unchanged`, `left` (its policy allows no updates) or `deleted`.
    fate: &'static str,
    /// The Application afterwards, with what the controller preserves and ignores. If it is deleted: as it was, without the
    /// finalizer that the controller takes away where the destination is none.
    application: Value,
}

/// Why a set yields less than it says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ErrorOutput {
    /// `namespace/name` of the set; its file when it cannot be read that far.
    application_set: String,
    /// The controller's reason, or `ParseError`.
    reason: String,
    /// As Argo CD words it.
    message: String,
    /// The file's path.
    file: Option<String>,
    /// Line, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
}

/// What could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct UnknownOutput {
    /// `namespace/name` of the set; the file when it cannot be read.
    application_set: String,
    /// What would have to be supplied.
    needs: String,
    /// The file's path.
    file: Option<String>,
    /// Line, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
}

pub(super) fn run(args: &ExpandArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let session = Session::open(&args.input, global, io)?;
    let inputs = &session.inputs;
    let expanded =
        progress::during("expanding", shows_progress(global, io), || on_threads(global, || expand(inputs)))?;
    session.insist(&expanded.read_errors, expanded.file_count())?;
    session.keep_lock()?;
    let output = output(&expanded, session.inputs.snapshot.label());
    let format =
        args.format.unwrap_or(if io.terminal.output { ExpandFormat::Table } else { ExpandFormat::Yaml });
    let look = io.look(global.color);
    let text = match format {
        ExpandFormat::Names => names(&output),
        ExpandFormat::Yaml => yaml(&output)?,
        ExpandFormat::Json => format!("{}\n", serde_json::to_string_pretty(&output).unwrap_or_default()),
        ExpandFormat::Table => table(&output, expanded.application_sets, look),
    };
    io.print(&text)?;
    if format != ExpandFormat::Json && global.quiet < 2 {
        let said = problems(&output, io.error_look(global.color));
        io.say(&said);
    }
    Ok(u8::from(!output.errors.is_empty() || (args.strict && !output.unknown.is_empty())))
}

pub(crate) fn output(expanded: &Expanded, label: &str) -> ExpandOutput {
    let place = |span: seatrial_source::Span| {
        let at = in_file(expanded.file(span.file)?, span);
        Some((at.file.to_string(), at.line, at.column))
    };
    let split = |at: Option<(String, u32, u32)>| match at {
        Some((file, line, column)) => (Some(file), Some(line), Some(column)),
        None => (None, None, None),
    };
    let errors = expanded.errors.iter().map(|error| {
        let (file, line, column) = split(place(error.span));
        ErrorOutput {
            application_set: error.application_set.clone(),
            reason: error.reason.clone(),
            message: error.message.clone(),
            file,
            line,
            column,
        }
    });
    let unread = expanded.read_errors.iter().map(|error| {
        let path = format!("{label}{}", error.path);
        UnknownOutput {
            application_set: path.clone(),
            needs: format!("the file cannot be read: {}", error.kind),
            file: Some(path),
            line: None,
            column: None,
        }
    });
    let unknown = expanded.unknown.iter().map(|unknown| {
        let (file, line, column) = split(place(unknown.span));
        UnknownOutput {
            application_set: unknown.application_set.clone(),
            needs: unknown.needs.clone(),
            file,
            line,
            column,
        }
    });
    // Several Applications of a set may rest on the same doubt.
    let mut known = HashSet::new();
    let doubts = unread.chain(unknown).filter(|doubt| known.insert(doubt.clone())).collect();
    let existing = expanded.existing.iter().map(|(set, existing)| ExistingOutput {
        application_set: set.clone(),
        fate: match existing.fate {
            Fate::Updated => "updated",
            Fate::Unchanged => "unchanged",
            Fate::Left => "left",
            Fate::Deleted => "deleted",
        },
        application: existing.application.clone(),
    });
    let existing = Some(existing.collect()).filter(|existing: &Vec<_>| !existing.is_empty());
    let rollouts = expanded.rollouts.iter().map(|(set, rollout)| RolloutOutput::new(set, rollout));
    let rollouts = Some(rollouts.collect()).filter(|rollouts: &Vec<_>| !rollouts.is_empty());
    let deletions = expanded.deletions.iter().map(|(set, deletion)| DeletionOutput::new(set, deletion));
    let deletions = Some(deletions.collect()).filter(|deletions: &Vec<_>| !deletions.is_empty());
    ExpandOutput {
        applications: expanded.applications.clone(),
        existing,
        rollouts,
        deletions,
        errors: errors.collect(),
        unknown: doubts,
    }
}

fn text<'v>(application: &'v Value, pointer: &str) -> &'v str {
    application.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn names(output: &ExpandOutput) -> String {
    let mut out = String::new();
    for application in &output.applications {
        out.push_str(text(application, "/metadata/namespace"));
        out.push('/');
        out.push_str(text(application, "/metadata/name"));
        out.push('\n');
    }
    out
}

fn yaml(output: &ExpandOutput) -> Result<String, CliError> {
    let written: Result<Vec<String>, _> = output.applications.iter().map(goyaml::to_yaml).collect();
    let written = written.map_err(|error| {
        CliError::new(format!("an Application cannot be written as YAML: {}", error.message))
    })?;
    Ok(written.join("---\n"))
}

pub(crate) fn table(output: &ExpandOutput, sets: usize, look: Look) -> String {
    let mut rows = vec![
        ["NAME", "PROJECT", "DESTINATION", "NAMESPACE", "SOURCE", "REVISION", "SYNC"].map(str::to_owned),
    ];
    for application in &output.applications {
        let destination = match text(application, "/spec/destination/name") {
            "" => text(application, "/spec/destination/server"),
            name => name,
        };
        let several = application.pointer("/spec/sources").and_then(Value::as_array);
        let source = application.pointer("/spec/source").or_else(|| several?.first()).unwrap_or(&Value::Null);
        let part = match text(source, "/chart") {
            "" => text(source, "/path"),
            chart => chart,
        };
        let more = several.map_or(0, |list| list.len().saturating_sub(1));
        let mut from = text(source, "/repoURL").to_owned();
        if !part.is_empty() {
            from.push_str(&format!(" {part}"));
        }
        if more > 0 {
            from.push_str(&format!(" (+{more})"));
        }
        rows.push(
            [
                format!(
                    "{}/{}",
                    text(application, "/metadata/namespace"),
                    text(application, "/metadata/name")
                ),
                text(application, "/spec/project").to_owned(),
                destination.to_owned(),
                text(application, "/spec/destination/namespace").to_owned(),
                from,
                text(source, "/targetRevision").to_owned(),
                sync(application),
            ]
            .map(|cell| printable(&cell).replace(['\n', '\t'], " ")),
        );
    }
    let mut out = String::new();
    if rows.len() > 1 {
        let widths: Vec<usize> =
            (0..7).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
        for (number, row) in rows.iter().enumerate() {
            let line: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| {
                    format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count())))
                })
                .collect();
            let line = line.join("  ");
            let line = line.trim_end();
            out.push_str(&if number == 0 { look.paint(BOLD, line) } else { line.to_owned() });
            out.push('\n');
        }
        out.push('\n');
    }
    for rollout in output.rollouts.iter().flatten() {
        out.push_str(&rollout.plan(look));
        out.push('\n');
    }
    for deletion in output.deletions.iter().flatten() {
        out.push_str(&deletion.plan(look));
        out.push('\n');
    }
    out.push_str(&look.paint(
        DIM,
        &format!(
            "{} from {}",
            count(output.applications.len(), "Application"),
            count(sets, "ApplicationSet")
        ),
    ));
    out.push('\n');
    out
}

/// How it is synced, in a word: `manual`, `auto`, with what automation does besides.
fn sync(application: &Value) -> String {
    let Some(automated) = application.pointer("/spec/syncPolicy/automated").filter(|a| !a.is_null()) else {
        return "manual".to_owned();
    };
    let on = |key: &str| automated.get(key).and_then(Value::as_bool);
    if on("enabled") == Some(false) {
        return "manual".to_owned();
    }
    let mut out = "auto".to_owned();
    for (key, sign) in [("prune", "+prune"), ("selfHeal", "+selfHeal")] {
        if on(key) == Some(true) {
            out.push_str(sign);
        }
    }
    out
}

/// Sets that are being deleted, what changes or goes of what exists, errors and unknowns, for standard error.
fn problems(output: &ExpandOutput, look: Look) -> String {
    let at = |file: &Option<String>, line: Option<u32>, column: Option<u32>| match (file, line, column) {
        (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
        (Some(file), ..) => format!("{file}: "),
        _ => String::new(),
    };
    let mut out = String::new();
    for deletion in output.deletions.iter().flatten() {
        if let Some(why) = deletion.why_nothing() {
            out.push_str(&format!("{} {}\n", look.paint(YELLOW, "note:"), printable(&why)));
        }
    }
    for existing in output.existing.iter().flatten() {
        let what = match existing.fate {
            "updated" => "exists already and is updated",
            "left" => "exists already and is left as it is: the policy of the set allows no updates",
            "deleted" => "exists already and is deleted: the set generates it no more",
            _ => continue,
        };
        let name = format!(
            "{}/{}",
            text(&existing.application, "/metadata/namespace"),
            text(&existing.application, "/metadata/name")
        );
        out.push_str(&format!(
            "{} {}: {} {what}\n",
            look.paint(YELLOW, "note:"),
            printable(&existing.application_set),
            printable(&name)
        ));
    }
    for error in &output.errors {
        out.push_str(&format!(
            "{}{} {}: {}: {}\n",
            printable(&at(&error.file, error.line, error.column)),
            look.paint(RED, "error:"),
            printable(&error.application_set),
            error.reason,
            printable(&error.message)
        ));
    }
    for unknown in &output.unknown {
        out.push_str(&format!(
            "{}{} {}: {}\n",
            printable(&at(&unknown.file, unknown.line, unknown.column)),
            look.paint(YELLOW, "unknown:"),
            printable(&unknown.application_set),
            printable(&unknown.needs)
        ));
    }
    out
}
