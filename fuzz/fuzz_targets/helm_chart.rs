//! Whole charts: the files of the input, one after another, loaded and rendered within small limits.
//!
//! A line `=== NAME` begins a file.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use seatrial_gotemplate::{Clock, Limits, Random};
use seatrial_helm::load::{LoadOptions, RawFile, files};
use seatrial_helm::{HelmVersion, Options, Prepared, Values, render, render_traced};

fn split(text: &str) -> Vec<RawFile> {
    let mut found: Vec<RawFile> = Vec::new();
    for part in text.split("=== ").skip(1).take(40) {
        let (name, data) = part.split_once('\n').unwrap_or((part, ""));
        found.push(RawFile {
            name: name.trim().to_owned(),
            data: data.as_bytes().into(),
            source: name.into(),
        });
    }
    if !found.iter().any(|file| file.name == "Chart.yaml") {
        let data = b"apiVersion: v2\nname: fuzzed\nversion: 1.0.0\n";
        found.push(RawFile {
            name: "Chart.yaml".to_owned(),
            data: data[..].into(),
            source: "Chart.yaml".into(),
        });
    }
    found
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let version = HelmVersion::ALL[text.len() % HelmVersion::ALL.len()];
    let load = LoadOptions { version, bytes: 1 << 20, files: 100, depth: 8 };
    let Ok(chart) = files(split(text), &load) else { return };
    let options = Options {
        version,
        include_crds: true,
        clock: Clock::Fixed(1_700_000_000, 0),
        random: Random::Seeded(1),
        limits: Limits { depth: 200, steps: 200_000, output: 1 << 20, time: Some(Duration::from_secs(5)) },
        ..Options::default()
    };
    let prepared = Prepared::new(Arc::new(chart), version);
    let plain = render(&prepared, Values::new(), &options).map(|release| release.to_text(&options));
    let traced =
        render_traced(&prepared, Values::new(), &options).map(|(release, _)| release.to_text(&options));
    match (plain, traced) {
        (Ok(plain), Ok(traced)) => assert_eq!(plain, traced),
        (Err(plain), Err(traced)) => {
            assert!(plain.limit || plain.message == traced.message, "{plain} / {traced}")
        }
        (plain, traced) => assert!(
            plain.is_err_and(|error| error.limit) || traced.is_err_and(|error| error.limit),
            "a trace changes what is rendered"
        ),
    }
});
