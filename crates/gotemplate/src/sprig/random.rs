//! Randomness from the source of the call: with a seed the same template gives the same bytes.

use super::chars::runes;
use super::encode::base64_encode;
use super::{chars, panic};
use crate::func::{Call, FuncError, FuncMap};
use crate::str::Str;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";

pub(super) fn add(m: &mut FuncMap) {
    let both = [LETTERS, DIGITS].concat();
    let ascii: Vec<u8> = (b' '..=b'~').collect();
    for (name, set) in [
        ("randAlphaNum", both),
        ("randAlpha", LETTERS.to_vec()),
        ("randNumeric", DIGITS.to_vec()),
        ("randAscii", ascii),
    ] {
        m.add_with_call(name, move |call: &mut Call<'_>, count: i64| draw(call, &set, count));
    }
    m.add_with_call("randBytes", |call: &mut Call<'_>, count: i64| -> Result<String, FuncError> {
        let Ok(count) = usize::try_from(count) else {
            return Err(panic("runtime error: makeslice: len out of range"));
        };
        call.charge(count.saturating_mul(3))?;
        let mut bytes = vec![0; count];
        call.fill_random(&mut bytes)?;
        Ok(base64_encode(&bytes))
    });
    m.add_with_call("randInt", |call: &mut Call<'_>, min: i64, max: i64| -> Result<i64, FuncError> {
        match u64::try_from(max.wrapping_sub(min)) {
            Ok(span) if span > 0 => Ok(min.wrapping_add(call.random_below(span)? as i64)),
            _ => Err(panic("invalid argument to Intn")),
        }
    });
    m.add_with_call("uuidv4", |call: &mut Call<'_>| -> Result<String, FuncError> {
        let mut bytes = [0; 16];
        call.fill_random(&mut bytes)?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = super::hashes::hex(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        Ok([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
    });
    m.add_with_call("shuffle", |call: &mut Call<'_>, s: Str| -> Result<Vec<u8>, FuncError> {
        call.charge(s.len().saturating_mul(4))?;
        let mut all: Vec<char> = runes(&s).collect();
        for i in (1..all.len()).rev() {
            all.swap(i, call.random_below(i as u64 + 1)? as usize);
        }
        let mut out = Vec::with_capacity(s.len());
        for c in all {
            chars::push(&mut out, c);
        }
        Ok(out)
    });
}

/// `count` characters of a set; a negative count gives nothing, as sprig swallows the error.
fn draw(call: &Call<'_>, set: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    let count = usize::try_from(count).unwrap_or(0);
    call.charge(count)?;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        call.step(1)?;
        let index = call.random_below(set.len() as u64)? as usize;
        out.extend(set.get(index));
    }
    Ok(out)
}
