//! Chat completions.

mod check;
mod render;

pub(crate) use check::{check, check_access};
pub(crate) use render::render;
