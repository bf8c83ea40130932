//! `time.Time`, `time.Duration`, `time.Month`, `time.Weekday` and `*time.Location` as template values with their methods.

use std::any::Any;

use crate::func::{Call, FuncError, Sig, Ty};
use crate::gotime::{Time, Zone, duration};
use crate::str::Str;
use crate::value::{IntKind, Kind, Method, Object, Value};

/// Go's name of the moment's type.
pub(super) const TIME: &str = "time.Time";
const DURATION: &str = "time.Duration";
const INT: Ty = Ty::Int(IntKind::Int);

macro_rules! methods {
    ($($name:literal $(($($ty:expr),*))?,)*) => {
        &[$(Method { name: $name, sig: Sig { params: &[$($($ty),*)?], variadic: None } }),*]
    };
}

/// Boilerplate that all these objects share.
macro_rules! common {
    ($methods:ident) => {
        fn methods(&self) -> &'static [Method] {
            $methods
        }

        fn equals(&self, other: &dyn Object) -> bool {
            other.as_any().downcast_ref::<Self>().is_some_and(|other| self.same(other))
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    };
}

fn name_of(methods: &'static [Method], index: usize) -> &'static str {
    methods.get(index).map_or("", |method| method.name)
}

/// `time.Time`.
pub(super) struct Moment(pub(super) Time);

const TIME_METHODS: &[Method] = methods![
    "Add"(Ty::Named(DURATION)),
    "AddDate"(INT, INT, INT),
    "After"(Ty::Named(TIME)),
    "Before"(Ty::Named(TIME)),
    "Compare"(Ty::Named(TIME)),
    "Day",
    "Equal"(Ty::Named(TIME)),
    "Format"(Ty::Str),
    "GoString",
    "Hour",
    "In"(Ty::Named("*time.Location")),
    "IsDST",
    "IsZero",
    "Local",
    "Location",
    "Minute",
    "Month",
    "Nanosecond",
    "Round"(Ty::Named(DURATION)),
    "Second",
    "String",
    "Sub"(Ty::Named(TIME)),
    "Truncate"(Ty::Named(DURATION)),
    "UTC",
    "Unix",
    "UnixMicro",
    "UnixMilli",
    "UnixNano",
    "Weekday",
    "Year",
    "YearDay",
];

impl Moment {
    fn same(&self, other: &Self) -> bool {
        self.0.unix() == other.0.unix()
            && self.0.nanos() == other.0.nanos()
            && self.0.location().name() == other.0.location().name()
    }
}

/// The moment in a value, if it is one.
pub(super) fn moment(v: &Value) -> Option<&Time> {
    match v {
        Value::Object(object) => object.as_any().downcast_ref::<Moment>().map(|m| &m.0),
        _ => None,
    }
}

fn time_argument(args: &[Value]) -> Time {
    args.first().and_then(moment).cloned().unwrap_or_else(Time::zero)
}

fn nanos_argument(args: &[Value]) -> i64 {
    args.first().map_or(0, nanos_of)
}

fn nanos_of(v: &Value) -> i64 {
    match v {
        Value::Object(object) => object.as_any().downcast_ref::<Span>().map_or(0, |span| span.0),
        Value::Int(_, nanos) => *nanos,
        _ => 0,
    }
}

impl Object for Moment {
    fn type_name(&self) -> &str {
        TIME
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn call(&self, index: usize, _: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        let t = &self.0;
        let int = |at: usize| match args.get(at) {
            Some(Value::Int(_, i)) => *i,
            _ => 0,
        };
        let order = |other: Time| (t.unix(), t.nanos()).cmp(&(other.unix(), other.nanos()));
        let value = |time: Time| Value::object(Self(time));
        let nanos = i64::from(t.nanos());
        Ok(match name_of(TIME_METHODS, index) {
            "Add" => value(t.add(nanos_argument(args))),
            "AddDate" => value(t.add_date(int(0), int(1), int(2))),
            "After" => Value::Bool(order(time_argument(args)).is_gt()),
            "Before" => Value::Bool(order(time_argument(args)).is_lt()),
            "Equal" => Value::Bool(order(time_argument(args)).is_eq()),
            "Compare" => Value::int(order(time_argument(args)) as i64),
            "Year" => Value::int(t.date().0),
            "Month" => Value::object(Named { month: true, number: t.date().1 }),
            "Day" => Value::int(t.date().2),
            "Hour" => Value::int(t.clock().0),
            "Minute" => Value::int(t.clock().1),
            "Second" => Value::int(t.clock().2),
            "Nanosecond" => Value::int(nanos),
            "YearDay" => Value::int(t.day_numbers().0),
            "Weekday" => Value::object(Named { month: false, number: t.day_numbers().1 }),
            "Format" => {
                let layout = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
                Value::str(t.format(&layout))
            }
            "In" => match args.first() {
                Some(Value::Object(object)) => match object.as_any().downcast_ref::<Place>() {
                    Some(place) => value(t.clone().in_zone(place.0.clone())),
                    None => value(t.clone()),
                },
                _ => return Err(FuncError::new("time: missing Location in call to Time.In")),
            },
            "IsDST" => Value::Bool(t.is_dst()),
            "IsZero" => Value::Bool(t.is_zero()),
            "Local" | "UTC" => value(t.clone().in_zone(Zone::Utc)),
            "Location" => Value::object(Place(t.location().clone())),
            "Round" => value(t.to_multiple(nanos_argument(args), true)),
            "Truncate" => value(t.to_multiple(nanos_argument(args), false)),
            "Sub" => Value::object(Span(t.since(&time_argument(args)))),
            "Unix" => Value::int64(t.unix()),
            "UnixMilli" => Value::int64(t.unix().wrapping_mul(1_000).wrapping_add(nanos / 1_000_000)),
            "UnixMicro" => Value::int64(t.unix().wrapping_mul(1_000_000).wrapping_add(nanos / 1_000)),
            "UnixNano" => Value::int64(t.unix_nanos()),
            "GoString" => {
                let ((year, month, day), (hour, minute, second)) = (t.date(), t.clock());
                let (month, zone) = (Time::month_name(month), t.location().name());
                Value::str(format!(
                    "time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanos}, time.{zone})"
                ))
            }
            _ => Value::str(t.to_string()),
        })
    }

    fn text(&self) -> Option<Str> {
        Some(Str::from(self.0.to_string()))
    }

    fn to_json(&self) -> Option<serde_json::Value> {
        let text = self.0.format(b"2006-01-02T15:04:05.999999999Z07:00");
        Some(serde_json::Value::String(String::from_utf8_lossy(&text).into_owned()))
    }

    common!(TIME_METHODS);
}

/// `time.Duration`, in nanoseconds.
struct Span(i64);

const DURATION_METHODS: &[Method] = methods![
    "Abs",
    "Hours",
    "Microseconds",
    "Milliseconds",
    "Minutes",
    "Nanoseconds",
    "Round"(Ty::Named(DURATION)),
    "Seconds",
    "String",
    "Truncate"(Ty::Named(DURATION)),
];

impl Span {
    fn same(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Whole units, then the fraction of one, as Go adds them up.
    fn in_units(&self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }
}

impl Object for Span {
    fn type_name(&self) -> &str {
        DURATION
    }

    fn kind(&self) -> Kind {
        Kind::Int64
    }

    fn call(&self, index: usize, _: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        let nanos = self.0;
        Ok(match name_of(DURATION_METHODS, index) {
            "Abs" => Value::object(Self(nanos.saturating_abs())),
            "Hours" => Value::Float(self.in_units(3_600 * duration::SECOND)),
            "Minutes" => Value::Float(self.in_units(60 * duration::SECOND)),
            "Seconds" => Value::Float(self.in_units(duration::SECOND)),
            "Milliseconds" => Value::int64(nanos / 1_000_000),
            "Microseconds" => Value::int64(nanos / 1_000),
            "Nanoseconds" => Value::int64(nanos),
            name @ ("Round" | "Truncate") => {
                Value::object(Self(duration::to_multiple(nanos, nanos_argument(args), name == "Round")))
            }
            _ => Value::str(duration::to_string(nanos)),
        })
    }

    fn text(&self) -> Option<Str> {
        Some(Str::from(duration::to_string(self.0)))
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }

    common!(DURATION_METHODS);
}

/// A `time.Time`.
pub fn time_value(time: Time) -> Value {
    Value::object(Moment(time))
}

/// The `time.Duration` of so many nanoseconds.
pub fn duration_value(nanos: i64) -> Value {
    Value::object(Span(nanos))
}

/// `time.Month` or `time.Weekday`.
struct Named {
    month: bool,
    number: i64,
}

const STRING_ONLY: &[Method] = methods!["String",];

impl Named {
    fn same(&self, other: &Self) -> bool {
        self.month == other.month && self.number == other.number
    }

    fn name(&self) -> Str {
        if self.month {
            Str::from(Time::month_name(self.number))
        } else {
            Str::from(Time::weekday_name(self.number))
        }
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        if self.month { "time.Month" } else { "time.Weekday" }
    }

    fn kind(&self) -> Kind {
        Kind::Int
    }

    fn call(&self, _: usize, _: &mut Call<'_>, _: &[Value]) -> Result<Value, FuncError> {
        Ok(Value::Str(self.name()))
    }

    fn text(&self) -> Option<Str> {
        Some(self.name())
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    common!(STRING_ONLY);
}

/// `*time.Location`.
struct Place(Zone);

impl Place {
    fn same(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Object for Place {
    fn type_name(&self) -> &'static str {
        "*time.Location"
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn call(&self, _: usize, _: &mut Call<'_>, _: &[Value]) -> Result<Value, FuncError> {
        Ok(Value::str(self.0.name()))
    }

    fn text(&self) -> Option<Str> {
        Some(Str::from(self.0.name()))
    }

    common!(STRING_ONLY);
}
