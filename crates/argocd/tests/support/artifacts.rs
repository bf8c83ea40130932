//! The artifacts of a case, as its registry has them.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use flate2::{Compression, write::GzEncoder};
use seatrial_argocd::{Registry, RepoAnswer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A registry with one repository.
#[derive(Default)]
pub(crate) struct Artifacts {
    blobs: BTreeMap<String, Arc<[u8]>>,
    tags: BTreeMap<String, String>,
}

impl Artifacts {
    /// The list that a case gives for a repository.
    pub(crate) fn new(artifacts: &[Value]) -> Self {
        let mut out = Self::default();
        for artifact in artifacts {
            let mut layers = Vec::new();
            for layer in artifact["layers"].as_array().into_iter().flatten() {
                let kind = layer["mediaType"].as_str().unwrap_or(LAYER);
                let data = match layer["content"].as_str() {
                    Some(content) => content.as_bytes().to_vec(),
                    None => packed(layer["entries"].as_array().map_or(&[], Vec::as_slice), kind),
                };
                layers.push(json!({"mediaType": kind, "digest": out.put(data)}));
            }
            let config = artifact["configType"].as_str().unwrap_or("application/vnd.oci.empty.v1+json");
            let manifest = json!({"schemaVersion": 2, "config": {"mediaType": config}, "layers": layers});
            let digest = out.put(manifest.to_string().into_bytes());
            for tag in artifact["tags"].as_array().into_iter().flatten() {
                out.tags.insert(tag.as_str().unwrap().to_owned(), digest.clone());
            }
        }
        out
    }

    fn put(&mut self, data: Vec<u8>) -> String {
        let digest = format!("sha256:{:x}", Sha256::digest(&data));
        self.blobs.insert(digest.clone(), data.into());
        digest
    }
}

impl Registry for Artifacts {
    fn resolve(&self, reference: &str) -> RepoAnswer<Option<String>> {
        let digest = self.blobs.contains_key(reference).then(|| reference.to_owned());
        RepoAnswer::Ok(digest.or_else(|| self.tags.get(reference).cloned()))
    }

    fn tags(&self) -> RepoAnswer<Vec<String>> {
        RepoAnswer::Ok(self.tags.keys().cloned().collect())
    }

    fn blob(&self, digest: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Ok(Arc::clone(&self.blobs[digest]))
    }
}

/// An archive of entries: folders end in a slash, links have a target.
fn packed(entries: &[Value], kind: &str) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        let (name, link, content) = (text("name"), text("link"), text("content").as_bytes());
        if name.len() > 100 {
            member(&mut tar, "././@LongLink", b'L', "", name.as_bytes());
        }
        let kind = match (link, name.ends_with('/')) {
            ("", true) => b'5',
            ("", false) => b'0',
            _ => b'2',
        };
        member(&mut tar, name, kind, link, content);
    }
    tar.resize(tar.len() + 1024, 0);
    if !kind.ends_with("gzip") {
        return tar;
    }
    let mut zip = GzEncoder::new(Vec::new(), Compression::default());
    zip.write_all(&tar).unwrap();
    zip.finish().unwrap()
}

fn member(tar: &mut Vec<u8>, name: &str, kind: u8, link: &str, content: &[u8]) {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(124, format!("{:011o}", content.len()).as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    tar.extend(header);
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}
