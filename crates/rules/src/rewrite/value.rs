//! Giving a field of Applications the value that each of them should have.

use std::ops::Range;

use seatrial_platform::Text;
use seatrial_source::Edit;
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Document, Located, Manifest, Model, Via};
use seatrial_yaml::{Hole, Node, Path};

use super::{MOST_APPLICATIONS, base, element, go_template, is_idle};

/// The text that a field of an Application should have.
pub struct Wanted<'m> {
    /// The Application.
    pub application: &'m Application,
    /// The text.
    pub text: String,
}

/// The edits that give `field` its wanted text in each of these Applications, and leave it as it is in all others.
///
/// Where one text supplies the field to several Applications that want different ones, the template gets the
/// placeholder `param` and the list elements supply it. `None` where that cannot be said: the elements are not a
/// literal list, or one element serves Applications that want different texts.
pub fn set_per_application(
    model: &Model<'_>,
    field: &Path,
    wanted: &[Wanted<'_>],
    param: &str,
) -> Option<Vec<Edit>> {
    let first = wanted.first().filter(|first| !is_idle(model, first.application))?;
    let (manifest, document) = model.home_of(first.application);
    let place = model.locate(first.application, field);
    if !place.written {
        return None;
    }
    let same = wanted.iter().all(|w| w.text == first.text);
    let replace = |text: &str| match place.node.and_then(|id| manifest.tree.node(id)) {
        Some(node) => base::set_value(manifest, node, text),
        None => Edit::replace(place.span, text),
    };
    let set = match (&place.via, first.application.origin) {
        (Via::Document | Via::Parameter { .. }, _) | (_, Origin::Document { .. }) => {
            return same.then(|| vec![replace(&base::scalar(&first.text))]);
        }
        (Via::Template | Via::Patch, Origin::Generated { set, .. }) => set,
    };
    if same && model.generated(set).all(|a| wanted.iter().any(|w| std::ptr::eq(w.application, a))) {
        return Some(vec![replace(&base::scalar(&first.text))]);
    }
    let params = per_element(model, set, |application| {
        let wanted = wanted.iter().find(|w| std::ptr::eq(w.application, application));
        match wanted {
            Some(wanted) => Some(wanted.text.clone()),
            None => Some(field.lookup(&application.json)?.as_str()?.to_owned()),
        }
    })?;
    let param = free_name(manifest, document, param, place.node.and_then(|id| manifest.tree.node(id)))?;
    let go = go_template::is_on(manifest, document);
    let placeholder = match (&place.via, go) {
        (Via::Patch, _) => format!("{{{{ .{param} }}}}"),
        (_, true) => format!("'{{{{.{param}}}}}'"),
        (_, false) => format!("'{{{{{param}}}}}'"),
    };
    let mut edits = vec![replace(&placeholder)];
    let orphan = orphan(manifest, document, place.span.range());
    for (at, text) in params {
        let element = manifest.node(document, &at)?;
        let old =
            orphan.as_deref().filter(|_| element.get(&param).is_none()).and_then(|key| element.entry(key));
        match old {
            // What only the replaced text used makes room for its successor.
            Some(old) => {
                edits.push(base::rename(manifest, old.key, &base::scalar(&param)));
                edits.push(base::set_value(manifest, old.value, &base::scalar(&text)));
            }
            None => edits.push(element::set(manifest, document, &at, &param, &base::scalar(&text))?),
        }
    }
    Some(edits)
}

/// The parameter that a text names and nothing else in the document does.
fn orphan(manifest: &Manifest, document: &Document, text: Range<usize>) -> Option<String> {
    let name = |range: Range<usize>| {
        let inner = manifest.file.text.get(range).unwrap_or_default().trim();
        inner.strip_prefix('.').unwrap_or(inner)
    };
    let holes = manifest.tree.holes_in(document.range.clone());
    let inside = |hole: &&Hole| text.start <= hole.span().start && hole.span().end <= text.end;
    let own = holes.iter().filter(inside).map(|h| name(h.inner()));
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let elsewhere = |key: &str| {
        let others = holes
            .iter()
            .filter(|h| !inside(h))
            .map(|h| manifest.file.text.get(h.inner()).unwrap_or_default());
        others.into_iter().any(|inner| inner.split(word).any(|part| part == key))
    };
    own.filter(|key| !key.is_empty() && !key.contains(word)).find(|key| !elsewhere(key)).map(str::to_owned)
}

/// The edits that give a parameter (found by [`Model::locate_part`] for `part`) the one text that all of `wanted`
/// are; a path below the part stays as it is.
pub(crate) fn set_part<'t>(
    model: &Model<'_>,
    place: &Located,
    part: &str,
    wanted: impl IntoIterator<Item = &'t Text>,
) -> Option<Vec<Edit>> {
    let Via::Parameter { .. } = place.via else { return None };
    let mut wanted = wanted.into_iter();
    let first = wanted.next()?;
    if wanted.any(|other| other.value != first.value) {
        return None;
    }
    let manifest = model.manifests.iter().find(|m| m.file.id == place.span.file)?;
    let node = manifest.tree.node(place.node?)?;
    let written = node.as_str()?;
    let rest = written.strip_prefix(part).unwrap_or_default();
    Some(vec![base::set_value(manifest, node, &base::scalar(&format!("{first}{rest}")))])
}

/// What each literal list element of a set should supply: `value` of the Application it makes.
///
/// `None` when any Application of the set comes from something else than one element of a literal list, or when an
/// element makes several Applications that want different things.
pub fn per_element(
    model: &Model<'_>,
    set: usize,
    value: impl Fn(&Application) -> Option<String>,
) -> Option<Vec<(Path, String)>> {
    if model.generated(set).len() > MOST_APPLICATIONS {
        return None;
    }
    let mut out: Vec<(Path, String)> = Vec::new();
    for application in model.generated(set) {
        let at = element_of(model, application)?;
        let value = value(application)?;
        match out.iter().find(|(path, _)| *path == at) {
            Some((_, known)) if *known != value => return None,
            Some(_) => {}
            None => out.push((at, value)),
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The literal list element that an Application is made from.
pub fn element_of(model: &Model<'_>, application: &Application) -> Option<Path> {
    let Origin::Generated { set, index } = application.origin else { return None };
    let generated = model.sets.get(set)?.expansion.generated.get(index)?;
    let path = &generated.generator;
    let list = path.segments().len().checked_sub(2).and_then(|i| path.segments().get(i));
    (list == Some(&"elements".into())).then(|| path.clone())
}

/// A parameter name that nothing else in the template uses.
fn free_name(
    manifest: &Manifest,
    document: &Document,
    param: &str,
    replaced: Option<Node<'_>>,
) -> Option<String> {
    let elements = element::all(manifest, document);
    let gone = replaced.map(|n| n.span());
    let used = |name: &str| {
        let listed = elements.iter().any(|(_, element)| element.get(name).is_some());
        listed
            && manifest.tree.holes_in(document.range.clone()).iter().any(|hole| {
                let inner = manifest.file.text.get(hole.inner()).unwrap_or_default();
                let outside =
                    gone.as_ref().is_none_or(|g| hole.span().start < g.start || g.end < hole.span().end);
                outside && inner.trim().trim_start_matches('.') == name
            })
    };
    let capital: String = {
        let mut chars = param.chars();
        chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
    };
    [param.to_owned(), format!("env{capital}"), format!("target{capital}")]
        .into_iter()
        .find(|name| !used(name))
}
