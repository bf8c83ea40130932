//! Strategic merge patches of an Application: two JSON or YAML texts split by a line of `---`.
#![no_main]

use seatrial_argocd::strategicpatch;
use seatrial_yaml::goyaml;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((original, patch)) = text.split_once("\n---\n") else { return };
    let (Ok(original), Ok(patch)) = (goyaml::to_json(original), goyaml::to_json(patch)) else { return };
    if let Ok(patched) = strategicpatch::apply_to_application(&original, &patch) {
        let _ = strategicpatch::apply_to_application(&patched, &patch);
    }
});
