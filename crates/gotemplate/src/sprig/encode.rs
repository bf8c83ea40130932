//! Base64 and base32 with Go's error texts (`illegal base64 data at input byte 4`).

use crate::func::{Call, FuncError, FuncMap};
use crate::str::Str;

const ALPHABET_64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ALPHABET_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("b64enc", |call: &mut Call<'_>, s: Str| -> Result<String, FuncError> {
        call.charge(s.len() / 3 * 4)?;
        Ok(base64_encode(&s))
    });
    m.add("b64dec", |s: Str| base64_decode(&s).unwrap_or_else(String::into_bytes));
    m.add_with_call("b32enc", |call: &mut Call<'_>, s: Str| -> Result<String, FuncError> {
        call.charge(s.len() / 5 * 8)?;
        Ok(base32_encode(&s))
    });
    m.add("b32dec", |s: Str| base32_decode(&s).unwrap_or_else(String::into_bytes));
}

/// Writes groups of `bits` per character, padded to whole quanta of `chars`.
fn encode(text: &[u8], alphabet: &[u8], bits: u32, quantum: usize) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut held, mut count) = (0_u32, 0);
    let mask = (1 << bits) - 1;
    let mut push = |index: u32| {
        out.push(alphabet.get(index as usize).map_or('=', |b| char::from(*b)));
    };
    for &b in text {
        held = held << 8 & 0xFFFF | u32::from(b);
        count += 8;
        while count >= bits {
            count -= bits;
            push(held >> count & mask);
        }
    }
    if count > 0 {
        push(held << (bits - count) & mask);
    }
    while !out.len().is_multiple_of(quantum) {
        out.push('=');
    }
    out
}

/// Standard base64 with padding.
/// Standard base64 with padding.
pub fn base64_encode(text: &[u8]) -> String {
    encode(text, ALPHABET_64, 6, 4)
}

fn base32_encode(text: &[u8]) -> String {
    encode(text, ALPHABET_32, 5, 8)
}

fn value_of(alphabet: &[u8], b: u8) -> Option<u32> {
    alphabet.iter().position(|a| *a == b).map(|i| i as u32)
}

/// Reads standard base64; line breaks are skipped.
pub(super) fn base64_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let newline = |at: usize| matches!(text.get(at), Some(b'\n' | b'\r'));
    let mut table = [None; 256];
    for (value, b) in (0_u32..).zip(ALPHABET_64) {
        table[usize::from(*b)] = Some(value);
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut count, mut at) = (0_u32, 0, 0);
    while let Some(&b) = text.get(at) {
        at += 1;
        if let Some(value) = table[usize::from(b)] {
            held = held << 6 | value;
            count += 1;
            if count == 4 {
                out.extend_from_slice(&held.to_be_bytes()[1..]);
                (held, count) = (0, 0);
            }
            continue;
        }
        if newline(at - 1) {
            continue;
        }
        if b != b'=' || count < 2 {
            return Err(corrupt(at - 1));
        }
        let skip = |mut at: usize| {
            while newline(at) {
                at += 1;
            }
            at
        };
        if count == 2 {
            at = skip(at);
            match text.get(at) {
                None => return Err(corrupt(text.len())),
                Some(b'=') => at += 1,
                Some(_) => return Err(corrupt(at - 1)),
            }
        }
        at = skip(at);
        if at < text.len() {
            return Err(corrupt(at));
        }
        let bytes = (held << (6 * (4 - count))).to_be_bytes();
        out.extend_from_slice(bytes.get(1..count).unwrap_or_default());
        return Ok(out);
    }
    if count > 0 {
        return Err(corrupt(text.len() - count));
    }
    Ok(out)
}

/// Reads standard base32; line breaks are skipped.
fn base32_decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base32 data at input byte {at}");
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let len = text.len();
    let mut out = Vec::with_capacity(len / 8 * 5);
    for (number, group) in text.chunks(8).enumerate() {
        let start = number * 8;
        let mut held = 0_u64;
        let mut count = 0;
        for (j, &b) in group.iter().enumerate() {
            let left = len - start - j - 1;
            if b == b'=' && j >= 2 && left < 8 {
                if left + j < 7 {
                    return Err(corrupt(len));
                }
                for k in 0..7 - j {
                    if text.get(start + j + 1 + k).is_some_and(|b| *b != b'=') {
                        return Err(corrupt(start + j + k));
                    }
                }
                if j == 3 || j == 6 {
                    return Err(corrupt(start + j));
                }
                break;
            }
            let value = value_of(ALPHABET_32, b).ok_or_else(|| corrupt(start + j))?;
            held = held << 5 | u64::from(value);
            count += 1;
        }
        let padded = group.get(count) == Some(&b'=');
        if count < 8 && !padded {
            return Err(corrupt(len - count));
        }
        let bytes = (held << (5 * (8 - count))).to_be_bytes();
        out.extend_from_slice(bytes.get(3..3 + count * 5 / 8).unwrap_or_default());
        if padded {
            break;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for length in 0..40_u8 {
            let text: Vec<u8> = (0..length).map(|b| b.wrapping_mul(37)).collect();
            assert_eq!(base64_decode(base64_encode(&text).as_bytes()).unwrap(), text);
            assert_eq!(base32_decode(base32_encode(&text).as_bytes()).unwrap(), text);
        }
        assert_eq!(base64_encode(b"hello"), "aGVsbG8=");
        assert_eq!(base32_encode(b"hello"), "NBSWY3DP");
    }

    #[test]
    fn refuses_in_go_words() {
        for (text, at) in [("a", 0), ("aGVsbG8", 4), ("aG=x", 2), ("!", 0), ("aGVsbG8=x", 8), ("a===", 1)] {
            let want = format!("illegal base64 data at input byte {at}");
            assert_eq!(base64_decode(text.as_bytes()).unwrap_err(), want, "{text}");
        }
    }
}
