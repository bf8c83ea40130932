use seatrial_argocd::{Path, glob};
use seatrial_platform::Platform;
use seatrial_source::Edit;
use seatrial_trial::{Application, Document, Fix, Kind, Manifest, Model, Severity, Sink};
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::rewrite::base;

declare_rule! {
    /// Finds Argo CD objects that are not in a namespace that Argo CD watches.
    ///
    /// ## What it does
    /// Looks at `metadata.namespace` of Applications, ApplicationSets and AppProjects: it must be Argo CD's own namespace,
    /// or one that `argocd.applicationNamespaces` (for sets: `applicationSetNamespaces`) of the platform file allows.
    /// An object without a namespace is right where something gives it one: the `kustomization.yaml` that lists its file, or
    /// an Application whose source is the folder and whose destination is Argo CD's namespace. It is a warning where that
    /// cannot be seen: without a platform file (`kubectl apply -n argocd` does it too), and where something else among
    /// the files deploys into Argo CD's namespace.
    ///
    /// ## Why it is bad
    /// Without a namespace `kubectl apply` puts the object wherever its context happens to point. In a namespace that
    /// nobody watches it lies there and nothing happens, without any error. It is not the namespace that the workloads
    /// go to: that is `spec.destination.namespace`.
    ///
    /// ## Example
    /// ```yaml
    /// kind: ApplicationSet
    /// metadata:
    ///   name: agent
    /// ```
    ///
    /// ## How to fix
    /// `namespace: argocd`.
    ///
    /// ## When to ignore
    /// When a pipeline sets the namespace.
    "misplaced-namespace", Schema, Error, across: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let own = platform.namespace();
    let givers = Givers::of(model, own);
    for (manifest, document) in model.documents() {
        let (Some(kind), Ok(json)) = (document.kind, &document.json) else { continue };
        let metadata = manifest.node(document, &Path::keys(["metadata"]));
        let Some(metadata) = metadata else { continue };
        let namespace = json.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
        if namespace.is_empty() {
            let given = givers.to(model, &manifest.file.path);
            if given == Given::Right {
                continue;
            }
            let severity = if given == Given::Perhaps { Severity::Warning } else { Severity::Error };
            let finding = out
                .finding(
                    manifest.anchor(metadata),
                    format!(
                        "this {} has no `metadata.namespace`: it lands wherever kubectl points, and Argo CD only looks into `{own}`",
                        kind.as_str()
                    ),
                )
                .severity(severity)
                .help(format!("add `namespace: {own}`"))
                .key(kind.as_str())
                .maybe_fix(add(manifest, document, own).map(|edit| Fix::safe("add Argo CD's namespace", vec![edit])));
            out.push(finding);
            continue;
        }
        if namespace == own || !platform.is_present() || is_allowed(platform, kind, namespace) {
            continue;
        }
        let target = ["/spec/destination/namespace", "/spec/template/spec/destination/namespace"]
            .iter()
            .any(|p| json.pointer(p).and_then(Value::as_str) == Some(namespace));
        let why =
            if target { "; the workloads' namespace is `spec.destination.namespace`, not this" } else { "" };
        let Some(node) = metadata.get("namespace") else { continue };
        let finding = out
            .finding(
                manifest.span(node),
                format!(
                    "Argo CD does not watch the namespace `{namespace}` for {}s: nothing would happen{why}",
                    kind.as_str()
                ),
            )
            .help(format!("write `namespace: {own}`"))
            .fact("argocd.namespace", platform.argocd.namespace.as_ref().map(|n| n.span))
            .key(kind.as_str())
            .fix(Fix::safe(
                "use Argo CD's namespace",
                vec![base::set_value(manifest, node, &base::scalar(own))],
            ));
        out.push(finding);
    }
}

/// Whether something gives an object the namespace that it does not say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// Argo CD's.
    Right,
    /// Perhaps, but it cannot be seen from here.
    Perhaps,
    No,
}

/// Applications that deploy into Argo CD's own namespace: what they apply without a namespace lands there.
struct Givers {
    /// The folders they read.
    folders: Vec<String>,
    /// Whether there may be more of them than can be seen.
    others: bool,
    own: String,
}

impl Givers {
    fn of(model: &Model<'_>, own: &str) -> Self {
        let into = |a: &&Application| a.text("/spec/destination/namespace") == own;
        let mut folders: Vec<String> = model
            .applications
            .iter()
            .filter(into)
            .flat_map(|a| {
                a.sources()
                    .into_iter()
                    .filter_map(|(_, source)| Some(source.get("path")?.as_str()?.to_owned()))
            })
            .map(|path| path.trim_start_matches("./").trim_matches('/').to_owned())
            .collect();
        folders.sort();
        folders.dedup();
        // A set that cannot be expanded here may read any folder.
        let sets = model.sets.iter().any(|set| {
            set.json.pointer("/spec/template/spec/destination/namespace").and_then(Value::as_str) == Some(own)
        });
        let others = sets || !folders.is_empty() || !model.platform().is_present();
        Self { folders, others, own: own.to_owned() }
    }

    fn to(&self, model: &Model<'_>, file: &str) -> Given {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let below = |root: &String| {
            root.is_empty()
                || root == "."
                || folder
                    .strip_prefix(root.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.folders.iter().any(below) || self.kustomized(model, folder, name) {
            return Given::Right;
        }
        if self.others { Given::Perhaps } else { Given::No }
    }

    /// Whether the `kustomization.yaml` beside a file lists it and sets Argo CD's namespace.
    fn kustomized(&self, model: &Model<'_>, folder: &str, name: &str) -> bool {
        let source =
            ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().find_map(|kustomization| {
                let path = if folder.is_empty() {
                    (*kustomization).to_owned()
                } else {
                    format!("{folder}/{kustomization}")
                };
                model.context.source(&path)
            });
        let Some(json) = source.and_then(|file| goyaml::to_json(&file.text).ok()) else { return false };
        let lists = json.get("resources").and_then(Value::as_array).is_some_and(|list| {
            list.iter().filter_map(Value::as_str).any(|item| item.trim_start_matches("./") == name)
        });
        lists && json.get("namespace").and_then(Value::as_str) == Some(&self.own)
    }
}

fn is_allowed(platform: &Platform, kind: Kind, namespace: &str) -> bool {
    let argocd = &platform.argocd;
    let (list, parameter) = match kind {
        Kind::Application => (&argocd.application_namespaces, "application.namespaces"),
        Kind::ApplicationSet => (&argocd.application_set_namespaces, "applicationsetcontroller.namespaces"),
        Kind::AppProject => return false,
    };
    let listed = list.iter().flat_map(|l| l.value.iter().map(|n| n.value.clone()));
    let set = argocd
        .parameters
        .get(parameter)
        .into_iter()
        .flat_map(|text| text.value.split(',').map(|n| n.trim().to_owned()));
    let patterns: Vec<String> = listed.chain(set).collect();
    glob::matches_any_or_regex(&patterns, namespace)
}

/// Adds the namespace below the name.
fn add(manifest: &Manifest, document: &Document, namespace: &str) -> Option<Edit> {
    let metadata = manifest.node(document, &Path::keys(["metadata"]))?;
    let line = format!("namespace: {}", base::scalar(namespace));
    match metadata.entry("name") {
        Some(name) => base::insert_after(manifest, name, &line),
        None => base::append_entry(manifest, metadata, &line),
    }
}

#[cfg(test)]
mod tests {
    use seatrial_trial::Severity;

    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn where_argo_cd_looks() {
        let app = "kind: Application\nmetadata:\n  name: a # why\n  labels: {b: c}\nspec: {destination: {namespace: agents}}\n";
        let good = "kind: Application\nmetadata:\n  name: a # why\n  namespace: argocd\n  labels: {b: c}\nspec: {destination: {namespace: agents}}\n";
        let target = good.replace("namespace: argocd", "namespace: agents");
        Tester::new(&RULE)
            .pass(&[good, &target])
            .finds(app, &["2:1 has no `metadata.namespace`"])
            .fixes_safely(&[
                (app, good),
                (
                    "kind: Application\nmetadata: {name: a}\n",
                    "kind: Application\nmetadata: {name: a, namespace: argocd}\n",
                ),
            ])
            .platform("argocd: {namespace: argocd}\n")
            .finds(&target, &["4:14 does not watch the namespace `agents`"])
            .fixes_safely(&[(&target, good)])
            .platform("argocd: {namespace: argocd, applicationNamespaces: ['ag*']}\n")
            .pass(&[&target]);
    }

    #[test]
    fn what_gives_a_namespace() {
        let app = "kind: Application\nmetadata:\n  name: a\n";
        let parent = |path: &str| {
            format!(
                "kind: Application\nmetadata: {{name: p, namespace: argocd}}\nspec: {{source: {{repoURL: https://x, path: {path}}}, destination: {{namespace: argocd}}}}\n"
            )
        };
        let severity = |tester: Tester| {
            tester.beside("apps/a.yaml", app).findings("kind: ConfigMap\n").first().map(|f| f.severity)
        };
        assert_eq!(severity(Tester::new(&RULE)), Some(Severity::Warning));
        let known = || Tester::new(&RULE).platform("argocd: {namespace: argocd}\n");
        assert_eq!(severity(known()), Some(Severity::Error));
        assert_eq!(severity(known().beside("p.yaml", &parent("apps"))), None);
        assert_eq!(severity(known().beside("p.yaml", &parent("./"))), None);
        assert_eq!(severity(known().beside("p.yaml", &parent("app"))), Some(Severity::Warning));
        let kustomization = |text: &str| known().beside("apps/kustomization.yaml", text);
        assert_eq!(severity(kustomization("namespace: argocd\nresources: [a.yaml]\n")), None);
        assert_eq!(
            severity(kustomization("namespace: argocd\nresources: [b.yaml]\n")),
            Some(Severity::Error)
        );
    }
}
