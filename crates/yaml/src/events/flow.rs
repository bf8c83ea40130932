//! The productions of flow collections.

use super::{Event, EventKind, Parser, State};
use crate::scan::{Scan, TokenKind};

impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Scan<Event> {
        let mut token = self.open_collection(first)?;
        if token.kind != TokenKind::FlowSequenceEnd {
            if !first {
                if token.kind != TokenKind::FlowEntry {
                    let context = self.context();
                    return Self::fault("did not find expected ',' or ']'", token.start, context);
                }
                token = self.take_and_peek(token)?;
            }
            if token.kind == TokenKind::Key {
                self.state = State::FlowSequenceEntryMappingKey;
                self.take(token);
                return Ok(Self::event(EventKind::MappingStart(true), token.start.offset, token.end.offset));
            }
            if token.kind != TokenKind::FlowSequenceEnd {
                self.states.push(State::FlowSequenceEntry);
                return self.node(false, false);
            }
        }
        Ok(self.close_collection(EventKind::SequenceEnd, token))
    }

    pub(super) fn flow_sequence_entry_mapping_key(&mut self) -> Scan<Event> {
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            self.states.push(State::FlowSequenceEntryMappingValue);
            return self.node(false, false);
        }
        // go-yaml takes this token away even where it is not a value; what follows then fails or goes astray as there.
        let event = self.empty();
        self.take(token);
        self.state = State::FlowSequenceEntryMappingValue;
        event
    }

    pub(super) fn flow_sequence_entry_mapping_value(&mut self) -> Scan<Event> {
        let mut token = self.peek()?;
        if token.kind == TokenKind::Value {
            token = self.take_and_peek(token)?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        self.empty_at(token.start.line)
    }

    pub(super) fn flow_sequence_entry_mapping_end(&mut self) -> Scan<Event> {
        self.peek()?;
        self.state = State::FlowSequenceEntry;
        Ok(Self::event(EventKind::MappingEnd, self.last_end, self.last_end))
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Scan<Event> {
        let mut token = self.open_collection(first)?;
        if token.kind != TokenKind::FlowMappingEnd {
            if !first {
                if token.kind != TokenKind::FlowEntry {
                    let context = self.context();
                    return Self::fault("did not find expected ',' or '}'", token.start, context);
                }
                token = self.take_and_peek(token)?;
            }
            if token.kind == TokenKind::Key {
                token = self.take_and_peek(token)?;
                if !matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd)
                {
                    self.states.push(State::FlowMappingValue);
                    return self.node(false, false);
                }
                self.state = State::FlowMappingValue;
                return self.empty_at(token.start.line);
            }
            if token.kind != TokenKind::FlowMappingEnd {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(false, false);
            }
        }
        Ok(self.close_collection(EventKind::MappingEnd, token))
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Scan<Event> {
        let mut token = self.peek()?;
        if empty {
            self.state = State::FlowMappingKey;
            return self.empty_at(token.start.line);
        }
        if token.kind == TokenKind::Value {
            token = self.take_and_peek(token)?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(false, false);
            }
        }
        self.state = State::FlowMappingKey;
        self.empty_at(token.start.line)
    }
}
