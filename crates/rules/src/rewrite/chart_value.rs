//! Giving a value of a chart to Applications: where they set it themselves, or in a file that they take values from.

use std::sync::Arc;

use seatrial_source::{Edit, EditSet, SourceFile};
use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Manifest, Model, Via};
use seatrial_yaml::{Kind, Node, Path, Segment, Style};
use serde_json::{Map, Value};

use super::patch::Patch;
use super::settings::{covers, identifier};
use super::value::{Wanted, per_element, set_per_application};
use super::{base, element, entry, passed};

/// Values by path.
pub type Values = [(Path, Value)];

/// The edits that make a values file hold these values.
pub fn in_file(file: Arc<SourceFile>, values: &Values) -> Option<Vec<Edit>> {
    let manifest = Manifest::read(file);
    match values {
        [(path, value)] => entry::set_in_file(&manifest, path, value),
        several => entry::set_in_file(&manifest, &Path::root(), &together(several)?),
    }
}

/// Several values as one mapping; `None` where one stands in a list.
fn together(values: &Values) -> Option<Value> {
    let mut all = Map::new();
    for (path, value) in values {
        let (last, parents) = path.segments().split_last()?;
        let mut at = &mut all;
        for segment in parents {
            let Segment::Key(key) = segment else { return None };
            at = at.entry(key.to_string()).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        }
        let Segment::Key(key) = last else { return None };
        at.insert(key.to_string(), value.clone());
    }
    Some(Value::Object(all))
}

/// The edits that give the chart of the source at `source` these values, in each of these Applications of one text and
/// in no other: in the template where it holds for all that are made from it, else through their list elements and a
/// `templatePatch`.
///
/// `None` where that cannot be said.
pub fn in_applications(
    model: &Model<'_>,
    source: &Path,
    values: &Values,
    members: &[&Application],
) -> Option<Vec<Edit>> {
    let first = members.first()?;
    let text = first.helm_values().iter().find(|values| values.source == *source);
    let is_given = |path: &Path| text.is_some_and(|text| text.at(path).is_some());
    let (given, absent): (Vec<_>, Vec<_>) = values.iter().cloned().partition(|(path, _)| is_given(path));
    let mut edits = Vec::new();
    for (path, value) in &given {
        edits.extend(change(model, &text?.place(path), members, value)?);
    }
    if absent.is_empty() {
        return Some(edits);
    }
    let in_elements = || {
        let all = together(&absent)?;
        let wanted: Vec<_> = members.iter().map(|application| (*application, all.clone())).collect();
        passed::set(model, &source.join("helm").join("valuesObject"), &wanted)
    };
    if covers(model, first, members.iter().copied()) {
        edits.extend(add(model, first, source, &absent)?);
    } else if let Some(more) = in_elements() {
        edits.extend(more);
    } else if given.is_empty() {
        edits.extend(add_per_element(model, source, &absent, members)?);
    } else {
        return None;
    }
    Some(edits)
}

/// Changes a value that the Applications' own text gives, at a field of the Application.
fn change(model: &Model<'_>, field: &Path, members: &[&Application], value: &Value) -> Option<Vec<Edit>> {
    let first = members.first()?;
    let place = model.locate(first, field);
    if !place.written {
        return None;
    }
    let (manifest, document) = model.home_of(first);
    let node = place.node.and_then(|id| manifest.tree.node(id));
    let replaced = || match (value, node) {
        (Value::String(_), None) | (_, Some(_)) => {
            let text = in_place(node, value);
            Some(vec![match node {
                Some(node) => base::set_value(manifest, node, &text),
                None => Edit::replace(place.span, text),
            }])
        }
        _ => None,
    };
    let set = match (&place.via, first.origin) {
        (Via::Document, _) | (_, Origin::Document { .. }) => return replaced(),
        (Via::Parameter { .. }, Origin::Generated { set, .. }) => {
            // The element may serve others too.
            let served = model.generated(set).filter(|a| model.locate(a, field).span == place.span);
            let only = served.into_iter().all(|a| members.iter().any(|m| std::ptr::eq(*m, a)));
            return only.then(replaced).flatten();
        }
        (_, Origin::Generated { set, .. }) => set,
    };
    if covers(model, first, members.iter().copied()) {
        return replaced();
    }
    if let Value::String(text) = value {
        let wanted: Vec<Wanted<'_>> =
            members.iter().map(|application| Wanted { application, text: text.clone() }).collect();
        return set_per_application(model, field, &wanted, &parameter(field, value)?);
    }
    if value.is_array() || value.is_object() {
        return None;
    }
    let param = parameter(field, value)?;
    let params = per_element(model, set, |a| {
        let own = members.iter().any(|m| std::ptr::eq(*m, a)).then(|| value.to_string());
        own.or_else(|| field.lookup(&a.json).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
    })?;
    let mut patch = Patch::open(manifest, document)?;
    patch.set(field, &format!("{{{{ .{param} }}}}"), None)?;
    let mut edits = patch.edits()?;
    for (at, text) in params {
        edits.push(element::set(manifest, document, &at, &param, &text)?);
    }
    Some(edits)
}

/// A value as it is written in the place of another: a text stays a text, as without Go templates elements may only hold texts.
fn in_place(old: Option<Node<'_>>, value: &Value) -> String {
    let was_text = old.and_then(|n| n.scalar()).is_some_and(|s| matches!(s, seatrial_yaml::Scalar::Str(_)));
    match value {
        Value::Number(number) if was_text => format!("'{number}'"),
        value => entry::flow(value),
    }
}

/// Adds values to what the text of an Application, or the template it is made from, gives.
fn add(model: &Model<'_>, application: &Application, source: &Path, values: &Values) -> Option<Vec<Edit>> {
    let (path, value) = match values {
        [one] => one.clone(),
        several => (Path::root(), together(several)?),
    };
    let (path, value) = (&path, &value);
    let (manifest, document) = model.home_of(application);
    let prefix = match application.origin {
        Origin::Document { .. } => Path::root(),
        Origin::Generated { .. } => Path::keys(["spec", "template"]),
    };
    let source = prefix.concat(source);
    let helm = source.join("helm");
    let object = manifest.node(document, &helm.join("valuesObject"));
    if let Some(node) = object.filter(|n| n.kind() != Kind::Null) {
        return entry::set(manifest, node, path, value);
    }
    if let Some(node) = manifest.node(document, &helm.join("values")).filter(|n| n.kind() != Kind::Null) {
        return in_text(manifest, node, path, value).map(|edit| vec![edit]);
    }
    let (node, from) = match manifest.node(document, &helm).filter(|n| n.kind() == Kind::Mapping) {
        Some(node) => (node, Path::keys(["valuesObject"])),
        None => (manifest.node(document, &source)?, Path::keys(["helm", "valuesObject"])),
    };
    entry::set(manifest, node, &from.concat(path), value)
}

/// Adds a value to a text that is YAML itself: `values: |`.
fn in_text(manifest: &Manifest, node: Node<'_>, path: &Path, value: &Value) -> Option<Edit> {
    if node.style() != Style::Literal {
        return None;
    }
    let text = node.as_str()?.into_owned();
    let inner = Manifest::read(Arc::new(SourceFile::new(manifest.file.id, "values", text.as_str())));
    let edits = EditSet::from_edits(entry::set_in_file(&inner, path, value)?).ok()?;
    let text = edits.apply(manifest.file.id, &text).ok()?;
    let columns = base::column(&manifest.file.text, node.key()?.outer_span().start) + 2;
    Some(base::set_value(manifest, node, &format!("|\n{}", base::indent(&text, columns))))
}

/// Gives values that the template does not give to some of the Applications made from it.
fn add_per_element(
    model: &Model<'_>,
    source: &Path,
    values: &Values,
    members: &[&Application],
) -> Option<Vec<Edit>> {
    let first = members.first()?;
    let Origin::Generated { set, .. } = first.origin else { return None };
    let (manifest, document) = model.home_of(first);
    let helm = source.join("helm");
    let template = Path::keys(["spec", "template"]).concat(&helm);
    // A second form of values would hide the first.
    if manifest.node(document, &template.join("values")).is_some() {
        return None;
    }
    let mut patch = Patch::open(manifest, document)?;
    let mut parameters: Vec<(Path, Vec<(String, String)>)> = Vec::new();
    for (path, value) in values {
        let field = helm.join("valuesObject").concat(path);
        let (field, pattern, text) = templated(field, value)?;
        let param = parameter(&field, value)?;
        let filled = pattern.replace("{}", &format!("{{{{ .{param} }}}}"));
        patch.set(&field, &filled, Some(&format!(".{param}")))?;
        let own = |a: &Application| members.iter().any(|m| std::ptr::eq(*m, a));
        let texts = per_element(model, set, |a| Some(if own(a) { text.clone() } else { String::new() }))?;
        for (element, text) in texts {
            let pair = (param.clone(), base::scalar(&text));
            match parameters.iter_mut().find(|(known, _)| *known == element) {
                Some((_, pairs)) => pairs.push(pair),
                None => parameters.push((element, vec![pair])),
            }
        }
    }
    let mut edits = patch.edits()?;
    for (at, pairs) in parameters {
        edits.extend(element::set_all(manifest, document, &at, &pairs)?);
    }
    Some(edits)
}

/// The name of the parameter that fills a field: the field's own, where it can be one.
fn parameter(field: &Path, value: &Value) -> Option<String> {
    let key = match field.last_key()? {
        "name" | "enabled" => field.parent()?.last_key().unwrap_or("value").to_owned(),
        // It holds one of a list.
        key if value.is_array() => key.trim_end_matches('s').to_owned(),
        key => key.to_owned(),
    };
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
    Some(if plain && key.starts_with(|c: char| c.is_ascii_alphabetic()) { key } else { identifier(&key) })
}

/// A value with one scalar in it, to be filled from a parameter: the field, how it is written, and the scalar.
fn templated(field: Path, value: &Value) -> Option<(Path, &'static str, String)> {
    match value {
        Value::String(text) => Some((field, "'{}'", text.clone())),
        Value::Number(_) | Value::Bool(_) => Some((field, "{}", value.to_string())),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text)] => Some((field, "- '{}'", text.clone())),
            [Value::Object(entries)] if entries.len() == 1 => {
                Some((field, "- name: '{}'", entries.get("name")?.as_str()?.to_owned()))
            }
            _ => None,
        },
        Value::Object(entries) => {
            let mut entries = entries.iter();
            let (key, value) = entries.next().filter(|_| entries.next().is_none())?;
            let text = value.as_str()?;
            Some((field.join(key.as_str()), "'{}'", text.to_owned()))
        }
        Value::Null => None,
    }
}
