//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's target folder, as the environment says or the default.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// All files below `dir` whose name ends in `.ext`, sorted; none if `dir` does not exist.
pub(crate) fn files(dir: &Path, ext: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ext) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        use std::fmt::Write;
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    /// Everything here counts on sorted maps and on numbers that are `i64`, `u64` or `f64`. Features are united over
    /// the workspace, so one crate that asks for `preserve_order` or `arbitrary_precision` would change all.
    #[test]
    fn json_maps_are_sorted_and_numbers_small() {
        let value: serde_json::Value =
            serde_json::from_str(r#"{"b": 1e3, "a": 123456789012345678901}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":1.2345678901234568e+20,"b":1000.0}"#);
    }
}
