//! The chart behind a resource, to be tried with other values.

use std::sync::Arc;

use seatrial_argocd::Path;
use seatrial_argocd::render::{HelmRun, Origin};
use seatrial_helm::provenance::Traced;
use serde_json::Value;

use super::setters::{Setter, Setters};
use crate::model::{Application, Model, Resource};

/// The chart that a resource of an Application is rendered from.
pub struct ChartOf<'m, 'c> {
    model: &'m Model<'c>,
    application: &'m Application,
    /// The source in the Application.
    at: Path,
    run: Arc<HelmRun>,
    traced: Arc<Traced>,
    template: Arc<str>,
    kind: String,
    name: String,
}

impl<'c> Model<'c> {
    /// The chart behind a resource; `None` for what no chart made, and where tracing fails.
    pub fn chart_of<'m>(
        &'m self,
        application: &'m Application,
        resource: &Resource,
    ) -> Option<ChartOf<'m, 'c>> {
        let resources = self.context.resources(application);
        let rendered = resources.rendering.resources.get(resource.index)?;
        let Origin::Template { path, .. } = &rendered.origin else { return None };
        let source = resources.rendering.sources.get(rendered.source)?;
        let run = Arc::clone(source.helm.as_ref()?);
        Some(ChartOf {
            model: self,
            application,
            at: source.at.clone(),
            traced: self.context.traced(&run)?,
            run,
            template: Arc::clone(path),
            kind: resource.kind().to_owned(),
            name: resource.name().to_owned(),
        })
    }
}

impl ChartOf<'_, '_> {
    /// The source in the Application: `spec.source`.
    pub fn source(&self) -> &Path {
        &self.at
    }

    /// The value in effect at a path among those of the root chart.
    pub fn value(&self, path: &Path) -> Option<&Value> {
        self.traced.value(path)
    }

    /// What the mapping at a path of the values in effect holds; nothing where there is none.
    pub fn entries(&self, path: &Path) -> impl Iterator<Item = (&String, &Value)> {
        let entries = if path.is_empty() {
            Some(&self.traced.values)
        } else {
            self.traced.value(path).and_then(Value::as_object)
        };
        entries.into_iter().flatten()
    }

    /// Where the values of the chart that the resource's template belongs to stand among those of the root chart.
    pub fn scope(&self) -> Path {
        Traced::scope(&self.template)
    }

    /// Who sets the value at a path, in force first.
    pub fn setters(&self, path: &Path) -> Vec<Setter> {
        Setters { model: self.model, application: self.application, at: &self.at, run: &self.run }.of(path)
    }

    /// The values files that the Application names, the strongest first, as people find them.
    pub fn value_files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.run.value_files.iter().rev().map(|file| &file.name)
    }

    /// What a field of the resource holds when this value is at a path; `None` when nothing is rendered then, or the resource
    /// has no such field.
    pub fn with(&self, path: &Path, value: &Value, field: &Path) -> Option<Value> {
        let release = self.traced.with(&self.run.chart, &self.run.options, path, value.clone())?;
        let document = release
            .documents()
            .find(|m| *m.path == *self.template && m.kind == self.kind && m.name == self.name)?;
        let text = String::from_utf8_lossy(document.content());
        let tree = seatrial_yaml::parse(text.as_ref());
        Some(tree.root()?.find(field)?.to_json())
    }
}
