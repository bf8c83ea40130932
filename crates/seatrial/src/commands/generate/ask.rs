//! Asking a person on a terminal what neither facts nor intent say.

use seatrial_author::{Intent, Question};

use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, Look};

/// Whether an answer can be taken here; what belongs into the platform file or the chart is answered there.
pub(super) fn is_askable(question: &Question) -> bool {
    matches!(question.id, "chart" | "environments" | "namespace" | "revision" | "project")
        && question.answer.contains("--")
}

/// Asks, and puts the answer into the intent. An empty answer leaves what is assumed.
pub(super) fn ask(question: &Question, intent: &mut Intent, io: &mut Io<'_>, look: Look) {
    let assumed = question.assumed.as_deref().map(|text| look.paint(DIM, &format!(" [{text}]")));
    let shown = format!(
        "{} {}{} ",
        look.paint(CYAN, "?"),
        look.paint(BOLD, &question.text),
        assumed.unwrap_or_default()
    );
    let Some(answer) = io.ask(&shown).filter(|answer| !answer.is_empty()) else { return };
    match question.id {
        "chart" => intent.chart = Some(answer),
        "environments" => {
            intent.environments = answer
                .split([',', ' '])
                .filter(|n| !n.is_empty() && *n != "and")
                .map(str::to_owned)
                .collect();
        }
        "namespace" => intent.namespace = Some(answer),
        "project" => intent.project = Some(answer),
        _ => match answer.split_once('=') {
            Some((environment, revision)) => intent.revision.set(Some(environment), revision.to_owned()),
            None => intent.revision.set(None, answer),
        },
    }
}
