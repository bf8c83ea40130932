//! A tree against the table: unknown keys, wrong types, values outside of what is allowed.

use std::collections::HashMap;

use seatrial_source::SourceFile;
use seatrial_yaml::{Entry, Kind, Node, Scalar};

use super::{Key, Shape};
use crate::issue::{Issue, IssueKind};

/// Deeper than this nothing is looked at; the table itself is far shallower.
const MAX_DEPTH: usize = 32;

/// Everything about `node` that does not fit `shape`. `path` names the place in words (`clusters.dev`).
pub(crate) fn check(file: &SourceFile, node: Node<'_>, shape: &Shape, path: &str, issues: &mut Vec<Issue>) {
    Checker { file, issues }.value(node, shape, path, 0);
}

struct Checker<'a> {
    file: &'a SourceFile,
    issues: &'a mut Vec<Issue>,
}

impl Checker<'_> {
    fn value(&mut self, node: Node<'_>, shape: &Shape, path: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        // What could not be read is a syntax issue already; a key without a value states nothing.
        let Some(node) = node.resolved() else { return };
        if matches!(node.kind(), Kind::Error | Kind::Null) || is_null(node) {
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Null => self.wrong(node, path, "nothing"),
            Shape::Text => {
                if text(node).is_none() {
                    self.wrong(node, path, "text");
                }
            }
            Shape::Form(form) => {
                let (words, example) = form.words();
                match text(node) {
                    Some(text) if form.accepts(&text) => {}
                    Some(text) => self
                        .invalid(node, format!("`{path}` must be {words} (such as {example}), not {text:?}")),
                    None => self.wrong(node, path, words),
                }
            }
            Shape::Bool => {
                if !matches!(node.scalar(), Some(Scalar::Bool(_))) {
                    self.wrong(node, path, "true or false");
                }
            }
            Shape::Count => match node.scalar() {
                Some(Scalar::Int(n)) if n >= 0 => {}
                Some(Scalar::Int(_) | Scalar::Uint(_)) => {
                    self.invalid(node, format!("`{path}` must not be negative, or this large"));
                }
                _ => self.wrong(node, path, "a whole number"),
            },
            Shape::Word(words) => match word(node) {
                Some(text) if words.contains(&text.as_str()) => {}
                Some(text) => self.word(node, path, words, &text),
                None => self.wrong(node, path, &format!("one of {}", words.join(", "))),
            },
            Shape::List(item) => {
                if node.kind() != Kind::Sequence {
                    return self.wrong(node, path, "a list");
                }
                for (index, one) in node.items().enumerate() {
                    self.value(one, item, &format!("{path}[{index}]"), depth + 1);
                }
            }
            Shape::Map(_, value) => {
                if node.kind() != Kind::Mapping {
                    return self.wrong(node, path, "a mapping");
                }
                for (key, entry) in self.entries(node, path) {
                    self.value(entry.value, value, &join(path, &key), depth + 1);
                }
            }
            Shape::Object(groups) | Shape::Open(groups) => {
                if node.kind() != Kind::Mapping {
                    return self.wrong(node, path, "a mapping");
                }
                let open = matches!(shape, Shape::Open(_));
                for (key, entry) in self.entries(node, path) {
                    match groups.iter().copied().flatten().find(|known| known.name == key) {
                        Some(known) => self.value(entry.value, &known.shape, &join(path, &key), depth + 1),
                        None if open || (path.is_empty() && key.starts_with("x-")) => {}
                        None => self.unknown(entry, path, &key, groups),
                    }
                }
            }
            Shape::Either(shapes) => match shapes.iter().find(|shape| fits(node, shape)) {
                Some(shape) => self.value(node, shape, path, depth + 1),
                None => {
                    let words: Vec<String> = shapes.iter().map(describe).filter(|w| w != "nothing").collect();
                    self.wrong(node, path, &words.join(", or "));
                }
            },
        }
    }

    /// Keys and entries, those of merged mappings included; a key given twice is an issue.
    fn entries<'t>(&mut self, node: Node<'t>, path: &str) -> Vec<(String, Entry<'t>)> {
        let mut seen: HashMap<String, Entry<'t>> = HashMap::new();
        let mut entries = Vec::new();
        for entry in node.entries() {
            let Some(key) = entry.key.key_text().filter(|_| !entry.key.is_merge_key()) else { continue };
            let key = key.into_owned();
            if let Some(first) = seen.get(&key) {
                let span = self.file.span_of(entry.key.span());
                let issue = Issue::new(
                    span,
                    IssueKind::DuplicateKey,
                    format!("`{}` is given twice; only the last one counts", join(path, &key)),
                );
                let first = self.file.span_of(first.key.span());
                self.issues.push(issue.help("Keep one of them.").related(first, "first given here"));
            } else {
                seen.insert(key.clone(), entry);
            }
            entries.push((key, entry));
        }
        entries
    }

    fn unknown(&mut self, entry: Entry<'_>, path: &str, key: &str, groups: &[&[Key]]) {
        let span = self.file.span_of(entry.key.span());
        let names = || groups.iter().copied().flatten().map(|key| key.name);
        let place = if path.is_empty() { "the platform file".to_owned() } else { format!("`{path}`") };
        let issue = Issue::new(span, IssueKind::UnknownKey, format!("{place} has no key `{key}`"));
        self.issues.push(match nearest(key, names()) {
            Some(near) => issue.help(format!("Did you mean `{near}`?")).replacement(near),
            None => issue.help(format!("It has: {}.", names().collect::<Vec<_>>().join(", "))),
        });
    }

    fn word(&mut self, node: Node<'_>, path: &str, words: &[&'static str], found: &str) {
        let span = self.file.span_of(node.span());
        let message = format!("`{path}` must be one of {}, not {found:?}", words.join(", "));
        let issue = Issue::new(span, IssueKind::InvalidValue, message);
        self.issues.push(match nearest(found, words.iter().copied()) {
            Some(near) => issue.help(format!("Did you mean `{near}`?")).replacement(near),
            None => issue,
        });
    }

    fn wrong(&mut self, node: Node<'_>, path: &str, wanted: &str) {
        let place = if path.is_empty() { "the platform file".to_owned() } else { format!("`{path}`") };
        let message = format!("{place} must be {wanted}, not {}", found(node));
        let issue = Issue::new(place_of(self.file, node), IssueKind::WrongType, message);
        let quoted = wanted == "text" && node.kind() == Kind::Scalar;
        self.issues.push(if quoted {
            issue.help("Quote it.").replacement(format!("\"{}\"", node.source()))
        } else {
            issue
        });
    }

    fn invalid(&mut self, node: Node<'_>, message: String) {
        self.issues.push(Issue::new(place_of(self.file, node), IssueKind::InvalidValue, message));
    }
}

/// A span worth showing: the node if it is on one line, else the key it stands under or its first line.
pub(crate) fn place_of(file: &SourceFile, node: Node<'_>) -> seatrial_source::Span {
    let span = node.span();
    if !node.source().contains(['\n', '\r']) {
        return file.span_of(span);
    }
    match node.key_span() {
        Some(key) => file.span_of(key),
        None => {
            let end = node.source().find(['\n', '\r']).map_or(span.end, |at| span.start + at);
            file.span_of(span.start..end)
        }
    }
}

/// The text of a scalar that counts as text: numbers and dates are the text they are written as.
pub(crate) fn text(node: Node<'_>) -> Option<String> {
    match node.scalar()? {
        Scalar::Str(_) | Scalar::Timestamp(_) | Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_) => {
            node.as_str().map(std::borrow::Cow::into_owned)
        }
        Scalar::Null | Scalar::Bool(_) | Scalar::Binary(_) => None,
    }
}

/// The text of a scalar where words are wanted: `off` is a word then, and not `false`.
pub(crate) fn word(node: Node<'_>) -> Option<String> {
    match node.scalar()? {
        Scalar::Bool(_) => node.as_str().map(std::borrow::Cow::into_owned),
        _ => text(node),
    }
}

/// Whether a node says `null`.
pub(crate) fn is_null(node: Node<'_>) -> bool {
    node.resolved().is_none_or(|node| {
        node.kind() == Kind::Null || (node.kind() == Kind::Scalar && node.scalar() == Some(Scalar::Null))
    })
}

/// Whether a node is of the kind that a shape wants; what is inside is looked at later.
fn fits(node: Node<'_>, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Null => false,
        Shape::Text | Shape::Form(_) => text(node).is_some(),
        Shape::Word(words) => {
            text(node).is_some() || word(node).is_some_and(|word| words.contains(&word.as_str()))
        }
        Shape::Bool => matches!(node.scalar(), Some(Scalar::Bool(_))),
        Shape::Count => matches!(node.scalar(), Some(Scalar::Int(_) | Scalar::Uint(_))),
        Shape::List(_) => node.kind() == Kind::Sequence,
        Shape::Map(..) | Shape::Object(_) | Shape::Open(_) => node.kind() == Kind::Mapping,
        Shape::Either(shapes) => shapes.iter().any(|shape| fits(node, shape)),
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".into(),
        Shape::Null => "nothing".into(),
        Shape::Text => "text".into(),
        Shape::Form(form) => form.words().0.into(),
        Shape::Bool => "true or false".into(),
        Shape::Count => "a whole number".into(),
        Shape::Word(words) => format!("one of {}", words.join(", ")),
        Shape::List(_) => "a list".into(),
        Shape::Map(what, _) => format!("a mapping by {what}"),
        Shape::Object(_) | Shape::Open(_) => "a mapping".into(),
        Shape::Either(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(", or "),
    }
}

fn found(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Mapping => "a mapping".into(),
        Kind::Sequence => "a list".into(),
        _ => match node.scalar() {
            Some(Scalar::Bool(value)) => format!("{value}"),
            Some(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_)) => {
                format!("the number {}", node.source())
            }
            _ => format!("{:?}", node.as_str().unwrap_or_default()),
        },
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The name most like `word`, if one is like it at all: the same but for case and separators, a part of it, or
/// a few letters off.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(word);
    let score = |name: &str| {
        let name = plain(name);
        if name == wanted {
            return 1.0;
        }
        // `clusterName` for `name`, `secret` for `pullSecret`.
        let part = wanted.len() >= 4 && (name.contains(&wanted) || wanted.contains(&name) && name.len() >= 4);
        let alike = strsim::normalized_damerau_levenshtein(&wanted, &name);
        if part { alike.max(0.7) } else { alike }
    };
    names
        .map(|name| (score(name), name))
        .filter(|(score, _)| *score >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names() {
        let names = ["pullSecret", "registries", "replicas", "sync", "namespaces"];
        for (word, expected) in [
            ("pull_secret", Some("pullSecret")),
            ("pullSecrets", Some("pullSecret")),
            ("registry", Some("registries")),
            ("registrys", Some("registries")),
            ("namespace", Some("namespaces")),
            ("replica", Some("replicas")),
            ("colour", None),
        ] {
            assert_eq!(nearest(word, names.into_iter()), expected, "{word}");
        }
    }
}
