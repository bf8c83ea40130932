//! Calling a trial off.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to give up, shared by those who may make it and the trial that heeds it between two rules and before it renders an
/// Application. A trial that heeds it unwinds with [`Stopped`], so that nothing half-done is taken for an answer: whoever may
/// ask for it has to catch that.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// What a trial that was called off unwinds with.
#[derive(Debug, Clone, Copy)]
pub struct Stopped;

impl Stop {
    /// Calls the trial off.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Gives up here if that was asked for. It is nobody's fault, so that no panic is reported.
    pub(crate) fn heed(&self) {
        if self.0.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Stopped));
        }
    }
}
