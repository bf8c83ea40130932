//! `cargo xtask corpus why DIR`: what provenance says of rendered fields, against experiments.
//!
//! Values of a chart are changed one by one and the chart rendered again. A field that changed depends on that value; provenance
//! is right of it when it names a value that the field depends on: one of those that were changed, or one that is shown to matter
//! by changing it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rayon::prelude::*;
use seatrial_gotemplate::{Clock, Random};
use seatrial_helm::load::{self, LoadOptions};
use seatrial_helm::provenance::{FieldOrigin, trace};
use seatrial_helm::{Manifest, Options, Prepared, Release, Values};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use super::charts::assemble;
use crate::paths;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of repositories
    dir: PathBuf,
    /// Only charts whose path contains this
    #[arg(long)]
    only: Option<String>,
    /// How many values of each chart are changed, evenly chosen
    #[arg(long, default_value_t = 100)]
    values: usize,
    /// Print every field that is not right
    #[arg(long)]
    verbose: bool,
}

/// How provenance did.
#[derive(Clone, Copy, Default)]
struct Score {
    fields: usize,
    printed: usize,
    decided: usize,
    tried: usize,
    wrong: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let work = std::path::absolute(paths::target())?.join("corpus").join("charts");
    let charts = assemble::charts(&args.dir, &work, args.only.as_deref())?;
    let scores: Vec<Option<Score>> =
        charts.par_iter().map(|(name, chart)| judge(name, chart, args)).collect();
    let mut total = Score::default();
    let judged = scores.iter().flatten().count();
    for score in scores.into_iter().flatten() {
        total.fields += score.fields;
        total.printed += score.printed;
        total.decided += score.decided;
        total.tried += score.tried;
        total.wrong += score.wrong;
    }
    let percent = |part: usize| 100.0 * part as f64 / total.fields.max(1) as f64;
    println!("{judged} charts, {} fields that depend on a value", total.fields);
    println!("{:>7} ({:.2} %) name a value printed into them", total.printed, percent(total.printed));
    println!("{:>7} ({:.2} %) name a value that decides about them", total.decided, percent(total.decided));
    println!("{:>7} ({:.2} %) name one that was found by trying", total.tried, percent(total.tried));
    println!("{:>7} ({:.2} %) name none that they depend on", total.wrong, percent(total.wrong));
    Ok(())
}

/// A document: its template, kind and name.
type Document = (Arc<str>, String, String);

/// Scalars by document and path.
type Scalars = BTreeMap<Document, BTreeMap<Path, Value>>;

/// The values that fields depend on.
type Depends<'s> = BTreeMap<(&'s Document, &'s Path), BTreeSet<Path>>;

fn judge(name: &str, chart: &FilePath, args: &Args) -> Option<Score> {
    let chart = load::path(chart, &LoadOptions::default()).ok()?;
    let options = Options {
        clock: Clock::Fixed(0, 0),
        random: Random::Seeded(0),
        skip_schema_validation: true,
        ..Options::default()
    };
    let prepared = Prepared::new(Arc::new(chart), options.version);
    let traced = trace(&prepared, Values::new(), &options).ok()?;
    let mut base = scalars(&traced.release);
    leave_out_random(&mut base, &prepared, &options);
    let mut leaves = Vec::new();
    collect(&Value::Object(traced.values.clone()), &Path::root(), &mut leaves);
    let every = leaves.len().div_ceil(args.values.max(1)).max(1);
    let mut depends = Depends::new();
    let chosen: Vec<Path> = leaves.into_iter().step_by(every).collect();
    for leaf in &chosen {
        let Some(release) = traced.changed(&prepared, &options, leaf) else { continue };
        let changed = scalars(&release);
        for (document, fields) in &base {
            let Some(other) = changed.get(document) else { continue };
            for (field, value) in fields {
                // An item that came or went moves those behind it.
                let moved = |list: &Path| length(fields, list) != length(other, list);
                if other.get(field).is_some_and(|other| other != value)
                    && !lists(field).any(|list| moved(&list))
                {
                    depends.entry((document, field)).or_default().insert(leaf.clone());
                }
            }
        }
    }
    // What changes with most values is random, or a sum over all of them.
    depends.retain(|_, values| values.len() * 2 <= chosen.len().max(8));
    let mut score = Score::default();
    for ((document, field), values) in depends {
        let manifest = traced.release.documents().find(|m| key(m) == *document)?;
        let origin = traced.field(manifest, field).unwrap_or_default();
        score.fields += 1;
        let tried = || traced.confirmed(&prepared, &options, manifest, field);
        match verdict(&origin, &values) {
            Verdict::Printed => score.printed += 1,
            Verdict::Decided => score.decided += 1,
            Verdict::Wrong if tried().is_some_and(|origin| !origin.values.is_empty()) => score.tried += 1,
            Verdict::Wrong => {
                score.wrong += 1;
                if args.verbose {
                    let list =
                        |paths: &[Path]| paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                    let real: Vec<Path> = values.into_iter().collect();
                    println!(
                        "{name} {}/{} {field}: depends on {}; said {}",
                        document.0,
                        document.2,
                        list(&real),
                        list(&origin.values)
                    );
                }
            }
        }
    }
    Some(score)
}

/// Takes out what is random, and sums over it: each value changes it that changes how often something random is asked for.
fn leave_out_random(base: &mut Scalars, prepared: &Prepared, options: &Options) {
    let options = Options { random: Random::Seeded(1), ..options.clone() };
    let Ok(other) = seatrial_helm::render(prepared, Values::new(), &options) else { return };
    let other = scalars(&other);
    for (document, fields) in base.iter_mut() {
        let other = other.get(document);
        fields.retain(|path, value| other.and_then(|other| other.get(path)) == Some(value));
    }
}

/// The lists that a field stands in.
fn lists(field: &Path) -> impl Iterator<Item = Path> + '_ {
    let segments = field.segments();
    let indexed = segments.iter().enumerate().filter(|(_, segment)| matches!(segment, Segment::Index(_)));
    indexed.map(|(at, _)| Path::new(segments[..at].to_vec()))
}

/// How many items of a list hold scalars.
fn length(fields: &BTreeMap<Path, Value>, list: &Path) -> usize {
    let below = fields.keys().filter(|path| path.starts_with(list));
    below.filter_map(|path| path.segments().get(list.len())).collect::<BTreeSet<_>>().len()
}

enum Verdict {
    Printed,
    Decided,
    Wrong,
}

fn verdict(origin: &FieldOrigin, values: &BTreeSet<Path>) -> Verdict {
    let names = |said: &[Path]| {
        said.iter().any(|said| values.iter().any(|value| value == said || value.starts_with(said)))
    };
    if names(&origin.values) {
        Verdict::Printed
    } else if names(&origin.conditions) {
        Verdict::Decided
    } else {
        Verdict::Wrong
    }
}

fn key(manifest: &Manifest) -> Document {
    (Arc::clone(&manifest.path), manifest.kind.clone(), manifest.name.clone())
}

fn scalars(release: &Release) -> Scalars {
    let mut all = Scalars::new();
    for manifest in release.documents() {
        let text = String::from_utf8_lossy(manifest.content());
        let tree = seatrial_yaml::parse(text.as_ref());
        let Some(object) = tree.root().map(|root| root.to_json()) else { continue };
        let mut paths = Vec::new();
        collect(&object, &Path::root(), &mut paths);
        let fields = paths.into_iter().filter_map(|path| Some((path.clone(), path.lookup(&object)?.clone())));
        all.entry(key(manifest)).or_insert_with(|| fields.collect());
    }
    all
}

fn collect(value: &Value, path: &Path, out: &mut Vec<Path>) {
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| collect(value, &path.join(key), out));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| collect(value, &path.join(index), out));
        }
        _ => out.push(path.clone()),
    }
}
