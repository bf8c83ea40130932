//! The grammar of `--set` and its kin, Helm's `strvals`.

mod input;
mod parser;
mod typed;

use crate::chart::Values;
use crate::values::ReadFile;
use crate::version::HelmVersion;

/// Which flag an expression belongs to.
#[derive(Clone, Copy)]
pub enum Mode<'r> {
    /// `--set`: booleans, null and whole numbers (as `int64`) are told apart.
    Set,
    /// `--set-string`: every value is a string.
    String,
    /// `--set-json`: values are JSON.
    Json,
    /// `--set-file`: values name files, whose contents are the strings.
    File(ReadFile<'r>),
    /// `--set-literal`: everything after the first `=` is the string.
    Literal,
}

/// Parses an expression (`a.b=1,c[0].d={x,y}`) into values that are already there.
///
/// The error is Helm's, without the `failed parsing --set data: ` before it; the values are of no use after one.
pub fn parse_into(
    values: &mut Values,
    expression: &str,
    mode: Mode<'_>,
    version: HelmVersion,
) -> Result<(), String> {
    parser::Parser::new(expression, mode, version).parse(values)
}
