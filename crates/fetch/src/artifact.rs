//! An OCI repository as what an artifact is resolved and unpacked from: the cache first, then the network.

use std::cell::RefCell;
use std::sync::Arc;

use seatrial_argocd::{Registry, RepoAnswer};

use crate::cache::{Cache, digest_of};
use crate::error::FetchError;
use crate::oci;

/// What answers for a repository. Manifests and layers are named by their digests, so those in the cache need no network.
pub(crate) struct Shelf<'a> {
    cache: &'a Cache,
    online: Option<RefCell<oci::Registry<'a>>>,
    /// What is asked for, as it is told where nothing may be fetched.
    what: String,
}

impl<'a> Shelf<'a> {
    pub(crate) fn new(cache: &'a Cache, online: Option<oci::Registry<'a>>, what: String) -> Self {
        Self { cache, online: online.map(RefCell::new), what }
    }

    fn ask<T>(
        &self,
        ask: impl FnOnce(&mut oci::Registry<'a>) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        match &self.online {
            Some(registry) => ask(&mut registry.borrow_mut()),
            None => Err(FetchError::Offline(self.what.clone())),
        }
    }

    fn fetched(&self, digest: &str) -> Result<Vec<u8>, FetchError> {
        if let Some(bytes) = self.cache.get(digest) {
            return Ok(bytes);
        }
        let bytes = self.ask(|registry| registry.blob(digest))?;
        let found = digest_of(&bytes);
        if found != digest {
            return Err(FetchError::Changed { what: self.what.clone(), locked: digest.to_owned(), found });
        }
        self.cache.put(&bytes)?;
        Ok(bytes)
    }
}

impl Registry for Shelf<'_> {
    fn resolve(&self, reference: &str) -> RepoAnswer<Option<String>> {
        if self.cache.get(reference).is_some() {
            return RepoAnswer::Ok(Some(reference.to_owned()));
        }
        let manifest = self.ask(|registry| registry.manifest(reference));
        match manifest.and_then(|bytes| self.cache.put(&bytes)) {
            Ok(digest) => RepoAnswer::Ok(Some(digest)),
            Err(FetchError::Missing(_)) => RepoAnswer::Ok(None),
            Err(error) => RepoAnswer::Unknown(error.to_string()),
        }
    }

    fn tags(&self) -> RepoAnswer<Vec<String>> {
        self.ask(oci::Registry::tags)
            .map_or_else(|error| RepoAnswer::Unknown(error.to_string()), RepoAnswer::Ok)
    }

    fn blob(&self, digest: &str) -> RepoAnswer<Arc<[u8]>> {
        match self.fetched(digest) {
            Ok(bytes) => RepoAnswer::Ok(bytes.into()),
            Err(error) => RepoAnswer::Unknown(error.to_string()),
        }
    }
}
