//! Blocks of other template languages (`{{#if x}}…{{/if}}`, `{% if x %}…{% endif %}`), and Go's own outside of any
//! string, written as conditions in `templatePatch`.

use std::ops::Range;

use seatrial_source::Edit;
use seatrial_trial::{Document, Kind as ObjectKind, Manifest};
use seatrial_yaml::{Hole, HoleKind, Kind, Node, Path, Segment, Style, Tree};

use super::go_template::{self, Names};
use super::patch::Patch;
use super::{base, element, patch_text};

/// How many tags of a document are understood: more than a person would write.
const MAX_TAGS: usize = 1000;

/// A tag of a block.
#[derive(Clone, Debug)]
enum Tag {
    Open(Option<String>),
    Else,
    Close,
}

/// A block: what is only there under a condition.
#[derive(Clone, Debug)]
struct Block {
    /// What is between them (up to `else`, or from it on).
    body: Range<usize>,
    /// As a Go template expression.
    condition: String,
}

/// The tags of other template languages in a document, and Go's control actions that stand outside of any string.
pub fn tags<'m>(manifest: &'m Manifest, document: &Document) -> Vec<&'m Hole> {
    let strings = strings(manifest, document);
    let outside = |hole: &&Hole| !is_in(&strings, hole.span().start);
    let holes = manifest.tree.holes_in(document.range.clone()).iter();
    holes
        .filter(|hole| match hole.kind {
            HoleKind::Handlebars | HoleKind::Jinja | HoleKind::Erb => true,
            HoleKind::Control | HoleKind::Assignment | HoleKind::Comment => outside(hole),
            _ => false,
        })
        .collect()
}

/// Whether a place is in one of these ranges, which are sorted and apart.
fn is_in(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= at);
    ranges.get(next).is_some_and(|range| range.start <= at)
}

/// Quoted and block scalars, in the order of the text: text in them is not YAML's business.
fn strings(manifest: &Manifest, document: &Document) -> Vec<Range<usize>> {
    let root = manifest.root(document);
    let nodes = root.into_iter().flat_map(crate::syntax::nodes);
    nodes.filter(|n| n.kind() == Kind::Scalar && n.style() != Style::Plain).map(Node::span).collect()
}

/// The edits that write every block of an ApplicationSet's template as a condition in `templatePatch`, and switch the
/// set to Go templates. `None` where a block cannot be told so (loops, conditions not understood, blocks outside
/// the template, more than [`MAX_TAGS`] tags).
pub fn edits(manifest: &Manifest, document: &Document) -> Option<Vec<Edit>> {
    if document.kind != Some(ObjectKind::ApplicationSet) {
        return None;
    }
    let tags = tags(manifest, document);
    if tags.len() > MAX_TAGS {
        return None;
    }
    let names = Names::of(manifest, document);
    let text = &manifest.file.text;
    let strings = strings(manifest, document);
    let in_string = |h: &Hole| is_in(&strings, h.span().start);
    let (inner, outer): (Vec<&Hole>, Vec<&Hole>) = tags.into_iter().partition(|h| in_string(h));
    let mut edits = in_place(manifest, document, &names, &inner)?;
    let blocks = blocks(manifest, document, &names, &outer)?;
    if blocks.is_empty() {
        edits.extend(go_template::edits_outside(manifest, document, &ranges(&inner))?);
        return Some(edits);
    }
    let masked = mask(text, document, &outer);
    let tree = seatrial_yaml::parse(masked.as_str());
    let root = tree.document(document.index)?.root();
    let mut patch = Patch::open(manifest, document)?;
    let units = units(&tree, root, &blocks)?;
    let mut gone: Vec<Range<usize>> = outer.iter().map(|h| tag_range(text, h)).collect();
    for unit in &units {
        let path = patch_path(&unit.path())?;
        put(&mut patch, &names, &masked, *unit, &path, &blocks, 0)?;
        gone.push(entry_lines(&masked, emptied(*unit, &units))?);
    }
    let removals = joined(gone).into_iter().map(|range| base::replace(manifest, range, "")).collect();
    edits.extend(patch.edits_with(removals)?);
    Some(edits)
}

fn ranges(holes: &[&Hole]) -> Vec<Range<usize>> {
    holes.iter().map(|h| h.span()).collect()
}

/// Tags inside strings (a `templatePatch` in Handlebars) are translated where they stand.
fn in_place(manifest: &Manifest, document: &Document, names: &Names, tags: &[&Hole]) -> Option<Vec<Edit>> {
    let text = &manifest.file.text;
    tags.iter()
        .map(|hole| {
            let new = match tag(hole, text.get(hole.inner())?, manifest, document, names)? {
                Tag::Open(condition) => format!("{{{{- if {} }}}}", condition?),
                Tag::Else => "{{- else }}".to_owned(),
                Tag::Close => "{{- end }}".to_owned(),
            };
            Some(base::replace(manifest, hole.span(), new))
        })
        .collect()
}

/// Pairs the tags.
fn blocks(manifest: &Manifest, document: &Document, names: &Names, tags: &[&Hole]) -> Option<Vec<Block>> {
    let text = &manifest.file.text;
    let mut open: Vec<(Range<usize>, usize, String)> = Vec::new();
    let mut out = Vec::new();
    for hole in tags {
        let span = hole.span();
        match tag(hole, text.get(hole.inner())?, manifest, document, names)? {
            Tag::Open(condition) => open.push((span.clone(), span.end, condition?)),
            Tag::Else => {
                let (first, from, condition) = open.pop()?;
                out.push(Block { body: from..span.start, condition: condition.clone() });
                let negated = match condition.strip_prefix("not ") {
                    Some(rest) => rest.trim_start_matches('(').trim_end_matches(')').to_owned(),
                    None if condition.contains(' ') => format!("not ({condition})"),
                    None => format!("not {condition}"),
                };
                open.push((first, span.end, negated));
            }
            Tag::Close => {
                let (_, from, condition) = open.pop()?;
                out.push(Block { body: from..span.start, condition });
            }
        }
    }
    open.is_empty().then_some(())?;
    out.sort_by_key(|b| (b.body.start, usize::MAX - b.body.end));
    Some(out)
}

/// What a tag does; `Tag::Open(None)` when its condition is not understood.
fn tag(hole: &Hole, inner: &str, manifest: &Manifest, document: &Document, names: &Names) -> Option<Tag> {
    let inner = inner.trim().trim_matches('%').trim();
    let condition = |text: &str| Expression { manifest, document, names }.read(text);
    Some(match hole.kind {
        HoleKind::Handlebars => match inner.chars().next()? {
            '#' => {
                let rest = inner[1..].trim();
                match rest.split_once(char::is_whitespace) {
                    Some(("if", text)) => Tag::Open(condition(text)),
                    Some(("unless", text)) => Tag::Open(condition(text).map(|c| negated(&c))),
                    Some(_) => Tag::Open(None),
                    None => Tag::Open(condition(rest)),
                }
            }
            '^' if inner.len() > 1 => Tag::Open(condition(inner[1..].trim()).map(|c| negated(&c))),
            '^' => Tag::Else,
            '/' => Tag::Close,
            _ => return None,
        },
        HoleKind::Jinja | HoleKind::Control => match inner.split_whitespace().next()? {
            "if" => Tag::Open(condition(inner.get(2..)?.trim())),
            "else" if inner == "else" => Tag::Else,
            "end" | "endif" => Tag::Close,
            _ => return None,
        },
        _ => return None,
    })
}

fn negated(condition: &str) -> String {
    if condition.contains(' ') { format!("not ({condition})") } else { format!("not {condition}") }
}

/// Conditions of other languages as Go template expressions.
struct Expression<'m> {
    manifest: &'m Manifest,
    document: &'m Document,
    names: &'m Names,
}

impl Expression<'_> {
    fn read(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).trim();
        for (word, function) in [(" && ", "and"), (" and ", "and"), (" || ", "or"), (" or ", "or")] {
            if let Some((left, right)) = text.split_once(word) {
                return Some(format!(
                    "{function} {} {}",
                    argument(&self.read(left)?),
                    argument(&self.read(right)?)
                ));
            }
        }
        for (word, function) in [("===", "eq"), ("!==", "ne"), ("==", "eq"), ("!=", "ne")] {
            if let Some((left, right)) = text.split_once(word) {
                return self.compared(function, left.trim(), right.trim());
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [function @ ("eq" | "ne"), left, right] => self.compared(function, left, right),
            ["not", rest] => Some(negated(&self.value(rest)?)),
            [one] => match one.strip_prefix('!') {
                Some(rest) => Some(negated(&self.value(rest)?)),
                None => self.truth(one),
            },
            _ => None,
        }
    }

    /// A parameter as a condition: in Go the text `false` is true.
    fn truth(&self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        let texts = self.elements(name);
        let boolean = !texts.is_empty()
            && texts.iter().flatten().all(|(text, _)| matches!(text.as_str(), "true" | "false"));
        Some(if boolean { format!("eq {} \"true\"", self.as_text(name, &value)) } else { value })
    }

    fn compared(&self, function: &str, left: &str, right: &str) -> Option<String> {
        let literal = right.strip_prefix(['"', '\'']).and_then(|r| r.strip_suffix(['"', '\'']));
        let plain = |w: &str| matches!(w, "true" | "false") || w.parse::<i64>().is_ok();
        let literal = literal.or_else(|| plain(right).then_some(right))?;
        if literal.contains(['"', '\\']) {
            return None;
        }
        Some(format!("{function} {} \"{literal}\"", self.as_text(left, &self.value(left)?)))
    }

    /// A parameter as text, whatever it is in the elements.
    fn as_text(&self, name: &str, value: &str) -> String {
        let name = name.trim_start_matches('.');
        let quoted = self.elements(name).iter().all(|e| e.as_ref().is_some_and(|(_, text)| *text));
        if quoted { value.to_owned() } else { format!("(toString {})", value.trim_matches(['(', ')'])) }
    }

    /// A parameter's Go form; one that not every element has is asked for so that its absence is no error.
    fn value(&self, name: &str) -> Option<String> {
        let name = name.trim();
        if let Some(dotted) = name.strip_prefix('.') {
            go_template::parameter_name(dotted)?;
            return Some(name.to_owned());
        }
        let name = go_template::parameter_name(name)?;
        let elements = self.elements(name);
        if elements.iter().any(Option::is_none) && elements.iter().any(Option::is_some) {
            return Some(format!("(get . \"{name}\")"));
        }
        let reference = self.names.reference(name);
        Some(if reference.contains(' ') { format!("({reference})") } else { reference })
    }

    /// For each list element the parameter's text, and whether it is written as a string.
    fn elements(&self, name: &str) -> Vec<Option<(String, bool)>> {
        let name = name.trim_start_matches('.');
        element::all(self.manifest, self.document)
            .into_iter()
            .map(|(_, element)| {
                let value = element.get(name)?;
                Some((value.as_str().unwrap_or_default().into_owned(), value.to_json().is_string()))
            })
            .collect()
    }
}

fn argument(condition: &str) -> String {
    if condition.contains(' ') && !condition.starts_with('(') {
        format!("({condition})")
    } else {
        condition.to_owned()
    }
}

/// The text with all tags blanked out, every byte of the rest in its place.
fn mask(text: &str, document: &Document, tags: &[&Hole]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for hole in tags.iter().filter(|h| document.range.contains(&h.span().start)) {
        for byte in bytes.get_mut(hole.span()).into_iter().flatten() {
            *byte = b' ';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The entries that go into the patch as a whole: those that blocks hold, or the free-form value around them.
fn units<'t>(tree: &'t Tree, root: Node<'t>, blocks: &[Block]) -> Option<Vec<Node<'t>>> {
    let mut units: Vec<Node<'t>> = Vec::new();
    for block in blocks {
        let mut found = false;
        for node in crate::syntax::nodes(root) {
            let span = node.outer_span();
            let within = |r: &Range<usize>| block.body.start <= r.start && r.end <= block.body.end;
            let is_item = node.item_index().is_some();
            let start = node.key().map_or(span.start, |k| k.span().start);
            if node.is_key() || (node.key().is_none() && !is_item) || !within(&(start..span.end.max(start))) {
                continue;
            }
            found = true;
            let unit = unit_of(node)?;
            if units.iter().all(|u| !inside(unit, *u)) {
                units.retain(|u| !inside(*u, unit));
                units.push(unit);
            }
        }
        found.then_some(())?;
    }
    let _ = tree;
    Some(units)
}

fn inside(node: Node<'_>, outer: Node<'_>) -> bool {
    node.path().starts_with(&outer.path())
}

/// The value to be moved for the sake of a node in a block: a list as a whole, and below `valuesObject` all of what
/// its first key holds.
fn unit_of(node: Node<'_>) -> Option<Node<'_>> {
    let path = node.path();
    let template = path.segments();
    let values = template
        .iter()
        .position(|s| matches!(s, Segment::Key(k) if matches!(&**k, "valuesObject" | "valuesInline")));
    let depth = match values {
        Some(at) if template.len() > at + 1 => at + 2,
        _ => template.iter().position(|s| matches!(s, Segment::Index(_))).unwrap_or(template.len()),
    };
    let mut at = node;
    while at.path().len() > depth {
        at = at.parent()?;
    }
    at.key().map(|_| at)
}

/// The path in the Application of a place in the set's template.
fn patch_path(path: &Path) -> Option<Path> {
    let rest = path.starts_with(&Path::keys(["spec", "template"])).then(|| path.segments().get(2..))??;
    let renamed = rest.iter().map(|s| match s {
        Segment::Key(key) if &**key == "valuesInline" => Segment::from("valuesObject"),
        other => other.clone(),
    });
    Some(renamed.collect())
}

/// Puts a value into the patch, each part under the conditions of the blocks that hold it.
fn put(
    patch: &mut Patch<'_>,
    names: &Names,
    text: &str,
    node: Node<'_>,
    path: &Path,
    blocks: &[Block],
    depth: usize,
) -> Option<()> {
    if depth > 32 {
        return None;
    }
    if node.kind() == Kind::Mapping && node.style() == Style::Block && node.entries().len() > 0 {
        for entry in node.entries() {
            put(patch, names, text, entry.value, &path.join(&*entry.key.key_text()?), blocks, depth + 1)?;
        }
        return Some(());
    }
    let key = node.key()?.span().start;
    let mut conditions = held_by(blocks, key);
    let mut value = patch_text::value_text(text, node);
    if node.kind() == Kind::Sequence {
        let items: Vec<Vec<String>> = node.items().map(|i| held_by(blocks, i.outer_span().start)).collect();
        match items.first() {
            Some(first) if items.iter().all(|i| i == first) => conditions.clone_from(first),
            _ => value = list_text(text, node, &items),
        }
    }
    let value = quote_holes(&names.convert(&value));
    patch.put(path, &value, conditions)
}

/// The items of a list, those under a condition between its tags.
fn list_text(text: &str, list: Node<'_>, conditions: &[Vec<String>]) -> String {
    let mut out = Vec::new();
    for (item, conditions) in list.items().zip(conditions) {
        let body = base::indent(&patch_text::value_text(text, item), 2);
        out.extend(conditions.iter().map(|c| format!("{{{{- if {c} }}}}")));
        out.push(format!("- {}", body.trim_start()));
        out.extend(conditions.iter().map(|_| "{{- end }}".to_owned()));
    }
    out.join("\n")
}

/// Quotes values that begin with a placeholder: what was a string in the template stays one in the patch.
fn quote_holes(text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let tree = seatrial_yaml::parse(text);
    let Some(root) = tree.root() else { return text.to_owned() };
    let mut out = text.to_owned();
    let mut scalars: Vec<Range<usize>> = crate::syntax::nodes(root)
        .into_iter()
        .filter(|n| n.kind() == Kind::Scalar && n.style() == Style::Plain && n.source().starts_with("{{"))
        .map(|n| n.span().start..n.span().start + n.source().trim_end().len())
        .collect();
    scalars.sort_by_key(|r| std::cmp::Reverse(r.start));
    for range in scalars {
        if let Some(source) = text.get(range.clone()) {
            out.replace_range(range, &base::quoted(source));
        }
    }
    out
}

fn held_by(blocks: &[Block], at: usize) -> Vec<String> {
    blocks.iter().filter(|b| b.body.start <= at && at < b.body.end).map(|b| b.condition.clone()).collect()
}

/// A value, or the outermost mapping that would be empty without the units.
fn emptied<'t>(unit: Node<'t>, units: &[Node<'t>]) -> Node<'t> {
    let mut at = unit;
    while let Some(parent) = at.parent() {
        let all = parent.entries().all(|e| e.value == at || units.contains(&e.value));
        if parent.kind() != Kind::Mapping || parent.key().is_none() || parent.path().len() <= 3 || !all {
            break;
        }
        at = parent;
    }
    at
}

/// The lines of an entry.
fn entry_lines(text: &str, value: Node<'_>) -> Option<Range<usize>> {
    let key = value.key()?.outer_span();
    let end = value.outer_span().end.max(key.end);
    let source = text.get(key.start..end)?.trim_end();
    let start = base::line_start(text, key.start);
    text.get(start..key.start)?.trim().is_empty().then_some(())?;
    Some(start..(base::line_end(text, key.start + source.len()) + 1).min(text.len()))
}

/// A tag's whole line where it stands alone, else the tag.
fn tag_range(text: &str, hole: &Hole) -> Range<usize> {
    let span = hole.span();
    let (start, end) = (base::line_start(text, span.start), base::line_end(text, span.end));
    let alone = |range: Range<usize>| text.get(range).is_some_and(|t| t.trim().is_empty());
    if alone(start..span.start) && alone(span.end..end) { start..(end + 1).min(text.len()) } else { span }
}

/// Ranges put together where they touch.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}
