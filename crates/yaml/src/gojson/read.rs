//! `json.Unmarshal` into an empty interface, with its error texts.

use std::fmt;

use serde_json::{Map, Number, Value};

/// Values nested deeper than this are refused. (Go's own limit is 10,000; dropping such a value would overflow a small stack.)
pub const MAX_DEPTH: usize = 1000;

/// What `encoding/json` answers for a text that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoJsonError {
    /// Go's message.
    pub message: String,
    /// The byte at which it was noticed.
    pub offset: usize,
}

impl fmt::Display for GoJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GoJsonError {}

/// Reads JSON as `json.Unmarshal` does, but keeps integers that fit 64 bits as integers.
pub fn from_str(text: &str) -> Result<Value, GoJsonError> {
    Reader { bytes: text.as_bytes(), text, at: 0, floats: false, stream: false }.read()
}

/// Reads JSON as `json.Unmarshal` into `any` does: every number is a float64.
pub fn from_str_as_float(text: &str) -> Result<Value, GoJsonError> {
    Reader { bytes: text.as_bytes(), text, at: 0, floats: true, stream: false }.read()
}

/// Reads one value of a stream of JSON values, as `json.Decoder` does. Answers it and where it ends.
pub fn next_in_stream(text: &str, from: usize) -> Result<(Value, usize), GoJsonError> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: from, floats: false, stream: true };
    let value = reader.read()?;
    Ok((value, reader.at))
}

struct Reader<'s> {
    bytes: &'s [u8],
    text: &'s str,
    at: usize,
    floats: bool,
    /// What follows the value is not looked at.
    stream: bool,
}

enum Open {
    Array(Vec<Value>),
    Object(Map<String, Value>, String),
}

impl Reader<'_> {
    fn read(&mut self) -> Result<Value, GoJsonError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            // A value is expected here.
            self.white();
            let mut value = match self.bytes.get(self.at) {
                Some(b'{') => {
                    self.deeper(open.len())?;
                    self.at += 1;
                    self.white();
                    if self.bytes.get(self.at) == Some(&b'}') {
                        self.at += 1;
                        Value::Object(Map::new())
                    } else {
                        let key = self.key()?;
                        open.push(Open::Object(Map::new(), key));
                        continue;
                    }
                }
                Some(b'[') => {
                    self.deeper(open.len())?;
                    self.at += 1;
                    self.white();
                    if self.bytes.get(self.at) == Some(&b']') {
                        self.at += 1;
                        Value::Array(Vec::new())
                    } else {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                }
                Some(b'"') => Value::String(self.string()?),
                Some(b't') => self.literal("true", Value::Bool(true))?,
                Some(b'f') => self.literal("false", Value::Bool(false))?,
                Some(b'n') => self.literal("null", Value::Null)?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => return Err(self.fail("looking for beginning of value")),
            };
            // A value is complete: what holds it?
            loop {
                if self.stream && open.is_empty() {
                    return Ok(value);
                }
                self.white();
                match open.pop() {
                    None => {
                        return match self.bytes.get(self.at) {
                            None => Ok(value),
                            Some(_) => Err(self.fail("after top-level value")),
                        };
                    }
                    Some(Open::Array(mut items)) => {
                        items.push(value);
                        match self.bytes.get(self.at) {
                            Some(b',') => {
                                self.at += 1;
                                open.push(Open::Array(items));
                                break;
                            }
                            Some(b']') => {
                                self.at += 1;
                                value = Value::Array(items);
                            }
                            _ => return Err(self.fail("after array element")),
                        }
                    }
                    Some(Open::Object(mut entries, key)) => {
                        entries.insert(key, value);
                        match self.bytes.get(self.at) {
                            Some(b',') => {
                                self.at += 1;
                                self.white();
                                let key = self.key()?;
                                open.push(Open::Object(entries, key));
                                break;
                            }
                            Some(b'}') => {
                                self.at += 1;
                                value = Value::Object(entries);
                            }
                            _ => return Err(self.fail("after object key:value pair")),
                        }
                    }
                }
            }
        }
    }

    fn deeper(&self, depth: usize) -> Result<(), GoJsonError> {
        if depth >= MAX_DEPTH {
            return Err(GoJsonError { message: "exceeded max depth".to_owned(), offset: self.at });
        }
        Ok(())
    }

    fn white(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn fail(&self, context: &str) -> GoJsonError {
        let message = match self.bytes.get(self.at) {
            None => "unexpected end of JSON input".to_owned(),
            Some(_) => {
                let char =
                    self.text.get(self.at..).and_then(|rest| rest.chars().next()).unwrap_or('\u{FFFD}');
                format!("invalid character {} {context}", quote_char(char))
            }
        };
        GoJsonError { message, offset: self.at }
    }

    /// The escape that began `back` bytes ago is none.
    fn bad_escape(&self, back: usize) -> GoJsonError {
        if self.at >= self.bytes.len() {
            return self.fail("");
        }
        let from =
            self.bytes.get(..self.at).and_then(|before| before.iter().rposition(|byte| *byte == b'\\'));
        let from = from.unwrap_or(self.at - back.min(self.at));
        let next = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let sequence = self.text.get(from..self.at + next).unwrap_or_default();
        GoJsonError { message: format!("invalid escape sequence `{sequence}` in string"), offset: self.at }
    }

    fn key(&mut self) -> Result<String, GoJsonError> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.fail("looking for beginning of object key string"));
        }
        let key = self.string()?;
        self.white();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.fail("after object key"));
        }
        self.at += 1;
        Ok(key)
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, GoJsonError> {
        for expected in word.bytes() {
            if self.bytes.get(self.at) != Some(&expected) {
                return Err(self.fail(&format!("in literal {word} (expecting '{}')", expected as char)));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> bool {
        let from = self.at;
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > from
    }

    fn number(&mut self) -> Result<Value, GoJsonError> {
        let from = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else if !self.digits() {
            return Err(self.fail("in numeric literal"));
        }
        let mut whole = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            whole = false;
            if !self.digits() {
                return Err(self.fail("in numeric literal"));
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            whole = false;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.fail("in numeric literal"));
            }
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        if whole && !self.floats && text != "-0" {
            if let Ok(integer) = text.parse::<i64>() {
                return Ok(Value::from(integer));
            }
            if let Ok(integer) = text.parse::<u64>() {
                return Ok(Value::from(integer));
            }
        }
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        number.map(Value::Number).ok_or_else(|| GoJsonError {
            message: format!("json: cannot unmarshal number {text} into Go value of type float64"),
            offset: from,
        })
    }

    fn string(&mut self) -> Result<String, GoJsonError> {
        self.at += 1;
        let mut out = String::new();
        let mut from = self.at;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                    self.at += 1;
                    let char = self.escape()?;
                    out.push(char);
                    from = self.at;
                }
                None | Some(0..0x20) => return Err(self.fail("in string")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, GoJsonError> {
        let char = match self.bytes.get(self.at) {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(char @ (b'"' | b'\\' | b'/')) => *char as char,
            Some(b'u') => {
                self.at += 1;
                let high = self.hex()?;
                if let Some(char) = char::from_u32(high) {
                    return Ok(char);
                }
                // A surrogate: only a pair makes a character.
                if high < 0xDC00 && self.bytes.get(self.at..self.at + 2) == Some(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xDC00..0xE000).contains(&low) {
                        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or('\u{FFFD}'));
                    }
                    self.at = back;
                }
                return Ok('\u{FFFD}');
            }
            _ => return Err(self.bad_escape(1)),
        };
        self.at += 1;
        Ok(char)
    }

    fn hex(&mut self) -> Result<u32, GoJsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.bytes.get(self.at).and_then(|byte| (*byte as char).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.bad_escape(2));
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

/// A character in single quotes, as Go's error texts show it.
fn quote_char(char: char) -> String {
    match char {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        '\\' => "'\\\\'".to_owned(),
        '\u{7}' => "'\\a'".to_owned(),
        '\u{8}' => "'\\b'".to_owned(),
        '\u{C}' => "'\\f'".to_owned(),
        '\n' => "'\\n'".to_owned(),
        '\r' => "'\\r'".to_owned(),
        '\t' => "'\\t'".to_owned(),
        '\u{B}' => "'\\v'".to_owned(),
        '\0'..' ' | '\u{7F}' => format!("'\\x{:02x}'", char as u32),
        '\u{80}'..='\u{A0}' | '\u{AD}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{200B}' => {
            format!("'\\u{:04x}'", char as u32)
        }
        _ => format!("'{char}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        from_str(text).unwrap_err().message
    }

    #[test]
    fn says_what_go_says() {
        assert_eq!(error(""), "unexpected end of JSON input");
        assert_eq!(error("{\"a\":1"), "unexpected end of JSON input");
        assert_eq!(error("x"), "invalid character 'x' looking for beginning of value");
        assert_eq!(error("{a:1}"), "invalid character 'a' looking for beginning of object key string");
        assert_eq!(error("{\"a\" 1}"), "invalid character '1' after object key");
        assert_eq!(error("{\"a\":1 2}"), "invalid character '2' after object key:value pair");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("[1]]"), "invalid character ']' after top-level value");
        assert_eq!(error("tru3"), "invalid character '3' in literal true (expecting 'e')");
        assert_eq!(error("\"\\q\""), "invalid escape sequence `\\q` in string");
        assert_eq!(error("\"\n\""), "invalid character '\\n' in string");
        assert_eq!(error("1.x"), "invalid character 'x' in numeric literal");
        assert_eq!(error("é"), "invalid character 'é' looking for beginning of value");
        assert_eq!(error("1e999"), "json: cannot unmarshal number 1e999 into Go value of type float64");
        assert_eq!(error(&"[".repeat(5000)), "exceeded max depth");
    }

    #[test]
    fn reads_values() {
        let value = from_str(
            r#" {"a":[1,-0,1.5,"\u00e9\ud83d\ude00\ud800x",18446744073709551615,null],"a":{"b":false}} "#,
        )
        .unwrap();
        assert_eq!(value, serde_json::json!({"a": {"b": false}}));
        let value = from_str(r#"["\u00e9\ud83d\ude00\ud800x",18446744073709551615]"#).unwrap();
        assert_eq!(value, serde_json::json!(["é😀\u{FFFD}x", 18446744073709551615u64]));
        assert_eq!(from_str_as_float("[1]").unwrap(), serde_json::json!([1.0]));
    }
}
