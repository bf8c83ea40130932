//! One change after another in a YAML text, each read back before the next.

use seatrial_yaml::edit::{self, Position};
use seatrial_yaml::{Kind, Node, Style};
use serde_json::{Map, Value, json};

/// A text being changed.
pub(super) struct Draft {
    pub(super) text: String,
}

impl Draft {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// Whether a key is stated.
    pub(super) fn has(&self, path: &[String]) -> bool {
        self.value(path).is_some()
    }

    /// What stands under a key.
    pub(super) fn value(&self, path: &[String]) -> Option<Value> {
        let tree = seatrial_yaml::parse(self.text.as_str());
        let mut at = tree.root()?;
        for key in path {
            at = at.resolved()?.get(key)?;
        }
        Some(at.to_json())
    }

    /// States a value under a key, with all the keys above it. `None` where the text cannot be changed in place.
    pub(super) fn set(&mut self, path: &[String], value: &Value) -> Option<()> {
        let tree = seatrial_yaml::parse(self.text.as_str());
        let root = tree.root().filter(|root| root.kind() != Kind::Null);
        let Some(root) = root else {
            let separator = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
            let body = block(&nested(path, value))?;
            self.text = format!("{}{separator}{body}", self.text);
            return Some(());
        };
        let mut at = root;
        for (depth, key) in path.iter().enumerate() {
            let mapping = at.resolved()?;
            if let Some(next) = mapping.get(key) {
                at = next;
                continue;
            }
            let rest = path.get(depth + 1..)?;
            let value = nested(rest, value);
            let replacement = if is_nothing(mapping) && mapping.parent().is_some() {
                let mut one = Map::new();
                one.insert(key.clone(), value);
                edit::replace_value(mapping, &Value::Object(one))?
            } else if depth == 0 {
                // A section of its own, with a line between.
                return self.append_section(key, &value);
            } else {
                edit::insert_entry(mapping, key, &value, &Position::Last)?
            };
            self.text = edit::apply(&self.text, &replacement);
            return Some(());
        }
        let replacement = match value {
            Value::Object(_) | Value::Array(_) => edit::replace_value(at, value)?,
            scalar if matches!(at.kind(), Kind::Mapping | Kind::Sequence) => edit::replace_value(at, scalar)?,
            scalar => edit::set_scalar(at, scalar)?,
        };
        self.text = edit::apply(&self.text, &replacement);
        Some(())
    }

    fn append_section(&mut self, key: &str, value: &Value) -> Option<()> {
        let root = seatrial_yaml::parse(self.text.as_str());
        if root.root()?.style() == Style::Flow {
            let replacement = edit::insert_entry(root.root()?, key, value, &Position::Last)?;
            self.text = edit::apply(&self.text, &replacement);
            return Some(());
        }
        let mut one = Map::new();
        one.insert(key.to_owned(), value.clone());
        let separator = if self.text.ends_with('\n') { "\n" } else { "\n\n" };
        let body = block(&Value::Object(one))?;
        self.text = format!("{}{separator}{body}", self.text);
        Some(())
    }

    /// Adds an item to a list, if it is not there.
    pub(super) fn add_item(&mut self, path: &[String], item: &Value) -> Option<()> {
        let known = self.value(path).and_then(|list| list.as_array().map(|list| list.contains(item)));
        if known == Some(true) {
            return Some(());
        }
        let tree = seatrial_yaml::parse(self.text.as_str());
        let mut at = tree.root()?;
        for key in path {
            at = at.resolved()?.get(key)?;
        }
        let replacement = edit::insert_item(at, item, &Position::Last)?;
        self.text = edit::apply(&self.text, &replacement);
        Some(())
    }

    /// Adds a mapping to a list, its entries in the order given.
    pub(super) fn add_entry(&mut self, path: &[String], entry: &[(&str, Value)]) -> Option<()> {
        let (first, rest) = entry.split_first()?;
        let one = json!({first.0: first.1});
        if self.has(path) {
            self.add_item(path, &one)?;
        } else {
            self.set(path, &json!([one]))?;
        }
        let index = self.value(path)?.as_array()?.len().checked_sub(1)?;
        for (key, value) in rest {
            let tree = seatrial_yaml::parse(self.text.as_str());
            let mut at = tree.root()?;
            for key in path {
                at = at.resolved()?.get(key)?;
            }
            let item = at.index(index)?;
            let replacement = edit::insert_entry(item, key, value, &Position::Last)?;
            self.text = edit::apply(&self.text, &replacement);
        }
        Some(())
    }

    /// Sets a key of one item of a list.
    pub(super) fn set_in_item(
        &mut self,
        path: &[String],
        index: usize,
        key: &str,
        value: &Value,
    ) -> Option<()> {
        let tree = seatrial_yaml::parse(self.text.as_str());
        let mut at = tree.root()?;
        for key in path {
            at = at.resolved()?.get(key)?;
        }
        let item = at.index(index)?;
        let replacement = match item.get(key) {
            Some(node) if matches!(value, Value::Object(_) | Value::Array(_)) => {
                edit::replace_value(node, value)?
            }
            Some(node) => edit::set_scalar(node, value)?,
            None => edit::insert_entry(item, key, value, &Position::Last)?,
        };
        self.text = edit::apply(&self.text, &replacement);
        Some(())
    }

    /// Writes a short form out (`sync: manual`, a list of namespaces), so that parts of it can be stated.
    pub(super) fn spell_out(&mut self, path: &[String]) -> Option<()> {
        let long = match (path.last().map(String::as_str), self.value(path)) {
            (Some("sync"), Some(Value::String(word))) => match word.as_str() {
                "manual" => json!({"automated": false}),
                "automatic" => json!({"automated": true, "prune": true, "selfHeal": true}),
                "safe" => json!({"automated": true, "prune": false, "selfHeal": true}),
                _ => return None,
            },
            (Some("namespaces"), Some(Value::Array(names))) => {
                let names = names.iter().filter_map(|name| Some((name.as_str()?.to_owned(), json!({}))));
                Value::Object(names.collect())
            }
            _ => return Some(()),
        };
        self.set(path, &long)
    }
}

fn is_nothing(node: Node<'_>) -> bool {
    node.kind() == Kind::Null || (node.kind() == Kind::Mapping && node.entries().len() == 0)
}

fn nested(path: &[String], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, key| {
        let mut one = Map::new();
        one.insert(key.clone(), inner);
        Value::Object(one)
    })
}

/// A mapping as a block of lines.
fn block(value: &Value) -> Option<String> {
    let tree = seatrial_yaml::parse("x: {}\n");
    // Rendered below a key and taken out of it again, so that all blocks are written by the same hand.
    let node = tree.root()?.get("x")?;
    let (_, text) = edit::replace_value(node, value)?;
    let lines: Vec<&str> =
        text.trim_start_matches('\n').lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    Some(format!("{}\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(key: &str) -> Vec<String> {
        key.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn comments_and_order_stay() {
        let mut draft =
            Draft::new("# top\nclusters: {}   # none yet\nenvironments:\n  prod: {sync: manual} # by hand\n");
        draft.set(&path("clusters/a/server"), &json!("https://a.b")).unwrap();
        draft.set(&path("environments/prod/replicas"), &json!(5)).unwrap();
        draft.set(&path("environments/dev/replicas"), &json!(1)).unwrap();
        draft.spell_out(&path("environments/prod/sync")).unwrap();
        draft.set(&path("environments/prod/sync/options"), &json!(["PruneLast=true"])).unwrap();
        draft.set(&path("sources/environments.prod.sync/quote"), &json!("it's \"manual\": yes")).unwrap();
        draft
            .add_entry(
                &path("constraints"),
                &[("id", json!("a")), ("level", json!("must")), ("environments", json!(["prod"]))],
            )
            .unwrap();
        draft.add_entry(&path("constraints"), &[("id", json!("b")), ("level", json!("may"))]).unwrap();
        insta::assert_snapshot!(draft.text);
    }

    #[test]
    fn nothing_to_begin_with() {
        let mut draft = Draft::new("");
        draft.set(&path("environments/prod/replicas"), &json!(5)).unwrap();
        draft.set(&path("environments/prod/registries"), &json!(["a.b", "c.d"])).unwrap();
        draft.set(&path("environments/dev/replicas"), &json!(1)).unwrap();
        assert_eq!(
            draft.text,
            "environments:\n  prod:\n    replicas: 5\n    registries:\n    - a.b\n    - c.d\n  dev:\n    replicas: 1\n"
        );
    }
}
