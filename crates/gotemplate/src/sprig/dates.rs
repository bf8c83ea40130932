//! Dates: `now`, `date`, `toDate`, `ago`, `duration`. The clock is the one of the call, the local zone is UTC unless
//! the environment names another.

use super::moment::{Moment, TIME, moment};
use super::numbers::{exact_int64, parse_int};
use crate::func::{Call, FuncError, FuncMap, Function, Sig, Ty};
use crate::gotime::{self, Time, Zone, duration};
use crate::str::Str;
use crate::value::{IntKind, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("now", |call: &mut Call<'_>| value(now(call)));
    m.add_with_call("date", |call: &mut Call<'_>, layout: Str, v: Value| -> Result<Vec<u8>, FuncError> {
        format(call, &layout, &v, b"Local")
    });
    m.add_with_call("htmlDate", |call: &mut Call<'_>, v: Value| format(call, b"2006-01-02", &v, b"Local"));
    m.add_with_call("htmlDateInZone", |call: &mut Call<'_>, v: Value, zone: Str| {
        format(call, b"2006-01-02", &v, &zone)
    });
    for name in ["dateInZone", "date_in_zone"] {
        m.add_with_call(name, |call: &mut Call<'_>, layout: Str, v: Value, zone: Str| {
            format(call, &layout, &v, &zone)
        });
    }
    const MODIFY: Sig = Sig::fixed(&[Ty::Str, Ty::Named(TIME)]);
    for (name, must) in
        [("dateModify", false), ("date_modify", false), ("mustDateModify", true), ("must_date_modify", true)]
    {
        m.insert(
            name,
            Function::new(MODIFY, move |_, args| {
                let text = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
                let time = time_at(args, 1);
                match duration::parse(&text) {
                    Ok(nanos) => Ok(value(time.add(nanos))),
                    Err(error) if must => Err(FuncError::new(error)),
                    Err(_) => Ok(value(time)),
                }
            }),
        );
    }
    m.add_with_call("ago", |call: &mut Call<'_>, v: Value| {
        let then = match (&v, moment(&v)) {
            (_, Some(time)) => time.clone(),
            (Value::Int(IntKind::Int | IntKind::Int64, seconds), _) => Time::from_unix(*seconds, 0),
            _ => now(call),
        };
        duration::to_string(duration::round_to_second(now(call).since(&then)))
    });
    m.add("duration", |v: Value| {
        let seconds = match &v {
            Value::Str(s) => parse_int(s, 10).value,
            v => exact_int64(v).unwrap_or(0),
        };
        duration::to_string(seconds.wrapping_mul(duration::SECOND))
    });
    m.add_with_call("durationRound", |call: &mut Call<'_>, v: Value| {
        let nanos = match (&v, moment(&v)) {
            (_, Some(time)) => now(call).since(time),
            (Value::Str(s), _) => duration::parse(s).unwrap_or(0),
            (v, _) => exact_int64(v).unwrap_or(0),
        };
        rounded(nanos)
    });
    m.add_with_call("toDate", |call: &mut Call<'_>, layout: Str, text: Str| {
        value(gotime::parse(&layout, &text).map_or_else(|_| Time::zero(), |time| local(call, time)))
    });
    m.add_with_call(
        "mustToDate",
        |call: &mut Call<'_>, layout: Str, text: Str| -> Result<Value, FuncError> {
            let time = gotime::parse(&layout, &text).map_err(FuncError::new)?;
            Ok(value(local(call, time)))
        },
    );
    m.insert(
        "unixEpoch",
        Function::new(Sig::fixed(&[Ty::Named(TIME)]), |_, args| {
            Ok(Value::str(time_at(args, 0).unix().to_string()))
        }),
    );
}

fn value(time: Time) -> Value {
    Value::object(Moment(time))
}

fn time_at(args: &[Value], at: usize) -> Time {
    args.get(at).and_then(moment).cloned().unwrap_or_else(Time::zero)
}

fn local_zone(call: &Call<'_>) -> Zone {
    call.env().zone.as_ref().and_then(|name| Zone::load(name.as_bytes())).unwrap_or(Zone::Utc)
}

fn now(call: &Call<'_>) -> Time {
    let (seconds, nanos) = call.now();
    Time::from_unix(seconds, nanos).in_zone(local_zone(call))
}

/// Text without a zone of its own is local time: the clock reading stays, the moment moves.
fn local(call: &Call<'_>, time: Time) -> Time {
    let zone = local_zone(call);
    if matches!(zone, Zone::Utc) || !matches!(time.location(), Zone::Utc) {
        return time;
    }
    let first = time.clone().in_zone(zone.clone()).zone().1;
    let guess = Time::from_unix(time.unix().wrapping_sub(first), time.nanos()).in_zone(zone.clone());
    let second = guess.zone().1;
    Time::from_unix(time.unix().wrapping_sub(second), time.nanos()).in_zone(zone)
}

fn format(call: &Call<'_>, layout: &[u8], v: &Value, zone: &[u8]) -> Result<Vec<u8>, FuncError> {
    let time = match (v, moment(v)) {
        (_, Some(time)) => time.clone(),
        (Value::Int(IntKind::Int | IntKind::Int32 | IntKind::Int64, seconds), _) => {
            Time::from_unix(*seconds, 0)
        }
        // Everything else, strings and floats included, silently means now.
        _ => now(call),
    };
    let zone = if zone == b"Local" { local_zone(call) } else { Zone::load(zone).unwrap_or(Zone::Utc) };
    // A two-byte element such as `.0` repeated may grow sixteenfold at most.
    call.charge(layout.len().saturating_mul(16))?;
    Ok(time.in_zone(zone).format(layout))
}

/// The largest unit that fits: `3mo`, `2d`, `5s`.
fn rounded(nanos: i64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const HOUR: u64 = 3_600 * SECOND;
    let units = [
        (24 * 365 * HOUR, "y"),
        (24 * 30 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (60 * SECOND, "m"),
        (SECOND, "s"),
    ];
    let magnitude = nanos.unsigned_abs();
    units
        .into_iter()
        .find(|(unit, _)| magnitude > *unit)
        .map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", magnitude / unit))
}
