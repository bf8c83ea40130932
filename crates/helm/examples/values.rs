//! Answers the questions of the judge of values, a JSON object a line: `cargo run --example values -- 4.3.1`.

use std::io::{BufRead, Write};

use seatrial_helm::HelmVersion;

#[path = "../tests/support/answer.rs"]
mod answer;

fn main() -> std::io::Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let version = HelmVersion::ALL.into_iter().find(|version| version.text() == wanted).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question = serde_json::from_str(&line?).unwrap_or_default();
        writeln!(out, "{}", answer::answer(&question, version))?;
    }
    Ok(())
}
