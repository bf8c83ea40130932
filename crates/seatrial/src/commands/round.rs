//! `seatrial round`: work in rounds with any author, and the record of it.

mod add;
mod answer;
mod decide;
mod judge;
mod output;
mod report;
mod show;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use seatrial_rounds::{Round, Store, compare, rfc3339};
use serde::Serialize;

use crate::cli::{Global, RoundArgs, RoundCommand, RoundDiffArgs, RoundFormat, RoundReplayArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::look::YELLOW;
use crate::session::{self, shown};
use crate::text::printable;

#[cfg(test)]
pub(crate) use output::{AddOutput, ListOutput, ReportOutput, ShowOutput};
pub(crate) use output::{DecideOutput, DiffOutput, ReplayOutput};

/// Where rounds are kept, below the folder of the platform file.
pub(crate) const FOLDER: &str = ".seatrial/rounds";

pub(super) fn run(args: &RoundArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    match &args.command {
        RoundCommand::List(args) => {
            let store = open(global, io)?;
            let text = match args.format {
                RoundFormat::Json => json(&output::list(&store)),
                RoundFormat::Text => show::list(&store, io.look(global.color)),
            };
            io.print(&text)?;
            Ok(0)
        }
        RoundCommand::Show(args) => {
            let store = open(global, io)?;
            let round = chosen(&store, args.number)?;
            let text = match args.format {
                RoundFormat::Json => json(&output::show(&store, round)),
                RoundFormat::Text => show::round(&store, round, io.look(global.color)),
            };
            io.print(&text)?;
            Ok(0)
        }
        RoundCommand::Diff(args) => diff(args, global, io),
        RoundCommand::Add(args) => add::run(args, global, io),
        RoundCommand::Decide(args) => decide::run(args, global, io),
        RoundCommand::Replay(args) => replay(args, global, io),
        RoundCommand::Report(args) => {
            let store = open(global, io)?;
            let report = report::made(&store, args.piece.as_deref())?;
            let text = match args.format {
                RoundFormat::Json => json(&report),
                RoundFormat::Text => report::page(&report),
            };
            io.print(&text)?;
            Ok(0)
        }
    }
}

/// The folder that rounds and proposals belong to: that of the platform file, else the current one.
fn home(global: &Global, io: &Io<'_>) -> Result<PathBuf, CliError> {
    let platform = session::platform_path(global, io, &io.cwd)?;
    let folder = platform.as_deref().and_then(std::path::Path::parent).map(std::path::Path::to_owned);
    Ok(folder.unwrap_or_else(|| io.cwd.clone()))
}

/// The rounds so far; what is damaged is told.
pub(super) fn open(global: &Global, io: &mut Io<'_>) -> Result<Store, CliError> {
    let folder = home(global, io)?.join(FOLDER);
    let store = Store::open(&folder).map_err(|error| failed(&error))?;
    tell_damage(&store, global, io);
    Ok(store)
}

fn tell_damage(store: &Store, global: &Global, io: &mut Io<'_>) {
    let look = io.error_look(global.color);
    for damage in store.damage() {
        let head = look.paint(YELLOW, "warning:");
        io.say(&format!("{head} {}: {}\n", shown(store.folder(), &io.cwd), printable(&damage.to_string())));
    }
}

fn failed(error: &seatrial_rounds::StoreError) -> CliError {
    CliError::new(error.to_string())
}

/// The round of this number; the last when none is given.
fn chosen(store: &Store, number: Option<u32>) -> Result<&Round, CliError> {
    let last = store.rounds().last().ok_or_else(|| {
        CliError::new("there are no rounds yet")
            .hint("`seatrial round add FILE` records what a model answered")
    })?;
    match number {
        None => Ok(last),
        Some(number) => store.round(number).ok_or_else(|| {
            CliError::new(format!("there is no round {number}"))
                .hint(format!("the last is {}; `seatrial round list` shows them all", last.number))
        }),
    }
}

fn diff(args: &RoundDiffArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let store = open(global, io)?;
    let to = chosen(&store, args.to)?;
    let from = match args.from {
        Some(number) => chosen(&store, Some(number))?,
        None => previous(&store, &to.piece, to.number).ok_or_else(|| {
            CliError::new(format!(
                "round {} is the first of its piece of work: there is none to compare it with",
                to.number
            ))
        })?,
    };
    let comparison = compare(from, to);
    let text = match args.format {
        RoundFormat::Json => json(&DiffOutput { comparison: comparison.clone() }),
        RoundFormat::Text => show::comparison(&comparison, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(comparison.has_regressed()))
}

/// The last round of a piece of work before this number.
fn previous<'s>(store: &'s Store, piece: &str, before: u32) -> Option<&'s Round> {
    store.rounds().iter().rev().find(|round| round.piece == piece && round.number < before)
}

fn replay(args: &RoundReplayArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let store = open(global, io)?;
    let round = chosen(&store, args.number)?;
    let session = judge::session(&home(global, io)?, global, io)?;
    let mut now = round.clone();
    judge::judge(&session, &mut now, &round.proposal.files, global, io)?;
    let comparison = compare(round, &now);
    let differs = judge::differs(&comparison, round, &now);
    let replayed =
        ReplayOutput { round: output::summary(round), now: output::summary(&now), differs, comparison };
    let text = match args.format {
        RoundFormat::Json => json(&replayed),
        RoundFormat::Text => show::replayed(&replayed, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(differs))
}

/// The time, by RFC 3339. As for other tools that make things to be compared, `SOURCE_DATE_EPOCH` sets it.
pub(super) fn now(io: &Io<'_>) -> String {
    let set = (io.env)("SOURCE_DATE_EPOCH").and_then(|text| text.to_str()?.parse().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    rfc3339(set.unwrap_or_else(clock))
}

fn json<T: Serialize>(output: &T) -> String {
    format!("{:#}\n", serde_json::to_value(output).unwrap_or_default())
}
