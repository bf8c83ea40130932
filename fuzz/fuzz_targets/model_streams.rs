//! Streams of language models: events and frames are the same in whatever pieces the bytes come.
#![no_main]

use seatrial_models::{Frame, Frames, ModelError, ServerEvent, ServerEvents};

fn events(pieces: impl Iterator<Item = Vec<u8>>) -> Result<Vec<ServerEvent>, ModelError> {
    let (mut decoder, mut all) = (ServerEvents::default(), Vec::new());
    for piece in pieces {
        decoder.take(&piece, &mut |event| {
            all.push(event);
            Ok::<_, ModelError>(())
        })?;
    }
    Ok(all)
}

fn frames(pieces: impl Iterator<Item = Vec<u8>>) -> (Vec<Frame>, bool) {
    let (mut decoder, mut all) = (Frames::default(), Vec::new());
    for piece in pieces {
        let taken = decoder.take(&piece, &mut |frame| {
            all.push(frame);
            Ok::<_, ModelError>(())
        });
        if taken.is_err() {
            return (all, true);
        }
    }
    (all, false)
}

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<u8>)| {
    let (size, bytes) = input;
    let size = usize::from(size).max(1);
    let pieces = || bytes.chunks(size).map(<[u8]>::to_vec);
    let whole = || std::iter::once(bytes.clone());
    assert_eq!(events(pieces()), events(whole()));
    assert_eq!(frames(pieces()), frames(whole()));
});
