//! Chart.yaml, with its dependencies processed and its values coalesced.
#![no_main]

use std::sync::Arc;

use seatrial_helm::load::{LoadOptions, RawFile, files};
use seatrial_helm::{HelmVersion, Options, Prepared, Values, render};

fn file(name: &str, data: &[u8]) -> RawFile {
    RawFile { name: name.to_owned(), data: data.into(), source: name.into() }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for version in HelmVersion::ALL {
        let chart = [
            file("Chart.yaml", bytes),
            file("values.yaml", b"child: {enabled: true, exports: {data: {x: 1}}}\ntags: {front: true}\n"),
            file(
                "templates/chart.yaml",
                b"chart: {{ .Chart | toYaml | quote }}\nvalues: {{ toJson .Values }}\n",
            ),
            file("charts/child/Chart.yaml", b"apiVersion: v2\nname: child\nversion: 1.2.3\n"),
            file("charts/child/values.yaml", b"exports: {data: {y: 2}}\n"),
            file("charts/child/templates/a.yaml", b"child: {{ .Chart.Name }}\n"),
        ];
        let options = LoadOptions { version, ..LoadOptions::default() };
        if let Ok(chart) = files(chart.into(), &options) {
            let prepared = Prepared::new(Arc::new(chart), version);
            let _ = render(&prepared, Values::new(), &Options { version, ..Options::default() });
        }
    }
});
