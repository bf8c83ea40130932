//! Generated templates (`cargo xtask generate-cases templates`) against Go's answers, to the byte.
//!
//! Each line of `recorded/generated.jsonl` names an entry of `recorded/worlds.json` (data and functions).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use seatrial_gotemplate::{Elem, Env, FuncMap, Map, Numbers, Template, Value, argocd, fasttemplate, sprig};
use serde_json::Value as Json;

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The data of a world: numbers as the judge read them, and the maps it made `map[string]string`.
fn data(world: &Json) -> Value {
    let numbers = if world["integers"] == true { Numbers::Int64 } else { Numbers::Float64 };
    let top = Value::from_json_with(&world["data"], numbers);
    for path in world["stringMaps"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        let entries: BTreeMap<_, _> = world["data"][path]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| {
                (k.as_str().into(), Value::Str(v.as_str().map_or(v.to_string(), str::to_owned).into()))
            })
            .collect();
        if let Value::Map(map) = &top {
            let _ = map.insert(path.into(), Value::Map(Map::from_entries(Elem::Str, entries)));
        }
    }
    top
}

/// What the judge would print for this line: output, error or panic.
fn ours(line: &Json, world: &Json, data: &Value, funcs: &FuncMap) -> (&'static str, String) {
    let text = line["template"].as_str().unwrap_or_default();
    if line["kind"] == "fasttemplate" {
        return match fasttemplate::replace(text, |key| world["data"].get(key).and_then(Json::as_str)) {
            Ok(out) => ("output", out),
            Err(error) => ("error", error.to_string()),
        };
    }
    let mut env = Env::default();
    for option in line["options"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if let Err(error) = env.option(option) {
            return ("panic", error.message().to_string());
        }
    }
    let wrapped = world["funcs"] == "argocd";
    let fail = |doing: &str, error: String| {
        ("error", if wrapped { format!("failed to {doing} {text}: {error}") } else { error })
    };
    match Template::parse("base", text, funcs) {
        Err(error) => fail("parse template", error.to_string()),
        Ok(template) => match template.execute(data, &env) {
            Err(error) => fail("execute go template", error.to_string()),
            Ok(out) => ("output", String::from_utf8_lossy(&out).into_owned()),
        },
    }
}

#[test]
fn as_go_answers() {
    let worlds: BTreeMap<String, Json> = serde_json::from_str(&recorded("worlds.json")).unwrap();
    let funcs = |world: &Json| match world["funcs"].as_str() {
        Some("argocd") => argocd::functions(),
        Some("sprig") => sprig::generic(),
        _ => FuncMap::new(),
    };
    let funcs: BTreeMap<&String, FuncMap> = worlds.iter().map(|(k, w)| (k, funcs(w))).collect();
    let known = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_differences.md"))
        .unwrap_or_default();
    let (mut count, mut different) = (0, Vec::new());
    for line in recorded("generated.jsonl").lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let name = line["world"].as_str().unwrap().to_owned();
        let world = &worlds[&name];
        let (key, got) = ours(&line, world, &data(world), &funcs[&name]);
        let answer = &line["answer"];
        let expected = ["panic", "error"].iter().find(|k| answer.get(**k).is_some()).map_or("output", |k| k);
        count += 1;
        let wanted = answer[expected].as_str().unwrap_or_default();
        let template = line["template"].as_str().unwrap_or_default();
        if (key != expected || got != wanted) && !known.contains(&format!("`` {template} ``")) {
            different.push(format!(
                "{name} {}\n  {template:?}\n  go   {expected} {wanted:?}\n  ours {key} {got:?}",
                line["options"]
            ));
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}
