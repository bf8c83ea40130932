//! What a round lost on the way: settings that an earlier round had, in some environment, and that no fact asked to be
//! taken out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::found::Found;
use crate::record::{Picture, Round};

/// Something that was there, and is not now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lost {
    /// What kind of loss.
    pub kind: Vanished,
    /// The setting: `values.ingress`, `spec.syncPolicy.retry`; or the kind of resource.
    pub what: String,
    /// The environments that lost it (or Applications of no known environment).
    pub environments: Vec<String>,
    /// What there was, by environment.
    pub had: BTreeMap<String, Vec<String>>,
    /// The round that had it.
    pub round: u32,
}

/// How something was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Vanished {
    /// A setting is gone.
    Setting,
    /// A setting differed from environment to environment, and is now the same everywhere.
    Difference,
    /// No resource of a kind is left.
    Resource,
}

impl Lost {
    /// The loss as a sentence without its full stop.
    pub fn sentence(&self) -> String {
        let what = &self.what;
        let places = self.environments.join(", ");
        let had: Vec<String> =
            self.had.iter().map(|(environment, had)| format!("{environment}: {}", had.join(", "))).collect();
        let had = had.join("; ");
        match self.kind {
            Vanished::Setting => {
                format!("`{what}` is gone in {places}; round {} had it ({had})", self.round)
            }
            Vanished::Difference => {
                format!(
                    "`{what}` is now the same in {places}; in round {} each had its own ({had})",
                    self.round
                )
            }
            Vanished::Resource => {
                format!("no {what} is left in {places}; round {} had one ({had})", self.round)
            }
        }
    }
}

/// Where something goes, if anywhere else, is a question of which one is meant, not of what it has.
const CHOICES: [&str; 5] = [
    "spec.destination",
    "spec.project",
    "spec.source.repoURL",
    "spec.source.chart",
    "spec.source.targetRevision",
];
/// How many values are shown of one loss in one environment.
const MAX_SHOWN: usize = 4;

/// The leaves of an environment's Applications: all values at each path.
type Leaves = BTreeMap<String, BTreeSet<String>>;

/// What `after` lost of what `before` had.
pub(super) fn between(before: &Round, after: &Round) -> Vec<Lost> {
    let (old, new) = (by_environment(&before.picture), by_environment(&after.picture));
    let found = Found::all(&before.findings);
    let mut out: BTreeMap<(Vanished, String), Lost> = BTreeMap::new();
    let mut add = |kind, what: &str, environment: &str, had: &BTreeSet<String>| {
        let lost = out.entry((kind, what.to_owned())).or_insert_with(|| Lost {
            kind,
            what: what.to_owned(),
            environments: Vec::new(),
            had: BTreeMap::new(),
            round: before.number,
        });
        if !lost.environments.iter().any(|known| known == environment) {
            lost.environments.push(environment.to_owned());
        }
        let shown = lost.had.entry(environment.to_owned()).or_default();
        shown.extend(had.iter().take(MAX_SHOWN.saturating_sub(shown.len())).cloned());
    };
    for (environment, leaves) in &old {
        // An environment that is gone altogether is told as Applications removed.
        let Some(now) = new.get(environment) else { continue };
        if renders_alike(before, after, environment) {
            continue;
        }
        let mut lists = BTreeMap::new();
        for (path, had) in leaves {
            if is_choice(path) || now.contains_key(path) || replaced(path, leaves, now, &mut lists) {
                continue;
            }
            if !is_asked_for(path, environment, &found) {
                let shown: BTreeSet<String> = had.iter().map(|value| leaf(path, value)).collect();
                add(Vanished::Setting, top(path, now), environment, &shown);
            }
        }
    }
    let shared: Vec<&String> = old.keys().filter(|environment| new.contains_key(*environment)).collect();
    let paths: BTreeSet<&String> =
        shared.iter().filter_map(|e| old.get(*e)).flat_map(BTreeMap::keys).collect();
    for path in paths {
        if is_choice(path) || shared.len() < 2 {
            continue;
        }
        let values = |all: &BTreeMap<String, Leaves>| -> Vec<Option<BTreeSet<String>>> {
            shared.iter().map(|e| all.get(*e).and_then(|leaves| leaves.get(path)).cloned()).collect()
        };
        let (were, are) = (values(&old), values(&new));
        let distinct = |values: &[Option<BTreeSet<String>>]| values.iter().collect::<BTreeSet<_>>().len();
        let everywhere = |values: &[Option<BTreeSet<String>>]| values.iter().all(Option::is_some);
        if !everywhere(&were) || !everywhere(&are) || distinct(&were) < 2 || distinct(&are) > 1 {
            continue;
        }
        if shared.iter().any(|environment| is_asked_for(path, environment, &found)) {
            continue;
        }
        for (environment, had) in shared.iter().zip(were.into_iter().flatten()) {
            add(Vanished::Difference, path, environment, &had);
        }
    }
    for (environment, kinds) in kinds(&before.picture) {
        let now = kinds_of(&after.picture, &environment);
        // Nothing rendered is unknown, not gone.
        if now.is_empty() {
            continue;
        }
        for (kind, names) in kinds.iter().filter(|(kind, _)| !now.contains_key(*kind)) {
            add(Vanished::Resource, kind, &environment, names);
        }
    }
    out.into_values().collect()
}

/// Environments' Applications as leaves; an Application of no known environment is a place of its own.
fn by_environment(picture: &Picture) -> BTreeMap<String, Leaves> {
    let mut out: BTreeMap<String, Leaves> = BTreeMap::new();
    for application in &picture.applications {
        let place = application.environment.clone().unwrap_or_else(|| application.name.clone());
        let leaves = out.entry(place).or_default();
        for (path, value) in &application.fields {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            leaves.entry(path.clone()).or_default().insert(value);
        }
    }
    out
}

fn is_choice(path: &str) -> bool {
    let below = |choice: &&str| {
        path.strip_prefix(*choice).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    CHOICES.iter().any(below) || path == "spec.source.path" || path.starts_with("spec.sources[")
}

/// Whether something is left at a path, or below it.
fn is_left(path: &str, leaves: &Leaves) -> bool {
    let below = |separator: char| {
        let prefix = format!("{path}{separator}");
        leaves.range(prefix.clone()..).next().is_some_and(|(other, _)| other.starts_with(&prefix))
    };
    leaves.contains_key(path) || below('.') || below('[')
}

/// Whether something took the place of a leaf: a whole below it, a leaf above it, or another element of its list. `lists`
/// remembers what was found of lists.
fn replaced(path: &str, old: &Leaves, new: &Leaves, lists: &mut BTreeMap<String, bool>) -> bool {
    if is_left(path, new) {
        return true;
    }
    let mut ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at);
    if ends.any(|end| path.get(..end).is_some_and(|above| new.contains_key(above))) {
        return true;
    }
    let Some((list, _)) = path.split_once('[') else { return false };
    let list = format!("{list}[");
    *lists.entry(list.clone()).or_insert_with(|| {
        let there = new.range(list.clone()..).take_while(|(other, _)| other.starts_with(&list));
        there.into_iter().any(|(other, _)| !old.contains_key(other))
    })
}

/// Whether a finding that rests on a fact was about this setting there: then its going was asked for.
fn is_asked_for(path: &str, environment: &str, found: &[Found]) -> bool {
    found.iter().any(|finding| {
        finding.fact.is_some()
            && finding.environments.iter().any(|e| e == environment)
            && finding.path().is_some_and(|field| {
                // Rules of sync name the part of the policy that they are about, wherever it is written.
                let field =
                    if field.starts_with("spec.syncPolicy.") { "spec.syncPolicy.automated" } else { &field };
                path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
    })
}

/// The widest part of a path of which nothing is left.
fn top<'p>(path: &'p str, now: &Leaves) -> &'p str {
    let ends =
        path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let Some(part) = path.get(..end) else { continue };
        if matches!(part, "values" | "spec" | "metadata" | "spec.source" | "spec.source.helm") {
            continue;
        }
        if !is_left(part, now) {
            return part;
        }
    }
    path
}

/// A leaf as it is shown: an element of a list that goes by itself is its own name.
fn leaf(path: &str, value: &str) -> String {
    if path.ends_with(&format!("[{value}]")) {
        return value.to_owned();
    }
    format!("{} = {value}", path.strip_prefix("values.").unwrap_or(path))
}

/// Whether an environment's resources are known in both rounds and the same: then the values say the same in other words.
fn renders_alike(before: &Round, after: &Round, environment: &str) -> bool {
    let resources = |round: &Round| -> Option<Vec<(String, BTreeMap<String, Value>)>> {
        let there =
            || round.picture.applications.iter().filter(|a| a.environment.as_deref() == Some(environment));
        if there().any(|application| !application.complete) {
            return None;
        }
        let names: BTreeSet<&str> = there().map(|application| application.name.as_str()).collect();
        let theirs = round.picture.resources.iter().filter(|r| names.contains(r.application.as_str()));
        let theirs: Vec<_> = theirs.map(|r| (r.name.clone(), r.fields.clone())).collect();
        (!theirs.is_empty()).then_some(theirs)
    };
    resources(before).is_some_and(|old| resources(after).is_some_and(|new| old == new))
}

/// The names of resources by environment and kind.
fn kinds(picture: &Picture) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let environments: BTreeSet<String> =
        picture.applications.iter().filter_map(|a| a.environment.clone()).collect();
    environments
        .into_iter()
        .map(|e| {
            let kinds = kinds_of(picture, &e);
            (e, kinds)
        })
        .collect()
}

fn kinds_of(picture: &Picture, environment: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let there = picture.applications.iter().filter(|a| a.environment.as_deref() == Some(environment));
    let there: BTreeSet<&str> = there.map(|a| a.name.as_str()).collect();
    for resource in picture.resources.iter().filter(|r| there.contains(r.application.as_str())) {
        let kind = resource.fields.get("kind").and_then(Value::as_str).unwrap_or_default();
        let name = resource.name.rsplit('/').next().unwrap_or_default();
        if !kind.is_empty() {
            out.entry(kind.to_owned()).or_default().insert(name.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::Application;

    fn round(number: u32, environments: &[(&str, &[(&str, Value)])]) -> Round {
        let one = |(environment, fields): &(&str, &[(&str, Value)])| Application {
            name: format!("argocd/x-{environment}"),
            environment: Some((*environment).to_owned()),
            fields: fields.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect(),
            ..Application::default()
        };
        let picture = Picture { applications: environments.iter().map(one).collect(), ..Picture::default() };
        Round { number, picture, ..Round::default() }
    }

    fn lost(before: &Round, after: &Round) -> Vec<(Vanished, String, Vec<String>)> {
        between(before, after).into_iter().map(|lost| (lost.kind, lost.what, lost.environments)).collect()
    }

    #[test]
    fn the_widest_part_that_is_gone_is_told_by_environment() {
        let hosts = [
            ("values.ingress.enabled", json!(true)),
            ("values.ingress.hosts[a.b]", json!("a.b")),
            ("values.x", json!(1)),
        ];
        let before = round(1, &[("dev", &hosts), ("prod", &hosts)]);
        let after = round(2, &[("dev", &hosts[2..]), ("prod", &hosts)]);
        assert_eq!(lost(&before, &after), [(Vanished::Setting, "values.ingress".into(), vec!["dev".into()])]);
        assert_eq!(lost(&after, &before), []);
    }

    #[test]
    fn what_gave_way_to_another_is_not_lost() {
        let before =
            round(1, &[("dev", &[("values.pull[a].name", json!("a")), ("values.image", json!("x:1"))])]);
        let after =
            round(2, &[("dev", &[("values.pull[b].name", json!("b")), ("values.image.tag", json!("1"))])]);
        assert_eq!(lost(&before, &after), []);
    }

    #[test]
    fn a_difference_between_environments_is_lost_when_all_are_alike() {
        let with = |number, dev: &str, prod: &str| {
            round(number, &[("dev", &[("values.tag", json!(dev))]), ("prod", &[("values.tag", json!(prod))])])
        };
        let all = || vec!["dev".to_owned(), "prod".to_owned()];
        assert_eq!(
            lost(&with(1, "1", "2"), &with(2, "3", "3")),
            [(Vanished::Difference, "values.tag".into(), all())]
        );
        assert_eq!(lost(&with(1, "1", "2"), &with(2, "2", "1")), []);
        assert_eq!(lost(&with(1, "1", "1"), &with(2, "3", "3")), []);
    }

    #[test]
    fn what_a_fact_asked_for_is_not_lost() {
        let fields = [("spec.syncPolicy.automated.prune", json!(true))];
        let mut before = round(1, &[("prod", &fields), ("dev", &fields)]);
        before.findings = vec![json!({
            "rule": "sync-not-allowed", "environments": ["prod"], "field": "spec.syncPolicy.automated",
            "fact": "environments.prod.sync",
        })];
        let after = round(2, &[("prod", &[]), ("dev", &[])]);
        assert_eq!(
            lost(&before, &after),
            [(Vanished::Setting, "spec.syncPolicy".into(), vec!["dev".into()])]
        );
    }
}
