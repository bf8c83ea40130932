use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use seatrial_trial::{ApplicationSet, Document, Fix, Manifest, Model, Sink};

use super::{Placeholder, fields, in_values, is_open, placeholders, sets, supplied};
use crate::rewrite::{analogy, base, element, go_template};
use crate::subject::{listed, nearest};

declare_rule! {
    /// Finds placeholders that no generator supplies.
    ///
    /// ## What it does
    /// Compares the parameters that the template, the patch and inner generators ask for with those that the
    /// generators supply for each Application.
    ///
    /// ## Why it is bad
    /// Plain substitution leaves `{{x}}` as it is, braces and all, without an error. Go templates print `<no value>`, or
    /// stop the whole set with `map has no entry for key` under `missingkey=error`.
    ///
    /// ## Example
    /// ```yaml
    /// generators:
    ///   - list: {elements: [{env: dev}]}
    /// template:
    ///   metadata:
    ///     name: 'agent-{{environment}}'
    /// ```
    ///
    /// ## How to fix
    /// Use the name that the generator supplies, or add the parameter to every element. Where it is a fact of the platform in
    /// those that have it (the address of the environment's cluster, its registry), the fix gives the others theirs.
    ///
    /// ## When to ignore
    /// When the braces are meant for another engine that reads the value later.
    "missing-parameter", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (index, set, manifest, document) in sets(model) {
        let expansion = &set.expansion;
        let refused: Vec<&str> = expansion.errors.iter().filter_map(|e| refused(&e.message)).collect();
        if (expansion.generated.is_empty() && refused.is_empty()) || is_open(set) {
            continue;
        }
        let go = go_template::is_on(manifest, document);
        // What was generated under `missingkey=error` asked for nothing that is missing: a condition kept it from asking.
        if go && is_strict(set) && refused.is_empty() {
            continue;
        }
        let mut known = supplied(set);
        for (_, element) in element::all(manifest, document) {
            known.extend(element.entries().filter_map(|e| e.key.key_text()).map(|k| k.into_owned()));
        }
        // The Applications that lack a parameter, by its name.
        let mut lacking: HashMap<&str, Vec<usize>> = HashMap::new();
        for placeholder in placeholders(manifest, document) {
            let path = placeholder.node.path();
            let in_generators = path.starts_with(&seatrial_yaml::Path::keys(["spec", "generators"]));
            for name in asked(&placeholder, go) {
                let refused = refused.contains(&name);
                // Generators are filled in with each other's parameters, which the result does not show.
                if in_generators && !refused {
                    continue;
                }
                let without = lacking.entry(name).or_insert_with(|| {
                    (0..expansion.generated.len()).filter(|i| !has(set, *i, name)).collect()
                });
                let meant_otherwise = in_values(&path) && !likely(name, &known);
                if !refused && (without.is_empty() || meant_otherwise) {
                    continue;
                }
                let span = manifest.file.span_of(placeholder.hole.span());
                if out.full(span) {
                    return;
                }
                let all =
                    if refused { !known.contains(name) } else { without.len() == expansion.generated.len() };
                let near = nearest(name, known.iter().map(String::as_str)).filter(|_| all);
                let who = if all {
                    "no generator supplies".to_owned()
                } else {
                    "not every element supplies".to_owned()
                };
                let effect = effect(set, go);
                let at = placeholder.hole.inner();
                let mut finding = out
                    .finding(span, format!("{who} `{name}`: {effect}"))
                    .help(match near {
                        Some(near) => format!(
                            "did you mean `{near}`? There are {}",
                            listed(known.iter().map(String::as_str))
                        ),
                        None if all => format!("there are {}", listed(known.iter().map(String::as_str))),
                        None => "give it to the elements that lack it".to_owned(),
                    })
                    .key(format!("{name}@{}", placeholder.place()))
                    .maybe_fix(match near {
                        Some(near) => renamed(manifest, at, name, near),
                        None if all => None,
                        None => analogy::edits(manifest, document, model.platform(), name)
                            .map(|edits| Fix::risky("give it to the elements that lack it", edits)),
                    });
                let applications: Vec<_> = model.generated(index).collect();
                finding.applications =
                    without.iter().filter_map(|i| applications.get(*i)).map(|a| a.qualified_name()).collect();
                finding.applications.sort();
                finding.applications.dedup();
                out.push(finding);
            }
        }
    }
}

/// Asks for another parameter.
fn renamed(manifest: &Manifest, at: Range<usize>, name: &str, right: &str) -> Option<Fix> {
    let source = manifest.file.text.get(at.clone())?;
    let offset = at.start + source.find(name)?;
    let edit = base::replace(manifest, offset..offset + name.len(), right);
    Some(Fix::risky(format!("use `{right}`"), vec![edit]))
}

/// The parameters that this rule tells of where a Go template was refused for them.
pub(super) fn told(set: &ApplicationSet, manifest: &Manifest, document: &Document) -> HashSet<String> {
    if is_open(set) {
        return HashSet::new();
    }
    let placeholders = placeholders(manifest, document);
    placeholders.iter().flat_map(|p| asked(p, true)).map(str::to_owned).collect()
}

/// The parameter that a Go template was refused for.
pub(super) fn refused(message: &str) -> Option<&str> {
    message.split_once("map has no entry for key \"")?.1.split('"').next()
}

/// The parameters that a placeholder asks for.
fn asked<'p>(placeholder: &Placeholder<'p>, go: bool) -> Vec<&'p str> {
    if !go {
        return go_template::parameter_name(placeholder.inner).into_iter().collect();
    }
    // Below `range` and `with` the dot is another one; `hasKey`, `get` and `default` ask whether it is there.
    let asks = ["hasKey", "get ", "default", "dig ", "index ", "coalesce"]
        .iter()
        .any(|w| placeholder.inner.contains(w));
    if placeholder.moves || asks { Vec::new() } else { fields(placeholder.inner) }
}

fn has(set: &ApplicationSet, index: usize, name: &str) -> bool {
    let Some(generated) = set.expansion.generated.get(index) else { return true };
    // Of an empty set of parameters nothing is filled in.
    generated.params.as_object().is_none_or(|params| params.is_empty() || params.contains_key(name))
}

/// Inside Helm values a name in braces may be meant for another engine, unless it is much like a parameter.
fn likely(name: &str, known: &BTreeSet<String>) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-');
    plain
        && (nearest(name, known.iter().map(String::as_str)).is_some() || !name.contains('.'))
        && !matches!(name, "Values" | "Release" | "Chart" | "Capabilities" | "Template" | "Files")
}

fn is_strict(set: &ApplicationSet) -> bool {
    set.json.pointer("/spec/goTemplateOptions").is_some_and(|o| o.to_string().contains("missingkey=error"))
}

fn effect(set: &ApplicationSet, go: bool) -> &'static str {
    match (go, is_strict(set)) {
        (false, _) => "the braces stay in the Application as they are",
        (true, false) => "it prints `<no value>`",
        (true, true) => "the controller stops with `map has no entry for key` and generates nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - environment: dev\n  \
                       template:\n    metadata:\n      name: 'a-{{enviroment}}'\n    spec:\n      project: default\n";

    #[test]
    fn asked_for_only_where_it_is() {
        let guarded = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators:\n    - list:\n        elements:\n          - {env: dev}\n          - {env: prod, secret: ecr}\n  \
                       template:\n    metadata:\n      name: 'a-{{.env}}'\n    spec:\n      project: default\n  templatePatch: |\n    metadata:\n      labels:\n        {{- if hasKey . \"secret\" }}\n        secret: {{ .secret }}\n        {{- end }}\n        env: {{ .env }}\n";
        Tester::new(&RULE).pass(&[guarded]).finds(
            &guarded.replace("{{- if hasKey . \"secret\" }}", "{{- if true }}"),
            &["22:17 not every element supplies `secret`: the controller stops"],
        );
    }

    #[test]
    fn what_one_element_lacks_is_a_fact_of_its_place() {
        let set = |second: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators:\n    - list:\n        elements:\n          - env: dev\n            at: https://dev.acme.dev\n            team: shop\n          - env: prod\n{second}            team: shop\n  template:\n    metadata:\n      name: 'a-{{{{ .env }}}}'\n      labels: {{team: '{{{{ .team }}}}'}}\n    spec:\n      project: default\n      destination:\n        server: '{{{{ .at }}}}'\n"
            )
        };
        let (lacking, right) = (set(""), set("            at: https://prod.acme.dev\n"));
        // Added at the end of the element.
        let mended = set("").replace(
            "prod\n            team: shop\n",
            "prod\n            team: shop\n            at: https://prod.acme.dev\n",
        );
        Tester::new(&RULE).platform(crate::testing::PLATFORM).pass(&[&right]).fixes(&[(&lacking, &mended)]);
        // No fact says it.
        Tester::new(&RULE).fixes(&[(&lacking, &lacking)]);
        let elsewhere = lacking.replace("https://dev.acme.dev", "https://other.acme.dev");
        Tester::new(&RULE).platform(crate::testing::PLATFORM).fixes(&[(&elsewhere, &elsewhere)]);
    }

    #[test]
    fn asked_for_by_a_generator() {
        let set = |name: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators:\n    - matrix:\n        generators:\n          - list: {{elements: [{{env: dev}}]}}\n          - list: {{elements: [{{x: '{{{{ {name} }}}}'}}]}}\n  template:\n    metadata:\n      name: 'a-{{{{ .env }}}}-{{{{ .x }}}}'\n    spec:\n      project: default\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[&set(".env")])
            .finds(&set(".evn"), &["12:36 no generator supplies `evn`"])
            .fixes(&[(&set(".evn"), &set(".env"))]);
    }

    #[test]
    fn asked_for_in_vain() {
        let good = SET.replace("{{enviroment}}", "{{environment}}");
        let go = SET
            .replace(
                "spec:\n  generators",
                "spec:\n  goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators",
            )
            .replace("{{env", "{{.env");
        Tester::new(&RULE)
            .pass(&[&good])
            .finds(SET, &["12:16 no generator supplies `enviroment`: the braces stay"])
            .finds(&go, &["14:16 `enviroment`: the controller stops"])
            .fixes(&[(SET, &good)]);
    }
}
