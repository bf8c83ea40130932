//! The change made where others share the literal: the literal becomes a parameter of each element, or a patch gives it
//! to those elements that have it.

use seatrial_yaml::edit::{self, Position, insert_entry};
use seatrial_yaml::{Kind, Path, Segment};
use serde_json::Value;

use super::change::{Aim, Change, Effect};
use super::insert::visit;
use super::literal::{Shared, replaced, whole};
use super::scene::{Scene, Stage};

/// How many elements are told apart.
const MAX_ELEMENTS: usize = 64;

/// Makes a parameter of one of the literals that are shared.
pub(super) fn literal(
    text: &str,
    scene: &Scene,
    change: &Change,
    shared: &[Shared],
    stage: &Stage<'_>,
) -> Option<String> {
    for place in shared.iter().take(4) {
        let old = text.get(place.start..place.end)?;
        for list in lists(text) {
            let name = unused(&change.aim.parameter(), text);
            for hole in [format!("{{{{ .{name} }}}}"), format!("{{{{{name}}}}}")] {
                for hole in [hole.clone(), format!("'{hole}'")] {
                    let holed = replaced(text, place.start, place.end, &hole);
                    for typed in [typed(old), Value::String(old.to_owned())] {
                        let Some(split) = with_all(&holed, &list, &name, &typed) else { continue };
                        let Ok(same) = stage.see(&split) else { continue };
                        if same.apps.len() != scene.apps.len() || !scene.keeps(&same, &[]) {
                            continue;
                        }
                        let new =
                            if typed.is_string() { as_text(&change.value) } else { change.value.clone() };
                        let done = flipped(split, scene, change, &list, &name, &new, stage);
                        if done.is_some() {
                            return done;
                        }
                    }
                }
            }
        }
    }
    None
}

/// Gives the value to the elements meant, by a patch that holds only where the parameter is there.
pub(super) fn patch(text: &str, scene: &Scene, change: &Change, stage: &Stage<'_>) -> Option<String> {
    let Aim::Value(path) = &change.aim else { return None };
    for list in lists(text) {
        let name = unused(&change.aim.parameter(), text);
        let Some(patched) = with_patch(text, &list, &conditional(path, &name)) else { continue };
        let kept = stage.see(&patched).is_ok_and(|same| scene.keeps(&same, &[]));
        if kept && let Some(done) = flipped(patched, scene, change, &list, &name, &change.value, stage) {
            return Some(done);
        }
    }
    None
}

/// Gives elements the parameter, one by one, and keeps those by which the change comes nearer.
fn flipped(
    mut text: String,
    scene: &Scene,
    change: &Change,
    list: &List,
    name: &str,
    new: &Value,
    stage: &Stage<'_>,
) -> Option<String> {
    for index in 0..list.count {
        let tried = with_one(&text, list, index, name, new)?;
        let Ok(after) = stage.see(&tried) else { continue };
        match change.effect(scene, &after) {
            Effect::Done => return Some(tried),
            Effect::Step => text = tried,
            _ => {}
        }
    }
    None
}

/// A list of elements that is written out.
struct List {
    document: usize,
    path: Path,
    count: usize,
}

fn lists(text: &str) -> Vec<List> {
    let tree = seatrial_yaml::parse(text);
    let mut out = Vec::new();
    for document in tree.documents() {
        visit(document.root(), 0, &mut |node| {
            let is_elements = node.path().last_key() == Some("elements")
                && matches!(node.path().last(), Some(Segment::Key(_)));
            if node.kind() == Kind::Sequence && is_elements && node.items().len() <= MAX_ELEMENTS {
                out.push(List { document: node.document(), path: node.path(), count: node.items().len() });
            }
        });
    }
    out
}

/// A name that no element has.
fn unused(name: &str, text: &str) -> String {
    let taken = |name: &str| text.contains(&format!("{name}:")) && text.contains(&format!(".{name} "));
    let numbered = (2..100).map(|n| format!("{name}{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

fn with_all(text: &str, list: &List, name: &str, value: &Value) -> Option<String> {
    (0..list.count).try_fold(text.to_owned(), |text, index| with_one(&text, list, index, name, value))
}

/// A text in which an element has a parameter.
fn with_one(text: &str, list: &List, index: usize, name: &str, value: &Value) -> Option<String> {
    let tree = seatrial_yaml::parse(text);
    let element = tree.document(list.document)?.root().find(&list.path)?.index(index)?;
    let value = match value {
        Value::Number(number) => whole(number).parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        other => other.clone(),
    };
    let replacement = match element.get(name) {
        Some(old) => edit::replace_value(old, &value)?,
        None => insert_entry(element, name, &value, &Position::Last)?,
    };
    Some(edit::apply(text, &replacement))
}

/// A patch in which a value of the chart is a parameter, for elements that have it.
fn conditional(path: &Path, name: &str) -> String {
    let mut out =
        format!("{{{{- if hasKey . \"{name}\" }}}}\nspec:\n  source:\n    helm:\n      valuesObject:\n");
    let keys: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Key(key) => Some(&**key),
            Segment::Index(_) => None,
        })
        .collect();
    let mut indent = 8;
    for (at, key) in keys.iter().enumerate() {
        let value = if at + 1 == keys.len() { format!(" {{{{ toJson .{name} }}}}") } else { String::new() };
        out.push_str(&format!("{}{key}:{value}\n", " ".repeat(indent)));
        indent += 2;
    }
    out.push_str("{{- end }}\n");
    out
}

/// A text whose set has this patch, beside the one that it has.
fn with_patch(text: &str, list: &List, patch: &str) -> Option<String> {
    let tree = seatrial_yaml::parse(text);
    let spec = tree.document(list.document)?.root().get("spec")?;
    let replacement = match spec.get("templatePatch") {
        None => insert_entry(spec, "templatePatch", &Value::String(patch.to_owned()), &Position::Last)?,
        Some(old) => {
            let written = old.as_str()?;
            let joined = format!("{}\n{patch}", written.trim_end());
            edit::set_scalar(old, &Value::String(joined))?
        }
    };
    Some(edit::apply(text, &replacement))
}

/// What a literal is when it stands for itself.
fn typed(text: &str) -> Value {
    seatrial_yaml::goyaml::to_json(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => whole(number).into(),
        Value::String(_) => value.clone(),
        other => other.to_string().into(),
    }
}
