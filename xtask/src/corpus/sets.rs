//! `cargo xtask corpus sets DIR`: every ApplicationSet of a folder of repositories, expanded by `seatrial expand` and by the
//! real controller in one and the same world: the repository stands for every address, and clusters are made up so that the
//! selectors found there match something.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use rayon::prelude::*;
use seatrial_yaml::goyaml;
use serde_json::{Map, Value, json};

use crate::{judge, paths, tool};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of repositories
    dir: PathBuf,
    /// Only repositories whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Use this program in place of a fresh build
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// What came of one repository.
#[derive(Default)]
struct Count {
    sets: usize,
    equal: usize,
    errors: usize,
    unknown: usize,
    different: usize,
    applications: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = match &args.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => tool::build(true)?,
    };
    let mut repositories: Vec<PathBuf> = fs::read_dir(&args.dir)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .filter(|path| args.only.as_ref().is_none_or(|only| path.to_string_lossy().contains(only.as_str())))
        .collect();
    repositories.sort();
    let mut total = Count::default();
    for repository in &repositories {
        let count = compare(&binary, &std::path::absolute(repository)?)?;
        let name = repository.file_name().unwrap_or_default().to_string_lossy();
        print(&name, &count);
        total.sets += count.sets;
        total.equal += count.equal;
        total.errors += count.errors;
        total.unknown += count.unknown;
        total.different += count.different;
        total.applications += count.applications;
    }
    print("all", &total);
    ensure!(total.different == 0, "{} sets expand differently", total.different);
    Ok(())
}

fn print(name: &str, count: &Count) {
    println!(
        "{name}: {} sets, {} equal ({} Applications, {} of the sets with the same error), {} unknown, {} different",
        count.sets, count.equal, count.applications, count.errors, count.unknown, count.different
    );
}

fn compare(binary: &Path, repository: &Path) -> Result<Count> {
    let sets = sets(repository)?;
    let mut count = Count { sets: sets.len(), ..Count::default() };
    if sets.is_empty() {
        return Ok(count);
    }
    let fixtures = fixtures(&sets);
    let mut state = state(&sets);
    for name in fixtures["plugin"].as_object().into_iter().flat_map(Map::keys) {
        state.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "argocd"},
            "data": {"baseUrl": format!("http://{name}.example.org"), "token": "$plugin.token"},
        }));
    }
    let work = tempfile::tempdir()?;
    fs::write(work.path().join("seatrial.yaml"), platform(repository, &fixtures).to_string())?;
    let list = json!({"apiVersion": "v1", "kind": "List", "items": state});
    fs::write(work.path().join("state.yaml"), list.to_string())?;
    let ours: Vec<Value> = sets
        .par_iter()
        .enumerate()
        .map(|(index, (_, set))| {
            let file = work.path().join(format!("{index}.json"));
            fs::write(&file, set.to_string())?;
            let file = file.to_string_lossy().into_owned();
            let (_, out, ..) = tool::run(binary, work.path(), &["expand", "--format", "json", &file])?;
            Ok(serde_json::from_slice(&out).unwrap_or(Value::Null))
        })
        .collect::<Result<_>>()?;
    let known: Vec<usize> =
        (0..sets.len()).filter(|&i| ours[i]["unknown"].as_array().is_some_and(Vec::is_empty)).collect();
    count.unknown = sets.len() - known.len();
    let repos = json!({"*": {"dir": repository, "anyRevision": true}});
    let question =
        |set: &Value| json!({"applicationSet": set, "repos": repos, "state": state, "fixtures": fixtures});
    let questions = known.iter().map(|&i| question(&sets[i].1)).collect();
    let answers = judge::ask_in(paths::root(), "argocd", questions)?;
    for (&index, answer) in known.iter().zip(answers) {
        let (file, set) = &sets[index];
        let (mine, theirs) = (of_ours(&ours[index]), of_theirs(&answer));
        if mine == theirs {
            count.equal += 1;
            count.applications += mine.0.len();
            count.errors += usize::from(!mine.1.is_empty());
            continue;
        }
        count.different += 1;
        println!(
            "{file} {}:\n  ours   {}\n  theirs {}",
            set["metadata"]["name"],
            shown(&mine),
            shown(&theirs)
        );
    }
    Ok(count)
}

fn shown((applications, error): &(Vec<Value>, String)) -> String {
    format!("{} {error:?} {}", applications.len(), Value::Array(applications.clone()))
}

/// The Applications that are created, and the first error.
fn of_ours(answer: &Value) -> (Vec<Value>, String) {
    let applications = answer["applications"].as_array().cloned().unwrap_or_default();
    (sorted(applications), answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned())
}

fn of_theirs(answer: &Value) -> (Vec<Value>, String) {
    let created: BTreeSet<&str> =
        answer["created"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let applications = answer["applications"].as_array().into_iter().flatten();
    let applications = applications
        .filter(|application| created.contains(application["metadata"]["name"].as_str().unwrap_or_default()))
        .cloned()
        .collect();
    (sorted(applications), answer["error"].as_str().unwrap_or_default().to_owned())
}

fn sorted(mut applications: Vec<Value>) -> Vec<Value> {
    applications.sort_by_cached_key(Value::to_string);
    applications
}

/// Every ApplicationSet that go-yaml can read, with its file.
fn sets(repository: &Path) -> Result<Vec<(String, Value)>> {
    let mut out = Vec::new();
    for ext in ["yaml", "yml"] {
        for file in paths::files(repository, ext)? {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            if !text.contains("ApplicationSet") {
                continue;
            }
            let shown = file.strip_prefix(repository).unwrap_or(&file).display().to_string();
            for document in goyaml::documents(&text).unwrap_or_default() {
                if let Ok(mut object) = goyaml::to_json(document.text(&text))
                    && object["kind"] == "ApplicationSet"
                    && object["spec"].is_object()
                {
                    // Whatever namespace the repository's Argo CD has, here it is this one.
                    object["metadata"]["namespace"] = "argocd".into();
                    out.push((shown.clone(), object));
                }
            }
        }
    }
    Ok(out)
}

fn platform(repository: &Path, fixtures: &Value) -> Value {
    json!({
        "argocd": {"version": "3.6.1", "namespace": "argocd", "state": ["state.yaml"]},
        "repositories": {"*": {"path": repository, "anyRevision": true}},
        "fixtures": fixtures,
    })
}

/// What plugins answer: one set of parameters, which has every name that the sets hand to that plugin.
fn fixtures(sets: &[(String, Value)]) -> Value {
    let mut answers: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (_, set) in sets {
        plugins(&set["spec"]["generators"], &mut answers);
    }
    let plugin: Map<String, Value> =
        answers.into_iter().map(|(name, parameters)| (name, json!([parameters]))).collect();
    json!({ "plugin": plugin })
}

fn plugins(value: &Value, out: &mut BTreeMap<String, Map<String, Value>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| plugins(item, out)),
        Value::Object(map) => {
            if let Some(name) = value.pointer("/plugin/configMapRef/name").and_then(Value::as_str) {
                let answer = out.entry(name.to_owned()).or_default();
                let asked = value.pointer("/plugin/input/parameters").and_then(Value::as_object);
                for item in
                    asked.into_iter().flat_map(|asked| asked.values()).filter_map(Value::as_array).flatten()
                {
                    if let Some(name) = item.as_str() {
                        answer.insert(name.to_owned(), format!("the-{name}").into());
                    }
                }
            }
            map.values().for_each(|item| plugins(item, out));
        }
        _ => {}
    }
}

/// Three clusters whose labels and annotations are those that the sets ask for, and the projects that they name.
fn state(sets: &[(String, Value)]) -> Vec<Value> {
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut projects: BTreeSet<String> = BTreeSet::new();
    let mut annotations: BTreeSet<String> = BTreeSet::new();
    for (_, set) in sets {
        selectors(&set["spec"]["generators"], &mut labels);
        if let Some(project) = set.pointer("/spec/template/spec/project").and_then(Value::as_str) {
            projects.insert(project.to_owned());
        }
        asked_for(&set.to_string(), "metadata.annotations.", &mut annotations);
        let mut named = BTreeSet::new();
        asked_for(&set.to_string(), "metadata.labels.", &mut named);
        for name in named {
            labels.entry(name).or_default();
        }
    }
    let mut out = Vec::new();
    for (index, name) in ["dev", "staging", "prod"].into_iter().enumerate() {
        let mut own = Map::new();
        for (key, values) in &labels {
            let values: Vec<&String> = values.iter().collect();
            let value = values.get(index % values.len().max(1)).map_or(name, |value| value.as_str());
            own.insert(key.clone(), value.into());
        }
        own.insert("argocd.argoproj.io/secret-type".into(), "cluster".into());
        let notes: Map<String, Value> =
            annotations.iter().map(|key| (key.clone(), format!("{key}-{name}").into())).collect();
        out.push(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": format!("cluster-{name}"), "namespace": "argocd", "labels": own, "annotations": notes},
            "stringData": {"name": name, "server": format!("https://{name}.example.org"), "config": "{}"},
        }));
    }
    projects.retain(|project| !project.contains("{{") && project != "default");
    out.extend(projects.into_iter().map(|project| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": project, "namespace": "argocd"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
        })
    }));
    out
}

/// The labels that selectors anywhere in the generators ask for, with the values they want.
fn selectors(value: &Value, out: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| selectors(item, out)),
        Value::Object(map) => {
            for (key, item) in map.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
                out.entry(key.clone()).or_default().extend(item.as_str().map(str::to_owned));
            }
            for expression in map.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
                let (Some(key), "In") =
                    (expression["key"].as_str(), expression["operator"].as_str().unwrap_or_default())
                else {
                    continue;
                };
                let values = expression["values"].as_array().into_iter().flatten();
                out.entry(key.to_owned())
                    .or_default()
                    .extend(values.filter_map(|v| Some(v.as_str()?.to_owned())));
            }
            map.values().for_each(|item| selectors(item, out));
        }
        _ => {}
    }
}

/// The names that follow a prefix in placeholders.
fn asked_for(text: &str, prefix: &str, out: &mut BTreeSet<String>) {
    for rest in text.split(prefix).skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 && end < 63 {
            out.insert(rest[..end].to_owned());
        }
    }
}
