//! Makes the compact schemas of Kubernetes' own objects (`crates/kubernetes/data/schemas.txt`) from the OpenAPI
//! documents of several releases: facts only, merged, with the releases each fact holds in.
//!
//! Enumerations are not in those documents; they are read from the generated Go file beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The releases, oldest first; a fact's mask has one bit for each, the oldest lowest.
const RELEASES: [&str; 7] = ["1.31.14", "1.32.13", "1.33.13", "1.34.4", "1.35.4", "1.36.3", "1.37.2"];
const ALL: u32 = (1 << RELEASES.len()) - 1;
const NEWEST: u32 = 1 << (RELEASES.len() - 1);
const PREFIX: &str = "#/definitions/";

/// Fetches the modules through the Go module proxy and writes the data file below `root`.
pub(crate) fn run(root: &Path) -> Result<PathBuf> {
    let mut facts = Facts::default();
    for (index, release) in RELEASES.iter().enumerate() {
        let folder = super::module(&format!("k8s.io/kubernetes@v{release}"))?;
        let path = folder.join("api/openapi-spec/swagger.json");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let document: Value = serde_json::from_str(&text)?;
        let path = folder.join("pkg/generated/openapi/zz_generated.openapi.go");
        let source = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let enums = enumerations(&source);
        ensure!(!enums.is_empty(), "no enumerations in {}", path.display());
        facts.add(1 << index, &document, &enums);
    }
    let path = root.join("crates/kubernetes/data/schemas.txt");
    std::fs::write(&path, facts.write())?;
    Ok(path)
}

/// The allowed texts by Go function and field: those of the field, and those of its items.
type Enums = HashMap<(String, String), (Vec<String>, Vec<String>)>;

/// Reads the enumerations out of the generated Go file: its layout is fixed, so indentation tells where one belongs.
fn enumerations(source: &str) -> Enums {
    let mut out = Enums::new();
    let (mut function, mut field) = (String::new(), String::new());
    for line in source.lines() {
        let depth = line.bytes().take_while(|b| *b == b'\t').count();
        let text = line.trim();
        if let Some(rest) = line.strip_prefix("func schema_") {
            rest.split('(').next().unwrap_or_default().clone_into(&mut function);
        } else if depth == 5
            && let Some(name) = text.strip_prefix('"').and_then(|t| t.strip_suffix("\": {"))
        {
            name.clone_into(&mut field);
        } else if let Some(list) = text.strip_prefix("Enum:") {
            let list = list.trim().trim_start_matches("[]interface{}{").trim_end_matches("},");
            let texts: Vec<String> =
                list.split(", ").map(|item| item.trim_matches(['"', '}', ',']).to_owned()).collect();
            let entry = out.entry((function.clone(), field.clone())).or_default();
            if depth <= 7 { entry.0 = texts } else { entry.1 = texts }
        }
    }
    out
}

/// The Go function that makes a definition.
fn function_of(definition: &str) -> String {
    let rest = match definition.strip_prefix("io.k8s.api.") {
        Some(rest) => format!("k8sio_api_{rest}"),
        None => {
            definition.rsplit_once("pkg.apis.").map_or(String::new(), |(_, rest)| format!("pkg_apis_{rest}"))
        }
    };
    rest.replace('.', "_")
}

/// Everything known, by name.
#[derive(Default)]
struct Facts {
    kinds: BTreeMap<(String, String), Kind>,
    definitions: BTreeMap<String, BTreeMap<String, Field>>,
}

#[derive(Default)]
struct Kind {
    releases: u32,
    namespaced: bool,
    definition: String,
}

#[derive(Default)]
struct Field {
    /// The type, written, and the releases in which it is that.
    types: BTreeMap<String, u32>,
    required: u32,
}

impl Facts {
    fn add(&mut self, release: u32, document: &Value, enums: &Enums) {
        let by_kind = roots(document);
        let mut open: Vec<String> = Vec::new();
        for ((group_version, kind), namespaced) in creatable(document) {
            let Some(definition) = by_kind.get(&(group_version.clone(), kind.clone())) else { continue };
            let entry = self.kinds.entry((group_version, kind)).or_default();
            entry.releases |= release;
            entry.namespaced = namespaced;
            entry.definition.clone_from(definition);
            open.push(definition.clone());
        }
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let Some(schema) = document.get("definitions").and_then(|d| d.get(&name)) else { continue };
            let fields = self.definitions.entry(name.clone()).or_default();
            let function = function_of(&name);
            for (field, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let allowed = enums.get(&(function.clone(), field.clone()));
                let written = type_of(schema, allowed, &mut open);
                *fields.entry(field.clone()).or_default().types.entry(written).or_default() |= release;
            }
            for field in strings(schema.get("required")) {
                fields.entry(field.to_owned()).or_default().required |= release;
            }
        }
    }

    fn write(&self) -> String {
        let mut out = format!("# Made by `cargo xtask schemas` from Kubernetes {}.\n", RELEASES.join(", "));
        let number: HashMap<&str, usize> =
            self.definitions.keys().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let mut enums: BTreeMap<&str, usize> = BTreeMap::new();
        for field in self.definitions.values().flat_map(BTreeMap::values) {
            for written in field.types.keys() {
                if let Some(list) = parts(written).and_then(|(_, kind, rest)| (kind == 'E').then_some(rest)) {
                    enums.insert(list, 0);
                }
            }
        }
        for (index, (list, place)) in enums.iter_mut().enumerate() {
            *place = index;
            writeln!(out, "e {list}").unwrap_or_default();
        }
        for ((group_version, kind), facts) in &self.kinds {
            let scope = if facts.namespaced { 'n' } else { 'c' };
            let definition = number.get(facts.definition.as_str()).copied().unwrap_or_default();
            writeln!(out, "k {group_version} {kind} {scope} {:x} {definition}", facts.releases)
                .unwrap_or_default();
        }
        for (name, fields) in &self.definitions {
            let (rest, last) = name.rsplit_once('.').unwrap_or(("", name));
            let package = rest.rsplit('.').next().unwrap_or_default();
            write!(out, "d {package}.{last}").unwrap_or_default();
            for (field, facts) in fields {
                for (written, releases) in &facts.types {
                    let numbered = match parts(written) {
                        Some((before, 'E', list)) => {
                            format!("{before}e{}", enums.get(list).copied().unwrap_or_default())
                        }
                        Some((before, _, name)) => match number.get(name) {
                            Some(number) => format!("{before}r{number}"),
                            None => format!("{before}*"),
                        },
                        None => written.clone(),
                    };
                    write!(out, " {field}:{numbered}").unwrap_or_default();
                    if *releases != ALL {
                        write!(out, "@{releases:x}").unwrap_or_default();
                    }
                    // A field that the newest document does not require never was: documents were corrected, not the server.
                    let corrected = releases & NEWEST != 0 && facts.required & NEWEST == 0;
                    let required = if corrected { 0 } else { facts.required & releases };
                    if required == *releases {
                        out.push('!');
                    } else if required != 0 {
                        write!(out, "!{required:x}").unwrap_or_default();
                    }
                }
            }
            out.push('\n');
        }
        out
    }
}

/// Splits a written type at its enumeration (`E{a|b}`) or reference (`R{name}`).
fn parts(written: &str) -> Option<(&str, char, &str)> {
    let (before, rest) = written.split_once('{')?;
    let kind = before.chars().next_back()?;
    Some((before.strip_suffix(kind)?, kind, rest.strip_suffix('}')?))
}

/// Kinds that can be created, and whether in a namespace.
fn creatable(document: &Value) -> BTreeMap<(String, String), bool> {
    let mut out = BTreeMap::new();
    for (path, operations) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let Some(kind) = operations.pointer("/post/x-kubernetes-group-version-kind") else { continue };
        if path.contains("{name}") {
            continue;
        }
        *out.entry(group_version_kind(kind)).or_insert(false) |= path.contains("{namespace}");
    }
    out
}

/// The definition of every kind.
fn roots(document: &Value) -> HashMap<(String, String), String> {
    let mut out = HashMap::new();
    for (name, schema) in document.get("definitions").and_then(Value::as_object).into_iter().flatten() {
        // Options of requests say that they belong to every group.
        if let Some([kind]) =
            schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array).map(Vec::as_slice)
        {
            out.insert(group_version_kind(kind), name.clone());
        }
    }
    out
}

fn group_version_kind(value: &Value) -> (String, String) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let group_version = if text("group").is_empty() {
        text("version").to_owned()
    } else {
        format!("{}/{}", text("group"), text("version"))
    };
    (group_version, text("kind").to_owned())
}

/// A type as the data file writes it, with names in place of numbers; definitions it needs go to `open`.
fn type_of(schema: &Value, allowed: Option<&(Vec<String>, Vec<String>)>, open: &mut Vec<String>) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(name) = text("$ref").strip_prefix(PREFIX) {
        return match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" => "q".to_owned(),
            "IntOrString" => "x".to_owned(),
            "Time" => "t".to_owned(),
            "MicroTime" => "T".to_owned(),
            "RawExtension" | "FieldsV1" => "o".to_owned(),
            "JSON" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => {
                "*".to_owned()
            }
            _ => {
                open.push(name.to_owned());
                format!("R{{{name}}}")
            }
        };
    }
    match (text("type"), text("format")) {
        ("string", "byte") => "y".to_owned(),
        ("string", _) => match allowed {
            Some((texts, _)) if !texts.is_empty() => format!("E{{{}}}", texts.join("|")),
            _ => "s".to_owned(),
        },
        ("boolean", _) => "b".to_owned(),
        ("integer", "int64") => "l".to_owned(),
        ("integer", _) => "i".to_owned(),
        ("number", _) => "n".to_owned(),
        ("array", _) => {
            let items = allowed.map(|(_, items)| (items.clone(), Vec::new()));
            let item = type_of(schema.get("items").unwrap_or(&Value::Null), items.as_ref(), open);
            let keys: Vec<&str> = strings(schema.get("x-kubernetes-list-map-keys")).collect();
            match text("x-kubernetes-list-type") {
                "set" => format!("S{item}"),
                "map" => format!("A({}){item}", keys.join(",")),
                _ => format!("a{item}"),
            }
        }
        ("object", _) => match schema.get("additionalProperties").filter(|s| s.is_object()) {
            Some(values) => format!("m{}", type_of(values, None, open)),
            None => "o".to_owned(),
        },
        _ => "*".to_owned(),
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
