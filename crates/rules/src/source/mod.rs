//! Do sources exist, and do they stay what they are?

mod ambiguous_source_type;
mod chart_from_git;
mod floating_revision;
mod missing_path;
mod missing_values_file;
mod render_error;
mod unknown_repository;
mod unknown_value;

use seatrial_platform::{Platform, Repository};
use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &chart_from_git::RULE,
    &floating_revision::RULE,
    &unknown_repository::RULE,
    &missing_path::RULE,
    &missing_values_file::RULE,
    &ambiguous_source_type::RULE,
    &unknown_value::RULE,
    &render_error::RULE,
];

/// Whether an address is that of a Git repository: by what the platform says of it, else by its form.
pub(crate) fn is_git(platform: &Platform, url: &str) -> Option<bool> {
    if let Some(kind) = declared(platform, url).and_then(|r| r.kind.as_ref()) {
        return Some(kind.value == "git");
    }
    let lower = url.to_ascii_lowercase();
    if lower.starts_with("oci://") {
        return Some(false);
    }
    let host =
        lower.split("://").nth(1).unwrap_or(&lower).split(['/', ':']).next().unwrap_or_default().to_owned();
    let host = host.rsplit('@').next().unwrap_or_default();
    let forge =
        ["github.com", "gitlab.com", "bitbucket.org", "dev.azure.com", "codeberg.org"].contains(&host);
    let git = lower.ends_with(".git")
        || lower.starts_with("git@")
        || lower.starts_with("ssh://")
        || lower.starts_with("git://");
    if forge || git {
        return Some(true);
    }
    let charts = host.starts_with("charts.")
        || host.starts_with("helm.")
        || host.ends_with("github.io")
        || lower.ends_with("/charts");
    charts.then_some(false)
}

/// What the platform declares for an address, `.git` and a trailing slash aside.
pub(crate) fn declared<'p>(platform: &'p Platform, url: &str) -> Option<&'p Repository> {
    platform.repositories.iter().find(|r| same(&r.url, url))
}

fn same(a: &str, b: &str) -> bool {
    let plain =
        |url: &str| without_user(url).trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase();
    plain(a) == plain(b)
}

/// An address without the user and password that an `http` one may carry.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http")) else {
        return url.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
