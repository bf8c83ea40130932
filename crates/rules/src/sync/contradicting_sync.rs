use seatrial_trial::{Model, Sink};
use serde_json::Value;

use super::{automated, options};
use crate::subject::path;

declare_rule! {
    /// Finds sync settings that work against each other.
    ///
    /// ## What it does
    /// Fires on `Replace=true` with `ServerSideApply=true`, on a cascading finalizer in a set that promises
    /// `preserveResourcesOnDeletion`, on `automated: {enabled: false}` with flags that then do nothing, and on the same
    /// option given twice with different values.
    ///
    /// ## Why it is bad
    /// One of the two wins, and it is rarely the one the author had in mind: a finalizer beside `preserveResourcesOnDeletion`
    /// still deletes every workload.
    ///
    /// ## Example
    /// ```yaml
    /// syncOptions:
    ///   - Replace=true
    ///   - ServerSideApply=true
    /// ```
    ///
    /// ## How to fix
    /// Keep the one you mean.
    ///
    /// ## When to ignore
    /// Never.
    "contradicting-sync", Sync, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let options: Vec<(usize, &str)> = options(application).collect();
        let place = |index: usize| path("spec.syncPolicy.syncOptions").join(index);
        for (position, (index, option)) in options.iter().enumerate() {
            let Some((name, value)) = option.split_once('=') else { continue };
            let clash = options[..position].iter().find(|(_, earlier)| match earlier.split_once('=') {
                Some((other, given)) => {
                    let pair = |a: &str, b: &str| (name == a && other == b) || (name == b && other == a);
                    (name == other && value != given)
                        || (pair("Replace", "ServerSideApply") && value == "true" && given == "true")
                }
                None => false,
            });
            if let Some((earlier, other)) = clash {
                let finding = out
                    .finding(
                        model.locate(application, &place(*index)).span,
                        format!("`{option}` contradicts `{other}`"),
                    )
                    .help("Keep the one you mean.")
                    .field(place(*index).to_string())
                    .key(format!("{option}|{other}"))
                    .related(model.locate(application, &place(*earlier)).span, format!("`{other}`"));
                out.push_for(application, finding);
            }
        }
        let block = application.json.pointer("/spec/syncPolicy/automated");
        // The controller itself disables it in a rolling sync, which then prunes as it says.
        let rolling = model.set_of(application).is_some_and(|set| set.expansion.rollout.is_some());
        if block.is_some_and(|b| b.get("enabled") == Some(&Value::Bool(false)))
            && !automated(application).on
            && !rolling
        {
            let idle: Vec<&str> = ["prune", "selfHeal", "allowEmpty"]
                .into_iter()
                .filter(|key| block.and_then(|b| b.get(key)) == Some(&Value::Bool(true)))
                .collect();
            if !idle.is_empty() {
                let at = path("spec.syncPolicy.automated.enabled");
                let finding = out
                    .finding(
                        model.locate(application, &at).span,
                        format!("automated sync is disabled, so {} does nothing", idle.join(" and ")),
                    )
                    .help("Take `automated` out, or enable it.")
                    .field(at.to_string())
                    .key("disabled");
                out.push_for(application, finding);
            }
        }
        preserved_yet_finalized(model, out, application);
    }
}

fn preserved_yet_finalized(model: &Model<'_>, out: &mut Sink<'_>, application: &seatrial_trial::Application) {
    let Some(set) = model.set_of(application) else { return };
    let preserved =
        set.json.pointer("/spec/syncPolicy/preserveResourcesOnDeletion") == Some(&Value::Bool(true));
    let finalizers = application.json.pointer("/metadata/finalizers").and_then(Value::as_array);
    let cascading =
        finalizers.into_iter().flatten().enumerate().find(|(_, f)| {
            f.as_str().is_some_and(|f| f.starts_with("resources-finalizer.argocd.argoproj.io"))
        });
    let Some((index, _)) = cascading.filter(|_| preserved) else { return };
    let at = path("metadata.finalizers").join(index);
    let (manifest, document) = model.home(set);
    let finding = out
        .finding(
            model.locate(application, &at).span,
            "this finalizer deletes the workloads although the set says `preserveResourcesOnDeletion: true`",
        )
        .help("Take the finalizer out of the template.")
        .field(at.to_string())
        .key("finalizer")
        .related(
            manifest.span_at(document, &path("spec.syncPolicy.preserveResourcesOnDeletion")),
            "the promise",
        );
    out.push_for(application, finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn one_of_the_two() {
        let app = |options: &str| application("a", &[&format!("syncPolicy: {{syncOptions: [{options}]}}")]);
        Tester::new(&RULE)
            .pass(&[&app("Replace=true"), &app("Replace=false, ServerSideApply=true")])
            .finds(
                &app("Replace=true, ServerSideApply=true"),
                &["5:44 `ServerSideApply=true` contradicts `Replace=true`"],
            )
            .finds(
                &application("a", &["syncPolicy: {automated: {enabled: false, prune: true}}"]),
                &["5:37 prune does nothing"],
            );
    }

    #[test]
    fn a_rolling_sync_disables_automation_itself() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s, namespace: argocd}\nspec:\n  strategy: {type: RollingSync, rollingSync: {steps: [{maxUpdate: 1}]}}\n  generators: [{list: {elements: [{name: a}]}}]\n  template:\n    metadata: {name: a}\n    spec:\n      project: default\n      source: {repoURL: https://example.com/r.git, path: p, targetRevision: v1}\n      destination: {server: https://kubernetes.default.svc, namespace: d}\n      syncPolicy: {automated: {prune: true}}\n";
        Tester::new(&RULE).platform("argocd: {applicationSet: {progressiveSyncs: true}}\n").pass(&[set]);
    }
}
