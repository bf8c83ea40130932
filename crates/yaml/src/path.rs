//! The name of a place inside a JSON value.

use std::fmt;
use std::sync::Arc;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The value under a mapping key.
    Key(Arc<str>),
    /// The item of a sequence, counted from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Key(key.into())
    }
}

impl From<&String> for Segment {
    fn from(key: &String) -> Self {
        Self::Key(key.as_str().into())
    }
}

impl From<Arc<str>> for Segment {
    fn from(key: Arc<str>) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A path from the root of a document, such as `spec.template.spec.source.helm['a/b'][0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path of the root.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of these segments.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    /// Reads a path as it is shown, `spec.containers[0]['a/b']`; a leading dot is passed over. `None` for what is no path.
    pub fn parse(text: &str) -> Option<Self> {
        let mut path = Self::root();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(index) = rest.strip_prefix('[') {
                let quote = index.chars().next().filter(|c| matches!(c, '\'' | '"'));
                let (segment, after) = match quote {
                    Some(quote) => quoted_key(index, quote)?,
                    None => {
                        let (index, after) = index.split_once(']')?;
                        (Segment::Index(index.trim().parse().ok()?), after)
                    }
                };
                path.push(segment);
                rest = after;
            } else {
                let rest_of = if path.is_empty() { rest } else { rest.strip_prefix('.')? };
                let end = rest_of.find(['.', '[']).unwrap_or(rest_of.len());
                let (key, after) = rest_of.split_at_checked(end).filter(|(key, _)| !key.is_empty())?;
                path.push(key);
                rest = after;
            }
        }
        Some(path)
    }

    /// A path of mapping keys only.
    pub fn keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        Self(keys.into_iter().map(Segment::from).collect())
    }

    /// This path one step deeper.
    pub fn join(&self, segment: impl Into<Segment>) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment.into());
        Self(segments)
    }

    /// This path followed by another.
    pub fn concat(&self, tail: &Self) -> Self {
        Self(self.0.iter().chain(&tail.0).cloned().collect())
    }

    /// Adds one step at the end.
    pub fn push(&mut self, segment: impl Into<Segment>) {
        self.0.push(segment.into());
    }

    /// Takes the last step off.
    pub fn pop(&mut self) -> Option<Segment> {
        self.0.pop()
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether this is the root.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the parent; nothing for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The last step.
    pub fn last(&self) -> Option<&Segment> {
        self.0.last()
    }

    /// The last step, when it is a key.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last()? {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        }
    }

    /// Whether `self` is `other` or a place inside it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The value at this path.
    pub fn lookup<'v>(&self, root: &'v serde_json::Value) -> Option<&'v serde_json::Value> {
        self.0.iter().try_fold(root, |value, segment| match segment {
            Segment::Key(key) => value.as_object()?.get(&**key),
            Segment::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// Reads an RFC 6901 JSON pointer. Steps that are plain decimal numbers become indices; use
    /// [`Path::from_pointer_in`] when the value is at hand and keys may look like numbers.
    /// Nothing if the pointer is neither empty nor starts with `/`.
    pub fn from_pointer(pointer: &str) -> Option<Self> {
        if pointer.is_empty() {
            return Some(Self::root());
        }
        let rest = pointer.strip_prefix('/')?;
        Some(Self(
            rest.split('/')
                .map(|step| match array_index(step) {
                    Some(index) => Segment::Index(index),
                    None => Segment::Key(unescape_pointer(step).into()),
                })
                .collect(),
        ))
    }

    /// Reads a JSON pointer against the value it points into, so that a key such as `"0"` of an object stays a key.
    pub fn from_pointer_in(pointer: &str, root: &serde_json::Value) -> Option<Self> {
        if pointer.is_empty() {
            return Some(Self::root());
        }
        let rest = pointer.strip_prefix('/')?;
        let mut at = Some(root);
        let mut path = Self::root();
        for step in rest.split('/') {
            let key = unescape_pointer(step);
            match (at, array_index(step)) {
                (Some(serde_json::Value::Array(items)), Some(index)) => {
                    at = items.get(index);
                    path.push(index);
                }
                (value, _) => {
                    at = value.and_then(|value| value.get(&key));
                    path.push(key);
                }
            }
        }
        Some(path)
    }

    /// This path as an RFC 6901 JSON pointer.
    pub fn to_pointer(&self) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            out.push('/');
            match segment {
                Segment::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => out.push_str(&index.to_string()),
            }
        }
        out
    }
}

fn array_index(step: &str) -> Option<usize> {
    let canonical = step == "0" || !step.starts_with('0');
    let digits = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    if canonical && digits { step.parse().ok() } else { None }
}

fn unescape_pointer(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

impl FromIterator<Segment> for Path {
    fn from_iter<T: IntoIterator<Item = Segment>>(segments: T) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_identifier(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => {
                    write!(f, "['{}']", key.replace('\\', "\\\\").replace('\'', "\\'"))?;
                }
            }
        }
        Ok(())
    }
}

/// The key in `'it\'s']…`, and what follows its bracket.
fn quoted_key(text: &str, quote: char) -> Option<(Segment, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            c if c == quote => return Some((key.into(), text.get(at + 1..)?.strip_prefix(']')?)),
            c => key.push(c),
        }
    }
    None
}

fn is_identifier(key: &str) -> bool {
    !key.is_empty()
        && !key.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_keys_and_indices() {
        let path = Path::new(vec!["spec".into(), "image".into(), "a/b".into(), 0.into(), "it's".into()]);
        assert_eq!(path.to_string(), "spec.image['a/b'][0]['it\\'s']");
        assert_eq!(path.to_pointer(), "/spec/image/a~1b/0/it's");
        assert_eq!(Path::from_pointer("/spec/image/a~1b/0/it's"), Some(path.clone()));
        assert_eq!(Path::from_pointer("no"), None);
        assert_eq!(Path::parse(&path.to_string()), Some(path));
        assert_eq!(Path::parse(".spec.a-b"), Some(Path::keys(["spec", "a-b"])));
        for bad in ["a..b", "a[", "a[x]", "a['b", "a[0]b"] {
            assert_eq!(Path::parse(bad), None, "{bad}");
        }
        assert_eq!(Path::from_pointer(""), Some(Path::root()));
    }

    #[test]
    fn a_number_is_a_key_where_the_value_says_so() {
        let value = serde_json::json!({"0": [1, {"01": 2}]});
        let path = Path::from_pointer_in("/0/1/01", &value).unwrap();
        assert_eq!(path, Path::new(vec!["0".into(), 1.into(), "01".into()]));
        assert_eq!(path.lookup(&value), Some(&serde_json::json!(2)));
    }
}
