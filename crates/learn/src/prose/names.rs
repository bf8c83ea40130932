//! Environments and clusters that a text may speak of, under all their names.

use seatrial_platform::Platform;

use super::token::{Form, Token};

/// A text makes no more environments known than this.
const MAX_NAMES: usize = 64;

/// Words for environments, those of one line meaning the same.
const WORDS: [&[&str]; 11] = [
    &["dev", "development", "devel"],
    &["test", "testing", "tst"],
    &["qa"],
    &["uat"],
    &["int", "integration"],
    &["staging", "stage", "stg"],
    &["preprod", "pre-prod", "preproduction", "pre-production"],
    &["prod", "production", "prd"],
    &["sandbox"],
    &["demo"],
    &["perf"],
];

/// Those of the words that mean other things as well, and count only where the text or the platform says so.
const DOUBTFUL: [&str; 8] = ["test", "testing", "int", "integration", "stage", "sandbox", "demo", "perf"];

/// Words after an environment's name that make another thing of it.
const NOT_AN_ENVIRONMENT: [&str; 22] = [
    "team",
    "teams",
    "folks",
    "people",
    "ops",
    "guys",
    "experience",
    "machines",
    "machine",
    "laptops",
    "laptop",
    "branch",
    "branches",
    "engineers",
    "lead",
    "tools",
    "grade",
    "ready",
    "traffic",
    "tooling",
    "manager",
    "mode",
];

/// The group of a word for an environment.
pub(super) fn vocabulary(word: &str) -> Option<usize> {
    WORDS.iter().position(|group| group.contains(&word))
}

/// What names mean in a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Environments: the name to state facts under, and how it may be spelled (in small letters).
    environments: Vec<(String, Vec<String>)>,
    /// Clusters with their environment, if it is known.
    clusters: Vec<(String, Option<String>)>,
    production: Vec<String>,
}

impl Names {
    /// The names that the platform file declares.
    pub(super) fn of(platform: &Platform) -> Self {
        let mut names = Self::default();
        for environment in &platform.environments {
            let name = environment.name.value.clone();
            let spellings = std::iter::once(&environment.name).chain(&environment.aliases);
            let spellings = spellings.map(|name| name.to_lowercase()).collect();
            names.environments.push((name, spellings));
        }
        for cluster in &platform.clusters {
            let environment = platform.environment_of(&cluster.name).map(str::to_owned);
            if let Some(environment) = &environment {
                names.declare(environment);
            }
            names.clusters.push((cluster.name.value.clone(), environment));
        }
        for (name, _) in names.environments.clone() {
            if platform.is_production(&name) {
                names.production.push(name);
            }
        }
        names
    }

    /// Makes an environment known.
    pub(super) fn declare(&mut self, name: &str) {
        if self.environments.len() < MAX_NAMES && self.environment(&name.to_lowercase()).is_none() {
            self.environments.push((name.to_owned(), vec![name.to_lowercase()]));
            if ["prod", "production", "prd", "live"].contains(&name) {
                self.production.push(name.to_owned());
            }
        }
    }

    /// Makes a cluster known.
    pub(super) fn declare_cluster(&mut self, name: &str, environment: Option<&str>) {
        let full = self.clusters.len() >= MAX_NAMES * 8;
        match self.clusters.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = known.take().or(environment.map(str::to_owned)),
            None if full => {}
            None => self.clusters.push((name.to_owned(), environment.map(str::to_owned))),
        }
    }

    /// Names of all environments.
    pub(super) fn all(&self) -> Vec<String> {
        self.environments.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Those judged as production.
    pub(super) fn production(&self) -> &[String] {
        &self.production
    }

    /// The environment that a word (in small letters) means.
    pub(super) fn environment(&self, word: &str) -> Option<&str> {
        let exact = self.environments.iter().find(|(_, spellings)| spellings.iter().any(|s| s == word));
        let alike = || {
            let group = vocabulary(word)?;
            self.environments
                .iter()
                .find(|(_, spellings)| spellings.iter().any(|spelling| vocabulary(spelling) == Some(group)))
        };
        exact.or_else(alike).map(|(name, _)| name.as_str())
    }

    /// The cluster of this name, and its environment.
    pub(super) fn cluster(&self, name: &str) -> Option<(&str, Option<&str>)> {
        let found = self.clusters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some((&found.0, found.1.as_deref()))
    }

    /// Clusters of an environment.
    pub(super) fn clusters_of(&self, environment: &str) -> Vec<&str> {
        let of = self.clusters.iter().filter(|(_, known)| known.as_deref() == Some(environment));
        of.map(|(name, _)| name.as_str()).collect()
    }

    /// The environments that the token at `index` names: one, or several written as `dev/staging`.
    pub(super) fn mentioned(&self, tokens: &[Token], index: usize) -> Vec<String> {
        let Some(token) = tokens.get(index) else { return Vec::new() };
        if matches!(token.form, Form::Mark | Form::Url) || is_part_of_another_name(tokens, index) {
            return Vec::new();
        }
        let parts: Vec<&str> = token.lower.split(['/', '&', '+']).collect();
        let found: Vec<String> =
            parts.iter().filter_map(|part| self.environment(part)).map(str::to_owned).collect();
        if found.len() == parts.len() { found } else { Vec::new() }
    }

    /// Learns the environments that a sentence speaks of.
    pub(super) fn learn(&mut self, tokens: &[Token]) {
        self.learn_list(tokens);
        let strong = tokens
            .iter()
            .any(|token| vocabulary(&token.lower).is_some() && !DOUBTFUL.contains(&token.lower.as_str()));
        for (index, token) in tokens.iter().enumerate() {
            if token.form != Form::Word || is_part_of_another_name(tokens, index) {
                continue;
            }
            for part in token.lower.split(['/', '&', '+']) {
                let Some(_) = vocabulary(part) else { continue };
                let next = tokens.get(index + 1);
                let labelled = next.is_some_and(|next| {
                    next.is_any(&[
                        "environment",
                        "environments",
                        "cluster",
                        "clusters",
                        "env",
                        "envs",
                        "stage",
                    ]) || (next.is(":") && index == 0)
                });
                let listed = strong
                    && (next.is_some_and(|next| next.is_any(&[",", "and", "/", "or"]))
                        || index.checked_sub(1).is_some_and(|at| tokens[at].is_any(&[",", "and", "or"])));
                if !DOUBTFUL.contains(&part) || labelled || listed {
                    self.declare(part);
                }
            }
        }
    }

    /// "We have three environments: alpha, beta and live."
    fn learn_list(&mut self, tokens: &[Token]) {
        let Some(at) = tokens.iter().position(|token| token.is_any(&["environments", "envs", "stages"]))
        else {
            return;
        };
        let Some(start) =
            tokens.iter().skip(at + 1).position(|token| token.is_any(&[":", "called", "named"]))
        else {
            return;
        };
        if start > 2 {
            return;
        }
        let rest = &tokens[at + start + 2..];
        let end =
            rest.iter().position(|token| token.is_any(&[".", ";", "(", "-", "—", "–"])).unwrap_or(rest.len());
        let items: Vec<&Token> =
            rest[..end].iter().filter(|token| !token.is_any(&[",", "and", "&"])).collect();
        // Names only: anything longer is a sentence.
        let separators = rest[..end].iter().filter(|token| token.is_any(&[",", "and", "&"])).count();
        let is_name = |token: &&Token| {
            token.form != Form::Mark && token.text.chars().all(|c| c.is_alphanumeric() || "-_".contains(c))
        };
        if (1..=12).contains(&items.len()) && items.iter().all(is_name) && separators + 1 >= items.len() {
            for item in items {
                if self.environment(&item.lower).is_none() {
                    self.declare(&item.lower);
                }
            }
        }
    }
}

/// "the dev team", "production-grade"; "like prod".
fn is_part_of_another_name(tokens: &[Token], index: usize) -> bool {
    // "like prod", "as in staging" compare with it.
    let before = |steps: usize| index.checked_sub(steps).map(|at| &tokens[at]);
    let compares =
        |token: Option<&Token>| token.is_some_and(|token| token.is_any(&["like", "than", "unlike", "as"]));
    let compared = compares(before(1))
        || (before(1).is_some_and(|token| token.is_any(&["in", "for"])) && compares(before(2)));
    compared || tokens.get(index + 1).is_some_and(|next| next.is_any(&NOT_AN_ENVIRONMENT))
}
