//! A middle-sized chart of our own: how long loading, the first render and every later one take. `cargo xtask bench helm`
//! compares the same chart with Helm's own engine.

use std::sync::Arc;

use divan::{Bencher, black_box};
use seatrial_helm::load::{LoadOptions, RawFile, files};
use seatrial_helm::{Chart, HelmVersion, Options, Prepared, Values, render};

fn main() {
    divan::main();
}

/// How many workloads the chart has; each makes four resources.
const WORKLOADS: usize = 40;

const HELPERS: &str = include_str!("chart/helpers.tpl");
const WORKLOAD: &str = include_str!("chart/workload.yaml");
const VALUES: &str = include_str!("chart/values.yaml");
const MANIFEST: &str = "apiVersion: v2\nname: shop\nversion: 1.4.2\nappVersion: \"2.0\"\n";

fn sources() -> Vec<RawFile> {
    let file = |name: String, text: String| RawFile {
        source: name.as_str().into(),
        name,
        data: text.into_bytes().into(),
    };
    let mut all = vec![
        file("Chart.yaml".to_owned(), MANIFEST.to_owned()),
        file("values.yaml".to_owned(), VALUES.to_owned()),
        file("templates/_helpers.tpl".to_owned(), HELPERS.to_owned()),
    ];
    for i in 0..WORKLOADS {
        all.push(file(
            format!("templates/workload-{i}.yaml"),
            WORKLOAD.replace("NAME", &format!("part-{i}")),
        ));
    }
    all
}

fn chart() -> Arc<Chart> {
    Arc::new(files(sources(), &LoadOptions::default()).unwrap_or_default())
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench(|| files(black_box(sources.clone()), &LoadOptions::default()));
}

#[divan::bench]
fn first_render(bencher: Bencher<'_, '_>) {
    let (chart, options) = (chart(), Options::default());
    bencher.bench(|| {
        render(&Prepared::new(Arc::clone(&chart), HelmVersion::default()), Values::new(), &options)
    });
}

#[divan::bench]
fn later_render(bencher: Bencher<'_, '_>) {
    let (prepared, options) = (Prepared::new(chart(), HelmVersion::default()), Options::default());
    bencher.bench(|| render(black_box(&prepared), Values::new(), &options));
}
