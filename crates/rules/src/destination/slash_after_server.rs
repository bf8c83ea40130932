use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_trial::{Application, Fix, Model, Severity, Sink};
use seatrial_yaml::Path;

use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, path};

declare_rule! {
    /// Finds addresses of clusters that end in a slash.
    ///
    /// ## What it does
    /// Fires on `destination.server` with a slash at its end where the address without it is a cluster's. It is an error for the
    /// cluster that Argo CD runs in, a warning where that is declared (a Secret may register it), and a note for all others.
    ///
    /// ## Why it is bad
    /// Argo CD knows its own cluster by `https://kubernetes.default.svc` alone, and looks for any other address among its Secrets:
    /// `cluster "https://kubernetes.default.svc/" not found`. Of registered clusters it cuts the slash off, but the Application
    /// keeps it: `argocd app list --cluster`, dashboards and scripts that compare addresses then miss it.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   server: https://kubernetes.default.svc/
    /// ```
    ///
    /// ## How to fix
    /// Write the address as the cluster is registered.
    ///
    /// ## When to ignore
    /// Never.
    "slash-after-server", Destination, Note
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let at = path("spec.destination.server");
    let mut faults: Vec<(&Application, Path, String)> = Vec::new();
    for application in &model.applications {
        let server = application.text("/spec/destination/server");
        let meant = server.trim_end_matches('/');
        let known = application.cluster.is_some() || meant == IN_CLUSTER_SERVER;
        if meant != server && known && !is_template(server) {
            faults.push((application, at.clone(), meant.to_owned()));
        }
    }
    for group in group(model, faults) {
        let (first, meant) = &group.members[0];
        let own = group.members.iter().any(|(_, meant)| meant == IN_CLUSTER_SERVER);
        let registered = model.context.state().clusters().iter().any(|c| c.server == IN_CLUSTER_SERVER);
        let (severity, what) = match (own, registered) {
            (true, false) => (Severity::Error, "Argo CD does not know its own cluster by it"),
            (true, true) => (
                Severity::Warning,
                "Argo CD does not know its own cluster by it, unless a Secret registers it",
            ),
            (false, _) => (Severity::Note, "the cluster is registered without it"),
        };
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .map(|(application, text)| Wanted { application, text: text.clone() })
            .collect();
        let fix = set_per_application(model, &at, &wanted, "server")
            .map(|edits| Fix::safe("take the slash off", edits));
        let server = first.text("/spec/destination/server");
        let finding = out
            .finding(group.place.span, format!("`{server}` ends in a slash: {what}"))
            .help(format!("write `{meant}`"))
            .severity(severity)
            .field(at.to_string())
            .key(server)
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn as_the_cluster_is_registered() {
        let to = |server: &str| application("a", &[&format!("destination: {{server: {server}}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &to("https://prod.acme.dev"),
                &to("https://kubernetes.default.svc"),
                // No cluster at all: another rule's.
                &to("https://other.acme.dev/"),
            ])
            .finds(&to("https://prod.acme.dev/"), &["5:25 the cluster is registered without it"])
            .finds(&to("https://kubernetes.default.svc/"), &["5:25 does not know its own cluster"])
            .fixes_safely(&[(&to("https://prod.acme.dev/"), &to("https://prod.acme.dev"))]);
    }
}
