//! Charts from folders, archives and any other set of files.
//!
//! What Helm bounds is refused in its words; what it does not, by [`LoadOptions`] in ours.

mod archive;
mod assemble;
mod folder;
pub(crate) mod gostruct;
mod ignore;
mod match_path;
pub(crate) mod metadata;
mod sniff;
pub mod tar;

use std::path::Path;
use std::sync::Arc;

pub(crate) use archive::clean;
pub use archive::{archive, members};

use crate::bounds::{Bounds, option, raised_by};
use crate::chart::Chart;
use crate::error::Error;
use crate::version::HelmVersion;

/// How charts are loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Which Helm is reproduced.
    pub version: HelmVersion,
    /// Bytes of all files together, decompressed, those of archives within the chart included. Helm's own bounds hold besides.
    pub bytes: u64,
    /// Files of the chart and of all charts within it.
    pub files: usize,
    /// Charts within charts, and folders within folders.
    pub depth: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Bounds::default().load(HelmVersion::default())
    }
}

/// A file of a chart before it is sorted into its place.
#[derive(Clone, Debug)]
pub struct RawFile {
    /// Its path within the chart, with `/`.
    pub name: String,
    /// Its bytes.
    pub data: Arc<[u8]>,
    /// Where a person finds it; see [`File::source`](crate::File::source).
    pub source: Arc<str>,
}

/// Loads what stands as the chart on a command line: a folder or an archive.
pub fn path(path: &Path, options: &LoadOptions) -> Result<Chart, Error> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => folder(path, options),
        Ok(_) => archive::file(path, options),
        Err(error) => Err(Error::new(format!("stat {}: {}", path.display(), folder::words(&error)))),
    }
}

/// Loads a folder or an archive as `helm lint` does: without the look at the API version that Helm 4 takes first elsewhere.
pub(crate) fn linted(path: &Path, options: &LoadOptions) -> Result<Chart, Error> {
    let mut meter = Meter::new(options);
    let read = if path.is_dir() {
        folder::read(path, options, &mut meter)?
    } else {
        let name = path.to_string_lossy();
        let bytes = std::fs::read(path).map_err(|error| Error::new(format!("open {name}: {error}")))?;
        archive::unpack(&bytes, &name, options, &mut meter)?
    };
    assemble::root(read, Ok(None), options, &mut meter)
}

/// Loads a folder as Helm does: links are followed, `.helmignore` holds, files that are not regular are refused.
pub fn folder(path: &Path, options: &LoadOptions) -> Result<Chart, Error> {
    let mut meter = Meter::new(options);
    let files = folder::read(path, options, &mut meter)?;
    let manifest = folder::manifest(path, &files);
    assemble::root(files, manifest, options, &mut meter)
}

/// Loads the files of a folder that does not lie on a disk, such as a Git tree; `.helmignore` holds.
pub fn tree(files: Vec<RawFile>, options: &LoadOptions) -> Result<Chart, Error> {
    let mut meter = Meter::new(options);
    let files = folder::select(files, options, &mut meter)?;
    let manifest = folder::manifest(Path::new(""), &files);
    assemble::root(files, manifest, options, &mut meter)
}

/// Loads files that already are a chart's, as `LoadFiles` does.
pub fn files(files: Vec<RawFile>, options: &LoadOptions) -> Result<Chart, Error> {
    let mut meter = Meter::new(options);
    for file in &files {
        meter.take(file.data.len() as u64)?;
    }
    assemble::root(files, Ok(None), options, &mut meter)
}

/// What is left of our own bounds.
struct Meter<'o> {
    options: &'o LoadOptions,
    bytes: u64,
    files: usize,
}

impl<'o> Meter<'o> {
    fn new(options: &'o LoadOptions) -> Self {
        Self { options, bytes: options.bytes, files: options.files }
    }

    /// Accounts for a file of this many bytes.
    fn take(&mut self, bytes: u64) -> Result<(), Error> {
        let Some(rest) = self.bytes.checked_sub(bytes) else {
            let limit = self.options.bytes;
            let how = raised_by(option::CHART_BYTES);
            return Err(Error::limit(format!("the chart is larger than {limit} bytes{how}")));
        };
        let Some(files) = self.files.checked_sub(1) else {
            let limit = self.options.files;
            let how = raised_by(option::CHART_FILES);
            return Err(Error::limit(format!("the chart has more than {limit} files{how}")));
        };
        (self.bytes, self.files) = (rest, files);
        Ok(())
    }
}

/// The bytes without a byte order mark.
fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data)
}
