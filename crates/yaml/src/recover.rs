//! How the tolerant reader goes around a fault: paints over as little as lets the scanner go on.

use crate::holes::Hole;
use crate::mask::Mask;
use crate::tolerant::Run;
use crate::tree::{ErrorKind, SyntaxError};

/// Paints over what caused `fault`. Nothing if that is not possible.
pub(crate) fn go_around(text: &str, mask: &mut Mask, run: &Run, holes: &[Hole]) -> Option<SyntaxError> {
    let fault = run.fault.as_deref()?;
    let before = mask.bytes.len();
    let at = (fault.mark.offset as usize).min(before);
    let context = (fault.context.offset as usize).min(before);
    let painted = runaway_quote(mask, run, at).or_else(|| open_bracket(mask, run, &fault.problem, at));
    let painted = painted.or_else(|| paint(mask, &fault.problem, at, context));
    let painted = painted.or_else(|| last_resort(mask, at, context))?;
    let (start, end) = trim(text, painted);
    let on_hole =
        holes.iter().any(|hole| hole.own_line && (hole.start as usize) <= start && start < hole.end as usize);
    Some(SyntaxError {
        kind: if on_hole { ErrorKind::TemplateLine } else { ErrorKind::Syntax },
        message: fault.problem.clone().into_owned(),
        start: start as u32,
        end: end as u32,
        offset: at,
    })
}

/// A quote that was not closed where it should swallows lines up to the next quote, and the fault only shows there.
fn runaway_quote(mask: &mut Mask, run: &Run, at: usize) -> Option<Range> {
    let (start, end) = run.last_multiline?;
    let (start, end) = (start as usize, end as usize);
    let line = mask.line_range(end);
    if at < end || at > line.1 {
        return None;
    }
    let swallowed = mask.bytes.get(mask.line_range(start).1..line.1)?;
    let is_entry = |line: &[u8]| {
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        let word =
            line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(byte)).count();
        word > 0 && line.get(word) == Some(&b':') && line.get(word + 1).is_none_or(|byte| *byte == b' ')
    };
    if swallowed.split(|byte| *byte == b'\n').any(is_entry) { open_quote(mask, start) } else { None }
}

/// A bracket that is still open where a document, or something that cannot stand in brackets, begins.
fn open_bracket(mask: &mut Mask, run: &Run, problem: &str, at: usize) -> Option<Range> {
    if problem != "did not find expected node content" {
        return None;
    }
    let open = run.opened? as usize;
    if open < at { flow_line(mask, open) } else { None }
}

fn trim(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let Some(slice) = text.get(start..end) else { return (start, end) };
    let lead = slice.len() - slice.trim_start().len();
    let tail = slice.len() - slice.trim_end().len();
    if lead == slice.len() { (start, end) } else { (start + lead, end - tail) }
}

type Range = (usize, usize);

fn paint(mask: &mut Mask, problem: &str, at: usize, context: usize) -> Option<Range> {
    match problem {
        "could not find expected ':'" => comment_line(mask, context),
        "mapping values are not allowed in this context" => stray_colon(mask, at),
        "block sequence entries are not allowed in this context"
        | "mapping keys are not allowed in this context" => {
            if has_content_before(mask, at) {
                letter(mask, at)
            } else {
                comment_block(mask, at)
            }
        }
        "found character that cannot start any token" => odd_character(mask, at),
        "found a tab character where an indentation space is expected"
        | "found a tab character that violates indentation" => untab(mask, at),
        "did not find expected comment or line break" => {
            if matches!(mask.bytes.get(context), Some(b'|' | b'>')) {
                letter(mask, context)
            } else {
                comment_line(mask, context)
            }
        }
        "did not find expected alphabetic or numeric character"
        | "did not find expected tag URI"
        | "did not find the expected '>'"
        | "did not find expected '!'"
        | "did not find URI escaped octet"
        | "found an incorrect leading UTF-8 octet"
        | "found an incorrect trailing UTF-8 octet"
        | "did not find expected whitespace or line break" => match mask.bytes.get(context) {
            Some(b'*' | b'&' | b'!') => letter(mask, context),
            _ => comment_line(mask, context),
        },
        "found undefined tag handle" => {
            let end = word_end(mask, at);
            mask.paint(at, end);
            Some((at, end))
        }
        "found unexpected end of stream" | "found unexpected document indicator" => open_quote(mask, context),
        "found unknown escape character" => letter(mask, at),
        "did not find expected hexdecimal number" | "found invalid Unicode character escape code" => {
            let backslash = mask.bytes.get(..at)?.iter().rposition(|byte| *byte == b'\\')?;
            letter(mask, backslash)
        }
        "did not find expected ',' or ']'" | "did not find expected ',' or '}'" => flow_line(mask, context),
        "did not find expected node content" => {
            if matches!(mask.bytes.get(context), Some(b'[' | b'{')) && context < at {
                flow_line(mask, context)
            } else {
                rest_of_line(mask, at)
            }
        }
        "did not find expected key" | "did not find expected '-' indicator" => {
            if has_content_before(mask, at) { rest_of_line(mask, at) } else { comment_block(mask, at) }
        }
        _ if problem.starts_with("exceeded max depth") => None,
        _ => comment_line(mask, at),
    }
}

/// Comments out the line of the fault, of its context, or the next line above that holds anything.
fn last_resort(mask: &mut Mask, at: usize, context: usize) -> Option<Range> {
    for place in [at, context] {
        if let Some(range) = comment_line(mask, place) {
            return Some(range);
        }
    }
    let mut line = mask.line_range(at);
    for _ in 0..10_000 {
        if line.0 == 0 {
            return None;
        }
        line = mask.line_range(line.0 - 1);
        if mask.comment_out(line.0, line.1) {
            return Some(line);
        }
    }
    None
}

fn comment_line(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = mask.line_range(at);
    mask.comment_out(line.0, line.1).then_some(line)
}

/// Comments out a line and the deeper lines below it.
fn comment_block(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = comment_line(mask, at)?;
    let depth = mask.indentation(line);
    let mut end = line.1;
    let mut next = next_line(mask, line)?;
    loop {
        if next.0 < next.1 && !mask.is_void(next) {
            if mask.indentation(next) <= depth {
                break;
            }
            mask.comment_out(next.0, next.1);
            end = next.1;
        }
        match next_line(mask, next) {
            Some(line) => next = line,
            None => break,
        }
    }
    Some((line.0, end))
}

/// The line after this one; nothing after the last.
fn next_line(mask: &Mask, line: Range) -> Option<Range> {
    let mut start = line.1;
    if mask.bytes.get(start) == Some(&b'\r') && mask.bytes.get(start + 1) == Some(&b'\n') {
        start += 1;
    }
    start += 1;
    (start < mask.bytes.len()).then(|| mask.line_range(start))
}

fn letter(mask: &mut Mask, at: usize) -> Option<Range> {
    match mask.bytes.get(at) {
        Some(b'x') | None => None,
        Some(_) => {
            mask.paint(at, at + 1);
            Some((at, at + 1))
        }
    }
}

fn has_content_before(mask: &Mask, at: usize) -> bool {
    let line = mask.line_range(at);
    mask.bytes
        .get(line.0..at)
        .is_some_and(|before| before.iter().any(|byte| !matches!(byte, b' ' | b'\t' | b'-' | b'?')))
}

/// `a: b: c` keeps `b: c` as the text of `a`. A colon on a line of its own key belongs to a line that was taken as the
/// continuation of a text above it: then the odd one out goes, by indentation.
fn stray_colon(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = mask.line_range(at);
    let before = mask.bytes.get(line.0..at)?;
    let earlier_colon = before.windows(2).any(|pair| pair[0] == b':' && matches!(pair[1], b' ' | b'\t'));
    if earlier_colon {
        return letter(mask, at);
    }
    let depth = mask.indentation(line);
    let mut above = line;
    for _ in 0..1000 {
        if above.0 == 0 {
            break;
        }
        above = mask.line_range(above.0 - 1);
        if mask.is_void(above) {
            continue;
        }
        let text = mask.bytes.get(above.0..above.1)?;
        let is_entry = text.windows(2).any(|pair| pair == b": ") || text.trim_ascii_end().ends_with(b":");
        if !is_entry && mask.indentation(above) == depth {
            // Prose above a key at the same depth: the prose goes.
            mask.comment_out(above.0, above.1);
            return Some(above);
        }
        break;
    }
    comment_block(mask, at)
}

/// `@x`, `` `x` ``, `%x`: taken as text; a fence of a Markdown block goes; a tab in the indentation becomes a space.
fn odd_character(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = mask.line_range(at);
    if mask.bytes.get(at) == Some(&b'\t') {
        return untab(mask, at);
    }
    let first = line.0 + mask.indentation(line) == at;
    if first && mask.bytes.get(at..line.1).is_some_and(|rest| rest.starts_with(b"```")) {
        return comment_line(mask, at);
    }
    letter(mask, at)
}

fn untab(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = mask.line_range(at);
    let end = line.0 + mask.indentation(line);
    let end = end.max(at + 1).min(line.1);
    let tabs = mask.bytes.get_mut(line.0..end)?;
    let mut changed = false;
    for byte in tabs.iter_mut().filter(|byte| **byte == b'\t') {
        *byte = b' ';
        changed = true;
    }
    changed.then_some((line.0, end))
}

fn word_end(mask: &Mask, at: usize) -> usize {
    let rest = mask.bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).unwrap_or(rest.len())
}

/// A quote that is never closed: the rest of its line is text.
fn open_quote(mask: &mut Mask, context: usize) -> Option<Range> {
    let line = mask.line_range(context);
    if !matches!(mask.bytes.get(context), Some(b'"' | b'\'')) {
        return None;
    }
    mask.paint(context, line.1);
    Some((context, line.1))
}

/// A flow collection that does not end as it should: the rest of its line is text.
fn flow_line(mask: &mut Mask, context: usize) -> Option<Range> {
    let line = mask.line_range(context);
    if !matches!(mask.bytes.get(context), Some(b'[' | b'{')) {
        return None;
    }
    mask.paint(context, line.1);
    Some((context, line.1))
}

/// Leaves out what follows on the line; all of the line if nothing stands before.
fn rest_of_line(mask: &mut Mask, at: usize) -> Option<Range> {
    let line = mask.line_range(at);
    if !has_content_before(mask, at) {
        return comment_block(mask, at);
    }
    let rest = mask.bytes.get(at..line.1)?;
    if rest.iter().all(|byte| *byte == b' ') {
        return None;
    }
    mask.blank(at, line.1);
    Some((at, line.1))
}
