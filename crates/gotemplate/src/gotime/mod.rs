//! Go's `time`: moments, layouts, durations and zones, as templates reach them through `now`, `date`, `toDate` and methods.

mod civil;
pub mod duration;
mod format;
mod layout;
mod parse;
mod zone;

use std::sync::Arc;

pub use parse::parse;
pub use zone::{Location, load};

/// Where a moment is shown.
#[derive(Debug, Clone)]
pub enum Zone {
    /// UTC; also Go's `Local`, since Argo CD and Helm run in containers without a zone of their own.
    Utc,
    /// A zone made up while parsing, from an offset or an abbreviation.
    Fixed(Arc<str>, i64),
    /// A zone of the IANA database.
    Named(Arc<Location>),
}

impl Zone {
    /// `time.LoadLocation`: the empty name, `UTC` and `Local` are UTC; unknown names give `None`.
    pub fn load(name: &[u8]) -> Option<Self> {
        match name {
            b"" | b"UTC" | b"Local" => Some(Self::Utc),
            _ => load(std::str::from_utf8(name).ok()?).map(Self::Named),
        }
    }

    /// The name, as `Location.String` gives it.
    pub fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Fixed(name, _) => name,
            Self::Named(location) => location.name(),
        }
    }
}

/// `time.Time`: a moment with nanoseconds, and the zone it is shown in.
#[derive(Debug, Clone)]
pub struct Time {
    unix: i64,
    nanos: u32,
    zone: Zone,
}

impl Time {
    /// `time.Unix(seconds, nanos)` in UTC.
    pub fn from_unix(unix: i64, nanos: u32) -> Self {
        Self { unix, nanos: nanos.min(999_999_999), zone: Zone::Utc }
    }

    /// `time.Time{}`: 1 January of year 1, UTC.
    pub fn zero() -> Self {
        Self::from_unix(-civil::ZERO_TO_UNIX, 0)
    }

    /// `Date(…)` in UTC; fields may lie outside their ranges.
    pub(crate) fn from_fields(date: (i64, i64, i64), clock: (i64, i64, i64), nanos: u32) -> Self {
        let days = civil::days_from_civil(date.0, date.1, date.2);
        let seconds = clock.0 * 3600 + clock.1 * 60 + clock.2;
        Self::from_unix(days * civil::DAY + seconds, nanos)
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn unix(&self) -> i64 {
        self.unix
    }

    /// Nanoseconds within the second.
    pub fn nanos(&self) -> u32 {
        self.nanos
    }

    /// Nanoseconds since 1970-01-01 UTC, wrapped as Go's `UnixNano`.
    pub fn unix_nanos(&self) -> i64 {
        self.unix.wrapping_mul(duration::SECOND).wrapping_add(i64::from(self.nanos))
    }

    /// Whether this is `time.Time{}`.
    pub fn is_zero(&self) -> bool {
        self.unix == -civil::ZERO_TO_UNIX && self.nanos == 0
    }

    /// The same moment shown in another zone.
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// The zone it is shown in.
    pub fn location(&self) -> &Zone {
        &self.zone
    }

    /// Abbreviation and seconds east of UTC that hold at this moment.
    pub fn zone(&self) -> (&str, i64) {
        match &self.zone {
            Zone::Utc => ("UTC", 0),
            Zone::Fixed(name, offset) => (name, *offset),
            Zone::Named(location) => {
                let (name, offset, _) = location.lookup(self.unix);
                (name, offset)
            }
        }
    }

    /// Whether daylight saving time holds.
    pub fn is_dst(&self) -> bool {
        matches!(&self.zone, Zone::Named(location) if location.lookup(self.unix).2)
    }

    /// Adds a duration in nanoseconds.
    pub fn add(&self, nanos: i64) -> Self {
        let sum = i64::from(self.nanos) + nanos.rem_euclid(duration::SECOND);
        let unix =
            self.unix.wrapping_add(nanos.div_euclid(duration::SECOND)).wrapping_add(sum / duration::SECOND);
        Self { unix, nanos: (sum % duration::SECOND) as u32, zone: self.zone.clone() }
    }

    /// The duration from `other` to this, held at the limits as Go's `Sub`.
    pub fn since(&self, other: &Self) -> i64 {
        let seconds = i128::from(self.unix) - i128::from(other.unix);
        let nanos = i128::from(self.nanos) - i128::from(other.nanos);
        let total = seconds * i128::from(duration::SECOND) + nanos;
        total.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// `AddDate`: overflowing days and months run on into the next.
    pub fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let (_, offset) = self.zone();
        let f = civil::fields(self.unix, offset);
        // Beyond a billion Go's own arithmetic has long wrapped; clamping keeps ours defined.
        let bound = |n: i64| n.clamp(-1_000_000_000, 1_000_000_000);
        let month = f.month - 1 + bound(months);
        let year = (f.year + bound(years)).wrapping_add(month.div_euclid(12));
        let date = (year, month.rem_euclid(12) + 1, f.day + bound(days));
        let moved = Self::from_fields(date, (f.hour, f.minute, f.second), self.nanos);
        let unix = moved.unix.wrapping_sub(offset);
        let mut result = Self { unix, nanos: self.nanos, zone: self.zone.clone() };
        let (_, after) = result.zone();
        result.unix = moved.unix.wrapping_sub(after);
        result
    }

    /// `Truncate` (or, with `round`, `Round`) to a multiple of `step` nanoseconds since the zero time.
    pub fn to_multiple(&self, step: i64, round: bool) -> Self {
        if step <= 0 {
            return self.clone();
        }
        let since_zero = (i128::from(self.unix) + i128::from(civil::ZERO_TO_UNIX))
            * i128::from(duration::SECOND)
            + i128::from(self.nanos);
        let rest = since_zero.rem_euclid(i128::from(step)) as i64;
        if round && rest.saturating_mul(2) >= step {
            self.add(step - rest)
        } else {
            self.add(rest.wrapping_neg())
        }
    }

    /// (year, month, day) on the wall clock.
    pub fn date(&self) -> (i64, i64, i64) {
        let f = civil::fields(self.unix, self.zone().1);
        (f.year, f.month, f.day)
    }

    /// (hour, minute, second) on the wall clock.
    pub fn clock(&self) -> (i64, i64, i64) {
        let f = civil::fields(self.unix, self.zone().1);
        (f.hour, f.minute, f.second)
    }

    /// (day of the year from 1, weekday with Sunday 0) on the wall clock.
    pub fn day_numbers(&self) -> (i64, i64) {
        let f = civil::fields(self.unix, self.zone().1);
        (f.year_day, f.weekday)
    }

    /// The name of the month, as `Month.String`.
    pub fn month_name(month: i64) -> String {
        layout::month_name(month)
    }

    /// The name of the weekday, as `Weekday.String`.
    pub fn weekday_name(day: i64) -> &'static str {
        layout::weekday_name(day)
    }
}

/// Go's quoting inside `time` errors: printable ASCII kept, the rest as `\xNN`.
pub(crate) fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for &b in text {
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(b as char);
            }
            b' '..=b'~' | 0x7f => out.push(b as char),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64, zone: &str) -> Time {
        Time::from_unix(unix, 123_456_789).in_zone(Zone::load(zone.as_bytes()).unwrap())
    }

    fn show(time: &Time, layout: &str) -> String {
        String::from_utf8(time.format(layout.as_bytes())).unwrap()
    }

    #[test]
    fn formats() {
        let t = at(1_700_000_000, "America/New_York");
        for (layout, want) in [
            ("Mon Jan _2 15:04:05 MST 2006", "Tue Nov 14 17:13:20 EST 2023"),
            ("2006-01-02T15:04:05Z07:00", "2023-11-14T17:13:20-05:00"),
            ("06 1 2 3:04PM 002 __2", "23 11 14 5:13PM 318 318"),
            (".000 .999999 ,00 -07 -070000", ".123 .123456 ,12 -05 -050000"),
            ("Monday January pm _2006", "Tuesday November pm _2023"),
            ("Janet Monx", "Janet Monx"),
        ] {
            assert_eq!(show(&t, layout), want, "{layout}");
        }
        assert_eq!(Time::zero().to_string(), "0001-01-01 00:00:00 +0000 UTC");
    }

    #[test]
    fn arithmetic() {
        let t = Time::from_unix(0, 0);
        assert_eq!(t.add(-1).unix(), -1);
        assert_eq!(t.add(-1).nanos(), 999_999_999);
        assert_eq!(t.add(-1).since(&t), -1);
        assert_eq!(show(&t.add_date(0, 1, 30), "2006-01-02"), "1970-03-03");
        assert_eq!(Time::from_unix(i64::MAX, 0).since(&Time::zero()), i64::MAX);
    }
}
