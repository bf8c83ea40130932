//! How long one release of a chart takes in a process: `measure CHART VALUES TURNS` prints the nanoseconds of loading, of the
//! first release and of a later one as JSON, the best and the median of the turns. `cargo xtask bench helm` asks it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use seatrial_helm::load::{LoadOptions, path};
use seatrial_helm::{Error, HelmVersion, Options, Prepared, Values, render, values};
use serde_json::{Value, json};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [chart, values, turns] = args.as_slice() else { return fail("usage: measure CHART VALUES TURNS") };
    match measure(Path::new(chart), values, turns.parse().unwrap_or(10)) {
        Ok(times) => println!("{times}"),
        Err(error) => fail(&error.message),
    }
}

fn fail(words: &str) {
    eprintln!("measure: {words}");
    std::process::exit(1);
}

fn measure(chart: &Path, file: &str, turns: usize) -> Result<Value, Error> {
    let values = match std::fs::read(file) {
        Ok(bytes) => values::read(&bytes, HelmVersion::default()).map_err(Error::new)?,
        Err(_) => Values::new(),
    };
    let options = Options { release_name: "bench".to_owned(), ..Options::default() };
    let (mut loads, mut firsts, mut laters) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..turns {
        let start = Instant::now();
        let loaded = Arc::new(path(chart, &LoadOptions::default())?);
        loads.push(start.elapsed());
        let prepared = Prepared::new(loaded, options.version);
        for times in [&mut firsts, &mut laters] {
            let start = Instant::now();
            render(&prepared, values.clone(), &options)?;
            times.push(start.elapsed());
        }
    }
    let of = |mut times: Vec<std::time::Duration>| {
        times.sort();
        let nanos = |at: usize| times.get(at).map_or(0, std::time::Duration::as_nanos) as u64;
        json!({"best": nanos(0), "median": nanos(times.len() / 2)})
    };
    Ok(json!({"load": of(loads), "first": of(firsts), "release": of(laters)}))
}
