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

/// What the next turn tells.
pub(crate) struct Told<'a> {
    /// The round before.
    pub(crate) previous: Option<&'a Round>,
    /// The round that is answered.
    pub(crate) round: &'a Round,
    /// What became of its proposal.
    pub(crate) candidate: &'a Candidate,
    /// How many questions nobody can answer.
    pub(crate) unanswered: usize,
    /// An earlier round that was better than this one, with its files.
    pub(crate) better: Option<(u32, &'a [File])>,
    /// What the facts lead to now, where an answer changed them.
    pub(crate) draft: Option<&'a str>,
}

/// The next turn: what was refused, what was fixed, what remains and what is new, what only a person can allow, and what was answered.
pub(crate) fn next(told: &Told<'_>) -> String {
    let mut out = feedback(told.previous, told.round);
    out.push('\n');
    if !told.candidate.privileges.is_empty() {
        out.push_str("What needs a person's word goes beyond the facts and the state before. Take it out unless the task itself asks for it.\n\n");
    }
    if told.unanswered > 0 {
        out.push_str("Nobody can answer your questions now. Choose what is safest, say so in the notes, and go on.\n\n");
    }
    if let Some(draft) = told.draft {
        out.push_str(&format!(
            "The answers changed the facts. What they lead to now:\n<data>\n{}</data>\n\n",
            quoted(draft)
        ));
    }
    let start = match told.better {
        Some((number, files)) => {
            out.push_str(&format!("This is worse than round {number}. Start again from its files:\n"));
            files
        }
        None if told.candidate.fixed.is_empty() => &[],
        None => {
            out.push_str("The files as they are after those fixes. Go on from them:\n");
            told.candidate.files.as_slice()
        }
    };
    for file in start {
        out.push_str(&format!("{}\n<data>\n{}</data>\n", file.path, quoted(&file.text)));
    }
    out.push_str("Answer with the whole files again.");
    out
}
