//! Schema: Argo CD's own kinds, at the version that the platform runs.

use seatrial_trial::Rule;
use seatrial_yaml::Path;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[];

/// Fields of an Application that are numbers or booleans: no string, and so no placeholder, can stand there.
const TYPED: [&str; 18] = [
    "spec.revisionHistoryLimit",
    "spec.syncPolicy.automated.prune",
    "spec.syncPolicy.automated.selfHeal",
    "spec.syncPolicy.automated.allowEmpty",
    "spec.syncPolicy.automated.enabled",
    "spec.syncPolicy.retry.limit",
    "spec.syncPolicy.retry.refresh",
    "spec.syncPolicy.retry.backoff.factor",
    "spec.source.directory.recurse",
    "spec.source.helm.ignoreMissingValueFiles",
    "spec.source.helm.passCredentials",
    "spec.source.helm.skipCrds",
    "spec.source.helm.skipSchemaValidation",
    "spec.source.helm.skipTests",
    "spec.source.kustomize.commonAnnotationsEnvsubst",
    "spec.source.kustomize.forceCommonAnnotations",
    "spec.source.kustomize.forceCommonLabels",
    "spec.source.kustomize.labelWithoutSelector",
];

/// Whether a field of an Application can hold no string.
pub(crate) fn typed(field: &Path) -> bool {
    TYPED.contains(&field.to_string().as_str())
}
