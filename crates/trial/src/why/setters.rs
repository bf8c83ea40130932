//! Who sets a value of a chart: the Application, a values file, or the chart itself.

use std::sync::Arc;

use seatrial_argocd::Path;
use seatrial_argocd::render::HelmRun;
use seatrial_helm::{Chart, File};
use seatrial_source::Span;
use seatrial_yaml::{Segment, goyaml};
use serde_json::Value;

use crate::model::{Application, Model};

/// A place that sets a value.
#[derive(Debug, Clone)]
pub struct Setter {
    /// What kind of place it is.
    pub kind: SetterKind,
    /// The file, as a person finds it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The text, when it is in a file that the trial may edit.
    pub span: Option<Span>,
    /// Where it is: a path in the values file, or in the Application.
    pub path: Path,
}

/// The kinds of places that set values; the stronger come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetterKind {
    /// `helm.fileParameters`.
    FileParameter,
    /// `helm.parameters`.
    Parameter,
    /// `helm.valuesObject`.
    ValuesObject,
    /// `helm.values`.
    Values,
    /// One of `helm.valueFiles`.
    ValuesFile,
    /// A `values.yaml` of the chart, or of one of its subcharts.
    ChartDefault,
}

impl SetterKind {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileParameter => "file parameter",
            Self::Parameter => "parameter",
            Self::ValuesObject => "valuesObject",
            Self::Values => "values",
            Self::ValuesFile => "values file",
            Self::ChartDefault => "chart default",
        }
    }
}

/// Where the values of one source of an Application are set.
pub(super) struct Setters<'m, 'c> {
    pub(super) model: &'m Model<'c>,
    pub(super) application: &'m Application,
    /// The source in the Application.
    pub(super) at: &'m Path,
    pub(super) run: &'m HelmRun,
}

impl Setters<'_, '_> {
    /// Who sets the value at `path`, in force first.
    pub(super) fn of(&self, path: &Path) -> Vec<Setter> {
        let mut found = Vec::new();
        let helm = self.at.join("helm");
        if let Some(given) = helm.lookup(&self.application.json) {
            self.parameters(given, "fileParameters", SetterKind::FileParameter, &helm, path, &mut found);
            self.parameters(given, "parameters", SetterKind::Parameter, &helm, path, &mut found);
            // The object wins over the text.
            match given.get("valuesObject").filter(|object| !object.is_null()) {
                Some(object) => {
                    if path.lookup(object).is_some() {
                        let at = helm.join("valuesObject").concat(path);
                        found.extend(self.in_application(SetterKind::ValuesObject, &at));
                    }
                }
                None => {
                    let text = given.get("values").and_then(Value::as_str).unwrap_or_default();
                    if goyaml::to_json(text).is_ok_and(|values| path.lookup(&values).is_some()) {
                        let at = helm.join("values").concat(path);
                        found.extend(self.in_application(SetterKind::Values, &at));
                    }
                }
            }
        }
        for file in self.run.value_files.iter().rev() {
            if let Some(data) = &file.data {
                found.extend(self.in_file(SetterKind::ValuesFile, &file.name, data, path));
            }
        }
        self.defaults(self.run.chart.chart(), path, &mut found);
        found
    }

    fn parameters(
        &self,
        helm: &Value,
        key: &str,
        kind: SetterKind,
        at: &Path,
        path: &Path,
        found: &mut Vec<Setter>,
    ) {
        let list = helm.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        // Of parameters of one name the last holds.
        for (index, parameter) in list.iter().enumerate().rev() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let sets = parameter_path(name);
            if sets.starts_with(path) || path.starts_with(&sets) {
                let value = if kind == SetterKind::Parameter { "value" } else { "path" };
                found.extend(self.in_application(kind, &at.join(key).join(index).join(value)));
            }
        }
    }

    fn in_application(&self, kind: SetterKind, at: &Path) -> Option<Setter> {
        let located = self.model.locate(self.application, at);
        let (manifest, _) = self.model.home_of(self.application);
        let line = manifest.file.line_col(located.span.start as usize).line as usize;
        let file = Arc::clone(&manifest.file.path);
        Some(Setter { kind, file, line, span: Some(located.span), path: at.clone() })
    }

    fn in_file(&self, kind: SetterKind, name: &Arc<str>, data: &[u8], path: &Path) -> Option<Setter> {
        let text = String::from_utf8_lossy(data);
        let tree = seatrial_yaml::parse(text.as_ref());
        let node = tree.root()?.find(path)?;
        let line = text.get(..node.span().start)?.matches('\n').count() + 1;
        let span = self.model.context.source(name).and_then(|file| {
            // The same text: offsets hold.
            (*file.text == *text).then(|| file.span_of(node.span()))
        });
        Some(Setter { kind, file: Arc::clone(name), line, span, path: path.clone() })
    }

    /// The chart's own values, then those of the subchart that the path leads into.
    fn defaults(&self, chart: &Chart, path: &Path, found: &mut Vec<Setter>) {
        let mut chart = chart;
        let mut path = path.clone();
        loop {
            if let Some(File { source, data, .. }) = &chart.values_file {
                found.extend(self.in_file(SetterKind::ChartDefault, source, data, &path));
            }
            let Some((Segment::Key(first), rest)) = path.segments().split_first() else { return };
            let renamed = chart.metadata.dependencies.iter().find(|dependency| dependency.alias == **first);
            let name = renamed.map_or(&**first, |dependency| dependency.name.as_str());
            let Some(child) = chart.dependencies.iter().find(|child| child.name() == name) else { return };
            (chart, path) = (child, Path::new(rest.to_vec()));
        }
    }
}

/// The path that the name of a parameter means: dots part it, `\.` is a dot, `[0]` an index.
fn parameter_path(name: &str) -> Path {
    let mut path = Path::root();
    let mut key = String::new();
    let mut chars = name.chars();
    let end = |key: &mut String, path: &mut Path| {
        if !key.is_empty() {
            path.push(std::mem::take(key));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.extend(chars.next()),
            '.' => end(&mut key, &mut path),
            '[' => {
                end(&mut key, &mut path);
                let index: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if let Ok(index) = index.trim().parse::<usize>() {
                    path.push(index);
                }
            }
            c => key.push(c),
        }
    }
    end(&mut key, &mut path);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parameters_are_paths() {
        assert_eq!(parameter_path("image.tag"), Path::keys(["image", "tag"]));
        assert_eq!(
            parameter_path(r"nodeSelector.kubernetes\.io/os"),
            Path::keys(["nodeSelector", "kubernetes.io/os"])
        );
        assert_eq!(parameter_path("hosts[1].name"), Path::keys(["hosts"]).join(1).join("name"));
    }
}
