//! Template functions: signatures checked as Go's reflection checks them, bodies that are plain Rust functions.
//!
//! ```
//! use seatrial_gotemplate::func::{Call, FuncError, FuncMap, Rest};
//! use seatrial_gotemplate::{Str, Value};
//!
//! let mut map = FuncMap::new();
//! map.add("shout", |s: Str| format!("{s}!"));
//! map.add("join", |sep: Str, parts: Rest<Str>| parts.0.iter().map(Str::to_string).collect::<Vec<_>>().join(&sep.to_text()));
//! map.add("fail", |s: Str| -> Result<Str, FuncError> { Err(FuncError::new(s)) });
//! map.add_with_call("year", |call: &mut Call<'_>| call.now().0 / 31_556_952 + 1970);
//! ```

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::env::{Env, Meter, now};
use crate::str::Str;
use crate::value::{Elem, IntKind, List, Map, Object, UintKind, Value};

/// The Go type of a parameter. The engine checks and converts arguments before a function sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// `interface {}`: anything; a missing value arrives as [`Value::Nil`].
    Any,
    /// `reflect.Value`, as the predefined functions take: anything, [`Value::Invalid`] included.
    Reflect,
    /// `bool`.
    Bool,
    /// A signed integer type.
    Int(IntKind),
    /// An unsigned integer type.
    Uint(UintKind),
    /// `float64`.
    Float64,
    /// `string`.
    Str,
    /// A slice type.
    Slice(Elem),
    /// A map type with string keys.
    Map(Elem),
    /// `error`.
    Error,
    /// A named type by its `%T` name: `time.Time`, `*semver.Version`.
    Named(&'static str),
}

impl Ty {
    /// Go's name of the type, as error texts print it.
    pub fn name(self) -> String {
        match self {
            Self::Any => "interface {}".to_owned(),
            Self::Reflect => "reflect.Value".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int(kind) => kind.name().to_owned(),
            Self::Uint(kind) => kind.name().to_owned(),
            Self::Float64 => "float64".to_owned(),
            Self::Str => "string".to_owned(),
            Self::Slice(elem) => format!("[]{}", elem.name()),
            Self::Map(elem) => format!("map[string]{}", elem.name()),
            Self::Error => "error".to_owned(),
            Self::Named(name) => name.to_owned(),
        }
    }
}

/// The parameters of a function.
#[derive(Clone, Copy, Debug)]
pub struct Sig {
    /// The fixed parameters.
    pub params: &'static [Ty],
    /// The type of further arguments, when it takes any.
    pub variadic: Option<Ty>,
}

impl Sig {
    /// No parameters.
    pub const NONE: Self = Self { params: &[], variadic: None };

    /// Fixed parameters only.
    pub const fn fixed(params: &'static [Ty]) -> Self {
        Self { params, variadic: None }
    }

    /// Fixed parameters, then any number of `rest`.
    pub const fn variadic(params: &'static [Ty], rest: Ty) -> Self {
        Self { params, variadic: Some(rest) }
    }

    /// The Go type of such a function, its result taken as `interface {}`.
    pub fn go_type(&self) -> String {
        let mut names: Vec<String> = self.params.iter().map(|ty| ty.name()).collect();
        names.extend(self.variadic.map(|ty| format!("...{}", ty.name())));
        format!("func({}) interface {{}}", names.join(", "))
    }
}

/// Why a function failed: the text after `error calling NAME: `.
#[derive(Clone, Debug)]
pub struct FuncError {
    pub(crate) message: Str,
    pub(crate) limit: bool,
    pub(crate) wrapped: Wrapped,
}

/// The errors that an error wraps (`errors.Unwrap`), outermost first. The text of each is the end of the text around
/// it, so that its length tells it.
#[derive(Clone, Debug, Default)]
#[allow(clippy::box_collection)] // One word in every error, which travels through every result.
pub(crate) struct Wrapped(Option<Box<Vec<usize>>>);

impl Wrapped {
    /// What wraps an error of that text.
    #[must_use]
    pub(crate) fn around(mut self, inner: usize) -> Self {
        self.0.get_or_insert_default().insert(0, inner);
        self
    }

    /// The lengths of the wrapped texts.
    pub(crate) fn lengths(&self) -> &[usize] {
        self.0.as_ref().map_or(&[], |lengths| lengths.as_slice())
    }
}

impl FuncError {
    /// An error (or a recovered panic) with Go's text.
    pub fn new(message: impl Into<Str>) -> Self {
        Self { message: message.into(), limit: false, wrapped: Wrapped::default() }
    }

    /// A limit was exceeded; nothing in a template may swallow this one.
    pub fn limit(message: impl Into<Str>) -> Self {
        Self { message: message.into(), limit: true, wrapped: Wrapped::default() }
    }

    /// An error that wraps this one (`%w` at the end of `fmt.Errorf`): its text is `before` and the text of this.
    #[must_use]
    pub fn wrapped(self, before: &str) -> Self {
        let mut message = before.as_bytes().to_vec();
        message.extend_from_slice(&self.message);
        Self { wrapped: self.wrapped.around(self.message.len()), message: message.into(), limit: self.limit }
    }

    /// Whether a limit was exceeded, so that functions that swallow errors must still pass this on.
    pub fn is_limit(&self) -> bool {
        self.limit
    }

    /// The text.
    pub fn message(&self) -> &Str {
        &self.message
    }
}

impl fmt::Display for FuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl std::error::Error for FuncError {}

/// What a running function may reach: limits, clock, randomness, the templates around it.
pub struct Call<'a> {
    pub(crate) env: &'a Env,
    pub(crate) meter: &'a Meter,
    pub(crate) templates: Option<&'a mut dyn Templates>,
}

/// The templates associated with the one that is executing.
pub(crate) trait Templates {
    /// Executes a named template and gives its output; the error is Go's whole text.
    fn execute(&mut self, name: &[u8], data: &Value) -> Result<Vec<u8>, FuncError>;

    /// Whether a template of that name is defined.
    fn defined(&self, name: &[u8]) -> bool;

    /// Parses a text beside the templates that are defined and executes it; the errors are Go's whole texts.
    fn evaluate(&mut self, text: &Str, data: &Value) -> Result<Vec<u8>, EvaluateError>;
}

/// Why a text could not be evaluated within an execution.
pub enum EvaluateError {
    /// It does not parse.
    Parse(FuncError),
    /// It fails.
    Execute(FuncError),
    /// Too many evaluations within one another.
    Depth,
}

impl<'a> Call<'a> {
    /// A call outside any template, as tests of single functions use.
    pub fn detached(env: &'a Env, meter: &'a Meter) -> Self {
        Self { env, meter, templates: None }
    }

    /// The surroundings.
    pub fn env(&self) -> &'a Env {
        self.env
    }

    /// The time by the injected clock: seconds and nanoseconds since 1970-01-01 UTC.
    pub fn now(&self) -> (i64, u32) {
        now(self.env.clock)
    }

    /// Fills `buffer` with random bytes from the injected source.
    pub fn fill_random(&self, buffer: &mut [u8]) -> Result<(), FuncError> {
        self.meter.fill_random(buffer)
    }

    /// A random number below `bound` (0 when `bound` is 0), without bias.
    pub fn random_below(&self, bound: u64) -> Result<u64, FuncError> {
        if bound == 0 {
            return Ok(0);
        }
        let zone = u64::MAX - u64::MAX % bound;
        loop {
            let mut word = [0; 8];
            self.fill_random(&mut word)?;
            let word = u64::from_le_bytes(word);
            if word < zone {
                return Ok(word % bound);
            }
            self.step(1)?;
        }
    }

    /// Accounts for work in a loop: fails when the step or time limit is exceeded.
    pub fn step(&self, count: u64) -> Result<(), FuncError> {
        self.meter.step(count)
    }

    /// Accounts for `bytes` about to be built (`repeat`, `until`, `join`): call it before building.
    pub fn charge(&self, bytes: usize) -> Result<(), FuncError> {
        self.meter.charge(bytes)
    }

    /// How deep data may nest before a function must refuse it.
    pub fn max_depth(&self) -> u32 {
        self.meter.limits.depth.min(1_000)
    }

    /// Executes an associated template and gives its output (Helm's `include`).
    pub fn execute_template(&mut self, name: &[u8], data: &Value) -> Result<Vec<u8>, FuncError> {
        match &mut self.templates {
            Some(templates) => templates.execute(name, data),
            None => Err(FuncError::new("no template is executing")),
        }
    }

    /// Parses `text` under the name of the executing template, with its functions and beside its templates,
    /// and executes it (`tpl` of Argo CD and Helm). `max_nested` bounds evaluations within evaluations.
    pub fn evaluate(&mut self, text: &Str, data: &Value, max_nested: u32) -> Result<Vec<u8>, EvaluateError> {
        let depth = &self.meter.tpl_depth;
        if depth.get() >= max_nested {
            return Err(EvaluateError::Depth);
        }
        let Some(templates) = &mut self.templates else {
            return Err(EvaluateError::Execute(FuncError::new("no template is executing")));
        };
        depth.set(depth.get() + 1);
        let result = templates.evaluate(text, data);
        depth.set(depth.get() - 1);
        result
    }

    /// Whether an associated template of that name is defined.
    pub fn has_template(&self, name: &[u8]) -> bool {
        self.templates.as_ref().is_some_and(|templates| templates.defined(name))
    }

    /// The tool's own data put into [`Env::extension`].
    pub fn extension<T: Any>(&self) -> Option<&'a T> {
        self.env.extension.as_ref()?.downcast_ref()
    }
}

type Body = dyn Fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError> + Send + Sync;

/// A template function. Cheap to clone; shared between threads.
#[derive(Clone)]
pub struct Function(Arc<FunctionCell>);

struct FunctionCell {
    sig: Sig,
    body: Box<Body>,
}

impl Function {
    /// A function whose arguments the engine has checked and converted against `sig` before `body` runs.
    pub fn new(
        sig: Sig,
        body: impl Fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(FunctionCell { sig, body: Box::new(body) }))
    }

    /// Its parameters.
    pub fn sig(&self) -> &Sig {
        &self.0.sig
    }

    /// Runs it on arguments that have been checked.
    pub fn call(&self, call: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
        (self.0.body)(call, args)
    }

    /// Whether both are the same function object.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Functions by name (`template.FuncMap`).
#[derive(Clone, Default)]
pub struct FuncMap(Arc<HashMap<Box<str>, Function>>);

impl FuncMap {
    /// No functions beyond the predefined ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a typed Rust function or closure, replacing any of that name.
    pub fn add<M, F: IntoFunction<M>>(&mut self, name: &str, function: F) {
        self.insert(name, function.into_function());
    }

    /// Adds a typed Rust function or closure whose first parameter is the [`Call`].
    pub fn add_with_call<M, F: IntoCallFunction<M>>(&mut self, name: &str, function: F) {
        self.insert(name, function.into_function());
    }

    /// Adds a function object, replacing any of that name.
    pub fn insert(&mut self, name: &str, function: Function) {
        Arc::make_mut(&mut self.0).insert(name.into(), function);
    }

    /// Removes a function.
    pub fn remove(&mut self, name: &str) {
        Arc::make_mut(&mut self.0).remove(name);
    }

    /// Adds all functions of `other`, which win over those here.
    pub fn extend(&mut self, other: &Self) {
        let map = Arc::make_mut(&mut self.0);
        map.extend(other.0.iter().map(|(name, function)| (name.clone(), function.clone())));
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.0.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names
    }
}

/// A parameter of a typed Rust function.
pub trait Param: Sized {
    /// Its Go type.
    const TY: Ty;
    /// Whether it takes all further arguments.
    const VARIADIC: bool = false;

    /// Takes its checked argument(s).
    fn take(args: &mut std::slice::Iter<'_, Value>) -> Self;
}

/// All further arguments of a variadic function.
pub struct Rest<T>(pub SmallVec<[T; 2]>);

impl<T: Param> Param for Rest<T> {
    const TY: Ty = T::TY;
    const VARIADIC: bool = true;

    fn take(args: &mut std::slice::Iter<'_, Value>) -> Self {
        let mut rest = SmallVec::with_capacity(args.len());
        while args.len() > 0 {
            rest.push(T::take(args));
        }
        Self(rest)
    }
}

macro_rules! params {
    ($($type:ty, $ty:expr, $pattern:pat => $value:expr, $default:expr;)*) => {$(
        impl Param for $type {
            const TY: Ty = $ty;

            fn take(args: &mut std::slice::Iter<'_, Value>) -> Self {
                match args.next() {
                    Some($pattern) => $value,
                    _ => $default,
                }
            }
        }
    )*};
}

params! {
    Value, Ty::Any, value => value.clone(), Self::Nil;
    bool, Ty::Bool, Value::Bool(b) => *b, false;
    i64, Ty::Int(IntKind::Int), Value::Int(_, i) => *i, 0;
    Int64, Ty::Int(IntKind::Int64), Value::Int(_, i) => Self(*i), Self(0);
    Int32, Ty::Int(IntKind::Int32), Value::Int(_, i) => Self(*i as i32), Self(0);
    f64, Ty::Float64, Value::Float(f) => *f, 0.0;
    Str, Ty::Str, Value::Str(s) => s.clone(), Self::EMPTY;
    Map, Ty::Map(Elem::Any), Value::Map(map) => map.clone().with_type(None), Self::nil(Elem::Any);
    Items, Ty::Slice(Elem::Any), Value::List(list) => Self(list.clone()), Self(List::nil(Elem::Any));
    Strings, Ty::Slice(Elem::Str), Value::List(list) => Self(list.clone()), Self(List::nil(Elem::Str));
    Reflect, Ty::Reflect, value => Self(value.clone()), Self(Value::Invalid);
}

/// A parameter or result of type `int64` (plain `i64` is Go's `int`).
pub struct Int64(pub i64);

/// A parameter of type `int32` (a rune).
pub struct Int32(pub i32);

/// A parameter of type `[]interface {}`.
pub struct Items(pub List);

/// A parameter of type `[]string`.
pub struct Strings(pub List);

/// A parameter of type `reflect.Value`: also receives [`Value::Invalid`].
pub struct Reflect(pub Value);

/// What a typed Rust function may return.
pub trait Ret {
    /// The Go value, or the error of the call.
    fn ret(self) -> Result<Value, FuncError>;
}

macro_rules! rets {
    ($($type:ty, $value:ident => $result:expr;)*) => {$(
        impl Ret for $type {
            fn ret(self) -> Result<Value, FuncError> {
                let $value = self;
                Ok($result)
            }
        }
    )*};
}

rets! {
    Value, v => v;
    bool, v => Value::Bool(v);
    i64, v => Value::int(v);
    Int64, v => Value::int64(v.0);
    f64, v => Value::Float(v);
    Str, v => Value::Str(v);
    String, v => Value::str(v);
    &'static str, v => Value::Str(Str::from_static(v));
    Vec<u8>, v => Value::str(v);
    List, v => Value::List(v);
    Map, v => Value::Map(v);
    Rc<dyn Object>, v => Value::Object(v);
}

impl<T: Ret> Ret for Result<T, FuncError> {
    fn ret(self) -> Result<Value, FuncError> {
        self?.ret()
    }
}

/// A Rust function or closure with typed parameters; `M` tells the shapes apart.
pub trait IntoFunction<M> {
    /// The function object.
    fn into_function(self) -> Function;
}

/// Like [`IntoFunction`], with `&mut Call<'_>` as the first parameter.
pub trait IntoCallFunction<M> {
    /// The function object.
    fn into_function(self) -> Function;
}

struct Params<T>(std::marker::PhantomData<T>);

macro_rules! functions {
    ($($name:ident)*) => {
        impl<$($name: Param,)*> Params<($($name,)*)> {
            const ALL: &'static [Ty] = &[$($name::TY,)*];
            const VARIADIC: bool = false $(|| $name::VARIADIC)*;
            const SIG: Sig = match Self::ALL.split_last() {
                Some((last, fixed)) if Self::VARIADIC => Sig { params: fixed, variadic: Some(*last) },
                _ => Sig { params: Self::ALL, variadic: None },
            };
        }

        impl<F, R, $($name),*> IntoFunction<fn($($name),*) -> R> for F
        where
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            R: Ret,
            $($name: Param,)*
        {
            fn into_function(self) -> Function {
                Function::new(Params::<($($name,)*)>::SIG, move |_, args| {
                    #[allow(unused_mut, unused_variables)]
                    let mut args = args.iter();
                    self($($name::take(&mut args)),*).ret()
                })
            }
        }

        impl<F, R, $($name),*> IntoCallFunction<fn($($name),*) -> R> for F
        where
            F: Fn(&mut Call<'_>, $($name),*) -> R + Send + Sync + 'static,
            R: Ret,
            $($name: Param,)*
        {
            fn into_function(self) -> Function {
                Function::new(Params::<($($name,)*)>::SIG, move |call, args| {
                    #[allow(unused_mut, unused_variables)]
                    let mut args = args.iter();
                    self(call, $($name::take(&mut args)),*).ret()
                })
            }
        }
    };
}

functions!();
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E G);
