//! Bytes to text and back, keeping the encoding a file came in.

/// How a file's bytes encode its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    #[default]
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Bom,
    /// UTF-16, little endian, after its byte order mark.
    Utf16Le,
    /// UTF-16, big endian, after its byte order mark.
    Utf16Be,
}

const UTF8_BOM: &[u8] = &[0xEF, 0xBB, 0xBF];

impl Encoding {
    /// The encoding that a byte order mark announces, and the length of that mark.
    pub(crate) fn sniff(bytes: &[u8]) -> (Self, usize) {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (Self::Utf8Bom, 3),
            [0xFF, 0xFE, ..] => (Self::Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Self::Utf16Be, 2),
            _ => (Self::Utf8, 0),
        }
    }

    /// The bytes of `text` in this encoding, byte order mark included.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Bom => [UTF8_BOM, text.as_bytes()].concat(),
            Self::Utf16Le => {
                [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
            Self::Utf16Be => {
                [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
            }
        }
    }
}

/// Decoded text, and where in it the first replaced (undecodable) bytes stand, if any.
pub(crate) struct Decoded {
    pub(crate) encoding: Encoding,
    pub(crate) text: String,
    pub(crate) invalid_at: Option<usize>,
}

/// Decodes by byte order mark, else as UTF-8; what cannot be decoded becomes U+FFFD.
pub(crate) fn decode(bytes: Vec<u8>) -> Decoded {
    let (encoding, mark) = Encoding::sniff(&bytes);
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => {
            let body = if mark == 0 { bytes } else { bytes[mark..].to_vec() };
            match String::from_utf8(body) {
                Ok(text) => Decoded { encoding, text, invalid_at: None },
                Err(error) => {
                    let at = error.utf8_error().valid_up_to();
                    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    Decoded { encoding, text, invalid_at: Some(at) }
                }
            }
        }
        Encoding::Utf16Le => utf16(encoding, &bytes[mark..], u16::from_le_bytes),
        Encoding::Utf16Be => utf16(encoding, &bytes[mark..], u16::from_be_bytes),
    }
}

fn utf16(encoding: Encoding, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut invalid_at = None;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        if decoded.is_err() && invalid_at.is_none() {
            invalid_at = Some(text.len());
        }
        text.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !odd.is_empty() {
        invalid_at = invalid_at.or(Some(text.len()));
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Decoded { encoding, text, invalid_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_back_as_it_was() {
        for encoding in [Encoding::Utf8, Encoding::Utf8Bom, Encoding::Utf16Le, Encoding::Utf16Be] {
            let bytes = encoding.encode("a: é😀\n");
            let decoded = decode(bytes.clone());
            assert_eq!(decoded.encoding, encoding);
            assert_eq!(decoded.text, "a: é😀\n");
            assert_eq!(decoded.invalid_at, None);
            assert_eq!(encoding.encode(&decoded.text), bytes);
        }
    }

    #[test]
    fn undecodable_bytes_are_replaced_and_located() {
        let decoded = decode(b"ab\xFFcd".to_vec());
        assert_eq!((decoded.text.as_str(), decoded.invalid_at), ("ab\u{FFFD}cd", Some(2)));
        let decoded = decode(vec![0xFF, 0xFE, b'a', 0, 0x00, 0xD8, b'b', 0]);
        assert_eq!((decoded.text.as_str(), decoded.invalid_at), ("a\u{FFFD}b", Some(1)));
        let decoded = decode(vec![0xFF, 0xFE, b'a', 0, b'b']);
        assert_eq!((decoded.text.as_str(), decoded.invalid_at), ("a\u{FFFD}", Some(1)));
        let decoded = decode(b"\xEF\xBB\xBFx\xFF".to_vec());
        assert_eq!((decoded.text.as_str(), decoded.invalid_at), ("x\u{FFFD}", Some(1)));
    }
}
