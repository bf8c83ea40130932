//! What tokens cost.

use crate::answer::Usage;

/// The day on which the table was true.
pub const PRICES_OF: &str = "2026-11-20";

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Input that the cache had no part in.
    pub input: f64,
    /// Input written to the cache for five minutes.
    pub cache_write: f64,
    /// Input read from the cache.
    pub cache_read: f64,
    /// Output.
    pub output: f64,
}

impl Price {
    /// A price by input and output; the cache at Anthropic's usual rates: written at 1.25 times the input, read at a tenth.
    pub const fn new(input: f64, output: f64) -> Self {
        Self { input, cache_write: input * 1.25, cache_read: input * 0.1, output }
    }

    /// What a usage costs.
    pub fn of(&self, usage: &Usage) -> f64 {
        let sum = usage.input as f64 * self.input
            + usage.cache_write as f64 * self.cache_write
            + usage.cache_read as f64 * self.cache_read
            + usage.output as f64 * self.output;
        sum / 1e6
    }

    /// The list price of a model on its maker's own API, as of [`PRICES_OF`]; `None` for any that is not in the table. Names with a
    /// date at their end are the same model.
    pub fn known(model: &str) -> Option<Self> {
        let plain = match model.rsplit_once('-') {
            Some((plain, date)) if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) => plain,
            _ => model,
        };
        Some(match plain {
            "claude-fable-5-2" | "claude-mythos-5-2" => Self::new(8.0, 40.0),
            "claude-opus-5-5" => Self { cache_read: 0.2, ..Self::new(4.0, 20.0) },
            "claude-sonnet-5-5" => Self::new(2.0, 10.0),
            "claude-opus-4-5" => Self::new(5.0, 25.0),
            "claude-sonnet-4-5" => Self::new(3.0, 15.0),
            "claude-haiku-4-5" => Self::new(1.0, 5.0),
            _ => return None,
        })
    }
}
