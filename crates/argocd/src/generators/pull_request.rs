//! The pull request generator, answered from fixtures.

use std::rc::Rc;

use seatrial_gotemplate::goregexp::Regexp;
use seatrial_gotemplate::{Elem, List, Str, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::values::Values;
use super::{items, scm, text};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::names::go_value;
use crate::params::{ParamSet, text as value};

/// The providers in the order the controller looks for them, and the fields that name the repository.
const PROVIDERS: [(&str, &[&str]); 6] = [
    ("github", &["owner", "repo"]),
    ("gitlab", &["project"]),
    ("gitea", &["owner", "repo"]),
    ("bitbucketServer", &["project", "repo"]),
    ("bitbucket", &["owner", "repo"]),
    ("azuredevops", &["organization", "project", "repo"]),
];

/// Open pull requests of a repository, filtered as the controller filters them.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let wrap = |stop: Stop| stop.wrap("failed to select pull request service provider");
    scm::allowed(run, spec).map_err(wrap)?;
    let Some((provider, fields)) = PROVIDERS.iter().find(|(p, _)| spec.get(*p).is_some()) else {
        return error(
            "failed to select pull request service provider: no Pull Request provider implementation configured",
        );
    };
    let settings = spec.get(*provider).unwrap_or(&Json::Null);
    let names: Vec<&str> = fields.iter().map(|f| text(settings, f)).collect();
    let key = format!("{provider}:{}", names.join("/"));
    let filters = items(spec, "filters")
        .iter()
        .map(filter)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Stop::Error(e).wrap("error listing repos"))?;
    let Some(pulls) = run.world.fixtures.pull_request.get(&key) else {
        return Err(Stop::Unknown(format!("the open pull requests of {key} (fixtures.pullRequest)")));
    };
    let labels_wanted: Vec<&str> = items(settings, "labels").iter().filter_map(Json::as_str).collect();
    let values = Values::compile(&run.engine, spec, at);
    let mut sets = Vec::new();
    for pull in pulls {
        let labels: Vec<&str> = items(pull, "labels").iter().filter_map(Json::as_str).collect();
        if !labels_wanted.iter().all(|l| labels.contains(l)) {
            continue;
        }
        if !filters.is_empty()
            && !filters
                .iter()
                .any(|f| f.iter().all(|(regex, key)| regex.is_match(text(pull, key).as_bytes())))
        {
            continue;
        }
        let mut set = ParamSet::new(at.clone());
        let sha = text(pull, "head_sha");
        set.set("number", value(&pull.get("number").map(number).unwrap_or_default()));
        for name in ["title", "branch", "target_branch", "head_sha", "author"] {
            set.set(name, value(text(pull, name)));
        }
        set.set("branch_slug", value(&slug(text(pull, "branch"))));
        set.set("target_branch_slug", value(&slug(text(pull, "target_branch"))));
        set.set("head_short_sha", value(sha.get(..8).unwrap_or(sha)));
        set.set("head_short_sha_7", value(sha.get(..7).unwrap_or(sha)));
        if run.engine.is_go() {
            set.set(
                "labels",
                Value::List(List::typed(
                    Elem::Str,
                    labels.iter().map(|l| Value::Str(Str::from(*l))).collect(),
                )),
            );
        }
        set.note("number", Place::Fixture(format!("pullRequest.{key}")));
        run.reserve(1)?;
        values.append(&run.engine, &mut set).map_err(|e| e.wrap("failed to append templated values"))?;
        sets.push(set);
    }
    Ok(sets)
}

fn number(value: &Json) -> String {
    match value {
        Json::Number(n) => n.to_string(),
        other => go_value(other),
    }
}

type Filter = Vec<(Rc<Regexp>, &'static str)>;

fn filter(filter: &Json) -> Result<Filter, String> {
    let mut out = Vec::new();
    for (key, name, field) in [
        ("branchMatch", "BranchMatch", "branch"),
        ("targetBranchMatch", "TargetBranchMatch", "target_branch"),
        ("titleMatch", "TitleMatch", "title"),
    ] {
        if let Some(regex) = scm::regex(filter, key, name)? {
            out.push((regex, field));
        }
    }
    Ok(out)
}

/// A branch's slug as the controller sets gosimple/slug up: at most 50 bytes, cut at a dash, `_` as `-`, `&` and `@` as words.
fn slug(branch: &str) -> String {
    const MAX: usize = 50;
    let mut plain = String::with_capacity(branch.len());
    for c in branch.trim().chars() {
        match c {
            '&' => plain.push_str("and"),
            '@' => plain.push_str("at"),
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_lowercase()),
            c if c.is_ascii() => plain.push('-'),
            c => plain.push_str(transliterated(c)),
        }
    }
    let mut slug = String::with_capacity(plain.len());
    for c in plain.chars().filter(char::is_ascii) {
        if c != '-' || !slug.ends_with('-') {
            slug.push(c);
        }
    }
    let slug = slug.trim_matches('-');
    if slug.len() <= MAX {
        return slug.to_owned();
    }
    let cut = slug.as_bytes().iter().take(MAX + 1).rposition(|byte| *byte == b'-').unwrap_or(MAX);
    slug.get(..cut).unwrap_or_default().to_owned()
}

/// Letters of western European languages in ASCII; anything else is left out.
fn transliterated(c: char) -> &'static str {
    match c.to_lowercase().next().unwrap_or(c) {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '\u{a0}' | '–' | '—' => "-",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs() {
        assert_eq!(slug("feature/ABC-123_Fix & Go"), "feature-abc-123-fix-and-go");
        assert_eq!(slug("Größe"), "grosse");
        assert_eq!(slug(&format!("{}-{}", "a".repeat(45), "b".repeat(20))), "a".repeat(45));
        assert_eq!(slug(&"a".repeat(60)), "a".repeat(50));
    }
}
