//! A cursor on one node of a [`Tree`].

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::comments::Comment;
use crate::goyaml;
use crate::holes::Hole;
use crate::path::{Path, Segment};
use crate::scalar::{self, Decoded, Scalar};
use crate::tree::{NONE, Record, Tree};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Keys and values.
    Mapping,
    /// Items.
    Sequence,
    /// A scalar that is written down (it may still mean null: `~`).
    Scalar,
    /// `*name`.
    Alias,
    /// A value that is not written at all (`key:` and nothing).
    Null,
    /// A place that could not be read.
    Error,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// A scalar without quotes, and nodes without any style.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
}

/// The name of a node within its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// A node of a tree. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) id: NodeId,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The key.
    pub key: Node<'t>,
    /// The value; [`Kind::Null`] when nothing is written.
    pub value: Node<'t>,
}

impl Entry<'_> {
    /// From the first byte of the key to the last byte of the value.
    pub fn span(&self) -> Range<usize> {
        self.key.outer_span().start..self.value.outer_span().end.max(self.key.span().end)
    }
}

/// How many aliases and merges a lookup follows before it gives up.
const FOLLOW_LIMIT: usize = 64;

impl<'t> Node<'t> {
    fn record(self) -> &'t Record {
        &self.tree.nodes[self.id.0 as usize]
    }

    /// The tree this node belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// Its name within the tree.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.record().kind
    }

    /// How it is written.
    pub fn style(self) -> Style {
        self.record().style
    }

    /// Its bytes, without tag and anchor. Block collections end with their last child, block scalars with their
    /// last line of content. Empty for [`Kind::Null`].
    pub fn span(self) -> Range<usize> {
        let record = self.record();
        record.start as usize..record.end as usize
    }

    /// Its bytes, tag and anchor included.
    pub fn outer_span(self) -> Range<usize> {
        let record = self.record();
        record.outer_start as usize..record.end as usize
    }

    /// Its source text, without tag and anchor.
    pub fn source(self) -> &'t str {
        self.tree.text.get(self.span()).unwrap_or_default()
    }

    /// Its tag, handles resolved (`tag:yaml.org,2002:str`), or nothing.
    pub fn tag(self) -> Option<&'t str> {
        self.string(self.record().tag)
    }

    /// The name of its anchor.
    pub fn anchor(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Alias => None,
            _ => self.string(self.record().anchor),
        }
    }

    /// The name an alias refers to.
    pub fn alias_name(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Alias => self.string(self.record().anchor),
            _ => None,
        }
    }

    fn string(self, index: u32) -> Option<&'t str> {
        self.tree.strings.get((index as usize).checked_sub(1)?).map(|text| &**text)
    }

    /// The node an alias stands for (through several aliases, if need be); any other node itself.
    /// Nothing when the anchor is unknown or refers to itself.
    pub fn resolved(self) -> Option<Self> {
        let mut node = self;
        for _ in 0..FOLLOW_LIMIT {
            if node.kind() != Kind::Alias {
                return Some(node);
            }
            let target = node.record().a;
            if target == NONE {
                return None;
            }
            node = self.at(target);
        }
        None
    }

    fn at(self, id: u32) -> Self {
        Self { tree: self.tree, id: NodeId(id) }
    }

    /// The node around this one.
    pub fn parent(self) -> Option<Self> {
        let parent = self.record().parent;
        (parent != NONE).then(|| self.at(parent))
    }

    /// All nodes directly inside, keys and values alternating for mappings.
    pub fn children(self) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + use<'t> {
        let record = self.record();
        let range = match record.kind {
            Kind::Mapping | Kind::Sequence => record.a as usize..(record.a + record.b) as usize,
            _ => 0..0,
        };
        self.tree.children.get(range).unwrap_or_default().iter().map(move |id| self.at(*id))
    }

    /// The entries as written, duplicates and `<<` included; none unless this is a mapping (aliases are followed).
    pub fn entries(self) -> impl ExactSizeIterator<Item = Entry<'t>> + DoubleEndedIterator + use<'t> {
        let record = self.resolved().map(Self::record).filter(|record| record.kind == Kind::Mapping);
        let range = record.map_or(0..0, |record| record.a as usize..(record.a + record.b) as usize);
        let children = self.tree.children.get(range).unwrap_or_default();
        children.chunks_exact(2).map(move |pair| Entry { key: self.at(pair[0]), value: self.at(pair[1]) })
    }

    /// The items; none unless this is a sequence (aliases are followed).
    pub fn items(self) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + use<'t> {
        let record = self.resolved().map(Self::record).filter(|record| record.kind == Kind::Sequence);
        let range = record.map_or(0..0, |record| record.a as usize..(record.a + record.b) as usize);
        self.tree.children.get(range).unwrap_or_default().iter().map(move |id| self.at(*id))
    }

    /// The value under `key` as go-yaml would have it: the last of duplicates and merges (`<<`) counts.
    /// Keys are compared as the strings they become in JSON.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The entry [`Node::get`] answers from.
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        self.entry_bounded(key, &mut FOLLOW_LIMIT.clone())
    }

    fn entry_bounded(self, key: &str, budget: &mut usize) -> Option<Entry<'t>> {
        *budget = budget.checked_sub(1)?;
        if let Some(known) = self.resolved().and_then(|mapping| self.tree.index.entry(mapping, key)) {
            return known;
        }
        let mut found = None;
        for entry in self.entries() {
            if entry.key.is_merge_key() {
                // A merge counts where it stands: it goes over the keys before it.
                found = entry.value.merged_entry(key, budget).or(found);
            } else if entry.key.key_text().as_deref() == Some(key) {
                found = Some(entry);
            }
        }
        found
    }

    fn merged_entry(self, key: &str, budget: &mut usize) -> Option<Entry<'t>> {
        let merged = self.resolved()?;
        match merged.kind() {
            Kind::Mapping => merged.entry_bounded(key, budget),
            Kind::Sequence => merged.items().find_map(|item| item.entry_bounded(key, budget)),
            _ => None,
        }
    }

    /// Whether this is a plain `<<`, which go-yaml takes as "merge these".
    pub fn is_merge_key(self) -> bool {
        self.kind() == Kind::Scalar
            && self.source() == "<<"
            && (self.style() == Style::Plain && self.tag().is_none()
                || self.tag() == Some("tag:yaml.org,2002:merge"))
    }

    /// This node's text when it is used as a key: what the key becomes in JSON (`1`, `true`, `a`).
    /// Nothing when it is no scalar.
    pub fn key_text(self) -> Option<Cow<'t, str>> {
        goyaml::key_text(self)
    }

    /// The item with this position.
    pub fn index(self, index: usize) -> Option<Self> {
        let record = self.resolved().map(Self::record).filter(|record| record.kind == Kind::Sequence)?;
        (index < record.b as usize).then(|| self.child(record.a as usize + index)).flatten()
    }

    /// The entry with this position, of a mapping that is no alias.
    pub(crate) fn entry_at(self, position: usize) -> Option<Entry<'t>> {
        let at = self.record().a as usize + 2 * position;
        Some(Entry { key: self.child(at)?, value: self.child(at + 1)? })
    }

    fn child(self, at: usize) -> Option<Self> {
        self.tree.children.get(at).map(|id| self.at(*id))
    }

    /// One step of a path from here.
    pub fn step(self, segment: &Segment) -> Option<Self> {
        match segment {
            Segment::Key(key) => self.get(key),
            Segment::Index(index) => self.index(*index),
        }
    }

    /// The node at `path` from here.
    pub fn find(self, path: &Path) -> Option<Self> {
        path.segments().iter().try_fold(self, Self::step)
    }

    /// The text of a scalar (quotes and escapes resolved); nothing for other nodes. Aliases are followed.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        let node = self.resolved()?;
        match node.kind() {
            Kind::Scalar => Some(scalar::text(&node.tree.text, node.record())),
            _ => None,
        }
    }

    /// The scalar's text together with the way back from its bytes to the source.
    pub fn decoded(self) -> Option<Decoded> {
        let node = self.resolved()?;
        (node.kind() == Kind::Scalar).then(|| scalar::decode_mapped(&node.tree.text, node.record()))
    }

    /// The typed value of a scalar as go-yaml resolves it; null for [`Kind::Null`]. Nothing for collections, and
    /// where go-yaml would refuse the tag. Aliases are followed.
    pub fn scalar(self) -> Option<Scalar> {
        goyaml::scalar(self.resolved()?)
    }

    /// This node as JSON, typed as go-yaml would; what could not be read is null, duplicates keep the last.
    /// Bounded in depth and size: what goes beyond is null.
    pub fn to_json(self) -> serde_json::Value {
        goyaml::node_to_json(self)
    }

    /// The key this node is the value of.
    pub fn key(self) -> Option<Self> {
        let record = self.record();
        let parent = self.parent()?;
        if parent.kind() != Kind::Mapping || record.position.is_multiple_of(2) {
            return None;
        }
        let index = (parent.record().a + record.position - 1) as usize;
        self.tree.children.get(index).map(|id| self.at(*id))
    }

    /// The span of the key this node is the value of.
    pub fn key_span(self) -> Option<Range<usize>> {
        self.key().map(Self::span)
    }

    /// Whether this node is a key of a mapping.
    pub fn is_key(self) -> bool {
        self.record().position.is_multiple_of(2)
            && self.parent().is_some_and(|parent| parent.kind() == Kind::Mapping)
    }

    /// The position of this node in the sequence it is an item of.
    pub fn item_index(self) -> Option<usize> {
        let parent = self.parent()?;
        (parent.kind() == Kind::Sequence).then_some(self.record().position as usize)
    }

    /// The way from the root of its document to this node; for a key, the way to its value.
    pub fn path(self) -> Path {
        let mut segments = Vec::new();
        let mut node = self;
        while let Some(parent) = node.parent() {
            if parent.kind() == Kind::Mapping {
                let key = node.key().unwrap_or(node);
                segments.push(Segment::Key(key.key_text().unwrap_or(Cow::Borrowed(key.source())).into()));
            } else {
                segments.push(Segment::Index(node.record().position as usize));
            }
            node = parent;
        }
        segments.reverse();
        Path::new(segments)
    }

    /// The position of the document this node is in.
    pub fn document(self) -> usize {
        let start = self.record().outer_start;
        self.tree.documents.partition_point(|document| document.start <= start).saturating_sub(1)
    }

    /// The template holes inside this node.
    pub fn holes(self) -> &'t [Hole] {
        self.tree.holes_in(self.span())
    }

    /// Whether the whole scalar is one single hole.
    pub fn is_hole(self) -> bool {
        let span = self.span();
        matches!(self.holes(), [hole] if hole.span() == span)
    }

    /// The comment lines directly above this node (above its key, if it is a value), top to bottom.
    pub fn comments_above(self) -> Vec<&'t Comment> {
        crate::comments::above(self)
    }

    /// The comment at the end of the line this node (or its key, for a block value) ends or begins on.
    pub fn comment_after(self) -> Option<&'t Comment> {
        crate::comments::after(self)
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{:?}", self.kind(), self.span())
    }
}
