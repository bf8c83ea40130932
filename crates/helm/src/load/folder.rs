//! A chart's files from a folder: links followed, `.helmignore` respected.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::assemble::Manifest;
use super::ignore::Rules;
use super::{LoadOptions, Meter, RawFile, without_mark};
use crate::bounds::{option, raised_by};
use crate::error::Error;
use crate::version::HelmVersion;

/// The largest file that Helm loads up to 4.2.
pub(super) const LARGEST_FILE: u64 = 5 << 20;
/// The most that Helm loads of a chart.
pub(super) const LARGEST_CHART: u64 = 100 << 20;

/// Reads the files of the folder in the order in which Helm walks them.
pub(super) fn read(path: &Path, options: &LoadOptions, meter: &mut Meter<'_>) -> Result<Vec<RawFile>, Error> {
    let top = std::path::absolute(path).map_err(|error| Error::new(words(&error)))?;
    let rules = Rules::read(fs::read(top.join(".helmignore")).ok().as_deref())?;
    let mut walk =
        Walk { top: &top, shown: path, rules, options, meter, left: LARGEST_CHART, found: Vec::new() };
    let found = fs::symlink_metadata(&top)
        .map_err(|error| Error::new(format!("lstat {}: {}", top.display(), words(&error))))?;
    let walked = walk.visit(&top, "", &found, 0);
    // What cannot be read is told before what comes behind it on the walk.
    let files = read_all(&walk.found)?;
    walked.map(|()| files)
}

/// The least number of files that are worth another thread.
const ON_ONE_THREAD: usize = 32;

fn read_all(found: &[Found]) -> Result<Vec<RawFile>, Error> {
    let read = |found: &[Found]| {
        // Room that each file uses anew.
        let mut buffer = Vec::new();
        found.iter().map(|file| file.read(&mut buffer)).collect::<Result<Vec<_>, _>>()
    };
    if found.len() <= ON_ONE_THREAD {
        return read(found);
    }
    let parts: Result<Vec<_>, _> =
        found.par_chunks(ON_ONE_THREAD).map(read).collect::<Vec<_>>().into_iter().collect();
    Ok(parts?.into_iter().flatten().collect())
}

/// A file that the walk came by.
struct Found {
    path: PathBuf,
    name: String,
    shown: PathBuf,
}

impl Found {
    fn read(&self, buffer: &mut Vec<u8>) -> Result<RawFile, Error> {
        buffer.clear();
        let read = fs::File::open(&self.path).and_then(|mut file| file.read_to_end(buffer));
        read.map_err(|error| {
            Error::new(format!(
                "error reading {}: open {}: {}",
                self.name,
                self.path.display(),
                words(&error)
            ))
        })?;
        Ok(RawFile {
            name: self.name.clone(),
            data: without_mark(buffer).into(),
            source: self.shown.to_string_lossy().into(),
        })
    }
}

/// What Helm 4 looks at before anything else: `Chart.yaml`, whatever `.helmignore` says.
pub(super) fn manifest(path: &Path, files: &[RawFile]) -> Manifest {
    if let Some(file) = files.iter().find(|file| file.name == "Chart.yaml") {
        return Ok(Some(Arc::clone(&file.data)));
    }
    let top = std::path::absolute(path).unwrap_or_default();
    let name = top.join("Chart.yaml");
    match fs::read(&name) {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(error) => {
            let name = name.display();
            Err(Error::new(format!("unable to detect chart at {name}: open {name}: {}", words(&error))))
        }
    }
}

/// The files of a folder given as a list: in the order of a walk, without what `.helmignore` names.
pub(super) fn select(
    mut files: Vec<RawFile>,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
) -> Result<Vec<RawFile>, Error> {
    let ignore = files.iter().find(|file| file.name == ".helmignore");
    let rules = Rules::read(ignore.map(|file| &*file.data))?;
    files.sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
    let mut left = LARGEST_CHART;
    let mut chosen = Vec::with_capacity(files.len());
    for mut file in files {
        let folders = file.name.match_indices('/').filter_map(|(at, _)| file.name.get(..at));
        if folders.into_iter().any(|folder| rules.ignore(folder, true)) || rules.ignore(&file.name, false) {
            continue;
        }
        let size = file.data.len() as u64;
        within_bounds(&file.name, size, &mut left, options)?;
        meter.take(size)?;
        if file.data.starts_with(b"\xEF\xBB\xBF") {
            file.data = without_mark(&file.data).into();
        }
        chosen.push(file);
    }
    Ok(chosen)
}

/// Helm's own bounds: on a file up to 4.2, on the whole since.
fn within_bounds(name: &str, size: u64, left: &mut u64, options: &LoadOptions) -> Result<(), Error> {
    if options.version < HelmVersion::V4_3 {
        if size > LARGEST_FILE {
            let base = seatrial_gotemplate::quote(name.rsplit('/').next().unwrap_or(name).as_bytes());
            return Err(Error::new(format!(
                "chart file {base} is larger than the maximum file size {LARGEST_FILE}"
            )));
        }
        return Ok(());
    }
    *left = left.checked_sub(size).ok_or_else(|| {
        Error::new(format!(
            "error reading {name}: chart exceeds maximum decompressed size of {LARGEST_CHART} bytes"
        ))
    })?;
    Ok(())
}

/// An error of the system in Go's words.
pub(super) fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

struct Walk<'a, 'o> {
    top: &'a Path,
    /// The folder as it was named: places are shown below it.
    shown: &'a Path,
    rules: Rules,
    options: &'a LoadOptions,
    meter: &'a mut Meter<'o>,
    left: u64,
    found: Vec<Found>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, path: &Path, name: &str, found: &Metadata, depth: usize) -> Result<(), Error> {
        if depth > self.options.depth {
            let limit = self.options.depth;
            return Err(Error::limit(format!(
                "{}: folders lie more than {limit} deep{}",
                path.display(),
                raised_by(option::CHART_DEPTH)
            )));
        }
        if found.is_symlink() {
            let failed = |error: &io::Error, at: &Path| {
                Error::new(format!(
                    "error evaluating symlink {}: lstat {}: {}",
                    path.display(),
                    at.display(),
                    words(error)
                ))
            };
            let target = fs::metadata(path).map_err(|error| failed(&error, &missing(path)))?;
            return self.entry(path, name, &target, depth);
        }
        self.entry(path, name, found, depth)
    }

    fn entry(&mut self, path: &Path, name: &str, found: &Metadata, depth: usize) -> Result<(), Error> {
        if !name.is_empty() && self.rules.ignore(name, found.is_dir()) {
            return Ok(());
        }
        if found.is_dir() { self.folder(path, name, depth) } else { self.file(path, name, found) }
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), Error> {
        let failed = |error: &io::Error| Error::new(format!("open {}: {}", path.display(), words(error)));
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| failed(&error))? {
            names.push(entry.map_err(|error| failed(&error))?.file_name());
        }
        names.sort();
        for inner in names {
            let path = path.join(&inner);
            let inner = inner.to_string_lossy();
            let name = if name.is_empty() { inner.into_owned() } else { format!("{name}/{inner}") };
            let found = fs::symlink_metadata(&path)
                .map_err(|error| Error::new(format!("lstat {}: {}", path.display(), words(&error))))?;
            self.visit(&path, &name, &found, depth.saturating_add(1))?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str, found: &Metadata) -> Result<(), Error> {
        if !found.is_file() {
            return Err(Error::new(format!(
                "cannot load irregular file {} as it has file mode type bits set",
                path.display()
            )));
        }
        within_bounds(name, found.len(), &mut self.left, self.options)?;
        self.meter.take(found.len())?;
        let shown =
            path.strip_prefix(self.top).map_or_else(|_| path.to_owned(), |rest| self.shown.join(rest));
        self.found.push(Found { path: path.to_owned(), name: name.to_owned(), shown });
        Ok(())
    }
}

/// The path at which following a broken link ends.
fn missing(path: &Path) -> PathBuf {
    let mut at = path.to_owned();
    for _ in 0..255 {
        let Ok(target) = fs::read_link(&at) else { break };
        at = at.parent().unwrap_or(Path::new("/")).join(target);
    }
    let mut clean = PathBuf::new();
    for part in at.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}
