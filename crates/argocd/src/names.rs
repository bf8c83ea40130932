//! Names as Argo CD and Kubernetes have them, and Go's way of printing JSON values.

use serde_json::Value;

/// `normalize` (`SanitizeName`): lower case, anything but `a-z0-9.-` becomes `-`, at most 253 bytes, no `-` or `.` at the ends.
pub fn sanitize(name: &str) -> String {
    let lower = name.to_lowercase();
    let replaced: String =
        lower.chars().map(|c| if matches!(c, '-' | '.' | 'a'..='z' | '0'..='9') { c } else { '-' }).collect();
    let cut = replaced.get(..253).unwrap_or(&replaced);
    cut.trim_matches(['-', '.']).to_owned()
}

/// Why a text is no DNS-1123 subdomain, in the API server's words; nothing if it is one.
pub fn dns1123_subdomain_problems(name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if name.len() > 253 {
        problems.push("must be no more than 253 characters".to_owned());
    }
    if !is_dns1123_subdomain(name) {
        problems.push(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end \
             with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .to_owned(),
        );
    }
    problems
}

/// Whether a text is a DNS-1123 subdomain, its length left aside.
pub fn is_dns1123_subdomain(name: &str) -> bool {
    name.split('.').all(|label| {
        let bytes = label.as_bytes();
        let alphanumeric = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        alphanumeric(bytes.first())
            && alphanumeric(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    })
}

/// Why a text is no qualified name (a label's or annotation's key), in Kubernetes' words; nothing if it is one.
pub fn qualified_name_problems(name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let parts: Vec<&str> = name.split('/').collect();
    let part = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".to_owned());
            } else {
                problems.extend(
                    dns1123_subdomain_problems(prefix).into_iter().map(|p| format!("prefix part {p}")),
                );
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                regex_words("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", &["MyName", "my.name", "123-abc"])
            )];
        }
    };
    if part.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if part.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_label_text(part) || part.is_empty() {
        let words =
            regex_words("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", &["MyName", "my.name", "123-abc"]);
        problems.push(format!("name part {words}"));
    }
    problems
}

fn regex_words(regex: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|e| format!("'{e}'")).collect();
    format!(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. {}, regex used for validation is '{regex}')",
        examples.join(",  or ")
    )
}

/// Why a text is no label value, in Kubernetes' words; nothing if it is one.
pub fn label_value_problems(value: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if value.len() > 63 {
        problems.push("must be no more than 63 bytes".to_owned());
    }
    if !is_label_text(value) {
        problems.push(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                .to_owned(),
        );
    }
    problems
}

fn is_label_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// `%v` of a value that `encoding/json` decoded: maps as `map[a:1 b:x]`, lists as `[1 x]`, numbers as `float64`.
pub fn go_value(value: &Value) -> String {
    printed(value, &|n| n.as_f64().map_or_else(|| n.to_string(), go_float))
}

/// `%v` of a value as Kubernetes' own client decodes it: whole numbers are `int64`.
pub fn client_value(value: &Value) -> String {
    printed(value, &|n| {
        if n.is_f64() { n.as_f64().map_or_else(String::new, go_float) } else { n.to_string() }
    })
}

fn printed(value: &Value, number: &dyn Fn(&serde_json::Number) -> String) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => number(n),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|v| printed(v, number)).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(k, v)| format!("{k}:{}", printed(v, number))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// `%v` of a `float64`: the shortest digits, with an exponent below 1e-4 and from 1e6 on.
pub fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sanitized() {
        assert_eq!(sanitize("My_Cluster.Prod-"), "my-cluster.prod");
        assert_eq!(sanitize("-éa-"), "a");
        assert_eq!(sanitize(&"a".repeat(300)).len(), 253);
    }

    #[test]
    fn floats_as_go_prints_them() {
        for (number, text) in [
            (1.0, "1"),
            (1e6, "1e+06"),
            (1.5, "1.5"),
            (1e20, "1e+20"),
            (1e21, "1e+21"),
            (1e-5, "1e-05"),
            (123_456_789_012.0, "1.23456789012e+11"),
        ] {
            assert_eq!(go_float(number), text);
        }
    }
}
