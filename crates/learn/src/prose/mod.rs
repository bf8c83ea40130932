//! Prose to claims, by rules alone: no model is asked, nothing is guessed.
//!
//! A sentence is read clause by clause. What a clause speaks of (environments, with exceptions) and what it says (by
//! topic) become claims; sentences that ask, suppose, remember or plan state nothing and are listed as unread. A wrong
//! claim is worse than a missed one, so whatever is not plain is left to a person.

mod clause;
mod context;
mod gaps;
mod mood;
mod names;
mod resolve;
mod signs;
mod table;
mod text;
mod token;
mod topics;
mod values;

use seatrial_platform::Platform;

pub(crate) use text::flat;

use crate::claim::Quote;
use crate::heard::{Heard, Unfounded};
use crate::reading::Reading;
use context::Reader;

/// Reads a text about a platform: what it states, what it replaces (of itself and of sentences learned before), where it
/// contradicts itself or the platform file, what it leaves open, and what in it was not understood.
///
/// The same text and platform give the same reading. Texts beyond 256 KiB are read up to there, and
/// of those that state more than a thousand facts the first thousand are kept.
pub fn read(text: &str, platform: &Platform) -> Reading {
    settled(text, platform, reader(text, platform))
}

/// The same, with what somebody else (a model) read in the text. Of that only what the text is found to say is taken, beside what the rules
/// read; the rest is given back with the reason. Where the two differ, it is asked.
pub fn read_with(text: &str, platform: &Platform, heard: &[Heard]) -> (Reading, Vec<Unfounded>) {
    let own = read(text, platform);
    let mut reader = reader(text, platform);
    let unfounded = reader.heard(heard, &own);
    (settled(text, platform, reader), unfounded)
}

fn reader<'t>(text: &'t str, platform: &Platform) -> Reader<'t> {
    let mut reader = Reader::new(text, platform);
    reader.learn_names();
    reader.read();
    reader
}

fn settled(text: &str, platform: &Platform, reader: Reader<'_>) -> Reading {
    let mut reading = resolve::resolve(reader.finish(), platform);
    reading.facts.retain(|claim| crate::verify::claim(text, claim).is_ok());
    gaps::ask(&mut reading, platform);
    reading
}

/// The quote of a part of a text, as claims carry it.
pub fn quote(text: &str, span: std::ops::Range<usize>) -> Quote {
    text::quote(text, &text::line_starts(text), span)
}
