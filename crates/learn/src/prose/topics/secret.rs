//! The secret that images are pulled with.

use super::{Found, Said, Topic, View};
use crate::claim::What;
use crate::prose::token::{Form, Token};
use crate::prose::values;

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    let word = view.tokens.iter().position(|token| {
        token.is_any(&[
            "secret",
            "secrets",
            "imagepullsecret",
            "imagepullsecrets",
            "pullsecret",
            "pullsecrets",
            "pull-secret",
            "pull-secrets",
            "credentials",
            "credential",
        ])
    });
    if view.denies && view.hints.contains(&Topic::Secret) && !view.own.contains(&Topic::Sync) {
        found.push(Found::here(What::PullSecret(None)));
        return;
    }
    let plain_secret = word.is_some_and(|at| {
        // "needs 'ecr-prod' secret" beside a registry is a pull secret; a secret on its own may be any.
        view.own.contains(&Topic::Secret)
            || view.about(Topic::Registry)
            || (view.hints.contains(&Topic::Secret) && at > 0)
    });
    if !plain_secret && !view.hinted(Topic::Secret) {
        return;
    }
    let at = word.unwrap_or(0);
    if word.is_some() && is_denied(view, at) {
        found.push(Found::here(What::PullSecret(None)));
        return;
    }
    if word.is_none()
        && view.has_any(&[
            "none",
            "doesn't need one",
            "don't need one",
            "needs none",
            "need none",
            "no need",
            "nothing",
        ])
    {
        found.push(Found::here(What::PullSecret(None)));
        return;
    }
    match name(view, at, word.is_some()) {
        Some(index) => {
            let secret = view.tokens[index].text.clone();
            if let Some(namespace) = super::network::namespace_of(view) {
                found.push(Found::here(What::NamespaceSecret(namespace, secret.clone())));
            }
            found.push(Found::here(What::PullSecret(Some(secret))));
        }
        None if word.is_some() && needs(view) => found.push(Found::said(Said::Ask(
            vec!["pullSecret"],
            "images in {} need a pull secret: what is its name?".to_owned(),
        ))),
        None => {}
    }
}

fn is_denied(view: &View<'_>, at: usize) -> bool {
    let tokens = view.tokens;
    let before = &tokens[at.saturating_sub(5)..at];
    let no = before
        .iter()
        .rposition(|token| token.is_any(&["no", "without", "not", "don't", "doesn't", "never", "needn't"]));
    let comma = before.iter().rposition(|token| token.is_any(&[",", "(", ":"]));
    let denied_before = no.is_some_and(|no| comma.is_none_or(|comma| no > comma));
    let after = &tokens[at..tokens.len().min(at + 6)];
    let denied_after = after.windows(2).any(|pair| {
        pair[0].is_any(&["not", "aren't", "isn't"]) && pair[1].is_any(&["needed", "required", "necessary"])
    }) || (after.get(1).is_some_and(|token| token.is_any(&[":", "="]))
        && after.get(2).is_some_and(|token| token.is_any(&["none", "no", "false"])));
    denied_before || denied_after
}

fn needs(view: &View<'_>) -> bool {
    view.has_any(&["need", "needs", "require", "requires", "required", "needed", "must"])
}

/// Where the secret's name stands.
fn name(view: &View<'_>, at: usize, has_word: bool) -> Option<usize> {
    let tokens = view.tokens;
    let usable = |index: usize| {
        let token = &tokens[index];
        !view.is_place(index)
            && values::is_name(&token.text)
            && !values::is_host(&token.text)
            && matches!(token.form, Form::Quoted | Form::Word)
    };
    let distance = |index: usize| index.abs_diff(at);
    let quoted = (0..tokens.len()).filter(|index| tokens[*index].form == Form::Quoted && usable(*index));
    if let Some(best) =
        quoted.min_by_key(|index| distance(*index)).filter(|index| distance(*index) <= 8 || !has_word)
    {
        return Some(best);
    }
    if !has_word {
        return (0..tokens.len())
            .find(|index| usable(*index) && values::is_telling_name(&tokens[*index].text));
    }
    // "pull secret regcred", "imagePullSecrets: regcred", "secret named regcred": a plain word counts only right there.
    let mut next = at + 1;
    while tokens
        .get(next)
        .is_some_and(|token| token.is_any(&["named", "called", ":", "=", "is", "name", "of"]))
    {
        next += 1;
    }
    let introduced = next > at + 1;
    let direct = Some(next)
        .filter(|next| *next < tokens.len() && usable(*next) && is_object_name(&tokens[*next], introduced));
    let before = || {
        let mut index = at;
        while index > 0 && tokens[index - 1].is_any(&["pull", "image", "registry", "the"]) {
            index -= 1;
        }
        let index = index.checked_sub(1)?;
        (usable(index) && values::is_telling_name(&tokens[index].text)).then_some(index)
    };
    let anywhere = || {
        (at + 1..tokens.len().min(at + 8))
            .find(|index| usable(*index) && values::is_telling_name(&tokens[*index].text))
    };
    direct.or_else(before).or_else(anywhere)
}

/// Words that follow "secret" without being its name.
const NOT_NAMES: [&str; 46] = [
    "in",
    "for",
    "on",
    "is",
    "are",
    "to",
    "from",
    "and",
    "or",
    "that",
    "which",
    "with",
    "needed",
    "required",
    "must",
    "should",
    "can",
    "may",
    "everywhere",
    "there",
    "here",
    "at",
    "all",
    "none",
    "no",
    "not",
    "per",
    "of",
    "by",
    "as",
    "it",
    "the",
    "a",
    "an",
    "has",
    "have",
    "comes",
    "lives",
    "exists",
    "differs",
    "different",
    "only",
    "when",
    "named",
    "called",
    "please",
];

fn is_object_name(token: &Token, introduced: bool) -> bool {
    values::is_name(&token.text)
        && !NOT_NAMES.contains(&token.lower.as_str())
        && (introduced || values::is_telling_name(&token.text) || token.text == "regcred")
}
