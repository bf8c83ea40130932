//! Our answer to a question of the judge of values, in the same form; see `oracle/README.md`.

use std::sync::Arc;

use seatrial_helm::load::{self, LoadOptions, RawFile};
use seatrial_helm::values::{ValueSources, ValuesFile, merge_files_and_sets};
use seatrial_helm::{Chart, Error, HelmVersion, Values, coalesce, dependencies};
use serde_json::{Map, Value, json};

/// Answers a question as the judge of that version does.
pub(crate) fn answer(question: &Value, version: HelmVersion) -> Value {
    let mut answer = Map::new();
    let mut warnings = Vec::new();
    if let Err(error) = run(question, version, &mut answer, &mut warnings) {
        answer.insert("error".into(), error.message.into());
    }
    if !warnings.is_empty() {
        warnings.sort();
        answer.insert("warnings".into(), warnings.into());
    }
    Value::Object(answer)
}

fn run(
    question: &Value,
    version: HelmVersion,
    answer: &mut Map<String, Value>,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let texts = |key: &str| -> Vec<String> {
        let items = question[key].as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let sources = ValueSources {
        files: texts("valueFiles")
            .into_iter()
            .map(|name| ValuesFile { name: name.into(), data: None })
            .collect(),
        json: texts("setJson"),
        set: texts("set"),
        string: texts("setString"),
        file: texts("setFile"),
        literal: texts("setLiteral"),
    };
    let read = |name: &str| {
        let text = question["files"][name].as_str();
        text.map(bytes_of).ok_or_else(|| format!("open {name}: no such file or directory"))
    };
    let user = merge_files_and_sets(&sources, version, &read)?;
    answer.insert("user".into(), tagged(&user));
    let options = LoadOptions { version, ..LoadOptions::default() };
    let chart = if let Some(archive) = question["archive"].as_str() {
        let bytes = bytes_of(&format!("base64:{archive}"));
        load::files(load::members(&bytes, "chart.tgz", &options)?, &options)?
    } else if let Some(files) = question["chart"].as_object() {
        let mut files: Vec<_> = files
            .iter()
            .map(|(name, text)| RawFile {
                name: name.clone(),
                data: bytes_of(text.as_str().unwrap_or_default()).into(),
                source: name.as_str().into(),
            })
            .collect();
        files.sort_by_key(|file| file.name.replace('/', "\0"));
        load::files(files, &options)?
    } else {
        return Ok(());
    };
    warnings.extend(chart.warnings.iter().cloned());
    let chart = dependencies::process(&Arc::new(chart), &user, version, warnings)?;
    let mut coalesced = coalesce::coalesce(&chart, &user, version)?;
    warnings.append(&mut coalesced.warnings);
    let values = coalesced.to_values();
    if question["skipSchema"] != json!(true) {
        seatrial_helm::schema::Schemas::default().validate(&chart, &values, version, u64::MAX)?;
    }
    answer.insert("values".into(), tagged(&values));
    let mut charts = Vec::new();
    paths(&chart, &mut charts);
    answer.insert("charts".into(), charts.into());
    Ok(())
}

fn paths(chart: &Chart, into: &mut Vec<String>) {
    into.push(chart.full_path.to_string());
    for inner in &chart.dependencies {
        paths(inner, into);
    }
}

fn tagged(values: &Values) -> Value {
    fn item(value: &Value) -> Value {
        match value {
            Value::Number(number) if !number.is_f64() => json!({ "$int": number }),
            Value::Array(items) => items.iter().map(item).collect(),
            Value::Object(entries) => tagged(entries),
            other => other.clone(),
        }
    }
    values.iter().map(|(key, value)| (key.clone(), item(value))).collect::<Map<_, _>>().into()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let Some(encoded) = text.strip_prefix("base64:") else { return text.as_bytes().to_vec() };
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for value in encoded.bytes().filter_map(digit) {
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xFF) as u8);
        }
    }
    out
}
