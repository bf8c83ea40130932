//! The older syntax: what no parameter is named in stays as it is.
#![no_main]

use seatrial_gotemplate::fasttemplate;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(same) = fasttemplate::replace(text, |_| None) {
        assert_eq!(same, text);
    }
    let _ = fasttemplate::replace(text, |tag| (tag.len() % 2 == 0).then_some("{{x}}"));
});
