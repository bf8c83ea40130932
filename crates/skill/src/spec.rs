//! The Agent Skills specification: frontmatter, names, lengths, references.

use std::ops::Range;

use seatrial_source::{Edit, Span, normalize};
use seatrial_trial::{Finding, Fix, Severity};
use seatrial_yaml::goyaml;
use serde_json::{Map, Value};

use crate::Skill;
use crate::catalogue::INVALID_SKILL;
use crate::markdown::Page;

/// The keys that the specification knows.
const KEYS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// Lengths in characters.
const MOST: [(&str, usize); 3] = [("name", 64), ("description", 1024), ("compatibility", 500)];

/// How many lines, and about how many tokens, the text of `SKILL.md` should have at most.
const MOST_LINES: usize = 500;
const MOST_TOKENS: usize = 5_000;

pub(crate) fn judge(skill: &Skill) -> Vec<Finding> {
    let mut out = Vec::new();
    if let Some(main) = skill.main() {
        match main.frontmatter() {
            Some(range) => frontmatter(skill, main, range, &mut out),
            None => out.push(
                found(main, 0..first_line(main), "SKILL.md has no frontmatter")
                    .help("begin it with `---`, `name:` and `description:`, and `---` again"),
            ),
        }
        length(main, &mut out);
    }
    for page in skill.pages() {
        references(skill, page, &mut out);
    }
    out
}

fn found(page: &Page, range: Range<usize>, message: impl Into<String>) -> Finding {
    Finding::of(&INVALID_SKILL, page.file().span_of(range), message)
}

fn first_line(page: &Page) -> usize {
    page.file().text.lines().next().map_or(0, str::len)
}

fn frontmatter(skill: &Skill, page: &Page, range: Range<usize>, out: &mut Vec<Finding>) {
    let text = page.text(&range).to_owned();
    let fields = match goyaml::to_json(&text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => {
            out.push(found(page, range, "the frontmatter is no mapping"));
            return;
        }
        Err(error) => {
            let help = "a description with `: ` in it has to stand in quotes";
            out.push(
                found(page, range, format!("the frontmatter is not YAML: {}", error.message)).help(help),
            );
            return;
        }
    };
    let at = |key: &str| {
        line_of(&text, key).map_or(range.clone(), |line| range.start + line.start..range.start + line.end)
    };
    for key in fields.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let message = format!("`{key}` is no key of a skill: hosts that follow the specification refuse it");
        out.push(found(page, at(key), message).help("put it under `metadata`, as text").key(key));
    }
    for key in ["name", "description"] {
        if fields.get(key).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            let help = match key {
                "name" => "the name of the folder",
                _ => "what the skill does, and when to use it",
            };
            out.push(found(page, at(key), format!("`{key}` is missing")).help(help).key(key));
        }
    }
    for (key, most) in MOST {
        let length = fields.get(key).and_then(Value::as_str).map_or(0, |text| text.chars().count());
        if length > most {
            out.push(
                found(page, at(key), format!("`{key}` has {length} characters, and may have {most}"))
                    .key(key),
            );
        }
    }
    name(skill, page, &fields, at("name"), out);
    shapes(page, &fields, &at, out);
}

fn name(skill: &Skill, page: &Page, fields: &Map<String, Value>, at: Range<usize>, out: &mut Vec<Finding>) {
    let Some(name) = fields.get("name").and_then(Value::as_str) else { return };
    let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let hyphens = !name.starts_with('-') && !name.ends_with('-') && !name.contains("--");
    if !letters || !hyphens {
        let message = format!(
            "the name `{name}` has other characters than small letters, digits and single hyphens between them"
        );
        out.push(found(page, at, message).key(name));
    } else if name != skill.folder {
        let text = page.text(&at);
        let edit = text.find(name).map(|start| {
            let range = at.start + start..at.start + start + name.len();
            Edit::replace(page.file().span_of(range), skill.folder.clone())
        });
        let fix = edit.map(|edit| Fix::risky("call it as its folder is called", vec![edit]));
        let message = format!("the skill is called `{name}`, and its folder `{}`", skill.folder);
        out.push(found(page, at, message).help("both have to be the same").maybe_fix(fix).key(name));
    }
}

fn shapes(
    page: &Page,
    fields: &Map<String, Value>,
    at: &impl Fn(&str) -> Range<usize>,
    out: &mut Vec<Finding>,
) {
    for key in ["license", "compatibility", "allowed-tools"] {
        if fields.get(key).is_some_and(|value| !value.is_string()) {
            out.push(found(page, at(key), format!("`{key}` is no text")).key(key));
        }
    }
    match fields.get("metadata") {
        None => {}
        Some(Value::Object(map)) => {
            if let Some((key, _)) = map.iter().find(|(_, value)| !value.is_string()) {
                let message = format!("`{key}` under `metadata` is no text");
                out.push(found(page, at("metadata"), message).help("put it in quotes").key(key));
            }
        }
        Some(_) => out.push(found(page, at("metadata"), "`metadata` is no mapping").key("metadata")),
    }
}

/// The line of a key at the top of a mapping.
fn line_of(text: &str, key: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches(['"', '\'']);
        if rest.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':')) {
            return Some(at..at + line.trim_end().len());
        }
        at += line.len();
    }
    None
}

/// What is long is read whenever the skill is used: it belongs into pages that are read when they are needed.
fn length(page: &Page, out: &mut Vec<Finding>) {
    let body = page.file().text.get(page.body..).unwrap_or_default();
    // Four characters are about a token.
    let (lines, tokens) = (body.lines().count(), body.chars().count() / 4);
    if lines > MOST_LINES || tokens > MOST_TOKENS {
        let message = format!("SKILL.md has {lines} lines and about {tokens} tokens, all read at each use");
        let finding = found(page, page.body..page.body, message).severity(Severity::Warning);
        out.push(finding.help(format!(
            "keep it below {MOST_LINES} lines and {MOST_TOKENS} tokens: move what is not always needed to `references/`"
        )));
    }
}

/// Files that pages point at are there, and not deep below.
fn references(skill: &Skill, page: &Page, out: &mut Vec<Finding>) {
    let label = skill.snapshot().label();
    let own = page.file().path.strip_prefix(label).unwrap_or(&page.file().path);
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (range, address) in page.links() {
        if address.is_empty() || address.contains("://") || address.starts_with("mailto:") {
            continue;
        }
        let path = normalize(format!("{folder}/{address}").trim_start_matches('/'));
        let span: Span = page.file().span_of(range);
        let finding = |message: String| Finding::of(&INVALID_SKILL, span, message).key(address);
        match path {
            None => out.push(finding(format!("`{address}` leads out of the skill"))),
            Some(path) if !skill.snapshot().exists(&path) && !skill.snapshot().is_dir(&path) => {
                out.push(finding(format!("`{address}` is not there")));
            }
            Some(path) if path.matches('/').count() > 1 => out.push(
                finding(format!("`{address}` is more than one folder deep"))
                    .severity(Severity::Warning)
                    .help("hosts look one folder deep: `references/NAME.md`"),
            ),
            Some(_) => {}
        }
    }
}
