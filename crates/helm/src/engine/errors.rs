//! Errors of templates as each Helm words them.

use seatrial_gotemplate::Error as TemplateError;

use super::functions::{WORDS_END, WORDS_START};
use crate::bounds::template_words;
use crate::error::{Error, Place};
use crate::version::HelmVersion;

/// A template that does not parse: `parse error at (PLACE): REASON`.
pub(super) fn parse(name: &str, error: &TemplateError) -> Error {
    let text = error.to_string();
    let tokens: Vec<&str> = text.split(": ").collect();
    match tokens.as_slice() {
        [_, location, .., reason] => {
            at(location, Error::new(format!("parse error at ({location}): {reason}")))
        }
        [_, location] => at(location, Error::new(format!("parse error at ({location}): {location}"))),
        _ => Error::new(format!("parse error in ({name}): {text}")),
    }
}

/// A template that fails.
pub(super) fn execution(name: &str, error: &TemplateError, version: HelmVersion) -> Error {
    let text = error.to_string();
    let mut tokens = text.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (tokens.next(), tokens.next(), tokens.next()) else {
        return Error::new(format!("execution error in ({name}): {text}"));
    };
    if error.is_limit() {
        return at(location, Error::limit(template_words(&text)));
    }
    if let Some(words) = own_words(rest) {
        return at(location, Error::new(format!("execution error at ({location}): {words}")));
    }
    let message = if version == HelmVersion::V3_19 { None } else { in_lines(error) };
    at(location, Error::new(message.unwrap_or_else(|| text.clone())))
}

/// What `fail` or `required` was given.
fn own_words(text: &str) -> Option<&str> {
    let from = text.find(WORDS_START)? + WORDS_START.len();
    let to = text.rfind(WORDS_END).filter(|to| *to >= from)?;
    text.get(from..to)
}

/// The error at the place that its text names.
fn at(location: &str, error: Error) -> Error {
    let mut parts = location.rsplitn(3, ':');
    let (last, middle, first) = (parts.next(), parts.next(), parts.next());
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
    let place = match (number(last), number(middle), first) {
        (Some(column), Some(line), Some(file)) => Place { file: file.into(), line, column: column + 1 },
        (Some(line), None, None) => match middle {
            Some(file) => Place { file: file.into(), line, column: 1 },
            None => return error,
        },
        (Some(line), None, Some(first)) => {
            let file = location.get(..first.len() + 1 + middle.map_or(0, str::len)).unwrap_or(first);
            Place { file: file.into(), line, column: 1 }
        }
        _ => return error,
    };
    error.at(place)
}

/// Helm 4 puts each error of the chain on lines of its own, if it can take all of them apart.
fn in_lines(error: &TemplateError) -> Option<String> {
    let whole = error.to_string();
    let texts = std::iter::once(whole.as_str().into()).chain(error.wrapped().map(String::from_utf8_lossy));
    let mut parts: Vec<Traced> = Vec::new();
    for text in texts {
        let part = Traced::read(&text)?;
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    let text: String = parts.iter().map(Traced::text).collect();
    Some(text.trim().to_owned())
}

/// An error of a template, taken apart.
#[derive(PartialEq)]
struct Traced {
    location: String,
    message: String,
    executed: String,
}

impl Traced {
    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Self { location: String::new(), message: text.to_owned(), executed: String::new() });
        }
        Self::executing(rest).or_else(|| Self::simple(rest))
    }

    /// `PLACE: executing "NAME" at <NODE>: MESSAGE`
    fn executing(rest: &str) -> Option<Self> {
        let (location, after) = rest.split_once(": executing ")?;
        let (name, after) = after.strip_prefix('"')?.split_once('"')?;
        let (node, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
        Some(Self {
            location: location.to_owned(),
            message: until_template(message).to_owned(),
            executed: format!("executing \"{name}\" at <{node}>:"),
        })
    }

    /// `PLACE: MESSAGE`
    fn simple(rest: &str) -> Option<Self> {
        let (location, message) = rest.rsplit_once(": ")?;
        let message = until_template(message).to_owned();
        Some(Self { location: location.to_owned(), message, executed: String::new() })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (part, end) in [(&self.location, "\n  "), (&self.executed, "\n    "), (&self.message, "\n")] {
            if !part.is_empty() {
                out.push_str(part);
                out.push_str(end);
            }
        }
        out
    }
}

fn until_template(message: &str) -> &str {
    message.find(" template:").and_then(|at| message.get(..at)).unwrap_or(message)
}
