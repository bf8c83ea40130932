//! Dates as protocols write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Year, month, day of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March have their leap day last; 400 of them have 146,097 days.
    let day = days + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The day of a date counted from 1970-01-01, for dates since then.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

/// A time as `20150830T123600Z`.
pub(crate) fn basic(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The time of a date and `HH:MM:SS`.
fn moment(year: &str, month: u64, day: &str, clock: &str) -> Option<SystemTime> {
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if hour > 24 || minute > 60 || second > 61 || parts.next().is_some() {
        return None;
    }
    let days = days(year.parse().ok()?, month, day.parse().ok()?)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

/// The time of an HTTP date, `Wed, 21 Oct 2026 07:28:00 GMT`.
pub(crate) fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let (day, month, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    (words.next() == Some("GMT")).then(|| moment(year, month, day, clock))?
}

/// The time of `2026-10-21T07:28:00Z`; a fraction of seconds or an offset of zero may stand in its place.
pub(crate) fn iso(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.trim().split_once(['T', ' '])?;
    let clock = rest.strip_suffix('Z').or_else(|| rest.strip_suffix("+00:00"))?;
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    moment(year, month.parse().ok()?, day, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_protocols_write_them() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(basic(at(1_440_938_160)), "20150830T123600Z");
        assert_eq!(basic(at(0)), "19700101T000000Z");
        assert_eq!(basic(at(1_709_164_799)), "20240228T235959Z");
        assert_eq!(basic(at(1_709_164_800)), "20240229T000000Z");
        assert_eq!(http_date("Wed, 21 Oct 2015 07:28:00 GMT"), Some(at(1_445_412_480)));
        assert_eq!(http_date("21 Oct 2015"), None);
        assert_eq!(iso("2015-10-21T07:28:00Z"), Some(at(1_445_412_480)));
        assert_eq!(iso("2015-10-21T07:28:00.123+00:00"), Some(at(1_445_412_480)));
        assert_eq!(iso("2015-13-21T07:28:00Z"), None);
    }

    #[test]
    fn every_day_is_itself() {
        for day in (0..80_000).step_by(7) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), Some(day));
        }
    }
}
