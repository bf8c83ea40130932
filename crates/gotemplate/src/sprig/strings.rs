//! Trimming, cutting, searching and padding of strings. Strings are bytes, as in Go.

use smallvec::SmallVec;

use super::chars::{self, is_space, runes};
use super::panic;
use crate::func::{Call, FuncError, FuncMap};
use crate::str::Str;

type Bytes = Result<Vec<u8>, FuncError>;

pub(super) fn add(m: &mut FuncMap) {
    m.add("hello", || "Hello!");
    m.add("trim", |s: Str| Str::from(trim_space(&s)));
    for name in ["trimAll", "trimall"] {
        m.add(name, |set: Str, s: Str| Str::from(trim_set(&s, &set)));
    }
    m.add("trimSuffix", |suffix: Str, s: Str| match s.strip_suffix(&*suffix) {
        Some(rest) => Str::from(rest),
        None => s.clone(),
    });
    m.add("trimPrefix", |prefix: Str, s: Str| match s.strip_prefix(&*prefix) {
        Some(rest) => Str::from(rest),
        None => s.clone(),
    });
    m.add("upper", |s: Str| {
        if s.is_ascii() { s.map(|b| b.to_ascii_uppercase()) } else { chars::map(&s, chars::to_upper).into() }
    });
    m.add("lower", |s: Str| {
        if s.is_ascii() { s.map(|b| b.to_ascii_lowercase()) } else { chars::map(&s, chars::to_lower).into() }
    });
    m.add("trunc", trunc);
    m.add("substr", substr);
    m.add_with_call("repeat", repeat);
    m.add("contains", |part: Str, s: Str| find(&s, &part).is_some());
    m.add("hasPrefix", |prefix: Str, s: Str| s.starts_with(&prefix));
    m.add("hasSuffix", |suffix: Str, s: Str| s.ends_with(&suffix));
    m.add_with_call("replace", |call: &mut Call<'_>, old: Str, new: Str, s: Str| {
        replace(call, &s, &old, &new)
    });
    m.add_with_call("indent", |call: &mut Call<'_>, spaces: i64, s: Str| indent(call, spaces, &s, b""));
    m.add_with_call("nindent", |call: &mut Call<'_>, spaces: i64, s: Str| indent(call, spaces, &s, b"\n"));
    m.add("nospace", |s: Str| nospace(&s));
    m.add("plural", |one: Str, many: Str, count: i64| if count == 1 { one } else { many });
    m.add("abbrev", |width: i64, s: Str| if width < 4 { s } else { Str::from(abbreviate(&s, 0, width)) });
    m.add("abbrevboth", |left: i64, right: i64, s: Str| {
        if right < 4 || left > 0 && right < 7 { s } else { Str::from(abbreviate(&s, left, right)) }
    });
    m.add_with_call("wrap", |call: &mut Call<'_>, width: i64, s: Str| wrap(call, &s, width, b"\n", false));
    m.add_with_call("wrapWith", |call: &mut Call<'_>, width: i64, line: Str, s: Str| {
        wrap(call, &s, width, if line.is_empty() { b"\n" } else { &line }, true)
    });
}

/// Where `part` first occurs.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

/// `strings.TrimSpace`.
pub(super) fn trim_space(text: &[u8]) -> &[u8] {
    trim_by(text, is_space)
}

fn trim_set<'t>(text: &'t [u8], set: &[u8]) -> &'t [u8] {
    let set: Vec<char> = runes(set).collect();
    trim_by(text, |c| set.contains(&c))
}

fn trim_by(mut text: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, width)) = chars::first_rune(text) {
        if !cut(c) {
            break;
        }
        text = text.get(width..).unwrap_or_default();
    }
    while let Some((c, width)) = last_rune(text) {
        if !cut(c) {
            break;
        }
        text = text.get(..text.len() - width).unwrap_or_default();
    }
    text
}

/// The last rune and how many bytes it takes, `utf8.DecodeLastRune`.
fn last_rune(text: &[u8]) -> Option<(char, usize)> {
    let last = *text.last()?;
    if last.is_ascii() {
        return Some((char::from(last), 1));
    }
    let found = (2..=4).find_map(|width| {
        let tail = text.get(text.len().checked_sub(width)?..)?;
        let mut chars = std::str::from_utf8(tail).ok()?.chars();
        let c = chars.next()?;
        chars.next().is_none().then_some((c, width))
    });
    Some(found.unwrap_or((char::REPLACEMENT_CHARACTER, 1)))
}

/// Keeps the first `count` bytes, or the last `-count`.
fn trunc(count: i64, s: Str) -> Str {
    let len = s.len() as i64;
    let piece = if count < 0 && len.saturating_add(count) > 0 {
        s.get((len + count) as usize..)
    } else if count >= 0 && len > count {
        s.get(..count as usize)
    } else {
        return s;
    };
    piece.map(Str::from).unwrap_or_default()
}

fn substr(start: i64, end: i64, s: Str) -> Result<Str, FuncError> {
    let len = s.len() as i64;
    let outside = |text: String| panic(format!("runtime error: slice bounds out of range {text}"));
    if start < 0 {
        return match usize::try_from(end).ok().and_then(|end| s.get(..end)) {
            Some(piece) => Ok(Str::from(piece)),
            None if end < 0 => Err(outside(format!("[:{end}]"))),
            None => Err(outside(format!("[:{end}] with length {len}"))),
        };
    }
    if end < 0 || end > len {
        return match s.get(start as usize..) {
            Some(piece) => Ok(Str::from(piece)),
            None => Err(outside(format!("[{start}:{len}]"))),
        };
    }
    match s.get(start as usize..end as usize) {
        Some(piece) => Ok(Str::from(piece)),
        None => Err(outside(format!("[{start}:{end}]"))),
    }
}

fn repeat(call: &mut Call<'_>, count: i64, s: Str) -> Bytes {
    let Ok(count) = usize::try_from(count) else {
        return Err(panic("strings: negative Repeat count"));
    };
    let bytes = s.len().saturating_mul(count);
    call.charge(bytes)?;
    Ok(s.repeat(count))
}

fn replace(call: &mut Call<'_>, text: &[u8], old: &[u8], new: &[u8]) -> Result<Str, FuncError> {
    match old {
        // The empty string occurs before every rune and at the end.
        [] => {
            let runes = runes_at(text).chain(std::iter::once(text.len()));
            replace_at(call, text, runes, 0, new)
        }
        // To look for one byte needs no preparation, which takes longer than most texts do.
        [byte] => replace_at(call, text, memchr::memchr_iter(*byte, text), 1, new),
        _ => replace_at(call, text, memchr::memmem::find_iter(text, old), old.len(), new),
    }
}

/// The text with `new` instead of the `width` bytes at each place.
fn replace_at(
    call: &mut Call<'_>,
    text: &[u8],
    places: impl Iterator<Item = usize> + Clone,
    width: usize,
    new: &[u8],
) -> Result<Str, FuncError> {
    call.charge(text.len().saturating_add(places.clone().count().saturating_mul(new.len())))?;
    let mut out: SmallVec<[u8; 64]> = SmallVec::new();
    let mut from = 0;
    for at in places {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        out.extend_from_slice(new);
        from = at + width;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    Ok(Str::from_bytes(&out))
}

/// Where the runes of a text begin.
fn runes_at(text: &[u8]) -> impl Iterator<Item = usize> + Clone {
    let width = move |at: &usize| Some(at + chars::first_rune(text.get(*at..)?)?.1);
    std::iter::successors(Some(0), width).filter(move |at| *at < text.len())
}

fn indent(call: &mut Call<'_>, spaces: i64, text: &[u8], before: &[u8]) -> Bytes {
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err(panic("strings: negative Repeat count"));
    };
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    let size = text.len().saturating_add(lines.saturating_mul(spaces)).saturating_add(1);
    call.charge(size)?;
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(before);
    for (number, line) in text.split(|b| *b == b'\n').enumerate() {
        if number > 0 {
            out.push(b'\n');
        }
        out.resize(out.len() + spaces, b' ');
        out.extend_from_slice(line);
    }
    Ok(out)
}

/// `goutils.DeleteWhiteSpace`, which takes each byte for a Latin-1 character and writes those in UTF-8.
fn nospace(text: &[u8]) -> Vec<u8> {
    if !text.iter().any(|b| is_space(char::from(*b))) {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    for &b in text.iter().filter(|b| !is_space(char::from(**b))) {
        chars::push(&mut out, char::from(b));
    }
    out
}

/// `goutils.AbbreviateFull`: at most `width` bytes, from around `offset`, with `...` where something was cut.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let len = text.len() as i64;
    let cut = |from: i64, to: i64| text.get(from.max(0) as usize..to.max(0) as usize).unwrap_or_default();
    if len <= width {
        return text.to_vec();
    }
    let mut offset = offset.min(len);
    if len - offset < width - 3 {
        offset = len - (width - 3);
    }
    if offset <= 4 {
        return [cut(0, width - 3), b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + width - 3 < len {
        let rest = abbreviate(cut(offset, len), 0, width - 3);
        return [b"...".as_slice(), &rest].concat();
    }
    [b"...", cut(len - (width - 3), len)].concat()
}

/// `goutils.WrapCustom`: lines of at most `width` bytes where spaces allow it.
fn wrap(call: &mut Call<'_>, text: &[u8], width: i64, newline: &[u8], long_words: bool) -> Bytes {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let len = text.len();
    call.charge(len.saturating_add((len / width).saturating_mul(newline.len())))?;
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let mut out = Vec::with_capacity(len);
    let mut offset = 0;
    while len - offset > width {
        call.step(1)?;
        if text.get(offset) == Some(&b' ') {
            offset += 1;
            continue;
        }
        let end = offset + width;
        let (stop, next) = match memchr::memrchr(b' ', piece(offset, end + 1)) {
            Some(space) => (offset + space, offset + space + 1),
            None if long_words => (end, end),
            None => match memchr::memchr(b' ', piece(end, len)) {
                Some(space) => (end + space, end + space + 1),
                None => {
                    out.extend_from_slice(piece(offset, len));
                    return Ok(out);
                }
            },
        };
        out.extend_from_slice(piece(offset, stop));
        out.extend_from_slice(newline);
        // A separator longer than the lines makes the result grow beyond what was charged above.
        call.charge(newline.len())?;
        offset = next;
    }
    out.extend_from_slice(piece(offset, len));
    Ok(out)
}
