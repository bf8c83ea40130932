//! `seatrial why`: the template, the values and the line that made a field of a resource.

use seatrial_trial::why::{Answer, Answers, Question, Setter, ask};
use seatrial_yaml::Path;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{Global, InputArgs, PlatformFormat, WhyArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, DIM, Look};
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};
use crate::text::{nearest, printable};

/// What `seatrial why --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial why", deny_unknown_fields))]
pub(crate) struct WhyOutput {
    /// One for each field.
    fields: Vec<FieldOutput>,
}

/// Why a field is what it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct FieldOutput {
    /// `namespace/name` of the Application.
    application: String,
    /// `group/kind/namespace/name`.
    resource: String,
    /// The field.
    field: String,
    /// What it holds; not shown for Secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// The template's text, then that of the templates it includes.
    template: Vec<FrameOutput>,
    /// The values it is made of.
    values: Vec<ValueOutput>,
    /// The values that decide whether it is there.
    conditions: Vec<String>,
    /// What else goes into it.
    facts: Vec<String>,
}

/// A place in a template.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct FrameOutput {
    /// The file.
    file: String,
    /// Line, from 1.
    line: usize,
    /// Column in characters, from 1.
    column: usize,
    /// What stands there.
    text: String,
}

/// A value, and who set it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ValueOutput {
    /// Its path among the values of the root chart.
    path: String,
    /// Who sets it, in force first; the others are overridden.
    set_by: Vec<SetterOutput>,
}

/// A place that sets a value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SetterOutput {
    /// What kind of place: `parameter`, `valuesObject`, `values file`, `chart default`, …
    kind: &'static str,
    /// The file.
    file: String,
    /// Line, from 1.
    line: usize,
}

pub(super) fn run(args: &WhyArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let input = InputArgs { paths: args.within.clone(), rev: None, stdin_name: "<stdin>".to_owned() };
    let session = Session::open(&input, global, io)?;
    let field = match &args.field {
        Some(text) => Some(Path::parse(text).ok_or_else(|| {
            CliError::new(format!("`{text}` is no field"))
                .hint("write it as `spec.template.spec.containers[0].image`")
        })?),
        None => None,
    };
    let question = Question { application: args.application.clone(), resource: args.resource.clone(), field };
    let inputs = &session.inputs;
    let answers = progress::during("rendering", shows_progress(global, io), || {
        on_threads(global, || ask(inputs, &question))
    })?;
    session.insist(&answers.read_errors, answers.files)?;
    session.keep_lock()?;
    insist(&question, &answers)?;
    let text = match args.format {
        PlatformFormat::Json => {
            format!("{}\n", serde_json::to_string_pretty(&output(&answers)).unwrap_or_default())
        }
        PlatformFormat::Text => tree(&answers, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(0)
}

/// A name that means nothing here is a mistake of the one who asks.
pub(crate) fn insist(question: &Question, answers: &Answers) -> Result<(), CliError> {
    let known = |name: &str| {
        answers.applications.iter().any(|k| k == name || k.split_once('/').is_some_and(|(_, n)| n == name))
    };
    if !known(&question.application) {
        let error =
            CliError::new(format!("no Application `{}` is written or generated here", question.application));
        let names = answers.applications.iter().map(|name| name.split_once('/').map_or(&**name, |(_, n)| n));
        return Err(match nearest(&question.application, names) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`seatrial expand --format names` lists them"),
        });
    }
    if !answers.answers.is_empty() {
        return Ok(());
    }
    if let Some(problem) = answers.problems.first() {
        return Err(CliError::new(format!("`{}` has no such resource: {problem}", question.application)));
    }
    let named = |identity: &String| identity.to_lowercase().ends_with(&question.resource.to_lowercase());
    if answers.resources.iter().any(named) {
        return Err(CliError::new(format!("nothing in `{}` depends on values", question.resource)));
    }
    let error = CliError::new(format!("`{}` renders no `{}`", question.application, question.resource));
    Err(error.hint(format!("it renders {}", answers.resources.join(", "))))
}

pub(crate) fn output(answers: &Answers) -> WhyOutput {
    WhyOutput { fields: answers.answers.iter().map(field_output).collect() }
}

fn field_output(answer: &Answer) -> FieldOutput {
    let Answer { application, resource, field, why } = answer;
    FieldOutput {
        application: application.clone(),
        resource: resource.clone(),
        field: field.to_string(),
        value: why.holds.clone().filter(|_| !is_secret(resource)),
        template: why
            .frames
            .iter()
            .map(|frame| FrameOutput {
                file: frame.file.to_string(),
                line: frame.line,
                column: frame.column,
                text: frame.text.clone(),
            })
            .collect(),
        values: why
            .values
            .iter()
            .map(|value| ValueOutput {
                path: value.path.to_string(),
                set_by: value.set_by.iter().map(setter_output).collect(),
            })
            .collect(),
        conditions: why.conditions.iter().map(ToString::to_string).collect(),
        facts: why.facts.iter().map(ToString::to_string).collect(),
    }
}

fn setter_output(setter: &Setter) -> SetterOutput {
    SetterOutput { kind: setter.kind.name(), file: setter.file.to_string(), line: setter.line }
}

/// What a Secret holds is not repeated.
fn is_secret(resource: &str) -> bool {
    resource.starts_with("Secret/")
}

pub(crate) fn tree(answers: &Answers, look: Look) -> String {
    let mut out = String::new();
    let mut of = String::new();
    for answer in &answers.answers {
        let heading = format!("{}  {}", answer.application, answer.resource);
        if heading != of {
            if !of.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{}\n", look.paint(BOLD, &printable(&heading))));
            of = heading;
        }
        out.push_str(&field_tree(answer, look));
    }
    out
}

fn field_tree(answer: &Answer, look: Look) -> String {
    let why = &answer.why;
    let value = match &why.holds {
        Some(_) if is_secret(&answer.resource) => " = (secret)".to_owned(),
        Some(Value::Object(_) | Value::Array(_)) | None => String::new(),
        Some(value) => format!(" = {}", shortened(&value.to_string())),
    };
    let mut out = format!("{}\n", printable(&format!("{}{value}", answer.field)));
    let mut branches: Vec<(String, Vec<String>)> = Vec::new();
    let mut indent = String::new();
    for frame in &why.frames {
        let word = if indent.is_empty() { "template" } else { "includes" };
        let place = format!("{}:{}", frame.file, frame.line);
        branches.push((
            format!("{indent}{word:<9} {place}  {}", look.paint(DIM, &printable(&frame.text))),
            Vec::new(),
        ));
        indent.push_str("  ");
    }
    for value in &why.values {
        let setters = value.set_by.iter().enumerate().map(|(index, setter)| {
            let word = if index == 0 { "set by" } else { "overrides" };
            format!("{word:<9} {}:{} ({})", setter.file, setter.line, setter.kind.name())
        });
        branches.push((format!("value     {}", value.path), setters.collect()));
    }
    for (word, paths) in [("fact", &why.facts), ("if", &why.conditions)] {
        for path in paths {
            branches.push((format!("{word:<9} {path}"), Vec::new()));
        }
    }
    let (tee, end, bar) = if look.unicode { ("├─ ", "└─ ", "│  ") } else { ("|- ", "`- ", "|  ") };
    for (index, (line, below)) in branches.iter().enumerate() {
        let last = index + 1 == branches.len();
        out.push_str(&format!("{}{line}\n", if last { end } else { tee }));
        for (number, line) in below.iter().enumerate() {
            let stem = if last { "   " } else { bar };
            let mark = if number + 1 == below.len() { end } else { tee };
            out.push_str(&format!("{stem}{mark}{line}\n"));
        }
    }
    out
}

fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(MOST).collect::<String>())
}
