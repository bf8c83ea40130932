//! ApplicationSets to Applications, as the text stands: nothing is mended.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use seatrial_argocd::{Deletion, Existing, Path, Rollout};
use seatrial_source::{FileId, ReadError, SourceFile, Span};
use serde_json::Value;

use crate::collect::collect;
use crate::context::Context;
use crate::model::{Application, Manifest, Model, Origin, Purpose, Reading};
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
#[derive(Default)]
pub struct Expanded {
    /// Exactly the objects that the controller would create, by namespace and name.
    pub applications: Vec<Value>,
    /// What becomes of Applications that exist already, each with the `namespace/name` of the set.
    pub existing: Vec<(String, Existing)>,
    /// How rolling syncs go on, each with the `namespace/name` of the set.
    pub rollouts: Vec<(String, Rollout)>,
    /// How Applications go with their sets, each with the `namespace/name` of the set.
    pub deletions: Vec<(String, Deletion)>,
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
    /// Nothing yet, of these files.
    pub(crate) fn of(files: &[Arc<SourceFile>], read_errors: Vec<ReadError>) -> Self {
        let files = files.iter().map(|file| (file.id, Arc::clone(file))).collect();
        Self { read_errors, files, ..Self::default() }
    }

    pub(crate) fn add(&mut self, mut part: Self) {
        self.applications.append(&mut part.applications);
        self.existing.append(&mut part.existing);
        self.rollouts.append(&mut part.rollouts);
        self.deletions.append(&mut part.deletions);
        self.errors.append(&mut part.errors);
        self.unknown.append(&mut part.unknown);
        self.application_sets += part.application_sets;
    }

    pub(crate) fn sort(&mut self) {
        self.applications.sort_by_cached_key(|a| {
            let text =
                |pointer: &str| a.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("/metadata/namespace"), text("/metadata/name"))
        });
    }

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
    let mut all = Expanded::of(&collected.files, collected.errors);
    for part in parts {
        all.add(part);
    }
    all.sort();
    all
}

fn expand_file(context: &Context, file: &Arc<SourceFile>) -> Expanded {
    let manifest = Arc::new(Manifest::read(Arc::clone(file)));
    let model = Model::build(context, vec![Arc::clone(&manifest)], Reading::Strict, Purpose::Telling);
    tell(&manifest, &model)
}

/// What the controller would make of one file, built into a model of its own.
pub(crate) fn tell(manifest: &Manifest, model: &Model<'_>) -> Expanded {
    let mut out = Expanded { application_sets: model.sets.len(), ..Expanded::default() };
    if let Some(at) = manifest.file.invalid_at {
        out.errors.push(ExpandError {
            application_set: manifest.file.path.to_string(),
            reason: "ParseError".to_owned(),
            message: "error converting YAML to JSON: yaml: invalid UTF-8".to_owned(),
            span: Span::at(manifest.file.id, at),
        });
        return out;
    }
    for document in &manifest.documents {
        if let Err(error) = &document.json {
            let at = document.range.start + error.offset;
            out.errors.push(ExpandError {
                application_set: match document.name.as_str() {
                    "" => manifest.file.path.to_string(),
                    name => format!("{}/{name}", model.context.namespace),
                },
                reason: "ParseError".to_owned(),
                message: format!("error converting YAML to JSON: {}", error.message),
                span: Span::at(manifest.file.id, at.min(document.range.end)),
            });
        }
    }
    let shown = model.applications.iter().filter(|a| is_shown(model, a));
    out.applications.extend(shown.map(|a| Value::clone(&a.json)));
    for set in &model.sets {
        let (manifest, document) = model.home(set);
        let name = format!("{}/{}", set.namespace, set.name);
        let span = |at: &Path| manifest.span_at(document, at);
        let expansion = &set.expansion;
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
        out.rollouts.extend(expansion.rollout.iter().map(|rollout| (name.clone(), rollout.clone())));
        out.deletions.extend(expansion.deletion.iter().map(|deletion| (name.clone(), deletion.clone())));
        out.existing.extend(expansion.existing.iter().map(|existing| (name.clone(), existing.clone())));
        out.unknown.extend(expansion.unknown.iter().map(|u| ExpandUnknown {
            application_set: name.clone(),
            needs: u.needs.clone(),
            span: span(&u.at),
        }));
    }
    out
}

/// Whether an Application is one that the controller would create. One whose only doubt is a fact nobody stated (does
/// the project exist?) is, with the doubt told beside it: without a platform file nothing would be left otherwise.
pub(crate) fn is_shown(model: &Model<'_>, application: &Application) -> bool {
    let Origin::Generated { set, index } = application.origin else { return false };
    let generated = model.sets.get(set).and_then(|set| set.expansion.generated.get(index));
    generated.is_some_and(|generated| generated.created || generated.doubtful)
}
