//! A typed object compiled once and rendered for every parameter set, as `deeplyReplace` walks it by reflection:
//! every string and every key of a map is a template, in the order Go declares the fields.

use seatrial_gotemplate::Map;
use serde_json::{Map as Object, Value as Json};

use super::engine::{Engine, Options, Text};
use super::stop::Stop;
use crate::gotypes::{Field, Ty, go_number};

/// How deep raw objects nest before the rest is taken as it is.
const DEPTH: usize = 100;

/// A compiled object.
pub(crate) enum Node {
    Const(Json),
    Text(Text),
    Struct(Vec<(&'static Field, Node)>),
    List(Vec<Node>),
    Map(Vec<(Text, Node)>),
    /// A raw JSON field.
    Raw(Box<Node>),
    /// A generator's `values`, when the generator is interpolated: keys stay, and what lacks a key stays for later.
    Values(Vec<(String, Text, String)>),
}

impl Node {
    /// Compiles a value in normal form. `generator` says that `values` of generators are treated their own way.
    pub(crate) fn compile(ty: &Ty, value: &Json, engine: &Engine, generator: bool) -> Self {
        match (ty, value) {
            (Ty::Ptr(inner), value) => Self::compile(inner, value, engine, generator),
            (Ty::Raw | Ty::Json, value) => match Self::raw(value, engine, 0) {
                constant @ Self::Const(_) => constant,
                node => Self::Raw(Box::new(node)),
            },
            (Ty::String(_), Json::String(text)) => Self::text(text, engine),
            (Ty::Slice(_, elem), Json::Array(items)) => {
                Self::list(items.iter().map(|v| Self::compile(elem, v, engine, generator)).collect())
            }
            (Ty::Map(_, elem), Json::Object(entries)) => Self::map(
                entries
                    .iter()
                    .map(|(k, v)| (engine.compile(k), Self::compile(elem, v, engine, generator)))
                    .collect(),
                entries,
            ),
            (Ty::Struct(_), Json::Object(entries)) => {
                let Some(structure) = ty.structure() else { return Self::Const(value.clone()) };
                let has_values = generator && structure.name.ends_with("Generator");
                let mut fields = Vec::new();
                for field in &structure.fields {
                    let Some(value) = entries.get(field.json) else { continue };
                    let node = match value {
                        Json::Object(values) if has_values && field.json == "values" => {
                            Self::values(values, engine)
                        }
                        value => Self::compile(&field.ty, value, engine, generator),
                    };
                    fields.push((field, node));
                }
                if fields.iter().all(|(_, node)| matches!(node, Self::Const(_))) {
                    let constant = |(field, node): (&'static Field, Self)| {
                        Some((field.json.to_owned(), node.into_const()?))
                    };
                    return Self::Const(Json::Object(fields.into_iter().filter_map(constant).collect()));
                }
                Self::Struct(fields)
            }
            (_, value) => Self::Const(value.clone()),
        }
    }

    fn text(text: &str, engine: &Engine) -> Self {
        match engine.compile(text) {
            Text::Literal(text) => Self::Const(Json::String(text)),
            template => Self::Text(template),
        }
    }

    fn list(nodes: Vec<Self>) -> Self {
        if !nodes.iter().all(|n| matches!(n, Self::Const(_))) {
            return Self::List(nodes);
        }
        Self::Const(Json::Array(nodes.into_iter().filter_map(Self::into_const).collect()))
    }

    fn map(nodes: Vec<(Text, Self)>, entries: &Object<String, Json>) -> Self {
        if nodes.iter().all(|(key, node)| matches!((key, node), (Text::Literal(_), Self::Const(_)))) {
            let keys = entries.keys().cloned();
            return Self::Const(Json::Object(
                keys.zip(nodes.into_iter().filter_map(|(_, n)| n.into_const())).collect(),
            ));
        }
        Self::Map(nodes)
    }

    fn into_const(self) -> Option<Json> {
        match self {
            Self::Const(value) => Some(value),
            _ => None,
        }
    }

    fn values(values: &Object<String, Json>, engine: &Engine) -> Self {
        let entries = values.iter().map(|(key, value)| {
            let text = value.as_str().unwrap_or_default();
            (key.clone(), engine.compile(text), text.to_owned())
        });
        Self::Values(entries.collect())
    }

    /// A raw JSON field: numbers become `float64`, `null` vanishes from maps.
    fn raw(value: &Json, engine: &Engine, depth: usize) -> Self {
        match value {
            value if depth > DEPTH => Self::Const(value.clone()),
            Json::Number(number) => Self::Const(number.as_f64().map_or(Json::Null, go_number)),
            Json::String(text) => Self::text(text, engine),
            Json::Array(items) => Self::list(items.iter().map(|v| Self::raw(v, engine, depth + 1)).collect()),
            Json::Object(entries) => {
                let kept: Object<String, Json> = entries
                    .iter()
                    .filter(|(_, v)| !v.is_null())
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                Self::map(
                    kept.iter().map(|(k, v)| (engine.compile(k), Self::raw(v, engine, depth + 1))).collect(),
                    &kept,
                )
            }
            other => Self::Const(other.clone()),
        }
    }

    /// Renders for one parameter set; the result is in normal form again.
    pub(crate) fn render(&self, engine: &Engine, params: &Map) -> Result<Json, Stop> {
        Ok(match self {
            Self::Const(value) => value.clone(),
            Self::Text(text) => Json::String(engine.run(text, params, Options::Own)?),
            Self::Raw(node) => node
                .render(engine, params)
                .map_err(|stop| stop.wrap("failed to deeply replace JSON field contents"))?,
            Self::List(nodes) => {
                Json::Array(nodes.iter().map(|n| n.render(engine, params)).collect::<Result<_, _>>()?)
            }
            Self::Map(nodes) => {
                let mut out = Object::new();
                for (key, node) in nodes {
                    let value = node.render(engine, params)?;
                    out.insert(engine.run(key, params, Options::Own)?, value);
                }
                Json::Object(out)
            }
            Self::Struct(fields) => {
                let mut out = Object::new();
                for (field, node) in fields {
                    let value = node.render(engine, params)?;
                    if !field.is_omitted(&value) {
                        out.insert(field.json.to_owned(), value);
                    }
                }
                Json::Object(out)
            }
            Self::Values(entries) => {
                let mut out = Object::new();
                for (key, text, source) in entries {
                    let value = match engine.run(text, params, Options::Strict) {
                        Ok(value) => value,
                        Err(Stop::Error(error)) if is_missing_key(&error) => source.clone(),
                        Err(stop) => {
                            return Err(stop.wrap(&format!(
                                "failed to pre-resolve Values key {}",
                                crate::strategicpatch::go_quote(key)
                            )));
                        }
                    };
                    out.insert(key.clone(), Json::String(value));
                }
                Json::Object(out)
            }
        })
    }
}

fn is_missing_key(error: &str) -> bool {
    error.contains("map has no entry for key") || error.contains("can't evaluate field")
}
