//! Go's `string`: bytes that are usually, but not necessarily, UTF-8.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// How many bytes a [`Str`] keeps without allocating.
const INLINE: usize = 22;

/// An immutable Go string. Cloning never copies more than 24 bytes; short strings never allocate.
#[derive(Clone)]
pub struct Str(Repr);

#[derive(Clone)]
enum Repr {
    Inline(u8, [u8; INLINE]),
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl Str {
    /// The empty string.
    pub const EMPTY: Self = Self(Repr::Static(b""));

    /// A string from literal text.
    pub const fn from_static(text: &'static str) -> Self {
        Self(Repr::Static(text.as_bytes()))
    }

    /// A string of the given bytes, which need not be UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        if bytes.len() <= INLINE {
            let mut buffer = [0; INLINE];
            buffer[..bytes.len()].copy_from_slice(bytes);
            Self(Repr::Inline(bytes.len() as u8, buffer))
        } else {
            Self(Repr::Shared(Arc::from(bytes)))
        }
    }

    /// The string with each byte as `change` makes it.
    #[must_use]
    pub fn map(mut self, change: impl Fn(u8) -> u8) -> Self {
        if let Repr::Inline(len, buffer) = &mut self.0 {
            buffer[..usize::from(*len)].iter_mut().for_each(|byte| *byte = change(*byte));
            return self;
        }
        Self::from(self.as_bytes().iter().map(|byte| change(*byte)).collect::<Vec<u8>>())
    }

    /// The bytes of the string.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline(len, buffer) => &buffer[..usize::from(*len)],
            Repr::Static(bytes) => bytes,
            Repr::Shared(bytes) => bytes,
        }
    }

    /// The bytes, shared where they are too many to be kept in place.
    pub fn into_shared(self) -> Arc<[u8]> {
        match self.0 {
            Repr::Shared(bytes) => bytes,
            _ => Arc::from(self.as_bytes()),
        }
    }

    /// The text, when the bytes are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The text, each invalid sequence replaced by U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Whether both are the same allocation or the same bytes, checked cheaply first.
    pub fn same(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Default for Str {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Inline(len, bytes), Repr::Inline(other_len, other)) => len == other_len && bytes == other,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Str {}

/// The first eight bytes as a number that compares as they do.
#[inline]
fn word(bytes: &[u8; INLINE]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *bytes;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Most short strings differ early; the zeros behind the text come before any other byte.
        if let (Repr::Inline(len, bytes), Repr::Inline(other_len, other)) = (&self.0, &other.0) {
            match word(bytes).cmp(&word(other)) {
                Ordering::Equal if *len <= 8 && *other_len <= 8 => return len.cmp(other_len),
                Ordering::Equal => {}
                different => return different,
            }
        }
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self::from_bytes(text.as_bytes())
    }
}

impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from_bytes(text.as_bytes())
    }
}

impl From<Arc<[u8]>> for Str {
    fn from(bytes: Arc<[u8]>) -> Self {
        if bytes.len() <= INLINE { Self::from_bytes(&bytes) } else { Self(Repr::Shared(bytes)) }
    }
}

impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() <= INLINE { Self::from_bytes(&bytes) } else { Self(Repr::Shared(Arc::from(bytes))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_strings_compare_by_bytes() {
        let long = "x".repeat(100);
        assert_eq!(Str::from(long.as_str()), Str::from(long.clone()));
        assert_eq!(Str::from_static("ab"), "ab");
        assert!([Str::from("a"), Str::from("a\0"), Str::from("aa"), Str::from("b")].is_sorted());
        assert_ne!(Str::from("a"), Str::from("a\0"));
        assert_eq!(Str::from(&b"\xff"[..]).as_str(), None);
        assert!(size_of::<Str>() <= 24);
    }
}
