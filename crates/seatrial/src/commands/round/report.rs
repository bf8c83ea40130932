//! `seatrial round report`: the page at the end of a piece of work, in Markdown.

use std::fmt::Write as _;

use seatrial_rounds::{Comparison, Counterfactual, Met, Round, Store, compare, covered, pieces, reflect};

use super::output::{PieceReport, ReportOutput, summary};
use crate::error::CliError;
use crate::text::{count, printable};

/// The report on a piece of work, or on all of them.
pub(super) fn made(store: &Store, piece: Option<&str>) -> Result<ReportOutput, CliError> {
    let all = pieces(store);
    let known: Vec<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let chosen: Vec<_> =
        all.into_iter().filter(|(name, _)| piece.is_none_or(|piece| piece == *name)).collect();
    if chosen.is_empty() {
        return Err(match piece {
            Some(piece) if !known.is_empty() => CliError::new(format!("there is no piece of work `{piece}`"))
                .hint(format!("there is {}", known.join(", "))),
            _ => CliError::new("there are no rounds yet")
                .hint("`seatrial round add FILE` records what a model answered"),
        });
    }
    let report = |(name, rounds): (&str, Vec<&Round>)| PieceReport {
        intent: rounds
            .iter()
            .map(|r| &r.request.intent)
            .find(|intent| !intent.is_empty())
            .cloned()
            .unwrap_or_default(),
        rounds: rounds.iter().map(|round| summary(round)).collect(),
        coverage: covered(&rounds),
        changes: rounds.windows(2).filter_map(|pair| Some(compare(pair.first()?, pair.get(1)?))).collect(),
        reflection: reflect(name, &rounds, store.decisions()),
    };
    Ok(ReportOutput { pieces: chosen.into_iter().map(report).collect() })
}

/// The report as a page.
pub(super) fn page(report: &ReportOutput) -> String {
    let mut out = String::new();
    for (index, piece) in report.pieces.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        of_piece(piece, &mut out);
    }
    // Whatever an author wrote stays text.
    out.lines().fold(String::new(), |page, line| page + &printable(line) + "\n")
}

fn of_piece(piece: &PieceReport, out: &mut String) {
    let reflection = &piece.reflection;
    let _ = writeln!(out, "# {}\n", reflection.piece);
    if !piece.intent.is_empty() {
        let _ = writeln!(out, "> {}\n", piece.intent.replace('\n', "\n> "));
    }
    let _ = writeln!(
        out,
        "## Rounds\n\n| round | author | verdict | Applications | errors | warnings | constraints met |"
    );
    let _ = writeln!(out, "|---|---|---|---|---|---|---|");
    for round in &piece.rounds {
        let author =
            if round.author.name.is_empty() { round.author.kind.as_str() } else { &round.author.name };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} of {} |",
            round.number,
            cell(author),
            round.verdict.as_str(),
            round.applications,
            round.errors,
            round.warnings,
            round.met,
            round.constraints
        );
    }
    coverage(piece, out);
    for comparison in &piece.changes {
        changes(comparison, out);
    }
    if let Some(mistakes) = &reflection.mistakes {
        counterfactual(mistakes, out);
    }
    let considered = reflection.not_considered.iter().map(|one| {
        let met = one.met_in.map_or("not met yet".to_owned(), |round| format!("met in round {round}"));
        format!("“{}” ({met})", one.sentence)
    });
    list(out, "What the first round did not consider", considered);
    let longest = reflection.longest.iter();
    let longest =
        longest.map(|one| format!("`{}` in {}: {}", one.rule, count(one.rounds.len(), "round"), one.message));
    list(out, "What took the most rounds", longest);
    let lost = reflection.lost.iter().map(|one| {
        let now = if one.restored { "put back since" } else { "still gone" };
        format!("In round {}: {} ({now})", one.by, one.lost.sentence())
    });
    list(out, "What was lost on the way", lost);
    list(
        out,
        "Constraints learned",
        reflection.learned.iter().map(|one| format!("`{}`: “{}”", one.id, one.sentence)),
    );
    list(
        out,
        "Decisions",
        reflection.decisions.iter().map(|d| format!("Round {}, {}: {}", d.round, d.by, d.text)),
    );
    list(out, "For the next time", reflection.lessons.iter().cloned());
}

fn coverage(piece: &PieceReport, out: &mut String) {
    if piece.coverage.is_empty() {
        return;
    }
    let _ = write!(out, "\n## Constraints\n\n| constraint | sentence |");
    for round in &piece.rounds {
        let _ = write!(out, " {} |", round.number);
    }
    out.push_str(" where |\n|---|---|");
    out.push_str(&"---|".repeat(piece.rounds.len()));
    out.push_str("---|\n");
    for constraint in &piece.coverage {
        let _ = write!(
            out,
            "| `{}` ({}) | {} |",
            cell(&constraint.id),
            constraint.level,
            cell(&constraint.sentence)
        );
        for round in &piece.rounds {
            let met = constraint.rounds.get(&round.number).map_or("", |met| match met {
                Met::Yes => "met",
                Met::No => "**broken**",
                Met::Unknown => "unknown",
            });
            let _ = write!(out, " {met} |");
        }
        let _ = writeln!(out, " {} |", cell(&constraint.places.join(", ")));
    }
}

fn changes(comparison: &Comparison, out: &mut String) {
    let _ = writeln!(out, "\n## From round {} to round {}\n", comparison.from, comparison.to);
    let _ = writeln!(
        out,
        "{} fixed, {} remaining, {} regressed, {} came to light; Applications: {} added, {} removed, {} changed; resources: {} added, {} removed, {} changed.",
        comparison.fixed.len(),
        comparison.remaining.len(),
        comparison.regressed.len(),
        comparison.revealed.len(),
        comparison.applications.added.len(),
        comparison.applications.removed.len(),
        comparison.applications.changed.len(),
        comparison.resources.added.len(),
        comparison.resources.removed.len(),
        comparison.resources.changed.len(),
    );
    let regressed =
        comparison.regressed.iter().map(|f| format!("Regressed: {} [{}] {}", f.place(), f.rule, f.message));
    let lost = comparison.lost.iter().map(|lost| format!("Lost: {}", lost.sentence()));
    let met = comparison.met.iter().map(|c| format!("Now met: “{}”", c.sentence));
    let broken = comparison.broken.iter().map(|c| format!("No longer met: “{}”", c.sentence));
    let lines: Vec<String> = regressed.chain(lost).chain(broken).chain(met).collect();
    if !lines.is_empty() {
        out.push('\n');
        for line in &lines {
            let _ = writeln!(out, "- {line}");
        }
    }
}

fn counterfactual(mistakes: &Counterfactual, out: &mut String) {
    let _ = writeln!(out, "\n## What round {} would have done, had it been applied\n", mistakes.round);
    for sentence in &mistakes.overall {
        let _ = writeln!(out, "{sentence}\n");
    }
    for (environment, sentences) in &mistakes.environments {
        let _ = writeln!(out, "### {environment}\n");
        for sentence in sentences {
            let _ = writeln!(out, "- {sentence}");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end_matches('\n').len());
    out.push('\n');
}

fn list(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "\n## {title}\n");
        for line in &lines {
            let _ = writeln!(out, "- {line}");
        }
    }
}

/// A text that may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
