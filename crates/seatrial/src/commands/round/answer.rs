//! What a chat window answered: the manifest is left to the trial, the rest is read here.

use seatrial_rounds::Question;

/// How many questions of one answer are taken, and how long each may be.
const MAX_QUESTIONS: usize = 20;
const MAX_LENGTH: usize = 500;

/// The lines of an answer that stand around its fenced manifests; nothing when there are no fences.
pub(super) fn notes(answer: &str) -> String {
    let mut inside = false;
    let mut fences = false;
    let mut out = String::new();
    for line in answer.lines() {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            inside = !inside;
            fences = true;
        } else if !inside {
            out.push_str(line);
            out.push('\n');
        }
    }
    if fences { out.trim().to_owned() } else { String::new() }
}

/// The questions that an author asks in its notes: sentences that end in a question mark.
pub(super) fn questions(notes: &str) -> Vec<Question> {
    let mut out = Vec::new();
    for line in notes.lines() {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '>' | '#'));
        let mut rest = line;
        while let Some(end) = rest.find('?') {
            let (before, after) = rest.split_at(end + 1);
            let start = before
                .rfind(['.', '!', ':'])
                .filter(|at| before.get(at + 1..).is_some_and(|s| s.starts_with(' ')));
            let text = before.get(start.map_or(0, |at| at + 1)..).unwrap_or(before).trim();
            let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
            if text.len() > 3 && text.len() <= MAX_LENGTH && out.len() < MAX_QUESTIONS {
                out.push(Question {
                    id: format!("q{}", out.len() + 1),
                    text: text.to_owned(),
                    ..Question::default()
                });
            }
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_around_fences_is_notes_and_asks() {
        let answer = "Here you are.\n\n```yaml\nkind: ApplicationSet # really?\n```\n\n1. Which AppProject is it? Tell me.\n- I used 5 replicas. Is that enough? And which region?\n";
        let notes = notes(answer);
        assert!(!notes.contains("kind") && notes.starts_with("Here you are.") && notes.ends_with("region?"));
        let asked: Vec<(String, String)> = questions(&notes).into_iter().map(|q| (q.id, q.text)).collect();
        let asked: Vec<(&str, &str)> = asked.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        assert_eq!(
            asked,
            [("q1", "Which AppProject is it?"), ("q2", "Is that enough?"), ("q3", "And which region?")]
        );
    }

    #[test]
    fn plain_yaml_is_no_notes() {
        assert_eq!(notes("kind: ApplicationSet\n"), "");
    }
}
