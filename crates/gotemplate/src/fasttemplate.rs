//! valyala/fasttemplate as Argo CD calls it for ApplicationSets without `goTemplate`.

use memchr::memmem;

use crate::quote::quote;
use crate::template::Error;

/// Whether some line holds `{{` followed by `}}`; only then does Argo CD look at the text at all.
pub fn is_templated(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(open) = memmem::find(rest, b"{{") {
        rest = rest.get(open + 2..).unwrap_or_default();
        let Some(close) = memmem::find(rest, b"}}") else { return false };
        match memchr::memchr(b'\n', rest.get(..close).unwrap_or_default()) {
            None => return true,
            // The tag spans lines: go on at the next line.
            Some(newline) => rest = rest.get(newline + 1..).unwrap_or_default(),
        }
    }
    false
}

/// Replaces every `{{tag}}` whose trimmed name `value` knows; other tags stay as they are written.
///
/// `value` gives the text of a parameter, `None` when there is none or it is not a string.
/// Fails, as the controller does, when a tag is not closed.
pub fn replace<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, Error> {
    if !is_templated(text) {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    // The whole template is checked before anything is replaced, so nothing is lost by doing both at once.
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((tag, tail)) = after.split_once("}}") else {
            return Err(Error::new(
                format!(
                    "invalid template: Cannot find end tag={} in the template={} starting from {}",
                    quote(b"}}"),
                    quote(text.as_bytes()),
                    quote(after.as_bytes())
                ),
                false,
            ));
        };
        let name = trim_space(tag);
        match if name.is_empty() { None } else { value(name) } {
            Some(value) => out.push_str(value),
            None => {
                out.push_str("{{");
                out.push_str(tag);
                out.push_str("}}");
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// `strings.TrimSpace`: Unicode's White_Space, which Rust's `trim` follows too.
fn trim_space(text: &str) -> &str {
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<String, String> {
        replace(text, |name| match name {
            "name" => Some("dev"),
            "path.basename" => Some("app"),
            _ => None,
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn replaces_known_tags_only() {
        assert_eq!(run("{{name}}-{{ path.basename }}").unwrap(), "dev-app");
        assert_eq!(run("{{ missing }}{{}}{{ }}").unwrap(), "{{ missing }}{{}}{{ }}");
        assert_eq!(run("{{ {{name}} }}").unwrap(), "{{ {{name}} }}");
        assert_eq!(run("{{\nname\n}}").unwrap(), "{{\nname\n}}");
        assert_eq!(run("{{\nname\n}} {{name}}").unwrap(), "dev dev");
        assert_eq!(run("{{name").unwrap(), "{{name");
    }

    #[test]
    fn unclosed_tags_fail() {
        assert_eq!(
            run("{{name}} {{x").unwrap_err(),
            "invalid template: Cannot find end tag=\"}}\" in the template=\"{{name}} {{x\" starting from \"x\""
        );
    }
}
