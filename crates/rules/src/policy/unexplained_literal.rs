use std::collections::BTreeSet;

use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::images::{images, pull_secrets};
use crate::subject::{group, is_template};

declare_rule! {
    /// Lists names that no fact explains: assumptions of the author, for a person to confirm. Off until it is asked for.
    ///
    /// ## What it does
    /// Takes the names of an Application that belong to the platform rather than to the workload (clusters, repositories,
    /// projects, namespaces, registries, pull secrets, storage and ingress classes, ingress hosts, addresses) and lists those that the
    /// platform file nowhere says. It runs when `rules.unexplained-literal` gives it a level.
    ///
    /// ## Why it is bad
    /// A model fills what it was not told with what is plausible. Whatever no fact confirms is a guess until somebody says
    /// otherwise.
    ///
    /// ## Example
    /// ```yaml
    /// ingress: {host: agents.harbour.dev}    # who said so?
    /// ```
    ///
    /// ## How to fix
    /// Confirm it by adding the fact to `seatrial.yaml`, or correct it.
    ///
    /// ## When to ignore
    /// It is advice for a review; leave it off elsewhere.
    "unexplained-literal", Policy, Note, opt_in: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let known = known(model);
    let mut faults: Vec<(&Application, Path, (String, &'static str))> = Vec::new();
    for application in &model.applications {
        let mut see = |text: &str, at: Path, what: &'static str| {
            let plain = text.trim_end_matches('/');
            if !plain.is_empty() && !is_template(plain) && !known.contains(plain) {
                faults.push((application, at, (text.to_owned(), what)));
            }
        };
        for (key, what) in [("server", "cluster"), ("name", "cluster"), ("namespace", "namespace")] {
            let at = Path::keys(["spec", "destination", key]);
            see(application.text(&at.to_pointer()), at, what);
        }
        let project = Path::keys(["spec", "project"]);
        see(application.text(&project.to_pointer()), project, "project");
        for (pointer, source) in application.sources() {
            let at = Path::from_pointer(&pointer).unwrap_or_default().join("repoURL");
            see(source.get("repoURL").and_then(Value::as_str).unwrap_or_default(), at, "repository");
        }
        for image in images(application) {
            see(&image.registry, image.at, "registry");
        }
        for values in application.helm_values() {
            for (name, at) in pull_secrets(values).unwrap_or_default() {
                see(&name, at, "pull secret");
            }
            for (path, leaf) in values.leaves() {
                let what = match path.last_key() {
                    Some("storageClass" | "storageClassName") => "storage class",
                    Some("ingressClassName" | "className") => "ingress class",
                    Some("host" | "hostname") => "host",
                    _ if leaf.value.as_str().is_some_and(|text| text.contains("://")) => "address",
                    _ => continue,
                };
                see(leaf.value.as_str().unwrap_or_default(), leaf.at, what);
            }
        }
    }
    for group in group(model, faults) {
        let (_, (text, what)) = &group.members[0];
        let finding = out
            .finding(group.place.span, format!("no fact explains the {what} `{text}`"))
            .help("Confirm it by adding the fact to seatrial.yaml, or correct it.")
            .field(group.field.to_string())
            .key(text.clone());
        out.push(group.told(finding));
    }
}

/// Every name that the platform file says.
fn known(model: &Model<'_>) -> BTreeSet<String> {
    let platform = model.platform();
    let mut known = BTreeSet::from(["https://kubernetes.default.svc".to_owned(), "in-cluster".to_owned()]);
    let mut say = |text: &str| {
        known.insert(text.trim_end_matches('/').to_owned());
    };
    for cluster in &platform.clusters {
        say(&cluster.name);
        cluster.server.iter().for_each(|server| say(server));
    }
    platform.repositories.iter().for_each(|r| say(&r.url));
    platform.registries.iter().for_each(|r| say(r.host.split('/').next().unwrap_or_default()));
    platform.conventions.project.iter().for_each(|p| say(p));
    model.context.state().projects().keys().for_each(|p| say(p));
    let facts =
        platform.environments.iter().map(|e| &e.facts).chain(platform.clusters.iter().map(|c| &c.facts));
    for facts in facts {
        for list in [&facts.registries, &facts.storage_classes, &facts.ingress_classes].into_iter().flatten()
        {
            list.iter().for_each(|item| say(item.split('/').next().unwrap_or_default()));
        }
        if let Some(seatrial_platform::PullSecret::Named(name)) = facts.pull_secret.as_ref().map(|s| &s.value)
        {
            say(name);
        }
        for namespace in facts.namespaces.iter().flat_map(|n| &n.value) {
            say(&namespace.name);
            namespace.secrets.iter().flat_map(|s| &s.value).for_each(|s| say(s));
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const PLATFORM: &str = "clusters:\n  dev-1: {server: \"https://dev.k8s.harbour.dev\", environment: dev}\nenvironments:\n  dev: {namespaces: {agents: {}}}\nrepositories:\n  https://github.com/harbour/deploy: {}\n";
    const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  project: default\n  source: {repoURL: https://github.com/harbour/deploy, path: a, targetRevision: main}\n  destination: {name: dev-1, namespace: agents}\n";

    #[test]
    fn it_speaks_only_when_asked() {
        let strange = APPLICATION.replace("namespace: agents", "namespace: strange");
        Tester::new(&RULE).platform(PLATFORM).pass(&[APPLICATION, &strange]);
        let asked = format!("{PLATFORM}rules: {{unexplained-literal: {{level: note}}}}\n");
        Tester::new(&RULE).platform(&asked).pass(&[APPLICATION]).finds(&strange, &["7:41 `strange`"]);
    }
}
