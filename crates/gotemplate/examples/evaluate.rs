//! Evaluates cases, one JSON object a line, as the Go judge of the oracle does:
//! `cargo run --example evaluate < cases.jsonl`. With `"repeat": N` the answer holds nanoseconds per run.

#[path = "../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

use std::io::{BufRead, Write};
use std::time::Instant;

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
    let start = Instant::now();
    for _ in 0..repeat {
        std::hint::black_box(Template::parse("base", text, funcs).ok());
    }
    answer["ParseNs"] = json!(start.elapsed().as_nanos() as u64 / repeat.max(1));
    let Ok(template) = Template::parse("base", text, funcs) else { return };
    let start = Instant::now();
    for _ in 0..repeat {
        std::hint::black_box(template.execute(&data, &env).ok());
    }
    answer["ExecNs"] = json!(start.elapsed().as_nanos() as u64 / repeat.max(1));
}
