use seatrial_trial::{Model, Sink};
use seatrial_yaml::Node;

declare_rule! {
    /// Finds sync waves that are no numbers.
    ///
    /// ## What it does
    /// Reads `argocd.argoproj.io/sync-wave` and `helm.sh/hook-weight` annotations of manifests and templates.
    ///
    /// ## Why it is bad
    /// Argo CD takes a wave it cannot read for 0, so the order is silently another one. A number that is not quoted is no
    /// valid annotation, and the API server refuses the object.
    ///
    /// ## Example
    /// ```yaml
    /// annotations:
    ///   argocd.argoproj.io/sync-wave: "first"
    /// ```
    ///
    /// ## How to fix
    /// Give a whole number, in quotes.
    ///
    /// ## When to ignore
    /// Never.
    "invalid-wave", Ordering, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in model.documents() {
        let Some(root) = manifest.root(document).filter(super::is_object) else { continue };
        let mut stack: Vec<Node<'_>> = vec![root];
        while let Some(node) = stack.pop() {
            // What an alias stands for is seen where it is written.
            if node.kind() == seatrial_yaml::Kind::Alias {
                continue;
            }
            for entry in node.entries() {
                let key = entry.key.as_str().unwrap_or_default();
                if !matches!(&*key, "argocd.argoproj.io/sync-wave" | "helm.sh/hook-weight") {
                    stack.push(entry.value);
                    continue;
                }
                let Some(text) = entry.value.as_str() else { continue };
                if text.contains("{{") || text.parse::<i64>().is_ok() {
                    continue;
                }
                out.push(
                    out.finding(
                        manifest.span(entry.value),
                        format!("`{text}` is no wave: Argo CD takes it for 0"),
                    )
                    .help("Give a whole number in quotes, such as \"-1\".")
                    .field(entry.value.path().to_string())
                    .key(text.into_owned()),
                );
            }
            stack.extend(node.items());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn whole_numbers() {
        let wave = |text: &str| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    argocd.argoproj.io/sync-wave: \"{text}\"\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[&wave("-1"), &wave("{{ .wave }}")])
            .finds(&wave("first"), &["5:35 `first` is no wave"]);
    }
}
