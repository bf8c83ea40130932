//! Go's `text/template` as Argo CD and Helm use it, with the functions they add, and `fasttemplate`.

pub mod argocd;
mod ast;
mod builtins;
mod bury;
mod compare;
pub mod env;
mod escape;
mod eval;
mod exec;
pub mod fasttemplate;
pub mod func;
pub mod glob;
pub mod gofmt;
pub mod goregexp;
pub mod gotime;
pub mod json;
mod lex;
mod number;
mod parse;
mod quote;
pub mod semver;
pub mod sprig;
mod stack;
pub mod str;
pub mod template;
pub mod trace;
mod unicode;
pub mod value;

pub use env::{Clock, Env, Limits, Meter, MissingKey, Random};
pub use func::{Call, FuncError, FuncMap, Function, Rest, Sig, Ty};
pub use json::Numbers;
pub use str::Str;
pub use template::{Error, Parsed, Set, Template};
pub use trace::{Recorder, Trace};
pub use value::{Elem, Frozen, IntKind, Kind, List, Map, Method, Named, Object, UintKind, Value};
