//! Signature Version 4, as far as JSON APIs need it: one chunk, no presigned addresses, no normalised paths.

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::escape;

/// What a signature is made of.
pub(super) struct Signing<'a> {
    pub(super) key_id: &'a str,
    pub(super) secret: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) method: &'a str,
    /// The path as it is sent.
    pub(super) path: &'a str,
    /// The time as `20150830T123600Z`; also in the header `x-amz-date`.
    pub(super) time: &'a str,
    /// All headers that are signed, `host` and `x-amz-date` among them, by lowercase names.
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
}

impl Signing<'_> {
    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self) -> String {
        let mut headers: Vec<(&str, String)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), plain(value))).collect();
        headers.sort();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut lines = String::new();
        for (name, value) in &headers {
            lines.push_str(&format!("{name}:{value}\n"));
        }
        let path = if self.path.is_empty() { "/" } else { self.path };
        // Every service but S3 escapes the path once more than it is sent.
        let request = format!(
            "{}\n{}\n\n{lines}\n{names}\n{}",
            self.method,
            escape(path, true),
            hex(&Sha256::digest(self.body))
        );
        let day = self.time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text =
            format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.time, hex(&Sha256::digest(request.as_bytes())));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day, self.region, self.service, "aws4_request"] {
            key = keyed(&key, part);
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            hex(&keyed(&key, &text))
        )
    }
}

/// A header's value without white space around it, and a single space for any within.
fn plain(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // A key may have any length, so this cannot fail; an empty result would only make a signature that is refused.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mut mac| {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        })
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(method: &str, path: &str, more: &[(&str, &str)], body: &str) -> String {
        let mut headers = vec![("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        headers.extend(more);
        let headers: Vec<_> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signing = Signing {
            key_id: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "service",
            method,
            path,
            time: "20150830T123600Z",
            headers: &headers,
            body: body.as_bytes(),
        };
        signing.authorization().rsplit_once('=').unwrap().1.to_owned()
    }

    /// Method, path, more headers, body, signature.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

    /// The suite of test vectors that AWS publishes for this algorithm.
    #[test]
    fn published_vectors() {
        let cases: [Case<'_>; 7] = [
            ("GET", "/", &[], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("POST", "/", &[], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                "GET",
                "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                &[],
                "",
                "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            ),
            ("GET", "/\u{1234}", &[], "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
            (
                "GET",
                "/",
                &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
                "",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
            (
                "POST",
                "/",
                &[("content-type", "application/x-www-form-urlencoded")],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "POST",
                "/",
                &[("my-header1", "VALUE1")],
                "",
                "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            ),
        ];
        for (method, path, headers, body, expected) in cases {
            assert_eq!(signature(method, path, headers, body), expected, "{method} {path} {headers:?}");
        }
    }
}
