use seatrial_argocd::Path;
use seatrial_trial::{Application, Fix, Model, Severity, Sink, Via};
use serde_json::Value;

use super::short;
use crate::rewrite::base;

declare_rule! {
    /// Finds fields that exclude each other.
    ///
    /// ## What it does
    /// Looks for `destination.name` with `server`, `source` with `sources`, `chart` with `path`, `values` with
    /// `valuesObject`, and for settings of two tools in one source.
    ///
    /// ## Why it is bad
    /// Some are refused (`application destination can't have both name and server defined`, `multiple application sources
    /// defined`); of others one is taken and the other dropped without a word.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   name: prod
    ///   server: https://prod.example.org
    /// ```
    ///
    /// ## How to fix
    /// Keep one of them. Of a destination's `name` and `server` the fix keeps the one that is a cluster of the platform.
    ///
    /// ## When to ignore
    /// Never.
    "exclusive-fields", Schema, Error
}

/// A pair of fields of which only one can be.
struct Pair {
    /// The one that goes.
    loser: Path,
    winner: Path,
    message: String,
    severity: Severity,
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        for pair in pairs(model, application) {
            let located = model.locate_template(application, &pair.loser);
            let winner = model.locate_template(application, &pair.winner).span;
            let edit = located.node.filter(|_| located.written && located.via != Via::Patch).and_then(|id| {
                let (manifest, _) = model.home_of(application);
                base::remove_entry(manifest, manifest.tree.node(id)?, 2)
            });
            let key = pair.loser.last_key().unwrap_or_default();
            let finding = out
                .finding(located.span, pair.message)
                .severity(pair.severity)
                .related(winner, "this is the other one")
                .help("keep one of them")
                .key(short(&pair.loser))
                .maybe_fix(edit.map(|edit| Fix::risky(format!("take out `{key}`"), vec![edit])));
            out.push_for(application, finding);
        }
    }
}

/// Of `server` and `name` of a destination, the one that goes: where only the other means a cluster of the platform, it is that
/// which stays.
fn stray(model: &Model<'_>, application: &Application) -> [&'static str; 2] {
    let platform = model.platform();
    let server = platform.cluster_by_server(application.text("/spec/destination/server"));
    let name = platform.cluster_by_name(application.text("/spec/destination/name"));
    if server.is_some() && name.is_none() { ["name", "server"] } else { ["server", "name"] }
}

fn pairs(model: &Model<'_>, application: &Application) -> Vec<Pair> {
    let mut out = Vec::new();
    let spec = Path::keys(["spec"]);
    let has = |value: &Value, key: &str| {
        value.get(key).is_some_and(|v| match v {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        })
    };
    let json = &application.json;
    if let Some(destination) = json.pointer("/spec/destination")
        && has(destination, "name")
        && has(destination, "server")
    {
        let at = spec.join("destination");
        let [loser, winner] = stray(model, application);
        out.push(Pair {
            loser: at.join(loser),
            winner: at.join(winner),
            message: format!(
                "the destination has `name` and `server`: Argo CD refuses it (`application destination can't have both name and server defined: {} {}`)",
                application.text("/spec/destination/name"),
                application.text("/spec/destination/server")
            ),
            severity: Severity::Error,
        });
    }
    if let Some(value) = json.get("spec")
        && has(value, "source")
        && has(value, "sources")
    {
        out.push(Pair {
            loser: spec.join("source"),
            winner: spec.join("sources"),
            message:
                "there are `source` and `sources`: Argo CD takes `sources` and does not look at `source`"
                    .to_owned(),
            severity: Severity::Warning,
        });
    }
    for (pointer, source) in application.sources() {
        let Some(at) = Path::from_pointer(&pointer) else { continue };
        if has(source, "chart") && has(source, "path") {
            out.push(Pair {
                loser: at.join("path"),
                winner: at.join("chart"),
                message: "the source has `chart` and `path`: with `chart` it is a Helm repository, and `path` is not looked at".to_owned(),
                severity: Severity::Error,
            });
        }
        if let Some(helm) = source.get("helm")
            && has(helm, "values")
            && has(helm, "valuesObject")
        {
            out.push(Pair {
                loser: at.join("helm").join("values"),
                winner: at.join("helm").join("valuesObject"),
                message: "there are `values` and `valuesObject`: Argo CD takes `valuesObject` and does not look at `values`".to_owned(),
                severity: Severity::Warning,
            });
        }
        let tools: Vec<&str> =
            ["kustomize", "helm", "directory", "plugin"].into_iter().filter(|t| has(source, t)).collect();
        if let [first, second, ..] = tools.as_slice() {
            out.push(Pair {
                loser: at.join(*second),
                winner: at.join(*first),
                message: format!("the source is set up for `{first}` and `{second}`: Argo CD refuses it (`multiple application sources defined`)"),
                severity: Severity::Error,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  destination:\n    name: prod\n    server: https://p\n  source: {repoURL: https://x, path: .}\n";

    #[test]
    fn the_cluster_that_there_is_stays() {
        let by_name = APP.replace("    server: https://p\n", "");
        let by_server = APP.replace("    name: prod\n", "");
        Tester::new(&RULE).platform("clusters: {prod: {server: https://other}}\n").fixes(&[(APP, &by_name)]);
        Tester::new(&RULE).platform("clusters: {eu: {server: https://p}}\n").fixes(&[(APP, &by_server)]);
    }

    #[test]
    fn one_of_two() {
        let good = APP.replace("    server: https://p\n", "");
        Tester::new(&RULE)
            .pass(&[&good])
            .finds(APP, &["9:13 can't have both name and server defined: prod https://p"])
            .finds(
                &good.replace("path: .", "path: ., helm: {values: 'a: 1', valuesObject: {a: 1}}"),
                &["9:56 Argo CD takes `valuesObject`"],
            )
            .finds(
                &good.replace("path: .", "path: ., helm: {releaseName: a}, kustomize: {namePrefix: b}"),
                &["9:41 multiple application sources"],
            )
            .fixes(&[(APP, &good)]);
    }
}
