//! As much of ASN.1 DER as keys and certificates need.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag `[number]` with a constructed value.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element of the given parts.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skip = bytes.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (bytes.len() - skip) as u8);
        out.extend_from_slice(bytes.get(skip..).unwrap_or_default());
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A non-negative integer from its big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let body = bytes.get(zeros..).unwrap_or_default();
    let padded = body.first().is_none_or(|b| *b >= 0x80);
    element(INTEGER, &[if padded { &[0] } else { &[] }, body])
}

/// An object identifier from its encoded body.
pub(super) fn oid(body: &[u8]) -> Vec<u8> {
    element(OID, &[body])
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

/// Reads elements one after another.
#[derive(Clone, Copy)]
pub(super) struct Reader<'d>(pub(super) &'d [u8]);

/// An element that was read.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    pub(super) tag: u8,
    pub(super) body: &'d [u8],
    /// Tag, length and body.
    pub(super) whole: &'d [u8],
}

impl<'d> Reader<'d> {
    /// The next element, whatever it is.
    pub(super) fn next(&mut self) -> Option<Element<'d>> {
        let data = self.0;
        let (&tag, rest) = data.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let (bytes, tail) =
                rest.split_at_checked(usize::from(first & 0x7f)).filter(|(b, _)| b.len() <= 4)?;
            length = bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b));
            rest = tail;
        }
        let (body, tail) = rest.split_at_checked(length)?;
        self.0 = tail;
        Some(Element { tag, body, whole: data.get(..data.len() - tail.len())? })
    }

    /// The body of the next element, which must have that tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element.body)
    }

    /// The inside of the next element, which must have that tag.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Reader<'d>> {
        self.take(tag).map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let body = vec![7; length];
            let written = element(OCTET_STRING, &[&body]);
            assert_eq!(Reader(&written).take(OCTET_STRING), Some(body.as_slice()));
        }
        assert_eq!(unsigned(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert!(Reader(&[0x30, 0x85, 1, 1, 1, 1, 1]).next().is_none());
    }
}
