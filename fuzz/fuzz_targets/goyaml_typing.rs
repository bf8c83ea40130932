//! go-yaml's reading: what is accepted can be written and is read back as the same.
#![no_main]

use seatrial_yaml::{gojson, goyaml};

/// What go-yaml itself writes and does not read back: negative zero, the key of merges, a line break of ISO 8859.
const LOST: [&str; 3] = ["-0", "<<", "\u{85}"];

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = goyaml::documents(text);
    let _ = goyaml::to_json_strict(text);
    let Ok(value) = goyaml::to_json(text) else { return };
    let json = gojson::to_string(&value);
    let Ok(written) = goyaml::to_yaml(&value) else { return };
    let again = goyaml::to_json(&written);
    let lost = |part: &str| json.contains(part) || written.contains(part);
    if !json.contains("\\u003c\\u003c") && !LOST.iter().any(|part| lost(part)) {
        let again = again.expect("what we write, we read");
        assert_eq!(json, gojson::to_string(&again));
    }
});
