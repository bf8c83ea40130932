//! What `seatrial round … --format json` prints.

use seatrial_rounds::{
    By, Comparison, Covered, Decision, Found, Met, Outcome, Reflection, Round, Store, Usage, Verdict,
};
use serde::Serialize;

/// `seatrial round list --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round list"))]
pub(crate) struct ListOutput {
    /// The rounds, in their order.
    pub(super) rounds: Vec<RoundSummary>,
    /// What of the record could not be read.
    pub(super) damage: Vec<String>,
}

/// A round in short.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RoundSummary {
    /// Its number.
    pub(super) number: u32,
    /// The piece of work.
    pub(super) piece: String,
    /// When, by RFC 3339.
    pub(super) time: String,
    /// Who wrote the proposal.
    pub(super) author: By,
    /// The trial's verdict.
    pub(super) verdict: Verdict,
    /// Errors found.
    pub(super) errors: usize,
    /// Warnings found.
    pub(super) warnings: usize,
    /// Notes.
    pub(super) notes: usize,
    /// Things that could not be judged.
    pub(super) unknown: usize,
    /// Safe fixes that were applied.
    pub(super) fixed: usize,
    /// Applications written or generated.
    pub(super) applications: usize,
    /// Constraints that are met.
    pub(super) met: usize,
    /// Constraints in all.
    pub(super) constraints: usize,
    /// What it cost.
    pub(super) usage: Usage,
    /// How the work ended with it.
    pub(super) outcome: Option<Outcome>,
}

/// `seatrial round show --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round show"))]
pub(crate) struct ShowOutput {
    /// The round, as it is recorded.
    round: Round,
    /// What was decided about it.
    decisions: Vec<Decision>,
}

/// `seatrial round diff --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round diff"))]
pub(crate) struct DiffOutput {
    /// What changed.
    #[serde(flatten)]
    pub(super) comparison: Comparison,
}

/// `seatrial round add --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round add"))]
pub(crate) struct AddOutput {
    /// The round that was recorded.
    pub(super) round: RoundSummary,
    /// What changed since the round before; `null` for the first.
    pub(super) comparison: Option<Comparison>,
    /// What to answer.
    pub(super) feedback: String,
}

/// `seatrial round decide --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round decide"))]
pub(crate) struct DecideOutput {
    /// What was recorded.
    pub(super) decision: Decision,
    /// The keys of the platform file that it states and the file did not have.
    pub(super) facts: Vec<String>,
    /// What it leaves open.
    pub(super) open: Vec<String>,
    /// Whether the platform file was written.
    pub(super) written: bool,
}

/// `seatrial round replay --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round replay"))]
pub(crate) struct ReplayOutput {
    /// The round as it was recorded.
    pub(super) round: RoundSummary,
    /// The same proposal, judged now.
    pub(super) now: RoundSummary,
    /// Whether the judgement is another.
    pub(super) differs: bool,
    /// From then to now.
    pub(super) comparison: Comparison,
}

/// `seatrial round report --format json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial round report"))]
pub(crate) struct ReportOutput {
    /// The pieces of work.
    pub(super) pieces: Vec<PieceReport>,
}

/// A piece of work.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PieceReport {
    /// What was wanted.
    pub(super) intent: String,
    /// Its rounds.
    pub(super) rounds: Vec<RoundSummary>,
    /// Which constraint was met in which round.
    pub(super) coverage: Vec<Covered>,
    /// What changed from each round to the next.
    pub(super) changes: Vec<Comparison>,
    /// What it taught.
    pub(super) reflection: Reflection,
}

pub(super) fn list(store: &Store) -> ListOutput {
    ListOutput {
        rounds: store.rounds().iter().map(summary).collect(),
        damage: store.damage().iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn show(store: &Store, round: &Round) -> ShowOutput {
    let decisions = store.decisions().iter().filter(|decision| decision.round == round.number);
    ShowOutput { round: round.clone(), decisions: decisions.cloned().collect() }
}

pub(super) fn summary(round: &Round) -> RoundSummary {
    let found = Found::all(&round.findings);
    let count = |severity: &str| found.iter().filter(|found| found.severity == severity).count();
    RoundSummary {
        number: round.number,
        piece: round.piece.clone(),
        time: round.time.clone(),
        author: round.author.clone(),
        verdict: round.verdict,
        errors: count("error"),
        warnings: count("warning"),
        notes: count("note"),
        unknown: round.unknown.len(),
        fixed: round.fixed.len(),
        applications: round.picture.applications.len(),
        met: round.constraints.iter().filter(|constraint| constraint.met == Met::Yes).count(),
        constraints: round.constraints.len(),
        usage: round.usage.clone(),
        outcome: round.outcome,
    }
}
