//! A JSON value through `json.Unmarshal` and back through `json.Marshal`.

use serde_json::{Map, Number, Value};

use super::{Field, Struct, Ty, table};

/// How deep decoding goes; what lies deeper cannot be in any of the types.
const DEPTH: usize = 64;

/// `json.UnmarshalTypeError` and its kin, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The whole message.
    pub message: String,
    /// The keys and indices that lead to the value, as the input writes them.
    pub path: Vec<Step>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(String),
    /// An index.
    Index(usize),
}

impl From<&Step> for seatrial_yaml::Segment {
    fn from(step: &Step) -> Self {
        match step {
            Step::Key(key) => key.into(),
            Step::Index(index) => (*index).into(),
        }
    }
}

/// Decodes an ApplicationSet: what the controller gets to see.
pub fn decode_set(value: &Value) -> Result<Value, DecodeError> {
    decode(&super::argo("ApplicationSet"), value)
}

/// Decodes a value into a type and gives what encoding it again yields.
pub fn decode(ty: &Ty, value: &Value) -> Result<Value, DecodeError> {
    let root =
        ty.structure().map_or_else(String::new, |s| s.name.rsplit('.').next().unwrap_or(s.name).to_owned());
    let mut decoder = Decoder { root, path: Vec::new() };
    decoder.value(ty, value)
}

/// The JSON of a type's zero value.
pub fn zero(ty: &Ty) -> Value {
    match ty {
        Ty::String(_) => Value::String(String::new()),
        Ty::Bool => Value::Bool(false),
        Ty::Int(_) | Ty::Float | Ty::IntOrString => Value::from(0),
        Ty::Duration => Value::from("0s"),
        Ty::Time | Ty::Json | Ty::Raw | Ty::Ptr(_) | Ty::Slice(..) | Ty::Map(..) => Value::Null,
        Ty::Struct(id) => {
            let fields = table().get(*id).map(|s| s.fields.as_slice()).unwrap_or_default();
            Value::Object(
                fields
                    .iter()
                    .filter(|f| !f.may_be_absent())
                    .map(|f| (f.json.to_owned(), zero(&f.ty)))
                    .collect(),
            )
        }
    }
}

/// A number as Go's `float64` writes it in JSON.
pub fn go_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e21 {
        let text = format!("{number}");
        if text == "-0" {
            return Number::from_f64(number).map_or(Value::Null, Value::Number);
        }
        if let Ok(int) = text.parse::<i64>() {
            return Value::from(int);
        }
        if let Ok(int) = text.parse::<u64>() {
            return Value::from(int);
        }
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

impl Field {
    /// Whether the field may be left out of the output (when it is empty).
    pub fn may_be_absent(&self) -> bool {
        self.embedded || self.omit_zero || (self.omit_empty && !matches!(self.ty, Ty::Struct(_)))
    }

    /// Whether an encoded value of this field is left out of the output.
    pub fn is_omitted(&self, value: &Value) -> bool {
        if self.omit_zero && *value == zero(&self.ty) {
            return true;
        }
        if self.embedded && value.is_null() {
            return true;
        }
        self.omit_empty
            && match (&self.ty, value) {
                (Ty::Struct(_) | Ty::IntOrString, _) => false,
                (Ty::Ptr(_), value) => value.is_null(),
                (_, Value::Null | Value::Bool(false)) => true,
                (_, Value::String(text)) => text.is_empty(),
                (_, Value::Array(items)) => items.is_empty(),
                (Ty::Map(..), Value::Object(entries)) => entries.is_empty(),
                (Ty::Int(_) | Ty::Float, Value::Number(n)) => n.as_f64() == Some(0.0),
                _ => false,
            }
    }
}

struct Decoder {
    root: String,
    path: Vec<Step>,
}

impl Decoder {
    fn value(&mut self, ty: &Ty, value: &Value) -> Result<Value, DecodeError> {
        if self.path.len() > DEPTH {
            return Err(DecodeError {
                message: "json: exceeded max depth".to_owned(),
                path: self.path.clone(),
            });
        }
        match (ty, value) {
            (Ty::Json | Ty::Raw, value) => Ok(value.clone()),
            (Ty::IntOrString, value) => self.int_or_string(value),
            (ty, Value::Null) => Ok(zero(ty)),
            (Ty::Ptr(inner), value) => self.value(inner, value),
            (Ty::String(_), Value::String(_)) | (Ty::Bool, Value::Bool(_)) => Ok(value.clone()),
            (Ty::Int(name), Value::Number(number)) => fits(number, name)
                .ok_or_else(|| self.mismatch(ty, &format!("number {}", number_text(number)))),
            (Ty::Float, Value::Number(_)) => Ok(value.clone()),
            (Ty::Time, Value::String(text)) => {
                if is_rfc3339(text) {
                    return Ok(value.clone());
                }
                let layout = "2006-01-02T15:04:05Z07:00";
                let message =
                    format!("parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\"");
                Err(DecodeError { message, path: self.path.clone() })
            }
            (Ty::Duration, Value::String(_)) => Ok(value.clone()),
            (Ty::Slice(_, elem), Value::Array(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    out.push(self.value(elem, item)?);
                    self.path.pop();
                }
                Ok(Value::Array(out))
            }
            (Ty::Map(_, elem), Value::Object(entries)) => {
                let mut out = Map::new();
                for (key, item) in entries {
                    self.path.push(Step::Key(key.clone()));
                    out.insert(key.clone(), self.value(elem, item)?);
                    self.path.pop();
                }
                Ok(Value::Object(out))
            }
            (Ty::Struct(id), Value::Object(entries)) => match table().get(*id) {
                Some(structure) => self.structure(structure, entries),
                None => Ok(Value::Null),
            },
            (ty, value) => Err(self.mismatch(ty, kind(value))),
        }
    }

    fn structure(
        &mut self,
        structure: &'static Struct,
        entries: &Map<String, Value>,
    ) -> Result<Value, DecodeError> {
        let mut out = Map::new();
        for (key, item) in entries {
            let Some(field) = structure.field(key) else { continue };
            if item.is_null() && !matches!(field.ty, Ty::Ptr(_) | Ty::Slice(..) | Ty::Map(..)) {
                continue;
            }
            self.path.push(Step::Key(key.clone()));
            let value = self.value(&field.ty, item)?;
            self.path.pop();
            if field.is_omitted(&value) {
                out.remove(field.json);
            } else {
                out.insert(field.json.to_owned(), value);
            }
        }
        for field in &structure.fields {
            if !field.may_be_absent() && !out.contains_key(field.json) {
                out.insert(field.json.to_owned(), zero(&field.ty));
            }
        }
        Ok(Value::Object(out))
    }

    fn int_or_string(&self, value: &Value) -> Result<Value, DecodeError> {
        let what = match value {
            Value::String(_) => return Ok(value.clone()),
            Value::Null => return Ok(Value::from(0)),
            Value::Number(number) => match fits(number, "int32") {
                Some(fine) => return Ok(fine),
                None => format!("number {}", number_text(number)),
            },
            other => kind(other).to_owned(),
        };
        let message = format!("json: cannot unmarshal {what} into Go value of type int32");
        Err(DecodeError { message, path: self.path.clone() })
    }

    fn mismatch(&self, ty: &Ty, what: &str) -> DecodeError {
        let name = ty.name();
        let place = if self.path.is_empty() {
            format!("Go value of type {name}")
        } else {
            let mut dotted = self.root.clone();
            for step in &self.path {
                dotted.push('.');
                match step {
                    Step::Key(key) => dotted.push_str(key),
                    Step::Index(index) => dotted.push_str(&index.to_string()),
                }
            }
            let field = if matches!(self.path.last(), Some(Step::Key(_))) { "Go struct field " } else { "" };
            format!("{field}{dotted} of type {name}")
        };
        DecodeError {
            message: format!("json: cannot unmarshal {what} into {place}"),
            path: self.path.clone(),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The number as the type holds it, if it is an integer in range.
fn fits(number: &Number, name: &str) -> Option<Value> {
    let int = number.as_i64()?;
    let fine = match name {
        "int8" => i8::try_from(int).is_ok(),
        "int16" => i16::try_from(int).is_ok(),
        "int32" => i32::try_from(int).is_ok(),
        "uint" | "uint64" | "uint32" | "uint16" | "uint8" => int >= 0,
        _ => true,
    };
    fine.then(|| Value::from(int))
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            if float.abs() >= 1e21 || (float != 0.0 && float.abs() < 1e-6) {
                let text = format!("{float:e}");
                match text.split_once('e') {
                    Some((digits, exponent)) if !exponent.starts_with('-') => {
                        format!("{digits}e+{exponent:0>2}")
                    }
                    _ => text,
                }
            } else {
                format!("{float}")
            }
        }
        _ => number.to_string(),
    }
}

/// Whether a text is a time as RFC 3339 has it.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    let sign = |at: usize, want: u8| bytes.get(at) == Some(&want);
    let head =
        digits(0..4) && sign(4, b'-') && digits(5..7) && sign(7, b'-') && digits(8..10) && sign(10, b'T');
    let time = digits(11..13) && sign(13, b':') && digits(14..16) && sign(16, b':') && digits(17..19);
    if !(head && time) {
        return false;
    }
    let rest = text.get(19..).unwrap_or_default();
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let numeric = zone.len() == 6 && zone.starts_with(['+', '-']) && zone.get(3..4) == Some(":");
    zone == "Z" || numeric
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(spec: Value) -> String {
        decode_set(&json!({"metadata": {"name": "s"}, "spec": spec})).unwrap_err().message
    }

    #[test]
    fn go_words_for_misfits() {
        assert_eq!(
            error(json!({"goTemplate": "true"})),
            "json: cannot unmarshal string into Go struct field ApplicationSet.spec.goTemplate of type bool"
        );
        assert_eq!(
            error(json!({"generators": {}})),
            "json: cannot unmarshal object into Go struct field ApplicationSet.spec.generators of type []v1alpha1.ApplicationSetGenerator"
        );
        assert_eq!(
            error(json!({"generators": [1]})),
            "json: cannot unmarshal number into ApplicationSet.spec.generators.0 of type v1alpha1.ApplicationSetGenerator"
        );
        assert_eq!(
            error(json!({"template": {"spec": {"revisionHistoryLimit": 1e30}}})),
            "json: cannot unmarshal number 1e+30 into Go struct field ApplicationSet.spec.template.spec.revisionHistoryLimit of type int64"
        );
        assert_eq!(
            error(json!({"template": {"spec": {"sources": {}}}})),
            "json: cannot unmarshal object into Go struct field ApplicationSet.spec.template.spec.sources of type v1alpha1.ApplicationSources"
        );
        assert_eq!(
            error(json!({"strategy": {"rollingSync": {"steps": [{"maxUpdate": 1.5}]}}})),
            "json: cannot unmarshal number 1.5 into Go value of type int32"
        );
    }

    #[test]
    fn normal_form() {
        let app = decode(
            &super::super::argo("Application"),
            &json!({
                "KIND": "Application", "metadata": {"Name": "x", "labels": {}}, "bogus": 1,
                "spec": {"source": {"helm": {}, "path": ""}, "syncPolicy": {"automated": {"prune": false}}}
            }),
        );
        let app = app.unwrap();
        assert_eq!(app.get("kind"), Some(&json!("Application")));
        assert_eq!(app.get("metadata"), Some(&json!({"name": "x"})));
        let spec = json!({"destination": {}, "project": "", "source": {"helm": {}, "repoURL": ""}, "syncPolicy": {"automated": {"prune": false}}});
        assert_eq!(app.get("spec"), Some(&spec));
    }
}
