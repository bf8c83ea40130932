//! Manifests of a middle-sized repository: read with spans and comments, read as Argo CD reads them, and written again.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use seatrial_yaml::{goyaml, parse};

fn main() {
    divan::main();
}

/// How many documents there are.
const DOCUMENTS: usize = 200;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: part-NUMBER
  labels: {app.kubernetes.io/name: part, app.kubernetes.io/instance: \"NUMBER\"}
spec:
  replicas: 3 # as many as there are zones
  selector:
    matchLabels: &labels
      app: part-NUMBER
  template:
    metadata:
      labels: *labels
    spec:
      containers:
        - name: main
          image: 'registry.example.com/part:1.NUMBER.0'
          args: [--listen, 0.0.0.0:8080, --verbose]
          env:
            - {name: TZ, value: Europe/Berlin}
          command:
            - sh
            - -c
            - |
              set -eu
              exec /bin/part
          resources:
            limits: {cpu: 500m, memory: 256Mi}
";

fn text() -> String {
    let documents: Vec<String> =
        (0..DOCUMENTS).map(|number| DEPLOYMENT.replace("NUMBER", &number.to_string())).collect();
    documents.join("---\n")
}

#[divan::bench]
fn with_spans(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| parse(black_box(text.as_str())));
}

#[divan::bench]
fn as_argo_cd_does(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let documents = goyaml::documents(black_box(&text)).unwrap_or_default();
        documents.iter().filter_map(|part| goyaml::to_json(part.text(&text)).ok()).count()
    });
}

#[divan::bench]
fn written(bencher: Bencher<'_, '_>) {
    let text = text();
    let documents = goyaml::documents(&text).unwrap_or_default();
    let values: Vec<_> = documents.iter().filter_map(|part| goyaml::to_json(part.text(&text)).ok()).collect();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| values.iter().filter_map(|value| goyaml::to_yaml(black_box(value)).ok()).count());
}
