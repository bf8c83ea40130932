//! What `helm template` writes.

use seatrial_gotemplate::glob::gopath;

use super::{CrdFile, Manifest, Release, split, split::trim_end, split::trim_start};
use crate::error::Error;
use crate::options::Options;
use crate::version::HelmVersion;

impl Release {
    /// The standard output of `helm template`, byte for byte: the CRDs if they are asked for, the manifests, then the
    /// hooks that are asked for.
    pub fn to_text(&self, options: &Options) -> Vec<u8> {
        let mut text = Vec::new();
        if options.include_crds {
            for CrdFile { path, data, .. } in &self.crds {
                document(&mut text, path, data);
            }
        }
        for manifest in &self.manifests {
            document(&mut text, &manifest.path, manifest.content());
        }
        let mut out = trim_start(trim_end(&text)).to_vec();
        out.push(b'\n');
        for hook in self.hooks_shown(options) {
            document(&mut out, &hook.path, hook.content());
        }
        out
    }

    /// What `--output-dir` writes: the names of files in the folder and their bytes, in the order of writing; the
    /// documents of one template go to one file.
    pub fn to_files(&self, options: &Options) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let crds = self.crds.iter().filter(|_| options.include_crds);
        let crds = crds.map(|crd| (crd.path.as_str(), &*crd.data));
        let manifests = self.manifests.iter().chain(self.hooks_shown(options));
        for (path, content) in crds.chain(manifests.map(|manifest| (&*manifest.path, manifest.content()))) {
            let at = match files.iter().position(|(name, _)| name == path) {
                Some(at) => at,
                None => {
                    files.push((path.to_owned(), Vec::new()));
                    files.len() - 1
                }
            };
            if let Some((_, text)) = files.get_mut(at) {
                document(text, path, content);
            }
        }
        files
    }

    fn hooks_shown(&self, options: &Options) -> impl Iterator<Item = &Manifest> {
        let shown = |hook: &&super::Hook| !(options.skip_tests && hook.is_test());
        self.hooks.iter().filter(|_| !options.no_hooks).filter(shown).map(|hook| &hook.manifest)
    }
}

fn document(out: &mut Vec<u8>, path: &str, content: &[u8]) {
    out.extend_from_slice(b"---\n# Source: ");
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(content);
    out.push(b'\n');
}

/// What `--show-only` leaves of [`Release::to_text`]: the documents whose template, seen from the chart, matches a
/// pattern of Go's `filepath.Match`. Fails when a pattern matches none, in Helm's words.
pub fn show_only(text: &[u8], patterns: &[String], version: HelmVersion) -> Result<Vec<u8>, Error> {
    let parts: Vec<(&[u8], String)> = split(text, version)
        .into_iter()
        .filter_map(|range| text.get(range))
        .filter_map(|part| Some((part, template_of(part)?)))
        .collect();
    let mut out = Vec::new();
    for pattern in patterns {
        let mut missing = true;
        for (part, _) in parts.iter().filter(|(_, name)| gopath::matches(pattern, name) == Ok(true)) {
            missing = false;
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(part);
            out.push(b'\n');
        }
        if missing {
            return Err(Error::new(format!("could not find template {pattern} in chart")));
        }
    }
    Ok(out)
}

/// The first `# Source: CHART/…` anywhere in a document, without the chart.
fn template_of(part: &[u8]) -> Option<String> {
    for line in part.split(|byte| *byte == b'\n') {
        for at in memchr::memmem::find_iter(line, b"# Source: ") {
            let path = line.get(at + 10..)?;
            let slash = path.iter().position(|byte| *byte == b'/').filter(|at| *at > 0);
            if let Some(name) = slash.and_then(|at| path.get(at + 1..)).filter(|name| !name.is_empty()) {
                return Some(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    None
}
