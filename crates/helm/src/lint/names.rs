//! Names of Kubernetes objects, as Helm's linter asks of them.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// What is wrong with the name of an object of a kind, in the words of Helm and Kubernetes.
pub(super) fn fault(kind: &str, name: &str) -> Option<String> {
    let problems = match kind.to_lowercase().as_str() {
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => segment(name),
        "service" => shaped(name, 63, is_label_1035(name), LABEL_1035),
        "namespace" => shaped(name, 63, is_label(name), LABEL),
        _ => shaped(name, 253, !name.is_empty() && name.split('.').all(is_label), SUBDOMAIN),
    };
    if problems.is_empty() {
        return None;
    }
    let shown = seatrial_gotemplate::quote(name.as_bytes());
    let each: Vec<String> =
        problems.iter().map(|problem| format!("metadata.name: Invalid value: {shown}: {problem}")).collect();
    let all = match each.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Some(format!("object name does not conform to Kubernetes naming requirements: {shown}: {all}"))
}

fn shaped(name: &str, most: usize, holds: bool, words: &str) -> Vec<String> {
    let long = (name.len() > most).then(|| format!("must be no more than {most} bytes"));
    long.into_iter().chain((!holds).then(|| words.to_owned())).collect()
}

fn is_label(text: &str) -> bool {
    let end = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    let bytes = text.as_bytes();
    end(bytes.first()) && end(bytes.last()) && bytes.iter().all(inner)
}

fn is_label_1035(text: &str) -> bool {
    is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    ['/', '%'].iter().filter(|c| name.contains(**c)).map(|c| format!("may not contain '{c}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_kind() {
        assert_eq!(fault("Deployment", "a.b-1"), None);
        assert!(fault("Deployment", "A").is_some_and(|f| f.contains("RFC 1123 subdomain")));
        assert!(fault("Service", "1a").is_some_and(|f| f.contains("DNS-1035")));
        assert_eq!(fault("ClusterRole", "System:x"), None);
        assert!(fault("Role", "a/b").is_some_and(|f| f.ends_with("may not contain '/'")));
        assert!(fault("Secret", "").is_some());
    }
}
