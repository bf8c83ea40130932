//! Switching an ApplicationSet from plain `{{name}}` substitution to Go templates.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use seatrial_gotemplate::FuncMap;
use seatrial_source::Edit;
use seatrial_trial::{Document, Manifest};
use seatrial_yaml::{Hole, HoleKind, Kind, Node, Path};

use super::{base, element};

/// Whether the set of a document is written in Go templates.
pub fn is_on(manifest: &Manifest, document: &Document) -> bool {
    manifest
        .node(document, &Path::keys(["spec", "goTemplate"]))
        .and_then(|n| n.as_str())
        .is_some_and(|text| matches!(&*text, "true" | "True" | "TRUE"))
}

/// The edits that switch a set to `goTemplate: true` with `missingkey=error`, every placeholder of its template,
/// generators and patch converted; none when it is switched already.
///
/// The edits are the same whatever else a fix does, and as small as can be: a dot put before `name` composes with
/// quotes put around the scalar.
pub fn edits(manifest: &Manifest, document: &Document) -> Option<Vec<Edit>> {
    edits_outside(manifest, document, &[])
}

/// [`edits`], placeholders inside `gone` (text that the same fix removes or replaces) left alone.
pub fn edits_outside(manifest: &Manifest, document: &Document, gone: &[Range<usize>]) -> Option<Vec<Edit>> {
    if is_on(manifest, document) {
        return Some(Vec::new());
    }
    let spec = manifest.node(document, &Path::keys(["spec"])).filter(|n| n.kind() == Kind::Mapping)?;
    let mut edits = Vec::new();
    let mut lines = String::new();
    match spec.get("goTemplate") {
        Some(value) => edits.push(base::set_value(manifest, value, "true")),
        None => lines.push_str("goTemplate: true\n"),
    }
    if spec.get("goTemplateOptions").is_none() {
        lines.push_str("goTemplateOptions: [\"missingkey=error\"]\n");
    }
    if !lines.is_empty() {
        let flow = spec.style() == seatrial_yaml::Style::Flow;
        let text = if flow { lines.trim_end().replace('\n', ", ") } else { lines };
        edits.push(base::prepend_entry(manifest, spec, &text)?);
    }
    let names = Names::of(manifest, document);
    for (range, text) in conversions(manifest, document, &names) {
        if gone.iter().all(|g| range.end <= g.start || g.end <= range.start) {
            edits.push(base::replace(manifest, range, text));
        }
    }
    Some(edits)
}

/// What is known of the parameters' names, as far as it changes how they are written in Go.
pub struct Names {
    /// Keys that elements of list generators have.
    listed: HashSet<String>,
}

impl Names {
    /// The names of a document's list elements.
    pub fn of(manifest: &Manifest, document: &Document) -> Self {
        let mut listed = HashSet::new();
        for (_, element) in element::all(manifest, document) {
            listed.extend(element.entries().filter_map(|e| e.key.key_text()).map(|k| k.into_owned()));
        }
        Self { listed }
    }

    /// Whether an element of a list generator has this key.
    pub fn lists(&self, key: &str) -> bool {
        self.listed.contains(key)
    }

    /// The Go form of a parameter, without braces: `.name`, `.path.basename`, `index .path.segments 0`.
    pub fn reference(&self, key: &str) -> String {
        if self.listed.contains(key) {
            return steps(".", [key]);
        }
        if let Some((prefix, segment)) = segment_of(key) {
            return format!(
                "index {}.segments {segment}",
                if prefix.is_empty() { ".path".to_owned() } else { format!(".{prefix}.path") }
            );
        }
        match key {
            "path" => return ".path.path".to_owned(),
            _ if key.ends_with(".path") => return format!("{}.path", steps(".", key.split('.'))),
            _ => {}
        }
        for map in ["metadata.labels.", "metadata.annotations.", "values."] {
            if let Some(last) = key.strip_prefix(map) {
                return steps(&format!(".{}", map.trim_end_matches('.')), [last]);
            }
        }
        steps(".", key.split('.'))
    }
}

impl Names {
    /// A text with its placeholders in Go form, for text that a fix moves elsewhere.
    pub fn convert(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inner, tail)) = after.split_once("}}") else { break };
            out.push_str(before);
            out.push_str("{{");
            match parameter_name(inner) {
                Some(name) => out.push_str(&inner.replacen(name, &self.reference(name), 1)),
                None => out.push_str(inner),
            }
            out.push_str("}}");
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// Field access below `start`, by `index` from where a step is no identifier.
fn steps<'k>(start: &str, keys: impl IntoIterator<Item = &'k str>) -> String {
    let mut at = start.to_owned();
    let mut rest = Vec::new();
    for key in keys {
        if rest.is_empty() && is_identifier(key) {
            if at != "." {
                at.push('.');
            }
            at.push_str(key);
        } else if key.bytes().all(|b| b.is_ascii_digit()) && !key.is_empty() {
            rest.push(key.to_owned());
        } else {
            rest.push(format!("\"{key}\""));
        }
    }
    if rest.is_empty() { at } else { format!("index {at} {}", rest.join(" ")) }
}

fn is_identifier(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `path[2]` and `prefix.path[2]`: the prefix and the index.
fn segment_of(key: &str) -> Option<(&str, usize)> {
    let (path, index) = key.strip_suffix(']')?.split_once('[')?;
    let prefix = if path == "path" { "" } else { path.strip_suffix(".path")? };
    Some((prefix, index.parse().ok()?))
}

/// The name inside a placeholder of plain substitution; `None` for anything that could not be one.
pub fn parameter_name(inner: &str) -> Option<&str> {
    let name = inner.trim();
    let first = name.chars().next()?;
    let plain = |c: char| c.is_alphanumeric() || "._-/[]".contains(c);
    let word = matches!(name, "end" | "else" | "if" | "range" | "with" | "define" | "block" | "template");
    ((first.is_alphanumeric() || first == '_') && !word && name.chars().all(plain)).then_some(name)
}

fn conversions(manifest: &Manifest, document: &Document, names: &Names) -> Vec<(Range<usize>, String)> {
    let mut out = Vec::new();
    for part in ["template", "generators", "templatePatch"] {
        if let Some(node) = manifest.node(document, &Path::keys(["spec", part])) {
            out.extend(conversions_in(manifest, names, node.holes()));
        }
    }
    out.sort_by_key(|(range, _)| range.start);
    out
}

fn conversions_in(manifest: &Manifest, names: &Names, holes: &[Hole]) -> Vec<(Range<usize>, String)> {
    let text = &manifest.file.text;
    let of = |hole: &Hole| {
        let inner = hole.inner();
        let source = text.get(inner.clone())?;
        let name = parameter_name(source)?;
        let go = names.reference(name);
        let start = inner.start + (source.len() - source.trim_start().len());
        if go == format!(".{name}") {
            return Some((start..start, ".".to_owned()));
        }
        Some((start..start + name.len(), go))
    };
    holes.iter().filter(|h| h.kind == HoleKind::Value && h.terminated).filter_map(of).collect()
}

/// Whether Go templates of Argo CD know a function of this name.
pub fn is_function(name: &str) -> bool {
    const BUILT_IN: [&str; 20] = [
        "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
        "print", "printf", "println", "slice", "urlquery", "end",
    ];
    static FUNCTIONS: LazyLock<FuncMap> = LazyLock::new(seatrial_gotemplate::argocd::functions);
    BUILT_IN.contains(&name) || FUNCTIONS.get(name).is_some()
}

/// Whether a node is written in a template: it, or something in it, has a placeholder.
pub fn is_templated(node: Node<'_>) -> bool {
    !node.holes().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_in_go() {
        let names = Names { listed: ["a.b".to_owned(), "env".to_owned()].into() };
        for (key, go) in [
            ("env", ".env"),
            ("a.b", "index . \"a.b\""),
            ("path", ".path.path"),
            ("path.basename", ".path.basename"),
            ("path[0]", "index .path.segments 0"),
            ("repo.path[1]", "index .repo.path.segments 1"),
            ("repo.path", ".repo.path.path"),
            ("metadata.labels.tier", ".metadata.labels.tier"),
            ("metadata.labels.a/b", "index .metadata.labels \"a/b\""),
            ("metadata.labels.example.com/tier", "index .metadata.labels \"example.com/tier\""),
            ("values.x", ".values.x"),
            ("image-tag", "index . \"image-tag\""),
            ("cluster.ports.0", "index .cluster.ports 0"),
        ] {
            assert_eq!(names.reference(key), go, "{key}");
        }
    }

    #[test]
    fn text_that_moves() {
        let names = Names { listed: HashSet::new() };
        assert_eq!(
            names.convert("'{{a}}/{{ path[0] }}-{{.b}}'"),
            "'{{.a}}/{{ index .path.segments 0 }}-{{.b}}'"
        );
        assert_eq!(names.convert("{{ a"), "{{ a");
    }

    #[test]
    fn names_of_placeholders() {
        assert_eq!(parameter_name(" name "), Some("name"));
        assert_eq!(parameter_name("path[0]"), Some("path[0]"));
        assert_eq!(parameter_name(".name"), None);
        assert_eq!(parameter_name("name | upper"), None);
        assert_eq!(parameter_name("end"), None);
    }
}
