use std::collections::BTreeMap;

use seatrial_trial::{Model, Sink};

use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds kinds whose health Argo CD cannot tell.
    ///
    /// ## What it does
    /// Looks at rendered resources of kinds that are not Kubernetes' own, and fires when neither the platform's release of Argo CD
    /// nor its `argocd-cm` (`resource.customizations.health.<group>_<kind>`) has a script that reads their health.
    ///
    /// ## Why it is bad
    /// Argo CD takes such a resource for healthy as soon as it is created: a wave goes on, and the sync turns green, whether or not
    /// its operator has done anything.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: acme.dev/v1
    /// kind: AgentPool       # Argo CD has no script for acme.dev/AgentPool
    /// ```
    ///
    /// ## How to fix
    /// Add a script to `argocd-cm` that reads the kind's status, such as its `Ready` condition.
    ///
    /// ## When to ignore
    /// For kinds that hold settings and have no status.
    "no-health-assessment", Health, Note
}

/// The kinds that Argo CD has a script for, each with the releases that have it.
const SCRIPTS: &str = include_str!("../../data/health.txt");

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let custom = customizations(model);
    let bit = 1 << model.version().nearest_known();
    let scripts: Vec<&str> = SCRIPTS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, releases)| u32::from_str_radix(releases, 16).is_ok_and(|mask| mask & bit != 0))
        .map(|(kind, _)| kind)
        .collect();
    let rendered = Rendered::of(model, |view, out| {
        let mut seen = BTreeMap::new();
        for resource in view.resources() {
            let (group, kind) = (resource.group(), resource.kind());
            let own = seatrial_kubernetes::is_namespaced(group, kind).is_some();
            // Argo CD knows its own kinds; an Application's health is its own affair (and off by default).
            if own || kind.is_empty() || group == "argoproj.io" {
                continue;
            }
            seen.entry((group, kind)).or_insert(resource);
        }
        for ((group, kind), resource) in seen {
            let name = format!("{group}/{kind}");
            let assessed = scripts.iter().any(|script| matches(script, &name))
                || custom.iter().any(|script| matches(script, &name))
                || has_no_status(view, group, kind);
            if assessed {
                continue;
            }
            let message =
                format!("Argo CD cannot tell the health of `{name}`: it is healthy once it is there");
            let help = format!(
                "Add to argocd-cm, under `resource.customizations.health.{group}_{kind}`: `hs = {{status = \"Progressing\"}}; \
                 if obj.status ~= nil and obj.status.conditions ~= nil then for _, c in ipairs(obj.status.conditions) do if c.type == \
                 \"Ready\" then if c.status == \"True\" then hs.status = \"Healthy\" elseif c.status == \"False\" then hs.status = \
                 \"Degraded\" end; hs.message = c.message end end end; return hs`."
            );
            let fault = Fault::new(seatrial_yaml::Path::keys(["kind"]), name, message).help(help);
            out.push((resource.clone(), fault));
        }
    });
    rendered.report(model, out);
}

/// The kinds that `argocd-cm` has scripts for, as `group/kind`.
fn customizations(model: &Model<'_>) -> Vec<String> {
    let Some(settings) = model.context.state().config_map("argocd-cm") else { return Vec::new() };
    let mut out: Vec<String> = settings
        .keys()
        .filter_map(|key| key.strip_prefix("resource.customizations.health."))
        .map(|key| key.replacen('_', "/", 1))
        .collect();
    // The older form is one text of `group/kind:` blocks.
    let old = settings.get("resource.customizations").map(String::as_str).unwrap_or_default();
    if let Ok(serde_json::Value::Object(kinds)) = seatrial_yaml::goyaml::to_json(old) {
        let with_script = kinds.into_iter().filter(|(_, custom)| custom.get("health.lua").is_some());
        out.extend(with_script.map(|(kind, _)| kind));
    }
    out
}

/// Whether the rendered definition of a kind has no status to read.
fn has_no_status(view: &crate::rendered::View<'_>, group: &str, kind: &str) -> bool {
    let mut definitions = view.of_kind("apiextensions.k8s.io", "CustomResourceDefinition");
    let definition =
        definitions.find(|d| d.text("/spec/group") == group && d.text("/spec/names/kind") == kind);
    let versions = definition.and_then(|d| d.object.pointer("/spec/versions")?.as_array());
    versions.is_some_and(|versions| {
        versions.iter().all(|v| v.pointer("/schema/openAPIV3Schema/properties/status").is_none())
    })
}

/// Whether `group/kind` is one that a script is for; `*` stands for any text.
fn matches(script: &str, name: &str) -> bool {
    match script.split_once('*') {
        None => script == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| {
                let (_, tail) = rest.split_at(at);
                matches(after, tail)
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, matches};
    use crate::testing::{PLATFORM, Tester};

    #[test]
    fn kinds_that_have_a_script() {
        let object =
            |api: &str, kind: &str| format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let tester = Tester::new(&RULE);
        for (api, kind) in [
            ("apps/v1", "Deployment"),
            ("cert-manager.io/v1", "Certificate"),
            ("s3.aws.crossplane.io/v1", "Bucket"),
        ] {
            tester.finds_deployed(&object(api, kind), &[]);
        }
        tester.finds_deployed(
            &object("acme.dev/v1", "AgentPool"),
            &["Argo CD cannot tell the health of `acme.dev/AgentPool`"],
        );
        tester.finds_deployed_on(
            &PLATFORM.replace("{runsIn: hub}", "{runsIn: hub, version: 3.5.7}"),
            &object("s3.services.k8s.aws/v1alpha1", "Bucket"),
            &["`s3.services.k8s.aws/Bucket`"],
        );
    }

    #[test]
    fn stars_stand_for_any_text() {
        assert!(matches("*.crossplane.io/*", "s3.aws.crossplane.io/Bucket"));
        assert!(!matches("*.crossplane.io/*", "crossplane.io.acme/Bucket"));
        assert!(matches("a/b", "a/b") && !matches("a/b", "a/bc"));
    }
}
