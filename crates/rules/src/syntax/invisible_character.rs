use seatrial_source::Edit;
use seatrial_trial::{Fix, Model, Sink};

use crate::rewrite::base;

declare_rule! {
    /// Finds characters that nobody sees: zero-width, direction marks, odd blanks.
    ///
    /// ## What it does
    /// Finds zero-width characters, marks that turn the direction of text, no-break and other odd blanks, soft hyphens
    /// and control characters anywhere in a manifest. An odd blank in a line of comment is no matter.
    ///
    /// ## Why it is bad
    /// They become part of names and values, so that two texts that look alike differ. Direction marks can make a
    /// reviewer read something else than Argo CD does: that is a known way to smuggle changes past a review. go-yaml
    /// refuses control characters.
    ///
    /// ## Example
    /// A no-break blank after the colon of `name:` makes `name: agent` one text, not a key and a value.
    ///
    /// ## How to fix
    /// Remove the character; write a blank for an odd one.
    ///
    /// ## When to ignore
    /// When it is wanted inside a text for people.
    "invisible-character", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for manifest in &model.manifests {
        let text = &manifest.file.text;
        let mut found = places(text).peekable();
        while let Some((first, c)) = found.next() {
            let span = manifest.file.span_of(first..first + c.len_utf8());
            if out.full(span) {
                return;
            }
            let line = base::line_start(text, first);
            let end = base::line_end(text, first);
            let mut same = vec![(first, c)];
            while let Some(next) = found.next_if(|(at, _)| *at < end) {
                same.push(next);
            }
            let edits: Vec<Edit> = same
                .iter()
                .map(|(i, c)| base::replace(manifest, *i..i + c.len_utf8(), instead(*c)))
                .collect();
            let danger = if same.iter().any(|(_, c)| turns(*c)) {
                "; it changes the direction of text, so that people read something else than Argo CD"
            } else {
                ""
            };
            let more = if same.len() > 1 {
                format!(" (and {} more in this line)", same.len() - 1)
            } else {
                String::new()
            };
            let finding = out
                .finding(
                    span,
                    format!(
                        "there is an invisible character here: {} (U+{:04X}){more}{danger}",
                        name(c),
                        u32::from(c)
                    ),
                )
                .help("remove it")
                .key(format!("{:04X}:{}", u32::from(c), visible(text.get(line..end).unwrap_or_default())))
                .fix(Fix::safe("remove what is invisible", edits));
            out.push(finding);
        }
    }
}

/// A line without what is invisible, to tell findings apart.
fn visible(line: &str) -> String {
    line.chars().filter(|c| !instead(*c).is_empty() || !is_odd(*c)).collect::<String>().trim().to_owned()
}

/// Where such characters are.
pub(super) fn places(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let plain = text.is_ascii() && !text.bytes().any(|b| b < b' ' && !matches!(b, b'\n' | b'\r' | b'\t'));
    let suspect = if plain { "" } else { text };
    let mut start = 0;
    suspect.split_inclusive('\n').flat_map(move |line| {
        let from = start;
        start += line.len();
        // In a line that is a comment as a whole, odd blanks are part of a text for people.
        let comment = !line.is_ascii() && line.trim_start().starts_with('#');
        let odd = line.char_indices().filter(move |(_, c)| is_odd(*c) && !(comment && instead(*c) == " "));
        odd.map(move |(at, c)| (from + at, c))
    })
}

fn is_odd(c: char) -> bool {
    let control =
        u32::from(c) < 0x20 && !matches!(c, '\n' | '\r' | '\t') || ('\u{7f}'..='\u{9f}').contains(&c);
    control
        || turns(c)
        || !instead(c).is_empty()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Marks of direction.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What stands for it: a blank for odd blanks, nothing for the rest.
fn instead(c: char) -> &'static str {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2028}' | '\u{2029}' => " ",
        _ => "",
    }
}

fn name(c: char) -> &'static str {
    match c {
        '\u{a0}' => "a no-break blank",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width blank",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{feff}' => "a byte order mark",
        '\u{2028}' | '\u{2029}' => "a Unicode line separator",
        c if turns(c) => "a mark of direction",
        c if u32::from(c) < 0xa0 => "a control character",
        c if !instead(c).is_empty() => "an odd blank",
        _ => "a character of no width",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn what_nobody_sees() {
        Tester::new(&RULE)
            .pass(&["kind: Application\nmetadata: {name: größe}\n", "kind: Application\n# │\u{a0} └─ a\n"])
            .finds(
                "kind: Application\nmetadata:\n  name: a\u{200b}b\n",
                &["3:10 a zero-width blank (U+200B)"],
            )
            .finds("kind: Application\n# ok \u{202e}gnp\n", &["2:6 direction"])
            .fixes_safely(&[(
                "kind: Application\nmetadata:\n\u{a0} name: a\u{200b}b\n",
                "kind: Application\nmetadata:\n  name: ab\n",
            )]);
    }
}
