//! `github.com/bmatcuk/doublestar` v4: `**` spans folders when it is a whole segment, `*` and `?` stop at `/`,
//! `[^a-z]` or `[!a-z]`, `{a,b}`, `\`.

/// The pattern does not parse (`syntax error in pattern`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

/// How many patterns braces may stand for.
const EXPANSIONS: usize = 1024;

/// Whether the whole path matches.
pub fn matches(pattern: &str, path: &str) -> Result<bool, BadPattern> {
    let mut any = false;
    for one in alternatives(pattern)? {
        any |= plain(&one, path)?;
    }
    Ok(any)
}

/// Spells out `{a,b}` (nested too) into patterns without braces.
pub fn alternatives(pattern: &str) -> Result<Vec<String>, BadPattern> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(text) = open.pop() {
        match first_braces(&text)? {
            None => done.push(text),
            Some((start, end, commas)) => {
                let head = text.get(..start).unwrap_or_default();
                let tail = text.get(end + 1..).unwrap_or_default();
                let mut from = start + 1;
                for to in commas.into_iter().chain([end]) {
                    open.push(format!("{head}{}{tail}", text.get(from..to).unwrap_or_default()));
                    from = to + 1;
                }
            }
        }
        if done.len() + open.len() > EXPANSIONS {
            return Err(BadPattern);
        }
    }
    Ok(done)
}

/// The first braces outside classes: where they open and close, and the commas between.
fn first_braces(text: &str) -> Result<Option<(usize, usize, Vec<usize>)>, BadPattern> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut start, mut class) = (0, 0_usize, 0, false);
    let mut commas = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' if !class => {
                class = true;
                at += usize::from(matches!(bytes.get(at + 1), Some(b'^' | b'!')));
                at += usize::from(bytes.get(at + 1) == Some(&b']'));
            }
            b']' if class => class = false,
            b'{' if !class => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b',' if !class && depth == 1 => commas.push(at),
            b'}' if !class && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some((start, at, commas)));
                }
            }
            b'}' if !class => return Err(BadPattern),
            _ => {}
        }
        at += 1;
    }
    if depth > 0 { Err(BadPattern) } else { Ok(None) }
}

/// Matches a pattern without braces, segment by segment.
fn plain(pattern: &str, path: &str) -> Result<bool, BadPattern> {
    let segments: Vec<&str> = pattern.split('/').collect();
    let names: Vec<&str> = path.split('/').collect();
    let mut places = vec![false; names.len() + 1];
    places[0] = true;
    for (index, segment) in segments.iter().enumerate() {
        let mut next = vec![false; places.len()];
        if *segment == "**" {
            let mut open = false;
            for (here, slot) in places.iter().zip(next.iter_mut()) {
                open |= here;
                *slot = open;
            }
            // `a/**` matches `a` itself, but a lone `**` does not match nothing.
            let _ = index;
        } else {
            let go = segment.replace("[!", "[^");
            for (at, name) in names.iter().enumerate() {
                let fits = super::gopath::matches(&go, name).map_err(|_| BadPattern)?;
                if let (true, Some(true), Some(slot)) = (fits, places.get(at), next.get_mut(at + 1)) {
                    *slot = true;
                }
            }
        }
        places = next;
    }
    Ok(places.last().copied().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialect() {
        for (pattern, path, want) in [
            ("apps/*.json", "apps/a.json", true),
            ("apps/*.json", "apps/x/a.json", false),
            ("apps/**/a.json", "apps/a.json", true),
            ("apps/**/a.json", "apps/x/y/a.json", true),
            ("**/config.json", "config.json", true),
            ("apps/**", "apps", true),
            ("apps/{a,b}/c", "apps/b/c", true),
            ("apps/{a,{x,y}}/c", "apps/y/c", true),
            ("apps/[!a]", "apps/b", true),
            ("a**b", "axxb", true),
            ("a**b", "a/b", false),
        ] {
            assert_eq!(matches(pattern, path), Ok(want), "{pattern} {path}");
        }
        assert_eq!(matches("{a", "a"), Err(BadPattern));
        assert_eq!(matches("[a", "a"), Err(BadPattern));
    }
}
