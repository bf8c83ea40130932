//! From a field of an Application back to the text that is responsible for it.

use std::ops::Range;
use std::sync::Arc;

use seatrial_argocd::{Generated, Path, Place};
use seatrial_source::Span;
use seatrial_yaml::{Kind, Node, NodeId, Segment, Tree};
use serde_json::Value;

use super::{Application, Document, Manifest, Model, Origin, Passed};

/// The kind of text that gives a field its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// An Application written as such.
    Document,
    /// The set's template, or a generator's own.
    Template,
    /// A parameter that the template takes over whole: its key, and the path of its value in the set.
    Parameter {
        /// The parameter: `server`, `values.tier`.
        key: String,
        /// Its value in the ApplicationSet; `None` when it is written elsewhere (a file, a cluster Secret).
        at: Option<Path>,
    },
    /// The set's `templatePatch`.
    Patch,
}

/// The text responsible for a field.
#[derive(Debug, Clone)]
pub struct Located {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub via: Via,
    /// Whether the field is written there; else `span` is the nearest thing above it that is.
    pub written: bool,
    /// The node, when it is one of the file's own tree (not text inside a scalar).
    pub node: Option<NodeId>,
    /// The field's path in the document (for [`Via::Patch`]: in the patch), as far as it is written.
    pub path: Path,
}

impl Model<'_> {
    /// The text most responsible for a field of an Application: the element that supplies it where the template
    /// merely passes a parameter on, else the template, the patch or the document.
    pub fn locate(&self, application: &Application, path: &Path) -> Located {
        let (manifest, document) = self.home_of(application);
        let Origin::Generated { set, index } = application.origin else {
            return in_document(manifest, document, path, Via::Document);
        };
        let set = &self.sets[set];
        let Some(generated) = set.expansion.generated.get(index) else {
            return in_document(manifest, document, &Path::keys(["spec", "template"]), Via::Template);
        };
        if generated.patch.as_ref().is_some_and(|patch| path.lookup(patch).is_some())
            && let Some(located) = in_patch(manifest, document, path, generated)
        {
            return located;
        }
        let template = template_path(&set.json, generated, path);
        let located = in_document(manifest, document, &template, Via::Template);
        let node = located.node.and_then(|id| manifest.tree.node(id));
        match node.filter(|_| located.written).and_then(whole_placeholder) {
            Some(key) => follow(manifest, document, generated, key).unwrap_or(located),
            None => located,
        }
    }

    /// Like [`Model::locate`], but stays in the template: where the field is written, not where its value is from.
    pub fn locate_template(&self, application: &Application, path: &Path) -> Located {
        let (manifest, document) = self.home_of(application);
        match self.set_of(application).zip(match application.origin {
            Origin::Generated { index, .. } => Some(index),
            Origin::Document { .. } => None,
        }) {
            Some((set, index)) => {
                let template = match set.expansion.generated.get(index) {
                    Some(generated) => template_path(&set.json, generated, path),
                    None => Path::keys(["spec", "template"]).concat(path),
                };
                in_document(manifest, document, &template, Via::Template)
            }
            None => in_document(manifest, document, path, Via::Document),
        }
    }

    /// The place in the set where a field of an Application stands, or would, in the element that it is made from: for
    /// fields below one that the set's patch fills with a parameter as it stands.
    pub fn passed_at(&self, application: &Application, field: &Path) -> Option<Path> {
        let Origin::Generated { set, index } = application.origin else { return None };
        let generated = self.sets.get(set)?.expansion.generated.get(index)?;
        let (manifest, document) = self.home_of(application);
        manifest
            .passed(document)
            .iter()
            .find_map(|passed| supplied_at(passed, field, generated))
            .map(|(_, at)| at)
    }

    /// Like [`Model::locate`], for a part of the field's text: where a placeholder inside the text supplies just that
    /// part (`{{registry}}` in `{{registry}}/agent`), the element that gives it.
    pub fn locate_part(&self, application: &Application, path: &Path, part: &str) -> Located {
        let located = self.locate(application, path);
        if !matches!(located.via, Via::Template | Via::Patch) || !located.written {
            return located;
        }
        let (manifest, document) = self.home_of(application);
        let generated = match application.origin {
            Origin::Generated { set, index } => {
                self.sets.get(set).and_then(|s| s.expansion.generated.get(index))
            }
            Origin::Document { .. } => None,
        };
        let supplied = |generated: &Generated| {
            let text = manifest.file.slice(located.span);
            placeholders(text)
                .find(|key| parameter(&generated.params, key).is_some_and(|value| begins_with(value, part)))
                .and_then(|key| follow(manifest, document, generated, key.to_owned()))
        };
        generated.and_then(supplied).unwrap_or(located)
    }
}

/// The place of a path in a document.
fn in_document(manifest: &Arc<Manifest>, document: &Document, path: &Path, via: Via) -> Located {
    let Some((node, missing)) = manifest.tree.find_nearest(document.index, path) else {
        let span = manifest.file.span_of(document.range.start..document.range.start);
        return Located { span, via, written: false, node: None, path: Path::root() };
    };
    if !missing.is_empty()
        && let Some(located) = inside_text(manifest, node, missing, &via)
    {
        return located;
    }
    Located {
        span: manifest.anchor(node),
        via,
        written: missing.is_empty(),
        node: Some(node.id()),
        path: node.path(),
    }
}

/// Where the template writes the field: in the generator's own template if it does, else in the set's.
fn template_path(set: &Value, generated: &Generated, path: &Path) -> Path {
    if let Some(own) = &generated.generator_template {
        let own = own.concat(path);
        if own.lookup(set).is_some_and(|v| !v.is_null()) {
            return own;
        }
    }
    if path.segments() == Path::keys(["metadata", "namespace"]).segments() {
        return path.clone();
    }
    Path::keys(["spec", "template"]).concat(path)
}

/// A scalar such as `values: |` whose text is YAML itself: the place inside the text.
fn inside_text(manifest: &Manifest, node: Node<'_>, rest: &[Segment], via: &Via) -> Option<Located> {
    let text = manifest.text(node)?;
    let (inner, missing) = find_in(&text.tree, rest)?;
    Some(Located {
        span: manifest.file.span_of(source_range(&text.decoded, inner)),
        via: via.clone(),
        written: missing == 0,
        node: None,
        path: node.path(),
    })
}

fn in_patch(manifest: &Manifest, document: &Document, path: &Path, generated: &Generated) -> Option<Located> {
    let patch = manifest.node(document, &Path::keys(["spec", "templatePatch"]))?;
    let text = manifest.text(patch)?;
    if let Some(located) = in_passed(manifest, document, text.passed(), path, generated) {
        return Some(located);
    }
    let (inner, missing) = find_in(&text.tree, path.segments())?;
    if missing == 0
        && let Some(key) = whole_placeholder(inner)
        && let Some(located) = follow(manifest, document, generated, key)
    {
        return Some(located);
    }
    Some(Located {
        span: manifest.file.span_of(source_range(&text.decoded, inner)),
        via: Via::Patch,
        written: missing == 0,
        node: None,
        path: inner.path(),
    })
}

/// The value in the element, where the patch passes on what the element says there.
fn in_passed(
    manifest: &Manifest,
    document: &Document,
    passed: &[Passed],
    field: &Path,
    generated: &Generated,
) -> Option<Located> {
    let (key, at) = passed.iter().find_map(|passed| supplied_at(passed, field, generated))?;
    let node = manifest.node(document, &at)?;
    Some(Located {
        span: manifest.anchor(node),
        via: Via::Parameter { key, at: Some(at.clone()) },
        written: true,
        node: Some(node.id()),
        path: at,
    })
}

/// The parameter that supplies a field by way of a patch that passes it on, and the place in the set where the value stands,
/// or would.
fn supplied_at(passed: &Passed, field: &Path, generated: &Generated) -> Option<(String, Path)> {
    let below = field.starts_with(&passed.field).then(|| field.segments().get(passed.field.len()..))??;
    let (Segment::Key(key), inside) = passed.parameter.segments().split_first()? else { return None };
    let origin = generated.origins.iter().find(|origin| origin.key == **key)?;
    let Place::Set(at) = &origin.place else { return None };
    let at = inside.iter().chain(below).fold(at.clone(), |at, segment| at.join(segment.clone()));
    Some((key.to_string(), at))
}

/// The deepest node on the way, and how many steps are missing.
fn find_in<'t>(tree: &'t Tree, rest: &[Segment]) -> Option<(Node<'t>, usize)> {
    let path = Path::new(rest.to_vec());
    let (node, missing) = tree.find_nearest(0, &path)?;
    Some((node, missing.len()))
}

fn source_range(decoded: &seatrial_yaml::Decoded, node: Node<'_>) -> Range<usize> {
    let span = match node.kind() {
        Kind::Scalar | Kind::Alias => node.span(),
        _ => node.key_span().unwrap_or(node.span().start..node.span().start),
    };
    decoded.source_span(span)
}

/// The parameter that a scalar passes on whole: `server` for `{{server}}`, `{{ .server }}`.
fn whole_placeholder(node: Node<'_>) -> Option<String> {
    let text = node.as_str()?;
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.trim_start_matches('-').trim_end_matches('-').trim();
    let key = inner.strip_prefix('.').unwrap_or(inner);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/[]".contains(c);
    (!key.is_empty() && key.chars().all(plain)).then(|| key.to_owned())
}

/// Whether a text is this part, or this part and a path below it (`ghcr.io` of `ghcr.io/acme`).
fn begins_with(text: &str, part: &str) -> bool {
    text.strip_prefix(part).is_some_and(|rest| rest.is_empty() || (!part.is_empty() && rest.starts_with('/')))
}

/// The parameters that a text's plain placeholders name.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| {
        let inner = rest.split_once("}}")?.0.trim_start_matches('-').trim_end_matches('-').trim();
        Some(inner.strip_prefix('.').unwrap_or(inner))
    })
}

/// A parameter's text: by its flat name, or step by step.
fn parameter<'p>(params: &'p Value, key: &str) -> Option<&'p str> {
    let flat = params.get(key);
    flat.or_else(|| key.split('.').try_fold(params, |at, step| at.get(step))).and_then(Value::as_str)
}

fn follow(manifest: &Manifest, document: &Document, generated: &Generated, key: String) -> Option<Located> {
    let origin = generated.origins.iter().find(|o| o.key == key)?;
    let Place::Set(path) = &origin.place else { return None };
    let node = manifest.node(document, path)?;
    Some(Located {
        span: manifest.anchor(node),
        via: Via::Parameter { key, at: Some(path.clone()) },
        written: true,
        node: Some(node.id()),
        path: path.clone(),
    })
}
