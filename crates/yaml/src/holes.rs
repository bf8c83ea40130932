//! Template holes: `{{ … }}` and its relatives from other template languages.

use std::ops::Range;

use memchr::{memchr2, memmem};

/// Which template language a hole comes from, as far as its delimiters and first word show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoleKind {
    /// `{{ … }}` with a value or pipeline in it, as Go templates and fasttemplate have.
    Value,
    /// `{{ if … }}`, `{{ else }}`, `{{ range … }}`, `{{ with … }}`, `{{ define … }}`, `{{ block … }}`, `{{ end }}`, `{{ break }}`,
    /// `{{ continue }}`: a Go template action that prints nothing itself.
    Control,
    /// `{{ $x := … }}` or `{{ $x = … }}`: a Go template assignment, which prints nothing.
    Assignment,
    /// `{{/* … */}}`: a Go template comment.
    Comment,
    /// `{{#if …}}`, `{{/if}}`, `{{> partial}}`, `{{^x}}`, `{{!x}}`, `{{{ raw }}}`: Handlebars or Mustache.
    Handlebars,
    /// `{% … %}` or `{# … #}`: Jinja.
    Jinja,
    /// `${{ … }}`: GitHub Actions.
    GitHub,
    /// `<% … %>`: ERB.
    Erb,
}

/// A place where a template engine would put something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) inner_start: u32,
    pub(crate) inner_end: u32,
    /// What stands there.
    pub kind: HoleKind,
    /// False when no closing delimiter was found; the hole then ends with its line.
    pub terminated: bool,
    /// Whether its line holds nothing but holes and white space.
    pub own_line: bool,
}

impl Hole {
    /// The bytes of the hole, delimiters included.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The bytes between the delimiters, trim markers and outer white space excluded.
    pub fn inner(&self) -> Range<usize> {
        self.inner_start as usize..self.inner_end as usize
    }

    /// Whether it prints nothing itself, so that alone on a line it is no YAML content.
    pub fn is_control(&self) -> bool {
        !matches!(self.kind, HoleKind::Value | HoleKind::GitHub | HoleKind::Erb)
    }
}

/// How many lines a hole may span.
const MAX_HOLE_LINES: usize = 40;

/// How many bytes a comment may span.
const MAX_COMMENT: usize = 64 * 1024;

/// Finds all holes of a text.
pub(crate) fn lex(text: &str) -> Vec<Hole> {
    let bytes = text.as_bytes();
    let mut holes: Vec<Hole> = Vec::new();
    let mut at = 0;
    let mut seen = Seen::default();
    while let Some(step) = memchr2(b'{', b'<', bytes.get(at..).unwrap_or_default()) {
        let open = at + step;
        let found = match (bytes[open], bytes.get(open + 1)) {
            (b'{', Some(b'{')) => Some(curly(bytes, open, &mut seen)),
            (b'{', Some(b'%')) => simple(bytes, open, b"%}", HoleKind::Jinja, &mut seen.unclosed[0]),
            (b'{', Some(b'#')) => simple(bytes, open, b"#}", HoleKind::Jinja, &mut seen.unclosed[1]),
            (b'<', Some(b'%')) => simple(bytes, open, b"%>", HoleKind::Erb, &mut seen.unclosed[2]),
            _ => None,
        };
        match found {
            Some(hole) => {
                at = (hole.end as usize).max(open + 2);
                holes.push(hole);
            }
            None => at = open + 1,
        }
    }
    mark_own_lines(bytes, &mut holes);
    holes
}

/// What was seen further on, so that no hole looks for it again.
#[derive(Default)]
struct Seen {
    /// Up to where it is known that a one-line hole of each kind does not end.
    unclosed: [usize; 3],
    /// A place and the end of its line.
    line: (usize, usize),
    /// A place and the first end of a comment after it (the end of the text when there is none).
    comment: (usize, usize),
}

impl Seen {
    /// Where the line of `at` ends.
    fn line_end(&mut self, bytes: &[u8], at: usize) -> usize {
        let (from, end) = self.line;
        if !(from..=end).contains(&at) || end == 0 {
            self.line = (at, line_end(bytes, at));
        }
        self.line.1
    }

    /// Where the first `*/` at or after `at` stands.
    fn comment_end(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let (from, end) = self.comment;
        if !(from..=end).contains(&at) || end == 0 {
            let rest = bytes.get(at..).unwrap_or_default();
            let found = memmem::find(rest, b"*/").map_or(bytes.len(), |step| at + step);
            self.comment = (at, found);
        }
        Some(self.comment.1).filter(|end| *end < bytes.len())
    }
}

/// A hole that must end on its line.
fn simple(bytes: &[u8], open: usize, close: &[u8; 2], kind: HoleKind, unclosed: &mut usize) -> Option<Hole> {
    if open < *unclosed {
        return None;
    }
    let line_end = line_end(bytes, open);
    let body = bytes.get(open + 2..line_end)?;
    let Some(len) = body.windows(2).position(|pair| pair == close) else {
        *unclosed = line_end;
        return None;
    };
    Some(hole(bytes, (open, open + 2, open + 2 + len, open + 4 + len), kind, true))
}

fn curly(bytes: &[u8], open: usize, seen: &mut Seen) -> Hole {
    let github = open.checked_sub(1).is_some_and(|before| bytes[before] == b'$');
    let start = if github { open - 1 } else { open };
    let triple = bytes.get(open + 2) == Some(&b'{');
    let inner = open + 2 + usize::from(triple);
    let close: &[u8] = if triple { b"}}}" } else { b"}}" };
    match find_close(bytes, inner, close, seen) {
        Some(end) => {
            let kind = if github {
                HoleKind::GitHub
            } else if triple {
                HoleKind::Handlebars
            } else {
                classify(bytes.get(inner..end).unwrap_or_default())
            };
            hole(bytes, (start, inner, end, end + close.len()), kind, true)
        }
        None => {
            let end = seen.line_end(bytes, open);
            let kind =
                if github { HoleKind::GitHub } else { classify(bytes.get(inner..end).unwrap_or_default()) };
            hole(bytes, (start, inner.min(end), end, end), kind, false)
        }
    }
}

/// Builds a hole from its four offsets: start, inner start, inner end, end.
fn hole(
    bytes: &[u8],
    (start, mut inner, mut inner_end, end): (usize, usize, usize, usize),
    kind: HoleKind,
    terminated: bool,
) -> Hole {
    if bytes.get(inner) == Some(&b'-') && bytes.get(inner + 1).is_some_and(u8::is_ascii_whitespace) {
        inner += 1;
    }
    if inner_end > inner + 1
        && bytes.get(inner_end - 1) == Some(&b'-')
        && bytes[inner_end - 2].is_ascii_whitespace()
    {
        inner_end -= 1;
    }
    while inner < inner_end && bytes[inner].is_ascii_whitespace() {
        inner += 1;
    }
    while inner_end > inner && bytes[inner_end - 1].is_ascii_whitespace() {
        inner_end -= 1;
    }
    Hole {
        start: start as u32,
        end: end as u32,
        inner_start: inner as u32,
        inner_end: inner_end as u32,
        kind,
        terminated,
        own_line: false,
    }
}

/// The closing delimiter by Go's rules: not inside strings, raw strings or comments. A hole whose strings do not end
/// (a quote of the YAML around it, say) falls back to the first closing delimiter on its line.
fn find_close(bytes: &[u8], from: usize, close: &[u8], seen: &mut Seen) -> Option<usize> {
    let mut body = from;
    if matches!(bytes.get(body..), Some([b'-', white, ..]) if white.is_ascii_whitespace()) {
        body += 2;
    }
    if bytes.get(body..).is_some_and(|rest| rest.starts_with(b"/*")) {
        let end = seen.comment_end(bytes, body + 2).filter(|end| end - body < MAX_COMMENT)?;
        let tail = bytes.get(end..)?;
        return tail.windows(2).take(64).position(|pair| pair == b"}}").map(|step| end + step);
    }
    let line_end = seen.line_end(bytes, from);
    let lexed = lexed_close(bytes, from, close);
    // A string that began with a quote of the YAML around must not swallow other lines.
    if lexed.is_some_and(|end| end < line_end) {
        return lexed;
    }
    let first_on_line = memmem::find(bytes.get(from..line_end)?, close).map(|step| from + step);
    first_on_line.or(lexed)
}

fn lexed_close(bytes: &[u8], from: usize, close: &[u8]) -> Option<usize> {
    let mut at = from;
    let mut lines = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'}' if bytes.get(at..).is_some_and(|rest| rest.starts_with(close)) => return Some(at),
            // Another hole begins: the one before was never closed.
            b'{' if bytes.get(at + 1) == Some(&b'{') => return None,
            b'"' => {
                at += 1;
                loop {
                    match bytes.get(at) {
                        Some(b'\\') => at += 2,
                        Some(b'"') => break,
                        Some(b'\n') | None => return None,
                        Some(_) => at += 1,
                    }
                }
                at += 1;
            }
            b'`' => {
                let rest = bytes.get(at + 1..)?;
                at += 2 + rest.iter().take(64 * 1024).position(|byte| *byte == b'`')?;
            }
            // Only inside a YAML double-quoted scalar: the escape of a quote.
            b'\\' => at += 2,
            b'\n' => {
                lines += 1;
                // A key on the next line means that this hole was simply not closed.
                if lines > MAX_HOLE_LINES || looks_like_entry(bytes, at + 1) {
                    return None;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    None
}

/// Whether the line at `at` reads `key: …` or `- …`.
fn looks_like_entry(bytes: &[u8], at: usize) -> bool {
    let line = bytes.get(at..line_end(bytes, at)).unwrap_or_default().trim_ascii();
    if line.starts_with(b"- ") || line == b"---" {
        return true;
    }
    let word = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(byte)).count();
    word > 0 && line.get(word) == Some(&b':') && line.get(word + 1).is_none_or(|byte| *byte == b' ')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let end = at + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    end.min(bytes.len())
}

fn classify(inner: &[u8]) -> HoleKind {
    let body = match inner {
        [b'-', white, rest @ ..] if white.is_ascii_whitespace() => rest,
        _ => inner,
    };
    let body = body.trim_ascii();
    match body.first() {
        Some(b'#' | b'^' | b'>' | b'!') => return HoleKind::Handlebars,
        Some(b'/') if body.get(1) == Some(&b'*') => return HoleKind::Comment,
        Some(b'/') => return HoleKind::Handlebars,
        Some(b'$') => {
            let name = body
                .iter()
                .skip(1)
                .take_while(|byte| {
                    byte.is_ascii_alphanumeric()
                        || **byte == b'_'
                        || **byte == b','
                        || **byte == b'$'
                        || **byte == b' '
                })
                .count();
            let rest = body.get(1 + name..).unwrap_or_default();
            if rest.starts_with(b":=") || rest.first() == Some(&b'=') {
                return HoleKind::Assignment;
            }
        }
        _ => {}
    }
    let word = body.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match body.get(..word).unwrap_or_default() {
        b"if" | b"else" | b"range" | b"with" | b"define" | b"block" | b"end" | b"break" | b"continue"
            if body.get(word).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'(') =>
        {
            HoleKind::Control
        }
        _ => HoleKind::Value,
    }
}

/// Marks the holes on lines that hold nothing else.
fn mark_own_lines(bytes: &[u8], holes: &mut [Hole]) {
    let mut index = 0;
    while index < holes.len() {
        let start = holes[index].start as usize;
        let line_start = bytes
            .get(..start)
            .unwrap_or_default()
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(0, |at| at + 1);
        let is_blank = |from: usize, to: usize| {
            bytes.get(from..to).is_some_and(|gap| gap.iter().all(|byte| matches!(byte, b' ' | b'\t')))
        };
        // The holes that share this line.
        let mut last = index;
        let mut end_of_line = line_end(bytes, holes[last].end as usize);
        while last + 1 < holes.len() && (holes[last + 1].start as usize) < end_of_line {
            last += 1;
            if holes[last].end as usize > end_of_line {
                end_of_line = line_end(bytes, holes[last].end as usize);
            }
        }
        let mut alone = is_blank(line_start, start);
        for pair in index..last {
            alone = alone && is_blank(holes[pair].end as usize, holes[pair + 1].start as usize);
        }
        let end = holes[last].end as usize;
        alone = alone && is_blank(end, line_end(bytes, end));
        if alone {
            for hole in &mut holes[index..=last] {
                hole.own_line = true;
            }
        }
        index = last + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(&str, HoleKind, bool, bool)> {
        lex(text)
            .iter()
            .map(|hole| (text.get(hole.inner()).unwrap(), hole.kind, hole.terminated, hole.own_line))
            .collect()
    }

    #[test]
    fn knows_the_kinds() {
        use HoleKind::*;
        assert_eq!(seen("a: {{ .x }}-{{y}}"), [(".x", Value, true, false), ("y", Value, true, false)]);
        assert_eq!(seen("  {{- if eq .a \"}}\" -}}  \n"), [("if eq .a \"}}\"", Control, true, true)]);
        assert_eq!(seen("{{/* }} a */}}"), [("/* }} a */", Comment, true, true)]);
        assert_eq!(
            seen("{{#if x}}\n{{/if}}"),
            [("#if x", Handlebars, true, true), ("/if", Handlebars, true, true)]
        );
        assert_eq!(seen("a: ${{ github.sha }}"), [("github.sha", GitHub, true, false)]);
        assert_eq!(seen("{% if x %}\n"), [("if x", Jinja, true, true)]);
        assert_eq!(
            seen("{{ $x := 1 }}{{ end }}"),
            [("$x := 1", Assignment, true, true), ("end", Control, true, true)]
        );
        assert_eq!(seen("a: {{ .x\nb: {{ .y }}"), [(".x", Value, false, false), (".y", Value, true, false)]);
        assert_eq!(seen("a: \"{{ printf \\\"x\\\" }}\""), [("printf \\\"x\\\"", Value, true, false)]);
        assert_eq!(seen("a: {{ dict\n  \"a\" 1 }}"), [("dict\n  \"a\" 1", Value, true, false)]);
        assert_eq!(seen("{{endless}}"), [("endless", Value, true, true)]);
    }
}
