//! `.Chart`: what `Chart.yaml` says, as each Helm shows it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_gotemplate::{Elem, Kind, List, Map, Object, Str, Value};
use serde_json::{Map as JsonMap, Value as Json, json};

use super::types::string_map;
use crate::chart::{Chart, Dependency, ImportValue, Metadata};
use crate::version::HelmVersion;

/// The value of `.Chart`: a struct in Helm 3, a map in Helm 4.
pub(super) fn value(chart: &Chart, is_root: bool, version: HelmVersion) -> Value {
    match version {
        HelmVersion::V3_19 => {
            Value::object(ChartStruct { metadata: Arc::new(chart.metadata.clone()), is_root })
        }
        _ => as_map(&chart.metadata, is_root),
    }
}

fn text(text: &str) -> Value {
    Value::str(text)
}

fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (Str::from_static(key), value)))
}

/// The fields of `Metadata` in their order, lists and what they hold made by the caller.
fn fields(
    metadata: &Metadata,
    strings: impl Fn(&[String]) -> Value,
    maintainers: Value,
    dependencies: Value,
) -> Vec<(&'static str, Value)> {
    let annotations = metadata.annotations.as_ref().map(|annotations| {
        string_map(annotations.iter().map(|(k, v)| (Str::from(k.as_str()), Str::from(v.as_str()))))
    });
    vec![
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", strings(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", strings(&metadata.keywords)),
        ("Maintainers", maintainers),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", Value::Bool(metadata.deprecated)),
        ("Annotations", annotations.unwrap_or_else(|| Value::Map(Map::nil(Elem::Str)))),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", dependencies),
        ("Type", text(&metadata.kind)),
    ]
}

const MAINTAINER: [&str; 3] = ["Name", "Email", "URL"];

fn any_strings(items: &[String]) -> Value {
    Value::list(items.iter().map(|item| text(item)).collect())
}

fn as_map(metadata: &Metadata, is_root: bool) -> Value {
    let maintainers = metadata.maintainers.iter();
    let maintainers =
        maintainers.map(|fields| map(MAINTAINER.into_iter().zip(fields.iter().map(|field| text(field)))));
    let dependencies =
        metadata.dependencies.iter().map(|dependency| map(dependency_fields(dependency, any_strings)));
    let mut all = fields(
        metadata,
        any_strings,
        Value::list(maintainers.collect()),
        Value::list(dependencies.collect()),
    );
    all.push(("IsRoot", Value::Bool(is_root)));
    map(all)
}

fn dependency_fields(
    dependency: &Dependency,
    strings: impl Fn(&[String]) -> Value,
) -> Vec<(&'static str, Value)> {
    let imports = dependency.import_values.iter().map(|import| match import {
        ImportValue::Export(name) => text(name),
        ImportValue::Paths { child, parent } => {
            let entries = [("child", child), ("parent", parent)];
            string_map(
                entries.into_iter().map(|(key, path)| (Str::from_static(key), Str::from(path.as_str()))),
            )
        }
        ImportValue::Other => Value::Nil,
    });
    vec![
        ("Name", text(&dependency.name)),
        ("Version", text(&dependency.version)),
        ("Repository", text(&dependency.repository)),
        ("Condition", text(&dependency.condition)),
        ("Tags", strings(&dependency.tags)),
        // What is left of the dependencies by now is enabled.
        ("Enabled", Value::Bool(true)),
        ("ImportValues", Value::list(imports.collect())),
        ("Alias", text(&dependency.alias)),
    ]
}

/// Go's zero value of a slice of strings is nil.
fn go_strings(items: &[String]) -> Value {
    if items.is_empty() {
        return Value::List(List::nil(Elem::Str));
    }
    Value::strings(items.iter().map(String::as_str))
}

/// A struct within `Metadata`, or `Metadata` itself.
struct Part {
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
    json: Json,
}

/// Helm 3's `.Chart`: `Metadata` embedded in a struct without a name.
struct ChartStruct {
    metadata: Arc<Metadata>,
    is_root: bool,
}

impl ChartStruct {
    fn metadata(&self) -> Vec<(&'static str, Value)> {
        let metadata = &self.metadata;
        let maintainers = metadata.maintainers.iter().map(|fields| {
            let json = ["name", "email", "url"].iter().zip(fields).filter(|(_, text)| !text.is_empty());
            let json = json.map(|(key, text)| ((*key).to_owned(), Json::from(text.as_str()))).collect();
            let fields = MAINTAINER.into_iter().zip(fields.iter().map(|field| text(field))).collect();
            Value::object(Part { name: "*chart.Maintainer", fields, json: Json::Object(json) })
        });
        let dependencies = metadata.dependencies.iter().map(|dependency| {
            let fields = dependency_fields(dependency, go_strings);
            Value::object(Part { name: "*chart.Dependency", fields, json: dependency_json(dependency) })
        });
        fields(metadata, go_strings, Value::list(maintainers.collect()), Value::list(dependencies.collect()))
    }

    fn json(&self) -> Json {
        let m = &self.metadata;
        let mut object = JsonMap::new();
        let mut put = |key: &str, value: Json, empty: bool| {
            if !empty {
                object.insert(key.to_owned(), value);
            }
        };
        for (key, text) in [
            ("name", &m.name),
            ("home", &m.home),
            ("version", &m.version),
            ("description", &m.description),
            ("icon", &m.icon),
            ("apiVersion", &m.api_version),
            ("condition", &m.condition),
            ("tags", &m.tags),
            ("appVersion", &m.app_version),
            ("kubeVersion", &m.kube_version),
            ("type", &m.kind),
        ] {
            put(key, Json::from(text.as_str()), text.is_empty());
        }
        put("sources", json!(m.sources), m.sources.is_empty());
        put("keywords", json!(m.keywords), m.keywords.is_empty());
        put("annotations", json!(m.annotations), m.annotations.as_ref().is_none_or(BTreeMap::is_empty));
        put("deprecated", Json::Bool(true), !m.deprecated);
        for (name, value) in self.metadata() {
            let key = match name {
                "Maintainers" => "maintainers",
                "Dependencies" => "dependencies",
                _ => continue,
            };
            put(key, value.to_json(8).unwrap_or_default(), !value.truth());
        }
        object.insert("IsRoot".to_owned(), Json::Bool(self.is_root));
        Json::Object(object)
    }
}

fn dependency_json(dependency: &Dependency) -> Json {
    let mut object = BTreeMap::from([
        ("name", Json::from(dependency.name.as_str())),
        ("repository", Json::from(dependency.repository.as_str())),
        ("enabled", Json::Bool(true)),
    ]);
    for (key, text) in
        [("version", &dependency.version), ("condition", &dependency.condition), ("alias", &dependency.alias)]
    {
        if !text.is_empty() {
            object.insert(key, Json::from(text.as_str()));
        }
    }
    if !dependency.tags.is_empty() {
        object.insert("tags", json!(dependency.tags));
    }
    let imports =
        dependency_fields(dependency, go_strings).into_iter().find(|(name, _)| *name == "ImportValues");
    if let Some((_, imports)) = imports.filter(|(_, imports)| imports.truth()) {
        object.insert("import-values", imports.to_json(8).unwrap_or_default());
    }
    json!(object)
}

impl Object for Part {
    fn type_name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> Kind {
        if self.name.starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn to_json(&self) -> Option<Json> {
        Some(self.json.clone())
    }

    fn equals(&self, other: &dyn Object) -> bool {
        std::ptr::addr_eq(self, other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for ChartStruct {
    fn type_name(&self) -> &'static str {
        "struct { chart.Metadata; IsRoot bool }"
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        let m = &self.metadata;
        Some(match name {
            // What nearly every template asks for.
            "Name" => text(&m.name),
            "Version" => text(&m.version),
            "AppVersion" => text(&m.app_version),
            "IsRoot" => Value::Bool(self.is_root),
            _ => {
                return self.metadata().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value);
            }
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let metadata = Part { name: "chart.Metadata", fields: self.metadata(), json: Json::Null };
        vec![("Metadata", Value::object(metadata)), ("IsRoot", Value::Bool(self.is_root))]
    }

    fn to_json(&self) -> Option<Json> {
        Some(self.json())
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other
            .as_any()
            .downcast_ref::<Self>()
            .is_some_and(|other| other.is_root == self.is_root && other.metadata == self.metadata)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
