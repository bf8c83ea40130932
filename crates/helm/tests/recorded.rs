//! Charts of our own rendered as the three real Helms rendered them. `cargo xtask record helm` asks them again.

use std::path::Path;
use std::sync::Arc;

use seatrial_helm::load::{self, LoadOptions};
use seatrial_helm::{Error, HelmVersion, Options, Prepared, Values, render};

/// The standard output of `helm template judged CHART --namespace tests --include-crds`, or its error.
fn answer(chart: &Path, version: HelmVersion) -> Result<Vec<u8>, Error> {
    let options = Options {
        version,
        release_name: "judged".to_owned(),
        namespace: "tests".to_owned(),
        include_crds: true,
        ..Options::default()
    };
    let chart = load::path(chart, &LoadOptions { version, ..LoadOptions::default() })?;
    let release = render(&Prepared::new(Arc::new(chart), version), Values::new(), &options)?;
    Ok(release.to_text(&options))
}

#[test]
fn charts_render_as_recorded() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for chart in std::fs::read_dir(tests.join("charts")).unwrap() {
        let chart = chart.unwrap().path();
        let name = chart.file_name().unwrap().to_string_lossy().into_owned();
        for version in HelmVersion::ALL {
            let recorded = tests.join("recorded").join(format!("{name}.{}.txt", version.text()));
            let recorded = std::fs::read_to_string(&recorded).unwrap();
            let ours = match answer(&chart, version) {
                Ok(text) => String::from_utf8_lossy(&text).into_owned(),
                Err(error) => format!("Error: {}\n", error.command_text()),
            };
            compared += 1;
            if ours != recorded {
                wrong.push(format!("== {name} {version}\n-- ours\n{ours}-- recorded\n{recorded}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 45, "{compared}");
}

#[test]
fn one_preparation_serves_all_threads() {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/parents");
    let chart = load::path(&chart, &LoadOptions::default()).unwrap();
    let prepared = Prepared::new(Arc::new(chart), HelmVersion::V4_3);
    let text = || {
        let options = Options::default();
        render(&prepared, Values::new(), &options).map(|release| release.to_text(&options)).unwrap()
    };
    let first = text();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(text)).collect();
        assert!(all.into_iter().all(|other| other.join().unwrap() == first));
    });
}
