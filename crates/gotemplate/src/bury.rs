//! Dropping deeply nested values one after another, where dropping them one inside the other would exhaust the stack.

use std::cell::RefCell;

use crate::value::Value;

thread_local! {
    /// Containers whose turn to be dropped is still to come; `None` while nothing is being dropped.
    static PENDING: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Drops the values of a container that is itself being dropped.
pub(crate) fn bury(values: impl Iterator<Item = Value>) {
    let mut containers = values.filter(|v| matches!(v, Value::List(_) | Value::Map(_))).peekable();
    if containers.peek().is_none() {
        return;
    }
    let first = PENDING.try_with(|pending| {
        let mut pending = pending.borrow_mut();
        let first = pending.is_none();
        pending.get_or_insert_with(Vec::new).extend(containers);
        first
    });
    if first != Ok(true) {
        // A container further out is at it, or the thread is ending.
        return;
    }
    while let Some(next) = PENDING.with_borrow_mut(|pending| pending.as_mut().and_then(Vec::pop)) {
        drop(next);
    }
    PENDING.with_borrow_mut(|pending| *pending = None);
}
