//! The trace that records.
//!
//! Containers are shared by reference, so one that is reached through `dict`, a variable or an argument of `include` is
//! still known for what it is. What functions put into new containers is recognised by its value.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::{Made, Origin, Record, Step, Trace, ValuePath};
use crate::str::Str;
use crate::value::Value;

/// How deep the contents of containers that functions make are followed.
const DEPTH: usize = 16;

/// How many values are named of what such a container holds, when it is printed whole.
const MOST: usize = 256;

/// Records the provenance of every stretch of output, in order.
#[derive(Default)]
pub struct Recorder {
    /// The records so far.
    pub records: Vec<Record>,
    conditions: Vec<Origin>,
    /// The records of the templates around the one that a function executes.
    outer: Vec<Vec<Record>>,
    /// What such templates wrote, until their function returns.
    finished: Vec<Arc<[Record]>>,
    /// For each, whether it is the text of a value.
    texts: Vec<bool>,
    name: Option<Arc<str>>,
    /// Containers by address, held so that no other gets theirs.
    known: HashMap<usize, (Value, Origin)>,
    /// Scalars in containers that functions made.
    placed: HashMap<(usize, Step), Origin>,
}

impl Recorder {
    /// The record that covers an output byte.
    pub fn at(&self, byte: usize) -> Option<&Record> {
        let after = self.records.partition_point(|record| record.output.start <= byte);
        self.records.get(after.checked_sub(1)?).filter(|record| record.output.contains(&byte))
    }

    /// The records that cover any of these output bytes.
    pub fn within(&self, bytes: Range<usize>) -> &[Record] {
        let from = self.records.partition_point(|record| record.output.end <= bytes.start);
        let to = self.records.partition_point(|record| record.output.start < bytes.end);
        self.records.get(from..to).unwrap_or_default()
    }

    /// The paths of what stands in a container that functions made.
    fn within_made(&self, container: &Value, into: &mut BTreeSet<ValuePath>, depth: usize) {
        let Some(at) = address(container).filter(|_| depth > 0 && into.len() < MOST) else { return };
        for (step, value) in contents(container) {
            if let Some(origin) = self.placed.get(&(at, step)) {
                into.extend(origin.paths());
                if matches!(origin, Origin::At(_)) {
                    continue;
                }
            }
            self.within_made(&value, into, depth - 1);
        }
    }

    /// What is known of a value on its own; for a container not seen before, that it is `origin`.
    fn known(&mut self, value: &Value, origin: Origin) -> Origin {
        let Some(address) = address(value) else { return origin };
        self.known.entry(address).or_insert_with(|| (value.clone(), origin)).1.clone()
    }

    fn step(&mut self, of: &Origin, container: &Value, step: Step, value: &Value) -> Origin {
        let placed = address(container).and_then(|address| self.placed.get(&(address, step.clone())));
        let origin = match placed {
            Some(placed) => placed.clone(),
            None => of.extended(step),
        };
        self.known(value, origin)
    }

    /// Remembers where the contents of a container come from that a function made of these arguments.
    fn adopt(&mut self, made: &Value, arguments: &[(Value, Origin)], whole: &Origin, depth: usize) {
        let Some(at) = address(made).filter(|at| depth > 0 && !self.known.contains_key(at)) else { return };
        self.known.insert(at, (made.clone(), whole.clone()));
        self.place(made, at, arguments, whole, depth);
    }

    /// The same for the contents of a container that are not known yet.
    fn place(
        &mut self,
        made: &Value,
        at: usize,
        arguments: &[(Value, Origin)],
        whole: &Origin,
        depth: usize,
    ) {
        for (step, value) in contents(made) {
            if self.placed.contains_key(&(at, step.clone())) {
                continue;
            }
            let below: Vec<(Value, Origin)> = arguments
                .iter()
                .filter_map(|(argument, origin)| {
                    let found = content(argument, &step)?;
                    Some((found.clone(), self.step(origin, argument, step.clone(), &found)))
                })
                .collect();
            let same = below.iter().chain(arguments).find(|(other, _)| same(other, &value));
            let origin = match same {
                Some((_, origin)) => origin.clone(),
                None => from_items(&value, arguments).unwrap_or_else(|| whole.clone()),
            };
            if address(&value).is_some() {
                self.adopt(&value, &below, &origin, depth - 1);
            }
            self.placed.insert((at, step), origin);
        }
    }
}

impl Recorder {
    /// Functions such as `set` and `merge` put their other arguments into their first.
    fn changed(&mut self, arguments: &[Value], origins: &[Origin]) {
        let ([first, others @ ..], [_, below @ ..]) = (arguments, origins) else { return };
        let Some((at, known)) = address(first).and_then(|at| Some((at, self.known.get(&at)?.1.clone())))
        else {
            return;
        };
        if let ([Value::Str(key), value], [_, origin]) = (others, below) {
            let step = Step::Key(key.clone());
            if content(first, &step).is_some_and(|found| same(&found, value)) {
                let origin = self.known(value, origin.clone());
                self.placed.insert((at, step), origin);
            }
        } else if !matches!(known, Origin::At(_)) && others.iter().any(|other| address(other).is_some()) {
            let arguments: Vec<(Value, Origin)> = others.iter().cloned().zip(below.iter().cloned()).collect();
            self.place(first, at, &arguments, &known, DEPTH);
        }
    }
}

/// The origin of an item that a list among the arguments holds, wherever.
fn from_items(value: &Value, arguments: &[(Value, Origin)]) -> Option<Origin> {
    arguments.iter().find_map(|(argument, origin)| {
        let Value::List(list) = argument else { return None };
        let index = list.items().iter().position(|item| same(item, value))?;
        Some(origin.extended(Step::Index(index)))
    })
}

fn contents(container: &Value) -> Vec<(Step, Value)> {
    match container {
        Value::Map(map) => map.entries().into_iter().map(|(key, value)| (Step::Key(key), value)).collect(),
        Value::List(list) => {
            let items = list.items().iter().enumerate();
            items.map(|(index, value)| (Step::Index(index), value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

fn content(container: &Value, step: &Step) -> Option<Value> {
    match (container, step) {
        (Value::Map(map), Step::Key(key)) => map.get(key),
        (Value::List(list), Step::Index(index)) => list.items().get(*index).cloned(),
        _ => None,
    }
}

fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Map(map) => Some(map.address()),
        Value::List(list) => Some(list.address()),
        _ => None,
    }
}

/// Whether two values are surely the same one, or equal scalars.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Int(_, a), Value::Int(_, b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => address(a).is_some() && address(a) == address(b),
    }
}

/// What a lookup function found: the value in a map among the arguments, at the strings among them.
fn drilled(arguments: &[Value], origins: &[Origin], result: &Value) -> Option<Origin> {
    let (map, origin) = arguments.iter().zip(origins).find(|(value, _)| matches!(value, Value::Map(_)))?;
    let (mut value, mut origin) = (map.clone(), origin.clone());
    for key in
        arguments.iter().filter_map(|argument| if let Value::Str(key) = argument { Some(key) } else { None })
    {
        let step = Step::Key(Str::clone(key));
        let Some(found) = content(&value, &step) else { continue };
        (value, origin) = (found, origin.extended(step));
        if same(&value, result) {
            return Some(origin);
        }
    }
    None
}

impl Trace for Recorder {
    type Origin = Origin;
    const ENABLED: bool = true;

    fn data(&mut self, data: &Value) -> Origin {
        let is_root = self.outer.is_empty();
        self.known(data, if is_root { Origin::At(Rc::default()) } else { Origin::Literal })
    }

    fn key(&mut self, of: &Origin, container: &Value, key: &[u8], value: &Value) -> Origin {
        self.step(of, container, Step::Key(Str::from(key)), value)
    }

    fn item(&mut self, of: &Origin, container: &Value, index: usize, value: &Value) -> Origin {
        self.step(of, container, Step::Index(index), value)
    }

    fn called(&mut self, arguments: &[Value], origins: &[Origin], result: &Value) -> Origin {
        let mut made = Made { inner: std::mem::take(&mut self.finished), ..Made::default() };
        self.changed(arguments, origins);
        if let Some(at) = address(result)
            && let Some((_, origin)) = self.known.get(&at)
        {
            return origin.clone();
        }
        if made.inner.is_empty()
            && let Some(found) = drilled(arguments, origins, result)
        {
            return found;
        }
        let executed = !made.inner.is_empty();
        for record in made.inner.iter().flat_map(|records| records.iter()) {
            made.values.extend(record.values.iter().cloned());
        }
        for (argument, origin) in arguments.iter().zip(origins) {
            made.decided.extend(origin.decided().cloned());
            // What a template was executed with is not what it printed.
            if !executed || address(argument).is_none() {
                made.values.extend(origin.paths());
                if address(result).is_none() && !matches!(origin, Origin::At(_)) {
                    self.within_made(argument, &mut made.values, DEPTH);
                }
            }
            made.inner.extend(origin.inner().iter().cloned());
        }
        let origin = match origins {
            _ if made.values.is_empty() && made.decided.is_empty() && made.inner.is_empty() => {
                Origin::Literal
            }
            _ => Origin::Made(Rc::new(made)),
        };
        if address(result).is_some() {
            let arguments: Vec<(Value, Origin)> =
                arguments.iter().cloned().zip(origins.iter().cloned()).collect();
            self.adopt(result, &arguments, &origin, DEPTH);
        }
        origin
    }

    fn decided(&mut self, value: &Value, origin: Origin, by: &[Origin]) -> Origin {
        // A container stays what it is, for what is found in it.
        if address(value).is_some() {
            return origin;
        }
        let values = origin.paths();
        let mut decided: BTreeSet<ValuePath> = origin.decided().cloned().collect();
        for other in by {
            decided.extend(other.decided().cloned());
            decided.extend(other.paths());
        }
        decided.retain(|path| !values.contains(path));
        if decided.is_empty() {
            return origin;
        }
        Origin::Made(Rc::new(Made { values, decided, inner: origin.inner().to_vec() }))
    }

    fn enter(&mut self, condition: &Origin) {
        self.conditions.push(condition.clone());
    }

    fn leave(&mut self) {
        self.conditions.pop();
    }

    fn emit(&mut self, bytes: Range<usize>, name: &str, span: Range<usize>, origin: &Origin) {
        // A value that prints as nothing decides as well.
        if bytes.is_empty() && matches!(origin, Origin::Literal) {
            return;
        }
        let name = if self.texts.last() == Some(&true) { "" } else { name };
        let template = match &self.name {
            Some(known) if **known == *name => Arc::clone(known),
            _ => Arc::clone(self.name.insert(Arc::from(name))),
        };
        let mut conditions: BTreeSet<ValuePath> = self.conditions.iter().flat_map(Origin::paths).collect();
        conditions.extend(self.conditions.iter().chain([origin]).flat_map(Origin::decided).cloned());
        self.records.push(Record {
            output: bytes,
            template,
            source: span,
            values: origin.paths(),
            conditions,
            inner: origin.inner().to_vec(),
        });
    }

    fn pause(&mut self, text: bool) {
        self.texts.push(text);
        self.outer.push(std::mem::take(&mut self.records));
    }

    fn resume(&mut self) {
        self.texts.pop();
        let outer = self.outer.pop().unwrap_or_default();
        let inner = std::mem::replace(&mut self.records, outer);
        self.finished.push(Arc::from(inner));
    }
}
