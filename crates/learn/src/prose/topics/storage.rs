//! Storage classes.

use super::{Found, Topic, View};
use crate::claim::What;
use crate::prose::token::Form;
use crate::prose::values;

/// Plain words that are names of storage classes right beside the words "storage class".
const PLAIN: [&str; 10] =
    ["standard", "premium", "longhorn", "gold", "fast", "slow", "ssd", "hdd", "local", "hostpath"];

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    if !view.about(Topic::Storage) {
        return;
    }
    if let Some(at) = view.first_of(&["emptydir"]) {
        if !view.denied(at) {
            found.push(Found::here(What::StorageClasses(Vec::new())));
        }
        return;
    }
    let tokens = view.tokens;
    let mut classes: Vec<(usize, String, bool)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if view.is_place(at)
            || super::denied_before(tokens, at)
            || !values::is_name(&token.text)
            || values::is_host(&token.text)
        {
            continue;
        }
        let amount = token.text.starts_with(|c: char| c.is_ascii_digit());
        let beside = |index: usize| {
            tokens
                .get(index)
                .is_some_and(|t| t.is_any(&["storageclass", "storageclasses", "class", "classes", "storage"]))
        };
        let introduced = at.checked_sub(1).is_some_and(|one| {
            beside(one)
                || (tokens[one].is_any(&[":", "is", "=", "named", "called", "class"])
                    && at > 1
                    && beside(at - 2))
        });
        let named = match token.form {
            Form::Quoted => true,
            Form::Word => {
                (values::is_telling_name(&token.text) && !amount && !is_other(&token.lower))
                    || (PLAIN.contains(&token.lower.as_str())
                        && (introduced
                            || beside(at + 1)
                            || (view.hinted(Topic::Storage) && stands_alone(view, at))))
            }
            _ => false,
        };
        let follows = classes.last().is_some_and(|(last, _, beside)| {
            *beside
                && at - last <= 3
                && tokens[last + 1..at].iter().all(|token| token.is_any(&[",", "and", "&"]))
        });
        if named && !amount && !classes.iter().any(|(_, known, _)| *known == token.text) {
            classes.push((at, token.text.clone(), introduced || beside(at + 1) || follows));
        }
    }
    // Where one stands beside the words "storage class", names further off are of something else.
    if classes.iter().any(|(.., beside)| *beside) {
        classes.retain(|(.., beside)| *beside);
    }
    let classes: Vec<String> = classes.into_iter().map(|(_, name, _)| name).collect();
    if !classes.is_empty() {
        found.push(Found::here(What::StorageClasses(classes)));
    }
}

/// `dev: standard` in a list of storage classes.
fn stands_alone(view: &View<'_>, at: usize) -> bool {
    view.tokens
        .iter()
        .enumerate()
        .all(|(index, token)| index == at || token.form == Form::Mark || view.is_place(index))
}

/// Telling names that are something else.
fn is_other(word: &str) -> bool {
    [
        "k8s",
        "k3s",
        "k3d",
        "s3",
        "ec2",
        "rke2",
        "ipv4",
        "ipv6",
        "per-environment",
        "high-performance",
        "us-east-1",
        "read-write-once",
    ]
    .contains(&word)
        || super::kind_of(word).is_some()
}
