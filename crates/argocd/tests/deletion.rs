//! Sets that are deleted, turn by turn, compared with what Argo CD 3.6.1 did.
//!
//! Cases are those of `cases/*.jsonl` with `reconciles`; an answer has a turn for each reconciliation.

mod support;

use seatrial_argocd::{Deletion, DeletionWave, Fate, NextDeletion, Version};
use serde_json::{Map, Value, json};
use support::{cases, id, recorded, run};

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// For ever being deleted, and not yet for two minutes.
const JUST_NOW: &str = "2199-01-01T00:00:00Z";

fn names(wave: &DeletionWave) -> Vec<&str> {
    wave.applications.iter().map(|application| application.name.as_str()).collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// An Application of a case's state, in the set's namespace.
fn application<'c>(case: &'c Value, name: &str) -> &'c Value {
    let found = case["state"].as_array().unwrap().iter().find(|object| is(object, name));
    found.unwrap_or_else(|| panic!("{}: no Application {name}", id(case)))
}

fn is(object: &Value, name: &str) -> bool {
    object["kind"] == "Application"
        && object["metadata"]["name"] == name
        && object["metadata"]["namespace"] == "argocd"
}

/// The next turn by our account, in the shape of the recorded one.
fn turn(case: &Value, got: &Deletion) -> Value {
    let mut turn = Map::new();
    let mut put = |key: &str, value: Vec<&str>| {
        if !value.is_empty() {
            turn.insert(key.to_owned(), json!(value));
        }
    };
    let mut left: Vec<&str> = got.waves.iter().flat_map(names).collect();
    left.sort_unstable();
    let mut finalizers = strings(&case["applicationSet"]["metadata"]["finalizers"]);
    // Where Kubernetes deletes them all, the order of the steps is not told.
    let choices = got.waves.first().filter(|wave| wave.step.is_some()).map(names).unwrap_or_default();
    let (mut requeue, mut error) = (false, false);
    match &got.next {
        Some(NextDeletion::Deletes(name)) => {
            requeue = true;
            put("choices", choices);
            if strings(&application(case, name)["metadata"]["finalizers"]).is_empty() {
                put("deleted", vec![name]);
                left.retain(|one| one != name);
            } else {
                put("marked", vec![name]);
            }
        }
        Some(NextDeletion::Waits(name)) => {
            put("choices", choices);
            let since = application(case, name)["metadata"]["deletionTimestamp"].as_str().unwrap();
            requeue = since == JUST_NOW;
            error = !requeue;
        }
        Some(NextDeletion::Releases) => {
            put("orphaned", got.kept.iter().map(String::as_str).collect());
            finalizers.retain(|one| *one != FINALIZER);
        }
        None => {}
    }
    put("left", left);
    let gone = finalizers.is_empty();
    put("finalizers", finalizers);
    if gone {
        turn.insert("gone".to_owned(), Value::Bool(true));
    }
    if requeue {
        turn.insert("requeueAfter".to_owned(), "10s".into());
    }
    if error {
        turn.insert("error".to_owned(), "application has not been deleted in over 2 minutes".into());
    }
    turn.into()
}

/// A case after a turn and before the next: what is being deleted is gone, unless the case says that it is stuck.
fn after(mut case: Value, turn: &Value) -> Value {
    let stuck: Vec<String> = strings(&case["stuck"]).into_iter().map(str::to_owned).collect();
    case["applicationSet"]["metadata"]["finalizers"] = turn["finalizers"].clone();
    let state = case["state"].as_array_mut().unwrap();
    let among = |list: &Value, object: &Value| strings(list).iter().any(|name| is(object, name));
    state.retain(|object| !among(&turn["deleted"], object));
    for object in state.iter_mut() {
        if among(&turn["marked"], object) {
            object["metadata"]["deletionTimestamp"] = JUST_NOW.into();
        }
        if among(&turn["orphaned"], object) {
            object["metadata"]["ownerReferences"] = json!([]);
        }
    }
    state.retain(|object| {
        object["metadata"]["deletionTimestamp"].is_null() || stuck.iter().any(|name| is(object, name))
    });
    case
}

#[test]
fn every_turn_of_a_deletion_is_as_argo_cd_did_it() {
    let recorded = recorded(Version::NEWEST);
    let (mut different, mut count) = (Vec::new(), 0);
    let deleted = |case: &Value| !case["applicationSet"]["metadata"]["deletionTimestamp"].is_null();
    for mut case in cases().into_iter().filter(|case| !case["reconciles"].is_null() && deleted(case)) {
        for (number, theirs) in recorded[&id(&case)]["turns"].as_array().unwrap().iter().enumerate() {
            count += 1;
            let got = run(&case, Version::NEWEST);
            let deletion = got.deletion.unwrap();
            assert_eq!(deletion.since.as_deref(), Some("2026-01-02T00:00:00Z"));
            assert!(got.generated.is_empty() && got.conditions.is_empty() && got.unknown.is_empty());
            let (ours, mut theirs) = (turn(&case, &deletion), theirs.clone());
            if deletion.waves.first().is_some_and(|wave| wave.step.is_none()) {
                theirs.as_object_mut().unwrap().remove("choices");
            }
            if ours != theirs {
                different.push(format!("{} {number}:\n  ours   {ours}\n  theirs {theirs}", id(&case)));
            }
            case = after(case, &theirs);
        }
    }
    assert!(count > 400, "{count}");
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}

/// The whole deletion, as it is told at first: who is deleted one after another, who by Kubernetes, who stays.
#[test]
fn the_order_that_is_told_is_the_one_that_argo_cd_takes() {
    let recorded = recorded(Version::NEWEST);
    let (mut different, mut count) = (Vec::new(), 0);
    for case in cases().into_iter().filter(|case| !case["reconciles"].is_null()) {
        let turns = recorded[&id(&case)]["turns"].as_array().unwrap();
        let got = run(&case, Version::NEWEST);
        let later = case["delete"] == true;
        if later {
            let (mut marked, mut deleted) = (Vec::new(), Vec::new());
            for existing in &got.existing {
                let metadata = &existing.application["metadata"];
                let going = !metadata["deletionTimestamp"].is_null();
                let goes = going || existing.fate == Fate::Deleted;
                if goes && strings(&metadata["finalizers"]).is_empty() {
                    deleted.push(existing.name.as_str());
                } else if goes && !going {
                    marked.push(existing.name.as_str());
                }
            }
            assert_eq!(
                (marked, deleted),
                (strings(&turns[0]["marked"]), strings(&turns[0]["deleted"])),
                "{}",
                id(&case)
            );
        }
        let turns = &turns[usize::from(later)..];
        let told = got.deletion.unwrap_or_default();
        let stuck = strings(&case["stuck"]);
        let applications = || told.waves.iter().flat_map(|wave| &wave.applications);
        // What was being deleted before the set goes by itself, unless it is stuck.
        let goes = |name: &str| {
            let there = || case["state"].as_array().unwrap().iter().filter(|object| is(object, name));
            let going = there().any(|object| !object["metadata"]["deletionTimestamp"].is_null());
            (going || applications().any(|one| one.name == name && one.going)) && !stuck.contains(&name)
        };
        let staying = |names: Vec<&str>| names.into_iter().filter(|name| !goes(name)).collect::<Value>();
        let (stepwise, at_once): (Vec<_>, Vec<_>) = told.waves.iter().partition(|wave| wave.step.is_some());
        let (mut ours, mut theirs) = (json!({}), json!({}));
        let foreground =
            strings(&case["applicationSet"]["metadata"]["finalizers"]).contains(&"foregroundDeletion");
        if !foreground {
            let first = |wave: &&DeletionWave| !later || !names(wave).into_iter().all(goes);
            let choices = stepwise.iter().copied().find(first).map(names).unwrap_or_default();
            let taken = turns.first().map(|turn| strings(&turn["choices"])).unwrap_or_default();
            ours["choices"] = if later { staying(choices) } else { json!(choices) };
            theirs["choices"] = json!(taken);
        }
        if stuck.is_empty() && !foreground {
            let taken =
                turns.iter().flat_map(|turn| [strings(&turn["deleted"]), strings(&turn["marked"])].concat());
            ours["order"] = staying(stepwise.iter().copied().flat_map(names).collect());
            theirs["order"] = taken.collect();
        }
        let last = turns.last().cloned().unwrap_or_default();
        if last["gone"] == true && !(later && told == Deletion::default()) {
            ours["left"] = staying(at_once.iter().copied().flat_map(names).collect());
            theirs["left"] = staying(strings(&last["left"]));
            ours["orphaned"] = staying(told.kept.iter().map(String::as_str).collect());
            theirs["orphaned"] = staying(strings(&last["orphaned"]));
        }
        count += 1;
        if ours != theirs {
            different.push(format!("{}:\n  ours   {ours}\n  theirs {theirs}", id(&case)));
        }
    }
    assert!(count > 200, "{count}");
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}
