//! Constraints that cannot be kept: against a fact, or against each other.

use serde_json::{Map, Value, json};

use super::compile::Program;
use super::evaluate::Verdict;
use super::subject::Subject;
use crate::issue::{Issue, IssueKind};
use crate::model::{Constraint, Environment, Modality, Platform, Sync};

/// Finds them; constraints are compiled already.
pub(crate) fn check(platform: &Platform) -> Vec<Issue> {
    let mut issues = Vec::new();
    let binding: Vec<(&Constraint, &Program)> = platform
        .constraints
        .iter()
        .filter(|constraint| constraint.level.value == Modality::Must)
        .filter_map(|constraint| Some((constraint, constraint.program.as_deref()?)))
        .collect();
    for (constraint, program) in &binding {
        for environment in &platform.environments {
            if platform.applies(&constraint.environments, Some(&environment.name)) {
                issues.extend(against_sync(constraint, program, environment));
            }
        }
    }
    for (at, (first, first_program)) in binding.iter().enumerate() {
        for (second, second_program) in binding.iter().skip(at + 1) {
            let Some(environment) = common(platform, first, second) else { continue };
            if exclude_each_other(first_program, second_program, &environment) {
                let message = format!(
                    "constraint `{}` contradicts constraint `{}`{}: nothing can satisfy both",
                    second.id,
                    first.id,
                    in_environment(&environment)
                );
                let issue = Issue::new(second.span_of_rule(), IssueKind::Contradiction, message);
                issues.push(
                    issue
                        .help("Drop the one that no longer holds, or limit one to other environments.")
                        .related(first.span_of_rule(), format!("`{}` is here", first.id)),
                );
            }
        }
    }
    issues
}

fn in_environment(environment: &str) -> String {
    if environment.is_empty() { String::new() } else { format!(" in {environment}") }
}

/// An environment that both hold in; empty when they hold everywhere and no environment is declared.
fn common(platform: &Platform, first: &Constraint, second: &Constraint) -> Option<String> {
    let both = |name: Option<&str>| {
        platform.applies(&first.environments, name) && platform.applies(&second.environments, name)
    };
    let named = platform.environments.iter().find(|environment| both(Some(&environment.name)));
    match named {
        Some(environment) => Some(environment.name.value.clone()),
        None => both(None).then(String::new),
    }
}

/// A rule about syncing against the sync policy that the platform states for the environment.
fn against_sync(constraint: &Constraint, program: &Program, environment: &Environment) -> Option<Issue> {
    let stated = environment.facts.sync.as_ref()?;
    if !program.reads_only(&["sync", "env"]) || program.paths().any(|path| !understood(path)) {
        return None;
    }
    let subject = Subject::of(json!({"sync": as_policy(stated)?, "env": environment.name.value}));
    let (verdict, missing) = program.trace(&subject);
    // What the fact does not state may be anything: a verdict that rests on it says nothing.
    let manual = stated.automated.is_some_and(|automated| !automated.value);
    let open = missing.iter().any(|path| !manual && path.starts_with("sync.automated."));
    if verdict != Verdict::Fail || open {
        return None;
    }
    let rule = constraint.rule.as_ref()?;
    let flags = [
        ("automated", &stated.automated),
        ("prune", &stated.prune),
        ("selfHeal", &stated.self_heal),
        ("allowEmpty", &stated.allow_empty),
    ];
    let says: Vec<String> = flags
        .iter()
        .filter_map(|(key, flag)| flag.as_ref().map(|flag| format!("{key}: {}", flag.value)))
        .collect();
    let message = format!(
        "constraint `{}` demands `{rule}`, but `environments.{}.sync` says {}",
        constraint.id,
        environment.name,
        says.join(", ")
    );
    let issue = Issue::new(rule.span, IssueKind::Contradiction, message);
    Some(issue.help("Correct the fact or the constraint.").related(
        stated.automated.as_ref().map_or(stated.span, |automated| automated.span),
        "the fact is stated here",
    ))
}

/// Paths of a sync policy whose values can be enumerated.
fn understood(path: &str) -> bool {
    let known = [
        "env",
        "sync",
        "sync.automated",
        "sync.automated.prune",
        "sync.automated.selfHeal",
        "sync.automated.allowEmpty",
    ];
    known.contains(&path)
}

/// A sync fact as the `syncPolicy` that keeps to it; `None` when it does not say whether syncing is automated.
fn as_policy(sync: &Sync) -> Option<Value> {
    if !sync.automated?.value {
        return Some(json!({}));
    }
    let mut automated = Map::new();
    for (key, flag) in
        [("prune", &sync.prune), ("selfHeal", &sync.self_heal), ("allowEmpty", &sync.allow_empty)]
    {
        if let Some(flag) = flag {
            automated.insert(key.to_owned(), Value::Bool(flag.value));
        }
    }
    Some(json!({"automated": automated}))
}

fn exclude_each_other(first: &Program, second: &Program, environment: &str) -> bool {
    if let (Some((path, value)), Some((other_path, other_value))) = (&first.equality, &second.equality)
        && path == other_path
    {
        return value != other_value;
    }
    let about_sync =
        |program: &Program| program.reads_only(&["sync", "env"]) && program.paths().all(understood);
    if !about_sync(first) || !about_sync(second) {
        return false;
    }
    let (mut one, mut other, mut both) = (false, false, false);
    for policy in policies() {
        let subject = Subject::of(json!({"sync": policy, "env": environment}));
        let (a, b) = (first.evaluate(&subject) == Verdict::Pass, second.evaluate(&subject) == Verdict::Pass);
        one |= a;
        other |= b;
        both |= a && b;
    }
    // A rule that nothing satisfies (or that cannot be evaluated) is not the other's fault.
    one && other && !both
}

/// Every sync policy that the understood paths can tell apart.
fn policies() -> Vec<Value> {
    let flags = [None, Some(false), Some(true)];
    let mut policies = vec![Value::Null, json!({})];
    for prune in flags {
        for self_heal in flags {
            for allow_empty in flags {
                let mut automated = Map::new();
                for (key, flag) in [("prune", prune), ("selfHeal", self_heal), ("allowEmpty", allow_empty)] {
                    if let Some(flag) = flag {
                        automated.insert(key.to_owned(), Value::Bool(flag));
                    }
                }
                policies.push(json!({"automated": automated}));
            }
        }
    }
    policies
}
