//! Learning from a repository.

use std::path::{Component, Path};
use std::sync::Arc;

use seatrial_learn::edit;
use seatrial_learn::repo::{Mined, Repository, mine};
use seatrial_source::{GitRepository, WorkTree};

use super::prose::value;
use super::target::Target;
use super::{ask, json};
use crate::cli::{Global, LearnArgs, LearnFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, Look, YELLOW};
use crate::progress;
use crate::session::{self, on_threads, shows_progress, source_limits};
use crate::text::{count, printable};

/// Reasons shown for Applications that could not be rendered.
const MOST_REASONS: usize = 5;

pub(super) fn run(
    dir: &Path,
    args: &LearnArgs,
    global: &Global,
    io: &mut Io<'_>,
    target: &Target,
) -> Result<u8, CliError> {
    let full = io.cwd.join(dir);
    let tree = WorkTree::open(&full)
        .map_err(|error| CliError::new(format!("cannot look into `{}`: {}", dir.display(), error.kind)))?
        .with_limits(source_limits(&global.limits));
    let remotes: Vec<String> = GitRepository::discover(&full)
        .map(|repository| repository.remotes().into_iter().map(|(_, url)| url).collect())
        .unwrap_or_default();
    // Facts cite paths as the platform file sees them.
    let path = below(&target.folder(), &full);
    let repository = Repository {
        snapshot: Arc::new(tree),
        root: full.canonicalize().ok(),
        remotes: &remotes,
        path: &path,
    };
    let options = session::trial_options(&global.limits);
    let mined = progress::during("looking at Applications", shows_progress(global, io), || {
        on_threads(global, || mine(&repository, &target.platform, &options))
    })?;
    let edited = edit::apply_mined(target.text(), &mined);
    let mut new = edited.text;
    let questions: Vec<_> = mined.questions.iter().chain(&edited.questions).cloned().collect();
    if args.format == LearnFormat::Json {
        let written = target.settle(&new, super::consent(args), global, io)?;
        io.print(&format!("{:#}\n", json::mined(&mined, &questions, &new, &target.shown, written)))?;
        return Ok(0);
    }
    if global.quiet < 2 {
        let look = io.look(global.color);
        io.print(&shown(&mined, &questions, look))?;
    }
    if io.terminal.input && io.terminal.error && !args.yes && !args.dry_run {
        (new, _) = ask::ask(new, &questions, super::WHO, global, io);
    }
    if global.quiet < 2 {
        let diff = target.diff(&new, io, global);
        let text = if diff.is_empty() { format!("{} says all of it already.\n", target.shown) } else { diff };
        io.print(&text)?;
    }
    target.settle(&new, super::consent(args), global, io)?;
    Ok(0)
}

/// The way from one folder to another, as `.`, `deploy` or `../deploy`.
fn below(from: &Path, to: &Path) -> String {
    let (from, to) = (from.canonicalize().unwrap_or_default(), to.canonicalize().unwrap_or_default());
    let mut here = from.components().peekable();
    let mut there = to.components().peekable();
    while here.peek().is_some() && here.peek() == there.peek() {
        here.next();
        there.next();
    }
    let up = here.filter(|part| matches!(part, Component::Normal(_))).map(|_| "..".to_owned());
    let down = there.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn shown(mined: &Mined, questions: &[seatrial_learn::Question], look: Look) -> String {
    let mut out = format!(
        "{}\n",
        look.paint(
            BOLD,
            &format!(
                "Seen: {} in {}, {} of them rendered whole",
                count(mined.facts.len() + mined.known.len(), "fact"),
                count(mined.applications, "Application"),
                mined.rendered
            )
        )
    );
    for fact in &mined.facts {
        let said = format!("{}: {}", fact.path.join("."), value(&fact.value));
        let support = format!("   {} of {}", fact.support, fact.of);
        out.push_str(&format!("  {}{}\n", look.paint(CYAN, &printable(&said)), look.paint(DIM, &support)));
        for place in &fact.evidence {
            out.push_str(&format!("    {}\n", look.paint(DIM, &printable(place))));
        }
        for exception in &fact.exceptions {
            out.push_str(&format!("    {} {}\n", look.paint(YELLOW, "but"), printable(exception)));
        }
    }
    if !mined.known.is_empty() {
        out.push_str(&format!(
            "{}\n",
            look.paint(DIM, &format!("Known already: {}", count(mined.known.len(), "fact")))
        ));
    }
    if !mined.unknown.is_empty() {
        out.push_str(&format!(
            "{}\n",
            look.paint(BOLD, "Not rendered whole, so nothing is concluded from what is missing there")
        ));
        for (reason, n) in mined.unknown.iter().take(MOST_REASONS) {
            out.push_str(&format!("  {} {}\n", look.paint(DIM, &format!("{n} x")), printable(reason)));
        }
        if mined.unknown.len() > MOST_REASONS {
            out.push_str(&format!("  and {} more\n", count(mined.unknown.len() - MOST_REASONS, "reason")));
        }
    }
    if !questions.is_empty() {
        out.push_str(&format!("{}\n", look.paint(BOLD, "Open")));
        for question in questions {
            out.push_str(&format!("  {} {}\n", look.paint(YELLOW, "?"), printable(&question.text)));
        }
    }
    out.push('\n');
    out
}
