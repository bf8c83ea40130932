//! Giving the Applications of a set names (or other texts) that follow their parameters.

use seatrial_source::Edit;
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Model};
use seatrial_yaml::Path;
use serde_json::Value;

use super::{base, go_template, is_idle};

/// The edits that give `field` its wanted text in each of these Applications: written as one template for all
/// Applications of a set, with the parameter that tells them apart.
///
/// `None` when no one parameter does.
pub fn set(model: &Model<'_>, field: &Path, wanted: &[(&Application, &str)]) -> Option<Vec<Edit>> {
    let (first, text) = wanted.first().filter(|(first, _)| !is_idle(model, first))?;
    let (manifest, document) = model.home_of(first);
    let Origin::Generated { set, .. } = first.origin else {
        let node = manifest.node(document, field)?;
        return (wanted.len() == 1).then(|| vec![base::set_value(manifest, node, &base::scalar(text))]);
    };
    let at = Path::keys(["spec", "template"]).concat(field);
    let node = manifest.node(document, &at)?;
    let own = model.sets.get(set)?;
    let mut texts: Vec<(&Value, String)> = Vec::new();
    for application in model.generated(set) {
        let Origin::Generated { index, .. } = application.origin else { return None };
        let params = &own.expansion.generated.get(index)?.params;
        let text = match wanted.iter().find(|(a, _)| std::ptr::eq(*a, application)) {
            Some((_, text)) => (*text).to_owned(),
            None => field.lookup(&application.json)?.as_str()?.to_owned(),
        };
        texts.push((params, text));
    }
    let go = go_template::is_on(manifest, document);
    let (params, first) = texts.first()?;
    let candidates = params.as_object()?.iter().filter_map(|(key, value)| Some((key, value.as_str()?)));
    let mut found = candidates
        .filter(|(_, value)| !value.is_empty() && first.matches(value).count() == 1)
        .filter_map(|(key, value)| {
            let (before, after) = first.split_once(value)?;
            let fits = texts.iter().all(|(params, text)| {
                let own = params.get(key).and_then(Value::as_str).unwrap_or_default();
                *text == format!("{before}{own}{after}")
            });
            let dot = if go { "." } else { "" };
            fits.then(|| (value.len(), format!("{before}{{{{{dot}{key}}}}}{after}")))
        });
    // With several parameters that would do, the shortest value tells least by chance; ties go by name.
    let template = if texts.len() == 1 { None } else { found.next().map(|(_, text)| text) }?;
    Some(vec![base::set_value(manifest, node, &base::quoted(&template))])
}
