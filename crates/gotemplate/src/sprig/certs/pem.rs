//! PEM blocks.

use super::super::encode::{base64_decode, base64_encode};

/// Writes a block with lines of 64 characters.
pub(super) fn encode(kind: &str, body: &[u8]) -> String {
    let text = base64_encode(body);
    let mut out = format!("-----BEGIN {kind}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {kind}-----\n"));
    out
}

/// The first block of a text: its kind and body.
pub(super) fn decode(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else {
            continue;
        };
        let end = format!("-----END {kind}-----");
        let mut body = String::new();
        let mut ahead = lines.clone();
        let closed = loop {
            match ahead.next() {
                None => break false,
                Some(line) if line == end => break true,
                // Headers such as `Proc-Type: 4,ENCRYPTED` stand before the body.
                Some(line) if line.contains(':') => {}
                Some(line) => body.push_str(line),
            }
        };
        if closed && let Ok(body) = base64_decode(body.as_bytes()) {
            return Some((kind.to_owned(), body));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let body: Vec<u8> = (0..=255).collect();
        let text = encode("RSA PRIVATE KEY", &body);
        assert_eq!(decode(text.as_bytes()), Some(("RSA PRIVATE KEY".to_owned(), body)));
        assert_eq!(decode(b"-----BEGIN X-----\nAAAA\n"), None);
    }
}
