//! Evaluates cases, one JSON object a line, as the Go judge of the oracle does:
//! `cargo run --example evaluate < cases.jsonl`. With `"repeat": N` the answer holds nanoseconds per run,
//! the best of ten batches of at least that many.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use seatrial_gotemplate::{Env, FuncMap, Template};
use serde_json::{Value as Json, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let Ok(case) = serde_json::from_str::<Json>(&line?) else { continue };
        let funcs = funcs(case["mode"].as_str().unwrap_or_default());
        let mut answer = match support::answer(&case, &funcs) {
            Ok(text) => match String::from_utf8(text) {
                Ok(text) => json!({ "output": text }),
                Err(error) => json!({ "bytes": error.into_bytes() }),
            },
            Err(text) => json!({ "error": text }),
        };
        if let Some(repeat) = case["repeat"].as_u64() {
            time(&case, &funcs, repeat, &mut answer);
        }
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn funcs(mode: &str) -> FuncMap {
    match mode {
        "argo" => seatrial_gotemplate::argocd::functions(),
        "sprig" => seatrial_gotemplate::sprig::generic(),
        _ => FuncMap::new(),
    }
}

fn time(case: &Json, funcs: &FuncMap, repeat: u64, answer: &mut Json) {
    let text = case["template"].as_str().unwrap_or_default();
    let data = support::data(&case["data"]);
    let env = Env::default();
    answer["ParseNs"] = best(repeat, || drop(black_box(Template::parse("base", text, funcs))));
    let Ok(template) = Template::parse("base", text, funcs) else { return };
    answer["ExecNs"] = best(repeat, || drop(black_box(template.execute(&data, &env))));
}

/// Nanoseconds per turn in the best of ten batches of at least `repeat` turns and five milliseconds.
fn best(repeat: u64, turn: impl Fn()) -> Json {
    let batch = |turns| {
        let start = Instant::now();
        (0..turns).for_each(|_| turn());
        start.elapsed()
    };
    let mut turns = repeat.max(1);
    while batch(turns) < Duration::from_millis(5) {
        turns *= 2;
    }
    json!((0..10).map(|_| batch(turns).as_nanos() as u64 / turns).min())
}
