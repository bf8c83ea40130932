//! `helm lint`: what Helm finds wrong with a chart, in its words and order.
//!
//! | what | see |
//! |---|---|
//! | `Chart.yaml` | `chartfile` |
//! | `values.yaml` and its schema | `values` |
//! | templates and what they give | `templates` |
//! | dependencies and `crds/` | `dependencies`, `crds` |
//!
//! Email addresses and URLs of maintainers are judged by their shape, less closely than by Helm's regular expressions. That an API
//! is deprecated is not said here: it depends on the cluster, which this room does not know.

mod addresses;
mod chartfile;
mod crds;
mod dependencies;
mod names;
mod object;
mod source;
mod templates;
mod values;

use std::path::Path;
use std::sync::Arc;

use crate::chart::{Chart, Values};
use crate::error::{Error, Place};
use crate::load::{self, LoadOptions};
use crate::options::Options;
use source::Source;

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Advice.
    Info,
    /// Breaks with a convention; an error with `--strict`.
    Warning,
    /// The chart cannot be installed.
    Error,
}

impl Severity {
    /// The severity's name as Helm prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// Something that Helm says of a chart.
#[derive(Clone, Debug)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// The file it is about, as Helm names it: `Chart.yaml`, `templates/`.
    pub path: String,
    /// Helm's words.
    pub text: String,
    /// The place to look at, when known.
    pub place: Option<Place>,
}

/// A chart, linted.
#[derive(Default)]
pub struct Lint {
    /// What was found, in Helm's order.
    pub messages: Vec<Message>,
    /// The chart, when it can be loaded, its dependencies processed.
    pub chart: Option<Arc<Chart>>,
    /// What the templates gave, by path (`demo/templates/service.yaml`), when all of them could be executed.
    pub rendered: Vec<(Arc<str>, Arc<[u8]>)>,
}

impl Lint {
    fn add(&mut self, severity: Severity, path: &str, text: impl Into<String>) {
        self.messages.push(Message { severity, path: path.to_owned(), text: text.into(), place: None });
    }

    fn fail(&mut self, path: &str, error: Error) {
        self.messages.push(Message {
            severity: Severity::Error,
            path: path.to_owned(),
            text: error.message,
            place: error.place,
        });
    }
}

/// Lints the chart in a folder or an archive with the user's values, as `helm lint` of the given Helm does. Of the options
/// those count that `helm lint` has: namespace, Kubernetes version, schema validation, bounds.
///
/// The error is Helm's for what is no chart at all.
pub fn lint(path: &Path, user: &Values, options: &Options, load: &LoadOptions) -> Result<Lint, Error> {
    let source = Source::open(path, load)?;
    if !source.exists("Chart.yaml") {
        let shown = path.join("Chart.yaml");
        let why = format!("stat {}: no such file or directory", shown.display());
        return Err(Error::new(format!("unable to check Chart.yaml file in chart: {why}")));
    }
    let mut out = Lint::default();
    let loaded = load::linted(path, load).map(Arc::new);
    chartfile::check(&source, options.version, &mut out);
    values::check(&source, user, options, &mut out);
    templates::check(&source, &loaded, user, options, &mut out);
    dependencies::check(path, &loaded, &mut out);
    crds::check(&source, &loaded, &mut out);
    Ok(out)
}
