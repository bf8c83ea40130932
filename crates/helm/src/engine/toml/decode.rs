//! `fromToml`.

use std::collections::BTreeMap;

use seatrial_gotemplate::{Call, Elem, FuncError, List, Str, Value, gotime, quote, sprig};

/// The table that a text is, or one with the library's words under `Error`.
pub(crate) fn decode(call: &Call<'_>, text: &Str) -> Result<Value, FuncError> {
    call.charge(text.len().saturating_mul(8))?;
    let text = text.to_text();
    let mut reader = Reader { text: &text, at: 0, key: String::new(), max_depth: call.max_depth() };
    Ok(match reader.document() {
        Ok(table) => value(Node::Table(table)),
        Err(fault) => Value::map([(Str::from_static("Error"), Value::str(reader.words(&fault)))]),
    })
}

enum Node {
    Leaf(Value),
    Table(Table),
    Tables(Vec<Table>),
}

#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Node>,
    /// Whether it was named in brackets or is inline, so that it may not be again.
    defined: bool,
}

fn value(node: Node) -> Value {
    let map =
        |table: Table| Value::map(table.entries.into_iter().map(|(key, node)| (Str::from(key), value(node))));
    match node {
        Node::Leaf(value) => value,
        Node::Table(table) => map(table),
        Node::Tables(tables) => Value::List(List::typed(Elem::Map, tables.into_iter().map(map).collect())),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The key that was last read, until its value is complete.
    key: String,
    max_depth: u32,
}

type Read<T> = Result<T, String>;

impl Reader<'_> {
    fn words(&self, fault: &str) -> String {
        let read = self.text.get(..self.at.min(self.text.len())).unwrap_or(self.text);
        let line = 1 + read.bytes().filter(|byte| *byte == b'\n').count();
        let key = if self.key.is_empty() { String::new() } else { format!(" (last key {:?})", self.key) };
        format!("toml: line {line}{key}: {fault}")
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
    }

    /// Blanks, comments and line ends.
    fn space(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\n' | '\r') => self.at += 1,
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    fn document(&mut self) -> Read<Table> {
        let mut root = Table::default();
        let mut path: Vec<String> = Vec::new();
        loop {
            self.space();
            self.key.clear();
            match self.peek() {
                None => return Ok(root),
                Some('[') => path = self.header(&mut root)?,
                Some(_) => {
                    let keys = self.keys('=')?;
                    let table = reach(&mut root, &path).ok_or("internal table is missing")?;
                    self.entry(table, keys, 0)?;
                }
            }
            self.key.clear();
            self.blanks();
            if self.peek() == Some('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            }
            match self.peek() {
                None | Some('\n') => {}
                Some('\r') if self.rest().starts_with("\r\n") => {}
                Some(other) => {
                    return Err(format!(
                        "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                        shown(other)
                    ));
                }
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`: the way to the table.
    fn header(&mut self, root: &mut Table) -> Read<Vec<String>> {
        let list = self.eat("[[");
        if !list {
            self.next();
        }
        let keys = self.keys(']')?;
        if list && !self.eat("]") {
            return Err(format!(
                "expected end of table array name delimiter ']', but got {} instead",
                self.peek().map_or_else(|| "end of file".to_owned(), shown)
            ));
        }
        let defined = || format!("Key '{}' has already been defined.", keys.join("."));
        let Some((last, way)) = keys.split_last() else { return Err(defined()) };
        let outer = reach_or_make(root, way).ok_or_else(defined)?;
        match (outer.entries.get_mut(last), list) {
            (None, true) => {
                outer.entries.insert(last.clone(), Node::Tables(vec![Table::default()]));
            }
            (None, false) => {
                let table = Table { defined: true, ..Table::default() };
                outer.entries.insert(last.clone(), Node::Table(table));
            }
            (Some(Node::Tables(tables)), true) => tables.push(Table::default()),
            (Some(Node::Table(table)), false) if !table.defined => table.defined = true,
            _ => return Err(defined()),
        }
        Ok(keys)
    }

    /// Keys with dots between them, and the `=` or `]` behind them.
    fn keys(&mut self, end: char) -> Read<Vec<String>> {
        let mut keys = Vec::new();
        loop {
            self.blanks();
            let key = match self.peek() {
                Some('"') => {
                    self.next();
                    self.basic(false)?
                }
                Some('\'') => {
                    self.next();
                    self.literal(false)?
                }
                Some('=') => return Err("unexpected '=': key name appears blank".to_owned()),
                _ => {
                    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                    let length = self.rest().find(|c| !bare(c)).unwrap_or(self.rest().len());
                    let key = self.rest().get(..length).unwrap_or_default().to_owned();
                    self.at += length;
                    match self.peek() {
                        Some(other) if key.is_empty() => {
                            return Err(format!("bare keys cannot contain {}", shown(other)));
                        }
                        _ => key,
                    }
                }
            };
            keys.push(key);
            self.blanks();
            match self.next() {
                Some('.') => {}
                Some(found) if found == end => break,
                found if end == ']' => {
                    let found = found.map_or_else(|| "end of file".to_owned(), shown);
                    return Err(format!("expected '.' or ']' to end table name, but got {found} instead"));
                }
                None => return Err("unexpected EOF; expected key separator '='".to_owned()),
                Some(other) => return Err(format!("expected '.' or '=', but got {} instead", shown(other))),
            }
        }
        if end == '=' {
            self.key = keys.join(".");
        }
        Ok(keys)
    }

    fn entry(&mut self, table: &mut Table, keys: Vec<String>, depth: u32) -> Read<()> {
        self.blanks();
        let value = self.value(depth)?;
        let defined = || format!("Key '{}' has already been defined.", keys.join("."));
        let Some((last, way)) = keys.split_last() else { return Err(defined()) };
        let table = reach_or_make(table, way).ok_or_else(defined)?;
        if table.entries.contains_key(last) {
            return Err(defined());
        }
        table.entries.insert(last.clone(), value);
        Ok(())
    }

    fn value(&mut self, depth: u32) -> Read<Node> {
        if depth > self.max_depth {
            return Err("values nest too deeply".to_owned());
        }
        let Some(first) = self.peek() else { return Err("unexpected EOF; expected value".to_owned()) };
        Ok(Node::Leaf(match first {
            '"' => {
                let long = self.eat("\"\"\"") || !self.eat("\"");
                Value::str(self.basic(long)?)
            }
            '\'' => {
                let long = self.eat("'''") || !self.eat("'");
                Value::str(self.literal(long)?)
            }
            '[' => {
                self.next();
                return self.array(depth);
            }
            '{' => {
                self.next();
                return self.inline(depth);
            }
            _ => return self.plain().map(Node::Leaf),
        }))
    }

    fn array(&mut self, depth: u32) -> Read<Node> {
        let mut items = Vec::new();
        loop {
            self.space();
            if self.eat("]") {
                break;
            }
            items.push(self.value(depth + 1)?);
            self.space();
            match self.next() {
                Some(',') => {}
                Some(']') => break,
                found => {
                    let found = found.map_or_else(|| "end of file".to_owned(), shown);
                    return Err(format!("expected a comma (',') or array terminator (']'), but got {found}"));
                }
            }
        }
        Ok(Node::Leaf(Value::list(items.into_iter().map(value).collect())))
    }

    fn inline(&mut self, depth: u32) -> Read<Node> {
        let mut table = Table { defined: true, ..Table::default() };
        self.space();
        if self.eat("}") {
            return Ok(Node::Table(table));
        }
        loop {
            self.space();
            let keys = self.keys('=')?;
            self.entry(&mut table, keys, depth + 1)?;
            self.space();
            match self.next() {
                Some(',') => {}
                Some('}') => return Ok(Node::Table(table)),
                found => {
                    let found = found.map_or_else(|| "end of file".to_owned(), shown);
                    let words = "expected a comma or an inline table terminator '}', but got";
                    return Err(format!("{words} {found} instead"));
                }
            }
        }
    }

    /// The text of `"…"` behind its opening quotes.
    fn basic(&mut self, long: bool) -> Read<String> {
        let end = if long { "\"\"\"" } else { "\"" };
        if long && !self.eat("\n") {
            self.eat("\r\n");
        }
        let mut out = String::new();
        loop {
            if self.rest().starts_with(end) {
                self.at += end.len();
                // Quotes just before the end belong to the text.
                while long && self.peek() == Some('"') {
                    self.next();
                    out.push('"');
                }
                return Ok(out);
            }
            match self.next() {
                None => return Err(format!("unexpected EOF; expected '{end}'")),
                Some('\n') if !long => return Err("strings cannot contain newlines".to_owned()),
                Some('\\') => self.escape(&mut out, long)?,
                Some(other) => out.push(other),
            }
        }
    }

    fn escape(&mut self, out: &mut String, long: bool) -> Read<()> {
        let plain = match self.peek() {
            Some('b') => Some('\u{8}'),
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('f') => Some('\u{c}'),
            Some('r') => Some('\r'),
            Some('e') => Some('\u{1b}'),
            Some(same @ ('"' | '\\')) => Some(same),
            _ => None,
        };
        let letter = self.next();
        if let Some(plain) = plain {
            out.push(plain);
            return Ok(());
        }
        let digits = match letter {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(' ' | '\t' | '\n' | '\r') if long => {
                while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
                    self.next();
                }
                return Ok(());
            }
            other => {
                return Err(format!(
                    "invalid escape in string '\\{}'",
                    other.map(String::from).unwrap_or_default()
                ));
            }
        };
        let hex = self.rest().get(..digits).unwrap_or_default().to_owned();
        let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
        self.at += hex.len();
        out.push(code.ok_or_else(|| {
            format!("expected {digits} hexadecimal digits after '\\', but got {hex:?} instead")
        })?);
        Ok(())
    }

    /// The text of `'…'` behind its opening quotes.
    fn literal(&mut self, long: bool) -> Read<String> {
        let end = if long { "'''" } else { "'" };
        if long && !self.eat("\n") {
            self.eat("\r\n");
        }
        let Some(length) = self.rest().find(end) else {
            self.at = self.text.len();
            return Err(format!("unexpected EOF; expected \"{end}\""));
        };
        let text = self.rest().get(..length).unwrap_or_default().to_owned();
        if !long && text.contains('\n') {
            return Err("strings cannot contain newlines".to_owned());
        }
        self.at += length + end.len();
        Ok(text)
    }

    /// A boolean, a number or a date.
    fn plain(&mut self) -> Read<Value> {
        let stops = |c: char| matches!(c, ',' | ']' | '}' | '#' | '\n' | '\r' | '\t' | ' ' | '=');
        let mut length = self.rest().find(stops).unwrap_or(self.rest().len());
        // A blank may stand between a date and a time.
        let bytes = self.rest().as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        if length == 10
            && bytes.get(4) == Some(&b'-')
            && bytes.get(10) == Some(&b' ')
            && digit(11)
            && digit(12)
        {
            let tail = self.rest().get(11..).unwrap_or_default();
            length = 11 + tail.find(stops).unwrap_or(tail.len());
        }
        let text = self.rest().get(..length).unwrap_or_default().to_owned();
        let bare = text.strip_prefix(['+', '-']).unwrap_or(&text);
        let negative = text.starts_with('-');
        let value = match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ if bare == "inf" => Value::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }),
            _ if bare == "nan" => Value::Float(f64::NAN),
            _ if !bare.starts_with(|c: char| c.is_ascii_digit()) => {
                if text.is_empty() {
                    let found = self.peek().map_or_else(|| "EOF".to_owned(), shown);
                    return Err(format!("expected value but found {found} instead"));
                }
                return Err(format!("expected value but found {} instead", quote(text.as_bytes())));
            }
            _ if bare.as_bytes().get(2) == Some(&b':') || bare.as_bytes().get(4) == Some(&b'-') => {
                date(&text)?
            }
            _ => number(&text, bare)?,
        };
        self.at += length;
        Ok(value)
    }
}

/// A character as Go quotes it.
fn shown(char: char) -> String {
    let text = quote(char.encode_utf8(&mut [0; 4]).as_bytes());
    format!("'{}'", text.trim_matches('"'))
}

fn number(text: &str, bare: &str) -> Read<Value> {
    let plain = text.replace('_', "");
    let digits = bare.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            let parsed = i64::from_str_radix(digits, radix);
            return parsed.map(Value::int64).map_err(|_| format!("Invalid integer {text:?}"));
        }
    }
    if digits.contains(['.', 'e', 'E']) {
        return match sprig::parse_float(plain.as_bytes()) {
            Some(float) => Ok(Value::Float(float)),
            None => Err(format!("Invalid float value: {text:?}")),
        };
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(format!("Invalid integer {text:?}: cannot have leading zeroes"));
    }
    plain.parse().map(Value::int64).map_err(|_| format!("Invalid integer {text:?}"))
}

fn date(text: &str) -> Read<Value> {
    let canonical = text.replace([' ', 't'], "T").replace('z', "Z");
    let layouts = [
        "2006-01-02T15:04:05.999999999Z07:00",
        "2006-01-02T15:04:05.999999999",
        "2006-01-02",
        "15:04:05.999999999",
    ];
    let parsed =
        layouts.iter().find_map(|layout| gotime::parse(layout.as_bytes(), canonical.as_bytes()).ok());
    parsed.map(sprig::time_value).ok_or_else(|| format!("Invalid TOML Datetime: {text:?}."))
}

/// The table that a header leads to; of a list of tables, the last.
fn reach<'t>(root: &'t mut Table, path: &[String]) -> Option<&'t mut Table> {
    path.iter().try_fold(root, |table, key| match table.entries.get_mut(key)? {
        Node::Table(table) => Some(table),
        Node::Tables(tables) => tables.last_mut(),
        Node::Leaf(_) => None,
    })
}

/// The same, with tables made on the way.
fn reach_or_make<'t>(root: &'t mut Table, path: &[String]) -> Option<&'t mut Table> {
    path.iter().try_fold(root, |table, key| {
        match table.entries.entry(key.clone()).or_insert_with(|| Node::Table(Table::default())) {
            Node::Table(table) => Some(table),
            Node::Tables(tables) => tables.last_mut(),
            Node::Leaf(_) => None,
        }
    })
}
