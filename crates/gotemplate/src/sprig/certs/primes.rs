//! Primes for keys, from an injected random source: a sieve over a range, then Miller and Rabin's test in Montgomery's
//! form. Most of the time that making an RSA key takes is spent here.

use std::sync::OnceLock;

use num_bigint_dig::BigUint;

use super::Source;
use crate::func::FuncError;

/// Small primes up to this are sieved out; more take longer than the tests they save.
const SIEVED: u32 = 1 << 14;

/// A prime of `64 * words` bits whose two highest bits are set, so that a product of two has all its bits, and that is not one
/// more than a multiple of `exponent`, a prime.
pub(super) fn prime(source: &mut Source<'_, '_>, words: usize, exponent: u64) -> Result<BigUint, FuncError> {
    let small = small_primes();
    // Twelve times as far as the next prime is on average.
    let span = words * 64 * 4;
    loop {
        let mut start = random(source, words)?;
        let Some(top) = start.last_mut() else { return Err(FuncError::new("no prime of no bits")) };
        *top |= 0b11 << 62;
        if let Some(low) = start.first_mut() {
            *low |= 1;
        }
        let mut composite = vec![false; span];
        for prime in small {
            strike(&start, *prime, &mut composite);
        }
        for (index, _) in composite.iter().enumerate().filter(|(_, composite)| !**composite) {
            let Some(candidate) = plus(&start, 2 * index as u64) else { break };
            if remainder(&candidate, exponent) != 1 && is_prime(source, &candidate)? {
                return Ok(number(&candidate));
            }
        }
    }
}

/// Whether a number whose highest bit is the highest of its words is prime, but for odds of less than 2⁻¹⁰⁰.
pub(super) fn is_probable_prime(source: &mut Source<'_, '_>, n: &BigUint) -> Result<bool, FuncError> {
    let limbs = limbs(n);
    let divides = |prime: &u32| remainder(&limbs, u64::from(*prime)) == 0;
    if limbs.first().is_none_or(|low| low & 1 == 0) || small_primes().iter().any(divides) {
        return Ok(false);
    }
    is_prime(source, &limbs)
}

/// Rounds with random bases, as FIPS 186-5 wants them for numbers of that many bits.
fn rounds(bits: usize) -> usize {
    match bits {
        1345.. => 4,
        476.. => 5,
        _ => 32,
    }
}

fn is_prime(source: &mut Source<'_, '_>, n: &[u64]) -> Result<bool, FuncError> {
    source.step()?;
    let mut field = Montgomery::new(n);
    let two = field.doubled(&field.one.clone());
    // Base 2 costs the least and turns away nearly every number that is not prime.
    if !field.witness(&two) {
        return Ok(false);
    }
    for _ in 0..rounds(n.len() * 64) {
        // A random number is as random in Montgomery's form.
        let mut base = random(source, n.len())?;
        if !less(&base, n) {
            subtract(&mut base, n);
        }
        if base.iter().any(|limb| *limb != 0) && !field.witness(&base) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Odd primes up to [`SIEVED`].
fn small_primes() -> &'static [u32] {
    static PRIMES: OnceLock<Vec<u32>> = OnceLock::new();
    PRIMES.get_or_init(sieve)
}

fn sieve() -> Vec<u32> {
    let mut composite = vec![false; SIEVED as usize];
    let mut found = Vec::new();
    for n in (3..SIEVED).step_by(2) {
        if composite.get(n as usize) == Some(&true) {
            continue;
        }
        found.push(n);
        let multiples = composite.iter_mut().skip((n as usize).saturating_mul(n as usize));
        for multiple in multiples.step_by(2 * n as usize) {
            *multiple = true;
        }
    }
    found
}

/// Marks the multiples of a small prime among the odd numbers from `start`.
fn strike(start: &[u64], prime: u32, composite: &mut [bool]) {
    let prime = u64::from(prime);
    let rest = remainder(start, prime);
    // The first `index` with `start + 2 * index` a multiple: `index` is `-rest / 2` modulo the prime.
    let gap = if rest == 0 { 0 } else { prime - rest };
    let first = if gap % 2 == 0 { gap / 2 } else { gap.midpoint(prime) };
    for multiple in composite.iter_mut().skip(first as usize).step_by(prime as usize) {
        *multiple = true;
    }
}

fn random(source: &mut Source<'_, '_>, words: usize) -> Result<Vec<u64>, FuncError> {
    Ok(limbs(&source.number(words * 8, true)?))
}

/// Words of a number, the lowest first.
fn limbs(n: &BigUint) -> Vec<u64> {
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    n.to_bytes_le().chunks(8).map(word).collect()
}

fn number(limbs: &[u64]) -> BigUint {
    BigUint::from_bytes_le(&limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<_>>())
}

/// The remainder by a number of less than 32 bits.
fn remainder(n: &[u64], divisor: u64) -> u64 {
    n.iter().rev().fold(0, |rest, limb| {
        let high = (rest << 32 | limb >> 32) % divisor;
        (high << 32 | limb & 0xFFFF_FFFF) % divisor
    })
}

/// The sum, unless it needs another word.
fn plus(n: &[u64], more: u64) -> Option<Vec<u64>> {
    let mut carry = more;
    let sum = n.iter().map(|limb| {
        let (sum, over) = limb.overflowing_add(carry);
        carry = u64::from(over);
        sum
    });
    let sum: Vec<u64> = sum.collect();
    (carry == 0).then_some(sum)
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a -= b`, modulo the words that there are.
fn subtract(a: &mut [u64], b: &[u64]) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (rest, under) = a.overflowing_sub(*b);
        let (rest, again) = rest.overflowing_sub(u64::from(borrow));
        *a = rest;
        borrow = under || again;
    }
}

/// Arithmetic modulo an odd number whose highest bit is the highest of its words, on numbers times 2⁶⁴ʷ.
struct Montgomery<'n> {
    n: &'n [u64],
    /// `-1 / n` modulo 2⁶⁴.
    inverse: u64,
    one: Vec<u64>,
    /// Room for a product.
    product: Vec<u64>,
}

impl<'n> Montgomery<'n> {
    fn new(n: &'n [u64]) -> Self {
        let low = n.first().copied().unwrap_or(1);
        // Newton: each step doubles the bits that are right, of which an odd number has three.
        let inverse = (0..5)
            .fold(low, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse))));
        // The power of two above `n` is less than twice `n`.
        let mut one = vec![0; n.len()];
        subtract(&mut one, n);
        Self { n, inverse: inverse.wrapping_neg(), one, product: vec![0; 2 * n.len()] }
    }

    fn doubled(&self, a: &[u64]) -> Vec<u64> {
        let mut carry = 0;
        let twice = a.iter().map(|limb| {
            let twice = limb << 1 | carry;
            carry = limb >> 63;
            twice
        });
        let mut twice: Vec<u64> = twice.collect();
        if carry != 0 || !less(&twice, self.n) {
            subtract(&mut twice, self.n);
        }
        twice
    }

    /// `a = a²`.
    fn square(&mut self, a: &mut [u64]) {
        self.product.fill(0);
        for (index, limb) in a.iter().enumerate() {
            let row = self.product.get_mut(2 * index + 1..).unwrap_or_default();
            let rest = a.get(index + 1..).unwrap_or_default();
            multiply_add(row, rest, *limb);
        }
        let (mut bit, mut carry) = (0, 0);
        for (pair, limb) in self.product.chunks_exact_mut(2).zip(a.iter()) {
            let [low, high] = pair else { continue };
            let square = u128::from(*limb) * u128::from(*limb);
            let twice = [*low << 1 | bit, *high << 1 | *low >> 63];
            bit = *high >> 63;
            let sum = u128::from(twice[0]) + u128::from(square as u64) + u128::from(carry);
            *low = sum as u64;
            let sum = u128::from(twice[1]) + (square >> 64) + (sum >> 64);
            *high = sum as u64;
            carry = (sum >> 64) as u64;
        }
        self.reduce(a);
    }

    /// `a = a * b`.
    fn multiply(&mut self, a: &mut [u64], b: &[u64]) {
        self.product.fill(0);
        for (index, limb) in a.iter().enumerate() {
            multiply_add(self.product.get_mut(index..).unwrap_or_default(), b, *limb);
        }
        self.reduce(a);
    }

    /// The product, divided by 2⁶⁴ʷ.
    fn reduce(&mut self, into: &mut [u64]) {
        let words = self.n.len();
        let mut over = 0_u64;
        for index in 0..words {
            let Some(row) = self.product.get_mut(index..) else { break };
            let factor = row.first().copied().unwrap_or_default().wrapping_mul(self.inverse);
            over += multiply_add(row, self.n, factor);
        }
        into.copy_from_slice(self.product.get(words..).unwrap_or_default());
        if over != 0 || !less(into, self.n) {
            subtract(into, self.n);
        }
    }

    /// Whether a base, in Montgomery's form, leaves it open that the number is prime.
    fn witness(&mut self, base: &[u64]) -> bool {
        let mut minus_one = self.n.to_vec();
        subtract(&mut minus_one, &self.one);
        // `n - 1` is `odd << twos`: the bits of `odd` are those of `n` above the lowest that are cut off.
        let mut even = self.n.to_vec();
        if let Some(low) = even.first_mut() {
            *low &= !1;
        }
        let zero_words = even.iter().take_while(|limb| **limb == 0).count();
        let twos = zero_words * 64 + even.get(zero_words).map_or(0, |limb| limb.trailing_zeros() as usize);
        let is_two = *base == *self.doubled(&self.one);
        let mut power = base.to_vec();
        for bit in (twos..self.n.len() * 64 - 1).rev() {
            self.square(&mut power);
            if even.get(bit / 64).is_some_and(|limb| limb >> (bit % 64) & 1 == 1) {
                if is_two {
                    power = self.doubled(&power);
                } else {
                    self.multiply(&mut power, base);
                }
            }
        }
        if power == self.one || power == minus_one {
            return true;
        }
        for _ in 1..twos {
            self.square(&mut power);
            if power == minus_one {
                return true;
            }
        }
        false
    }
}

/// `row += factors * by`, and what is left over behind the row.
fn multiply_add(row: &mut [u64], factors: &[u64], by: u64) -> u64 {
    let (low, high) = row.split_at_mut(factors.len().min(row.len()));
    let mut carry = 0_u64;
    for (place, factor) in low.iter_mut().zip(factors) {
        let sum = u128::from(*factor) * u128::from(by) + u128::from(*place) + u128::from(carry);
        *place = sum as u64;
        carry = (sum >> 64) as u64;
    }
    for place in high {
        if carry == 0 {
            return 0;
        }
        let (sum, over) = place.overflowing_add(carry);
        *place = sum;
        carry = u64::from(over);
    }
    carry
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use num_bigint_dig::prime::probably_prime;

    use super::*;
    use crate::env::{Env, Random};
    use crate::{FuncMap, Template, Value};

    /// Runs something on a seeded source, inside a template as everything that needs one.
    fn with_source(work: fn(&mut Source<'_, '_>)) {
        thread_local!(static WORK: RefCell<Option<fn(&mut Source<'_, '_>)>> = const { RefCell::new(None) });
        WORK.set(Some(work));
        let mut functions = FuncMap::default();
        functions.add_with_call("work", |call: &mut crate::Call<'_>, _: crate::Str| {
            if let Some(work) = WORK.take() {
                work(&mut Source::new(call));
            }
            ""
        });
        let env = Env { random: Random::Seeded(7), ..Env::default() };
        let template = Template::parse("test", "{{ work \"\" }}", &functions).unwrap();
        template.execute(&Value::Nil, &env).unwrap();
        assert!(WORK.take().is_none(), "the work was not done");
    }

    #[test]
    fn primes_are_prime() {
        with_source(|source| {
            for words in [4, 8, 16] {
                let found = prime(source, words, 65_537).unwrap();
                assert_eq!(found.bits(), words * 64);
                assert!(probably_prime(&found, 20), "{found}");
                assert!(is_probable_prime(source, &found).unwrap());
                assert!(!is_probable_prime(source, &(&found * &found)).unwrap());
            }
        });
    }

    #[test]
    fn verdicts_are_those_of_another_test() {
        with_source(|source| {
            for _ in 0..400 {
                let n = source.number(16, true).unwrap();
                assert_eq!(is_probable_prime(source, &n).unwrap(), probably_prime(&n, 20), "{n}");
            }
        });
    }

    #[test]
    fn arithmetic_is_that_of_another_library() {
        with_source(|source| {
            for _ in 0..200 {
                let n = source.number(24, true).unwrap();
                let limbs_of_n = limbs(&n);
                let mut field = Montgomery::new(&limbs_of_n);
                let shift = BigUint::from(1_u8) << 192;
                let a = source.number(24, false).unwrap() % &n;
                let b = source.number(24, false).unwrap() % &n;
                let form = |x: &BigUint| {
                    let mut words = limbs(&((x * &shift) % &n));
                    words.resize(3, 0);
                    words
                };
                assert_eq!(number(&field.one), &shift % &n);
                let (mut product, mut square) = (form(&a), form(&a));
                field.multiply(&mut product, &form(&b));
                assert_eq!(product, form(&((&a * &b) % &n)));
                field.square(&mut square);
                assert_eq!(square, form(&((&a * &a) % &n)));
                assert_eq!(field.doubled(&form(&a)), form(&((&a + &a) % &n)));
            }
        });
    }
}
