use seatrial_trial::{Model, Sink};
use serde_json::Value;

use crate::subject::{is_template, path};

declare_rule! {
    /// Finds Applications that mix up Argo CD's namespace, `default` and the target namespace.
    ///
    /// ## What it does
    /// Fires when an Application deploys its workload into Argo CD's own namespace, when it names no target namespace,
    /// when Helm is told another namespace than the destination, or when the name breaks `conventions.namespace`.
    ///
    /// ## Why it is bad
    /// `metadata.namespace` is where the Application object lives, `destination.namespace` where its resources go. Mixed up,
    /// workloads land beside Argo CD or in `default`.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   server: https://kubernetes.default.svc
    ///   namespace: argocd      # the agent would run beside Argo CD
    /// ```
    ///
    /// ## How to fix
    /// Give the target namespace in `spec.destination.namespace`, and leave `metadata.namespace` to Argo CD's own.
    ///
    /// ## When to ignore
    /// For an Application that manages Argo CD itself, or other Applications (app of apps: those are left out).
    "namespace-mismatch", Namespace, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let target = application.text("/spec/destination/namespace");
        if is_template(target) {
            continue;
        }
        let at = path("spec.destination.namespace");
        for (pointer, source) in application.sources() {
            let helm = source.pointer("/helm/namespace").and_then(Value::as_str).unwrap_or_default();
            if !helm.is_empty() && helm != target && !target.is_empty() {
                let field = seatrial_yaml::Path::from_pointer(&format!("{pointer}/helm/namespace")).unwrap_or_default();
                let finding = out
                    .finding(
                        model.locate(application, &field).span,
                        format!("Helm renders for namespace `{helm}`, but the Application deploys to `{target}`"),
                    )
                    .help("Leave `helm.namespace` out: the destination's namespace is used.")
                    .field(field.to_string())
                    .key(helm);
                out.push_for(application, finding);
            }
        }
        let Some(convention) = &model.platform().conventions.namespace else { continue };
        let Some(expected) = crate::naming::filled(convention, model, application) else { continue };
        if !target.is_empty() && target != expected && application.environment.is_some() {
            let finding = out
                .finding(
                    model.locate(application, &at).span,
                    format!("namespace `{target}` is not what the convention `{convention}` gives: `{expected}`"),
                )
                .help(format!("Use `{expected}`."))
                .field(at.to_string())
                .key(target)
                .fact("conventions.namespace", Some(convention.span));
            out.push_for(application, finding);
        }
    }
}
