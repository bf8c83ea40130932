//! Placeholders back to what they stand for, where they still stand.

use seatrial_yaml::{Kind, Node, Path, Tree, parse};

use super::{OPENING, Redactor};

/// A placeholder that cannot be restored, because it is not where the secret was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The placeholder.
    pub placeholder: String,
    /// Its line in the proposed text, from 1.
    pub line: usize,
}

/// The proposed text with every placeholder replaced by what the original has at the same path of the same document. A
/// placeholder anywhere else (another path, a comment, a part of another value) is stray: no secret moves to a place
/// where it did not stand, and no placeholder is ever written to a file.
///
/// `redactor` must be the one that took the secrets out of `original`.
pub fn restore(redactor: &Redactor, original: &str, proposed: &str) -> Result<String, Vec<Stray>> {
    if !proposed.contains(OPENING) {
        return Ok(proposed.to_owned());
    }
    // A copy: what was sent is the redactor's text of the original, and asking again changes nothing.
    let sent = redactor.clone().text(original);
    let (old, shown, new) = (parse(original), parse(sent.as_str()), parse(proposed));
    let mut out = String::with_capacity(proposed.len());
    let mut at = 0;
    for node in scalars(&new) {
        if !node.source().contains(OPENING) {
            continue;
        }
        let Some((document, path)) = place(&new, node, &old) else { continue };
        let Some(before) = old.find(document, &path).filter(|before| before.kind() == Kind::Scalar) else {
            continue;
        };
        let same = shown.find(document, &path).is_some_and(|shown| shown.as_str() == node.as_str());
        // Blocks are set by their indentation, which may have changed: only what is on one line is put back as written.
        if !same || before.source().trim_end().contains('\n') && !same_column(&old, before, &new, node) {
            continue;
        }
        let span = node.span();
        out.push_str(proposed.get(at..span.start).unwrap_or_default());
        out.push_str(before.source().trim_end());
        let kept = node.source().len() - node.source().trim_end().len();
        at = span.end - kept;
    }
    out.push_str(proposed.get(at..).unwrap_or_default());
    let strays = strays(&out);
    if strays.is_empty() { Ok(out) } else { Err(strays) }
}

fn strays(text: &str) -> Vec<Stray> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            line.match_indices(OPENING).map(move |(at, _)| {
                let rest = line.get(at..).unwrap_or_default();
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                Stray { placeholder: rest.get(..end).unwrap_or_default().to_owned(), line: index + 1 }
            })
        })
        .collect()
}

fn scalars(tree: &Tree) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    let mut open: Vec<Node<'_>> = tree.documents().rev().map(|document| document.root()).collect();
    while let Some(node) = open.pop() {
        if node.kind() == Kind::Scalar && !node.is_key() {
            out.push(node);
        }
        open.extend(node.children().rev());
    }
    out
}

/// The same place in the old text: the document of the same kind and name, else the one at the same position.
fn place(new: &Tree, node: Node<'_>, old: &Tree) -> Option<(usize, Path)> {
    let index = node.document();
    let identity = |tree: &Tree, index: usize| {
        let root = tree.document(index)?.root();
        let text = |keys: [&str; 2]| {
            keys.iter()
                .filter(|key| !key.is_empty())
                .try_fold(root, |node, key| node.get(key))?
                .as_str()
                .map(String::from)
        };
        Some((text(["kind", ""])?, text(["metadata", "name"])?))
    };
    let own = identity(new, index);
    let same = (0..old.documents().len()).find(|at| own.is_some() && identity(old, *at) == own);
    Some((same.or_else(|| (index < old.documents().len()).then_some(index))?, node.path()))
}

fn same_column(old: &Tree, before: Node<'_>, new: &Tree, node: Node<'_>) -> bool {
    // The column of the key's line decides how a block is read.
    let indent = |tree: &Tree, node: Node<'_>| {
        let start = node.span().start;
        let line = tree.text().get(..start).unwrap_or_default().rfind('\n').map_or(0, |at| at + 1);
        let text = tree.text().get(line..start).unwrap_or_default();
        text.len() - text.trim_start_matches(' ').len()
    };
    indent(old, before) == indent(new, node)
}
