//! Rule pages: Markdown for terminals and as plain text.

use crate::look::{BOLD, CYAN, DIM, Look};
use crate::text::wrap;

/// Markdown as plain text: headings, code and lists keep their shape, marks go.
pub(crate) fn plain(markdown: &str) -> String {
    terminal(markdown, Look { colour: false, unicode: false, width: 100 })
}

/// Markdown laid out for a terminal: headings bold, code coloured and indented, prose wrapped.
pub(crate) fn terminal(markdown: &str, look: Look) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut code: Option<&str> = None;
    for line in markdown.trim().lines() {
        let trimmed = line.trim();
        if let Some(fence) = code {
            if trimmed == fence {
                code = None;
            } else if line.is_empty() {
                out.push('\n');
            } else {
                out.push_str(&format!("    {}\n", look.paint(CYAN, line)));
            }
            continue;
        }
        if trimmed.starts_with("```") {
            flush(&mut paragraph, &mut out, look);
            code = Some(&trimmed[..trimmed.len() - trimmed.trim_start_matches('`').len()]);
        } else if let Some(title) = heading(trimmed) {
            flush(&mut paragraph, &mut out, look);
            out.push_str(&look.paint(BOLD, &title.replace('`', "")));
            out.push('\n');
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut out, look);
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else if trimmed.starts_with('|') {
            flush(&mut paragraph, &mut out, look);
            out.push_str(&inline(trimmed, look));
            out.push('\n');
        } else if is_item(trimmed) {
            flush(&mut paragraph, &mut out, look);
            paragraph.push_str(trimmed);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed);
        }
    }
    flush(&mut paragraph, &mut out, look);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    (title.len() < line.len() && title.starts_with(' ')).then(|| title.trim())
}

fn is_item(line: &str) -> bool {
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.split_once(". ").is_some_and(|(n, _)| n.len() < 3 && n.bytes().all(|b| b.is_ascii_digit()))
}

fn flush(paragraph: &mut String, out: &mut String, look: Look) {
    if paragraph.is_empty() {
        return;
    }
    let text = std::mem::take(paragraph);
    let indent = if is_item(&text) { text.find(' ').map_or(0, |at| at + 1) } else { 0 };
    for (number, line) in wrap(&text, look.prose() - indent).iter().enumerate() {
        if number > 0 {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&inline(line, look));
        out.push('\n');
    }
}

/// Code spans coloured, emphasis marks dropped, links as text with their target behind.
fn inline(text: &str, look: Look) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push_str(&if look.colour { look.paint(CYAN, part) } else { format!("`{part}`") });
        } else {
            out.push_str(&links(&part.replace("**", ""), look));
        }
    }
    out
}

fn links(text: &str, look: Look) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, label, target, after)) = link(rest) {
        out.push_str(before);
        out.push_str(label);
        out.push_str(&look.paint(DIM, &format!(" ({target})")));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (label, rest) = rest.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    Some((before, label, target, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Says what is wrong\nin two lines.\n\n## Example\n\n```yaml\na: {{b}}\n\nc: d\n```\n\n- one **bold** `code`\n- two [docs](https://example.org/x)\n";

    #[test]
    fn pages_keep_their_shape() {
        assert_eq!(
            plain(PAGE),
            "Says what is wrong in two lines.\n\nExample\n\n    a: {{b}}\n\n    c: d\n\n- one bold `code`\n- two docs (https://example.org/x)\n"
        );
    }

    #[test]
    fn terminals_get_colours() {
        let page = terminal(PAGE, Look { colour: true, unicode: true, width: 80 });
        assert!(page.contains("\u{1b}[1mExample\u{1b}[0m") && !page.contains("**"));
    }
}
