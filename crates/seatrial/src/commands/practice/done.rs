//! What was practised: so that no exercise comes twice, and the next is as hard as the last was well done.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use seatrial_practice::{Exercise, Score};
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::io::Io;
use crate::session::shown;

const FOLDER: &str = ".seatrial";
const NAME: &str = "practice.jsonl";
/// How much of it is read.
const MAX_BYTES: u64 = 4 << 20;

/// An exercise that was done.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: String,
    seed: u64,
    level: u8,
    points: usize,
    of: usize,
}

/// The exercises that were done.
pub(super) struct Done {
    path: PathBuf,
    lines: Vec<Line>,
}

impl Done {
    /// Reads what was done; lines that cannot be read count for nothing.
    pub(super) fn open(folder: &Path, io: &Io<'_>) -> Result<Self, CliError> {
        let path = folder.join(FOLDER).join(NAME);
        for place in [folder.join(FOLDER), path.clone()] {
            if place.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(CliError::new(format!("`{}` is a symbolic link", shown(&place, &io.cwd))));
            }
        }
        let mut text = String::new();
        if let Ok(file) = std::fs::File::open(&path) {
            let _ = file.take(MAX_BYTES).read_to_string(&mut text);
        }
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self { path, lines })
    }

    /// Whether an exercise was there.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.lines.iter().any(|line| line.id == id)
    }

    /// The number to begin with.
    pub(super) fn next(&self) -> u64 {
        self.lines.len() as u64 + 1
    }

    /// The level that comes next: one more after three quarters of the points, one less after less than a quarter.
    pub(super) fn level(&self) -> u8 {
        let Some(last) = self.lines.last() else { return 1 };
        let level = match last.points * 4 {
            points if points >= last.of * 3 => last.level.saturating_add(1),
            points if points < last.of => last.level.saturating_sub(1),
            _ => last.level,
        };
        level.clamp(1, 3)
    }

    /// Remembers an exercise.
    pub(super) fn add(
        &mut self,
        exercise: &Exercise,
        seed: u64,
        level: u8,
        score: &Score,
    ) -> Result<(), CliError> {
        let line = Line { id: exercise.id.clone(), seed, level, points: score.points, of: score.of };
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(&self.path))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| CliError::new(format!("cannot remember the score: {error}")))?;
        self.lines.push(line);
        Ok(())
    }
}
