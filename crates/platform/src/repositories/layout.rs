//! What an OCI image layout holds: `oci-layout`, `index.json` and blobs by digest.

use std::sync::Arc;

use seatrial_argocd::{Registry, RepoAnswer};
use seatrial_source::Snapshot;
use serde_json::Value;

use super::charts::{Candidate, Content};

/// The media type of a chart's archive.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The media type of what describes a chart.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// What gives a manifest of the index its tag.
const TAG: &str = "org.opencontainers.image.ref.name";

/// A layout as the registry of one repository: it has what there is.
pub(super) struct Layout<'t>(pub(super) &'t dyn Snapshot);

impl Layout<'_> {
    /// The tags and digests of the index.
    fn manifests(&self) -> Result<Vec<(Option<String>, String)>, String> {
        let index = json(self.0, "index.json")?;
        let one = |entry: &Value| {
            let tag = entry.get("annotations").and_then(|annotations| annotations.get(TAG)?.as_str());
            Some((tag.map(str::to_owned), entry.get("digest")?.as_str()?.to_owned()))
        };
        Ok(index.get("manifests").and_then(Value::as_array).into_iter().flatten().filter_map(one).collect())
    }
}

impl Registry for Layout<'_> {
    fn resolve(&self, reference: &str) -> RepoAnswer<Option<String>> {
        let manifests = match self.manifests() {
            Ok(manifests) => manifests,
            Err(why) => return RepoAnswer::Unknown(format!("the index of an OCI layout: {why}")),
        };
        let is = |(tag, digest): &(Option<String>, String)| {
            tag.as_deref() == Some(reference) || digest == reference
        };
        RepoAnswer::Ok(manifests.into_iter().find(is).map(|(_, digest)| digest))
    }

    fn tags(&self) -> RepoAnswer<Vec<String>> {
        match self.manifests() {
            Ok(manifests) => RepoAnswer::Ok(manifests.into_iter().filter_map(|(tag, _)| tag).collect()),
            Err(why) => RepoAnswer::Unknown(format!("the index of an OCI layout: {why}")),
        }
    }

    fn blob(&self, digest: &str) -> RepoAnswer<Arc<[u8]>> {
        let missing = |why: String| RepoAnswer::Unknown(format!("{digest} of an OCI layout: {why}"));
        match path_of(digest).map(|path| self.0.bytes(&path)) {
            Some(Ok(bytes)) => RepoAnswer::Ok(bytes.into()),
            Some(Err(error)) => missing(error.to_string()),
            None => missing("it is no digest".to_owned()),
        }
    }
}

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
    path_of(descriptor.get("digest")?.as_str()?)
}

fn path_of(digest: &str) -> Option<String> {
    let (algorithm, hash) = digest.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain(algorithm) && plain(hash)).then(|| format!("blobs/{algorithm}/{hash}"))
}

fn json(tree: &dyn Snapshot, path: &str) -> Result<Value, String> {
    let bytes = tree.bytes(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))
}
