//! Calendar arithmetic on the proleptic Gregorian calendar, as Go's `time` package counts.

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// Seconds from Go's year one (its zero time) to the Unix epoch.
pub(crate) const ZERO_TO_UNIX: i64 = 62_135_596_800;

/// Whether `year` is a leap year.
pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in `month` (1 to 12) of `year`; 0 for a month that does not exist.
pub(crate) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days of a common year before `month`; 13 gives the whole year.
pub(crate) fn days_before(month: i64) -> i64 {
    (1..month).map(|m| days_in(m, 1)).sum()
}

/// Days since 1970-01-01 of a date; `month` is 1 to 12, `day` may lie outside the month.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March, so that the leap day is the last of its year.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The (year, month, day) of a number of days since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// A moment broken into the fields of a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    /// Day of the year, from 1.
    pub(crate) year_day: i64,
    /// Day of the week, Sunday is 0.
    pub(crate) weekday: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

/// The wall clock fields of `unix` seconds shown `offset` seconds east of UTC.
pub(crate) fn fields(unix: i64, offset: i64) -> Fields {
    let local = i128::from(unix) + i128::from(offset);
    let days = local.div_euclid(i128::from(DAY)) as i64;
    let rest = local.rem_euclid(i128::from(DAY)) as i64;
    let (year, month, day) = civil_from_days(days);
    Fields {
        year,
        month,
        day,
        year_day: days - days_from_civil(year, 1, 1) + 1,
        weekday: (days + 4).rem_euclid(7),
        hour: rest / 3600,
        minute: rest % 3600 / 60,
        second: rest % 60,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_round_trip() {
        for days in (-800_000..800_000).step_by(13) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
            assert!(d >= 1 && d <= days_in(m, y));
        }
    }

    #[test]
    fn zero_time() {
        let f = fields(-ZERO_TO_UNIX, 0);
        assert_eq!((f.year, f.month, f.day, f.weekday, f.year_day), (1, 1, 1, 1, 1));
    }
}
