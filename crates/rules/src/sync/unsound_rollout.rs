use std::collections::BTreeSet;

use seatrial_trial::{Model, Sink};
use seatrial_yaml::Path;

use super::sync_not_allowed::is_by_hand;
use crate::subject::{scope, some_of};

declare_rule! {
    /// Finds rolling syncs that leave Applications out or cannot go on.
    ///
    /// ## What it does
    /// Where progressive syncs are on, it sorts what a set generates into the steps of its rolling sync, as the controller
    /// does. It fires on Applications that no step selects, unless they are synced by hand where they are, on steps that the controller has something against (they select
    /// nothing, select what another step selects, or have an operator or a `maxUpdate` that is none), and on a `maxUpdate`
    /// that lets nothing through where not all are synced by hand. Where the platform file says that progressive syncs are off, it fires on the rolling sync
    /// itself.
    ///
    /// ## Why it is bad
    /// The controller turns automatic sync off for every Application of such a set. One that no step selects is then never
    /// synced again, and after a step that cannot end no other begins. Without progressive syncs all are synced at once.
    ///
    /// ## Example
    /// ```yaml
    /// rollingSync:
    ///   steps:
    ///     - matchExpressions:
    ///         - {key: env, operator: In, values: [production]}   # the label says prod
    /// ```
    ///
    /// ## How to fix
    /// Make each Application match one step.
    ///
    /// ## When to ignore
    /// When someone syncs the Applications in no step by hand.
    "unsound-rollout", Sync, Error
}

/// What turns progressive syncs on, in `argocd-cmd-params-cm`.
const PARAMETER: &str = "applicationsetcontroller.enable.progressive.syncs";

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let steps = Path::keys(["spec", "strategy", "rollingSync", "steps"]);
    let off = model.context.platform.argocd.parameters.get(PARAMETER).is_some_and(|on| on.value == "false");
    for (index, set) in model.sets.iter().enumerate() {
        let (manifest, document) = model.home(set);
        let mut tell = |at: &Path, message: String, help: &str, key: String| {
            let finding = out.finding(manifest.span_at(document, at), message).help(help).key(key);
            out.push(finding);
        };
        let Some(rollout) = &set.expansion.rollout else {
            let strategy = |key: &str| set.json.pointer(&format!("/spec/strategy/{key}"));
            if off
                && strategy("type").is_some_and(|kind| kind == "RollingSync")
                && strategy("rollingSync").is_some()
            {
                let message =
                    "progressive syncs are off, so this rolling sync does nothing: all are synced at once";
                let help = "Turn progressive syncs on in Argo CD, or take the strategy out.";
                tell(&Path::keys(["spec", "strategy"]), message.to_owned(), help, "off".to_owned());
            }
            continue;
        };
        if let Some(problem) = &rollout.problem {
            let help = "Make each Application match one step, and each step some.";
            tell(
                &steps,
                format!("the controller says of this rolling sync: {problem}"),
                help,
                "steps".to_owned(),
            );
        }
        let by_hand: BTreeSet<&str> = model
            .generated(index)
            .filter(|application| scope(model, application).sync().is_some_and(|fact| is_by_hand(fact.value)))
            .map(|application| application.name.as_str())
            .collect();
        let left_out: Vec<&str> =
            rollout.unselected.iter().map(String::as_str).filter(|name| !by_hand.contains(name)).collect();
        if !left_out.is_empty() {
            let names = some_of(left_out.iter().copied());
            let message = format!("no step of the rolling sync selects {names}: never synced");
            let help = "Give it a label that a step selects, or add a step for it.";
            tell(&steps, message, help, format!("left out {}", left_out.join(", ")));
        }
        for (index, step) in rollout.steps.iter().enumerate() {
            let meant = step.applications.iter().all(|name| by_hand.contains(name.as_str()));
            if let Some(max) = step.max_update.as_deref().filter(|_| step.holds() && !meant) {
                let message = format!("`maxUpdate: {max}` lets no Application of this step be synced");
                let help = "Let at least one through, or leave it out.";
                tell(&steps.join(index).join("maxUpdate"), message, help, format!("none {index}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: s, namespace: argocd}
spec:
  goTemplate: true
  strategy:
    type: RollingSync
    rollingSync:
      steps:
        - matchExpressions:
            - {key: env, operator: In, values: [dev]}
        - matchExpressions:
            - {key: env, operator: In, values: [prod]}
          maxUpdate: 1
  generators:
    - list: {elements: [{name: a, env: dev}, {name: b, env: prod}]}
  template:
    metadata: {name: '{{.name}}', labels: {env: '{{.env}}'}}
    spec:
      project: default
      source: {repoURL: https://example.com/r.git, path: p, targetRevision: v1}
      destination: {server: https://kubernetes.default.svc, namespace: d}
      syncPolicy: {automated: {prune: true}}
";
    const ON: &str = "argocd: {applicationSet: {progressiveSyncs: true}}\n";

    #[test]
    fn every_application_in_a_step() {
        Tester::new(&RULE)
            .platform(ON)
            .pass(&[
                SET,
                &SET.replace("maxUpdate: 1", "maxUpdate: 50%"),
                &SET.replace("RollingSync", "AllAtOnce"),
            ])
            .finds(
                &SET.replace("[prod]", "[production]"),
                &["9:7 no step of the rolling sync selects b", "9:7 Steps [2] have no applications"],
            )
            .finds(
                &SET.replace("operator: In, values: [prod]", "operator: NotIn, values: [x]"),
                &["9:7 Application 'a' is selected by multiple steps: (1-2)"],
            )
            .finds(&SET.replace("maxUpdate: 1", "maxUpdate: 0"), &["14:22 `maxUpdate: 0` lets no"])
            .finds(&SET.replace("maxUpdate: 1", "maxUpdate: 0%"), &["14:22 `maxUpdate: 0%` lets no"]);
    }

    #[test]
    fn what_is_synced_by_hand_may_wait_or_be_left_out() {
        let by_hand = "environments: {dev: {}, prod: {sync: {automated: false}}}\n";
        let named = SET.replace("{name: '{{.name}}'", "{name: '{{.name}}-{{.env}}'");
        Tester::new(&RULE).platform(&format!("{ON}{by_hand}")).pass(&[
            &named.replace("maxUpdate: 1", "maxUpdate: 0"),
            &named.replace(
                "        - matchExpressions:\n            - {key: env, operator: In, values: [prod]}\n          maxUpdate: 1\n",
                "",
            ),
        ]);
    }

    #[test]
    fn without_progressive_syncs_there_are_no_steps() {
        let wrong = SET.replace("[prod]", "[production]");
        // Nobody said whether they are on.
        Tester::new(&RULE).pass(&[&wrong]);
        Tester::new(&RULE)
            .platform(&ON.replace("true", "false"))
            .pass(&[&wrong.replace("RollingSync", "AllAtOnce")])
            .finds(&wrong, &["6:3 progressive syncs are off"]);
    }
}
