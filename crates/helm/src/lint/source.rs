//! The files of a chart as they lie in its folder or archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::load::{self, LoadOptions, RawFile};

/// Where a chart's files are read.
pub(super) enum Source {
    /// In a folder.
    Folder(PathBuf),
    /// In an archive, unpacked.
    Archive(Vec<RawFile>),
}

impl Source {
    pub(super) fn open(path: &Path, options: &LoadOptions) -> Result<Self, Error> {
        let name = path.to_string_lossy();
        if !name.ends_with(".tgz") && !name.ends_with(".tar.gz") {
            return Ok(Self::Folder(path.to_owned()));
        }
        let bytes = std::fs::read(path).map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                _ => error.to_string(),
            };
            Error::new(format!("unable to open tarball: open {name}: {why}"))
        })?;
        let files = load::members(&bytes, &name, options).map_err(|error| Error {
            message: format!("unable to extract tarball: {}", error.message),
            ..error
        })?;
        Ok(Self::Archive(files))
    }

    /// Whether there is a file or folder of this name.
    pub(super) fn exists(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).exists(),
            Self::Archive(files) => self.is_folder(name) || files.iter().any(|file| file.name == name),
        }
    }

    /// Whether there is a folder of this name.
    pub(super) fn is_folder(&self, name: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(name).is_dir(),
            Self::Archive(files) => {
                let within = |file: &RawFile| {
                    file.name
                        .strip_prefix(name.trim_end_matches('/'))
                        .is_some_and(|rest| rest.starts_with('/'))
                };
                files.iter().any(within)
            }
        }
    }

    /// The bytes of a file; what the system says where it cannot be read.
    pub(super) fn read(&self, name: &str) -> Result<Arc<[u8]>, String> {
        match self {
            Self::Folder(folder) => {
                std::fs::read(folder.join(name)).map(Arc::from).map_err(|error| error.to_string())
            }
            Self::Archive(files) => files
                .iter()
                .find(|file| file.name == name)
                .map(|file| Arc::clone(&file.data))
                .ok_or_else(|| "no such file or directory".to_owned()),
        }
    }
}
