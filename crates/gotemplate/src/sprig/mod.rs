//! Sprig 3.3.0's generic function map, as Argo CD 3.x builds it.
//!
//! Outputs and error texts are Go's. Where a Go function panics, `text/template` reports the panic's text as the error
//! of the call, and so do these. Every function that can build more than it was given accounts for that first.
//!
//! | file | functions |
//! | --- | --- |
//! | `strings` | trimming, cutting, searching, padding, wrapping |
//! | `cases` | `title`, `snakecase` and other word styles |
//! | `text` | `toString`, `quote`, `cat`, `join`, `split` |
//! | `encode` | base64 and base32 |
//! | `regex` | regular expressions |
//! | `numbers`, `decimal` | casts, integer and decimal arithmetic, `until`, `seq` |
//! | `lists`, `dicts`, `merge` | lists and maps |
//! | `defaults`, `reflect`, `json` | defaults, types, JSON |
//! | `versions` | semantic versions |
//! | `paths`, `urls` | paths and URLs |
//! | `dates`, `moment` | dates |
//! | `random`, `hashes`, `certs` | randomness, sums and passwords, keys and certificates |
//! | `host` | what would come from the machine: environment variables and name resolution |

mod cases;
mod certs;
mod chars;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encode;
mod hashes;
mod host;
mod json;
mod lists;
mod merge;
mod moment;
mod numbers;
mod paths;
mod random;
mod reflect;
mod regex;
mod strings;
mod text;
mod urls;
mod versions;

use std::sync::OnceLock;

pub use encode::base64_encode;
pub use host::Environment;
pub use moment::{duration_value, time_value};
pub use numbers::parse_float;
pub use versions::version_value;

use crate::func::{FuncError, FuncMap};

/// All functions of sprig's `GenericFuncMap`. Made once; cloning it is cheap.
///
/// Argo CD removes `env`, `expandenv` and `getHostByName` from its copy.
pub fn generic() -> FuncMap {
    static MAP: OnceLock<FuncMap> = OnceLock::new();
    MAP.get_or_init(|| {
        let mut m = FuncMap::new();
        for add in [
            strings::add,
            cases::add,
            text::add,
            encode::add,
            regex::add,
            numbers::add,
            lists::add,
            dicts::add,
            defaults::add,
            reflect::add,
            json::add,
            versions::add,
            paths::add,
            urls::add,
            dates::add,
            random::add,
            hashes::add,
            certs::add,
            host::add,
        ] {
            add(&mut m);
        }
        m
    })
    .clone()
}

/// What `text/template` reports of a Go panic inside a function.
fn panic(text: impl Into<crate::str::Str>) -> FuncError {
    FuncError::new(text)
}

/// The panic of asking nil for its type.
fn nil_dereference() -> FuncError {
    panic("runtime error: invalid memory address or nil pointer dereference")
}
