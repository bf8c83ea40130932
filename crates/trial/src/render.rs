//! ApplicationSets and Applications to resources, as the text stands: nothing is mended.

use std::sync::Arc;

use rayon::prelude::*;
use seatrial_argocd::Path;
use seatrial_source::{SourceFile, Span};

use crate::collect::collect;
use crate::context::Context;
use crate::expand::{Expanded, is_shown, tell};
use crate::model::{Application, Manifest, Model, Origin, Purpose, Reading, Resources};
use crate::pipeline::Inputs;

/// What Applications would have Argo CD sync.
pub struct Renders {
    /// What the controller made of the ApplicationSets, with its errors and unknowns.
    pub expanded: Expanded,
    /// The Applications asked for, written and generated, by namespace and name.
    pub applications: Vec<RenderedApplication>,
}

/// An Application and what it renders to.
pub struct RenderedApplication {
    /// `namespace/name`.
    pub name: String,
    /// The environment it is judged by.
    pub environment: Option<String>,
    /// Its resources, with what failed and what is unknown.
    pub resources: Arc<Resources>,
    /// The part of the source that the failure is about, if there is one.
    pub error_span: Option<Span>,
    /// The parts of the source that the unknowns are about, in their order.
    pub unknown_spans: Vec<Span>,
}

/// Renders every Application among the inputs; with `only`, those of these names (`name` or `namespace/name`).
pub fn render(inputs: &Inputs, only: &[String]) -> Renders {
    let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    let context = Context::new(inputs, &collected.files);
    let parts: Vec<(Expanded, Vec<RenderedApplication>)> =
        collected.files.par_iter().map(|file| render_file(&context, file, only)).collect();
    let mut expanded = Expanded::of(&collected.files, collected.errors);
    let mut applications = Vec::new();
    for (part, mut rendered) in parts {
        expanded.add(part);
        applications.append(&mut rendered);
    }
    expanded.sort();
    applications.sort_by(|a: &RenderedApplication, b| a.name.cmp(&b.name));
    Renders { expanded, applications }
}

fn render_file(
    context: &Context,
    file: &Arc<SourceFile>,
    only: &[String],
) -> (Expanded, Vec<RenderedApplication>) {
    let manifest = Arc::new(Manifest::read(Arc::clone(file)));
    let model = Model::build(context, vec![Arc::clone(&manifest)], Reading::Strict, Purpose::Telling);
    let wanted = |application: &&Application| {
        let written = matches!(application.origin, Origin::Document { .. });
        let named = |name: &String| *name == application.name || *name == application.qualified_name();
        (written || is_shown(&model, application)) && (only.is_empty() || only.iter().any(named))
    };
    let applications: Vec<&Application> = model.applications.iter().filter(wanted).collect();
    let rendered = applications.into_par_iter().map(|application| {
        let resources = context.resources(application);
        let span = |at: &Path| model.locate(application, at).span;
        RenderedApplication {
            name: application.qualified_name(),
            environment: application.environment.clone(),
            error_span: resources.rendering.error.as_ref().map(|error| span(&error.at)),
            unknown_spans: resources.rendering.unknown.iter().map(|unknown| span(&unknown.at)).collect(),
            resources,
        }
    });
    let rendered = rendered.collect();
    (tell(&manifest, &model), rendered)
}
