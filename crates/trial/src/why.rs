//! Why a field of a resource is what it is: the template that wrote it, the values it was made of, and who set them.

use std::sync::Arc;

use seatrial_argocd::Path;
use seatrial_source::Span;

use crate::model::{Application, Model, Resource};

/// What a field of a rendered resource comes from.
#[derive(Debug, Clone)]
pub struct Why {
    /// The text to edit: where the value that decides is set, else what brings the resource in.
    pub span: Span,
    /// The template's own line; `None` when nothing was traced.
    pub template: Option<Frame>,
    /// The templates it includes for this, outermost first.
    pub includes: Vec<Frame>,
    /// The values that the field is made of, the deciding one first.
    pub values: Vec<ValueOrigin>,
}

/// A place in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The file, as a person finds it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The action or text there.
    pub text: String,
}

/// A value of a chart, and who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueOrigin {
    /// Its path among the values of the root chart: `redis.image.tag`.
    pub path: Path,
    /// Who set it, in force first; what follows is overridden.
    pub set_by: Vec<Setter>,
}

/// A place that sets a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setter {
    /// What kind of place: `chart default`, `values file`, `valuesObject`, `parameter`, …
    pub kind: &'static str,
    /// The file, as a person finds it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The text, when it is in a file of the trial, so that it can be edited.
    pub span: Option<Span>,
}

impl Model<'_> {
    /// Why a field of a resource of an Application is what it is.
    pub fn why(&self, application: &Application, resource: &Resource, field: &Path) -> Why {
        let resources = self.context.resources(application);
        let rendering = &resources.rendering;
        let rendered = rendering.resources.get(resource.index);
        let source = rendered.and_then(|r| rendering.sources.get(r.source));
        let at = source.map_or_else(|| Path::keys(["spec", "source"]), |source| source.at.clone());
        let _ = field;
        Why {
            span: self.locate(application, &at).span,
            template: None,
            includes: Vec::new(),
            values: Vec::new(),
        }
    }
}
