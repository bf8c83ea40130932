//! Slash-separated paths: Go's `path` (and `path/filepath` as on Linux).

use crate::func::FuncMap;
use crate::str::Str;

pub(super) fn add(m: &mut FuncMap) {
    for name in ["base", "osBase"] {
        m.add(name, |path: Str| base(&path));
    }
    for name in ["clean", "osClean"] {
        m.add(name, |path: Str| clean(&path));
    }
    for name in ["dir", "osDir"] {
        m.add(name, |path: Str| {
            let end = path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
            clean(path.get(..end).unwrap_or_default())
        });
    }
    for name in ["ext", "osExt"] {
        m.add(name, |path: Str| {
            let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
            let dot = name.iter().rposition(|b| *b == b'.');
            Str::from(dot.and_then(|at| name.get(at..)).unwrap_or_default())
        });
    }
    for name in ["isAbs", "osIsAbs"] {
        m.add(name, |path: Str| path.starts_with(b"/"));
    }
}

fn base(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let slashes = path.iter().rev().take_while(|b| **b == b'/').count();
    let trimmed = path.get(..path.len() - slashes).unwrap_or_default();
    match trimmed.rsplit(|b| *b == b'/').next() {
        Some(name) if !name.is_empty() => name.to_vec(),
        _ => b"/".to_vec(),
    }
}

/// `path.Clean`: the shortest path that means the same.
pub(super) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let mut out = if rooted { b"/".to_vec() } else { Vec::new() };
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans() {
        for (path, want) in [
            ("", "."),
            ("a//b/../c", "a/c"),
            ("/../a", "/a"),
            ("../../a", "../../a"),
            ("a/..", "."),
            ("/", "/"),
        ] {
            assert_eq!(String::from_utf8(clean(path.as_bytes())).unwrap(), want, "{path}");
        }
        assert_eq!(base(b"a/b//"), b"b");
        assert_eq!(base(b"//"), b"/");
    }
}
