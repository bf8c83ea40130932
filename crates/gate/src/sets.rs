//! What a proposed ApplicationSet itself may do, besides the Applications that it generates.

use std::collections::BTreeSet;

use seatrial_platform::Platform;
use seatrial_yaml::{Node, parse};
use serde_json::Value;

use crate::Refusal;
use crate::privileges::Privilege;

/// How deep generators are looked into: matrix and merge nest twice at most.
const DEPTH: usize = 8;

/// Where the sets of a file read from that no fact names, and what they may do that neither the file before nor any of the reference
/// texts could: ask services for what to deploy, delete what they deployed, live in another namespace.
pub fn sets(
    platform: &Platform,
    path: &str,
    text: &str,
    before: Option<&str>,
    references: &[&str],
) -> (Vec<Refusal>, Vec<Privilege>) {
    let old = before.map(objects).unwrap_or_default();
    let mut known: BTreeSet<Trait> = old.iter().flat_map(traits).collect();
    known.extend(references.iter().flat_map(|text| objects(text)).flat_map(|set| traits(&set)));
    let (mut refused, mut privileges) = (Vec::new(), Vec::new());
    for set in objects(text) {
        for this in traits(&set).into_iter().filter(|this| !known.contains(this)) {
            match this {
                Trait::Reads(url) if platform.knows_repository(&url) == Some(true) => {}
                Trait::Reads(url) if platform.knows_repository(&url) == Some(false) => {
                    refused.push(Refusal {
                        file: path.to_owned(),
                        line: None,
                        why: format!("a generator reads {url}, which is no repository of the platform file"),
                    })
                }
                Trait::Reads(url) => {
                    tell(&set, "repository", format!("a generator reads {url}"), &mut privileges)
                }
                Trait::Asks(kind) => {
                    tell(
                        &set,
                        "generator",
                        format!("a {kind} generator asks a service what to deploy"),
                        &mut privileges,
                    );
                }
                Trait::Lives(namespace) => {
                    // Where Argo CD looks for sets unasked.
                    if !namespace.is_empty() && namespace != platform.namespace() {
                        tell(
                            &set,
                            "namespace",
                            format!("the set itself is in namespace {namespace}"),
                            &mut privileges,
                        );
                    }
                }
            }
        }
        let finalizers = |set: &Value| set.pointer("/metadata/finalizers").cloned().unwrap_or_default();
        if let Some(was) = old.iter().find(|old| name(old) == name(&set))
            && finalizers(was) != finalizers(&set)
        {
            tell(&set, "deletion", "what is deleted with the set changes".into(), &mut privileges);
        }
        if let Some(was) = old.iter().find(|old| name(old) == name(&set)) {
            for (pointer, what) in [
                (
                    "/spec/syncPolicy/preserveResourcesOnDeletion",
                    "the set keeps what it deployed when it is deleted",
                ),
                (
                    "/spec/syncPolicy/applicationsSync",
                    "the set is held back from changing or deleting Applications",
                ),
                ("/spec/preservedFields", "the set leaves what others write to its Applications"),
                (
                    "/spec/ignoreApplicationDifferences",
                    "the set leaves what others write to its Applications",
                ),
            ] {
                let (was, is) = (was.pointer(pointer), set.pointer(pointer));
                if was.is_some_and(|was| !was.is_null() && *was != Value::Bool(false)) && was != is {
                    tell(&set, "deletion", format!("no longer so: {what}"), &mut privileges);
                }
            }
        }
    }
    (refused, privileges)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Trait {
    Reads(String),
    Asks(&'static str),
    Lives(String),
}

fn tell(set: &Value, kind: &'static str, what: String, out: &mut Vec<Privilege>) {
    out.push(Privilege { application: name(set), kind, what });
}

fn name(set: &Value) -> String {
    set.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The ApplicationSets of a text, read as far as they can be.
fn objects(text: &str) -> Vec<Value> {
    let tree = parse(text);
    let roots = tree.documents().flat_map(|document| {
        let root = document.root();
        let items: Vec<Node<'_>> = root.get("items").into_iter().flat_map(Node::items).collect();
        std::iter::once(root).chain(items)
    });
    let is_set = |root: &Node<'_>| {
        root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind == "ApplicationSet")
    };
    roots.filter(is_set).map(Node::to_json).collect()
}

fn traits(set: &Value) -> BTreeSet<Trait> {
    let mut out = BTreeSet::new();
    let text = |pointer: &str| set.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    out.insert(Trait::Lives(text("/metadata/namespace")));
    if let Some(generators) = set.pointer("/spec/generators") {
        of_generators(generators, 0, &mut out);
    }
    out
}

fn of_generators(generators: &Value, depth: usize, out: &mut BTreeSet<Trait>) {
    if depth > DEPTH {
        return;
    }
    for generator in generators.as_array().into_iter().flatten() {
        for (kind, inner) in generator.as_object().into_iter().flatten() {
            match kind.as_str() {
                "git" | "oci" => {
                    out.extend(
                        inner.get("repoURL").and_then(Value::as_str).map(|url| Trait::Reads(url.to_owned())),
                    );
                }
                "matrix" | "merge" => {
                    if let Some(inner) = inner.get("generators") {
                        of_generators(inner, depth + 1, out);
                    }
                }
                "scmProvider" => _ = out.insert(Trait::Asks("scmProvider")),
                "pullRequest" => _ = out.insert(Trait::Asks("pullRequest")),
                "plugin" => _ = out.insert(Trait::Asks("plugin")),
                "clusterDecisionResource" => _ = out.insert(Trait::Asks("clusterDecisionResource")),
                _ => {}
            }
        }
    }
}
