//! Go's `encoding/json` as Go 1.27 has it: the bytes `json.Marshal` writes, and what `json.Unmarshal` says.

mod float;
mod read;
mod write;

pub(crate) use float::format_g32;
pub use float::{format_f64, format_g};

pub use read::{GoJsonError, MAX_DEPTH, from_str, from_str_as_float, next_in_stream};
pub use write::{to_string, to_string_indent, write_string};
