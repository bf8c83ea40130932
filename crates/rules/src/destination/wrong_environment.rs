use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;

use super::retarget;
use crate::subject::{group, path};

declare_rule! {
    /// Finds Applications named for one environment that go to, or read the files of, another.
    ///
    /// ## What it does
    /// Compares the environment that an Application is named for (by its parameters or its name) with the environment
    /// of the cluster it goes to, and with environments named in its value files.
    ///
    /// ## Why it is bad
    /// Copying an element and changing only half of it deploys staging's settings to production, or production's
    /// workload to staging. Nothing fails; it is just wrong.
    ///
    /// ## Example
    /// ```yaml
    /// - env: prod
    ///   server: https://staging.example.net   # staging's cluster
    /// ```
    ///
    /// ## How to fix
    /// Use the cluster and the files of the environment that the Application is named for.
    ///
    /// ## When to ignore
    /// When environments deliberately share a cluster: give the cluster no `environment`, or declare the second as an alias.
    "wrong-environment", Destination, Error
}

/// The environment named, that of the cluster, the cluster, and the key that says so.
type Stray = (String, String, String, &'static str);

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    clusters(model, out);
    value_files(model, out);
}

fn clusters(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let mut faults: Vec<(&Application, Path, Stray)> = Vec::new();
    for application in &model.applications {
        let (Some(named), Some(actual), Some(cluster)) =
            (&application.named_environment, &application.destination_environment, &application.cluster)
        else {
            continue;
        };
        let server = application.text("/spec/destination/server").trim_end_matches('/');
        let name = application.text("/spec/destination/name");
        // The hub's own address has a rule of its own.
        let declared = platform.environment_named(actual).is_some();
        if !declared || named == actual || server == IN_CLUSTER_SERVER || name == "in-cluster" {
            continue;
        }
        let key = if name.is_empty() { "server" } else { "name" };
        let at = path("spec.destination").join(key);
        faults.push((application, at, (named.clone(), actual.clone(), cluster.clone(), key)));
    }
    for group in group(model, faults) {
        let (_, (named, actual, cluster, key)) = &group.members[0];
        let (wanted, fix) = retarget(model, &group, key, |_| "");
        let declared = platform.cluster(cluster).map(|c| c.name.span);
        let finding = out
            .finding(
                group.place.span,
                format!("named for {named}, but goes to `{cluster}`, a cluster of {actual}"),
            )
            .help(wanted.first().map_or_else(String::new, |w| format!("Use `{}`.", w.text)))
            .field(format!("spec.destination.{key}"))
            .key(format!("{named}:{actual}"))
            .fact(format!("clusters.{cluster}.environment"), declared)
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

/// Value files that name another environment: `values-staging.yaml` for production.
fn value_files(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    for application in &model.applications {
        let Some(named) = application.named_environment.as_deref() else { continue };
        for values in application.helm_values() {
            let files = values.source.join("helm").join("valueFiles");
            let list = files.lookup(&application.json).and_then(serde_json::Value::as_array);
            for (index, file) in list.into_iter().flatten().enumerate() {
                let Some(text) = file.as_str() else { continue };
                let Some(other) = environment_in(text, platform).filter(|other| *other != named) else {
                    continue;
                };
                let at = files.join(index);
                let span = model.locate(application, &at).span;
                let finding = out
                    .finding(
                        span,
                        format!("`{text}` is named for {other}, but this Application is for {named}"),
                    )
                    .help(format!("Use the value file of {named}."))
                    .field(at.to_string())
                    .key(format!("{named}:{text}"));
                out.push_for(application, finding);
            }
        }
    }
}

fn environment_in<'p>(file: &str, platform: &'p seatrial_platform::Platform) -> Option<&'p str> {
    let parts = file.split(|c: char| !c.is_ascii_alphanumeric());
    let mut found = parts.filter(|p| !p.is_empty()).filter_map(|p| platform.environment_named(p));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn half_an_element_changed() {
        let to = |cluster: &str| application("a-prod", &[&format!("destination: {{name: {cluster}}}")]);
        let file =
            |name: &str| application("a-prod", &[&format!("source: {{helm: {{valueFiles: [{name}]}}}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&to("prod-1"), &file("values-prod.yaml"), &file("values.yaml")])
            .finds(&to("dev-1"), &["5:23 named for prod, but goes to `dev-1`"])
            .finds(&file("values-dev.yaml"), &["5:32 named for dev"])
            .fixes(&[(&to("dev-1"), &to("prod-1"))]);
    }
}
