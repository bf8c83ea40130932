//! What secrets look like, wherever they stand.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A pattern: what it finds, and the group of it that is the secret (0 is all of it).
struct Pattern {
    kind: &'static str,
    regex: Regex,
    group: usize,
}

/// The patterns in the order they are tried; where two meet, the first counts.
///
/// The forms of tokens are those that their issuers document.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let table: [(&str, &str, usize); 24] = [
        (
            "private-key",
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
            0,
        ),
        // Cut short: what follows as long as it looks like Base64.
        (
            "private-key",
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[\s#>|\\n\\r]*[A-Za-z0-9+/=]{16,})*",
            0,
        ),
        ("private-key", r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\r\n\t ]{40,}", 0),
        ("age-key", r"AGE-SECRET-KEY-1[0-9A-Z]{20,}", 0),
        ("jwt", r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}", 0),
        ("url-credentials", r#"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:"'<>]*:([^\s/@"'<>]+)@"#, 1),
        ("url-credentials", r#"[A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s/@:"'<>]{8,})@"#, 1),
        (
            "url-token",
            r#"(?i)[?&](?:access_token|token|sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature|key|api_key|apikey|password|secret|code)=([^&\s"'<>#]{4,})"#,
            1,
        ),
        ("cloud-key", r"\b(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}\b", 0),
        ("cloud-key", r"\bAIza[A-Za-z0-9_-]{30,}", 0),
        ("cloud-key", r"\bya29\.[A-Za-z0-9_.-]{20,}", 0),
        ("cloud-key", r"(?i)(?:AccountKey|SharedAccessKey|SharedAccessSignature)=([A-Za-z0-9+/=%]{16,})", 1),
        (
            "token",
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_.-]{15,}|gl(?:dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_.-]{15,})",
            0,
        ),
        ("token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}", 0),
        ("token", r"\b(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}", 0),
        ("token", r"\bsk-[A-Za-z0-9_-]{16,}", 0),
        ("token", r"\b(?:hvs|hvb|hvr)\.[A-Za-z0-9_-]{16,}|\bs\.[A-Za-z0-9]{24}\b", 0),
        (
            "token",
            r"\b(?:npm_|pypi-|hf_|dop_v1_|doo_v1_|dapi|shpat_|SG\.|NRAK-|glc_|figd_|lin_api_|PMAK-|sntrys_|tskey-|dckr_pat_)[A-Za-z0-9_.-]{16,}",
            0,
        ),
        ("token", r"https://hooks\.slack\.com/services/([A-Za-z0-9/_-]{10,})", 1),
        ("token", r"https://(?:discord|discordapp)\.com/api/webhooks/([A-Za-z0-9/_-]{10,})", 1),
        ("token", r"\b[0-9]{8,10}:[A-Za-z0-9_-]{35}\b", 0),
        (
            "authorization",
            r#"(?i)authorization\\?["']?[ \t]*[:=][ \t]*\\?["']?(?:Bearer|Basic|Token|ApiKey)[ \t]+([^\s"'\\]{4,})"#,
            1,
        ),
        (
            "authorization",
            r"\b(?i:Bearer|Basic|Token|ApiKey)[ \t]+([A-Za-z0-9+/_.~=-]*[A-Z0-9=][A-Za-z0-9+/_.~=-]{7,})",
            1,
        ),
        ("hash", r"\$(?:2[aby]|5|6|y|apr1|argon2(?:id|i|d))\$[./A-Za-z0-9$=,]{8,}", 0),
    ];
    compiled(&table)
});

/// `key: value` and `key=value` wherever they stand: in scripts, in text inside of text, in prose.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)([A-Za-z0-9_.-]{2,80})\\?["']?[ \t]*(?::=|=>|[:=])[ \t]*(\\?"(?:[^"\\\n]|\\.)*\\?"|'[^'\n]*'|[^\s"',;}\]\[{][^\s,;}\]]*)"#,
    )
    .ok()
});

/// A flag that takes a secret: `--password x`, `--set auth.token=x` is an assignment.
static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[\s"'\[,(])(--?[A-Za-z][A-Za-z0-9-]{1,60})["']?[ \t,]+(["']?[^\s"',;\])-][^\s"',;\])]*)"#,
    )
    .ok()
});

/// A name beside its value where they stand in one line, as in a diff: `{name: auth.password, value: x}`, `"name":"TOKEN","value":"x"`.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:name|key)\\?["']?[ \t]*:[ \t]*\\?["']?([A-Za-z0-9_.-]{2,80})\\?["']?[ \t]*,[ \t]*\\?["']?value\\?["']?[ \t]*:[ \t]*(\\?"(?:[^"\\\n]|\\.)*\\?"|'[^'\n]*'|[^\s,;}\]]+)"#,
    )
    .ok()
});

/// What is said of a secret in plain words: `the password is x`.
static PROSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:password|passwd|passphrase|secret|token|api[ -]?key|credentials?|access[ -]key|pin)\b[^\n.:=]{0,40}?\b(?:is|are|was|be|to|called)\b[ \t:]*["'`“]?([^\s"'`”,;]{4,})"#,
    )
    .ok()
});

/// Long runs that could be random.
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=-]{20,}").ok());

fn compiled(table: &[(&'static str, &str, usize)]) -> Vec<Pattern> {
    let compile = |&(kind, text, group): &(&'static str, &str, usize)| {
        Some(Pattern { kind, regex: Regex::new(text).ok()?, group })
    };
    table.iter().filter_map(compile).collect()
}

/// A secret found in a text: where, and of which kind.
pub(super) type Found = (Range<usize>, &'static str);

/// Every secret that a text shows by its look.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for pattern in PATTERNS.iter() {
        for captures in pattern.regex.captures_iter(text) {
            if let Some(found) = captures.get(pattern.group) {
                out.push((found.range(), pattern.kind));
            }
        }
    }
    for regex in ASSIGNMENT.iter().chain(NAMED.iter()) {
        for captures in regex.captures_iter(text) {
            let (Some(key), Some(value)) = (captures.get(1), captures.get(2)) else { continue };
            if super::keys::holds_secret(key.as_str()) && is_worth(value.as_str()) {
                out.push((unquoted(text, value.range()), "value"));
            }
        }
    }
    for regex in FLAG.iter() {
        for captures in regex.captures_iter(text) {
            let (Some(key), Some(value)) = (captures.get(1), captures.get(2)) else { continue };
            if super::keys::holds_secret(key.as_str().trim_start_matches('-')) && is_worth(value.as_str()) {
                out.push((unquoted(text, value.range()), "value"));
            }
        }
    }
    for regex in PROSE.iter() {
        for value in regex.captures_iter(text).filter_map(|captures| captures.get(1)) {
            if is_secret_word(value.as_str()) {
                let shown = value.as_str().trim_end_matches(['.', ')', '!', '?']);
                out.push((value.start()..value.start() + shown.len(), "value"));
            }
        }
    }
    for regex in RUN.iter() {
        out.extend(
            regex
                .find_iter(text)
                .filter(|found| is_random(text, found.range()))
                .map(|f| (f.range(), "random")),
        );
    }
    out
}

/// Whether a value can be a secret at all, as a template's hole, a reference, a switch or an empty text cannot.
pub(super) fn is_worth(value: &str) -> bool {
    let inner = value.trim_matches(['"', '\'', '\\']).trim();
    let words = ["", "true", "false", "null", "~", "|", ">", "|-", ">-", "{}", "[]", "yes", "no", "nil"];
    // One hole, or the beginning of one.
    let is_hole = inner.starts_with("{{")
        && (!inner.contains("}}") || inner.ends_with("}}") && inner.matches("{{").count() == 1);
    let is_reference = ["$(", "${", super::OPENING].iter().any(|start| inner.starts_with(start));
    !words.contains(&inner) && !is_hole && !is_reference
}

/// Whether a word of prose behind `the password is` is the secret itself and not the next word of the sentence.
fn is_secret_word(word: &str) -> bool {
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    is_worth(word)
        && (has(char::is_ascii_digit)
            || has(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | ')' | '!' | '?')))
        && !word.starts_with("http")
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(value) = text.get(range.clone()) else { return range };
    let inner = value.trim_matches(['"', '\'', '\\']);
    let start = range.start + (value.len() - value.trim_start_matches(['"', '\'', '\\']).len());
    start..start + inner.len()
}

/// Whether a run of characters looks drawn at random: all three classes, and changing between them as words do not. Digests
/// and revisions, which are hexadecimal, do not count.
fn is_random(text: &str, range: Range<usize>) -> bool {
    let run = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).unwrap_or_default();
    if before.ends_with("sha256:") || before.ends_with("sha512:") || before.ends_with("h1:") {
        return false;
    }
    let class = |b: u8| match b {
        b'a'..=b'z' => 0u8,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let letters: Vec<u8> = run.bytes().map(class).filter(|class| *class < 3).collect();
    let all = [0u8, 1, 2].iter().all(|class| letters.contains(class));
    let separators = run.len() - letters.len();
    let changes = letters.windows(2).filter(|pair| pair[0] != pair[1]).count();
    all && separators * 6 <= run.len() && changes * 20 >= letters.len() * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().filter_map(|(range, _)| text.get(range)).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 24);
        assert!(
            NAMED.is_some() && ASSIGNMENT.is_some() && FLAG.is_some() && PROSE.is_some() && RUN.is_some()
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "image: ghcr.io/acme/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "targetRevision: 3f786850e387550fdab836ed7e6dc881de23001b",
            "server: https://4F1C9A7E20B35D68A1C0.gr7.us-east-1.eks.amazonaws.com",
            "registries: [123456789012.dkr.ecr.us-east-1.amazonaws.com]",
            "kind: HorizontalPodAutoscaler # autoscaling/v2 HorizontalPodAutoscalerSpec",
            "existingSecret: fastapi-agent-database-credentials-v2",
            "password: '{{ .Values.password }}'",
            "The pull secret is called ecr-credentials everywhere.",
            "token: ${TOKEN}",
            "repoURL: https://github.com/harbour-agents/helm-charts",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_one_is_found() {
        for (text, secret) in [
            ("password: hunter22", "hunter22"),
            ("\"password\": \"a b c\"", "a b c"),
            ("export DB_PASSWORD='s3cr3t!'", "s3cr3t!"),
            ("postgres://app:pa55w0rd@db:5432/x", "pa55w0rd"),
            ("--token abcd1234", "abcd1234"),
            ("The admin password is tr0ub4dor&3.", "tr0ub4dor&3"),
            ("k: q8Jd0sLw2Xz7Rt5Yp3Kb", "q8Jd0sLw2Xz7Rt5Yp3Kb"),
            ("id: AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ] {
            assert!(found(text).contains(&secret), "{text}: {:?}", found(text));
        }
    }
}
