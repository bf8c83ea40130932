//! `.Files`: the files of a chart that are no templates.

use std::sync::Arc;

use seatrial_gotemplate::glob::gobwas::Pattern;
use seatrial_gotemplate::{Call, Elem, Frozen, FuncError, List, Map, Str, Value};

use super::convert::to_yaml;
use super::types::{self, string_map};
use crate::chart::File;

/// The shared entries of `.Files` of a chart.
pub(super) fn entries(files: &[File]) -> Arc<[(Str, Frozen)]> {
    let mut entries: Vec<(Str, Frozen)> =
        files.iter().map(|file| (Str::from(&*file.name), Frozen::Bytes(Arc::clone(&file.data)))).collect();
    // Of two files of one name the later counts.
    entries.reverse();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|next, kept| next.0 == kept.0);
    entries.into()
}

/// `.Files` made of its entries.
pub(super) fn value(entries: &Arc<[(Str, Frozen)]>) -> Value {
    Value::Map(Map::from_shared(Elem::Bytes, Arc::clone(entries)).with_type(Some(types::files())))
}

/// The methods, in the order of their names.
pub(super) fn method(
    index: usize,
    receiver: &Value,
    call: &mut Call<'_>,
    args: &[Value],
) -> Result<Value, FuncError> {
    let Value::Map(files) = receiver else { return Ok(Value::Nil) };
    let name = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
    let Some(method) = types::files().methods.get(index) else { return Ok(Value::Nil) };
    match method.name {
        "AsConfig" => as_map(call, files, |_, bytes| Ok(Str::from(Arc::clone(bytes)))),
        "AsSecrets" => as_map(call, files, |call, bytes| {
            call.charge(bytes.len() / 3 * 4)?;
            Ok(Str::from(seatrial_gotemplate::sprig::base64_encode(bytes)))
        }),
        "Get" => Ok(Value::Str(bytes(files, &name).map_or(Str::EMPTY, Str::from))),
        "GetBytes" => {
            Ok(Value::List(List::bytes(bytes(files, &name).unwrap_or_else(|| Arc::from([].as_slice())))))
        }
        "Glob" => glob(call, files, &name),
        _ => lines(call, bytes(files, &name)),
    }
}

fn bytes(files: &Map, name: &[u8]) -> Option<Arc<[u8]>> {
    bytes_of(&files.get(name)?)
}

fn bytes_of(value: &Value) -> Option<Arc<[u8]>> {
    let list = value.as_list()?;
    Some(match list.shared_bytes() {
        Some(bytes) => Arc::clone(bytes),
        None => Arc::from(seatrial_gotemplate::json::bytes_of(list)),
    })
}

/// The files whose name matches a pattern; all files where it does not parse.
fn glob(call: &Call<'_>, files: &Map, pattern: &Str) -> Result<Value, FuncError> {
    let pattern = Pattern::parse(&pattern.to_text(), &['/']).ok();
    let mut found = Vec::new();
    for (name, value) in files.entries() {
        call.step(1 + name.len() as u64 / 8)?;
        if pattern.as_ref().is_none_or(|pattern| pattern.matches(&name.to_text()))
            && let Some(bytes) = bytes_of(&value)
        {
            found.push((name, Frozen::Bytes(bytes)));
        }
    }
    let found = Map::from_shared(Elem::Bytes, found.into());
    Ok(Value::Map(found.with_type(files.named())))
}

/// A YAML mapping of base names and texts.
fn as_map(
    call: &mut Call<'_>,
    files: &Map,
    text: impl Fn(&Call<'_>, &Arc<[u8]>) -> Result<Str, FuncError>,
) -> Result<Value, FuncError> {
    let mut entries = Vec::new();
    for (name, value) in files.entries() {
        if let Some(bytes) = bytes_of(&value) {
            entries.push((base(&name), text(call, &bytes)?));
        }
    }
    to_yaml(call, &string_map(entries.into_iter()))
}

/// `path.Base`.
fn base(name: &Str) -> Str {
    let trimmed = name.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let name = name.get(..trimmed).unwrap_or_default();
    let start = name.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Str::from(name.get(start..).unwrap_or_default())
}

fn lines(call: &Call<'_>, bytes: Option<Arc<[u8]>>) -> Result<Value, FuncError> {
    let bytes = bytes.unwrap_or_else(|| Arc::from([].as_slice()));
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Ok(Value::List(List::strings::<Str>([])));
    }
    let count = memchr::memchr_iter(b'\n', text).count() + 1;
    call.charge(text.len().saturating_add(count.saturating_mul(size_of::<Value>())))?;
    Ok(Value::List(List::strings(text.split(|byte| *byte == b'\n'))))
}
