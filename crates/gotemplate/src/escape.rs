//! The escapers behind `html`, `js` and `urlquery`.

use crate::unicode::is_print;

/// `template.HTMLEscapeString`.
pub(crate) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(*byte),
        }
    }
    out
}

/// `template.JSEscapeString`.
pub(crate) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\'' => out.extend_from_slice(b"\\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' | '>' | '&' | '=' | '\0'..'\x20' => {
                    out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes());
                }
                _ if c.is_ascii() || is_print(c) => {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes())
                }
                _ => out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes()),
            }
        }
        // Go takes an invalid byte for the printable U+FFFD and copies it.
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// `url.QueryEscape`.
pub(crate) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            _ if byte.is_ascii_alphanumeric() => out.push(*byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(html(b"<a href='x'>&\0"), "&lt;a href=&#39;x&#39;&gt;&amp;\u{fffd}".as_bytes());
        assert_eq!(js("it's <\u{1}é\u{200b}".as_bytes()), "it\\'s \\u003C\\u0001é\\u200B".as_bytes());
        assert_eq!(url_query("a b/é".as_bytes()), b"a+b%2F%C3%A9");
    }
}
