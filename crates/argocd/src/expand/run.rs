//! The state of one expansion, and `Transform`: from one entry of `generators` to parameter sets and a template.

use std::borrow::Cow;
use std::cell::Cell;

use seatrial_gotemplate::Map;
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::engine::Engine;
use super::node::Node;
use super::stop::Stop;
use crate::flatten::flatten;
use crate::gotypes::{Ty, argo};
use crate::limits::Limits;
use crate::mergo::fill;
use crate::params::ParamSet;
use crate::selector::{Rules, Selector};
use crate::world::World;

/// What the run needs of the ApplicationSet.
pub(crate) struct Set {
    /// Its name.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// `spec`, in normal form.
    pub(crate) spec: Json,
    /// `spec.template.spec.project`.
    pub(crate) project: String,
}

/// One expansion.
pub(crate) struct Run<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) limits: &'w Limits,
    pub(crate) set: Set,
    pub(crate) engine: Engine,
    made: Cell<usize>,
    generator: Ty,
}

/// `TransformResult`.
pub(crate) struct Transformed {
    pub(crate) params: Vec<ParamSet>,
    /// The generator's template, filled from the set's; nothing for children, whose templates do not count.
    pub(crate) template: Option<Json>,
    /// Where the generator's own template stands, if it has one.
    pub(crate) template_at: Option<Path>,
}

impl<'w> Run<'w> {
    pub(crate) fn new(world: &'w World<'w>, limits: &'w Limits, set: Set, engine: Engine) -> Self {
        Self { world, limits, set, engine, made: Cell::new(0), generator: argo("ApplicationSetGenerator") }
    }

    /// Accounts for parameter sets before they are made.
    pub(crate) fn reserve(&self, count: usize) -> Result<(), Stop> {
        let made = self.made.get().saturating_add(count);
        self.made.set(made);
        if made > self.limits.parameter_sets {
            return Err(Stop::Limit(format!(
                "the generators make {made} parameter sets or more, over the limit of {}",
                self.limits.parameter_sets
            )));
        }
        Ok(())
    }

    /// An entry of `generators` without what this version has no generator for: its Go type drops `oci` before 3.6.
    pub(crate) fn known<'e>(&self, entry: &'e Json) -> Cow<'e, Json> {
        if self.world.version.at_least(3, 6) || entry.get("oci").is_none() {
            return Cow::Borrowed(entry);
        }
        let mut entry = entry.clone();
        entry.as_object_mut().and_then(|fields| fields.remove("oci"));
        Cow::Owned(entry)
    }

    /// `Transform`: runs every generator of an entry in the order Go declares them. `base` is the set's template,
    /// `params` are those of a matrix's first child.
    pub(crate) fn transform(
        &self,
        entry: &Json,
        base: Option<&Json>,
        params: Option<&Map>,
        at: &Path,
    ) -> Result<Vec<Transformed>, Stop> {
        let selector = match entry.get("selector") {
            None => None,
            Some(selector) => {
                let parsed = Selector::parse(selector, Rules::AnyValue);
                Some(parsed.map_err(|e| Stop::Error(e).wrap("error parsing label selector"))?)
            }
        };
        let mut out = Vec::new();
        let (mut failed, mut unknown): (Option<Stop>, Option<Stop>) = (None, None);
        let mut interpolated: Option<Json> = None;
        let fields = self.generator.structure().map(|s| s.fields.as_slice()).unwrap_or_default();
        for field in fields.iter().filter(|f| f.json != "selector") {
            let Some(spec) = entry.get(field.json) else { continue };
            let place = at.join(field.json);
            let made = self.one(entry, field.json, params, &mut interpolated, &place);
            match made {
                Ok(mut sets) => {
                    if let Some(selector) = &selector {
                        // Before 3.4 labels and annotations are no parameters for it where templates are Go's.
                        let labels = self.world.version.at_least(3, 4);
                        sets.retain(|set| selector.matches(&flatten(&set.map, labels)));
                    }
                    let (template, template_at) = match base {
                        None => (None, None),
                        Some(base) => merged(spec, base, &place),
                    };
                    out.push(Transformed { params: sets, template, template_at });
                }
                Err(stop @ Stop::Unknown(_)) => unknown = unknown.or(Some(stop)),
                Err(stop @ Stop::Error(_)) => failed = failed.or(Some(stop)),
                Err(stop) => return Err(stop),
            }
        }
        match failed.or(unknown) {
            Some(stop) => Err(stop),
            None => Ok(out),
        }
    }

    fn one(
        &self,
        entry: &Json,
        key: &str,
        params: Option<&Map>,
        interpolated: &mut Option<Json>,
        at: &Path,
    ) -> Result<Vec<ParamSet>, Stop> {
        let params = params.filter(|p| !p.is_empty());
        if let (Some(params), None) = (params, &interpolated) {
            *interpolated = Some(self.interpolate(entry, params)?);
        }
        let source = interpolated.as_ref().unwrap_or(entry);
        crate::generators::generate(self, key, source.get(key).unwrap_or(&Json::Null), at)
    }

    /// `InterpolateGenerator`.
    fn interpolate(&self, entry: &Json, params: &Map) -> Result<Json, Stop> {
        self.engine.check_options()?;
        // Since 3.4 `values` that lack a parameter wait for the generator to make it.
        let node = Node::compile(&self.generator, entry, &self.engine, self.world.version.at_least(3, 4));
        let mut out = node
            .render(&self.engine, params)
            .map_err(|stop| stop.wrap("failed to replace parameters in generator"))?;
        not_nil(&mut out);
        for kind in ["matrix", "merge"] {
            let children = out.pointer_mut(&format!("/{kind}/generators")).and_then(Json::as_array_mut);
            children.into_iter().flatten().for_each(not_nil);
        }
        Ok(out)
    }
}

/// The copy that rendering makes has empty maps and lists where there were none, and this generator tells them apart.
fn not_nil(generator: &mut Json) {
    let Some(decisions) = generator.get_mut("clusterDecisionResource").and_then(Json::as_object_mut) else {
        return;
    };
    let selector = decisions.entry("labelSelector").or_insert_with(|| serde_json::json!({}));
    if let Some(selector) = selector.as_object_mut() {
        selector.entry("matchLabels").or_insert_with(|| serde_json::json!({}));
        selector.entry("matchExpressions").or_insert_with(|| serde_json::json!([]));
    }
}

/// `mergeGeneratorTemplate`.
fn merged(spec: &Json, base: &Json, at: &Path) -> (Option<Json>, Option<Path>) {
    let ty = argo("ApplicationSetTemplate");
    let zero = crate::gotypes::zero(&ty);
    let own = spec.get("template").filter(|t| **t != zero);
    let mut template = own.cloned().unwrap_or(zero);
    if let Some(structure) = ty.structure() {
        fill(&mut template, base, structure);
    }
    (Some(template), own.map(|_| at.join("template")))
}
