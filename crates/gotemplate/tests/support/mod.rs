//! Cases as the Go judge answers them: JSON in, output or error text out.

use std::rc::Rc;

use seatrial_gotemplate::value::Method;
use seatrial_gotemplate::{
    Call, Elem, Env, FuncError, FuncMap, IntKind, Kind, List, Map, Object, Sig, Str, Template, UintKind,
    Value,
};
use serde_json::Value as Json;

/// An `error` made by `errors.New`.
struct Failure(Str);

impl Object for Failure {
    fn type_name(&self) -> &'static str {
        "*errors.errorString"
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("s", Value::Str(self.0.clone()))]
    }

    fn methods(&self) -> &'static [Method] {
        &[Method { name: "Error", sig: Sig::NONE }]
    }

    fn call(&self, _: usize, _: &mut Call<'_>, _: &[Value]) -> Result<Value, FuncError> {
        Ok(Value::Str(self.0.clone()))
    }

    fn text(&self) -> Option<Str> {
        Some(self.0.clone())
    }

    fn is_error(&self) -> bool {
        true
    }

    fn equals(&self, other: &dyn Object) -> bool {
        std::ptr::addr_eq(self, other)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// Data from a case: plain JSON, and `{"$int": 3}` and the like for values of other Go types.
pub(crate) fn data(json: &Json) -> Value {
    let object = match json {
        Json::Array(items) => return Value::list(items.iter().map(data).collect()),
        Json::Object(object) => object,
        _ => return Value::from_json(json),
    };
    if let (1, Some((key, value))) = (object.len(), object.iter().next()) {
        let int = value.as_f64().unwrap_or_default();
        let strings = || value.as_array().into_iter().flatten().filter_map(Json::as_str);
        let typed = match key.as_str() {
            "$int" => Value::int(int as i64),
            "$int8" => Value::Int(IntKind::Int8, int as i64),
            "$int32" => Value::Int(IntKind::Int32, int as i64),
            "$int64" => Value::int64(int as i64),
            "$uint" => Value::Uint(UintKind::Uint, int as u64),
            "$uint8" => Value::Uint(UintKind::Uint8, int as u64),
            "$uint64" => Value::Uint(UintKind::Uint64, int as u64),
            "$strings" => Value::strings(strings()),
            "$ints" => {
                let ints = value.as_array().into_iter().flatten().filter_map(Json::as_f64);
                Value::List(List::typed(Elem::Int, ints.map(|int| Value::int(int as i64)).collect()))
            }
            "$bytes" => {
                let bytes = base64(value.as_str().unwrap_or_default());
                let items = bytes.into_iter().map(|b| Value::Uint(UintKind::Uint8, u64::from(b))).collect();
                Value::List(List::typed(Elem::Uint8, items))
            }
            "$rawstring" => Value::str(base64(value.as_str().unwrap_or_default())),
            "$mapss" => {
                let entries = value.as_object().into_iter().flatten();
                let entries = entries.map(|(k, v)| (Str::from(k.as_str()), data(v))).collect();
                Value::Map(Map::from_entries(Elem::Str, entries))
            }
            "$nilmap" => Value::Map(Map::nil(Elem::Any)),
            "$nillist" => Value::List(List::nil(Elem::Any)),
            "$nilstrings" => Value::List(List::nil(Elem::Str)),
            "$error" => Value::Object(Rc::new(Failure(Str::from(value.as_str().unwrap_or_default())))),
            "$complex" => {
                let part = |at: usize| value.get(at).and_then(Json::as_f64).unwrap_or_default();
                Value::Complex(part(0), part(1))
            }
            _ => Value::Nil,
        };
        if key.starts_with('$') {
            return typed;
        }
    }
    Value::map(object.iter().map(|(k, v)| (Str::from(k.as_str()), data(v))))
}

/// Decodes standard base64.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut word, mut bits) = (0u32, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        word = word << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    out
}

/// What the engine makes of a case: the output, or the error text.
pub(crate) fn answer(case: &Json, funcs: &FuncMap) -> Result<Vec<u8>, String> {
    let template = case["template"].as_str().unwrap_or_default();
    let data = data(&case["data"]);
    match case["mode"].as_str() {
        Some("printf") => {
            let args = data.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
            seatrial_gotemplate::gofmt::sprintf(template.as_bytes(), &args, 1 << 24)
                .map_err(|fault| fault.message().to_owned())
        }
        Some("fast") => {
            let text = seatrial_gotemplate::fasttemplate::replace(template, |name| {
                case["data"].get(name).and_then(Json::as_str)
            });
            text.map(String::into_bytes).map_err(|error| error.to_string())
        }
        mode => {
            let mut env = Env::default();
            for option in case["options"].as_array().into_iter().flatten() {
                env.option(option.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
            }
            let argo = mode == Some("argo");
            let parsed = Template::parse("base", template, funcs).map_err(|error| {
                if argo { format!("failed to parse template {template}: {error}") } else { error.to_string() }
            })?;
            parsed.execute(&data, &env).map_err(|error| {
                if argo {
                    format!("failed to execute go template {template}: {error}")
                } else {
                    error.to_string()
                }
            })
        }
    }
}

/// What the judge answered.
pub(crate) fn expected(answer: &Json) -> Result<Vec<u8>, String> {
    if let Some(text) = answer["error"].as_str() {
        return Err(text.to_owned());
    }
    if let Some(text) = answer["base64"].as_str() {
        return Ok(base64(text));
    }
    Ok(answer["output"].as_str().unwrap_or_default().as_bytes().to_vec())
}
