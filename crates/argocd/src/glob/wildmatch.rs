//! Git's pathspecs as `git ls-files -- <pathspec>` matches them: a literal path, everything under a folder,
//! or a wildmatch in which `*` also matches `/`.

/// Whether a tracked file matches a pathspec. `Err` holds git's complaint.
pub fn matches(pathspec: &str, path: &str) -> Result<bool, String> {
    Pathspec::parse(pathspec).map(|p| p.matches(path))
}

/// A parsed pathspec.
#[derive(Clone, Debug)]
pub struct Pathspec {
    pattern: String,
    nodes: Option<Vec<Node>>,
    /// `:(glob)`: `*` stops at `/`, `**/` spans folders.
    glob: bool,
    ignore_case: bool,
    exclude: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Star,
    /// `**/` with `:(glob)`.
    Folders,
    /// `/**` at the end, or `*` that spans, with `:(glob)`.
    Everything,
    Any,
    Char(char),
    Class {
        items: Vec<Item>,
        not: bool,
    },
}

#[derive(Clone, Debug)]
enum Item {
    Range(char, char),
    Named(String),
}

impl Pathspec {
    /// Parses a pathspec with its magic (`:/`, `:!`, `:(glob,icase,literal,top,exclude)…`), from the root of the repository.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fatal = |what: &str| format!("fatal: {what}");
        let (mut glob, mut literal, mut ignore_case, mut exclude) = (false, false, false, false);
        let mut rest = text;
        if let Some(long) = text.strip_prefix(":(") {
            let (words, tail) = long
                .split_once(')')
                .ok_or_else(|| fatal(&format!("Missing ')' at the end of pathspec magic in '{text}'")))?;
            for word in words.split(',') {
                match word {
                    "glob" => glob = true,
                    "literal" => literal = true,
                    "icase" => ignore_case = true,
                    "exclude" => exclude = true,
                    "top" | "" => {}
                    other => return Err(fatal(&format!("Invalid pathspec magic '{other}' in '{text}'"))),
                }
            }
            rest = tail;
        } else if let Some(short) = text.strip_prefix(':') {
            rest = short;
            while let Some(c) = rest.chars().next() {
                match c {
                    '/' => {}
                    '!' | '^' => exclude = true,
                    ':' => {
                        rest = rest.get(1..).unwrap_or_default();
                        break;
                    }
                    c if c.is_ascii_alphanumeric()
                        || matches!(c, '*' | '?' | '[' | '\\' | '.' | '_' | '-')
                        || !c.is_ascii() =>
                    {
                        break;
                    }
                    other => {
                        return Err(fatal(&format!("Unimplemented pathspec magic '{other}' in '{text}'")));
                    }
                }
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
        let pattern = clean(rest, text)?;
        let wild = !literal && pattern.contains(['*', '?', '[', '\\']);
        let nodes = wild.then(|| parse(&pattern, glob));
        Ok(Self { pattern, nodes, glob, ignore_case, exclude })
    }

    /// Whether a tracked file matches. A lone excluding pathspec selects what it does not match.
    pub fn matches(&self, path: &str) -> bool {
        self.selects(path) != self.exclude
    }

    fn selects(&self, path: &str) -> bool {
        if self.pattern.is_empty() {
            return true;
        }
        let (pattern, path) = if self.ignore_case {
            (self.pattern.to_lowercase(), path.to_lowercase())
        } else {
            (self.pattern.clone(), path.to_owned())
        };
        if let Some(tail) = path.strip_prefix(pattern.as_str())
            && (tail.is_empty() || pattern.ends_with('/') || tail.starts_with('/'))
        {
            return true;
        }
        let Some(nodes) = &self.nodes else { return false };
        let text: Vec<char> = path.chars().collect();
        run(nodes, &text, self.glob, self.ignore_case)
    }
}

/// Takes `.`, `..` and doubled slashes out, as git does when it makes a pathspec relative to the root.
fn clean(path: &str, whole: &str) -> Result<String, String> {
    if whole.is_empty() {
        return Err("fatal: empty string is not a valid pathspec. please use . instead if you meant to match all paths".to_owned());
    }
    if path.starts_with('/') {
        return Err(format!("fatal: {path}: '{path}' is outside repository"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(format!("fatal: {path}: '{path}' is outside repository"));
                }
            }
            other => parts.push(other),
        }
    }
    let mut out = parts.join("/");
    if path.ends_with('/') && !out.is_empty() {
        out.push('/');
    }
    Ok(out)
}

fn parse(pattern: &str, glob: bool) -> Vec<Node> {
    let chars: Vec<char> = pattern.chars().collect();
    let get = |at: usize| chars.get(at).copied();
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some(c) = get(at) {
        at += 1;
        match c {
            '\\' => {
                if let Some(c) = get(at) {
                    nodes.push(Node::Char(c));
                    at += 1;
                } else {
                    nodes.push(Node::Char('\\'));
                }
            }
            '?' => nodes.push(Node::Any),
            '*' => {
                let start = at - 1;
                while get(at) == Some('*') {
                    at += 1;
                }
                let double = at - start > 1;
                let bounded = start == 0 || get(start - 1) == Some('/');
                if glob && double && bounded && get(at) == Some('/') {
                    at += 1;
                    nodes.push(Node::Folders);
                } else if !glob || (double && bounded && at == chars.len()) {
                    nodes.push(Node::Everything);
                } else {
                    nodes.push(Node::Star);
                }
            }
            '[' => match class(&chars, at) {
                Some((node, end)) => {
                    nodes.push(node);
                    at = end;
                }
                None => {
                    // Git gives up on a class that does not end: nothing matches.
                    nodes.push(Node::Class { items: Vec::new(), not: false });
                    at = chars.len();
                }
            },
            c => nodes.push(Node::Char(c)),
        }
    }
    nodes
}

fn class(chars: &[char], mut at: usize) -> Option<(Node, usize)> {
    let get = |at: usize| chars.get(at).copied();
    let not = matches!(get(at), Some('!' | '^'));
    at += usize::from(not);
    let mut items = Vec::new();
    let mut first = true;
    loop {
        let c = get(at)?;
        if c == ']' && !first {
            return Some((Node::Class { items, not }, at + 1));
        }
        first = false;
        at += 1;
        if c == '[' && get(at) == Some(':') {
            let close = (at + 1..chars.len()).find(|i| get(*i) == Some(':') && get(i + 1) == Some(']'));
            if let Some(close) = close {
                items.push(Item::Named(chars.get(at + 1..close)?.iter().collect()));
                at = close + 2;
                continue;
            }
        }
        let low = if c == '\\' {
            at += 1;
            get(at - 1)?
        } else {
            c
        };
        if get(at) == Some('-') && get(at + 1).is_some_and(|c| c != ']') {
            at += 1;
            let mut high = get(at)?;
            at += 1;
            if high == '\\' {
                high = get(at)?;
                at += 1;
            }
            items.push(Item::Range(low, high));
        } else {
            items.push(Item::Range(low, low));
        }
    }
}

fn run(nodes: &[Node], text: &[char], glob: bool, fold: bool) -> bool {
    let mut places = vec![false; text.len() + 1];
    places[0] = true;
    for node in nodes {
        let mut next = vec![false; places.len()];
        match node {
            Node::Everything | Node::Star => {
                let mut open = false;
                for at in 0..places.len() {
                    if at > 0 && matches!(node, Node::Star) && text.get(at - 1) == Some(&'/') {
                        open = false;
                    }
                    open |= places.get(at).copied().unwrap_or(false);
                    if let Some(slot) = next.get_mut(at) {
                        *slot = open;
                    }
                }
            }
            Node::Folders => {
                let mut open = false;
                for at in 0..places.len() {
                    let here = places.get(at).copied().unwrap_or(false);
                    if let Some(slot) = next.get_mut(at) {
                        *slot = here || (open && at > 0 && text.get(at - 1) == Some(&'/'));
                    }
                    open |= here;
                }
            }
            Node::Any | Node::Char(_) | Node::Class { .. } => {
                for (at, c) in text.iter().enumerate() {
                    if !places.get(at).copied().unwrap_or(false) {
                        continue;
                    }
                    let fits = match node {
                        Node::Any => !(glob && *c == '/'),
                        Node::Char(want) => c == want || (fold && c.to_lowercase().eq(want.to_lowercase())),
                        Node::Class { .. } if glob && *c == '/' => false,
                        Node::Class { items, not } => {
                            !items.is_empty() && items.iter().any(|i| i.holds(*c)) != *not
                        }
                        _ => false,
                    };
                    if let (true, Some(slot)) = (fits, next.get_mut(at + 1)) {
                        *slot = true;
                    }
                }
            }
        }
        places = next;
    }
    places.last().copied().unwrap_or(false)
}

impl Item {
    fn holds(&self, c: char) -> bool {
        match self {
            Self::Range(low, high) => (low..=high).contains(&&c),
            Self::Named(name) => match name.as_str() {
                "alnum" => c.is_ascii_alphanumeric(),
                "alpha" => c.is_ascii_alphabetic(),
                "blank" => matches!(c, ' ' | '\t'),
                "cntrl" => c.is_ascii_control(),
                "digit" => c.is_ascii_digit(),
                "graph" => c.is_ascii_graphic(),
                "lower" => c.is_ascii_lowercase(),
                "print" => c.is_ascii_graphic() || c == ' ',
                "punct" => c.is_ascii_punctuation(),
                "space" => c.is_ascii_whitespace(),
                "upper" => c.is_ascii_uppercase(),
                "xdigit" => c.is_ascii_hexdigit(),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialect() {
        for (pathspec, path, want) in [
            ("apps/*.json", "apps/a.json", true),
            ("apps/*.json", "apps/x/a.json", true),
            ("apps/*/config.json", "apps/x/y/config.json", true),
            ("**/config.json", "config.json", false),
            ("*config.json", "config.json", true),
            ("apps", "apps/x/a.json", true),
            ("apps/", "apps/x/a.json", true),
            ("app", "apps/x/a.json", false),
            (".", "x", true),
            ("./apps//x", "apps/x/a", true),
            ("apps/[ab]/x", "apps/a/x", true),
            ("apps/[!ab]/x", "apps/a/x", false),
            (":(glob)apps/*.json", "apps/x/a.json", false),
            (":(glob)**/config.json", "config.json", true),
            (":!apps", "apps/x", false),
            (":!apps", "other", true),
            ("a?c", "a/c", true),
        ] {
            assert_eq!(matches(pathspec, path), Ok(want), "{pathspec} {path}");
        }
        assert!(matches("/etc", "x").is_err());
        assert!(matches("../x", "x").is_err());
    }
}
