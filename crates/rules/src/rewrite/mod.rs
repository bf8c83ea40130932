//! How manifests are rewritten: edits of the author's own text that keep the rest of it as it was.
//!
//! | to … | see |
//! |---|---|
//! | add, change, remove or rename an entry | [`base`] |
//! | switch an ApplicationSet to Go templates | [`go_template`] |
//! | give a list element a parameter | [`element`] |
//! | give elements a parameter that others have | [`analogy`] |
//! | put a typed or conditional field into `templatePatch` | [`patch`] |
//! | make conditions of another language's blocks | [`conditional`] |
//! | make one list of a matrix | [`matrix`] |
//! | give a field of each Application its own value | [`value`] |
//! | give Applications a setting they lack | [`settings`] |
//! | set what a patch takes over from elements, in the elements | [`passed`] |
//! | name Applications after their parameters | [`name`] |
//! | set a value at a path of a mapping or of a values file | [`entry`] |
//! | give a value of a chart to Applications | [`chart_value`] |
//! | put real names in the place of examples | [`organisation`] |
//!
//! Every function gives the same edits for the same text, so that two fixes which both need, say, Go templates
//! can be applied together.

pub mod analogy;
pub mod base;
pub mod chart_value;
pub mod conditional;
pub mod element;
pub mod entry;
pub mod go_template;
pub mod matrix;
pub mod name;
pub mod organisation;
pub mod passed;
pub mod patch;
mod patch_text;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod value;

use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Model, Purpose};

/// How many Applications of a set are looked at to rewrite it: such lists are made by programs, which are to be
/// mended instead.
const MOST_APPLICATIONS: usize = 1000;

/// Whether there is no use in rewriting the set that an Application is of: the edits would not be looked at, or it makes
/// more Applications than are looked at.
fn is_idle(model: &Model<'_>, application: &Application) -> bool {
    let crowded = match application.origin {
        Origin::Generated { set, .. } => model.generated(set).len() > MOST_APPLICATIONS,
        Origin::Document { .. } => false,
    };
    crowded || model.purpose == Purpose::Verifying
}
