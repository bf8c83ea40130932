//! The part of jq that `jqPathExpressions` are written in: which places of a document an expression leads to.
//!
//! An expression may come from a manifest that nobody has looked at, and jq is a whole language, loops included. So the
//! grammar is a library's, but only terms that end by themselves are evaluated here; what goes beyond is told as
//! [`Stop::Unsupported`] and never guessed. The measure is gojq 0.12.19, which Argo CD runs as `del(EXPRESSION)`.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Cmp;
use jaq_core::path::{Opt, Part, Path};
use serde_json::Value;

/// The longest expression that is read, in bytes: its parser calls itself for each level.
const LONGEST: usize = 1024;

/// How many values are looked at for one expression.
const STEPS: usize = 100_000;

/// A step to a place in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// An entry of an object.
    Key(String),
    /// An item of an array.
    Index(usize),
}

/// Why an expression leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// jq reports an error: for Argo CD the expression then changes nothing.
    Failed,
    /// What is not evaluated here.
    Unsupported,
}

/// An expression that was read.
pub(crate) struct Expression<'e>(Term<&'e str>);

/// A value, and where in the document it is; none if it was computed.
#[derive(Clone)]
struct Found {
    at: Option<Vec<Step>>,
    value: Value,
}

impl<'e> Expression<'e> {
    /// Reads an expression; nothing if it is none, or too long.
    pub(crate) fn read(text: &'e str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        jaq_core::load::parse(text, |parser| parser.term()).map(Self)
    }

    /// The document without the places that the expression leads to: `del(EXPRESSION)`.
    pub(crate) fn delete(&self, document: &Value) -> Result<Value, Stop> {
        let mut search = Search { left: STEPS };
        let mut found = Vec::new();
        let root = Found { at: Some(Vec::new()), value: document.clone() };
        search.run(&self.0, &root, &mut found)?;
        let places: Option<Vec<Vec<Step>>> = found.into_iter().map(|found| found.at).collect();
        // Only places can be deleted.
        let mut places = places.ok_or(Stop::Failed)?;
        places.sort_unstable();
        places.dedup();
        let mut document = document.clone();
        // From the back, so that the indices before stay what they are.
        for place in places.iter().rev() {
            let Some((last, parents)) = place.split_last() else { return Err(Stop::Unsupported) };
            let parent = parents.iter().try_fold(&mut document, |value, step| match step {
                Step::Key(key) => value.get_mut(key),
                Step::Index(index) => value.get_mut(index),
            });
            match (parent, last) {
                (Some(Value::Object(entries)), Step::Key(key)) => {
                    entries.remove(key);
                }
                (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
                    items.remove(*index);
                }
                _ => {}
            }
        }
        Ok(document)
    }
}

struct Search {
    left: usize,
}

impl Search {
    /// Everything that a term makes of a value. What was found before an error stays in `out`, as `?` has it.
    fn run(&mut self, term: &Term<&str>, input: &Found, out: &mut Vec<Found>) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Unsupported)?;
        let computed = |value: Value| Found { at: None, value };
        match term {
            Term::Id => out.push(input.clone()),
            Term::Recurse => self.recurse(input, out)?,
            Term::Num(text) => out.push(computed(number(text)?)),
            Term::Neg(of) => match &**of {
                Term::Num(text) => out.push(computed(number(&format!("-{text}"))?)),
                _ => return Err(Stop::Unsupported),
            },
            Term::Str(None, parts) => out.push(computed(Value::String(literal(parts)?))),
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                let (middle, ended) = self.all(left, input);
                for value in middle {
                    self.run(right, &value, out)?;
                }
                ended?;
            }
            Term::BinOp(left, BinaryOp::Comma, right) => {
                self.run(left, input, out)?;
                self.run(right, input, out)?;
            }
            Term::BinOp(left, BinaryOp::Alt, right) => {
                let (found, ended) = self.all(left, input);
                if ended == Err(Stop::Unsupported) {
                    return ended;
                }
                let before = out.len();
                out.extend(found.into_iter().filter(|found| truth(&found.value)));
                if out.len() == before {
                    self.run(right, input, out)?;
                }
            }
            Term::BinOp(left, operator @ (BinaryOp::And | BinaryOp::Or), right) => {
                let decides = matches!(operator, BinaryOp::Or);
                let (lefts, ended) = self.all(left, input);
                for left in lefts {
                    if truth(&left.value) == decides {
                        out.push(computed(Value::Bool(decides)));
                        continue;
                    }
                    let (rights, ended) = self.all(right, input);
                    out.extend(rights.iter().map(|right| computed(Value::Bool(truth(&right.value)))));
                    ended?;
                }
                ended?;
            }
            Term::BinOp(left, BinaryOp::Cmp(comparison), right) => {
                let (rights, ended) = self.all(right, input);
                for right in rights {
                    let (lefts, ended) = self.all(left, input);
                    for left in lefts {
                        let holds = compare(*comparison, &left.value, &right.value)?;
                        out.push(computed(Value::Bool(holds)));
                    }
                    ended?;
                }
                ended?;
            }
            Term::TryCatch(tried, None) => {
                if self.run(tried, input, out) == Err(Stop::Unsupported) {
                    return Err(Stop::Unsupported);
                }
            }
            Term::Path(from, path) => self.path(from, path, input, out)?,
            Term::Call(name, arguments) => self.call(name, arguments, input, out)?,
            _ => return Err(Stop::Unsupported),
        }
        Ok(())
    }

    fn all(&mut self, term: &Term<&str>, input: &Found) -> (Vec<Found>, Result<(), Stop>) {
        let mut found = Vec::new();
        let ended = self.run(term, input, &mut found);
        (found, ended)
    }

    /// `..`: a value, then all within it.
    fn recurse(&mut self, input: &Found, out: &mut Vec<Found>) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Unsupported)?;
        out.push(input.clone());
        for child in children(input).unwrap_or_default() {
            self.recurse(&child, out)?;
        }
        Ok(())
    }

    fn path(
        &mut self,
        from: &Term<&str>,
        path: &Path<Term<&str>>,
        input: &Found,
        out: &mut Vec<Found>,
    ) -> Result<(), Stop> {
        let (mut values, mut ended) = self.all(from, input);
        for (part, optional) in &path.0 {
            let mut next = Vec::new();
            for value in values {
                if let Err(stop) = self.part(part, &value, input, &mut next) {
                    if stop == Stop::Unsupported {
                        return Err(stop);
                    }
                    if matches!(optional, Opt::Essential) {
                        ended = Err(stop);
                        break;
                    }
                }
            }
            values = next;
        }
        out.extend(values);
        ended
    }

    fn part(
        &mut self,
        part: &Part<Term<&str>>,
        value: &Found,
        input: &Found,
        out: &mut Vec<Found>,
    ) -> Result<(), Stop> {
        match part {
            Part::Range(None, None) => out.extend(children(value).ok_or(Stop::Failed)?),
            Part::Range(..) => return Err(Stop::Unsupported),
            Part::Index(index) => {
                // What stands in brackets speaks of the value that the whole path began with.
                let (indices, ended) = self.all(index, input);
                for index in indices {
                    out.push(member(value, &index.value)?);
                }
                ended?;
            }
        }
        Ok(())
    }

    fn call(
        &mut self,
        name: &str,
        arguments: &[Term<&str>],
        input: &Found,
        out: &mut Vec<Found>,
    ) -> Result<(), Stop> {
        let computed = |value: bool| Found { at: None, value: Value::Bool(value) };
        match (name, arguments) {
            ("empty", []) => {}
            ("null", []) => out.push(Found { at: None, value: Value::Null }),
            ("true" | "false", []) => out.push(computed(name == "true")),
            ("not", []) => out.push(computed(!truth(&input.value))),
            ("recurse", []) => self.recurse(input, out)?,
            ("select", [condition]) => {
                let (held, ended) = self.all(condition, input);
                out.extend(held.iter().filter(|held| truth(&held.value)).map(|_| input.clone()));
                ended?;
            }
            ("first" | "last", [of]) => {
                let (found, ended) = self.all(of, input);
                let first = name == "first";
                // The first is had before whatever fails later.
                if !first || found.is_empty() {
                    ended?;
                }
                out.extend(if first { found.into_iter().next() } else { found.into_iter().next_back() });
            }
            ("has" | "startswith" | "endswith" | "contains" | "test", [of]) => {
                let (others, ended) = self.all(of, input);
                for other in others {
                    out.push(computed(tell(name, &input.value, &other.value)?));
                }
                ended?;
            }
            _ => return Err(Stop::Unsupported),
        }
        Ok(())
    }
}

/// The items of an array or the values of an object, those in the order of their keys; nothing for what has none.
fn children(of: &Found) -> Option<Vec<Found>> {
    let below = |step: Step| of.at.as_ref().map(|at| at.iter().cloned().chain([step]).collect());
    match &of.value {
        Value::Array(items) => {
            let child = |(index, value): (usize, &Value)| Found {
                at: below(Step::Index(index)),
                value: value.clone(),
            };
            Some(items.iter().enumerate().map(child).collect())
        }
        Value::Object(entries) => {
            let child = |(key, value): (&String, &Value)| Found {
                at: below(Step::Key(key.clone())),
                value: value.clone(),
            };
            Some(entries.iter().map(child).collect())
        }
        _ => None,
    }
}

/// `.key`, `.[0]`, `.[-1]`: null where there is nothing.
fn member(of: &Found, index: &Value) -> Result<Found, Stop> {
    let (step, value) = match (&of.value, index) {
        (Value::Object(entries), Value::String(key)) => (Step::Key(key.clone()), entries.get(key)),
        (Value::Null, Value::String(key)) => (Step::Key(key.clone()), None),
        (Value::Array(items), Value::Number(number)) => {
            let index = number.as_i64().ok_or(Stop::Unsupported)?;
            let index =
                if index < 0 { index + i64::try_from(items.len()).unwrap_or(i64::MAX) } else { index };
            let Ok(index) = usize::try_from(index) else { return Err(Stop::Unsupported) };
            (Step::Index(index), items.get(index))
        }
        (Value::Null, Value::Number(number)) => {
            let index = number.as_u64().and_then(|index| usize::try_from(index).ok());
            (Step::Index(index.ok_or(Stop::Unsupported)?), None)
        }
        _ => return Err(Stop::Failed),
    };
    let at = of.at.as_ref().map(|at| at.iter().cloned().chain([step]).collect());
    Ok(Found { at, value: value.cloned().unwrap_or_default() })
}

fn number(text: &str) -> Result<Value, Stop> {
    serde_json::from_str(text).map_err(|_| Stop::Unsupported)
}

fn literal(parts: &[StrPart<&str, Term<&str>>]) -> Result<String, Stop> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(char) => text.push(*char),
            StrPart::Term(_) => return Err(Stop::Unsupported),
        }
    }
    Ok(text)
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn compare(comparison: Cmp, left: &Value, right: &Value) -> Result<bool, Stop> {
    if matches!(comparison, Cmp::Eq | Cmp::Ne) {
        let equal = match (left, right) {
            (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
            (Value::Array(_) | Value::Object(_), Value::Array(_) | Value::Object(_)) => {
                return Err(Stop::Unsupported);
            }
            _ => left == right,
        };
        return Ok(equal == matches!(comparison, Cmp::Eq));
    }
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        // jq has an order for all values; nobody relies on it to say what to ignore.
        _ => None,
    };
    let order = order.ok_or(Stop::Unsupported)?;
    Ok(match comparison {
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// The functions that say something of a value and one argument.
fn tell(name: &str, of: &Value, argument: &Value) -> Result<bool, Stop> {
    match (name, of, argument) {
        ("has", Value::Object(entries), Value::String(key)) => Ok(entries.contains_key(key)),
        ("has", Value::Array(items), Value::Number(index)) => {
            Ok(index.as_u64().and_then(|i| usize::try_from(i).ok()).is_some_and(|i| i < items.len()))
        }
        ("startswith", Value::String(text), Value::String(start)) => Ok(text.starts_with(start)),
        ("endswith", Value::String(text), Value::String(end)) => Ok(text.ends_with(end)),
        ("contains", Value::String(text), Value::String(part)) => Ok(text.contains(part)),
        ("contains", ..) => Err(Stop::Unsupported),
        ("test", Value::String(text), Value::String(pattern)) => {
            regex::Regex::new(pattern).map(|pattern| pattern.is_match(text)).map_err(|_| Stop::Unsupported)
        }
        _ => Err(Stop::Failed),
    }
}
