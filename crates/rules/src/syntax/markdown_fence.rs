use std::ops::Range;

use seatrial_source::Edit;
use seatrial_trial::{Fix, Manifest, Model, Sink};

use crate::rewrite::base;

declare_rule! {
    /// Finds Markdown around a manifest: code fences, and the sentences that models answer with.
    ///
    /// ## What it does
    /// Finds lines of three backticks (or tildes), and prose before or after the manifest.
    ///
    /// ## Why it is bad
    /// A backtick cannot begin anything in YAML, and a sentence is no mapping: nothing of the file can be read.
    ///
    /// ## Example
    /// ````text
    /// Here is the manifest:
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// ```
    /// ````
    ///
    /// ## How to fix
    /// Keep only what stands between the fences.
    ///
    /// ## When to ignore
    /// Never.
    "markdown-fence", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for manifest in &model.manifests {
        let places = places(manifest);
        let Some(first) = places.first() else { continue };
        let text = manifest.file.text.get(first.clone()).unwrap_or_default();
        let shown: String = text.trim().chars().take(60).collect();
        let message = if is_fence(text) {
            format!("a Markdown fence (`{shown}`) is around the manifest: YAML cannot read backticks")
        } else {
            format!("prose is around the manifest: `{shown}` is no YAML")
        };
        let mut finding = out
            .finding(manifest.file.span_of(first.clone()), message)
            .help("keep only the manifest")
            .key("fence");
        for more in places.iter().skip(1).take(4) {
            finding =
                finding.related(manifest.file.span_of(more.clone()), "this is not of the manifest either");
        }
        out.push(finding.fix(Fix::safe("keep only the manifest", keep(manifest))));
    }
}

/// What a line of the file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Fence,
    Prose,
    Manifest,
}

/// Lines that are not of the manifest, without their line breaks.
pub(super) fn places(manifest: &Manifest) -> Vec<Range<usize>> {
    let lines = lines(manifest);
    let text = &manifest.file.text;
    let at = |range: &Range<usize>| range.start..base::line_end(text, range.start);
    let odd = lines.iter().filter(|(range, kind)| {
        *kind == Line::Fence
            || (*kind == Line::Prose && !text.get(range.clone()).unwrap_or_default().trim().is_empty())
    });
    odd.map(|(range, _)| at(range)).collect()
}

/// Edits that take away everything else; several fenced manifests become several documents.
fn keep(manifest: &Manifest) -> Vec<Edit> {
    let lines = lines(manifest);
    let mut edits: Vec<Edit> = Vec::new();
    let mut seen = false;
    let mut at = 0;
    while at < lines.len() {
        let is_manifest = |i: usize| lines.get(i).is_some_and(|(_, kind)| *kind == Line::Manifest);
        if is_manifest(at) {
            seen = true;
            at += 1;
            continue;
        }
        let from = at;
        while at < lines.len() && !is_manifest(at) {
            at += 1;
        }
        let (Some((first, _)), Some((last, _))) = (lines.get(from), lines.get(at - 1)) else { break };
        let next = lines.get(at).and_then(|(range, _)| manifest.file.text.get(range.clone()));
        let between = seen && next.is_some_and(|line| !line.starts_with("---"));
        edits.push(base::replace(manifest, first.start..last.end, if between { "---\n" } else { "" }));
    }
    edits
}

fn lines(manifest: &Manifest) -> Vec<(Range<usize>, Line)> {
    let text = &*manifest.file.text;
    let mut ranges = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        ranges.push(at..at + line.len());
        at += line.len();
    }
    let line = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let fences = ranges.iter().filter(|r| is_fence(line(r))).count();
    if fences > 0 {
        return fenced(text, ranges);
    }
    if manifest.documents.iter().all(|d| d.json.as_ref().is_ok_and(|json| json.is_object()))
        || !mentions_kind(text)
    {
        return Vec::new();
    }
    // No fences: sentences before the first line that could be YAML of the outermost level, and after the last.
    let is_yaml = |range: &Range<usize>| could_be_yaml(line(range));
    let first = ranges.iter().position(|r| starts_object(line(r)));
    let last = ranges.iter().rposition(|r| is_yaml(r) && !line(r).trim().is_empty());
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let sentence = |r: &Range<usize>| is_sentence(line(r));
    let before = ranges.iter().take(first).any(sentence);
    let after = ranges.iter().skip(last + 1).any(sentence);
    if !before && !after {
        return Vec::new();
    }
    let kind =
        |i: usize| if (before && i < first) || (after && i > last) { Line::Prose } else { Line::Manifest };
    ranges.into_iter().enumerate().map(|(i, r)| (r, kind(i))).collect()
}

/// Lines of a text with fences: inside a fence that holds YAML is manifest.
fn fenced(text: &str, ranges: Vec<Range<usize>>) -> Vec<(Range<usize>, Line)> {
    let line = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let mut out: Vec<(Range<usize>, Line)> = Vec::new();
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    let mut open: Option<usize> = None;
    for (i, range) in ranges.iter().enumerate() {
        if is_fence(line(range)) {
            match open.take() {
                Some(start) => blocks.push((start + 1, i)),
                None => open = Some(i),
            }
        }
    }
    if let Some(start) = open {
        // A fence that is never closed (a cut answer), or only a closing one is left.
        let only_closing =
            blocks.is_empty() && !mentions_kind(text.get(ranges[start].end..).unwrap_or_default());
        if only_closing { blocks.push((0, start)) } else { blocks.push((start + 1, ranges.len())) }
    }
    let holds_yaml = |(from, to): &(usize, usize)| {
        let body = ranges.get(*from..*to).unwrap_or_default();
        let language = from
            .checked_sub(1)
            .and_then(|i| ranges.get(i))
            .map_or("", |r| line(r).trim().trim_start_matches(['`', '~']));
        let known = ["", "yaml", "yml", "json"].contains(&language.trim().to_lowercase().as_str());
        known && body.iter().any(|r| starts_object(line(r)))
    };
    let manifests: Vec<(usize, usize)> = blocks.into_iter().filter(holds_yaml).collect();
    if manifests.is_empty() {
        return Vec::new();
    }
    for (i, range) in ranges.into_iter().enumerate() {
        // The blocks stand in order, and apart.
        let next = manifests.partition_point(|(_, to)| *to <= i);
        let kind = if is_fence(line(&range)) {
            Line::Fence
        } else if manifests.get(next).is_some_and(|(from, _)| *from <= i) {
            Line::Manifest
        } else {
            Line::Prose
        };
        out.push((range, kind));
    }
    out
}

/// A fence begins at the line's start: indented ones are content of block scalars.
fn is_fence(line: &str) -> bool {
    line.starts_with("```") || line.starts_with("~~~")
}

fn mentions_kind(text: &str) -> bool {
    text.lines().any(starts_object)
}

fn starts_object(line: &str) -> bool {
    ["apiVersion:", "kind:", "\"apiVersion\"", "{\"apiVersion\""]
        .iter()
        .any(|word| line.trim_start().starts_with(word))
}

/// Whether a line could be YAML when it stands at the outermost level (indented lines always could).
fn could_be_yaml(line: &str) -> bool {
    let trimmed = line.trim_end();
    trimmed.is_empty()
        || trimmed.starts_with([' ', '\t', '#', '-', '.', '}', ']', '{', '%', '<'])
        || is_key_line(trimmed)
}

/// `key:` or `key: value` with a key of one word.
fn is_key_line(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else { return false };
    let word = key.trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-$".contains(c);
    !word.is_empty() && word.chars().all(plain) && (rest.is_empty() || rest.starts_with(' '))
}

/// Several words at the outermost level that are no `key: value`.
fn is_sentence(line: &str) -> bool {
    let line = line.trim_end();
    !could_be_yaml(line) && line.split_whitespace().count() > 1
        || ["- **", "* ", "**", "## ", "### "].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const CLEAN: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\n";

    #[test]
    fn keeps_the_manifest() {
        let fenced = format!("Here is what you asked for:\n\n```yaml\n{CLEAN}```\n\nIt deploys **a**.\n");
        let open = format!("```yaml\n{CLEAN}");
        let two = format!("First:\n```yaml\n{CLEAN}```\nSecond:\n```yml\n{CLEAN}```\n");
        let prose = format!("Sure! This should work:\n\n{CLEAN}\nLet me know how it goes.\n");
        Tester::new(&RULE)
            .pass(&[
                CLEAN,
                "# a comment with ```\nkind: Application\n",
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  page: |\n    ```yaml\n    a\n    ```\n",
            ])
            .finds(&fenced, &["1:1 prose is around the manifest: `Here is what"])
            .finds(&open, &["1:1 a Markdown fence (`"])
            .fixes_safely(&[
                (&fenced, CLEAN),
                (&open, CLEAN),
                (&two, &format!("{CLEAN}---\n{CLEAN}")),
                (&prose, CLEAN),
            ]);
    }
}
