//! How many replicas, how much memory and CPU.

use super::{Found, Said, Topic, View};
use crate::claim::What;
use crate::prose::token::Token;
use crate::prose::values;

/// Words that make a bound of the number after them.
const LEAST: [&str; 8] =
    ["at least", "min", "minimum", "no less than", "no fewer than", "not less than", "minimum of", "from"];
const MOST: [&str; 10] = [
    "at most",
    "max",
    "maximum",
    "up to",
    "no more than",
    "not more than",
    "maximum of",
    "capped at",
    "never more than",
    "more than",
];

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    replicas(view, found);
    amounts(view, found);
}

fn replicas(view: &View<'_>, found: &mut Vec<Found>) {
    if !view.about(Topic::Replicas) {
        return;
    }
    let tokens = view.tokens;
    let word = view.first_of(&[
        "replica",
        "replicas",
        "replicacount",
        "replica count",
        "instances",
        "pods",
        "copies",
    ]);
    if word.is_none() && !view.hinted(Topic::Replicas) {
        return;
    }
    // `2-5 replicas`
    let range = tokens.iter().find_map(|token| {
        let (low, high) = token.lower.split_once(['-', '–'])?;
        Some((values::number(low)?, values::number(high)?))
    });
    if let Some((low, high)) = range.filter(|(low, high)| low < high) {
        found.push(Found::here(What::Replicas(Some(low), Some(high))));
        return;
    }
    let numbers: Vec<(usize, u64)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_word())
        .filter_map(|(at, token)| Some((at, values::number(&token.lower)?)))
        .filter(|(at, _)| counts_replicas(tokens, *at, word))
        .collect();
    if view.has("between") && numbers.len() >= 2 {
        let (low, high) = (numbers[0].1, numbers[1].1);
        if low <= high {
            found.push(Found::here(What::Replicas(Some(low), Some(high))));
        }
        return;
    }
    let mut least = None;
    let mut most = None;
    let mut exact: Vec<u64> = Vec::new();
    for (at, n) in numbers {
        if super::denied_before(tokens, at) && !bounded(tokens, at, &MOST) && !bounded(tokens, at, &LEAST) {
            return;
        }
        // "2 replicas less", "Prometheus with 2 replicas": not how many there are, or of something else.
        if is_difference(tokens, at) || is_of_something_else(view, at) {
            return;
        }
        // "fewer than 5", "more than in staging": a comparison, not a number.
        if at > 0 && tokens[at - 1].is("than") && !bounded(tokens, at, &LEAST) && !is_no_more(tokens, at) {
            return;
        }
        if bounded(tokens, at, &LEAST) || tokens.get(at + 1).is_some_and(|next| next.is("or") || next.is("+"))
        {
            least = Some(n);
        } else if bounded(tokens, at, &MOST) {
            most = Some(n);
        } else if !exact.contains(&n) {
            exact.push(n);
        }
    }
    match (exact.as_slice(), least, most) {
        ([n], None, None) => found.push(Found::here(What::Replicas(Some(*n), Some(*n)))),
        ([], None, None) => {}
        ([], least, most) if least.is_none_or(|l| most.is_none_or(|m| l <= m)) => {
            found.push(Found::here(What::Replicas(least, most)));
        }
        _ => {}
    }
}

/// Whether the number stands where the number of replicas would: next to the word, or alone where no other noun is.
fn counts_replicas(tokens: &[Token], at: usize, word: Option<usize>) -> bool {
    let next = tokens.get(at + 1);
    let of_other = next.is_some_and(|next| {
        next.is_word()
            && !next.is_any(&[
                "replica",
                "replicas",
                "instances",
                "pods",
                "copies",
                "in",
                "for",
                "on",
                "and",
                "to",
                "there",
                "or",
                "each",
                "per",
                "everywhere",
                "at",
                "replicacount",
                "please",
                "minimum",
                "maximum",
                "running",
                "are",
                "is",
                "must",
                "should",
                "enough",
            ])
    });
    match word {
        Some(word) => !of_other && at.abs_diff(word) <= 6,
        None => !of_other,
    }
}

fn is_difference(tokens: &[Token], at: usize) -> bool {
    (at + 1..tokens.len().min(at + 4)).any(|index| {
        tokens[index].is_any(&["less", "fewer", "more"])
            && tokens[index - 1].is_any(&["replica", "replicas", "pods", "instances"])
    })
}

/// Whether "with" stands before the number, and before that the name of something that is no place and no workload at large.
fn is_of_something_else(view: &View<'_>, at: usize) -> bool {
    let with = at >= 2 && view.tokens[at - 1].is("with");
    with && view.tokens[at - 2].is_word()
        && !view.is_place(at - 2)
        && !view.tokens[at - 2].is_any(&[
            "run",
            "runs",
            "running",
            "deploy",
            "deployed",
            "deploys",
            "scale",
            "scaled",
            "start",
            "starts",
            "app",
            "application",
            "agent",
            "service",
            "workload",
            "cluster",
            "environment",
            "it",
            "them",
            "applications",
            "workloads",
            "services",
        ])
}

/// "no more than 5", "must not have more than 5".
fn is_no_more(tokens: &[Token], at: usize) -> bool {
    let more = at >= 2 && tokens[at - 2].is_any(&["more", "greater"]);
    more && tokens[..at]
        .iter()
        .any(|token| token.is_any(&["not", "no", "never", "mustn't", "cannot", "can't"]))
}

fn bounded(tokens: &[Token], at: usize, phrases: &[&str]) -> bool {
    let before: Vec<&str> =
        tokens[at.saturating_sub(3)..at].iter().map(|token| token.lower.as_str()).collect();
    let joined = before.join(" ");
    let after = tokens.get(at + 1).is_some_and(|next| {
        (next.is_any(&["minimum", "min"]) && phrases.contains(&"min"))
            || (next.is_any(&["maximum", "max"]) && phrases.contains(&"max"))
    });
    after
        || phrases.iter().any(|phrase| {
            joined == *phrase
                || joined.ends_with(&format!(" {phrase}"))
                || joined.ends_with(&format!("{phrase} :"))
                || joined.ends_with(&format!("{phrase} of"))
        })
}

fn amounts(view: &View<'_>, found: &mut Vec<Found>) {
    let tokens = view.tokens;
    for (at, token) in tokens.iter().enumerate() {
        if !token.is_word() {
            continue;
        }
        let next_is_unit = tokens.get(at + 1).map(|next| format!("{}{}", token.text, next.text));
        let memory = values::memory(&token.text).or_else(|| {
            next_is_unit
                .as_deref()
                .filter(|_| token.text.bytes().all(|b| b.is_ascii_digit()))
                .and_then(values::memory)
        });
        let doubtful = values::ambiguous_memory(&token.text) && view.about(Topic::Memory)
            || next_is_unit.as_deref().is_some_and(values::ambiguous_memory)
                && token.text.bytes().all(|b| b.is_ascii_digit())
                && view.about(Topic::Memory);
        let storage = view.about(Topic::Storage)
            || super::contains(tokens, "disk")
            || super::contains(tokens, "volume");
        let more = at >= 2
            && tokens[at - 2].is_any(&["more", "less", "greater", "fewer"])
            && tokens[at - 1].is("than");
        let limited = tokens[..at]
            .iter()
            .any(|token| token.is_any(&["not", "no", "never", "mustn't", "cannot", "can't"]));
        if more && !limited {
            continue;
        }
        if let Some(memory) = memory.filter(|_| !storage) {
            found.push(Found::here(amount(tokens, at, "memory", memory)));
        } else if doubtful && values::millicores(&token.lower).is_none() {
            found.push(Found::said(Said::Ask(
                vec!["resources"],
                format!("does \"{}\" in {{}} mean units of 1000 or of 1024 (Mi, Gi)?", token.text),
            )));
        } else if let Some(cpu) = values::millicores(&token.lower).filter(|_| view.about(Topic::Cpu)) {
            found.push(Found::here(amount(tokens, at, "cpu", cpu)));
        } else if values::number(&token.lower).is_some() && is_cpu(tokens, at) {
            let n = values::number(&token.lower).unwrap_or_default();
            found.push(Found::here(amount(tokens, at, "cpu", n.to_string())));
        }
    }
}

/// "2 CPUs", "cpu: 2".
fn is_cpu(tokens: &[Token], at: usize) -> bool {
    let words = ["cpu", "cpus", "vcpu", "vcpus", "core", "cores"];
    let next = tokens.get(at + 1).is_some_and(|next| next.is_any(&words));
    let before = at >= 2 && tokens[at - 1].is_any(&[":", "=", "of", "is"]) && tokens[at - 2].is_any(&words);
    next || before
}

fn amount(tokens: &[Token], at: usize, resource: &'static str, amount: String) -> What {
    // The nearest of the words before it decides; "memory limit", "limits: memory 1Gi", "1Gi limit".
    let near: Vec<&Token> = tokens[at.saturating_sub(5)..at]
        .iter()
        .rev()
        .chain(tokens.get(at + 1..tokens.len().min(at + 3)).unwrap_or_default())
        .collect();
    let group = near.iter().find_map(|token| {
        if token.is_any(&["limit", "limits", "limited"]) {
            Some("limits")
        } else if token.is_any(&["request", "requests", "requested"]) {
            Some("requests")
        } else {
            None
        }
    });
    let least = bounded(tokens, at, &LEAST);
    // "must not use more than 256Mi" is a bound; "more than 256Mi" alone is none that can be kept.
    let most = bounded(tokens, at, &MOST);
    let group = group.unwrap_or(if most { "limits" } else { "requests" });
    match (least, most) {
        (true, _) => What::Amount { group, resource, min: Some(amount), max: None },
        (_, true) => What::Amount { group, resource, min: None, max: Some(amount) },
        _ => What::Amount { group, resource, min: Some(amount.clone()), max: Some(amount) },
    }
}
