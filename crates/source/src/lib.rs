//! Snapshots of files, and edits to them.
//!
//! A [`Snapshot`] is a set of text files under stable names: a work tree ([`WorkTree`]), a revision of a Git
//! repository ([`GitRevision`]), text held in memory such as standard input ([`Memory`]), or edits laid over
//! any of these ([`Overlay`]). A file read from one is a [`SourceFile`]; a place in it is a [`Span`] of byte
//! offsets into its decoded text; a change to it is an [`Edit`]. Nothing here knows what the files mean.
//!
//! | to … | see |
//! |---|---|
//! | name a file for ever | [`FileId`], [`Files`] |
//! | point into a file | [`Span`], [`SourceFile::line_col`], [`SourceFile::offset`] |
//! | read files | [`Snapshot`], [`ReadError`], [`Limits`] |
//! | change files in memory | [`EditSet`], [`Overlay`] |
//! | change files on disk | [`write::replace`], [`write::create`] |

mod edit;
mod encoding;
mod error;
mod file;
mod git;
mod id;
mod lines;
mod memory;
mod overlay;
mod snapshot;
mod subtree;
mod worktree;
pub mod write;

pub use edit::{Edit, EditError, EditSet};
pub use encoding::Encoding;
pub use error::{ReadError, ReadErrorKind};
pub use file::{Hash, SourceFile};
pub use git::{GitError, GitRepository, GitRevision};
pub use id::{FileId, Files, Span};
pub use lines::LineCol;
pub use memory::Memory;
pub use overlay::{Overlay, OverlayError};
pub use snapshot::{Entry, Limits, Snapshot, normalize};
pub use subtree::SubTree;
pub use worktree::WorkTree;
