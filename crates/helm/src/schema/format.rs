//! `format`: what strings of the known formats must look like.

use std::net::Ipv6Addr;

use seatrial_gotemplate::goregexp::Regexp;
use seatrial_gotemplate::gotime;

/// A known format; others are not checked.
#[derive(Clone, Copy)]
pub(super) struct Format(&'static (&'static str, Check));

/// What is wrong with a string, if anything is.
type Check = fn(&str) -> Result<(), String>;

const FORMATS: &[(&str, Check)] = &[
    ("regex", |text| Regexp::compile(text.as_bytes()).map(|_| ())),
    ("json-pointer", json_pointer),
    ("relative-json-pointer", relative_pointer),
    ("uuid", uuid),
    ("duration", duration),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("hostname", hostname),
    ("email", email),
    ("date", date),
    ("time", time),
    ("date-time", date_time),
    ("uri", |text| uri(text, true)),
    ("iri", |text| uri(text, true)),
    ("uri-reference", |text| uri(text, false)),
    ("iri-reference", |text| uri(text, false)),
    ("uri-template", |text| uri(text, false)),
    ("semver", semver),
];

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| *known == name).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        self.0.0
    }

    /// Why the text is not of this format.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        (self.0.1)(text)
    }
}

fn fail<T>(why: &str) -> Result<T, String> {
    Err(why.to_owned())
}

fn invalid_character<T>(c: char) -> Result<T, String> {
    Err(format!("invalid character {c:?}"))
}

fn json_pointer(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with('/') {
        return fail("not starting with /");
    }
    let codes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if codes { Ok(()) } else { fail("~ must be followed by 0 or 1") }
}

fn relative_pointer(text: &str) -> Result<(), String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if digits == 0 {
        return fail("must start with non-negative integer");
    }
    if digits > 1 && number.starts_with('0') {
        return fail("starts with zero");
    }
    if rest == "#" { Ok(()) } else { json_pointer(rest) }
}

fn uuid(text: &str) -> Result<(), String> {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != lengths.len() {
        return fail("must have 5 elements");
    }
    for (index, (group, length)) in groups.iter().zip(lengths).enumerate() {
        if group.len() != length {
            return Err(format!("element {} must be {length} characters long", index + 1));
        }
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {c:?}"));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Result<(), String> {
    let Some(rest) = text.strip_prefix('P') else { return fail("must start with P") };
    if rest.is_empty() {
        return fail("nothing after P");
    }
    if let Some(week) = rest.strip_suffix('W') {
        return match week {
            "" => fail("no number in week"),
            week if week.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
            _ => fail("invalid week"),
        };
    }
    for (index, mut part) in rest.split('T').enumerate() {
        if index != 0 && part.is_empty() {
            return fail("no time elements");
        }
        let Some(all) = ["YMD", "HMS"].get(index) else { return fail("more than one T") };
        let mut units = *all;
        while !part.is_empty() {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return fail("missing number");
            }
            part = part.get(digits..).unwrap_or_default();
            let Some(unit) = part.chars().next() else { return fail("missing unit") };
            let Some((_, after)) = units.split_once(unit) else {
                return Err(if all.contains(unit) {
                    format!("unit {unit:?} out of order")
                } else {
                    format!("invalid unit {unit:?}")
                });
            };
            units = after;
            part = part.get(unit.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Result<(), String> {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return fail("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return fail("leading zeros");
        }
        let Ok(number) = group.parse::<i64>() else {
            let group = super::quoted(group);
            return Err(format!("strconv.Atoi: parsing {group}: invalid syntax"));
        };
        if !(0..=255).contains(&number) {
            return fail("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return fail("missing colon");
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok(());
    }
    if text.split_once('%').is_some_and(|(address, _)| address.parse::<Ipv6Addr>().is_ok()) {
        return fail("zone id is not a part of ipv6 address");
    }
    Err(format!("ParseAddr({}): unable to parse IP", super::quoted(text)))
}

fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return fail("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return fail("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return fail("label starts with hyphen");
        }
        if label.ends_with('-') {
            return fail("label ends with hyphen");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return invalid_character(c);
        }
    }
    Ok(())
}

fn email(text: &str) -> Result<(), String> {
    if text.len() > 254 {
        return fail("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return fail("missing @") };
    if local.len() > 64 {
        return fail("local part more than 64 characters long");
    }
    if let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        if inner.contains(['\\', '"']) {
            return fail("backslash and quote are not allowed within quoted local part");
        }
    } else {
        if local.starts_with('.') {
            return fail("starts with dot");
        }
        if local.ends_with('.') {
            return fail("ends with dot");
        }
        if local.contains("..") {
            return fail("consecutive dots");
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
        if let Some(c) = local.chars().find(|c| !legal(*c)) {
            return invalid_character(c);
        }
    }
    let within =
        |what: &str, result: Result<(), String>| result.map_err(|why| format!("invalid {what}: {why}"));
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => within("ipv6 address", ipv6(address)),
            None => within("ipv4 address", ipv4(address)),
        },
        None => within("domain", hostname(domain)),
    }
}

fn date(text: &str) -> Result<(), String> {
    gotime::parse(b"2006-01-02", text.as_bytes()).map(|_| ())
}

fn time(text: &str) -> Result<(), String> {
    if text.len() < 9 {
        return fail("less than 9 characters long");
    }
    let bytes = text.as_bytes();
    if bytes.get(2) != Some(&b':') || bytes.get(5) != Some(&b':') {
        return fail("missing colon in correct place");
    }
    let two = |from: usize| text.get(from..from + 2).and_then(|part| part.parse::<i64>().ok());
    let (Some(mut hour), Some(mut minute), Some(second)) = (two(0), two(3), two(6)) else {
        return fail("invalid hour/min/sec");
    };
    if hour < 0 || minute < 0 || second < 0 {
        return fail("non-positive hour/min/sec");
    }
    if hour > 23 || minute > 59 || second > 60 {
        return fail("hour/min/sec out of range");
    }
    let mut rest = text.get(8..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return fail("no digits in second fraction");
        }
        rest = fraction.get(digits..).unwrap_or_default();
    }
    if !rest.eq_ignore_ascii_case("z") {
        if rest.len() != 6 {
            return fail("offset must be 6 characters long");
        }
        let sign = match rest.chars().next() {
            Some('+') => -1,
            Some('-') => 1,
            _ => return fail("offset must begin with plus/minus"),
        };
        if rest.as_bytes().get(3) != Some(&b':') {
            return fail("missing colon in offset in correct place");
        }
        let two = |from: usize| rest.get(from..from + 2).and_then(|part| part.parse::<i64>().ok());
        let (Some(hours), Some(minutes)) = (two(1), two(4)) else {
            return fail("invalid hour/min in offset");
        };
        if hours < 0 || minutes < 0 {
            return fail("non-positive hour/min in offset");
        }
        if hours > 23 || minutes > 59 {
            return fail("hour/min in offset out of range");
        }
        let mut total = hour * 60 + minute + sign * (hours * 60 + minutes);
        if total < 0 {
            total += 24 * 60;
        }
        (hour, minute) = (total / 60, total % 60);
    }
    if second >= 60 && (hour, minute) != (23, 59) {
        return fail("invalid leap second");
    }
    Ok(())
}

fn date_time(text: &str) -> Result<(), String> {
    if text.len() < 20 {
        return fail("less than 20 characters long");
    }
    let (Some(day), Some(rest)) = (text.get(..10), text.get(11..)) else {
        return fail("11th character must be t or T");
    };
    if !matches!(text.as_bytes().get(10), Some(b't' | b'T')) {
        return fail("11th character must be t or T");
    }
    date(day).map_err(|why| format!("invalid date element: {why}"))?;
    time(rest).map_err(|why| format!("invalid time element: {why}"))
}

fn uri(text: &str, absolute: bool) -> Result<(), String> {
    let parse = |why: &str| Err(format!("parse {}: {why}", super::quoted(text)));
    if !absolute && text.contains('\\') {
        return fail("contains \\");
    }
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7F) {
        return parse("net/url: invalid control character in URL");
    }
    let scheme = super::location::scheme(text);
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if text.starts_with(':') {
        return parse("missing protocol scheme");
    }
    if scheme.is_none() && path.split('/').next().is_some_and(|first| first.contains(':')) {
        return parse("first path segment in URL cannot contain colon");
    }
    if let Some((at, _)) = path.match_indices('%').find(|(at, _)| {
        let code = path.get(at + 1..at + 3);
        code.is_none_or(|code| !code.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }) {
        let code: String = path.get(at..).unwrap_or_default().chars().take(3).collect();
        return parse(&format!("invalid URL escape {}", super::quoted(&code)));
    }
    if absolute && scheme.is_none() { fail("relative url") } else { Ok(()) }
}

fn semver(text: &str) -> Result<(), String> {
    let identifiers = |part: &str, what: &str, numbers: bool| {
        for identifier in part.split('.') {
            if identifier.is_empty() {
                return Err(format!("{what} identifier is empty"));
            }
            if let Some(c) = identifier.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
                return Err(format!("invalid character {c:?} in {what} identifier"));
            }
            if numbers
                && identifier.len() > 1
                && identifier.starts_with('0')
                && identifier.bytes().all(|byte| byte.is_ascii_digit())
            {
                return Err(format!("{what} numeric identifier starts with zero"));
            }
        }
        Ok(())
    };
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if let Some(build) = build {
        identifiers(build, "build", false)?;
    }
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    if let Some(pre) = pre {
        identifiers(pre, "pre-release", true)?;
    }
    let numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() != 3 {
        return fail("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in numbers.into_iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return Err(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return Err(format!("{name} starts with zero"));
        }
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}
