//! Helm sources (`helmTemplate`): what Helm is called with, and what becomes of its output.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatrial_gotemplate::{Env, Template, sprig};
use seatrial_helm::values::{ValueSources, ValuesFile, merge_files_and_sets};
use seatrial_helm::{Chart, Error, HelmVersion, KubeVersion, Options, Prepared, Values};
use seatrial_yaml::{Path, goyaml};
use serde_json::Value;

use super::answer::{HelmRun, Origin, RenderUnknown};
use super::application::{Job, text};
use super::charts::{self, Refusal};
use super::checkout::shown_root;
use super::command::{HelmArguments, OWN_VALUES, escaped_commas, kube_version};
use super::directory::not_a_mapping;
use super::objects::has_kind;
use super::stop::Stop;
use super::tree::join;
use super::value_files::{Places, Resolved, is_http};
use crate::strategicpatch::go_quote;
use crate::world::{RepoAnswer, Repositories, Version};

/// Renders a Helm source: its objects with the templates they come from.
pub(super) fn render(
    job: &mut Job<'_, '_>,
    index: usize,
    at: &Path,
    source: &Value,
    places: &Places<'_, '_>,
) -> Result<Vec<(Value, Origin)>, Stop> {
    let mut missing = Vec::new();
    let arguments = arguments(job, source, places, &mut missing)?;
    for name in missing {
        let needs = format!("the value of {name}: which commit the revision means");
        job.rendering.unknown.push(RenderUnknown { needs, at: at.clone() });
    }
    let empty = Value::Null;
    let own = own_values(source.get("helm").unwrap_or(&empty));
    let version = helm_version(job.renderer.world.version);
    let refuse = |error: Error| helm_fault(&arguments, version, error);
    if let Some(rendered) = job.rendering.sources.get_mut(index) {
        rendered.command = Some(arguments.shown());
    }
    let mut value_files = Vec::new();
    let repositories = job.renderer.world.repositories;
    let values = values(&arguments, own, places, repositories, version, &refuse, &mut value_files)?;
    let everywhere = passes_credentials(source);
    let prepared = match charts::prepared(job.renderer, places.own, places.folder, version, everywhere) {
        Ok(prepared) => prepared,
        Err(Refusal::Helm(error)) => return Err(refuse(error)),
        Err(Refusal::Other(stop)) => return Err(stop.about(&["path"])),
    };
    let mut options = options(job, &arguments, version).map_err(&refuse)?;
    options.release_name = release_name(&arguments.release_name, &options).map_err(&refuse)?;
    note_assumptions(job, &prepared, &arguments);
    let release = seatrial_helm::render(&prepared, values.clone(), &options).map_err(&refuse)?;
    job.rendering.warnings.extend(release.warnings.iter().cloned());
    let output = release.to_text(&options);
    if let Some(rendered) = job.rendering.sources.get_mut(index) {
        rendered.helm = Some(Arc::new(HelmRun { chart: prepared, values, value_files, options }));
    }
    objects(&output)
}

/// Whether a source's logins go along to every server (`helm.passCredentials`).
pub(super) fn passes_credentials(source: &Value) -> bool {
    source.pointer("/helm/passCredentials") == Some(&Value::Bool(true))
}

/// The Helm that an Argo CD ships.
pub fn helm_version(argocd: Version) -> HelmVersion {
    if argocd.at_least(3, 6) {
        HelmVersion::V4_3
    } else if argocd.at_least(3, 5) {
        HelmVersion::V4_2
    } else {
        HelmVersion::V3_19
    }
}

fn helm_fault(arguments: &HelmArguments, version: HelmVersion, error: Error) -> Stop {
    let mut words = format!("Error: {}", error.command_text());
    // Helm 4 logs this one besides.
    if let Some(why) = error.message.strip_prefix("release name check failed: ")
        && version != HelmVersion::V3_19
    {
        words = format!("level=ERROR msg=\"release name check failed\" error={}\n{words}", go_quote(why));
    }
    let mut stop = Stop::fault(arguments.failed(&words));
    if let Stop::Fault(fault) = &mut stop {
        fault.cause = error.message;
        fault.place = error.place;
        fault.limit = error.limit;
        if error.limit {
            fault.message.clone_from(&fault.cause);
        }
    }
    stop
}

/// The user's values, as Helm merges them.
fn values(
    arguments: &HelmArguments,
    own: Option<String>,
    places: &Places<'_, '_>,
    repositories: &dyn Repositories,
    version: HelmVersion,
    refuse: &dyn Fn(Error) -> Stop,
    value_files: &mut Vec<ValuesFile>,
) -> Result<Values, Stop> {
    let mut sources = ValueSources::default();
    // What could not be read, by the name that Helm would read it by.
    let mut unread: BTreeMap<String, String> = BTreeMap::new();
    let mut take = |name: String, resolved: &Resolved| -> Result<ValuesFile, Stop> {
        let read = match resolved {
            Resolved::Remote(url) => fetched(repositories, url),
            Resolved::Local(reference, path) => places.checkout(reference.as_deref()).read(path),
        };
        match read {
            Ok(bytes) => Ok(ValuesFile { name: name.into(), data: Some(bytes) }),
            Err(Stop::Fault(fault)) => {
                unread.insert(name.clone(), fault.message);
                Ok(ValuesFile { name: name.into(), data: None })
            }
            Err(unknown) => Err(unknown),
        }
    };
    for file in &arguments.values {
        for (name, part) in separated(file, places.folder) {
            let file = take(name, &part)?;
            let shown = match &part {
                Resolved::Local(reference, path) => places.checkout(reference.as_deref()).shown(path),
                Resolved::Remote(url) => url.clone(),
            };
            value_files.push(ValuesFile { name: shown.into(), data: file.data.clone() });
            sources.files.push(file);
        }
    }
    let mut contents: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    for file in arguments.set_file.values() {
        if let ValuesFile { name, data: Some(data) } = take(file.shown(), file)? {
            contents.insert(name.to_string(), data);
        }
    }
    if let Some(own) = own {
        let data: Arc<[u8]> = own.into_bytes().into();
        sources.files.push(ValuesFile { name: OWN_VALUES.into(), data: Some(data) });
    }
    let set = |set: &BTreeMap<String, String>| -> Vec<String> {
        set.iter().map(|(name, value)| format!("{name}={}", escaped_commas(value))).collect()
    };
    sources.set = set(&arguments.set);
    sources.string = set(&arguments.set_string);
    let file = |(name, file): (&String, &Resolved)| format!("{name}={}", escaped_commas(&file.shown()));
    sources.file = arguments.set_file.iter().map(file).collect();
    let read = |name: &str| match (contents.get(name), unread.get(name)) {
        (Some(data), _) => Ok(data.to_vec()),
        (None, Some(why)) => Err(why.clone()),
        (None, None) => Err(format!("open {name}: no such file or directory")),
    };
    merge_files_and_sets(&sources, version, &read).map_err(refuse)
}

/// A file that Helm gets from an address. Helm itself knows `http` and `https`; other schemes are for what is plugged into it.
fn fetched(repositories: &dyn Repositories, url: &str) -> Result<Arc<[u8]>, Stop> {
    if !is_http(url) {
        let needs = format!("the values file {url}: only http and https addresses are fetched");
        return Err(Stop::Unknown(needs));
    }
    match repositories.values_file(url) {
        RepoAnswer::Ok(bytes) => Ok(bytes),
        RepoAnswer::Error(words) => Err(Stop::fault(words)),
        RepoAnswer::Unknown(needs) => Err(Stop::Unknown(format!("a values file: {needs}"))),
    }
}

/// `--values` takes several files with commas between them, so a comma in a name separates.
fn separated(file: &Resolved, folder: &str) -> Vec<(String, Resolved)> {
    let (Resolved::Local(_, named) | Resolved::Remote(named)) = file;
    let mut parts = named.split(',');
    let first = match (file, parts.next().unwrap_or_default()) {
        (Resolved::Local(reference, _), first) => Resolved::Local(reference.clone(), first.to_owned()),
        (Resolved::Remote(_), first) => Resolved::Remote(first.to_owned()),
    };
    let mut found = vec![(first.shown(), first)];
    // What follows is relative to where Helm runs.
    found.extend(parts.map(|part| {
        let resolved = if is_http(part) {
            Resolved::Remote(part.to_owned())
        } else {
            Resolved::Local(None, join(folder, part))
        };
        (part.to_owned(), resolved)
    }));
    found
}

fn options(job: &Job<'_, '_>, arguments: &HelmArguments, version: HelmVersion) -> Result<Options, Error> {
    let kube_version = match arguments.kube_version.as_str() {
        "" => None,
        text => Some(KubeVersion::parse(text, version)?),
    };
    let namespace = match arguments.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    };
    Ok(Options {
        version,
        release_name: arguments.release_name.clone(),
        namespace: namespace.to_owned(),
        kube_version,
        api_versions: arguments.api_versions.clone(),
        include_crds: !arguments.skip_crds,
        skip_tests: arguments.skip_tests,
        skip_schema_validation: arguments.skip_schema_validation,
        cluster: job.options.cluster.clone().into(),
        clock: job.options.clock,
        random: job.options.random,
        limits: job.options.limits,
        ..Options::default()
    })
}

/// `--name-template` is a template of sprig's functions.
fn release_name(template: &str, options: &Options) -> Result<String, Error> {
    if !template.contains("{{") {
        return Ok(template.to_owned());
    }
    let failed = |error: seatrial_gotemplate::Error| Error::new(error.to_string());
    let env = Env { clock: options.clock, random: options.random, limits: options.limits, ..Env::default() };
    let template = Template::parse("name-template", template, &sprig::generic()).map_err(failed)?;
    let name = template.execute(&seatrial_gotemplate::Value::Nil, &env).map_err(failed)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

/// Says so where a chart asks for facts about the cluster that nobody gave.
fn note_assumptions(job: &mut Job<'_, '_>, prepared: &Prepared, arguments: &HelmArguments) {
    let no_version = arguments.kube_version.is_empty();
    let no_kinds = arguments.api_versions.is_empty() && job.options.api_versions.is_none();
    if (!no_version && !no_kinds) || !asks_for_capabilities(prepared.chart()) {
        return;
    }
    for (assumed, text) in [
        (no_version, "the destination cluster runs the Kubernetes version that Helm takes by default"),
        (no_kinds, "the destination cluster serves what Helm takes by default"),
    ] {
        if assumed && !job.rendering.assumed.iter().any(|known| known == text) {
            job.rendering.assumed.push(text.to_owned());
        }
    }
}

fn asks_for_capabilities(chart: &Chart) -> bool {
    let word = b"Capabilities";
    chart.templates.iter().any(|file| file.data.windows(word.len()).any(|found| found == word))
        || chart.dependencies.iter().any(|chart| asks_for_capabilities(chart))
}

/// `kube.SplitYAML`: the objects of Helm's output with the templates they come from.
fn objects(output: &[u8]) -> Result<Vec<(Value, Origin)>, Stop> {
    let text = String::from_utf8_lossy(output);
    let (documents, late) = goyaml::split_yaml(&text);
    let mut found: Vec<(Value, Origin)> = Vec::with_capacity(documents.len());
    let (mut path, mut document): (Arc<str>, usize) = ("".into(), 0);
    for (part, value) in documents {
        let named = part.text(&text).lines().find_map(|line| line.strip_prefix("# Source: "));
        match named {
            Some(named) if *named == *path => document += 1,
            Some(named) => (path, document) = (named.into(), 0),
            None => document += 1,
        }
        let problem = match &value {
            Value::Object(_) => has_kind(&value).err(),
            other => Some(not_a_mapping(other)),
        };
        if let Some(problem) = problem {
            return Err(Stop::fault(format!(
                "failed to unmarshal manifest: error unmarshaling JSON: while decoding JSON: {problem}"
            )));
        }
        found.push((value, Origin::Template { path: Arc::clone(&path), document }));
    }
    match late {
        Some(late) => Err(Stop::fault(late.message)),
        None => Ok(found),
    }
}

/// The command line, in the order in which the repo server finds faults.
fn arguments(
    job: &Job<'_, '_>,
    source: &Value,
    places: &Places<'_, '_>,
    missing: &mut Vec<&'static str>,
) -> Result<HelmArguments, Stop> {
    let world = job.renderer.world;
    let empty = Value::Null;
    let helm = source.get("helm").unwrap_or(&empty);
    let kustomize = source.get("kustomize").unwrap_or(&empty);
    let truth = |key: &str| helm.get(key) == Some(&Value::Bool(true));
    let list = |value: &'_ Value, key: &str| -> Vec<Value> {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    // What a Kustomize section says of the cluster counts here too.
    let stated = |key: &str| match text(helm, key) {
        "" => text(kustomize, key).to_owned(),
        stated => stated.to_owned(),
    };
    let asked_version = match stated("kubeVersion") {
        version if version.is_empty() => job.options.kube_version.clone().unwrap_or_default(),
        version => version,
    };
    let kube_version =
        kube_version(&asked_version).map_err(|why| Stop::fault(why).about(&["helm", "kubeVersion"]))?;
    let texts = |values: Vec<Value>| -> Vec<String> {
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let api_versions = [list(helm, "apiVersions"), list(kustomize, "apiVersions")]
        .into_iter()
        .find(|versions| !versions.is_empty())
        .map_or_else(|| served(job.options.api_versions.as_deref().unwrap_or_default()), texts);
    let namespace = match stated("namespace") {
        namespace if namespace.is_empty() => job.namespace.clone(),
        namespace => namespace,
    };
    let name = job.instance.split_once('_').map_or(job.instance.as_str(), |(_, name)| name);
    let release_name = match text(helm, "releaseName") {
        "" if name.is_empty() => job.instance.clone(),
        "" => name.to_owned(),
        given => given.to_owned(),
    };
    let files = texts(list(helm, "valueFiles"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let values = places
        .value_files(&files, truth("ignoreMissingValueFiles"), world.version.at_least(3, 4), missing)
        .map_err(|stop| stop.wrap("error resolving helm value files").about(&["helm", "valueFiles"]))?;
    let mut arguments = HelmArguments {
        release_name,
        namespace,
        kube_version,
        values,
        own_values: own_values(helm).is_some(),
        api_versions,
        skip_crds: truth("skipCrds"),
        skip_schema_validation: truth("skipSchemaValidation"),
        skip_tests: truth("skipTests"),
        ..HelmArguments::default()
    };
    for parameter in list(helm, "parameters") {
        let forced = parameter.get("forceString") == Some(&Value::Bool(true));
        let set = if forced { &mut arguments.set_string } else { &mut arguments.set };
        set.insert(text(&parameter, "name").to_owned(), text(&parameter, "value").to_owned());
    }
    for parameter in list(helm, "fileParameters") {
        let file = places
            .parameter_file(text(&parameter, "path"), missing)
            .map_err(|stop| stop.about(&["helm", "fileParameters"]))?;
        arguments.set_file.insert(text(&parameter, "name").to_owned(), file);
    }
    for value in arguments.set.values_mut().chain(arguments.set_string.values_mut()) {
        *value = places.env.substitute(value, missing);
    }
    dependencies_readable(places)?;
    let version = text(helm, "version");
    let known = matches!(version, "" | "v3") || (version == "v4" && world.version.at_least(3, 5));
    if !known {
        let message = format!("helm version '{version}' is not supported");
        return Err(Stop::fault(message)
            .wrap("failed to create new helm command")
            .wrap("error initializing helm app object")
            .about(&["helm", "version"]));
    }
    Ok(arguments)
}

/// What a cluster serves, as the controller lists it: groups with versions, and their kinds.
fn served(kinds: &[String]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for entry in kinds {
        all.insert(entry.clone());
        if let Some((version, kind)) = entry.rsplit_once('/')
            && kind.starts_with(|c: char| c.is_ascii_uppercase())
        {
            all.insert(version.to_owned());
        }
    }
    all.into_iter().collect()
}

/// `ValuesYAML`: the source's own values as the text that Helm reads, if there is any.
pub(super) fn own_values(helm: &Value) -> Option<String> {
    let text = match helm.get("valuesObject") {
        None | Some(Value::Null) => text(helm, "values").to_owned(),
        Some(object) => goyaml::to_yaml(object).unwrap_or_default(),
    };
    (!text.is_empty()).then_some(text)
}

/// `getHelmDependencyRepos`, as far as it finds fault with `Chart.yaml`.
fn dependencies_readable(places: &Places<'_, '_>) -> Result<(), Stop> {
    let path = join(places.folder, "Chart.yaml");
    let wrap = |stop: Stop| {
        stop.wrap("error retrieving helm dependency repos").wrap("error getting helm repos").about(&["path"])
    };
    let bytes = places
        .own
        .read(&path)
        .map_err(|stop| wrap(stop.wrap(&format!("error reading helm chart from {}", shown_root(&path)))))?;
    let unreadable = |why: String| {
        wrap(Stop::fault(why).wrap("error unmarshalling the helm chart while getting helm dependency repos"))
    };
    goyaml::unmarshal(&String::from_utf8_lossy(&bytes)).map(|_| ()).map_err(unreadable)
}
