//! Cases of the recorded expansions: what they say, and the world they describe.

#![allow(dead_code, reason = "each test uses its part")]

mod artifacts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use artifacts::Artifacts;
use seatrial_argocd::{
    Artifact, Expansion, Fixtures, Flags, Limits, PluginAnswer, PluginReply, RepoAnswer, RepoEntry,
    RepoEntryKind, Repositories, State, Version, World, expand,
};
use serde_json::{Value, json};

/// The folder of the tests.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// All cases, by file name and line.
pub(crate) fn cases() -> Vec<Value> {
    lines(&root().join("cases"))
}

/// The recorded answers of a version by case: those of the newest, and what each older one answers in another way than the
/// next.
pub(crate) fn recorded(version: Version) -> BTreeMap<String, Value> {
    let by_case = |lines: Vec<Value>| lines.into_iter().map(|answer| (id(&answer), answer));
    let mut answers: BTreeMap<String, Value> = by_case(lines(&root().join("recorded"))).collect();
    let [older @ .., _] = Version::KNOWN;
    for older in older.into_iter().rev().filter(|older| *older >= version) {
        answers.extend(by_case(read(&root().join(format!("recorded/older/{older}.jsonl")))));
    }
    answers
}

/// Cases whose answers differ for a known reason, listed in `known_differences.md`; those in which only an older version
/// answers otherwise begin with its number.
pub(crate) fn known_differences() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("known_differences.md")).unwrap_or_default();
    let names = |line: &str| -> Vec<String> {
        let listed = line.split_once(':').map_or("", |(names, _)| names);
        listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    text.lines().filter_map(|l| l.strip_prefix("- ")).flat_map(names).collect()
}

/// A case's name.
pub(crate) fn id(case: &Value) -> String {
    case["id"].as_str().unwrap_or_default().to_owned()
}

fn lines(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().filter(|f| f.extension().is_some_and(|e| e == "jsonl")).flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let one =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}: {line}", file.display()));
    text.lines().filter(|line| !line.is_empty()).map(one).collect()
}

/// The namespace of the controller.
pub(crate) fn namespace(case: &Value) -> String {
    case["controllerNamespace"].as_str().unwrap_or("argocd").to_owned()
}

/// The objects of a case, with those that are there by default.
pub(crate) fn state(case: &Value) -> State {
    let namespace = namespace(case);
    let mut objects: Vec<Value> = case["state"].as_array().cloned().unwrap_or_default();
    let has_default = objects.iter().any(|o| o["kind"] == "AppProject" && o["metadata"]["name"] == "default");
    if !has_default && case["noDefaultProject"] != true {
        objects.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default"}}));
    }
    State::new(&namespace, objects).complete()
}

/// The flags of a case.
pub(crate) fn flags(case: &Value) -> Flags {
    let flag = |name: &str| case["flags"][name] == true;
    Flags {
        new_git_file_globbing: flag("newGitFileGlobbing"),
        include_hidden_directories: flag("includeHiddenDirectories"),
        policy: case["flags"]["policy"].as_str().unwrap_or_default().to_owned(),
        enable_policy_override: !flag("disablePolicyOverride"),
        submodules: flag("submodules"),
        progressive_syncs: flag("progressiveSyncs"),
        ..Flags::default()
    }
}

/// The plugins of a case, by the ConfigMaps that name their addresses.
pub(crate) fn fixtures(case: &Value) -> Fixtures {
    let mut fixtures = Fixtures::from_json(&case["fixtures"]);
    for object in case["state"].as_array().into_iter().flatten().filter(|o| o["kind"] == "ConfigMap") {
        let url = object["data"]["baseUrl"].as_str().unwrap_or_default();
        let Some(answers) = case["plugins"][url].as_array() else { continue };
        let one = |answer: &Value| PluginAnswer {
            parameters: answer.get("parameters").cloned(),
            reply: match answer.get("output") {
                Some(output) => PluginReply::Parameters(output.clone()),
                None => PluginReply::Raw(
                    answer["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(200),
                    answer.get("body").map(ToString::to_string).unwrap_or_default(),
                ),
            },
        };
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        fixtures.plugin.insert(name.to_owned(), answers.iter().map(one).collect());
    }
    fixtures
}

/// What is expanded of a case.
pub(crate) fn run(case: &Value, version: Version) -> Expansion {
    let (state, fixtures, folders) = (state(case), fixtures(case), Folders::new(case));
    let world = World {
        namespace: namespace(case),
        version,
        flags: flags(case),
        state: &state,
        repositories: &folders,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let set = match &case["applicationSet"] {
        Value::String(text) => seatrial_yaml::goyaml::to_json(text).unwrap_or(Value::Null),
        object => object.clone(),
    };
    expand(&set, &world, &Limits::default())
}

/// Plain folders that stand for repositories.
pub(crate) struct Folders {
    repos: Value,
}

impl Folders {
    /// The repositories of a case.
    pub(crate) fn new(case: &Value) -> Self {
        Self { repos: case["repos"].clone() }
    }

    fn folder(&self, url: &str, revision: &str) -> RepoAnswer<PathBuf> {
        let normal = |u: &str| u.trim().to_lowercase().trim_end_matches(".git").to_owned();
        let repos = self.repos.as_object().cloned().unwrap_or_default();
        let found = repos
            .get(url)
            .or_else(|| repos.iter().find(|(k, _)| normal(k) == normal(url)).map(|(_, v)| v))
            .or_else(|| repos.get("*"));
        let Some(repo) = found else {
            return RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : oracle: the case has no folder for repository {url}"
            ));
        };
        let lists = |key: &str| repo[key].as_array().into_iter().flatten().any(|v| v == revision);
        let known = matches!(revision, "" | "HEAD" | "main") || lists("branches") || lists("tags");
        if !known && repo["anyRevision"] != true {
            return RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : unable to resolve '{revision}' to a commit SHA: revision not found"
            ));
        }
        RepoAnswer::Ok(root().join(repo["dir"].as_str().unwrap_or_default()))
    }
}

impl Repositories for Folders {
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        self.folder(url, revision).map(|folder| {
            let mut out = Vec::new();
            walk(&folder, "", &mut out);
            Arc::new(out)
        })
    }

    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        match self.folder(url, revision) {
            RepoAnswer::Ok(folder) => RepoAnswer::Ok(std::fs::read(folder.join(path)).unwrap().into()),
            RepoAnswer::Error(e) => RepoAnswer::Error(e),
            RepoAnswer::Unknown(e) => RepoAnswer::Unknown(e),
        }
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        artifact(&self.repos, url, revision)
    }
}

/// The artifact of a case's repository.
pub(crate) fn artifact(repos: &Value, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
    let artifacts = repos[url]["artifacts"].as_array().map_or(&[][..], Vec::as_slice);
    seatrial_argocd::oci::artifact(url, revision, &Artifacts::new(artifacts)).map(Arc::new)
}

fn walk(folder: &Path, prefix: &str, out: &mut Vec<RepoEntry>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap().to_string_lossy().into_owned();
            out.push(RepoEntry { path, kind: RepoEntryKind::Symlink(target) });
        } else if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), out);
        } else {
            out.push(RepoEntry { path, kind: RepoEntryKind::File });
        }
    }
}
