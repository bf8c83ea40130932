//! Helm 4.3's functions on durations.

use seatrial_gotemplate::gotime::duration::{SECOND, parse, to_multiple};
use seatrial_gotemplate::sprig::{duration_value, parse_float};
use seatrial_gotemplate::{FuncError, FuncMap, Value, gofmt, quote};

/// The most seconds that a duration holds.
const MAX_SECONDS: i64 = i64::MAX / SECOND;

pub(super) fn add(map: &mut FuncMap) {
    map.add("mustToDuration", |value: Value| -> Result<Value, FuncError> {
        nanos(&value).map(duration_value)
    });
    for (name, unit) in
        [("durationSeconds", SECOND), ("durationMinutes", 60 * SECOND), ("durationHours", HOUR)]
    {
        map.add(name, move |value: Value| in_units(nanos(&value).unwrap_or(0), unit));
    }
    map.add("durationDays", |value: Value| in_units(nanos(&value).unwrap_or(0), HOUR) / 24.0);
    map.add("durationWeeks", |value: Value| in_units(nanos(&value).unwrap_or(0), HOUR) / 24.0 / 7.0);
    for (name, unit) in
        [("durationMilliseconds", 1_000_000), ("durationMicroseconds", 1_000), ("durationNanoseconds", 1)]
    {
        map.add(name, move |value: Value| Value::int64(nanos(&value).unwrap_or(0) / unit));
    }
    for (name, round) in [("durationRoundTo", true), ("durationTruncateTo", false)] {
        map.add(name, move |value: Value, step: Value| {
            let Ok(given) = nanos(&value) else { return duration_value(0) };
            duration_value(nanos(&step).map_or(given, |step| to_multiple(given, step, round)))
        });
    }
}

const HOUR: i64 = 3_600 * SECOND;

/// Whole units, then the fraction of one, as Go adds them up.
fn in_units(nanos: i64, unit: i64) -> f64 {
    (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64
}

/// The nanoseconds of a duration, of the text of one, or of a number of seconds.
fn nanos(value: &Value) -> Result<i64, FuncError> {
    match value {
        Value::Invalid | Value::Nil => Err(FuncError::new("invalid duration")),
        Value::Str(text) => {
            let trimmed = text.trim_ascii();
            if trimmed.is_empty() {
                return Err(FuncError::new("empty duration"));
            }
            match (parse(trimmed), parse_float(trimmed)) {
                (Ok(nanos), _) => Ok(nanos),
                (_, Some(seconds)) => from_float(seconds),
                _ => Err(FuncError::new(format!("could not parse duration {}", quote(text)))),
            }
        }
        Value::Int(_, seconds) => from_int(*seconds),
        Value::Uint(_, seconds) => i64::try_from(*seconds)
            .ok()
            .filter(|seconds| *seconds <= MAX_SECONDS)
            .map(|seconds| seconds * SECOND)
            .ok_or_else(|| FuncError::new(format!("duration seconds overflow: {seconds}"))),
        Value::Float(seconds) => from_float(*seconds),
        Value::Object(object) => match object.underlying() {
            Some(Value::Int(_, nanos)) if object.type_name() == "time.Duration" => Ok(nanos),
            Some(number @ (Value::Int(..) | Value::Uint(..) | Value::Float(_))) => nanos_of_number(&number),
            _ => Err(unsupported(value)),
        },
        other => Err(unsupported(other)),
    }
}

fn nanos_of_number(number: &Value) -> Result<i64, FuncError> {
    match number {
        Value::Int(_, seconds) => from_int(*seconds),
        Value::Float(seconds) => from_float(*seconds),
        other => Err(unsupported(other)),
    }
}

fn unsupported(value: &Value) -> FuncError {
    FuncError::new(format!("unsupported duration type {}", value.type_name()))
}

fn from_int(seconds: i64) -> Result<i64, FuncError> {
    if !(-MAX_SECONDS..=MAX_SECONDS).contains(&seconds) {
        return Err(FuncError::new(format!("duration seconds overflow: {seconds}")));
    }
    Ok(seconds * SECOND)
}

fn from_float(seconds: f64) -> Result<i64, FuncError> {
    let shown = || gofmt::display(&Value::Float(seconds));
    if !seconds.is_finite() {
        return Err(FuncError::new(format!("invalid duration seconds: {}", shown())));
    }
    if seconds.abs() > i64::MAX as f64 / SECOND as f64 {
        return Err(FuncError::new(format!("duration seconds overflow: {}", shown())));
    }
    Ok((seconds * SECOND as f64) as i64)
}

#[cfg(test)]
mod tests {
    use seatrial_gotemplate::gotime::duration::to_string;

    use super::*;

    #[test]
    fn what_stands_for_a_duration() {
        let text = |value: Value| nanos(&value).map(to_string).map_err(|error| error.to_string());
        assert_eq!(text(Value::str(" 1h30m ")), Ok("1h30m0s".to_owned()));
        assert_eq!(text(Value::str("2.5")), Ok("2.5s".to_owned()));
        assert_eq!(text(Value::int(90)), Ok("1m30s".to_owned()));
        assert_eq!(text(Value::Float(0.5)), Ok("500ms".to_owned()));
        assert_eq!(text(duration_value(5)), Ok("5ns".to_owned()));
        assert_eq!(text(Value::str("x")), Err("could not parse duration \"x\"".to_owned()));
        assert_eq!(text(Value::int(i64::MAX)), Err(format!("duration seconds overflow: {}", i64::MAX)));
    }
}
