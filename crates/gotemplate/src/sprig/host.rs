//! What would come from the machine: environment variables and name resolution.
//!
//! Neither reads the machine. Variables come from an [`Environment`] that the caller injects; names are not resolved.

use std::collections::BTreeMap;

use crate::func::{Call, FuncError, FuncMap};
use crate::str::Str;

/// The variables that `env` and `expandenv` see, injected through [`Env::extension`](crate::env::Env::extension).
#[derive(Clone, Debug, Default)]
pub struct Environment(pub BTreeMap<String, String>);

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("env", |call: &mut Call<'_>, name: Str| variable(call, &name));
    m.add_with_call("expandenv", |call: &mut Call<'_>, text: Str| -> Result<Vec<u8>, FuncError> {
        expand(call, &text)
    });
    m.add("getHostByName", |name: Str| -> Result<Str, FuncError> {
        let literal = name.as_str().and_then(|text| text.parse::<std::net::IpAddr>().ok());
        match literal {
            Some(_) => Ok(name),
            None => {
                Err(FuncError::new(format!("the address of {name} is unknown: names are not resolved here")))
            }
        }
    });
}

fn variable(call: &Call<'_>, name: &Str) -> String {
    call.extension::<Environment>()
        .zip(name.as_str())
        .and_then(|(environment, name)| environment.0.get(name).cloned())
        .unwrap_or_default()
}

/// `os.Expand`: `$name`, `${name}` and the shell's one-character names.
fn expand(call: &Call<'_>, text: &[u8]) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| *b == b'$') {
        // A dollar at the very end stays.
        let Some(tail) = rest.get(at + 1..).filter(|tail| !tail.is_empty()) else { break };
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let (name, width) = shell_name(tail);
        match name {
            b"" if width > 0 => {}
            b"" => out.push(b'$'),
            name => {
                let value = variable(call, &Str::from(name));
                call.charge(value.len())?;
                out.extend_from_slice(value.as_bytes());
            }
        }
        rest = tail.get(width..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// The name after a dollar, and how many bytes it takes with its braces.
fn shell_name(text: &[u8]) -> (&[u8], usize) {
    let special = |b: u8| b.is_ascii_digit() || b"*#$@!?-".contains(&b);
    match text.first() {
        Some(b'{') => {
            if text.len() > 2 && text.get(1).is_some_and(|b| special(*b)) && text.get(2) == Some(&b'}') {
                return (text.get(1..2).unwrap_or_default(), 3);
            }
            match text.iter().position(|b| *b == b'}') {
                // Bad syntax: `${}` is eaten, and so is an opening brace that is never closed.
                Some(1) => (b"", 2),
                Some(end) => (text.get(1..end).unwrap_or_default(), end + 1),
                None => (b"", 1),
            }
        }
        Some(b) if special(*b) => (text.get(..1).unwrap_or_default(), 1),
        _ => {
            let length = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            (text.get(..length).unwrap_or_default(), length)
        }
    }
}
