//! OCI artifacts in a layout: lines with a revision and a pattern, the index, the manifest (whose layer is `sha256:1`), and
//! the bytes of that layer, as they are and inside a sound gzip stream; each part ends with a line of `---`.
#![no_main]

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use seatrial_argocd::{
    ChartRequest, Fixtures, Flags, Limits, RepoAnswer, Repositories, State, Version, World, expand,
};
use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot};
use serde_json::json;

const URL: &str = "oci://reg.example.com/team/apps";
const PLATFORM: &str = "repositories:\n  oci://reg.example.com/team/apps: {path: layout, type: oci}\n";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut part = || {
        let end = rest.windows(5).position(|w| w == b"\n---\n")?;
        let part = &rest[..end];
        rest = &rest[end + 5..];
        Some(part)
    };
    let (Some(asked), Some(index), Some(manifest)) = (part(), part(), part()) else { return };
    let Ok(asked) = std::str::from_utf8(asked) else { return };
    let (revision, pattern) = asked.split_once('\n').unwrap_or((asked, "**"));
    look(revision, pattern, index, manifest, rest);
    // The compression of a mutated stream rarely holds, so the bytes are tried as what is within one, too.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    if encoder.write_all(rest).is_ok()
        && let Ok(packed) = encoder.finish()
    {
        look(revision, pattern, index, manifest, &packed);
    }
});

fn look(revision: &str, pattern: &str, index: &[u8], manifest: &[u8], layer: &[u8]) {
    let mut tree = Memory::new();
    tree.insert("seatrial.yaml", PLATFORM).insert("layout/oci-layout", "{}");
    tree.insert_bytes("layout/index.json", index.to_vec());
    tree.insert_bytes("layout/blobs/sha256/0", manifest.to_vec());
    tree.insert_bytes("layout/blobs/sha256/1", layer.to_vec());
    let tree: Arc<dyn Snapshot> = Arc::new(tree);
    let platform = Platform::from_tree(&tree, "seatrial.yaml").expect("the platform file");
    let repositories = platform.repository_set(None);
    let chart = ChartRequest { url: URL, chart: "apps", version: revision, pass_credentials: false };
    let _ = Repositories::chart(&repositories, &chart);
    if let RepoAnswer::Ok(artifact) = Repositories::artifact(&repositories, URL, revision) {
        for path in artifact.contents.keys().chain(artifact.entries.iter().map(|entry| &entry.path)) {
            assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
        }
    }
    let set = |what: &str| {
        json!({"metadata": {"name": "s"}, "spec": {
            "goTemplate": true,
            "generators": [{"oci": {"repoURL": URL, "revision": revision, what: [{"path": pattern}]}}],
            "template": {"metadata": {"name": "{{.path.basename}}"}, "spec": {"project": "default"}},
        }})
    };
    let (state, fixtures) = (State::new("argocd", Vec::new()), Fixtures::default());
    let world = World {
        namespace: "argocd".to_owned(),
        version: Version::NEWEST,
        flags: Flags::default(),
        state: &state,
        repositories: &repositories,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let limits = Limits { parameter_sets: 500, ..Limits::default() };
    for what in ["directories", "files"] {
        let _ = expand(&set(what), &world, &limits);
    }
}
