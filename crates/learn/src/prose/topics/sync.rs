//! How Applications are synced.

use super::{At, Found, Said, Topic, View};
use crate::claim::What;
use crate::prose::token::Token;

/// Sync options of Argo CD that take `true` or `false`.
const OPTIONS: [&str; 10] = [
    "CreateNamespace",
    "PruneLast",
    "ServerSideApply",
    "ApplyOutOfSyncOnly",
    "Validate",
    "Replace",
    "RespectIgnoreDifferences",
    "FailOnSharedResource",
    "SkipDryRunOnMissingResource",
    "ClientSideApplyMigration",
];

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    options(view, found);
    if view.denies && view.hints.contains(&Topic::Sync) && view.own.is_empty() {
        found.push(Found::here(What::Automated(false)));
        return;
    }
    let prune = flag(view, &["prune", "prunes", "pruned", "pruning", "auto-prune"]);
    let heal =
        flag(view, &["selfheal", "self-heal", "self-heals", "self-healing", "self heal", "self healing"]);
    let automated = automated(view);
    // Pruning and healing are parts of automation: where that is off they say nothing more.
    if let Some(on) = automated {
        found.push(Found::here(What::Automated(on)));
    }
    if let Some(on) = prune.filter(|on| !on || automated != Some(false)) {
        found.push(Found::here(What::Prune(on)));
    }
    if let Some(on) = heal.filter(|on| !on || automated != Some(false)) {
        found.push(Found::here(What::SelfHeal(on)));
    }
}

/// A switch: `prune: true`, "no pruning", "never prunes", "pruning is off", "prunes".
fn flag(view: &View<'_>, words: &[&str]) -> Option<bool> {
    let at = view.first_of(words)?;
    let tokens = view.tokens;
    let width = if tokens[at].is("self") { 2 } else { 1 };
    // "is on", "must be enabled", ": true"
    let linking =
        ["is", "are", "be", "must", "should", "set", "turned", "switched", "always", "to", ":", "="];
    let mut next = at + width;
    while next < at + width + 4 && tokens.get(next).is_some_and(|token| token.is_any(&linking)) {
        next += 1;
    }
    let value = tokens.get(next);
    if let Some(on) = value.and_then(truth) {
        return Some(on != super::denied_before(tokens, at));
    }
    if view.denied(at) {
        return Some(false);
    }
    // "safe to prune", "what prune does": only a plain assertion counts.
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let asserted = tokens[at].is_any(&["prunes", "self-heals", "pruned"])
        || before.is_some_and(|before| {
            before.is_any(&[
                "with",
                "and",
                "both",
                "enable",
                "enables",
                "must",
                "should",
                "also",
                ",",
                "use",
                "uses",
                "+",
                "has",
                "(",
                "automatic",
                "automated",
                "automatically",
                "always",
                "to",
            ]) && !before.is("to")
        });
    let has_to = before.is_some_and(|before| before.is("to"))
        && at.checked_sub(2).is_some_and(|two| tokens[two].is_any(&["has", "have", "need", "needs"]));
    ((asserted && automation_is_on(view)) || has_to || tokens[at].is("prunes") || tokens[at].is("self-heals"))
        .then_some(true)
}

fn automation_is_on(view: &View<'_>) -> bool {
    automated(view) == Some(true) || view.has_any(&["prunes", "self-heals", "self-heal", "selfheal"])
}

fn truth(token: &Token) -> Option<bool> {
    if token.is_any(&["true", "on", "yes", "enabled", "active"]) {
        return Some(true);
    }
    token.is_any(&["false", "off", "no", "disabled", "inactive"]).then_some(false)
}

/// What "manual X" may be besides a way to sync.
const OTHER_MANUALS: [&str; 16] = [
    "approval",
    "approvals",
    "step",
    "steps",
    "testing",
    "test",
    "tests",
    "review",
    "reviews",
    "intervention",
    "change",
    "changes",
    "work",
    "edits",
    "page",
    "pages",
];

/// What may stand beside "manual" for it to mean syncing when nothing else says so.
const PLAIN: [&str; 31] = [
    "both",
    "is",
    "are",
    "be",
    "must",
    "should",
    "stays",
    "stay",
    "remains",
    "remain",
    "only",
    "always",
    "strictly",
    "manual",
    "manually",
    "deploys",
    "deploy",
    "deployed",
    "deployments",
    "deployment",
    "rollouts",
    "the",
    "our",
    "in",
    "for",
    "to",
    "and",
    "hi",
    "hello",
    "thanks",
    "please",
];

fn automated(view: &View<'_>) -> Option<bool> {
    let tokens = view.tokens;
    let mut said: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if after_instead(tokens, at) {
            continue;
        }
        let by_hand = token.is("hand") && at > 0 && tokens[at - 1].is("by");
        if token.is_any(&["manual", "manually"]) || by_hand {
            let other = tokens.get(at + 1).is_some_and(|next| next.is_any(&OTHER_MANUALS));
            let about = view.about(Topic::Sync) || is_plain(view);
            if !other && about && !super::denied_before(tokens, at) {
                said.push(false);
            } else if about && super::denied_before(tokens, at) && at > 0 && tokens[at - 1].is("not") {
                said.push(true);
            }
        }
        let word = token.is_any(&[
            "auto-sync",
            "autosync",
            "auto-syncs",
            "autosyncs",
            "auto-synced",
            "auto-syncing",
        ]) || (token.is("auto")
            && tokens.get(at + 1).is_some_and(|next| next.is_any(&["sync", "syncs"])));
        let sync_beside = token.is_any(&["automated", "automatic", "automatically"])
            && view.about(Topic::Sync)
            && !tokens.get(at + 1).is_some_and(|next| {
                next.is_any(&["tests", "testing", "backups", "scaling", "checks", "rollback"])
            });
        if word || sync_beside {
            let width = if token.is("auto") { 2 } else { 1 };
            // "Auto-sync policy:" is a heading, "Auto-sync: off" a value.
            let next = tokens.get(at + width);
            if next.is_some_and(|next| {
                next.is_any(&["policy", "policies", "preferences", "settings", "setting", "policy:"])
            }) {
                continue;
            }
            let value = match next {
                Some(token) if token.is_any(&[":", "=", "is"]) => tokens.get(at + width + 1).and_then(truth),
                Some(token) => truth(token),
                None => None,
            };
            said.push(match value {
                Some(on) => on != super::denied_before(tokens, at),
                None => !view.denied(at),
            });
        }
    }
    // "Sync: on" under an environment's name says as much.
    if said.is_empty()
        && tokens.first().is_some_and(|token| token.is_any(&["sync", "synced"]))
        && let Some(on) = tokens.get(2).and_then(truth).filter(|_| tokens[1].is(":"))
    {
        said.push(on);
    }
    let first = *said.first()?;
    said.iter().all(|other| *other == first).then_some(first)
}

fn is_plain(view: &View<'_>) -> bool {
    view.tokens.iter().enumerate().all(|(index, token)| {
        !token.is_word()
            || view.is_place(index)
            || token.is_any(&PLAIN)
            || token.is_any(&["environment", "cluster", "clusters", "all", "environments"])
    })
}

/// Whether the words before say that this is what is *not* done.
fn after_instead(tokens: &[Token], at: usize) -> bool {
    let start = at.saturating_sub(3);
    tokens[start..at].windows(2).any(|pair| {
        (pair[0].is("instead") && pair[1].is("of"))
            || (pair[0].is("rather") && pair[1].is("than"))
            || (pair[0].is("opposed") && pair[1].is("to"))
    })
}

/// `CreateNamespace=true` and its like.
fn options(view: &View<'_>, found: &mut Vec<Found>) {
    for (at, token) in view.tokens.iter().enumerate() {
        let Some((name, value)) = token.text.split_once('=') else { continue };
        if OPTIONS.contains(&name) && ["true", "false"].contains(&value) && !view.denied(at) {
            found.push(Found { at: At::Scope, what: Said::What(What::SyncOption(token.text.clone())) });
        }
    }
}
