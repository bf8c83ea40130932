//! Email addresses and URLs by their shape.

/// Whether Go's `url.ParseRequestURI` takes a text and finds a scheme in it.
pub(super) fn is_request_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.chars();
    let starts = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !starts || !plain || text.chars().any(|c| c.is_ascii_control()) {
        return false;
    }
    let Some(authority) = rest.strip_prefix("//") else { return escapes_hold(rest) };
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let (host, path) = authority.split_at(end);
    let host = host.rsplit('@').next().unwrap_or(host);
    let port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    let (name, port_holds) = match host.rsplit_once(':') {
        Some((name, digits)) if !host.ends_with(']') => (name, port(digits)),
        _ => (host, true),
    };
    port_holds && !name.contains([' ', '<', '>', '"', '^', '`', '{', '}', '|', '\\']) && escapes_hold(path)
}

/// Whether every `%` is followed by two digits.
fn escapes_hold(text: &str) -> bool {
    let hex = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    text.match_indices('%').all(|(at, _)| hex(at + 1) && hex(at + 2))
}

/// Whether a text looks like an address: one part, an at sign, a domain of at least two labels.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    let dotted = !local.is_empty() && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let top = domain.rsplit('.').next().unwrap_or_default();
    (dotted || quoted) && domain.contains('.') && is_domain(domain) && top.chars().any(char::is_alphabetic)
}

/// Whether a text looks like a URL, its scheme left out perhaps.
pub(super) fn is_url(text: &str) -> bool {
    if text.len() < 3 || text.len() >= 2083 || text.starts_with('.') || text.contains(char::is_whitespace) {
        return false;
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) => {
            if !["http", "https", "ftp", "tcp", "udp", "ws", "wss"].contains(&scheme) {
                return false;
            }
            rest
        }
        None => text,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest.get(..end).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || (name.starts_with('[') && name.ends_with(']')) || is_domain(name)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    !text.is_empty() && text.trim_end_matches('.').split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for url in
            ["https://example.com/a.svg", "oci://ghcr.io/a", "mailto:a@b", "data:image/png;base64,AAAA"]
        {
            assert!(is_request_url(url), "{url}");
        }
        for url in ["example.com/a", "", "/a", "http://a b/", "https://a/%zz", "1a://b"] {
            assert!(!is_request_url(url), "{url}");
        }
        assert!(
            is_email("a.b+c@example.com")
                && !is_email("a@b")
                && !is_email("example.com")
                && !is_email("a..b@c.d")
        );
        assert!(
            is_url("https://github.com/a")
                && is_url("example.com")
                && !is_url("htp://a.b")
                && !is_url("a b.c")
        );
    }
}
