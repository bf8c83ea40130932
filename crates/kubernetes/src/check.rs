//! What the API server says to an object.

mod beyond;
mod fields;
mod issue;
mod structural;

use seatrial_yaml::Path;
use serde_json::Value;

pub use issue::{IssueKind, SchemaIssue};

use crate::crds::{Crds, Found};
use crate::data::split_api_version;
use crate::kinds::{KindInfo, Lifetime, is_own_group, kind, kinds, lifetime, row};
use crate::version::Version;

/// What can be said of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The API server's kind is known: what it would refuse or drop, in the order of paths; empty when the object is fine.
    Judged(Vec<SchemaIssue>),
    /// The API server does not serve this `apiVersion` of the kind, though another release does or a
    /// CustomResourceDefinition has other versions: `no matches for kind …`.
    NotServed(Lifetime),
    /// Kubernetes' own group has no such kind in any release.
    NoSuchKind {
        /// The `apiVersion` and kind that is probably meant.
        nearest: Option<KindInfo>,
    },
    /// The kind comes from a CustomResourceDefinition that is not at hand.
    Unknown,
}

/// Says what the API server of a release, with these definitions, answers to creating an object under strict field
/// validation (as `kubectl apply` and Argo CD ask for it), in its own words where they are known.
///
/// `status` is not judged: it is not the author's. For a release that is not known ([`Version::is_known`]) the nearest one
/// answers.
pub fn check(version: Version, object: &Value, crds: &Crds) -> Verdict {
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let missing = |key: &str| {
        let text = format!("Object '{}' is missing", if key == "kind" { "Kind" } else { "apiVersion" });
        Verdict::Judged(vec![SchemaIssue {
            path: Path::keys([key]),
            kind: IssueKind::MissingField,
            message: text,
        }])
    };
    let Some(name) = text("kind") else { return missing("kind") };
    let Some(api_version) = text("apiVersion") else { return missing("apiVersion") };
    if let Some(row) = row(api_version, name).filter(|row| row.releases.has(version)) {
        let mut issues = fields::check(version, row.definition, object);
        beyond::check(object, &mut issues);
        issues.sort_by(|a, b| a.path.cmp(&b.path));
        return Verdict::Judged(issues);
    }
    let (group, group_version) = split_api_version(api_version);
    match crds.find(group, group_version, name) {
        Some(Found::Schema(schema)) => return Verdict::Judged(structural::check(version, schema, object)),
        Some(Found::Served) => return Verdict::Judged(structural::check(version, &Value::Null, object)),
        Some(Found::OtherVersions(served)) => {
            let replacement = served.map(|served| format!("{group}/{served}"));
            return Verdict::NotServed(Lifetime { introduced: None, removed: Some(version), replacement });
        }
        None => {}
    }
    if let Some(lifetime) = lifetime(api_version, name) {
        return Verdict::NotServed(lifetime);
    }
    if is_own_group(group) && !(group.is_empty() && name == "List") {
        return Verdict::NoSuchKind { nearest: nearest_kind(version, group, name) };
    }
    Verdict::Unknown
}

/// The served kind that is most like a name: the same kind of another group or version, or a misspelled one.
fn nearest_kind(version: Version, group: &str, name: &str) -> Option<KindInfo> {
    let like = |info: &KindInfo| {
        let likeness = strsim::jaro_winkler(&info.kind.to_lowercase(), &name.to_lowercase());
        (likeness > 0.85).then_some(likeness + if info.group == group { 0.01 } else { 0.0 })
    };
    kinds(version)
        .filter_map(|info| Some((like(&info)?, info)))
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| stable(&a.1).cmp(&stable(&b.1))))
        .map(|(_, info)| info)
}

fn stable(info: &KindInfo) -> bool {
    kind(Version::NEWEST, &info.api_version(), info.kind).is_some() && !info.version.contains("alpha")
}
