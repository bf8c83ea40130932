//! What the manifests would come to: every Application that they write or would generate, those too that Argo CD refuses
//! to create.

use std::sync::Arc;

use rayon::prelude::*;
use seatrial_source::SourceFile;
use serde_json::Value;

use crate::collect::collect;
use crate::context::Context;
use crate::expand::{Expanded, is_shown, tell};
use crate::model::{Application, Manifest, Model, Origin, Purpose, Reading, Resources};
use crate::pipeline::Inputs;

/// An Application, and what would become of it.
pub struct Foreseen {
    /// `namespace/name`.
    pub name: String,
    /// The environment it is judged by.
    pub environment: Option<String>,
    /// Whether it is judged as production.
    pub production: bool,
    /// The platform's cluster that its destination means, if it means one.
    pub cluster: Option<String>,
    /// Whether Argo CD would have it as the text stands: written as such, or created by the controller.
    pub created: bool,
    /// Whether a rolling sync syncs it, whatever its sync policy says.
    pub rolled_out: bool,
    /// The object.
    pub json: Arc<Value>,
    /// What it renders to.
    pub resources: Arc<Resources>,
}

/// What manifests would come to.
pub struct Foresight {
    /// The Applications, by name.
    pub applications: Vec<Foreseen>,
    /// What the controller would say of the sets, and what only the outside world knows.
    pub expanded: Expanded,
}

/// Expands and renders everything among the inputs as far as it can be read: a document that go-yaml refuses is read
/// tolerantly, and nothing of it is `created`.
pub fn foresee(inputs: &Inputs) -> Foresight {
    let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    let context = Context::new(inputs, &collected.files);
    let parts: Vec<Foresight> = collected.files.par_iter().map(|file| of_file(&context, file)).collect();
    let expanded = Expanded::of(&collected.files, collected.errors);
    let mut all = Foresight { applications: Vec::new(), expanded };
    for mut part in parts {
        all.applications.append(&mut part.applications);
        all.expanded.add(part.expanded);
    }
    all.expanded.sort();
    all.applications.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn of_file(context: &Context, file: &Arc<SourceFile>) -> Foresight {
    let manifest = Arc::new(Manifest::read(Arc::clone(file)));
    let strict = Model::build(context, vec![Arc::clone(&manifest)], Reading::Strict, Purpose::Telling);
    let expanded = tell(&manifest, &strict);
    let readable = manifest.documents.iter().all(|document| document.json.is_ok());
    let model = if readable {
        strict
    } else {
        Model::build(context, vec![Arc::clone(&manifest)], Reading::Tolerant, Purpose::Telling)
    };
    let foreseen = |application: &Application| {
        let written = matches!(application.origin, Origin::Document { .. });
        let (_, document) = model.home_of(application);
        Foreseen {
            name: application.qualified_name(),
            environment: application.environment.clone(),
            production: application.is_production(&context.platform),
            cluster: application.cluster.clone(),
            created: document.json.is_ok() && (written || is_shown(&model, application)),
            rolled_out: model.rolled_out(application) == Some(true),
            json: Arc::clone(&application.json),
            resources: context.resources(application),
        }
    };
    let applications = model.applications.par_iter().map(foreseen).collect();
    Foresight { applications, expanded }
}
