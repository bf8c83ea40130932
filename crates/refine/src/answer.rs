//! What a model answered: files, questions, notes.

use seatrial_models::Answer;
use seatrial_rounds::{Choice, File, Proposal, Question};
use serde_json::{Value, json};

/// How much of a model's own words is kept.
const NOTES: usize = 20_000;

/// How many questions are taken from one answer.
const QUESTIONS: usize = 20;

/// How many options are taken of one question, and how many parts of its key.
const OPTIONS: usize = 10;
const KEYS: usize = 8;

/// The JSON schema of an answer, in the form that every provider takes.
pub fn schema() -> Value {
    let text = |what: &str| json!({"type": "string", "description": what});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["files", "questions", "notes"],
        "properties": {
            "files": {
                "type": "array",
                "description": "The files, each whole.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["path", "text"],
                    "properties": {
                        "path": text("The path that the task names."),
                        "text": text("The whole text of the file, YAML."),
                    },
                },
            },
            "questions": {
                "type": "array",
                "description": "What only a person can answer and no fact says; usually empty.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["id", "text", "options", "key"],
                    "properties": {
                        "id": text("A short name in kebab-case."),
                        "text": text("The question."),
                        "options": {
                            "type": "array",
                            "description": "The ways there are, the one you would take first; empty where it is no choice.",
                            "items": {
                                "type": "object",
                                "additionalProperties": false,
                                "required": ["text", "tradeoff"],
                                "properties": {
                                    "text": text("The way, as it would be answered."),
                                    "tradeoff": text("What it brings and what it costs."),
                                },
                            },
                        },
                        "key": {
                            "type": "array",
                            "description": "The fact that the answer states, as keys of the facts: environments, prod, pullSecret. Empty where it is none.",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
            "notes": text("What was decided and why, what was left out, what a person should look at."),
        },
    })
}

/// Reads an answer: the JSON that was asked for, or, from models that do not keep to it, YAML in fences or as it stands. `target` is the file
/// that a manifest without a path belongs to. `None` when there is neither a file nor a question in it.
pub fn read(answer: &Answer, target: &str) -> Option<Proposal> {
    read_text(&answer.text(), answer.json().as_ref(), target)
}

fn read_text(text: &str, json: Option<&Value>, target: &str) -> Option<Proposal> {
    let mut proposal = json.and_then(structured).unwrap_or_default();
    if proposal.files.is_empty()
        && proposal.questions.is_empty()
        && let Some(manifest) = manifest(text)
    {
        proposal.files.push(File { path: target.to_owned(), text: manifest });
        proposal.notes = outside_fences(text);
    }
    for file in &mut proposal.files {
        if file.path.is_empty() {
            target.clone_into(&mut file.path);
        }
        // Models wrap what is a text already.
        if let Some(inner) = manifest(&file.text).filter(|_| file.text.trim_start().starts_with("```")) {
            file.text = inner;
        }
        if !file.text.ends_with('\n') {
            file.text.push('\n');
        }
    }
    cut(&mut proposal.notes, NOTES);
    (!proposal.files.is_empty() || !proposal.questions.is_empty()).then_some(proposal)
}

fn structured(value: &Value) -> Option<Proposal> {
    let object = value.as_object()?;
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten();
    let files = list("files").map(|file| File { path: text(file, "path"), text: text(file, "text") });
    let files = files.filter(|file| !file.text.trim().is_empty()).collect();
    let question = |(index, question): (usize, &Value)| {
        let said = question.as_str().map_or_else(|| text(question, "text"), str::to_owned);
        let id = Some(text(question, "id")).filter(|id| !id.is_empty());
        let options = question.get("options").and_then(Value::as_array).into_iter().flatten();
        let options = options.map(|option| Choice {
            text: option.as_str().map_or_else(|| text(option, "text"), str::to_owned),
            tradeoff: text(option, "tradeoff"),
        });
        let key = question.get("key").and_then(Value::as_array).into_iter().flatten();
        Question {
            id: id.unwrap_or_else(|| format!("question-{}", index + 1)),
            text: said,
            key: key.filter_map(|part| Some(part.as_str()?.to_owned())).take(KEYS).collect(),
            options: options.filter(|option| !option.text.trim().is_empty()).take(OPTIONS).collect(),
            answer: None,
        }
    };
    let questions = list("questions").enumerate().map(question).filter(|q| !q.text.trim().is_empty());
    Some(Proposal { files, questions: questions.take(QUESTIONS).collect(), notes: text(value, "notes") })
}

/// The manifest in a text: of all fences the longest that speaks of Argo CD, else the whole text if it is YAML that does.
fn manifest(text: &str) -> Option<String> {
    let speaks = |text: &&str| text.contains("kind:") && text.contains("apiVersion:");
    let fenced = fences(text).into_iter().filter(speaks).max_by_key(|inner| inner.len());
    let whole = || {
        Some(text)
            .filter(|text| speaks(text) && text.trim_start().starts_with(['a', 'k', '-', '#', 'm', 's']))
    };
    let found = fenced.or_else(whole)?;
    Some(format!("{}\n", found.trim_end()))
}

/// What stands between fences; an open one reaches to the end.
fn fences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("```") {
        let Some(line) = rest.get(at..).and_then(|from| from.find('\n')) else { break };
        let inner = rest.get(at + line + 1..).unwrap_or_default();
        let end = inner.find("\n```").map_or(inner.len(), |end| end + 1);
        out.push(inner.get(..end).unwrap_or_default());
        rest = inner.get(end..).and_then(|from| from.strip_prefix("```")).unwrap_or_default();
    }
    out
}

fn outside_fences(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

fn cut(text: &mut String, most: usize) {
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n";

    #[test]
    fn what_was_asked_for() {
        let asked = json!({"id": "q", "text": "Which?", "options": [{"text": "a", "tradeoff": "dear"}, {"text": " "}, "b"],
            "key": ["environments", "prod", "pullSecret"]});
        let value =
            json!({"files": [{"path": "a.yaml", "text": SET}], "questions": [asked, "Why?"], "notes": "n"});
        let read = read_text("", Some(&value), "t.yaml").unwrap();
        assert_eq!(read.files, [File { path: "a.yaml".into(), text: SET.into() }]);
        assert_eq!(read.questions[0].id, "q");
        assert_eq!(read.questions[0].key.join("."), "environments.prod.pullSecret");
        let choice = |text: &str, tradeoff: &str| Choice { text: text.into(), tradeoff: tradeoff.into() };
        assert_eq!(read.questions[0].options, [choice("a", "dear"), choice("b", "")]);
        assert_eq!((read.questions[1].id.as_str(), read.questions[1].text.as_str()), ("question-2", "Why?"));
        assert_eq!(read.notes, "n");
    }

    #[test]
    fn fences_and_plain_yaml() {
        for text in [
            format!("Here it is:\n```yaml\n{SET}```\nDone."),
            format!("```sh\nls\n```\n\n```\n{SET}\n```"),
            format!("```yaml\n{SET}"),
            SET.to_owned(),
        ] {
            let read = read_text(&text, None, "t.yaml").unwrap();
            assert_eq!(read.files, [File { path: "t.yaml".into(), text: SET.into() }], "{text}");
        }
    }

    #[test]
    fn nothing_to_read() {
        for text in ["", "I cannot do that.", "```\n```", "{\"files\": []}", "```"] {
            assert_eq!(read_text(text, serde_json::from_str(text).ok().as_ref(), "t.yaml"), None, "{text}");
        }
    }
}
