//! Texts with a form of their own: quantities, times, Base64, names.

/// Whether a text is a quantity: `250m`, `1.5Gi`, `1e3`.
pub(crate) fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || number.len() - digits > 1 {
        return false;
    }
    let exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    matches!(
        suffix,
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"
    ) || suffix.strip_prefix(['e', 'E']).is_some_and(exponent)
}

/// Whether a text is an RFC 3339 time.
pub(crate) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let form = b"dddd-dd-ddTdd:dd:dd";
    let (Some(head), Some(tail)) = (bytes.get(..form.len()), text.get(form.len()..)) else { return false };
    let fits = head.iter().zip(form).all(|(b, f)| if *f == b'd' { b.is_ascii_digit() } else { b == f });
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let zone = match tail.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if end == 0 {
                return false;
            }
            rest.get(end..).unwrap_or_default()
        }
        None => tail,
    };
    let offset = zone.strip_prefix(['+', '-']).and_then(|zone| zone.split_once(':'));
    fits && (zone == "Z"
        || offset.is_some_and(|(h, m)| h.len() == 2 && m.len() == 2 && digits(h) && digits(m)))
}

/// The place of the first byte that keeps a text from being standard Base64, if it is none. Line breaks are allowed.
pub(crate) fn illegal_base64(text: &str) -> Option<usize> {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let (mut count, mut padding) = (0_usize, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' if count % 4 >= 2 && padding < 4 - count % 4 => padding += 1,
            byte if letter(&byte) && padding == 0 => count += 1,
            _ => return Some(at),
        }
    }
    ((count + padding) % 4 != 0).then_some(text.len())
}

/// Whether a text is a label of DNS (RFC 1123): `my-name`.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

/// Whether a text is a name of DNS (RFC 1123): `my.name`.
pub(crate) fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_part)
}

fn is_dns_part(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// Whether a text may be the value of a label.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || text.len() <= 63 && is_qualified(text)
}

/// Whether a text may be the key of a label or an annotation: a name, perhaps with a DNS name and `/` before it.
pub(crate) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_dns_name) && name.len() <= 63 && is_qualified(name)
}

fn is_qualified(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        for text in ["250m", "1.5Gi", "1e3", "2", ".5", "+1Ki", "1E6", "5.", "1E"] {
            assert!(is_quantity(text), "{text}");
        }
        for text in ["", "Mi", "512MB", "1.2.3", "x", "1 Gi", "1e", ".", "--1"] {
            assert!(!is_quantity(text), "{text}");
        }
    }

    #[test]
    fn times_and_bytes() {
        assert!(is_time("2024-01-02T03:04:05Z") && is_time("2024-01-02T03:04:05.123+02:00"));
        assert!(!is_time("2024-01-02") && !is_time("2024-01-02T03:04:05") && !is_time(""));
        assert_eq!(illegal_base64("aGk="), None);
        assert_eq!(illegal_base64("aGk"), Some(3));
        assert_eq!(illegal_base64("aG%="), Some(2));
        assert_eq!(illegal_base64("a==="), Some(1));
        assert_eq!(illegal_base64(""), None);
    }

    #[test]
    fn names() {
        assert!(is_dns_label("a-1") && !is_dns_label("a.1") && !is_dns_label("A") && !is_dns_label("a-"));
        assert!(is_dns_name("a.b-c") && !is_dns_name("a..b") && !is_dns_name(""));
        assert!(is_label_key("app.kubernetes.io/name") && !is_label_key("a/b/c") && !is_label_key(""));
        assert!(
            is_label_value("")
                && is_label_value("v1.2_3")
                && !is_label_value("a b")
                && !is_label_value("a+b")
        );
    }
}
