//! From the tree to the typed platform. What does not fit is left out: the table has complained about it.

mod facts;
mod house;
mod places;

use std::borrow::Cow;
use std::sync::Arc;

use seatrial_source::{SourceFile, Span};
use seatrial_yaml::{Entry, Kind, Node, Scalar, Tree};

use crate::issue::{Issue, IssueKind};
use crate::keys::{self, check_place, is_null, scalar_text};
use crate::model::Platform;
use crate::spanned::{List, Pairs, Spanned, Text};

/// Reads the platform file alone, without what it imports.
pub(crate) fn platform(file: Arc<SourceFile>) -> Platform {
    let tree = seatrial_yaml::parse(Arc::clone(&file.text));
    let mut platform = Platform { present: true, files: vec![Arc::clone(&file)], ..Platform::default() };
    syntax(&file, &tree, &mut platform.issues);
    let Some(root) = tree.root() else { return platform };
    let mut misfits = Vec::new();
    keys::check(&file, root, &keys::FILE, "", &mut misfits);
    // Where the YAML is broken keys end up in the wrong place: that is the fault's doing, not another fault.
    let broken = !tree.errors().is_empty();
    misfits.retain(|issue| !(broken && issue.kind == IssueKind::UnknownKey));
    platform.issues.append(&mut misfits);
    let reader = Reader { file: &file };
    reader.places(root, &mut platform);
    reader.house(root, &mut platform);
    platform
}

/// Where the YAML itself is at fault.
pub(crate) fn syntax(file: &SourceFile, tree: &Tree, issues: &mut Vec<Issue>) {
    if let Some(at) = file.invalid_at {
        let span = Span::at(file.id, at);
        issues.push(Issue::new(span, IssueKind::Syntax, "bytes that are no valid text"));
    }
    for error in tree.errors() {
        let span = file.span_of(error.span());
        issues.push(Issue::new(span, IssueKind::Syntax, format!("not valid YAML: {}", error.message)));
    }
    if let Some(second) = tree.documents().nth(1) {
        let span = second.separator().unwrap_or(second.span().start..second.span().start);
        let message = "a second YAML document; only the first one is read";
        issues.push(Issue::new(file.span_of(span), IssueKind::Syntax, message));
    }
}

/// Reads nodes of one file.
pub(crate) struct Reader<'f> {
    pub(crate) file: &'f SourceFile,
}

impl Reader<'_> {
    /// The place worth showing for a node.
    fn span(&self, node: Node<'_>) -> Span {
        check_place(self.file, node)
    }

    fn text(&self, node: Option<Node<'_>>) -> Option<Text> {
        let node = node?;
        Some(Spanned::new(scalar_text(node.resolved()?)?, self.span(node)))
    }

    fn flag(&self, node: Option<Node<'_>>) -> Option<Spanned<bool>> {
        let node = node?;
        match node.scalar()? {
            Scalar::Bool(value) => Some(Spanned::new(value, self.span(node))),
            _ => None,
        }
    }

    fn count(&self, node: Option<Node<'_>>) -> Option<Spanned<u64>> {
        let node = node?;
        match node.scalar()? {
            Scalar::Int(value) => Some(Spanned::new(u64::try_from(value).ok()?, self.span(node))),
            _ => None,
        }
    }

    /// A list of texts, or one text as a list of one.
    fn list(&self, node: Option<Node<'_>>) -> Option<List> {
        let node = node?;
        let items: Vec<Text> = match node.resolved()?.kind() {
            Kind::Sequence => node.items().filter_map(|item| self.text(Some(item))).collect(),
            _ => vec![self.text(Some(node))?],
        };
        Some(Spanned::new(items, self.span(node)))
    }

    fn texts(&self, node: Option<Node<'_>>) -> Vec<Text> {
        self.list(node).map(|list| list.value).unwrap_or_default()
    }

    /// A mapping of texts.
    pub(crate) fn pairs(&self, node: Option<Node<'_>>) -> Option<Pairs> {
        let node = node?;
        if node.resolved()?.kind() != Kind::Mapping {
            return None;
        }
        let pairs = self.entries(node).into_iter().filter_map(|(key, value)| {
            // A label may well be `true` or `1`.
            let text = self.text(Some(value)).or_else(|| {
                let text = value.as_str().map(Cow::into_owned)?;
                Some(Spanned::new(text, self.span(value)))
            });
            Some((key, text?))
        });
        Some(Spanned::new(pairs.collect(), self.span(node)))
    }

    /// Keys and values, those of merged mappings included; of a key given twice the last.
    fn entries<'t>(&self, node: Node<'t>) -> Vec<(Text, Node<'t>)> {
        let mut entries: Vec<(Text, Node<'t>)> = Vec::new();
        self.collect(node, &mut entries, 0);
        entries
    }

    fn collect<'t>(&self, node: Node<'t>, entries: &mut Vec<(Text, Node<'t>)>, depth: usize) {
        // Merged mappings may merge others, or (wrongly) themselves.
        if depth > 8 {
            return;
        }
        let mut merged = Vec::new();
        for Entry { key, value } in node.entries() {
            if key.is_merge_key() {
                merged.push(value);
                continue;
            }
            let Some(name) = key.key_text() else { continue };
            let name = Spanned::new(name.into_owned(), self.file.span_of(key.span()));
            match entries.iter_mut().find(|(known, _)| known.value == name.value) {
                Some(known) if depth == 0 => *known = (name, value),
                Some(_) => {}
                None => entries.push((name, value)),
            }
        }
        for value in merged {
            let Some(value) = value.resolved() else { continue };
            match value.kind() {
                Kind::Sequence => value.items().for_each(|item| self.collect(item, entries, depth + 1)),
                _ => self.collect(value, entries, depth + 1),
            }
        }
    }
}

/// The value under a key, unless it states nothing.
fn stated<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    node.get(key).filter(|value| !is_null(*value))
}
