//! The order go-yaml writes keys in.

use std::cmp::Ordering;

/// Whether key `a` is written before key `b`: digits count as numbers, letters go after what is no letter.
pub fn less(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return less_by(a.as_bytes(), b.as_bytes(), |byte| u32::from(*byte));
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    less_by(&a, &b, |char| *char as u32)
}

fn is_letter(code: u32) -> bool {
    char::from_u32(code).is_some_and(char::is_alphabetic)
}

fn is_digit(code: u32) -> bool {
    match char::from_u32(code) {
        Some('0'..='9') => true,
        Some(char) if char.is_ascii() => false,
        Some(char) => char.is_numeric() && !char.is_alphabetic(),
        None => false,
    }
}

fn less_by<T: PartialEq>(a: &[T], b: &[T], code: impl Fn(&T) -> u32) -> bool {
    let zero = u32::from(b'0');
    let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) else { return a.len() < b.len() };
    let (here_a, here_b) = (code(&a[at]), code(&b[at]));
    let (letter_a, letter_b) = (is_letter(here_a), is_letter(here_b));
    if letter_a && letter_b {
        return here_a < here_b;
    }
    if letter_a || letter_b {
        return letter_b;
    }
    let mut number_a = 0i64;
    let mut number_b = 0i64;
    if here_a == zero || here_b == zero {
        for before in a[..at].iter().rev().map(&code).take_while(|code| is_digit(*code)) {
            if before != zero {
                (number_a, number_b) = (1, 1);
                break;
            }
        }
    }
    let read = |from: &[T], number: &mut i64| {
        let mut count = 0;
        for digit in from[at..].iter().map(&code).take_while(|code| is_digit(*code)) {
            *number = number.wrapping_mul(10).wrapping_add(i64::from(digit) - i64::from(zero));
            count += 1;
        }
        count
    };
    let (digits_a, digits_b): (usize, usize) = (read(a, &mut number_a), read(b, &mut number_b));
    match number_a.cmp(&number_b).then(digits_a.cmp(&digits_b)) {
        Ordering::Equal => here_a < here_b,
        order => order == Ordering::Less,
    }
}

/// The entries of a map in go-yaml's order. A merge sort of our own, because `less` need not be a total order.
pub(super) fn sorted<'m, V>(entries: impl Iterator<Item = (&'m String, V)>) -> Vec<(&'m String, V)> {
    let mut runs: Vec<Vec<(&'m String, V)>> = entries.map(|entry| vec![entry]).collect();
    while runs.len() > 1 {
        let mut next = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            next.push(match pairs.next() {
                Some(right) => merge(left, right),
                None => left,
            });
        }
        runs = next;
    }
    runs.pop().unwrap_or_default()
}

fn merge<'m, V>(left: Vec<(&'m String, V)>, right: Vec<(&'m String, V)>) -> Vec<(&'m String, V)> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    loop {
        match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => {
                let next = if less(b.0, a.0) { right.next() } else { left.next() };
                out.extend(next);
            }
            (Some(_), None) => out.extend(left.next()),
            (None, _) => {
                out.extend(right);
                return out;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_keys_count() {
        let keys =
            ["a10", "a9", "b", "A", "1", "10", "2", "a-b", "a_b", "ab", "a", "a01", "a1"].map(String::from);
        let sorted: Vec<&str> =
            sorted(keys.iter().map(|key| (key, ()))).iter().map(|(key, ())| key.as_str()).collect();
        assert_eq!(sorted, ["1", "2", "10", "A", "a", "a-b", "a_b", "a1", "a01", "a9", "a10", "ab", "b"]);
    }
}
