//! A file read as manifests.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seatrial_argocd::Version;
use seatrial_argocd::schema::{self, SchemaIssue};
use seatrial_source::{SourceFile, Span};
use seatrial_yaml::{Decoded, Node, NodeId, Path, Tree, goyaml};
use serde_json::Value;

use super::passed::{Passed, passed};

/// The kinds that Seatrial judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `argoproj.io` ApplicationSet.
    ApplicationSet,
    /// `argoproj.io` Application.
    Application,
    /// `argoproj.io` AppProject.
    AppProject,
}

impl Kind {
    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ApplicationSet" => Some(Self::ApplicationSet),
            "Application" => Some(Self::Application),
            "AppProject" => Some(Self::AppProject),
            _ => None,
        }
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationSet => "ApplicationSet",
            Self::Application => "Application",
            Self::AppProject => "AppProject",
        }
    }
}

/// One document of a file.
pub struct Document {
    /// Its index in the file.
    pub index: usize,
    /// The bytes it covers.
    pub range: Range<usize>,
    /// What it says it is, when that is one of Argo CD's kinds.
    pub kind: Option<Kind>,
    /// `metadata.name`, as far as it can be read.
    pub name: String,
    /// What go-yaml makes of it: the object as JSON, or its error (lines counted from the document's start).
    pub json: Result<Arc<Value>, goyaml::GoYamlError>,
    schema: OnceLock<Vec<SchemaIssue>>,
}

impl Document {
    /// What the API server says to the object, asked once; nothing for kinds that are not Argo CD's and for what
    /// go-yaml does not accept. `version` is the trial's, the same each time.
    pub fn schema_issues(&self, version: Version) -> &[SchemaIssue] {
        self.schema.get_or_init(|| match (&self.json, self.kind) {
            (Ok(json), Some(kind)) => schema::check(version, kind.as_str(), json),
            _ => Vec::new(),
        })
    }
}

/// A file read as manifests: the tolerant tree, and go-yaml's verdict on each document.
pub struct Manifest {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The tolerant tree.
    pub tree: Tree,
    /// Its documents that hold anything.
    pub documents: Vec<Document>,
    /// The texts of scalars that are YAML themselves, once asked.
    texts: Mutex<HashMap<NodeId, Option<Arc<Text>>>>,
}

/// The text of a scalar, such as a `templatePatch`, read as YAML.
pub(super) struct Text {
    /// The text, with the way back to the file.
    pub(super) decoded: Decoded,
    /// Its tree.
    pub(super) tree: Tree,
    /// What it passes on whole, once asked.
    passed: OnceLock<Vec<Passed>>,
}

impl Text {
    /// The fields that are parameters as they stand.
    pub(super) fn passed(&self) -> &[Passed] {
        self.passed.get_or_init(|| passed(&self.tree, self.decoded.text()))
    }
}

impl Manifest {
    /// Reads a file. Never fails: what cannot be read is an error in the tree or in a document.
    pub fn read(file: Arc<SourceFile>) -> Self {
        let tree = seatrial_yaml::parse(Arc::clone(&file.text));
        let mut documents: Vec<Document> = tree
            .documents()
            .enumerate()
            .filter_map(|(index, document)| {
                let range = document.span();
                let text = file.text.get(range.clone())?;
                let root = document.root();
                if root.kind() == seatrial_yaml::Kind::Null
                    && text.trim_matches(['-', '\n', '\r', ' ']).is_empty()
                {
                    return None;
                }
                let kind =
                    is_argo(root).then(|| root.get("kind")?.as_str().and_then(|k| Kind::parse(&k))).flatten();
                let name = root
                    .get("metadata")
                    .and_then(|metadata| metadata.get("name")?.as_str())
                    .map(Cow::into_owned)
                    .unwrap_or_default();
                let json = goyaml::to_json(text).map(Arc::new);
                Some(Document { index, range, kind, name, json, schema: OnceLock::new() })
            })
            .collect();
        if tree.documents().len() == 0 && !tree.errors().is_empty() {
            // Nothing at all could be read: what go-yaml says of it is told all the same.
            documents.push(Document {
                index: 0,
                range: 0..file.text.len(),
                kind: None,
                name: String::new(),
                json: goyaml::to_json(&file.text).map(Arc::new),
                schema: OnceLock::new(),
            });
        }
        Self { file, tree, documents, texts: Mutex::default() }
    }

    /// The text of a scalar read as YAML, once however often it is asked; nothing for other nodes.
    pub(super) fn text(&self, node: Node<'_>) -> Option<Arc<Text>> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let decoded = node.decoded()?;
            let tree = seatrial_yaml::parse(decoded.text());
            Some(Arc::new(Text { decoded, tree, passed: OnceLock::new() }))
        };
        texts.entry(node.id()).or_insert_with(read).clone()
    }

    /// The fields of Applications that the `templatePatch` of a set fills with parameters as they stand.
    pub fn passed(&self, document: &Document) -> Vec<Passed> {
        let patch = self.node(document, &Path::keys(["spec", "templatePatch"]));
        patch.and_then(|patch| self.text(patch)).map(|text| text.passed().to_vec()).unwrap_or_default()
    }

    /// The root node of a document.
    pub fn root(&self, document: &Document) -> Option<Node<'_>> {
        Some(self.tree.document(document.index)?.root())
    }

    /// The node at a path of a document.
    pub fn node(&self, document: &Document, path: &Path) -> Option<Node<'_>> {
        self.root(document)?.find(path)
    }

    /// The span of a node.
    pub fn span(&self, node: Node<'_>) -> Span {
        self.file.span_of(node.span())
    }

    /// The span of the value at `path`, or of the nearest thing above it that is there (its key, rather than a
    /// whole block).
    pub fn span_at(&self, document: &Document, path: &Path) -> Span {
        match self.tree.find_nearest(document.index, path) {
            Some((node, _)) => self.anchor(node),
            None => self.file.span_of(document.range.start..document.range.start),
        }
    }

    /// A span to point at for a node: a scalar as it stands, a collection by its key.
    pub fn anchor(&self, node: Node<'_>) -> Span {
        if matches!(node.kind(), seatrial_yaml::Kind::Scalar | seatrial_yaml::Kind::Alias) {
            return self.span(node);
        }
        match node.key() {
            Some(key) => self.span(key),
            None => self.first_line(node.span()),
        }
    }

    fn first_line(&self, range: Range<usize>) -> Span {
        let text = &self.file.text[range.clone()];
        let len = text.find('\n').unwrap_or(text.len());
        self.file.span_of(range.start..range.start + len)
    }
}

fn is_argo(root: Node<'_>) -> bool {
    root.get("apiVersion").and_then(|v| v.as_str()).is_none_or(|v| v.starts_with("argoproj.io/"))
}
