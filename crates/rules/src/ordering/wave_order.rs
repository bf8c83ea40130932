use std::collections::HashMap;
use std::sync::Arc;

use seatrial_trial::{Document, Manifest, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::order::{Turn, WAVE, needs as needs_rendered, wave_field};
use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds objects of one file that come in an earlier wave than what they need.
    ///
    /// ## What it does
    /// Within a file (an app of apps, a bundle), compares the `argocd.argoproj.io/sync-wave` of objects that need each other:
    /// a Namespace and what goes into it, an AppProject and its Applications, an operator or its CRDs (`kafka-operator`,
    /// `kafka-crds`) and the Applications of the same name that use them. Without an annotation the wave is 0; equal waves pass,
    /// because Argo CD orders the kinds within a wave itself. Within the rendered resources of an Application, does the same for
    /// a CustomResourceDefinition and its objects, a Namespace and what is in it, and pods with the ConfigMaps, Secrets and
    /// service accounts they cannot start without; a `PreSync` hook comes before everything that is no hook.
    ///
    /// ## Why it is bad
    /// Argo CD waits for a wave to be healthy before it begins the next: what is needed never comes, and the sync stops.
    ///
    /// ## Example
    /// ```yaml
    /// kind: Namespace
    /// metadata: {name: tracing, annotations: {argocd.argoproj.io/sync-wave: "2"}}
    /// ---
    /// kind: Application      # wave 0, but deploys into `tracing`
    /// ```
    ///
    /// ## How to fix
    /// Give what is needed the lower wave.
    ///
    /// ## When to ignore
    /// When the objects are applied by different Applications: waves order within one.
    "wave-order", Ordering, Warning
}

/// An object of a file, as far as waves go.
struct Object<'m> {
    document: &'m Document,
    json: &'m Value,
    wave: i64,
}

impl Object<'_> {
    fn text(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.text("/kind")
    }

    fn name(&self) -> &str {
        self.text("/metadata/name")
    }
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for manifest in &model.manifests {
        let objects: Vec<Object<'_>> = manifest.documents.iter().filter_map(object).collect();
        let makers = Makers::of(&objects);
        for user in &objects {
            if let Some(needed) = makers.late(user) {
                report(out, manifest, user, needed);
            }
        }
    }
    rendered(model).report(model, out);
}

/// Resources of one Application that come before what they need, hooks included.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, user, out| {
        let Some(turn) = Turn::of(user) else { return };
        let late = view.resources().iter().filter(|needed| needs_rendered(user, needed));
        let late = late.filter_map(|needed| Some((Turn::of(needed)?, needed)));
        let Some((later, needed)) = late.filter(|(other, _)| *other > turn).max_by_key(|(other, _)| *other)
        else {
            return;
        };
        let message = format!(
            "comes in {}, but needs the {} `{}` of {}",
            turn.named(),
            needed.kind(),
            needed.name(),
            later.named()
        );
        let help = format!("Have `{}` come first: a lower wave, or an earlier phase.", needed.name());
        let key = format!("{}:{}", user.name(), needed.name());
        out.push(Fault::new(wave_field(), key, message).help(help));
    })
}

/// A document with its wave; `None` where the wave cannot be read (that is `invalid-wave`'s).
fn object(document: &Document) -> Option<Object<'_>> {
    let json = document.json.as_ref().ok()?;
    let wave = match json.pointer("/metadata/annotations").and_then(|a| a.get(WAVE)) {
        None => 0,
        Some(text) => text.as_str()?.parse().ok()?,
    };
    Some(Object { document, json, wave })
}

/// What is needed, by what it is needed as: the place in the file and the object of the latest wave.
struct Makers<'o, 'm> {
    namespaces: HashMap<&'o str, (usize, &'o Object<'m>)>,
    projects: HashMap<&'o str, (usize, &'o Object<'m>)>,
    /// Operators and definitions, by the name of what they are for.
    operators: HashMap<&'o str, (usize, &'o Object<'m>)>,
}

impl<'o, 'm> Makers<'o, 'm> {
    fn of(objects: &'o [Object<'m>]) -> Self {
        let mut makers =
            Self { namespaces: HashMap::new(), projects: HashMap::new(), operators: HashMap::new() };
        for (place, object) in objects.iter().enumerate().filter(|(_, o)| is_name(o.name())) {
            let (list, name) = match object.kind() {
                "Namespace" => (&mut makers.namespaces, object.name()),
                "AppProject" => (&mut makers.projects, object.name()),
                "Application" => match operated(object.name()) {
                    Some(base) => (&mut makers.operators, base),
                    None => continue,
                },
                _ => continue,
            };
            let latest = list.entry(name).or_insert((place, object));
            if object.wave > latest.1.wave {
                *latest = (place, object);
            }
        }
        makers
    }

    /// The first object of a later wave that `user` cannot do without.
    fn late(&self, user: &Object<'_>) -> Option<&'o Object<'m>> {
        let namespace = self.namespaces.get(namespace_of(user));
        let (project, operators) = match user.kind() {
            "Application" => (self.projects.get(user.text("/spec/project")), self.operators_of(user.name())),
            _ => (None, None),
        };
        let late = [namespace, project, operators].into_iter().flatten();
        let late = late.filter(|(_, needed)| needed.wave > user.wave);
        late.min_by_key(|(place, _)| *place).map(|(_, needed)| *needed)
    }

    /// The operator of what an Application is named for: `tempo-operator` of `tempo` and `tempo-blue`.
    fn operators_of(&self, name: &str) -> Option<&(usize, &'o Object<'m>)> {
        if !is_name(name) {
            return None;
        }
        let ends = name.match_indices('-').map(|(at, _)| at).chain([name.len()]);
        ends.filter_map(|end| self.operators.get(name.get(..end)?)).max_by_key(|(_, operator)| operator.wave)
    }
}

/// Whether a text can be the name of an object at all.
fn is_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
}

/// What an operator, by its name, is for.
fn operated(name: &str) -> Option<&str> {
    ["-operator", "-crds", "-crd"].iter().find_map(|end| name.strip_suffix(end))
}

/// The namespace that has to be there before an object; empty for none.
fn namespace_of<'o>(user: &'o Object<'_>) -> &'o str {
    let makes_it = || {
        let options = user.json.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
        options.into_iter().flatten().any(|o| o.as_str() == Some("CreateNamespace=true"))
    };
    match user.kind() {
        "Application" if makes_it() => "",
        "Application" => user.text("/spec/destination/namespace"),
        "Namespace" => "",
        _ => user.text("/metadata/namespace"),
    }
}

fn report(out: &mut Sink<'_>, manifest: &Arc<Manifest>, user: &Object<'_>, needed: &Object<'_>) {
    let place = |object: &Object<'_>| {
        manifest.span_at(object.document, &Path::keys(["metadata", "annotations"]).join(WAVE))
    };
    let finding = out
        .finding(
            place(user),
            format!(
                "`{}` comes in wave {}, but needs the {} `{}` of wave {}",
                user.name(),
                user.wave,
                needed.kind(),
                needed.name(),
                needed.wave
            ),
        )
        .help(format!("Give `{}` a wave of at most {}.", needed.name(), user.wave))
        .field(format!("metadata.annotations[{WAVE}]"))
        .key(format!("{}:{}", user.name(), needed.name()))
        .related(place(needed), "what is needed");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    fn pair(needed: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: tracing\n  annotations:\n    argocd.argoproj.io/sync-wave: \"{needed}\"\n---\n\
             apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: tempo\n  annotations:\n    argocd.argoproj.io/sync-wave: \"{user}\"\n\
             spec:\n  destination: {{namespace: tracing}}\n"
        )
    }

    #[test]
    fn what_is_needed_comes_first() {
        Tester::new(&RULE).pass(&[&pair("-1", "0"), &pair("3", "3"), &pair("late", "0")]).finds(
            &pair("2", "1"),
            &["13:35 `tempo` comes in wave 1, but needs the Namespace `tracing` of wave 2"],
        );
    }

    #[test]
    fn what_pods_cannot_start_without() {
        let pair = |hook: &str, wave: &str| {
            format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate, annotations: {{{hook}}}}}\nspec: {{template: {{spec: {{containers: [{{name: c, image: a, envFrom: [{{configMapRef: {{name: settings}}}}]}}]}}}}}}\n---\n\
                 apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, annotations: {{argocd.argoproj.io/sync-wave: '{wave}'}}}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pair("", "0"), &[]);
        tester.finds_deployed(
            &pair("argocd.argoproj.io/hook: PreSync", "-5"),
            &["comes in PreSync, wave 0, but needs the ConfigMap `settings` of wave -5 (Job migrate)"],
        );
        tester.finds_deployed(
            &pair("", "2"),
            &["comes in wave 0, but needs the ConfigMap `settings` of wave 2"],
        );
    }

    #[test]
    fn operators_come_before_what_they_run() {
        let app = |name: &str, wave: i32| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  annotations: {{argocd.argoproj.io/sync-wave: \"{wave}\"}}\n"
            )
        };
        let file = |user: &str| format!("{}---\n{}", app("kafka-operator", 1), app(user, 0));
        Tester::new(&RULE).pass(&[&file("kafkacat"), &file("other")]).finds(&file("kafka-cluster"), &["11"]);
    }
}
