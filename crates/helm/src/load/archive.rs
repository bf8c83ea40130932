//! Chart archives: gzip around tar, one folder inside.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::folder::{LARGEST_CHART, LARGEST_FILE, words};
use super::tar::{Entry, Reader};
use super::{LoadOptions, Meter, RawFile, assemble, sniff, without_mark};
use crate::chart::Chart;
use crate::error::Error;
use crate::version::HelmVersion;

/// Loads an archive that lies on a disk, with the checks `helm` makes of a chart that is a file.
pub(super) fn file(path: &Path, options: &LoadOptions) -> Result<Chart, Error> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| Error::new(format!("open {name}: {}", words(&error))))?;
    let kind = sniff::content_type(&bytes);
    if kind != "application/x-gzip" && !bytes.starts_with(b"\x1F\x8B\x08") {
        if path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml") {
            return Err(Error::new(format!(
                "file '{name}' seems to be a YAML file, but expected a gzipped archive"
            )));
        }
        return Err(Error::new(format!(
            "file '{name}' does not appear to be a gzipped archive; got '{kind}'"
        )));
    }
    archive(&bytes, &path.to_string_lossy(), options)
}

/// Loads an archive from its bytes; `name` is where a person finds it.
pub fn archive(bytes: &[u8], name: &str, options: &LoadOptions) -> Result<Chart, Error> {
    let mut meter = Meter::new(options);
    let files = match unpack(bytes, name, options, &mut meter) {
        Ok(files) => files,
        Err(error) if error.message == BAD_HEADER => {
            return Err(Error::new(format!(
                "file '{name}' does not appear to be a valid chart file (details: {BAD_HEADER})"
            )));
        }
        Err(error) if error.limit || options.version == HelmVersion::V3_19 => return Err(error),
        Err(_) => return Err(Error::new("unable to load chart archive")),
    };
    let manifest = match files.iter().find(|file| file.name == "Chart.yaml") {
        Some(file) => Ok(Some(Arc::clone(&file.data))),
        None => Err(Error::new("unable to detect chart version, no Chart.yaml found")),
    };
    assemble::root(files, manifest, options, &mut meter)
}

/// The files of an archive by their paths within the chart, with the checks of Helm's `LoadArchiveFiles`.
pub fn members(bytes: &[u8], name: &str, options: &LoadOptions) -> Result<Vec<RawFile>, Error> {
    unpack(bytes, name, options, &mut Meter::new(options))
}

const BAD_HEADER: &str = "gzip: invalid header";

pub(super) fn unpack(
    bytes: &[u8],
    name: &str,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
) -> Result<Vec<RawFile>, Error> {
    if bytes.is_empty() {
        return Err(Error::new("EOF"));
    }
    if !bytes.starts_with(b"\x1F\x8B\x08") {
        return Err(Error::new(BAD_HEADER));
    }
    let largest = || {
        let what = if options.version == HelmVersion::V3_19 { "maximum file size" } else { "maximum size" };
        Error::new(format!("decompressed chart is larger than the {what} {LARGEST_CHART}"))
    };
    let mut tar = Reader::new(MultiGzDecoder::new(bytes));
    let mut left = LARGEST_CHART;
    let mut files = Vec::new();
    while let Some(entry) = tar.next_entry()? {
        if entry.is_folder() || entry.is_header() {
            continue;
        }
        let path = inner_path(&entry)?;
        if entry.size > left {
            return Err(largest());
        }
        if options.version < HelmVersion::V4_3 && entry.size > LARGEST_FILE {
            let name = seatrial_gotemplate::quote(entry.name.as_bytes());
            return Err(Error::new(format!(
                "decompressed chart file {name} is larger than the maximum file size {LARGEST_FILE}"
            )));
        }
        meter.take(entry.size)?;
        let mut data = Vec::new();
        tar.contents().read_to_end(&mut data).map_err(|error| super::tar::fault(&error))?;
        left = left.saturating_sub(data.len() as u64);
        if left == 0 {
            return Err(largest());
        }
        let source = format!("{name}!{}", entry.name).into();
        files.push(RawFile { name: path, data: without_mark(&data).into(), source });
    }
    if files.is_empty() { Err(Error::new("no files in chart archive")) } else { Ok(files) }
}

/// The path within the chart: without the first folder, cleaned, and refused where it leads out.
fn inner_path(entry: &Entry) -> Result<String, Error> {
    let name = &entry.name;
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(Error::new("chart illegally contains absolute paths"));
    }
    let path = clean(&rest);
    if path == "." {
        let name = seatrial_gotemplate::quote(name.as_bytes());
        return Err(Error::new(format!(
            "chart illegally contains content outside the base directory: {name}"
        )));
    }
    if path.starts_with("..") {
        return Err(Error::new("chart illegally references parent directory"));
    }
    if let [letter, b':', b'/', ..] = path.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Err(Error::new("chart contains illegally named files"));
    }
    if first == "Chart.yaml" {
        return Err(Error::new("chart yaml not in base directory"));
    }
    Ok(path)
}

/// Go's `path.Clean` of a relative path.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, want) in
            [("", "."), ("a//b/./c", "a/b/c"), ("a/../..", ".."), ("a/../b", "b"), ("../../x", "../../x")]
        {
            assert_eq!(clean(path), want);
        }
    }
}
