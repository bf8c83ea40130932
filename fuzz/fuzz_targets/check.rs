//! The whole trial of one file with every rule, its fixes verified.
#![no_main]

use std::sync::Arc;

use seatrial_argocd::Limits;
use seatrial_platform::Platform;
use seatrial_source::Memory;
use seatrial_trial::{Inputs, Options, check};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let snapshot = Memory::single("manifest.yaml", bytes.to_vec());
    let limits = Limits {
        parameter_sets: 500,
        output_bytes: 4 << 20,
        string_bytes: 1 << 18,
        template_steps: 200_000,
        ..Limits::default()
    };
    let inputs = Inputs {
        snapshot: Arc::new(snapshot),
        root: None,
        paths: Vec::new(),
        platform: Arc::new(Platform::none()),
        options: Options { limits, ..Options::default() },
    };
    let report = check(&inputs, seatrial_rules::all());
    for finding in &report.findings {
        let file = report.file(finding.span.file).expect("the finding's file");
        assert!(finding.span.end as usize <= file.text.len(), "{}: a span outside the file", finding.rule);
    }
});
