//! Values as go-yaml holds them before they become JSON. Only built where a message shows them.

use super::decode::{View, base64, float_key, go_lossy};
use super::resolve::{BINARY, Resolved};
use crate::gojson::format_g;
use crate::node::Kind;
use crate::tree::Record;

/// How deep and how large such a value may get.
const MAX_DEPTH: usize = 1000;
const MAX_NODES: usize = 4_000_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum GoValue {
    Nil,
    Str(String),
    Uint(u64),
    Int(i64),
    Float(f64),
    Bool(bool),
    Map(Vec<(GoValue, GoValue)>),
    Slice(Vec<GoValue>),
}

/// The value of a node that go-yaml decodes without a fault.
pub(super) fn decode(view: View<'_>, id: u32, strict: bool) -> GoValue {
    Reader { view, left: MAX_NODES, strict }.node(id, 0)
}

/// The value of a scalar.
pub(super) fn scalar(view: View<'_>, record: &Record) -> GoValue {
    let (text, resolved) = view.resolve(record);
    match resolved {
        Ok(Resolved::Null) => GoValue::Nil,
        Ok(Resolved::Bool(value)) => GoValue::Bool(value),
        Ok(Resolved::Int(value)) => GoValue::Int(value),
        Ok(Resolved::Uint(value)) => GoValue::Uint(value),
        Ok(Resolved::Float(value)) => GoValue::Float(value),
        Ok(Resolved::Other) if view.tag(record) == BINARY => {
            GoValue::Str(base64(&text).map_or_else(String::new, |bytes| go_lossy(&bytes)))
        }
        _ => GoValue::Str(text.into_owned()),
    }
}

struct Reader<'t> {
    view: View<'t>,
    left: usize,
    /// The first of equal keys stays.
    strict: bool,
}

impl Reader<'_> {
    fn node(&mut self, id: u32, depth: usize) -> GoValue {
        let Some(record) = self.view.record(id) else { return GoValue::Nil };
        if depth > MAX_DEPTH || self.left == 0 {
            return GoValue::Nil;
        }
        self.left -= 1;
        match record.kind {
            Kind::Alias => self.node(record.a, depth + 1),
            Kind::Mapping => {
                let mut entries = Vec::new();
                self.mapping(record, &mut entries, depth);
                GoValue::Map(entries)
            }
            Kind::Sequence => {
                let children = self.view.children_of(record);
                GoValue::Slice(children.iter().map(|child| self.node(*child, depth + 1)).collect())
            }
            Kind::Scalar => scalar(self.view, record),
            Kind::Null | Kind::Error => GoValue::Nil,
        }
    }

    fn mapping(&mut self, record: &Record, entries: &mut Vec<(GoValue, GoValue)>, depth: usize) {
        for pair in self.view.children_of(record).chunks_exact(2) {
            if self.view.record(pair[0]).is_some_and(|key| self.view.is_merge(key)) {
                self.merge(pair[1], entries, depth + 1);
                continue;
            }
            let key = self.node(pair[0], depth + 1);
            let value = self.node(pair[1], depth + 1);
            // A map has each key once; NaN equals nothing.
            let known = entries.iter_mut().find(|(known, _)| *known == key);
            match known {
                Some(entry) if !self.strict => entry.1 = value,
                Some(_) => {}
                None => entries.push((key, value)),
            }
        }
    }

    fn merge(&mut self, id: u32, entries: &mut Vec<(GoValue, GoValue)>, depth: usize) {
        let Some(record) = self.view.record(id) else { return };
        if depth > MAX_DEPTH || self.left == 0 {
            return;
        }
        self.left -= 1;
        match record.kind {
            Kind::Alias => self.merge(record.a, entries, depth + 1),
            Kind::Mapping => self.mapping(record, entries, depth + 1),
            Kind::Sequence => {
                for child in self.view.children_of(record).iter().rev() {
                    self.merge(*child, entries, depth + 1);
                }
            }
            _ => {}
        }
    }
}

impl GoValue {
    /// The order `fmt` prints keys of different types in (that of the type descriptors in the real binaries).
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Nil => 0,
            Self::Str(_) => 1,
            Self::Uint(_) => 2,
            Self::Int(_) => 3,
            Self::Float(_) => 4,
            Self::Bool(_) => 5,
            Self::Map(_) => 6,
            Self::Slice(_) => 7,
        }
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Str(a), Self::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Self::Uint(a), Self::Uint(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => match (a.is_nan(), b.is_nan()) {
                (true, _) => std::cmp::Ordering::Less,
                (_, true) => std::cmp::Ordering::Greater,
                _ => a.total_cmp(b),
            },
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn sorted(entries: &[(Self, Self)]) -> Vec<&(Self, Self)> {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_by(|a, b| a.0.rank().cmp(&b.0.rank()).then_with(|| a.0.compare(&b.0)));
        sorted
    }

    /// `%#v`.
    pub(super) fn go_syntax(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Nil => out.push_str("interface {}(nil)"),
            Self::Str(text) => quote(out, text),
            Self::Uint(value) => out.push_str(&format!("0x{value:x}")),
            Self::Int(value) => out.push_str(&value.to_string()),
            Self::Float(value) => out.push_str(&format_g(*value)),
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::Map(entries) => {
                out.push_str("map[interface {}]interface {}{");
                for (position, (key, value)) in Self::sorted(entries).into_iter().enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    key.write(out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::Slice(items) => {
                out.push_str("[]interface {}{");
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    item.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Why sigs.k8s.io/yaml cannot make JSON of it. Where Go's order is random, the first in print order.
    pub(super) fn conversion_fault(&self) -> Option<String> {
        self.bad_key().or_else(|| self.bad_float())
    }

    fn key_text(&self) -> String {
        match self {
            Self::Str(text) => text.clone(),
            Self::Float(value) => float_key(*value),
            other => other.go_syntax(),
        }
    }

    fn bad_key(&self) -> Option<String> {
        match self {
            Self::Map(entries) => Self::sorted(entries).into_iter().find_map(|(key, value)| {
                let (kind, shown) = match key {
                    Self::Nil => ("%!s(<nil>)", "<nil>".to_owned()),
                    Self::Uint(_) => ("uint64", key.go_syntax()),
                    _ => return value.bad_key(),
                };
                let value = if *value == Self::Nil { "<nil>".to_owned() } else { value.go_syntax() };
                Some(format!("unsupported map key of type: {kind}, key: {shown}, value: {value}"))
            }),
            Self::Slice(items) => items.iter().find_map(Self::bad_key),
            _ => None,
        }
    }

    /// encoding/json writes keys sorted, so that is where it stops.
    fn bad_float(&self) -> Option<String> {
        match self {
            Self::Map(entries) => {
                let mut sorted: Vec<(String, &Self)> =
                    entries.iter().map(|(key, value)| (key.key_text(), value)).collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                sorted.into_iter().find_map(|(_, value)| value.bad_float())
            }
            Self::Slice(items) => items.iter().find_map(Self::bad_float),
            Self::Float(value) if !value.is_finite() => {
                Some(format!("json: unsupported value: {}", format_g(*value)))
            }
            _ => None,
        }
    }
}

/// `strconv.Quote`.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{B}' => out.push_str("\\v"),
            '\0'..' ' | '\u{7F}' => out.push_str(&format!("\\x{:02x}", char as u32)),
            '\u{80}'..='\u{A0}'
            | '\u{AD}'
            | '\u{2000}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}'
            | '\u{3000}'
            | '\u{FEFF}' => {
                out.push_str(&format!("\\u{:04x}", char as u32));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}
