//! What the text of a value means.

use serde_json::Value;

/// `--set`: `true`, `false`, `null` in any case, whole numbers without a leading zero, else a string.
pub(super) fn value(text: String) -> Value {
    // Go folds the long s too.
    let is = |word: &str| {
        text.len() <= 8
            && (text.eq_ignore_ascii_case(word) || text.replace('ſ', "s").eq_ignore_ascii_case(word))
    };
    if is("true") {
        return Value::Bool(true);
    }
    if is("false") {
        return Value::Bool(false);
    }
    if is("null") {
        return Value::Null;
    }
    if (text == "0" || !text.starts_with('0'))
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::from(number);
    }
    Value::String(text)
}

/// `strconv.Atoi`.
pub(super) fn index(text: &str) -> Result<i64, String> {
    text.parse::<i64>().map_err(|error| {
        let quoted = seatrial_gotemplate::quote(text.as_bytes());
        let why = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {quoted}: {why}")
    })
}
