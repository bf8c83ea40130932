//! `seatrial render`: the resources that Applications would have Argo CD sync, or its words for why none.

use seatrial_trial::{RenderedApplication, Renders, render};
use seatrial_yaml::goyaml;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{Global, RenderArgs, RenderFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, DIM, Look, RED, YELLOW};
use crate::place::in_file;
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};
use crate::text::{count, nearest, printable};

/// What `seatrial render --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial render", deny_unknown_fields))]
pub(crate) struct RenderOutput {
    /// The Applications, by namespace and name.
    applications: Vec<ApplicationOutput>,
    /// What keeps Argo CD from creating Applications or rendering them.
    errors: Vec<ProblemOutput>,
    /// What could not be evaluated.
    unknown: Vec<ProblemOutput>,
}

/// One Application.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ApplicationOutput {
    /// Its name.
    name: String,
    /// Its namespace.
    namespace: String,
    /// The environment it is for, when known.
    environment: Option<String>,
    /// Its resources in the repo server's order, with tracking.
    resources: Vec<Value>,
}

/// An error, or something unknown.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ProblemOutput {
    /// `namespace/name` of the Application it keeps from being rendered; of a set, when `applicationSet` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    /// `namespace/name` of the ApplicationSet; its file when it cannot be read that far.
    #[serde(skip_serializing_if = "Option::is_none")]
    application_set: Option<String>,
    /// The condition's type or reason, for errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// As Argo CD words it, or what would have to be supplied.
    message: String,
    /// The file's path.
    file: Option<String>,
    /// Line, from 1.
    line: Option<u32>,
    /// Column in characters, from 1.
    column: Option<u32>,
}

pub(super) fn run(args: &RenderArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let session = Session::open(&args.input, global, io)?;
    let inputs = &session.inputs;
    let renders = progress::during("rendering", shows_progress(global, io), || {
        on_threads(global, || render(inputs, &args.app))
    })?;
    session.insist(&renders.expanded.read_errors, renders.expanded.file_count())?;
    session.keep_lock()?;
    insist_on(&args.app, &renders)?;
    let format =
        args.format.unwrap_or(if io.terminal.output { RenderFormat::Table } else { RenderFormat::Yaml });
    let look = io.look(global.color);
    let output = output(&renders);
    let text = match format {
        RenderFormat::Yaml => yaml(&output)?,
        RenderFormat::Json => format!("{}\n", serde_json::to_string_pretty(&output).unwrap_or_default()),
        RenderFormat::Table => table(&renders.applications, look),
    };
    io.print(&text)?;
    if format != RenderFormat::Json && global.quiet < 2 {
        let said = problems(&output, io.error_look(global.color));
        io.say(&said);
    }
    Ok(u8::from(!output.errors.is_empty() || (args.strict && !output.unknown.is_empty())))
}

/// An Application that was asked for by name and is not there is a mistake of the one who asks.
pub(crate) fn insist_on(names: &[String], renders: &Renders) -> Result<(), CliError> {
    let known: Vec<&str> = renders.applications.iter().map(|a| a.name.as_str()).collect();
    let has =
        |name: &str| known.iter().any(|k| *k == name || k.split_once('/').is_some_and(|(_, n)| n == name));
    let Some(missing) = names.iter().find(|name| !has(name)) else { return Ok(()) };
    let error = CliError::new(format!("no Application `{missing}` is written or generated here"));
    let all = renders.expanded.applications.iter();
    let all: Vec<&str> = all.filter_map(|a| a.pointer("/metadata/name")?.as_str()).collect();
    Err(match nearest(missing, all.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`seatrial expand --format names` lists those that ApplicationSets generate"),
    })
}

pub(crate) fn output(renders: &Renders) -> RenderOutput {
    let expanded = &renders.expanded;
    let problem = |span: Option<seatrial_source::Span>, message: &str| {
        let at = span.and_then(|span| Some(in_file(expanded.file(span.file)?, span)));
        ProblemOutput {
            application: None,
            application_set: None,
            reason: None,
            message: message.to_owned(),
            file: at.as_ref().map(|at| at.file.to_string()),
            line: at.as_ref().map(|at| at.line),
            column: at.as_ref().map(|at| at.column),
        }
    };
    let mut errors = Vec::new();
    let mut unknown: Vec<ProblemOutput> = Vec::new();
    for error in &expanded.errors {
        errors.push(ProblemOutput {
            application_set: Some(error.application_set.clone()),
            reason: Some(error.reason.clone()),
            ..problem(Some(error.span), &error.message)
        });
    }
    for doubt in &expanded.unknown {
        unknown.push(ProblemOutput {
            application_set: Some(doubt.application_set.clone()),
            ..problem(Some(doubt.span), &doubt.needs)
        });
    }
    for error in &expanded.read_errors {
        let path = error.path.clone();
        unknown.push(ProblemOutput {
            file: Some(path),
            ..problem(None, &format!("the file cannot be read: {}", error.kind))
        });
    }
    for application in &renders.applications {
        let rendering = &application.resources.rendering;
        if let Some(error) = &rendering.error {
            errors.push(ProblemOutput {
                application: Some(application.name.clone()),
                reason: Some(error.condition.to_owned()),
                ..problem(application.error_span, &error.message)
            });
        }
        for (doubt, span) in rendering.unknown.iter().zip(&application.unknown_spans) {
            unknown.push(ProblemOutput {
                application: Some(application.name.clone()),
                ..problem(Some(*span), &doubt.needs)
            });
        }
    }
    unknown.dedup();
    let applications = renders.applications.iter().map(|application| {
        let (namespace, name) = application.name.split_once('/').unwrap_or(("", &application.name));
        ApplicationOutput {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            environment: application.environment.clone(),
            resources: application.resources.rendering.resources.iter().map(|r| r.object.clone()).collect(),
        }
    });
    RenderOutput { applications: applications.collect(), errors, unknown }
}

fn yaml(output: &RenderOutput) -> Result<String, CliError> {
    let resources = output.applications.iter().flat_map(|application| &application.resources);
    let written: Result<Vec<String>, _> = resources.map(goyaml::to_yaml).collect();
    let written = written
        .map_err(|error| CliError::new(format!("a resource cannot be written as YAML: {}", error.message)))?;
    Ok(written.join("---\n"))
}

pub(crate) fn table(applications: &[RenderedApplication], look: Look) -> String {
    let mut out = String::new();
    let mut resources = 0;
    for application in applications {
        let of = application.environment.as_ref().map(|e| format!(" ({e})")).unwrap_or_default();
        out.push_str(&look.paint(BOLD, &printable(&format!("{}{of}", application.name))));
        out.push('\n');
        let rows: Vec<[String; 3]> = application
            .resources
            .list
            .iter()
            .map(|resource| {
                let hooks: Vec<String> = resource.hooks.iter().map(|hook| format!("{hook:?}")).collect();
                let kind = match resource.group() {
                    "" => resource.kind().to_owned(),
                    group => format!("{}.{group}", resource.kind()),
                };
                let name = match resource.namespace() {
                    "" => resource.name().to_owned(),
                    namespace => format!("{namespace}/{}", resource.name()),
                };
                [kind, name, hooks.join(",")].map(|cell| printable(&cell).into_owned())
            })
            .collect();
        resources += rows.len();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1)];
        for [kind, name, hooks] in &rows {
            let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.chars().count()));
            let line = format!("  {kind}{}  {name}{}  {hooks}", pad(kind, widths[0]), pad(name, widths[1]));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        for (kind, message) in &application.resources.conditions {
            out.push_str(&format!("  {} {}\n", look.paint(YELLOW, &format!("{kind}:")), printable(message)));
        }
        out.push('\n');
    }
    let total = format!("{} in {}", count(resources, "resource"), count(applications.len(), "Application"));
    out.push_str(&look.paint(DIM, &total));
    out.push('\n');
    out
}

/// Errors and unknowns, for standard error.
fn problems(output: &RenderOutput, look: Look) -> String {
    let mut out = String::new();
    let errors = output.errors.iter().map(|problem| (problem, look.paint(RED, "error:")));
    let unknown = output.unknown.iter().map(|problem| (problem, look.paint(YELLOW, "unknown:")));
    for (problem, sign) in errors.chain(unknown) {
        let at = match (&problem.file, problem.line, problem.column) {
            (Some(file), Some(line), Some(column)) => format!("{file}:{line}:{column}: "),
            (Some(file), ..) => format!("{file}: "),
            _ => String::new(),
        };
        let of = problem.application.as_ref().or(problem.application_set.as_ref());
        let of = of.map(|name| format!("{name}: ")).unwrap_or_default();
        let reason = problem.reason.as_ref().map(|reason| format!("{reason}: ")).unwrap_or_default();
        let line = format!("{of}{reason}{}", problem.message);
        out.push_str(&format!("{}{sign} {}\n", printable(&at), printable(&line)));
    }
    out
}
