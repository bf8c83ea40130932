//! Argo CD objects without what must not be kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Keys of Argo CD's own Secrets that say what a thing is, not how one gets in.
const PLAIN: [&str; 7] = ["name", "server", "project", "namespaces", "url", "type", "enableOCI"];

/// What stands for a value that is not kept.
const WITHHELD: &str = "(not read)";

/// A Kubernetes object without credentials: of Secrets only the plain fields of Argo CD's own (name, server,
/// project, url, type) are kept, decoded, under `stringData`, other keys without their values; the annotation in
/// which kubectl repeats the whole object goes too. Other kinds come back as they are, save a plugin's literal token.
pub fn without_credentials(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    match object.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            let kept = secret_fields(&object);
            let map = object.as_object_mut();
            if let Some(map) = map {
                map.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata" | "type"));
                let fields = kept.into_iter().map(|(key, value)| (key, Value::String(value)));
                map.insert("stringData".into(), Value::Object(fields.collect::<Map<_, _>>()));
            }
        }
        Some("ConfigMap") => {
            let token = object.pointer_mut("/data/token");
            if let Some(token) =
                token.filter(|token| !token.as_str().is_some_and(|text| text.starts_with('$')))
            {
                *token = json!(WITHHELD);
            }
        }
        _ => {}
    }
    object
}

/// The fields of a Secret: decoded where they are plain, withheld elsewhere.
pub(super) fn secret_fields(secret: &Value) -> BTreeMap<String, String> {
    let kind = secret_type(secret);
    let mut fields = BTreeMap::new();
    let entries = |key: &str| secret.get(key).and_then(Value::as_object).into_iter().flatten();
    for (key, value) in entries("data") {
        let plain = kind.is_some() && PLAIN.contains(&key.as_str());
        let decoded = value.as_str().filter(|_| plain).and_then(base64).map(strip_credentials);
        fields.insert(key.clone(), decoded.unwrap_or_else(|| WITHHELD.to_owned()));
    }
    for (key, value) in entries("stringData") {
        let plain = kind.is_some() && PLAIN.contains(&key.as_str());
        let text = value.as_str().filter(|_| plain).map(|text| strip_credentials(text.to_owned()));
        fields.insert(key.clone(), text.unwrap_or_else(|| WITHHELD.to_owned()));
    }
    fields
}

/// What Argo CD takes a Secret for: `cluster`, `repository`, `repo-creds`, …
pub(super) fn secret_type(secret: &Value) -> Option<&str> {
    secret.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str)
}

/// An address without a password in it.
fn strip_credentials(text: String) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((user, host)) if user.contains(':') || scheme.starts_with("http") => {
            format!("{scheme}://{host}{}", &rest[end..])
        }
        _ => text,
    }
}

/// Standard base64, line breaks forgiven; nothing when it is none or no text.
fn base64(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xFF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_secrets_keep_what_they_are_and_lose_how_to_get_in() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": "c", "labels": {"argocd.argoproj.io/secret-type": "cluster"},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "bearerToken", "a": "b"},
            },
            "data": {"name": "c3RhZ2luZw==", "config": "c2VjcmV0"},
            "stringData": {"server": "https://u:p@host:6443/x", "config": "{\"bearerToken\": \"hunter2\"}"},
        });
        let kept = without_credentials(&secret);
        assert_eq!(
            kept["stringData"],
            json!({"name": "staging", "server": "https://host:6443/x", "config": WITHHELD})
        );
        let text = kept.to_string();
        assert!(!text.contains("hunter2") && !text.contains("bearerToken") && !text.contains("c2VjcmV0"));
        assert_eq!(kept["metadata"]["annotations"], json!({"a": "b"}));
    }

    #[test]
    fn other_secrets_keep_only_their_keys() {
        let secret =
            json!({"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"name": "x", "token": "y"}});
        assert_eq!(without_credentials(&secret)["stringData"], json!({"name": WITHHELD, "token": WITHHELD}));
        let plugin = json!({"kind": "ConfigMap", "data": {"token": "$plugin:token", "baseUrl": "http://x"}});
        assert_eq!(without_credentials(&plugin), plugin);
        let literal = json!({"kind": "ConfigMap", "data": {"token": "hunter2"}});
        assert_eq!(without_credentials(&literal)["data"]["token"], WITHHELD);
    }
}
