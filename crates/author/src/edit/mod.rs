//! A set that exists already, edited: what the intent says is changed where it is written, and everything else stays byte
//! for byte as it was.
//!
//! Nothing is concluded from the style of the set. A place in the text is changed, the whole is expanded and rendered, and
//! the change is kept only if the Applications meant have what was asked for and nothing else is different anywhere. So it
//! does not matter whether a value stands in an element, a parameter, a text of values, a patch or a plain Application.
//! What no such change brings about is asked.

mod change;
mod insert;
mod literal;
mod place;
mod scene;
mod split;
#[cfg(test)]
mod tests;
mod wishes;

use seatrial_platform::Platform;
use seatrial_trial::Inputs;
use serde_json::Value;

use crate::charts::Charts;
use crate::design::sync_policy;
use crate::intent::Intent;
use crate::propose::Proposal;
use crate::question::Question;
use crate::targets::{Target, targets};
use change::{Aim, Change};
use scene::{App, Scene, Stage};

/// Edits the Applications and sets of a file for an intent. `None` when the file has none of the application that is meant.
///
/// The text is always that of a file which does what it did, besides what was asked for; what could not be brought about is
/// among the questions.
pub fn edit(
    intent: &Intent,
    platform: &Platform,
    charts: &Charts<'_>,
    inputs: &Inputs,
    target: &str,
) -> Option<Proposal> {
    let text = inputs.snapshot.read(target).ok()?.text.to_string();
    let stage = Stage::new(inputs, target);
    let mut editor = Editor { intent, platform, stage: &stage, text, questions: Vec::new(), file: target };
    let scene = match stage.see(&editor.text) {
        Ok(scene) => scene,
        Err(error) => {
            if !editor.text.contains("kind: ApplicationSet") {
                return None;
            }
            editor.ask(
                "edit",
                format!("Nothing can be changed while Argo CD makes nothing of it: {error}"),
                "seatrial fix",
            );
            return Some(editor.proposal(intent.app.clone().or_else(|| intent.chart.clone())));
        }
    };
    let named = intent.app.as_deref().or(intent.chart.as_deref());
    let chart = charts.meant(intent);
    let own = |name: &str, app: &App| {
        let short = name.rsplit('/').next().unwrap_or(name);
        let called = named.is_some_and(|named| {
            short == named || short.starts_with(&format!("{named}-")) || short.ends_with(&format!("-{named}"))
        });
        called
            || chart.is_some_and(|chart| {
                app.chart().is_some_and(|c| c == chart.name || chart.aliases.iter().any(|a| a == c))
            })
    };
    let own: Vec<String> =
        scene.apps.iter().filter(|(name, app)| own(name, app)).map(|(name, _)| name.clone()).collect();
    if own.is_empty() {
        return None;
    }
    editor.all(&own, &scene);
    Some(editor.proposal(named.map(str::to_owned)))
}

struct Editor<'e> {
    intent: &'e Intent,
    platform: &'e Platform,
    stage: &'e Stage<'e>,
    file: &'e str,
    text: String,
    questions: Vec<Question>,
}

impl Editor<'_> {
    fn all(&mut self, own: &[String], scene: &Scene) {
        let intent = self.intent;
        if intent.removes {
            self.ask(
                "removal",
                "What shall become of what runs there? Seatrial takes no place out of a set: Argo CD may delete everything it runs.",
                "take the element out by hand, after `seatrial expand` has shown what goes",
            );
            return;
        }
        let mut own = own.to_vec();
        let added = self.places(&mut own, scene);
        if !intent.says_something() && added == 0 && self.questions.is_empty() {
            let known = intent.environments.is_empty();
            if !known && !intent.changes {
                // It runs there already.
                return;
            }
            let text = if known {
                "What shall be changed? Nothing of the intent could be read as a change of the set."
                    .to_owned()
            } else {
                format!(
                    "What shall be changed? The set has {} already, and no more could be read of the intent.",
                    intent.environments.join(", ")
                )
            };
            self.ask(
                "edit",
                text,
                "say replicas, a tag, a revision, a host, an amount or a place, or --value PATH=VALUE",
            );
            return;
        }
        for said in &intent.unread {
            self.ask(
                "edit",
                format!("What does “{said}” ask for? It could not be read as a change of the set."),
                "say it in other words, or --value PATH=VALUE",
            );
        }
        self.wishes(&own);
    }

    /// Adds the places that the set does not have; answers how many.
    fn places(&mut self, own: &mut Vec<String>, scene: &Scene) -> usize {
        let has = |target: &Target<'_>| {
            scene.apps.iter().any(|(name, app)| {
                own.contains(name)
                    && app.environment.as_deref() == Some(target.environment)
                    && app.cluster.as_deref() == Some(target.place())
            })
        };
        if self.intent.environments.is_empty() && self.intent.clusters.is_empty() {
            return 0;
        }
        let platform = self.platform;
        let wanted = targets(self.intent, platform, &mut self.questions);
        let missing: Vec<Target<'_>> = wanted.into_iter().filter(|target| !has(target)).collect();
        let mut count = 0;
        for target in missing {
            let like = own.clone();
            let now = self.stage.see(&self.text);
            let Some(added) =
                now.ok().and_then(|now| place::add(&self.text, &now, &like, &target, platform, self.stage))
            else {
                let text = format!(
                    "How shall {} come into the set? No element or document was found whose like makes an Application there and changes nothing else.",
                    target.place()
                );
                self.ask("edit", text, "add it by hand");
                continue;
            };
            let before = self.text.clone();
            if let Some(name) = self.settle(added, &target) {
                own.push(name);
                count += 1;
            } else {
                self.text = before;
            }
        }
        count
    }

    /// Has a new place do what its facts demand.
    fn settle(&mut self, added: place::Added, target: &Target<'_>) -> Option<String> {
        let without = self.stage.see(&self.text).ok()?;
        let namespace = added.scene.apps.get(&added.name)?.json.pointer("/spec/destination/namespace");
        let namespace = namespace.and_then(Value::as_str).unwrap_or_default().to_owned();
        let policy = sync_policy(self.platform, target, &namespace, &mut self.questions);
        let Some(added) = place::sync(&added, &policy, &without, self.stage) else {
            let text = format!(
                "How shall {} be synced as its facts demand? No part of its element decides about that.",
                target.environment
            );
            self.ask("edit", text, "change the set's sync policy by hand, then run this again");
            return None;
        };
        self.text.clone_from(&added.text);
        let app = added.scene.apps.get(&added.name)?;
        for (path, value) in wishes::of_facts(app, &added.name, target, &namespace, &mut self.questions) {
            let change = added.change(Aim::Value(path), value);
            if !self.bring_about(&change) {
                return None;
            }
        }
        Some(added.name.clone())
    }

    /// What the intent says of each Application.
    fn wishes(&mut self, own: &[String]) {
        let Ok(scene) = self.stage.see(&self.text) else { return };
        let mut changes: Vec<Change> = Vec::new();
        for name in own {
            let Some(app) = scene.apps.get(name) else { continue };
            let Some(environment) = app.environment.as_deref() else { continue };
            // What is said of everywhere holds where the intent speaks of.
            let spoken_of = self.intent.environments.is_empty()
                || self.intent.environments.iter().any(|e| e == environment);
            let clusters = &self.intent.clusters;
            let named = clusters.is_empty() || app.cluster.as_ref().is_some_and(|c| clusters.contains(c));
            if !named {
                continue;
            }
            let scope = self.platform.scope(Some(environment), app.cluster.as_deref());
            for (aim, value) in
                wishes::of_intent(self.intent, app, name, environment, spoken_of, &scope, &mut self.questions)
            {
                match changes.iter_mut().find(|c| c.aim == aim && c.value == value) {
                    Some(known) => known.apps.push(name.clone()),
                    None => changes.push(Change { aim, value, apps: vec![name.clone()] }),
                }
            }
        }
        for change in changes {
            self.bring_about(&change);
        }
    }

    /// Finds the least edit for a change; asks when there is none.
    fn bring_about(&mut self, change: &Change) -> bool {
        let Ok(scene) = self.stage.see(&self.text) else { return false };
        if change.apps.iter().all(|name| scene.apps.get(name).is_some_and(|app| change.holds(app))) {
            return true;
        }
        let found = literal::change(&self.text, &scene, change, self.stage);
        if let (Some(text), true) = (&found.text, found.done) {
            self.text.clone_from(text);
            return true;
        }
        let partly = found.text.clone().unwrap_or_else(|| self.text.clone());
        let base = self.stage.see(&partly).unwrap_or_else(|_| scene.clone());
        let rest = Change {
            apps: change
                .apps
                .iter()
                .filter(|name| !base.apps.get(*name).is_some_and(|app| change.holds(app)))
                .cloned()
                .collect(),
            ..change.clone()
        };
        let text = split::literal(&partly, &base, &rest, &found.shared, self.stage)
            .or_else(|| insert::change(&partly, &base, &rest, self.stage))
            .or_else(|| split::patch(&partly, &base, &rest, self.stage))
            .or_else(|| split::conditioned(&partly, &base, &rest, self.stage));
        if let Some(text) = text {
            self.text = text;
            return true;
        }
        let names: Vec<&str> =
            change.apps.iter().map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
        let text = format!(
            "Where shall `{}: {}` be written for {}? No single place of {} was found that brings it about and changes nothing else.",
            change.aim.path(),
            literal::flow(&change.value),
            names.join(", "),
            self.file
        );
        // A revision that is not at hand cannot be tried.
        let id = if matches!(change.aim, Aim::Field(_)) { "revision" } else { "edit" };
        self.ask(id, text, "change it by hand");
        false
    }

    fn ask(&mut self, id: &'static str, text: impl Into<String>, answer: &str) {
        let question = Question::open(id, text, answer);
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
    }

    fn proposal(self, name: Option<String>) -> Proposal {
        Proposal {
            name: name.unwrap_or_default(),
            text: Some(self.text),
            questions: self.questions,
            edits: true,
        }
    }
}

impl Intent {
    /// Whether anything is said besides the places.
    fn says_something(&self) -> bool {
        !(self.revision.is_empty()
            && self.tag.is_empty()
            && self.host.is_empty()
            && self.replicas.is_empty()
            && self.amounts.is_empty()
            && self.values.is_empty())
    }
}
