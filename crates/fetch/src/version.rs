//! Which version of a chart is meant.

use seatrial_argocd::versions::{is_version, max_version};

use crate::error::FetchError;

/// The version that is asked for: itself, or the highest of those that `all` has within a range; any where none is given.
pub(crate) fn chosen(
    wanted: &str,
    all: impl FnOnce() -> Result<Vec<String>, FetchError>,
) -> Result<String, FetchError> {
    if is_version(wanted) {
        return Ok(wanted.to_owned());
    }
    let all = all()?;
    let range = if wanted.is_empty() { "*" } else { wanted };
    max_version(range, all.iter().map(String::as_str), "")
        .map_err(|error| FetchError::Missing(format!("invalid revision: {error}")))
}
