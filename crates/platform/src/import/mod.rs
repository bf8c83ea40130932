//! Facts from objects that exist already: Argo CD's own, and kubeconfig files. Credentials are never kept.

mod kubeconfig;
mod object;
mod state;

pub(crate) use kubeconfig::kubeconfigs;
pub use kubeconfig::{Context, contexts};
pub use object::without_credentials;
pub(crate) use state::{is_in_cluster, state};
