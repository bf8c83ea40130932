//! Expansions compared with what Argo CD 3.6.1, 3.5.7, 3.4.13 and 3.3.19 answered.
//!
//! Cases are `cases/*.jsonl`, the answers `recorded/*.jsonl`; `cargo xtask record argocd` asks anew. What an older version
//! answers in another way than the next is in `recorded/older`.

mod support;

use seatrial_argocd::{Condition, Expansion, Fate, Rollout, RolloutStatus, Version};
use serde_json::{Value, json};
use support::{cases, id, known_differences, recorded, run};

/// Our answer in the shape of the recorded one.
fn answer(case: &Value, version: Version) -> Value {
    let got = run(case, version);
    let (reason, error) = got.reported().map(|(r, e)| (r.to_owned(), e.to_owned())).unwrap_or_default();
    let stopped = got.conditions.is_empty()
        || got.conditions.iter().any(|c| c.kind == "ParametersGenerated" && !c.status);
    let mut applications: Vec<Value> = Vec::new();
    if !stopped {
        applications = got.generated.iter().map(|g| Value::clone(&g.application)).collect();
    }
    applications
        .sort_by_key(|a| (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string()));
    let mut created: Vec<&str> = got.generated.iter().filter(|g| g.created).map(|g| g.name()).collect();
    created.sort_unstable();
    let error = without_digests(&error);
    json!({"applications": applications, "created": created, "reason": reason, "error": error, "unknown": got.unknown.iter().map(|u| u.needs.clone()).collect::<Vec<_>>()})
}

fn expected(recorded: &Value) -> Value {
    let mut applications = recorded["applications"].as_array().cloned().unwrap_or_default();
    applications
        .sort_by_key(|a| (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string()));
    json!({"applications": applications, "created": recorded["created"], "reason": recorded["reason"],
        "error": without_digests(recorded["error"].as_str().unwrap_or_default()), "unknown": []})
}

/// Digests of artifacts depend on who compressed them.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let made = hash == 64 && !part.starts_with("000000");
        out.push_str(if made { "DIGEST" } else { "sha256:" });
        out.push_str(if made { &part[hash..] } else { part });
    }
    out
}

/// Whether a case is of one reconciliation; the others are compared turn by turn (`deletion.rs`).
fn once(case: &Value) -> bool {
    case["reconciles"].is_null()
}

/// Compares all cases in all versions. `one` gets a case, the version's answer, the version, and whether it is known to
/// differ; it says what is different, or nothing where there is nothing to compare.
fn compare(least: usize, one: impl Fn(&Value, &Value, Version, bool) -> Option<Vec<String>>) {
    let (cases, known) = (cases(), known_differences());
    for version in Version::KNOWN {
        let recorded = recorded(version);
        let (mut different, mut count) = (Vec::new(), 0);
        for case in cases.iter().filter(|case| once(case)) {
            let id = id(case);
            let Some(answered) = recorded.get(&id) else {
                different.push(format!("{id}: not recorded"));
                continue;
            };
            let known = known.contains(&id) || known.contains(&format!("{version} {id}"));
            if let Some(found) = one(case, answered, version, known) {
                count += 1;
                different.extend(found.into_iter().map(|text| format!("{id}: {text}")));
            }
        }
        assert!(count >= least, "{version}: {count}");
        assert!(
            different.is_empty(),
            "Argo CD {version}: {} differences in {count}:\n{}",
            different.len(),
            different.join("\n")
        );
    }
}

#[test]
fn as_argo_cd_answered() {
    compare(1000, |case, answered, version, known| {
        // The API server's judgement of the set itself is the schema's business.
        if answered["reason"] == "AdmissionError" {
            return None;
        }
        // What the judge has no fixture for is unknown to us.
        if answered["reason"] == "NoFixture" {
            let known = run(case, version).unknown.is_empty();
            return known.then(|| vec!["should be unknown".to_owned()]);
        }
        let (mut ours, theirs) = (answer(case, version), expected(answered));
        if case["live"] == true {
            // What exists counts as created there.
            ours["created"] = theirs["created"].clone();
        }
        if case["flags"]["progressiveSyncs"] == true {
            // They are listed there as they were before the rollout took them; afterwards they are compared below.
            ours["applications"] = theirs["applications"].clone();
        }
        let keys = ["reason", "error", "created", "applications", "unknown"];
        let told = |key: &&str| format!("{key}\n    ours   {}\n    theirs {}", ours[*key], theirs[*key]);
        let found: Vec<String> = keys.iter().filter(|key| ours[**key] != theirs[**key]).map(told).collect();
        match known {
            true if found.is_empty() => Some(vec!["is the same, but named as known to differ".to_owned()]),
            true => Some(Vec::new()),
            false => Some(found),
        }
    });
}

/// What existing Applications of a case's set are afterwards, by our account.
fn left(case: &Value, got: &Expansion) -> Vec<Value> {
    let before = case["state"].as_array().cloned().unwrap_or_default();
    let mut after = Vec::new();
    for app in before.into_iter().filter(|object| object["kind"] == "Application") {
        let own = app["metadata"]["ownerReferences"][0]["name"] == case["applicationSet"]["metadata"]["name"];
        match got.existing.iter().find(|existing| app["metadata"]["name"] == *existing.name) {
            Some(existing) => {
                let metadata = &existing.application["metadata"];
                let goes = existing.fate == Fate::Deleted || !metadata["deletionTimestamp"].is_null();
                // What a finalizer holds is still there.
                if !goes || metadata["finalizers"].as_array().is_some_and(|held| !held.is_empty()) {
                    after.push(bare(existing.application.clone()));
                }
            }
            // The judge lists those of the set.
            None if own => after.push(bare(app)),
            None => {}
        }
    }
    after.sort_by_key(|app| app["metadata"]["name"].to_string());
    after
}

/// An Application without what neither side is asked about: whose it is, and what other controllers write.
fn bare(mut app: Value) -> Value {
    app.as_object_mut().unwrap().remove("status");
    for key in ["ownerReferences", "deletionTimestamp"] {
        app["metadata"].as_object_mut().unwrap().remove(key);
    }
    if app["metadata"]["finalizers"].as_array().is_some_and(Vec::is_empty) {
        app["metadata"].as_object_mut().unwrap().remove("finalizers");
    }
    app
}

#[test]
fn existing_applications_become_what_argo_cd_makes_of_them() {
    compare(60, |case, answered, version, known| {
        if case["live"] != true || known {
            return None;
        }
        let ours = left(case, &run(case, version));
        let theirs = answered["live"].as_array().cloned().unwrap_or_default();
        let was_there = |app: &Value| {
            case["state"].as_array().unwrap().iter().any(|o| o["metadata"]["name"] == app["metadata"]["name"])
        };
        let theirs: Vec<Value> = theirs.into_iter().filter(was_there).map(bare).collect();
        let told = || format!("\n  ours   {}\n  theirs {}", json!(ours), json!(theirs));
        Some((ours != theirs).then(told).into_iter().collect())
    });
}

/// Where a rollout is, by our account, in the shape of the recorded one.
fn statuses(rollout: &Rollout) -> Value {
    let one = |s: &RolloutStatus| {
        json!({"application": s.application, "status": s.status, "message": s.message, "step": s.step.to_string(),
            "targetRevisions": s.target_revisions})
    };
    rollout.statuses.iter().map(one).collect()
}

/// The recorded statuses, by name. Where nothing changes they stand as they stood; no revisions are told in two ways.
fn recorded_statuses(answer: &Value) -> Value {
    let mut statuses = answer["rollout"].as_array().cloned().unwrap_or_default();
    for status in &mut statuses {
        if status["targetRevisions"].is_null() {
            status["targetRevisions"] = json!([]);
        }
    }
    statuses.sort_by_key(|status| status["application"].to_string());
    statuses.into()
}

/// The conditions that a rollout adds.
fn conditions(got: &Expansion) -> Value {
    let kinds = ["InvalidRolloutConfig", "RolloutProgressing"];
    let added = got.conditions.iter().filter(|c| kinds.contains(&c.kind.as_str()));
    let one = |c: &Condition| {
        let status = if c.status { "True" } else { "False" };
        json!({"type": c.kind, "status": status, "reason": c.reason, "message": c.message})
    };
    added.map(one).collect()
}

/// The Applications of a case's set afterwards: what exists, and what is created.
fn afterwards(case: &Value, got: &Expansion) -> Value {
    let mut all = left(case, got);
    for made in got.generated.iter().filter(|made| made.created) {
        if all.iter().all(|there| there["metadata"]["name"] != *made.name()) {
            all.push(bare(Value::clone(&made.application)));
        }
    }
    all.sort_by_key(|app| app["metadata"]["name"].to_string());
    all.into()
}

#[test]
fn rolling_syncs_go_on_as_argo_cd_goes_on_with_them() {
    compare(100, |case, theirs, version, known| {
        if case["flags"]["progressiveSyncs"] != true || known {
            return None;
        }
        let got = run(case, version);
        let live = theirs["live"].as_array().cloned().unwrap_or_default();
        let mut compared = vec![
            (conditions(&got), theirs.get("conditions").cloned().unwrap_or_else(|| json!([]))),
            (afterwards(case, &got), live.into_iter().map(bare).collect()),
        ];
        if let Some(rollout) = &got.rollout {
            compared.push((statuses(rollout), recorded_statuses(theirs)));
        }
        let differing = compared.into_iter().filter(|(ours, theirs)| ours != theirs);
        Some(differing.map(|(ours, theirs)| format!("\n  ours   {ours}\n  theirs {theirs}")).collect())
    });
}
