//! ApplicationSets to Applications, as the text stands: nothing is mended.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use seatrial_argocd::Path;
use seatrial_source::{FileId, ReadError, SourceFile, Span};
use serde_json::Value;

use crate::collect::collect;
use crate::context::Context;
use crate::model::{Kind, Manifest, Model, Purpose, Reading};
use crate::pipeline::Inputs;

/// A set that the controller would report an error for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandError {
    /// `namespace/name` of the set; the file when it cannot be read that far.
    pub application_set: String,
    /// The controller's reason, or `ParseError`.
    pub reason: String,
    /// The controller's message, or the parser's.
    pub message: String,
    /// The part of the source it is about.
    pub span: Span,
}

/// What of a set could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandUnknown {
    /// `namespace/name` of the set.
    pub application_set: String,
    /// What would have to be supplied.
    pub needs: String,
    /// The part of the source it is about.
    pub span: Span,
}

/// The Applications of all sets.
pub struct Expanded {
    /// Exactly the objects that the controller would create, by namespace and name; Applications written as such too.
    pub applications: Vec<Value>,
    /// What the controller would say instead.
    pub errors: Vec<ExpandError>,
    /// What only the outside world knows.
    pub unknown: Vec<ExpandUnknown>,
    /// Files that could not be read.
    pub read_errors: Vec<ReadError>,
    /// How many sets were seen.
    pub application_sets: usize,
    files: HashMap<FileId, Arc<SourceFile>>,
}

impl Expanded {
    /// How many files were read.
    pub fn file_count(&self) -> usize {
        self.files.len()
    }

    /// The file that a span lies in.
    pub fn file(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(&id)
    }
}

/// Expands every ApplicationSet among the inputs.
pub fn expand(inputs: &Inputs) -> Expanded {
    let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    let context = Context::new(inputs, &collected.files);
    let parts: Vec<Expanded> = collected.files.par_iter().map(|file| expand_file(&context, file)).collect();
    let mut all = Expanded {
        applications: Vec::new(),
        errors: Vec::new(),
        unknown: Vec::new(),
        read_errors: collected.errors,
        application_sets: 0,
        files: collected.files.iter().map(|f| (f.id, Arc::clone(f))).collect(),
    };
    for mut part in parts {
        all.applications.append(&mut part.applications);
        all.errors.append(&mut part.errors);
        all.unknown.append(&mut part.unknown);
        all.application_sets += part.application_sets;
    }
    all.applications.sort_by_cached_key(|a| {
        let text = |pointer: &str| a.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("/metadata/namespace"), text("/metadata/name"))
    });
    all
}

fn expand_file(context: &Context, file: &Arc<SourceFile>) -> Expanded {
    let manifest = Arc::new(Manifest::read(Arc::clone(file)));
    let mut out = Expanded {
        applications: Vec::new(),
        errors: Vec::new(),
        unknown: Vec::new(),
        read_errors: Vec::new(),
        application_sets: 0,
        files: HashMap::new(),
    };
    for document in &manifest.documents {
        if let (Err(error), Some(Kind::ApplicationSet) | None) = (&document.json, document.kind) {
            let at = document.range.start + error.offset;
            out.errors.push(ExpandError {
                application_set: match document.name.as_str() {
                    "" => file.path.to_string(),
                    name => format!("{}/{name}", context.namespace),
                },
                reason: "ParseError".to_owned(),
                message: format!("error converting YAML to JSON: {}", error.message),
                span: Span::at(file.id, at.min(document.range.end)),
            });
        }
    }
    let model = Model::build(context, vec![Arc::clone(&manifest)], Reading::Strict, Purpose::Telling);
    out.application_sets = model.sets.len();
    for set in &model.sets {
        let (manifest, document) = model.home(set);
        let name = format!("{}/{}", set.namespace, set.name);
        let span = |at: &Path| manifest.span_at(document, at);
        let expansion = &set.expansion;
        // One whose only doubt is a fact nobody stated (does the project exist?) is shown, and the doubt beside it:
        // without a platform file nothing would be left otherwise.
        let doubted =
            |index: usize| !expansion.stopped() && expansion.unknown.iter().any(|u| u.index == Some(index));
        let made = expansion.generated.iter().enumerate().filter(|(index, g)| g.created || doubted(*index));
        out.applications.extend(made.map(|(_, g)| g.application.clone()));
        if let Some((reason, message)) = expansion.reported() {
            let at = expansion
                .errors
                .iter()
                .find(|e| e.reason == reason)
                .map(|e| e.at.clone())
                .unwrap_or_default();
            out.errors.push(ExpandError {
                application_set: name.clone(),
                reason: reason.to_owned(),
                message: message.to_owned(),
                span: span(&at),
            });
        }
        out.unknown.extend(expansion.unknown.iter().map(|u| ExpandUnknown {
            application_set: name.clone(),
            needs: u.needs.clone(),
            span: span(&u.at),
        }));
    }
    out
}
