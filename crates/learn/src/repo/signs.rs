//! Which environment a name tells.

/// Words in names that tell an environment, and what it is called when nothing else says.
const WORDS: [(&str, &[&str]); 10] = [
    ("dev", &["dev", "develop", "development"]),
    ("test", &["test", "testing", "tst"]),
    ("qa", &["qa"]),
    ("uat", &["uat"]),
    ("int", &["int", "integration"]),
    ("staging", &["staging", "stage", "stg"]),
    ("preprod", &["preprod", "preproduction"]),
    ("sandbox", &["sandbox", "sbx"]),
    ("demo", &["demo"]),
    ("prod", &["prod", "production", "prd"]),
];

/// The environment that a name tells, as the name spells it: `apps/overlays/prod`, `agent-staging`, `eu-west-1.production`.
/// The last telling part decides, as names go from the general to the special.
pub(super) fn environment(name: &str) -> Option<&str> {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let telling = |part: &&str| {
        let lower = part.to_ascii_lowercase();
        WORDS.iter().any(|(_, words)| words.contains(&lower.as_str()))
    };
    parts.rev().find(telling)
}

/// Which of the words mean the same environment.
pub(super) fn group(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    WORDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(group, _)| *group)
}

/// Order of environments: from the first that a change reaches to the last.
pub(super) fn rank(name: &str) -> usize {
    let group = group(name).unwrap_or(name);
    WORDS.iter().position(|(known, _)| *known == group).unwrap_or(WORDS.len() / 2)
}

/// A name with the part that tells its environment replaced by `{env}`, and the rest by `{app}` as a whole:
/// `agent-prod` is `{app}-{env}`. `None` where the environment stands in the middle, or nothing else is left.
pub(super) fn pattern(name: &str, environment: &str) -> Option<(&'static str, String)> {
    let same = |part: &str| {
        part.eq_ignore_ascii_case(environment) || (group(part).is_some() && group(part) == group(environment))
    };
    if let Some((app, last)) = name.rsplit_once('-').filter(|(app, last)| same(last) && !app.is_empty()) {
        let _ = last;
        return Some(("{app}-{env}", app.to_owned()));
    }
    let (first, app) = name.split_once('-').filter(|(first, app)| same(first) && !app.is_empty())?;
    let _ = first;
    Some(("{env}-{app}", app.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        assert_eq!(environment("apps/overlays/prod/values.yaml"), Some("prod"));
        assert_eq!(environment("agent-staging"), Some("staging"));
        assert_eq!(environment("reproducer-tester"), None);
        assert_eq!(pattern("agent-prod", "prod"), Some(("{app}-{env}", "agent".to_owned())));
        assert_eq!(pattern("prod-agent-x", "production"), Some(("{env}-{app}", "agent-x".to_owned())));
        assert_eq!(pattern("agent", "prod"), None);
        assert!(rank("dev") < rank("staging") && rank("staging") < rank("production"));
    }
}
