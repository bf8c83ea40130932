//! The parser: one function for names, one for what follows an index.

use seatrial_gotemplate::{IntKind, Value as GoValue, gofmt};
use seatrial_yaml::gojson;
use serde_json::Value;

use super::input::{Input, Piece};
use super::{Mode, typed};
use crate::chart::Values;
use crate::values::floats;
use crate::version::HelmVersion;

/// Helm's bound on an index.
const LARGEST_INDEX: i64 = 65536;
/// Helm's bound on the dots of a name.
const DEEPEST_NAME: usize = 30;
/// Our bound on indices and names within each other, which Helm does not count together.
const DEEPEST: usize = 400;

/// Why a name or value ends here.
enum Stop {
    /// The text is at its end; what was set holds.
    End,
    Fault(String),
}

pub(super) struct Parser<'s, 'r> {
    input: Input<'s>,
    mode: Mode<'r>,
    version: HelmVersion,
    literal: bool,
    depth: usize,
}

impl<'s, 'r> Parser<'s, 'r> {
    pub(super) fn new(text: &'s str, mode: Mode<'r>, version: HelmVersion) -> Self {
        let literal = matches!(mode, Mode::Literal);
        Self { input: Input::new(text), mode, version, literal, depth: 0 }
    }

    pub(super) fn parse(mut self, values: &mut Values) -> Result<(), String> {
        loop {
            self.depth = 0;
            match self.name(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Fault(message)) => return Err(message),
            }
        }
    }

    fn name(&mut self, into: &mut Values, dots: usize) -> Result<(), Stop> {
        self.deeper()?;
        let stops: &[char] = if self.literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let Piece { text: key, stop } = self.input.until(stops, self.literal);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(fault(format!("key {} has no value", quoted(&key)))),
            Some('[') => {
                let index = self.index()?;
                match into.get_mut(&key) {
                    Some(Value::Array(list)) => self.item(list, index, dots),
                    Some(other) => Err(not_a(other, "[]interface {}")),
                    None => {
                        let mut list = Vec::new();
                        let end = self.item(&mut list, index, dots);
                        set(into, key, Value::Array(list));
                        end
                    }
                }
            }
            Some('=') => self.assign(into, key),
            Some('.') => {
                let dots = dots.saturating_add(1);
                if dots > DEEPEST_NAME {
                    return Err(fault(format!(
                        "value name nested level is greater than maximum supported nested level of {DEEPEST_NAME}"
                    )));
                }
                let mut fresh = Values::new();
                let (inner, old) = match into.get_mut(&key) {
                    None => (&mut fresh, false),
                    Some(Value::Object(inner)) => (inner, true),
                    Some(other) => return Err(not_a(other, "map[string]interface {}")),
                };
                let end = self.name(inner, dots);
                if end.is_ok() && inner.is_empty() {
                    return Err(fault(format!("key map {} has no value", quoted(&key))));
                }
                if !old && !fresh.is_empty() {
                    set(into, key, Value::Object(fresh));
                }
                end
            }
            Some(_) => Err(fault(format!("key {} has no value (cannot end with ,)", quoted(&key)))),
        }
    }

    /// What follows the `=` of a name.
    fn assign(&mut self, into: &mut Values, key: String) -> Result<(), Stop> {
        let (value, end) = self.value()?;
        set(into, key, value);
        end
    }

    /// What follows an index: a value, a further index, or a name.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, dots: usize) -> Result<(), Stop> {
        self.deeper()?;
        let Ok(at) = usize::try_from(index) else {
            return Err(fault(format!("negative {index} index not allowed")));
        };
        let Piece { text, stop } = self.input.until(&['[', '.', '='], self.literal);
        if !text.is_empty() {
            return Err(fault(format!("unexpected data at end of array index: {}", quoted_runes(&text))));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, end) = self.value()?;
                set_index(list, index, value)?;
                match end {
                    // An empty value at the end of the text is set like any other.
                    Err(Stop::End) => Ok(()),
                    end => end,
                }
            }
            Some('[') => {
                let next = self.index()?;
                let mut inner = match list.get_mut(at) {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::Array(inner)) => std::mem::take(inner),
                    Some(other) => return Err(not_a(other, "[]interface {}")),
                };
                let end = self.item(&mut inner, next, dots);
                if end.is_ok() {
                    return set_index(list, index, Value::Array(inner));
                }
                if let Some(Value::Array(old)) = list.get_mut(at) {
                    *old = inner;
                }
                end
            }
            Some(_) => {
                let mut inner = match list.get_mut(at) {
                    None => Values::new(),
                    Some(Value::Object(inner)) => std::mem::take(inner),
                    Some(other) => {
                        *other = Value::Object(Values::new());
                        Values::new()
                    }
                };
                let end = self.name(&mut inner, dots);
                if end.is_ok() {
                    return set_index(list, index, Value::Object(inner));
                }
                if let Some(Value::Object(old)) = list.get_mut(at) {
                    *old = inner;
                }
                end
            }
        }
    }

    /// A value, and how reading goes on after it.
    fn value(&mut self) -> Result<(Value, Result<(), Stop>), Stop> {
        match self.mode {
            Mode::Literal => {
                let text = self.input.until(&[], true).text;
                Ok((Value::String(text), Ok(())))
            }
            Mode::Json => {
                if self.blank() {
                    return Ok((Value::Null, Ok(())));
                }
                let (mut value, end) =
                    gojson::next_in_stream(self.input.rest(), 0).map_err(|error| fault(error.to_string()))?;
                floats(&mut value);
                self.input.skip_bytes(end);
                self.blank();
                Ok((value, Ok(())))
            }
            _ => match self.input.peek() {
                None => Ok((Value::String(String::new()), Err(Stop::End))),
                Some('{') => {
                    self.input.next();
                    Ok((self.list()?, Ok(())))
                }
                Some(_) => {
                    let text = self.input.until(&[','], false).text;
                    Ok((self.typed(text)?, Ok(())))
                }
            },
        }
    }

    /// The items after a `{`.
    fn list(&mut self) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let Piece { text, stop } = self.input.until(&[',', '}'], false);
            let Some(stop) = stop else { return Err(fault("list must terminate with '}'".to_owned())) };
            if stop == '}' && self.input.peek() == Some(',') {
                self.input.next();
            }
            items.push(self.typed(text)?);
            if stop == '}' {
                return Ok(Value::Array(items));
            }
        }
    }

    fn typed(&self, text: String) -> Result<Value, Stop> {
        match self.mode {
            Mode::Set => Ok(typed::value(text)),
            Mode::File(read) => {
                let bytes = read(&text).map_err(fault)?;
                Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
            }
            _ => Ok(Value::String(text)),
        }
    }

    /// Skips white space up to a comma, which is taken, or the end; false if anything else stands there.
    fn blank(&mut self) -> bool {
        loop {
            match self.input.peek() {
                None => return true,
                Some(',') => {
                    self.input.next();
                    return true;
                }
                Some(c) if c.is_whitespace() => {
                    self.input.next();
                }
                Some(_) => return false,
            }
        }
    }

    /// The number before a `]`.
    fn index(&mut self) -> Result<i64, Stop> {
        let Piece { text, stop } = self.input.until(&[']'], self.literal);
        if stop.is_none() {
            // Helm 4 takes the wrapped end of the text for the end of the text; Helm 3 does not.
            return Err(match self.version {
                HelmVersion::V3_19 => fault("error parsing index: EOF".to_owned()),
                _ => Stop::End,
            });
        }
        typed::index(&text).map_err(|message| fault(format!("error parsing index: {message}")))
    }

    fn deeper(&mut self) -> Result<(), Stop> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return Err(fault(format!("names and indices are nested more than {DEEPEST} deep")));
        }
        Ok(())
    }
}

fn set(into: &mut Values, key: String, value: Value) {
    if !key.is_empty() {
        into.insert(key, value);
    }
}

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Stop> {
    let Some(at) = usize::try_from(index).ok().filter(|_| index <= LARGEST_INDEX) else {
        return Err(fault(format!(
            "index of {index} is greater than maximum supported index of {LARGEST_INDEX}"
        )));
    };
    if list.len() <= at {
        list.resize(at.saturating_add(1), Value::Null);
    }
    if let Some(place) = list.get_mut(at) {
        *place = value;
    }
    Ok(())
}

fn fault(message: String) -> Stop {
    Stop::Fault(message)
}

/// Go's failed type assertion, as Helm recovers from it.
fn not_a(found: &Value, wanted: &str) -> Stop {
    let found = crate::values::go_type(found);
    fault(format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"))
}

/// `%q` of a slice of runes.
fn quoted_runes(text: &str) -> String {
    let runes = text.chars().map(|c| {
        let rune = GoValue::Int(IntKind::Int32, i64::from(u32::from(c)));
        let shown = gofmt::sprintf(b"%q", &[rune], usize::MAX).unwrap_or_default();
        String::from_utf8_lossy(&shown).into_owned()
    });
    format!("[{}]", runes.collect::<Vec<_>>().join(" "))
}

fn quoted(text: &str) -> String {
    seatrial_gotemplate::quote(text.as_bytes())
}
