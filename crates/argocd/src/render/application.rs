//! One Application: what the controller asks the repo server for, source by source (`GetRepoObjs`).

use std::collections::BTreeMap;

use seatrial_yaml::Path;
use serde_json::Value;

use super::answer::{RenderError, RenderUnknown, RenderedSource, Rendering, Resource, SourceKind};
use super::checkout::Checkout;
use super::env::Env;
use super::objects::{canonical, flatten, has_kind};
use super::options::RenderOptions;
use super::settings::Settings;
use super::stop::{Stop, known};
use super::tracking::Tracker;
use super::tree::{Missing, Node, clean};
use super::{Renderer, directory, helm, source};
use crate::expand::validate::{Problem, destination};
use crate::gotypes::{argo, decode};

use crate::project::normalize_git_url;
use crate::world::{ChartRequest, RepoAnswer};

/// An Application's rendering under way.
pub(super) struct Job<'r, 'w> {
    pub(super) renderer: &'r Renderer<'w>,
    pub(super) options: &'r RenderOptions,
    pub(super) settings: Settings,
    /// The Application's name, with its namespace where that is not the controller's.
    pub(super) instance: String,
    /// The project's name.
    pub(super) project: String,
    /// The destination's namespace.
    pub(super) namespace: String,
    /// Whether `spec.sources` is used.
    pub(super) multiple: bool,
    /// Sources that others can refer to, by `$name`: address, revision and chart.
    pub(super) references: BTreeMap<String, [String; 3]>,
    pub(super) rendering: Rendering,
}

/// A text field of a JSON object.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Renders an Application.
pub(super) fn render(renderer: &Renderer<'_>, application: &Value, options: &RenderOptions) -> Rendering {
    let refuse = |condition, message: String, at: Path| Rendering {
        error: Some(RenderError {
            condition,
            cause: message.clone(),
            message,
            at,
            place: None,
            limit: false,
        }),
        ..Rendering::default()
    };
    let application = match decode(&argo("Application"), application) {
        Ok(application) => application,
        Err(error) => return refuse("ParseError", error.message, Path::root()),
    };
    let world = renderer.world;
    let empty = Value::Null;
    let (metadata, spec) =
        (application.get("metadata").unwrap_or(&empty), application.get("spec").unwrap_or(&empty));
    let (name, namespace) = (text(metadata, "name"), text(metadata, "namespace"));
    let project = match text(spec, "project") {
        "" => "default",
        project => project,
    };
    if world.state.project(project).is_none() && world.projects_known {
        let message = format!("Application referencing project {project} which does not exist");
        return refuse("InvalidSpecError", message, Path::keys(["spec", "project"]));
    }
    let target = spec.get("destination").unwrap_or(&empty);
    let mut job = Job {
        renderer,
        options,
        settings: Settings::new(world.state),
        instance: if namespace.is_empty() || namespace == world.namespace {
            name.to_owned()
        } else {
            format!("{namespace}_{name}")
        },
        project: project.to_owned(),
        namespace: text(target, "namespace").to_owned(),
        multiple: false,
        references: BTreeMap::new(),
        rendering: Rendering::default(),
    };
    let load = |message: String| format!("Failed to load target state: {message}");
    match destination(world, text(target, "server"), text(target, "name")) {
        Ok(_) => {}
        Err(Problem::Error(message, _)) => {
            let message = message.trim_start_matches("application destination spec is invalid: ");
            let message = load(format!("failed to get destination cluster: {message}"));
            return refuse("ComparisonError", message, Path::keys(["spec", "destination"]));
        }
        // The destination does not change what is rendered.
        Err(Problem::Unknown(..)) => {}
    }
    let (sources, multiple) = sources(spec);
    job.multiple = multiple;
    if let Err(message) = job.find_references(&sources) {
        let message = load(format!("failed to get ref sources: {message}"));
        return refuse("ComparisonError", message, Path::keys(["spec", "sources"]));
    }
    let count = sources.len();
    for (index, (at, source)) in sources.into_iter().enumerate() {
        match job.source(index, &at, source) {
            Ok(()) => {}
            Err(Failure::Stop(Stop::Unknown(needs))) => {
                job.rendering.unknown.push(RenderUnknown { needs, at });
            }
            Err(Failure::Stop(Stop::Fault(fault))) => {
                let at = at.concat(&Path::keys(fault.field.iter().copied()));
                job.refuse(RenderError {
                    condition: "ComparisonError",
                    message: load(format!(
                        "failed to generate manifest for source {} of {count}: rpc error: code = {} desc = {}",
                        index + 1,
                        fault.code,
                        fault.message
                    )),
                    cause: fault.cause,
                    at,
                    place: fault.place,
                    limit: fault.limit,
                });
                return job.rendering;
            }
            Err(Failure::Unmarshal(cause)) => {
                job.refuse(RenderError {
                    condition: "ComparisonError",
                    message: load(format!(
                        "failed to unmarshal manifests for source {} of {count}: {cause}",
                        index + 1
                    )),
                    cause,
                    at,
                    place: None,
                    limit: false,
                });
                return job.rendering;
            }
        }
    }
    job.rendering
}

/// Why a source gives nothing.
enum Failure {
    /// The repo server says so.
    Stop(Stop),
    /// The controller cannot read what it was given.
    Unmarshal(String),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// The sources in force with their places, and whether they are several.
fn sources(spec: &Value) -> (Vec<(Path, Value)>, bool) {
    let base = Path::keys(["spec"]);
    if let Some(hydrator) = spec.get("sourceHydrator").filter(|h| !h.is_null()) {
        let empty = Value::Null;
        let (dry, sync) =
            (hydrator.get("drySource").unwrap_or(&empty), hydrator.get("syncSource").unwrap_or(&empty));
        let url = match text(sync, "repoURL") {
            "" => text(dry, "repoURL"),
            url => url,
        };
        let source = serde_json::json!({
            "repoURL": url, "path": text(sync, "path"), "targetRevision": text(sync, "targetBranch"),
        });
        return (vec![(base.join("sourceHydrator").join("syncSource"), source)], false);
    }
    if let Some(sources) = spec.get("sources").and_then(Value::as_array).filter(|s| !s.is_empty()) {
        let base = base.join("sources");
        return (sources.iter().enumerate().map(|(i, s)| (base.join(i), s.clone())).collect(), true);
    }
    let source = spec.get("source").filter(|s| !s.is_null());
    (source.map(|s| (base.join("source"), s.clone())).into_iter().collect(), false)
}

impl<'w> Job<'_, 'w> {
    fn refuse(&mut self, error: RenderError) {
        self.rendering.resources.clear();
        self.rendering.error = Some(error);
    }

    fn find_references(&mut self, sources: &[(Path, Value)]) -> Result<(), String> {
        for (_, source) in sources {
            let name = text(source, "ref");
            if name.is_empty() {
                continue;
            }
            if !is_reference_name(name) {
                return Err(format!(
                    "sources.ref {name} cannot contain any special characters except '_' and '-'"
                ));
            }
            let target = ["repoURL", "targetRevision", "chart"].map(|key| text(source, key).to_owned());
            if self.references.insert(format!("${name}"), target).is_some() {
                return Err("invalid sources: multiple sources had the same `ref` key".to_owned());
            }
        }
        Ok(())
    }

    /// One source (`GenerateManifest`).
    fn source(&mut self, index: usize, at: &Path, mut source: Value) -> Result<(), Failure> {
        let (url, chart, path) =
            (text(&source, "repoURL").to_owned(), text(&source, "chart").to_owned(), text(&source, "path"));
        let (is_oci, is_chart) = (url.starts_with("oci://"), !chart.is_empty());
        let path = path.to_owned();
        let place = self.rendering.sources.len();
        self.rendering.sources.push(RenderedSource {
            at: at.clone(),
            kind: SourceKind::Reference,
            revision: None,
            command: None,
            helm: None,
        });
        debug_assert_eq!(place, index);
        let revision = revision(&source);
        let reference_only =
            self.multiple && path.is_empty() && !is_oci && !is_chart && !text(&source, "ref").is_empty();
        if reference_only {
            // Nothing is rendered, but the revision has to be there.
            return match self.renderer.world.repositories.entries(&url, &revision) {
                RepoAnswer::Unknown(_) => Ok(()),
                answer => known(answer).map(|_| ()).map_err(|s| s.about(&["targetRevision"]).into()),
            };
        }
        let checkout =
            self.checkout(&url, &revision, &chart, is_oci, is_chart, helm::passes_credentials(&source))?;
        self.check_references(&source)?;
        let commit = self.revision(&checkout);
        if let Some(rendered) = self.rendering.sources.get_mut(index) {
            rendered.revision.clone_from(&commit);
        }
        if self.multiple && path.is_empty() && chart.is_empty() {
            return Ok(());
        }
        let folder = if is_chart && !is_oci { String::new() } else { folder(&checkout, &path)? };
        let refs = self.referred(&source, &checkout, commit.as_deref())?;
        let instance = self.instance.clone();
        let kind = source::kind(&mut source, &checkout, &folder, &instance, &self.settings)?;
        if let Some(rendered) = self.rendering.sources.get_mut(index) {
            rendered.kind = kind;
        }
        let env = self.env(&source, commit);
        let objects = match kind {
            SourceKind::Helm => {
                let places = super::value_files::Places {
                    own: &checkout,
                    folder: &folder,
                    refs: &refs,
                    env: &env,
                    schemes: &self.settings.schemes.clone(),
                };
                helm::render(self, index, at, &source, &places)?
            }
            SourceKind::Directory => {
                let limit = self.options.directory_bytes;
                let found =
                    directory::manifests(&checkout, &folder, source.get("directory"), &self.settings, limit)?;
                self.rendering.warnings.extend(found.warnings);
                for file in found.jsonnet {
                    let needs = format!("what Jsonnet makes of {file}: Jsonnet is not evaluated");
                    self.rendering.unknown.push(RenderUnknown { needs, at: at.clone() });
                }
                found.objects
            }
            SourceKind::Kustomize => {
                let needs = format!("what Kustomize makes of {path}: Kustomize is not run");
                return Err(Stop::Unknown(needs).into());
            }
            SourceKind::Plugin => {
                let name = source.pointer("/plugin/name").and_then(Value::as_str).unwrap_or_default();
                let which = if name.is_empty() { String::new() } else { format!(" {name}") };
                let needs = format!("what the plugin{which} makes of {path}: plugins are not run");
                return Err(Stop::Unknown(needs).into());
            }
            SourceKind::Reference => Vec::new(),
        };
        self.finish(index, objects)
    }

    fn finish(&mut self, index: usize, objects: Vec<(Value, super::answer::Origin)>) -> Result<(), Failure> {
        let tracker = Tracker { settings: &self.settings, app: &self.instance, namespace: &self.namespace };
        let mut marked = Vec::with_capacity(objects.len());
        for (object, origin) in objects {
            for mut object in flatten(object)? {
                tracker.mark(&mut object)?;
                canonical(&mut object);
                marked.push(Resource { object, source: index, origin: origin.clone() });
            }
        }
        for resource in &marked {
            has_kind(&resource.object).map_err(Failure::Unmarshal)?;
        }
        self.rendering.resources.extend(marked);
        Ok(())
    }

    fn checkout(
        &self,
        url: &str,
        revision: &str,
        chart: &str,
        is_oci: bool,
        is_chart: bool,
        pass_credentials: bool,
    ) -> Result<Checkout<'w>, Stop> {
        if is_chart && !is_oci {
            let asked = ChartRequest { url, chart, version: revision, pass_credentials };
            let files = known(self.renderer.world.repositories.chart(&asked))
                .map_err(|stop| stop.about(&["targetRevision"]))?;
            return Checkout::chart(url, chart, files);
        }
        let checkout = if is_oci {
            self.renderer.checkout("oci", url, revision)
        } else {
            self.renderer.checkout("git", url, revision)
        };
        checkout.map_err(|stop| stop.about(&["targetRevision"]))
    }

    /// The commit of a checkout, when it is known.
    fn revision(&self, checkout: &Checkout<'w>) -> Option<String> {
        match (checkout.key.0, &checkout.key.1, &checkout.key.2) {
            ("git", url, revision) => match self.renderer.world.repositories.commit(url, revision) {
                RepoAnswer::Ok(commit) => Some(commit),
                RepoAnswer::Error(_) | RepoAnswer::Unknown(_) => None,
            },
            ("chart", _, version) => Some(version.clone()),
            _ => None,
        }
    }

    /// The value files that begin with `$`.
    fn dollars(source: &Value) -> Vec<String> {
        let Some(helm) = source.get("helm") else { return Vec::new() };
        let files = helm.get("valueFiles").and_then(Value::as_array).into_iter().flatten();
        let parameters = helm.get("fileParameters").and_then(Value::as_array).into_iter().flatten();
        files
            .filter_map(Value::as_str)
            .chain(parameters.map(|p| text(p, "path")))
            .filter(|path| path.starts_with('$'))
            .map(|path| path.split('/').next().unwrap_or_default().to_owned())
            .collect()
    }

    /// `resolveReferencedSources`: every `$name` must be a source's, and its revision exist.
    fn check_references(&self, source: &Value) -> Result<(), Stop> {
        if !self.multiple {
            return Ok(());
        }
        let about = ["helm", "valueFiles"];
        for name in Self::dollars(source) {
            let Some([url, revision, chart]) = self.references.get(&name) else {
                let message = if self.references.is_empty() {
                    format!("source referenced {name:?}, but no source has a 'ref' field defined")
                } else {
                    let known: Vec<&str> = self.references.keys().map(String::as_str).collect();
                    format!(
                        "source referenced {name:?}, which is not one of the available sources ({})",
                        known.join(", ")
                    )
                };
                return Err(Stop::fault(message).about(&about));
            };
            if !chart.is_empty() {
                return Err(Stop::fault(
                    "source has a 'chart' field defined, but Helm charts are not yet not supported for 'ref' sources",
                )
                .about(&about));
            }
            if let RepoAnswer::Error(_) = self.renderer.world.repositories.entries(url, revision) {
                return Err(Stop::fault(format!("failed to get git client for repo {url}")).about(&about));
            }
        }
        Ok(())
    }

    /// The checkouts of the sources that a source refers to.
    fn referred(
        &self,
        source: &Value,
        own: &Checkout<'w>,
        own_commit: Option<&str>,
    ) -> Result<BTreeMap<String, Checkout<'w>>, Stop> {
        let mut found: BTreeMap<String, Checkout<'w>> = BTreeMap::new();
        if !self.multiple {
            return Ok(found);
        }
        let mut opened: BTreeMap<String, (String, String, Checkout<'w>)> = BTreeMap::new();
        let own_url = text(source, "repoURL");
        for name in Self::dollars(source) {
            let Some([url, revision, _]) = self.references.get(&name) else { continue };
            let key = normalize_git_url(url);
            if let Some((known, other, checkout)) = opened.get(&key) {
                if known != revision {
                    return Err(Stop::fault(format!(
                        "cannot reference multiple revisions for the same repository ({name} references {revision:?} while {other} references {known:?})"
                    )));
                }
                found.insert(name, checkout.clone());
                continue;
            }
            let checkout = self.renderer.checkout("git", url, revision)?;
            if normalize_git_url(own_url) == key {
                let asked = &own.key.2;
                let theirs = self.revision(&checkout);
                let differ = match (own_commit, &theirs) {
                    (Some(own), Some(theirs)) => own != theirs,
                    _ => asked != revision,
                };
                if differ {
                    let shown = |commit: Option<&str>, revision: &str| commit.unwrap_or(revision).to_owned();
                    return Err(Stop::fault(format!(
                        "cannot reference a different revision of the same repository ({name} references {revision:?} which resolves to {:?} while the application references {asked:?} which resolves to {:?})",
                        shown(theirs.as_deref(), revision),
                        shown(own_commit, asked),
                    )));
                }
            }
            opened.insert(key, (revision.clone(), name.clone(), checkout.clone()));
            found.insert(name, checkout);
        }
        Ok(found)
    }

    fn env(&self, source: &Value, commit: Option<String>) -> Env {
        let short = |length: usize| commit.as_ref().map(|c| c.get(..length).unwrap_or(c).to_owned());
        let given = |value: &str| Some(value.to_owned());
        Env {
            entries: vec![
                ("ARGOCD_APP_NAME", given(&self.instance)),
                ("ARGOCD_APP_NAMESPACE", given(&self.namespace)),
                ("ARGOCD_APP_PROJECT_NAME", given(&self.project)),
                ("ARGOCD_APP_REVISION_SHORT", short(7)),
                ("ARGOCD_APP_REVISION_SHORT_8", short(8)),
                ("ARGOCD_APP_SOURCE_REPO_URL", given(text(source, "repoURL"))),
                ("ARGOCD_APP_SOURCE_PATH", given(text(source, "path"))),
                ("ARGOCD_APP_SOURCE_TARGET_REVISION", given(text(source, "targetRevision"))),
                ("ARGOCD_APP_REVISION", commit),
            ],
        }
    }
}

/// The revision asked for: a tag prefix goes before a constraint.
fn revision(source: &Value) -> String {
    format!("{}{}", text(source, "tagPrefix"), text(source, "targetRevision"))
}

/// `apppathutil.Path`: the folder of a source in its checkout.
fn folder(checkout: &Checkout<'_>, path: &str) -> Result<String, Stop> {
    let fault = |why: &str| Err(Stop::fault(format!("{path}: {why}")).about(&["path"]));
    if path.starts_with('/') {
        return fault("app path is absolute");
    }
    let (clean, escaped) = clean("", path);
    if escaped {
        return fault("app path outside root");
    }
    match checkout.tree.follow(&clean) {
        Ok((_, Node::Folder)) => Ok(clean),
        Ok(_) => fault("app path is not a directory"),
        Err(Missing::Nothing | Missing::Outside) => fault("app path does not exist"),
        Err(Missing::NotFolder) => {
            Err(Stop::fault(format!("stat {}: not a directory", super::checkout::shown_root(&clean)))
                .about(&["path"]))
        }
        Err(Missing::Loop) => Err(Stop::fault(format!(
            "stat {}: too many levels of symbolic links",
            super::checkout::shown_root(&clean)
        ))
        .about(&["path"])),
    }
}

/// Whether a source's `ref` may be so called.
fn is_reference_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
