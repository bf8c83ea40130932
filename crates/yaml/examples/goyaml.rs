//! Answers JSON lines as `sigs.k8s.io/yaml` would, for comparison with the real one:
//! `{"op":"read"|"strict"|"json"|"write","text":…,"value":…}` gives `{"json":…}`, `{"yaml":…}` or `{"error":…}`.
#![allow(clippy::print_stdout)]

use std::io::{BufRead, Write};

use seatrial_yaml::{gojson, goyaml};
use serde_json::{Value, json};

fn answer(question: &Value) -> Value {
    let text = question["text"].as_str().unwrap_or_default();
    match question["op"].as_str() {
        Some("read") => match goyaml::to_json(text) {
            Ok(value) => json!({"json": gojson::to_string(&value)}),
            Err(error) => json!({"error": error.message}),
        },
        Some("strict") => match goyaml::to_json_strict(text) {
            Ok(value) => json!({"json": gojson::to_string(&value)}),
            Err(error) => json!({"error": error.message}),
        },
        Some("json") => match gojson::from_str_as_float(text) {
            Ok(value) => json!({"json": gojson::to_string(&value)}),
            Err(error) => json!({"error": error.message}),
        },
        Some("write") => match goyaml::to_yaml(&question["value"]) {
            Ok(yaml) => json!({"yaml": yaml}),
            Err(error) => json!({"error": error.message}),
        },
        _ => Value::Null,
    }
}

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    for line in std::io::stdin().lock().lines() {
        let Ok(question) = line.map_err(|_| ()).and_then(|line| serde_json::from_str(&line).map_err(|_| ()))
        else {
            break;
        };
        let _ = writeln!(out, "{}", answer(&question));
    }
}
