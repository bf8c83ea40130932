//! `time.ParseInLocation` with `Local`: text read by a layout, with Go's error texts.

use std::sync::Arc;

use super::layout::{self, Element, MONTHS, WEEKDAYS, ZoneShape};
use super::{Time, Zone, civil, quote};

/// What an element made of the text: the rest of it, or why not.
type Step<'a, T> = Option<(T, &'a [u8])>;

#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    pm: bool,
    am: bool,
    utc: bool,
    offset: Option<i64>,
    zone: Option<String>,
}

/// An element that did not fit: unreadable, or read but out of its range.
enum Bad {
    Unreadable,
    Range(&'static str),
}

/// Parses `value` by a Go layout; a missing zone means UTC. The error is Go's text.
pub fn parse(layout: &[u8], value: &[u8]) -> Result<Time, String> {
    let cannot = |element: &[u8], rest: &[u8]| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(value),
            quote(layout),
            quote(rest),
            quote(element)
        )
    };
    let fail = |what: &str| format!("parsing time {}: {what}", quote(value));
    let mut parts = Parts::default();
    let mut pattern = layout;
    let mut rest = value;
    while let Some((start, end, element)) = layout::next(pattern) {
        let (prefix, here) = pattern.split_at(start);
        rest = skip(rest, prefix).map_err(|rest| cannot(prefix, rest))?;
        let here = here.get(..end - start).unwrap_or_default();
        pattern = pattern.get(end..).unwrap_or_default();
        let hold = rest;
        match parts.read(element, rest, pattern) {
            Ok(left) => rest = left,
            Err(Bad::Unreadable) => return Err(cannot(here, hold)),
            Err(Bad::Range(what)) => return Err(fail(&format!("{what} out of range"))),
        }
    }
    rest = skip(rest, pattern).map_err(|rest| cannot(pattern, rest))?;
    if !rest.is_empty() {
        return Err(fail(&format!("extra text: {}", quote(rest))));
    }
    parts.finish().map_err(fail)
}

/// Takes literal layout text off the value; a run of spaces matches any run. Errs with what is left.
fn skip<'a>(mut value: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some((&first, tail)) = prefix.split_first() {
        if first == b' ' {
            if value.first().is_some_and(|b| *b != b' ') {
                return Err(value);
            }
            prefix = trim_spaces(prefix);
            value = trim_spaces(value);
            continue;
        }
        match value.split_first() {
            Some((b, rest)) if *b == first => value = rest,
            _ => return Err(value),
        }
        prefix = tail;
    }
    Ok(value)
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

fn digit(text: &[u8], at: usize) -> Option<i64> {
    text.get(at).filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'))
}

/// One or two digits; exactly two if `fixed`.
fn two_digits(text: &[u8], fixed: bool) -> Step<'_, i64> {
    let first = digit(text, 0)?;
    match digit(text, 1) {
        Some(second) => Some((first * 10 + second, text.get(2..)?)),
        None if fixed => None,
        None => Some((first, text.get(1..)?)),
    }
}

/// One to three digits; exactly three if `fixed`.
fn three_digits(text: &[u8], fixed: bool) -> Step<'_, i64> {
    let digits = (0..3).map_while(|i| digit(text, i)).collect::<Vec<_>>();
    if digits.is_empty() || fixed && digits.len() != 3 {
        return None;
    }
    Some((digits.iter().fold(0, |n, d| n * 10 + d), text.get(digits.len()..)?))
}

/// Digits with an optional sign, as Go's `atoi`.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', tail) => (true, tail),
        (b'+', tail) => (false, tail),
        _ => (false, text),
    };
    let value = std::str::from_utf8(digits)
        .ok()
        .filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?
        .parse::<i64>()
        .ok()?;
    Some(if negative { -value } else { value })
}

fn name<'a>(names: &[&str], length: Option<usize>, text: &'a [u8]) -> Step<'a, i64> {
    names.iter().zip(1..).find_map(|(name, number)| {
        let name = name.get(..length.unwrap_or(name.len()))?;
        let (head, tail) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name.as_bytes()).then_some((number, tail))
    })
}

/// `.123` or `,123`: `length` bytes with the separator.
fn fraction(text: &[u8], length: usize) -> Result<u32, Bad> {
    let head = text.get(..length).ok_or(Bad::Unreadable)?;
    if !matches!(head.first(), Some(b'.' | b',')) {
        return Err(Bad::Unreadable);
    }
    let digits = head.get(1..length.min(10)).unwrap_or_default();
    let value = integer(digits).ok_or(Bad::Unreadable)?;
    if value < 0 {
        return Err(Bad::Range("fractional second"));
    }
    let scale = 10_u32.saturating_pow(9_u32.saturating_sub(digits.len() as u32));
    Ok(u32::try_from(value).unwrap_or(0).saturating_mul(scale))
}

fn fraction_length(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'.' | b',')) || digit(text, 1).is_none() {
        return None;
    }
    Some(1 + text.iter().skip(1).take_while(|b| b.is_ascii_digit()).count())
}

impl Parts {
    fn read<'a>(&mut self, element: Element, text: &'a [u8], after: &[u8]) -> Result<&'a [u8], Bad> {
        let in_range = |(value, rest): (i64, &'a [u8]), low: i64, high: i64, what| {
            if (low..=high).contains(&value) { Ok((value, rest)) } else { Err(Bad::Range(what)) }
        };
        let number = |fixed| two_digits(text, fixed).ok_or(Bad::Unreadable);
        let rest;
        match element {
            Element::Year => {
                let head = text.get(..2).ok_or(Bad::Unreadable)?;
                let year = integer(head).ok_or(Bad::Unreadable)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                rest = text.get(2..).unwrap_or_default();
            }
            Element::LongYear => {
                let head = text.get(..4).ok_or(Bad::Unreadable)?;
                digit(head, 0).ok_or(Bad::Unreadable)?;
                self.year = integer(head).ok_or(Bad::Unreadable)?;
                rest = text.get(4..).unwrap_or_default();
            }
            Element::Month | Element::LongMonth => {
                let length = (element == Element::Month).then_some(3);
                let (month, left) = name(&MONTHS, length, text).ok_or(Bad::Unreadable)?;
                (self.month, rest) = (Some(month), left);
            }
            Element::NumMonth | Element::ZeroMonth => {
                let (month, left) = in_range(number(element == Element::ZeroMonth)?, 1, 12, "month")?;
                (self.month, rest) = (Some(month), left);
            }
            Element::WeekDay | Element::LongWeekDay => {
                let length = (element == Element::WeekDay).then_some(3);
                rest = name(&WEEKDAYS, length, text).ok_or(Bad::Unreadable)?.1;
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                let text = match text.split_first() {
                    Some((b' ', tail)) if element == Element::UnderDay => tail,
                    _ => text,
                };
                let (day, left) = two_digits(text, element == Element::ZeroDay).ok_or(Bad::Unreadable)?;
                (self.day, rest) = (Some(day), left);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                let mut text = text;
                for _ in 0..2 {
                    if element == Element::UnderYearDay && text.first() == Some(&b' ') {
                        text = text.get(1..).unwrap_or_default();
                    }
                }
                let (day, left) =
                    three_digits(text, element == Element::ZeroYearDay).ok_or(Bad::Unreadable)?;
                (self.year_day, rest) = (Some(day), left);
            }
            Element::Hour => (self.hour, rest) = in_range(number(false)?, 0, 23, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                let found = number(element == Element::ZeroHour12)?;
                (self.hour, rest) = in_range(found, 0, 12, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                let found = number(element == Element::ZeroMinute)?;
                (self.minute, rest) = in_range(found, 0, 59, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                let found = number(element == Element::ZeroSecond)?;
                let (second, left) = in_range(found, 0, 59, "second")?;
                self.second = second;
                // A fraction in the value is taken even where the layout has none.
                let expected = matches!(layout::next(after), Some((_, _, Element::Fraction { .. })));
                match fraction_length(left) {
                    Some(length) if !expected => {
                        self.nanos = fraction(left, length)?;
                        rest = left.get(length..).unwrap_or_default();
                    }
                    _ => rest = left,
                }
            }
            Element::UpperPm | Element::LowerPm => {
                let head = text.get(..2).ok_or(Bad::Unreadable)?;
                let (am, pm): (&[u8], &[u8]) =
                    if element == Element::UpperPm { (b"AM", b"PM") } else { (b"am", b"pm") };
                match head {
                    h if h == pm => self.pm = true,
                    h if h == am => self.am = true,
                    _ => return Err(Bad::Unreadable),
                }
                rest = text.get(2..).unwrap_or_default();
            }
            Element::Zone { iso: true, .. } if text.first() == Some(&b'Z') => {
                self.utc = true;
                rest = text.get(1..).unwrap_or_default();
            }
            Element::Zone { shape, .. } => rest = self.read_offset(shape, text)?,
            Element::ZoneName if text.starts_with(b"UTC") => {
                self.utc = true;
                rest = text.get(3..).unwrap_or_default();
            }
            Element::ZoneName => {
                let length = zone_name_length(text).ok_or(Bad::Unreadable)?;
                let (head, tail) = text.split_at_checked(length).ok_or(Bad::Unreadable)?;
                self.zone = Some(String::from_utf8_lossy(head).into_owned());
                rest = tail;
            }
            Element::Fraction { digits, trim: false, .. } => {
                self.nanos = fraction(text, digits + 1)?;
                rest = text.get(digits + 1..).unwrap_or_default();
            }
            Element::Fraction { .. } => match fraction_length(text) {
                Some(length) => {
                    self.nanos = fraction(text, length)?;
                    rest = text.get(length..).unwrap_or_default();
                }
                None => rest = text,
            },
        }
        Ok(rest)
    }

    fn read_offset<'a>(&mut self, shape: ZoneShape, text: &'a [u8]) -> Result<&'a [u8], Bad> {
        // Where minutes and seconds stand after the sign, if the shape has them.
        let (length, minutes, seconds, colons): (usize, _, _, &[usize]) = match shape {
            ZoneShape::Hours => (3, None, None, &[]),
            ZoneShape::Minutes => (5, Some(3), None, &[]),
            ZoneShape::ColonMinutes => (6, Some(4), None, &[3]),
            ZoneShape::Seconds => (7, Some(3), Some(5), &[]),
            ZoneShape::ColonSeconds => (9, Some(4), Some(7), &[3, 6]),
        };
        let (head, rest) = text.split_at_checked(length).ok_or(Bad::Unreadable)?;
        if colons.iter().any(|at| head.get(*at) != Some(&b':')) {
            return Err(Bad::Unreadable);
        }
        let part = |at: Option<usize>| match at {
            None => Ok(0),
            Some(at) => head
                .get(at..at + 2)
                .and_then(|two| two_digits(two, true))
                .map(|(value, _)| value)
                .ok_or(Bad::Unreadable),
        };
        let hours = part(Some(1));
        let minutes = if hours.is_ok() { part(minutes) } else { Ok(0) };
        let seconds = if hours.is_ok() && minutes.is_ok() { part(seconds) } else { Ok(0) };
        let known = |value: &Result<i64, Bad>| value.as_ref().copied().unwrap_or(0);
        for (value, limit, what) in [
            (known(&seconds), 60, "time zone offset second"),
            (known(&minutes), 60, "time zone offset minute"),
            (known(&hours), 24, "time zone offset hour"),
        ] {
            if value > limit {
                return Err(Bad::Range(what));
            }
        }
        let offset = hours? * 3600 + minutes? * 60 + seconds?;
        self.offset = match head.first() {
            Some(b'+') => Some(offset),
            Some(b'-') => Some(-offset),
            _ => return Err(Bad::Unreadable),
        };
        Ok(rest)
    }

    fn finish(mut self) -> Result<Time, &'static str> {
        if self.pm && self.hour < 12 {
            self.hour += 12;
        } else if !self.pm && self.am && self.hour == 12 {
            self.hour = 0;
        }
        let (month, day) = match self.year_day {
            Some(year_day) => self.month_and_day(year_day)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if day < 1 || day > civil::days_in(month, self.year) {
            return Err("day out of range");
        }
        let clock = (self.hour, self.minute, self.second);
        let time = Time::from_fields((self.year, month, day), clock, self.nanos);
        if self.utc {
            return Ok(time);
        }
        // Go writes -1 for "no offset seen"; an offset of minus one second is therefore lost there too.
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let unix = time.unix() - offset;
            let time = Time::from_unix(unix, self.nanos);
            let zone = self.zone.unwrap_or_default();
            if offset == 0 && (zone.is_empty() || zone == "UTC") {
                return Ok(time);
            }
            return Ok(time.in_zone(Zone::Fixed(Arc::from(zone), offset)));
        }
        if let Some(zone) = self.zone {
            let hours = zone.strip_prefix("GMT").and_then(|h| integer(h.as_bytes())).unwrap_or(0);
            // The clock reading is kept as if in UTC: only the label and its offset are attached.
            return Ok(time.in_zone(Zone::Fixed(Arc::from(zone), hours * 3600)));
        }
        Ok(time)
    }

    fn month_and_day(&self, year_day: i64) -> Result<(i64, i64), &'static str> {
        let leap = civil::is_leap(self.year);
        let (month, day) = if leap && year_day == 60 {
            (2, 29)
        } else {
            let common = if leap && year_day > 60 { year_day - 1 } else { year_day };
            if !(1..=365).contains(&common) {
                return Err("day-of-year out of range");
            }
            let month = (1..=12).rev().find(|m| civil::days_before(*m) < common).unwrap_or(1);
            (month, common - civil::days_before(month))
        };
        if self.month.is_some_and(|m| m != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|d| d != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

/// How many bytes look like a zone abbreviation (`CET`, `ChST`, `GMT+3`, `+03`).
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(tail) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_length(tail));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return Some(signed_offset_length(text)).filter(|n| *n > 0);
    }
    let upper = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match upper {
        3 => Some(3),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        5 if text.get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

fn signed_offset_length(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let digits = text.iter().skip(1).take_while(|b| b.is_ascii_digit()).count();
    let value =
        text.get(1..=digits).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| d.parse::<u64>().ok());
    match value {
        Some(value) if value <= 23 => 1 + digits,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        for (layout, value, want) in [
            ("2006-01-02", "2023-02-28", "2023-02-28 00:00:00 +0000 UTC"),
            ("2006-01-02T15:04:05Z07:00", "2023-02-28T10:00:00.5+02:00", "2023-02-28 10:00:00.5 +0200 +0200"),
            ("Jan _2 2006 3:04PM", "feb  3 2024 12:05AM", "2024-02-03 00:05:00 +0000 UTC"),
            ("2006 002", "2024 060", "2024-02-29 00:00:00 +0000 UTC"),
            ("06-1-2 MST", "69-1-2 CET", "1969-01-02 00:00:00 +0000 CET"),
        ] {
            assert_eq!(parse(layout.as_bytes(), value.as_bytes()).unwrap().to_string(), want);
        }
    }

    #[test]
    fn refuses_in_go_words() {
        for (layout, value, want) in [
            ("2006-01-02", "x", "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\""),
            ("2006-01-02", "2023-13-01", "parsing time \"2023-13-01\": month out of range"),
            ("2006-01-02", "2023-02-30", "parsing time \"2023-02-30\": day out of range"),
            ("2006", "2023x", "parsing time \"2023x\": extra text: \"x\""),
            ("2006-01", "2023/01", "parsing time \"2023/01\" as \"2006-01\": cannot parse \"/01\" as \"-\""),
        ] {
            assert_eq!(parse(layout.as_bytes(), value.as_bytes()).unwrap_err(), want);
        }
    }
}
