//! How much a piece of work may cost.

use std::time::Instant;

use seatrial_models::Usage;

/// What may be spent. `None` is no bound.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// How many proposals are asked for.
    pub rounds: u32,
    /// How many tokens, in and out.
    pub tokens: Option<u64>,
    /// How many US dollars. A model whose price is not known cannot be held to it, which is told.
    pub cost_usd: Option<f64>,
    /// When no further round begins.
    pub until: Option<Instant>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { rounds: 4, tokens: None, cost_usd: None, until: None }
    }
}

/// What was spent so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Rounds that were asked for.
    pub rounds: u32,
    /// Tokens.
    pub usage: Usage,
    /// Money, as far as prices are known.
    pub cost_usd: Option<f64>,
}

impl Spent {
    /// Adds what a round cost.
    pub(crate) fn add(&mut self, usage: &Usage, cost_usd: Option<f64>) {
        self.usage.add(usage);
        if let Some(cost) = cost_usd {
            self.cost_usd = Some(self.cost_usd.unwrap_or_default() + cost);
        }
    }
}

impl Budget {
    /// Why no further round may begin; `None` if one may. A round is taken to cost what the last one did, so that the bound is kept
    /// and not found out afterwards; where tokens are bounded and the server counts those of the next `prompt`, that and an answer
    /// as long as the last.
    pub(crate) fn exhausted(
        &self,
        spent: &Spent,
        last: &Usage,
        last_cost: Option<f64>,
        prompt: impl FnOnce() -> Option<u64>,
    ) -> Option<String> {
        if spent.rounds >= self.rounds {
            return Some(format!("{} of {} rounds are used", spent.rounds, self.rounds));
        }
        if let Some(tokens) = self.tokens {
            let used = spent.usage.total();
            let next = prompt().map_or(last.total(), |prompt| prompt + last.output);
            if used + next > tokens {
                let which = if spent.rounds == 0 { "the first" } else { "another" };
                return Some(format!("{which} round would need more than {tokens} tokens ({used} are used)"));
            }
        }
        let cost = spent.cost_usd.unwrap_or_default();
        if let Some(most) = self.cost_usd.filter(|most| cost + last_cost.unwrap_or_default() > *most) {
            return Some(format!("another round would cost more than ${most} (${cost:.4} are spent)"));
        }
        self.until.filter(|until| Instant::now() >= *until).map(|_| "the time is up".to_owned())
    }
}
