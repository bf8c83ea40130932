//! `seatrial platform`: the facts in force, where each is written, what contradicts, what is missing.

mod gaps;

use std::sync::Arc;

use seatrial_platform::{Constraint, IssueKind, Platform, Scope};
use seatrial_source::{Files, SourceFile, Span};
use seatrial_yaml::goyaml;
use serde_json::{Value, json};

use crate::cli::{Global, PlatformArgs, PlatformCommand, PlatformFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, GREEN, Look, RED, YELLOW};
use crate::place::in_file;
use crate::session;
use crate::text::{count, nearest, printable};

pub(super) fn run(args: &PlatformArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let home = io.cwd.clone();
    let platform = session::platform(global, io, &home, &Files::new())?;
    if !platform.is_present() {
        return Err(CliError::new("there is no platform file here or above")
            .hint("`seatrial init` makes one; `--platform FILE` names another"));
    }
    let look = io.look(global.color);
    let view = View { platform: &platform };
    let sections = match &args.name {
        Some(name) => vec![view.named(name)?],
        None => view.all(),
    };
    let gaps_only = matches!(args.command, Some(PlatformCommand::Gaps));
    let text = match args.format {
        PlatformFormat::Json => format!("{:#}\n", view.json(&sections, gaps_only)),
        PlatformFormat::Text if gaps_only => view.gaps_text(look),
        PlatformFormat::Text => view.text(&sections, args.name.is_none(), look),
    };
    io.print(&text)?;
    let contradicted = platform.issues().iter().any(|issue| issue.kind != IssueKind::Gap);
    Ok(u8::from(!gaps_only && contradicted))
}

/// The facts of an environment or a cluster, or all of them, as JSON and as text; only what is missing with `gaps_only`.
pub(crate) fn facts(
    platform: &Platform,
    name: Option<&str>,
    gaps_only: bool,
) -> Result<(Value, String), CliError> {
    let view = View { platform };
    let sections = match name {
        Some(name) => vec![view.named(name)?],
        None => view.all(),
    };
    let text = if gaps_only {
        view.gaps_text(Look::PLAIN)
    } else {
        view.text(&sections, name.is_none(), Look::PLAIN)
    };
    Ok((view.json(&sections, gaps_only), text))
}

/// A fact as it is shown.
struct Line {
    /// The last part of its key.
    name: String,
    /// Its key in the platform file.
    key: String,
    /// What it says, as written, on one line.
    value: String,
    /// Where.
    place: Option<(String, u32, u32)>,
}

/// An environment, a cluster, or Argo CD itself.
struct Section {
    title: String,
    lines: Vec<Line>,
    /// The environment whose constraints hold here.
    environment: Option<String>,
}

struct View<'p> {
    platform: &'p Platform,
}

impl<'p> View<'p> {
    fn all(&self) -> Vec<Section> {
        let platform = self.platform;
        let mut sections = vec![self.argocd()];
        sections.extend(platform.environments.iter().map(|e| self.environment(&e.name.value)));
        let alone = |name: &str| platform.environment_of(name).is_none();
        sections.extend(
            platform.clusters.iter().filter(|c| alone(&c.name.value)).map(|c| self.cluster(&c.name.value)),
        );
        sections
    }

    fn named(&self, name: &str) -> Result<Section, CliError> {
        if let Some(environment) = self.platform.environment_named(name) {
            return Ok(self.environment(environment));
        }
        if self.platform.cluster(name).is_some() {
            return Ok(self.cluster(name));
        }
        let names: Vec<&str> = self
            .platform
            .environments
            .iter()
            .map(|e| e.name.value.as_str())
            .chain(self.platform.clusters.iter().map(|c| c.name.value.as_str()))
            .collect();
        let error = CliError::new(format!("the platform file declares no environment or cluster `{name}`"));
        Err(match nearest(name, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if names.is_empty() => error,
            None => error.hint(format!("it declares {}", crate::text::list(&names))),
        })
    }

    fn argocd(&self) -> Section {
        let argocd = &self.platform.argocd;
        let mut lines = Vec::new();
        let mut push = |name: &str, value: String, span: Option<Span>| {
            lines.push(Line {
                name: name.to_owned(),
                key: format!("argocd.{name}"),
                value,
                place: span.and_then(|span| self.place(span)),
            });
        };
        match &argocd.version {
            Some(version) => push("version", self.written(version.span), Some(version.span)),
            None => {
                push("version", format!("{} (not stated: the newest known)", self.platform.version()), None)
            }
        }
        match &argocd.namespace {
            Some(namespace) => push("namespace", namespace.value.clone(), Some(namespace.span)),
            None => {
                push("namespace", format!("{} (not stated: the default)", self.platform.namespace()), None)
            }
        }
        if let Some(hub) = &argocd.runs_in {
            push("runsIn", hub.value.clone(), Some(hub.span));
        }
        for state in &argocd.state {
            push("state", state.value.clone(), Some(state.span));
        }
        for (key, value) in &argocd.parameters {
            push(key, value.value.clone(), Some(value.span));
        }
        Section { title: "Argo CD".to_owned(), lines, environment: None }
    }

    fn environment(&self, name: &str) -> Section {
        let platform = self.platform;
        let mut lines = Vec::new();
        for cluster in platform.clusters_of(name) {
            let server = cluster.server.as_ref().map_or("no server stated", |server| &server.value);
            lines.push(Line {
                name: "cluster".to_owned(),
                key: format!("clusters.{}", cluster.name.value),
                value: format!("{} ({server})", cluster.name.value),
                place: self.place(cluster.name.span),
            });
        }
        self.facts(platform.scope(Some(name), None), &mut lines);
        let kind = if platform.is_production(name) { " (production)" } else { "" };
        Section { title: format!("environment {name}{kind}"), lines, environment: Some(name.to_owned()) }
    }

    fn cluster(&self, name: &str) -> Section {
        let mut lines = Vec::new();
        if let Some(cluster) = self.platform.cluster(name) {
            let texts = [
                ("server", &cluster.server),
                ("environment", &cluster.environment),
                ("context", &cluster.context),
                ("auth", &cluster.auth),
                ("kind", &cluster.kind),
                ("project", &cluster.project),
            ];
            for (key, text) in texts {
                if let Some(text) = text {
                    lines.push(Line {
                        name: key.to_owned(),
                        key: format!("clusters.{name}.{key}"),
                        value: text.value.clone(),
                        place: self.place(text.span),
                    });
                }
            }
            for (key, pairs) in [("labels", &cluster.labels), ("annotations", &cluster.annotations)] {
                if let Some(pairs) = pairs {
                    lines.push(Line {
                        name: key.to_owned(),
                        key: format!("clusters.{name}.{key}"),
                        value: self.written(pairs.span),
                        place: self.place(pairs.span),
                    });
                }
            }
        }
        self.facts(self.platform.fact_for(name), &mut lines);
        let environment = self.platform.environment_of(name).map(str::to_owned);
        Section { title: format!("cluster {name}"), lines, environment }
    }

    fn facts(&self, scope: Scope<'p>, lines: &mut Vec<Line>) {
        let found = [
            scope.kubernetes().map(|f| (f.span, f.key)),
            scope.registries().map(|f| (f.span, f.key)),
            scope.pull_secret().map(|f| (f.span, f.key)),
            scope.sync().map(|f| (f.span, f.key)),
            scope.replicas().map(|f| (f.span, f.key)),
            scope.resources().map(|f| (f.span, f.key)),
            scope.namespaces().map(|f| (f.span, f.key)),
            scope.node_selector().map(|f| (f.span, f.key)),
            scope.high_availability().map(|f| (f.span, f.key)),
            scope.storage_classes().map(|f| (f.span, f.key)),
            scope.ingress_classes().map(|f| (f.span, f.key)),
            scope.pinned().map(|f| (f.span, f.key)),
            scope.secrets().map(|f| (f.span, f.key)),
        ];
        for (span, key) in found.into_iter().flatten() {
            let name = key.rsplit('.').next().unwrap_or(&key).to_owned();
            lines.push(Line { name, value: self.written(span), place: self.place(span), key });
        }
    }

    fn file(&self, span: Span) -> Option<&'p Arc<SourceFile>> {
        self.platform.files().iter().find(|file| file.id == span.file)
    }

    fn place(&self, span: Span) -> Option<(String, u32, u32)> {
        let at = in_file(self.file(span)?, span);
        Some((at.file.to_string(), at.line, at.column))
    }

    /// What stands at `span`, on one line: a block becomes the same in flow style.
    fn written(&self, span: Span) -> String {
        let Some(file) = self.file(span) else { return String::new() };
        let text = file.slice(span).trim();
        if !text.contains('\n') {
            return unquoted(text);
        }
        let indent = " ".repeat(file.line_col(span.start as usize).column.saturating_sub(1) as usize);
        match goyaml::to_json(&format!("{indent}{text}\n")) {
            Ok(value) => flow(&value),
            Err(_) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    fn constraints(&self, environment: Option<&str>) -> Vec<&'p Constraint> {
        let holds =
            |c: &&Constraint| environment.is_none() || self.platform.applies(&c.environments, environment);
        self.platform.constraints.iter().filter(holds).collect()
    }

    fn text(&self, sections: &[Section], whole: bool, look: Look) -> String {
        let mut out = String::new();
        if let Some(path) = self.platform.path() {
            out.push_str(&format!("{} {}\n\n", look.paint(DIM, "platform file"), look.paint(BOLD, path)));
        }
        for section in sections {
            self.section(section, whole, look, &mut out);
        }
        if whole && !self.platform.constraints.is_empty() {
            out.push_str(&look.paint(BOLD, "constraints"));
            out.push('\n');
            for constraint in &self.platform.constraints {
                self.constraint(constraint, look, &mut out);
            }
            out.push('\n');
        }
        self.issues(look, &mut out);
        let gaps = gaps::gaps(self.platform).len();
        if gaps > 0 {
            out.push_str(&format!(
                "{} for a full judgement: {}\n",
                look.paint(YELLOW, &format!("{} missing", count(gaps, "fact"))),
                look.paint(CYAN, "`seatrial platform gaps`")
            ));
        }
        out
    }

    fn section(&self, section: &Section, whole: bool, look: Look, out: &mut String) {
        out.push_str(&look.paint(BOLD, &printable(&section.title)));
        out.push('\n');
        let names = section.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
        let values = section.lines.iter().map(|line| line.value.chars().count()).max().unwrap_or(0).min(56);
        for line in &section.lines {
            let value = printable(&line.value);
            let pad = " ".repeat(values.saturating_sub(value.chars().count()));
            let place =
                line.place.as_ref().map_or_else(String::new, |(file, line, _)| format!("{file}:{line}"));
            let text = format!(
                "  {:<names$}  {}{pad}  {}",
                line.name,
                look.paint(GREEN, &value),
                look.paint(DIM, &printable(&place))
            );
            out.push_str(text.trim_end());
            out.push('\n');
        }
        if section.lines.is_empty() {
            out.push_str("  nothing is stated\n");
        }
        if !whole {
            for constraint in self.constraints(section.environment.as_deref()) {
                self.constraint(constraint, look, out);
            }
        }
        out.push('\n');
    }

    fn constraint(&self, constraint: &Constraint, look: Look, out: &mut String) {
        let rule = constraint.rule.as_ref().map_or("(no rule: for people)", |rule| &rule.value);
        let place =
            self.place(constraint.span).map_or_else(String::new, |(file, line, _)| format!("{file}:{line}"));
        out.push_str(&format!(
            "  {} {}: {}  {}\n",
            look.paint(CYAN, constraint.level.value.as_str()),
            printable(&constraint.id.value),
            printable(rule),
            look.paint(DIM, &place)
        ));
        if let Some(source) = &constraint.source {
            out.push_str(&look.paint(DIM, &format!("       \"{}\"", printable(&source.value))));
            out.push('\n');
        }
    }

    fn issues(&self, look: Look, out: &mut String) {
        for issue in self.platform.issues().iter().filter(|issue| issue.kind != IssueKind::Gap) {
            let at = self.place(issue.span);
            let at = at.map_or_else(String::new, |(file, line, column)| format!("{file}:{line}:{column}: "));
            out.push_str(&format!(
                "{} {}{}\n",
                look.paint(RED, &format!("{}:", issue.kind.as_str())),
                printable(&at),
                printable(&issue.message)
            ));
            for (span, message) in &issue.related {
                if let Some((file, line, column)) = self.place(*span) {
                    out.push_str(&format!("    {file}:{line}:{column}: {}\n", printable(message)));
                }
            }
            if !issue.help.is_empty() {
                out.push_str(&format!(
                    "    {} {}\n",
                    look.paint(CYAN, "help:"),
                    look.wrapped(&printable(&issue.help), 10)
                ));
            }
        }
        if self.platform.issues().iter().any(|issue| issue.kind != IssueKind::Gap) {
            out.push('\n');
        }
    }

    fn gaps_text(&self, look: Look) -> String {
        let gaps = gaps::gaps(self.platform);
        if gaps.is_empty() {
            return "Nothing is missing that a judgement needs.\n".to_owned();
        }
        let mut out = String::new();
        for gap in gaps {
            let at = gap.span.and_then(|span| self.place(span));
            let at = at.map_or_else(String::new, |(file, line, _)| format!("{file}:{line}: "));
            out.push_str(&format!("{}{}\n", look.paint(DIM, &printable(&at)), printable(&gap.what)));
            if !gap.needs.is_empty() {
                out.push_str(&format!("    {} {}\n", look.paint(CYAN, "supply:"), printable(&gap.needs)));
            }
        }
        out
    }

    fn json(&self, sections: &[Section], gaps_only: bool) -> Value {
        let issue = |issue: &seatrial_platform::Issue| {
            let (file, line, column) = split(self.place(issue.span));
            json!({
                "kind": issue.kind.as_str(), "message": issue.message, "help": issue.help,
                "file": file, "line": line, "column": column,
            })
        };
        let gaps: Vec<Value> = gaps::gaps(self.platform)
            .iter()
            .map(|gap| {
                let (file, line, column) = split(gap.span.and_then(|span| self.place(span)));
                json!({"what": gap.what, "needs": gap.needs, "file": file, "line": line, "column": column})
            })
            .collect();
        if gaps_only {
            return json!({"platformFile": self.platform.path(), "gaps": gaps});
        }
        let sections: Vec<Value> = sections
            .iter()
            .map(|section| {
                let facts: Vec<Value> = section
                    .lines
                    .iter()
                    .map(|line| {
                        let (file, number, column) = split(line.place.clone());
                        json!({"key": line.key, "value": line.value, "file": file, "line": number, "column": column})
                    })
                    .collect();
                let constraints: Vec<Value> = match &section.environment {
                    None => Vec::new(),
                    Some(environment) => self.constraints(Some(environment)).into_iter().map(|c| self.constraint_json(c)).collect(),
                };
                json!({"name": section.title, "environment": section.environment, "facts": facts, "constraints": constraints})
            })
            .collect();
        let issues: Vec<Value> =
            self.platform.issues().iter().filter(|i| i.kind != IssueKind::Gap).map(issue).collect();
        json!({"platformFile": self.platform.path(), "scopes": sections, "issues": issues, "gaps": gaps})
    }

    fn constraint_json(&self, constraint: &Constraint) -> Value {
        let (file, line, column) = split(self.place(constraint.span));
        json!({
            "id": constraint.id.value,
            "level": constraint.level.value.as_str(),
            "rule": constraint.rule.as_ref().map(|text| &text.value),
            "source": constraint.source.as_ref().map(|text| &text.value),
            "file": file, "line": line, "column": column,
        })
    }
}

fn split(place: Option<(String, u32, u32)>) -> (Option<String>, Option<u32>, Option<u32>) {
    match place {
        Some((file, line, column)) => (Some(file), Some(line), Some(column)),
        None => (None, None, None),
    }
}

/// A scalar without the quotes it is written in.
fn unquoted(text: &str) -> String {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"')
        .or_else(|| inner('\''))
        .filter(|inner| !inner.contains(['"', '\'', '\\']))
        .unwrap_or(text)
        .to_owned()
}

/// A value in YAML's flow style, as one would write it by hand.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let items: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", items.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
