//! Go's reference layout (`Mon Jan 2 15:04:05 MST 2006`) cut into its elements.

/// One element of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    /// A numeric zone: `Z` for UTC if `iso`, its shape.
    Zone {
        iso: bool,
        shape: ZoneShape,
    },
    /// Fractional seconds: number of digits, separator, and whether trailing zeros go (`.999`).
    Fraction {
        digits: usize,
        separator: u8,
        trim: bool,
    },
}

/// The shapes of a numeric zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneShape {
    /// `-07`
    Hours,
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

/// Finds the first element of `layout`: (start, end, element), or `None` if only literal text is left.
pub(crate) fn next(layout: &[u8]) -> Option<(usize, usize, Element)> {
    (0..layout.len()).find_map(|i| {
        let rest = layout.get(i..)?;
        let (skip, len, element) = at(rest)?;
        Some((i + skip, i + skip + len, element))
    })
}

fn starts_lower(rest: &[u8]) -> bool {
    rest.first().is_some_and(u8::is_ascii_lowercase)
}

/// The element starting exactly here, with the number of literal bytes before it.
fn at(rest: &[u8]) -> Option<(usize, usize, Element)> {
    let is = |text: &str| rest.starts_with(text.as_bytes());
    let after = |n: usize| rest.get(n..).unwrap_or_default();
    let here = |len, element| Some((0, len, element));
    match rest.first()? {
        b'J' if is("January") => here(7, Element::LongMonth),
        b'J' if is("Jan") && !starts_lower(after(3)) => here(3, Element::Month),
        b'M' if is("Monday") => here(6, Element::LongWeekDay),
        b'M' if is("Mon") && !starts_lower(after(3)) => here(3, Element::WeekDay),
        b'M' if is("MST") => here(3, Element::ZoneName),
        b'0' => match rest.get(1)? {
            b'1' => here(2, Element::ZeroMonth),
            b'2' => here(2, Element::ZeroDay),
            b'3' => here(2, Element::ZeroHour12),
            b'4' => here(2, Element::ZeroMinute),
            b'5' => here(2, Element::ZeroSecond),
            b'6' => here(2, Element::Year),
            b'0' if rest.get(2) == Some(&b'2') => here(3, Element::ZeroYearDay),
            _ => None,
        },
        b'1' if is("15") => here(2, Element::Hour),
        b'1' => here(1, Element::NumMonth),
        b'2' if is("2006") => here(4, Element::LongYear),
        b'2' => here(1, Element::Day),
        // `_2006` is a literal underscore before the year, not a padded day.
        b'_' if is("_2006") => Some((1, 4, Element::LongYear)),
        b'_' if is("__2") => here(3, Element::UnderYearDay),
        b'_' if is("_2") => here(2, Element::UnderDay),
        b'3' => here(1, Element::Hour12),
        b'4' => here(1, Element::Minute),
        b'5' => here(1, Element::Second),
        b'P' if is("PM") => here(2, Element::UpperPm),
        b'p' if is("pm") => here(2, Element::LowerPm),
        sign @ (b'-' | b'Z') => {
            let iso = *sign == b'Z';
            let tail = after(1);
            let shapes: [(&str, ZoneShape); 5] = [
                ("070000", ZoneShape::Seconds),
                ("07:00:00", ZoneShape::ColonSeconds),
                ("0700", ZoneShape::Minutes),
                ("07:00", ZoneShape::ColonMinutes),
                ("07", ZoneShape::Hours),
            ];
            let (text, shape) = shapes.into_iter().find(|(text, _)| tail.starts_with(text.as_bytes()))?;
            here(text.len() + 1, Element::Zone { iso, shape })
        }
        separator @ (b'.' | b',') => {
            let digit = *rest.get(1)?;
            if digit != b'0' && digit != b'9' {
                return None;
            }
            let digits = after(1).iter().take_while(|b| **b == digit).count();
            if after(1 + digits).first().is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let element = Element::Fraction { digits, separator: *separator, trim: digit == b'9' };
            here(1 + digits, element)
        }
        _ => None,
    }
}

/// Full English month names.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Full English weekday names, Sunday first.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The name of month 1 to 12, as Go's `Month.String` gives it (`%!Month(13)` outside).
pub(crate) fn month_name(month: i64) -> String {
    usize::try_from(month - 1)
        .ok()
        .and_then(|m| MONTHS.get(m))
        .map_or_else(|| format!("%!Month({month})"), |name| (*name).to_owned())
}

/// The name of weekday 0 to 6.
pub(crate) fn weekday_name(day: i64) -> &'static str {
    usize::try_from(day).ok().and_then(|d| WEEKDAYS.get(d)).copied().unwrap_or("Sunday")
}
