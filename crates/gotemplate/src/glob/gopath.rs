//! Go's `path.Match` (and `filepath.Match` on Linux): `*` and `?` stop at `/`, `[^a-z]`, `\`.

/// The pattern does not parse (`syntax error in pattern`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

#[derive(Clone, Debug)]
enum Node {
    Star,
    Any,
    Char(char),
    Class { ranges: Vec<(char, char)>, not: bool },
}

/// Whether the whole name matches.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let nodes = parse(pattern)?;
    let name: Vec<char> = name.chars().collect();
    let mut places = vec![false; name.len() + 1];
    places[0] = true;
    for node in &nodes {
        let mut next = vec![false; places.len()];
        if let Node::Star = node {
            let mut open = false;
            for (at, slot) in next.iter_mut().enumerate() {
                if at > 0 && name.get(at - 1) == Some(&'/') {
                    open = false;
                }
                open |= places.get(at).copied().unwrap_or(false);
                *slot = open;
            }
        } else {
            for (at, c) in name.iter().enumerate() {
                let fits = match node {
                    Node::Any => *c != '/',
                    Node::Char(want) => c == want,
                    Node::Class { ranges, not } => {
                        ranges.iter().any(|(low, high)| (low..=high).contains(&c)) != *not
                    }
                    Node::Star => false,
                };
                if let (true, Some(true), Some(slot)) = (fits, places.get(at), next.get_mut(at + 1)) {
                    *slot = true;
                }
            }
        }
        places = next;
    }
    Ok(places.last().copied().unwrap_or(false))
}

fn parse(pattern: &str) -> Result<Vec<Node>, BadPattern> {
    let mut nodes = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        nodes.push(match c {
            '*' => Node::Star,
            '?' => Node::Any,
            '\\' => Node::Char(chars.next().ok_or(BadPattern)?),
            '[' => {
                let not = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    if !ranges.is_empty() && chars.next_if_eq(&']').is_some() {
                        break;
                    }
                    let mut escaped = || match chars.next() {
                        None | Some('-' | ']') => Err(BadPattern),
                        Some('\\') => chars.next().ok_or(BadPattern),
                        Some(c) => Ok(c),
                    };
                    let low = escaped()?;
                    let high = if chars.next_if_eq(&'-').is_some() {
                        match chars.next() {
                            None | Some('-' | ']') => return Err(BadPattern),
                            Some('\\') => chars.next().ok_or(BadPattern)?,
                            Some(c) => c,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Node::Class { ranges, not }
            }
            c => Node::Char(c),
        });
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialect() {
        for (pattern, name, want) in [
            ("apps/*", "apps/a", true),
            ("apps/*", "apps/a/b", false),
            ("apps/**", "apps/a", true),
            ("apps/**", "apps/a/b", false),
            ("apps/*/", "apps/a", false),
            ("*", "apps", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("a?c", "a/c", false),
            (r"a\*", "a*", true),
        ] {
            assert_eq!(matches(pattern, name), Ok(want), "{pattern} {name}");
        }
        for bad in ["[", "[a", "a\\", "[]a]", "[a-]"] {
            assert_eq!(matches(bad, "a"), Err(BadPattern), "{bad}");
        }
    }
}
