//! Applications that exist already: `createOrUpdateInCluster` and `deleteInCluster`.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_yaml::Path;
use serde_json::{Map, Value as Json};

use super::deletion::FINALIZER;
use super::ignored::Ignored;
use super::normal::normalize_spec;
use super::render::older_form;
use super::run::Run;
use super::validate::{Problem, destination};
use crate::expansion::{Existing, Fate, Generated, Unknown};
use crate::gotypes::{argo, decode};
use crate::world::Version;

/// Annotations that the controller always leaves.
const ANNOTATIONS: [&str; 3] =
    ["notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate"];

/// What the finalizers begin with that the controller always leaves.
const FINALIZERS: [&str; 2] =
    ["pre-delete-finalizer.argocd.argoproj.io", "post-delete-finalizer.argocd.argoproj.io"];

/// What only the API server writes.
const SERVER: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// The Applications that exist in a set's namespace.
pub(super) struct Live<'r> {
    run: &'r Run<'r>,
    by_name: BTreeMap<&'r str, &'r Json>,
}

impl<'r> Live<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Self {
        let mut by_name = BTreeMap::new();
        for app in run.world.state.applications() {
            let field =
                |pointer: &str| app.pointer(pointer).and_then(Json::as_str).unwrap_or(&run.world.namespace);
            if field("/metadata/namespace") == run.set.namespace {
                by_name.entry(field("/metadata/name")).or_insert(app);
            }
        }
        Self { run, by_name }
    }

    /// Whether an Application of that name exists.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The version of Argo CD.
    pub(super) fn version(&self) -> Version {
        self.run.world.version
    }

    /// Why an existing Application of that name cannot be taken over.
    pub(super) fn taken(&self, name: &str) -> Option<String> {
        let namespace = &self.run.set.namespace;
        let (kind, owner) = owner(self.by_name.get(name)?)?;
        if self.is_own((kind, owner)) {
            return None;
        }
        Some(format!(
            "error while wrapping using MutateFn: Object {namespace}/{name} is already owned by another {kind} controller {owner}"
        ))
    }

    /// What becomes of them. `deletes` says that what is not generated is deleted: everything is known that the set generates,
    /// and nothing fails before.
    pub(super) fn fates(&self, generated: &[Generated], deletes: bool) -> (Vec<Existing>, Vec<Unknown>) {
        let (mut fates, mut unknown) = (Vec::new(), Vec::new());
        let updates = may(self.run, Right::Update);
        for (index, made) in generated.iter().enumerate().filter(|(_, made)| made.created) {
            let Some(existing) = self.by_name.get(made.name()) else { continue };
            let own = owner(existing).is_some_and(|owner| self.is_own(owner));
            // A policy without updates holds for the set's own Applications only.
            if own && !updates {
                fates.push(Existing {
                    name: made.name().to_owned(),
                    fate: Fate::Left,
                    application: self.shown(existing),
                });
                continue;
            }
            match self.updated(existing, &made.application) {
                Ok((changed, application)) => {
                    let fate = if changed || !own { Fate::Updated } else { Fate::Unchanged };
                    fates.push(Existing { name: made.name().to_owned(), fate, application });
                }
                Err(expression) => unknown.push(Unknown {
                    needs: format!(
                        "what `jqPathExpressions: {expression}` leads to in the existing Application {}: Seatrial reads paths, \
                         `select` and comparisons",
                        made.name()
                    ),
                    at: Path::keys(["spec", "ignoreApplicationDifferences"]),
                    index: Some(index),
                }),
            }
        }
        if deletes && may(self.run, Right::Delete) {
            let names: BTreeSet<&str> = generated.iter().map(Generated::name).collect();
            for (name, existing) in self.own() {
                if !names.contains(name) {
                    let (application, doubt) = self.let_go(existing);
                    unknown.extend(doubt);
                    let name = name.to_owned();
                    fates.push(Existing { name, fate: Fate::Deleted, application });
                }
            }
        }
        fates.sort_by(|a, b| a.name.cmp(&b.name));
        (fates, unknown)
    }

    /// The Applications of the set, by name.
    pub(super) fn own(&self) -> impl Iterator<Item = (&'r str, &'r Json)> {
        let own = |app: &Json| owner(app).is_some_and(|owner| self.is_own(owner));
        self.by_name.iter().filter(move |(_, app)| own(app)).map(|(name, app)| (*name, *app))
    }

    /// `SpecsEquivalent`, turned: whether the spec of an existing Application is to be changed; else the expression that
    /// is not evaluated.
    pub(super) fn spec_differs(&self, existing: &Json, generated: &Json) -> Result<bool, String> {
        let (ty, version) = (argo("Application"), self.run.world.version);
        let mut sides = [decode(&ty, existing).unwrap_or_else(|_| existing.clone()), generated.clone()];
        if !version.at_least(3, 4) {
            // Both were compared as they are, so that what is written in another way counts.
            return Ok(sides[0].get("spec") != sides[1].get("spec"));
        }
        sides.iter_mut().for_each(normalized);
        if let Some(ignored) = Ignored::of(&self.run.set.spec, generated, version) {
            for side in &mut sides {
                let left = ignored.without(side)?;
                *side = decode(&ty, &left).unwrap_or(left);
                normalized(side);
            }
        }
        let [existing, generated] = sides;
        Ok(existing.get("spec") != generated.get("spec"))
    }

    /// `removeFinalizerOnInvalidDestination`: what is deleted, without the finalizer that has its resources deleted where there is
    /// no such cluster to delete them in; and what must be known for that.
    fn let_go(&self, existing: &Json) -> (Json, Option<Unknown>) {
        let mut application = self.shown(existing);
        let mut held = application.pointer_mut("/metadata/finalizers").and_then(Json::as_array_mut);
        let Some(finalizers) = held.as_mut().filter(|held| held.iter().any(|one| one == FINALIZER)) else {
            return (application, None);
        };
        let text = |pointer: &str| existing.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
        let (server, name) = (text("/spec/destination/server"), text("/spec/destination/name"));
        let doubt = match destination(self.run.world, server, name) {
            Ok(_) => None,
            Err(Problem::Error(..)) => {
                finalizers.retain(|one| one != FINALIZER);
                None
            }
            Err(Problem::Unknown(needs, _)) => Some(Unknown {
                needs: format!(
                    "whether the resources of {}, which is deleted, are deleted too: {needs}",
                    text("/metadata/name")
                ),
                at: Path::keys(["spec", "generators"]),
                index: None,
            }),
        };
        (application, doubt)
    }

    fn is_own(&self, (kind, name): (&str, &str)) -> bool {
        kind == "ApplicationSet" && name == self.run.set.name
    }

    /// `CreateOrUpdate`: whether anything is written, and the object afterwards; else the expression that is not evaluated.
    fn updated(&self, existing: &Json, generated: &Json) -> Result<(bool, Json), String> {
        let (ty, version) = (argo("Application"), self.run.world.version);
        // What does not decode is no Application of a cluster.
        let found = decode(&ty, existing).unwrap_or_else(|_| existing.clone());
        let mut wanted = found.clone();
        let mut generated = generated.clone();
        normalized(&mut generated);
        self.preserve(&found, &mut generated);
        for key in ["spec", "operation"] {
            if let Some(value) = generated.get(key) {
                wanted[key] = value.clone();
            }
        }
        for key in ["annotations", "labels", "finalizers"] {
            match generated.pointer(&format!("/metadata/{key}")) {
                Some(value) => wanted["metadata"][key] = value.clone(),
                None => drop(wanted["metadata"].as_object_mut().and_then(|metadata| metadata.remove(key))),
            }
        }
        let mut before = found;
        normalized(&mut before);
        if let Some(ignored) = Ignored::of(&self.run.set.spec, &wanted, version) {
            before = ignored.without(&before)?;
            let mut left = ignored.without(&wanted)?;
            // Whatever an expression does to them, these stay.
            left["metadata"]["name"] = wanted["metadata"]["name"].take();
            left["metadata"]["namespace"] = wanted["metadata"]["namespace"].take();
            if let Some(operation) = wanted.get_mut("operation") {
                left["operation"] = operation.take();
            }
            wanted = left;
            for side in [&mut before, &mut wanted] {
                *side = decode(&ty, side).unwrap_or_else(|_| side.clone());
                normalized(side);
            }
        }
        if before == wanted {
            return Ok((false, self.shown(existing)));
        }
        let mut after = existing.clone();
        merge(&mut after, &before, &wanted);
        Ok((true, self.shown(&after)))
    }

    /// Puts what the controller leaves of an existing Application into the generated one.
    fn preserve(&self, found: &Json, generated: &mut Json) {
        let spec = &self.run.set.spec;
        let flags = &self.run.world.flags;
        let listed = |key: &str| {
            let list = spec.pointer(&format!("/preservedFields/{key}")).and_then(Json::as_array);
            list.into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>()
        };
        let global = |list: &'r [String]| list.iter().map(String::as_str);
        let annotations =
            listed("annotations").into_iter().chain(global(&flags.preserved_annotations)).chain(ANNOTATIONS);
        let labels = listed("labels").into_iter().chain(global(&flags.preserved_labels));
        let kept = annotations.map(|key| ("annotations", key)).chain(labels.map(|key| ("labels", key)));
        for (map, key) in kept.collect::<Vec<_>>() {
            if let Some(value) = found["metadata"][map].get(key) {
                generated["metadata"][map][key] = value.clone();
            }
        }
        let live = found["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Json::as_str);
        for start in FINALIZERS {
            for finalizer in live.clone().filter(|finalizer| finalizer.starts_with(start)) {
                match generated["metadata"]["finalizers"].as_array_mut() {
                    Some(finalizers) => finalizers.push(finalizer.into()),
                    None => generated["metadata"]["finalizers"] = Json::from(vec![finalizer]),
                }
            }
        }
    }

    /// An object without what only the API server and the other controllers write, as the version's types write it.
    fn shown(&self, object: &Json) -> Json {
        let mut object = object.clone();
        if let Some(entries) = object.as_object_mut() {
            entries.remove("status");
            if let Some(metadata) = entries.get_mut("metadata").and_then(Json::as_object_mut) {
                metadata.retain(|key, _| !SERVER.contains(&key.as_str()));
            }
        }
        if !self.run.world.version.at_least(3, 4) {
            older_form(&mut object);
        }
        object
    }
}

/// What a policy may allow besides creating.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// To change Applications of the set.
    Update,
    /// To delete them.
    Delete,
}

/// `DefaultPolicy(…)`: the set's own policy where the controller lets it count, else the controller's.
pub(super) fn may(run: &Run<'_>, right: Right) -> bool {
    let own = run.set.spec.pointer("/syncPolicy/applicationsSync").and_then(Json::as_str);
    let policy = own.filter(|_| run.world.flags.enable_policy_override).unwrap_or(&run.world.flags.policy);
    match policy {
        "create-only" => false,
        "create-update" => right == Right::Update,
        "create-delete" => right == Right::Delete,
        _ => true,
    }
}

/// The kind and name of an object's controller.
fn owner(object: &Json) -> Option<(&str, &str)> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner.get("controller") == Some(&Json::Bool(true)))?;
    let field = |key: &str| owner.get(key).and_then(Json::as_str).unwrap_or_default();
    Some((field("kind"), field("name")))
}

fn normalized(application: &mut Json) {
    application.get_mut("spec").and_then(Json::as_object_mut).into_iter().for_each(normalize_spec);
}

/// Makes of `target` what is different between two states of it: a JSON merge patch, for which a list is one value.
fn merge(target: &mut Json, before: &Json, wanted: &Json) {
    let (Some(old), Some(new)) = (before.as_object(), wanted.as_object()) else {
        *target = wanted.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Some(entries) = target.as_object_mut() else { return };
    for (key, value) in new {
        match old.get(key) {
            Some(same) if same == value => {}
            Some(old) if old.is_object() && value.is_object() => {
                merge(entries.entry(key.clone()).or_insert(Json::Null), old, value);
            }
            _ => drop(entries.insert(key.clone(), value.clone())),
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        entries.remove(key);
    }
}
