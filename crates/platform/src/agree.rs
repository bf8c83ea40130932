//! Whether the platform agrees with itself: names that are declared nowhere, facts given twice, bounds upside down,
//! constraints that do not compile.

use std::ops::Range;
use std::sync::Arc;

use seatrial_argocd::Version;
use seatrial_source::{SourceFile, Span};

use crate::constraints::{self, Program};
use crate::import::is_in_cluster;
use crate::issue::{Issue, IssueKind};
use crate::keys::nearest;
use crate::model::{Constraint, Declared, Environments, Facts, Platform, PullSecret, Replicas, lies_under};
use crate::quantity;
use crate::repositories::address_key;
use crate::spanned::{Spanned, Text};

/// Looks at everything, and completes what follows from it (where Argo CD runs, compiled constraints).
pub(crate) fn check(platform: &mut Platform) {
    let mut issues = Vec::new();
    version(platform, &mut issues);
    hub(platform, &mut issues);
    clusters(platform, &mut issues);
    environments(platform, &mut issues);
    registries(platform, &mut issues);
    repositories(platform, &mut issues);
    for cluster in &platform.clusters {
        facts(&format!("clusters.{}", cluster.name), &cluster.facts, &mut issues);
    }
    for environment in &platform.environments {
        facts(&format!("environments.{}", environment.name), &environment.facts, &mut issues);
    }
    conventions(platform, &mut issues);
    scopes(platform, &mut issues);
    compile(platform, &mut issues);
    issues.extend(constraints::check(platform));
    platform.issues.append(&mut issues);
}

fn version(platform: &Platform, issues: &mut Vec<Issue>) {
    let Some(version) = &platform.argocd.version else { return };
    let known = Version::KNOWN;
    let (oldest, newest) = (known[0], known[known.len() - 1]);
    if version.at_least(oldest.major, oldest.minor) && !version.at_least(newest.major, newest.minor + 1) {
        return;
    }
    let judged = known[version.nearest_known()];
    let message = format!(
        "Argo CD {} is not among the known versions ({}.{} to {}.{})",
        version.value, oldest.major, oldest.minor, newest.major, newest.minor
    );
    let help = format!("It is judged as {}.{}.", judged.major, judged.minor);
    issues.push(Issue::new(version.span, IssueKind::Gap, message).help(help));
}

fn hub(platform: &mut Platform, issues: &mut Vec<Issue>) {
    let inside =
        platform.clusters.iter().find(|c| c.server.as_ref().is_some_and(|server| is_in_cluster(server)));
    match (&platform.argocd.runs_in, inside) {
        (Some(stated), Some(inside))
            if stated.value != inside.name.value && platform.cluster(stated).is_some() =>
        {
            let server = inside.server.as_ref().map_or(inside.name.span, |server| server.span);
            let message = format!(
                "cluster `{}` has the address of the cluster Argo CD runs in, but `argocd.runsIn` says that is `{stated}`",
                inside.name
            );
            let issue = Issue::new(server, IssueKind::Contradiction, message);
            issues.push(issue.related(stated.span, "Argo CD is said to run elsewhere here"));
        }
        (None, Some(inside)) => {
            let span = inside.server.as_ref().map_or(inside.name.span, |server| server.span);
            let name = inside.name.value.clone();
            platform.argocd.runs_in = Some(Spanned::new(name, span));
        }
        _ => {}
    }
    let Some(stated) = &platform.argocd.runs_in else { return };
    if platform.clusters.is_empty() || platform.cluster(stated).is_some() {
        return;
    }
    let names = platform.clusters.iter().map(|cluster| cluster.name.value.as_str());
    issues.push(unknown_name("cluster", stated, "`argocd.runsIn`", names));
}

fn unknown_name<'n>(
    what: &str,
    name: &Text,
    place: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Issue {
    let message = format!("{place} names the {what} `{name}`, which is not declared");
    let issue = Issue::new(name.span, IssueKind::UnknownName, message);
    match nearest(name, known.clone()) {
        Some(near) => issue.help(format!("Did you mean `{near}`?")).replacement(near),
        None => issue.help(format!("Declared: {}.", known.collect::<Vec<_>>().join(", "))),
    }
}

fn clusters(platform: &Platform, issues: &mut Vec<Issue>) {
    let normal = |server: &Text| server.trim_end_matches('/').to_ascii_lowercase();
    for (at, cluster) in platform.clusters.iter().enumerate() {
        if let Some(environment) = &cluster.environment
            && !platform.environments.is_empty()
            && platform.environment_named(environment).is_none()
        {
            let names = platform.environments.iter().map(|environment| environment.name.value.as_str());
            issues.push(unknown_name(
                "environment",
                environment,
                &format!("`clusters.{}`", cluster.name),
                names,
            ));
        }
        let Some(server) = &cluster.server else { continue };
        let twin = platform.clusters[..at]
            .iter()
            .find(|other| other.server.as_ref().is_some_and(|other| normal(other) == normal(server)));
        if let Some(twin) = twin {
            let message =
                format!("clusters `{}` and `{}` have the same address `{server}`", twin.name, cluster.name);
            let first = twin.server.as_ref().map_or(twin.name.span, |server| server.span);
            let issue = Issue::new(server.span, IssueKind::Contradiction, message);
            issues.push(
                issue
                    .help("One address is one cluster.")
                    .related(first, format!("`{}` has it here", twin.name)),
            );
        }
    }
}

fn environments(platform: &Platform, issues: &mut Vec<Issue>) {
    for (at, environment) in platform.environments.iter().enumerate() {
        let names = std::iter::once(&environment.name).chain(&environment.aliases);
        for name in names {
            let earlier = platform.environments[..at].iter().find_map(|other| {
                let mut names = std::iter::once(&other.name).chain(&other.aliases);
                names.find(|taken| taken.eq_ignore_ascii_case(name)).map(|taken| (other, taken))
            });
            if let Some((other, taken)) = earlier {
                let message = format!(
                    "environments `{}` and `{}` share the name `{name}`",
                    other.name, environment.name
                );
                let issue = Issue::new(name.span, IssueKind::Contradiction, message);
                issues.push(issue.related(taken.span, "taken here"));
            }
        }
        registry_secrets(platform, environment, issues);
    }
}

/// A registry's secret against the environment's: one of the two statements is wrong.
fn registry_secrets(platform: &Platform, environment: &crate::model::Environment, issues: &mut Vec<Issue>) {
    let (Some(allowed), Some(own)) = (&environment.facts.registries, &environment.facts.pull_secret) else {
        return;
    };
    let PullSecret::Named(own_name) = &own.value else { return };
    for host in &allowed.value {
        let Some(registry) = platform.registry_of(host) else { continue };
        let Some(Spanned { value: PullSecret::Named(name), span }) = &registry.pull_secret else { continue };
        if name != own_name {
            let message = format!(
                "images of `{host}` are pulled with `{own_name}` in {}, but `registries` says `{name}`",
                environment.name
            );
            let issue = Issue::new(own.span, IssueKind::Contradiction, message);
            issues.push(
                issue
                    .help("Where the secret differs by environment, write `pullSecret: true` under `registries`.")
                    .related(*span, "the registry's secret is stated here"),
            );
        }
    }
}

fn registries(platform: &Platform, issues: &mut Vec<Issue>) {
    let declared = platform.registries.iter().map(|registry| &registry.host);
    let in_environments = platform.environments.iter().filter_map(|e| e.facts.registries.as_ref());
    let in_clusters = platform.clusters.iter().filter_map(|c| c.facts.registries.as_ref());
    let allowed = in_environments.chain(in_clusters).flat_map(|list| &list.value);
    for host in declared.chain(allowed) {
        if let Some(fault) = registry_fault(host) {
            issues.push(Issue::new(host.span, IssueKind::InvalidValue, format!("registry `{host}` {fault}")));
        }
    }
}

/// What is wrong with a registry's name, if something is.
fn registry_fault(host: &str) -> Option<String> {
    if host.contains("://") {
        return Some("has a scheme; image references have none".to_owned());
    }
    if host.chars().any(|c| c.is_ascii_uppercase() || c.is_whitespace()) {
        return Some("has upper case letters or blanks; image references have neither".to_owned());
    }
    let account = host.split_once(".dkr.ecr.").map(|(account, _)| account)?;
    let good = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (!good).then(|| {
        format!("names the AWS account `{account}`; an account has 12 digits, this has {}", account.len())
    })
}

fn repositories(platform: &Platform, issues: &mut Vec<Issue>) {
    for (at, repository) in platform.repositories.iter().enumerate() {
        if repository.declared != Declared::PlatformFile {
            continue;
        }
        let key = address_key(&repository.url);
        let twin = platform.repositories[..at].iter().find(|other| address_key(&other.url) == key);
        if let Some(twin) = twin {
            let message = format!("`{}` and `{}` are the same repository", twin.url, repository.url);
            let issue = Issue::new(repository.url.span, IssueKind::Contradiction, message);
            issues.push(issue.related(twin.url.span, "declared first here"));
        }
        let (Some(path), Some(directory)) = (&repository.path, &platform.directory) else { continue };
        if !directory.join(&path.value).exists() {
            let message = format!("`{path}`, which stands for `{}`, does not exist", repository.url);
            issues.push(
                Issue::new(path.span, IssueKind::Unreadable, message)
                    .help("Paths are relative to the platform file."),
            );
        }
    }
}

fn facts(place: &str, facts: &Facts, issues: &mut Vec<Issue>) {
    if let Some(sync) = &facts.sync
        && let Some(automated) = sync.automated.filter(|automated| !automated.value)
    {
        for (key, flag) in
            [("prune", sync.prune), ("selfHeal", sync.self_heal), ("allowEmpty", sync.allow_empty)]
        {
            if let Some(flag) = flag.filter(|flag| flag.value) {
                let message = format!("`{place}.sync` is manual, so `{key}: true` has no meaning");
                let issue = Issue::new(flag.span, IssueKind::Contradiction, message);
                issues.push(issue.related(automated.span, "syncing is manual here"));
            }
        }
    }
    if let Some(replicas) = &facts.replicas
        && let Replicas::Between(Some(min), Some(max)) = replicas.value
        && min > max
    {
        let message = format!("`{place}.replicas` is at least {min} and at most {max}, which nothing can be");
        issues.push(Issue::new(replicas.span, IssueKind::Contradiction, message));
    }
    if let (Some(replicas), Some(wanted)) = (&facts.replicas, &facts.high_availability) {
        let least = if wanted.required { wanted.min_replicas.map_or(2, |min| min.value) } else { 0 };
        let most = match replicas.value {
            Replicas::Exactly(n) => Some(n),
            Replicas::Between(_, max) => max,
        };
        if let Some(most) = most.filter(|most| *most < least) {
            let message = format!(
                "`{place}` asks for high availability with at least {least} replicas, but for {most} replicas"
            );
            let issue = Issue::new(replicas.span, IssueKind::Contradiction, message);
            issues.push(issue.related(wanted.span, "high availability is asked for here"));
        }
    }
    if let Some(resources) = &facts.resources {
        for (group, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
            for (name, bounds) in [("cpu", &amounts.cpu), ("memory", &amounts.memory)] {
                let Some(bounds) = bounds else { continue };
                let (Some(min), Some(max)) = (&bounds.min, &bounds.max) else { continue };
                let (Some(low), Some(high)) = (quantity::parse(min), quantity::parse(max)) else { continue };
                if low > high {
                    let message =
                        format!("`{place}.resources.{group}.{name}` is at least {min} and at most {max}");
                    issues.push(Issue::new(bounds.span, IssueKind::Contradiction, message));
                }
            }
        }
    }
    if let (Some(registries), Some(secret)) = (&facts.registries, &facts.pull_secret)
        && let PullSecret::ByRegistry(pairs) = &secret.value
    {
        for (host, _) in pairs.iter().filter(|(host, _)| {
            !registries.iter().any(|allowed| lies_under(host, allowed) || lies_under(allowed, host))
        }) {
            let message =
                format!("`{place}.pullSecret` names `{host}`, which `{place}.registries` does not allow");
            let issue = Issue::new(host.span, IssueKind::Contradiction, message);
            issues.push(issue.related(registries.span, "the registries allowed are here"));
        }
    }
}

fn conventions(platform: &Platform, issues: &mut Vec<Issue>) {
    let conventions = &platform.conventions;
    for pattern in
        [&conventions.application_name, &conventions.namespace, &conventions.project].into_iter().flatten()
    {
        let mut rest = pattern.as_str();
        while let Some((_, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                let message = format!("`{pattern}` has a `{{` without its `}}`");
                issues.push(Issue::new(pattern.span, IssueKind::InvalidValue, message));
                break;
            };
            if !["app", "env", "cluster"].contains(&name) {
                let message = format!(
                    "`{pattern}` has the placeholder `{{{name}}}`; there are {{app}}, {{env}} and {{cluster}}"
                );
                issues.push(Issue::new(pattern.span, IssueKind::InvalidValue, message));
            }
            rest = after;
        }
    }
}

/// Environments that constraints, exceptions and rules are limited to.
fn scopes(platform: &Platform, issues: &mut Vec<Issue>) {
    let constraints =
        platform.constraints.iter().map(|one| (format!("constraint `{}`", one.id), &one.environments));
    let exceptions = platform
        .exceptions
        .iter()
        .map(|one| (format!("the exception from `{}`", one.rule), &one.environments));
    let rules = platform.rules.iter().map(|one| (format!("`rules.{}`", one.name), &one.environments));
    for (place, environments) in constraints.chain(exceptions).chain(rules) {
        let (Environments::Only(list) | Environments::AllExcept(list)) = environments else { continue };
        for name in list.iter().filter(|name| platform.environment_named(name).is_none()) {
            let names = platform.environments.iter().map(|environment| environment.name.value.as_str());
            issues.push(unknown_name("environment", name, &place, names));
        }
    }
    for (at, constraint) in platform.constraints.iter().enumerate() {
        if let Some(twin) =
            platform.constraints[..at].iter().find(|other| other.id.value == constraint.id.value)
        {
            let message = format!("two constraints have the id `{}`", constraint.id);
            let issue = Issue::new(constraint.id.span, IssueKind::Contradiction, message);
            issues.push(
                issue.help("Give one of them another id.").related(twin.id.span, "the first one is here"),
            );
        }
    }
}

fn compile(platform: &mut Platform, issues: &mut Vec<Issue>) {
    let files = platform.files.clone();
    for constraint in &mut platform.constraints {
        let Some(rule) = &constraint.rule else { continue };
        match Program::compile(rule) {
            Ok(program) => constraint.program = Some(Arc::new(program)),
            Err(error) => {
                let span = within(&files, rule, &error.range);
                let message = format!("constraint `{}`: {}", constraint.id, error.message);
                issues.push(Issue::new(span, IssueKind::InvalidConstraint, message));
            }
        }
    }
}

/// The place of a part of a scalar's text, where the text stands in the file as it is.
fn within(files: &[Arc<SourceFile>], text: &Text, range: &Range<usize>) -> Span {
    let file = files.iter().find(|file| file.id == text.span.file);
    let start = file.and_then(|file| file.slice(text.span).find(text.as_str()));
    match start {
        Some(start) if !range.is_empty() && range.end <= text.len() => {
            let start = text.span.start as usize + start;
            Span::new(text.span.file, start + range.start..start + range.end)
        }
        _ => text.span,
    }
}

impl Constraint {
    /// Where its rule is, else the whole entry.
    pub(crate) fn span_of_rule(&self) -> Span {
        self.rule.as_ref().map_or(self.span, |rule| rule.span)
    }
}

impl Platform {
    /// Rules and exceptions of the platform file that name no rule: `known` are all there are. Kept apart from
    /// [`Platform::issues`] because this room does not know the rules.
    pub fn unknown_rules(&self, known: &[&str]) -> Vec<Issue> {
        let constraints = || self.constraints.iter().map(|constraint| constraint.id.value.as_str());
        let settings = self.rules.iter().map(|setting| ("`rules`".to_owned(), &setting.name, false));
        let exceptions = self.exceptions.iter().map(|one| ("`exceptions`".to_owned(), &one.rule, true));
        let named = settings.chain(exceptions);
        let unknown = named.filter(|(_, name, may_be_constraint)| {
            let constraint = *may_be_constraint && constraints().any(|id| id == name.value);
            !constraint && !known.contains(&name.as_str())
        });
        unknown
            .map(|(place, name, _)| {
                let message = format!("{place} names the rule `{name}`, which does not exist");
                let issue = Issue::new(name.span, IssueKind::UnknownName, message);
                match nearest(name, known.iter().copied()) {
                    Some(near) => issue.help(format!("Did you mean `{near}`?")).replacement(near),
                    None => issue.help("`seatrial explain` lists them."),
                }
            })
            .collect()
    }
}
