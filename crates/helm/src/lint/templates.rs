//! The templates, and what they give.

use std::sync::Arc;

use super::object::{Object, objects};
use super::source::Source;
use super::{Lint, Severity, names};
use crate::chart::{Chart, Values};
use crate::engine::{Ahead, Prepared, execute};
use crate::error::Error;
use crate::options::Options;
use crate::{coalesce, dependencies};

const FOLDER: &str = "templates/";

/// Executes the templates as `helm lint` does, and judges what each of the chart's own gives.
pub(super) fn check(
    source: &Source,
    loaded: &Result<Arc<Chart>, Error>,
    user: &Values,
    options: &Options,
    out: &mut Lint,
) {
    if !source.exists("templates") {
        return out.add(Severity::Warning, FOLDER, "directory does not exist");
    }
    if !source.is_folder("templates") {
        return out.add(Severity::Error, FOLDER, "not a directory");
    }
    let chart = match loaded {
        Ok(chart) => chart,
        Err(error) => return out.fail(FOLDER, error.clone()),
    };
    let rendered = match render(chart, user, options, out) {
        Rendered::Outputs(outputs) => outputs,
        Rendered::Fault(error) => return out.fail(FOLDER, error),
        // Helm passes over this in silence.
        Rendered::Nothing => return,
    };
    for template in chart.templates.iter() {
        let extension = template.name.rsplit('/').next().and_then(|name| Some(name.rsplit_once('.')?.1));
        let dotted = extension.map_or_else(String::new, |extension| format!(".{extension}"));
        if !matches!(dotted.as_str(), ".yaml" | ".yml" | ".tpl" | ".txt") {
            let fault = format!(
                "file extension '{dotted}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
            );
            out.add(Severity::Error, &template.name, fault);
        }
        if !matches!(dotted.to_lowercase().as_str(), ".yaml" | ".yml") {
            continue;
        }
        let path = format!("{}/{}", chart.name(), template.name);
        let Some((_, text)) = rendered.iter().find(|(name, _)| **name == *path) else { continue };
        if !text.trim_ascii().is_empty() && !content(&template.name, text, out) {
            break;
        }
    }
    out.rendered = rendered;
}

enum Rendered {
    Outputs(Vec<(Arc<str>, Arc<[u8]>)>),
    Fault(Error),
    Nothing,
}

fn render(chart: &Arc<Chart>, user: &Values, options: &Options, out: &mut Lint) -> Rendered {
    let prepared = Prepared::new(Arc::clone(chart), options.version);
    let Ok(processed) = dependencies::process(chart, user, options.version, &mut Vec::new()) else {
        return Rendered::Nothing;
    };
    let Ok(coalesced) = coalesce::coalesce(&processed, user, options.version) else {
        return Rendered::Nothing;
    };
    if !options.skip_schema_validation {
        let steps = options.limits.steps;
        let checked = prepared.schemas().validate(&processed, &coalesced.to_values(), options.version, steps);
        if let Err(error) = checked {
            return Rendered::Fault(error);
        }
    }
    let values = coalesced.to_go().as_map().cloned().unwrap_or_default();
    let options = Options { lint: true, release_name: "test-release".to_owned(), ..options.clone() };
    let executed =
        execute(&prepared, &Ahead::default(), &processed, values, &options, &mut |_| (), &mut |_, _| ());
    out.chart = Some(Arc::new(processed));
    match executed {
        Ok(outputs) => {
            Rendered::Outputs(outputs.into_iter().map(|output| (output.path, output.text)).collect())
        }
        Err(error) => Rendered::Fault(error),
    }
}

/// Judges what a template gave; `false` where it cannot be read, which ends the linting of templates.
fn content(name: &str, text: &[u8], out: &mut Lint) -> bool {
    let shown = String::from_utf8_lossy(text);
    if let Some(line) = shown.lines().find(|line| !line.trim().is_empty())
        && line.starts_with([' ', '\t'])
    {
        let quoted = seatrial_gotemplate::quote(line.as_bytes());
        let fault =
            format!("document starts with an illegal indent: {quoted}, which may cause parsing problems");
        out.add(Severity::Warning, name, fault);
    }
    for object in objects(text) {
        match object {
            Err(why) => {
                out.add(Severity::Error, name, format!("unable to parse YAML: {why}"));
                return false;
            }
            Ok(None) => {}
            Ok(Some(object)) => {
                if let Some(fault) = names::fault(&object.kind, &object.name) {
                    out.add(Severity::Warning, name, fault);
                }
                if let Some(fault) = without_selector(&object, &shown) {
                    out.add(Severity::Error, name, fault);
                }
                if keeps_in_list(&object, text) {
                    let fault = "annotation 'helm.sh/resource-policy' within List objects are ignored";
                    out.add(Severity::Error, name, fault);
                }
            }
        }
    }
    true
}

fn without_selector(object: &Object, text: &str) -> Option<String> {
    let workload = matches!(object.kind.as_str(), "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet");
    let selects = text.contains("matchLabels") || text.contains("matchExpressions");
    let name = seatrial_gotemplate::quote(object.name.as_bytes());
    (workload && !selects).then(|| {
        format!("a {} must contain matchLabels or matchExpressions, and {name} does not", object.kind)
    })
}

fn keeps_in_list(object: &Object, text: &[u8]) -> bool {
    if object.kind != "List" {
        return false;
    }
    let list = crate::load::gostruct::document(text).unwrap_or_default();
    let items = list.get("items").and_then(serde_json::Value::as_array);
    items.into_iter().flatten().any(|item| {
        item.pointer("/metadata/annotations").is_some_and(|a| a.get("helm.sh/resource-policy").is_some())
    })
}
