//! What Argo CD 3.6 adds to sprig in ApplicationSet templates: `normalize`, `slugify`, `toYaml`, `fromYaml`,
//! `fromYamlArray` and `tpl`; and how it replaces the strings of a template.

use std::sync::OnceLock;

use seatrial_yaml::goyaml;
use serde_json::Value as Json;

use crate::env::Env;
use crate::func::{Call, EvaluateError, FuncError, FuncMap, Rest};
use crate::quote::quote;
use crate::str::Str;
use crate::template::{Error, Template};
use crate::value::{Elem, List, Map, Value};

/// How often `tpl` may run inside itself.
const MAX_TPL_DEPTH: u32 = 3;
/// The longest DNS name.
const MAX_NAME: usize = 253;

/// The functions of ApplicationSet templates: sprig's generic ones without `env`, `expandenv` and
/// `getHostByName`, and Argo CD's own. Made once; cloning it is cheap.
pub fn functions() -> FuncMap {
    static MAP: OnceLock<FuncMap> = OnceLock::new();
    MAP.get_or_init(|| {
        let mut map = crate::sprig::generic();
        extend(&mut map);
        map
    })
    .clone()
}

/// Turns sprig's functions into those of Argo CD.
fn extend(map: &mut FuncMap) {
    for name in ["env", "expandenv", "getHostByName"] {
        map.remove(name);
    }
    map.add("normalize", |name: Str| normalize(&name));
    map.add("slugify", slugify);
    map.add_with_call("toYaml", |call: &mut Call<'_>, value: Value| to_yaml(call, &value));
    map.add("fromYaml", |text: Str| from_yaml(&text));
    map.add("fromYamlArray", |text: Str| from_yaml_array(&text));
    map.add_with_call("tpl", tpl);
}

/// Renders one string of an ApplicationSet with `goTemplate: true`.
///
/// `params` are shared with the strings rendered before and after: what a template sets in them stays set.
/// The errors are the controller's: `failed to parse template …`, `failed to execute go template …`.
pub fn replace(text: &str, params: &Value, env: &Env) -> Result<Vec<u8>, Error> {
    let wrap = |what: &str, error: &Error| {
        let mut message = format!("failed to {what} {text}: ").into_bytes();
        message.extend_from_slice(error.message());
        Error::new(message, error.is_limit())
    };
    let template =
        Template::parse("base", text, &functions()).map_err(|error| wrap("parse template", &error))?;
    template.execute(params, env).map_err(|error| wrap("execute go template", &error))
}

/// `SanitizeName`: lower case, anything but letters, digits, `-` and `.` made `-`, at most 253 bytes, no `-` or `.`
/// at the ends.
pub fn normalize(name: &[u8]) -> String {
    let mut clean = String::with_capacity(name.len());
    let mut push = |c: char| clean.push(if matches!(c, 'a'..='z' | '0'..='9' | '-' | '.') { c } else { '-' });
    for chunk in name.utf8_chunks() {
        // Go lowers a character to one character: the dotted capital I to a plain i.
        chunk.valid().chars().filter_map(|c| c.to_lowercase().next()).for_each(&mut push);
        chunk.invalid().iter().for_each(|_| push('-'));
    }
    clean.truncate(MAX_NAME);
    clean.trim_matches(['-', '.']).to_owned()
}

/// `slugify [maxSize [smartTruncate]] name`.
fn slugify(args: Rest<Value>) -> Result<String, FuncError> {
    let mismatch = |value: &Value, want: &str| {
        let got = if value.is_nil() { "nil".into() } else { value.type_name() };
        FuncError::new(format!("interface conversion: interface {{}} is {got}, not {want}"))
    };
    let (mut max, mut smart, mut name) = (50, true, Str::EMPTY);
    let last = args.0.len().saturating_sub(1);
    for (index, arg) in args.0.iter().enumerate() {
        match (index, arg) {
            (_, Value::Str(text)) if index == last => name = text.clone(),
            (_, other) if index == last => return Err(mismatch(other, "string")),
            (0, Value::Int(crate::IntKind::Int, size)) => max = *size,
            (0, other) => return Err(mismatch(other, "int")),
            (1, Value::Bool(choice)) => smart = *choice,
            (1, other) => return Err(mismatch(other, "bool")),
            _ => {}
        }
    }
    slug(&normalize(&name), max, smart)
}

/// gosimple/slug of a name that is already lower-case ASCII.
fn slug(name: &str, max: i64, smart: bool) -> Result<String, FuncError> {
    let mut name = name;
    if !smart && name.len() as i64 >= max {
        name = usize::try_from(max)
            .ok()
            .and_then(|max| name.get(..max))
            .ok_or_else(|| FuncError::new(format!("runtime error: slice bounds out of range [:{max}]")))?;
    }
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if c != '-' || !slug.ends_with('-') {
            slug.push(c);
        }
    }
    let slug = slug.trim_matches('-');
    let Some(max) = usize::try_from(max).ok().filter(|max| smart && *max > 0 && slug.len() > *max) else {
        return Ok(slug.to_owned());
    };
    // At the last dash that keeps it short enough, else in the middle of its only word.
    let cut = slug.as_bytes().iter().take(max + 1).rposition(|byte| *byte == b'-').unwrap_or(max);
    Ok(slug.get(..cut).unwrap_or_default().to_owned())
}

/// `toYaml`: `sigs.k8s.io/yaml.Marshal` without its last newline.
fn to_yaml(call: &Call<'_>, value: &Value) -> Result<String, FuncError> {
    let json = value.to_json(call.max_depth()).map_err(|error| {
        if error.is_limit() { error } else { FuncError::new(format!("error marshaling into JSON: {error}")) }
    })?;
    let mut text = goyaml::to_yaml(&json).map_err(|error| FuncError::new(error.to_string()))?;
    call.charge(text.len())?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn unmarshal(text: &Str, want: &str) -> Result<Json, FuncError> {
    let json = goyaml::unmarshal(&text.to_text()).map_err(FuncError::new)?;
    let got = match &json {
        Json::Null => return Ok(json),
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let fits = matches!((got, want), ("array", "[]interface {}") | ("object", "map[string]interface {}"));
    if fits {
        return Ok(json);
    }
    Err(FuncError::new(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {got} into Go value of type {want}"
    )))
}

/// `fromYaml`: a map or an error; nothing at all is the nil map.
fn from_yaml(text: &Str) -> Result<Value, FuncError> {
    Ok(match unmarshal(text, "map[string]interface {}")? {
        Json::Null => Value::Map(Map::nil(Elem::Any)),
        json => Value::from_json(&json),
    })
}

/// `fromYamlArray`: a list or an error; nothing at all is the nil list.
fn from_yaml_array(text: &Str) -> Result<Value, FuncError> {
    Ok(match unmarshal(text, "[]interface {}")? {
        Json::Null => Value::List(List::nil(Elem::Any)),
        json => Value::from_json(&json),
    })
}

/// `tpl`: a string from the data rendered as a template.
fn tpl(call: &mut Call<'_>, text: Str, data: Value) -> Result<Vec<u8>, FuncError> {
    let wrapped = |start: &str, error: FuncError| {
        let mut message = format!("{start} {}: ", quote(&text)).into_bytes();
        message.extend_from_slice(error.message());
        if error.is_limit() { FuncError::limit(message) } else { FuncError::new(message) }
    };
    match call.evaluate(&text, &data, MAX_TPL_DEPTH) {
        Ok(out) => Ok(without(&out, b"<no value>")),
        Err(EvaluateError::Depth) => {
            Err(FuncError::new(format!("maximum recursion depth {MAX_TPL_DEPTH} exceeded in tpl function")))
        }
        Err(EvaluateError::Parse(error)) => Err(wrapped("cannot parse template", error)),
        Err(EvaluateError::Execute(error)) => Err(wrapped("error during tpl function execution for", error)),
    }
}

/// The text with every occurrence of a part taken out.
fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, part) {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        from = at + part.len();
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(normalize(b"-My_App.v1-"), "my-app.v1");
        assert_eq!(normalize("Größe İ".as_bytes()), "gr--e-i");
        assert_eq!(normalize(&[b'a'; 300]).len(), 253);
    }

    #[test]
    fn slugs() {
        assert_eq!(slug("feature.long--name", 50, true).unwrap(), "feature-long-name");
        assert_eq!(slug("feature-long-name", 10, true).unwrap(), "feature");
        assert_eq!(slug("feature-long-name", 10, false).unwrap(), "feature-lo");
        assert_eq!(slug("featurelongname", 7, true).unwrap(), "feature");
        assert!(slug("a", -1, false).is_err());
    }
}
