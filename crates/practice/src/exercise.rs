//! An exercise: a manifest with faults, and the key.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::faults::faults;
use crate::random::Random;

/// Something that a trial found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Found {
    /// The rule.
    pub rule: String,
    /// The part of the catalogue that it belongs to.
    pub group: String,
    /// The point of the checklist that it answers.
    pub check: Option<u8>,
    /// Whether it is an error.
    pub error: bool,
    /// The line of the manifest, from 1; 0 when it stands elsewhere, as in the chart.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The environments it holds for.
    pub environments: Vec<String>,
    /// Which of the exercise's faults it comes from; 0 as a judge gives it.
    pub fault: usize,
}

/// A manifest to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// The manifest.
    pub text: String,
    /// The names of the faults that were put into it.
    pub faults: Vec<&'static str>,
    /// What a trial finds in it that it did not find in the good one: the key.
    pub key: Vec<Found>,
    /// What tells it from others.
    pub id: String,
}

/// How many faults there are at each level.
const MANY: [usize; 3] = [2, 3, 5];

/// Makes an exercise of a good manifest: faults up to `level` (1 to 3) are put into it, as `seed` decides, each one such that
/// `judge` finds something more. `None` when none could be.
pub fn exercise(
    good: &str,
    seed: u64,
    level: u8,
    judge: &mut dyn FnMut(&str) -> Vec<Found>,
) -> Option<Exercise> {
    let level = level.clamp(1, 3);
    let mut random = Random::new(seed);
    // Comments name the facts that values rest on.
    let good = good
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .fold(String::new(), |t, l| t + l + "\n");
    let fine = told(&judge(&good));
    let mut chosen: Vec<usize> =
        (0..faults().len()).filter(|i| faults().get(*i).is_some_and(|f| f.level <= level)).collect();
    random.shuffle(&mut chosen);
    let many = MANY.get(usize::from(level) - 1).copied().unwrap_or(2);
    // Half of them are as hard as the level says: else an exercise of level 3 could be one of level 1.
    let is_hard = |index: &usize| faults().get(*index).is_some_and(|fault| fault.level == level);
    let hard: Vec<usize> = chosen.iter().copied().filter(is_hard).take(many.div_ceil(2)).collect();
    chosen.sort_by_key(|index| !hard.contains(index));
    let mut text = good;
    let mut known = fine.clone();
    let mut owners: BTreeMap<Name, usize> = BTreeMap::new();
    let mut put = Vec::new();
    let mut key = Vec::new();
    for fault in chosen.into_iter().filter_map(|index| faults().get(index)) {
        if put.len() == many {
            break;
        }
        let Some(changed) = fault.put(&text, &mut random) else { continue };
        let found = judge(&changed);
        let now = told(&found);
        // One that hides another makes nothing harder.
        if !now.is_superset(&known) || now.len() == known.len() {
            continue;
        }
        for new in now.difference(&known) {
            owners.insert(new.clone(), put.len());
        }
        let owned =
            found.into_iter().filter_map(|one| Some(Found { fault: *owners.get(&name(&one))?, ..one }));
        key = owned.collect();
        (text, known) = (changed, now);
        put.push(fault.name);
    }
    let id = Sha256::digest(text.as_bytes())
        .iter()
        .take(6)
        .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
    (!put.is_empty()).then_some(Exercise { text, faults: put, key, id })
}

type Name = (String, Vec<String>);

fn name(found: &Found) -> Name {
    (found.rule.clone(), found.environments.clone())
}

fn told(found: &[Found]) -> BTreeSet<Name> {
    found.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# why\nkind: ApplicationSet\nmetadata:\n  name: x\n  namespace: argocd\nspec:\n  template:\n    spec:\n      project: team\n      source:\n        repoURL: https://example.com/x.git\n        targetRevision: v1\n      destination:\n        server: '{{ .server }}'\n        namespace: web\n";

    /// Finds what the faults do, by looking for their words.
    fn judge(text: &str) -> Vec<Found> {
        let signs = ["HEAD", "your-org", "server: {{", "project: default", "web-prod"];
        let found = |sign: &&str| Found { rule: (*sign).to_owned(), ..Found::default() };
        let mut all: Vec<Found> = signs.iter().filter(|sign| text.contains(**sign)).map(found).collect();
        if !text.contains("namespace: argocd") {
            all.push(Found { rule: "namespace".into(), ..Found::default() });
        }
        all
    }

    #[test]
    fn the_seed_decides() {
        let make = |seed, level| exercise(GOOD, seed, level, &mut judge).unwrap();
        assert_eq!(make(7, 2), make(7, 2));
        let ids: BTreeSet<String> = (0..20).map(|seed| make(seed, 3).id).collect();
        assert!(ids.len() > 3, "{ids:?}");
        for seed in 0..20 {
            for level in 1..=3 {
                let exercise = make(seed, level);
                assert!(!exercise.key.is_empty() && exercise.key.len() >= exercise.faults.len());
                assert!(!exercise.text.contains('#'));
                // Each fault can be seen.
                for fault in 0..exercise.faults.len() {
                    assert!(exercise.key.iter().any(|found| found.fault == fault), "{exercise:?}");
                }
            }
        }
        assert!(exercise(GOOD, 1, 1, &mut |_: &str| Vec::new()).is_none());
    }
}
