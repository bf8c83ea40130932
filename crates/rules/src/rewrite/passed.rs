//! Fields that a set's patch fills with what its elements say (`{{- toYaml .helm | nindent 12 }}`): they are set in the
//! elements.

use seatrial_source::Edit;
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Model};
use seatrial_yaml::{Kind, Path};
use serde_json::Value;

use super::{base, entry, is_idle};

/// The edits that give `field` of each of these Applications its value, in the element that it is made from. A value of
/// null takes the field out.
///
/// `None` where the patch does not pass the field on from an element, or where an element serves other Applications too.
pub fn set(model: &Model<'_>, field: &Path, wanted: &[(&Application, Value)]) -> Option<Vec<Edit>> {
    let (first, _) = wanted.first().filter(|(first, _)| !is_idle(model, first))?;
    let Origin::Generated { set, .. } = first.origin else { return None };
    let mut places: Vec<(Path, &Value)> = Vec::new();
    for (application, value) in wanted {
        let at = model.passed_at(application, field)?;
        match places.iter().find(|(place, _)| *place == at) {
            Some((_, known)) if *known != value => return None,
            Some(_) => {}
            None => places.push((at, value)),
        }
    }
    let is_wanted = |a: &Application| wanted.iter().any(|(w, _)| std::ptr::eq(*w, a));
    let serves_others = model.generated(set).filter(|a| !is_wanted(a)).any(|other| {
        let at = model.passed_at(other, field);
        at.is_some_and(|at| places.iter().any(|(place, _)| *place == at))
    });
    if serves_others {
        return None;
    }
    let (manifest, document) = model.home_of(first);
    let mut edits = Vec::new();
    for (at, value) in places {
        if value.is_null() {
            let Some(node) = manifest.node(document, &at) else { continue };
            let mapping = node.parent()?;
            // The template asks for the parameter: it stays, with nothing in it.
            edits.push(match mapping.entries().len() {
                1 => base::set_value(manifest, mapping, "{}"),
                _ => base::remove_entry(manifest, node, at.len())?,
            });
            continue;
        }
        let (node, missing) = manifest.tree.find_nearest(document.index, &at)?;
        // A text or a list on the way has no room for it.
        if !missing.is_empty() && !matches!(node.kind(), Kind::Mapping | Kind::Null) {
            return None;
        }
        edits.extend(entry::set(manifest, node, &Path::new(missing.to_vec()), value)?);
    }
    (!edits.is_empty()).then_some(edits)
}
