//! Charts in an OCI image layout: `oci-layout`, `index.json` and blobs by digest.

use seatrial_source::Snapshot;
use serde_json::Value;

use super::charts::{Candidate, Content};

/// The media type of a chart's archive.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The media type of what describes a chart.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// The charts of a name, in the order of the index.
pub(super) fn charts(tree: &dyn Snapshot, name: &str) -> Result<Vec<Candidate>, String> {
    let index = json(tree, "index.json")?;
    let mut found = Vec::new();
    for entry in index.get("manifests").and_then(Value::as_array).into_iter().flatten() {
        let Some(manifest) = blob(entry).map(|path| json(tree, &path)).transpose()? else { continue };
        let config = manifest.get("config").filter(|config| media_type(config) == Some(CONFIG));
        let Some(config) = config.and_then(blob).map(|path| json(tree, &path)).transpose()? else {
            continue;
        };
        let text = |key: &str| config.get(key).and_then(Value::as_str);
        if text("name") != Some(name) {
            continue;
        }
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        let archive = layers.filter(|layer| media_type(layer) == Some(CHART)).find_map(blob);
        found.push(Candidate {
            version: text("version").unwrap_or_default().to_owned(),
            content: archive.filter(|path| tree.exists(path)).map_or(Content::Elsewhere, Content::Archive),
        });
    }
    Ok(found)
}

fn media_type(descriptor: &Value) -> Option<&str> {
    descriptor.get("mediaType")?.as_str()
}

/// Where a descriptor's blob is.
fn blob(descriptor: &Value) -> Option<String> {
    let (algorithm, hash) = descriptor.get("digest")?.as_str()?.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain(algorithm) && plain(hash)).then(|| format!("blobs/{algorithm}/{hash}"))
}

fn json(tree: &dyn Snapshot, path: &str) -> Result<Value, String> {
    let bytes = tree.bytes(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))
}
