//! Applications rendered as the repo server of Argo CD 3.6.1 with Helm 4.3.1 rendered them.
//!
//! Cases are `render/cases.jsonl` over the repositories of `render/repos`, the answers `render/recorded.jsonl`;
//! `cargo xtask record` asks again.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_argocd::versions::max_version;
use seatrial_argocd::{
    ChartCache, Fixtures, RenderOptions, Renderer, Rendering, RepoAnswer, RepoEntry, Repositories, Version,
    World,
};
use serde_json::{Value, json};
use support::{Folders, flags, id, known_differences, namespace, root, state};

/// The repositories of the cases, with the commits that were recorded.
struct Recorded {
    folders: Folders,
    commits: BTreeMap<String, String>,
}

impl Recorded {
    /// The tag that a constraint means; all repositories with tags have the same.
    fn tag(revision: &str) -> String {
        max_version(revision, ["v1.0.0", "v1.2.0"], "").unwrap_or_else(|_| revision.to_owned())
    }
}

impl Repositories for Recorded {
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        self.folders.entries(url, &Self::tag(revision))
    }

    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        self.folders.read(url, &Self::tag(revision), path)
    }

    fn commit(&self, url: &str, _: &str) -> RepoAnswer<String> {
        match self.commits.get(&address(url)) {
            Some(commit) => RepoAnswer::Ok(commit.clone()),
            None => RepoAnswer::Unknown(url.to_owned()),
        }
    }
}

fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("render").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run(case: &Value, commits: &BTreeMap<String, String>, charts: &ChartCache) -> Rendering {
    let repositories = Recorded { folders: Folders::new(case), commits: commits.clone() };
    let (state, fixtures) = (state(case), Fixtures::default());
    let world = World {
        namespace: namespace(case),
        version: Version::NEWEST,
        flags: flags(case),
        state: &state,
        repositories: &repositories,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let texts = |key: &str| -> Vec<String> {
        let list = case[key].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let options = RenderOptions {
        kube_version: case["kubeVersion"].as_str().map(str::to_owned),
        api_versions: Some(texts("apiVersions")),
        ..RenderOptions::default()
    };
    Renderer::new(&world, charts).render(&case["application"], &options)
}

/// Our answer in the shape of the recorded one.
fn answer(got: &Rendering) -> Value {
    let manifests: Vec<&Value> = got.resources.iter().map(|resource| &resource.object).collect();
    let (error, reason) = got.error.as_ref().map(|e| (e.message.as_str(), e.condition)).unwrap_or_default();
    let unknown: Vec<&str> = got.unknown.iter().map(|unknown| unknown.needs.as_str()).collect();
    let commands: Vec<Vec<&str>> =
        got.sources.iter().map(|source| source.command.iter().map(String::as_str).collect()).collect();
    let types: Vec<&str> = got.sources.iter().map(|source| source.kind.name()).collect();
    let ok = got.error.is_none();
    json!({
        "manifests": manifests, "error": error, "reason": reason, "unknown": unknown,
        "commands": if ok { json!(commands) } else { json!([]) },
        "sourceTypes": if ok { json!(types) } else { json!([]) },
    })
}

#[test]
fn as_argo_cd_answered() {
    let repos: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("render/repos.json")).unwrap()).unwrap();
    let recorded: BTreeMap<String, Value> =
        lines("recorded.jsonl").into_iter().map(|answer| (id(&answer), answer)).collect();
    let known = known_differences();
    let charts = ChartCache::default();
    let cases = lines("cases.jsonl");
    let commits = commits(&cases, &recorded);
    let (mut different, mut count) = (Vec::new(), 0);
    for mut case in cases {
        let name = id(&case);
        case["repos"] = repos.clone();
        let Some(theirs) = recorded.get(&name) else {
            different.push(format!("{name}: not recorded"));
            continue;
        };
        let got = run(&case, &commits, &charts);
        // What the judge cannot answer is unknown to us.
        if theirs["reason"] == "unsupported" {
            continue;
        }
        count += 1;
        let ours = answer(&got);
        let same = ["manifests", "reason", "error", "sourceTypes", "commands"]
            .iter()
            .all(|key| ours[key] == theirs[key])
            && got.unknown.is_empty();
        if same == known.contains(&name) {
            let mut text = format!("{name}:");
            for key in ["reason", "error", "unknown", "sourceTypes", "commands", "manifests"] {
                if ours[key] != theirs[key] && !(key == "unknown" && got.unknown.is_empty()) {
                    text.push_str(&format!(
                        "\n  {key}\n    ours   {}\n    theirs {}",
                        ours[key], theirs[key]
                    ));
                }
            }
            different.push(text);
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}

/// The commits of the repositories, from the answers that have them.
fn commits(cases: &[Value], recorded: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for case in cases {
        let spec = &case["application"]["spec"];
        let one = [spec["source"].clone()];
        let sources = spec["sources"].as_array().map_or(one.as_slice(), Vec::as_slice);
        let answer = recorded.get(&id(case)).unwrap_or(&Value::Null);
        let revisions = answer["revisions"].as_array().into_iter().flatten();
        for (source, revision) in sources.iter().zip(revisions) {
            if let (Some(url), Some(revision)) = (source["repoURL"].as_str(), revision.as_str()) {
                found.insert(address(url), revision.to_owned());
            }
        }
    }
    found
}

/// What all ways to write an address have in common.
fn address(url: &str) -> String {
    url.to_lowercase().trim_end_matches(".git").to_owned()
}
