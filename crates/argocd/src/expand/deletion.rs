//! What becomes of a set's Applications when it is deleted: the first lines of `Reconcile`, and `PerformReverseDeletion`.

use std::collections::BTreeMap;

use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::live::{Live, Right, may};
use super::rollout::steps::Steps;
use super::rollout::{defined, too_many};
use super::run::Run;
use crate::expansion::{
    DeletedApplication, Deletion, DeletionWave, Existing, Fate, Generated, NextDeletion, Unknown,
};

/// What holds a set until the controller has seen to its Applications. On an Application it has the resources deleted.
pub(super) const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// What Kubernetes holds an object with until it has deleted all that the object owns.
const FOREGROUND: &str = "foregroundDeletion";

/// What Kubernetes holds an object with until nothing names it as owner any more.
const ORPHAN: &str = "orphan";

/// A set as far as its end is concerned.
#[derive(Default)]
pub(super) struct Ending {
    /// Since when it is being deleted.
    pub(super) since: Option<String>,
    finalizers: Vec<String>,
}

impl Ending {
    /// What a set and the same set in the cluster say of it: one that is being deleted in either is.
    pub(super) fn of(set: &Json, live: Option<&Json>) -> Self {
        let deleted = |object: &&Json| is_going(object);
        let Some(object) = Some(set).filter(deleted).or(live.filter(deleted)) else {
            let mut all = finalizers(set);
            all.extend(live.into_iter().flat_map(finalizers));
            return Self { since: None, finalizers: all.into_iter().map(str::to_owned).collect() };
        };
        let since = object.pointer("/metadata/deletionTimestamp").and_then(Json::as_str);
        Self {
            since: since.map(str::to_owned),
            finalizers: finalizers(object).into_iter().map(str::to_owned).collect(),
        }
    }

    fn has(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|one| one == finalizer)
    }
}

/// How a set that is being deleted goes. `ignored` says that the controller does not look at it.
pub(super) fn begun(
    run: &Run<'_>,
    ending: &Ending,
    live: &Live<'_>,
    ignored: bool,
) -> Result<Deletion, Unknown> {
    let own: BTreeMap<&str, Mortal<'_>> = live.own().map(|(name, app)| (name, Mortal::of(app))).collect();
    let mut deletion = planned(run, ending, &own, ignored)?;
    if !ignored {
        deletion.next = next(run, ending, &own)?;
    }
    Ok(deletion)
}

/// How a set that lives would go after this reconciliation, where its Applications would be deleted step by step. For that
/// something must hold it: with progressive syncs on the controller itself sees to that.
pub(super) fn to_come(
    run: &Run<'_>,
    ending: &Ending,
    live: &Live<'_>,
    generated: &[Generated],
    existing: &[Existing],
) -> Option<Result<Deletion, Unknown>> {
    reversed(run)?;
    if !run.world.flags.progressive_syncs && ending.finalizers.is_empty() {
        return None;
    }
    let mut own: BTreeMap<&str, Mortal<'_>> = live.own().map(|(name, app)| (name, Mortal::of(app))).collect();
    let made = generated.iter().filter(|made| made.created || made.doubtful);
    for made in made.filter(|made| !live.has(made.name())) {
        own.insert(made.name(), Mortal::of(&made.application));
    }
    for after in existing {
        let mortal = Mortal::of(&after.application);
        let going = mortal.going || after.fate == Fate::Deleted;
        // Nothing holds it any more.
        if going && finalizers(&after.application).is_empty() {
            own.remove(after.name.as_str());
        } else {
            own.insert(&after.name, Mortal { going, ..mortal });
        }
    }
    Some(planned(run, ending, &own, false))
}

/// An Application that goes with its set.
struct Mortal<'a> {
    json: &'a Json,
    going: bool,
}

impl<'a> Mortal<'a> {
    fn of(json: &'a Json) -> Self {
        Self { json, going: is_going(json) }
    }

    fn told(&self, name: &str) -> DeletedApplication {
        // Argo CD knows it with an addition too: `/foreground`, `/background`.
        let cascades = |one: &&str| {
            one.strip_prefix(FINALIZER).is_some_and(|rest| matches!(rest, "" | "/foreground" | "/background"))
        };
        DeletedApplication {
            name: name.to_owned(),
            going: self.going,
            keeps_resources: !finalizers(self.json).iter().any(cascades),
        }
    }
}

fn planned(
    run: &Run<'_>,
    ending: &Ending,
    own: &BTreeMap<&str, Mortal<'_>>,
    ignored: bool,
) -> Result<Deletion, Unknown> {
    let ours = |one: &&String| !ignored && *one == FINALIZER;
    let of_kubernetes = |one: &&String| *one == FOREGROUND || *one == ORPHAN;
    let held = ending.finalizers.iter().filter(|one| !ours(one) && !of_kubernetes(one));
    let mut deletion =
        Deletion { since: ending.since.clone(), held_by: held.cloned().collect(), ..Deletion::default() };
    let spared = !ignored && !may(run, Right::Delete);
    let stepwise = !ignored && !spared && reversed(run).is_some();
    let race = match (ending.has(FOREGROUND), ending.has(ORPHAN)) {
        (true, _) if spared => Some("deletes them, and the controller takes their owner from them"),
        (_, true) if stepwise => Some("takes their owner from them, and the controller deletes them"),
        _ => None,
    };
    if let Some(race) = race.filter(|_| !own.is_empty()) {
        return Err(Unknown {
            needs: format!("which Applications stay: at the same time Kubernetes {race}"),
            at: Path::keys(["metadata", "finalizers"]),
            index: None,
        });
    }
    if spared || ending.has(ORPHAN) {
        deletion.kept = own.keys().map(|name| (*name).to_owned()).collect();
        return Ok(deletion);
    }
    let step_of = if stepwise && !ending.has(FOREGROUND) { steps(run, own)? } else { BTreeMap::new() };
    let mut waves: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, mortal) in own {
        let step = step_of.get(*name).copied();
        // The last step first; what is in none last of all.
        waves.entry(std::cmp::Reverse(step)).or_default().push(mortal.told(name));
    }
    deletion.waves = waves
        .into_iter()
        .map(|(std::cmp::Reverse(step), applications)| DeletionWave { step, applications })
        .collect();
    Ok(deletion)
}

/// What the next reconciliation does. Kubernetes may delete the rest meanwhile.
fn next(
    run: &Run<'_>,
    ending: &Ending,
    own: &BTreeMap<&str, Mortal<'_>>,
) -> Result<Option<NextDeletion>, Unknown> {
    let spared = !may(run, Right::Delete);
    if !spared {
        let step_of = steps(run, own)?;
        // Of one step the first by name.
        let last = step_of.iter().max_by_key(|(name, step)| (**step, std::cmp::Reverse(name.as_str())));
        if let Some((name, mortal)) = last.and_then(|(name, _)| own.get_key_value(name.as_str())) {
            let name = (*name).to_owned();
            return Ok(Some(if mortal.going {
                NextDeletion::Waits(name)
            } else {
                NextDeletion::Deletes(name)
            }));
        }
    }
    let something = ending.has(FINALIZER) || (spared && !own.is_empty());
    Ok(something.then_some(NextDeletion::Releases))
}

/// The step of each Application that is in one, where they are deleted step by step. What counts are the labels it has.
fn steps(run: &Run<'_>, own: &BTreeMap<&str, Mortal<'_>>) -> Result<BTreeMap<String, usize>, Unknown> {
    let Some(steps) = reversed(run) else { return Ok(BTreeMap::new()) };
    if let Some(why) = too_many(steps.len(), own.len()) {
        return Err(Unknown {
            needs: format!("in which order the Applications are deleted: {why}"),
            at: Path::keys(["spec", "strategy", "rollingSync"]),
            index: None,
        });
    }
    Ok(Steps::of(steps, own.iter().map(|(name, mortal)| (*name, mortal.json))).step_of)
}

/// `IsDeletionOrderReversed`: the steps of a rolling sync that are deleted in reverse. Whether progressive syncs are on does not
/// count here.
fn reversed<'r>(run: &'r Run<'_>) -> Option<&'r [Json]> {
    let order = run.set.spec.pointer("/strategy/deletionOrder").and_then(Json::as_str)?;
    // Go folds the long s as well.
    let reverse = order.replace('\u{17f}', "s").eq_ignore_ascii_case("Reverse");
    defined(run).filter(|steps| reverse && !steps.is_empty())
}

fn is_going(object: &Json) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(Json::is_string)
}

fn finalizers(object: &Json) -> Vec<&str> {
    let list = object.pointer("/metadata/finalizers").and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        Deletion, DeletionWave, Expansion, Fixtures, Flags, Limits, NextDeletion, NoRepositories, State,
        Version, World, expand,
    };

    /// A set with a step for `b`, and `a` in none.
    fn set(metadata: &Value) -> Value {
        let mut set = json!({
            "metadata": {"name": "s", "namespace": "argocd"},
            "spec": {
                "generators": [{"list": {"elements": [{"name": "a"}, {"name": "b"}]}}],
                "strategy": {"type": "RollingSync", "deletionOrder": "Reverse", "rollingSync": {"steps": [
                    {"matchExpressions": [{"key": "step", "operator": "In", "values": ["b"]}]}]}},
                "template": {
                    "metadata": {"name": "{{name}}", "labels": {"step": "{{name}}"}},
                    "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc"},
                        "source": {"repoURL": "https://example.com/r.git", "path": "p"}}}}});
        for (key, value) in metadata.as_object().into_iter().flatten() {
            set["metadata"][key] = value.clone();
        }
        set
    }

    fn application(name: &str) -> Value {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", "labels": {"step": name}, "ownerReferences": [
                {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "s", "controller": true}]}})
    }

    fn run(set: &Value, mut state: Vec<Value>, policy: &str) -> Expansion {
        state.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}}));
        let world = World {
            namespace: "argocd".to_owned(),
            version: Version::NEWEST,
            flags: Flags { policy: policy.to_owned(), progressive_syncs: true, ..Flags::default() },
            state: &State::new("argocd", state),
            repositories: &NoRepositories,
            fixtures: &Fixtures::default(),
            clusters_known: true,
            projects_known: true,
        };
        expand(set, &world, &Limits::default())
    }

    fn both() -> Vec<Value> {
        vec![application("a"), application("b")]
    }

    /// Step and names of each wave.
    fn waves(deletion: &Deletion) -> Vec<(Option<usize>, Vec<&str>)> {
        fn told(wave: &DeletionWave) -> (Option<usize>, Vec<&str>) {
            (wave.step, wave.applications.iter().map(|app| app.name.as_str()).collect())
        }
        deletion.waves.iter().map(told).collect()
    }

    const SINCE: &str = "2026-01-02T00:00:00Z";

    #[test]
    fn the_set_in_the_cluster_says_that_it_is_being_deleted() {
        let mut there = set(&json!({"deletionTimestamp": SINCE, "finalizers": [super::FINALIZER]}));
        there["apiVersion"] = "argoproj.io/v1alpha1".into();
        there["kind"] = "ApplicationSet".into();
        let mut state = both();
        state.push(there);
        let got = run(&set(&json!({})), state.clone(), "");
        assert!(got.generated.is_empty() && got.warnings.len() == 1);
        let deletion = got.deletion.unwrap();
        assert_eq!(deletion.since.as_deref(), Some(SINCE));
        assert_eq!(waves(&deletion), [(Some(0), vec!["b"]), (None, vec!["a"])]);
        assert_eq!(deletion.next, Some(NextDeletion::Deletes("b".to_owned())));
        // A set of that name in another namespace is another.
        let elsewhere = run(&set(&json!({"namespace": "team"})), state, "");
        assert!(elsewhere.deletion.is_none_or(|deletion| deletion.since.is_none()));
    }

    #[test]
    fn a_set_that_lives_is_held_by_the_controller() {
        let got = run(&set(&json!({})), Vec::new(), "");
        assert_eq!(got.generated.len(), 2);
        let deletion = got.deletion.unwrap();
        assert_eq!((deletion.since.as_ref(), deletion.next.as_ref()), (None, None));
        assert_eq!(waves(&deletion), [(Some(0), vec!["b"]), (None, vec!["a"])]);
    }

    #[test]
    fn what_kubernetes_does_meanwhile() {
        let ending =
            |finalizer: &str| set(&json!({"deletionTimestamp": SINCE, "finalizers": [finalizer, "x.io/y"]}));
        let got = run(&ending("foregroundDeletion"), both(), "").deletion.unwrap();
        assert_eq!(waves(&got), [(None, vec!["a", "b"])]);
        assert_eq!(
            (got.next, got.held_by),
            (Some(NextDeletion::Deletes("b".to_owned())), vec!["x.io/y".to_owned()])
        );
        let got = run(&ending("orphan"), both(), "create-only").deletion.unwrap();
        assert_eq!((got.waves, got.kept), (Vec::new(), vec!["a".to_owned(), "b".to_owned()]));
        // Both at once, with different ends.
        for (finalizer, policy) in [("orphan", ""), ("foregroundDeletion", "create-only")] {
            let got = run(&ending(finalizer), both(), policy);
            assert_eq!(got.unknown.len(), 1, "{finalizer}");
            assert_eq!(
                got.deletion.unwrap(),
                Deletion { since: Some(SINCE.to_owned()), ..Deletion::default() }
            );
            assert!(run(&ending(finalizer), Vec::new(), policy).unknown.is_empty());
        }
    }

    #[test]
    fn a_set_that_the_controller_passes_over_is_held_for_ever() {
        let there =
            json!({"namespace": "team", "deletionTimestamp": SINCE, "finalizers": [super::FINALIZER]});
        let mut own = application("b");
        own["metadata"]["namespace"] = "team".into();
        let got = run(&set(&there), vec![own], "").deletion.unwrap();
        assert_eq!((got.next.as_ref(), got.held_by.as_slice()), (None, &[super::FINALIZER.to_owned()][..]));
        assert_eq!(waves(&got), [(None, vec!["b"])]);
    }

    #[test]
    fn more_steps_and_applications_than_are_looked_at() {
        let mut set = set(&json!({"deletionTimestamp": SINCE, "finalizers": [super::FINALIZER]}));
        set["spec"]["strategy"]["rollingSync"]["steps"] = json!(vec![json!({}); 500_001]);
        let got = run(&set, both(), "");
        assert_eq!(
            got.unknown[0].needs,
            "in which order the Applications are deleted: 500001 steps for 2 Applications are more than are looked at"
        );
    }

    #[test]
    fn whose_resources_stay() {
        let mut state = both();
        state[0]["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io/background"]);
        state[1]["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io/other"]);
        state[1]["metadata"]["deletionTimestamp"] = SINCE.into();
        let set = set(&json!({"deletionTimestamp": SINCE, "finalizers": [super::FINALIZER]}));
        let got = run(&set, state, "").deletion.unwrap();
        assert_eq!(got.next, Some(NextDeletion::Waits("b".to_owned())));
        let told: Vec<_> = got
            .waves
            .iter()
            .flat_map(|wave| &wave.applications)
            .map(|app| (app.going, app.keeps_resources))
            .collect();
        assert_eq!(told, [(true, true), (false, false)]);
    }
}
