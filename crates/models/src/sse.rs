//! Server-sent events, decoded from bytes in any pieces.

use crate::error::{ErrorKind, ModelError};

/// The most bytes that one line or one event may have.
const MAX_EVENT: usize = 16 << 20;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its `event` field; empty if it had none.
    pub event: String,
    /// Its `data` fields, a line each.
    pub data: String,
}

/// A decoder of `text/event-stream` as the HTML standard describes it: lines end in LF, CR LF or CR, a byte order mark at the start and
/// comments are ignored, and what is not UTF-8 is replaced. An event that the stream breaks off in is none.
#[derive(Debug, Default)]
pub struct ServerEvents {
    line: Vec<u8>,
    /// The last byte was a CR: an LF now belongs to it.
    after_cr: bool,
    begun: bool,
    has_data: bool,
    event: ServerEvent,
}

impl ServerEvents {
    /// Takes more bytes, and gives each event that they complete. Fails on an event of more than 16 MiB, or as `give` does.
    pub fn take<E: From<ModelError>>(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(ServerEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, end) = rest.split_at(at);
            self.hold(line)?;
            rest = match end {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
            if let Some(event) = self.end_line() {
                give(event)?;
            }
        }
        Ok(self.hold(rest)?)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let size = self.line.len().saturating_add(self.event.data.len()).saturating_add(bytes.len());
        if size > MAX_EVENT {
            let text = format!("an event of the stream is larger than {} MiB", MAX_EVENT >> 20);
            return Err(ModelError::new(ErrorKind::Protocol, text));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads the line; an empty one ends an event.
    fn end_line(&mut self) -> Option<ServerEvent> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let mut line = &*text;
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.event),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<ServerEvent> {
        let (mut decoder, mut all) = (ServerEvents::default(), Vec::new());
        for piece in pieces {
            decoder
                .take(piece, &mut |event| {
                    all.push(event);
                    Ok::<_, ModelError>(())
                })
                .unwrap();
        }
        all
    }

    fn event(event: &str, data: &str) -> ServerEvent {
        ServerEvent { event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn the_standard_s_cases() {
        let one = |text: &str| decoded([text.as_bytes()]);
        assert_eq!(one("data: a\ndata:b\ndata:  c\n\n"), [event("", "a\nb\n c")]);
        assert_eq!(
            one("\u{feff}event: e\r\ndata\r\n\r\n: note\n\ndata:\rid: 7\r\r"),
            [event("e", ""), event("", "")]
        );
        assert_eq!(one("event: only\n\ndata: next\n\n"), [event("", "next")]);
        assert_eq!(one("data: cut off\n"), []);
        assert_eq!(one("data: x   \n\n"), [event("", "x   ")]);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut decoder = ServerEvents::default();
        let piece = vec![b'x'; 1 << 20];
        let mut failed = None;
        for _ in 0..20 {
            failed = failed.or(decoder.take(&piece, &mut |_| Ok::<_, ModelError>(())).err());
        }
        assert_eq!(failed.map(|error| error.kind), Some(ErrorKind::Protocol));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            lines in prop::collection::vec(("(data: ?|event: ?|: |id: |)[ -~é😀]{0,12}", "\n|\r\n|\r|\n\n"), 0..20),
            cuts in prop::collection::vec(0_usize..400, 0..12),
        ) {
            let text: String = lines.iter().flat_map(|(line, end)| [line.as_str(), end]).collect();
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(decoded(pieces), decoded([bytes]));
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            decoded([bytes.as_slice()]);
        }
    }
}
