//! Values: files read, files and `--set` merged in Helm's order.

mod read;
mod sources;

pub(crate) use read::{documents, floats, table};
pub use read::{merge_maps, read};
pub use sources::{ReadFile, ValueSources, ValuesFile, merge_files_and_sets};

use serde_json::Value;

/// The Go type of a value, as `%T` prints it.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
