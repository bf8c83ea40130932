use seatrial_trial::{Model, Sink};

use super::synced;
use crate::subject::{path, scope};

declare_rule! {
    /// Finds pruning in production that no fact allows.
    ///
    /// ## What it does
    /// Fires when an Application of a production environment prunes automatically and the platform file does not say
    /// `sync: {prune: true}` for it. Where it says `prune: false` or `automated: false`, `sync-not-allowed` speaks instead.
    ///
    /// ## Why it is bad
    /// A file removed or renamed by mistake deletes the running workload within minutes.
    ///
    /// ## Example
    /// ```yaml
    /// syncPolicy:
    ///   automated: {prune: true}
    /// ```
    ///
    /// ## How to fix
    /// Leave `prune` off in production, or state in `seatrial.yaml` that it is wanted.
    ///
    /// ## When to ignore
    /// Where Git history is protected and deletions are reviewed.
    "prune-in-production", Sync, Error, explained_by: &["sync-not-allowed"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        if !application.is_production(model.platform()) || !synced(model, application).prune {
            continue;
        }
        let fact = scope(model, application).sync();
        let stated = fact
            .as_ref()
            .and_then(|f| f.value.prune.as_ref().or(f.value.automated.as_ref().filter(|a| !a.value)));
        if stated.is_some() {
            continue;
        }
        let at = path("spec.syncPolicy.automated.prune");
        let finding = out
            .finding(
                model.locate(application, &at).span,
                "production is pruned automatically, and no fact allows it",
            )
            .help("Leave `prune` off here, or say `sync: {prune: true}` for the environment.")
            .field(at.to_string())
            .key("prune");
        out.push_for(application, finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn unless_a_fact_allows_it() {
        let text = application("a-prod", &["syncPolicy: {automated: {prune: true}}"]);
        Tester::new(&RULE)
            .platform("environments: {prod: {}}\n")
            .finds(&text, &["5:35 production is pruned"])
            .pass(&[&text.replace("prune: true", "prune: false")]);
        Tester::new(&RULE).platform("environments: {prod: {sync: {prune: true}}}\n").pass(&[&text]);
    }
}
