//! The layer of an artifact that holds its files: `extract` of Argo CD's OCI client.

use serde_json::Value;

use super::Registry;
use super::root::Root;
use super::unpack::{Fault, unpack};
use crate::world::RepoAnswer;

/// What says that an artifact is a chart, and which of its layers is the chart.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The layers that a repo server takes, unless it is told otherwise.
const ALLOWED: [&str; 3] =
    ["application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip", CHART_LAYER];
const MOST_LAYERS: usize = 10;

/// The files of the artifact whose manifest has that digest.
pub(super) fn files(registry: &dyn Registry, digest: &str) -> RepoAnswer<Root> {
    let bytes = match registry.blob(digest) {
        RepoAnswer::Ok(bytes) => bytes,
        RepoAnswer::Error(why) => return RepoAnswer::Error(why),
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else {
        return RepoAnswer::Unknown(format!("the manifest {digest}: it is no JSON"));
    };
    let layers = manifest.get("layers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if layers.len() > MOST_LAYERS {
        return refused(format!("expected no more than {MOST_LAYERS} oci layers, got {}", layers.len()));
    }
    let is_chart = manifest.get("config").is_some_and(|config| media_type(config) == CHART_CONFIG);
    let holds = |layer: &&Value| {
        if is_chart { media_type(layer) == CHART_LAYER } else { compressed(media_type(layer)).is_some() }
    };
    let content: Vec<&Value> = layers.iter().filter(holds).collect();
    if let Some(other) = content.iter().map(|layer| media_type(layer)).find(|kind| !ALLOWED.contains(kind)) {
        return refused(format!("oci layer media type {other} is not in the list of allowed media types"));
    }
    let [layer] = content.as_slice() else {
        return refused(format!("expected only a single oci content layer, got {}", content.len()));
    };
    let Some(blob) = layer.get("digest").and_then(Value::as_str) else {
        return RepoAnswer::Unknown(format!("the layer of {digest}, which has no digest"));
    };
    let zipped = compressed(media_type(layer)) == Some(true);
    let unpacked = match registry.blob(blob) {
        RepoAnswer::Ok(bytes) => unpack(&bytes, zipped),
        RepoAnswer::Error(why) => return RepoAnswer::Error(why),
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    let pushed = |why: String| {
        refused(format!(
            "cannot extract contents of oci image with revision {digest}: failed to perform \"Push\" on destination: {why}"
        ))
    };
    let root = match unpacked {
        Ok(root) => root,
        Err(Fault::Error(why)) => return pushed(format!("could not decompress layer: {why}")),
        Err(Fault::Large) => {
            return RepoAnswer::Unknown(format!("the layer {blob}: it holds more than is unpacked here"));
        }
    };
    if media_type(layer) != CHART_LAYER {
        return RepoAnswer::Ok(root);
    }
    match root.chart() {
        Ok(chart) => RepoAnswer::Ok(chart),
        Err(found) => pushed(format!("expected 1 directory, found {found}")),
    }
}

fn refused(why: String) -> RepoAnswer<Root> {
    RepoAnswer::Error(why)
}

fn media_type(descriptor: &Value) -> &str {
    descriptor.get("mediaType").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a layer is an archive, and if so whether it is compressed.
fn compressed(media_type: &str) -> Option<bool> {
    if media_type.ends_with("tar+gzip") || media_type.ends_with("tar.gzip") {
        return Some(true);
    }
    media_type.ends_with("tar").then_some(false)
}
