//! `helm template` of a chart on disk, for trying the engine: `template VERSION CHART [-f FILE]... [--include-crds]`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use seatrial_helm::load::{LoadOptions, path};
use seatrial_helm::values::{ValueSources, ValuesFile, merge_files_and_sets};
use seatrial_helm::{HelmVersion, Options, Prepared, render};

fn main() {
    let mut args = std::env::args().skip(1);
    let version = args.next().unwrap_or_default();
    let version = HelmVersion::ALL.into_iter().find(|known| known.text() == version).unwrap_or_default();
    let chart = args.next().unwrap_or_default();
    let mut sources = ValueSources::default();
    let mut options = Options { version, ..Options::default() };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-f" => {
                let name = args.next().unwrap_or_default();
                let data = std::fs::read(&name).ok().map(Into::into);
                sources.files.push(ValuesFile { name: name.into(), data });
            }
            "--set" => sources.set.extend(args.next()),
            "--include-crds" => options.include_crds = true,
            _ => {}
        }
    }
    let read = |name: &str| std::fs::read(name).map_err(|error| error.to_string());
    let result =
        path(Path::new(&chart), &LoadOptions { version, ..LoadOptions::default() }).and_then(|chart| {
            let values = merge_files_and_sets(&sources, version, &read)?;
            render(&Prepared::new(Arc::new(chart), version), values, &options)
        });
    match result {
        Ok(release) => {
            let _ = std::io::stdout().write_all(&release.to_text(&options));
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "Error: {}", error.command_text());
            std::process::exit(1);
        }
    }
}
