use seatrial_argocd::{RepoAnswer, Repositories};
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::{Path, goyaml};
use serde_json::{Map, Value};

use crate::rewrite::{base, organisation};
use crate::subject::{group, nearest};

declare_rule! {
    /// Finds values that the chart does not have.
    ///
    /// ## What it does
    /// Compares the keys of the Helm values with those of the chart's own `values.yaml`, where the chart lies in a repository
    /// that the platform file gives a folder for. Below an empty default (`{}`) every key is allowed; so is every key that one of
    /// the chart's templates mentions, and everything that belongs to a subchart.
    ///
    /// ## Why it is bad
    /// Helm ignores unknown values without a word: `replicas: 5` for a chart that reads `replicaCount` changes nothing.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject: {replicas: 5}    # the chart reads replicaCount
    /// ```
    ///
    /// ## How to fix
    /// Use the chart's key.
    ///
    /// ## When to ignore
    /// For values that only a library chart reads.
    "unknown-value", Source, Warning
}

struct Chart {
    defaults: Value,
    templates: String,
    subcharts: Vec<String>,
}

/// The value's path, and the key most like it.
type Unknown = (Path, Option<String>);

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let world = model.context.world();
    let mut charts: Vec<(String, Option<Chart>)> = Vec::new();
    let mut faults: Vec<(&Application, Path, Unknown)> = Vec::new();
    for application in &model.applications {
        for values in application.helm_values() {
            let Some(source) = values.source.lookup(&application.json) else { continue };
            let url = source.get("repoURL").and_then(Value::as_str).unwrap_or_default();
            let Some(folder) = organisation::folder(model, url, source) else { continue };
            let key = format!("{url} {folder}");
            if charts.iter().all(|(k, _)| *k != key) {
                charts.push((key.clone(), read(world.repositories, url, &folder)));
            }
            let Some((_, Some(chart))) = charts.iter().find(|(k, _)| *k == key) else { continue };
            let mut unknown = Vec::new();
            compare(&Path::root(), &values.values, &chart.defaults, chart, &mut unknown);
            for (path, near) in unknown {
                faults.push((application, values.place(&path), (path, near)));
            }
        }
    }
    for group in group(model, faults) {
        let (application, (path, near)) = &group.members[0];
        let (manifest, _) = model.home_of(application);
        let key = group
            .place
            .node
            .and_then(|id| manifest.tree.node(id))
            .filter(|_| group.place.written)
            .and_then(|n| n.key());
        let fix = match (key, near) {
            (Some(key), Some(near)) => {
                Some(Fix::risky("use the chart's key", vec![base::rename(manifest, key, near)]))
            }
            _ => None,
        };
        let span = key.map_or(group.place.span, |key| manifest.span(key));
        let finding = out
            .finding(span, format!("the chart has no value `{path}`: it would change nothing"))
            .help(near.as_ref().map_or_else(
                || "Take it out, or use a key of the chart.".to_owned(),
                |n| format!("Did you mean `{n}`?"),
            ))
            .field(group.field.to_string())
            .key(path.to_string())
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

fn read(repositories: &dyn Repositories, url: &str, folder: &str) -> Option<Chart> {
    let RepoAnswer::Ok(entries) = repositories.entries(url, "HEAD") else { return None };
    let text = |path: &str| match repositories.read(url, "HEAD", path) {
        RepoAnswer::Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    };
    let chart = goyaml::to_json(&text(&format!("{folder}/Chart.yaml"))?).ok()?;
    let defaults = text(&format!("{folder}/values.yaml")).unwrap_or_default();
    let dependencies = chart.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
    let subcharts = dependencies
        .iter()
        .filter_map(|d| Some(d.get("alias").or_else(|| d.get("name"))?.as_str()?.to_owned()))
        .chain(["global".to_owned()])
        .collect();
    let templates = format!("{folder}/templates/");
    let mut all = String::new();
    for entry in entries.iter().filter(|e| e.path.starts_with(&templates)) {
        all.push_str(&text(&entry.path).unwrap_or_default());
        all.push('\n');
    }
    let defaults =
        goyaml::to_json(&defaults).ok().filter(Value::is_object).unwrap_or(Value::Object(Map::new()));
    Some(Chart { defaults, templates: all, subcharts })
}

fn compare(at: &Path, given: &Value, defaults: &Value, chart: &Chart, out: &mut Vec<(Path, Option<String>)>) {
    let (Value::Object(given), Value::Object(known)) = (given, defaults) else { return };
    if known.is_empty() && !at.is_empty() {
        return;
    }
    for (key, value) in given {
        let path = at.join(key.as_str());
        if at.is_empty() && chart.subcharts.contains(key) {
            continue;
        }
        match known.get(key) {
            Some(default) => compare(&path, value, default, chart, out),
            None if mentions(&chart.templates, key) => {}
            // `toYaml .Values.nodeSelector`: whatever is in it is printed.
            None if at.last_key().is_some_and(|block| is_read_whole(&chart.templates, block)) => {}
            None => out.push((path, nearest(key, known.keys().map(String::as_str)).map(str::to_owned))),
        }
    }
}

/// Whether a template reads a block of this name and not only what is in it.
fn is_read_whole(templates: &str, block: &str) -> bool {
    let field = format!(".{block}");
    templates.match_indices(&field).any(|(at, m)| {
        let next = templates.get(at + m.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
    })
}

/// Whether a template reads a value of this name, by field or by `index`/`get`.
fn mentions(templates: &str, key: &str) -> bool {
    let field = format!(".{key}");
    let quoted = format!("\"{key}\"");
    let ends = |at: usize| {
        templates
            .get(at..)
            .and_then(|r| r.chars().next())
            .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
    };
    templates.contains(&quoted) || templates.match_indices(&field).any(|(at, m)| ends(at + m.len()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn keys_of_the_chart() {
        let with = |values: &str| {
            application(
                "a",
                &[&format!(
                    "source: {{repoURL: https://git.acme.dev/a.git, path: c, helm: {{valuesObject: {values}}}}}"
                )],
            )
        };
        Tester::new(&RULE)
            .platform("repositories: {https://git.acme.dev/a.git: {path: repo}}\n")
            .beside("repo/c/Chart.yaml", "name: c\ndependencies: [{name: redis}]\n")
            .beside(
                "repo/c/values.yaml",
                "replicaCount: 1\nannotations: {}\nnodeSelector: {os: linux}\nimage: {name: a}\n",
            )
            .beside(
                "repo/c/templates/a.yaml",
                "x: {{ .Values.extra }}\ny: {{ toYaml .Values.nodeSelector }}\nz: {{ .Values.image.name }}\n",
            )
            .pass(&[&with("{replicaCount: 2, annotations: {any: x}, redis: {any: x}, extra: 1}")])
            .pass(&[&with("{nodeSelector: {pool: apps}}")])
            .finds(&with("{image: {pool: apps}}"), &["5:88 the chart has no value `image.pool`"])
            .finds(&with("{replicas: 2}"), &["5:80 the chart has no value `replicas`"])
            .fixes(&[(&with("{replicas: 2}"), &with("{replicaCount: 2}"))]);
    }
}
