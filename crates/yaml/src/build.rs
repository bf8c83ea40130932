//! Events to nodes.

use std::collections::HashMap;

use crate::events::{Event, EventKind};
use crate::node::{Kind, Style};
use crate::scan::{Fault, FaultKind, Mark, Scan};
use crate::tree::{DocumentRecord, NONE, Record};

/// Grows the arena of a tree.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) nodes: Vec<Record>,
    pub(crate) children: Vec<u32>,
    pub(crate) strings: Vec<Box<str>>,
    pub(crate) documents: Vec<DocumentRecord>,
    string_ids: HashMap<String, u32>,
    anchors: HashMap<String, u32>,
    open: Vec<Open>,
    pending: Vec<u32>,
    root: Option<u32>,
    separator: Option<(u32, u32)>,
    document_start: u32,
    /// Whether an alias without an anchor is a fault.
    strict: bool,
}

struct Open {
    node: u32,
    first: usize,
    flow: bool,
}

impl Builder {
    pub(crate) fn new(strict: bool) -> Self {
        Self { strict, ..Self::default() }
    }

    fn intern(&mut self, text: &str) -> u32 {
        if let Some(id) = self.string_ids.get(text) {
            return *id;
        }
        self.strings.push(text.into());
        let id = self.strings.len() as u32;
        self.string_ids.insert(text.to_owned(), id);
        id
    }

    /// Takes one event. Answers true when it ended a document.
    pub(crate) fn feed(&mut self, event: Event, text: &str) -> Scan<bool> {
        match event.kind {
            EventKind::StreamStart | EventKind::StreamEnd => {}
            EventKind::DocumentStart(explicit) => {
                self.anchors.clear();
                self.separator = explicit.then(|| (event.end.saturating_sub(3), event.end));
                self.document_start = event.start;
            }
            EventKind::DocumentEnd => {
                self.end_document(event.end);
                return Ok(true);
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => self.close(event.end),
            EventKind::Alias => self.alias(&event, text)?,
            EventKind::Scalar(info) => {
                let id = self.add(&event, Kind::Scalar, info.style, text);
                if let Some(record) = self.nodes.last_mut() {
                    record.a = info.body;
                    record.b = info.indent;
                    record.c = info.body_end;
                    record.verbatim = info.verbatim;
                    record.chomping = info.chomping;
                }
                self.attach(id);
            }
            EventKind::Empty => {
                let kind = if event.tag.is_some() { Kind::Scalar } else { Kind::Null };
                let id = self.add(&event, kind, Style::Plain, text);
                if let Some(record) = self.nodes.last_mut() {
                    record.verbatim = true;
                    record.c = event.line;
                }
                self.attach(id);
            }
            EventKind::SequenceStart(flow) => self.start(&event, Kind::Sequence, flow, text),
            EventKind::MappingStart(flow) => self.start(&event, Kind::Mapping, flow, text),
        }
        Ok(false)
    }

    fn add(&mut self, event: &Event, kind: Kind, style: Style, text: &str) -> u32 {
        let tag = event.tag.as_deref().map_or(0, |tag| self.intern(tag));
        let anchor = match event.anchor.and_then(|(from, to)| text.get(from as usize..to as usize)) {
            Some(name) => self.intern(name),
            None => 0,
        };
        let id = self.nodes.len() as u32;
        self.nodes.push(Record {
            start: event.start,
            end: event.end.max(event.start),
            outer_start: event.outer_start,
            parent: self.open.last().map_or(NONE, |open| open.node),
            position: 0,
            a: 0,
            b: 0,
            c: 0,
            tag,
            anchor,
            kind,
            style,
            verbatim: false,
            chomping: 0,
        });
        if anchor != 0
            && kind != Kind::Alias
            && let Some((from, to)) = event.anchor
            && let Some(name) = text.get(from as usize..to as usize)
        {
            self.anchors.insert(name.to_owned(), id);
        }
        id
    }

    fn attach(&mut self, id: u32) {
        match self.open.last() {
            None => self.root = Some(id),
            Some(open) => {
                let position = (self.pending.len() - open.first) as u32;
                if let Some(record) = self.nodes.get_mut(id as usize) {
                    record.position = position;
                }
                self.pending.push(id);
            }
        }
    }

    fn start(&mut self, event: &Event, kind: Kind, flow: bool, text: &str) {
        let id = self.add(event, kind, if flow { Style::Flow } else { Style::Block }, text);
        self.attach(id);
        self.open.push(Open { node: id, first: self.pending.len(), flow });
    }

    fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let a = self.children.len() as u32;
        let last_end = self.pending.last().filter(|_| self.pending.len() > open.first);
        let last_end = last_end.and_then(|id| self.nodes.get(*id as usize)).map(|record| record.end);
        self.children.extend(self.pending.drain(open.first..));
        if let Some(record) = self.nodes.get_mut(open.node as usize) {
            record.a = a;
            record.b = self.children.len() as u32 - a;
            record.end = match last_end {
                Some(last) if !open.flow => last,
                Some(last) => end.max(last),
                None if open.flow => end.max(record.start),
                None => record.end,
            };
        }
    }

    fn alias(&mut self, event: &Event, text: &str) -> Scan<()> {
        let name =
            event.anchor.and_then(|(from, to)| text.get(from as usize..to as usize)).unwrap_or_default();
        let target = self.anchors.get(name).copied();
        if target.is_none() && self.strict {
            return Err(Box::new(Fault {
                kind: FaultKind::Composer,
                problem: format!("unknown anchor '{name}' referenced").into(),
                context: Mark::default(),
                mark: Mark { offset: event.start, ..Mark::default() },
            }));
        }
        let id = self.add(event, Kind::Alias, Style::Plain, text);
        if let Some(record) = self.nodes.last_mut() {
            record.a = target.unwrap_or(NONE);
        }
        self.attach(id);
        Ok(())
    }

    fn end_document(&mut self, end: u32) {
        if let Some(root) = self.root.take() {
            let start = self.document_start;
            self.documents.push(DocumentRecord { root, start, end, separator: self.separator.take() });
        }
    }

    /// Ends everything that is still open, for a text that could not be read to its end. What follows `end` is lost;
    /// a mapping that waits for a value gets an error node.
    pub(crate) fn abandon(&mut self, end: u32) {
        while let Some(open) = self.open.last() {
            let (node, first) = (open.node, open.first);
            let odd = (self.pending.len() - first) % 2 == 1;
            if odd && self.nodes.get(node as usize).is_some_and(|record| record.kind == Kind::Mapping) {
                let id = self.error_node(end);
                self.attach(id);
            }
            self.close(end);
        }
        if self.root.is_none() {
            let id = self.error_node(end);
            self.root = Some(id);
        }
        self.end_document(end);
    }

    fn error_node(&mut self, at: u32) -> u32 {
        let event = Event {
            kind: EventKind::Empty,
            outer_start: at,
            start: at,
            end: at,
            anchor: None,
            tag: None,
            line: 0,
        };
        self.add(&event, Kind::Error, Style::Plain, "")
    }
}
