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
mod table;
mod text;
mod token;
mod topics;
mod values;

use seatrial_platform::Platform;

pub(crate) use text::flat;

use crate::claim::Quote;
use crate::reading::Reading;
use context::Reader;

/// Reads a text about a platform: what it states, what it replaces (of itself and of sentences learned before), where it
/// contradicts itself or the platform file, what it leaves open, and what in it was not understood.
///
/// The same text and platform give the same reading. Texts beyond 256 KiB are read up to there, and
/// of those that state more than a thousand facts the first thousand are kept.
pub fn read(text: &str, platform: &Platform) -> Reading {
    let mut reader = Reader::new(text, platform);
    reader.learn_names();
    reader.read();
    let raw = reader.finish();
    let mut reading = resolve::resolve(raw, platform);
    reading.facts.retain(|claim| crate::verify::claim(text, claim).is_ok());
    gaps::ask(&mut reading, platform);
    reading
}

/// The quote of a part of a text, as claims carry it.
pub fn quote(text: &str, span: std::ops::Range<usize>) -> Quote {
    text::quote(text, &text::line_starts(text), span)
}
