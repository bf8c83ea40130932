use seatrial_argocd::Path;
use seatrial_argocd::names::{
    dns1123_subdomain_problems, label_value_problems, qualified_name_problems, sanitize,
};
use seatrial_source::Edit;
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::HoleKind;
use serde_json::Value;

use super::{objects, short};
use crate::rewrite::{base, go_template};

declare_rule! {
    /// Finds names and labels that Kubernetes does not allow.
    ///
    /// ## What it does
    /// Checks names, label keys and values, annotation keys and target namespaces, of what is written and of what is
    /// generated.
    ///
    /// ## Why it is bad
    /// The API server refuses the object. For a generated Application the set reports `UpdateApplicationError`; a
    /// namespace fails only when it is synced.
    ///
    /// ## Example
    /// ```yaml
    /// elements: [{env: Prod_EU}]
    /// # with
    /// name: 'agent-{{env}}'
    /// ```
    ///
    /// ## How to fix
    /// Use lower case letters, digits and `-`; `normalize` does so in Go templates.
    ///
    /// ## When to ignore
    /// Never.
    "invalid-name", Schema, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for object in objects(model).filter(|o| o.kind != "Application") {
        for fault in faults(&object.json) {
            let node = object.manifest.node(object.document, &fault.path);
            let fix = node.filter(|_| fault.is_name).map(|n| {
                Fix::risky(
                    "write a name that is allowed",
                    vec![base::set_value(object.manifest, n, &base::scalar(&sanitize(&fault.text)))],
                )
            });
            let finding = out
                .finding(object.manifest.span_at(object.document, &fault.path), fault.message())
                .help(fault.help())
                .key(format!("{}:{}", short(&fault.path), fault.text))
                .maybe_fix(fix);
            out.push(finding);
        }
    }
    for application in &model.applications {
        for fault in faults(&application.json) {
            // Braces that were left over are told by another rule.
            if fault.text.contains("{{") {
                continue;
            }
            let located = model.locate(application, &fault.path);
            if out.full(located.span) {
                return;
            }
            let finding = out
                .finding(located.span, fault.message())
                .help(fault.help())
                .field(fault.path.to_string())
                .key(fault.text.clone())
                .maybe_fix(if fault.is_name { fix(model, application, &fault) } else { None });
            out.push_for(application, finding);
        }
    }
}

struct Fault {
    path: Path,
    text: String,
    what: &'static str,
    why: String,
    is_name: bool,
}

impl Fault {
    fn message(&self) -> String {
        format!(
            "`{}` is no {}: {}",
            self.text,
            self.what,
            self.why.split(" (e.g.").next().unwrap_or(&self.why)
        )
    }

    fn help(&self) -> String {
        if self.is_name {
            format!("use `{}`, say", sanitize(&self.text))
        } else {
            "use letters, digits, `-`, `_` and `.`, at most 63 characters".to_owned()
        }
    }
}

fn faults(object: &Value) -> Vec<Fault> {
    let mut out = Vec::new();
    let metadata = Path::keys(["metadata"]);
    let mut add = |path: Path, text: &str, what: &'static str, problems: Vec<String>, is_name: bool| {
        if let Some(why) = problems.into_iter().next() {
            out.push(Fault { path, text: text.to_owned(), what, why, is_name });
        }
    };
    if let Some(name) = object.pointer("/metadata/name").and_then(Value::as_str).filter(|n| !n.is_empty()) {
        add(metadata.join("name"), name, "name", dns1123_subdomain_problems(name), true);
    }
    for (key, value) in object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten() {
        let path = metadata.join("labels").join(key);
        add(path.clone(), key, "label key", qualified_name_problems(key), false);
        if let Some(text) = value.as_str() {
            add(path, text, "label value", label_value_problems(text), false);
        }
    }
    for key in object
        .pointer("/metadata/annotations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(k, _)| k)
    {
        add(
            metadata.join("annotations").join(key),
            key,
            "annotation key",
            qualified_name_problems(&key.to_lowercase()),
            false,
        );
    }
    if let Some(namespace) =
        object.pointer("/spec/destination/namespace").and_then(Value::as_str).filter(|n| !n.is_empty())
    {
        let mut problems = dns1123_subdomain_problems(namespace);
        if problems.is_empty() && (namespace.contains('.') || namespace.len() > 63) {
            problems.push("a namespace must be one DNS label of at most 63 characters".to_owned());
        }
        add(Path::keys(["spec", "destination", "namespace"]), namespace, "namespace", problems, true);
    }
    out
}

/// A name that is allowed where it is written; `normalize` where a template makes it.
fn fix(model: &Model<'_>, application: &Application, fault: &Fault) -> Option<Fix> {
    let (manifest, document) = model.home_of(application);
    let Some(_) = model.set_of(application) else {
        let node = manifest.node(document, &fault.path)?;
        return Some(Fix::risky(
            "write a name that is allowed",
            vec![base::set_value(manifest, node, &base::scalar(&sanitize(&fault.text)))],
        ));
    };
    let node = manifest.node(document, &Path::keys(["spec", "template"]).concat(&fault.path))?;
    let mut edits: Vec<Edit> = go_template::edits(manifest, document)?;
    let mut any = false;
    for hole in node.holes().iter().filter(|h| h.kind == HoleKind::Value) {
        let source = manifest.file.text.get(hole.inner())?;
        if !source.contains('|') {
            edits.push(base::insert(manifest, hole.inner().start + source.trim_end().len(), " | normalize"));
            any = true;
        }
    }
    any.then(|| Fix::risky("normalize the name", edits))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn names_of_kubernetes() {
        let app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: My_App\n  labels: {team: 'a b'}\nspec:\n  project: default\n  destination: {name: x, namespace: Agents}\n";
        Tester::new(&RULE)
            .pass(&["apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: my-app\n  labels: {a.b/c: D_e.1}\nspec: {}\n"])
            .finds(app, &["4:9 `My_App` is no name", "5:18 `a b` is no label value", "8:37 `Agents` is no namespace"]);
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: Prod_EU\n  template:\n    metadata:\n      \
                   name: 'a-{{env}}'\n    spec:\n      project: default\n";
        Tester::new(&RULE).finds(set, &["12:13 `a-Prod_EU` is no name"]).fixes(&[(
            set,
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators:\n    - list:\n        elements:\n          \
             - env: Prod_EU\n  template:\n    metadata:\n      name: 'a-{{.env | normalize}}'\n    spec:\n      project: default\n",
        )]);
    }
}
