//! Which nodes workloads go to, and whether they survive the loss of one.

use super::{Found, Said, Topic, View};
use crate::claim::What;
use crate::prose::token::Form;

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    availability(view, found);
    if view.denies && view.hints.contains(&Topic::Placement) {
        found.push(Found::here(What::NodeSelector(Vec::new())));
        return;
    }
    if !view.about(Topic::Placement)
        || view.has_any(&["taint", "taints", "toleration", "tolerations", "tainted"])
    {
        return;
    }
    let labels = labels(view);
    if !labels.is_empty() {
        let at = labels[0].0;
        if !super::denied_before(view.tokens, at) {
            found.push(Found::here(What::NodeSelector(labels.into_iter().map(|(_, pair)| pair).collect())));
        }
        return;
    }
    let no_selector = view.first_of(&[
        "nodeselector",
        "node selector",
        "node affinity",
        "node-selector",
        "affinity",
        "node labels",
    ]);
    let free = view.has_any(&["any node", "on all nodes", "no placement"]) && view.environments > 0;
    if no_selector.is_some_and(|at| super::denied_before(view.tokens, at)) || free {
        found.push(Found::here(What::NodeSelector(Vec::new())));
    } else if view.has_any(&["specific labels", "specific label", "certain labels", "special labels"]) {
        found.push(Found::said(Said::Ask(
            vec!["nodeSelector"],
            "workloads in {} go to nodes with specific labels: which ones?".to_owned(),
        )));
    }
}

/// `'workload: agents'`, `workload=agents`, "labeled workload: agents".
fn labels(view: &View<'_>) -> Vec<(usize, (String, String))> {
    let tokens = view.tokens;
    let mut labels: Vec<(usize, (String, String))> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let pair = match token.form {
            Form::Quoted => pair(&token.text),
            Form::Word => {
                token.text.split_once('=').and_then(|(key, value)| checked(key, value)).or_else(|| {
                    let colon = tokens.get(at + 1).is_some_and(|next| next.is(":"));
                    let introduced = at > 0
                        && tokens[at - 1].is_any(&[
                            "labeled",
                            "labelled",
                            "label",
                            "labels",
                            "nodeselector",
                            "selector",
                            ":",
                            "with",
                            "and",
                        ]);
                    let value = tokens.get(at + 2).filter(|value| value.form == Form::Word)?;
                    (colon && introduced).then(|| checked(&token.text, &value.text)).flatten()
                })
            }
            _ => None,
        };
        if let Some(pair) = pair.filter(|pair| !labels.iter().any(|(_, known)| known == pair)) {
            labels.push((at, pair));
        }
    }
    labels
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once(['=', ':'])?;
    checked(key.trim(), value.trim())
}

fn checked(key: &str, value: &str) -> Option<(String, String)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let value = value.trim_matches(['"', '\'']);
    let good = !key.is_empty()
        && !value.is_empty()
        && key.len() <= 316
        && value.len() <= 63
        && key.chars().all(plain)
        && value.chars().all(|c| plain(c) && c != '/')
        // A sync option or a Helm flag is no label.
        && !key.starts_with(|c: char| c.is_ascii_uppercase() || c == '-');
    good.then(|| (key.to_owned(), value.to_owned()))
}

fn availability(view: &View<'_>, found: &mut Vec<Found>) {
    let words = ["high availability", "high-availability", "highly available", "highly-available", "ha"];
    let Some(at) = view.first_of(&words) else {
        if view.denies && view.hints.contains(&Topic::Availability) {
            found.push(Found::here(What::HighAvailability(false)));
        }
        return;
    };
    if view.tokens[at].is("ha") && view.tokens[at].text != "HA" {
        return;
    }
    let denied = view.denied(at) || (view.denies && view.hints.contains(&Topic::Availability));
    found.push(Found::here(What::HighAvailability(!denied)));
}
