//! The functions of Helm's templates.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use seatrial_gotemplate::func::EvaluateError;
use seatrial_gotemplate::{Call, FuncError, FuncMap, Numbers, Str, Value, quote, sprig};
use serde_json::Value as Json;

use super::{convert, duration};
use crate::version::HelmVersion;

/// How often a template may include itself, at any distance.
const MAX_NESTED_NAMES: u32 = 1000;
/// `tpl` may run inside itself a tenth as deep as templates may; Helm would exhaust its stack.
const TEXTS_IN_DEPTH: u32 = 10;
/// What `fail` and `required` put around their words, so that they can be found in what is around them.
pub(super) const WORDS_START: &str = "HELM_ERR_START";
pub(super) const WORDS_END: &str = "HELM_ERR_END";

/// What functions need of the render they run in.
pub(super) struct State {
    /// How many times each template is being included.
    pub(super) included: RefCell<HashMap<Str, u32>>,
    /// Whether `required` and `fail` are to say nothing.
    pub(super) lint: bool,
    /// What `lookup` finds.
    pub(super) cluster: Arc<[Json]>,
}

/// The functions of a Helm. Made once; cloning them is cheap.
pub(super) fn functions(version: HelmVersion) -> FuncMap {
    static MAPS: [OnceLock<FuncMap>; 3] = [const { OnceLock::new() }; 3];
    let make = || {
        let mut map = sprig::generic();
        map.remove("env");
        map.remove("expandenv");
        convert::add(&mut map, version);
        if version == HelmVersion::V4_3 {
            duration::add(&mut map);
        }
        map.add_with_call("include", include);
        map.add_with_call("tpl", tpl);
        map.add_with_call("required", required);
        map.add_with_call("fail", |call: &mut Call<'_>, words: Str| failed(call, &words));
        map.add("getHostByName", |_: Str| "");
        map.add_with_call("lookup", lookup);
        map
    };
    MAPS[version as usize].get_or_init(make).clone()
}

fn failure(words: &[u8]) -> FuncError {
    FuncError::new([WORDS_START.as_bytes(), words, WORDS_END.as_bytes()].concat())
}

/// `include`: the output of a named template.
fn include(call: &mut Call<'_>, name: Str, data: Value) -> Result<Vec<u8>, FuncError> {
    let state = call.extension::<State>();
    if let Some(state) = state {
        let mut included = state.included.borrow_mut();
        let count = included.entry(name.clone()).or_insert(0);
        if *count > MAX_NESTED_NAMES {
            let text =
                format!("rendering template has a nested reference name: {name}: unable to execute template");
            return Err(FuncError::new(text));
        }
        *count += 1;
    }
    let result = call.execute_template(&name, &data);
    if let Some(state) = state
        && let Some(count) = state.included.borrow_mut().get_mut(&name)
    {
        *count -= 1;
    }
    result
}

/// `tpl`: a string rendered as a template beside all others.
fn tpl(call: &mut Call<'_>, text: Str, data: Value) -> Result<Value, FuncError> {
    if memchr::memmem::find(&text, b"{{").is_none() {
        return Ok(Value::Str(without_no_value(text)));
    }
    let wrapped = |start: &str, error: FuncError| error.wrapped(&format!("{start} {}: ", quote(&text)));
    let most = call.env().limits.depth / TEXTS_IN_DEPTH;
    match call.evaluate(&text, &data, most) {
        Ok(out) => Ok(Value::Str(without_no_value(Str::from(out)))),
        Err(EvaluateError::Parse(error)) => Err(wrapped("cannot parse template", error)),
        Err(EvaluateError::Execute(error)) => Err(wrapped("error during tpl function execution for", error)),
        Err(EvaluateError::Depth) => {
            Err(FuncError::limit(format!("limit of {most} nested tpl calls exceeded")))
        }
    }
}

/// What Go prints for what is missing.
pub(super) const NO_VALUE: &[u8] = b"<no value>";

/// The text without every `<no value>`.
pub(super) fn without_no_value(text: Str) -> Str {
    if memchr::memmem::find(&text, NO_VALUE).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(&text, NO_VALUE) {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        from = at + NO_VALUE.len();
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    Str::from(out)
}

/// `required`: the value, unless it is nil or the empty string.
fn required(call: &mut Call<'_>, words: Str, value: Value) -> Result<Value, FuncError> {
    match &value {
        Value::Str(text) if text.is_empty() => failed(call, &words),
        value if value.is_nil() => failed(call, &words),
        _ => Ok(value),
    }
}

/// `fail`; `helm lint` goes on with the empty string.
fn failed(call: &Call<'_>, words: &[u8]) -> Result<Value, FuncError> {
    if call.extension::<State>().is_some_and(|state| state.lint) {
        return Ok(Value::str(""));
    }
    Err(failure(words))
}

/// `lookup`: an object by name, or the list of those of a kind. Nothing is found without a cluster.
fn lookup(
    call: &mut Call<'_>,
    api_version: Str,
    kind: Str,
    namespace: Str,
    name: Str,
) -> Result<Value, FuncError> {
    let none = || Value::map([]);
    let Some(state) = call.extension::<State>().filter(|state| !state.cluster.is_empty()) else {
        return Ok(none());
    };
    call.step(state.cluster.len() as u64)?;
    let text =
        |object: &Json, pointer: &str| object.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let fits = |object: &&Json| {
        let own = text(object, "/metadata/namespace");
        text(object, "/apiVersion").is_some_and(|text| api_version == *text)
            && text(object, "/kind").is_some_and(|text| kind == *text)
            && (namespace.is_empty() || own.is_none_or(|own| namespace == *own))
    };
    let found = state.cluster.iter().filter(fits);
    if !name.is_empty() {
        let mut found =
            found.filter(|object| text(object, "/metadata/name").is_some_and(|text| name == *text));
        return Ok(found.next().map_or_else(none, |object| Value::from_json_with(object, Numbers::Int64)));
    }
    let items: Vec<Value> = found.map(|object| Value::from_json_with(object, Numbers::Int64)).collect();
    Ok(Value::map([
        (Str::from_static("apiVersion"), Value::Str(api_version)),
        (Str::from_static("items"), Value::list(items)),
        (Str::from_static("kind"), Value::str(format!("{kind}List"))),
        (Str::from_static("metadata"), Value::map([(Str::from_static("resourceVersion"), Value::str(""))])),
    ]))
}
