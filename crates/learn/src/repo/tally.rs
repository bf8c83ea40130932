//! Counting who shows what.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AGREEMENT, MIN_WITNESSES, Seen};

/// How many must show that something is not used.
const MIN_ABSENT: usize = 5;

/// Places listed for a fact.
const MOST_EVIDENCE: usize = 3;
const MOST_EXCEPTIONS: usize = 5;

/// What one Application shows of a key, and where.
#[derive(Clone, Debug)]
struct Vote {
    value: Value,
    place: String,
}

/// Votes of all Applications.
#[derive(Default)]
pub(super) struct Tally {
    /// Facts of one value, by key.
    single: BTreeMap<Vec<String>, Vec<Vote>>,
    /// Lists, by key: of each witness what it shows.
    lists: BTreeMap<Vec<String>, Vec<Vec<Vote>>>,
    /// Names that need one witness.
    names: BTreeMap<Vec<String>, Vec<Vote>>,
    /// Environments of a single Application.
    lone: Vec<String>,
}

impl Tally {
    /// One Application shows this value.
    pub(super) fn single(&mut self, path: Vec<String>, value: Value, place: String) {
        self.single.entry(path).or_default().push(Vote { value, place });
    }

    /// One Application shows these items.
    pub(super) fn list(&mut self, path: Vec<String>, items: Vec<(String, String)>) {
        let votes = items.into_iter().map(|(item, place)| Vote { value: json!(item), place }).collect();
        self.lists.entry(path).or_default().push(votes);
    }

    /// One Application shows that something of this name exists.
    pub(super) fn name(&mut self, path: Vec<String>, value: Value, place: String) {
        self.names.entry(path).or_default().push(Vote { value, place });
    }

    /// An environment that has one Application only.
    pub(super) fn alone(&mut self, environment: String) {
        self.lone.push(environment);
    }

    /// What is shown clearly enough, by key.
    pub(super) fn facts(&self) -> Vec<Seen> {
        let mut facts: Vec<Seen> = Vec::new();
        facts.extend(self.single.iter().filter_map(|(path, votes)| self.agreed(path, votes)));
        facts.extend(self.lists.iter().filter_map(|(path, votes)| self.common(path, votes)));
        for (path, votes) in &self.names {
            let Some(first) = votes.first() else { continue };
            facts.push(Seen {
                path: path.clone(),
                value: first.value.clone(),
                support: votes.len(),
                of: votes.len(),
                evidence: places(votes.iter()),
                exceptions: Vec::new(),
            });
        }
        facts.sort_by_key(order);
        facts
    }

    fn may_be_alone(&self, path: &[String]) -> bool {
        path.first().is_some_and(|top| top == "environments")
            && path.get(1).is_some_and(|name| self.lone.contains(name))
    }

    fn agreed(&self, path: &[String], votes: &[Vote]) -> Option<Seen> {
        let mut values: Vec<(&Value, usize)> = Vec::new();
        for vote in votes {
            match values.iter_mut().find(|(value, _)| **value == vote.value) {
                Some((_, count)) => *count += 1,
                None => values.push((&vote.value, 1)),
            }
        }
        let (value, support) =
            values.iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.to_string().cmp(&a.0.to_string())))?;
        // Names that keep to no pattern are no convention; one project for everything is, where enough keep to it.
        let convention = path.first().is_some_and(|top| top == "conventions");
        let one_project = |name: &str| {
            name != "default" && votes.len() >= MIN_ABSENT && path.last().is_some_and(|key| key == "project")
        };
        if convention && !value.as_str().is_some_and(|pattern| pattern.contains('{') || one_project(pattern))
        {
            return None;
        }
        let enough = votes.len() >= MIN_WITNESSES || self.may_be_alone(path);
        let (support, of) = (*support, votes.len());
        if !enough || support * 100 < of * AGREEMENT {
            return None;
        }
        // That something is nowhere used shows less than that it is used: all must agree, and more of them.
        let absent = **value == json!({})
            || (**value == json!(false) && path.last().is_some_and(|key| key == "pullSecret"));
        if absent && (support < of || of < MIN_ABSENT) {
            return None;
        }
        Some(Seen {
            path: path.to_vec(),
            value: (*value).clone(),
            support,
            of,
            evidence: places(votes.iter().filter(|vote| vote.value == **value)),
            exceptions: exceptions(votes.iter().filter(|vote| vote.value != **value)),
        })
    }

    fn common(&self, path: &[String], witnesses: &[Vec<Vote>]) -> Option<Seen> {
        let mut items: BTreeMap<String, Vec<&Vote>> = BTreeMap::new();
        for votes in witnesses {
            let mut seen: Vec<&Value> = Vec::new();
            for vote in votes {
                if !seen.contains(&&vote.value) {
                    seen.push(&vote.value);
                    items.entry(vote.value.as_str().unwrap_or_default().to_owned()).or_default().push(vote);
                }
            }
        }
        let of = witnesses.len();
        let is_common = |count: usize| {
            count >= MIN_WITNESSES || (count * 2 >= of && (of >= MIN_WITNESSES || self.may_be_alone(path)))
        };
        let (common, rare): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|(_, votes)| is_common(votes.len()));
        if common.is_empty() {
            return None;
        }
        let names: Vec<&String> = common.iter().map(|(name, _)| name).collect();
        let of_rare = |vote: &Vote| rare.iter().any(|(name, _)| vote.value.as_str() == Some(name));
        let support = witnesses.iter().filter(|votes| !votes.iter().any(of_rare)).count();
        Some(Seen {
            path: path.to_vec(),
            value: json!(names),
            support,
            of,
            evidence: places(common.iter().filter_map(|(_, votes)| votes.first().copied())),
            exceptions: exceptions(rare.iter().flat_map(|(_, votes)| votes.iter().copied())),
        })
    }
}

/// Environments from first to last, keys as one reads them.
fn order(fact: &Seen) -> (usize, usize, Vec<String>) {
    const KEYS: [&str; 8] = [
        "registries",
        "pullSecret",
        "sync",
        "replicas",
        "nodeSelector",
        "storageClasses",
        "ingressClasses",
        "namespaces",
    ];
    let environment = fact.path.get(1).map_or(0, |name| super::signs::rank(name));
    let key =
        fact.path.get(2).and_then(|key| KEYS.iter().position(|known| known == key)).unwrap_or(KEYS.len());
    let top = match fact.path.first().map(String::as_str) {
        Some("argocd") => 0,
        Some("environments") => 1,
        _ => 2,
    };
    (top * 100 + environment, key, fact.path.clone())
}

fn places<'v>(votes: impl Iterator<Item = &'v Vote>) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for vote in votes {
        if places.len() < MOST_EVIDENCE && !places.contains(&vote.place) {
            places.push(vote.place.clone());
        }
    }
    places
}

fn exceptions<'v>(votes: impl Iterator<Item = &'v Vote>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for vote in votes {
        let value = vote.value.as_str().map_or_else(|| vote.value.to_string(), str::to_owned);
        let one = format!("{}: {value}", vote.place);
        if !all.contains(&one) {
            all.push(one);
        }
    }
    let more = all.len().saturating_sub(MOST_EXCEPTIONS);
    all.truncate(MOST_EXCEPTIONS);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(key: &str) -> Vec<String> {
        key.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn thresholds() {
        let mut tally = Tally::default();
        for n in 0..48 {
            let secret = if n == 7 { "old" } else { "ecr-prod" };
            tally.single(path("environments/prod/pullSecret"), json!(secret), format!("apps/{n}.yaml:3"));
            tally.single(path("environments/prod/replicas"), json!(n % 2), format!("apps/{n}.yaml:9"));
        }
        tally.single(path("environments/dev/replicas"), json!(1), "a.yaml:1".into());
        let facts = tally.facts();
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].support, facts[0].of), (47, 48));
        assert_eq!(facts[0].exceptions, ["apps/7.yaml:3: old"]);
        tally.alone("dev".into());
        assert_eq!(tally.facts().len(), 2);
    }
}
