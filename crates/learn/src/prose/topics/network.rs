//! Ingress classes and namespaces.

use super::{At, Found, Topic, View};
use crate::claim::What;
use crate::prose::token::Form;
use crate::prose::values;

/// Ingress controllers that go by the name of their class.
const CLASSES: [&str; 10] =
    ["nginx", "alb", "traefik", "haproxy", "contour", "kong", "istio", "gce", "ambassador", "cilium"];

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    ingress(view, found);
    namespaces(view, found);
}

fn ingress(view: &View<'_>, found: &mut Vec<Found>) {
    if !view.about(Topic::Ingress) {
        return;
    }
    let mut classes: Vec<String> = Vec::new();
    for (at, token) in view.tokens.iter().enumerate() {
        let known = CLASSES.contains(&token.lower.as_str()) && token.form != Form::Mark;
        let named =
            token.form == Form::Quoted && values::is_name(&token.text) && !values::is_host(&token.text);
        let denied = super::denied_before(view.tokens, at) || after_instead(view, at);
        if (known || named) && !view.is_place(at) && !denied && !classes.contains(&token.lower) {
            classes.push(token.lower.clone());
        }
    }
    if !classes.is_empty() {
        found.push(Found::here(What::IngressClasses(classes)));
    }
}

fn after_instead(view: &View<'_>, at: usize) -> bool {
    view.tokens[at.saturating_sub(3)..at].windows(2).any(|pair| {
        (pair[0].is("instead") && pair[1].is("of")) || (pair[0].is("rather") && pair[1].is("than"))
    })
}

/// Words before "namespace" that are not its name.
const NOT_NAMES: [&str; 40] = [
    "the",
    "a",
    "an",
    "each",
    "same",
    "target",
    "own",
    "its",
    "their",
    "every",
    "that",
    "this",
    "one",
    "single",
    "separate",
    "right",
    "correct",
    "dedicated",
    "different",
    "destination",
    "app",
    "application",
    "any",
    "no",
    "our",
    "per",
    "which",
    "and",
    "or",
    "in",
    "to",
    "of",
    "kubernetes",
    "team",
    "new",
    "shared",
    "cd",
    "argocd's",
    "is",
    "create",
];

fn namespaces(view: &View<'_>, found: &mut Vec<Found>) {
    let Some(at) = view.tokens.iter().position(|token| token.is_any(&["namespace", "namespaces"])) else {
        return;
    };
    let default = view.tokens.iter().position(|token| token.lower == "default");
    if let Some(default) = default.filter(|default| default.abs_diff(at) <= 2) {
        let nothing = view.has_any(&["nothing", "nobody", "no application", "no workload"]);
        if view.denied(default) || view.denied(at) || nothing {
            let rule = "destination.namespace != 'default'".to_owned();
            found.push(Found::at(
                At::Applications,
                What::Rule { id: "no-default-namespace".to_owned(), rule },
            ));
        }
        return;
    }
    let Some(name) = namespace_of(view) else { return };
    if super::denied_before(view.tokens, at) {
        return;
    }
    if view.has_any(&["argo cd", "argocd"])
        && !view.has_any(&["applications", "apps", "workloads", "deploys"])
    {
        if view.has_any(&["runs", "lives", "installed", "is", "in"]) {
            found.push(Found::at(At::ArgoCd, What::OwnNamespace(name)));
        }
        return;
    }
    found.push(Found::here(What::Namespace(name)));
}

/// The one namespace that a clause names.
pub(super) fn namespace_of(view: &View<'_>) -> Option<String> {
    let tokens = view.tokens;
    let at = tokens.iter().position(|token| token.is_any(&["namespace", "namespaces"]))?;
    let usable = |index: usize| {
        let token = tokens.get(index)?;
        let good = values::is_name(&token.text)
            && matches!(token.form, Form::Word | Form::Quoted)
            && !values::is_host(&token.text)
            && (token.form == Form::Quoted || !NOT_NAMES.contains(&token.lower.as_str()))
            && token.lower != "default";
        good.then(|| token.text.clone())
    };
    let mut next = at + 1;
    let mut introduced = false;
    while tokens.get(next).is_some_and(|token| token.is_any(&[":", "=", "named", "called", "is", "name"])) {
        introduced = true;
        next += 1;
    }
    let quoted = tokens.get(next).is_some_and(|token| token.form == Form::Quoted);
    let plural = tokens[at].is("namespaces");
    if (introduced || quoted) && !plural {
        return usable(next);
    }
    let before = at.checked_sub(1).and_then(usable).filter(|_| {
        // "to agents namespace": an article or a preposition before the name makes it one.
        at >= 2
            && (tokens[at - 1].form == Form::Quoted
                || tokens[at - 2].is_any(&["the", "in", "into", "to", "our", "same", "a"])
                || values::is_telling_name(&tokens[at - 1].text))
            && !matches!(tokens[at - 1].lower.as_str(), "production" | "staging" | "dev" | "prod" | "test")
    });
    let after = || {
        let name = usable(next)?;
        let into = at > 0 && tokens[at - 1].is_any(&["in", "into", "to", "the", "use", "uses"]);
        let word = [
            "and",
            "for",
            "in",
            "with",
            "must",
            "should",
            "is",
            "are",
            "of",
            "that",
            "which",
            "on",
            "where",
            "everywhere",
            "at",
            "to",
        ];
        (into && !plural && !word.contains(&name.as_str())).then_some(name)
    };
    before.or_else(after)
}
