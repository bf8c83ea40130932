//! Faulty platform files, and what is said of them. Each case is a file; its issues are a snapshot.

mod common;

#[test]
fn cases() {
    insta::glob!("cases/*.yaml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        insta::assert_snapshot!(common::issues(&common::platform(&text)));
    });
}

#[test]
fn nothing_makes_it_panic() {
    use proptest::prelude::*;
    let words = proptest::sample::select(vec![
        "clusters",
        "environments",
        "sync",
        "rule",
        "constraints",
        "-",
        ":",
        "{",
        "}",
        "[",
        "]",
        "\n",
        "  ",
        "\"",
        "&a",
        "*a",
        "<<",
        "prod",
        "null",
        "true",
        "1",
        "a.b",
        "registries",
        "pullSecret",
        "namespaces",
        "replicas",
        "min",
        "#",
        "argocd",
        "state",
        "x",
        "https://a",
        "id",
        "sync.automated == null",
        "all except",
        "(",
        "é",
        "\t",
        "|",
        ">",
    ]);
    let text = proptest::collection::vec(words, 0..40).prop_map(|words| words.concat());
    proptest!(ProptestConfig::with_cases(300), |(text in text)| {
        let platform = common::platform(&text);
        common::issues(&platform);
        platform.surroundings([], None);
    });
}
