//! Go's `filepath.Match` on Unix.

/// The pattern is malformed: `syntax error in pattern`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// Whether the shell pattern matches the whole name. `*` and `?` do not match `/`.
pub(crate) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        if let Some(after) = match_chunk(chunk, name)?
            && (after.is_empty() || !pattern.is_empty())
        {
            name = after;
            continue;
        }
        if star && let Some(after) = skip_to(chunk, name, pattern.is_empty())? {
            name = after;
            continue;
        }
        // What is left must still be well formed.
        while !pattern.is_empty() {
            let (_, chunk, rest) = next_chunk(pattern);
            pattern = rest;
            match_chunk(chunk, "")?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Tries the chunk after each character that a star may swallow.
fn skip_to<'n>(chunk: &str, name: &'n str, last: bool) -> Result<Option<&'n str>, BadPattern> {
    for (at, c) in name.char_indices() {
        if c == '/' {
            break;
        }
        let Some(tail) = name.get(at + c.len_utf8()..) else { break };
        if let Some(after) = match_chunk(chunk, tail)?
            && (!last || after.is_empty())
        {
            return Ok(Some(after));
        }
    }
    Ok(None)
}

/// Stars at the front, the text up to the next star, and the rest.
fn next_chunk(pattern: &str) -> (bool, &str, &str) {
    let trimmed = pattern.trim_start_matches('*');
    let star = trimmed.len() != pattern.len();
    let (mut in_range, mut escaped) = (false, false);
    for (at, byte) in trimmed.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => in_range = true,
            b']' => in_range = false,
            b'*' if !in_range => {
                let (chunk, rest) = trimmed.split_at(at);
                return (star, chunk, rest);
            }
            _ => {}
        }
    }
    (star, trimmed, "")
}

/// Matches a chunk without stars at the start of the name; the rest of the name if it does. A chunk that fails is still
/// read to its end, to find faults in it.
fn match_chunk<'n>(chunk: &str, name: &'n str) -> Result<Option<&'n str>, BadPattern> {
    let (mut chunk, mut rest, mut failed) = (chunk.chars(), name.chars(), false);
    while let Some(c) = chunk.next() {
        if !failed && rest.as_str().is_empty() {
            failed = true;
        }
        match c {
            '[' => {
                let found = if failed { None } else { rest.next() };
                let negated = chunk.as_str().starts_with('^');
                if negated {
                    chunk.next();
                }
                let (mut hit, mut ranges) = (false, 0usize);
                loop {
                    if ranges > 0 && chunk.as_str().starts_with(']') {
                        chunk.next();
                        break;
                    }
                    let low = escaped(&mut chunk)?;
                    let high = if chunk.as_str().starts_with('-') {
                        chunk.next();
                        escaped(&mut chunk)?
                    } else {
                        low
                    };
                    hit |= found.is_some_and(|c| low <= c && c <= high);
                    ranges += 1;
                }
                failed |= hit == negated;
            }
            '?' => {
                if !failed {
                    failed = rest.next() == Some('/');
                }
            }
            c => {
                let literal = if c == '\\' { chunk.next().ok_or(BadPattern)? } else { c };
                if !failed {
                    failed = rest.next() != Some(literal);
                }
            }
        }
    }
    Ok((!failed).then_some(rest.as_str()))
}

/// A character of a class, perhaps escaped.
fn escaped(chunk: &mut std::str::Chars<'_>) -> Result<char, BadPattern> {
    let c = match chunk.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chunk.next().ok_or(BadPattern)?,
        Some(c) => c,
    };
    if chunk.as_str().is_empty() { Err(BadPattern) } else { Ok(c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_documents_it() {
        let cases = [
            ("abc", "abc", Ok(true)),
            ("*", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*", "a", Ok(true)),
            ("a*", "ab/c", Ok(false)),
            ("a*/b", "abc/b", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
            ("ab[c]", "abc", Ok(true)),
            ("ab[b-d]", "abc", Ok(true)),
            ("ab[e-g]", "abc", Ok(false)),
            ("ab[^c]", "abc", Ok(false)),
            ("ab[^e-g]", "abc", Ok(true)),
            ("a\\*b", "a*b", Ok(true)),
            ("a?b", "a☺b", Ok(true)),
            ("a???b", "a☺b", Ok(false)),
            ("[a-ζ]*", "α", Ok(true)),
            ("a?b", "a/b", Ok(false)),
            ("[\\]a]", "]", Ok(true)),
            ("[\\-x]", "-", Ok(true)),
            ("[]a]", "]", Err(BadPattern)),
            ("[-]", "-", Err(BadPattern)),
            ("[x-]", "x", Err(BadPattern)),
            ("[-x]", "x", Err(BadPattern)),
            ("\\", "a", Err(BadPattern)),
            ("[a-b-c]", "a", Err(BadPattern)),
            ("[", "a", Err(BadPattern)),
            ("[^bc", "a", Err(BadPattern)),
            ("a[", "a", Err(BadPattern)),
            ("a[", "ab", Err(BadPattern)),
            ("a[", "x", Err(BadPattern)),
            ("a/b[", "x", Err(BadPattern)),
            ("*x", "xxx", Ok(true)),
        ];
        for (pattern, name, want) in cases {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
