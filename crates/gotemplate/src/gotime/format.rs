//! `time.Time.Format`: a moment written by a layout.

use super::layout::{self, Element, ZoneShape};
use super::{Time, civil};

fn push_int(out: &mut Vec<u8>, value: i64, width: usize) {
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(format!("{:0width$}", value.unsigned_abs()).as_bytes());
}

fn push_sign_hours_minutes(out: &mut Vec<u8>, offset: i64, colon: bool, minutes: bool) {
    let zone = offset / 60;
    out.push(if zone < 0 { b'-' } else { b'+' });
    push_int(out, zone.abs() / 60, 2);
    if colon {
        out.push(b':');
    }
    if minutes {
        push_int(out, zone.abs() % 60, 2);
    }
}

fn push_fraction(out: &mut Vec<u8>, nanos: u32, digits: usize, separator: u8, trim: bool) {
    if trim && nanos == 0 {
        return;
    }
    // Beyond nine digits Go writes only the nine it has.
    let text = format!("{nanos:09}");
    let mut shown = text.get(..digits.min(9)).unwrap_or_default();
    if trim {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return;
        }
    }
    out.push(separator);
    out.extend_from_slice(shown.as_bytes());
}

impl Time {
    /// The moment written by a Go layout, `Time.Format`.
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        let (zone, offset) = self.zone();
        let f = civil::fields(self.unix(), offset);
        let mut out = Vec::with_capacity(layout.len() + 8);
        let mut rest = layout;
        while let Some((start, end, element)) = layout::next(rest) {
            out.extend_from_slice(rest.get(..start).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default();
            match element {
                Element::Year => push_int(&mut out, f.year.max(0) % 100, 2),
                Element::LongYear => push_int(&mut out, f.year, 4),
                Element::Month => out.extend(layout::month_name(f.month).bytes().take(3)),
                Element::LongMonth => out.extend(layout::month_name(f.month).bytes()),
                Element::NumMonth => push_int(&mut out, f.month, 0),
                Element::ZeroMonth => push_int(&mut out, f.month, 2),
                Element::WeekDay => out.extend(layout::weekday_name(f.weekday).bytes().take(3)),
                Element::LongWeekDay => out.extend(layout::weekday_name(f.weekday).bytes()),
                Element::Day => push_int(&mut out, f.day, 0),
                Element::UnderDay => out.extend(format!("{:2}", f.day).bytes()),
                Element::ZeroDay => push_int(&mut out, f.day, 2),
                Element::UnderYearDay => out.extend(format!("{:3}", f.year_day).bytes()),
                Element::ZeroYearDay => push_int(&mut out, f.year_day, 3),
                Element::Hour => push_int(&mut out, f.hour, 2),
                Element::Hour12 => push_int(&mut out, (f.hour + 11) % 12 + 1, 0),
                Element::ZeroHour12 => push_int(&mut out, (f.hour + 11) % 12 + 1, 2),
                Element::Minute => push_int(&mut out, f.minute, 0),
                Element::ZeroMinute => push_int(&mut out, f.minute, 2),
                Element::Second => push_int(&mut out, f.second, 0),
                Element::ZeroSecond => push_int(&mut out, f.second, 2),
                Element::UpperPm => out.extend_from_slice(if f.hour >= 12 { b"PM" } else { b"AM" }),
                Element::LowerPm => out.extend_from_slice(if f.hour >= 12 { b"pm" } else { b"am" }),
                Element::Zone { iso: true, .. } if offset == 0 => out.push(b'Z'),
                Element::Zone { shape, .. } => {
                    let colon = matches!(shape, ZoneShape::ColonMinutes | ZoneShape::ColonSeconds);
                    push_sign_hours_minutes(&mut out, offset, colon, shape != ZoneShape::Hours);
                    if matches!(shape, ZoneShape::Seconds | ZoneShape::ColonSeconds) {
                        if colon {
                            out.push(b':');
                        }
                        push_int(&mut out, offset.abs() % 60, 2);
                    }
                }
                Element::ZoneName if !zone.is_empty() => out.extend_from_slice(zone.as_bytes()),
                Element::ZoneName => push_sign_hours_minutes(&mut out, offset, false, true),
                Element::Fraction { digits, separator, trim } => {
                    push_fraction(&mut out, self.nanos(), digits, separator, trim);
                }
            }
        }
        out.extend_from_slice(rest);
        out
    }
}

impl std::fmt::Display for Time {
    /// `Time.String`, without Go's monotonic clock reading (`m=+0.01`), which says nothing about the moment.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.format(b"2006-01-02 15:04:05.999999999 -0700 MST");
        f.write_str(&String::from_utf8_lossy(&text))
    }
}
