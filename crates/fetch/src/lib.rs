//! Charts, values files and Git repositories over the network, kept in a cache by content and pinned by a lock file, so that the next
//! run needs no network. Only this crate and the command have effects outside.
//!
//! | to … | see |
//! |---|---|
//! | fetch a chart or a repository | [`Fetcher`] |
//! | keep what was fetched | [`Cache`] |
//! | pin what was fetched | [`Lock`] |
//! | name a user to a server | [`Credentials`] |

mod artifact;
mod cache;
mod credentials;
mod docker;
mod error;
mod fetcher;
mod git;
mod helm;
mod http;
mod lock;
mod oci;
mod remote;
mod version;

pub use cache::Cache;
pub use credentials::{Credentials, Login};
pub use error::FetchError;
pub use fetcher::{FetchedChart, FetchedRepository, Fetcher};
pub use lock::{FILE_NAME, Lock, LockedChart};
