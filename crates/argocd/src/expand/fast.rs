//! `valyala/fasttemplate` as Argo CD calls it when `goTemplate` is off.

use seatrial_gotemplate::{Map, Value};

use crate::strategicpatch::go_quote;

/// A compiled fasttemplate.
pub(crate) struct Fast {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    /// What stands between `{{` and `}}`, as it stands there.
    Tag(String),
}

impl Fast {
    /// Compiles a text; `None` if no line of it holds `{{…}}`, which leaves it as it is.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, String>> {
        let holds = |line: &str| {
            line.find("{{").is_some_and(|at| line.get(at + 2..).is_some_and(|rest| rest.contains("}}")))
        };
        if !text.split('\n').any(holds) {
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            pieces.push(Piece::Text(before.to_owned()));
            let Some((tag, next)) = after.split_once("}}") else {
                return Some(Err(format!(
                    "invalid template: Cannot find end tag=\"}}}}\" in the template={} starting from {}",
                    go_quote(text),
                    go_quote(after)
                )));
            };
            pieces.push(Piece::Tag(tag.to_owned()));
            rest = next;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(Ok(Self { pieces }))
    }

    /// Replaces the tags that name a text parameter; all others stay.
    pub(crate) fn run(&self, params: &Map) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Tag(tag) => {
                    let name = tag.trim();
                    match params.get(name.as_bytes()) {
                        Some(Value::Str(value)) if !name.is_empty() => out.push_str(&value.to_text()),
                        _ => {
                            out.push_str("{{");
                            out.push_str(tag);
                            out.push_str("}}");
                        }
                    }
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::map_from_json;
    use serde_json::json;

    fn run(text: &str) -> String {
        let params = json!({"a": "1", "b": 2, "path[0]": "x"});
        match Fast::parse(text) {
            None => format!("= {text}"),
            Some(Ok(fast)) => fast.run(&map_from_json(params.as_object().unwrap())),
            Some(Err(error)) => error,
        }
    }

    #[test]
    fn as_argo_cd_calls_it() {
        assert_eq!(run("{{a}}-{{ a }}-{{path[0]}}"), "1-1-x");
        assert_eq!(run("{{ b }}{{}}{{ missing }}"), "{{ b }}{{}}{{ missing }}");
        assert_eq!(run("{{\n}}"), "= {{\n}}");
        assert_eq!(run("{{ {{a}} }}"), "{{ {{a}} }}");
        assert_eq!(
            run("{{a}} {{"),
            "invalid template: Cannot find end tag=\"}}\" in the template=\"{{a}} {{\" starting from \"\""
        );
    }
}
