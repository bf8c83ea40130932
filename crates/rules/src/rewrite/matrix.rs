//! A matrix of an environment list with a list of something that each environment has one of (a registry, a
//! cluster) is better written as one list.

use std::collections::BTreeMap;

use seatrial_argocd::{Generated, Place};
use seatrial_source::Edit;
use seatrial_trial::{Application, ApplicationSet, Document, Manifest, Model};
use seatrial_yaml::{Kind, Node, Path, Segment, Style};

use super::base;

/// How many generators of a set are looked at: more than a person would write.
const MOST_GENERATORS: usize = 100;

/// An Application that a matrix yields although the platform has nothing of the kind.
pub struct Unwanted<'m> {
    /// The Application.
    pub application: &'m Application,
    /// Why, as a clause: `` prod does not use the registry `docker.io` ``.
    pub reason: String,
}

/// The matrix at `matrix` (such as `spec.generators[0].matrix`) of two literal lists.
pub struct Lists<'m> {
    manifest: &'m Manifest,
    document: &'m Document,
    matrix: Path,
    first: Vec<Node<'m>>,
    second: Vec<Node<'m>>,
    /// The Applications by their elements in both lists.
    made: BTreeMap<(usize, usize), &'m Application>,
}

impl<'m> Lists<'m> {
    /// Every matrix of two literal lists among the first generators of a set.
    pub fn of(model: &'m Model<'_>, set: &'m ApplicationSet) -> Vec<Self> {
        let (manifest, document) = model.home(set);
        let generators = manifest.node(document, &Path::keys(["spec", "generators"]));
        let count = generators.map_or(0, |g| g.items().len());
        (0..count.min(MOST_GENERATORS)).filter_map(|i| Self::at(model, set, i)).collect()
    }

    fn at(model: &'m Model<'_>, set: &'m ApplicationSet, generator: usize) -> Option<Self> {
        let (manifest, document) = model.home(set);
        let matrix = Path::keys(["spec", "generators"]).join(generator).join("matrix");
        let children = matrix.join("generators");
        if manifest.node(document, &children)?.items().len() != 2 {
            return None;
        }
        let list = |child: usize| {
            let node = manifest.node(document, &children.join(child))?;
            let list = node.get("list").filter(|l| l.entries().len() == 1 && node.entries().len() == 1)?;
            let items: Vec<Node<'m>> = list.get("elements")?.items().collect();
            (!items.is_empty() && items.iter().all(|i| i.kind() == Kind::Mapping)).then_some(items)
        };
        let (first, second) = (list(0)?, list(1)?);
        let set_index = model.sets.iter().position(|s| std::ptr::eq(s, set))?;
        let mut made = BTreeMap::new();
        for (application, generated) in model.generated(set_index).zip(&set.expansion.generated) {
            let element =
                |child: usize| element_of(generated, &children.join(child).join("list").join("elements"));
            if let (Some(a), Some(b)) = (element(0), element(1)) {
                made.insert((a, b), application);
            }
        }
        Some(Self { manifest, document, matrix, first, second, made })
    }

    /// The path of the matrix.
    pub fn path(&self) -> &Path {
        &self.matrix
    }

    /// The Applications that the platform has no use for, in the order of the lists.
    pub fn unwanted(&self, model: &Model<'_>) -> Vec<Unwanted<'m>> {
        self.made
            .iter()
            .filter_map(|((_, b), application)| {
                let reason = objection(model, application, *self.second.get(*b)?)?;
                Some(Unwanted { application, reason })
            })
            .collect()
    }

    /// The edits that make one list of both: each element of the first with what the platform has for its
    /// environment, the second's part taken out of the Applications' names.
    ///
    /// `None` when the platform does not say what belongs to an environment.
    pub fn to_list(&self, model: &Model<'_>) -> Option<Vec<Edit>> {
        let mut items = String::new();
        for (at, element) in self.first.iter().enumerate() {
            let chosen = self.choose(model, at)?;
            items.push_str(&item(self.manifest, *element, &chosen));
        }
        let matrix = self.manifest.node(self.document, &self.matrix)?;
        let key = matrix.key()?.outer_span();
        let text = &self.manifest.file.text;
        let column = base::column(text, key.start);
        let list = format!(
            "list:\n{}",
            base::indent(&format!("elements:\n{}", base::indent(&items, 2)), column + 2)
        );
        let end = key.start + text.get(key.start..matrix.span().end)?.trim_end().len();
        let mut edits = vec![base::replace(self.manifest, key.start..end, list)];
        edits.extend(self.shorten_name());
        Some(edits)
    }

    /// What the element at `at` of the first list is joined with.
    fn choose(&self, model: &Model<'_>, at: usize) -> Option<Vec<(String, String)>> {
        let of = |b: usize| self.made.get(&(at, b)).copied();
        let fits = (0..self.second.len()).find(|b| {
            let (Some(application), Some(element)) = (of(*b), self.second.get(*b)) else { return false };
            application.environment.is_some() && objection(model, application, *element).is_none()
        });
        if let Some(element) = fits.and_then(|b| self.second.get(b)) {
            return element
                .entries()
                .map(|e| Some((e.key.key_text()?.into_owned(), e.value.source().to_owned())))
                .collect();
        }
        // Nothing in the list fits: what the environment has instead, where that is plain.
        let environment = (0..self.second.len()).find_map(of)?.environment.as_deref()?;
        let entries: Vec<_> = self.second.first()?.entries().collect();
        let [entry] = entries.as_slice() else { return None };
        let (key, value) = (entry.key.key_text()?, entry.value.as_str()?);
        if !is_registry(&key, &value, model) {
            return None;
        }
        let allowed = model.platform().scope(Some(environment), None).registries()?;
        let registry = allowed.value.first()?;
        Some(vec![(key.into_owned(), base::scalar(registry))])
    }

    /// Takes the second list's placeholders out of `metadata.name`, each with the separator before it.
    fn shorten_name(&self) -> Vec<Edit> {
        let at = Path::keys(["spec", "template", "metadata", "name"]);
        let Some(name) = self.manifest.node(self.document, &at) else { return Vec::new() };
        let keys: Vec<String> = self
            .second
            .iter()
            .flat_map(|e| e.entries().filter_map(|e| e.key.key_text().map(|k| k.into_owned())))
            .collect();
        let text = &self.manifest.file.text;
        let parameter =
            |range| text.get::<std::ops::Range<usize>>(range).map(|t| t.trim().trim_start_matches('.'));
        let (of_second, others): (Vec<_>, Vec<_>) = name
            .holes()
            .iter()
            .partition(|h| parameter(h.inner()).is_some_and(|p| keys.iter().any(|k| k == p)));
        if others.is_empty() {
            return Vec::new();
        }
        let cut = |hole: &&seatrial_yaml::Hole| {
            let span = hole.span();
            let before = text.get(name.span().start..span.start)?.chars().next_back();
            let start = if before.is_some_and(|c| "-._/".contains(c)) { span.start - 1 } else { span.start };
            Some(base::replace(self.manifest, start..span.end, ""))
        };
        of_second.iter().filter_map(cut).collect()
    }
}

/// Why an element of the second list does not belong to an Application's environment.
fn objection(model: &Model<'_>, application: &Application, element: Node<'_>) -> Option<String> {
    let environment = application.environment.as_deref()?;
    let platform = model.platform();
    for entry in element.entries() {
        let (key, value) = (entry.key.key_text()?, entry.value.as_str()?);
        if platform.environment_named(&value).is_some_and(|named| named != environment) {
            return Some(format!("it joins {environment} with {value}"));
        }
        let cluster = platform.cluster_by_name(&value).or_else(|| platform.cluster_by_server(&value));
        if let Some(other) = cluster.and_then(|c| platform.environment_of(c)).filter(|e| *e != environment) {
            return Some(format!("the cluster `{value}` is of {other}"));
        }
        if is_registry(&key, &value, model)
            && let Some(allowed) = platform.scope(Some(environment), None).registries()
            && !allowed.value.iter().any(|r| under(&value, r))
        {
            return Some(format!("{environment} does not use the registry `{value}`"));
        }
    }
    None
}

/// The index of the element of the list at `elements` that gave a parameter.
fn element_of(generated: &Generated, elements: &Path) -> Option<usize> {
    generated.origins.iter().find_map(|origin| match &origin.place {
        Place::Set(path) if path.starts_with(elements) => match path.segments().get(elements.len())? {
            Segment::Index(index) => Some(*index),
            Segment::Key(_) => None,
        },
        _ => None,
    })
}

fn is_registry(key: &str, value: &str, model: &Model<'_>) -> bool {
    key.to_lowercase().contains("registry") || model.platform().registry_of(value).is_some()
}

fn under(image: &str, registry: &str) -> bool {
    image
        .strip_prefix(registry.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An element as a list item, with more entries.
fn item(manifest: &Manifest, element: Node<'_>, more: &[(String, String)]) -> String {
    let mut out = String::new();
    for comment in element.comments_above() {
        out.push_str(manifest.file.text.get(comment.span()).unwrap_or_default());
        out.push('\n');
    }
    let entries = |separator: &str| {
        more.iter().map(|(k, v)| format!("{}: {v}", base::scalar(k))).collect::<Vec<_>>().join(separator)
    };
    if element.style() == Style::Flow {
        let source = element.source().trim_end().trim_end_matches('}').trim_end();
        let comma = if source.ends_with('{') { "" } else { ", " };
        out.push_str(&format!("- {source}{comma}{}}}\n", entries(", ")));
    } else {
        let body = format!("{}\n{}", base::source_lines(manifest, element), entries("\n"));
        out.push_str(&format!("- {}\n", base::indent(&body, 2).trim_start()));
    }
    out
}

/// The edits that turn every unwanted matrix of a set into one list; see [`Lists::to_list`].
pub fn to_list(model: &Model<'_>, set: &ApplicationSet) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for lists in Lists::of(model, set) {
        if !lists.unwanted(model).is_empty() {
            edits.extend(lists.to_list(model)?);
        }
    }
    (!edits.is_empty()).then_some(edits)
}
