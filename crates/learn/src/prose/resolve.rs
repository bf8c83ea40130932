//! From statements in their order to what holds: repeated ones joined, later ones replacing earlier ones, contradictions
//! set apart, and all of it against the platform file.

use seatrial_platform::{Modality, Platform};
use serde_json::{Value, json};

use super::context::Raw;
use super::topics::{Family, family_of_host};
use crate::claim::{Claim, Place, Quote, What};
use crate::reading::{Contradiction, Question, Reading, Side, Superseded};
use crate::stated;

/// Puts everything together.
pub(super) fn resolve(mut raw: Raw, platform: &Platform) -> Reading {
    let mut reading = Reading { unread: std::mem::take(&mut raw.unread), ..Reading::default() };
    reading.questions = std::mem::take(&mut raw.questions);
    // What a sentence only hints at, the platform file may say.
    reading.questions.retain(|question| {
        let stated = question.key.as_ref().and_then(|path| stated::value(platform, path));
        stated.is_none() || !question.proposals.is_empty()
    });
    families(&mut raw, platform, &mut reading);
    denied(&raw, platform, &mut reading);
    let mut kept: Vec<(Claim, usize)> = Vec::new();
    let mut replaced: Vec<(Claim, Claim)> = Vec::new();
    let mut disputed: Vec<Vec<String>> = Vec::new();
    let claims = std::mem::take(&mut raw.claims);
    for (claim, part) in claims.into_iter().zip(raw.parts) {
        add(claim, part, &mut kept, &mut replaced, &mut disputed, &mut reading);
    }
    kept.retain(|(claim, _)| !disputed.contains(&claim.path()));
    let mut facts: Vec<Claim> = kept.into_iter().map(|(claim, _)| claim).collect();
    manual_ends_pruning(&mut facts, &mut replaced);
    malformed(&mut facts, platform, &mut reading);
    for claim in facts {
        against_file(claim, platform, &mut reading);
    }
    for (old, new) in replaced {
        let Some(by) =
            reading.facts.iter().position(|fact| fact.key() == new.key() || same_topic(fact, &new))
        else {
            continue;
        };
        reading.superseded.push(Superseded {
            key: old.path(),
            value: old.what.value(),
            quote: old.quotes.first().cloned(),
            from: None,
            by,
        });
    }
    reading
}

fn same_topic(one: &Claim, other: &Claim) -> bool {
    one.place == other.place && one.what.path().first() == other.what.path().first()
}

/// One more statement among those that hold so far.
fn add(
    claim: Claim,
    part: usize,
    kept: &mut Vec<(Claim, usize)>,
    replaced: &mut Vec<(Claim, Claim)>,
    disputed: &mut Vec<Vec<String>>,
    reading: &mut Reading,
) {
    let path = claim.path();
    let Some(at) = kept.iter().position(|(known, _)| known.path() == path) else {
        kept.push((claim, part));
        return;
    };
    if claim.what.is_one_of_many() {
        if !kept.iter().any(|(known, _)| known.path() == path && known.what == claim.what) {
            kept.push((claim, part));
        }
        return;
    }
    let (earlier, earlier_part) = (kept[at].0.clone(), kept[at].1);
    if let Some(joined) = joined(&earlier, &claim) {
        kept[at] = (joined, part);
        return;
    }
    let yields = earlier.level == Modality::May && claim.level != Modality::May;
    let later_wins = claim.revises || part > earlier_part || (!earlier.named && claim.named) || yields;
    if later_wins && !disputed.contains(&path) {
        kept[at] = (claim.clone(), part);
        replaced.push((earlier, claim));
        return;
    }
    let side = |claim: &Claim| Side { value: claim.what.value(), quote: claim.quotes.first().cloned() };
    match reading.contradictions.iter_mut().find(|known| known.key == path) {
        Some(known) => known.sides.push(side(&claim)),
        None => reading
            .contradictions
            .push(Contradiction { key: path.clone(), sides: vec![side(&earlier), side(&claim)] }),
    }
    if !disputed.contains(&path) {
        disputed.push(path);
    }
}

/// Two statements of one fact that do not exclude each other.
fn joined(earlier: &Claim, later: &Claim) -> Option<Claim> {
    // The more binding sentence leads.
    let leads = |claim: &Claim| (claim.level != Modality::May, claim.binding);
    let (first, second) = if leads(later) > leads(earlier) { (later, earlier) } else { (earlier, later) };
    let mut quotes = first.quotes.clone();
    quotes.extend(second.quotes.iter().filter(|quote| !first.quotes.contains(quote)).cloned());
    let level = if later.level == Modality::May { earlier.level } else { earlier.level.max(later.level) };
    let merged = |what: What| Claim {
        what,
        quotes: quotes.clone(),
        level,
        binding: [earlier, later].iter().any(|claim| claim.binding && claim.level == level),
        named: earlier.named || later.named,
        ..earlier.clone()
    };
    if earlier.what == later.what {
        return Some(merged(earlier.what.clone()));
    }
    let union = |one: &[String], other: &[String]| {
        let mut list = one.to_vec();
        list.extend(other.iter().filter(|item| !one.contains(item)).cloned());
        list
    };
    let permissive = later.adds || (earlier.level == Modality::May && later.level == Modality::May);
    match (&earlier.what, &later.what) {
        (What::Registries(one), What::Registries(other)) if permissive => {
            Some(merged(What::Registries(union(one, other))))
        }
        (What::StorageClasses(one), What::StorageClasses(other)) if permissive => {
            Some(merged(What::StorageClasses(union(one, other))))
        }
        (What::IngressClasses(one), What::IngressClasses(other)) if permissive => {
            Some(merged(What::IngressClasses(union(one, other))))
        }
        (What::Pinned(one), What::Pinned(other)) => {
            let mut list = one.clone();
            list.extend(other.iter().filter(|item| !one.contains(item)));
            Some(merged(What::Pinned(list)))
        }
        (What::NodeSelector(one), What::NodeSelector(other)) if later.adds => {
            let mut list = one.clone();
            list.extend(other.iter().filter(|pair| !one.contains(pair)).cloned());
            Some(merged(What::NodeSelector(list)))
        }
        // "at least 2", and elsewhere "at most 10".
        (What::Replicas(Some(min), None), What::Replicas(None, Some(max)))
        | (What::Replicas(None, Some(max)), What::Replicas(Some(min), None))
            if min <= max =>
        {
            Some(merged(What::Replicas(Some(*min), Some(*max))))
        }
        _ => None,
    }
}

/// Where syncing became manual, what was said of pruning and healing before no longer holds.
fn manual_ends_pruning(facts: &mut Vec<Claim>, replaced: &mut Vec<(Claim, Claim)>) {
    let manual: Vec<Claim> =
        facts.iter().filter(|fact| fact.what == What::Automated(false)).cloned().collect();
    facts.retain(|fact| {
        let ends = manual.iter().find(|manual| manual.place == fact.place);
        match (ends, &fact.what) {
            (Some(manual), What::Prune(true) | What::SelfHeal(true)) => {
                replaced.push((fact.clone(), manual.clone()));
                false
            }
            _ => true,
        }
    });
}

/// "Our ECR" and its like, by the addresses that the text or the platform file has.
fn families(raw: &mut Raw, platform: &Platform, reading: &mut Reading) {
    for (mut claim, family, part) in std::mem::take(&mut raw.families) {
        let mut hosts: Vec<(String, Option<Quote>)> = Vec::new();
        let fits = |host: &str| match family {
            Family::Private => family_of_host(host) != Some(Family::Public),
            family => family_of_host(host) == Some(family),
        };
        for (host, quote) in raw.hosts.iter().filter(|(host, _)| fits(host)) {
            if !hosts.iter().any(|(known, _)| known == host) {
                hosts.push((host.clone(), Some(quote.clone())));
            }
        }
        let stated = raw.claims.iter().any(|known| {
            known.place == claim.place
                && matches!(&known.what, What::Registries(list) if list.iter().any(|host| fits(host)))
        });
        let of_file: Vec<String> = registries_of(platform).into_iter().filter(|host| fits(host)).collect();
        let in_force = stated::value(platform, &claim.path());
        let already = in_force
            .as_ref()
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|host| host.as_str().is_some_and(&fits)));
        if stated || already {
            // The address is stated for this place; the family's name says no more.
            if already && !stated {
                claim.what = What::Registries(
                    in_force.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default(),
                );
                reading.known.push(claim);
            } else {
                raise(raw, &claim);
            }
            continue;
        }
        let candidates: Vec<String> =
            if hosts.is_empty() { of_file } else { hosts.iter().map(|(host, _)| host.clone()).collect() };
        match (candidates.as_slice(), family) {
            ([host], family) if family != Family::Public => {
                claim.what = What::Registries(vec![host.clone()]);
                claim.quotes.extend(
                    hosts
                        .first()
                        .and_then(|(_, quote)| quote.clone())
                        .filter(|q| Some(q) != claim.quotes.first()),
                );
                raw.claims.push(claim);
                raw.parts.push(part);
            }
            _ => {
                let text = match family {
                    Family::Public => format!("which public registries may {} use?", claim.place.words()),
                    family => {
                        format!("what is the address of {} for {}?", family.words(), claim.place.words())
                    }
                };
                let proposals = candidates.iter().map(|host| json!([host])).collect();
                let proposals = if family == Family::Public && candidates.is_empty() {
                    vec![json!(["docker.io"])]
                } else {
                    proposals
                };
                reading.questions.push(Question {
                    key: Some(claim.path()),
                    text,
                    quotes: claim.quotes,
                    proposals,
                });
            }
        }
    }
}

/// The sentence that says *that* a registry must be used adds its force to the one that says *which*.
fn raise(raw: &mut Raw, by: &Claim) {
    for known in &mut raw.claims {
        if known.place == by.place
            && matches!(known.what, What::Registries(_))
            && by.binding
            && by.level >= known.level
        {
            known.binding = true;
            known.level = by.level;
            known.quotes.extend(
                by.quotes.iter().filter(|quote| !known.quotes.contains(quote)).cloned().collect::<Vec<_>>(),
            );
        }
    }
}

/// Registries that the platform file speaks of.
pub(super) fn registries_of(platform: &Platform) -> Vec<String> {
    let mut hosts: Vec<String> =
        platform.registries.iter().map(|registry| registry.host.value.clone()).collect();
    let lists = platform.environments.iter().filter_map(|environment| environment.facts.registries.as_ref());
    for host in lists.flat_map(|list| &list.value) {
        if !hosts.contains(&host.value) {
            hosts.push(host.value.clone());
        }
    }
    hosts
}

/// What must not be used: against what may be; where that is not stated, it has to be asked.
fn denied(raw: &Raw, platform: &Platform, reading: &mut Reading) {
    for (environment, hosts, quote) in &raw.denied {
        let path = Claim { place: Place::Environment(environment.clone()), ..bare() }.path();
        let stated: Vec<String> = raw
            .claims
            .iter()
            .filter(|claim| claim.place == Place::Environment(environment.clone()))
            .filter_map(
                |claim| if let What::Registries(list) = &claim.what { Some(list.clone()) } else { None },
            )
            .flatten()
            .collect();
        let of_file =
            stated::value(platform, &path).and_then(|list| serde_json::from_value::<Vec<String>>(list).ok());
        let allowed = if stated.is_empty() { of_file.unwrap_or_default() } else { stated };
        if allowed.is_empty() {
            reading.questions.push(Question {
                key: Some(path),
                text: format!(
                    "which registries may {environment} use? The text says only that {} may not be used",
                    hosts.join(", ")
                ),
                quotes: vec![quote.clone()],
                proposals: Vec::new(),
            });
        } else if let Some(host) = hosts.iter().find(|host| allowed.contains(host)) {
            reading.contradictions.push(Contradiction {
                key: path,
                sides: vec![
                    Side { value: json!(allowed), quote: None },
                    Side { value: json!({"not": host}), quote: Some(quote.clone()) },
                ],
            });
        }
    }
}

fn bare() -> Claim {
    Claim {
        place: Place::ArgoCd,
        what: What::Registries(Vec::new()),
        level: Modality::Must,
        binding: false,
        named: false,
        revises: false,
        adds: false,
        quotes: Vec::new(),
    }
}

/// Registries whose names cannot be right are asked about, not stated.
fn malformed(facts: &mut Vec<Claim>, platform: &Platform, reading: &mut Reading) {
    let known = registries_of(platform);
    let mut asked: Vec<String> = Vec::new();
    facts.retain(|claim| {
        let What::Registries(hosts) = &claim.what else { return true };
        let bad = hosts.iter().find_map(|host| Some((host, crate::verify::account_digits(host)?)));
        let Some((host, digits)) = bad else { return true };
        let alike: Vec<&String> = known
            .iter()
            .filter(|other| {
                crate::verify::account_digits(other).is_none()
                    && family_of_host(other) == family_of_host(host)
            })
            .collect();
        let in_force = stated::value(platform, &claim.path())
            .and_then(|list| serde_json::from_value::<Vec<String>>(list).ok());
        // Where the platform file has the registry of this family, the slip of the text changes nothing.
        let settled = in_force.as_ref().is_some_and(|list| list.iter().any(|stated| alike.contains(&stated)));
        let key = if settled { None } else { Some(claim.path()) };
        if settled && asked.contains(host) {
            return false;
        }
        asked.push(host.clone());
        let place = claim.place.words();
        let fault = format!("`{host}` has an AWS account of {digits} digits, an account has 12");
        reading.questions.push(Question {
            key,
            text: match alike.first().filter(|_| settled) {
                Some(stated) => format!(
                    "{fault}: is `{stated}` meant? The platform file has it for {place}, and it is kept"
                ),
                None => format!("{fault}: which is the registry of {place}?"),
            },
            quotes: claim.quotes.clone(),
            proposals: alike.into_iter().map(|host| json!([host])).collect(),
        });
        false
    });
}

/// A statement against the platform file: known, new, a successor of a learned one, or a contradiction.
fn against_file(claim: Claim, platform: &Platform, reading: &mut Reading) {
    let path = claim.path();
    if let (Place::Applications(_), What::Rule { id, rule }) = (&claim.place, &claim.what) {
        let known = platform.constraints.iter().any(|constraint| {
            constraint.id.value == *id || constraint.rule.as_ref().is_some_and(|known| known.value == *rule)
        });
        if known {
            reading.known.push(claim)
        } else {
            reading.facts.push(claim)
        }
        return;
    }
    let Some(stated) = stated::value(platform, &path) else {
        reading.facts.push(claim);
        return;
    };
    let said = claim.what.value();
    let key = path.last().cloned().unwrap_or_default();
    if claim.what.is_one_of_many() {
        let known = stated::covers(&key, &stated, &said);
        if known {
            reading.known.push(claim)
        } else {
            reading.facts.push(claim)
        }
        return;
    }
    if stated::covers(&key, &stated, &said) {
        reading.known.push(claim);
        return;
    }
    if claim.adds && stated.is_array() {
        reading.facts.push(claim);
        return;
    }
    match platform.source_of(&path.join(".")) {
        Some(source) => {
            let quote =
                source.quote.as_ref().map(|quote| Quote { span: 0..0, line: 0, text: quote.value.clone() });
            let from = source.from.as_ref().map(|from| from.value.clone());
            reading.superseded.push(Superseded {
                key: path,
                value: stated,
                quote,
                from,
                by: reading.facts.len(),
            });
            reading.facts.push(claim);
        }
        None => reading.contradictions.push(Contradiction {
            key: path,
            sides: vec![
                Side { value: stated, quote: None },
                Side { value: said, quote: claim.quotes.first().cloned() },
            ],
        }),
    }
}
