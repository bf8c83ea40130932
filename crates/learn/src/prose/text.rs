//! A text as blocks: paragraphs, items, headings and rows, each with what it stands under.

use std::ops::Range;

use crate::claim::Quote;

/// Texts longer than this are read up to here.
pub(super) const MAX_TEXT: usize = 1 << 18;

/// How far back the outer items of an item are looked for.
const MAX_BACK: usize = 200;

/// A part of the text that stands for itself.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// Its bytes, from its first letter to its last.
    pub(super) span: Range<usize>,
    /// The blocks it stands under, the outermost first: headings, the line that introduces a list, outer items.
    pub(super) under: Vec<usize>,
    /// Which part of the text it is in; parts are divided by rules (`---`).
    pub(super) part: usize,
}

/// Kinds of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Running text.
    Paragraph,
    /// An item of a list, with its indentation.
    Item(usize),
    /// A heading of this depth.
    Heading(usize),
    /// A row of a table.
    Row,
    /// Code, which is not read.
    Code,
}

/// Languages of fenced code that is no prose.
const CODE: [&str; 16] = [
    "yaml",
    "yml",
    "json",
    "bash",
    "sh",
    "shell",
    "console",
    "go",
    "python",
    "hcl",
    "toml",
    "diff",
    "dockerfile",
    "terraform",
    "jsonnet",
    "lua",
];

/// The blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut builder =
        Builder { text, blocks: Vec::new(), open: false, part: 0, lead: None, headings: Vec::new() };
    let mut at = 0;
    let mut fence: Option<(&str, bool)> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if start >= MAX_TEXT {
            break;
        }
        let bare = line.trim_end();
        let quoted = bare.trim_start().starts_with('>');
        let content = bare.trim_start_matches([' ', '\t', '>', '\u{feff}']);
        let offset = start + (bare.len() - content.len());
        let mark = ["```", "~~~"].into_iter().find(|mark| content.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                let language = content.trim_start_matches(['`', '~']).trim().to_ascii_lowercase();
                let is_code = CODE.contains(&language.split([' ', ',', '{']).next().unwrap_or_default());
                builder.open = false;
                if is_code {
                    builder.push(Kind::Code, offset..offset + content.len());
                }
                fence = Some((mark, is_code));
                continue;
            }
            (Some((open, _)), Some(mark)) if open == mark => {
                fence = None;
                builder.open = false;
                continue;
            }
            (Some((_, true)), _) => {
                builder.extend(offset + content.len());
                continue;
            }
            _ => {}
        }
        let indent = if quoted { 0 } else { bare.len() - bare.trim_start().len() };
        builder.line(content, offset, indent);
    }
    builder.blocks
}

struct Builder<'t> {
    text: &'t str,
    blocks: Vec<Block>,
    /// Whether the next line may go on with the last block.
    open: bool,
    part: usize,
    /// A paragraph that ends with a colon: it introduces the list that follows.
    lead: Option<usize>,
    headings: Vec<(usize, usize)>,
}

impl Builder<'_> {
    fn line(&mut self, content: &str, offset: usize, indent: usize) {
        if content.is_empty() {
            self.open = false;
            return;
        }
        if is_rule(content) {
            self.open = false;
            self.lead = None;
            // A line of `=` or `-` right under a text makes a heading of it; alone it divides.
            if content.starts_with('-') || content.starts_with('*') {
                self.part += 1;
                self.headings.clear();
            }
            return;
        }
        let end = offset + content.len();
        if let Some(depth) = heading(content) {
            let skip = content.len() - content.trim_start_matches(['#', ' ', '*', '_']).len();
            self.open = false;
            self.lead = None;
            self.headings.retain(|(known, _)| *known < depth);
            let index = self.push(Kind::Heading(depth), offset + skip..end);
            self.headings.push((depth, index));
            return;
        }
        if content.starts_with('|') {
            if content.chars().all(|c| "|-: +".contains(c)) {
                return;
            }
            self.open = false;
            self.push(Kind::Row, offset..end);
            return;
        }
        if let Some(skip) = bullet(content) {
            self.push(Kind::Item(indent), offset + skip..end);
            self.open = true;
            return;
        }
        let continues = self.open
            && self.blocks.last().is_some_and(|last| matches!(last.kind, Kind::Paragraph | Kind::Item(_)))
            && !self.last_introduces();
        // Lines such as `Registry: ghcr.io` are statements of their own, not one long sentence.
        if continues && !starts_label(content) && !(self.last_is_label_line() && begins_anew(content)) {
            self.extend(end);
        } else {
            let within = self.blocks.last().filter(|_| self.open).map(|last| (last.kind, last.under.clone()));
            let index = self.push(Kind::Paragraph, offset..end);
            // A further line of an item stays in the item.
            if let (Some((Kind::Item(_), under)), true) = (within, indent > 0) {
                self.blocks[index].under = under;
            }
        }
        self.open = true;
        let last = self.blocks.len() - 1;
        if self.last_introduces() {
            self.lead = Some(last);
        }
    }

    /// Whether the last line is a label with its value, and no list that goes on.
    fn last_is_label_line(&self) -> bool {
        let text = self.blocks.last().and_then(|last| self.text.get(last.span.clone())).unwrap_or_default();
        let line = text.lines().last().unwrap_or_default();
        starts_label(line) && !line.ends_with([',', ';', '-']) && !line.ends_with(" and")
    }

    fn last_introduces(&self) -> bool {
        self.blocks.last().is_some_and(|last| {
            last.kind == Kind::Paragraph
                && self.text.get(last.span.clone()).is_some_and(|text| {
                    text.trim_end_matches(['*', '_', '"', ' ']).ends_with(':') && !text.contains("://:")
                })
        })
    }

    fn push(&mut self, kind: Kind, span: Range<usize>) -> usize {
        let index = self.blocks.len();
        let mut under: Vec<usize> = self.headings.iter().map(|(_, index)| *index).collect();
        match kind {
            Kind::Item(indent) => {
                under.extend(self.lead);
                under.extend(self.outer_items(indent));
            }
            Kind::Row => under.extend(self.lead),
            Kind::Paragraph if !starts_label(self.text.get(span.clone()).unwrap_or_default()) => {
                self.lead = None
            }
            Kind::Paragraph => {
                // A line with a label may stand under the line that introduces it, without a bullet.
                let follows = self.lead.filter(|lead| {
                    self.blocks.last().is_some_and(|last| self.open && last.kind == Kind::Paragraph)
                        && (lead + 1 == index || self.blocks[index - 1].under.contains(lead))
                });
                under.extend(follows);
                if follows.is_none() {
                    self.lead = None;
                }
            }
            Kind::Heading(_) | Kind::Code => {}
        }
        self.blocks.push(Block { kind, span, under, part: self.part });
        index
    }

    /// The items that an item of this indentation is inside of.
    fn outer_items(&self, indent: usize) -> Vec<usize> {
        let mut outer = Vec::new();
        let mut limit = indent;
        for (index, block) in self.blocks.iter().enumerate().rev().take(MAX_BACK) {
            match block.kind {
                Kind::Item(known) if known < limit => {
                    outer.push(index);
                    limit = known;
                }
                Kind::Item(_) => {}
                Kind::Paragraph if self.lead != Some(index) => {}
                _ => break,
            }
            if limit == 0 || outer.len() > 8 {
                break;
            }
        }
        outer.reverse();
        outer
    }

    fn extend(&mut self, end: usize) {
        if let Some(last) = self.blocks.last_mut() {
            last.span.end = end.max(last.span.end);
        }
    }
}

fn is_rule(content: &str) -> bool {
    let bare: String = content.chars().filter(|c| *c != ' ').collect();
    bare.len() >= 3 && ["-", "*", "_", "="].iter().any(|mark| bare.chars().all(|c| mark.contains(c)))
}

/// The depth of a heading: `## Production`, or a line that is bold as a whole.
fn heading(content: &str) -> Option<usize> {
    let marks = content.len() - content.trim_start_matches('#').len();
    if (1..=6).contains(&marks) && content[marks..].starts_with(' ') {
        return Some(marks);
    }
    let inner = content.strip_prefix("**").and_then(|rest| rest.trim_end_matches(':').strip_suffix("**"))?;
    (!inner.contains("**") && !inner.is_empty()).then_some(7)
}

/// How many bytes the mark of an item takes.
fn bullet(content: &str) -> Option<usize> {
    let marks = ["- ", "* ", "+ ", "• ", "– ", "‣ ", "◦ "];
    let plain = marks.into_iter().find(|mark| content.starts_with(mark)).map(str::len);
    let numbered = || {
        let digits = content.len() - content.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let rest = &content[digits..];
        ((1..=3).contains(&digits) && (rest.starts_with(". ") || rest.starts_with(") ")))
            .then_some(digits + 2)
    };
    let length = plain.or_else(numbered)?;
    let rest = &content[length..];
    let boxes = ["[ ] ", "[x] ", "[X] "];
    let ticked = boxes.into_iter().find(|mark| rest.starts_with(mark)).map_or(0, str::len);
    let blanks = rest[ticked..].len() - rest[ticked..].trim_start().len();
    Some(length + ticked + blanks)
}

fn begins_anew(content: &str) -> bool {
    content.starts_with(|c: char| c.is_uppercase())
}

/// Whether a line begins with a short label and a colon or a dash: `Prod: manual`, `prod - manual`.
fn starts_label(content: &str) -> bool {
    let dash = || content.split_once(" - ").filter(|(label, _)| !label.contains(' '));
    let Some((label, rest)) = content.split_once(':').or_else(dash) else { return false };
    let rest = if rest.is_empty() || rest.starts_with(' ') {
        rest
    } else if content.contains(" - ") {
        " "
    } else {
        rest
    };
    (rest.is_empty() || rest.starts_with(' '))
        && label.split_whitespace().count() <= 4
        && label.chars().all(|c| c.is_alphanumeric() || " -_*'`\"/&,()".contains(c))
}

/// Where the lines of a text begin.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The quote of a part of a text: on one line, marks of layout dropped.
pub(super) fn quote(text: &str, lines: &[usize], span: Range<usize>) -> Quote {
    let line = lines.partition_point(|start| *start <= span.start).max(1);
    Quote { line, text: flat(text.get(span.clone()).unwrap_or_default()), span }
}

/// A text on one line: line breaks (with the marks of quotation after them) become blanks.
pub(crate) fn flat(text: &str) -> String {
    let lines = text.lines().enumerate().map(|(index, line)| {
        let line = line.trim();
        if index == 0 { line } else { line.trim_start_matches(['>', ' ']) }
    });
    let joined: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    joined.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let blocks = blocks(text);
        let words = |index: &usize| text[blocks[*index].span.clone()].chars().take(12).collect::<String>();
        blocks
            .iter()
            .map(|block| {
                let under: Vec<String> = block.under.iter().map(words).collect();
                format!("{:?} {:?} {}", block.kind, &text[block.span.clone()], under.join(" > "))
            })
            .collect()
    }

    #[test]
    fn lists_stand_under_what_introduces_them() {
        let text = "> \"We have:\n> - Dev: a\n>   b\n> - Prod:\n\nPlain text\ngoes on.\n\n## Prod\n\n1. one\n   - inner\n";
        assert_eq!(
            shown(text),
            [
                "Paragraph \"\\\"We have:\" ",
                "Item(0) \"Dev: a\\n>   b\" \"We have:",
                "Item(0) \"Prod:\" \"We have:",
                "Paragraph \"Plain text\\ngoes on.\" ",
                "Heading(2) \"Prod\" ",
                "Item(0) \"one\" Prod",
                "Item(3) \"inner\" Prod > one",
            ]
        );
    }

    #[test]
    fn code_is_set_apart_and_fenced_prose_is_not() {
        let text = "```\nProd is manual.\n```\n```yaml\na: 1\nb: 2\n```\nEnd.";
        assert_eq!(
            shown(text),
            ["Paragraph \"Prod is manual.\" ", "Code \"```yaml\\na: 1\\nb: 2\" ", "Paragraph \"End.\" "]
        );
    }

    #[test]
    fn quotes_are_on_one_line() {
        let text = "a\n> one\n>   two";
        let quote = quote(text, &line_starts(text), 4..text.len());
        assert_eq!((quote.text.as_str(), quote.line), ("one two", 2));
    }
}
