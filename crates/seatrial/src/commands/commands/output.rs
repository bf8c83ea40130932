//! What `seatrial commands` prints.

use serde::Serialize;

use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::text::{count, printable};

/// What `seatrial commands --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial commands", deny_unknown_fields))]
pub(crate) struct CommandsOutput {
    /// What to run, for each manifest.
    pub(super) plans: Vec<PlanOutput>,
    /// What is wrong with the commands of a script or page; `null` when a manifest was named.
    pub(super) checked: Option<Checked>,
}

/// What to run for a manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct PlanOutput {
    /// The manifest's file.
    pub(super) file: String,
    /// The steps, in order.
    pub(super) steps: Vec<StepOutput>,
    /// What is not known, and matters.
    pub(super) notes: Vec<String>,
}

/// A step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct StepOutput {
    /// What it is for.
    pub(super) title: String,
    /// The environment it is for.
    pub(super) environment: Option<String>,
    /// Whether a person has to agree first.
    pub(super) gated: bool,
    /// Its commands.
    pub(super) commands: Vec<Command>,
}

/// A command to run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Command {
    /// The command.
    pub(super) command: String,
    /// What to expect of it; may be empty.
    pub(super) expect: String,
}

/// A script or page whose commands were looked at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Checked {
    /// The file.
    pub(crate) file: String,
    /// How many commands of `argocd` and `kubectl` were found.
    pub(crate) commands: usize,
    /// What is wrong with them, in their order.
    pub(crate) wrong: Vec<WrongCommand>,
}

/// Something wrong with a command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct WrongCommand {
    /// What kind of fault.
    #[cfg_attr(test, schemars(extend("enum" = ["unknown-command", "unknown-flag", "unknown-context", "no-timeout", "fragile-list"])))]
    pub(crate) kind: &'static str,
    /// Whether the command fails; else it is a risk.
    pub(crate) fails: bool,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in characters, from 1.
    pub(crate) column: u32,
    /// The command.
    pub(crate) command: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) instead: Option<String>,
}

impl CommandsOutput {
    /// For people: plans as scripts, faults with their places.
    pub(crate) fn text(&self, look: Look) -> String {
        let mut out = String::new();
        for plan in &self.plans {
            plan.text(look, &mut out);
        }
        if let Some(checked) = &self.checked {
            checked.text(look, &mut out);
        }
        out
    }
}

impl PlanOutput {
    fn text(&self, look: Look, out: &mut String) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&look.paint(BOLD, &format!("# {}\n", printable(&self.file))));
        for note in &self.notes {
            out.push_str(&look.paint(YELLOW, &format!("# note: {}\n", printable(note))));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let gate = if step.gated { " (take the marks off when that is so)" } else { "" };
            let head = format!("\n# {}. {}{gate}\n", index + 1, printable(&step.title));
            out.push_str(&look.paint(if step.gated { RED } else { BOLD }, &head));
            for command in &step.commands {
                let expect = if command.expect.is_empty() {
                    String::new()
                } else {
                    look.paint(DIM, &format!("  # {}", printable(&command.expect)))
                };
                // Whoever pastes all of it, or pipes it to a shell, has not agreed yet.
                let mark = if step.gated { "# " } else { "" };
                out.push_str(&format!("{mark}{}{expect}\n", printable(&command.command)));
            }
        }
    }
}

impl Checked {
    fn text(&self, look: Look, out: &mut String) {
        for wrong in &self.wrong {
            let (style, level) = if wrong.fails { (RED, "error") } else { (YELLOW, "warning") };
            let head = look.paint(style, &format!("{level}[{}]", wrong.kind));
            let place = format!("{}:{}:{}", self.file, wrong.line, wrong.column);
            out.push_str(&format!("{}: {head} {}\n", printable(&place), printable(&wrong.message)));
            out.push_str(&look.paint(DIM, &format!("  {}\n", printable(&wrong.command))));
            if let Some(instead) = &wrong.instead {
                out.push_str(&look.paint(GREEN, &format!("  instead: {}\n", printable(instead))));
            }
        }
        let wrong = match self.wrong.len() {
            0 => "nothing wrong".to_owned(),
            n => format!("{n} wrong or risky"),
        };
        out.push_str(&format!("{} of argocd and kubectl: {wrong}\n", count(self.commands, "command")));
    }
}
