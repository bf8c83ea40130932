//! The plugin generator, answered from fixtures.

use std::any::Any;
use std::rc::Rc;

use seatrial_gotemplate::{Elem, Kind, List, Map, Object, UintKind, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::text;
use super::values::Values;
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::flatten::flatten;
use crate::gojson;
use crate::params::{ParamSet, map_from_json, put, text as value};
use crate::strategicpatch::go_quote;
use crate::world::{PluginAnswer, PluginReply};

/// The parameter sets a plugin answers, with the request's own parameters under `generator`.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let name = spec.get("configMapRef").map(|r| text(r, "name")).unwrap_or_default();
    let answers = run.world.fixtures.plugin.get(name);
    config(run, name, answers.is_some()).map_err(|e| e.wrap("error getting plugin from generator"))?;
    let parameters =
        spec.pointer("/input/parameters").cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new()));
    let answer =
        answers.into_iter().flatten().find(|a| a.parameters.as_ref().is_none_or(|p| *p == parameters));
    let Some(answer) = answer else {
        return Err(Stop::Unknown(format!(
            "what the plugin of the ConfigMap {name:?} answers (fixtures.plugin)"
        )));
    };
    let objects = reply(answer).map_err(|e| {
        Stop::Error(format!("error get api '{}': {e}", run.set.name)).wrap("error listing params")
    })?;
    let values = Values::compile(&run.engine, spec, at);
    let mut sets = Vec::new();
    run.reserve(objects.len())?;
    for object in objects {
        let map = map_from_json(&object);
        let mut set = ParamSet::new(at.clone());
        if run.engine.is_go() {
            set.map = map;
        } else {
            for (key, leaf) in flatten(&map, false) {
                set.set(&key, value(&leaf));
            }
        }
        set.set("generator", request(&parameters));
        for key in object.keys() {
            set.note(key.clone(), Place::Fixture(format!("plugin.{name}")));
        }
        values.append(&run.engine, &mut set).map_err(|e| e.wrap("error generating params"))?;
        sets.push(set);
    }
    Ok(sets)
}

/// Checks the ConfigMap and the token it names, as far as they are known.
fn config(run: &Run<'_>, name: &str, answered: bool) -> Result<(), Stop> {
    let state = run.world.state;
    let wrap = |text: String| Stop::Error(text).wrap("error fetching ConfigMap");
    let Some(data) = state.config_map(name) else {
        if state.is_complete() {
            return Err(wrap(format!("ConfigMap {name:?} not found")));
        }
        return if answered { Ok(()) } else { Err(Stop::Unknown(format!("the ConfigMap {name:?}"))) };
    };
    let field = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
    for key in ["baseUrl", "token"] {
        if field(key).is_empty() {
            return Err(wrap(format!("{key} not found in ConfigMap")));
        }
    }
    let token = field("token");
    let Some(reference) = token.strip_prefix('$') else {
        return error(format!(
            "error fetching Secret token: token is empty, or does not reference a secret key starting with '$': {token}"
        ));
    };
    let secret = reference.split_once(':').map_or("argocd-secret", |(secret, _)| secret);
    if state.is_complete() && state.secret(secret).is_none() && secret != "argocd-secret" {
        let namespace = &run.world.namespace;
        return error(format!(
            "error fetching Secret token: error fetching secret {namespace}/{secret}: Secret {secret:?} not found"
        ));
    }
    if let Some(timeout) = data.get("requestTimeout")
        && timeout.parse::<i64>().is_err()
    {
        return error(format!(
            "error set requestTimeout : strconv.Atoi: parsing {}: invalid syntax",
            go_quote(timeout)
        ));
    }
    Ok(())
}

fn reply(answer: &PluginAnswer) -> Result<Vec<serde_json::Map<String, Json>>, String> {
    let (parameters, body) = match &answer.reply {
        PluginReply::Parameters(list) => {
            let body = format!("{{\"output\":{{\"parameters\":{}}}}}", gojson::to_string(list));
            (list.clone(), body)
        }
        PluginReply::Raw(status, body) => {
            let parsed: Option<Json> = serde_json::from_str(body).ok();
            if !(200..300).contains(status) {
                let message = match &parsed {
                    Some(Json::Object(map)) => map
                        .get("message")
                        .and_then(Json::as_str)
                        .or_else(|| map.get("error").and_then(Json::as_str))
                        .unwrap_or_default(),
                    _ => body,
                };
                return Err(format!("API error with status code {status}: {message}"));
            }
            if body.trim().is_empty() {
                return Ok(Vec::new());
            }
            let Some(parsed) = parsed else { return Err(format!("the plugin's answer is no JSON: {body}")) };
            (parsed.pointer("/output/parameters").cloned().unwrap_or(Json::Null), body.clone())
        }
    };
    let misfit = |kind: &str, place: &str, ty: &str| {
        Err(format!("json: cannot unmarshal {kind} into {place} of type {ty}: {body}"))
    };
    match parameters {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                match item {
                    Json::Object(map) => out.push(map),
                    Json::Null => out.push(serde_json::Map::new()),
                    other => {
                        return misfit(
                            kind(&other),
                            &format!("ServiceResponse.output.parameters.{index}"),
                            "map[string]interface {}",
                        );
                    }
                }
            }
            Ok(out)
        }
        other => misfit(
            kind(&other),
            "Go struct field ServiceResponse.output.parameters",
            "[]map[string]interface {}",
        ),
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// `generator: {input: {parameters: …}}`, whose leaves are raw JSON.
fn request(parameters: &Json) -> Value {
    let leaves = Map::new();
    for (key, inner) in parameters.as_object().into_iter().flatten() {
        put(&leaves, key, Value::Object(Rc::new(RawJson(gojson::to_string(inner)))));
    }
    let input = Map::new();
    put(&input, "parameters", Value::Map(leaves));
    let outer = Map::new();
    put(&outer, "input", Value::Map(input));
    Value::Map(outer)
}

/// `apiextensionsv1.JSON`: a struct that holds the bytes of some JSON.
pub(crate) struct RawJson(String);

impl Object for RawJson {
    fn type_name(&self) -> &'static str {
        "v1.JSON"
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        (name == "Raw").then(|| self.bytes())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Raw", self.bytes())]
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|o| o.0 == self.0)
    }

    fn to_json(&self) -> Option<Json> {
        serde_json::from_str(&self.0).ok()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl RawJson {
    fn bytes(&self) -> Value {
        let bytes = self.0.bytes().map(|b| Value::Uint(UintKind::Uint8, u64::from(b)));
        Value::List(List::typed(Elem::Uint8, bytes.collect()))
    }

    /// `%v`.
    pub(crate) fn printed(&self) -> String {
        let bytes: Vec<String> = self.0.bytes().map(|b| b.to_string()).collect();
        format!("{{[{}]}}", bytes.join(" "))
    }
}
