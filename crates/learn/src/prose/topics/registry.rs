//! Where images may come from.

use super::{At, Found, Said, Topic, View};
use crate::claim::What;
use crate::prose::token::{Form, Token};
use crate::prose::values;

/// Registries that go by a name which is not their address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prose) enum Family {
    Ecr,
    Acr,
    ArtifactRegistry,
    Harbor,
    Artifactory,
    Public,
    Private,
}

impl Family {
    /// What one calls it.
    pub(in crate::prose) fn words(self) -> &'static str {
        match self {
            Self::Ecr => "ECR",
            Self::Acr => "ACR",
            Self::ArtifactRegistry => "Artifact Registry",
            Self::Harbor => "Harbor",
            Self::Artifactory => "Artifactory",
            Self::Public => "public registries",
            Self::Private => "the private registry",
        }
    }
}

/// The family that a host belongs to.
pub(in crate::prose) fn family_of_host(host: &str) -> Option<Family> {
    let domain = host.split('/').next().unwrap_or_default();
    if domain.contains(".dkr.ecr.") {
        Some(Family::Ecr)
    } else if domain.ends_with(".azurecr.io") {
        Some(Family::Acr)
    } else if domain.ends_with(".pkg.dev") {
        Some(Family::ArtifactRegistry)
    } else if domain.starts_with("harbor.") {
        Some(Family::Harbor)
    } else if domain.contains("artifactory") || domain.ends_with(".jfrog.io") {
        Some(Family::Artifactory)
    } else if is_public_host(domain) {
        Some(Family::Public)
    } else {
        None
    }
}

fn is_public_host(host: &str) -> bool {
    ["docker.io", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com"]
        .contains(&host)
}

/// Whether a word is the address of a registry, whatever it stands beside.
pub(super) fn is_known_host(word: &str) -> bool {
    values::is_host(word)
        && (family_of_host(word).is_some()
            || word.starts_with("registry.")
            || word.split('/').next().is_some_and(|d| d.ends_with(".gcr.io")))
}

/// Names of one or two words, and the host they stand for.
const CALLED: [(&[&str], &str); 5] = [
    (&["docker hub", "dockerhub"], "docker.io"),
    (&["github container registry", "ghcr"], "ghcr.io"),
    (&["quay"], "quay.io"),
    (&["ecr public", "public ecr"], "public.ecr.aws"),
    (&["registry.k8s.io"], "registry.k8s.io"),
];

const FAMILIES: [(&[&str], Family); 7] = [
    (&["ecr"], Family::Ecr),
    (&["acr", "azure container registry"], Family::Acr),
    (&["artifact registry"], Family::ArtifactRegistry),
    (&["harbor"], Family::Harbor),
    (&["artifactory"], Family::Artifactory),
    (&["public registries", "public registry"], Family::Public),
    (&["private registry", "private registries", "internal registry", "company registry"], Family::Private),
];

/// Words that make the address one of charts, not of images.
const CHARTS: [&str; 8] = ["chart", "charts", "helm", "git", "repository", "repositories", "repo", "repos"];

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    if view.has_any(&CHARTS) && !view.has_any(&["image", "images", "registry", "registries"]) {
        return;
    }
    let mut allowed: Vec<(usize, String)> = Vec::new();
    let mut denied: Vec<String> = Vec::new();
    let mut add = |at: usize, host: String| {
        if denied_here(view, at) {
            denied.push(host);
        } else if !allowed.iter().any(|(_, known)| *known == host) {
            allowed.push((at, host));
        }
    };
    for (at, token) in view.tokens.iter().enumerate() {
        let known = is_known_host(&token.lower);
        let any = view.about(Topic::Registry) && values::is_host(&token.lower) && token.form != Form::Url;
        // An image with its tag says what runs, not what may be pulled.
        let is_image = token.lower.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
            && token.lower.contains('/');
        if (known || any) && token.form != Form::Mark && !is_image {
            add(at, token.lower.trim_end_matches('/').to_owned());
        }
    }
    for (phrases, host) in CALLED {
        if let Some(at) = view.first_of(phrases) {
            add(at, host.to_owned());
        }
    }
    // An address is what decides; the family's name beside it is no other one.
    let families =
        || FAMILIES.iter().filter_map(|(phrases, family)| Some((view.first_of(phrases)?, *family)));
    let is_definition = defines(view);
    let hosts: Vec<String> = allowed.iter().map(|(_, host)| host.clone()).collect();
    if !denied.is_empty() {
        found.push(Found::said(Said::Denied(denied)));
    }
    if !hosts.is_empty() {
        if view.has("public")
            && !view.has_any(&["not public", "non-public"])
            && view.has_any(&["public registries", "public registry"])
        {
            for host in hosts.iter().filter(|host| is_public_host(host.split('/').next().unwrap_or_default()))
            {
                found.push(Found::at(At::Registry(host.clone()), What::Public(true)));
            }
        }
        if is_definition {
            found.push(Found::said(Said::Hosts(hosts)));
        } else {
            found.push(Found::here(What::Registries(hosts)));
        }
        return;
    }
    if is_definition {
        return;
    }
    for (at, family) in families() {
        // "no public registries" forbids; which ones are meant is not said.
        let generic = matches!(family, Family::Public | Family::Private);
        let covered =
            generic && families().any(|(_, other)| !matches!(other, Family::Public | Family::Private));
        let named_ecr = family == Family::Ecr && view.has_any(&["ecr public", "public ecr"]);
        if denied_here(view, at) || covered || named_ecr || !is_use(view) {
            continue;
        }
        found.push(Found::said(Said::RegistryOf(family)));
    }
}

fn denied_here(view: &View<'_>, at: usize) -> bool {
    let before = &view.tokens[..at];
    let instead = before.windows(2).rev().take(4).any(|pair| {
        (pair[0].is("instead") && pair[1].is("of")) || (pair[0].is("rather") && pair[1].is("than"))
    });
    instead || view.denied(at)
}

/// "The ECR URI is …": says where a registry is, not who uses it.
fn defines(view: &View<'_>) -> bool {
    let names = |token: &Token| {
        token.is_any(&["uri", "uris", "url", "urls", "address", "addresses", "host", "hosts", "endpoint"])
    };
    view.tokens.iter().position(names).is_some_and(|at| {
        view.environments == 0 && view.tokens[at..].iter().any(|token| token.is_any(&["is", "are", ":", "="]))
    })
}

/// Whether the words say that images come from there.
fn is_use(view: &View<'_>) -> bool {
    view.has_any(&[
        "use",
        "uses",
        "using",
        "pull",
        "pulls",
        "come",
        "comes",
        "from",
        "allowed",
        "only",
        "registry",
        "registries",
        ":",
    ])
}
