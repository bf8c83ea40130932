//! Asking what only a person knows.

use seatrial_learn::Question;
use seatrial_learn::edit;

use super::prose::value;
use crate::cli::Global;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM};
use crate::text::printable;

/// How often an answer that is none is asked for again.
const TRIES: usize = 3;

/// The platform file with the answers that a person gives, which cite `who`, and what is open still. An empty answer leaves a question
/// open; what the file would not bear is said, and asked again.
pub(crate) fn ask(
    mut text: String,
    questions: &[Question],
    who: &str,
    global: &Global,
    io: &mut Io<'_>,
) -> (String, Vec<Question>) {
    let look = io.error_look(global.color);
    let mut open = Vec::new();
    for question in questions {
        let Some(key) = &question.key else {
            open.push(question.clone());
            continue;
        };
        let mut settled = false;
        let proposed: Vec<String> = question.proposals.iter().map(value).collect();
        let hint = match proposed.as_slice() {
            [] => " (empty leaves it open)".to_owned(),
            some => format!(" (such as {}; empty leaves it open)", some.join(" or ")),
        };
        let prompt = format!(
            "{} {}{}: ",
            look.paint(CYAN, "?"),
            look.paint(BOLD, &printable(&question.text)),
            look.paint(DIM, &printable(&hint))
        );
        for _ in 0..TRIES {
            let Some(typed) = io.ask(&prompt).filter(|typed| !typed.is_empty()) else { break };
            let Some(answer) = edit::understood(key, &typed) else {
                io.say("  that is no value for it\n");
                continue;
            };
            match edit::answer(&text, question, &answer, who) {
                Ok(new) => {
                    text = new;
                    settled = true;
                    break;
                }
                Err(why) => io.say(&format!("  {}\n", printable(&why))),
            }
        }
        if !settled {
            open.push(question.clone());
        }
    }
    (text, open)
}
