//! Check 3: do Applications deploy into the right namespaces, and is there in them what they need?

mod namespace_mismatch;
mod namespace_without_secret;
mod unknown_namespace;

use seatrial_trial::{Application, Rule};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] =
    &[&namespace_mismatch::RULE, &unknown_namespace::RULE, &namespace_without_secret::RULE];

/// Whether Argo CD is asked to make the target namespace.
pub(crate) fn creates_namespace(application: &Application) -> bool {
    let options =
        application.json.pointer("/spec/syncPolicy/syncOptions").and_then(serde_json::Value::as_array);
    options.into_iter().flatten().any(|o| o.as_str() == Some("CreateNamespace=true"))
}
