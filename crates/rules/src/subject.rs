//! What the judging rules share: the facts in force for an Application, and putting equal findings together.

use std::collections::HashMap;

use seatrial_platform::Scope;
use seatrial_source::Span;
use seatrial_trial::{Application, Finding, Located, Model};
use seatrial_yaml::Path;
use serde_json::Value;

/// The facts in force for an Application: its environment's, and those of the cluster it goes to. Where it goes to a
/// cluster that is unknown or of another environment (rules of their own tell of that), the facts are those of the
/// environment's only cluster.
pub(crate) fn scope<'m>(model: &'m Model<'_>, application: &'m Application) -> Scope<'m> {
    let platform = model.platform();
    let environment = application.environment.as_deref();
    let right = environment.is_none() || application.environment == application.destination_environment;
    let only = || {
        let mut clusters = platform.clusters_of(environment?);
        let first = clusters.next()?;
        clusters.next().is_none().then_some(first.name.as_str())
    };
    let cluster = application.cluster.as_deref().filter(|_| right).or_else(only);
    platform.scope(environment, cluster)
}

/// Applications of which the same text is responsible for the same fault.
pub(crate) struct Group<'m, T> {
    /// The text.
    pub(crate) place: Located,
    /// The field of the Application (of the first member) that it gives.
    pub(crate) field: Path,
    /// The Applications, each with what is to be said of it.
    pub(crate) members: Vec<(&'m Application, T)>,
}

impl<T> Group<'_, T> {
    /// A finding that says which Applications and environments it holds for.
    pub(crate) fn told(&self, finding: Finding) -> Finding {
        Finding { applications: self.applications(), environments: self.environments(), ..finding }
    }

    /// `namespace/name` of the members, sorted.
    pub(crate) fn applications(&self) -> Vec<String> {
        let mut names: Vec<String> = self.members.iter().map(|(a, _)| a.qualified_name()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The environments of the members, sorted.
    pub(crate) fn environments(&self) -> Vec<String> {
        let mut names: Vec<String> = self.members.iter().filter_map(|(a, _)| a.environment.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Faults at the same place together, in the order of their places.
pub(crate) fn group<'m, T>(
    model: &Model<'_>,
    faults: impl IntoIterator<Item = (&'m Application, Path, T)>,
) -> Vec<Group<'m, T>> {
    group_by_part(model, faults, |_| None)
}

/// Like [`group()`], at the place that gives the part of the field's text that is at fault.
pub(crate) fn group_by_part<'m, T>(
    model: &Model<'_>,
    faults: impl IntoIterator<Item = (&'m Application, Path, T)>,
    part: impl Fn(&T) -> Option<&str>,
) -> Vec<Group<'m, T>> {
    let mut groups: Vec<Group<'m, T>> = Vec::new();
    let mut at: HashMap<Span, usize> = HashMap::new();
    for (application, field, fault) in faults {
        let place = match part(&fault) {
            Some(part) => model.locate_part(application, &field, part),
            None => model.locate(application, &field),
        };
        let index = *at.entry(place.span).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(same) => same.members.push((application, fault)),
            None => groups.push(Group { place, field, members: vec![(application, fault)] }),
        }
    }
    groups.sort_by_key(|g| (g.place.span.file, g.place.span.start));
    groups
}

/// `` `a`, `b` and `c` ``, each once, in the order given.
pub(crate) fn listed<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    let mut unique: Vec<&str> = Vec::new();
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    let quoted: Vec<String> = unique.iter().map(|item| format!("`{item}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// How many of many are named.
const NAMED: usize = 3;

/// `a, b, c and 2 more`.
pub(crate) fn some_of<'t>(items: impl ExactSizeIterator<Item = &'t str>) -> String {
    let more = items.len().saturating_sub(NAMED);
    let named = items.take(NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

/// The item most like `wanted`, when it is like it at all.
pub(crate) fn nearest<'t>(wanted: &str, items: impl IntoIterator<Item = &'t str>) -> Option<&'t str> {
    items
        .into_iter()
        .map(|item| (likeness(&wanted.to_lowercase(), &item.to_lowercase()), item))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, item)| item)
}

/// How alike two words are; in a short one two letters in the wrong order count as one slip.
fn likeness(a: &str, b: &str) -> f64 {
    let alike = strsim::jaro_winkler(a, b);
    let slip = a.len().min(b.len()) >= 3 && strsim::osa_distance(a, b) == 1;
    if slip { alike.max(0.8) } else { alike }
}

/// Calls `see` for every text in a value, with its path. `at` is the path of the value, and is so again afterwards: it
/// is one path that goes along, as most texts are passed over.
pub(crate) fn each_text<'v>(value: &'v Value, at: &mut Path, see: &mut impl FnMut(&Path, &'v str)) {
    match value {
        Value::String(text) => see(at, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(index);
                each_text(item, at, see);
                at.pop();
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                at.push(key);
                each_text(item, at, see);
                at.pop();
            }
        }
        _ => {}
    }
}

/// A dotted path of keys.
pub(crate) fn path(dotted: &str) -> Path {
    Path::keys(dotted.split('.'))
}

/// Whether a text still holds a template's placeholder, so that nothing can be said of it.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_near() {
        assert_eq!(nearest("evn", ["env", "server"]), Some("env"));
        assert_eq!(nearest("ab", ["ba", "zz"]), None);
        assert_eq!(nearest("region", ["env", "server"]), None);
    }
}
