use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::{Node, Path};
use serde_json::Value;

use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::rewrite::base;
use crate::subject::nearest;

declare_rule! {
    /// Finds misspelled hook annotations.
    ///
    /// ## What it does
    /// Looks at annotations that begin with `argocd.argoproj.io/`: keys that are nearly a known one
    /// (`hook-deletion-policy`), and hook types and delete policies that Argo CD does not have.
    /// What the Application renders to is judged as well: annotations of every resource, those of Helm's hooks too.
    ///
    /// ## Why it is bad
    /// An unknown key is ignored, an unknown type makes the resource no hook or drops it: migrations run at the wrong time or never.
    ///
    /// ## Example
    /// ```yaml
    /// annotations:
    ///   argocd.argoproj.io/hook-deletion-policy: HookSucceeded   # hook-delete-policy
    /// ```
    ///
    /// ## How to fix
    /// Use the exact name.
    ///
    /// ## When to ignore
    /// Never.
    "unknown-hook", Ordering, Error
}

const PREFIX: &str = "argocd.argoproj.io/";

const KEYS: [&str; 24] = [
    "application-set-name",
    "application-set-refresh",
    "auto-label-cluster-info",
    "client-side-apply-migration-manager",
    "compare-options",
    "hook",
    "hook-delete-policy",
    "hydrate",
    "ignore-default-links",
    "ignore-differences",
    "ignore-healthcheck",
    "ignore-resource-updates",
    "instance",
    "kubernetes-version",
    "managed-by",
    "managed-by-url",
    "manifest-generate-paths",
    "refresh",
    "secret-type",
    "skip-reconcile",
    "sync-options",
    "sync-wave",
    "tracking-id",
    "installation-id",
];

const HOOKS: [&str; 7] = ["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];
const HELM_HOOKS: [&str; 11] = [
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "pre-delete",
    "post-delete",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
    "crd-install",
];
const HELM_POLICIES: [&str; 3] = ["hook-succeeded", "hook-failed", "before-hook-creation"];
const POLICIES: [&str; 3] = ["HookSucceeded", "HookFailed", "BeforeHookCreation"];

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
                let Some(key) = entry.key.as_str() else { continue };
                if let Some(name) = key.strip_prefix(PREFIX) {
                    let file = |node: Node<'_>| manifest.span(node);
                    if !KEYS.contains(&name)
                        && let Some(right) = nearest(name, KEYS)
                    {
                        let edit = base::rename(manifest, entry.key, &format!("{PREFIX}{right}"));
                        out.push(
                            out.finding(
                                file(entry.key),
                                format!("Argo CD does not know the annotation `{key}`"),
                            )
                            .help(format!("Use `{PREFIX}{right}`."))
                            .field(entry.value.path().to_string())
                            .key(name)
                            .fix(Fix::safe("use the annotation's real name", vec![edit])),
                        );
                    }
                    let known: &[&str] = match name {
                        "hook" => &HOOKS,
                        "hook-delete-policy" => &POLICIES,
                        _ => continue,
                    };
                    let Some(text) = entry.value.as_str() else { continue };
                    for item in
                        text.split(',').map(str::trim).filter(|i| !known.contains(i) && !i.contains("{{"))
                    {
                        let right = nearest(item, known.iter().copied());
                        let edit = right.map(|r| {
                            base::set_value(manifest, entry.value, &base::scalar(&text.replace(item, r)))
                        });
                        out.push(
                            out.finding(file(entry.value), format!("`{item}` is no value of `{key}`"))
                                .help(format!("Known: {}.", known.join(", ")))
                                .field(entry.value.path().to_string())
                                .key(item)
                                .maybe_fix(edit.map(|edit| Fix::safe("use the real name", vec![edit]))),
                        );
                    }
                } else {
                    stack.push(entry.value);
                }
            }
            stack.extend(node.items());
        }
    }
    rendered(model).without_inputs(model).report(model, out);
}

/// Annotations of rendered resources, those of Helm's hooks too.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each_idle_too(model, |_, resource, out| {
        let path = Path::keys(["metadata", "annotations"]);
        let entries = path.lookup(&resource.object).and_then(Value::as_object).into_iter().flatten();
        for (key, value) in entries {
            let field = path.join(key.as_str());
            if let Some(name) = key.strip_prefix(PREFIX)
                && !KEYS.contains(&name)
                && let Some(right) = nearest(name, KEYS)
            {
                let message = format!("Argo CD does not know the annotation `{key}`");
                let fault = Fault::new(field.clone(), name, message);
                out.push(fault.help(format!("Use `{PREFIX}{right}`.")));
            }
            let known: &[&str] = match key.as_str() {
                "argocd.argoproj.io/hook" => &HOOKS,
                "argocd.argoproj.io/hook-delete-policy" => &POLICIES,
                "helm.sh/hook" => &HELM_HOOKS,
                "helm.sh/hook-delete-policy" => &HELM_POLICIES,
                _ => continue,
            };
            let text = value.as_str().unwrap_or_default();
            for item in text.split(',').map(str::trim).filter(|item| !known.contains(item)) {
                let message = format!("`{item}` is no value of `{key}`");
                let help = format!("Known: {}.", known.join(", "));
                let right = nearest(item, known.iter().copied());
                let mend = right.map(|right| Mend::new("use the real name", text.replace(item, right)));
                out.push(Fault::new(field.clone(), item, message).help(help).mend(mend));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn exact_names() {
        let hook = |key: &str, value: &str| {
            format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata:\n  annotations:\n    argocd.argoproj.io/{key}: {value}\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[
                &hook("hook", "PreSync,PostSync"),
                &hook("hook-delete-policy", "HookSucceeded"),
                &hook("instance", "a"),
            ])
            .finds(&hook("hook", "Presync"), &["5:30 `Presync` is no value"])
            .fixes_safely(&[
                (&hook("hook", "Presync"), &hook("hook", "PreSync")),
                (&hook("hook-deletion-policy", "HookFailed"), &hook("hook-delete-policy", "HookFailed")),
            ]);
    }
}
