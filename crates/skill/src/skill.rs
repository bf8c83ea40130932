//! A skill on disk: `SKILL.md` and what lies beside it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use seatrial_source::{Files, Snapshot, WorkTree};

use crate::markdown::Page;

/// How many pages of a skill are read.
const MAX_PAGES: usize = 200;

/// A skill, read.
pub struct Skill {
    /// The name of its folder.
    pub(crate) folder: String,
    pub(crate) snapshot: Arc<dyn Snapshot>,
    pages: Vec<Page>,
}

/// Why there is nothing to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillError(pub String);

impl fmt::Display for SkillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SkillError {}

impl Skill {
    /// Reads the skill in a folder: `SKILL.md`, and every Markdown page below it. `label` stands before the names of its files.
    ///
    /// # Errors
    /// When the folder or its `SKILL.md` cannot be read, or there are too many pages.
    pub fn read(folder: &Path, label: &str) -> Result<Self, SkillError> {
        let failed =
            |what: &dyn fmt::Display| SkillError(format!("cannot read `{}`: {what}", folder.display()));
        let tree = WorkTree::open(folder).map_err(|error| failed(&error.kind))?;
        let name =
            tree.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let tree = tree.sharing(Files::new()).with_label(label);
        Self::of(name, Arc::new(tree))
    }

    /// The skill in a set of files.
    ///
    /// # Errors
    /// The same.
    pub fn of(folder: String, snapshot: Arc<dyn Snapshot>) -> Result<Self, SkillError> {
        let main = snapshot
            .read("SKILL.md")
            .map_err(|error| SkillError(format!("`{folder}` is no skill: SKILL.md: {}", error.kind)))?;
        let mut pages = vec![Page::read(main)];
        for path in snapshot.paths().iter().filter(|path| path.ends_with(".md") && &***path != "SKILL.md") {
            if pages.len() == MAX_PAGES {
                return Err(SkillError(format!("`{folder}` has more than {MAX_PAGES} pages")));
            }
            // What is tried on the skill is no part of it.
            if path.starts_with("evals/") {
                continue;
            }
            let file = snapshot.read(path).map_err(|error| SkillError(format!("{path}: {}", error.kind)))?;
            pages.push(Page::read(file));
        }
        Ok(Self { folder, snapshot, pages })
    }

    /// `SKILL.md` first, then the others by name.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// `SKILL.md`.
    pub(crate) fn main(&self) -> Option<&Page> {
        self.pages.first()
    }

    /// The name of its folder.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The folder's files.
    pub fn snapshot(&self) -> &Arc<dyn Snapshot> {
        &self.snapshot
    }
}
