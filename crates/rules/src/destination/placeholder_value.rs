use std::sync::LazyLock;

use regex::Regex;
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rendered::{Fault, Rendered};
use crate::rewrite::organisation;
use crate::subject::{each_text, group, listed};

declare_rule! {
    /// Finds example values that nobody replaced.
    ///
    /// ## What it does
    /// Looks through every Application, generated ones included, for names that only ever stand for something else:
    /// `example.com` and the other reserved domains, `your-org`, `my-company`, `<…>`, `TODO`, `changeme`,
    /// cluster ids such as `xyz` or `abc`.
    /// What the Application renders to is judged as well: images, variables, and names of hosts.
    ///
    /// ## Why it is bad
    /// Models fill what they were not told with plausible names. They parse, they pass schema checks, and they point nowhere.
    ///
    /// ## Example
    /// ```yaml
    /// repoURL: https://github.com/your-org/helm-charts
    /// ```
    ///
    /// ## How to fix
    /// Put the real name in. Where the platform file knows it (a repository that holds the chart), the fix does.
    ///
    /// ## When to ignore
    /// In manifests that are documentation themselves.
    "placeholder-value", Destination, Error
}

/// What a placeholder looks like, in a text of its own or as a part of one.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)(?:",
        r"\b(?:[a-z0-9-]+\.)*example\.(?:com|org|net)\b|\.example\b|\.invalid\b",
        r"|\b(?:your|my|some)[-_](?:org|organi[sz]ation|company|corp|team|username|user|name|account|repo|repository|registry|cluster|domain|project|app|bucket|region)\b",
        r"|\byour[-_]?(?:org|company|repo|registry|cluster|domain)\b",
        r"|<[a-z][a-z0-9 _/-]*>|\bTODO\b|\bFIXME\b|\bchange[-_]?me\b|\breplace[-_]?me\b|\bplaceholder\b",
        r"|\b[a-z0-9-]+-cluster-(?:xyz|abc|123)\b|\b(?:xxx+|foo-bar-baz)\b",
        r"|\bacct[-_]?id\b|\b(?:account|project)[-_]id\b",
        r")"
    ))
    .unwrap_or_else(|error| unreachable!("the pattern is fixed: {error}"))
});

/// The first placeholder in a text. `my-app` is one, a longer name that begins so (`my-app-list`) is somebody's own.
fn placeholder(text: &str) -> Option<&str> {
    let own = |found: &str, rest: &str| {
        let mut rest = rest.chars();
        let longer = matches!(rest.next(), Some('-' | '_')) && rest.next().is_some_and(char::is_alphanumeric);
        longer && ["my-", "my_", "some"].iter().any(|word| found.to_ascii_lowercase().starts_with(word))
    };
    PLACEHOLDER.find_iter(text).find(|m| !own(m.as_str(), &text[m.end()..])).map(|m| m.as_str())
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, String)> = Vec::new();
    for application in &model.applications {
        for part in ["metadata", "spec"] {
            if let Some(value) = application.json.get(part) {
                each_text(value, &mut Path::keys([part]), &mut |at, text| {
                    if let Some(found) = placeholder(text).filter(|_| !is_known(model, at, text)) {
                        // Whatever the resources show, nobody means it to stand there.
                        rendered.told(application, found);
                        faults.push((application, at.clone(), found.to_owned()));
                    }
                });
            }
        }
    }
    for group in group(model, faults) {
        let found = listed(group.members.iter().map(|(_, f)| f.as_str()));
        let many = group.members.iter().any(|(_, f)| *f != group.members[0].1);
        let verb = if many { "are placeholders" } else { "is a placeholder" };
        let fix = organisation::fix(model, &group);
        let help = match &fix {
            Some((name, _)) => format!("Use `{name}`."),
            None => "Put the real name in; only you know it.".to_owned(),
        };
        let finding = out
            .finding(group.place.span, format!("{found} {verb}, not a name of this platform"))
            .help(help)
            .field(group.field.to_string())
            .key(found)
            .maybe_fix(fix.map(|(_, fix)| fix));
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// What rendered resources tell the world outside: hosts, images, variables. Elsewhere a chart may well speak of examples.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |_, resource, out| {
        let mut judge = |field: Path, text: &str| {
            // What Go prints for nothing is a fault of another kind.
            if let Some(found) = placeholder(text).filter(|found| *found != "<nil>") {
                let message = format!("`{found}` is a placeholder, not a name of this platform");
                out.push(Fault::new(field, found, message).help("Put the real name in; only you know it."));
            }
        };
        for (field, image) in seatrial_kubernetes::images(&resource.object) {
            judge(field, image);
        }
        for container in seatrial_kubernetes::pods(&resource.object).iter().flat_map(|pod| pod.containers()) {
            for (path, variable) in container.env() {
                if let Some(text) = variable.get("value").and_then(Value::as_str) {
                    judge(path.join("value"), text);
                }
            }
        }
        if HOSTED.contains(&resource.kind())
            && let Some(spec) = resource.object.get("spec")
        {
            each_text(spec, &mut Path::keys(["spec"]), &mut |at, text| {
                let named = |key: &str| HOSTS.contains(&key);
                let parent = at.parent().is_some_and(|parent| parent.last_key().is_some_and(named));
                if at.last_key().is_some_and(named) || parent {
                    judge(at.clone(), text);
                }
            });
        }
    })
}

/// Kinds that carry names of hosts, and the fields that hold them.
const HOSTED: [&str; 7] =
    ["Ingress", "HTTPRoute", "Gateway", "VirtualService", "Certificate", "Route", "IngressRoute"];
const HOSTS: [&str; 7] = ["host", "hosts", "hostname", "hostnames", "commonName", "dnsNames", "externalName"];

/// Declared names are what they are, and a wrong server is told by `unknown-cluster`.
fn is_known(model: &Model<'_>, at: &Path, text: &str) -> bool {
    let platform = model.platform();
    let destination = at.starts_with(&Path::keys(["spec", "destination"]));
    let cluster = platform.cluster_by_server(text).or_else(|| platform.cluster_by_name(text)).is_some();
    let judged =
        destination && !platform.clusters.is_empty() && matches!(at.last_key(), Some("server" | "name"));
    let repository = platform.repositories.iter().any(|r| r.url.as_str() == text);
    cluster || judged || repository
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application, in_dev};

    #[test]
    fn examples_left_in() {
        let from = |url: &str| application("a", &[&format!("source: {{repoURL: '{url}'}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &from("https://git.acme.dev/deploy.git"),
                &from("https://git.acme.dev/example-app"),
                &from("https://git.acme.dev/my-app-list"),
            ])
            .finds(&from("https://git.acme.dev/my-app/my-app-list"), &["5:21 `my-app` is a placeholder"])
            .finds(&from("https://github.com/your-org/a"), &["5:21 `your-org` is a placeholder"])
            .finds(&from("https://git.example.com/a"), &["5:21 `git.example.com`"])
            .finds(&in_dev("{key: changeme}"), &["5:39 `changeme`"]);
    }
}
