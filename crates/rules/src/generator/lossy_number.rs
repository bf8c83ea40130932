use std::collections::HashSet;

use seatrial_argocd::names::go_float;
use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::Kind;

use super::{placeholders, set_documents};
use crate::rewrite::{base, element, go_template};

declare_rule! {
    /// Finds numbers that a Go template prints otherwise than they are written.
    ///
    /// ## What it does
    /// In a set with `goTemplate: true`, finds numbers of a million and more, long ids and decimals among list elements
    /// that a placeholder prints as they are.
    ///
    /// ## Why it is bad
    /// Parameters pass through JSON, where every number is a float64. `{{.account}}` prints 123456789012 as
    /// `1.23456789012e+11`, and ids over 2^53 lose their last digits.
    ///
    /// ## Example
    /// ```yaml
    /// elements:
    ///   - account: 123456789012
    /// ```
    ///
    /// ## How to fix
    /// Quote the number.
    ///
    /// ## When to ignore
    /// Never, if it is printed.
    "lossy-number", Generator, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        if !go_template::is_on(manifest, document) {
            continue;
        }
        let placeholders = placeholders(manifest, document);
        let printed: HashSet<&str> = placeholders
            .iter()
            .filter_map(|p| {
                let rounded =
                    ["int64", "int ", "| int", "toString", "printf"].iter().any(|w| p.inner.contains(w));
                let first = p.inner.split('|').next().unwrap_or_default().trim();
                first.strip_prefix('.').filter(|_| !rounded || p.inner.contains("toString"))
            })
            .collect();
        for (_, element) in element::all(manifest, document) {
            for entry in element.entries().filter(|e| e.value.kind() == Kind::Scalar) {
                let (Some(key), json) = (entry.key.key_text(), entry.value.to_json()) else { continue };
                let Some(number) = json.as_f64().filter(|_| json.is_number()) else { continue };
                let written = entry.value.source().trim();
                let prints = go_float(number);
                if prints == written || !printed.contains(&*key) {
                    continue;
                }
                let finding = out
                    .finding(
                        manifest.span(entry.value),
                        format!(
                            "`{key}: {written}` is a number, and `{{{{.{key}}}}}` prints it as `{prints}`"
                        ),
                    )
                    .help("quote it")
                    .key(format!("{key}:{written}"))
                    .fix(Fix::safe("quote the number", base::quote(manifest, entry.value.span())));
                out.push(finding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn as_it_is_printed() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators:\n    - list:\n        \
                   elements:\n          - account: 123456789012\n            port: 8080\n            v: 1.10\n  template:\n    metadata:\n      name: 'a-{{.port}}'\n      labels: {a: '{{.account}}', v: '{{.v}}'}\n    \
                   spec:\n      project: default\n";
        let good = set.replace("123456789012", "'123456789012'").replace("1.10", "'1.10'");
        Tester::new(&RULE)
            .pass(&[&good])
            .finds(set, &["11:22 prints it as `1.23456789012e+11`", "13:16 prints it as `1.1`"])
            .fixes_safely(&[(set, &good)]);
    }
}
