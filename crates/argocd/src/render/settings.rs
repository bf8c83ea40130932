//! What `argocd-cm` says about rendering.

use std::collections::BTreeMap;

use crate::world::State;

/// How resources are marked as an Application's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracking {
    Label,
    Annotation,
    AnnotationAndLabel,
}

/// The settings, with their defaults.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `application.instanceLabelKey`.
    pub(super) label_key: String,
    /// `application.resourceTrackingMethod`; what it does not know is tracked by annotation.
    pub(super) tracking: Tracking,
    /// `installationID`.
    pub(super) installation: String,
    /// `helm.enable`, `kustomize.enable`, `jsonnet.enable` (which turns off Jsonnet in folders).
    pub(super) helm: bool,
    pub(super) kustomize: bool,
    pub(super) jsonnet: bool,
    /// `helm.valuesFileSchemes`.
    pub(super) schemes: Vec<String>,
}

impl Settings {
    /// Reads the ConfigMap of a state.
    pub(super) fn new(state: &State) -> Self {
        let empty = BTreeMap::new();
        let data = state.config_map("argocd-cm").unwrap_or(&empty);
        let text = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
        let enabled = |key: &str| matches!(text(key), "" | "true");
        let label_key = match text("application.instanceLabelKey") {
            "" => "app.kubernetes.io/instance",
            key => key,
        };
        let schemes = data.get("helm.valuesFileSchemes").map_or("https,http", String::as_str);
        Self {
            label_key: label_key.to_owned(),
            tracking: match text("application.resourceTrackingMethod") {
                "label" => Tracking::Label,
                "annotation+label" => Tracking::AnnotationAndLabel,
                _ => Tracking::Annotation,
            },
            installation: text("installationID").to_owned(),
            helm: enabled("helm.enable"),
            kustomize: enabled("kustomize.enable"),
            jsonnet: enabled("jsonnet.enable"),
            schemes: schemes.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        }
    }
}
