//! Who asks Amazon Bedrock, and the signatures by which it knows.

mod credentials;
mod profiles;
mod signature;

pub(crate) use credentials::Aws;

/// A text as one segment of a path: all but unreserved characters are escaped.
pub(crate) fn escaped(text: &str) -> String {
    escape(text, false)
}

/// Percent escapes as AWS wants them in signatures; `/` stays if `path`.
fn escape(text: &str, path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (path && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
