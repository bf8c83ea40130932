use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::{Kind, Path, Style};

use super::set_documents;
use crate::rewrite::{base, go_template};

declare_rule! {
    /// Finds Go templates that do not mind a missing parameter.
    ///
    /// ## What it does
    /// Looks for `missingkey=error` in `goTemplateOptions` of sets with `goTemplate: true`.
    ///
    /// ## Why it is bad
    /// Without it an absent parameter prints `<no value>` into names, addresses and values, and the controller goes on.
    ///
    /// ## Example
    /// ```yaml
    /// goTemplate: true
    /// ```
    ///
    /// ## How to fix
    /// Add `goTemplateOptions: ["missingkey=error"]`.
    ///
    /// ## When to ignore
    /// When parameters are absent on purpose, and the templates ask for them with `hasKey` or `default`.
    "unsafe-missingkey", Generator, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    const OPTION: &str = "missingkey=error";
    for (manifest, document) in set_documents(model) {
        if document.json.is_err() || !go_template::is_on(manifest, document) {
            continue;
        }
        let options = manifest.node(document, &Path::keys(["spec", "goTemplateOptions"]));
        let says = |n: seatrial_yaml::Node<'_>| {
            n.items().any(|i| i.as_str().is_some_and(|o| o.starts_with("missingkey=")))
        };
        if options.is_some_and(says) {
            continue;
        }
        let Some(switch) = manifest.node(document, &Path::keys(["spec"])).and_then(|s| s.entry("goTemplate"))
        else {
            continue;
        };
        let edit = match options {
            None => base::insert_after(manifest, switch, &format!("goTemplateOptions: [\"{OPTION}\"]")),
            Some(list)
                if list.kind() == Kind::Sequence && list.style() == Style::Flow && list.items().len() > 0 =>
            {
                Some(base::insert(manifest, list.span().start + 1, format!("\"{OPTION}\", ")))
            }
            Some(list) if list.kind() == Kind::Sequence && list.style() == Style::Block => {
                let column = base::column(&manifest.file.text, list.span().start);
                Some(base::insert(manifest, list.span().start, format!("- {OPTION}\n{}", " ".repeat(column))))
            }
            Some(list) => Some(base::set_value(manifest, list, &format!("[\"{OPTION}\"]"))),
        };
        let finding = out
            .finding(
                manifest.span(switch.value),
                "a parameter that is missing prints `<no value>` here, without an error",
            )
            .help(format!("add `goTemplateOptions: [\"{OPTION}\"]`"))
            .key("missingkey")
            .maybe_fix(edit.map(|edit| Fix::safe(format!("add {OPTION}"), vec![edit])));
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn missing_is_an_error() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  generators: []\n";
        let good = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators: []\n";
        Tester::new(&RULE)
            .pass(&[good, &set.replace("  goTemplate: true\n", ""), &good.replace("error", "zero")])
            .finds(set, &["6:15 prints `<no value>`"])
            .fixes_safely(&[(set, good)]);
    }
}
