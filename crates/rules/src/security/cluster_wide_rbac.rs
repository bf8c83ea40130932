use seatrial_trial::{Model, Resource, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds roles that may do anything, cluster-wide.
    ///
    /// ## What it does
    /// Looks at rendered ClusterRoleBindings to `cluster-admin`, and at rules of ClusterRoles that allow every verb on every resource,
    /// or reading every Secret.
    ///
    /// ## Why it is bad
    /// Whoever takes over a pod with that service account has the cluster.
    ///
    /// ## Example
    /// ```yaml
    /// rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
    /// ```
    ///
    /// ## How to fix
    /// Name what is needed; use a Role where one namespace is enough.
    ///
    /// ## When to ignore
    /// For operators that manage the whole cluster, such as Argo CD itself.
    "cluster-wide-rbac", Security, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |_, resource, out| {
        if resource.group() != "rbac.authorization.k8s.io" {
            return;
        }
        match resource.kind() {
            "ClusterRoleBinding" if resource.text("/roleRef/name") == "cluster-admin" => {
                let field = Path::keys(["roleRef", "name"]);
                let message = "`cluster-admin` is bound: its subjects may do anything";
                out.push(
                    Fault::new(field, "cluster-admin", message)
                        .help("Bind a role that names what is needed."),
                );
            }
            "ClusterRole" => out.extend(of_role(resource)),
            _ => {}
        }
    });
    rendered.report(model, out);
}

fn of_role(resource: &Resource) -> Vec<Fault> {
    let rules = resource.object.get("rules").and_then(Value::as_array);
    let judge = |(index, rule): (usize, &Value)| {
        let list = |key: &str| -> Vec<&str> {
            let items = rule.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).collect()
        };
        let (groups, resources, verbs) = (list("apiGroups"), list("resources"), list("verbs"));
        let any = |list: &[&str]| list.contains(&"*");
        let reads = ["get", "list", "watch"].iter().any(|verb| verbs.contains(verb)) || any(&verbs);
        let path = Path::keys(["rules"]).join(index);
        if any(&groups) && any(&resources) && any(&verbs) {
            let fault = Fault::new(path, "*", "the role may do anything to everything");
            return Some(fault.help("Name the groups, resources and verbs that are needed."));
        }
        let named = rule.get("resourceNames").and_then(Value::as_array).is_some_and(|n| !n.is_empty());
        let secrets = resources.contains(&"secrets") || any(&resources);
        if secrets && (groups.contains(&"") || any(&groups)) && reads && !named {
            let fault = Fault::new(
                path.join("resources"),
                "secrets",
                "the role may read every Secret of the cluster",
            );
            return Some(fault.help("Use a Role in the namespaces that need it, or name the Secrets."));
        }
        None
    };
    rules.into_iter().flatten().enumerate().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn what_is_too_much() {
        let role = |rule: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\nrules: [{rule}]\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&role("{apiGroups: [apps], resources: ['*'], verbs: ['*']}"), &[]);
        tester.finds_deployed(
            &role("{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [a]}"),
            &[],
        );
        tester.finds_deployed(
            &role("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"),
            &["may do anything to everything"],
        );
        tester.finds_deployed(
            &role("{apiGroups: [''], resources: [pods, secrets], verbs: [list]}"),
            &["read every Secret"],
        );
        tester.finds_deployed(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n",
            &["`cluster-admin` is bound"],
        );
    }
}
