//! A place that the set does not have yet: an element (or a document) like that of the place most like it.

use std::rc::Rc;

use seatrial_platform::{Platform, Scope};
use seatrial_yaml::edit::{self};
use seatrial_yaml::{Kind, Node, Segment, Style};
use serde_json::{Map, Value, json};

use super::change::Change;
use super::insert::visit;
use super::literal::replaced;
use super::scene::{App, Scene, Stage};
use crate::targets::Target;

/// A text with the new place, and what it comes to.
pub(super) struct Added {
    pub(super) text: String,
    pub(super) scene: Rc<Scene>,
    /// `namespace/name` of the new Application.
    pub(super) name: String,
}

/// Adds a place, after that of the Applications named which is most like it.
pub(super) fn add(
    text: &str,
    scene: &Scene,
    like: &[String],
    target: &Target<'_>,
    platform: &Platform,
    stage: &Stage<'_>,
) -> Option<Added> {
    let mut models: Vec<(&String, &App)> =
        like.iter().filter_map(|name| Some((name, scene.apps.get(name)?))).collect();
    let likeness = |app: &App| {
        let scope = platform.scope(app.environment.as_deref(), app.cluster.as_deref());
        likeness(&scope, &target.scope)
    };
    models.sort_by_key(|(name, app)| (std::cmp::Reverse(likeness(app)), (*name).clone()));
    for (_, model) in models {
        let names = names(model, target, platform);
        for tried in copies(text, model, &names) {
            let Ok(after) = stage.see(&tried) else { continue };
            if after.apps.len() != scene.apps.len() + 1 || !scene.keeps(&after, &[]) {
                continue;
            }
            let new = after.apps.iter().find(|(name, _)| !scene.apps.contains_key(*name));
            let Some((name, app)) = new else { continue };
            if app.environment.as_deref() == Some(target.environment)
                && app.cluster.as_deref() == Some(target.place())
            {
                return Some(Added { text: tried, name: name.clone(), scene: Rc::clone(&after) });
            }
        }
    }
    None
}

/// How much the facts of two places are alike.
fn likeness(a: &Scope<'_>, b: &Scope<'_>) -> usize {
    let registry = |s: &Scope<'_>| s.registries().and_then(|f| f.value.first().map(|r| r.value.clone()));
    let secret = |s: &Scope<'_>| s.pull_secret().map(|f| format!("{:?}", f.value));
    let automated = |s: &Scope<'_>| s.sync().and_then(|f| f.value.automated.as_ref().map(|a| a.value));
    3 * usize::from(registry(a) == registry(b))
        + 3 * usize::from(automated(a) == automated(b))
        + 2 * usize::from(secret(a).map(|s| s.len()) == secret(b).map(|s| s.len()))
        + usize::from(a.node_selector().is_some() == b.node_selector().is_some())
}

/// What is called otherwise at the new place, the longest first.
fn names(model: &App, target: &Target<'_>, platform: &Platform) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let old = model.cluster.as_deref().and_then(|name| platform.cluster(name));
    if let (Some(old), Some(new)) = (old.and_then(|c| c.server.as_ref()), &target.cluster.server) {
        out.push((old.value.clone(), new.value.clone()));
    }
    if let Some(old) = &model.cluster {
        out.push((old.clone(), target.place().to_owned()));
    }
    if let Some(old) = &model.environment {
        out.push((old.clone(), target.environment.to_owned()));
    }
    out
}

/// Texts with a copy of what makes an Application: its element, else its document.
fn copies(text: &str, model: &App, names: &[(String, String)]) -> Vec<String> {
    let tree = seatrial_yaml::parse(text);
    let mut out = Vec::new();
    for document in tree.documents() {
        visit(document.root(), 0, &mut |node| {
            let of_elements = node.parent().is_some_and(|list| {
                let path = list.path();
                list.kind() == Kind::Sequence
                    && path.last_key() == Some("elements")
                    && matches!(path.last(), Some(Segment::Key(_)))
            });
            if of_elements && node.kind() == Kind::Mapping && speaks_of(node, names) {
                out.extend(copied_item(text, node, names));
            }
        });
        let root = document.root();
        let kind = root.get("kind").and_then(Node::as_str);
        let name = root.find(&seatrial_yaml::Path::keys(["metadata", "name"])).and_then(Node::as_str);
        let own = model.json.pointer("/metadata/name").and_then(Value::as_str);
        if kind.as_deref() == Some("Application") && name.as_deref() == own {
            let span = root.span();
            let copy = renamed(text.get(span.clone()).unwrap_or_default(), names);
            let end =
                text.get(span.end..).and_then(|t| t.find('\n')).map_or(text.len(), |at| span.end + at + 1);
            let lead = if text.get(..end).is_some_and(|t| t.ends_with('\n')) { "" } else { "\n" };
            let indented = copy.trim_end();
            out.push(replaced(text, end, end, &format!("{lead}---\n{indented}\n")));
        }
    }
    out
}

/// Whether an element names the place.
fn speaks_of(element: Node<'_>, names: &[(String, String)]) -> bool {
    let mut found = false;
    visit(element, 0, &mut |node| {
        let text = node.as_str().filter(|_| node.kind() == Kind::Scalar && !node.is_key());
        found |= text.is_some_and(|text| names.iter().any(|(old, _)| *old == text));
    });
    found
}

/// A text with an element more, as the one given but for names; after the last of its list.
fn copied_item(text: &str, item: Node<'_>, names: &[(String, String)]) -> Option<String> {
    let list = item.parent()?;
    let last = list.items().next_back()?;
    let body = text.get(item.span())?;
    if list.style() == Style::Flow {
        let end = last.outer_span().end;
        return Some(replaced(text, end, end, &format!(", {}", renamed(body, names))));
    }
    let start = text.get(..item.span().start)?.rfind('\n').map_or(0, |at| at + 1);
    let lead = text.get(start..item.span().start)?;
    let kept: Vec<&str> =
        body.lines().filter(|line| !line.trim_start().starts_with('#')).map(without_comment).collect();
    let copy = renamed(&format!("{lead}{}", kept.join("\n")), names);
    let end = last.span().end;
    let end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
    Some(replaced(text, end, end, &format!("\n{}", copy.trim_end())))
}

/// A line without what it says of the place it was written for.
fn without_comment(line: &str) -> &str {
    match line.find(" #") {
        Some(at) if !line[..at].contains(['"', '\'']) || line[at..].matches(['"', '\'']).count() == 0 => {
            line[..at].trim_end()
        }
        _ => line,
    }
}

/// A text in which names stand for others, all at once; versions stay what they are.
fn renamed(text: &str, names: &[(String, String)]) -> String {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    'next: while let Some(first) = rest.chars().next() {
        let before = out.chars().next_back();
        if !before.is_some_and(part) {
            for (old, new) in names {
                let Some(tail) = rest.strip_prefix(old.as_str()).filter(|_| !old.is_empty()) else {
                    continue;
                };
                let ends = !tail.chars().next().is_some_and(part);
                if ends && !is_version_part(&out, tail) {
                    out.push_str(new);
                    rest = tail;
                    continue 'next;
                }
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// Whether a word is part of a version such as `1.2.0-dev`.
fn is_version_part(before: &str, _after: &str) -> bool {
    let token =
        before.rsplit(|c: char| c.is_whitespace() || "\"'{[,:".contains(c)).next().unwrap_or_default();
    let digits = |c: char| c.is_ascii_digit();
    token.ends_with('-') && token.trim_start_matches('v').starts_with(digits) && token.contains('.')
}

/// Gives the new place the sync policy of its facts; `None` when no part of its element decides about it.
pub(super) fn sync(
    added: &Added,
    wanted: &Map<String, Value>,
    before: &Scene,
    stage: &Stage<'_>,
) -> Option<Added> {
    let holds = |scene: &Scene| {
        let app = scene.apps.get(&added.name)?;
        let given = app.json.pointer("/spec/syncPolicy/automated");
        let wanted = wanted.get("automated");
        let same = match (given, wanted) {
            (None | Some(Value::Null), None) => true,
            (Some(given), Some(wanted)) => plain(given) == plain(wanted),
            _ => false,
        };
        Some(same)
    };
    if holds(&added.scene)? {
        return Some(Added {
            text: added.text.clone(),
            scene: Rc::clone(&added.scene),
            name: added.name.clone(),
        });
    }
    for tried in sync_texts(&added.text, wanted) {
        let Ok(after) = stage.see(&tried) else { continue };
        if before.keeps(&after, &[])
            && after.apps.len() == added.scene.apps.len()
            && holds(&after) == Some(true)
        {
            return Some(Added { text: tried, scene: after, name: added.name.clone() });
        }
    }
    None
}

/// What `automated` says, with what it leaves unsaid.
fn plain(automated: &Value) -> Value {
    let flag = |key: &str| automated.get(key).and_then(Value::as_bool).unwrap_or(false);
    json!([
        flag("prune"),
        flag("selfHeal"),
        flag("allowEmpty"),
        automated.get("enabled") != Some(&Value::Bool(false))
    ])
}

/// Texts in which some part of a last element (or document) says otherwise how it is synced.
fn sync_texts(text: &str, wanted: &Map<String, Value>) -> Vec<String> {
    let tree = seatrial_yaml::parse(text);
    let mut out = Vec::new();
    let mut push = |replacement: Option<edit::Replacement>| {
        out.extend(replacement.map(|replacement| edit::apply(text, &replacement)));
    };
    let policy = Value::Object(wanted.clone());
    let automated = wanted.get("automated").cloned();
    for document in tree.documents() {
        visit(document.root(), 0, &mut |node| {
            let path = node.path();
            let in_element =
                path.segments().iter().any(|s| matches!(s, Segment::Key(key) if **key == *"elements"));
            let in_application = path.last_key() == Some("syncPolicy") && path.len() == 2;
            if node.is_key() || !(in_element || in_application) {
                return;
            }
            match node.kind() {
                Kind::Mapping => {
                    let is_policy = matches!(path.last_key(), Some("sync" | "syncPolicy"));
                    if is_policy {
                        let mut own = node.to_json();
                        if let Some(own) = own.as_object_mut() {
                            match &automated {
                                Some(value) => own.insert("automated".to_owned(), value.clone()),
                                None => own.remove("automated"),
                            };
                        }
                        push(edit::replace_value(node, &own));
                        push(edit::replace_value(node, &policy));
                    } else if matches!(path.last(), Some(Segment::Index(_))) && node.get("sync").is_none() {
                        push(edit::insert_entry(node, "sync", &policy, &edit::Position::Last));
                    }
                }
                Kind::Scalar => {
                    let flip = match node.as_str().as_deref() {
                        Some("true") => Some("false"),
                        Some("false") => Some("true"),
                        _ => None,
                    };
                    if let Some(flip) = flip {
                        let value = if node.style() == Style::Plain {
                            Value::Bool(flip == "true")
                        } else {
                            flip.into()
                        };
                        push(edit::set_scalar(node, &value));
                    }
                }
                _ => {}
            }
        });
    }
    out
}

impl Added {
    /// The change for the new Application alone.
    pub(super) fn change(&self, aim: super::change::Aim, value: Value) -> Change {
        Change { aim, value, apps: vec![self.name.clone()] }
    }
}
