//! An archive becomes files: `Untar` and `Untgz` of Argo CD.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use seatrial_helm::load::tar::{Entry, Reader, fault};

use super::root::{Root, Wrong};
use crate::strategicpatch::go_quote;

/// How much an archive may hold. A repo server takes ten times as much.
const MOST_BYTES: u64 = 100 << 20;
/// How much is read of what is no longer compressed, as with a repo server.
const MOST_READ: u64 = 1_000_000_000;
/// How long a path may be, as on a disk.
const LONGEST_PATH: usize = 4096;
/// How many folders the paths of all members may lead through.
const MOST_STEPS: usize = 2_000_000;

/// Why nothing comes of an archive.
pub(super) enum Fault {
    /// In Argo CD's words.
    Error(String),
    /// It holds more than is unpacked here.
    Large,
}

/// Unpacks an archive, which may be compressed.
pub(super) fn unpack(bytes: &[u8], zipped: bool) -> Result<Root, Fault> {
    if !zipped {
        return untar(bytes);
    }
    let header = match bytes {
        [] => Err("EOF"),
        [0x1F, 0x8B, 8, ..] if bytes.len() >= 10 => Ok(()),
        _ if bytes.len() < 10 => Err("unexpected EOF"),
        _ => Err("gzip: invalid header"),
    };
    header.map_err(|why| Fault::Error(format!("error reading file: {why}")))?;
    untar(MultiGzDecoder::new(bytes))
}

fn untar(archive: impl Read) -> Result<Root, Fault> {
    let mut root = Root::default();
    let mut tar = Reader::new(archive.take(MOST_READ));
    let mut left = MOST_BYTES;
    let iterating = |why: String| Fault::Error(format!("error while iterating on tar reader: {why}"));
    while let Some(entry) = tar.next_entry().map_err(|error| iterating(error.message))? {
        let paths = entry.name.len().max(entry.link.len());
        // What is told of a member counts too.
        let size = entry.size.saturating_add(512);
        if size > left || paths > LONGEST_PATH || root.steps() > MOST_STEPS {
            return Err(Fault::Large);
        }
        left -= size;
        let cleaned = clean(&entry.name);
        let name = cleaned.strip_prefix('/').unwrap_or(&cleaned);
        if name.is_empty() || name == "." {
            continue;
        }
        match entry.kind {
            b'5' => folders(&mut root, name)?,
            b'2' => link(&mut root, name, &entry)?,
            b'0' => {
                // A file whose name ends in a slash is a folder to Go.
                if entry.name.ends_with('/') {
                    folders(&mut root, name)?;
                    continue;
                }
                folders(&mut root, parent(name))?;
                let mut data = Vec::new();
                let read = tar.contents().read_to_end(&mut data);
                let opened = root.write(name, data.into());
                opened
                    .map_err(|why| Fault::Error(format!("error creating file {}: {why}", go_quote(name))))?;
                if let Err(error) = read {
                    return Err(Fault::Error(format!("error writing tgz file: {}", fault(&error).message)));
                }
            }
            _ => {}
        }
    }
    Ok(root)
}

fn folders(root: &mut Root, path: &str) -> Result<(), Fault> {
    root.make_folders(path).map_err(|why| Fault::Error(format!("error creating nested folders: {why}")))
}

/// A link may lead to what comes later, and not out; what it lies in must be no link.
fn link(root: &mut Root, name: &str, entry: &Entry) -> Result<(), Fault> {
    let folder = parent(name);
    let mut above = String::new();
    for part in folder.split('/').filter(|part| *part != ".") {
        if !above.is_empty() {
            above.push('/');
        }
        above.push_str(part);
        match root.is_link(&above) {
            Ok(false) => {}
            Ok(true) => {
                let (above, name) = (go_quote(&above), go_quote(name));
                return Err(Fault::Error(format!("illegal symlink parent directory {above} for {name}")));
            }
            Err(Wrong::Missing) => break,
            Err(wrong) => {
                let shown = go_quote(&above);
                return Err(Fault::Error(format!(
                    "error checking symlink parent {shown}: statat {above}: {}",
                    wrong.words()
                )));
            }
        }
    }
    folders(root, folder)?;
    let target = clean(&format!("{folder}/{}", clean(&entry.link)));
    match root.stat(&target) {
        Ok(()) | Err(Wrong::Missing) => {}
        Err(wrong) => {
            let shown = go_quote(&target);
            return Err(Fault::Error(format!(
                "error checking symlink {shown} target: statat {target}: {}",
                wrong.words()
            )));
        }
    }
    let relative = relative(folder, &target);
    if root.link(&relative, name) {
        return Ok(());
    }
    Err(Fault::Error(format!("error creating symlink: symlinkat {relative} {name}: file exists")))
}

/// Go's `path.Dir` of a clean path.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Go's `filepath.Rel` of two clean paths that do not lead out.
fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| *part != ".").map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let path: Vec<String> = up.chain(to.into_iter().skip(same)).collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of empty files.
    fn archive(names: impl Iterator<Item = String>) -> Vec<u8> {
        let mut tar = Vec::new();
        let mut member = |name: &str, kind: u8, content: &[u8]| {
            let mut header = vec![0_u8; 512];
            header.splice(..name.len(), name.bytes());
            header.splice(100..107, *b"0000644");
            header.splice(124..135, format!("{:011o}", content.len()).into_bytes());
            header[148..156].fill(b' ');
            header[156] = kind;
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header.splice(148..155, format!("{sum:06o}\0").into_bytes());
            tar.extend(header);
            tar.extend(content);
            tar.resize(tar.len().next_multiple_of(512), 0);
        };
        for name in names {
            member("long", b'L', name.as_bytes());
            member("file", b'0', &[]);
        }
        tar
    }

    #[test]
    fn archives_that_ask_for_too_much() {
        let large =
            |names: Vec<String>| matches!(unpack(&archive(names.into_iter()), false), Err(Fault::Large));
        assert!(!large(vec!["a/b".to_owned()]));
        assert!(large(vec!["a/".repeat(5000)]));
        let deep = |n: usize| (0..n).map(|i| format!("{}{i}", "d/".repeat(2000))).collect::<Vec<_>>();
        assert!(!large(deep(3)) && large(deep(1200)));
    }
}
