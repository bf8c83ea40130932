//! `-f` and the `--set` family, merged in Helm's order.

use std::sync::Arc;

use seatrial_yaml::gojson;
use serde_json::Value;

use super::read::{merge_maps, read};
use crate::chart::Values;
use crate::error::Error;
use crate::set::{Mode, parse_into};
use crate::version::HelmVersion;

/// Where the user's values come from, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub struct ValueSources {
    /// `-f`, `--values`.
    pub files: Vec<ValuesFile>,
    /// `--set-json`.
    pub json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub string: Vec<String>,
    /// `--set-file`.
    pub file: Vec<String>,
    /// `--set-literal`.
    pub literal: Vec<String>,
}

/// A values file.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// Its name, as messages show it.
    pub name: Arc<str>,
    /// Its bytes; a file without them is read by name.
    pub data: Option<Arc<[u8]>>,
}

/// What fetches the file that `-f` or `--set-file` names; the error is the whole message.
pub type ReadFile<'r> = &'r dyn Fn(&str) -> Result<Vec<u8>, String>;

/// Helm's `Options.MergeValues`: files in their order, then `--set-json`, `--set`, `--set-string`, `--set-file` and
/// `--set-literal`, whatever their order on the command line.
pub fn merge_files_and_sets(
    sources: &ValueSources,
    version: HelmVersion,
    read_file: ReadFile<'_>,
) -> Result<Values, Error> {
    let mut base = Values::new();
    for file in &sources.files {
        let fetched = match &file.data {
            Some(_) => None,
            None => Some(read_file(&file.name).map_err(Error::new)?),
        };
        let bytes = fetched.as_deref().or(file.data.as_deref()).unwrap_or_default();
        let values = read(bytes, version)
            .map_err(|message| Error::new(format!("failed to parse {}: {message}", file.name)))?;
        if base.is_empty() {
            base = values;
        } else {
            merge_maps(&mut base, values);
        }
    }
    for text in &sources.json {
        let trimmed = text.trim();
        if version != HelmVersion::V3_19 && trimmed.starts_with('{') {
            match gojson::from_str_as_float(trimmed) {
                Ok(Value::Object(values)) => merge_maps(&mut base, values),
                _ => return Err(Error::new(format!("failed parsing --set-json data JSON: {text}"))),
            }
        } else if parse_into(&mut base, text, Mode::Json, version).is_err() {
            return Err(Error::new(format!("failed parsing --set-json data {text}")));
        }
    }
    let modes = [
        ("--set", &sources.set, Mode::Set),
        ("--set-string", &sources.string, Mode::String),
        ("--set-file", &sources.file, Mode::File(read_file)),
        ("--set-literal", &sources.literal, Mode::Literal),
    ];
    for (flag, texts, mode) in modes {
        for text in texts {
            parse_into(&mut base, text, mode, version)
                .map_err(|message| Error::new(format!("failed parsing {flag} data: {message}")))?;
        }
    }
    Ok(base)
}
