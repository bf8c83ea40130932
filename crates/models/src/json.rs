//! JSON in what models write.

use serde_json::Value;

/// The JSON object or array in a text: the text itself, else the first fenced block that is one, else what stands between the first
/// `{` and the last `}`.
pub(crate) fn found(text: &str) -> Option<Value> {
    let whole = |text: &str| {
        let value = serde_json::from_str::<Value>(text.trim()).ok()?;
        (value.is_object() || value.is_array()).then_some(value)
    };
    whole(text).or_else(|| fenced(text).find_map(whole)).or_else(|| {
        let (from, to) = (text.find('{')?, text.rfind('}')?);
        whole(text.get(from..=to)?)
    })
}

/// The insides of the text's fences.
fn fenced(text: &str) -> impl Iterator<Item = &str> {
    text.split("```").skip(1).step_by(2).map(|block| {
        // The first line names the language.
        match block.split_once('\n') {
            Some((language, inside)) if !language.trim_start().starts_with(['{', '[']) => inside,
            _ => block,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::found;

    #[test]
    fn json_is_found_where_models_put_it() {
        let wanted = Some(json!({"a": [1]}));
        assert_eq!(found(" {\"a\": [1]}\n"), wanted);
        assert_eq!(found("Here it is:\n```json\n{\"a\": [1]}\n```\nDone {sic}."), wanted);
        assert_eq!(found("```yaml\na: 1\n```\n```\n{\"a\": [1]}\n```"), wanted);
        assert_eq!(found("Sure! {\"a\": [1]} is it."), wanted);
        assert_eq!(found("nothing } here {"), None);
        assert_eq!(found("42"), None);
    }
}
