//! Numbers, amounts and names in running text.

/// A whole number, in digits or as a word.
pub(super) fn number(word: &str) -> Option<u64> {
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if let Some(at) = words.iter().position(|known| *known == word) {
        return Some(at as u64);
    }
    let digits = word.strip_suffix('x').unwrap_or(word);
    (digits.len() <= 4 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// A Kubernetes quantity with a unit of memory: `256Mi`, `1Gi`.
pub(super) fn memory(word: &str) -> Option<String> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (digits, unit) = word.split_at(end);
    let good = !digits.is_empty() && !digits.starts_with('.') && !digits.ends_with('.');
    let units =
        [("ki", "Ki"), ("mi", "Mi"), ("gi", "Gi"), ("ti", "Ti"), ("mib", "Mi"), ("gib", "Gi"), ("tib", "Ti")];
    let (_, unit) = units.into_iter().find(|(known, _)| unit.eq_ignore_ascii_case(known))?;
    good.then(|| format!("{digits}{unit}"))
}

/// An amount of memory in a unit that may mean thousands or 1024s (`512 MB`).
pub(super) fn ambiguous_memory(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let bare = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    bare.len() < lower.len() && ["mb", "gb", "m", "g"].contains(&bare)
}

/// An amount of CPU: `250m`, or a number beside the word.
pub(super) fn millicores(word: &str) -> Option<String> {
    let digits = word.strip_suffix('m')?;
    (!digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| word.to_owned())
}

/// Whether a word can be the name of a Kubernetes object.
pub(super) fn is_name(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !word.is_empty()
        && word.len() <= 253
        && word.chars().all(plain)
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a bare word reads like a name rather than a word of English: `ecr-prod`, `gp3`.
pub(super) fn is_telling_name(word: &str) -> bool {
    let compound = word.contains('-') && !COMPOUNDS.contains(&word);
    is_name(word) && (compound || word.chars().any(|c| c.is_ascii_digit()))
}

/// English words with a hyphen that are no names.
const COMPOUNDS: [&str; 44] = [
    "auto-sync",
    "auto-syncs",
    "auto-synced",
    "self-heal",
    "self-heals",
    "self-healing",
    "safe-delete",
    "high-availability",
    "high-performance",
    "multi-az",
    "multi-zone",
    "re-sync",
    "read-only",
    "in-cluster",
    "on-prem",
    "on-premises",
    "pre-prod",
    "non-prod",
    "non-production",
    "opt-in",
    "opt-out",
    "well-known",
    "long-lived",
    "short-lived",
    "built-in",
    "per-environment",
    "environment-specific",
    "up-to-date",
    "day-to-day",
    "side-effects",
    "pull-secret",
    "must-have",
    "real-world",
    "fine-grained",
    "third-party",
    "in-house",
    "self-hosted",
    "cost-effective",
    "low-cost",
    "highly-available",
    "two-person",
    "so-called",
    "auto-prune",
    "auto-scaled",
];

/// Whether a word can be the host of a registry: `ghcr.io`, `123456789012.dkr.ecr.us-east-1.amazonaws.com/team`.
pub(super) fn is_host(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, "1"));
    let labels: Vec<&str> = host.split('.').collect();
    let top = labels.last().copied().unwrap_or_default();
    labels.len() >= 2
        && port.bytes().all(|b| b.is_ascii_digit())
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && !["yaml", "yml", "md", "txt", "json", "sh", "go", "py", "io-"].contains(&top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_words_are() {
        assert_eq!(
            (number("3"), number("three"), number("3x"), number("v3")),
            (Some(3), Some(3), Some(3), None)
        );
        assert_eq!(
            (memory("256Mi").as_deref(), memory("1GiB").as_deref(), memory("512MB")),
            (Some("256Mi"), Some("1Gi"), None)
        );
        assert!(ambiguous_memory("512MB") && !ambiguous_memory("512Mi"));
        assert!(
            is_host("ghcr.io")
                && is_host("registry.acme.dev:5000/team")
                && !is_host("values.yaml")
                && !is_host("1.35")
        );
        assert!(
            is_telling_name("ecr-prod")
                && is_telling_name("gp3")
                && !is_telling_name("auto-sync")
                && !is_telling_name("secret")
        );
    }
}
