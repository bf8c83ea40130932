use seatrial_trial::{Kind, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

declare_rule! {
    /// Finds AppProjects that permit everything.
    ///
    /// ## What it does
    /// Fires on an AppProject whose destinations allow every namespace of every cluster (`server: '*'` or `name: '*'` with
    /// `namespace: '*'`) together with every cluster-scoped kind.
    ///
    /// ## Why it is bad
    /// Such a project is `default` under another name: whoever can merge into one of its repositories owns the clusters.
    ///
    /// ## Example
    /// ```yaml
    /// destinations: [{server: '*', namespace: '*'}]
    /// clusterResourceWhitelist: [{group: '*', kind: '*'}]
    /// ```
    ///
    /// ## How to fix
    /// List the clusters, namespaces and cluster-scoped kinds that the project really needs.
    ///
    /// ## When to ignore
    /// For the platform team's own project.
    "wildcard-project", Naming, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in model.documents() {
        let (Some(Kind::AppProject), Ok(json)) = (document.kind, &document.json) else { continue };
        let every = |item: &Value, key: &str| item.get(key).and_then(Value::as_str) == Some("*");
        let destinations = json.pointer("/spec/destinations").and_then(Value::as_array);
        let open = destinations
            .into_iter()
            .flatten()
            .position(|d| every(d, "namespace") && (every(d, "server") || every(d, "name")));
        let kinds = json.pointer("/spec/clusterResourceWhitelist").and_then(Value::as_array);
        let all_kinds = kinds.into_iter().flatten().any(|k| every(k, "group") && every(k, "kind"));
        let Some(index) = open.filter(|_| all_kinds) else { continue };
        let at = Path::keys(["spec", "destinations"]).join(index);
        out.push(
            out.finding(
                manifest.span_at(document, &at),
                format!("project `{}` permits every kind in every namespace of every cluster", document.name),
            )
            .help("List what the project really needs.")
            .field(at.to_string())
            .key("wildcard"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn everything_everywhere() {
        let project = |server: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {{name: a}}\nspec:\n  destinations: [{{server: '{server}', namespace: '*'}}]\n  clusterResourceWhitelist: [{{group: '*', kind: '*'}}]\n"
            )
        };
        Tester::new(&RULE).pass(&[&project("https://dev.acme.dev")]).finds(&project("*"), &["5:18"]);
    }
}
