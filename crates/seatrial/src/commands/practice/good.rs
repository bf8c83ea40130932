//! The good manifest that faults are put into: by the platform's facts, else by those of the example.

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_author::{Charts, Intent, PerEnvironment, propose};
use tempfile::TempDir;

use crate::cli::{Global, InputArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::session::{self, Session};

/// A good manifest, and the session it is judged in.
pub(super) struct Good {
    pub(super) text: String,
    pub(super) session: Session,
    /// Where what was done is remembered.
    pub(super) folder: PathBuf,
    /// Whether it is the example's platform.
    pub(super) example: bool,
    /// The example's files, as long as they are needed.
    _files: Option<TempDir>,
}

/// The example: its platform file and its chart.
const EXAMPLE: [(&str, &str); 6] = [
    ("seatrial.yaml", include_str!("../../../../../examples/fastapi-agent/seatrial.yaml")),
    (
        "charts/fastapi-agent/Chart.yaml",
        include_str!("../../../../../examples/fastapi-agent/charts/fastapi-agent/Chart.yaml"),
    ),
    (
        "charts/fastapi-agent/values.yaml",
        include_str!("../../../../../examples/fastapi-agent/charts/fastapi-agent/values.yaml"),
    ),
    (
        "charts/fastapi-agent/templates/deployment.yaml",
        include_str!("../../../../../examples/fastapi-agent/charts/fastapi-agent/templates/deployment.yaml"),
    ),
    (
        "charts/fastapi-agent/templates/service.yaml",
        include_str!("../../../../../examples/fastapi-agent/charts/fastapi-agent/templates/service.yaml"),
    ),
    (
        "charts/fastapi-agent/templates/ingress.yaml",
        include_str!("../../../../../examples/fastapi-agent/charts/fastapi-agent/templates/ingress.yaml"),
    ),
];

impl Good {
    /// Writes a good manifest by the platform file in force, if it has facts and a chart to write by; else by the example's.
    pub(super) fn make(global: &Global, io: &mut Io<'_>) -> Result<Self, CliError> {
        let platform = session::platform_path(global, io, &io.cwd)?;
        let folder = platform.as_deref().and_then(std::path::Path::parent).unwrap_or(&io.cwd).to_owned();
        if platform.is_some() {
            let session = open(folder.clone(), global, io)?;
            if let Some(text) = written(&session) {
                return Ok(Self { text, session, folder, example: false, _files: None });
            }
        }
        let failed =
            |error: &dyn std::fmt::Display| CliError::new(format!("cannot write the example: {error}"));
        let files = TempDir::new().map_err(|error| failed(&error))?;
        for (path, text) in EXAMPLE {
            let full = files.path().join(path);
            let parent = full.parent().map_or(Ok(()), std::fs::create_dir_all);
            parent.and_then(|()| std::fs::write(&full, text)).map_err(|error| failed(&error))?;
        }
        let global = Global { platform: Some(files.path().join("seatrial.yaml")), ..global.clone() };
        let session = open(files.path().to_owned(), &global, io)?;
        let text = written(&session)
            .ok_or_else(|| CliError::new("the example cannot be written by its own facts"))?;
        Ok(Self { text, session, folder, example: true, _files: Some(files) })
    }
}

fn open(folder: PathBuf, global: &Global, io: &mut Io<'_>) -> Result<Session, CliError> {
    let input = InputArgs { paths: vec![folder], rev: None, stdin_name: String::new() };
    Session::open(&input, global, io)
}

/// What the built-in author writes for the platform's first chart in all its environments.
fn written(session: &Session) -> Option<String> {
    let platform = &session.inputs.platform;
    let checked = session.root.as_deref().map(|root| (root, Arc::clone(&session.inputs.snapshot)));
    let repositories = platform.repository_set(checked);
    let charts = Charts::of(platform, &repositories);
    let chart = charts.known.first()?;
    let environments: Vec<String> = platform.environments.iter().map(|e| e.name.value.clone()).collect();
    let all = |text: &str| PerEnvironment { all: Some(text.to_owned()), ..PerEnvironment::default() };
    let intent = Intent {
        app: Some(chart.name.clone()),
        chart: Some(chart.name.clone()),
        environments,
        // What no fact says and no fault is about.
        project: Some("applications".to_owned()),
        revision: all("v1.0.0"),
        ..Intent::default()
    };
    propose(&intent, platform, &repositories).text
}
