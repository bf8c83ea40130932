//! What happens when Seatrial itself is at fault.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use seatrial_trial::Stopped;

use crate::error::CliError;

/// Where the last panic happened.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from writing to standard error: [`crate::run`] reports them.
pub fn quiet_panics() {
    set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// Runs `work`; a panic becomes an error that says whose fault it is, a trial that was called off one that says just that.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, CliError>) -> Result<T, CliError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        if payload.is::<Stopped>() {
            return Err(CliError::new("the trial was called off"));
        }
        let what = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "of an unknown kind".to_owned());
        let place = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        let place = place.map_or_else(String::new, |place| format!(" at {place}"));
        Err(CliError::new(format!("internal error{place}: {what}"))
            .hint("this is a defect of Seatrial, not of your manifests: please report it with the input that shows it"))
    })
}
