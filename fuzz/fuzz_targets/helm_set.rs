//! The grammar of `--set` and its kin over values that are there already.
#![no_main]

use std::sync::Arc;

use seatrial_helm::HelmVersion;
use seatrial_helm::values::{ValueSources, ValuesFile, merge_files_and_sets};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let base = b"a: 1\nlist: [x, {k: v}, [1]]\nmap: {deep: {er: true}}\nnothing: null\n";
    let file = ValuesFile { name: "values.yaml".into(), data: Some(Arc::from(&base[..])) };
    let lines: Vec<String> = text.lines().take(8).map(str::to_owned).collect();
    for version in HelmVersion::ALL {
        for kind in 0..5 {
            let mut sources = ValueSources { files: vec![file.clone()], ..ValueSources::default() };
            let list = match kind {
                0 => &mut sources.set,
                1 => &mut sources.string,
                2 => &mut sources.json,
                3 => &mut sources.file,
                _ => &mut sources.literal,
            };
            list.clone_from(&lines);
            let _ = merge_files_and_sets(&sources, version, &|name: &str| Ok(name.as_bytes().to_vec()));
        }
    }
});
