//! The parser: tokens to events, with libyaml's productions, states and messages.

mod flow;

use crate::scan::{Fault, FaultKind, Mark, ScalarInfo, Scan, Scanner, Token, TokenKind};

/// What the parser reports next.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// Where the node starts, properties included.
    pub(crate) outer_start: u32,
    /// Where its content starts.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The bytes of the anchor's (or alias's) name.
    pub(crate) anchor: Option<(u32, u32)>,
    pub(crate) tag: Option<String>,
    /// For what is not written: the line go-yaml gives it, from 0.
    pub(crate) line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    StreamStart,
    StreamEnd,
    /// Whether `---` stands there.
    DocumentStart(bool),
    DocumentEnd,
    Alias,
    Scalar(ScalarInfo),
    /// Nothing is written.
    Empty,
    /// Whether in brackets.
    SequenceStart(bool),
    SequenceEnd,
    /// Whether in brackets.
    MappingStart(bool),
    MappingEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

pub(crate) struct Parser<'b> {
    pub(crate) scanner: Scanner<'b>,
    state: State,
    states: Vec<State>,
    pub(crate) marks: Vec<Mark>,
    tag_directives: Vec<(String, String)>,
    /// Where the last token taken ends.
    last_end: u32,
    last_line: u32,
}

impl<'b> Parser<'b> {
    pub(crate) fn new(scanner: Scanner<'b>) -> Self {
        Self {
            scanner,
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_directives: Vec::new(),
            last_end: 0,
            last_line: 0,
        }
    }

    fn peek(&mut self) -> Scan<Token> {
        self.scanner.peek_token()
    }

    fn take(&mut self, token: Token) {
        self.last_end = token.end.offset;
        self.last_line = token.end.line;
        self.scanner.skip_token();
    }

    fn take_and_peek(&mut self, token: Token) -> Scan<Token> {
        self.take(token);
        self.peek()
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn fault<T>(problem: &'static str, mark: Mark, context: Mark) -> Scan<T> {
        Err(Box::new(Fault { kind: FaultKind::Parser, problem: problem.into(), context, mark }))
    }

    fn event(kind: EventKind, start: u32, end: u32) -> Event {
        Event { kind, outer_start: start, start, end, anchor: None, tag: None, line: 0 }
    }

    /// The scanner's place, for a caller that wants to know how far the text was read.
    pub(crate) fn mark(&self) -> Mark {
        self.scanner.mark()
    }

    pub(crate) fn next(&mut self) -> Scan<Event> {
        match self.state {
            State::StreamStart => {
                let token = self.peek()?;
                self.take(token);
                self.state = State::ImplicitDocumentStart;
                Ok(Self::event(EventKind::StreamStart, token.start.offset, token.end.offset))
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceFirstEntry => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => self.flow_sequence_entry_mapping_end(),
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => Ok(Self::event(EventKind::StreamEnd, self.last_end, self.last_end)),
        }
    }

    fn empty(&self) -> Scan<Event> {
        self.empty_at(self.last_line)
    }

    /// Nothing, for which go-yaml names the line of the token that follows.
    fn empty_at(&self, line: u32) -> Scan<Event> {
        let mut event = Self::event(EventKind::Empty, self.last_end, self.last_end);
        event.line = line;
        Ok(event)
    }

    fn document_start(&mut self, implicit: bool) -> Scan<Event> {
        let mut token = self.peek()?;
        if !implicit {
            while token.kind == TokenKind::DocumentEnd {
                token = self.take_and_peek(token)?;
            }
        }
        let directive = matches!(token.kind, TokenKind::VersionDirective(..) | TokenKind::TagDirective(_));
        if token.kind == TokenKind::StreamEnd {
            self.take(token);
            self.state = State::End;
            return Ok(Self::event(EventKind::StreamEnd, token.start.offset, token.end.offset));
        }
        if implicit && !directive && token.kind != TokenKind::DocumentStart {
            self.process_directives()?;
            self.states.push(State::DocumentEnd);
            self.state = State::BlockNode;
            return Ok(Self::event(EventKind::DocumentStart(false), token.start.offset, token.start.offset));
        }
        self.process_directives()?;
        token = self.peek()?;
        if token.kind != TokenKind::DocumentStart {
            return Self::fault("did not find expected <document start>", token.start, Mark::default());
        }
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        self.take(token);
        Ok(Self::event(EventKind::DocumentStart(true), token.start.offset, token.end.offset))
    }

    fn document_content(&mut self) -> Scan<Event> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective(..)
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.pop_state();
                self.empty_at(token.start.line)
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Scan<Event> {
        let token = self.peek()?;
        let mut end = token.start.offset;
        if token.kind == TokenKind::DocumentEnd {
            end = token.end.offset;
            self.take(token);
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        Ok(Self::event(EventKind::DocumentEnd, token.start.offset, end))
    }

    fn process_directives(&mut self) -> Scan<()> {
        let mut version = false;
        let mut token = self.peek()?;
        loop {
            match token.kind {
                TokenKind::VersionDirective(major, minor) => {
                    if version {
                        return Self::fault("found duplicate %YAML directive", token.start, Mark::default());
                    }
                    if (major, minor) != (1, 1) {
                        return Self::fault("found incompatible YAML document", token.start, Mark::default());
                    }
                    version = true;
                }
                TokenKind::TagDirective(index) => {
                    let directive = self.scanner.tags.get(index as usize).cloned().unwrap_or_default();
                    if self.tag_directives.iter().any(|(handle, _)| *handle == directive.0) {
                        return Self::fault("found duplicate %TAG directive", token.start, Mark::default());
                    }
                    self.tag_directives.push(directive);
                }
                _ => break,
            }
            token = self.take_and_peek(token)?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tag_directives.iter().any(|(known, _)| known == handle) {
                self.tag_directives.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    fn resolve_tag(&self, index: u32, start: Mark, mark: Mark) -> Scan<String> {
        let (handle, suffix) = self.scanner.tags.get(index as usize).cloned().unwrap_or_default();
        if handle.is_empty() {
            return Ok(suffix);
        }
        let found = self.tag_directives.iter().find(|(known, _)| *known == handle);
        match found.map(|(_, prefix)| format!("{prefix}{suffix}")).filter(|tag| !tag.is_empty()) {
            Some(tag) => Ok(tag),
            None => Self::fault("found undefined tag handle", mark, start),
        }
    }

    fn node(&mut self, block: bool, indentless: bool) -> Scan<Event> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Alias {
            self.pop_state();
            self.take(token);
            let mut event = Self::event(EventKind::Alias, token.start.offset, token.end.offset);
            event.anchor = Some((token.start.offset + 1, token.end.offset));
            return Ok(event);
        }
        let start = token.start;
        let mut anchor = None;
        let mut tag_token = None;
        for _ in 0..2 {
            match token.kind {
                TokenKind::Anchor if anchor.is_none() => {
                    anchor = Some((token.start.offset + 1, token.end.offset))
                }
                TokenKind::Tag(index) if tag_token.is_none() => tag_token = Some((index, token.start)),
                _ => break,
            }
            token = self.take_and_peek(token)?;
        }
        let tag = match tag_token {
            Some((index, mark)) => Some(self.resolve_tag(index, start, mark)?).filter(|tag| !tag.is_empty()),
            None => None,
        };
        let properties = anchor.is_some() || tag.is_some();
        let kind = match token.kind {
            TokenKind::BlockEntry if indentless => {
                self.state = State::IndentlessSequenceEntry;
                EventKind::SequenceStart(false)
            }
            TokenKind::Scalar(info) => {
                self.pop_state();
                self.take(token);
                let mut event = Self::event(EventKind::Scalar(info), token.start.offset, info.content_end);
                event.outer_start = start.offset;
                event.anchor = anchor;
                event.tag = tag;
                return Ok(event);
            }
            TokenKind::FlowSequenceStart => {
                self.state = State::FlowSequenceFirstEntry;
                EventKind::SequenceStart(true)
            }
            TokenKind::FlowMappingStart => {
                self.state = State::FlowMappingFirstKey;
                EventKind::MappingStart(true)
            }
            TokenKind::BlockSequenceStart if block => {
                self.state = State::BlockSequenceFirstEntry;
                EventKind::SequenceStart(false)
            }
            TokenKind::BlockMappingStart if block => {
                self.state = State::BlockMappingFirstKey;
                EventKind::MappingStart(false)
            }
            _ if properties => {
                self.pop_state();
                let mut event = Self::event(EventKind::Empty, self.last_end, self.last_end);
                event.line = start.line;
                event.outer_start = start.offset;
                event.anchor = anchor;
                event.tag = tag;
                return Ok(event);
            }
            _ => return Self::fault("did not find expected node content", token.start, start),
        };
        Ok(Event {
            kind,
            outer_start: start.offset,
            start: token.start.offset,
            end: token.end.offset,
            anchor,
            tag,
            line: token.start.line,
        })
    }

    fn open_collection(&mut self, first: bool) -> Scan<Token> {
        let token = self.peek()?;
        if !first {
            return Ok(token);
        }
        self.marks.push(token.start);
        self.take_and_peek(token)
    }

    fn close_collection(&mut self, kind: EventKind, token: Token) -> Event {
        self.pop_state();
        self.marks.pop();
        self.take(token);
        Self::event(kind, token.start.offset, token.end.offset)
    }

    fn context(&mut self) -> Mark {
        self.marks.pop().unwrap_or_default()
    }

    fn block_sequence_entry(&mut self, first: bool) -> Scan<Event> {
        let mut token = self.open_collection(first)?;
        match token.kind {
            TokenKind::BlockEntry => {
                token = self.take_and_peek(token)?;
                if matches!(token.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return self.empty();
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(true, false)
            }
            TokenKind::BlockEnd => Ok(self.close_collection(EventKind::SequenceEnd, token)),
            _ => {
                let context = self.context();
                Self::fault("did not find expected '-' indicator", token.start, context)
            }
        }
    }

    fn indentless_sequence_entry(&mut self) -> Scan<Event> {
        let mut token = self.peek()?;
        if token.kind != TokenKind::BlockEntry {
            self.pop_state();
            return Ok(Self::event(EventKind::SequenceEnd, token.start.offset, token.start.offset));
        }
        token = self.take_and_peek(token)?;
        if matches!(
            token.kind,
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        ) {
            self.state = State::IndentlessSequenceEntry;
            return self.empty();
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(true, false)
    }

    fn block_mapping_key(&mut self, first: bool) -> Scan<Event> {
        let mut token = self.open_collection(first)?;
        match token.kind {
            TokenKind::Key => {
                token = self.take_and_peek(token)?;
                if matches!(token.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return self.empty();
                }
                self.states.push(State::BlockMappingValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => Ok(self.close_collection(EventKind::MappingEnd, token)),
            _ => {
                let context = self.context();
                Self::fault("did not find expected key", token.start, context)
            }
        }
    }

    fn block_mapping_value(&mut self) -> Scan<Event> {
        let mut token = self.peek()?;
        self.state = State::BlockMappingKey;
        if token.kind != TokenKind::Value {
            return self.empty_at(token.start.line);
        }
        token = self.take_and_peek(token)?;
        if matches!(token.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            return self.empty();
        }
        self.states.push(State::BlockMappingKey);
        self.node(true, true)
    }
}
