//! `.helmignore`.

use super::match_path::matches;
use crate::error::Error;

/// The longest line Go's `bufio.Scanner` takes.
const LONGEST_LINE: usize = 64 * 1024;

/// The rules of a `.helmignore`, with Helm's own last.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    pattern: String,
    shape: Shape,
    /// Only the last part of a path is looked at: the pattern has no slash.
    base: bool,
    negated: bool,
    folders: bool,
}

/// What a pattern asks, so that the two commonest kinds need no matching.
enum Shape {
    /// Just this name.
    Name,
    /// A star, then just this end.
    End,
    /// Anything else.
    Pattern,
}

impl Shape {
    fn of(pattern: &str) -> Self {
        let plain = |text: &str| !text.contains(['*', '?', '[', '\\']);
        match pattern.strip_prefix('*') {
            _ if plain(pattern) => Self::Name,
            Some(end) if plain(end) => Self::End,
            _ => Self::Pattern,
        }
    }
}

impl Rules {
    /// Reads the text of a `.helmignore`, which may be absent, and adds the rule that hides dot files in `templates/`.
    pub(super) fn read(text: Option<&[u8]>) -> Result<Self, Error> {
        let mut rules = Vec::new();
        let text = text.unwrap_or_default();
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        for line in text.split(|byte| *byte == b'\n') {
            if line.len() >= LONGEST_LINE {
                return Err(Error::new("bufio.Scanner: token too long"));
            }
            rules.extend(Rule::read(&String::from_utf8_lossy(line))?);
        }
        rules.extend(Rule::read("templates/.?*")?);
        Ok(Self(rules))
    }

    /// Whether the path is left out. The first rule that has something to say decides; a negated rule leaves out
    /// everything it does not match.
    pub(super) fn ignore(&self, path: &str, folder: bool) -> bool {
        for rule in &self.0 {
            if rule.negated {
                if rule.folders && !folder || !rule.matches(path) {
                    return true;
                }
            } else if (!rule.folders || folder) && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn read(line: &str) -> Result<Option<Self>, Error> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err(Error::new("double-star (**) syntax is not supported"));
        }
        if matches(line, "abc").is_err() {
            return Err(Error::new("syntax error in pattern"));
        }
        let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (folders, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        let (pattern, base) = match line.strip_prefix('/') {
            Some(rest) => (rest, false),
            None => (line, !line.contains('/')),
        };
        Ok(Some(Self { pattern: pattern.to_owned(), shape: Shape::of(pattern), base, negated, folders }))
    }

    fn matches(&self, path: &str) -> bool {
        let name = if self.base { path.rsplit('/').next().unwrap_or(path) } else { path };
        match self.shape {
            Shape::Name => self.pattern == name,
            Shape::End => {
                let end = self.pattern.get(1..).unwrap_or_default();
                name.strip_suffix(end).is_some_and(|rest| !rest.contains('/'))
            }
            Shape::Pattern => matches(&self.pattern, name).unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(rules: &str, path: &str, folder: bool) -> bool {
        Rules::read(Some(rules.as_bytes())).is_ok_and(|rules| rules.ignore(path, folder))
    }

    #[test]
    fn rules() {
        assert!(ignored("\u{feff}helm.txt", "helm.txt", false));
        assert!(ignored("*.txt", "cargo/a.txt", false));
        assert!(!ignored("cargo/*.txt", "cargo/b/a.txt", false));
        assert!(ignored("/a.txt", "a.txt", false));
        assert!(!ignored("/a.txt", "cargo/a.txt", false));
        assert!(ignored("cargo/", "cargo", true));
        assert!(!ignored("cargo/", "cargo", false));
        assert!(ignored("cargo/", "mast/cargo", true));
        assert!(!ignored("mast/a.txt", "mast/other", false));
        assert!(ignored("", "templates/.dotfile", false));
        assert!(!ignored("", "templates/sub/.dotfile", false));
        assert!(ignored("# c\n!helm.txt\ntiller.txt", "tiller.txt", false));
        assert!(!ignored("!*.txt", "a.txt", false));
        assert!(ignored("!*.txt", "a.yaml", false));
    }

    #[test]
    fn what_needs_no_matching_says_the_same() {
        for pattern in ["a", "*", "*.txt", "*b", "a/b", "*/b", "*a.txt", ".git", "a*", "*?", "*[a]", "\\a"] {
            let rule = Rule::read(&format!("/{pattern}")).ok().flatten().unwrap();
            for name in
                ["", "a", "b", "ab", "/b", "a/b", "a/a/b", "a.txt", "aa.txt", ".txt", "x/.txt", ".git"]
            {
                assert_eq!(rule.matches(name), matches(pattern, name) == Ok(true), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn faults() {
        let fault = |text: &str| Rules::read(Some(text.as_bytes())).err().map(|error| error.message);
        assert_eq!(fault("a/**"), Some("double-star (**) syntax is not supported".to_owned()));
        assert_eq!(fault("[a"), Some("syntax error in pattern".to_owned()));
    }
}
