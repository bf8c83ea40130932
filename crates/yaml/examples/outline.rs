//! Prints what the tolerant reader makes of a file: every node, hole and fault.
#![allow(clippy::print_stdout)]

use seatrial_yaml::{Kind, Node, parse};

fn show(node: Node<'_>, depth: usize) {
    for child in node.children() {
        let what = match child.kind() {
            Kind::Scalar => format!("{:?} {:?}", child.style(), child.as_str().unwrap_or_default()),
            other => format!("{other:?}"),
        };
        if !child.is_key() {
            println!(
                "{}{} = {what}{}",
                "  ".repeat(depth),
                child.path(),
                if child.holes().is_empty() { "" } else { "  <holes>" }
            );
        }
        show(child, depth + 1);
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let tree = parse(text.as_str());
        println!("== {path}: {} documents", tree.documents().len());
        for document in tree.documents() {
            show(document.root(), 0);
        }
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        for error in tree.errors() {
            println!(
                "!! {}..{} {:?} {} {:?}",
                line(error.span().start),
                line(error.span().end),
                error.kind,
                error.message,
                &text[error.span()]
            );
        }
        for hole in tree.holes() {
            println!(
                "<> {} {:?} {:?} own_line={}",
                line(hole.span().start),
                hole.kind,
                &text[hole.span()],
                hole.own_line
            );
        }
    }
}
