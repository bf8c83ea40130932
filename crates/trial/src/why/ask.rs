//! `why` asked from outside: by the names of an Application and a resource.

use std::collections::BTreeSet;
use std::sync::Arc;

use seatrial_argocd::Path;
use seatrial_source::ReadError;
use serde_json::Value;

use super::Why;
use crate::collect::collect;
use crate::context::Context;
use crate::model::{Manifest, Model, Purpose, Reading, Resource};
use crate::pipeline::Inputs;

/// Which field of which resource of which Application.
#[derive(Debug, Clone)]
pub struct Question {
    /// `name` or `namespace/name` of the Application.
    pub application: String,
    /// The resource: `kind/name`, or more of `group/kind/namespace/name`; upper and lower case are alike.
    pub resource: String,
    /// The field; all that depend on values when absent.
    pub field: Option<Path>,
}

/// What there is to say.
#[derive(Debug, Default)]
pub struct Answers {
    /// An answer for each field asked for.
    pub answers: Vec<Answer>,
    /// The Applications that there are, by name.
    pub applications: BTreeSet<String>,
    /// The resources of the Application asked for, by identity.
    pub resources: Vec<String>,
    /// Why the Application has no resources, or not all.
    pub problems: Vec<String>,
    /// How many files were read.
    pub files: usize,
    /// Files that could not be read.
    pub read_errors: Vec<ReadError>,
}

/// Why one field is what it is.
#[derive(Debug)]
pub struct Answer {
    /// `namespace/name`.
    pub application: String,
    /// `group/kind/namespace/name`.
    pub resource: String,
    /// The field.
    pub field: Path,
    /// Why.
    pub why: Why,
}

/// Answers a question on what the inputs render to. Every answer is tried out.
pub fn ask(inputs: &Inputs, question: &Question) -> Answers {
    let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    let context = Context::new(inputs, &collected.files);
    let mut all =
        Answers { files: collected.files.len(), read_errors: collected.errors, ..Answers::default() };
    for file in &collected.files {
        let manifest = Arc::new(Manifest::read(Arc::clone(file)));
        let model = Model::build(&context, vec![manifest], Reading::Strict, Purpose::Telling);
        for application in &model.applications {
            let name = application.qualified_name();
            all.applications.insert(name.clone());
            if question.application != name && question.application != application.name {
                continue;
            }
            let resources = context.resources(application);
            all.problems.extend(resources.rendering.error.iter().map(|error| error.message.clone()));
            all.problems.extend(resources.rendering.unknown.iter().map(|unknown| unknown.needs.clone()));
            for resource in &resources.list {
                all.resources.push(resource.identity());
                if !is_meant(resource, &question.resource) {
                    continue;
                }
                let fields = match &question.field {
                    Some(field) => vec![field.clone()],
                    None => scalars(&resource.object),
                };
                for field in fields {
                    let why = match question.field {
                        Some(_) => model.why_tried(application, resource, &field),
                        None => model.why(application, resource, &field),
                    };
                    if question.field.is_some() || !why.values.is_empty() {
                        let (application, resource) = (name.clone(), resource.identity());
                        all.answers.push(Answer { application, resource, field, why });
                    }
                }
            }
        }
    }
    all
}

/// Whether a name means the resource: the last parts of its identity, its group aside where it is not given.
fn is_meant(resource: &Resource, name: &str) -> bool {
    let name = name.to_lowercase();
    let forms = [
        resource.identity(),
        format!("{}/{}/{}", resource.kind(), resource.namespace(), resource.name()),
        format!("{}/{}", resource.kind(), resource.name()),
        resource.name().to_owned(),
    ];
    forms.iter().any(|form| form.to_lowercase() == name)
}

/// The paths of all scalars of an object.
fn scalars(object: &Value) -> Vec<Path> {
    let mut out = Vec::new();
    let mut open = vec![(Path::root(), object)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(entries) => {
                open.extend(entries.iter().rev().map(|(key, value)| (path.join(key), value)));
            }
            Value::Array(items) => {
                open.extend(items.iter().enumerate().rev().map(|(index, value)| (path.join(index), value)));
            }
            _ => out.push(path),
        }
    }
    out
}
