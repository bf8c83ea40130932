//! From nodes to JSON values: go-yaml's decoder into an empty interface, then sigs.k8s.io/yaml's conversion.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Number, Value};

use super::GoYamlError;
use super::govalue::{self, GoValue};
use super::input::Mode;
use super::resolve::{self, Resolved, resolve};
use crate::gojson::{format_f64, format_g32};
use crate::node::{Kind, Node, Style};
use crate::scalar::{self, Scalar, break_len};
use crate::tree::{NONE, Record};

/// Values nested deeper than this are refused: go-yaml allows 10,000 levels, more than a small stack holds.
const MAX_DEPTH: usize = 1000;

/// Bytes of text that aliases may repeat.
const MAX_ALIASED_BYTES: usize = 256 << 20;

/// The parts of a tree a decoder looks at.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) nodes: &'t [Record],
    pub(super) children: &'t [u32],
    pub(super) strings: &'t [Box<str>],
    pub(super) text: &'t str,
}

impl<'t> View<'t> {
    pub(super) fn children_of(self, record: &Record) -> &'t [u32] {
        self.children.get(record.a as usize..(record.a + record.b) as usize).unwrap_or_default()
    }

    pub(super) fn tag(self, record: &Record) -> &'t str {
        let index = (record.tag as usize).checked_sub(1);
        index.and_then(|index| self.strings.get(index)).map_or("", |tag| &**tag)
    }

    pub(super) fn record(self, id: u32) -> Option<&'t Record> {
        self.nodes.get(id as usize)
    }

    /// A scalar's text and what go-yaml makes of it.
    pub(super) fn resolve(self, record: &Record) -> (Cow<'t, str>, Result<Resolved, String>) {
        if record.kind == Kind::Null {
            return (Cow::Borrowed(""), Ok(Resolved::Null));
        }
        let text = scalar::text(self.text, record);
        let tag = self.tag(record);
        if tag.is_empty() && record.style != Style::Plain {
            return (text, Ok(Resolved::Str));
        }
        let resolved = resolve(tag, &text);
        (text, resolved)
    }

    pub(super) fn is_merge(self, record: &Record) -> bool {
        if record.kind != Kind::Scalar {
            return false;
        }
        let tag = self.tag(record);
        let implicit = tag.is_empty() && record.style == Style::Plain || tag == "!";
        (implicit || tag == "tag:yaml.org,2002:merge") && scalar::text(self.text, record) == "<<"
    }
}

pub(super) struct Decoder<'t> {
    view: View<'t>,
    strict: bool,
    /// Nothing is a fault: what cannot be read is null.
    lenient: bool,
    active: HashSet<u32>,
    decoded: u64,
    aliased: u64,
    alias_depth: usize,
    aliased_bytes: usize,
    exhausted: bool,
    duplicates: Vec<String>,
    /// Where the first value is that may not convert to JSON; go-yaml's own faults go before that.
    unconvertible: Option<u32>,
    seen: HashMap<u64, HashSet<String>>,
    next_map: u64,
    /// The entries of the mapping at the top that are wanted; all of them where it is not said.
    keep: Option<Keep<'t>>,
    /// What is read is only checked: nothing of it is wanted.
    checking: bool,
}

/// Whether the entry of this key is wanted.
pub(super) type Keep<'k> = &'k dyn Fn(&str) -> bool;

/// The number of the mapping at the top.
const TOP: u64 = 0;

impl<'t> Decoder<'t> {
    pub(super) fn new(view: View<'t>, mode: Mode, lenient: bool) -> Self {
        Self {
            view,
            strict: mode == Mode::Strict,
            lenient,
            active: HashSet::new(),
            decoded: 0,
            aliased: 0,
            alias_depth: 0,
            aliased_bytes: 0,
            exhausted: false,
            duplicates: Vec::new(),
            unconvertible: None,
            seen: HashMap::new(),
            next_map: TOP,
            keep: None,
            checking: false,
        }
    }

    /// Makes values only of those entries of the root, if it is a mapping, that are wanted; the others are checked alike.
    pub(super) fn keeping(self, root: u32, keep: Option<Keep<'t>>) -> Self {
        let mapping = self.view.record(root).is_some_and(|root| root.kind == Kind::Mapping);
        Self { keep: keep.filter(|_| mapping), ..self }
    }

    pub(super) fn finish(self, root: u32, value: Value) -> Result<Value, GoYamlError> {
        if !self.duplicates.is_empty() {
            let message = format!("yaml: unmarshal errors:\n  {}", self.duplicates.join("\n  "));
            let line = self
                .duplicates
                .first()
                .and_then(|text| text.strip_prefix("line ")?.split(':').next()?.parse().ok());
            return Err(GoYamlError { message, line, offset: 0 });
        }
        // Only what is left after later keys replaced earlier ones is converted.
        if let Some(offset) = self.unconvertible
            && let Some(message) = govalue::decode(self.view, root, self.strict).conversion_fault()
        {
            return Err(GoYamlError { message, line: None, offset: offset as usize });
        }
        Ok(value)
    }

    fn fail<T>(message: String, record: &Record) -> Result<T, GoYamlError> {
        Err(GoYamlError { message, line: None, offset: record.start as usize })
    }

    /// go-yaml's guard against documents that are mostly aliases.
    fn count(&mut self, record: &Record) -> Result<(), GoYamlError> {
        self.decoded += 1;
        self.aliased += u64::from(self.alias_depth > 0);
        let ratio = match self.decoded {
            ..=400_000 => 0.99,
            4_000_000.. => 0.10,
            count => 0.99 - 0.89 * ((count - 400_000) as f64 / 3_600_000.0),
        };
        let excessive =
            self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > ratio;
        if excessive || self.aliased_bytes > MAX_ALIASED_BYTES {
            self.exhausted = true;
            return Self::fail("yaml: document contains excessive aliasing".to_owned(), record);
        }
        Ok(())
    }

    pub(super) fn node(&mut self, id: u32, depth: usize) -> Result<Value, GoYamlError> {
        if self.exhausted && self.lenient {
            return Ok(Value::Null);
        }
        let Some(record) = self.view.record(id) else { return Ok(Value::Null) };
        let result = self.node_inner(id, record, depth);
        if self.lenient && result.is_err() { Ok(Value::Null) } else { result }
    }

    fn node_inner(&mut self, id: u32, record: &'t Record, depth: usize) -> Result<Value, GoYamlError> {
        self.count(record)?;
        if depth > MAX_DEPTH {
            return Self::fail(format!("yaml: exceeded max depth of {MAX_DEPTH}"), record);
        }
        match record.kind {
            Kind::Alias => {
                let target = self.enter_alias(id, record)?;
                let value = self.node(target, depth + 1);
                self.leave_alias(id);
                value
            }
            Kind::Mapping => {
                let mut map = Map::new();
                let number = self.next_map;
                self.next_map += 1;
                self.mapping(record, &mut map, number, depth)?;
                self.seen.remove(&number);
                Ok(Value::Object(map))
            }
            Kind::Sequence => {
                let children = self.view.children_of(record);
                let mut items = Vec::with_capacity(if self.checking { 0 } else { children.len() });
                for child in children {
                    let item = self.node(*child, depth + 1)?;
                    if !self.checking {
                        items.push(item);
                    }
                }
                Ok(Value::Array(items))
            }
            Kind::Scalar => self.scalar(record),
            Kind::Null | Kind::Error => Ok(Value::Null),
        }
    }

    fn enter_alias(&mut self, id: u32, record: &Record) -> Result<u32, GoYamlError> {
        let name = (record.anchor as usize)
            .checked_sub(1)
            .and_then(|index| self.view.strings.get(index))
            .map_or("", |name| &**name);
        if !self.active.insert(id) {
            return Self::fail(format!("yaml: anchor '{name}' value contains itself"), record);
        }
        if record.a == NONE {
            self.active.remove(&id);
            return Self::fail(format!("yaml: unknown anchor '{name}' referenced"), record);
        }
        self.alias_depth += 1;
        Ok(record.a)
    }

    fn leave_alias(&mut self, id: u32) {
        self.alias_depth -= 1;
        self.active.remove(&id);
    }

    fn scalar(&mut self, record: &Record) -> Result<Value, GoYamlError> {
        if self.checking && self.alias_depth == 0 && record.style != Style::Plain && record.tag == 0 {
            return Ok(Value::Null);
        }
        let (text, resolved) = self.view.resolve(record);
        if self.alias_depth > 0 {
            self.aliased_bytes += text.len();
        }
        Ok(match resolved {
            Ok(Resolved::Null) => Value::Null,
            Ok(Resolved::Bool(value)) => Value::Bool(value),
            Ok(Resolved::Int(value)) => Value::from(value),
            Ok(Resolved::Uint(value)) => Value::from(value),
            Ok(Resolved::Float(value)) => self.float(value, record),
            Ok(Resolved::Str | Resolved::Timestamp | Resolved::Merge) if self.checking => Value::Null,
            Ok(Resolved::Str | Resolved::Timestamp | Resolved::Merge) => Value::String(text.into_owned()),
            Ok(Resolved::Other) => {
                if self.view.tag(record) == resolve::BINARY {
                    match base64(&text) {
                        // encoding/json replaces what is not UTF-8.
                        Some(bytes) => Value::String(go_lossy(&bytes)),
                        None => {
                            return Self::fail(
                                "yaml: !!binary value contains invalid base64 data".to_owned(),
                                record,
                            );
                        }
                    }
                } else {
                    Value::String(text.into_owned())
                }
            }
            Err(_) if self.lenient => Value::String(text.into_owned()),
            Err(message) => return Self::fail(message, record),
        })
    }

    fn float(&mut self, value: f64, record: &Record) -> Value {
        match json_number(value) {
            Some(number) => Value::Number(number),
            None => {
                self.unconvertible = self.unconvertible.or(Some(record.start));
                Value::Null
            }
        }
    }

    fn mapping(
        &mut self,
        record: &Record,
        map: &mut Map<String, Value>,
        number: u64,
        depth: usize,
    ) -> Result<(), GoYamlError> {
        for pair in self.view.children_of(record).chunks_exact(2) {
            let (Some(key), Some(value)) = (self.view.record(pair[0]), self.view.record(pair[1])) else {
                continue;
            };
            if self.view.is_merge(key) {
                let merged = self.merge(pair[1], value, map, number, depth);
                if merged.is_err() && !self.lenient {
                    return merged;
                }
                continue;
            }
            let text = match self.key(pair[0], key, depth) {
                Ok(text) => text,
                Err(_) if self.lenient => Some(Cow::Borrowed(source_of(self.view, key))),
                Err(error) => return Err(error),
            };
            let unwanted = number == TOP
                && self.keep.is_some_and(|keep| text.as_deref().is_some_and(|text| !keep(text)));
            let outside = self.checking;
            self.checking = outside || unwanted;
            let decoded = self.node(pair[1], depth + 1);
            self.checking = outside;
            let decoded = decoded?;
            if self.strict {
                let (typed, shown) = typed_key(self.view, key);
                if !self.seen.entry(number).or_default().insert(typed) {
                    let line = match value.kind {
                        Kind::Null => value.c as usize + 1,
                        _ => line_of(self.view.text, value.outer_start as usize),
                    };
                    self.duplicates.push(format!("line {line}: key {shown} already set in map"));
                    continue;
                }
            }
            if let Some(text) = text.filter(|_| !self.checking && !unwanted) {
                map.insert(text.into_owned(), decoded);
            }
        }
        Ok(())
    }

    /// The key as text; nothing for one that JSON cannot have (noted as a fault of the conversion).
    fn key(&mut self, id: u32, key: &'t Record, depth: usize) -> Result<Option<Cow<'t, str>>, GoYamlError> {
        self.count(key)?;
        let mut target = key;
        let mut entered = Vec::new();
        let mut at = id;
        while target.kind == Kind::Alias {
            let next = self.enter_alias(at, target)?;
            entered.push(at);
            let Some(record) = self.view.record(next) else { break };
            self.count(record)?;
            target = record;
            at = next;
        }
        if matches!(target.kind, Kind::Mapping | Kind::Sequence) {
            // Faults inside the key come first.
            let inner = self.node(at, depth + 1);
            for alias in entered {
                self.leave_alias(alias);
            }
            inner?;
            return Self::fail(
                format!("yaml: invalid map key: {}", govalue::decode(self.view, at, self.strict).go_syntax()),
                key,
            );
        }
        let (text, resolved) = self.view.resolve(target);
        for alias in entered {
            self.leave_alias(alias);
        }
        let resolved = match resolved {
            Ok(Resolved::Other) if self.view.tag(target) == resolve::BINARY => match base64(&text) {
                Some(bytes) => return Ok(Some(Cow::Owned(go_lossy(&bytes)))),
                None => {
                    return Self::fail("yaml: !!binary value contains invalid base64 data".to_owned(), key);
                }
            },
            Ok(resolved) => resolved,
            Err(message) => return Self::fail(message, key),
        };
        if matches!(resolved, Resolved::Null | Resolved::Uint(_)) {
            self.unconvertible = self.unconvertible.or(Some(key.start));
            return Ok(self.lenient.then_some(text));
        }
        Ok(Some(key_string(resolved, text)))
    }

    fn merge(
        &mut self,
        id: u32,
        value: &'t Record,
        map: &mut Map<String, Value>,
        number: u64,
        depth: usize,
    ) -> Result<(), GoYamlError> {
        const WANT_MAP: &str = "yaml: map merge requires map or sequence of maps as the value";
        match value.kind {
            Kind::Mapping | Kind::Alias => self.merge_one(id, value, map, number, depth, WANT_MAP),
            Kind::Sequence => {
                for child in self.view.children_of(value).iter().rev() {
                    let Some(record) = self.view.record(*child) else { continue };
                    if !matches!(record.kind, Kind::Mapping | Kind::Alias) {
                        return Self::fail(WANT_MAP.to_owned(), record);
                    }
                    self.merge_one(*child, record, map, number, depth, WANT_MAP)?;
                }
                Ok(())
            }
            _ => Self::fail(WANT_MAP.to_owned(), value),
        }
    }

    fn merge_one(
        &mut self,
        id: u32,
        value: &'t Record,
        map: &mut Map<String, Value>,
        number: u64,
        depth: usize,
        want_map: &str,
    ) -> Result<(), GoYamlError> {
        if depth > MAX_DEPTH {
            return Self::fail(format!("yaml: exceeded max depth of {MAX_DEPTH}"), value);
        }
        self.count(value)?;
        if value.kind == Kind::Mapping {
            return self.mapping(value, map, number, depth + 1);
        }
        if let Some(target) = self.view.record(value.a)
            && target.kind != Kind::Mapping
        {
            return Self::fail(want_map.to_owned(), value);
        }
        let target = self.enter_alias(id, value)?;
        let result = match self.view.record(target) {
            Some(record) => self.count(record).and_then(|()| self.mapping(record, map, number, depth + 1)),
            None => Ok(()),
        };
        self.leave_alias(id);
        result
    }
}

fn source_of<'t>(view: View<'t>, record: &Record) -> &'t str {
    view.text.get(record.start as usize..record.end as usize).unwrap_or_default()
}

/// A key's identity for go-yaml (type and value), and how `%#v` shows it.
fn typed_key(view: View<'_>, key: &Record) -> (String, String) {
    let mut target = key;
    for _ in 0..64 {
        if target.kind != Kind::Alias {
            break;
        }
        match view.record(target.a) {
            Some(record) => target = record,
            None => break,
        }
    }
    let value = govalue::scalar(view, target);
    let shown = match value {
        GoValue::Nil => "<nil>".to_owned(),
        _ => value.go_syntax(),
    };
    (format!("{}{shown}", value.rank()), shown)
}

/// What a float becomes as a key.
pub(super) fn float_key(value: f64) -> String {
    match format_g32(value).as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        number => number.to_owned(),
    }
}

/// What a key of this type becomes in JSON.
fn key_string(resolved: Resolved, text: Cow<'_, str>) -> Cow<'_, str> {
    Cow::Owned(match resolved {
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::Uint(value) => value.to_string(),
        Resolved::Float(value) => float_key(value),
        _ => return text,
    })
}

/// The JSON number of a float: an integer where Go's JSON text of it is one.
pub(super) fn json_number(value: f64) -> Option<Number> {
    if value == value.trunc() && value.abs() < 1e21 {
        let text = format_f64(value);
        if let Ok(integer) = text.parse::<i64>()
            && text != "-0"
        {
            return Some(Number::from(integer));
        }
        if let Ok(integer) = text.parse::<u64>() {
            return Some(Number::from(integer));
        }
    }
    Number::from_f64(value)
}

/// go-yaml's line of a node, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let bytes = text.as_bytes().get(..offset).unwrap_or_default();
    let mut line = 1;
    let mut at = 0;
    while at < bytes.len() {
        let len = break_len(bytes, at);
        line += usize::from(len > 0);
        at += len.max(1);
    }
    line
}

/// `base64.StdEncoding.DecodeString`, which skips line breaks.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut group = 0u32;
    let mut count = 0;
    let mut padding = 0;
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if count >= 2 && count + padding < 4 => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        group = group << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            out.extend([(group >> 16) as u8, (group >> 8) as u8, group as u8]);
            (group, count) = (0, 0);
        }
    }
    match (count, padding) {
        (0, 0) => {}
        (2, 2) => out.push((group >> 4) as u8),
        (3, 1) => out.extend([(group >> 10) as u8, (group >> 2) as u8]),
        _ => return None,
    }
    Some(out)
}

/// Go's replacement of invalid UTF-8: one U+FFFD per byte.
pub(super) fn go_lossy(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                out.push_str(valid);
                return out;
            }
            Err(error) => {
                let (valid, bad) = rest.split_at(error.valid_up_to());
                out.push_str(std::str::from_utf8(valid).unwrap_or_default());
                out.push('\u{FFFD}');
                rest = bad.get(1..).unwrap_or_default();
            }
        }
    }
}

fn view_of(node: Node<'_>) -> View<'_> {
    let tree = node.tree();
    View { nodes: &tree.nodes, children: &tree.children, strings: &tree.strings, text: tree.text() }
}

/// A node of a tolerant tree as JSON; see [`Node::to_json`].
pub(crate) fn node_to_json(node: Node<'_>) -> Value {
    let mut decoder = Decoder::new(view_of(node), Mode::Lax, true);
    decoder.node(node.id().0, 0).unwrap_or(Value::Null)
}

/// The typed value of a scalar node; see [`Node::scalar`].
pub(crate) fn scalar(node: Node<'_>) -> Option<Scalar> {
    let view = view_of(node);
    let record = view.record(node.id().0)?;
    if !matches!(record.kind, Kind::Scalar | Kind::Null) {
        return None;
    }
    let (text, resolved) = view.resolve(record);
    Some(match resolved.ok()? {
        Resolved::Null => Scalar::Null,
        Resolved::Bool(value) => Scalar::Bool(value),
        Resolved::Int(value) => Scalar::Int(value),
        Resolved::Uint(value) => Scalar::Uint(value),
        Resolved::Float(value) => Scalar::Float(value),
        Resolved::Timestamp => Scalar::Timestamp(text.into_owned()),
        Resolved::Str | Resolved::Merge => Scalar::Str(text.into_owned()),
        Resolved::Other if view.tag(record) == resolve::BINARY => Scalar::Binary(base64(&text)?),
        Resolved::Other => Scalar::Str(text.into_owned()),
    })
}

/// What a scalar becomes as a key in JSON; see [`Node::key_text`].
pub(crate) fn key_text(node: Node<'_>) -> Option<Cow<'_, str>> {
    let node = node.resolved()?;
    let view = view_of(node);
    let record = view.record(node.id().0)?;
    if record.kind != Kind::Scalar {
        return None;
    }
    let (text, resolved) = view.resolve(record);
    match resolved {
        Ok(resolved @ (Resolved::Bool(_) | Resolved::Int(_) | Resolved::Uint(_) | Resolved::Float(_))) => {
            Some(key_string(resolved, text))
        }
        _ => Some(text),
    }
}
