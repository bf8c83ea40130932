//! `urlParse` and `urlJoin` over Go's `net/url`.

use super::panic;
use crate::func::{FuncError, FuncMap};
use crate::quote::quote;
use crate::str::Str;
use crate::value::{Map, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add("urlParse", |text: Str| -> Result<Map, FuncError> {
        let url = Url::parse(&text).map_err(|error| panic(format!("unable to parse url: {error}")))?;
        let entries: [(&'static str, Vec<u8>); 8] = [
            ("hostname", url.hostname().to_vec()),
            ("scheme", url.scheme),
            ("host", url.host),
            ("path", url.path),
            ("query", url.query),
            ("opaque", url.opaque),
            ("fragment", url.fragment),
            ("userinfo", url.user.map(|user| user.write()).unwrap_or_default()),
        ];
        Ok(entries.into_iter().map(|(key, part)| (Str::from_static(key), Value::str(part))).collect())
    });
    m.add("urlJoin", |d: Map| -> Result<Vec<u8>, FuncError> {
        let part = |key: &str| match d.get(key.as_bytes()) {
            None => Ok(Vec::new()),
            Some(Value::Str(s)) => Ok(s.to_vec()),
            Some(Value::Nil | Value::Invalid) => Err(super::nil_dereference()),
            Some(v) => Err(panic(format!(
                "unable to parse {key} key, must be of type string, but {} found",
                v.kind().name()
            ))),
        };
        let mut url = Url {
            scheme: part("scheme")?,
            host: part("host")?,
            path: part("path")?,
            query: part("query")?,
            opaque: part("opaque")?,
            fragment: part("fragment")?,
            user: None,
        };
        let userinfo = part("userinfo")?;
        if !userinfo.is_empty() {
            let whole = [b"proto://".as_slice(), &userinfo, b"@host"].concat();
            let parsed = Url::parse(&whole)
                .map_err(|error| panic(format!("unable to parse userinfo in dict: {error}")))?;
            url.user = parsed.user;
        }
        Ok(url.write())
    });
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    UserInfo,
    Host,
    Zone,
    Fragment,
}

/// Whether a byte is written as `%XX` in that part.
fn escapes(b: u8, part: Part) -> bool {
    let host = matches!(part, Part::Host | Part::Zone);
    match b {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' | b'~' => false,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'[' | b']'
        | b'<' | b'>' | b'"'
            if host =>
        {
            false
        }
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => b == b'?',
            Part::UserInfo => matches!(b, b'@' | b'/' | b'?' | b':'),
            Part::Fragment => false,
            Part::Host | Part::Zone => true,
        },
        b'!' | b'(' | b')' | b'*' if part == Part::Fragment => false,
        _ => true,
    }
}

fn escape(out: &mut Vec<u8>, text: &[u8], part: Part) {
    for &b in text {
        if escapes(b, part) {
            out.extend_from_slice(format!("%{b:02X}").as_bytes());
        } else {
            out.push(b);
        }
    }
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let bad = |text: &[u8]| format!("invalid URL escape {}", quote(text));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&b) = text.get(at) {
        if b != b'%' {
            if matches!(part, Part::Host | Part::Zone) && b.is_ascii() && escapes(b, part) {
                return Err(format!("invalid character {} in host name", quote(&[b])));
            }
            out.push(b);
            at += 1;
            continue;
        }
        let digit = |offset: usize| text.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
        let written = text.get(at..text.len().min(at + 3)).unwrap_or_default();
        let (Some(high), Some(low)) = (digit(1), digit(2)) else { return Err(bad(written)) };
        let value = (high * 16 + low) as u8;
        if part == Part::Host && high < 8 && written != b"%25" {
            return Err(bad(written));
        }
        if part == Part::Zone && written != b"%25" && value != b' ' && escapes(value, Part::Host) {
            return Err(bad(written));
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}

/// Cuts a text at the first `separator`.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|b| *b == separator) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// The scheme and what follows its colon.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, b) in text.iter().enumerate() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn is_port(text: &[u8]) -> bool {
    match text.split_first() {
        None => true,
        Some((b':', digits)) => digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    }
}

impl User {
    fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        escape(&mut out, &self.name, Part::UserInfo);
        if let Some(password) = &self.password {
            out.push(b':');
            escape(&mut out, password, Part::UserInfo);
        }
        out
    }
}

impl Url {
    /// `url.Parse`; the error is Go's text (`parse "x": …`).
    fn parse(raw: &[u8]) -> Result<Self, String> {
        let (text, fragment) = cut(raw, b'#');
        let mut url =
            Self::parse_without_fragment(text).map_err(|error| format!("parse {}: {error}", quote(text)))?;
        if let Some(fragment) = fragment {
            url.fragment = unescape(fragment, Part::Fragment)
                .map_err(|error| format!("parse {}: {error}", quote(raw)))?;
        }
        Ok(url)
    }

    fn parse_without_fragment(text: &[u8]) -> Result<Self, String> {
        if text.iter().any(|b| *b < b' ' || *b == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text == b"*" {
            return Ok(Self { path: b"*".to_vec(), ..Self::default() });
        }
        let (scheme, rest) = scheme(text)?;
        let (mut rest, query) = cut(rest, b'?');
        let mut url = Self {
            scheme: scheme.to_ascii_lowercase(),
            query: query.unwrap_or_default().to_vec(),
            ..Self::default()
        };
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        if (!url.scheme.is_empty() || !rest.starts_with(b"///"))
            && let Some(tail) = rest.strip_prefix(b"//")
        {
            let authority = cut(tail, b'/').0;
            rest = tail.get(authority.len()..).unwrap_or_default();
            url.parse_authority(authority)?;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn parse_authority(&mut self, authority: &[u8]) -> Result<(), String> {
        let Some(at) = authority.iter().rposition(|b| *b == b'@') else {
            self.host = parse_host(&self.scheme, authority)?;
            return Ok(());
        };
        self.host = parse_host(&self.scheme, authority.get(at + 1..).unwrap_or_default())?;
        let info = authority.get(..at).unwrap_or_default();
        if !info.iter().all(|b| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = cut(info, b':');
        self.user = Some(User {
            name: unescape(name, Part::UserInfo)?,
            password: password.map(|p| unescape(p, Part::UserInfo)).transpose()?,
        });
        Ok(())
    }

    /// The host without port and brackets.
    fn hostname(&self) -> &[u8] {
        let mut host = self.host.as_slice();
        if let Some(colon) = host.iter().rposition(|b| *b == b':')
            && is_port(host.get(colon..).unwrap_or_default())
        {
            host = host.get(..colon).unwrap_or_default();
        }
        host.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(host)
    }

    /// `URL.String`.
    fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            let named = !self.host.is_empty() || self.user.is_some();
            if named || !self.scheme.is_empty() && !self.path.is_empty() {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &self.user {
                out.extend_from_slice(&user.write());
                out.push(b'@');
            }
            escape(&mut out, &self.host, Part::Host);
            let mut path = Vec::new();
            if self.path == b"*" {
                path.push(b'*');
            } else {
                escape(&mut path, &self.path, Part::Path);
            }
            if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
                out.push(b'/');
            }
            if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
                out.extend_from_slice(b"./");
            }
            out.extend_from_slice(&path);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            escape(&mut out, &self.fragment, Part::Fragment);
        }
        out
    }
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    let bad_port = |port: &[u8]| format!("invalid port {} after host", quote(port));
    match host.iter().rposition(|b| *b == b'[') {
        Some(0) => {}
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {
            let mut colons = host.iter().enumerate().filter(|(_, b)| **b == b':').map(|(at, _)| at);
            if let Some(first) = colons.next() {
                // Databases list several hosts with ports; only for HTTP are further colons wrong.
                let last = colons.next_back().unwrap_or(first);
                let from = if matches!(scheme, b"http" | b"https") { first } else { last };
                let port = host.get(from..).unwrap_or_default();
                if !is_port(port) {
                    return Err(bad_port(port));
                }
            }
            return unescape(host, Part::Host);
        }
    }
    let Some(close) = host.iter().rposition(|b| *b == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = host.get(close + 1..).unwrap_or_default();
    if !is_port(port) {
        return Err(bad_port(port));
    }
    let inner = host.get(1..close).unwrap_or_default();
    let zone = super::strings::find(inner, b"%25").unwrap_or(inner.len());
    let (address, zone) = inner.split_at_checked(zone).unwrap_or((inner, b""));
    let mut name = unescape(address, Part::Host)?;
    let parsed = std::str::from_utf8(&name).ok().map(str::to_owned);
    name.extend_from_slice(&unescape(zone, Part::Zone)?);
    let parsed = parsed.unwrap_or_default();
    if parsed.parse::<std::net::Ipv6Addr>().is_err() {
        if parsed.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err("invalid IP-literal".to_owned());
        }
        return Err(format!("invalid host: ParseAddr({}): unable to parse IP", quote(&name)));
    }
    Ok([b"[", name.as_slice(), b"]", port].concat())
}
