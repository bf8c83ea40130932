//! The SCM provider generator, answered from fixtures.

use std::rc::Rc;

use seatrial_gotemplate::Value;
use seatrial_gotemplate::goregexp::Regexp;
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::values::Values;
use super::{items, text};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::names::sanitize;
use crate::params::{ParamSet, from_json, text as value};
use crate::strategicpatch::go_quote;

/// The providers in the order the controller looks for them, and the field that names the organization.
const PROVIDERS: [(&str, &str); 7] = [
    ("github", "organization"),
    ("gitlab", "group"),
    ("gitea", "owner"),
    ("bitbucketServer", "project"),
    ("azureDevOps", "organization"),
    ("bitbucket", "owner"),
    ("awsCodeCommit", "region"),
];

/// Repositories (and branches) of an organization, filtered as the controller filters them.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    allowed(run, spec)?;
    let Some((provider, owner)) = PROVIDERS.iter().find(|(p, _)| spec.get(*p).is_some()) else {
        return error("no SCM provider implementation configured");
    };
    let organization = spec.get(*provider).map(|p| text(p, owner)).unwrap_or_default();
    let filters = items(spec, "filters")
        .iter()
        .map(Filter::compile)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Stop::Error(e).wrap("error listing repos"))?;
    let key = format!("{provider}:{organization}");
    let Some(repositories) = run.world.fixtures.scm_provider.get(&key) else {
        return Err(Stop::Unknown(format!("the repositories of {key} (fixtures.scmProvider)")));
    };
    let values = Values::compile(&run.engine, spec, at);
    let mut sets = Vec::new();
    for repository in select(repositories, &filters)? {
        let field = |name: &str| text(repository, name);
        let sha = field("sha");
        let mut set = ParamSet::new(at.clone());
        let owner = if field("organization").is_empty() { organization } else { field("organization") };
        set.set("organization", value(owner));
        for name in ["repository", "url", "branch", "sha"] {
            set.set(name, value(field(name)));
        }
        set.set("repository_id", repository.get("repository_id").map_or(Value::Nil, from_json));
        set.set("short_sha", value(sha.get(..8).unwrap_or(sha)));
        set.set("short_sha_7", value(sha.get(..7).unwrap_or(sha)));
        let labels: Vec<&str> = items(repository, "labels").iter().filter_map(Json::as_str).collect();
        set.set("labels", value(&labels.join(",")));
        set.set("branchNormalized", value(&sanitize(field("branch"))));
        set.note("repository", Place::Fixture(format!("scmProvider.{key}")));
        run.reserve(1)?;
        values.append(&run.engine, &mut set).map_err(|e| e.wrap("failed to append templated values"))?;
        sets.push(set);
    }
    Ok(sets)
}

/// Whether the controller may talk to SCM providers, and to this one's address.
pub(super) fn allowed(run: &Run<'_>, spec: &Json) -> Result<(), Stop> {
    let flags = &run.world.flags;
    if !flags.enable_scm_providers {
        return error("scm providers are disabled");
    }
    let api = spec
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, p)| text(p, "api"))
        .find(|a| !a.is_empty())
        .unwrap_or_default();
    if api.is_empty()
        || flags.allowed_scm_providers.is_empty()
        || flags.allowed_scm_providers.iter().any(|a| a == api)
    {
        return Ok(());
    }
    let allowed = flags.allowed_scm_providers.join(", ");
    error(format!(
        "scm provider not allowed: scm provider {} not allowed, must use one of the following: {allowed}",
        go_quote(api)
    ))
}

/// Compiles a filter's regular expression.
pub(super) fn regex(filter: &Json, key: &str, name: &str) -> Result<Option<Rc<Regexp>>, String> {
    let Some(pattern) = filter.get(key).and_then(Json::as_str) else { return Ok(None) };
    let failed = |why: String| format!("error compiling {name} regexp {}: {why}", go_quote(pattern));
    Regexp::compile(pattern.as_bytes()).map(Some).map_err(failed)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Nothing,
    Repository,
    Branch,
}

struct Filter<'a> {
    repository: Option<Rc<Regexp>>,
    label: Option<Rc<Regexp>>,
    branch: Option<Rc<Regexp>>,
    exist: Vec<&'a str>,
    missing: Vec<&'a str>,
    on: On,
}

impl<'a> Filter<'a> {
    fn compile(filter: &'a Json) -> Result<Self, String> {
        let repository = regex(filter, "repositoryMatch", "RepositoryMatch")?;
        let label = regex(filter, "labelMatch", "LabelMatch")?;
        let branch = regex(filter, "branchMatch", "BranchMatch")?;
        let paths = |key: &str| {
            items(filter, key)
                .iter()
                .filter_map(Json::as_str)
                .map(|p| p.trim_end_matches('/'))
                .collect::<Vec<_>>()
        };
        let (exist, missing) = (paths("pathsExist"), paths("pathsDoNotExist"));
        let on = if branch.is_some() || !exist.is_empty() || !missing.is_empty() {
            On::Branch
        } else if repository.is_some() || label.is_some() {
            On::Repository
        } else {
            On::Nothing
        };
        Ok(Self { repository, label, branch, exist, missing, on })
    }

    fn takes(&self, repository: &Json) -> Result<bool, Stop> {
        let fits = |regex: &Option<Rc<Regexp>>, key: &str| {
            regex.as_ref().is_none_or(|r| r.is_match(text(repository, key).as_bytes()))
        };
        if !fits(&self.repository, "repository") || !fits(&self.branch, "branch") {
            return Ok(false);
        }
        if let Some(label) = &self.label
            && !items(repository, "labels")
                .iter()
                .filter_map(Json::as_str)
                .any(|l| label.is_match(l.as_bytes()))
        {
            return Ok(false);
        }
        if self.exist.is_empty() && self.missing.is_empty() {
            return Ok(true);
        }
        let Some(paths) = repository.get("paths").and_then(Json::as_array) else {
            return Err(Stop::Unknown(format!(
                "which paths exist in {} (paths of its fixture)",
                text(repository, "repository")
            )));
        };
        let has = |path: &str| {
            paths
                .iter()
                .filter_map(Json::as_str)
                .any(|p| p == path || p.strip_prefix(path).is_some_and(|r| r.starts_with('/')))
        };
        Ok(self.exist.iter().all(|p| has(p)) && !self.missing.iter().any(|p| has(p)))
    }
}

/// Filters on repositories come first (the first entry of a name stands for it), then those on branches; within each kind one is enough.
fn select<'r>(entries: &'r [Json], filters: &[Filter<'_>]) -> Result<Vec<&'r Json>, Stop> {
    let by = |kind: On| filters.iter().filter(|f| f.on == kind).collect::<Vec<_>>();
    let (on_repository, on_branch) = (by(On::Repository), by(On::Branch));
    let taken = |filters: &[&Filter<'_>], entry: &Json| -> Result<bool, Stop> {
        for filter in filters {
            if filter.takes(entry)? {
                return Ok(true);
            }
        }
        Ok(filters.is_empty())
    };
    let mut names: Vec<&str> = Vec::new();
    for entry in entries {
        let name = text(entry, "repository");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut out = Vec::new();
    for name in names {
        let branches: Vec<&Json> = entries.iter().filter(|e| text(e, "repository") == name).collect();
        let Some(first) = branches.first() else { continue };
        if !taken(&on_repository, first)? {
            continue;
        }
        for branch in branches {
            if taken(&on_branch, branch)? {
                out.push(branch);
            }
        }
    }
    Ok(out)
}
