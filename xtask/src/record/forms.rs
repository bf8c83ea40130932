//! The forms of recorded files: each room writes its lines as its tests like to read them. Here each becomes a question
//! for a judge, and takes the answer in.

use crate::paths;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

type Line = Map<String, Value>;

/// How the lines of a file are written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// The question's own keys and `answer`; `world` names an entry of `worlds.json` beside the file.
    Question,
    /// `t` the template, `o`, `x` (hexadecimal) or `e` the answer; `d` on the first line is the data of all.
    Sprig,
    /// `mode`, `template`, `data` (or the name of one of the first line's `worlds`), and the answer beside them.
    Engine,
    /// `text` and `want_json`, or `want_error`; the judge's mode is given here.
    Yaml(&'static str),
    /// `value` and `want_yaml`, or `want_error`.
    Write,
}

impl Form {
    /// The form of a recorded file, by its name.
    pub(crate) fn of(file: &Path) -> Self {
        match file.file_stem().and_then(|s| s.to_str()) {
            Some("sprig") => Form::Sprig,
            Some("engine") => Form::Engine,
            Some("read") => Form::Yaml("yaml2json"),
            Some("strict") => Form::Yaml("yaml2json-strict"),
            Some("write") => Form::Write,
            _ => Form::Question,
        }
    }

    /// Whether the first line holds what all others share.
    pub(crate) fn has_head(self) -> bool {
        matches!(self, Form::Sprig | Form::Engine)
    }

    /// A line as the judge is asked; `shared` is the first line, or the worlds beside the file.
    pub(crate) fn question(self, line: &Line, shared: &Line) -> Result<Value> {
        Ok(match self {
            Form::Question => question(line, shared)?,
            Form::Sprig => {
                json!({"mode": "template", "funcs": "sprig", "name": "t", "template": line["t"], "data": shared["d"]})
            }
            Form::Engine => engine(line, shared),
            Form::Yaml(mode) => json!({"mode": mode, "text": line["text"]}),
            Form::Write => json!({"mode": "json2yaml", "integers": true, "data": line["value"]}),
        })
    }

    /// A line with this answer in the place of the one it has.
    pub(crate) fn answered(self, line: &Line, answer: Value) -> Line {
        let mut line = line.clone();
        match self {
            Form::Question => {
                line.insert("answer".into(), answer);
            }
            Form::Sprig => sprig(&mut line, &answer),
            Form::Engine => {
                line.retain(|k, _| !["output", "base64", "error", "panic", "fatal"].contains(&k.as_str()));
                // With an error the judge also gives what was written before it.
                for (theirs, ours) in FAILURES
                    .iter()
                    .map(|k| (*k, *k))
                    .chain([("outputBase64", "base64"), ("output", "output")])
                {
                    if let Some(value) = answer.get(theirs) {
                        line.insert(ours.into(), value.clone());
                        break;
                    }
                }
            }
            Form::Yaml(_) => wanted(&mut line, "want_json", &answer),
            Form::Write => wanted(&mut line, "want_yaml", &answer),
        }
        line
    }
}

const FAILURES: [&str; 3] = ["error", "panic", "fatal"];

fn wanted(line: &mut Line, key: &str, answer: &Value) {
    line.retain(|k, _| k != key && k != "want_error");
    let failed = FAILURES.iter().find_map(|k| answer.get(*k));
    let (key, value) = match failed {
        Some(error) => ("want_error", error),
        None => (key, &answer["output"]),
    };
    line.insert(key.into(), value.clone());
}

fn sprig(line: &mut Line, answer: &Value) {
    line.retain(|k, _| k == "t");
    if let Some(error) = FAILURES.iter().find_map(|k| answer.get(*k)) {
        line.insert("e".into(), error.clone());
        return;
    }
    let (key, value) = match (answer["output"].as_str(), answer["outputBase64"].as_str()) {
        // What holds the replacement character cannot be told from bytes that were replaced.
        (Some(text), _) if text.contains('\u{fffd}') => ("x", paths::hex(text.as_bytes())),
        (Some(text), _) => ("o", text.to_owned()),
        (None, bytes) => ("x", paths::hex(&base64(bytes.unwrap_or_default()))),
    };
    line.insert(key.into(), value.into());
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for digit in text.bytes().filter_map(|b| DIGITS.iter().position(|d| *d == b)) {
        word = word << 6 | digit as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    out
}

fn engine(line: &Line, head: &Line) -> Value {
    let data = line.get("data").unwrap_or(&Value::Null);
    let named = data.as_str().and_then(|name| head.get("worlds")?.get(name));
    let (mode, key, value) = match line["mode"].as_str() {
        Some("printf") => ("printf", "funcs", ""),
        Some("fast") => ("replace", "kind", "fasttemplate"),
        Some("argo") => ("template", "funcs", "argocd"),
        Some("sprig") => ("template", "funcs", "sprig"),
        _ => ("template", "funcs", ""),
    };
    let mut out =
        json!({"mode": mode, "template": line["template"], "data": named.unwrap_or(data), "goTypes": true});
    out[key] = value.into();
    if let Some(options) = line.get("options") {
        out["options"] = options.clone();
    }
    out
}

/// A line whose keys are the question's: its world's and its own, without what is only ours.
pub(crate) fn question(line: &Line, worlds: &Line) -> Result<Value> {
    let mut out = Map::new();
    if let Some(name) = line.get("world").and_then(Value::as_str) {
        let world =
            worlds.get(name).and_then(Value::as_object).with_context(|| format!("no world `{name}`"))?;
        out.extend(world.clone());
    }
    out.extend(
        line.iter()
            .filter(|(k, _)| !["answer", "world", "note", "id"].contains(&k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone())),
    );
    Ok(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: Value) -> Line {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn answers_take_the_place_of_old_ones() {
        let old = line(json!({"t": "{{ 1 }}", "o": "2"}));
        let new = Form::Sprig.answered(&old, json!({"outputBase64": "/v8="}));
        assert_eq!(new, line(json!({"t": "{{ 1 }}", "x": "feff"})));
        let old = line(json!({"mode": "text", "template": "x", "data": 1, "output": "x"}));
        let new = Form::Engine.answered(&old, json!({"error": "no", "output": "before"}));
        assert_eq!(new, line(json!({"mode": "text", "template": "x", "data": 1, "error": "no"})));
        let new =
            Form::Write.answered(&line(json!({"value": 1, "want_error": "no"})), json!({"output": "1\n"}));
        assert_eq!(new, line(json!({"value": 1, "want_yaml": "1\n"})));
    }
}
