//! Frames of AWS event streams (`application/vnd.amazon.eventstream`), decoded from bytes in any pieces.

use crate::error::{ErrorKind, ModelError};

/// The most bytes of one frame; AWS sends at most 24 MiB.
const MAX_FRAME: usize = 24 << 20;
/// The most bytes of one frame's headers, as AWS bounds them.
const MAX_HEADERS: usize = 128 << 10;
/// Lengths and their checksum.
const PRELUDE: usize = 12;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Headers that are strings; others are passed over.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A decoder of frames. Both checksums of each are verified; after a failure nothing more is to be decoded.
#[derive(Debug, Default)]
pub struct Frames {
    held: Vec<u8>,
}

impl Frames {
    /// Takes more bytes, and gives each frame that they complete. Fails on what is no frame, or as `give` does.
    pub fn take<E: From<ModelError>>(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        while let Some((frame, size)) = decoded(self.held.get(at..).unwrap_or_default())? {
            at = at.saturating_add(size);
            give(frame)?;
        }
        self.held.drain(..at.min(self.held.len()));
        Ok(())
    }

    /// Whether the stream ended within a frame.
    pub fn is_cut(&self) -> bool {
        !self.held.is_empty()
    }
}

/// A reader of big-endian fields.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, size: usize) -> Option<usize> {
        self.bytes(size)?
            .iter()
            .try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))
    }
}

fn wrong(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Protocol, format!("the event stream {what}"))
}

/// The first frame of some bytes and its size, if it is whole.
fn decoded(bytes: &[u8]) -> Result<Option<(Frame, usize)>, ModelError> {
    let mut prelude = Fields(bytes);
    let (Some(total), Some(headers), Some(sum)) = (prelude.number(4), prelude.number(4), prelude.number(4))
    else {
        return Ok(None);
    };
    let sum_of = |range: &[u8]| crc32fast::hash(range) as usize;
    if bytes.get(..8).map(sum_of) != Some(sum) {
        return Err(wrong("has a prelude whose checksum is wrong"));
    }
    let rest = total.checked_sub(PRELUDE + 4).and_then(|rest| rest.checked_sub(headers));
    let Some(payload) = rest.filter(|_| total <= MAX_FRAME && headers <= MAX_HEADERS) else {
        return Err(wrong("has a frame of an impossible size"));
    };
    let Some(frame) = bytes.get(..total) else { return Ok(None) };
    let mut fields = Fields(frame.get(PRELUDE..).unwrap_or_default());
    let (Some(head), Some(payload), Some(sum)) =
        (fields.bytes(headers), fields.bytes(payload), fields.number(4))
    else {
        return Err(wrong("has a frame of an impossible size"));
    };
    if frame.get(..total.saturating_sub(4)).map(sum_of) != Some(sum) {
        return Err(wrong("has a frame whose checksum is wrong"));
    }
    let headers = headers_of(head).ok_or_else(|| wrong("has a frame whose headers cannot be read"))?;
    Ok(Some((Frame { headers, payload: payload.to_vec() }, total)))
}

/// The headers that are strings.
fn headers_of(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut fields = Fields(bytes);
    let mut headers = Vec::new();
    while !fields.0.is_empty() {
        let size = fields.number(1)?;
        let name = std::str::from_utf8(fields.bytes(size)?).ok()?;
        let fixed = match fields.number(1)? {
            // True, false.
            0 | 1 => Some(0),
            // Numbers of 1, 2, 4 and 8 bytes, a time.
            2 => Some(1),
            3 => Some(2),
            4 => Some(4),
            5 | 8 => Some(8),
            // A byte array.
            6 => {
                let size = fields.number(2)?;
                Some(size)
            }
            // A string.
            7 => None,
            // A UUID.
            9 => Some(16),
            _ => return None,
        };
        match fixed {
            Some(size) => {
                fields.bytes(size)?;
            }
            None => {
                let size = fields.number(2)?;
                let value = std::str::from_utf8(fields.bytes(size)?).ok()?;
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(headers: &[u8], payload: &[u8]) -> Vec<u8> {
        let total = (PRELUDE + headers.len() + payload.len() + 4) as u32;
        let mut out = total.to_be_bytes().to_vec();
        out.extend((headers.len() as u32).to_be_bytes());
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out.extend(headers);
        out.extend(payload);
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out
    }

    fn all(pieces: &[&[u8]]) -> Result<Vec<Frame>, ModelError> {
        let (mut decoder, mut all) = (Frames::default(), Vec::new());
        for piece in pieces {
            decoder.take(piece, &mut |frame| {
                all.push(frame);
                Ok::<_, ModelError>(())
            })?;
        }
        Ok(all)
    }

    #[test]
    fn a_frame_of_the_documentation() {
        // The example of AWS's description of the format: one string header and a JSON payload.
        let mut head = vec![12];
        head.extend(b"content-type");
        head.extend([7, 0, 16]);
        head.extend(b"application/json");
        let bytes = encoded(&head, b"{'foo':'bar'}");
        assert_eq!(&bytes[..12], [0, 0, 0, 0x3d, 0, 0, 0, 0x20, 0x07, 0xfd, 0x83, 0x96]);
        assert_eq!(&bytes[bytes.len() - 4..], [0x8d, 0x9c, 0x08, 0xb1]);
        let frames = all(&[&bytes]).unwrap();
        assert_eq!(frames[0].header("content-type"), Some("application/json"));
        assert_eq!(frames[0].payload, b"{'foo':'bar'}");
    }

    #[test]
    fn headers_of_every_type_are_passed_over() {
        let mut head = Vec::new();
        let others: [(u8, usize); 9] =
            [(0, 0), (1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (8, 8), (9, 16), (6, 5)];
        for (kind, size) in others {
            head.extend([1, b'a', kind]);
            if kind == 6 {
                head.extend([0, 5]);
            }
            head.extend(vec![1; size]);
        }
        head.extend([1, b's', 7, 0, 1, b'v']);
        assert_eq!(all(&[&encoded(&head, b"")]).unwrap()[0].headers, [("s".to_owned(), "v".to_owned())]);
        assert!(all(&[&encoded(&[1, b'a', 10], b"")]).is_err());
        assert!(all(&[&encoded(&[200, b'a'], b"")]).is_err());
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5),
            cuts in prop::collection::vec(0_usize..300, 0..8),
        ) {
            let bytes: Vec<u8> =
                payloads.iter().flat_map(|payload| encoded(&[1, b'k', 7, 0, 1, b'v'], payload)).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let found: Vec<Vec<u8>> = all(&pieces).unwrap().into_iter().map(|frame| frame.payload).collect();
            prop_assert_eq!(found, payloads);
        }

        #[test]
        fn a_changed_byte_is_noticed(payload in prop::collection::vec(any::<u8>(), 0..40), at in 0_usize..60, with in 1_u8..) {
            let mut bytes = encoded(&[1, b'k', 7, 0, 1, b'v'], &payload);
            let at = at % bytes.len();
            bytes[at] ^= with;
            prop_assert!(all(&[&bytes]).is_err());
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = all(&[&bytes]);
        }
    }
}
