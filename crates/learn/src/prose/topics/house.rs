//! Versions, names, projects, pins, and how secrets get to the clusters.

use super::{At, Found, View};
use crate::claim::What;
use crate::prose::token::{Form, Token};
use crate::prose::values;

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    versions(view, found);
    names(view, found);
    projects(view, found);
    pins(view, found);
    backends(view, found);
}

fn versions(view: &View<'_>, found: &mut Vec<Found>) {
    let version = |after: usize| {
        let near = view.tokens.get(after..view.tokens.len().min(after + 5))?;
        near.iter().find_map(version_of)
    };
    if let Some(at) = view.first_of(&["argo cd", "argocd", "argo-cd"])
        && let Some(version) = version(at + 1)
        && !view.denied(at)
    {
        found.push(Found::at(At::ArgoCd, What::Version(version)));
    }
    if let Some(at) = view.first_of(&["kubernetes", "k8s"])
        && let Some(version) = version(at + 1).filter(|version| version.starts_with("1."))
        && !view.denied(at)
    {
        found.push(Found::here(What::Kubernetes(version)));
    }
}

fn version_of(token: &Token) -> Option<String> {
    let bare = token.text.strip_prefix('v').unwrap_or(&token.text);
    let parts: Vec<&str> = bare.split('.').collect();
    let good = (2..=3).contains(&parts.len())
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit()));
    good.then(|| bare.to_owned())
}

/// `{app}-{env}`, `<app>-<environment>`.
fn pattern(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut placeholders = 0;
    while let Some(at) = rest.find(['{', '<']) {
        let close = if rest[at..].starts_with('{') { '}' } else { '>' };
        out.push_str(&rest[..at]);
        let end = rest[at..].find(close)? + at;
        let name = rest[at + 1..end].trim().to_ascii_lowercase();
        out.push_str(match name.as_str() {
            "app" | "name" | "service" | "application" | "appname" | "app-name" => "{app}",
            "env" | "environment" | "stage" => "{env}",
            "cluster" | "cluster-name" => "{cluster}",
            _ => return None,
        });
        placeholders += 1;
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-{}".contains(c);
    (placeholders > 0 && out.chars().all(plain)).then_some(out)
}

fn names(view: &View<'_>, found: &mut Vec<Found>) {
    for (at, token) in view.tokens.iter().enumerate() {
        let Some(pattern) = pattern(&token.text).filter(|_| token.form != Form::Mark) else { continue };
        if view.denied(at) {
            continue;
        }
        let what = if view.has_any(&["namespace", "namespaces"]) {
            What::NamespacePattern(pattern)
        } else if view.has_any(&["project", "projects"]) {
            What::Project(pattern)
        } else if view.has_any(&[
            "named",
            "names",
            "naming",
            "name",
            "called",
            "convention",
            "applications",
            "apps",
        ]) {
            What::ApplicationName(pattern)
        } else {
            continue;
        };
        found.push(Found::at(At::Conventions, what));
    }
}

fn projects(view: &View<'_>, found: &mut Vec<Found>) {
    let Some(at) = view.tokens.iter().position(|token| token.is_any(&["project", "projects", "appproject"]))
    else {
        return;
    };
    let default = view.tokens.iter().position(|token| token.lower == "default");
    if let Some(default) = default.filter(|default| default.abs_diff(at) <= 2) {
        if view.denied(default) || view.denied(at) || view.has_any(&["nothing", "no application", "nobody"]) {
            let rule = "project != 'default'".to_owned();
            found.push(Found::at(At::Applications, What::Rule { id: "no-default-project".to_owned(), rule }));
        }
        return;
    }
    let mut next = at + 1;
    while view.tokens.get(next).is_some_and(|token| token.is_any(&[":", "=", "named", "called", "is"])) {
        next += 1;
    }
    let quoted = |index: usize| {
        view.tokens.get(index).filter(|token| token.form == Form::Quoted && values::is_name(&token.text))
    };
    let name = quoted(next).or_else(|| quoted(at.checked_sub(1)?));
    let uses = view.has_any(&["use", "uses", "belong", "belongs", "in", "under", "go", "goes", "must", ":"]);
    if let Some(name) = name.filter(|_| uses && !super::denied_before(view.tokens, at)) {
        let rule = format!("project == '{}'", name.text);
        found.push(Found::at(At::Applications, What::Rule { id: format!("project-{}", name.text), rule }));
    }
}

fn pins(view: &View<'_>, found: &mut Vec<Found>) {
    let mut what: Vec<&'static str> = Vec::new();
    let latest = view.tokens.iter().position(|token| token.lower.trim_start_matches(':') == "latest");
    let pinned = view.first_of(&["pinned", "pin", "pinning", "immutable"]).filter(|at| !view.denied(*at));
    let images =
        view.has_any(&["image", "images", "tag", "tags", "version", "versions", "revision", "revisions"]);
    if pinned.is_some() && images {
        if view.has_any(&["digest", "digests", "sha256"]) {
            what.push("digests");
        } else {
            if view.has_any(&["chart", "charts", "revision", "revisions", "targetrevision", "git"]) {
                what.push("revisions");
            }
            if view.has_any(&["image", "images", "tag", "tags"]) {
                what.push("tags");
            }
        }
    }
    if latest.is_some_and(|at| view.denied(at)) && !what.contains(&"tags") && !what.contains(&"digests") {
        what.push("tags");
    }
    let floating = view.first_of(&["head", "branches", "branch"]);
    if floating.is_some_and(|at| view.denied(at))
        && view.has_any(&["targetrevision", "revision", "revisions", "track", "chart", "charts"])
        && !what.contains(&"revisions")
    {
        what.insert(0, "revisions");
    }
    if !what.is_empty() {
        found.push(Found::here(What::Pinned(what)));
    }
}

fn backends(view: &View<'_>, found: &mut Vec<Found>) {
    let backends: [(&[&str], &'static str); 5] = [
        (&["vault", "hashicorp vault"], "vault"),
        (
            &["external secrets", "external-secrets", "externalsecrets", "external secrets operator", "eso"],
            "external-secrets",
        ),
        (&["sealed secrets", "sealed-secrets", "sealedsecrets", "sealedsecret"], "sealed-secrets"),
        (&["sops"], "sops"),
        (&["secrets store csi", "csi driver"], "csi"),
    ];
    if !view.tokens.iter().any(|token| token.lower.contains("secret")) {
        return;
    }
    let named: Vec<(usize, &'static str)> =
        backends.iter().filter_map(|(words, name)| Some((view.first_of(words)?, *name))).collect();
    let comes = view.has_any(&[
        "come",
        "comes",
        "from",
        "use",
        "uses",
        "via",
        "through",
        "with",
        "managed",
        "stored",
        "kept",
        "encrypted",
        "by",
        ":",
    ]);
    if let [(at, name)] = named.as_slice()
        && comes
        && !view.denied(*at)
    {
        found.push(Found::here(What::Secrets(name)));
    }
}
