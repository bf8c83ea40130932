//! YAML as Kubernetes reads it, and YAML as people and models write it.
//!
//! * [`parse`] never fails: it gives a spanned [`Tree`] of everything that can be read, with comments,
//!   template [`holes`](Tree::holes) and [`errors`](Tree::errors) beside it;
//! * [`goyaml`] is the verdict of `sigs.k8s.io/yaml` (go-yaml v2): accept or reject with its own words,
//!   its scalar typing and its output, byte for byte;
//! * [`gojson`] is Go's `encoding/json`;
//! * [`edit`] gives source replacements that keep everything else as it was;
//! * [`Path`] names a place in a JSON value, for every room.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod build;
mod comments;
mod events;
mod holes;
mod index;
mod mask;
mod node;
mod path;
mod recover;
mod scalar;
mod scan;
mod tolerant;
mod tree;

pub mod edit;
pub mod gojson;
pub mod goyaml;

pub use comments::Comment;
pub use holes::{Hole, HoleKind};
pub use node::{Entry, Kind, Node, NodeId, Style};
pub use path::{Path, Segment};
pub use scalar::{Decoded, Scalar};
pub use tolerant::parse;
pub use tree::{Document, ErrorKind, SyntaxError, Tree};
