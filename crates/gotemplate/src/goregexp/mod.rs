//! Go's `regexp` over the `regex` crate: the same grammar, matches, replacement templates and error texts.
//!
//! Both are automata without backtracking, so matching stays linear whatever the expression.

mod class;
mod translate;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use regex::bytes::{Regex, RegexBuilder};

/// How large a compiled expression may become, in bytes.
const SIZE_LIMIT: usize = 10 << 20;

/// A compiled expression.
#[derive(Debug)]
pub struct Regexp {
    regex: Regex,
    names: Vec<String>,
}

thread_local! {
    /// Templates compile the same few expressions again and again.
    static CACHE: RefCell<HashMap<Vec<u8>, Rc<Regexp>>> = RefCell::new(HashMap::new());
}

/// How many compiled expressions a thread keeps.
const CACHED: usize = 64;

/// A match: where each group lies, the whole match first.
pub type Groups = Vec<Option<Range<usize>>>;

impl Regexp {
    /// Compiles an expression; the error is Go's text (``error parsing regexp: missing closing ): `(` ``).
    pub fn compile(expression: &[u8]) -> Result<Rc<Self>, String> {
        if let Some(found) = CACHE.with_borrow(|cache| cache.get(expression).cloned()) {
            return Ok(found);
        }
        let compiled = Rc::new(Self::build(expression)?);
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(expression.to_vec(), Rc::clone(&compiled));
        });
        Ok(compiled)
    }

    /// Like [`Regexp::compile`], for those who keep it themselves.
    pub fn build(expression: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(expression).map_err(|error| {
            let rest = expression.get(error.valid_up_to()..).unwrap_or_default();
            translate::error("invalid UTF-8", &String::from_utf8_lossy(rest))
        })?;
        let translated = translate::translate(text)?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(SIZE_LIMIT)
            .nest_limit(4_000)
            .build()
            .map_err(|_| translate::error("expression too large", text))?;
        Ok(Self { regex, names: translated.names })
    }

    /// Whether the expression matches anywhere.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.find(text).is_some()
    }

    /// The first match.
    pub fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let subject = Subject::new(text);
        text.get(subject.range(self.find_from(&subject, 0)?))
    }

    /// The first match from `position` on. `\B` also holds between the bytes of one character, where Go never looks.
    fn find_from(&self, subject: &Subject<'_>, mut position: usize) -> Option<Range<usize>> {
        loop {
            let found = self.regex.find_at(&subject.text, position)?;
            match subject.text.get(found.start()) {
                Some(0x80..=0xbf) => position = found.start() + 1,
                _ => return Some(found.range()),
            }
        }
    }

    /// `FindAllStringIndex`: where the matches lie, at most `limit` of them (`None` for all).
    ///
    /// An empty match right after another match does not count.
    pub fn find_all(&self, text: &[u8], limit: Option<usize>) -> Vec<Range<usize>> {
        let subject = Subject::new(text);
        let mut found = Vec::new();
        let mut position = 0;
        let mut last_end = None;
        while limit.is_none_or(|limit| found.len() < limit) && position <= subject.text.len() {
            let Some(range) = self.find_from(&subject, position) else { break };
            let mut accept = true;
            if range.end == position {
                accept = last_end != Some(range.start);
                position += subject.width(position).max(1);
            } else {
                position = range.end;
            }
            last_end = Some(range.end);
            if accept {
                found.push(subject.range(range));
            }
        }
        found
    }

    /// `ReplaceAll` with a function that writes the replacement of each match.
    ///
    /// `write` may refuse to go on, with an error of the caller's.
    pub fn replace_all<E>(
        &self,
        text: &[u8],
        mut write: impl FnMut(&mut Vec<u8>, &Groups) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let subject = Subject::new(text);
        let mut out = Vec::new();
        let mut last_end = 0;
        let mut position = 0;
        while position <= subject.text.len() {
            let Some(whole) = self.find_from(&subject, position) else { break };
            let Some(captures) = self.regex.captures_at(&subject.text, whole.start) else { break };
            out.extend_from_slice(subject.original(last_end..whole.start));
            // An empty match right after another match is not replaced.
            if whole.end > last_end || whole.start == 0 {
                let groups = captures.iter().map(|m| m.map(|m| subject.range(m.range()))).collect();
                write(&mut out, &groups)?;
            }
            last_end = whole.end;
            let width = subject.width(position);
            position = if position + width > whole.end {
                position + width
            } else if position + 1 > whole.end {
                position + 1
            } else {
                whole.end
            };
        }
        out.extend_from_slice(subject.original(last_end..subject.text.len()));
        Ok(out)
    }

    /// `Split`: the pieces between matches; at most `limit` of them when it is positive, none when it is 0.
    pub fn split<'t>(&self, expression: &[u8], text: &'t [u8], limit: i64) -> Option<Vec<&'t [u8]>> {
        if limit == 0 {
            return None;
        }
        if !expression.is_empty() && text.is_empty() {
            return Some(vec![b""]);
        }
        let most = usize::try_from(limit).ok();
        let mut pieces = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.find_all(text, most) {
            if most.is_some_and(|most| pieces.len() + 1 >= most) {
                break;
            }
            end = found.start;
            if found.end != 0 {
                pieces.push(text.get(begin..end).unwrap_or_default());
            }
            begin = found.end;
        }
        if end != text.len() {
            pieces.push(text.get(begin..).unwrap_or_default());
        }
        Some(pieces)
    }

    /// `Expand`: appends `template` with `$1`, `${name}` and `$$` filled in.
    pub fn expand(&self, out: &mut Vec<u8>, template: &[u8], text: &[u8], groups: &Groups) {
        let mut rest = template;
        while let Some(at) = rest.iter().position(|b| *b == b'$') {
            out.extend_from_slice(rest.get(..at).unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
            if let Some(tail) = rest.strip_prefix(b"$") {
                out.push(b'$');
                rest = tail;
                continue;
            }
            let Some((name, tail)) = reference(rest) else {
                out.push(b'$');
                continue;
            };
            rest = tail;
            let index = match group_number(name) {
                Some(number) => Some(number),
                // Of groups that share a name the first that took part counts.
                None => self
                    .names
                    .iter()
                    .zip(groups)
                    .position(|(n, group)| n.as_bytes() == name && group.is_some()),
            };
            if let Some(Some(range)) = index.and_then(|index| groups.get(index)) {
                out.extend_from_slice(text.get(range.clone()).unwrap_or_default());
            }
        }
        out.extend_from_slice(rest);
    }
}

/// `name` or `{name}` after a `$`: the name and what follows.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (brace, body) = match text.strip_prefix(b"{") {
        Some(body) => (true, body),
        None => (false, text),
    };
    let mut length = 0;
    while let Some(c) = first_char(body.get(length..)?) {
        if !(c.is_alphabetic() || c == '_' || c.is_numeric()) {
            break;
        }
        length += c.len_utf8();
    }
    let (name, rest) = body.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    let rest = if brace { rest.strip_prefix(b"}")? } else { rest };
    Some((name, rest))
}

fn first_char(text: &[u8]) -> Option<char> {
    let head = text.get(..text.len().min(4))?;
    match std::str::from_utf8(head) {
        Ok(head) => head.chars().next(),
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?.chars().next(),
    }
}

/// The number of a group, unless the name is not a number (a leading zero makes it a name).
fn group_number(name: &[u8]) -> Option<usize> {
    if name.len() > 1 && name.first() == Some(&b'0') || name.len() > 9 {
        return None;
    }
    std::str::from_utf8(name).ok().filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

/// `regexp.QuoteMeta`.
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &b in text {
        if br"\.+*?()|[]{}^$".contains(&b) {
            out.push(b'\\');
        }
        out.push(b);
    }
    out
}

/// The text as Go's matcher sees it: every byte that is not UTF-8 is U+FFFD, one byte wide in the original.
struct Subject<'t> {
    original: &'t [u8],
    text: Cow<'t, [u8]>,
    /// Where, in the converted text, each replaced byte begins.
    replaced: Vec<usize>,
}

impl<'t> Subject<'t> {
    fn new(original: &'t [u8]) -> Self {
        if std::str::from_utf8(original).is_ok() {
            return Self { original, text: Cow::Borrowed(original), replaced: Vec::new() };
        }
        let mut text = Vec::with_capacity(original.len() + 8);
        let mut replaced = Vec::new();
        for chunk in original.utf8_chunks() {
            text.extend_from_slice(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                replaced.push(text.len());
                text.extend_from_slice("\u{FFFD}".as_bytes());
            }
        }
        Self { original, text: Cow::Owned(text), replaced }
    }

    /// Translates a position in the converted text into one in the original.
    fn position(&self, at: usize) -> usize {
        at - 2 * self.replaced.partition_point(|start| *start < at)
    }

    fn range(&self, range: Range<usize>) -> Range<usize> {
        self.position(range.start)..self.position(range.end)
    }

    fn original(&self, range: Range<usize>) -> &'t [u8] {
        self.original.get(self.range(range)).unwrap_or_default()
    }

    /// How many bytes the character at a position takes; 0 at the end.
    fn width(&self, at: usize) -> usize {
        self.text.get(at..).and_then(first_char).map_or(0, char::len_utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(expression: &str) -> Rc<Regexp> {
        Regexp::compile(expression.as_bytes()).unwrap()
    }

    fn all(expression: &str, text: &str) -> Vec<String> {
        let found = compile(expression).find_all(text.as_bytes(), None);
        found.into_iter().map(|r| text[r].to_owned()).collect()
    }

    #[test]
    fn matches_like_go() {
        assert_eq!(all(r"a*", "baac"), ["", "aa", ""]);
        assert_eq!(all(r"\w+", "héllo"), ["h", "llo"]);
        assert_eq!(all(r"[^\s]+", "a\u{b}b c"), ["a\u{b}b", "c"]);
        assert_eq!(all(r"x{,2}", "x{,2}"), ["x{,2}"]);
        assert_eq!(all(r"(?i)straSSE|[[:digit:]-]+", "STRASSE 12-3"), ["STRASSE", "12-3"]);
        assert_eq!(all(r"a(?i)*b", "aaB"), ["aaB"]);
        assert_eq!(all(r"\Qa.b\E+", "a.bb a_b"), ["a.bb"]);
        assert_eq!(compile(".").find_all(b"\xff\xfe", None), [0..1, 1..2]);
        assert!(!compile(r"\B").is_match("aéb".as_bytes()));
        assert_eq!(compile("[a&&b]").find_all(b"&", None), std::slice::from_ref(&(0..1)));
    }

    #[test]
    fn replaces_like_go() {
        for (expression, text, template, want) in [
            ("a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"),
            ("a(x*)b", "-ab-axxb-", "$1W", "---"),
            ("x*", "abc", "-", "-a-b-c-"),
            ("(?P<n>b+)", "abb", "[$n$$]", "a[bb$]"),
            ("b", "abc", "$", "a$c"),
        ] {
            let regexp = compile(expression);
            let out = regexp.replace_all(text.as_bytes(), |out, groups| -> Result<(), ()> {
                regexp.expand(out, template.as_bytes(), text.as_bytes(), groups);
                Ok(())
            });
            assert_eq!(String::from_utf8(out.unwrap()).unwrap(), want, "{expression}");
        }
    }

    #[test]
    fn refuses_in_go_words() {
        for (expression, want) in [
            ("(", "missing closing ): `(`"),
            (")", "unexpected ): `)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("(a{100}){100}", "invalid repeat count: `{100}`"),
            ("[a", "missing closing ]: `[a`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<n", "invalid named capture: `(?<n`"),
            (r"\y", r"invalid escape sequence: `\y`"),
            (r"a\", "trailing backslash at end of expression: ``"),
            (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        ] {
            let got = Regexp::compile(expression.as_bytes()).unwrap_err();
            assert_eq!(got, format!("error parsing regexp: {want}"), "{expression}");
        }
    }

    #[test]
    fn bounds_hold() {
        assert!(Regexp::compile("(".repeat(5_000).as_bytes()).is_err());
        let deep = format!("{}a{}", "(".repeat(900), ")".repeat(900));
        assert!(Regexp::compile(deep.as_bytes()).is_ok());
        assert!(Regexp::compile(br"(\pL{30}){30}\pL{900}").is_err());
    }
}
