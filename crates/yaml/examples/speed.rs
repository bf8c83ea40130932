//! Times reading and writing on the files given, repeated to some 50 MB. Only ratios between runs on one machine mean anything.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use seatrial_yaml::{goyaml, parse};

fn main() {
    let texts: Vec<String> =
        std::env::args().skip(1).filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let rounds = (50_000_000 / bytes.max(1)).max(1);
    let total = (bytes * rounds) as f64 / 1e6;
    let time = |name: &str, work: &dyn Fn(&str)| {
        let started = Instant::now();
        for _ in 0..rounds {
            for text in &texts {
                work(text);
            }
        }
        println!("{name:<12} {:>8.1} MB/s", total / started.elapsed().as_secs_f64());
    };
    println!("{} files, {bytes} bytes, {rounds} rounds", texts.len());
    time("parse", &|text| drop(parse(text)));
    time("parse+json", &|text| drop(parse(text).root().map(|root| root.to_json())));
    time("to_json", &|text| drop(goyaml::to_json(text)));
    let values: Vec<_> = texts.iter().filter_map(|text| goyaml::to_json(text).ok()).collect();
    let started = Instant::now();
    let mut written = 0;
    for _ in 0..rounds {
        written += values
            .iter()
            .filter_map(|value| goyaml::to_yaml(value).ok())
            .map(|text| text.len())
            .sum::<usize>();
    }
    println!("{:<12} {:>8.1} MB/s", "to_yaml", written as f64 / 1e6 / started.elapsed().as_secs_f64());
}
