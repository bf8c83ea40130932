//! Cutting a text into documents as `k8s.io/apimachinery`'s YAML reader does, which is how kubectl and Argo CD read
//! manifests: line by line, not by YAML's rules.

use std::ops::Range;

use serde_json::Value;

use super::input::to_json;
use crate::gojson;

/// One part of a text, between separator lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPart {
    /// Its bytes in the text. Separator lines belong to no part, so a part may hold only white space.
    pub span: Range<usize>,
    /// Its position among the parts, from 0.
    pub index: usize,
}

impl DocumentPart {
    /// The text of the part.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.clone()).unwrap_or_default()
    }
}

/// Why a text could not be split into objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitError {
    /// The text of `kube.SplitYAML`: `failed to unmarshal manifest: …`.
    pub message: String,
    /// The bytes of the part that is at fault.
    pub span: Range<usize>,
}

/// Cuts a text at every line that starts with `---`. After the dashes only white space or a comment may follow;
/// anything else is an error (`invalid Yaml document separator: …`) and ends the cutting.
pub fn documents(text: &str) -> Result<Vec<DocumentPart>, SplitError> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let message =
                    format!("failed to unmarshal manifest: invalid Yaml document separator: {rest}");
                return Err(SplitError { message, span: at..end });
            }
            if at > start {
                parts.push(DocumentPart { span: start..at, index: parts.len() });
            }
            start = end;
        }
        at = end;
    }
    if at > start {
        parts.push(DocumentPart { span: start..at, index: parts.len() });
    }
    Ok(parts)
}

/// The objects of a manifest as Argo CD's `kube.SplitYAML` finds them: every part that is not empty or null, with its
/// bytes. A text that starts with `{` is read as a stream of JSON objects first.
///
/// Objects found before a fault are in the first half of the answer even if there is one.
pub fn split_yaml(text: &str) -> (Vec<(DocumentPart, Value)>, Option<SplitError>) {
    let mut found = Vec::new();
    let mut from = 0;
    let mut json_fault = None;
    if text.trim_start().starts_with('{') {
        while text.get(from..).is_some_and(|rest| !rest.trim_start().is_empty()) {
            match gojson::next_in_stream(text, from) {
                Ok((value, end)) => {
                    let index = found.len();
                    found.push((DocumentPart { span: from..end, index }, value));
                    from = end;
                }
                // After two objects it surely is JSON; before, YAML is tried for the rest.
                Err(error) if found.len() > 1 => {
                    let message = format!("failed to unmarshal manifest: {}", error.message);
                    return (found, Some(SplitError { message, span: from..text.len() }));
                }
                Err(error) => {
                    // The reader names the number of bytes it has seen.
                    json_fault = Some(match error.message.as_str() {
                        "unexpected end of JSON input" => "unexpected EOF".to_owned(),
                        message => format!("json: offset {}: {message}", error.offset + 1),
                    });
                    break;
                }
            }
        }
        let rest = text.get(from..).unwrap_or_default();
        if rest.trim_start().is_empty() {
            return (found, None);
        }
        if !found.is_empty() {
            // White space up to and including the first line break is skipped.
            let blank = rest.find(|char: char| !char.is_whitespace()).unwrap_or(rest.len());
            from += rest.get(..blank).and_then(|white| white.find('\n')).map_or(blank, |at| at + 1);
        }
    }
    let text_from = from;
    let whole = text;
    let text = whole.get(text_from..).unwrap_or_default();
    let (parts, late) = match documents(text) {
        Ok(parts) => (parts, None),
        Err(mut error) => {
            let before = text.get(..error.span.start).unwrap_or_default();
            let parts = documents(before).unwrap_or_default();
            error.span = error.span.start + text_from..error.span.end + text_from;
            if let Some(fault) = json_fault.take_if(|_| parts.is_empty()) {
                error.message = format!("failed to unmarshal manifest: {fault}");
            }
            (parts, Some(error))
        }
    };
    for mut part in parts {
        let content = part.text(text);
        part.span = part.span.start + text_from..part.span.end + text_from;
        match to_json(content) {
            Ok(Value::Null) => {}
            Ok(value) => found.push((part, value)),
            Err(error) => {
                // What began like JSON and is no YAML either is reported as JSON.
                let fault = json_fault.take_if(|_| part.index == 0);
                let fault = fault.unwrap_or_else(|| error.unmarshal_message());
                let message = format!("failed to unmarshal manifest: {fault}");
                return (found, Some(SplitError { message, span: part.span }));
            }
        }
    }
    (found, late)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        documents(text).unwrap().iter().map(|part| part.text(text)).collect()
    }

    #[test]
    fn cuts_at_separator_lines() {
        assert_eq!(texts("---\na: 1\n--- # two\nb: 2\n---\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(texts("a: |\n  x\n---\nb"), ["a: |\n  x\n", "b"]);
        assert_eq!(texts(""), [] as [&str; 0]);
        let error = documents("a: 1\n--- b").unwrap_err();
        assert_eq!(error.message, "failed to unmarshal manifest: invalid Yaml document separator: b");
    }

    #[test]
    fn json_objects_one_after_the_other() {
        let (objects, error) = split_yaml("{\"a\":1}\n{\"b\":2} {\"c\":3}\n");
        assert_eq!((objects.len(), error), (3, None));
        let text = "{\"a\":1}\n---\nb: 2\n";
        let (objects, error) = split_yaml(text);
        assert_eq!((objects.len(), error), (2, None));
        assert_eq!(objects[1].0.text(text), "b: 2\n");
        assert!(split_yaml("{a: 1}\n").1.is_none());
        let (_, error) = split_yaml("{{- if .x }}\na: 1\n{{- end }}\n");
        assert_eq!(
            error.unwrap().message,
            "failed to unmarshal manifest: json: offset 2: invalid character '{' looking for beginning of object key string"
        );
        assert_eq!(split_yaml("{").1.unwrap().message, "failed to unmarshal manifest: unexpected EOF");
    }

    #[test]
    fn empty_parts_are_no_objects() {
        let (objects, error) = split_yaml("# nothing\n---\nnull\n---\na: 1\n---\nb: [\n");
        assert_eq!(objects.len(), 1);
        assert!(
            error
                .unwrap()
                .message
                .starts_with("failed to unmarshal manifest: error converting YAML to JSON: yaml: line")
        );
    }
}
