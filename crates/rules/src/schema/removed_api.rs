use seatrial_kubernetes::{Lifetime, Version, lifetime};
use seatrial_trial::{Model, Severity, Sink};
use seatrial_yaml::Path;

use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::subject::scope;

declare_rule! {
    /// Finds rendered resources of an API that the cluster does not serve.
    ///
    /// ## What it does
    /// Looks up the `apiVersion` and kind of every rendered resource among the APIs of Kubernetes 1.31 to 1.37 and those removed
    /// before. Fires when the cluster's release (`kubernetes:`) has removed it, or does not have it yet; when the release is not
    /// stated, when no supported release has it; as a warning, when the next release is the one that removes it.
    ///
    /// ## Why it is bad
    /// The sync fails: `no matches for kind "Ingress" in version "extensions/v1beta1"`. Nothing of the Application is applied.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: policy/v1beta1     # removed in 1.25
    /// kind: PodDisruptionBudget
    /// ```
    ///
    /// ## How to fix
    /// Use the API that took its place, or a chart version that does.
    ///
    /// ## When to ignore
    /// Never.
    "removed-api", Schema, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let rendered = Rendered::each(model, |view, resource, out| {
        let (api, kind) = (resource.text("/apiVersion"), resource.kind());
        let Some(lifetime) = lifetime(api, kind) else { return };
        let fact = scope(model, view.application).kubernetes();
        let version = fact.as_ref().and_then(|fact| Version::parse(fact.value));
        let Some((message, severity)) = verdict(api, kind, &lifetime, version) else { return };
        let help = match &lifetime.replacement {
            Some(replacement) => format!("Use `{replacement}`."),
            None if lifetime.removed.is_some() => "No API took its place.".to_owned(),
            None => "Use an API that this release serves.".to_owned(),
        };
        let mut fault = Fault::new(Path::keys(["apiVersion"]), format!("{api}/{kind}"), message);
        if let Some(fact) = &fact {
            fault = fault.fact(fact);
        }
        if let Some(replacement) = &lifetime.replacement {
            fault = fault.mend(Some(Mend::new("use the API that took its place", replacement.as_str())));
        }
        out.push(fault.help(help).severity(severity));
    });
    rendered.report(model, out);
}

/// What is wrong with an API on a release; `None` for a release that nobody has stated.
fn verdict(
    api: &str,
    kind: &str,
    lifetime: &Lifetime,
    version: Option<Version>,
) -> Option<(String, Severity)> {
    let name = format!("`{api}` {kind}");
    match (lifetime.removed, lifetime.introduced, version) {
        (Some(gone), _, Some(version)) if gone <= version => {
            Some((format!("{name} was removed in Kubernetes {gone}, and this is {version}"), Severity::Error))
        }
        (Some(gone), _, None) if gone <= Version::OLDEST => {
            Some((format!("{name} was removed in Kubernetes {gone}"), Severity::Error))
        }
        (_, Some(first), Some(version)) if first > version => {
            Some((format!("{name} comes with Kubernetes {first}, and this is {version}"), Severity::Error))
        }
        (Some(gone), _, Some(version)) if gone == version.next() => Some((
            format!("{name} goes with Kubernetes {gone}, the release after this one"),
            Severity::Warning,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester};

    #[test]
    fn by_release() {
        let object =
            |api: &str, kind: &str| format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&object("policy/v1", "PodDisruptionBudget"), &[]);
        tester.finds_deployed(
            &object("policy/v1beta1", "PodDisruptionBudget"),
            &["`policy/v1beta1` PodDisruptionBudget was removed in Kubernetes 1.25 (PodDisruptionBudget x)"],
        );
        let on = |release: &str| {
            PLATFORM.replace("    sync: manual", &format!("    kubernetes: '{release}'\n    sync: manual"))
        };
        let flow = object("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema");
        tester.finds_deployed(&flow, &[]);
        tester.finds_deployed_on(&on("1.31"), &flow, &["goes with Kubernetes 1.32, the release after"]);
        tester.finds_deployed_on(&on("1.35"), &flow, &["was removed in Kubernetes 1.32, and this is 1.35"]);
        let claim = object("resource.k8s.io/v1", "ResourceClaim");
        tester.finds_deployed_on(&on("1.33"), &claim, &["comes with Kubernetes 1.34, and this is 1.33"]);
    }
}
