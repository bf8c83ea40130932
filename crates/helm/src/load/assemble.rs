//! Files sorted into a chart, and charts within it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::metadata::{Draft, lock};
use super::{LoadOptions, Meter, RawFile, archive};
use crate::bounds::{option, raised_by};
use crate::chart::{Chart, File};
use crate::error::Error;
use crate::values;
use crate::version::HelmVersion;

/// `Chart.yaml` for the look that Helm 4 takes at it first, or why it cannot be read.
pub(super) type Manifest = Result<Option<Arc<[u8]>>, Error>;

/// Loads the chart that was asked for. Helm 4 first looks which API version `Chart.yaml` has.
pub(super) fn root(
    files: Vec<RawFile>,
    manifest: Manifest,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
) -> Result<Chart, Error> {
    let mut foreign = false;
    if options.version != HelmVersion::V3_19
        && let Some(text) = manifest?
    {
        let api = super::gostruct::document(&text)
            .and_then(|value| {
                let fields =
                    super::gostruct::Cursor::new(&value).fields("loader.chartBase", &["apiVersion"])?;
                Ok(fields
                    .into_iter()
                    .map(|(_, at)| at.string())
                    .collect::<Result<Vec<_>, _>>()?
                    .pop()
                    .flatten())
            })
            .map_err(|message| Error::new(message).within("cannot load Chart.yaml"))?;
        match api.as_deref().unwrap_or_default() {
            "" | "v1" | "v2" => {}
            "v3" => foreign = true,
            _ => return Err(Error::new("unsupported chart version")),
        }
    }
    let chart = chart(files, options, meter, 0)?;
    if foreign { Err(Error::new("invalid chart apiVersion")) } else { Ok(chart) }
}

/// `LoadFiles`.
pub(super) fn chart(
    files: Vec<RawFile>,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
    depth: usize,
) -> Result<Chart, Error> {
    if depth > options.depth {
        let limit = options.depth;
        let how = raised_by(option::CHART_DEPTH);
        return Err(Error::limit(format!("charts lie more than {limit} deep{how}")));
    }
    let version = options.version;
    let mut chart = Chart::default();
    let mut draft: Option<Draft> = None;
    for file in files.iter().filter(|file| file.name == "Chart.yaml") {
        let draft = draft.get_or_insert_default();
        draft.read(&file.data, version).map_err(|message| unreadable(file, &message))?;
        if draft.metadata.api_version.is_empty() {
            "v1".clone_into(&mut draft.metadata.api_version);
        }
    }
    let (mut templates, mut others) = (Vec::new(), Vec::new());
    let mut charts: BTreeMap<String, Vec<RawFile>> = BTreeMap::new();
    for mut file in files {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => {
                chart.lock = Some(lock(&file.data, version).map_err(|message| unreadable(&file, &message))?);
            }
            "values.yaml" => {
                let read =
                    values::read(&file.data, version).map_err(|message| unreadable(&file, &message))?;
                chart.values = Arc::new(read);
                chart.values_file = Some(sorted(file));
            }
            "values.schema.json" => chart.schema = Some(sorted(file)),
            "requirements.yaml" => {
                let draft = draft.get_or_insert_default();
                if draft.metadata.api_version != "v1" {
                    chart.warnings.push("Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.".to_owned());
                }
                draft.read(&file.data, version).map_err(|message| unreadable(&file, &message))?;
                if draft.metadata.api_version == "v1" {
                    others.push(sorted(file));
                }
            }
            "requirements.lock" => {
                chart.lock = Some(lock(&file.data, version).map_err(|message| unreadable(&file, &message))?);
                if draft.get_or_insert_default().metadata.api_version == "v1" {
                    others.push(sorted(file));
                } else {
                    chart.warnings.push("Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.".to_owned());
                }
            }
            name if name.starts_with("templates/") => templates.push(sorted(file)),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                file.name.drain(.."charts/".len());
                let of = file.name.split('/').next().unwrap_or_default().to_owned();
                charts.entry(of).or_default().push(file);
            }
            _ => others.push(sorted(file)),
        }
    }
    let draft = draft.ok_or_else(|| Error::new("Chart.yaml file is missing"))?;
    chart.metadata = draft.validate(version)?;
    chart.templates = templates.into();
    chart.files = others.into();
    for (name, files) in charts {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let loaded = if name.ends_with(".tgz") {
            packed(&name, files, chart.name(), options, meter, depth)?
        } else {
            chart_folder(files, options, meter, depth)
        };
        match loaded {
            Ok(mut loaded) => {
                chart.warnings.append(&mut loaded.warnings);
                chart.dependencies.push(Arc::new(loaded));
            }
            Err(error) => {
                return Err(error.within(&format!("error unpacking subchart {name} in {}", chart.name())));
            }
        }
    }
    Ok(chart)
}

/// A chart in a folder under `charts/`.
fn chart_folder(
    files: Vec<RawFile>,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
    depth: usize,
) -> Result<Chart, Error> {
    let inner = files
        .into_iter()
        .filter_map(|mut file| {
            let at = file.name.find('/')?;
            file.name.drain(..=at);
            Some(file)
        })
        .collect();
    chart(inner, options, meter, depth.saturating_add(1))
}

/// A chart in an archive under `charts/`.
fn packed(
    name: &str,
    files: Vec<RawFile>,
    parent: &str,
    options: &LoadOptions,
    meter: &mut Meter<'_>,
    depth: usize,
) -> Result<Result<Chart, Error>, Error> {
    let Some(file) = files.into_iter().next() else { return Ok(Ok(Chart::default())) };
    if file.name != name {
        return Err(Error::new(format!(
            "error unpacking subchart tar in {parent}: expected {name}, got {}",
            file.name
        )));
    }
    let unpacked = archive::unpack(&file.data, &file.source, options, meter);
    Ok(unpacked.and_then(|files| chart(files, options, meter, depth.saturating_add(1))))
}

fn sorted(file: RawFile) -> File {
    File { name: file.name.into(), data: file.data, source: file.source }
}

fn unreadable(file: &RawFile, message: &str) -> Error {
    Error::new(format!("cannot load {}: {message}", file.name))
}
