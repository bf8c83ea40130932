//! Cutting the output of a template into documents (`releaseutil.SplitManifests`).

use std::ops::Range;

use memchr::memmem;

use crate::version::HelmVersion;

/// The documents of a text, each without the space around it that this Helm takes off; empty ones are left out.
///
/// A separator is a `---` at the start of the text or of a line, whatever follows it. For Helm 3.19 and 4.2 the space
/// around it belongs to it, so that of two separators on successive lines the second is content. For Helm 4.3 only
/// blanks behind it do. Helm 4 leaves the space at the end of a document.
pub fn split(text: &[u8], version: HelmVersion) -> Vec<Range<usize>> {
    let start = text.len() - trim_start(text).len();
    let end = if version == HelmVersion::V3_19 { start + trim_end(&text[start..]).len() } else { text.len() };
    let text = text.get(..end).unwrap_or_default();
    let mut parts = Vec::new();
    let mut push = |from: usize, to: usize| {
        let part = text.get(from..to).unwrap_or_default();
        let inner = trim_start(part);
        let kept = trim_end(inner).len();
        if kept > 0 {
            let from = to - inner.len();
            parts.push(from..if version == HelmVersion::V3_19 { from + kept } else { to });
        }
    };
    let finder = memmem::Finder::new(b"\n---");
    let mut from = start;
    let mut separator = text.get(start..).filter(|text| text.starts_with(b"---")).map(|_| start);
    loop {
        let at = match separator.take() {
            Some(at) => at,
            None => match finder.find(text.get(from..).unwrap_or_default()) {
                Some(at) => from + at + 1,
                None => break,
            },
        };
        let behind = text.get(at + 3..).unwrap_or_default();
        if version == HelmVersion::V4_3 {
            push(from, at);
            from = at + 3 + behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        } else {
            let before = text.get(from..at).unwrap_or_default();
            let kept = before.iter().rposition(|byte| !regexp_space(*byte)).map_or(0, |last| last + 1);
            push(from, from + kept);
            from = at + 3 + behind.iter().take_while(|byte| regexp_space(**byte)).count();
        }
    }
    push(from, end);
    parts
}

/// `\s` of Go's regular expressions.
fn regexp_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// `strings.TrimLeftFunc(text, unicode.IsSpace)`.
pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(first) = rest.first() {
        let space = if first.is_ascii() {
            char::from(*first)
        } else {
            let head = rest.get(..rest.len().min(4)).unwrap_or_default();
            match head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
                Some(c) => c,
                None => return rest,
            }
        };
        if !space.is_whitespace() {
            break;
        }
        rest = rest.get(space.len_utf8()..).unwrap_or_default();
    }
    rest
}

/// The text without the Unicode space behind it.
pub(super) fn trim_end(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(last) = rest.last() {
        let width = if last.is_ascii() {
            usize::from(char::from(*last).is_whitespace())
        } else {
            // The space characters beyond ASCII take two or three bytes.
            let space = |width: &usize| {
                let tail = rest.len().checked_sub(*width).and_then(|at| rest.get(at..));
                let mut chars =
                    tail.and_then(|tail| std::str::from_utf8(tail).ok()).unwrap_or_default().chars();
                chars.next().is_some_and(char::is_whitespace) && chars.next().is_none()
            };
            [2, 3].into_iter().find(space).unwrap_or(0)
        };
        if width == 0 {
            break;
        }
        rest = rest.get(..rest.len() - width).unwrap_or_default();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, version: HelmVersion) -> Vec<&str> {
        split(text.as_bytes(), version).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn separators_of_each_helm() {
        use HelmVersion::{V3_19, V4_2, V4_3};
        let text = "\n---\n# a\na: 1\n\n---apiVersion: v1\n--- \n\n  b: 2 \n---\n---\nc: 3\n\n";
        assert_eq!(parts(text, V3_19), ["# a\na: 1", "apiVersion: v1", "b: 2", "---\nc: 3"]);
        assert_eq!(parts(text, V4_2), ["# a\na: 1", "apiVersion: v1", "b: 2", "---\nc: 3\n\n"]);
        assert_eq!(parts(text, V4_3), ["# a\na: 1\n\n", "apiVersion: v1\n", "b: 2 \n", "c: 3\n\n"]);
        assert!(parts(" \n---\n\u{a0}\n", V4_3).is_empty());
        assert_eq!(parts("a: |\n  ---\n", V3_19), ["a: |\n  ---"]);
    }
}
