//! The text of a `templatePatch` as fields with conditions: read, changed, written again.

use seatrial_yaml::{ErrorKind, HoleKind, Kind, Node, Path, Segment, Style};

use super::base;

/// No patch is nested deeper than this.
const MAX_DEPTH: usize = 48;

/// One field of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Where it is, by keys only.
    pub(super) path: Path,
    /// Its value: YAML without indentation, placeholders included.
    pub(super) text: String,
    /// What must hold for it to be there, outermost first.
    pub(super) conditions: Vec<String>,
}

/// Reads a patch; `None` where it does more than set fields under conditions.
pub(super) fn read(text: &str) -> Option<Vec<Field>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let tree = seatrial_yaml::parse(text);
    let faults = tree.errors().iter().any(|e| e.kind != ErrorKind::TemplateLine);
    if faults || !tree.comments().is_empty() || tree.documents().len() != 1 {
        return None;
    }
    let root = tree.root().filter(|n| n.kind() == Kind::Mapping)?;
    let mut leaves = Vec::new();
    collect(root, 0, &mut leaves)?;
    let inside = |at: usize| leaves.iter().any(|n| n.span().start <= at && at < n.span().end);
    let mut marks: Vec<(usize, Option<String>)> = Vec::new();
    for hole in tree.holes().iter().filter(|h| !inside(h.span().start)) {
        let inner = text.get(hole.inner())?.trim();
        match hole.kind {
            HoleKind::Control if hole.own_line && inner == "end" => marks.push((hole.span().start, None)),
            HoleKind::Control if hole.own_line => {
                marks.push((hole.span().start, Some(inner.strip_prefix("if ")?.trim().to_owned())));
            }
            _ => return None,
        }
    }
    let mut fields = Vec::new();
    for leaf in leaves {
        let key = leaf.key()?.span();
        let value = if leaf.kind() == Kind::Null { key.end } else { leaf.outer_span().start };
        let before = conditions(&marks, key.start)?;
        if before != conditions(&marks, value)? {
            return None;
        }
        let conditions = without_guards(before);
        fields.push(Field { path: leaf.path(), text: value_text(text, leaf), conditions });
    }
    conditions(&marks, text.len()).filter(Vec::is_empty)?;
    Some(fields)
}

/// Conditions without those that a later one implies: `or .a .b` around `.a` is a guard that [`write`] puts there.
fn without_guards(conditions: Vec<String>) -> Vec<String> {
    let implied = |at: usize, guard: &str| {
        let arguments = guard.strip_prefix("or ").map(arguments).unwrap_or_default();
        conditions.iter().skip(at + 1).any(|c| arguments.contains(&wrapped(c)))
    };
    let kept = conditions.iter().enumerate().filter(|(i, c)| !implied(*i, c));
    kept.map(|(_, c)| c.clone()).collect()
}

/// The arguments of a call, those in parentheses whole.
fn arguments(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let (mut depth, mut word) = (0usize, String::new());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => {
                out.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty()));
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    out.extend(Some(word).filter(|w| !w.is_empty()));
    out
}

/// The conditions in force at a place.
fn conditions(marks: &[(usize, Option<String>)], at: usize) -> Option<Vec<String>> {
    let mut open = Vec::new();
    for (_, mark) in marks.iter().take_while(|(start, _)| *start < at) {
        match mark {
            Some(condition) => open.push(condition.clone()),
            None => {
                open.pop()?;
            }
        }
    }
    Some(open)
}

fn collect<'t>(node: Node<'t>, depth: usize, out: &mut Vec<Node<'t>>) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    for entry in node.entries() {
        let value = entry.value;
        entry.key.key_text()?;
        if value.kind() == Kind::Mapping && value.style() == Style::Block && value.entries().len() > 0 {
            collect(value, depth + 1, out)?;
        } else {
            out.push(value);
        }
    }
    Some(())
}

/// The value of a node as text without indentation, fit for [`write`].
pub(super) fn value_text(text: &str, node: Node<'_>) -> String {
    let span = node.outer_span();
    let source = text.get(span.clone()).unwrap_or_default().trim_end();
    match node.style() {
        Style::Literal | Style::Folded => {
            let (header, body) = source.split_once('\n').unwrap_or((source, ""));
            format!("{}\n{}", header.trim_end(), base::indent(&base::dedent(body), 2))
        }
        _ => base::dedent(&format!("{}{source}", " ".repeat(base::column(text, span.start)))),
    }
}

/// Writes a patch, two blanks a level, conditions around the outermost key that is there for their sake only
/// (a key with nothing in it would remove what the template says).
pub(super) fn write(fields: &[Field]) -> String {
    let mut root = Level::default();
    for field in fields {
        root.add(field.path.segments(), field);
    }
    let mut out = String::new();
    root.write(0, &[], &mut out);
    out
}

#[derive(Default)]
struct Level<'f> {
    children: Vec<(String, Level<'f>)>,
    leaf: Option<&'f Field>,
}

impl<'f> Level<'f> {
    fn add(&mut self, path: &[Segment], field: &'f Field) {
        let Some((Segment::Key(key), rest)) = path.split_first() else {
            self.leaf = Some(field);
            return;
        };
        let at = self.children.iter().position(|(name, _)| **name == **key).unwrap_or_else(|| {
            self.children.push((key.to_string(), Self::default()));
            self.children.len() - 1
        });
        if let Some((_, child)) = self.children.get_mut(at) {
            child.add(rest, field);
        }
    }

    /// What must hold for this level to be there at all: every condition of some field, unless one has none.
    fn guard(&self, given: &[String]) -> Option<String> {
        let mut any = Vec::new();
        self.conditions(given, &mut any);
        if any.iter().any(Option::is_none) {
            return None;
        }
        let mut unique: Vec<String> = Vec::new();
        for condition in any.into_iter().flatten() {
            if !unique.contains(&condition) {
                unique.push(condition);
            }
        }
        let guard = match unique.as_slice() {
            [] => return None,
            [one] => one.clone(),
            many => format!("or {}", many.iter().map(|c| wrapped(c)).collect::<Vec<_>>().join(" ")),
        };
        (!given.contains(&guard)).then_some(guard)
    }

    fn conditions(&self, given: &[String], out: &mut Vec<Option<String>>) {
        if let Some(field) = self.leaf {
            let open: Vec<&String> = field.conditions.iter().filter(|c| !given.contains(c)).collect();
            out.push(match open.as_slice() {
                [] => None,
                [one] => Some((*one).clone()),
                many => {
                    Some(format!("and {}", many.iter().map(|c| wrapped(c)).collect::<Vec<_>>().join(" ")))
                }
            });
        }
        for (_, child) in &self.children {
            child.conditions(given, out);
        }
    }

    fn write(&self, columns: usize, given: &[String], out: &mut String) {
        let blanks = " ".repeat(columns);
        let mut open: Option<String> = None;
        for (key, child) in &self.children {
            let guard = child.guard(given);
            if guard != open {
                if open.is_some() {
                    out.push_str(&format!("{blanks}{{{{- end }}}}\n"));
                }
                if let Some(condition) = &guard {
                    out.push_str(&format!("{blanks}{{{{- if {condition} }}}}\n"));
                }
                open.clone_from(&guard);
            }
            let mut given = given.to_vec();
            if let Some(condition) = guard {
                given.extend(parts(child, &condition));
            }
            out.push_str(&format!("{blanks}{}:", base::scalar(key)));
            match child.leaf {
                Some(field) => write_value(&field.text, columns, out),
                None => {
                    out.push('\n');
                    child.write(columns + 2, &given, out);
                }
            }
        }
        if open.is_some() {
            out.push_str(&format!("{blanks}{{{{- end }}}}\n"));
        }
    }
}

/// The conditions that a guard makes sure of: a conjunction of one field's own says all of them.
fn parts(level: &Level<'_>, guard: &str) -> Vec<String> {
    let mut given = vec![guard.to_owned()];
    if let Some(field) = level.leaf {
        given.extend(field.conditions.iter().cloned());
    }
    given
}

fn write_value(text: &str, columns: usize, out: &mut String) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let scalar_block = first.starts_with(['|', '>']);
    if text.is_empty() {
        out.push('\n');
    } else if scalar_block {
        out.push_str(&format!(" {first}\n{}\n", base::indent(rest, columns)));
    } else if rest.is_empty() && !first.starts_with("- ") && !is_entry(first) {
        out.push_str(&format!(" {first}\n"));
    } else {
        out.push_str(&format!("\n{}\n", base::indent(text, columns + 2)));
    }
}

/// Whether a line is an entry of a block mapping rather than a scalar.
fn is_entry(line: &str) -> bool {
    let tree = seatrial_yaml::parse(line);
    tree.root().is_some_and(|n| n.kind() == Kind::Mapping && n.style() == Style::Block)
}

/// A condition as an argument.
fn wrapped(condition: &str) -> String {
    let simple = condition.starts_with('.') && !condition.contains(' ');
    let closed = condition.starts_with('(') && condition.ends_with(')') && !condition[1..].contains('(');
    if simple || closed { condition.to_owned() } else { format!("({condition})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, text: &str, condition: Option<&str>) -> Field {
        Field {
            path: Path::keys(path.split('.')),
            text: text.to_owned(),
            conditions: condition.into_iter().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn conditions_go_around_what_they_alone_bring() {
        let fields = [
            field("spec.source.helm.valuesObject.replicaCount", "{{ .replicas }}", None),
            field("spec.syncPolicy.automated.prune", "true", Some("eq .autoSync \"true\"")),
            field("spec.syncPolicy.automated.selfHeal", "true", Some("eq .autoSync \"true\"")),
        ];
        let text = write(&fields);
        assert_eq!(
            text,
            "spec:\n  source:\n    helm:\n      valuesObject:\n        replicaCount: {{ .replicas }}\n  {{- if eq .autoSync \"true\" }}\n  \
             syncPolicy:\n    automated:\n      prune: true\n      selfHeal: true\n  {{- end }}\n"
        );
        assert_eq!(read(&text).as_deref(), Some(&fields[..]));
    }

    #[test]
    fn different_conditions_share_a_guard() {
        let fields = [field("spec.a", "1", Some(".x")), field("spec.b", "- name: '{{ .y }}'", Some(".y"))];
        let text = write(&fields);
        assert_eq!(
            text,
            "{{- if or .x .y }}\nspec:\n  {{- if .x }}\n  a: 1\n  {{- end }}\n  {{- if .y }}\n  b:\n    - name: '{{ .y }}'\n  {{- end }}\n{{- end }}\n"
        );
        assert_eq!(read(&text).as_deref(), Some(&fields[..]));
    }

    #[test]
    fn what_does_more_is_left_alone() {
        assert_eq!(read("spec:\n  {{- range .xs }}\n  a: 1\n  {{- end }}\n"), None);
        assert_eq!(read("spec:\n  # why\n  a: 1\n"), None);
        assert_eq!(read("").as_deref(), Some(&[][..]));
    }
}
