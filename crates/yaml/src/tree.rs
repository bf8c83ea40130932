//! The arena a parse leaves behind.

use std::ops::Range;
use std::sync::Arc;

use crate::comments::Comment;
use crate::holes::Hole;
use crate::index::Index;
use crate::node::{Kind, Node, NodeId, Style};
use crate::path::{Path, Segment};

/// What is wrong at a place the tolerant reader had to skip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Not YAML.
    Syntax,
    /// A line that only makes sense to a template engine (`{{#if x}}`, `{{- end }}`, `{% endif %}`).
    TemplateLine,
    /// Byte that no YAML stream may hold.
    ControlCharacter,
    /// Too much is wrong (or too deep) to go on: the rest of the document was not read.
    GaveUp,
}

/// A fault the tolerant reader went around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What kind of fault.
    pub kind: ErrorKind,
    /// go-yaml's words for it, without `yaml: line N: `.
    pub message: String,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where the scanner stood when it noticed.
    pub offset: usize,
}

impl SyntaxError {
    /// The bytes that were left out of the tree because of it.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One node as stored.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where its properties (tag, anchor) start, or `start`.
    pub(crate) outer_start: u32,
    pub(crate) parent: u32,
    /// Position among the parent's children.
    pub(crate) position: u32,
    /// Collections: first index into `children`. Block scalars: offset of the first content line. Aliases: target node.
    pub(crate) a: u32,
    /// Collections: number of children. Block scalars: content indentation.
    pub(crate) b: u32,
    /// Block scalars: offset where the scalar's lines end. What is not written: go-yaml's line of it, from 0.
    pub(crate) c: u32,
    /// Index + 1 into `strings`, 0 for none.
    pub(crate) tag: u32,
    /// Index + 1 into `strings`, 0 for none. For aliases: the name.
    pub(crate) anchor: u32,
    pub(crate) kind: Kind,
    pub(crate) style: Style,
    /// The text between the quotes (or of the plain scalar) stands for itself.
    pub(crate) verbatim: bool,
    /// Block scalars: -1 strip, 0 clip, 1 keep.
    pub(crate) chomping: i8,
}

#[derive(Clone, Debug)]
pub(crate) struct DocumentRecord {
    pub(crate) root: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The `---` that opens it, if it has one.
    pub(crate) separator: Option<(u32, u32)>,
}

pub(crate) const NONE: u32 = u32::MAX;

/// A parsed text: every document, node, comment, hole and fault in it.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) text: Arc<str>,
    pub(crate) nodes: Vec<Record>,
    pub(crate) children: Vec<u32>,
    pub(crate) strings: Vec<Box<str>>,
    pub(crate) documents: Vec<DocumentRecord>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) holes: Vec<Hole>,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) index: Index,
}

/// One document of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Document<'t> {
    tree: &'t Tree,
    index: usize,
}

impl<'t> Document<'t> {
    /// Its position in the stream, from 0.
    pub fn index(self) -> usize {
        self.index
    }

    /// The root node; [`Kind::Null`] with an empty span when the document is empty.
    pub fn root(self) -> Node<'t> {
        Node { tree: self.tree, id: NodeId(self.tree.documents[self.index].root) }
    }

    /// The bytes from its separator (or the start of its text) to the next separator or the end.
    pub fn span(self) -> Range<usize> {
        let record = &self.tree.documents[self.index];
        record.start as usize..record.end as usize
    }

    /// The `---` that opens it.
    pub fn separator(self) -> Option<Range<usize>> {
        let (start, end) = self.tree.documents[self.index].separator?;
        Some(start as usize..end as usize)
    }
}

impl Tree {
    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that was parsed, shared.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The documents of the stream, in order. A text without any content has none.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = Document<'_>> + DoubleEndedIterator {
        (0..self.documents.len()).map(|index| Document { tree: self, index })
    }

    /// The document with this position.
    pub fn document(&self, index: usize) -> Option<Document<'_>> {
        (index < self.documents.len()).then_some(Document { tree: self, index })
    }

    /// The root of the first document.
    pub fn root(&self) -> Option<Node<'_>> {
        Some(self.document(0)?.root())
    }

    /// The faults that were gone around, in order of their place.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// All comments, in order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// All template holes, in order: between nodes, inside scalars of any style and on lines of their own.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// The holes that begin inside `span`.
    pub fn holes_in(&self, span: Range<usize>) -> &[Hole] {
        let from = self.holes.partition_point(|hole| (hole.start as usize) < span.start);
        let to = self.holes.partition_point(|hole| (hole.start as usize) < span.end);
        self.holes.get(from..to).unwrap_or_default()
    }

    /// The node with this id. Ids are only meaningful in the tree they came from.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        ((id.0 as usize) < self.nodes.len()).then_some(Node { tree: self, id })
    }

    /// The node at `path` in the document with this position. Aliases and merge keys are followed.
    pub fn find(&self, document: usize, path: &Path) -> Option<Node<'_>> {
        let (node, rest) = self.find_nearest(document, path)?;
        rest.is_empty().then_some(node)
    }

    /// The deepest node that exists on the way to `path`, and the steps that are missing from there.
    pub fn find_nearest<'p>(&self, document: usize, path: &'p Path) -> Option<(Node<'_>, &'p [Segment])> {
        let mut node = self.document(document)?.root();
        let segments = path.segments();
        for (position, segment) in segments.iter().enumerate() {
            match node.step(segment) {
                Some(next) => node = next,
                None => return Some((node, segments.get(position..).unwrap_or_default())),
            }
        }
        Some((node, &[]))
    }

    /// The innermost node whose span holds `offset` (its end counts as inside).
    pub fn node_at(&self, offset: usize) -> Option<Node<'_>> {
        let document = self.documents().rev().find(|document| document.span().start <= offset)?;
        let mut node = document.root();
        'down: loop {
            for child in node.children() {
                let span = child.outer_span();
                if span.start <= offset
                    && offset <= span.end
                    && !(span.is_empty() && child.kind() == Kind::Null)
                {
                    node = child;
                    continue 'down;
                }
            }
            return Some(node);
        }
    }
}
