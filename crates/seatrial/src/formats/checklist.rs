//! `--format checklist`: the seven points, for each environment.
//!
//! A point passes only when every rule of it could be judged: anything unknown, or text that had to be mended
//! in memory before it could be read, leaves it unknown.

use seatrial_trial::finding::{Finding, Severity};

use super::Shown;
use crate::look::{BOLD, DIM, GREEN, RED, YELLOW};
use crate::text::{count, printable};

/// The points, by number from 1, as questions about the platform.
pub(super) const POINTS: [&str; 7] = [
    "Cluster references",
    "Registry credentials",
    "Namespace alignment",
    "Resource limits",
    "Sync strategies",
    "Health assessment",
    "Variable substitution",
];

/// How a point stands in one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// So many findings at or above the gate.
    Fail(usize),
    /// Not everything that belongs to it could be judged.
    Unknown,
    /// Judged, nothing at or above the gate; so many findings below it.
    Pass(usize),
    /// Nothing goes to this environment.
    NotApplicable,
}

impl State {
    pub(super) fn words(self) -> String {
        match self {
            Self::Fail(n) => format!("fail ({n})"),
            Self::Unknown => "unknown".to_owned(),
            Self::Pass(0) => "pass".to_owned(),
            Self::Pass(n) => format!("pass ({n})"),
            Self::NotApplicable => "n/a".to_owned(),
        }
    }
}

pub(super) fn state(shown: &Shown<'_>, point: u8, environment: Option<&str>) -> State {
    let here = |f: &&Finding| {
        environment.is_none_or(|name| f.environments.is_empty() || f.environments.iter().any(|e| e == name))
    };
    let of_point = || shown.report.findings.iter().filter(|f| f.group.check() == Some(point)).filter(here);
    let failing = of_point().filter(|f| shown.fail_on.fails(f.severity)).count();
    if failing > 0 {
        return State::Fail(failing);
    }
    let blocked = shown.blocking() > 0;
    let unknowns = shown.unknowns();
    if environment.is_some_and(|name| shown.destined(name) == 0) && !blocked && unknowns.is_empty() {
        return State::NotApplicable;
    }
    let rule_of_point = |rule: &str| shown.meta(rule).is_some_and(|meta| meta.group.check() == Some(point));
    let unknown =
        unknowns.iter().any(|u| u.rules.is_empty() || u.rules.iter().any(|rule| rule_of_point(rule)));
    let nothing_judges = !shown.rules.iter().any(|meta| meta.group.check() == Some(point));
    let nothing_seen = shown.report.summary.applications == 0;
    if unknown || nothing_judges || blocked || nothing_seen {
        return State::Unknown;
    }
    State::Pass(of_point().count())
}

pub(super) fn render(shown: &Shown<'_>) -> String {
    let look = shown.look;
    let environments = shown.all_environments();
    let columns: Vec<Option<&str>> =
        if environments.is_empty() { vec![None] } else { environments.into_iter().map(Some).collect() };
    let mut out = String::new();
    let names: Vec<String> = columns.iter().map(|c| printable(c.unwrap_or("all")).into_owned()).collect();
    let widths: Vec<usize> = names.iter().map(|n| n.chars().count().max(11)).collect();
    out.push_str(&look.paint(BOLD, &format!("{:<26}", "checklist")));
    for (name, width) in names.iter().zip(&widths) {
        out.push_str("  ");
        out.push_str(&look.paint(BOLD, &format!("{name:<width$}")));
    }
    trim_end(&mut out);
    for (index, title) in POINTS.iter().enumerate() {
        let point = index as u8 + 1;
        out.push_str(&format!("{point}. {title:<23}"));
        for (column, width) in columns.iter().zip(&widths) {
            let state = state(shown, point, *column);
            let style = match state {
                State::Fail(_) => RED,
                State::Unknown => YELLOW,
                State::Pass(_) => GREEN,
                State::NotApplicable => DIM,
            };
            let words = state.words();
            out.push_str("  ");
            out.push_str(&look.paint(style, &words));
            out.push_str(&" ".repeat(width.saturating_sub(words.chars().count())));
        }
        trim_end(&mut out);
    }
    let others: Vec<&Finding> = shown.report.findings.iter().filter(|f| f.group.check().is_none()).collect();
    out.push('\n');
    if !others.is_empty() {
        let of = |s| others.iter().filter(|f| f.severity == s).count();
        out.push_str(&format!(
            "Beyond the seven points: {}, {}, {}.\n",
            count(of(Severity::Error), "error"),
            count(of(Severity::Warning), "warning"),
            count(of(Severity::Note), "note")
        ));
    }
    let blocking = shown.blocking();
    if blocking > 0 {
        out.push_str(&format!(
            "{} Argo CD from reading or generating anything: what is not failing stays unknown until then.\n",
            if blocking == 1 { "1 finding keeps".to_owned() } else { format!("{blocking} findings keep") },
        ));
    }
    for unknown in shown.unknowns() {
        out.push_str(&format!("Unknown: {}: {}\n", printable(&unknown.what), printable(&unknown.needs)));
    }
    out.push_str(&format!("Verdict: {}\n", shown.verdict().replace('-', " ")));
    out
}

/// Takes trailing blanks off the last line and ends it.
fn trim_end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}
