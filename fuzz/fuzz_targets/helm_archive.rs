//! Chart archives: hostile headers, sizes and paths, also inside a sound gzip stream.
#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use seatrial_helm::HelmVersion;
use seatrial_helm::load::{LoadOptions, archive, members};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let version = HelmVersion::ALL[bytes.len() % HelmVersion::ALL.len()];
    let options = LoadOptions { version, bytes: 4 << 20, files: 200, depth: 4 };
    let _ = archive(bytes, "chart.tgz", &options);
    // The compression of a mutated stream rarely holds, so the bytes are tried as what is within one, too.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    if encoder.write_all(bytes).is_ok()
        && let Ok(packed) = encoder.finish()
    {
        if let Ok(files) = members(&packed, "chart.tgz", &options) {
            for file in files {
                assert!(
                    !file.name.starts_with('/') && !file.name.split('/').any(|part| part == ".."),
                    "{}",
                    file.name
                );
            }
        }
        let _ = archive(&packed, "chart.tgz", &options);
    }
});
