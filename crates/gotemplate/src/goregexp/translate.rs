//! Reads an expression by Go's grammar (RE2 with Perl's escapes) and writes it for the `regex` crate.
//!
//! The two differ in what `\d`, `\w`, `\s` and `\b` mean (ASCII in Go), in nested classes (Go has none), in names of
//! groups, in stacked repetitions (an error in Go) and in every error text.

use super::class;

/// Go's `regexp/syntax.Error`: a code and the offending part.
pub(super) fn error(code: &str, part: &str) -> String {
    format!("error parsing regexp: {code}: `{part}`")
}

/// How deep groups may nest, as in Go.
const MAX_DEPTH: usize = 1000;

/// An expression written for the `regex` crate, and its group names (the whole match first, unnamed).
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) names: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags {
    pub(super) fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

impl Flags {
    /// All flags spelled out, so that the text means the same wherever it stands.
    fn write(self) -> String {
        let all = [('i', self.fold), ('m', self.multi_line), ('s', self.dot_newline), ('U', self.lazy)];
        let on: String = all.iter().filter(|(_, set)| *set).map(|(c, _)| *c).collect();
        let off: String = all.iter().filter(|(_, set)| !*set).map(|(c, _)| *c).collect();
        if off.is_empty() { on } else { format!("{on}-{off}") }
    }
}

/// Something that can be repeated.
struct Atom {
    text: String,
    /// The largest product of nested repeat counts within; Go allows 1000.
    repeats: u64,
    /// A change of flags, which a repetition looks past.
    flags_only: bool,
}

/// An open group: its finished branches and the atoms of the current one.
struct Group {
    open: &'static str,
    flags: Flags,
    branches: String,
    atoms: Vec<Atom>,
    repeats: u64,
}

impl Group {
    fn new(open: &'static str, flags: Flags) -> Self {
        Self { open, flags, branches: String::new(), atoms: Vec::new(), repeats: 1 }
    }

    fn end_branch(&mut self) {
        for atom in self.atoms.drain(..) {
            self.branches.push_str(&atom.text);
            self.repeats = self.repeats.max(atom.repeats);
        }
    }
}

struct Parser<'a> {
    whole: &'a str,
    flags: Flags,
    group: Group,
    outer: Vec<Group>,
    names: Vec<String>,
}

/// Translates a whole expression; the error is Go's text.
pub(super) fn translate(whole: &str) -> Result<Translated, String> {
    let flags = Flags::default();
    let mut parser =
        Parser { whole, flags, group: Group::new("", flags), outer: Vec::new(), names: vec![String::new()] };
    let mut rest = whole;
    // Where the repetition just before the current position began, if there was one.
    let mut last_repeat: Option<&str> = None;
    while let Some(c) = rest.chars().next() {
        let before = rest;
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let mut repeated = None;
        rest = match c {
            '(' if after.starts_with('?') => parser.perl_group(rest)?,
            '(' => {
                parser.open("(")?;
                parser.names.push(String::new());
                after
            }
            '|' => {
                parser.group.end_branch();
                parser.group.branches.push('|');
                after
            }
            ')' => {
                parser.close()?;
                after
            }
            '^' | '$' | '.' => {
                parser.atom(c.to_string());
                after
            }
            '[' => {
                let (text, after) = class::bracket(rest)?;
                parser.atom(text);
                after
            }
            '*' | '+' | '?' => {
                repeated = Some(before);
                parser.repeat(c.to_string(), 1, before, after, last_repeat)?
            }
            '{' => match counts(rest) {
                None => {
                    parser.literal('{');
                    after
                }
                Some((low, high, after)) => {
                    let written = part(before, after);
                    let (Some(low), Some(high)) = (low, high) else {
                        return Err(error("invalid repeat count", written));
                    };
                    if low > 1000 || high.is_some_and(|high| high > 1000 || low > high) {
                        return Err(error("invalid repeat count", written));
                    }
                    repeated = Some(before);
                    let (text, most) = match high {
                        None => (format!("{{{low},}}"), low),
                        Some(high) => (format!("{{{low},{high}}}"), high),
                    };
                    parser.repeat(text, most, before, after, last_repeat)?
                }
            },
            '\\' => parser.escape(rest)?,
            c => {
                parser.literal(c);
                after
            }
        };
        last_repeat = repeated;
    }
    if !parser.outer.is_empty() {
        return Err(error("missing closing )", whole));
    }
    parser.group.end_branch();
    Ok(Translated { pattern: parser.group.branches, names: parser.names })
}

/// The text from `from` up to where `to`, its tail, begins.
pub(super) fn part<'a>(from: &'a str, to: &str) -> &'a str {
    from.get(..from.len() - to.len()).unwrap_or(from)
}

/// `{2}`, `{2,}`, `{2,3}` at the start; numbers too large to hold are `None` within.
#[allow(clippy::type_complexity, clippy::option_option)]
fn counts(text: &str) -> Option<(Option<u64>, Option<Option<u64>>, &str)> {
    let number = |text: &'_ str| -> Option<(Option<u64>, usize)> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let written = text.get(..digits).filter(|d| !d.is_empty())?;
        if digits > 1 && written.starts_with('0') {
            return None;
        }
        Some((written.parse().ok().filter(|n| *n < 1_000_000_000), digits))
    };
    let text = text.strip_prefix('{')?;
    let (low, used) = number(text)?;
    let text = text.get(used..)?;
    if let Some(text) = text.strip_prefix('}') {
        return Some((low, low.map(Some), text));
    }
    let text = text.strip_prefix(',')?;
    if let Some(text) = text.strip_prefix('}') {
        return Some((low, Some(None), text));
    }
    let (high, used) = number(text)?;
    let text = text.get(used..)?.strip_prefix('}')?;
    Some((low, high.map(Some), text))
}

/// A character as the `regex` crate takes it anywhere; surrogates, which Go accepts, match nothing.
pub(super) fn write_char(code: u32) -> Option<String> {
    let c = char::from_u32(code)?;
    Some(if c.is_alphanumeric() && c.is_ascii() { c.to_string() } else { format!("\\x{{{code:X}}}") })
}

impl Parser<'_> {
    fn atom(&mut self, text: String) {
        self.group.atoms.push(Atom { text, repeats: 1, flags_only: false });
    }

    fn literal(&mut self, c: char) {
        self.literal_code(u32::from(c));
    }

    fn literal_code(&mut self, code: u32) {
        self.atom(write_char(code).unwrap_or_else(|| class::NOTHING.to_owned()));
    }

    fn open(&mut self, open: &'static str) -> Result<(), String> {
        if self.outer.len() >= MAX_DEPTH {
            return Err(error("expression nests too deeply", self.whole));
        }
        let group = std::mem::replace(&mut self.group, Group::new(open, self.flags));
        self.outer.push(group);
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(outer) = self.outer.pop() else {
            return Err(error("unexpected )", self.whole));
        };
        let mut group = std::mem::replace(&mut self.group, outer);
        group.end_branch();
        self.flags = group.flags;
        // A non-capturing group states its flags, since those may have changed since its parenthesis was read.
        let text = format!("{}{})", group.open, group.branches);
        self.group.atoms.push(Atom { text, repeats: group.repeats, flags_only: false });
        Ok(())
    }

    /// Repeats the last atom by `operator`; gives what follows the operator and its `?`.
    fn repeat<'t>(
        &mut self,
        mut operator: String,
        most: u64,
        before: &str,
        mut after: &'t str,
        last_repeat: Option<&str>,
    ) -> Result<&'t str, String> {
        if let Some(rest) = after.strip_prefix('?') {
            operator.push('?');
            after = rest;
        }
        if let Some(last) = last_repeat {
            return Err(error("invalid nested repetition operator", part(last, after)));
        }
        let Some(atom) = self.group.atoms.iter_mut().rev().find(|atom| !atom.flags_only) else {
            return Err(error("missing argument to repetition operator", part(before, after)));
        };
        atom.repeats = if most == 0 { 1 } else { atom.repeats.saturating_mul(most) };
        if atom.repeats > 1000 && most >= 2 {
            return Err(error("invalid repeat count", part(before, after)));
        }
        atom.text = format!("(?:{}){operator}", atom.text);
        Ok(after)
    }

    /// `(?…`: a named group, flags, or a group that does not capture.
    fn perl_group<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let named =
            |prefix: &str, least: usize| (text.len() > least).then(|| text.strip_prefix(prefix)).flatten();
        if let Some(tail) = named("(?P<", 4).or_else(|| named("(?<", 3)) {
            let Some((name, rest)) = tail.split_once('>') else {
                return Err(error("invalid named capture", text));
            };
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err(error("invalid named capture", part(text, rest)));
            }
            self.open("(")?;
            self.names.push(name.to_owned());
            return Ok(rest);
        }
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        let mut rest = text.get(2..).unwrap_or_default();
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                'i' => (flags.fold, seen) = (on, true),
                'm' => (flags.multi_line, seen) = (on, true),
                's' => (flags.dot_newline, seen) = (on, true),
                'U' => (flags.lazy, seen) = (on, true),
                '-' if on => (on, seen) = (false, false),
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.open("(?:")?;
                    }
                    self.flags = flags;
                    let text = format!("(?{})", flags.write());
                    self.group.atoms.push(Atom { text, repeats: 1, flags_only: true });
                    return Ok(rest);
                }
                _ => break,
            }
        }
        Err(error("invalid or unsupported Perl syntax", part(text, rest)))
    }

    fn escape<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let after = text.get(2..);
        match (text.as_bytes().get(1), after) {
            (Some(b'A'), Some(rest)) => {
                self.atom(r"\A".to_owned());
                Ok(rest)
            }
            (Some(b'z'), Some(rest)) => {
                self.atom(r"\z".to_owned());
                Ok(rest)
            }
            (Some(b @ (b'b' | b'B')), Some(rest)) => {
                self.atom(format!("(?-u:\\{})", char::from(*b)));
                Ok(rest)
            }
            (Some(b'C'), Some(_)) => Err(error("invalid escape sequence", text.get(..2).unwrap_or_default())),
            (Some(b'Q'), Some(rest)) => {
                let (literal, rest) = rest.split_once(r"\E").unwrap_or((rest, ""));
                for c in literal.chars() {
                    self.literal(c);
                }
                Ok(rest)
            }
            _ => {
                if let Some((class, rest)) = class::escape(text)? {
                    self.atom(class);
                    return Ok(rest);
                }
                let (code, rest) = class::character_escape(text)?;
                self.literal_code(code);
                Ok(rest)
            }
        }
    }
}
