//! From an ApplicationSet to its Applications, as the ApplicationSet controller of Argo CD 3.6.1 does it.

mod conditions;
mod deletion;
pub(crate) mod engine;
mod fast;
pub(crate) mod go;
mod ignored;
mod live;
mod node;
mod normal;
mod render;
mod rollout;
pub(crate) mod run;
pub(crate) mod stop;
pub(crate) mod validate;

use std::collections::BTreeSet;
use std::sync::Arc;

use seatrial_gotemplate::Value;
use seatrial_yaml::Path;
use serde_json::Value as Json;

use crate::expansion::{ConditionError, Deletion, Expansion, Fate, Generated, Unknown, Warning};
use crate::gotypes::decode_set;
use crate::limits::Limits;
use crate::params::to_json;
use crate::world::World;
use deletion::Ending;
use engine::Engine;
use live::{Live, Right, may};
use render::Renderer;
use rollout::Rolling;
use run::{Run, Set, Transformed};
use stop::Stop;

const PARAMS: &str = "ApplicationGenerationFromParamsError";
const RENDER: &str = "RenderTemplateParamsError";

/// Expands an ApplicationSet, given as the JSON the API server stores (unknown fields are dropped as Go drops them).
///
/// One error in a generator or a template keeps the controller from touching anything; the Applications that could be
/// made are listed all the same. What the world does not say is in [`Expansion::unknown`], never an error.
pub fn expand(set: &Json, world: &World<'_>, limits: &Limits) -> Expansion {
    let mut expansion = Expansion::default();
    let decoded = match decode_set(set) {
        Ok(decoded) => decoded,
        Err(error) => {
            let at = Path::new(error.path.iter().map(Into::into).collect());
            expansion.errors.push(failure("ParseError", error.message, at));
            return expansion;
        }
    };
    let text = |pointer: &str| decoded.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned();
    let namespace = Some(text("/metadata/namespace"))
        .filter(|n| !n.is_empty())
        .unwrap_or_else(|| world.namespace.clone());
    if ignored(world, &namespace) {
        let message = format!("the controller does not reconcile ApplicationSets in namespace {namespace}");
        expansion.warnings.push(Warning { message, at: Path::keys(["metadata", "namespace"]) });
    }
    let live = world.state.application_set(&namespace, &text("/metadata/name"));
    let statuses = status(&decoded, live, "applicationStatus");
    let told = status(&decoded, live, "conditions");
    let ending = Ending::of(&decoded, live);
    let spec = decoded.get("spec").cloned().unwrap_or(Json::Null);
    let go = spec.get("goTemplate") == Some(&Json::Bool(true));
    let options: Vec<String> = generators_list(&spec, "goTemplateOptions")
        .iter()
        .filter_map(|o| o.as_str().map(str::to_owned))
        .collect();
    let set =
        Set { name: text("/metadata/name"), namespace, project: text("/spec/template/spec/project"), spec };
    let run = Run::new(world, limits, set, Engine::new(go, &options, limits, world.version));
    let pass =
        Pass { run: &run, expansion, statuses, told, ending, stopped: None, bytes: 0, unresolved: false };
    if pass.ending.since.is_some() { pass.end() } else { pass.all() }
}

/// A list of the set's own `status`, else of that of the set in the cluster's state.
fn status(decoded: &Json, live: Option<&Json>, key: &str) -> Json {
    let of = |set: &Json| set.get("status")?.get(key).filter(|list| list.is_array()).cloned();
    of(decoded).or_else(|| live.and_then(of)).unwrap_or_default()
}

fn generators_list<'v>(spec: &'v Json, key: &str) -> &'v [Json] {
    spec.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whether the controller passes over ApplicationSets of this namespace.
fn ignored(world: &World<'_>, namespace: &str) -> bool {
    namespace != world.namespace && !crate::glob::matches_any_or_regex(&world.flags.namespaces, namespace)
}

fn failure(reason: &str, message: String, at: Path) -> ConditionError {
    ConditionError {
        reason: reason.to_owned(),
        message,
        at,
        applications: Vec::new(),
        indices: Vec::new(),
        stops: true,
    }
}

struct Pass<'r> {
    run: &'r Run<'r>,
    expansion: Expansion,
    /// `status.applicationStatus` as it was.
    statuses: Json,
    /// `status.conditions` as they were.
    told: Json,
    ending: Ending,
    /// The first error, which the controller reports.
    stopped: Option<(String, String)>,
    bytes: usize,
    unresolved: bool,
}

impl Pass<'_> {
    /// A set that is being deleted: the controller does nothing but see to its Applications' end.
    fn end(mut self) -> Expansion {
        let (run, at) = (self.run, Path::keys(["metadata", "deletionTimestamp"]));
        let message = format!("ApplicationSet {} is being deleted: nothing is generated", run.set.name);
        self.expansion.warnings.push(Warning { message, at });
        let ignored = ignored(run.world, &run.set.namespace);
        match deletion::begun(run, &self.ending, &Live::new(run), ignored) {
            Ok(deletion) => self.expansion.deletion = Some(deletion),
            Err(unknown) => {
                self.expansion.deletion = Some(Deletion { since: self.ending.since, ..Deletion::default() });
                self.expansion.unknown.push(unknown);
            }
        }
        self.expansion
    }

    /// How the set would go, where all that it generates is known.
    fn foresee(&mut self, live: &Live<'_>) {
        let Expansion { generated, existing, .. } = &self.expansion;
        match deletion::to_come(self.run, &self.ending, live, generated, existing) {
            Some(Ok(deletion)) => self.expansion.deletion = Some(deletion),
            Some(Err(unknown)) => self.expansion.unknown.push(unknown),
            None => {}
        }
    }

    fn all(mut self) -> Expansion {
        let run = self.run;
        let root = Path::keys(["spec", "generators"]);
        let base = run.set.spec.get("template").cloned().unwrap_or(Json::Null);
        for (index, entry) in generators_list(&run.set.spec, "generators").iter().enumerate() {
            let at = root.join(index);
            let entry = run.known(entry);
            if entry.as_object().is_none_or(|e| e.is_empty()) {
                let message = format!("ApplicationSet {} contains unrecognized generators", run.set.name);
                self.expansion.warnings.push(Warning { message, at: at.clone() });
            }
            match run.transform(&entry, Some(&base), None, &at) {
                Ok(results) => {
                    for result in results {
                        if self.render(&result, &at).is_err() {
                            return self.expansion;
                        }
                    }
                }
                Err(stop) => {
                    if self.fail(stop, PARAMS, &at, &[]).is_err() {
                        return self.expansion;
                    }
                }
            }
        }
        self.finish()
    }

    /// Notes an error; `Err` when nothing more happens after it.
    fn fail(&mut self, stop: Stop, reason: &str, at: &Path, indices: &[usize]) -> Result<(), ()> {
        match stop {
            Stop::Error(message) => {
                if self.stopped.is_none() {
                    self.stopped = Some((reason.to_owned(), message.clone()));
                }
                let mut error = failure(reason, message, at.clone());
                error.indices = indices.to_vec();
                self.expansion.errors.push(error);
                Ok(())
            }
            Stop::Panic(message) => self.give_up("Panic", message, at),
            Stop::Limit(message) => self.give_up("LimitExceeded", message, at),
            Stop::Unknown(needs) => {
                self.unresolved = true;
                self.expansion.unknown.push(Unknown { needs, at: at.clone(), index: None });
                Ok(())
            }
        }
    }

    fn give_up(&mut self, reason: &str, message: String, at: &Path) -> Result<(), ()> {
        self.expansion.errors.insert(0, failure(reason, message, at.clone()));
        Err(())
    }

    fn render(&mut self, result: &Transformed, at: &Path) -> Result<(), ()> {
        let Some(template) = &result.template else { return Ok(()) };
        let renderer = Renderer::new(self.run, template);
        for params in &result.params {
            // Templates can change their parameters (sprig's `set`), so they are noted before.
            let shown = to_json(&Value::Map(params.map.clone()));
            let rendered = match renderer.render(&params.map) {
                Ok(rendered) => rendered,
                Err(stop) => {
                    self.fail(stop, RENDER, &params.at, &[])?;
                    continue;
                }
            };
            self.bytes = self.bytes.saturating_add(size(&rendered.application));
            if self.bytes > self.run.limits.output_bytes {
                let message = format!(
                    "the generated Applications take more than {} bytes",
                    self.run.limits.output_bytes
                );
                return self.give_up("LimitExceeded", message, at);
            }
            self.expansion.generated.push(Generated {
                application: Arc::new(rendered.application),
                created: false,
                doubtful: false,
                params: shown,
                generator: params.at.clone(),
                origins: Arc::clone(&params.origins),
                patch: rendered.patch,
                generator_template: result.template_at.clone(),
                step: None,
            });
        }
        Ok(())
    }

    fn finish(mut self) -> Expansion {
        let version = self.run.world.version;
        if let Some((reason, message)) = self.stopped.take() {
            self.expansion.conditions = conditions::failed(&reason, &message, false, version);
            if !self.unresolved && !ignored(self.run.world, &self.run.set.namespace) {
                self.foresee(&Live::new(self.run));
            }
            return self.expansion;
        }
        let verdict = validate::applications(self.run, &self.expansion.generated);
        let doubtful: BTreeSet<usize> = verdict.unknown.iter().filter_map(|u| u.index).collect();
        self.expansion.unknown.extend(verdict.unknown);
        let mut reported = verdict.errors.values().next_back().map(|last| {
            let more = verdict.errors.len() - 1;
            let suffix = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            ("ApplicationValidationError".to_owned(), format!("{}{suffix}", last.message))
        });
        let steps = rollout::steps(self.run);
        if version.at_least(3, 6) && steps.is_some_and(<[Json]>::is_empty) {
            let at = Path::keys(["spec", "strategy"]);
            let error = failure("ApplicationSetRolloutError", "No steps defined for rollout".to_owned(), at);
            reported = Some((error.reason.clone(), error.message.clone()));
            self.expansion.errors.push(error);
        }
        let namespace = &self.run.set.namespace;
        let reason =
            if may(self.run, Right::Update) { "UpdateApplicationError" } else { "CreateApplicationError" };
        let mut refused: Option<(String, String)> = None;
        let stopped = self.expansion.stopped();
        let ignored = ignored(self.run.world, namespace) || stopped;
        let live = Live::new(self.run);
        let mut rolling = self.rolling(steps.filter(|_| !ignored), &live);
        if let (Some(rolling), Some((reason, message))) = (&mut rolling, &reported)
            && !conditions::told(&self.told, &conditions::failed(reason, message, true, version))
        {
            rolling.read_again();
        }
        for (index, app) in self.expansion.generated.iter_mut().enumerate() {
            let name = app.name().to_owned();
            if verdict.errors.contains_key(&format!("{namespace}/{name}")) {
                continue;
            }
            if let Some(rolling) = rolling.as_mut().filter(|rolling| rolling.has_steps()) {
                rolling.take(app);
            }
            let why = validate::refusal(&app.application).or_else(|| live.taken(&name));
            if let Some(message) = why {
                self.expansion.errors.push(ConditionError {
                    applications: vec![name.clone()],
                    indices: vec![index],
                    stops: false,
                    ..failure(reason, message.clone(), Path::keys(["spec", "template", "metadata"]))
                });
                if refused.as_ref().is_none_or(|(first, _)| name < *first) {
                    refused = Some((name, message));
                }
                continue;
            }
            let doubt = doubtful.contains(&index);
            app.created = !ignored && !doubt;
            app.doubtful = doubt && !stopped;
        }
        let complete = !ignored && !self.unresolved;
        // After an error in creating or updating nothing is deleted.
        let (existing, unread) = live.fates(&self.expansion.generated, complete && refused.is_none());
        let left: BTreeSet<&str> =
            existing.iter().filter(|e| e.fate == Fate::Left).map(|e| e.name.as_str()).collect();
        let mut added = Vec::new();
        if let Some(mut rolling) = rolling {
            rolling.rollout.synced.retain(|name| !left.contains(name.as_str()));
            added = rolling.conditions;
            self.expansion.rollout = Some(rolling.rollout);
        }
        self.expansion.existing = existing;
        if complete && unread.iter().all(|unread| unread.index.is_none()) {
            self.foresee(&live);
        }
        self.expansion.unknown.extend(unread);
        self.expansion.errors.extend(verdict.errors.into_values());
        if self.unresolved || !doubtful.is_empty() {
            return self.expansion;
        }
        if let Some((_, message)) = refused {
            reported = Some((reason.to_owned(), message));
        }
        self.expansion.conditions = match reported {
            Some((reason, message)) => conditions::failed(&reason, &message, true, version),
            None => conditions::succeeded(version),
        };
        self.expansion.conditions.append(&mut added);
        self.expansion.conditions.sort_by(|a, b| a.kind.cmp(&b.kind));
        self.expansion
    }

    /// Goes on with a rolling sync, where there is one and all its Applications are known.
    fn rolling(&mut self, steps: Option<&[Json]>, live: &Live<'_>) -> Option<Rolling> {
        // Before 3.6 one without steps is one that is done.
        let older = !self.run.world.version.at_least(3, 6);
        let steps = steps.filter(|steps| (older || !steps.is_empty()) && !self.unresolved)?;
        match Rolling::perform(steps, &self.statuses, &self.expansion.generated, live) {
            Ok(rolling) => Some(rolling),
            Err(unknown) => {
                self.unresolved = true;
                self.expansion.unknown.push(unknown);
                None
            }
        }
    }
}

/// The size of a value's JSON, roughly.
fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(items) => items.iter().map(|i| size(i) + 1).sum::<usize>() + 2,
        Json::Object(entries) => entries.iter().map(|(k, v)| k.len() + 4 + size(v)).sum::<usize>() + 2,
        _ => 8,
    }
}
