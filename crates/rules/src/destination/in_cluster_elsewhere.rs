use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_trial::{Model, Sink};

use super::retarget;
use crate::subject::{group, path};

declare_rule! {
    /// Finds Applications of another environment that would land in the cluster Argo CD itself runs in.
    ///
    /// ## What it does
    /// `https://kubernetes.default.svc` (or the name `in-cluster`) means the cluster that Argo CD runs in, which
    /// `argocd.runsIn` names. The rule fires when an Application is named for an environment that this cluster is not of.
    ///
    /// ## Why it is bad
    /// Examples use this address everywhere, and it always works: the workload of production silently lands beside
    /// Argo CD, and production gets nothing.
    ///
    /// ## Example
    /// ```yaml
    /// metadata:
    ///   name: agent-prod
    /// spec:
    ///   destination:
    ///     server: https://kubernetes.default.svc
    /// ```
    ///
    /// ## How to fix
    /// Give the address or name of the environment's own cluster.
    ///
    /// ## When to ignore
    /// When the Application manages the hub on behalf of that environment.
    "in-cluster-elsewhere", Destination, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let faults = model.applications.iter().filter_map(|application| {
        let server = application.text("/spec/destination/server").trim_end_matches('/');
        let name = application.text("/spec/destination/name");
        let key = if server == IN_CLUSTER_SERVER {
            "server"
        } else if name == "in-cluster" {
            "name"
        } else {
            return None;
        };
        let named = application.named_environment.as_deref()?;
        let hub = platform.cluster_by_server(IN_CLUSTER_SERVER)?;
        let home = platform.environment_of(hub)?;
        (named != home).then(|| (application, path("spec.destination").join(key), (key, hub, named)))
    });
    let faults: Vec<_> = faults.collect();
    for group in group(model, faults) {
        let (_, (key, hub, named)) = &group.members[0];
        let (wanted, fix) = retarget(model, &group, key, |_| "");
        let finding = out
            .finding(
                group.place.span,
                format!("this Application is for {named}, but the address means `{hub}`, the cluster Argo CD runs in"),
            )
            .help(wanted.first().map_or_else(String::new, |w| format!("Use `{}`.", w.text)))
            .field(format!("spec.destination.{key}"))
            .key(*named)
            .fact("argocd.runsIn", platform.argocd.runs_in.as_ref().map(|r| r.span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn the_hub_is_for_the_hub() {
        let to =
            |name: &str, server: &str| application(name, &[&format!("destination: {{server: {server}}}")]);
        let hub = "https://kubernetes.default.svc";
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&to("a", hub), &to("a-tools", hub)])
            .finds(&to("a-prod", hub), &["5:25 means `hub`"])
            .fixes(&[(&to("a-prod", hub), &to("a-prod", "https://prod.acme.dev"))]);
    }
}
