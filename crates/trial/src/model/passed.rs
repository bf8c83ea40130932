//! Parameters that a patch passes on whole, as `{{- toYaml .helm | nindent 12 }}` does: what is below the field is what the
//! element says.

use std::collections::HashMap;
use std::ops::Range;

use seatrial_yaml::{Hole, HoleKind, Path, Tree};

/// How deep `with` and its like are followed.
const MAX_BLOCKS: usize = 64;

/// A field of an Application that a patch fills with a parameter as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The field: `spec.source.helm.valuesObject`.
    pub field: Path,
    /// The parameter: `helm`, or a path into one.
    pub parameter: Path,
}

/// The fields of a patch that are parameters as they stand.
pub(super) fn passed(tree: &Tree, text: &str) -> Vec<Passed> {
    let parameters = parameters(tree.holes(), text);
    let Some(root) = tree.root().filter(|_| !parameters.is_empty()) else { return Vec::new() };
    let mut out = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        open.extend(node.children().rev());
        let whole = node.is_hole().then(|| parameters.get(&node.span())).flatten();
        if let Some(parameter) = whole.filter(|_| !node.is_key()) {
            out.push(Passed { field: node.path(), parameter: parameter.clone() });
        }
    }
    out
}

/// The parameters that holes print as YAML, by the place of the hole.
fn parameters(holes: &[Hole], text: &str) -> HashMap<Range<usize>, Path> {
    let mut out = HashMap::new();
    // What the dot is in each open block; `None` where that is not known.
    let mut dots = vec![Some(Path::root())];
    for hole in holes {
        let inner = text.get(hole.inner()).unwrap_or_default().trim();
        let dot = dots.last().cloned().flatten();
        match hole.kind {
            HoleKind::Value => {
                out.extend(printed(inner, dot.as_ref()).map(|parameter| (hole.span(), parameter)));
            }
            HoleKind::Control => match inner.split_once(' ').unwrap_or((inner, "")) {
                ("end", _) if dots.len() > 1 => _ = dots.pop(),
                _ if dots.len() > MAX_BLOCKS => return HashMap::new(),
                ("with", of) => dots.push(reference(of, dot.as_ref())),
                ("if", _) => dots.push(dot),
                ("else", "") => {
                    // Of `with`, the dot is again what it was outside; of `if`, it is the same there.
                    dots.pop();
                    let outer = dots.last().cloned().flatten();
                    dots.push(outer);
                }
                ("range" | "define" | "block", _) => dots.push(None),
                // `else if` and the like: what the dot is then is not looked into.
                _ => {
                    dots.pop();
                    dots.push(None);
                }
            },
            _ => {}
        }
    }
    out
}

/// The parameter that an expression prints as YAML and nothing else: `toYaml .x | nindent 4`, `.x | toJson`.
fn printed(expression: &str, dot: Option<&Path>) -> Option<Path> {
    const PRINTS: [&str; 5] = ["toYaml", "toJson", "toRawJson", "mustToJson", "mustToRawJson"];
    let mut steps = expression.split('|').map(str::trim);
    let first = steps.next()?;
    let of = match first.split_once(' ') {
        Some((function, of)) if PRINTS.contains(&function) => of,
        Some(_) => return None,
        None => steps.next().filter(|step| PRINTS.contains(step)).map(|_| first)?,
    };
    let lays_out = |step: &str| {
        let (word, width) = step.split_once(' ').unwrap_or((step, ""));
        match word {
            "trim" => width.is_empty(),
            "indent" | "nindent" => width.trim().parse::<u16>().is_ok(),
            _ => false,
        }
    };
    steps.all(lays_out).then(|| reference(of, dot)).flatten()
}

/// What `.x.y`, `$.x` or `.` is, from the parameters on.
fn reference(text: &str, dot: Option<&Path>) -> Option<Path> {
    let text = text.trim();
    let (from, rest) = match text.strip_prefix('$') {
        Some(rest) => (Path::root(), rest),
        None => (dot?.clone(), text),
    };
    let keys = rest.strip_prefix('.')?;
    if keys.is_empty() {
        return Some(from);
    }
    let word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    keys.split('.').try_fold(from, |at, key| word(key).then(|| at.join(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn passes(text: &str, expected: &[(&str, &str)]) {
        let tree = seatrial_yaml::parse(text);
        let mut found: Vec<(String, String)> = passed(&tree, text)
            .into_iter()
            .map(|passed| (passed.field.to_string(), passed.parameter.to_string()))
            .collect();
        found.sort();
        let found: Vec<(&str, &str)> = found.iter().map(|(f, p)| (f.as_str(), p.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_printed_whole() {
        passes(
            "spec:\n  source:\n    helm:\n      valuesObject:\n        {{- toYaml .helm | nindent 8 }}\n  {{- with .sync }}\n  syncPolicy:\n    {{- toYaml . | nindent 4 }}\n  {{- end }}\n",
            &[("spec.source.helm.valuesObject", "helm"), ("spec.syncPolicy", "sync")],
        );
        passes("a: {{ toJson .x.y }}\nb: {{ .z | toYaml | indent 2 }}\n", &[("a", "x.y"), ("b", "z")]);
        passes(
            "{{ if .on }}\na: {{ toJson .x }}\n{{ else }}\nb: {{ toJson $.y }}\n{{ end }}\n",
            &[("a", "x"), ("b", "y")],
        );
        passes(
            "{{ with .a }}\nb: {{ toJson .c }}\n{{ else }}\nd: {{ toJson .e }}\n{{ end }}\n",
            &[("b", "a.c"), ("d", "e")],
        );
    }

    #[test]
    fn what_is_not() {
        passes("a: {{ .x }}\nb: x{{ toJson .x }}\nc: {{ toYaml .x | replace \"a\" \"b\" }}\n", &[]);
        passes("{{ range .items }}\na: {{ toJson . }}\n{{ end }}\nb: {{ toJson (index .x 0) }}\n", &[]);
        passes("{{ with .a }}\n{{ else with .b }}\nc: {{ toJson . }}\n{{ end }}\n", &[]);
        passes("", &[]);
    }
}
