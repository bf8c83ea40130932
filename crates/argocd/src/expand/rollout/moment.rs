//! Times as the API server keeps them: to the second.

/// A point in time. The present is later than all that was written before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// Seconds since 1970.
    At(i64),
    /// When this reconciliation runs.
    Now,
}

impl Moment {
    /// Reads `2026-01-31T12:00:00Z`; fractions of a second are not kept.
    pub(super) fn read(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten()
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let clock = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
        let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let offset = match zone.as_bytes().first()? {
            b'Z' => 0,
            sign @ (b'+' | b'-') => {
                let at = text.len() - zone.len();
                let ahead = number(at + 1..at + 3)? * 3600 + number(at + 4..at + 6)? * 60;
                if *sign == b'+' { ahead } else { -ahead }
            }
            _ => return None,
        };
        // Years begin in March, so that leap days come last.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + day
            - 719_469;
        Some(Self::At(days * 86_400 + clock - offset))
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn seconds_since_1970() {
        let at = Moment::read;
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(Moment::At(0)));
        assert_eq!(at("2000-02-29T12:30:15Z"), Some(Moment::At(951_827_415)));
        assert_eq!(at("2026-01-01T01:00:00.75+01:00"), Some(Moment::At(1_767_225_600)));
        assert_eq!(at("2025-12-31T22:30:00-01:30"), Some(Moment::At(1_767_225_600)));
        for none in
            ["", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+1", "é026-01-01T00:00:00Z"]
        {
            assert_eq!(at(none), None, "{none}");
        }
        assert!(Moment::At(i64::MAX) < Moment::Now);
    }
}
