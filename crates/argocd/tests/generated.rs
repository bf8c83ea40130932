//! Generated ApplicationSets (`cargo xtask generate-cases sets`) against the answers of Argo CD 3.6.1.
//!
//! Each line of `recorded/generated.jsonl` names an entry of `recorded/worlds.json`: state, repositories, services, flags.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_argocd::{
    Artifact, Limits, RepoAnswer, RepoEntry, RepoEntryKind, Repositories, Version, World, expand,
};
use serde_json::{Value, json};
use support::{fixtures, flags, namespace, root, state};

/// The files a world gives its repositories; `-> target` stands for a link.
struct Files<'a>(&'a Value);

impl Files<'_> {
    fn at(&self, url: &str, revision: &str) -> RepoAnswer<&serde_json::Map<String, Value>> {
        let Some(repo) = self.0["repos"].get(url) else {
            return RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : oracle: the case has no folder for repository {url}"
            ));
        };
        let named = |key: &str| repo[key].as_array().into_iter().flatten().any(|v| v == revision);
        if !matches!(revision, "" | "HEAD" | "main") && !named("branches") && !named("tags") {
            return RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : unable to resolve '{revision}' to a commit SHA: revision not found"
            ));
        }
        repo["files"].as_object().map_or(RepoAnswer::Unknown("files".into()), RepoAnswer::Ok)
    }
}

impl Repositories for Files<'_> {
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        self.at(url, revision).map(|files| {
            let entry = |(path, text): (&String, &Value)| {
                let kind = match text.as_str().and_then(|t| t.strip_prefix("-> ")) {
                    Some(target) => RepoEntryKind::Symlink(target.to_owned()),
                    None => RepoEntryKind::File,
                };
                RepoEntry { path: path.clone(), kind }
            };
            Arc::new(files.iter().map(entry).collect())
        })
    }

    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        self.at(url, revision).map(|files| files[path].as_str().unwrap_or_default().as_bytes().into())
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        support::artifact(&self.0["repos"], url, revision)
    }
}

/// Our answer in the shape of the judge's.
fn ours(case: &Value) -> Value {
    let (state, fixtures) = (state(case), fixtures(case));
    let world = World {
        namespace: namespace(case),
        version: Version::NEWEST,
        flags: flags(case),
        state: &state,
        repositories: &Files(case),
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let got = expand(&case["applicationSet"], &world, &Limits::default());
    let (reason, error) = got.reported().map(|(r, e)| (r.to_owned(), e.to_owned())).unwrap_or_default();
    let mut applications: Vec<&Value> =
        if got.stopped() { Vec::new() } else { got.generated.iter().map(|g| &*g.application).collect() };
    applications
        .sort_by_key(|a| (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string()));
    let mut created: Vec<&str> = got.generated.iter().filter(|g| g.created).map(|g| g.name()).collect();
    created.sort_unstable();
    let conditions: Vec<Value> = got.conditions.iter().map(|c| {
        json!({"type": c.kind, "status": if c.status { "True" } else { "False" }, "reason": c.reason, "message": c.message})
    }).collect();
    let unknown: Vec<&String> = got.unknown.iter().map(|u| &u.needs).collect();
    json!({"applications": applications, "created": created, "reason": reason, "error": error, "conditions": conditions, "unknown": unknown})
}

#[test]
fn as_argo_cd_answers() {
    let read = |name: &str| std::fs::read_to_string(root().join("recorded").join(name)).unwrap();
    let worlds: BTreeMap<String, Value> = serde_json::from_str(&read("worlds.json")).unwrap();
    let (mut count, mut different) = (0, Vec::new());
    for (number, line) in read("generated.jsonl").lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let mut theirs = line["answer"].clone();
        // The message names the commit and a random folder of the repo server.
        if theirs["error"].as_str().is_some_and(|e| e.contains("is a directory")) {
            continue;
        }
        // What the API server refuses of the set itself is the schema's business.
        if theirs["reason"] == "AdmissionError" {
            continue;
        }
        // Text is what `argocd appset create` parses: the YAML room's business. What has no fixture is unknown to us.
        if line["applicationSet"].is_string() || theirs["reason"] == "NoFixture" {
            continue;
        }
        let mut case = worlds[line["world"].as_str().unwrap()].clone();
        case["applicationSet"] = line["applicationSet"].clone();
        count += 1;
        let got = ours(&case);
        theirs["unknown"] = json!([]);
        if let Some(list) = theirs["applications"].as_array_mut() {
            list.sort_by_key(|a| {
                (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string())
            });
        }
        let keys = ["reason", "error", "created", "applications", "conditions", "unknown"];
        let wrong: Vec<String> = keys
            .iter()
            .filter(|k| got[**k] != *theirs.get(**k).unwrap_or(&json!([])))
            .map(|k| {
                format!("  {k}\n    argocd {}\n    ours   {}", theirs.get(*k).unwrap_or(&json!([])), got[*k])
            })
            .collect();
        if !wrong.is_empty() {
            different.push(format!("line {} {}\n{}", number + 1, line["world"], wrong.join("\n")));
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}
