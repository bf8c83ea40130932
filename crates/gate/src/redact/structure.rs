//! Secrets by where they stand in YAML or JSON.

use seatrial_yaml::{Kind, Node, parse};

use super::keys::holds_secret;
use super::patterns::{Found, is_worth};

/// How deep is looked. What is deeper is no manifest.
const DEPTH: usize = 200;

/// Every secret that a text shows when it is read as YAML: the data of Secrets, values of keys that are named for one, the
/// `value` beside such a `name` (environment variables, Helm parameters), and what follows a flag in a list of arguments.
pub(super) fn find(text: &str) -> Vec<Found> {
    let tree = parse(text);
    let mut out = Vec::new();
    for document in tree.documents() {
        walk(document.root(), false, 0, &mut out);
    }
    out
}

/// A secret as it is written, without quotes and the marks of a block: what it is.
pub(super) fn plain(written: &str) -> String {
    let tree = parse(written);
    let root = tree.root().filter(|root| tree.errors().is_empty() && root.kind() == Kind::Scalar);
    match root.and_then(Node::as_str) {
        Some(text) => text.trim().to_owned(),
        None => written.trim().to_owned(),
    }
}

fn walk(node: Node<'_>, secret: bool, depth: usize, out: &mut Vec<Found>) {
    if depth > DEPTH {
        return;
    }
    match node.kind() {
        Kind::Mapping => {
            let text = |key: &str| node.get(key).and_then(Node::as_str);
            let is_secret = text("kind").is_some_and(|kind| kind == "Secret");
            let named = text("name").or_else(|| text("key")).is_some_and(|name| holds_secret(&name));
            for entry in node.entries() {
                let key = entry.key.key_text().unwrap_or_default();
                let within = is_secret && matches!(&*key, "data" | "stringData");
                let scalar = entry.value.kind() == Kind::Scalar;
                let own = scalar && (holds_secret(&key) || named && key == "value");
                walk(entry.value, secret || within || own, depth + 1, out);
            }
        }
        Kind::Sequence => {
            let mut flag = false;
            for item in node.items() {
                let text = item.as_str().unwrap_or_default();
                walk(item, secret || flag, depth + 1, out);
                flag = text.starts_with('-')
                    && !text.contains(['=', ' '])
                    && holds_secret(text.trim_start_matches('-'));
            }
        }
        Kind::Scalar if secret && is_worth(node.source()) => {
            let span = node.span();
            // The line break behind a block belongs to the file.
            let trailing = node.source().len() - node.source().trim_end().len();
            out.push((span.start..span.end - trailing, "value"));
        }
        _ => {}
    }
}
