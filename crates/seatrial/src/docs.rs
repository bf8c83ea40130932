//! Documentation made from the definitions, so that the two cannot disagree.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};
use seatrial_trial::finding::Group;
use seatrial_trial::rule::Meta;

use crate::cli::Cli;
use crate::commands;

/// `docs/cli.md`: every command with its arguments and flags.
pub fn markdown() -> String {
    let mut command = Cli::command();
    command.build();
    let mut out = String::from(
        "# The command line\n\nMade from the definitions of the commands (`cargo xtask docs`); `seatrial help COMMAND` says the same.\n\n",
    );
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(out, "{about}\n");
    out.push_str("Exit codes: 0 nothing at or above the gate, 1 something, 2 could not run.\n\n");
    out.push_str("| command | does |\n|---|---|\n");
    for sub in visible(&command) {
        let name = sub.get_name();
        let _ = writeln!(out, "| [`{name}`](#seatrial-{name}) | {} |", about_of(sub));
    }
    out.push('\n');
    for sub in visible(&command) {
        section(sub, "seatrial", 2, &mut out);
    }
    out.push_str("## Options of every command\n\n");
    options(command.get_arguments().filter(|arg| arg.is_global_set()), &mut out);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Every rule, in the catalogue's order.
pub fn rules() -> Vec<&'static Meta> {
    commands::catalogue()
}

/// The catalogue of rules as Markdown: a table for each group.
pub fn catalogue() -> String {
    let rules = commands::catalogue();
    let mut out = String::from("# Rules\n\n");
    for group in Group::ALL {
        let mut of_group = rules.iter().filter(|meta| meta.group == group).peekable();
        if of_group.peek().is_none() {
            continue;
        }
        let point = group.check().map_or_else(String::new, |n| format!(" (point {n} of the checklist)"));
        let _ = writeln!(out, "## {}{point}\n\n| rule | level | |\n|---|---|---|", group.as_str());
        for meta in of_group {
            let _ = writeln!(
                out,
                "| [`{name}`](rules/{name}.md) | {} | {} |",
                meta.severity,
                meta.summary().replace('|', "\\|"),
                name = meta.name
            );
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
}

fn about_of(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn section(command: &Command, parent: &str, level: usize, out: &mut String) {
    let path = format!("{parent} {}", command.get_name());
    let _ = writeln!(out, "{} {path}\n\n{}.\n", "#".repeat(level), about_of(command).trim_end_matches('.'));
    let positional: Vec<&Arg> = command.get_positionals().filter(|arg| !arg.is_hide_set()).collect();
    let mut usage = path.clone();
    if command.get_arguments().any(|arg| !arg.is_positional() && !arg.is_global_set()) {
        usage.push_str(" [OPTIONS]");
    }
    for arg in &positional {
        let name = value_name(arg);
        let many = matches!(arg.get_action(), clap::ArgAction::Append);
        let name = if many { format!("{name}...") } else { name };
        usage.push_str(&if arg.is_required_set() { format!(" <{name}>") } else { format!(" [{name}]") });
    }
    let _ = writeln!(out, "```console\n$ {usage}\n```\n");
    options(command.get_arguments().filter(|arg| !arg.is_global_set()), out);
    for sub in visible(command) {
        section(sub, &path, level + 1, out);
    }
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>, out: &mut String) {
    let shown = |arg: &&Arg| !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version");
    let rows: Vec<String> = arguments
        .filter(shown)
        .map(|arg| {
            let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let values: Vec<String> = arg
                .get_possible_values()
                .iter()
                .filter(|value| !value.is_hide_set())
                .map(|value| format!("`{}`", value.get_name()))
                .collect();
            if !values.is_empty() && arg.get_action().takes_values() {
                let _ = write!(help, ": {}", values.join(", "));
            }
            let defaults: Vec<String> = arg
                .get_default_values()
                .iter()
                .map(|value| format!("`{}`", value.to_string_lossy()))
                .collect();
            if !defaults.is_empty() && arg.get_action().takes_values() {
                let _ = write!(help, " (default: {})", defaults.join(", "));
            }
            format!("| {} | {} |\n", names(arg), help.replace('|', "\\|"))
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("| option | |\n|---|---|\n");
        out.push_str(&rows.concat());
        out.push('\n');
    }
}

fn names(arg: &Arg) -> String {
    if arg.is_positional() {
        return format!("`{}`", value_name(arg));
    }
    let mut names = Vec::new();
    if let Some(short) = arg.get_short() {
        names.push(format!("`-{short}`"));
    }
    if let Some(long) = arg.get_long() {
        let value =
            if arg.get_action().takes_values() { format!(" {}", value_name(arg)) } else { String::new() };
        names.push(format!("`--{long}{value}`"));
    }
    names.join(", ")
}

fn value_name(arg: &Arg) -> String {
    arg.get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_command_is_documented() {
        let text = super::markdown();
        for command in
            ["check", "fix", "explain", "expand", "platform", "platform gaps", "init", "completions"]
        {
            assert!(text.contains(&format!(" seatrial {command}\n")), "{command}");
        }
        assert!(text.contains("`--fail-on SEVERITY`") && text.contains("`--max-file-bytes BYTES`"));
    }
}
