//! What concerns are worth: which of them a trial shares, and what they missed.

use std::collections::BTreeMap;

use crate::exercise::Found;

/// A concern, and what of the key it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// The concern.
    pub text: String,
    /// The findings that it means, by their place in the key.
    pub means: Vec<usize>,
}

/// What concerns are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The concerns, in their order.
    pub concerns: Vec<Concern>,
    /// The findings that no concern means, by their place in the key.
    pub missed: Vec<usize>,
    /// Points: for each fault that was seen 2, or 1 if it comes to no error.
    pub points: usize,
    /// Points that could be had.
    pub of: usize,
}

/// How many concerns are read.
const MAX_CONCERNS: usize = 200;

/// Words that mean a part of the catalogue.
const WORDS: [(&str, &[&str]); 13] = [
    ("syntax", &["quote", "quoted", "unquoted", "quotes", "yaml", "syntax", "parse", "braces"]),
    ("schema", &["field", "unknown", "schema", "valuesinline", "valuesobject", "type"]),
    ("generator", &["generator", "matrix", "placeholder", "parameter", "combination", "combinations"]),
    (
        "source",
        &[
            "repository",
            "repo",
            "repourl",
            "revision",
            "targetrevision",
            "head",
            "branch",
            "moves",
            "floating",
            "placeholder",
            "your-org",
            "chart",
        ],
    ),
    ("destination", &["cluster", "clusters", "server", "destination", "url", "swapped"]),
    (
        "registry",
        &[
            "registry",
            "image",
            "pull",
            "secret",
            "secrets",
            "imagepullsecrets",
            "docker",
            "ecr",
            "account",
            "credentials",
        ],
    ),
    ("namespace", &["namespace", "namespaces"]),
    ("resources", &["replica", "replicas", "memory", "cpu", "limits", "requests", "resources"]),
    (
        "sync",
        &[
            "sync",
            "automated",
            "automatic",
            "autosync",
            "auto-sync",
            "prune",
            "pruning",
            "manual",
            "selfheal",
        ],
    ),
    ("scheduling", &["node", "nodes", "selector", "nodeselector", "affinity", "label", "labels"]),
    ("safety", &["delete", "deleted", "deletes", "deletion", "deleting", "preserve", "removed"]),
    ("security", &["project", "default", "permissions", "privileged"]),
    ("policy", &["must", "constraint", "rule", "policy"]),
];

/// Scores concerns, one each, against the key. A concern means a finding when it names its rule, or its line together with a word
/// of it, or two words of it (an environment counts as one).
pub fn score(key: &[Found], concerns: &[String]) -> Score {
    let mut seen = vec![false; key.len()];
    let mut read = Vec::new();
    for text in concerns.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).take(MAX_CONCERNS) {
        let means: Vec<usize> =
            key.iter().enumerate().filter(|(_, found)| means(text, found)).map(|(index, _)| index).collect();
        for index in &means {
            if let Some(seen) = seen.get_mut(*index) {
                *seen = true;
            }
        }
        read.push(Concern { text: text.to_owned(), means });
    }
    let missed = seen.iter().enumerate().filter(|(_, seen)| !**seen).map(|(index, _)| index).collect();
    // A fault that many findings come from is one fault: whoever sees one of them has seen it.
    let mut faults: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    for (found, seen) in key.iter().zip(&seen) {
        let (error, known) = faults.entry(found.fault).or_default();
        *error |= found.error;
        *known |= seen;
    }
    let worth = |error: bool| if error { 2 } else { 1 };
    let of = faults.values().map(|(error, _)| worth(*error)).sum();
    let points = faults.values().filter(|(_, seen)| *seen).map(|(error, _)| worth(*error)).sum();
    Score { concerns: read, missed, points, of }
}

fn means(concern: &str, found: &Found) -> bool {
    let lower = concern.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
        .filter(|word| !word.is_empty())
        .collect();
    if words.contains(&found.rule.as_str()) {
        return true;
    }
    let named = WORDS.iter().find(|(group, _)| *group == found.group).map_or(&[][..], |(_, words)| words);
    let message = format!("{} {}", found.message, found.rule.replace('-', " ")).to_lowercase();
    let own: Vec<&str> = message.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).collect();
    let is_place = |word: &str| found.environments.iter().any(|e| e.eq_ignore_ascii_case(word));
    let telling = |word: &str| {
        if is_place(word) {
            return false;
        }
        named.contains(&word) || (word.len() > 3 && !COMMON.contains(&word) && own.contains(&word))
    };
    let mut hits: Vec<&str> = words.iter().copied().filter(|word| telling(word)).collect();
    hits.sort_unstable();
    hits.dedup();
    let place =
        found.environments.iter().filter(|e| words.contains(&e.to_lowercase().as_str())).count().min(1);
    // Somebody who speaks of another environment means another finding.
    let elsewhere = !found.environments.is_empty()
        && place == 0
        && words.iter().any(|word| {
            ["dev", "development", "staging", "stage", "test", "prod", "production"].contains(word)
        });
    let at_line = words.iter().any(|word| {
        let number = word.trim_start_matches('l').parse::<u32>();
        found.line > 0 && number.is_ok_and(|number| number.abs_diff(found.line) <= 1)
    });
    if at_line && !hits.is_empty() {
        return true;
    }
    !elsewhere && !hits.is_empty() && hits.len() + place >= 2
}

/// Words that say nothing of what a finding is about.
const COMMON: [&str; 28] = [
    "allowed",
    "unknown",
    "missing",
    "declared",
    "this",
    "that",
    "with",
    "from",
    "here",
    "there",
    "wrong",
    "should",
    "must",
    "have",
    "does",
    "application",
    "applications",
    "environment",
    "platform",
    "argo",
    "what",
    "which",
    "where",
    "only",
    "none",
    "needs",
    "value",
    "values",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Vec<Found> {
        let found = |rule: &str, group: &str, error, line, message: &str, environment: &str| Found {
            rule: rule.into(),
            group: group.into(),
            check: None,
            error,
            line,
            message: message.into(),
            help: String::new(),
            environments: vec![environment.into()],
            fault: line as usize,
        };
        vec![
            found(
                "sync-not-allowed",
                "sync",
                true,
                40,
                "prod is synced by hand, but automated sync is on",
                "prod",
            ),
            found(
                "missing-pull-secret",
                "registry",
                true,
                20,
                "images from `x` need a pull secret in `staging`, and none is named",
                "staging",
            ),
            found(
                "floating-revision",
                "source",
                false,
                50,
                "`prod` follows `HEAD`, which moves by itself",
                "prod",
            ),
        ]
    }

    fn scored(concerns: &[&str]) -> (Vec<Vec<usize>>, Vec<usize>, usize) {
        let concerns: Vec<String> = concerns.iter().map(|&text| text.to_owned()).collect();
        let score = score(&key(), &concerns);
        assert_eq!(score.of, 5);
        (score.concerns.into_iter().map(|concern| concern.means).collect(), score.missed, score.points)
    }

    #[test]
    fn concerns_are_matched_by_words_lines_and_rules() {
        assert_eq!(scored(&["prod must not auto-sync"]), (vec![vec![0]], vec![1, 2], 2));
        assert_eq!(scored(&["line 20: secret?", "floating-revision"]), (vec![vec![1], vec![2]], vec![0], 3));
        assert_eq!(scored(&["no pull secret for staging", "HEAD is a moving target revision"]).2, 3);
    }

    #[test]
    fn vague_or_wrong_concerns_mean_nothing() {
        let (means, missed, points) = scored(&[
            "looks wrong to me",
            "prod",
            "dev syncs automatically and prunes",
            "line 40",
            "",
            "sync",
        ]);
        assert!(means.iter().all(Vec::is_empty), "{means:?}");
        assert_eq!((missed.len(), points), (3, 0));
    }
}
