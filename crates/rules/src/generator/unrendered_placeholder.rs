use std::sync::LazyLock;

use regex::bytes::Regex;
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::{in_values, placeholders, sets};
use crate::rewrite::{base, go_template};
use crate::subject::each_text;

declare_rule! {
    /// Finds template text left over in Applications.
    ///
    /// ## What it does
    /// Looks through every Application, generated or written, for what no engine will fill in any more: `{{ … }}`,
    /// `<no value>`, `%!d(string=…)`, printed mappings (`map[a:b]`), `${VARIABLE}`.
    ///
    /// ## Why it is bad
    /// It becomes part of addresses, names and values: an image tag `{{ version }}` is no tag, `<no value>` no
    /// namespace.
    ///
    /// ## Example
    /// ```yaml
    /// kind: Application
    /// spec:
    ///   source:
    ///     targetRevision: "{{ version }}"
    /// ```
    ///
    /// ## How to fix
    /// Write the value, or supply the parameter. `${name}` of a parameter that there is becomes its placeholder by the fix.
    ///
    /// ## When to ignore
    /// When the chart or another tool fills it in later.
    "unrendered-placeholder", Generator, Error, explained_here_by: &["foreign-template-language"]
}

/// What is left begins with one of these, or has it second.
const SIGNS: [char; 4] = ['{', '<', '%', '['];

/// Of bytes, as it is often compiled for a single run, and classes of all of Unicode take five times as long. What is found begins
/// and ends with ASCII.
static LEFT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\{\{[^{}]*\}\}|<no value>|%!\w?\(\w+[^)]*\)|map\[[A-Za-z_][\w./-]*:[^\]]*\]|\$\{[A-Za-z_][A-Za-z0-9_.]*\}").ok()
});

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    printed_lists(model, out);
    for application in &model.applications {
        for part in ["metadata", "spec"] {
            let Some(value) = application.json.get(part) else { continue };
            each_text(value, &mut Path::keys([part]), &mut |path, text| {
                if text.contains(SIGNS) {
                    tell(model, out, application, path, text);
                }
            });
        }
    }
}

fn tell(model: &Model<'_>, out: &mut Sink<'_>, application: &Application, path: &Path, text: &str) {
    let Some(hit) = LEFT.as_ref().and_then(|left| left.find(text.as_bytes())) else { return };
    let (before, shown) = (text.get(..hit.start()), text.get(hit.range()).unwrap_or_default());
    // `${{ … }}` is another language's, which `foreign-template-language` tells of.
    let foreign = before.is_some_and(|before| before.ends_with('$'));
    if foreign || is_meant(model, application, path, shown) {
        return;
    }
    let located = model.locate(application, path);
    let finding = out
        .finding(located.span, format!("`{shown}` is left over in `{path}`: {}", why(shown)))
        .help("write the value, or supply the parameter that is meant")
        .field(path.to_string())
        .key(shown)
        .maybe_fix(filled_in(model, application, path, shown));
    out.push_for(application, finding);
}

/// Writes `${name}` as the placeholder of the parameter that it names, in the template that it is left over from.
fn filled_in(model: &Model<'_>, application: &Application, path: &Path, left: &str) -> Option<Fix> {
    let name = left.strip_prefix("${")?.strip_suffix('}')?;
    let Origin::Generated { set, index } = application.origin else { return None };
    let params = model.sets.get(set)?.expansion.generated.get(index)?.params.as_object()?;
    params.get(name).filter(|value| value.is_string() || value.is_number())?;
    let (manifest, document) = model.home_of(application);
    let located = model.locate_template(application, path);
    let node = manifest.tree.node(located.node.filter(|_| located.written)?)?;
    let at = node.span().start + node.source().find(left)?;
    let placeholder = if go_template::is_on(manifest, document) {
        format!("{{{{ {} }}}}", go_template::Names::of(manifest, document).reference(name))
    } else {
        format!("{{{{{name}}}}}")
    };
    let edit = base::replace(manifest, at..at + left.len(), placeholder);
    Some(Fix::risky("write it as a placeholder that Argo CD fills in", vec![edit]))
}

/// Lists that a Go template prints as a whole: `[a b]` is no YAML that anything could read back.
fn printed_lists(model: &Model<'_>, out: &mut Sink<'_>) {
    for (index, set, manifest, document) in sets(model) {
        if !go_template::is_on(manifest, document) {
            continue;
        }
        let applications: Vec<&Application> = model.generated(index).collect();
        for placeholder in placeholders(manifest, document) {
            let path = placeholder.node.path();
            let Some(name) = placeholder
                .inner
                .strip_prefix('.')
                .filter(|n| n.chars().all(|c| c.is_alphanumeric() || "._".contains(c)))
            else {
                continue;
            };
            if path.starts_with(&Path::keys(["spec", "generators"])) || placeholder.ranges {
                continue;
            }
            let keys = Path::keys(name.split('.'));
            let lists = set
                .expansion
                .generated
                .iter()
                .zip(&applications)
                .filter(|(g, _)| keys.lookup(&g.params).is_some_and(Value::is_array));
            for (_, application) in lists {
                let shown = manifest.file.text.get(placeholder.hole.span()).unwrap_or_default();
                let finding = out
                    .finding(
                        manifest.file.span_of(placeholder.hole.span()),
                        format!("`{shown}` is a list, which a Go template prints as `[a b]`"),
                    )
                    .help(format!(
                        "write `{{{{ toJson .{name} }}}}`, or join it: `{{{{ .{name} | join \",\" }}}}`"
                    ))
                    .field(path.to_string())
                    .key(shown);
                out.push_for(application, finding);
            }
        }
    }
}

/// Whether a later engine may fill it in, or another rule says why it was left over.
fn is_meant(model: &Model<'_>, application: &Application, path: &Path, left: &str) -> bool {
    let inner = left.strip_prefix("{{").and_then(|l| l.strip_suffix("}}")).map(str::trim);
    if let Some(inner) = inner {
        let plain = go_template::parameter_name(inner).is_some();
        if let Some(set) = model.set_of(application) {
            // missing-parameter and dotted-without-gotemplate tell of these.
            let (manifest, document) = model.home(set);
            let go = go_template::is_on(manifest, document);
            return !go && (plain || inner.starts_with('.')) || in_values(path);
        }
        return in_values(path) && !plain;
    }
    if left.starts_with("${") {
        // Argo CD's own build environment, and what charts and programs read by themselves.
        return in_values(path) || left.starts_with("${ARGOCD_") || left.starts_with("${KUBE_");
    }
    if left.starts_with("map[") || left.starts_with("%!") {
        return model.set_of(application).is_none();
    }
    false
}

fn why(left: &str) -> &'static str {
    if left == "<no value>" {
        "a Go template printed a parameter that is absent or null"
    } else if left.starts_with("%!") {
        "a Go template printed a value with the wrong verb"
    } else if left.starts_with("map[") {
        "a Go template printed a mapping as a whole"
    } else {
        "nothing fills it in any more"
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn a_parameter_in_another_shells_words() {
        let set = |name: &str, mode: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  goTemplate: {mode}\n  generators: [{{list: {{elements: [{{env: dev}}]}}}}]\n  template:\n    metadata: {{name: 'a-{name}'}}\n    spec: {{project: default}}\n"
            )
        };
        Tester::new(&RULE).fixes(&[
            (&set("${env}", "true"), &set("{{ .env }}", "true")),
            (&set("${env}", "false"), &set("{{env}}", "false")),
            // No generator supplies it.
            (&set("${region}", "true"), &set("${region}", "true")),
        ]);
    }

    #[test]
    fn what_is_left_over() {
        let app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  source:\n    repoURL: https://x\n    \
                   targetRevision: '{{ version }}'\n    helm:\n      valuesObject:\n        alert: '{{ $labels.x }}'\n";
        Tester::new(&RULE)
            .pass(&[&app.replace("{{ version }}", "v1")])
            .finds(app, &["9:21 `{{ version }}` is left over in `spec.source.targetRevision`"]);
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  generators:\n    - list:\n        elements:\n          - env: dev\n            \
                   secret: null\n  template:\n    metadata:\n      name: 'a-{{.env}}'\n      labels:\n        s: 'x-{{.secret}}'\n    spec:\n      project: default\n";
        Tester::new(&RULE)
            .finds(set, &["16:12 `<no value>` is left over"])
            .finds(&set.replace("null", "[a, b]"), &["16:15 `{{.secret}}` is a list"])
            .pass(&[&set.replace("null", "[a, b]").replace("{{.secret}}", "{{toJson .secret}}")]);
    }
}
