//! Fields that a template cannot hold: typed ones (numbers, booleans) and those that are there only for some
//! Applications. They go into `spec.templatePatch`, which is text and so can be templated freely.

use std::ops::Range;

use seatrial_source::Edit;
use seatrial_trial::{Document, Manifest};
use seatrial_yaml::{Kind, Node, Path, Segment, Style};

use super::base;
use super::go_template::{self, Names};
use super::patch_text::{self, Field};

/// Below these an Application holds free-form values, which Argo CD cannot merge: what the patch and the template
/// both define there must not be a mapping or list on both sides.
const VALUES: [&str; 4] = ["spec", "source", "helm", "valuesObject"];

/// A `templatePatch` being changed, together with the template it takes fields from.
pub struct Patch<'m> {
    manifest: &'m Manifest,
    document: &'m Document,
    names: Names,
    fields: Vec<Field>,
    /// Paths of template values that go.
    moved: Vec<Path>,
}

impl<'m> Patch<'m> {
    /// The patch of the set in a document, as it is; empty when there is none.
    ///
    /// `None` when the patch does more than set fields under conditions (ranges, variables, comments): then it is
    /// better left to a person.
    pub fn open(manifest: &'m Manifest, document: &'m Document) -> Option<Self> {
        let names = Names::of(manifest, document);
        let mut fields = match manifest.node(document, &Path::keys(["spec", "templatePatch"])) {
            None => Vec::new(),
            Some(node) if node.kind() == Kind::Null => Vec::new(),
            Some(node) => patch_text::read(&node.as_str()?)?,
        };
        if !go_template::is_on(manifest, document) {
            for field in &mut fields {
                field.text = names.convert(&field.text);
            }
        }
        Some(Self { manifest, document, names, fields, moved: Vec::new() })
    }

    /// Sets the Application's field at `path` (keys only, such as `spec.syncPolicy.automated.prune`) to `text`, YAML
    /// of any number of lines without indentation, under `condition` (a Go template expression).
    ///
    /// What the template says there is taken out of it, and so is what the patch said below `path`; without a
    /// condition of its own the field keeps the one it had. `None` where a patch cannot say it: inside a list.
    pub fn set(&mut self, path: &Path, text: &str, condition: Option<&str>) -> Option<()> {
        if path.segments().iter().any(|s| matches!(s, Segment::Index(_))) || path.is_empty() {
            return None;
        }
        self.take_from_template(path)?;
        // A field above is a value as a whole: nothing can be put into it.
        let above = |f: &Field| f.path != *path && path.starts_with(&f.path);
        if self.fields.iter().any(above) {
            return None;
        }
        let at = self.fields.iter().position(|f| f.path.starts_with(path));
        let old = at.and_then(|i| self.fields.get(i)).map(|f| f.conditions.clone()).unwrap_or_default();
        self.fields.retain(|f| !f.path.starts_with(path));
        let conditions = condition.map_or(old, |c| vec![c.to_owned()]);
        let field = Field { path: path.clone(), text: text.trim_end().to_owned(), conditions };
        let at = at.unwrap_or(self.fields.len()).min(self.fields.len());
        self.fields.insert(at, field);
        Some(())
    }

    /// Sets a field under these conditions, the template left as it is.
    ///
    /// The other branch of a field that is there already makes one field of both.
    pub(super) fn put(&mut self, path: &Path, text: &str, conditions: Vec<String>) -> Option<()> {
        if let Some(same) = self.fields.iter_mut().find(|f| f.path == *path) {
            let ([first], [second]) = (same.conditions.as_slice(), conditions.as_slice()) else {
                return None;
            };
            let other = *second == format!("not {first}") || *second == format!("not ({first})");
            if !other || text.contains('\n') || same.text.contains('\n') {
                return None;
            }
            same.text =
                format!("{{{{ if {first} }}}}{}{{{{ else }}}}{}{{{{ end }}}}", same.text, text.trim());
            same.conditions.clear();
            return Some(());
        }
        if self.fields.iter().any(|f| f.path.starts_with(path) || path.starts_with(&f.path)) {
            return None;
        }
        self.fields.push(Field { path: path.clone(), text: text.trim_end().to_owned(), conditions });
        Some(())
    }

    /// Takes the field at `path`, and everything below it, out of the patch.
    pub fn unset(&mut self, path: &Path) {
        self.fields.retain(|f| !f.path.starts_with(path));
    }

    /// Takes the field at `path` out of the template, and everything below it.
    pub fn remove_from_template(&mut self, path: &Path) {
        let at = Path::keys(["spec", "template"]).concat(path);
        if self.manifest.node(self.document, &at).is_some() {
            self.moved.push(at);
        }
    }

    /// Whether the patch sets the field at `path` or something below it.
    pub fn has(&self, path: &Path) -> bool {
        self.fields.iter().any(|f| f.path.starts_with(path))
    }

    /// Moves what the template says at `path` (and whatever must not be on both sides) out of the way.
    fn take_from_template(&mut self, path: &Path) -> Option<()> {
        let values = Path::keys(VALUES);
        let deep = path.starts_with(&values) && path.len() > VALUES.len() + 1;
        if deep {
            let top = Path::new(path.segments().get(..=VALUES.len())?.to_vec());
            let at = Path::keys(["spec", "template"]).concat(&top);
            if self.moved.contains(&at) {
                return Some(());
            }
            if let Some(node) = self.manifest.node(self.document, &at) {
                self.lift(node, &top, 0)?;
                self.moved.push(at);
            }
            return Some(());
        }
        self.remove_from_template(path);
        Some(())
    }

    /// Copies the template's values below a node into the patch.
    fn lift(&mut self, node: Node<'_>, path: &Path, depth: usize) -> Option<()> {
        if depth > 32 {
            return None;
        }
        if node.kind() == Kind::Mapping && node.style() == Style::Block {
            for entry in node.entries() {
                let key = entry.key.key_text()?;
                self.lift(entry.value, &path.join(&*key), depth + 1)?;
            }
            return Some(());
        }
        if self.fields.iter().any(|f| f.path.starts_with(path)) {
            return Some(());
        }
        let text = self.names.convert(&patch_text::value_text(&self.manifest.file.text, node));
        self.fields.push(Field { path: path.clone(), text, conditions: Vec::new() });
        Some(())
    }

    /// The template's values that go: where all of a mapping goes, the mapping.
    fn removals(&self) -> Option<Vec<Edit>> {
        let mut moved = self.moved.clone();
        loop {
            let whole = moved.iter().filter_map(Path::parent).find(|parent| {
                let mapping = self.manifest.node(self.document, parent);
                let all = |m: Node<'_>| {
                    m.entries().all(|e| e.key.key_text().is_some_and(|k| moved.contains(&parent.join(&*k))))
                };
                parent.len() > 3 && mapping.is_some_and(all)
            });
            let Some(parent) = whole else { break };
            moved.retain(|p| !p.starts_with(&parent));
            moved.push(parent);
        }
        moved.sort();
        moved.dedup();
        let outer: Vec<&Path> =
            moved.iter().filter(|p| moved.iter().all(|o| o == *p || !p.starts_with(o))).collect();
        outer
            .into_iter()
            .map(|path| base::remove_entry(self.manifest, self.manifest.node(self.document, path)?, 3))
            .collect()
    }

    /// The edits: Go templates switched on, the template's fields taken out, the patch written.
    pub fn edits(&self) -> Option<Vec<Edit>> {
        self.edits_with(self.removals()?)
    }

    /// [`Patch::edits`] with these removals.
    pub(super) fn edits_with(&self, mut removals: Vec<Edit>) -> Option<Vec<Edit>> {
        let mut gone: Vec<Range<usize>> = removals.iter().map(|e| e.span.range()).collect();
        let written = self.written(&gone, &mut removals)?;
        gone.extend(written.iter().map(|e| e.span.range()));
        let mut edits = go_template::edits_outside(self.manifest, self.document, &gone)?;
        edits.extend(removals);
        edits.extend(written);
        Some(edits)
    }

    /// The edits that write the patch's text; where it takes the place of what goes, that removal is changed instead.
    fn written(&self, gone: &[Range<usize>], removals: &mut [Edit]) -> Option<Vec<Edit>> {
        let (manifest, document) = (self.manifest, self.document);
        let text = patch_text::write(&self.fields);
        let spec = manifest.node(document, &Path::keys(["spec"]))?;
        let entry = spec.entry("templatePatch");
        if let Some(entry) = entry {
            let column = base::column(&manifest.file.text, entry.key.outer_span().start);
            if text.is_empty() {
                return Some(vec![base::remove_entry(manifest, entry.value, 1)?]);
            }
            let block = format!("|\n{}", base::indent(&text, column + 2));
            return Some(vec![base::set_value(manifest, entry.value, &block)]);
        }
        if text.is_empty() {
            return Some(Vec::new());
        }
        let lines = format!("templatePatch: |\n{}", base::indent(&text, 2));
        let at_end = base::append_entry(manifest, spec, &lines)?;
        let place = at_end.span.start as usize;
        if gone.iter().all(|g| place < g.start || g.end < place) {
            return Some(vec![at_end]);
        }
        // What stands at the end goes: the patch takes its place.
        let column = base::entry_column(manifest, spec)?;
        let text = &manifest.file.text;
        let last = removals.iter_mut().find(|r| {
            let range = r.span.range();
            range.start <= place && place <= range.end && base::line_start(text, range.start) == range.start
        });
        if let Some(last) = last {
            last.text = format!("{}\n", base::indent(&lines, column));
            return Some(Vec::new());
        }
        let template = spec.entry("template")?;
        let start = template.key.outer_span().start;
        let column = base::column(&manifest.file.text, start);
        Some(vec![base::insert(manifest, start - column, format!("{}\n", base::indent(&lines, column)))])
    }
}

/// The edits that add one field; see [`Patch::set`].
pub fn add(
    manifest: &Manifest,
    document: &Document,
    path: &Path,
    text: &str,
    condition: Option<&str>,
) -> Option<Vec<Edit>> {
    let mut patch = Patch::open(manifest, document)?;
    patch.set(path, text, condition)?;
    patch.edits()
}
