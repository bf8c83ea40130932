//! Go's `encoding/json` on text.

use serde_json::Value;

/// `json.Marshal`: sorted keys, `<`, `>` and `&` escaped.
pub(crate) fn to_string(value: &Value) -> String {
    seatrial_yaml::gojson::to_string(value)
}

/// `json.Unmarshal` into `any`; the error is Go's.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    seatrial_yaml::gojson::from_str(text).map_err(|e| e.to_string())
}
