//! The change made where others share the literal: the literal becomes a parameter of each element, or a patch gives it
//! to those elements that have it, or under a condition that only the Applications meant fulfil.

use seatrial_yaml::edit::{self, Position, insert_entry};
use seatrial_yaml::{Kind, Node, Path, Segment};
use serde_json::Value;

use super::change::{Aim, Change, Effect};
use super::insert::visit;
use super::literal::{Shared, replaced, whole};
use super::scene::{App, Scene, Stage};

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
        let (condition, value) = (format!("hasKey . \"{name}\""), format!("{{{{ toJson .{name} }}}}"));
        let Some(patched) = with_patch(text, list.document, &conditional(&condition, path, &value)?) else {
            continue;
        };
        let kept = stage.see(&patched).is_ok_and(|same| scene.keeps(&same, &[]));
        if kept && let Some(done) = flipped(patched, scene, change, &list, &name, &change.value, stage) {
            return Some(done);
        }
    }
    None
}

/// Gives the value by a patch that holds only where a parameter is what it is for the Applications meant: where the parameters are
/// not written in the set, but come of files, folders or clusters.
pub(super) fn conditioned(text: &str, scene: &Scene, change: &Change, stage: &Stage<'_>) -> Option<String> {
    let Aim::Value(path) = &change.aim else { return None };
    let tree = seatrial_yaml::parse(text);
    for document in tree.documents() {
        for parameter in parameters(document.root(), text) {
            for telling in TELLING {
                let mut told: Vec<String> = change
                    .apps
                    .iter()
                    .map(|name| telling(name, scene.apps.get(name)?))
                    .collect::<Option<_>>()
                    .unwrap_or_default();
                told.sort();
                told.dedup();
                let condition = match told.as_slice() {
                    [] => continue,
                    [one] => format!("eq {parameter} {}", Value::from(one.as_str())),
                    several => {
                        let several: Vec<String> =
                            several.iter().map(|one| Value::from(one.as_str()).to_string()).collect();
                        format!("has {parameter} (list {})", several.join(" "))
                    }
                };
                let index = document.root().document();
                let ways = [
                    given(text, index, &condition, path, &change.value),
                    taken_over(text, index, &condition, scene, change, path),
                ];
                for patched in ways.into_iter().flatten() {
                    let after = stage.see(&patched);
                    if after.is_ok_and(|after| change.effect(scene, &after) == Effect::Done) {
                        return Some(patched);
                    }
                }
            }
        }
    }
    None
}

/// A text whose patch gives a value under a condition.
fn given(text: &str, document: usize, condition: &str, path: &Path, value: &Value) -> Option<String> {
    let value = match value {
        Value::Number(number) => whole(number),
        other => other.to_string(),
    };
    with_patch(text, document, &conditional(condition, path, &value)?)
}

/// A text whose patch gives all that stands beside the value too, and in which the template has none of it any more: Argo CD
/// merges no mapping of free values that both have.
fn taken_over(
    text: &str,
    document: usize,
    condition: &str,
    scene: &Scene,
    change: &Change,
    path: &Path,
) -> Option<String> {
    let (Segment::Key(top), below) = path.segments().split_first()? else { return None };
    let old = scene.apps.get(change.apps.first()?)?.values()?.get(&**top)?.clone();
    let mut new = old.clone();
    let place = below.iter().try_fold(&mut new, |at, segment| match segment {
        Segment::Key(key) => at.get_mut(&**key),
        Segment::Index(index) => at.get_mut(*index),
    })?;
    *place = change.value.clone();
    let tree = seatrial_yaml::parse(text);
    let values = Path::keys(["spec", "template", "spec", "source", "helm", "valuesObject"]);
    let entry = tree.document(document)?.root().find(&values)?.entry(top)?;
    let without = edit::apply(text, &edit::remove_entry(entry)?);
    let lines = |value: Value| {
        let map = Value::Object([(top.to_string(), value)].into_iter().collect());
        let text = seatrial_yaml::goyaml::to_yaml(&map).ok()?;
        Some(text.lines().fold(String::new(), |out, line| out + "        " + line + "\n"))
    };
    let patch = format!(
        "spec:\n  source:\n    helm:\n      valuesObject:\n        {{{{- if {condition} }}}}\n{}        {{{{- else }}}}\n{}        {{{{- end }}}}\n",
        lines(new)?,
        lines(old)?
    );
    with_patch(&without, document, &patch)
}

/// What a parameter may be that tells Applications apart.
const TELLING: [fn(&str, &App) -> Option<String>; 4] = [
    |_, app| app.environment.clone(),
    |_, app| app.cluster.clone(),
    |_, app| app.chart().map(str::to_owned),
    |name, _| name.rsplit('/').next().map(str::to_owned),
];

/// The parameters that the names of a set's Applications are made of, as a Go template has them.
fn parameters(root: Node<'_>, text: &str) -> Vec<String> {
    let name = root.find(&Path::keys(["spec", "template", "metadata", "name"]));
    let plain = |inner: &str| {
        inner.starts_with('.') && inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
    };
    let holes = name.into_iter().flat_map(|name| name.holes());
    let mut out: Vec<String> = holes
        .filter_map(|hole| text.get(hole.inner()).map(str::trim))
        .filter(|inner| plain(inner))
        .map(str::to_owned)
        .collect();
    out.dedup();
    out
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

/// A patch that gives a value of the chart under a condition; `None` for a value in a list.
fn conditional(condition: &str, path: &Path, value: &str) -> Option<String> {
    let keys: Option<Vec<&str>> = path
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => Some(&**key),
            Segment::Index(_) => None,
        })
        .collect();
    let mut out = format!("{{{{- if {condition} }}}}\nspec:\n  source:\n    helm:\n      valuesObject:\n");
    let keys = keys?;
    let (last, parents) = keys.split_last()?;
    let mut indent = 8;
    for key in parents {
        out.push_str(&format!("{}{key}:\n", " ".repeat(indent)));
        indent += 2;
    }
    out.push_str(&format!("{}{last}: {value}\n{{{{- end }}}}\n", " ".repeat(indent)));
    Some(out)
}

/// A text whose set has this patch, beside the one that it has.
fn with_patch(text: &str, document: usize, patch: &str) -> Option<String> {
    let tree = seatrial_yaml::parse(text);
    let spec = tree.document(document)?.root().get("spec")?;
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
