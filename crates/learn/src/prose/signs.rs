//! Whether words show what is stated: names and amounts as whole words, decisions by words that mean them.

use super::token::{Form, Token};
use super::values;
use crate::claim::What;

/// Words that turn what is said into its opposite.
const DENYING: [&str; 20] = [
    "no",
    "not",
    "never",
    "none",
    "without",
    "nor",
    "neither",
    "except",
    "excluding",
    "instead",
    "avoid",
    "avoids",
    "forbidden",
    "banned",
    "prohibited",
    "stop",
    "stopped",
    "disallowed",
    "off",
    "disabled",
];

/// Words of a bound: what stands behind them is no exact number.
const BOUNDS: [&str; 13] = [
    "least", "most", "minimum", "maximum", "min", "max", "up", "between", "than", "above", "below", "range",
    "over",
];

/// Whether a clause shows what is stated. `introduced` is what the clause stands under.
pub(super) fn shown(what: &What, tokens: &[Token], introduced: &str) -> bool {
    let words = Words { tokens, introduced: introduced.to_lowercase() };
    let denied = words.denied();
    match what {
        What::Automated(true) => words.any(&["auto"]) && !denied && !words.any(&["manual", "hand"]),
        What::Automated(false) => {
            words.any(&["manual", "by hand"]) && !denied || words.any(&["auto"]) && denied
        }
        What::Prune(on) => words.switched(&["prun", "delet"], *on),
        What::SelfHeal(on) => words.switched(&["selfheal", "self-heal", "heal"], *on),
        What::HighAvailability(on) => words.any(&["availab"]) && denied != *on,
        What::Production(on) => words.any(&["production"]) && denied != *on,
        What::Public(true) => words.any(&["public", "anonymous"]) && !denied,
        What::Public(false) => words.any(&["private"]) && !denied,
        What::PullSecret(None) => words.any(&["secret", "credential", "imagepull"]) && denied,
        _ if denied => false,
        What::EnvironmentOf(_) => true,
        What::Kind(kind) => words.whole(kind),
        What::Auth(how) => words.whole(how.rsplit('-').next().unwrap_or(how)),
        What::Server(text)
        | What::Context(text)
        | What::Kubernetes(text)
        | What::Version(text)
        | What::Namespace(text)
        | What::OwnNamespace(text)
        | What::RunsIn(text) => words.whole(text),
        What::Project(text) => words.whole(text) && words.any(&["project"]),
        What::PullSecret(Some(name)) => {
            words.whole(name) && words.about(&["secret", "credential", "imagepull", "pull"])
        }
        What::Registries(hosts) => {
            let told = |host: &String| words.whole(host) || host == "docker.io" && words.whole("dockerhub");
            !hosts.is_empty()
                && hosts.iter().all(told)
                && words.about(&["registr", "image", "pull", "ecr", "use"])
        }
        What::StorageClasses(list) => !list.is_empty() && list.iter().all(|one| words.whole(one)),
        What::IngressClasses(list) => {
            !list.is_empty() && list.iter().all(|one| words.whole(one)) && words.about(&["ingress"])
        }
        What::NodeSelector(labels) => {
            let told = |key: &str, value: &str| {
                words.whole(key) && words.whole(value) || words.whole(&format!("{key}={value}"))
            };
            let quoted = |key: &str, value: &str| words.whole(&format!("{key}: {value}"));
            labels.iter().all(|(key, value)| told(key, value) || quoted(key, value)) && words.about(&["node"])
        }
        What::Replicas(Some(n), _) => {
            let number = |token: &Token| values::number(&token.lower) == Some(*n);
            words.tokens.iter().any(number)
                && words.about(&["replica", "instance", "copies", "pods"])
                && !words.bounded()
        }
        What::Amount { resource, min: Some(amount), .. } => {
            let told = |token: &Token| {
                let same = |read: Option<String>| read.as_ref() == Some(amount);
                same(values::memory(&token.lower)) || same(values::millicores(&token.lower))
            };
            let unit = |c: char| c.is_ascii_alphabetic();
            words.tokens.iter().any(told)
                && amount.ends_with(unit)
                && (amount.ends_with('m') == (*resource == "cpu"))
                && !words.bounded()
        }
        _ => false,
    }
}

struct Words<'w> {
    tokens: &'w [Token],
    introduced: String,
}

impl Words<'_> {
    /// Whether a name stands here as a whole.
    fn whole(&self, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        let is = |token: &Token| {
            token.form != Form::Mark && token.text.trim_end_matches('/').eq_ignore_ascii_case(name)
        };
        !name.is_empty() && self.tokens.iter().any(is)
    }

    /// Whether a word here begins like one of these.
    fn any(&self, beginnings: &[&str]) -> bool {
        beginnings.iter().any(|beginning| {
            let parts: Vec<&str> = beginning.split(' ').collect();
            self.tokens.windows(parts.len()).any(|window| {
                window
                    .iter()
                    .zip(&parts)
                    .all(|(token, part)| token.is_word() && token.lower.starts_with(part))
            })
        })
    }

    /// Whether this is about such a thing, by its own words or by what it stands under.
    fn about(&self, beginnings: &[&str]) -> bool {
        let quoted = |beginning: &&str| {
            self.tokens.iter().any(|token| token.form == Form::Quoted && token.lower.contains(*beginning))
        };
        self.any(beginnings)
            || beginnings.iter().any(|beginning| quoted(beginning) || self.introduced.contains(beginning))
    }

    fn denied(&self) -> bool {
        self.tokens.iter().any(|token| {
            token.is_word()
                && (DENYING.contains(&token.lower.as_str())
                    || token.lower.ends_with("n't")
                    || token.lower.ends_with("n’t"))
        })
    }

    fn bounded(&self) -> bool {
        self.tokens.iter().any(|token| token.is_any(&BOUNDS))
    }

    /// Whether something is switched on or off: `prune: false`, `never prunes`, `prunes`.
    fn switched(&self, beginnings: &[&str], on: bool) -> bool {
        let named = |token: &Token| {
            token.is_word() && beginnings.iter().any(|beginning| token.lower.starts_with(beginning))
        };
        let Some(at) = self.tokens.iter().position(named) else { return false };
        let behind = self.tokens.get(at + 1..).unwrap_or_default();
        let mut behind = behind.iter().filter(|token| token.form != Form::Mark);
        match behind.next().map(|token| token.lower.as_str()) {
            Some("true" | "on" | "enabled" | "yes") => on && !self.denied(),
            Some("false" | "off" | "disabled" | "no") => !on,
            _ => self.denied() != on,
        }
    }
}
