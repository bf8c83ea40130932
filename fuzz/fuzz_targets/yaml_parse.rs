//! The tolerant parser: never fails, every span lies in the text and on character boundaries.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let tree = seatrial_yaml::parse(text);
    for error in tree.errors() {
        let _ = error;
    }
    for document in tree.documents() {
        assert!(text.get(document.span()).is_some(), "a document's span is not in the text");
        let mut open = vec![document.root()];
        while let Some(node) = open.pop() {
            assert!(text.get(node.span()).is_some(), "a node's span is not in the text");
            // Not through aliases: they may lead in a circle.
            open.extend(node.children());
        }
    }
});
