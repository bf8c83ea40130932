//! Go's `text/template` as Argo CD and Helm use it, with the functions they add, and `fasttemplate`.

pub mod env;
pub mod func;
pub mod gotime;
pub mod semver;
pub mod str;
pub mod value;

pub use env::{Clock, Env, Limits, Meter, MissingKey, Random};
pub use func::{Call, FuncError, FuncMap, Function, Rest, Sig, Ty};
pub use str::Str;
pub use value::{Elem, Frozen, IntKind, Kind, List, Map, Object, UintKind, Value};
