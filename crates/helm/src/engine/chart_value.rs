//! `.Chart`: what `Chart.yaml` says, as each Helm shows it.

use std::any::Any;
use std::sync::Arc;

use seatrial_gotemplate::{Elem, Kind, List, Map, Object, Str, Value};

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
            let fields = MAINTAINER.into_iter().zip(fields.iter().map(|field| text(field))).collect();
            Value::object(Part { name: "*chart.Maintainer", fields })
        });
        let dependencies = metadata.dependencies.iter().map(|dependency| {
            let fields = dependency_fields(dependency, go_strings);
            Value::object(Part { name: "*chart.Dependency", fields })
        });
        fields(metadata, go_strings, Value::list(maintainers.collect()), Value::list(dependencies.collect()))
    }

    /// The fields as JSON names them, in order, without the empty ones.
    fn json(&self) -> Vec<(&'static str, Value)> {
        let named = self.metadata().into_iter().map(|(name, value)| (json_name(name), value));
        let mut fields: Vec<_> = named.filter(|(_, value)| value.truth()).collect();
        fields.push(("IsRoot", Value::Bool(self.is_root)));
        fields
    }
}

/// The name of a field of the structs of `Chart.yaml` in JSON.
fn json_name(name: &'static str) -> &'static str {
    match name {
        "Name" => "name",
        "Home" => "home",
        "Sources" => "sources",
        "Version" => "version",
        "Description" => "description",
        "Keywords" => "keywords",
        "Maintainers" => "maintainers",
        "Icon" => "icon",
        "APIVersion" => "apiVersion",
        "Condition" => "condition",
        "Tags" => "tags",
        "AppVersion" => "appVersion",
        "Deprecated" => "deprecated",
        "Annotations" => "annotations",
        "KubeVersion" => "kubeVersion",
        "Dependencies" => "dependencies",
        "Type" => "type",
        "Email" => "email",
        "URL" => "url",
        "Repository" => "repository",
        "Enabled" => "enabled",
        "ImportValues" => "import-values",
        "Alias" => "alias",
        other => other,
    }
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

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        // The name and the repository of a dependency stand even when empty.
        let dependency = self.name.ends_with("Dependency");
        let stands =
            |name: &str, value: &Value| value.truth() || dependency && matches!(name, "Name" | "Repository");
        let fields = self.fields.iter().filter(|(name, value)| stands(name, value));
        Some(fields.map(|(name, value)| (json_name(name), value.clone())).collect())
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
        let metadata = Part { name: "chart.Metadata", fields: self.metadata() };
        vec![("Metadata", Value::object(metadata)), ("IsRoot", Value::Bool(self.is_root))]
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
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
