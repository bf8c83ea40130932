//! The table as a page of documentation.

use std::fmt::Write as _;

use super::{Key, Shape, table};

/// Every key of the platform file in Markdown, section by section.
pub fn markdown() -> String {
    let mut out = String::from(
        "# The platform file\n\nEvery key of `seatrial.yaml`. All of them are optional; what is not stated is not judged.\n",
    );
    if let Shape::Object(groups) = &table::FILE {
        section(&mut out, "", groups, 0);
    }
    out
}

fn section(out: &mut String, path: &str, groups: &[&[Key]], depth: usize) {
    let keys = || groups.iter().copied().flatten();
    out.push_str("\n| key | value | meaning |\n|---|---|---|\n");
    for key in keys() {
        let example =
            if key.example.is_empty() { String::new() } else { format!(" `{}`", escape(key.example)) };
        let _ = writeln!(
            out,
            "| `{}` | {}{example} | {} |",
            key.name,
            escape(&kind(&key.shape)),
            escape(key.doc)
        );
    }
    for key in keys() {
        let Some((inner, place)) = inside(&key.shape) else { continue };
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        let path = format!("{path}{place}");
        let _ = write!(out, "\n{} `{path}`\n\n{}\n", "#".repeat((depth + 2).min(4)), key.doc);
        section(out, &path, inner, depth + 1);
    }
}

/// The keys inside a shape, and how the path goes on to them.
fn inside(shape: &Shape) -> Option<(&'static [&'static [Key]], String)> {
    match shape {
        Shape::Object(groups) | Shape::Open(groups) => Some((groups, String::new())),
        Shape::List(item) => inside(item).map(|(groups, rest)| (groups, format!("[]{rest}"))),
        Shape::Map(what, value) => inside(value).map(|(groups, rest)| (groups, format!(".<{what}>{rest}"))),
        Shape::Either(shapes) => shapes.iter().find_map(inside),
        _ => None,
    }
}

fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".into(),
        Shape::Null => "nothing".into(),
        Shape::Text => "text".into(),
        Shape::Form(form) => form.words().0.into(),
        Shape::Bool => "true or false".into(),
        Shape::Count => "a number".into(),
        Shape::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::List(_) => "a list".into(),
        Shape::Map(what, _) => format!("by {what}"),
        Shape::Object(_) | Shape::Open(_) => "a mapping".into(),
        Shape::Either(shapes) => {
            let mut kinds: Vec<String> = Vec::new();
            for one in shapes.iter().map(kind) {
                if !kinds.contains(&one) {
                    kinds.push(one);
                }
            }
            kinds.join(" or ")
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}
