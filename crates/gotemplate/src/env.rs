//! What a template may reach beyond its data: clock, randomness, limits, and what a tool plugs in.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::func::FuncError;

/// What a missing map key yields (`Option("missingkey=…")`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// `default`, `invalid`: prints `<no value>`.
    #[default]
    Invalid,
    /// `zero`: the zero value of the map's element type.
    Zero,
    /// `error`: stops execution.
    Error,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A fixed instant: seconds and nanoseconds since 1970-01-01 UTC.
    Fixed(i64, u32),
}

/// Where randomness comes from.
#[derive(Clone, Copy, Debug, Default)]
pub enum Random {
    /// The operating system.
    #[default]
    System,
    /// A generator started from this seed: the same template and data give the same bytes.
    Seeded(u64),
}

/// Bounds on one execution. Exceeding one stops it with an error that names the limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nested template calls (Go allows 100,000).
    pub depth: u32,
    /// Nodes evaluated plus work that functions account for.
    pub steps: u64,
    /// Bytes of output, and bytes that functions build on the way (each up to this many).
    pub output: u64,
    /// Wall time.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 10_000, steps: 50_000_000, output: 256 << 20, time: Some(Duration::from_mins(5)) }
    }
}

/// The surroundings of an execution. Made once, used for any number of executions on one thread.
#[derive(Clone, Default)]
pub struct Env {
    /// The `missingkey` option.
    pub missing_key: MissingKey,
    /// Bounds.
    pub limits: Limits,
    /// The clock behind `now`, `date` and `ago`.
    pub clock: Clock,
    /// The randomness behind `rand…`, `uuidv4`, `gen…`.
    pub random: Random,
    /// The name of the local time zone (`UTC` when `None`).
    pub zone: Option<Rc<str>>,
    /// Whatever the functions of a tool need (Helm's files, capabilities, lookups), fetched with
    /// [`Call::extension`](crate::func::Call::extension).
    pub extension: Option<Rc<dyn Any>>,
}

impl Env {
    /// Applies a `text/template` option such as `missingkey=error`.
    ///
    /// Fails with the text of Go's panic: `unrecognized option: X`.
    pub fn option(&mut self, option: &str) -> Result<(), FuncError> {
        self.missing_key = match option {
            "" => return Err(FuncError::new("empty option string")),
            "missingkey=default" | "missingkey=invalid" => MissingKey::Invalid,
            "missingkey=zero" => MissingKey::Zero,
            "missingkey=error" => MissingKey::Error,
            other => return Err(FuncError::new(format!("unrecognized option: {other}"))),
        };
        Ok(())
    }
}

/// The accounts of one execution: what has been used of the limits, and the state of the random generator.
pub struct Meter {
    pub(crate) limits: Limits,
    steps: Cell<u64>,
    /// How many steps may be reached before the limits are looked at.
    next_look: Cell<u64>,
    built: Cell<u64>,
    deadline: Cell<Option<Instant>>,
    /// How many `tpl` calls are running inside one another.
    pub(crate) tpl_depth: Cell<u32>,
    seed: RefCell<Option<u64>>,
}

/// How many steps pass between two looks at the clock.
const CLOCK_EVERY: u64 = 1024;

impl Meter {
    /// Fresh accounts for one execution.
    pub fn new(env: &Env) -> Self {
        let seed = match env.random {
            Random::System => None,
            Random::Seeded(seed) => Some(seed),
        };
        Self {
            limits: env.limits,
            steps: Cell::new(0),
            next_look: Cell::new(CLOCK_EVERY.min(env.limits.steps)),
            built: Cell::new(0),
            deadline: Cell::new(None),
            tpl_depth: Cell::new(0),
            seed: RefCell::new(seed),
        }
    }

    /// How many steps were taken so far.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Accounts for `count` steps.
    #[inline]
    pub fn step(&self, count: u64) -> Result<(), FuncError> {
        let steps = self.steps.get().saturating_add(count);
        self.steps.set(steps);
        if steps <= self.next_look.get() { Ok(()) } else { self.look(steps) }
    }

    #[cold]
    fn look(&self, steps: u64) -> Result<(), FuncError> {
        if steps > self.limits.steps {
            return Err(FuncError::limit(format!("step limit of {} exceeded", self.limits.steps)));
        }
        self.next_look.set(steps.saturating_add(CLOCK_EVERY).min(self.limits.steps));
        // The clock starts at the first look, so that short executions never look.
        if let Some(time) = self.limits.time {
            let now = Instant::now();
            match self.deadline.get() {
                None => self.deadline.set(now.checked_add(time)),
                Some(deadline) if now > deadline => {
                    return Err(FuncError::limit(format!("time limit of {time:?} exceeded")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Accounts for `bytes` of text or list memory that a function is about to build. Call it *before* building.
    pub fn charge(&self, bytes: usize) -> Result<(), FuncError> {
        let built = self.built.get().saturating_add(bytes as u64);
        self.built.set(built);
        if built > self.limits.output {
            return Err(FuncError::limit(format!("memory limit of {} bytes exceeded", self.limits.output)));
        }
        self.step(1 + bytes as u64 / 256)
    }

    /// Fills `buffer` with random bytes.
    pub(crate) fn fill_random(&self, buffer: &mut [u8]) -> Result<(), FuncError> {
        match &mut *self.seed.borrow_mut() {
            None => getrandom::fill(buffer).map_err(|error| FuncError::new(error.to_string())),
            Some(state) => {
                for chunk in buffer.chunks_mut(8) {
                    let word = split_mix(state).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
                Ok(())
            }
        }
    }
}

/// One word of the SplitMix64 generator.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Seconds and nanoseconds since 1970 by the given clock.
pub(crate) fn now(clock: Clock) -> (i64, u32) {
    match clock {
        Clock::Fixed(seconds, nanos) => (seconds, nanos),
        Clock::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(before) => (-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX), 0),
        },
    }
}
