//! From the command line to an intent: the sentence is read first, flags win.

use std::io::Read;

use seatrial_author::{Intent, PerEnvironment, Vocabulary, intent};
use seatrial_yaml::{Path, goyaml};

use crate::cli::GenerateArgs;
use crate::error::CliError;
use crate::io::Io;
use crate::text::nearest;

/// How much of an intent is read.
const MOST: u64 = 1 << 20;

/// The text of the intent: as given, of a file so named, or of standard input.
pub(super) fn text(args: &GenerateArgs, io: &mut Io<'_>) -> Result<Option<String>, CliError> {
    let Some(given) = &args.intent else { return Ok(None) };
    let bytes = if given == "-" {
        if io.terminal.input {
            io.say("Reading the intent from standard input; Ctrl-D ends it.\n");
        }
        let mut bytes = Vec::new();
        let read = io.stdin.take(MOST + 1).read_to_end(&mut bytes);
        read.map_err(|error| CliError::new(format!("cannot read standard input: {error}")))?;
        bytes
    } else {
        if !super::facts::is_file(given, &io.cwd) {
            return Ok(Some(given.clone()));
        }
        let path = io.cwd.join(given);
        std::fs::read(&path).map_err(|error| CliError::new(format!("cannot read `{given}`: {error}")))?
    };
    if bytes.len() as u64 > MOST {
        return Err(CliError::new(format!("the intent is larger than {MOST} bytes"))
            .hint("say what is wanted; facts of the platform belong into the platform file"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| CliError::new("the intent is not UTF-8 text"))
}

/// What is wanted, by the text and the flags.
pub(super) fn wanted(
    args: &GenerateArgs,
    text: Option<&str>,
    vocabulary: &Vocabulary,
) -> Result<Intent, CliError> {
    let mut wanted = text.map(|text| intent::read(text, vocabulary).intent).unwrap_or_default();
    let take = |slot: &mut Option<String>, given: &Option<String>| {
        if given.is_some() {
            slot.clone_from(given);
        }
    };
    take(&mut wanted.app, &args.app);
    take(&mut wanted.chart, &args.chart);
    take(&mut wanted.repository, &args.repo);
    take(&mut wanted.namespace, &args.namespace);
    take(&mut wanted.project, &args.project);
    if !args.environments.is_empty() {
        wanted.environments =
            args.environments.iter().map(|name| environment(name, vocabulary)).collect::<Result<_, _>>()?;
    }
    if !args.clusters.is_empty() {
        wanted.clusters.clone_from(&args.clusters);
        for name in &args.clusters {
            let of =
                vocabulary.clusters.iter().find(|(known, _)| known == name).and_then(|(_, of)| of.clone());
            if let Some(of) = of.filter(|of| !wanted.environments.contains(of)) {
                wanted.environments.push(of);
            }
        }
    }
    wanted.every_cluster |= args.every_cluster;
    scoped(&args.revision, "--revision", vocabulary, &mut wanted.revision, |text| Some(text.to_owned()))?;
    scoped(&args.tag, "--tag", vocabulary, &mut wanted.tag, |text| Some(text.to_owned()))?;
    scoped(&args.host, "--host", vocabulary, &mut wanted.host, |text| Some(text.to_owned()))?;
    scoped(&args.replicas, "--replicas", vocabulary, &mut wanted.replicas, |text| text.parse().ok())?;
    for given in &args.values {
        value(given, vocabulary, &mut wanted)?;
    }
    Ok(wanted)
}

/// The environment of this name or alias, as the platform file calls it.
fn environment(name: &str, vocabulary: &Vocabulary) -> Result<String, CliError> {
    let known =
        |(own, aliases): &&(String, Vec<String>)| own == name || aliases.iter().any(|alias| alias == name);
    if let Some((own, _)) = vocabulary.environments.iter().find(known) {
        return Ok(own.clone());
    }
    let error = CliError::new(format!("the platform file declares no environment `{name}`"));
    let names: Vec<&str> = vocabulary.environments.iter().map(|(name, _)| name.as_str()).collect();
    Err(match nearest(name, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!(
            "it declares {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )),
    })
}

/// `VALUE` or `ENV=VALUE`.
fn scoped<T>(
    given: &[String],
    flag: &str,
    vocabulary: &Vocabulary,
    into: &mut PerEnvironment<T>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<(), CliError> {
    for text in given {
        let (of, rest) = match text.split_once('=') {
            Some((name, rest)) => (Some(environment(name, vocabulary)?), rest),
            None => (None, text.as_str()),
        };
        let value = read(rest).filter(|_| !rest.is_empty());
        let value =
            value.ok_or_else(|| CliError::new(format!("`{flag} {text}`: `{rest}` cannot be taken")))?;
        into.set(of.as_deref(), value);
    }
    Ok(())
}

/// `PATH=VALUE` or `ENV:PATH=VALUE`, the value as YAML.
fn value(given: &str, vocabulary: &Vocabulary, wanted: &mut Intent) -> Result<(), CliError> {
    let bad = |why: &str| {
        CliError::new(format!("`--value {given}`: {why}"))
            .hint("for example `--value prod:service.port=8080`")
    };
    let (left, right) = given.split_once('=').ok_or_else(|| bad("there is no `=`"))?;
    let (of, path) = match left.split_once(':') {
        Some((name, path)) => (Some(environment(name, vocabulary)?), path),
        None => (None, left),
    };
    let path =
        Path::parse(path).filter(|path| !path.is_empty()).ok_or_else(|| bad("the path cannot be read"))?;
    let value = goyaml::to_json(right).map_err(|error| bad(&format!("the value is not YAML: {error}")))?;
    match wanted.values.iter_mut().find(|(known, _)| *known == path) {
        Some((_, per)) => per.set(of.as_deref(), value),
        None => {
            let mut per = PerEnvironment::default();
            per.set(of.as_deref(), value);
            wanted.values.push((path, per));
        }
    }
    Ok(())
}

/// An intent that was given by flags alone, as a sentence.
pub(super) fn sentence(wanted: &Intent) -> String {
    let app = wanted.app.as_deref().or(wanted.chart.as_deref()).unwrap_or("the application");
    let to = if wanted.environments.is_empty() {
        "every environment".into()
    } else {
        wanted.environments.join(", ")
    };
    let mut text = format!("Deploy {app} to {to}");
    for (what, value) in
        [("chart", &wanted.chart), ("namespace", &wanted.namespace), ("project", &wanted.project)]
    {
        if let Some(value) = value {
            text.push_str(&format!(", {what} {value}"));
        }
    }
    let mut scoped = |what: &str, all: Option<String>, each: Vec<(String, String)>| {
        if let Some(value) = all {
            text.push_str(&format!(", {what} {value}"));
        }
        for (environment, value) in each {
            text.push_str(&format!(", {what} {value} in {environment}"));
        }
    };
    let texts = |per: &PerEnvironment<String>| per.each.iter().map(|(e, v)| (e.clone(), v.clone())).collect();
    scoped("revision", wanted.revision.all.clone(), texts(&wanted.revision));
    scoped("image tag", wanted.tag.all.clone(), texts(&wanted.tag));
    scoped("host", wanted.host.all.clone(), texts(&wanted.host));
    let replicas = wanted.replicas.each.iter().map(|(e, n)| (e.clone(), n.to_string())).collect();
    scoped("replicas", wanted.replicas.all.map(|n| n.to_string()), replicas);
    for (path, per) in &wanted.values {
        let each = per.each.iter().map(|(e, v)| (e.clone(), v.to_string())).collect();
        scoped(&format!("value {path}"), per.all.as_ref().map(ToString::to_string), each);
    }
    format!("{text}.")
}
