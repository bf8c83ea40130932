//! The whole of `helm template`: from a chart and the user's values to a release.

use std::sync::Arc;

use seatrial_gotemplate::{Recorder, Trace};

use crate::capabilities;
use crate::chart::{Chart, Values};
use crate::engine::{Output, Prepared, execute};
use crate::error::Error;
use crate::options::Options;
use crate::release::{CrdFile, Reader, Release, sort};
use crate::{coalesce, dependencies, install};

/// Renders a chart with the user's values (files and `--set` merged), as `helm template` does. The error is Helm's; one
/// of a template or of what it gave is [`Error::in_release`].
pub fn render(prepared: &Prepared, values: Values, options: &Options) -> Result<Release, Error> {
    with_trace(prepared, values, options, &mut |_| ()).map(|(release, _)| release)
}

/// A template's path and what was recorded of its execution.
pub type Traced = (Arc<str>, Recorder);

/// Like [`render`], with the provenance of what every template gave: its path, and records of the bytes of
/// [`Manifest::text`](crate::Manifest::text). Origins start at the dot of the template's chart.
pub fn render_traced(
    prepared: &Prepared,
    values: Values,
    options: &Options,
) -> Result<(Release, Vec<Traced>), Error> {
    let (release, outputs) = with_trace(prepared, values, options, &mut |_| Recorder::default())?;
    let traces = outputs.into_iter().map(|mut output| {
        let mut trace = std::mem::take(&mut output.trace);
        for record in &mut trace.records {
            record.output = output.kept(record.output.start)..output.kept(record.output.end);
        }
        (output.path, trace)
    });
    Ok((release, traces.collect()))
}

fn with_trace<T: Trace>(
    prepared: &Prepared,
    user: Values,
    options: &Options,
    begin: &mut dyn FnMut(&Arc<str>) -> T,
) -> Result<(Release, Vec<Output<T>>), Error> {
    let version = prepared.version();
    install::check(prepared.chart(), &options.release_name, version)?;
    let mut warnings = Vec::new();
    let mut processed = None;
    let (ahead, coalesced) = rayon::join(
        || prepared.ahead(),
        || {
            let chart = dependencies::process(prepared.chart(), &user, version, &mut warnings)?;
            let chart = &*processed.insert(chart);
            let coalesced = coalesce::coalesce(chart, &user, version)?;
            warnings.extend(coalesced.warnings.iter().cloned());
            if !options.skip_schema_validation {
                let steps = options.limits.steps;
                prepared.schemas().validate(chart, &coalesced.to_values(), version, steps)?;
            }
            Ok((chart, coalesced))
        },
    );
    let (chart, coalesced) = coalesced?;
    let values = coalesced.to_go().as_map().cloned().unwrap_or_default();
    let reader = Reader::new(version);
    let rendered = capabilities::check_kube_version(&chart.metadata.kube_version, options)
        .and_then(|()| {
            reader.alongside(|read| {
                let mut done = |path: &Arc<str>, text: &Arc<[u8]>| {
                    if !is_notes(path) {
                        read(path, text);
                    }
                };
                execute(prepared, &ahead, chart, values, options, begin, &mut done)
            })
        })
        .and_then(|outputs| Ok((release(chart, &outputs, &reader)?, outputs)));
    let (mut release, outputs) = rendered.map_err(|error| Error { in_release: true, ..error })?;
    warnings.append(&mut release.warnings);
    release.warnings = warnings;
    Ok((release, outputs))
}

/// Whether a template says something to people rather than making resources.
fn is_notes(path: &str) -> bool {
    path.ends_with("NOTES.txt")
}

/// What is made of the outputs of the templates.
fn release<T>(chart: &Chart, outputs: &[Output<T>], reader: &Reader) -> Result<Release, Error> {
    let notes = format!("{}/templates/NOTES.txt", chart.full_path);
    let files: Vec<_> = outputs
        .iter()
        .filter(|output| !is_notes(&output.path))
        .map(|output| (Arc::clone(&output.path), Arc::clone(&output.text)))
        .collect();
    let failed = |error| Error { rendered: Some(all_of(&files)), ..error };
    let mut release = sort(&files, reader).map_err(failed)?;
    let notes = outputs.iter().find(|output| *output.path == *notes);
    release.notes =
        notes.map(|output| String::from_utf8_lossy(&output.text).into_owned()).unwrap_or_default();
    add_crds(chart, &mut release.crds);
    Ok(release)
}

/// The outputs that hold anything, one after another. Helm's own order is random.
fn all_of(files: &[(Arc<str>, Arc<[u8]>)]) -> Arc<[u8]> {
    let mut text = Vec::new();
    for (path, output) in files.iter().filter(|(_, output)| !output.trim_ascii().is_empty()) {
        text.extend_from_slice(format!("---\n# Source: {path}\n").as_bytes());
        text.extend_from_slice(output);
        text.push(b'\n');
    }
    text.into()
}

/// The files under `crds/` of a chart, then of those below it.
fn add_crds(chart: &Chart, crds: &mut Vec<CrdFile>) {
    let manifest = |name: &str| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
    let files = chart.files.iter().filter(|file| file.name.starts_with("crds/") && manifest(&file.name));
    crds.extend(files.map(|file| CrdFile {
        path: format!("{}/{}", chart.full_path, file.name),
        source: Arc::clone(&file.source),
        data: Arc::clone(&file.data),
    }));
    for child in &chart.dependencies {
        add_crds(child, crds);
    }
}
