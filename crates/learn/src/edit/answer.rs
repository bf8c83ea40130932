//! What a person answers becomes a fact that cites the question.

use seatrial_platform::Platform;
use serde_json::{Map, Value, json};

use super::file::Draft;
use super::{Edited, Origin, fresh, issues};
use crate::prose;
use crate::reading::{Question, Reading};

/// What an answer as typed means under a key: a list where lists are, `none` where nothing is needed, labels as
/// `key=value`. `None` when it is empty or cannot be that.
pub fn understood(path: &[String], typed: &str) -> Option<Value> {
    let typed = typed.trim();
    let words: Vec<&str> = typed.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (first, one) = (words.first()?, words.len() == 1);
    match path.last()?.as_str() {
        "registries" | "storageClasses" | "ingressClasses" => Some(json!(words)),
        "pullSecret"
            if one && ["none", "no", "false", "-"].contains(&first.to_ascii_lowercase().as_str()) =>
        {
            Some(json!(false))
        }
        "nodeSelector" => {
            let pairs = words.iter().map(|word| word.split_once(['=', ':'])).collect::<Option<Vec<_>>>()?;
            let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value)));
            Some(Value::Object(pairs.collect::<Map<_, _>>()))
        }
        _ if !one => None,
        "replicas" => first.parse::<u64>().ok().map(|n| json!(n)),
        "automated" | "prune" | "selfHeal" | "highAvailability" | "production" | "public" => {
            match first.to_ascii_lowercase().as_str() {
                "yes" | "y" | "true" | "on" => Some(json!(true)),
                "no" | "n" | "false" | "off" => Some(json!(false)),
                _ => None,
            }
        }
        "resources" => None,
        _ => Some(json!(first)),
    }
}

/// The platform file with all that an answer says of the platform, whoever asked: sentences are read as any text is, a bare value is taken
/// for the key that the question names. `who` is cited as the origin. What the answer states without being understood is among
/// [`Reading::unread`]; where nothing at all is stated, the text is the old one.
pub fn reply(
    old: &str,
    platform: &Platform,
    question: &Question,
    typed: &str,
    who: &str,
) -> (Reading, Edited) {
    let reading = prose::read(typed, platform);
    if reading.facts.is_empty()
        && let Some(key) = question.key.as_deref().filter(|key| is_fact(key))
        && let Some(value) = understood(key, typed)
    {
        let stated = vec![key.join(".")];
        match answer(old, question, &value, who) {
            Ok(text) => return (reading, Edited { text, stated, questions: Vec::new() }),
            Err(why) => {
                let text = format!("{typed} cannot stand for {}: {why}. What holds?", stated.join(""));
                let open = Question { text, ..question.clone() };
                let edited = Edited { text: old.to_owned(), stated: Vec::new(), questions: vec![open] };
                return (reading, edited);
            }
        }
    }
    let edited = super::apply(old, &reading, Origin::Answer(who));
    (reading, edited)
}

/// Whether an answer may state this key: that of one fact of a cluster, an environment, a registry, the conventions or Argo CD.
fn is_fact(key: &[String]) -> bool {
    let section = key.first().map_or("", String::as_str);
    let depth = match section {
        "clusters" | "environments" | "registries" => 3,
        "conventions" | "argocd" => 2,
        _ => return false,
    };
    key.len() >= depth && key.len() <= depth + 2 && key.iter().all(|part| !part.is_empty())
}

/// The platform file with the answer to a question, which cites it and `who` gave it. An error says why the file would not
/// bear the answer.
pub fn answer(old: &str, question: &Question, value: &Value, who: &str) -> Result<String, String> {
    let Some(path) = &question.key else {
        return Err("the question has no key of the platform file".to_owned());
    };
    let mut draft = Draft::new(old);
    let written = (|| {
        draft.spell_out(path.get(..path.len().checked_sub(1)?)?)?;
        draft.set(path, value)?;
        let source = ["sources".to_owned(), path.join(".")];
        let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for (key, text) in [("quote", format!("{} {said}", question.text)), ("from", who.to_owned())] {
            draft.set(&[source[0].clone(), source[1].clone(), key.to_owned()], &json!(text))?;
        }
        Some(())
    })();
    written.ok_or("the platform file is written in a way that cannot be edited here")?;
    match fresh(&draft.text, &issues(old)) {
        Some(issue) => Err(issue),
        None => Ok(draft.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(key: &str) -> Vec<String> {
        key.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn answers_as_typed() {
        for (key, typed, expected) in [
            ("environments/prod/registries", "ghcr.io, quay.io", Some(json!(["ghcr.io", "quay.io"]))),
            ("environments/prod/pullSecret", "None", Some(json!(false))),
            ("environments/prod/pullSecret", "ecr-prod", Some(json!("ecr-prod"))),
            (
                "environments/prod/nodeSelector",
                "workload=agents tier=a",
                Some(json!({"workload": "agents", "tier": "a"})),
            ),
            ("environments/prod/replicas", "many", None),
            ("environments/prod/sync/automated", "no", Some(json!(false))),
            ("clusters/a/server", " ", None),
        ] {
            assert_eq!(understood(&path(key), typed), expected, "{key} {typed}");
        }
    }

    #[test]
    fn an_answer_is_a_fact_that_cites_the_question() {
        let key = Some(path("clusters/a/server"));
        let question =
            Question { key, text: "which address?".into(), quotes: Vec::new(), proposals: Vec::new() };
        let new = answer("clusters:\n  a: {}\n", &question, &json!("https://a.b"), "answer").unwrap();
        assert_eq!(
            new,
            "clusters:\n  a:\n    server: https://a.b\n\nsources:\n  clusters.a.server:\n    quote: which address? https://a.b\n    from: answer\n"
        );
        assert!(
            answer("clusters:\n  a: {}\n", &question, &json!("no address"), "answer")
                .unwrap_err()
                .contains("address")
        );
    }

    fn replied(old: &str, key: &str, typed: &str) -> Edited {
        let platform = Platform::parse(std::sync::Arc::new(seatrial_source::SourceFile::new(
            seatrial_source::FileId(0),
            "seatrial.yaml",
            old,
        )));
        let key = Some(key.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect());
        let question = Question { key, text: "which?".into(), quotes: Vec::new(), proposals: Vec::new() };
        reply(old, &platform, &question, typed, "ann").1
    }

    #[test]
    fn whatever_is_replied_is_read() {
        const OLD: &str = "environments:\n  prod: {}\n";
        let replied = |key: &str, typed: &str| replied(OLD, key, typed);
        // A sentence, whatever was asked; a bare value for the key that was.
        let edited = replied("", "Prod MUST be manual sync only.");
        assert_eq!(edited.stated, ["environments.prod.sync.automated"]);
        assert!(edited.text.contains("from: ann") && edited.text.contains("rule: sync.automated == null"));
        let edited = replied("environments/prod/pullSecret", "ecr-prod");
        assert!(edited.text.contains("pullSecret: ecr-prod"), "{}", edited.text);
        assert!(edited.text.contains("quote: which? ecr-prod"), "{}", edited.text);
        // What is no fact, or cannot be one, changes nothing.
        for (key, typed) in [
            ("", "ecr-prod"),
            ("environments/prod/pullSecret", "as you like it"),
            ("silences/0", "everything"),
            ("environments/prod", "x"),
            ("constraints/a/rule", "true"),
            ("environments/prod/replicas", "many"),
        ] {
            assert_eq!(replied(key, typed).text, OLD, "{key} {typed}");
        }
        let refused = replied("environments/prod/registries", "://");
        assert!(refused.text == OLD && refused.questions[0].text.contains("What holds?"), "{refused:?}");
    }
}
