//! The part of jq that `jqPathExpressions` are written in: which places of a document an expression leads to.
//!
//! An expression may come from a manifest that nobody has looked at, and jq is a whole language, loops included. So the
//! grammar is a library's, but only terms that end by themselves are evaluated here; what goes beyond is told as
//! [`Stop::Unsupported`] and never guessed. The measure is gojq 0.12.19, which Argo CD runs as `del(EXPRESSION)`.

use std::borrow::Cow;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Cmp;
use jaq_core::path::{Opt, Part, Path};
use serde_json::Value;

/// The longest expression that is read, in bytes, and how many levels it may open: its parser calls itself for each.
const LONGEST: usize = 512;
const LEVELS: usize = 40;

/// What opens a level.
const OPENING: [&str; 11] = ["(", "[", "{", "-", "try", "if", "def", "reduce", "foreach", "label", "?//"];

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
struct Found<'d> {
    at: Option<Vec<Step>>,
    value: Cow<'d, Value>,
}

impl Found<'_> {
    fn computed(value: impl Into<Value>) -> Self {
        Self { at: None, value: Cow::Owned(value.into()) }
    }
}

impl<'e> Expression<'e> {
    /// Reads an expression; nothing if it is none, too long or too deep.
    pub(crate) fn read(text: &'e str) -> Option<Self> {
        let levels: usize = OPENING.iter().map(|opening| text.matches(opening).count()).sum();
        if text.len() > LONGEST || levels > LEVELS {
            return None;
        }
        jaq_core::load::parse(text, |parser| parser.term()).map(Self)
    }

    /// The document without the places that the expression leads to: `del(EXPRESSION)`.
    pub(crate) fn delete(&self, document: &Value) -> Result<Value, Stop> {
        let mut search = Search { left: STEPS };
        let mut found = Vec::new();
        let root = Found { at: Some(Vec::new()), value: Cow::Borrowed(document) };
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
    fn run<'d>(
        &mut self,
        term: &Term<&str>,
        input: &Found<'d>,
        out: &mut Vec<Found<'d>>,
    ) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Unsupported)?;
        match term {
            Term::Id => out.push(input.clone()),
            Term::Recurse => self.recurse(input, out)?,
            Term::Num(text) => out.push(Found::computed(number(text)?)),
            Term::Neg(of) => match &**of {
                Term::Num(text) => out.push(Found::computed(number(&format!("-{text}"))?)),
                _ => return Err(Stop::Unsupported),
            },
            Term::Str(None, parts) => out.push(Found::computed(literal(parts)?)),
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
                        out.push(Found::computed(decides));
                        continue;
                    }
                    let (rights, ended) = self.all(right, input);
                    out.extend(rights.iter().map(|right| Found::computed(truth(&right.value))));
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
                        out.push(Found::computed(holds));
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

    fn all<'d>(&mut self, term: &Term<&str>, input: &Found<'d>) -> (Vec<Found<'d>>, Result<(), Stop>) {
        let mut found = Vec::new();
        let ended = self.run(term, input, &mut found);
        (found, ended)
    }

    /// `..`: a value, then all within it.
    fn recurse<'d>(&mut self, input: &Found<'d>, out: &mut Vec<Found<'d>>) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Unsupported)?;
        out.push(input.clone());
        for child in children(input).unwrap_or_default() {
            self.recurse(&child, out)?;
        }
        Ok(())
    }

    fn path<'d>(
        &mut self,
        from: &Term<&str>,
        path: &Path<Term<&str>>,
        input: &Found<'d>,
        out: &mut Vec<Found<'d>>,
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

    fn part<'d>(
        &mut self,
        part: &Part<Term<&str>>,
        value: &Found<'d>,
        input: &Found<'d>,
        out: &mut Vec<Found<'d>>,
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

    fn call<'d>(
        &mut self,
        name: &str,
        arguments: &[Term<&str>],
        input: &Found<'d>,
        out: &mut Vec<Found<'d>>,
    ) -> Result<(), Stop> {
        match (name, arguments) {
            ("empty", []) => {}
            ("null", []) => out.push(Found::computed(Value::Null)),
            ("true" | "false", []) => out.push(Found::computed(name == "true")),
            ("not", []) => out.push(Found::computed(!truth(&input.value))),
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
                    out.push(Found::computed(tell(name, &input.value, &other.value)?));
                }
                ended?;
            }
            _ => return Err(Stop::Unsupported),
        }
        Ok(())
    }
}

/// The items of an array or the values of an object, those in the order of their keys; nothing for what has none.
fn children<'d>(of: &Found<'d>) -> Option<Vec<Found<'d>>> {
    // Only plain values are ever computed.
    let Cow::Borrowed(value) = of.value else { return None };
    let child = |step: Step, value: &'d Value| Found {
        at: of.at.as_ref().map(|at| at.iter().cloned().chain([step]).collect()),
        value: Cow::Borrowed(value),
    };
    match value {
        Value::Array(items) => {
            Some(items.iter().enumerate().map(|(index, item)| child(Step::Index(index), item)).collect())
        }
        Value::Object(entries) => {
            Some(entries.iter().map(|(key, value)| child(Step::Key(key.clone()), value)).collect())
        }
        _ => None,
    }
}

/// `.key`, `.[0]`, `.[-1]`: null where there is nothing.
fn member<'d>(of: &Found<'d>, index: &Value) -> Result<Found<'d>, Stop> {
    let here = match of.value {
        Cow::Borrowed(value) => value,
        // Only plain values are ever computed.
        Cow::Owned(Value::Null) => &Value::Null,
        Cow::Owned(_) => return Err(Stop::Failed),
    };
    let (step, value) = match (here, index) {
        (Value::Object(entries), Value::String(key)) => (Step::Key(key.clone()), entries.get(key)),
        (Value::Null, Value::String(key)) => (Step::Key(key.clone()), None),
        (Value::Array(items), Value::Number(number)) => {
            let index = number.as_i64().ok_or(Stop::Unsupported)?;
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let index = if index < 0 { index.saturating_add(length) } else { index };
            let index = usize::try_from(index).map_err(|_| Stop::Unsupported)?;
            (Step::Index(index), items.get(index))
        }
        (Value::Null, Value::Number(number)) => {
            let index = number.as_u64().and_then(|index| usize::try_from(index).ok());
            (Step::Index(index.ok_or(Stop::Unsupported)?), None)
        }
        _ => return Err(Stop::Failed),
    };
    let at = of.at.as_ref().map(|at| at.iter().cloned().chain([step]).collect());
    Ok(Found { at, value: Cow::Borrowed(value.unwrap_or(&Value::Null)) })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn deleted(expression: &str, from: Value) -> Result<Value, Stop> {
        Expression::read(expression).ok_or(Stop::Unsupported)?.delete(&from)
    }

    #[test]
    fn places_go_from_the_back() {
        let list = json!({"a": [1, 2, 3, 4]});
        assert_eq!(deleted(".a[0], .a[1], .a[-1]", list.clone()), Ok(json!({"a": [3]})));
        assert_eq!(deleted(".a[] | select(. > 2)", list.clone()), Ok(json!({"a": [1, 2]})));
        assert_eq!(deleted(".b.c.d", list.clone()), Ok(list.clone()));
        assert_eq!(deleted(".a.b", list.clone()), Err(Stop::Failed));
        assert_eq!(deleted(".a | length", list), Err(Stop::Unsupported));
    }

    #[test]
    fn nothing_deep_is_read() {
        for (opening, closing) in [
            ("(", ")"),
            ("[", "]"),
            ("-", ""),
            ("try ", ""),
            ("if ", ""),
            ("\"\\(", ")\""),
            ("{a:", "}"),
            (".[", "]"),
        ] {
            for levels in [30, 100, 10_000] {
                let text = format!("{}.a{}", opening.repeat(levels), closing.repeat(levels));
                let _ = deleted(&text, json!({"a": 1}));
                let _ = deleted(&opening.repeat(levels), json!({"a": 1}));
            }
        }
        for joined in ["|", ",", "//", " and ", "==", "+"] {
            let _ = deleted(&vec![".a"; 512 / (2 + joined.len())].join(joined), json!({"a": {"a": 1}}));
        }
    }

    #[test]
    fn what_does_not_end_is_not_run() {
        let mut deep = json!("x");
        for _ in 0..60 {
            deep = json!([deep.clone(), deep]);
            if deep.to_string().len() > 1 << 16 {
                break;
            }
        }
        assert_eq!(deleted(".. | .. | .. | ..", deep), Err(Stop::Unsupported));
        assert_eq!(deleted("def f: f; f", json!(1)), Err(Stop::Unsupported));
        assert_eq!(deleted("repeat(.)", json!(1)), Err(Stop::Unsupported));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in r#"[a-c.\[\]()|,{}"?/=<>0-9 -]{0,60}"#) {
            let _ = deleted(&text, json!({"a": {"b": [1, {"c": "x"}]}, "b": null}));
        }
    }
}
