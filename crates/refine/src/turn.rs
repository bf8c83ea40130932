//! What a model is told after a round.

use seatrial_models::Stop;
use seatrial_rounds::{File, Round, feedback};

use crate::judge::Candidate;
use crate::prompt::quoted;

/// What is told when an answer holds neither a file nor a question.
pub(crate) fn unreadable(stop: &Stop) -> String {
    match stop {
        Stop::MaxTokens => "Your answer was cut off at the limit of its length, and no whole file could be read from it. Answer again, shorter: the \
                            JSON object, the file without long comments, short notes."
            .to_owned(),
        Stop::ContextExceeded => "The conversation is too long for you. Answer with the file alone.".to_owned(),
        _ => "No file could be read from your answer. Answer with the JSON object that is asked for: files, questions, notes.".to_owned(),
    }
}

/// Why the work waits for answers.
pub(crate) fn questions(n: usize) -> String {
    format!("{n} question{} only a person can answer", if n == 1 { "" } else { "s" })
}

/// Why the work does not go on.
pub(crate) fn no_progress(candidate: &Candidate, known: bool) -> String {
    let what =
        if known { "the model proposes what it proposed before" } else { "the last round changed nothing" };
    let left = if candidate.privileges.is_empty()
        || !candidate.refused.is_empty()
        || !candidate.report.findings.is_empty()
    {
        "what is left needs a person"
    } else {
        "all that is left are rights that only a person gives"
    };
    format!("{what}; {left}")
}

/// The next turn: what was refused, what was fixed, what remains and what is new, what only a person can allow, and what was answered. `better` is
/// an earlier round that was better than this one, with its files.
pub(crate) fn next(
    previous: Option<&Round>,
    round: &Round,
    candidate: &Candidate,
    answered: &[(String, String)],
    open: usize,
    better: Option<(u32, &[File])>,
) -> String {
    let mut out = feedback(previous, round);
    out.push('\n');
    if !candidate.privileges.is_empty() {
        out.push_str("What needs a person's word goes beyond the facts and the state before. Take it out unless the task itself asks for it.\n\n");
    }
    for (question, answer) in answered {
        out.push_str(&format!("You asked: {question}\nThe answer: {answer}\n\n"));
    }
    if open > 0 && answered.is_empty() {
        out.push_str("Nobody can answer your questions now. Choose what is safest, say so in the notes, and go on.\n\n");
    }
    let start = match better {
        Some((number, files)) => {
            out.push_str(&format!("This is worse than round {number}. Start again from its files:\n"));
            files
        }
        None if candidate.fixed.is_empty() => &[],
        None => {
            out.push_str("The files as they are after those fixes. Go on from them:\n");
            candidate.files.as_slice()
        }
    };
    for file in start {
        out.push_str(&format!("{}\n<data>\n{}</data>\n", file.path, quoted(&file.text)));
    }
    out.push_str("Answer with the whole files again.");
    out
}
