//! The variables that Argo CD puts into a source's fields before it calls a tool.

/// The build environment of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// Names and values; a value that nobody knows is `None`.
    pub(super) entries: Vec<(&'static str, Option<String>)>,
}

impl Env {
    /// `Env.Envsubst`: Go's `os.Expand`, with `$$` for a dollar and nothing for a name that does not exist.
    /// Names whose value is not known are put into `missing` and stand as nothing.
    pub(super) fn substitute(&self, text: &str, missing: &mut Vec<&'static str>) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if after.is_empty() {
                out.push('$');
                return out;
            }
            let (name, width) = shell_name(after);
            match name {
                // `${` and `${}` are eaten; a dollar that no name follows stays.
                "" if width > 0 => {}
                "" => out.push('$'),
                "$" => out.push('$'),
                name => match self.entries.iter().find(|(known, _)| *known == name) {
                    Some((_, Some(value))) => out.push_str(value),
                    Some((name, None)) => missing.push(name),
                    None => {}
                },
            }
            rest = after.get(width..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }
}

/// The name at the start of a text, as Go's `os.Expand` finds it, and how many bytes it takes.
fn shell_name(text: &str) -> (&str, usize) {
    let bytes = text.as_bytes();
    let special = |b: &u8| matches!(b, b'*' | b'#' | b'$' | b'@' | b'!' | b'?' | b'-' | b'0'..=b'9');
    if bytes.first() == Some(&b'{') {
        if bytes.get(1).is_some_and(special) && bytes.get(2) == Some(&b'}') {
            return (&text[1..2], 3);
        }
        return match text.find('}') {
            Some(1) => ("", 2),
            Some(end) => (&text[1..end], end + 1),
            None => ("", 1),
        };
    }
    if bytes.first().is_some_and(special) {
        return (&text[..1], 1);
    }
    let end = bytes.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(bytes.len());
    (&text[..end], end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expanded_as_go_expands() {
        let env = Env { entries: vec![("APP", Some("x".to_owned())), ("SHA", None)] };
        let mut missing = Vec::new();
        for (text, want) in [
            ("a-$APP-${APP}.yaml", "a-x-x.yaml"),
            ("$NOPE.yaml", ".yaml"),
            ("$$APP", "$APP"),
            ("cost: 5$", "cost: 5$"),
            ("$ x", "$ x"),
            ("${}x", "x"),
            ("${x", "x"),
            ("$1abc", "abc"),
            ("$APPé", "xé"),
        ] {
            assert_eq!(env.substitute(text, &mut missing), want, "{text}");
        }
        assert!(missing.is_empty());
        assert_eq!(env.substitute("a$SHA", &mut missing), "a");
        assert_eq!(missing, ["SHA"]);
    }
}
