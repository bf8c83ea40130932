//! How output looks: colour, width, drawing characters.

use anstyle::{AnsiColor, Style};

use crate::text::wrap;

/// What the place that output goes to can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether to write colours.
    pub colour: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
    /// Columns; text in a pipe is laid out for a fixed width, so that it is the same everywhere.
    pub width: usize,
}

impl Look {
    /// For a pipe or a file.
    pub const PLAIN: Self = Self { colour: false, unicode: false, width: 100 };

    /// `text` in `style`, if there are colours.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Prose may be this wide: long lines are hard to read on any screen.
    pub(crate) fn prose(self) -> usize {
        self.width.clamp(40, 100)
    }

    /// `text` broken into lines for prose, each but the first after `indent` spaces.
    pub(crate) fn wrapped(self, text: &str, indent: usize) -> String {
        wrap(text, self.prose().saturating_sub(indent).max(30)).join(&format!("\n{:indent$}", ""))
    }
}

/// Errors.
pub(crate) const RED: Style = AnsiColor::BrightRed.on_default().bold();
/// Warnings.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
/// Notes, and what is good.
pub(crate) const GREEN: Style = AnsiColor::BrightGreen.on_default().bold();
/// Help, links, names.
pub(crate) const CYAN: Style = AnsiColor::BrightCyan.on_default();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Removed lines.
pub(crate) const REMOVED: Style = AnsiColor::BrightRed.on_default();
/// Added lines.
pub(crate) const ADDED: Style = AnsiColor::BrightGreen.on_default();
