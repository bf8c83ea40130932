//! Charts whose templates are parsed once and rendered any number of times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use seatrial_gotemplate::{Frozen, FuncMap, Parsed, Set, Str};

use super::{errors, files, functions, scope};
use crate::chart::{Chart, File};
use crate::error::Error;
use crate::load::clean;
use crate::schema::Schemas;
use crate::version::HelmVersion;

/// A chart and its subcharts for one Helm, with what renders share: parsed templates and the contents of files.
/// Shared between threads.
pub struct Prepared {
    chart: Arc<Chart>,
    version: HelmVersion,
    functions: OnceLock<FuncMap>,
    assembled: Mutex<Vec<Arc<Assembled>>>,
    files: Mutex<HashMap<usize, SharedFiles>>,
    schemas: Schemas,
}

/// The entries of `.Files`, and the files they were made of (which keeps their address from being used again).
type SharedFiles = (Arc<[File]>, Arc<[(Str, Frozen)]>);

/// The least number of templates that are worth another thread.
const ON_ONE_THREAD: usize = 8;

/// How many sets of enabled subcharts are kept.
const KEPT: usize = 64;

impl Prepared {
    /// Takes a loaded chart; its templates are parsed when it is first rendered.
    pub fn new(chart: Arc<Chart>, version: HelmVersion) -> Self {
        Self {
            chart,
            version,
            functions: OnceLock::new(),
            assembled: Mutex::default(),
            files: Mutex::default(),
            schemas: Schemas::default(),
        }
    }

    /// The chart.
    pub fn chart(&self) -> &Arc<Chart> {
        &self.chart
    }

    /// The Helm whose functions its templates may call.
    pub fn version(&self) -> HelmVersion {
        self.version
    }

    /// The schemas of its values.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    fn functions(&self) -> &FuncMap {
        self.functions.get_or_init(|| functions::functions(self.version))
    }

    /// Parses the templates that any render needs, those of the chart itself, if none has been rendered yet. The values can
    /// be made ready on another thread meanwhile.
    pub(crate) fn ahead(&self) -> Ahead {
        let chart = &self.chart;
        let rendered = !self.assembled.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        if rendered || chart.templates.len() < ON_ONE_THREAD || is_library(chart) {
            return Ahead::default();
        }
        let parse = |file: &File| {
            let name = clean(&format!("{}/{}", chart.name(), file.name));
            let parsed = Parsed::parse(&name, &text(&file.data), self.functions());
            (name, (Arc::clone(&file.data), parsed))
        };
        Ahead(chart.templates.par_iter().with_min_len(ON_ONE_THREAD).map(parse).collect())
    }

    /// The parsed templates of the charts that are enabled. The error is Helm's.
    pub(super) fn assemble(&self, chart: &Chart, ahead: &Ahead) -> Result<Arc<Assembled>, Error> {
        let shape: Shape = scope::charts(chart)
            .into_iter()
            .map(|(chart, depth)| {
                (Arc::clone(&chart.full_path), Arc::clone(&chart.templates), is_library(chart), depth)
            })
            .collect();
        let lock = || self.assembled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().iter().find(|known| same(&known.shape, &shape)) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(Assembled::make(shape, self.functions(), ahead)?);
        let mut all = lock();
        if all.len() >= KEPT {
            all.remove(0);
        }
        all.push(Arc::clone(&made));
        Ok(made)
    }

    /// The entries of `.Files` of a chart.
    pub(super) fn files(&self, chart: &Chart) -> Arc<[(Str, Frozen)]> {
        let mut all = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(&chart.files).cast::<u8>() as usize;
        let (_, entries) =
            all.entry(address).or_insert_with(|| (Arc::clone(&chart.files), files::entries(&chart.files)));
        Arc::clone(entries)
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({} for Helm {})", self.chart.name(), self.version)
    }
}

/// Templates that were parsed before it was known which charts are enabled: by name, what was parsed and what came of it.
#[derive(Default)]
pub(crate) struct Ahead(HashMap<String, (Arc<[u8]>, Outcome)>);

/// What came of parsing a template.
type Outcome = Result<Parsed, seatrial_gotemplate::Error>;

impl Ahead {
    fn parsed(&self, name: &str, file: &File) -> Option<Outcome> {
        let (data, parsed) = self.0.get(name)?;
        Arc::ptr_eq(data, &file.data).then(|| parsed.clone())
    }
}

/// Which charts are enabled, each before those below it: where it stands, its templates, whether it is a library, and how
/// deep it is.
type Shape = Vec<Part>;
type Part = (Arc<str>, Arc<[File]>, bool, usize);

fn same(a: &Shape, b: &Shape) -> bool {
    let same = |(one, other): (&Part, &Part)| {
        let ((path, templates, library, depth), (other_path, other_templates, other_library, other_depth)) =
            (one, other);
        path == other_path
            && Arc::ptr_eq(templates, other_templates)
            && (library, depth) == (other_library, other_depth)
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// The order in which Helm collects templates: each chart after those below it.
fn innermost_first(shape: &Shape) -> Vec<usize> {
    let (mut out, mut open): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let depth_of = |chart: usize| shape.get(chart).map_or(0, |(.., depth)| *depth);
    for chart in 0..shape.len() {
        while let Some(last) = open.pop_if(|last| depth_of(*last) >= depth_of(chart)) {
            out.push(last);
        }
        open.push(chart);
    }
    out.extend(open.into_iter().rev());
    out
}

fn is_library(chart: &Chart) -> bool {
    chart.metadata.kind.eq_ignore_ascii_case("library")
}

/// Parsed templates of the enabled charts.
pub(super) struct Assembled {
    shape: Shape,
    /// All templates.
    pub(super) set: Set,
    /// Those to execute, in order.
    pub(super) order: Vec<Entry>,
    sources: Sources,
}

/// Where a person finds each template.
type Sources = HashMap<Arc<str>, Arc<str>>;

/// The error with its place where a person finds it.
fn found(sources: &Sources, mut error: Error) -> Error {
    if let Some(place) = &mut error.place
        && let Some(source) = sources.get(&*place.file)
    {
        place.file = Arc::clone(source);
    }
    error
}

/// A template to execute.
pub(super) struct Entry {
    /// Its name, `chart/templates/a.yaml`.
    pub(super) name: Arc<str>,
    /// The folder of the templates of its chart.
    pub(super) base: Arc<str>,
    /// Its chart among those of [`scope::charts`].
    pub(super) chart: usize,
}

impl Assembled {
    fn make(shape: Shape, functions: &FuncMap, ahead: &Ahead) -> Result<Self, Error> {
        let mut files: HashMap<String, (usize, &File)> = HashMap::new();
        // Aliases can share a chart that keeps one path: the one that is met last wins.
        for chart in innermost_first(&shape) {
            let Some((path, templates, library, _)) = shape.get(chart) else { continue };
            for file in templates.iter() {
                if *library && !base_name(&file.name).starts_with('_') {
                    continue;
                }
                files.insert(clean(&format!("{path}/{}", file.name)), (chart, file));
            }
        }
        let mut files: Vec<(String, (usize, &File))> = files.into_iter().collect();
        // Deeper ones first, so that the definitions of charts further up replace theirs.
        let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
        files.sort_by(|(a, _), (b, _)| (depth(b), b).cmp(&(depth(a), a)));
        let sources =
            files.iter().map(|(name, (_, file))| (Arc::from(name.as_str()), Arc::clone(&file.source)));
        let sources: Sources = sources.collect();
        let mut set = Set::new(functions).named("gotpl");
        let mut order = Vec::new();
        let parse = |(name, (_, file)): &(String, (usize, &File))| {
            let parsed = ahead.parsed(name, file);
            parsed.unwrap_or_else(|| Parsed::parse(name, &text(&file.data), functions))
        };
        let all: Vec<_> = files.par_iter().with_min_len(ON_ONE_THREAD).map(parse).collect();
        for ((name, (chart, _)), parsed) in files.into_iter().zip(all) {
            set.include(&parsed.map_err(|error| found(&sources, errors::parse(&name, &error)))?);
            if !base_name(&name).starts_with('_') {
                let base = shape.get(chart).map_or("", |(path, ..)| path);
                order.push(Entry {
                    name: name.into(),
                    base: clean(&format!("{base}/templates")).into(),
                    chart,
                });
            }
        }
        set.share();
        Ok(Self { shape, set, order, sources })
    }

    /// An error of a template, with its place where a person finds it.
    pub(super) fn found(&self, error: Error) -> Error {
        found(&self.sources, error)
    }
}

/// Text of a template; what is not UTF-8 in it is replaced.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    // Checking alone is much faster than looking for what to replace.
    std::str::from_utf8(data).map_or_else(|_| String::from_utf8_lossy(data), std::borrow::Cow::Borrowed)
}

/// `path.Base` of a clean path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
