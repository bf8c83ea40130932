//! Why a field of a resource is what it is: the template that wrote it, the values it was made of, and who set them.

mod ask;
mod chart;
mod setters;

use std::sync::Arc;

use seatrial_argocd::Path;
use seatrial_argocd::render::{HelmRun, Origin, RenderedSource};
use seatrial_helm::Release;
use seatrial_helm::provenance::{FieldOrigin, Frame, Traced};
use seatrial_source::Span;
use serde_json::Value;

pub use ask::{Answer, Answers, Question, ask};
pub use chart::ChartOf;
pub use setters::{Setter, SetterKind};

use crate::context::Context;
use crate::model::{Application, Manifest, Model, Resource};

/// What a field of a rendered resource comes from.
#[derive(Debug, Clone)]
pub struct Why {
    /// The text to edit: where the value that decides is set, else the template's own text, else what brings the resource in.
    pub span: Span,
    /// What the field holds.
    pub holds: Option<Value>,
    /// The template's text, and that of the templates it includes for this, outermost first; empty when it is no
    /// template's.
    pub frames: Vec<Frame>,
    /// The values that the field is made of, the deciding one first.
    pub values: Vec<ValueOrigin>,
    /// The values that decide whether the field is there.
    pub conditions: Vec<Path>,
    /// What else goes into it: `Release.Name`, `Chart.AppVersion`.
    pub facts: Vec<Path>,
    /// The text of a template or a plain manifest that is the field, when it stands in a file of the trial as it is printed.
    pub literal: Option<Span>,
}

/// A value of a chart, and who set it.
#[derive(Debug, Clone)]
pub struct ValueOrigin {
    /// Its path among the values of the root chart: `redis.image.tag`.
    pub path: Path,
    /// What it holds.
    pub holds: Option<Value>,
    /// Who set it, in force first; what follows is overridden.
    pub set_by: Vec<Setter>,
}

/// How sure an explanation has to be.
#[derive(Clone, Copy)]
enum Certainty {
    Seen,
    Tried,
}

impl Model<'_> {
    /// Why a field of a resource of an Application is what it is, as the evaluator saw it go by: every value that went into
    /// the field, and perhaps more. A field that is not there is explained by the nearest one above it that is.
    pub fn why(&self, application: &Application, resource: &Resource, field: &Path) -> Why {
        self.explain(application, resource, field, Certainty::Seen)
    }

    /// The same, tried out: each value named was changed, and the field changed with it.
    pub fn why_tried(&self, application: &Application, resource: &Resource, field: &Path) -> Why {
        self.explain(application, resource, field, Certainty::Tried)
    }

    fn explain(
        &self,
        application: &Application,
        resource: &Resource,
        field: &Path,
        certainty: Certainty,
    ) -> Why {
        let resources = self.context.resources(application);
        let rendering = &resources.rendering;
        let rendered = rendering.resources.get(resource.index);
        let source = rendered.and_then(|rendered| rendering.sources.get(rendered.source));
        let at = source.map_or_else(|| Path::keys(["spec", "source"]), |source| source.at.clone());
        let field = nearest(&resource.object, field);
        let mut why = Why {
            span: self.locate(application, &at).span,
            holds: field.lookup(&resource.object).cloned(),
            frames: Vec::new(),
            values: Vec::new(),
            conditions: Vec::new(),
            facts: Vec::new(),
            literal: None,
        };
        let template = rendered.and_then(|rendered| match &rendered.origin {
            Origin::Template { path, .. } => Some(&**path),
            Origin::File { path, document } => {
                let place = in_plain_manifest(self.context, path, *document, resource, &field);
                why.literal = place.filter(|(_, written)| *written).map(|(span, _)| span);
                why.span = place.map_or(why.span, |(span, _)| span);
                None
            }
        });
        if let (Some(template), Some(source)) = (template, source)
            && let Some(run) = &source.helm
            && let Some(traced) = self.context.traced(run)
            && let Some(origin) = traced_field(&traced, run, template, resource, &field, certainty)
        {
            self.tell(&mut why, application, source, run, &traced, origin);
        }
        why
    }

    fn tell(
        &self,
        why: &mut Why,
        application: &Application,
        source: &RenderedSource,
        run: &HelmRun,
        traced: &Traced,
        origin: FieldOrigin,
    ) {
        let setters = setters::Setters { model: self, application, at: &source.at, run };
        let value = |path: Path| {
            let holds = traced.value(&path).cloned();
            ValueOrigin { set_by: setters.of(&path), holds, path }
        };
        why.values = origin.values.into_iter().map(value).collect();
        // What is set closest to the Application decides before what is a default.
        why.values.sort_by_key(|value| value.set_by.first().map(|setter| setter.kind));
        why.frames = origin.frames;
        why.conditions = origin.conditions;
        why.facts = origin.facts;
        why.literal = origin.literal.and_then(|literal| {
            let file = self.context.source(&literal.file)?;
            Some(file.span_of(literal.range))
        });
        let set = why.values.iter().find_map(|value| value.set_by.first()?.span);
        let written = || {
            if why.literal.is_some() {
                return why.literal;
            }
            let frame = why.frames.first().filter(|_| why.values.is_empty())?;
            self.context.line_in(&frame.file, frame.line)
        };
        if let Some(span) = set.or_else(written) {
            why.span = span;
        }
    }
}

/// Where a field of a document of a plain manifest stands, and whether it is written there rather than something above it.
fn in_plain_manifest(
    context: &Context,
    shown: &str,
    document: usize,
    resource: &Resource,
    field: &Path,
) -> Option<(Span, bool)> {
    let manifest = Manifest::read(context.source(shown)?);
    // Documents without anything in them are no resources; the items of a list are not looked for.
    let document = manifest.documents.get(document)?;
    if document.name != resource.name() {
        return Some((manifest.span_at(document, &Path::root()), false));
    }
    let (node, missing) = manifest.tree.find_nearest(document.index, field)?;
    let plain = node.kind() == seatrial_yaml::Kind::Scalar;
    Some((manifest.anchor(node), missing.is_empty() && plain))
}

/// What the trace says of a field of a resource.
fn traced_field(
    traced: &Traced,
    run: &Arc<HelmRun>,
    template: &str,
    resource: &Resource,
    field: &Path,
    certainty: Certainty,
) -> Option<FieldOrigin> {
    let document = document(&traced.release, template, resource)?;
    match certainty {
        Certainty::Seen => traced.field(document, field),
        Certainty::Tried => traced.confirmed(&run.chart, &run.options, document, field),
    }
}

/// The document of a template that became this resource.
fn document<'r>(
    release: &'r Release,
    template: &str,
    resource: &Resource,
) -> Option<&'r seatrial_helm::Manifest> {
    release
        .documents()
        .find(|m| *m.path == *template && m.kind == resource.kind() && m.name == resource.name())
}

/// The longest part of a path that leads somewhere.
fn nearest(object: &Value, field: &Path) -> Path {
    let mut field = field.clone();
    while field.lookup(object).is_none() && field.pop().is_some() {}
    field
}

/// Renders once more, with a trace; `None` when that fails, which rendering did not.
pub(crate) fn trace(run: &HelmRun) -> Option<Traced> {
    seatrial_helm::provenance::trace(&run.chart, run.values.clone(), &run.options).ok()
}
