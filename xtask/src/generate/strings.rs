//! Breaking text the way typing and pasting do.

use super::rng::Rng;

/// Deletes, doubles, swaps or inserts something at a few places.
pub(crate) fn mangle(rng: &mut Rng, text: &str, inserts: &[&str]) -> String {
    let mut out: Vec<char> = text.chars().collect();
    for _ in 0..=rng.below(2) {
        let at = rng.below(out.len() + 1);
        match rng.below(5) {
            0 if at < out.len() => {
                out.remove(at);
            }
            1 if at < out.len() => out.insert(at, out[at]),
            2 if at + 1 < out.len() => out.swap(at, at + 1),
            3 => out.truncate(at),
            _ => {
                let insert: Vec<char> = rng.pick(inserts).chars().collect();
                out.splice(at..at, insert);
            }
        }
    }
    out.into_iter().collect()
}
