//! An intent read from everyday prose. What is not about the application itself is left to those who read facts.

use std::ops::Range;

use super::phrases::{Places, said_of};
use super::words::{Sentence, Word, sentences};
use super::{GeneratorKind, Intent, PerEnvironment, Vocabulary};
use seatrial_yaml::Path;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The intent.
    pub intent: Intent,
    /// Bytes of the text that said something of it.
    pub read: Vec<Range<usize>>,
    /// Bytes of the sentences that ask for it: what they say is said of this application, and is no rule of the house.
    pub asks: Vec<Range<usize>>,
    /// Charts that could be meant as well as one another.
    pub candidates: Vec<String>,
}

/// Reads what is wanted from a text in plain English. Nothing is guessed: what the text does not say is not in the
/// intent, and charts that are named equally well are all among [`Reading::candidates`].
pub fn read(text: &str, vocabulary: &Vocabulary) -> Reading {
    let mut out = Reading::default();
    let sentences = sentences(text);
    chart(&sentences, vocabulary, &mut out);
    environments(&sentences, vocabulary, &mut out);
    for sentence in &sentences {
        let places = vocabulary.places(&sentence.words);
        let before = out.intent.clone();
        settings(sentence, &places, vocabulary, &mut out.intent);
        amounts(sentence, &places, &mut out.intent);
        let asks_to_go = |word: &&Word<'_>| REMOVALS.contains(&word.lower.as_str());
        out.intent.removes |= sentence.words.iter().take(4).any(|word| asks_to_go(&word));
        if out.intent != before {
            out.read.push(sentence.range.clone());
        }
        out.intent.changes |= sentence.words.iter().any(|word| CHANGES.contains(&word.lower.as_str()));
    }
    out.read.sort_by_key(|range| (range.start, range.end));
    out.read.dedup();
    let unread = sentences.iter().filter(|s| s.words.len() > 2 && !out.read.contains(&s.range));
    out.intent.unread = unread.filter_map(|s| Some(text.get(s.range.clone())?.trim().to_owned())).collect();
    out
}

/// The chart whose name the text has most of, and all of.
fn chart(sentences: &[Sentence<'_>], vocabulary: &Vocabulary, out: &mut Reading) {
    let mut best: Vec<(usize, &str, Range<usize>)> = Vec::new();
    for (name, aliases) in &vocabulary.charts {
        for known in std::iter::once(name).chain(aliases) {
            for sentence in sentences {
                let Some(weight) = named(&sentence.words, known) else { continue };
                match best.first().map(|(most, ..)| *most) {
                    Some(most) if most > weight => {}
                    Some(most) if most == weight => {
                        if !best.iter().any(|(_, other, _)| *other == name) {
                            best.push((weight, name, sentence.range.clone()));
                        }
                    }
                    _ => best = vec![(weight, name, sentence.range.clone())],
                }
            }
        }
    }
    match best.as_slice() {
        [(_, name, range)] => {
            out.intent.chart = Some((*name).to_owned());
            out.read.push(range.clone());
        }
        several => out.candidates = several.iter().map(|(_, name, _)| (*name).to_owned()).collect(),
    }
}

/// How many letters of a name the words have in a row, its parts being words of their own: `FastAPI agent` for
/// `fastapi-agent`. `None` when a part is missing.
fn named(words: &[Word<'_>], name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let parts: Vec<&str> = name.split(['-', '_', '.', '/']).filter(|p| !p.is_empty()).collect();
    let whole = words.iter().any(|w| w.lower == name || (w.lower.strip_suffix("'s") == Some(&name)));
    let in_a_row = !parts.is_empty()
        && words.windows(parts.len()).any(|window| {
            window
                .iter()
                .zip(&parts)
                .all(|(word, part)| word.lower == **part || word.lower == format!("{part}s"))
        });
    let joined = words.iter().any(|w| w.lower.replace(['-', '_'], "") == parts.concat());
    (whole || in_a_row || joined).then_some(name.len() + usize::from(whole))
}

const VERBS: [&str; 33] = [
    "deploy",
    "deploys",
    "deploying",
    "deployed",
    "ship",
    "roll",
    "release",
    "install",
    "run",
    "launch",
    "put",
    "promote",
    "rollout",
    "applicationset",
    "generate",
    "create",
    "publish",
    "bring",
    "host",
    "set",
    "want",
    "need",
    "add",
    "scale",
    "change",
    "raise",
    "lower",
    "increase",
    "reduce",
    "bump",
    "move",
    "switch",
    "upgrade",
];

/// Words of a rule of the house.
const OBLIGES: [&str; 6] = ["must", "may", "cannot", "require", "requires", "required"];

fn is_negation(word: &Word<'_>) -> bool {
    word.lower.ends_with("n't")
        || word.lower.ends_with("n’t")
        || matches!(word.lower.as_str(), "not" | "never" | "no")
}

/// Words that ask for something to be different.
const CHANGES: [&str; 13] = [
    "scale", "change", "raise", "lower", "increase", "reduce", "bump", "move", "switch", "upgrade", "set",
    "make", "update",
];

/// Words that ask for something to go.
const REMOVALS: [&str; 11] = [
    "remove",
    "delete",
    "drop",
    "retire",
    "undeploy",
    "uninstall",
    "decommission",
    "disable",
    "removed",
    "deleted",
    "retired",
];

/// Where it is to run: what the sentence that asks for it names, else all that the text names.
fn environments(sentences: &[Sentence<'_>], vocabulary: &Vocabulary, out: &mut Reading) {
    let mut wanted: Vec<String> = Vec::new();
    let mut denied: Vec<String> = Vec::new();
    let asks = |sentence: &Sentence<'_>| {
        let words = &sentence.words;
        // Which does not need one: that asks for nothing.
        let denied = |at: usize| words[at.saturating_sub(2)..at].iter().any(is_negation);
        let mut told = words.iter().take(12).enumerate();
        let verb = told.any(|(at, word)| VERBS.contains(&word.lower.as_str()) && !denied(at));
        verb && !words.iter().any(|word| OBLIGES.contains(&word.lower.as_str()))
    };
    for sentence in sentences {
        let words = &sentence.words;
        for places in vocabulary.places(words) {
            let list = if places.denied { &mut denied } else { &mut wanted };
            if !asks(sentence) || (!places.denied && !is_target(words, &places)) {
                continue;
            }
            list.extend(places.environments);
            out.read.push(sentence.range.clone());
        }
        if asks(sentence) {
            out.asks.push(sentence.range.clone());
            every_cluster(words, vocabulary, &mut out.intent, &mut wanted);
            clusters(words, vocabulary, &mut out.intent, &mut wanted);
        }
    }
    if wanted.is_empty() && sentences.iter().any(asks) {
        // A list, an environment to each line.
        let heads = |sentence: &Sentence<'_>, places: &Places| {
            let last = sentence.words.get(places.words.end.saturating_sub(1));
            places.words.start == 0 && !places.denied && last.is_some_and(|word| word.colon)
        };
        for sentence in sentences {
            let places = vocabulary.places(&sentence.words);
            wanted.extend(places.into_iter().filter(|p| heads(sentence, p)).flat_map(|p| p.environments));
        }
    }
    let order = |name: &String| vocabulary.environments.iter().position(|(known, _)| known == name);
    wanted.retain(|name| !denied.contains(name));
    wanted.sort_by_key(order);
    wanted.dedup();
    out.intent.environments = wanted;
}

/// Whether a group says where to: `to dev`, `across all environments`, `for dev, staging and prod`, `on prod`.
fn is_target(words: &[Word<'_>], places: &Places) -> bool {
    let before = words[..places.words.start].iter().rev().take(3).map(|w| w.lower.as_str());
    let toward =
        ["to", "across", "for", "in", "on", "into", "onto", "over", "cover", "covers", "covering", "handles"];
    before.into_iter().any(|word| toward.contains(&word)) || everywhere(words, places)
}

fn everywhere(words: &[Word<'_>], places: &Places) -> bool {
    words.get(places.words.start).is_some_and(|w| matches!(w.lower.as_str(), "everywhere" | "all" | "every"))
}

/// `every cluster`, `all prod clusters`, `each production cluster`.
fn every_cluster(words: &[Word<'_>], vocabulary: &Vocabulary, intent: &mut Intent, wanted: &mut Vec<String>) {
    for (at, word) in words.iter().enumerate() {
        if !matches!(word.lower.as_str(), "all" | "every" | "each") {
            continue;
        }
        let rest = &words[at + 1..];
        let Some(length) =
            rest.iter().take(6).position(|w| matches!(w.lower.as_str(), "cluster" | "clusters"))
        else {
            continue;
        };
        let mut named: Vec<&str> = rest[..length].iter().filter_map(|w| vocabulary.environment(w)).collect();
        if named.is_empty() {
            named = belonging_to(&rest[length + 1..], vocabulary);
        }
        if named.is_empty() && length > 2 {
            continue;
        }
        intent.every_cluster = true;
        if named.is_empty() {
            wanted.extend(vocabulary.environments.iter().map(|(name, _)| name.clone()));
        }
        wanted.extend(named.into_iter().map(str::to_owned));
    }
}

/// The environments that clusters are said to be of: `… of production`, `… in dev and prod`.
fn belonging_to<'v>(words: &[Word<'_>], vocabulary: &'v Vocabulary) -> Vec<&'v str> {
    let is_of = |w: &Word<'_>| matches!(w.lower.as_str(), "of" | "in" | "for" | "from" | "under");
    if !words.first().is_some_and(is_of) {
        return Vec::new();
    }
    let joins =
        |w: &Word<'_>| matches!(w.lower.as_str(), "the" | "and" | "both" | "environment" | "environments");
    let names = words[1..].iter().map(|w| (vocabulary.environment(w), joins(w)));
    names.take_while(|(name, joins)| name.is_some() || *joins).filter_map(|(name, _)| name).collect()
}

/// Clusters named as such: `to prod-eks-1 and prod-eks-2`.
fn clusters(words: &[Word<'_>], vocabulary: &Vocabulary, intent: &mut Intent, wanted: &mut Vec<String>) {
    for word in words {
        let Some((name, environment)) =
            vocabulary.clusters.iter().find(|(name, _)| name.to_lowercase() == word.lower)
        else {
            continue;
        };
        if vocabulary.environment(word).is_some() || intent.clusters.contains(name) {
            continue;
        }
        intent.clusters.push(name.clone());
        wanted.extend(environment.clone());
    }
}

/// Settings of the application itself.
fn settings(sentence: &Sentence<'_>, places: &[Places], vocabulary: &Vocabulary, intent: &mut Intent) {
    let words = &sentence.words;
    let lower = |at: usize| words.get(at).map_or("", |w| w.lower.as_str());
    // What is a rule of the house is no setting of one application.
    let obliges = words.iter().any(|w| matches!(w.lower.as_str(), "must" | "may" | "allowed"));
    let of = |at: Range<usize>| -> Vec<Option<String>> {
        match said_of(places, words, at) {
            Some(places) => places.environments.iter().cloned().map(Some).collect(),
            None => vec![None],
        }
    };
    for at in 0..words.len() {
        let next = words.get(at + 1);
        match lower(at) {
            "namespace" | "namespaces" => {
                let after = next.filter(|w| is_name(w) && !is_common(&w.lower));
                let before = at.checked_sub(1).and_then(|at| words.get(at));
                let before = before.filter(|w| is_name(w) && !is_common(&w.lower));
                if let Some(name) = after.filter(|_| !words[at].closes || words[at].colon).or(before) {
                    intent.namespace.get_or_insert_with(|| name.text.to_owned());
                }
            }
            "project" | "appproject" => {
                let before = at.checked_sub(1).and_then(|at| words.get(at)).filter(|w| w.quoted);
                let after = next
                    .filter(|w| is_name(w) && (w.quoted || lower(at) == "appproject" || named_so(at, words)));
                if let Some(name) = after.or(before) {
                    intent.project.get_or_insert_with(|| name.text.to_owned());
                }
            }
            "called" | "named" if at > 0 => {
                let what = lower(at - 1);
                let after = next.filter(|w| is_name(w) && !is_common(&w.lower));
                if let Some(name) = after.filter(|_| {
                    !matches!(what, "secret" | "secrets" | "namespace" | "cluster" | "imagepullsecrets")
                }) {
                    intent.app.get_or_insert_with(|| name.text.to_owned());
                }
            }
            "tag" | "image" | "version" | "build" => {
                let value = match lower(at) {
                    "image" => next.filter(|w| w.lower.starts_with("sha-") || is_version(&w.lower)),
                    _ => next.filter(|w| is_tag(w)).or_else(|| set_to(words, at).filter(|w| is_tag(w))),
                };
                let of_charts = words[at..]
                    .iter()
                    .take(6)
                    .any(|w| matches!(w.lower.as_str(), "chart" | "charts" | "repository"));
                // The chart is that of … at tag v1.
                let is_the_chart = (0..2).any(|at| lower(at) == "chart" && lower(at + 1) == "is")
                    && !words[..at].iter().any(|w| w.lower == "image");
                let of_the_chart = lower(at + 2) == "of"
                    && (lower(at + 3) == "chart" || (lower(at + 3) == "the" && lower(at + 4) == "chart"));
                let of_chart = at > 0
                    && (matches!(lower(at - 1), "chart" | "git" | "from")
                        || of_the_chart
                        || (lower(at) == "tag" && (of_charts || is_the_chart)));
                if let Some(value) = value {
                    for environment in of(at..at + 2) {
                        let to = if of_chart { &mut intent.revision } else { &mut intent.tag };
                        to.set(environment.as_deref(), value.text.to_owned());
                    }
                }
            }
            "revision" | "commit" | "branch" | "targetrevision" => {
                let before = at
                    .checked_sub(1)
                    .and_then(|at| words.get(at))
                    .filter(|w| w.quoted || is_version(&w.lower));
                let after = next.filter(|w| is_revision(w));
                if let Some(value) = after.or(before) {
                    for environment in of(at..at + 2) {
                        intent.revision.set(environment.as_deref(), value.text.to_owned());
                    }
                }
            }
            "from" | "at" if next.is_some_and(|w| w.lower.starts_with('v') && is_version(&w.lower)) => {
                if let Some(value) = next {
                    for environment in of(at..at + 2) {
                        intent.revision.set(environment.as_deref(), value.text.to_owned());
                    }
                }
            }
            "replica" | "replicas" | "instances" | "copies" if !obliges => {
                let count = at.checked_sub(1).and_then(|at| number(lower(at)));
                let count = count.or_else(|| words[at].colon.then(|| number(lower(at + 1))).flatten());
                // `set the replicas of web in prod to 6`
                let to = (at + 1..at + 7).find(|at| lower(*at) == "to" && number(lower(at + 1)).is_some());
                let behind = to.and_then(|to| Some((number(lower(to + 1))?, to + 2)));
                let end = if count.is_none() { behind.map_or(at + 1, |(_, end)| end) } else { at + 1 };
                if let Some(count) = count.or(behind.map(|(count, _)| count)) {
                    let named = of(at.saturating_sub(1)..at + 1);
                    let named = if named == [None] && end > at + 1 { of(at..end) } else { named };
                    for environment in named {
                        intent.replicas.set(environment.as_deref(), count);
                    }
                }
            }
            "host" | "hostname" | "url" | "domain" | "at" | "under" | "ingress" => {
                let host = words[at + 1..].iter().take(3).find(|w| is_host(&w.lower));
                let taken = host.is_some_and(|h| vocabulary.clusters.iter().any(|(name, _)| *name == h.text));
                if let Some(host) = host.filter(|_| !taken && speaks_of_host(words)) {
                    let position = words.iter().position(|w| w.range == host.range).unwrap_or(at);
                    let text = host.text.trim_start_matches("https://").trim_start_matches("http://");
                    for environment in of(at..position + 1) {
                        intent.host.set(environment.as_deref(), text.trim_end_matches('/').to_owned());
                    }
                }
            }
            "list" if lower(at + 1) == "generator" || lower(at + 1) == "or" => {
                intent.generator.get_or_insert(GeneratorKind::List);
            }
            "cluster" | "clusters" if lower(at + 1) == "generator" => {
                intent.generator = Some(GeneratorKind::Clusters);
            }
            word if is_repository(word) => {
                intent.repository.get_or_insert_with(|| words[at].text.to_owned());
            }
            _ => {}
        }
    }
}

/// Amounts of the containers: `1Gi of memory`, `the CPU limit to 500m`. Limits and requests both, where neither is named.
fn amounts(sentence: &Sentence<'_>, places: &[Places], intent: &mut Intent) {
    let words = &sentence.words;
    let says = |list: &[&str]| words.iter().any(|w| list.contains(&w.lower.as_str()));
    if says(&["must", "may", "allowed", "least", "most"]) {
        return;
    }
    for (at, word) in words.iter().enumerate() {
        let what = match word.lower.as_str() {
            "memory" | "ram" => "memory",
            "cpu" | "cpus" => "cpu",
            _ => continue,
        };
        let fits = |w: &&Word<'_>| is_amount(w.text, what);
        let other = |w: &Word<'_>| matches!(w.lower.as_str(), "memory" | "ram" | "cpu" | "cpus");
        let rest = words.get(at + 1..).unwrap_or_default();
        let reach = rest.iter().position(other).unwrap_or(rest.len());
        let behind: Vec<usize> =
            (at + 1..at + 1 + reach).filter(|at| words.get(*at).as_ref().is_some_and(fits)).collect();
        let before = words.get(at.saturating_sub(2)..at).unwrap_or_default().iter().find(fits);
        let last = words
            .iter()
            .position(|w| matches!(w.lower.as_str(), "limit" | "limits" | "request" | "requests"));
        let end = last.map_or(at, |last| last.max(at)) + 1;
        let of = |range: Range<usize>| said_of(places, words, range).map(|p| p.environments.clone());
        // `256Mi in dev, 512Mi in staging`: each its own place, or nothing was said.
        let told: Vec<(Option<Vec<String>>, String)> = match (before, behind.as_slice()) {
            (Some(amount), _) => vec![(of(at..end), amount.text.to_owned())],
            (None, []) => continue,
            (None, [one]) if *one <= at + 8 => vec![(of(at..end), words[*one].text.to_owned())],
            (None, [_]) => continue,
            (None, several) => {
                let each = several.iter().map(|at| (of(*at..at + 1), words[*at].text.to_owned()));
                each.filter(|(environments, _)| environments.is_some()).collect()
            }
        };
        let parts: &[&str] = match (says(&["limit", "limits"]), says(&["request", "requests"])) {
            (true, false) => &["limits"],
            (false, true) => &["requests"],
            _ => &["requests", "limits"],
        };
        for part in parts {
            let path = Path::keys([*part, what]);
            let at = intent.amounts.iter().position(|(known, _)| *known == path).unwrap_or_else(|| {
                intent.amounts.push((path, PerEnvironment::default()));
                intent.amounts.len() - 1
            });
            let Some((_, per)) = intent.amounts.get_mut(at) else { continue };
            for (environments, amount) in &told {
                match environments {
                    Some(names) => names.iter().for_each(|name| per.set(Some(name), amount.clone())),
                    None => per.set(None, amount.clone()),
                }
            }
        }
    }
}

/// Whether a word is an amount with its unit; a bare number is one of CPUs.
fn is_amount(text: &str, what: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    number
        && match what {
            "memory" => matches!(unit, "Ki" | "Mi" | "Gi" | "Ti" | "K" | "M" | "G" | "T"),
            _ => matches!(unit, "m" | ""),
        }
}

/// Whether an address is that of a repository rather than of a cluster or a page.
fn is_repository(word: &str) -> bool {
    word.starts_with("oci://")
        || (word.starts_with("https://") || word.starts_with("git@"))
            && (word.contains("charts") || word.ends_with(".git"))
}

fn named_so(at: usize, words: &[Word<'_>]) -> bool {
    at.checked_sub(1)
        .and_then(|at| words.get(at))
        .is_some_and(|w| matches!(w.lower.as_str(), "argocd" | "cd" | "in" | "the"))
        && words.get(at + 1).is_some_and(|w| w.quoted)
}

/// A name as Kubernetes allows it.
fn is_name(word: &Word<'_>) -> bool {
    let text = word.text;
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Words that stand where a name could, and are none.
fn is_common(word: &str) -> bool {
    const COMMON: [&str; 28] = [
        "the", "a", "an", "in", "on", "for", "to", "of", "and", "is", "are", "must", "should", "its", "own",
        "same", "each", "every", "target", "this", "that", "with", "per", "our", "right", "exists", "which",
        "where",
    ];
    COMMON.contains(&word)
}

fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.contains('.') && text.starts_with(|c: char| c.is_ascii_digit()) && text.split('.').count() >= 2
}

/// The value in `tag of web to 2.3.1`: what is said of something that stands between.
fn set_to<'w, 't>(words: &'w [Word<'t>], at: usize) -> Option<&'w Word<'t>> {
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|w| any.contains(&w.lower.as_str()));
    if !is(at + 1, &["of", "for"]) {
        return None;
    }
    let to = (at + 3..at + 6).find(|at| is(*at, &["to", "is", "be"]))?;
    words.get(to + 1)
}

/// What can be an image's tag, and is no common word.
fn is_tag(word: &Word<'_>) -> bool {
    let text = word.text;
    let legal = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && text.len() <= 128;
    let telling = text.bytes().any(|b| b.is_ascii_digit()) || word.quoted || text == "latest";
    legal && telling && !is_common(&word.lower)
}

fn is_revision(word: &Word<'_>) -> bool {
    let commit = word.text.len() >= 7 && word.text.bytes().all(|b| b.is_ascii_hexdigit());
    commit || word.quoted || is_version(&word.lower) || matches!(word.text, "main" | "master" | "HEAD")
}

fn is_host(text: &str) -> bool {
    let text = text.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        && labels.last().is_some_and(|l| l.bytes().all(|b| b.is_ascii_alphabetic()) && l.len() >= 2)
}

/// Whether a sentence is about how the application is reached, and not about clusters or registries.
fn speaks_of_host(words: &[Word<'_>]) -> bool {
    let says = |list: &[&str]| words.iter().any(|w| list.contains(&w.lower.as_str()));
    says(&[
        "host",
        "hostname",
        "ingress",
        "reachable",
        "exposed",
        "expose",
        "reached",
        "served",
        "domain",
        "available",
    ]) && !says(&["cluster", "clusters", "registry", "registries", "server", "eks", "ecr", "gke", "aks"])
}

fn number(text: &str) -> Option<u64> {
    const WORDS: [&str; 11] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    text.parse().ok().or_else(|| WORDS.iter().position(|word| *word == text).map(|n| n as u64))
}
