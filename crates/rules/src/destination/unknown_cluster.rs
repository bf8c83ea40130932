use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;

use super::retarget;
use crate::subject::{Group, group, is_template, listed, path};

declare_rule! {
    /// Finds destinations that are no cluster of this platform.
    ///
    /// ## What it does
    /// Compares `spec.destination` of every Application, generated ones included, with the clusters that the platform
    /// declares: `server` with their addresses (a trailing slash aside), `name` with their names.
    ///
    /// ## Why it is bad
    /// Argo CD deploys only to clusters that are registered with it. For any other address the ApplicationSet
    /// controller refuses the Application (`application destination spec is invalid: … cluster "…" not found`), and
    /// an Application written by hand never syncs. Whether the address resolves in DNS does not matter.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   server: https://prod-eks.example.com
    /// ```
    ///
    /// ## How to fix
    /// Use the name (`destination.name`) or the exact address of a registered cluster, or declare the cluster under
    /// `clusters` in `seatrial.yaml`.
    ///
    /// ## When to ignore
    /// When the cluster is registered by the same change that deploys to it.
    "unknown-cluster", Destination, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let mut faults: Vec<(&Application, Path, Fault)> = Vec::new();
    for application in &model.applications {
        let name = application.text("/spec/destination/name");
        let server = application.text("/spec/destination/server");
        let (key, written) = if name.is_empty() { ("server", server) } else { ("name", name) };
        if written.is_empty() || is_template(written) || application.cluster.is_some() {
            continue;
        }
        let at = path("spec.destination").join(key);
        if platform.clusters.is_empty() {
            let span = model.locate(application, &at).span;
            out.unknown(
                Some(span).filter(|_| platform.is_present()),
                "whether destinations are clusters of this platform",
                "declare your clusters under `clusters` in seatrial.yaml",
            );
            return;
        }
        faults.push((application, at, Fault { key, written: written.to_owned() }));
    }
    for group in group(model, faults) {
        out.push(finding(model, out, &group));
    }
}

struct Fault {
    key: &'static str,
    written: String,
}

fn finding(model: &Model<'_>, out: &Sink<'_>, group: &Group<'_, Fault>) -> seatrial_trial::Finding {
    let platform = model.platform();
    let written = listed(group.members.iter().map(|(_, f)| f.written.as_str()));
    let many = group.members.iter().any(|(_, f)| f.written != group.members[0].1.written);
    let (noun, verb) = if many { ("clusters", "are") } else { ("cluster", "is") };
    let known = listed(platform.clusters.iter().map(|c| c.name.as_str()));
    let key = group.members[0].1.key;
    let (wanted, fix) = retarget(model, group, key, |fault| &fault.written);
    let help = match wanted.as_slice() {
        [] => format!("This platform's clusters are {known}."),
        _ => {
            let pairs: Vec<String> = wanted
                .iter()
                .map(|w| match &w.application.environment {
                    Some(environment) => format!("`{}` for {environment}", w.text),
                    None => format!("`{}`", w.text),
                })
                .collect();
            format!("Use {}.", unique(pairs).join(", "))
        }
    };
    let mut finding = out
        .finding(group.place.span, format!("{written} {verb} no {noun} of this platform"))
        .help(help)
        .field(format!("spec.destination.{key}"))
        .key(written)
        .maybe_fix(fix);
    if let Some(cluster) = platform.clusters.first() {
        finding = finding.fact("clusters", Some(cluster.name.span));
    }
    group.told(finding)
}

fn unique(mut items: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
    items
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn a_cluster_of_the_platform() {
        let to = |name: &str| application("a-dev", &[&format!("destination: {{name: {name}}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &to("dev-1"),
                &to("in-cluster"),
                &application("a", &["destination: {server: https://prod.acme.dev/}"]),
            ])
            .finds(&to("dev1"), &["5:23 `dev1` is no cluster of this platform"])
            .fixes(&[(&to("dev1"), &to("dev-1"))]);
    }
}
