//! Parts of sentences: which environments are named where, and what is said of them.

use std::ops::Range;

use super::Vocabulary;
use super::words::Word;

/// Environments named together, as `dev, staging and prod` or `everywhere except prod`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Names as in the platform file, in its order.
    pub(super) environments: Vec<String>,
    /// The words that name them.
    pub(super) words: Range<usize>,
    /// Whether they are ruled out: `but not prod`.
    pub(super) denied: bool,
}

const JOINERS: [&str; 8] = ["and", "&", "or", "plus", "as", "well", "the", "our"];
const EXCEPT: [&str; 6] = ["except", "but", "excluding", "without", "save", "not"];
const ALL: [&str; 3] = ["all", "every", "each"];
/// Other names that environments go by, where the platform gives them none.
const USUAL: [&[&str]; 4] = [
    &["dev", "development", "develop"],
    &["staging", "stage", "stg", "preprod", "pre-prod", "pre-production"],
    &["prod", "production", "prd", "live"],
    &["test", "testing", "qa"],
];

impl Vocabulary {
    /// The environment that a word names: by name, alias, or the usual other name if only one environment can be meant.
    pub(super) fn environment(&self, word: &Word<'_>) -> Option<&str> {
        let lower = word.lower.as_str();
        let by_name = |(name, aliases): &&(String, Vec<String>)| {
            name.to_lowercase() == lower || aliases.iter().any(|alias| alias.to_lowercase() == lower)
        };
        if let Some((name, _)) = self.environments.iter().find(by_name) {
            return Some(name);
        }
        let family = USUAL.iter().find(|family| family.contains(&lower))?;
        let mut meant = self.environments.iter().filter(|(name, aliases)| {
            let belongs = |name: &String| family.contains(&name.to_lowercase().as_str());
            belongs(name) || aliases.iter().any(belongs)
        });
        let first = meant.next()?;
        meant.next().is_none().then_some(first.0.as_str())
    }

    /// All groups of environments of a sentence, in order.
    pub(super) fn places(&self, words: &[Word<'_>]) -> Vec<Places> {
        let mut out: Vec<Places> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let Some(mut group) = self.group(words, at) else {
                at += 1;
                continue;
            };
            let before = words[..at].iter().rev().map(|w| w.lower.as_str());
            let negated = before.take(2).any(|w| EXCEPT.contains(&w) || w == "never" || w == "no");
            at = group.words.end;
            match out.last_mut() {
                // `everywhere except prod`: one group.
                Some(last) if negated && last.words.end + 3 > group.words.start && !last.denied => {
                    last.environments.retain(|name| !group.environments.contains(name));
                    last.words.end = group.words.end;
                }
                _ => {
                    group.denied = negated;
                    out.push(group);
                }
            }
        }
        out
    }

    fn group(&self, words: &[Word<'_>], start: usize) -> Option<Places> {
        let mut environments: Vec<String> = Vec::new();
        let mut end = start;
        if let Some(length) = everywhere(&words[start..]) {
            environments.extend(self.environments.iter().map(|(name, _)| name.clone()));
            end = start + length;
        } else {
            let mut at = start;
            while let Some(word) = words.get(at) {
                if let Some(name) = self.environment(word) {
                    if !environments.iter().any(|known| known == name) {
                        environments.push(name.to_owned());
                    }
                    end = at + 1;
                    at += 1;
                    // `staging: 3 replicas` speaks of staging alone.
                    if word.colon {
                        break;
                    }
                } else if JOINERS.contains(&word.lower.as_str()) && at > start {
                    at += 1;
                } else {
                    break;
                }
            }
        }
        (end > start && !environments.is_empty()).then_some(Places {
            environments,
            words: start..end,
            denied: false,
        })
    }
}

/// `everywhere`, `all environments`, `every environment`, `all three environments`, `all of them`.
fn everywhere(words: &[Word<'_>]) -> Option<usize> {
    let lower = |at: usize| words.get(at).map_or("", |w| w.lower.as_str());
    if lower(0) == "everywhere" {
        return Some(1);
    }
    if !ALL.contains(&lower(0)) {
        return None;
    }
    let noun = |word: &str| matches!(word, "environment" | "environments" | "envs" | "env" | "stages");
    (1..=3).find(|at| noun(lower(*at))).map(|at| at + 1)
}

/// The environments that what stands at a word is said of: those named with it, else none (which means all).
///
/// `3 replicas in staging and 5 in prod`; `staging: 3 replicas`; `prod gets tag v1`: what follows directly wins
/// over what stands before.
pub(super) fn said_of<'p>(places: &'p [Places], words: &[Word<'_>], at: Range<usize>) -> Option<&'p Places> {
    let mut told = places.iter().filter(|p| !p.denied);
    let after = told.clone().find(|p| p.words.start >= at.end);
    let after = after.filter(|p| {
        let between = words.get(at.end..p.words.start).unwrap_or_default();
        let closed = at.end.checked_sub(1).and_then(|last| words.get(last)).is_some_and(|w| w.closes);
        !closed
            && between.len() <= 3
            && between.iter().any(|w| matches!(w.lower.as_str(), "in" | "on" | "for" | "to" | "at"))
            && !between.iter().any(|w| w.closes)
    });
    after.or_else(|| told.rfind(|p| p.words.end <= at.start).filter(|p| is_subject(p, words)))
}

/// Whether what follows the environments speaks of them: `prod: …`, `in prod …`, `prod gets …`, `staging (3 replicas)`.
fn is_subject(places: &Places, words: &[Word<'_>]) -> bool {
    let last = words.get(places.words.end.saturating_sub(1));
    let next = words.get(places.words.end).map_or("", |w| w.lower.as_str());
    let before =
        places.words.start.checked_sub(1).and_then(|at| words.get(at)).map_or("", |w| w.lower.as_str());
    last.is_some_and(|w| w.colon)
        || matches!(
            next,
            "gets"
                | "get"
                | "uses"
                | "use"
                | "has"
                | "have"
                | "with"
                | "needs"
                | "need"
                | "runs"
                | "run"
                | "should"
                | "must"
                | "is"
                | "at"
                | "on"
                | "follows"
                | "follow"
                | "takes"
                | "wants"
                | "="
        )
        || matches!(before, "in" | "for" | "on") && places.words.start <= 2
}
