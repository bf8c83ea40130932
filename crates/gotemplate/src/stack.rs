//! Deep recursion on any thread.

/// Runs `body`, on a fresh stretch of stack when little of the current one is left.
#[inline]
pub(crate) fn deep<R>(body: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 << 10, 2 << 20, body)
}
