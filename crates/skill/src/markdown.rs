//! As much of Markdown as tells prose from code.

use std::ops::Range;
use std::sync::Arc;

use seatrial_source::SourceFile;

/// A page: its prose, its fenced blocks, its links.
#[derive(Debug, Clone)]
pub struct Page {
    file: Arc<SourceFile>,
    /// Where the text begins, behind the frontmatter.
    pub(crate) body: usize,
    pub(crate) lines: Vec<Line>,
    pub(crate) blocks: Vec<Block>,
}

/// A line of prose, or of code.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) range: Range<usize>,
    /// The index of the block it is in.
    pub(crate) block: Option<usize>,
}

/// A fenced block of code.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The word behind the fence, in lower case.
    pub(crate) language: String,
    /// What is between the fences.
    pub(crate) range: Range<usize>,
    /// Whether the text before it says that it is how not to do it.
    pub(crate) is_bad_example: bool,
}

impl Page {
    /// Reads a page. Any text is one.
    pub(crate) fn read(file: Arc<SourceFile>) -> Self {
        let text = Arc::clone(&file.text);
        let body = frontmatter(&text).map_or(0, |range| (range.end + 4).min(text.len()));
        let (mut lines, mut blocks): (Vec<Line>, Vec<Block>) = (Vec::new(), Vec::new());
        let mut fence: Option<(char, usize)> = None;
        let mut last_words = String::new();
        let mut at = body;
        for line in text.get(body..).unwrap_or_default().split_inclusive('\n') {
            let range = at..at + line.trim_end_matches(['\n', '\r']).len();
            at += line.len();
            let mark = mark(line);
            match fence {
                Some((sign, length)) => {
                    let closes =
                        mark.as_ref().is_some_and(|m| m.0 == sign && m.1 >= length && m.2.is_empty());
                    if closes {
                        fence = None;
                        last_words.clear();
                    } else if let Some(block) = blocks.last_mut() {
                        block.range.end = range.end;
                        lines.push(Line { range, block: Some(blocks.len() - 1) });
                    }
                }
                None => match mark {
                    Some((sign, length, language)) => {
                        fence = Some((sign, length));
                        blocks.push(Block { language, range: at..at, is_bad_example: is_bad(&last_words) });
                    }
                    None => {
                        if !line.trim().is_empty() {
                            line.trim().clone_into(&mut last_words);
                        }
                        lines.push(Line { range, block: None });
                    }
                },
            }
        }
        Self { file, body, lines, blocks }
    }

    /// The file.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    pub(crate) fn text(&self, range: &Range<usize>) -> &str {
        self.file.text.get(range.clone()).unwrap_or_default()
    }

    /// The frontmatter between its fences.
    pub(crate) fn frontmatter(&self) -> Option<Range<usize>> {
        frontmatter(&self.file.text)
    }

    /// Whether a line stands in a block that shows how not to do it.
    pub(crate) fn is_bad_example(&self, line: &Line) -> bool {
        line.block.and_then(|at| self.blocks.get(at)).is_some_and(|block| block.is_bad_example)
    }

    /// Addresses of links and images, with their places.
    pub(crate) fn links(&self) -> Vec<(Range<usize>, &str)> {
        let mut out = Vec::new();
        for line in self.lines.iter().filter(|line| line.block.is_none()) {
            let text = self.text(&line.range);
            let mut from = 0;
            while let Some(open) = text.get(from..).and_then(|rest| rest.find("](")).map(|at| from + at + 2) {
                let Some(close) = text.get(open..).and_then(|rest| rest.find(')')).map(|at| open + at) else {
                    break;
                };
                let address = text[open..close].split(['#', ' ']).next().unwrap_or_default();
                let start = line.range.start + open;
                out.push((start..start + address.len(), address));
                from = close;
            }
        }
        out
    }
}

fn frontmatter(text: &str) -> Option<Range<usize>> {
    let start = if text.starts_with("---\n") {
        4
    } else if text.starts_with("---\r\n") {
        5
    } else {
        return None;
    };
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(start..at);
        }
        at += line.len();
    }
    None
}

/// The sign, the length and the word of a fence.
fn mark(line: &str) -> Option<(char, usize, String)> {
    let text = line.trim();
    let sign = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == sign).count();
    let rest = text.get(length..)?.trim();
    let word = rest.split([' ', '{', ',']).next().unwrap_or_default().to_ascii_lowercase();
    (length >= 3 && !rest.contains('`')).then_some((sign, length, word))
}

/// Whether the words before an example say that it is wrong.
fn is_bad(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "wrong",
        "bad",
        "don't",
        "do not",
        "never",
        "avoid",
        "incorrect",
        "broken",
        "instead of",
        "anti-pattern",
        "❌",
        "✗",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seatrial_source::Files;

    use super::*;

    fn page(text: &str) -> Page {
        let files = Files::new();
        Page::read(Arc::new(SourceFile::new(files.id("SKILL.md"), "SKILL.md", text)))
    }

    #[test]
    fn prose_and_code_are_told_apart() {
        let page = page(
            "---\nname: a\n---\n# A\n\nWrong:\n```yaml\na: 1\n```\nRight:\n~~~\nb\n```\n~~~\n[x](references/a.md#b) ![y](z.png)\n",
        );
        let blocks: Vec<(&str, &str, bool)> = page
            .blocks
            .iter()
            .map(|b| (b.language.as_str(), page.text(&b.range), b.is_bad_example))
            .collect();
        assert_eq!(blocks, [("yaml", "a: 1", true), ("", "b\n```", false)]);
        assert_eq!(
            page.links().into_iter().map(|(_, a)| a).collect::<Vec<_>>(),
            ["references/a.md", "z.png"]
        );
        assert_eq!(page.frontmatter().map(|r| page.text(&r).to_owned()).as_deref(), Some("name: a\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_text_is_a_page(text in "(---|```|~~~|\\]\\(|\\)|[a-zé]|\n|\r\n| ){0,60}") {
            let page = page(&text);
            for block in &page.blocks {
                prop_assert!(text.get(block.range.clone()).is_some());
            }
            for (range, address) in page.links() {
                prop_assert_eq!(&text[range], address);
            }
        }
    }
}
