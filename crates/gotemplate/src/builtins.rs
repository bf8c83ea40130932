//! The predefined functions of `text/template`.

use crate::compare;
use crate::escape;
use crate::func::{Call, FuncError, Sig, Ty};
use crate::gofmt::{Fault, sprint, sprintf, sprintln};
use crate::str::Str;
use crate::value::{Elem, IntKind, Kind, List, Map, UintKind, Value};

/// A predefined function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Html,
    Index,
    Slice,
    Js,
    Len,
    Not,
    Or,
    Print,
    Printf,
    Println,
    UrlQuery,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

const ONE: Sig = Sig::fixed(&[Ty::Reflect]);
const TWO: Sig = Sig::fixed(&[Ty::Reflect, Ty::Reflect]);
const ONE_AND_MORE: Sig = Sig::variadic(&[Ty::Reflect], Ty::Reflect);
const ANY: Sig = Sig::variadic(&[], Ty::Any);
const FORMAT: Sig = Sig::variadic(&[Ty::Str], Ty::Any);

impl Builtin {
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "and" => Self::And,
            "call" => Self::Call,
            "html" => Self::Html,
            "index" => Self::Index,
            "slice" => Self::Slice,
            "js" => Self::Js,
            "len" => Self::Len,
            "not" => Self::Not,
            "or" => Self::Or,
            "print" => Self::Print,
            "printf" => Self::Printf,
            "println" => Self::Println,
            "urlquery" => Self::UrlQuery,
            "eq" => Self::Eq,
            "ge" => Self::Ge,
            "gt" => Self::Gt,
            "le" => Self::Le,
            "lt" => Self::Lt,
            "ne" => Self::Ne,
            _ => return None,
        })
    }

    pub(crate) fn sig(self) -> &'static Sig {
        match self {
            Self::And | Self::Or | Self::Call | Self::Index | Self::Slice | Self::Eq => &ONE_AND_MORE,
            Self::Len | Self::Not => &ONE,
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => &TWO,
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println => &ANY,
            Self::Printf => &FORMAT,
        }
    }

    /// Runs it on checked arguments. `and`, `or` and `call` are the evaluator's own.
    pub(crate) fn call(self, call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        let max_len = call.meter.limits.output as usize;
        let meter = call.meter;
        // What is built is accounted for, or doubling a text in a loop would exhaust memory.
        let text = |result: Result<Vec<u8>, Fault>| match result {
            Ok(text) => {
                meter.charge(text.len())?;
                Ok(Value::str(text))
            }
            Err(fault) => Err(FuncError::limit(fault.message())),
        };
        Ok(match (self, args) {
            (Self::Not, [arg]) => Value::Bool(!arg.truth()),
            (Self::Len, [arg]) => Value::int(len(arg)?),
            (Self::Eq, _) => Value::Bool(compare::eq(args)?),
            (Self::Ne, _) => Value::Bool(!compare::eq(args)?),
            (Self::Lt, [a, b]) => Value::Bool(compare::lt(a, b)?),
            (Self::Le, [a, b]) => Value::Bool(compare::le(a, b)?),
            (Self::Gt, [a, b]) => Value::Bool(!compare::le(a, b)?),
            (Self::Ge, [a, b]) => Value::Bool(!compare::lt(a, b)?),
            (Self::Index, [item, indexes @ ..]) => index(item, indexes)?,
            (Self::Slice, [item, indexes @ ..]) => slice(item, indexes)?,
            (Self::Print, [Value::Str(only)]) => Value::Str(only.clone()),
            (Self::Print, _) => text(sprint(args, max_len))?,
            (Self::Println, _) => text(sprintln(args, max_len))?,
            (Self::Printf, [Value::Str(format), rest @ ..]) => text(sprintf(format, rest, max_len))?,
            (Self::Html, _) => text(Ok(escape::html(&joined(args, max_len)?)))?,
            (Self::Js, _) => text(Ok(escape::js(&joined(args, max_len)?)))?,
            (Self::UrlQuery, _) => text(Ok(escape::url_query(&joined(args, max_len)?)))?,
            _ => return Err(FuncError::new("unreachable")),
        })
    }
}

/// The text of the arguments of an escaper.
fn joined(args: &[Value], max_len: usize) -> Result<Str, FuncError> {
    if let [Value::Str(only)] = args {
        return Ok(only.clone());
    }
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| if arg.is_nil() { Value::Str(Str::from_static("<no value>")) } else { arg.clone() })
        .collect();
    sprint(&shown, max_len).map(Str::from).map_err(|fault| FuncError::limit(fault.message()))
}

fn len(item: &Value) -> Result<i64, FuncError> {
    Ok(match item {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Nil => return Err(FuncError::new("len of nil pointer")),
        Value::Invalid => {
            return Err(FuncError::new("reflect: call of reflect.Value.Type on zero Value"));
        }
        _ => return Err(FuncError::new(format!("len of type {}", pointed(item)))),
    } as i64)
}

/// The type of a value behind its pointer.
fn pointed(item: &Value) -> String {
    let name = item.type_name();
    if item.kind() == Kind::Pointer { name.trim_start_matches('*').to_owned() } else { name.into_owned() }
}

/// The zero value of an element type.
pub(crate) fn zero(elem: Elem) -> Value {
    match elem {
        Elem::Any => Value::Nil,
        Elem::Str => Value::Str(Str::EMPTY),
        Elem::Int => Value::int(0),
        Elem::Int64 => Value::int64(0),
        Elem::Float64 => Value::Float(0.0),
        Elem::Bool => Value::Bool(false),
        Elem::Uint8 => Value::Uint(UintKind::Uint8, 0),
        Elem::Map => Value::Map(Map::nil(Elem::Any)),
        Elem::StrList => Value::List(List::nil(Elem::Str)),
        Elem::AnyList => Value::List(List::nil(Elem::Any)),
        Elem::Bytes => Value::List(List::nil(Elem::Uint8)),
    }
}

/// An index into something of length `cap`; the index may equal it.
fn index_arg(index: &Value, cap: usize) -> Result<usize, FuncError> {
    let number = match index {
        Value::Int(_, int) => *int,
        Value::Uint(_, uint) => *uint as i64,
        Value::Object(object) if matches!(object.underlying(), Some(Value::Int(..))) => {
            match object.underlying() {
                Some(Value::Int(_, int)) => int,
                _ => 0,
            }
        }
        Value::Invalid | Value::Nil => return Err(FuncError::new("cannot index slice/array with nil")),
        _ => {
            return Err(FuncError::new(format!("cannot index slice/array with type {}", index.type_name())));
        }
    };
    match usize::try_from(number) {
        Ok(number) if number <= cap => Ok(number),
        _ => Err(FuncError::new(format!("index out of range: {number}"))),
    }
}

/// `index`.
fn index(item: &Value, indexes: &[Value]) -> Result<Value, FuncError> {
    if item.is_nil() {
        return Err(FuncError::new("index of untyped nil"));
    }
    let mut item = item.clone();
    for index in indexes {
        item = match &item {
            Value::Invalid | Value::Nil => return Err(FuncError::new("index of nil pointer")),
            Value::List(list) => {
                let at = index_arg(index, list.len())?;
                list.items()
                    .get(at)
                    .cloned()
                    .ok_or_else(|| FuncError::new("reflect: slice index out of range"))?
            }
            Value::Str(text) => {
                let at = index_arg(index, text.len())?;
                let byte =
                    text.get(at).ok_or_else(|| FuncError::new("reflect: string index out of range"))?;
                Value::Uint(UintKind::Uint8, u64::from(*byte))
            }
            Value::Map(map) => match index {
                Value::Str(key) => map.get(key).unwrap_or_else(|| zero(map.elem())),
                Value::Invalid | Value::Nil => {
                    return Err(FuncError::new("value is nil; should be of type string"));
                }
                other => {
                    return Err(FuncError::new(format!(
                        "value has type {}; should be string",
                        other.type_name()
                    )));
                }
            },
            other => return Err(FuncError::new(format!("can't index item of type {}", pointed(other)))),
        };
    }
    Ok(item)
}

/// `slice`. The capacity of a slice is taken to be its length.
fn slice(item: &Value, indexes: &[Value]) -> Result<Value, FuncError> {
    if item.is_nil() {
        return Err(FuncError::new("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(FuncError::new(format!("too many slice indexes: {}", indexes.len())));
    }
    let len = match item {
        Value::Str(_) if indexes.len() == 3 => {
            return Err(FuncError::new("cannot 3-index slice a string"));
        }
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        _ => return Err(FuncError::new(format!("can't slice item of type {}", pointed(item)))),
    };
    let mut bounds = [0, len, len];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = index_arg(index, len)?;
    }
    let [from, to, cap] = bounds;
    if from > to {
        return Err(FuncError::new(format!("invalid slice index: {from} > {to}")));
    }
    if to > cap {
        return Err(FuncError::new(format!("invalid slice index: {to} > {cap}")));
    }
    Ok(match item {
        Value::Str(text) => Value::str(text.get(from..to).unwrap_or_default()),
        Value::List(list) => {
            Value::List(List::typed(list.elem(), list.items().get(from..to).unwrap_or_default().to_vec()))
        }
        _ => Value::Nil,
    })
}

/// What `slice` says when one of its indexes is held in an `interface {}`, as all values out of maps are:
/// the faults it would find first, else that it cannot use that type.
pub(crate) fn slice_by_interface(args: &[Value], first: usize) -> FuncError {
    let (item, indexes) = args.split_first().unwrap_or((&Value::Invalid, &[]));
    let from_start: Vec<Value> = indexes.iter().map(|_| Value::int(0)).collect();
    let len = match item {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        _ => 0,
    };
    let earlier =
        || indexes.iter().take(first.saturating_sub(1)).find_map(|index| index_arg(index, len).err());
    slice(item, &from_start)
        .err()
        .or_else(earlier)
        .unwrap_or_else(|| FuncError::new("cannot index slice/array with type interface {}"))
}

/// Whether a value is of a type, exactly (Go's assignability).
pub(crate) fn assignable(value: &Value, ty: Ty) -> bool {
    match (ty, value) {
        (Ty::Any | Ty::Reflect, _)
        | (Ty::Bool, Value::Bool(_))
        | (Ty::Float64, Value::Float(_))
        | (Ty::Str, Value::Str(_)) => true,
        (Ty::Int(kind), Value::Int(given, _)) => kind == *given,
        (Ty::Uint(kind), Value::Uint(given, _)) => kind == *given,
        (Ty::Slice(elem), Value::List(list)) => list.elem() == elem,
        (Ty::Map(elem), Value::Map(map)) => map.elem() == elem,
        (Ty::Error, Value::Object(object)) => object.is_error(),
        (Ty::Named(name), Value::Object(object)) => {
            object.type_name() == name || object.type_name().strip_prefix('*') == Some(name)
        }
        _ => false,
    }
}

/// The zero value of a type that can be nil.
pub(crate) fn nil_of(ty: Ty) -> Option<Value> {
    match ty {
        Ty::Any | Ty::Error => Some(Value::Nil),
        Ty::Reflect => Some(Value::Invalid),
        Ty::Slice(elem) => Some(Value::List(List::nil(elem))),
        Ty::Map(elem) => Some(Value::Map(Map::nil(elem))),
        Ty::Named(name) if name.starts_with('*') => Some(Value::Nil),
        _ => None,
    }
}

/// An argument of `call`, which converts between integer types.
pub(crate) fn prepare(value: &Value, ty: Ty) -> Result<Value, FuncError> {
    if value.is_nil() {
        return nil_of(ty)
            .ok_or_else(|| FuncError::new(format!("value is nil; should be of type {}", ty.name())));
    }
    if assignable(value, ty) {
        return Ok(value.clone());
    }
    let wide = match value {
        Value::Int(_, int) => Some(i128::from(*int)),
        Value::Uint(_, uint) => Some(i128::from(*uint)),
        _ => None,
    };
    match (ty, wide) {
        (Ty::Int(kind), Some(wide)) => Ok(Value::Int(kind, narrow_int(kind, wide as i64))),
        (Ty::Uint(kind), Some(wide)) => Ok(Value::Uint(kind, narrow_uint(kind, wide as u64))),
        _ => Err(FuncError::new(format!("value has type {}; should be {}", value.type_name(), ty.name()))),
    }
}

/// An integer cut to the width of its type.
pub(crate) fn narrow_int(kind: IntKind, int: i64) -> i64 {
    match kind {
        IntKind::Int | IntKind::Int64 => int,
        IntKind::Int8 => i64::from(int as i8),
        IntKind::Int16 => i64::from(int as i16),
        IntKind::Int32 => i64::from(int as i32),
    }
}

/// An unsigned integer cut to the width of its type.
pub(crate) fn narrow_uint(kind: UintKind, uint: u64) -> u64 {
    match kind {
        UintKind::Uint | UintKind::Uint64 | UintKind::Uintptr => uint,
        UintKind::Uint8 => u64::from(uint as u8),
        UintKind::Uint16 => u64::from(uint as u16),
        UintKind::Uint32 => u64::from(uint as u32),
    }
}
