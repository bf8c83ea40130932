//! Parsing and executing the templates of `templates.json`, and both together as Argo CD does it for every string.
//! `cargo xtask bench templates` compares the same templates with Go's engine.

use divan::{Bencher, black_box};
use seatrial_gotemplate::argocd::functions;
use seatrial_gotemplate::{Env, Template, Value};
use serde_json::Value as Json;

fn main() {
    divan::main();
}

fn cases() -> Json {
    serde_json::from_str(include_str!("templates.json")).unwrap_or_default()
}

fn names() -> Vec<String> {
    cases()["templates"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect()
}

/// A template's text and the data that all share.
fn case(name: &str) -> (String, Value) {
    let cases = cases();
    (cases["templates"][name].as_str().unwrap_or_default().to_owned(), Value::from_json(&cases["data"]))
}

#[divan::bench(args = names())]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let (text, _) = case(name);
    bencher.bench(|| Template::parse("base", black_box(&text), &functions()));
}

#[divan::bench(args = names())]
fn execute(bencher: Bencher<'_, '_>, name: &str) {
    let (text, data) = case(name);
    let (template, env) = (Template::parse("base", &text, &functions()), Env::default());
    bencher.bench_local(|| template.as_ref().map(|template| template.execute(black_box(&data), &env)));
}

#[divan::bench(args = names())]
fn replace(bencher: Bencher<'_, '_>, name: &str) {
    let (text, data) = case(name);
    let env = Env::default();
    bencher.bench_local(|| seatrial_gotemplate::argocd::replace(black_box(&text), &data, &env));
}
