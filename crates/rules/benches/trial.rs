//! Whole trials in a process: the example of the README with every fix verified, and sets of many elements expanded.

use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use seatrial_platform::Platform;
use seatrial_source::{Files, Memory, Snapshot, WorkTree};
use seatrial_trial::{Inputs, Options, check, expand};

fn main() {
    divan::main();
}

/// The example as `seatrial check` finds it.
fn example() -> Option<Inputs> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fastapi-agent");
    let files = Arc::new(Files::new());
    let snapshot: Arc<dyn Snapshot> = Arc::new(WorkTree::open(&root).ok()?.sharing(Arc::clone(&files)));
    let platform = Platform::load(&root.join("seatrial.yaml"), "seatrial.yaml", &files).ok()?;
    Some(Inputs {
        snapshot,
        root: Some(root),
        paths: Vec::new(),
        platform: Arc::new(platform),
        options: Options::default(),
    })
}

#[divan::bench]
fn check_the_example(bencher: Bencher<'_, '_>) {
    let inputs = example();
    bencher.bench(|| inputs.as_ref().map(|inputs| check(inputs, seatrial_rules::all())));
}

#[divan::bench]
fn check_the_example_without_fixes(bencher: Bencher<'_, '_>) {
    let mut inputs = example();
    if let Some(inputs) = &mut inputs {
        inputs.options.skip_fixes = true;
    }
    bencher.bench(|| inputs.as_ref().map(|inputs| check(inputs, seatrial_rules::all())));
}

/// A set with a list of so many elements, in Go templates.
fn list_of(elements: usize) -> Inputs {
    let mut text = String::from(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: many, namespace: argocd}\nspec:\n  goTemplate: true\n  \
         goTemplateOptions: [missingkey=error]\n  generators:\n    - list:\n        elements:\n",
    );
    for number in 0..elements {
        text.push_str(&format!(
            "          - {{name: part-{number}, replicas: {number}, zone: zone-{}}}\n",
            number % 3
        ));
    }
    text.push_str(
        "  template:\n    metadata: {name: '{{ .name }}-{{ .zone | upper | lower }}'}\n    spec:\n      project: default\n      \
         source:\n        repoURL: https://git.example.com/deploy.git\n        path: 'parts/{{ .name }}'\n        targetRevision: v1\n        \
         helm:\n          valuesObject: {zone: '{{ .zone }}'}\n      destination: {name: in-cluster, namespace: '{{ .name }}'}\n",
    );
    let mut memory = Memory::new();
    memory.insert("many.yaml", text.as_str());
    Inputs {
        snapshot: Arc::new(memory),
        root: None,
        paths: Vec::new(),
        platform: Arc::new(Platform::none()),
        options: Options::default(),
    }
}

#[divan::bench(args = [100, 1_000, 10_000])]
fn expand_a_list(bencher: Bencher<'_, '_>, elements: usize) {
    let inputs = list_of(elements);
    bencher.bench(|| expand(&inputs));
}
