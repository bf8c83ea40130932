//! URLs, fragments and JSON pointers of schemas.

/// A URL and what follows its `#`, decoded.
pub(super) fn split(reference: &str) -> (&str, String) {
    let (url, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (url, unescape(fragment))
}

/// Resolves a reference without fragment against a base.
pub(super) fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    let Some(scheme) = scheme(base) else { return reference.to_owned() };
    let rest = base.get(scheme.len() + 1..).unwrap_or_default();
    if !rest.starts_with('/') {
        // An opaque base such as a URN stays.
        return base.to_owned();
    }
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (format!("//{authority}"), path)
        }
        None => (String::new(), rest),
    };
    let path = path.split('?').next().unwrap_or_default();
    let (reference, query) = match reference.split_once('?') {
        Some((reference, query)) => (reference, format!("?{query}")),
        None => (reference, String::new()),
    };
    let joined = if reference.is_empty() {
        path.to_owned()
    } else if reference.starts_with('/') {
        clean(reference)
    } else {
        let folder = path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or("/");
        clean(&format!("{folder}{reference}"))
    };
    format!("{scheme}:{authority}{joined}{query}")
}

/// The scheme of an absolute URL.
pub(super) fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let mut letters = scheme.chars();
    let starts = letters.next()?.is_ascii_alphabetic();
    (starts && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).then_some(scheme)
}

/// Takes `.` and `..` out of a path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut open = false;
    for part in path.split('/').skip(1) {
        open = matches!(part, "." | "..");
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}{}", parts.join("/"), if open && !parts.is_empty() { "/" } else { "" })
}

/// A token of a JSON pointer.
pub(super) fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

/// Percent-decoding; what is no code stays.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A pointer as the fragment of a URL: Go's `PathEscape` of each token.
pub(super) fn escape(pointer: &str) -> String {
    let mut out = String::new();
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+=:@/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved() {
        let base = "file:///values.schema.json";
        for (base, reference, want) in [
            (base, "other.json", "file:///other.json"),
            (base, "../a/./b.json", "file:///a/b.json"),
            (base, "", base),
            ("http://example.com/a/b", "c", "http://example.com/a/c"),
            ("http://example.com/a/b", "/c", "http://example.com/c"),
            ("http://example.com/a/b", "//x/c", "http://x/c"),
            ("http://example.com", "c", "http://example.com/c"),
            (base, "https://x/y", "https://x/y"),
            ("urn:a:b", "c", "urn:a:b"),
        ] {
            assert_eq!(join(base, reference), want);
        }
    }
}
