//! `seatrial explain`: a rule's page, or the catalogue.

use seatrial_trial::finding::{Group, Severity};
use seatrial_trial::rule::Meta;
use serde_json::json;

use super::{catalogue, known_rule, page_of};
use crate::cli::{ExplainArgs, ExplainFormat, Global};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, GREEN, Look, RED, YELLOW};
use crate::page;
use crate::text::wrap;

pub(super) fn run(args: &ExplainArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let look = io.look(global.color);
    let text = match (&args.rule, args.format) {
        (Some(name), ExplainFormat::Text) => one(known_rule(name)?, look),
        (Some(name), ExplainFormat::Markdown) => page_of(known_rule(name)?),
        (Some(name), ExplainFormat::Json) => pretty(&entry(known_rule(name)?)),
        (None, ExplainFormat::Text) => all(look),
        (None, ExplainFormat::Markdown) => crate::docs::catalogue(),
        (None, ExplainFormat::Json) => pretty(&json!(catalogue().into_iter().map(entry).collect::<Vec<_>>())),
    };
    io.print(&text)?;
    Ok(0)
}

fn one(meta: &Meta, look: Look) -> String {
    let mut facts = vec![format!("{} by default", meta.severity), meta.group.as_str().to_owned()];
    if let Some(point) = meta.group.check() {
        facts.push(format!("point {point} of the checklist"));
    }
    format!(
        "{}  {}\n\n{}",
        look.paint(BOLD, meta.name),
        look.paint(DIM, &format!("({})", facts.join(", "))),
        page::terminal(meta.page, look)
    )
}

fn all(look: Look) -> String {
    let rules = catalogue();
    let width = rules.iter().map(|meta| meta.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for group in Group::ALL {
        let of_group: Vec<&Meta> = rules.iter().copied().filter(|meta| meta.group == group).collect();
        if of_group.is_empty() {
            continue;
        }
        let point = group.check().map_or_else(String::new, |n| format!("  (point {n} of the checklist)"));
        out.push_str(&format!("{}{}\n", look.paint(BOLD, group.as_str()), look.paint(DIM, &point)));
        for meta in of_group {
            let (sign, style) = match meta.severity {
                Severity::Error => ("E", RED),
                Severity::Warning => ("W", YELLOW),
                Severity::Note => ("N", GREEN),
            };
            let summary = meta.summary().replace('`', "");
            let indent = width + 6;
            let lines = wrap(&summary, look.prose().saturating_sub(indent).max(30));
            out.push_str(&format!(
                "  {} {}  {}\n",
                look.paint(style, sign),
                look.paint(CYAN, &format!("{:<width$}", meta.name)),
                lines.join(&format!("\n{:indent$}", ""))
            ));
        }
        out.push('\n');
    }
    out.push_str(&format!(
        "{} rules. E error, W warning, N note, unless seatrial.yaml sets another level.\nA rule's page: seatrial explain RULE\n",
        rules.len()
    ));
    out
}

fn entry(meta: &Meta) -> serde_json::Value {
    json!({
        "rule": meta.name,
        "group": meta.group.as_str(),
        "check": meta.group.check(),
        "severity": meta.severity.as_str(),
        "summary": meta.summary(),
        "page": meta.page.trim(),
    })
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
