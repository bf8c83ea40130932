//! Answers that fit: pages of lists, and long texts cut short, each told.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::text::printable;

/// How much of a list one answer holds, in bytes of JSON: with its text, well below what hosts cut at.
const LIST_BYTES: usize = 40 << 10;

/// How much else one answer holds of a kind.
const SIDE_BYTES: usize = 8 << 10;

/// How long the text beside the structured answer may be.
const TEXT_BYTES: usize = 16 << 10;

/// How long one string of an item that is too large may stay.
const STRING_CHARS: usize = 400;

/// Which part of a list an answer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(super) struct Page {
    /// How many items stand before this page.
    pub offset: usize,
    /// How many items it has.
    pub shown: usize,
    /// How many there are.
    pub total: usize,
    /// The `offset` of the next page; `null` when this is the last.
    pub next: Option<usize>,
    /// What was left out or cut short besides, in words.
    pub left_out: Vec<String>,
}

/// A part of `items` from `offset` on that fits, at most `limit` of them. An item that is too large for any answer is
/// cut short by `shorten`.
pub(super) fn page(
    items: Vec<Value>,
    offset: usize,
    limit: Option<usize>,
    shorten: impl Fn(&Value) -> Value,
) -> (Vec<Value>, Page) {
    let total = items.len();
    let mut kept = Vec::new();
    let mut left_out = Vec::new();
    let mut bytes = 0;
    for (index, item) in items.into_iter().enumerate().skip(offset).take(limit.unwrap_or(usize::MAX).max(1)) {
        let size = size(&item);
        if size > LIST_BYTES {
            if !kept.is_empty() {
                break;
            }
            left_out.push(format!("item {index} is too large ({size} bytes) and is cut short"));
            kept.push(shorten(&item));
            break;
        }
        bytes += size;
        if bytes > LIST_BYTES {
            break;
        }
        kept.push(item);
    }
    let end = offset.saturating_add(kept.len());
    let next = (end < total && !kept.is_empty()).then_some(end);
    (kept.clone(), Page { offset, shown: kept.len(), total, next, left_out })
}

/// The list at `key` of an answer, kept as far as it fits; what was left out is told.
pub(super) fn keep_some(answer: &mut Value, key: &str, page: &mut Page) {
    let Some(list) = answer.get_mut(key).and_then(Value::as_array_mut) else { return };
    let mut bytes = 0;
    let fits = list
        .iter()
        .take_while(|item| {
            bytes += size(item);
            bytes <= SIDE_BYTES
        })
        .count();
    if fits < list.len() {
        page.left_out.push(format!("{} more under `{key}`", list.len() - fits));
        list.truncate(fits);
    }
}

/// A value as it is, or with its longest strings cut where it is too much for one answer.
pub(super) fn fitting(value: Value) -> Value {
    if size(&value) <= LIST_BYTES { value } else { cut(&value) }
}

/// An item with its longest strings cut, then its longest lists; what is still too large is only named.
pub(super) fn cut(item: &Value) -> Value {
    let mut item = item.clone();
    cut_strings(&mut item, 0);
    if size(&item) <= LIST_BYTES { item } else { json!({"tooLarge": true}) }
}

fn cut_strings(value: &mut Value, depth: usize) {
    const MAX_DEPTH: usize = 64;
    match value {
        Value::String(text) if text.chars().count() > STRING_CHARS => *text = shortened(text, STRING_CHARS),
        Value::Array(items) if depth < MAX_DEPTH => items.iter_mut().for_each(|v| cut_strings(v, depth + 1)),
        Value::Object(map) if depth < MAX_DEPTH => map.values_mut().for_each(|v| cut_strings(v, depth + 1)),
        _ => {}
    }
}

/// At most `most` characters, and how many more there were.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let all = text.chars().count();
    if all <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most).collect();
    format!("{kept}… ({} more characters)", all - most)
}

/// Text for a model or a person: nothing in it drives a terminal, and it is not longer than an answer may be.
pub(super) fn text(text: &str) -> String {
    let text = printable(text);
    if text.len() <= TEXT_BYTES {
        return text.into_owned();
    }
    let mut end = TEXT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!(
        "{}\n… ({} more bytes; the structured answer has its own pages)\n",
        &text[..end],
        text.len() - end
    )
}

fn size(value: &Value) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_out_is_told() {
        let items: Vec<Value> =
            (0..10).map(|n| json!("x".repeat(if n == 7 { 100_000 } else { 10_000 }))).collect();
        let (first, told) = page(items.clone(), 0, None, cut);
        assert_eq!((first.len(), told.next, told.total), (4, Some(4), 10));
        let (one, told) = page(items, 7, None, cut);
        assert_eq!((one.len(), told.next), (1, Some(8)));
        assert!(told.left_out[0].contains("too large") && size(&one[0]) < 5_000, "{told:?}");
    }

    #[test]
    fn long_texts_end_at_a_line() {
        let long = "one line of text é\n".repeat(2_000);
        let told = text(&long);
        assert!(told.len() < TEXT_BYTES + 100 && told.contains("more bytes"), "{}", told.len());
        assert!(!text("a\u{1b}[31m").contains('\u{1b}'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn pages_cover_the_list_once(sizes in prop::collection::vec(0usize..60_000, 0..12), limit in prop::option::of(1usize..5)) {
            let items: Vec<Value> = sizes.iter().enumerate().map(|(n, size)| json!({"n": n, "text": "x".repeat(*size)})).collect();
            let (mut offset, mut seen) = (0, 0);
            loop {
                let (kept, told) = page(items.clone(), offset, limit, cut);
                prop_assert!(kept.iter().map(size).sum::<usize>() <= LIST_BYTES);
                seen += kept.len();
                match told.next {
                    Some(next) => { prop_assert!(next > offset); offset = next; }
                    None => break,
                }
            }
            prop_assert_eq!(seen, items.len());
        }
    }
}
