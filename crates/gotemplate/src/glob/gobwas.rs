//! `github.com/gobwas/glob` 1.0.0: `*` within separators, `**` across them, `?`, `[abc]`, `[!a-z]`, `{a,b}`, `\`.

/// A parsed pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    nodes: Vec<Node>,
    separators: Vec<char>,
}

#[derive(Clone, Debug)]
enum Node {
    Text(Vec<char>),
    Single,
    Star,
    SuperStar,
    Set { chars: Vec<char>, not: bool },
    Range { low: char, high: char, not: bool },
    Alternatives(Vec<Vec<Node>>),
}

/// How deep braces may nest.
const DEPTH: usize = 64;

impl Pattern {
    /// Parses a pattern; the error is gobwas' own reason.
    pub fn parse(pattern: &str, separators: &[char]) -> Result<Self, String> {
        let mut parser = Parser { chars: pattern.chars().collect(), at: 0 };
        let nodes = parser.sequence(0)?;
        Ok(Self { nodes, separators: separators.to_vec() })
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut places = vec![false; text.len() + 1];
        places[0] = true;
        self.advance(&self.nodes, &text, places).last().copied().unwrap_or(false)
    }

    /// From the set of places reached before a sequence to the set reached after it. Linear in pattern × text.
    fn advance(&self, nodes: &[Node], text: &[char], mut places: Vec<bool>) -> Vec<bool> {
        for node in nodes {
            if !places.contains(&true) {
                return places;
            }
            places = match node {
                Node::Text(literal) => shift(&places, literal.len(), |at| {
                    text.get(at..at + literal.len()) == Some(literal.as_slice())
                }),
                Node::Single => {
                    shift(&places, 1, |at| text.get(at).is_some_and(|c| !self.separators.contains(c)))
                }
                Node::Set { chars, not } => {
                    shift(&places, 1, |at| text.get(at).is_some_and(|c| chars.contains(c) != *not))
                }
                Node::Range { low, high, not } => {
                    shift(&places, 1, |at| text.get(at).is_some_and(|c| (low..=high).contains(&c) != *not))
                }
                Node::Star => self.star(&places, text, true),
                Node::SuperStar => self.star(&places, text, false),
                Node::Alternatives(branches) => {
                    let mut all = vec![false; places.len()];
                    for branch in branches {
                        let reached = self.advance(branch, text, places.clone());
                        all.iter_mut().zip(reached).for_each(|(a, b)| *a |= b);
                    }
                    all
                }
            };
        }
        places
    }

    fn star(&self, places: &[bool], text: &[char], stops: bool) -> Vec<bool> {
        let mut out = Vec::with_capacity(places.len());
        let mut open = false;
        for (at, here) in places.iter().enumerate() {
            if at > 0 && stops && text.get(at - 1).is_some_and(|c| self.separators.contains(c)) {
                open = false;
            }
            open |= here;
            out.push(open);
        }
        out
    }
}

fn shift(places: &[bool], by: usize, fits: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut out = vec![false; places.len()];
    for (at, _) in places.iter().enumerate().filter(|(_, here)| **here) {
        if let Some(slot) = out.get_mut(at + by) {
            *slot = fits(at);
        }
    }
    out
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Parses until the end, or until the `,` or `}` of the braces around it.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Node>, String> {
        if depth > DEPTH {
            return Err("braces nest too deep".to_owned());
        }
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if depth > 0 && matches!(c, ',' | '}') {
                return Ok(nodes);
            }
            match c {
                '{' => {
                    self.at += 1;
                    let mut branches = vec![self.sequence(depth + 1)?];
                    loop {
                        match self.next() {
                            Some(',') => branches.push(self.sequence(depth + 1)?),
                            Some('}') => break,
                            _ => return Err("unclosed `{`".to_owned()),
                        }
                    }
                    nodes.push(Node::Alternatives(branches));
                }
                '[' => {
                    self.at += 1;
                    nodes.push(self.range()?);
                }
                '?' => {
                    self.at += 1;
                    nodes.push(Node::Single);
                }
                '*' => {
                    self.at += 1;
                    if self.peek() == Some('*') {
                        self.at += 1;
                        nodes.push(Node::SuperStar);
                    } else {
                        nodes.push(Node::Star);
                    }
                }
                _ => {
                    let text = self.text(if depth > 0 {
                        &['?', '*', '[', '{', '}', ',']
                    } else {
                        &['?', '*', '[', '{']
                    })?;
                    nodes.push(Node::Text(text));
                }
            }
        }
        Ok(nodes)
    }

    fn text(&mut self, breakers: &[char]) -> Result<Vec<char>, String> {
        let mut text = Vec::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                text.push(self.next().ok_or("trailing backslash")?);
            } else if breakers.contains(&c) {
                break;
            } else {
                self.at += 1;
                text.push(c);
            }
        }
        Ok(text)
    }

    fn range(&mut self) -> Result<Node, String> {
        let end = "unexpected end of input";
        let mut not = false;
        if self.peek() == Some('!') {
            self.at += 1;
            not = true;
        }
        let first = self.peek().ok_or(end)?;
        if self.chars.get(self.at + 1) == Some(&'-') {
            self.at += 2;
            let high = self.next().ok_or(end)?;
            if high < first {
                return Err("range hi character is less than lo".to_owned());
            }
            return match self.next() {
                Some(']') => Ok(Node::Range { low: first, high, not }),
                Some(_) => Err("expected close range character".to_owned()),
                None => Err(end.to_owned()),
            };
        }
        let chars = self.text(&[']'])?;
        match self.next() {
            Some(']') if !chars.is_empty() => Ok(Node::Set { chars, not }),
            Some(_) => Err("could not parse range".to_owned()),
            None => Err(end.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str, separators: &[char]) -> bool {
        Pattern::parse(pattern, separators).is_ok_and(|p| p.matches(text))
    }

    #[test]
    fn dialect() {
        assert!(matches("https://github.com/*/*", "https://github.com/a/b", &['/']));
        assert!(!matches("https://github.com/*", "https://github.com/a/b", &['/']));
        assert!(matches("https://github.com/**", "https://github.com/a/b", &['/']));
        assert!(matches("*", "a/b", &[]));
        assert!(matches("{a*,b}c", "axxc", &[]));
        assert!(matches("{,a}b", "b", &[]));
        assert!(matches("[!a-c]x", "dx", &[]));
        assert!(!matches("[ab]x", "cx", &[]));
        assert!(matches("a,}b", "a,}b", &[]));
        assert!(matches(r"\*", "*", &[]));
        for bad in ["{a", "[a", "[]", "a\\", "[b-a]"] {
            assert!(Pattern::parse(bad, &[]).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_literal_matches_itself(text in "[a-z0-9/:.-]{0,20}") {
            prop_assert!(matches(&text, &text, &['/']));
            prop_assert!(matches("**", &text, &['/']));
        }

        #[test]
        fn never_panics(pattern in "[a-c*?\\[\\]{},!\\\\/-]{0,16}", text in "[a-c/]{0,12}") {
            let _ = matches(&pattern, &text, &['/']);
        }
    }
}
