//! A fetcher as what the platform asks for repositories that nothing on disk stands for.

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_argocd::{Artifact, ChartRequest, RepoAnswer};
use seatrial_platform::Remote;

use crate::{FetchError, Fetcher};

impl Remote for Fetcher {
    fn repository(&self, url: &str, revision: &str) -> RepoAnswer<(PathBuf, String)> {
        match Fetcher::repository(self, url, revision) {
            Ok(found) => RepoAnswer::Ok((found.path, found.commit)),
            // The blank before the colon is Argo CD's own.
            Err(FetchError::Missing(text)) => RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : {text}"
            )),
            Err(error) => RepoAnswer::Unknown(error.to_string()),
        }
    }

    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<(String, Vec<u8>)> {
        match Fetcher::chart(self, asked) {
            Ok(found) => RepoAnswer::Ok((found.version, found.bytes)),
            Err(FetchError::Missing(text)) => RepoAnswer::Error(text),
            Err(error) => RepoAnswer::Unknown(error.to_string()),
        }
    }

    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        match Fetcher::values_file(self, url) {
            Ok(bytes) => RepoAnswer::Ok(bytes.into()),
            Err(FetchError::Missing(text)) => RepoAnswer::Error(text),
            Err(error) => RepoAnswer::Unknown(error.to_string()),
        }
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Artifact> {
        Fetcher::artifact(self, url, revision)
    }
}
