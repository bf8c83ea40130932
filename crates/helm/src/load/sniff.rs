//! What kind of file was given in place of an archive, as Go's `http.DetectContentType` would say.

/// The first bytes of kinds of files.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xFE\xFF", "text/plain; charset=utf-16be"),
    (b"\xFF\xFE", "text/plain; charset=utf-16le"),
    (b"\xEF\xBB\xBF", "text/plain; charset=utf-8"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\r\n\x1A\n", "image/png"),
    (b"\xFF\xD8\xFF", "image/jpeg"),
    (b"\x1F\x8B\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1A\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1A\x07\x01\x00", "application/x-rar-compressed"),
    (b"\0asm", "application/wasm"),
];

/// Tags that make a text HTML.
const HTML: &[&str] = &[
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

/// The kind of a file by its first 512 bytes.
pub(super) fn content_type(bytes: &[u8]) -> &'static str {
    let bytes = bytes.get(..512).unwrap_or(bytes);
    let start = bytes.iter().position(|byte| !matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' '));
    let trimmed = start.and_then(|start| bytes.get(start..)).unwrap_or_default();
    for tag in HTML {
        if let Some((head, rest)) = trimmed.split_at_checked(tag.len())
            && head.eq_ignore_ascii_case(tag.as_bytes())
            && matches!(rest.first(), Some(b' ' | b'>'))
        {
            return "text/html; charset=utf-8";
        }
    }
    if trimmed.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    if let Some((_, kind)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return kind;
    }
    // Helm sniffs a buffer of 512 bytes: what a short file leaves of it are zeros.
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F);
    if bytes.len() < 512 || trimmed.iter().any(binary) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}
