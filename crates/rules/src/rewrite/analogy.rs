//! What a list element lacks that its neighbours have: the same of its own place, where what they have are facts of theirs.

use seatrial_platform::{Cluster, Platform, PullSecret, Scope};
use seatrial_source::Edit;
use seatrial_trial::{Document, Manifest};
use seatrial_yaml::{Kind, Node};

use super::{base, element};

/// How many elements are compared: longer lists are made by programs.
const MOST_ELEMENTS: usize = 1000;

/// A fact of a place, as an element may state it.
type Fact = fn(&Place<'_>) -> Option<String>;

/// The facts that elements state, in the order in which they are thought of.
const FACTS: [Fact; 7] = [
    |place| Some(place.cluster?.server.as_ref()?.value.clone()),
    |place| Some(place.cluster?.name.value.clone()),
    |place| only(place.scope.registries()?.value.iter().map(|r| r.value.clone())),
    |place| match place.scope.pull_secret()?.value {
        PullSecret::Named(name) => Some(name.clone()),
        _ => None,
    },
    |place| only(place.scope.storage_classes()?.value.iter().map(|c| c.value.clone())),
    |place| only(place.scope.ingress_classes()?.value.iter().map(|c| c.value.clone())),
    |place| Some(place.scope.environment?.name.value.clone()),
];

/// The edits that give every element that lacks the parameter `key` its own: the fact of its place that the parameter is in
/// every other element, or the value that all others have. `None` where neither is so.
pub fn edits(manifest: &Manifest, document: &Document, platform: &Platform, key: &str) -> Option<Vec<Edit>> {
    let elements: Vec<_> = element::all(manifest, document)
        .into_iter()
        .filter(|(_, element)| element.kind() == Kind::Mapping)
        .collect();
    let (having, lacking): (Vec<_>, Vec<_>) =
        elements.into_iter().partition(|(_, element)| element.get(key).is_some());
    if having.is_empty() || lacking.is_empty() || having.len() + lacking.len() > MOST_ELEMENTS {
        return None;
    }
    let texts: Vec<String> =
        having.iter().map(|(_, element)| text(element.get(key)?)).collect::<Option<_>>()?;
    let places: Vec<Place<'_>> = having.iter().map(|(_, e)| Place::of(platform, *e, Some(key))).collect();
    let own: Vec<Place<'_>> = lacking.iter().map(|(_, e)| Place::of(platform, *e, None)).collect();
    let by_fact = FACTS.iter().find_map(|fact| {
        let stated = places.iter().zip(&texts).all(|(p, text)| fact(p).as_ref() == Some(text));
        stated.then(|| own.iter().map(fact).collect::<Option<Vec<_>>>()).flatten()
    });
    let alike = || {
        let first =
            texts.first().filter(|first| texts.len() > 1 && texts.iter().all(|text| text == *first))?;
        Some(vec![first.clone(); lacking.len()])
    };
    let values = by_fact.or_else(alike)?;
    lacking
        .iter()
        .zip(values)
        .map(|((at, _), value)| element::set(manifest, document, at, key, &base::scalar(&value)))
        .collect()
}

/// The place that an element is for.
struct Place<'p> {
    scope: Scope<'p>,
    /// The cluster, or the only one of the environment.
    cluster: Option<&'p Cluster>,
}

impl<'p> Place<'p> {
    /// The place that the parameters of an element name, but for one that is in question.
    fn of(platform: &'p Platform, element: Node<'_>, but: Option<&str>) -> Self {
        let texts: Vec<String> = element
            .entries()
            .filter(|entry| entry.key.key_text().as_deref() != but)
            .filter_map(|entry| text(entry.value))
            .collect();
        let cluster = texts
            .iter()
            .find_map(|text| platform.cluster_by_name(text).or_else(|| platform.cluster_by_server(text)));
        let environment = texts.iter().find_map(|text| platform.environment_named(text));
        let scope = platform.scope(environment, cluster);
        let cluster = scope.cluster.or_else(|| {
            let mut clusters = platform.clusters_of(scope.environment?.name.as_str());
            clusters.next().filter(|_| clusters.next().is_none())
        });
        Self { scope, cluster }
    }
}

/// The text of a parameter; `None` for one that is more than that.
fn text(node: Node<'_>) -> Option<String> {
    (node.kind() == Kind::Scalar).then(|| node.as_str().map(|text| text.into_owned())).flatten()
}

/// The one thing there is.
fn only(mut items: impl Iterator<Item = String>) -> Option<String> {
    let first = items.next();
    first.filter(|_| items.next().is_none())
}
