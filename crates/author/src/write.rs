//! The manifest's text, as a careful engineer would write it.

use seatrial_helm::Values;
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::design::{Choice, Clusters, Design, Element};

/// Writes a design.
pub(crate) fn write(design: &Design) -> String {
    let mut out = Text::default();
    out.line(
        0,
        &format!("# {}. Comments name the facts of the platform file that the values rest on.", design.title),
    );
    out.line(0, "apiVersion: argoproj.io/v1alpha1");
    out.line(0, "kind: ApplicationSet");
    out.line(0, "metadata:");
    out.entry(2, "name", &design.name);
    out.entry(2, "namespace", &design.namespace);
    out.line(0, "spec:");
    out.line(2, "goTemplate: true");
    out.line(2, "# A parameter that is missing stops the set, rather than being written as `<no value>`.");
    out.line(2, "goTemplateOptions: [missingkey=error]");
    out.line(
        2,
        "# Neither a removed element nor the removal of this set deletes an Application or what it runs.",
    );
    out.line(2, "syncPolicy:");
    out.line(4, "applicationsSync: create-update");
    out.line(4, "preserveResourcesOnDeletion: true");
    let with_helm = design.elements.iter().any(|element| !element.helm.is_empty());
    let with_sync = design.elements.iter().any(|element| !element.sync.is_empty());
    generators(design, with_helm, with_sync, &mut out);
    template(design, &mut out);
    patch(with_helm, with_sync, &mut out);
    out.0
}

fn generators(design: &Design, with_helm: bool, with_sync: bool, out: &mut Text) {
    out.line(2, "generators:");
    let indent = match &design.clusters {
        Clusters::Listed => 4,
        Clusters::Selected(..) => {
            out.line(4, "- matrix:");
            out.line(8, "generators:");
            10
        }
    };
    out.line(indent, "- list:");
    out.line(indent + 4, "elements:");
    for element in &design.elements {
        write_element(element, indent + 6, with_helm, with_sync, out);
    }
    if let Clusters::Selected(label, parameter) = &design.clusters {
        out.line(indent, "# Every cluster of the environment; a new one needs no edit here.");
        out.line(indent, "- clusters:");
        out.line(indent + 4, "selector:");
        out.line(indent + 6, "matchLabels:");
        out.entry(indent + 8, label, &format!("{{{{ .{parameter} }}}}"));
    }
}

fn write_element(element: &Element, indent: usize, with_helm: bool, with_sync: bool, out: &mut Text) {
    for (at, (key, value)) in element.parameters.iter().enumerate() {
        let lead = if at == 0 { "- " } else { "  " };
        out.line(indent, &format!("{lead}{key}: {}", scalar(value)));
    }
    let indent = indent + 2;
    if with_helm {
        out.because(indent, &element.choices, "helm");
        out.block(indent, "helm", &Value::Object(element.helm.clone()));
    }
    if with_sync {
        out.because(indent, &element.choices, "sync");
        out.block(indent, "sync", &Value::Object(element.sync.clone()));
    }
}

fn template(design: &Design, out: &mut Text) {
    out.line(2, "template:");
    out.line(4, "metadata:");
    out.entry(6, "name", &design.application);
    if !design.labels.is_empty() {
        out.line(6, "labels:");
        for (key, value) in &design.labels {
            out.entry(8, key, value);
        }
    }
    out.line(4, "spec:");
    out.entry(6, "project", &design.project);
    out.line(6, "source:");
    for (key, value) in &design.source {
        out.entry(8, key, value);
    }
    if !design.values.is_empty() {
        out.line(8, "helm:");
        out.because(10, &design.choices, "helm");
        out.block(10, "valuesObject", &escaped(&design.values));
    }
    out.line(6, "destination:");
    for (key, value) in &design.destination {
        out.entry(8, key, value);
    }
    if !design.sync.is_empty() {
        out.block(6, "syncPolicy", &Value::Object(design.sync.clone()));
    }
}

fn patch(with_helm: bool, with_sync: bool, out: &mut Text) {
    if !with_helm && !with_sync {
        return;
    }
    out.line(
        2,
        "# What differs from place to place, with its types: a field of the template can only hold text.",
    );
    out.line(2, "templatePatch: |");
    out.line(4, "spec:");
    if with_helm {
        out.line(6, "source:");
        out.line(8, "helm:");
        out.line(10, "valuesObject:");
        out.line(12, "{{- toYaml .helm | nindent 12 }}");
    }
    if with_sync {
        // A `spec` of nothing would take the whole specification away.
        let alone = !with_helm;
        if !alone {
            out.line(6, "{{- with .sync }}");
        }
        out.line(6, "syncPolicy:");
        out.line(8, if alone { "{{- toYaml .sync | nindent 8 }}" } else { "{{- toYaml . | nindent 8 }}" });
        if !alone {
            out.line(6, "{{- end }}");
        }
    }
}

/// Values for the template, where braces in a text would be taken for a placeholder.
fn escaped(values: &Values) -> Value {
    fn escape(value: &Value) -> Value {
        match value {
            Value::String(text) if text.contains("{{") => text.replace("{{", "{{ \"{{\" }}").into(),
            Value::Array(items) => items.iter().map(escape).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), escape(value))).collect(),
            other => other.clone(),
        }
    }
    escape(&Value::Object(values.clone()))
}

/// Lines of YAML.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, indent: usize, text: &str) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn entry(&mut self, indent: usize, key: &str, value: &str) {
        let key = scalar(&Value::from(key));
        self.line(indent, &format!("{key}: {}", scalar(&Value::from(value))));
    }

    /// A comment with the facts behind a parameter.
    fn because(&mut self, indent: usize, choices: &[Choice], parameter: &str) {
        let facts: Vec<&str> =
            choices.iter().filter(|c| c.parameter == parameter).map(|c| c.because.as_str()).collect();
        for line in wrapped(&facts, 100_usize.saturating_sub(indent)) {
            self.line(indent, &format!("# {line}"));
        }
    }

    fn block(&mut self, indent: usize, key: &str, value: &Value) {
        let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
        if empty {
            self.line(indent, &format!("{key}: {{}}"));
            return;
        }
        self.line(indent, &format!("{key}:"));
        for line in goyaml::to_yaml(value).unwrap_or_default().lines() {
            self.line(indent + 2, line);
        }
    }
}

/// Facts joined by commas, over as many lines as they take.
fn wrapped(facts: &[&str], width: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for fact in facts {
        // A sentence may have line ends of its own.
        let fact = fact.split_whitespace().collect::<Vec<_>>().join(" ");
        match out.last_mut() {
            Some(last) if last.chars().count() + fact.chars().count() + 2 <= width => {
                last.push_str(", ");
                last.push_str(&fact);
            }
            _ => out.push(fact),
        }
    }
    out
}

/// A plain value on one line.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("{{") => format!("'{}'", text.replace('\'', "''")),
        other => goyaml::to_yaml(other).unwrap_or_default().trim_end().to_owned(),
    }
}
