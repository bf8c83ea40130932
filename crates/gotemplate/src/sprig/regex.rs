//! `regexMatch`, `regexFindAll`, `regexReplaceAll` and their `must` siblings.

use std::rc::Rc;

use super::panic;
use crate::func::{Call, FuncError, FuncMap};
use crate::goregexp::{Regexp, quote_meta};
use crate::quote::{can_backquote, quote};
use crate::str::Str;
use crate::value::{Elem, List, Value};

pub(super) fn add(m: &mut FuncMap) {
    // A bad expression simply does not match here; the other plain functions panic.
    m.add_with_call("regexMatch", |call: &mut Call<'_>, regex: Str, s: Str| -> Result<bool, FuncError> {
        account(call, &s)?;
        Ok(Regexp::compile(&regex).is_ok_and(|r| r.is_match(&s)))
    });
    m.add_with_call("mustRegexMatch", |call: &mut Call<'_>, regex: Str, s: Str| -> Result<bool, FuncError> {
        account(call, &s)?;
        Ok(compile(&regex, true)?.is_match(&s))
    });
    for (name, must) in [("regexFind", false), ("mustRegexFind", true)] {
        m.add_with_call(name, move |call: &mut Call<'_>, regex: Str, s: Str| -> Result<Str, FuncError> {
            account(call, &s)?;
            Ok(compile(&regex, must)?.find(&s).map(Str::from).unwrap_or_default())
        });
    }
    for (name, must) in [("regexFindAll", false), ("mustRegexFindAll", true)] {
        m.add_with_call(
            name,
            move |call: &mut Call<'_>, regex: Str, s: Str, n: i64| -> Result<List, FuncError> {
                account(call, &s)?;
                let found = compile(&regex, must)?.find_all(&s, usize::try_from(n).ok());
                if found.is_empty() {
                    return Ok(List::nil(Elem::Str));
                }
                call.charge(found.len().saturating_mul(size_of::<Value>()))?;
                Ok(List::strings(found.into_iter().map(|range| Str::from(s.get(range).unwrap_or_default()))))
            },
        );
    }
    for (name, must) in [("regexSplit", false), ("mustRegexSplit", true)] {
        m.add_with_call(
            name,
            move |call: &mut Call<'_>, regex: Str, s: Str, n: i64| -> Result<List, FuncError> {
                account(call, &s)?;
                let Some(pieces) = compile(&regex, must)?.split(&regex, &s, n) else {
                    return Ok(List::nil(Elem::Str));
                };
                call.charge(pieces.len().saturating_mul(size_of::<Value>()))?;
                Ok(List::strings(pieces.into_iter().map(Str::from)))
            },
        );
    }
    for (name, must, literal) in [
        ("regexReplaceAll", false, false),
        ("mustRegexReplaceAll", true, false),
        ("regexReplaceAllLiteral", false, true),
        ("mustRegexReplaceAllLiteral", true, true),
    ] {
        m.add_with_call(
            name,
            move |call: &mut Call<'_>, regex: Str, s: Str, with: Str| -> Result<Vec<u8>, FuncError> {
                account(call, &s)?;
                let regexp = compile(&regex, must)?;
                regexp.replace_all(&s, |out, groups| {
                    let before = out.len();
                    if literal {
                        out.extend_from_slice(&with);
                    } else {
                        regexp.expand(out, &with, &s, groups);
                    }
                    call.charge(out.len() - before)
                })
            },
        );
    }
    m.add("regexQuoteMeta", |s: Str| quote_meta(&s));
}

/// Matching walks the text once or, for many matches, a few times.
fn account(call: &Call<'_>, text: &[u8]) -> Result<(), FuncError> {
    call.step(1 + text.len() as u64 / 16)
}

fn compile(expression: &[u8], must: bool) -> Result<Rc<Regexp>, FuncError> {
    Regexp::compile(expression).map_err(|error| {
        if must {
            return FuncError::new(error);
        }
        // `regexp.MustCompile` panics with the expression quoted.
        let shown = if can_backquote(expression) {
            format!("`{}`", String::from_utf8_lossy(expression))
        } else {
            quote(expression)
        };
        panic(format!("regexp: Compile({shown}): {error}"))
    })
}
