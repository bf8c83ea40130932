//! Edits keep what they do not touch, to the byte.

use seatrial_yaml::edit::{self, Position, Replacement};
use seatrial_yaml::{Node, Path, Tree, parse};
use serde_json::json;

fn node<'t>(tree: &'t Tree, path: &str) -> Node<'t> {
    tree.find(0, &Path::from_pointer(path).unwrap()).unwrap()
}

fn edited(text: &str, path: &str, edit: impl Fn(Node<'_>) -> Option<Replacement>) -> String {
    let tree = parse(text);
    edit::apply(text, &edit(node(&tree, path)).unwrap())
}

const TEXT: &str = "\
# head
spec:
  # how many
  replicas: {{ .n }} # from the list
  image: \"a:1\"   # keep
  list:
    - one
    # second
    - two # why
  flow: {a: 1, b: [x, y]}
  patch: |
    spec:
      x: 1
  empty:
last: 'q'
";

#[test]
fn scalars_keep_their_quotes_and_comments() {
    assert_eq!(
        edited(TEXT, "/spec/image", |node| edit::set_scalar(node, &json!("b:2"))),
        TEXT.replace("a:1", "b:2")
    );
    assert_eq!(edited(TEXT, "/spec/replicas", edit::quote), TEXT.replace("{{ .n }}", "'{{ .n }}'"));
    assert_eq!(
        edited(TEXT, "/last", |node| edit::set_scalar(node, &json!("it's"))),
        TEXT.replace("'q'", "'it''s'")
    );
    assert_eq!(
        edited(TEXT, "/spec/empty", |node| edit::set_scalar(node, &json!(3))),
        TEXT.replace("empty:", "empty: 3")
    );
    assert_eq!(
        edited(TEXT, "/spec/flow/b/0", |node| edit::set_scalar(node, &json!("x, z"))),
        TEXT.replace("[x, y]", "['x, z', y]")
    );
}

#[test]
fn keys_entries_and_items() {
    assert_eq!(
        edited(TEXT, "/spec/replicas", |node| edit::rename_key(node.key()?, "count")),
        TEXT.replace("replicas:", "count:")
    );
    assert_eq!(
        edited(TEXT, "/spec", |node| edit::insert_entry(
            node,
            "new",
            &json!({"k": [1]}),
            &Position::After("image".into())
        )),
        TEXT.replace("# keep\n", "# keep\n  new:\n    k:\n    - 1\n")
    );
    assert_eq!(
        edited(TEXT, "/spec/list", |node| edit::insert_item(node, &json!("three"), &Position::Last)),
        TEXT.replace("# why\n", "# why\n    - three\n")
    );
    assert_eq!(
        edited(TEXT, "/spec/flow", |node| edit::insert_entry(node, "c", &json!(true), &Position::Last)),
        TEXT.replace("[x, y]}", "[x, y], c: true}")
    );
    assert_eq!(
        edited(TEXT, "/spec/replicas", |node| edit::remove_entry(node.parent()?.entry("replicas")?)),
        TEXT.replace("  # how many\n  replicas: {{ .n }} # from the list\n", "")
    );
    assert_eq!(
        edited(TEXT, "/spec/list/1", edit::remove_item),
        TEXT.replace("    # second\n    - two # why\n", "")
    );
    assert_eq!(edited(TEXT, "/spec/flow/b/0", edit::remove_item), TEXT.replace("[x, y]", "[y]"));
}

#[test]
fn whole_values_and_block_text() {
    assert_eq!(
        edited(TEXT, "/spec/image", |node| edit::replace_value(
            node,
            &json!({"repository": "a", "tag": "1"})
        )),
        TEXT.replace(" \"a:1\"   # keep", "\n    repository: a\n    tag: \"1\"   # keep")
    );
    assert_eq!(
        edited(TEXT, "/spec/empty", |node| edit::insert_entry(node, "k", &json!("v"), &Position::Last)),
        TEXT.replace("empty:\n", "empty:\n    k: v\n")
    );
    let changed = edited(TEXT, "/spec/patch", |node| {
        let text = node.as_str()?.into_owned();
        let at = text.find('1')?;
        edit::replace_text(node, at..at + 1, "{{ .x }}\ny: 2")
    });
    assert_eq!(changed, TEXT.replace("x: 1\n", "x: {{ .x }}\n    y: 2\n"));
    assert_eq!(
        edited(TEXT, "/spec/patch", |node| edit::set_scalar(node, &json!("a: 1\n\nb: 2\n"))),
        TEXT.replace("    spec:\n      x: 1\n", "    a: 1\n\n    b: 2\n")
    );
}

#[test]
fn first_keys_of_items_and_windows_line_ends() {
    let text = "l:\r\n- a: 1\r\n  b: 2\r\n- c: 3\r\n";
    let removed = edited(text, "/l/0/a", |node| edit::remove_entry(node.parent()?.entry("a")?));
    assert_eq!(removed, "l:\r\n- b: 2\r\n- c: 3\r\n");
    let added = edited(text, "/l/0", |node| edit::insert_entry(node, "z", &json!(9), &Position::Last));
    assert_eq!(added, "l:\r\n- a: 1\r\n  b: 2\r\n  z: 9\r\n- c: 3\r\n");
    let emptied = edited(text, "/l/1/c", |node| edit::remove_entry(node.parent()?.entry("c")?));
    assert_eq!(emptied, "l:\r\n- a: 1\r\n  b: 2\r\n- {}\r\n");
}
