//! go-yaml's reading: what is accepted can be written and is read back as the same.
#![no_main]

use seatrial_yaml::{gojson, goyaml};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = goyaml::documents(text);
    let _ = goyaml::to_json_strict(text);
    let Ok(value) = goyaml::to_json(text) else { return };
    let _ = gojson::to_string(&value);
    if let Ok(written) = goyaml::to_yaml(&value) {
        let again = goyaml::to_json(&written).expect("what we write, we read");
        assert_eq!(gojson::to_string(&value), gojson::to_string(&again));
    }
});
