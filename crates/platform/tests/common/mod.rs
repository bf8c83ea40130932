//! Platforms from text, and issues as people see them.
#![allow(dead_code)] // Each test binary uses its own part.

use std::fmt::Write as _;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot};

pub(crate) fn platform(text: &str) -> Platform {
    with_files(text, &[])
}

pub(crate) fn with_files(text: &str, files: &[(&str, &str)]) -> Platform {
    let all = [("seatrial.yaml", text)].into_iter().chain(files.iter().copied());
    let tree: Arc<dyn Snapshot> = Arc::new(all.collect::<Memory>());
    Platform::from_tree(&tree, "seatrial.yaml").unwrap()
}

/// Each issue with its place, kind, the text it points at, help and related places.
pub(crate) fn issues(platform: &Platform) -> String {
    let mut out = String::new();
    let place = |span: seatrial_source::Span| {
        let file = platform.files().iter().find(|file| file.id == span.file).unwrap();
        let at = file.line_col(span.start as usize);
        (format!("{}:{}:{}", file.path, at.line, at.column), file.slice(span).replace('\n', "⏎"))
    };
    for issue in platform.issues() {
        let (at, text) = place(issue.span);
        let _ = writeln!(out, "{at} {} «{text}»\n  {}", issue.kind.as_str(), issue.message);
        if !issue.help.is_empty() {
            let _ = writeln!(out, "  help: {}", issue.help);
        }
        if let Some(replacement) = &issue.replacement {
            let _ = writeln!(out, "  replacement: {replacement}");
        }
        for (span, words) in &issue.related {
            let (at, text) = place(*span);
            let _ = writeln!(out, "  related: {at} «{text}» {words}");
        }
    }
    out
}
