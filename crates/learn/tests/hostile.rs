//! Whatever the text and the file, reading ends, quotes what is there, and leaves a file without new faults.

use std::sync::Arc;

use proptest::prelude::*;
use seatrial_learn::edit::{self, Origin};
use seatrial_learn::{prose, verify};
use seatrial_platform::Platform;
use seatrial_source::{FileId, SourceFile};

/// Pieces that the reader looks for, and pieces that it should not trip over.
const PIECES: [&str; 56] = [
    "prod",
    "Dev",
    "staging",
    "all environments",
    "everything but",
    "except",
    "must",
    "may",
    "manual",
    "auto-sync",
    "prune: true",
    "no",
    "never",
    "uses",
    "ghcr.io",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "ECR",
    "'ecr-prod'",
    "pull secret",
    "secret",
    "replicas",
    "3",
    "between",
    "512Mi",
    "memory",
    "limit",
    "cluster",
    "prod-eks",
    "https://a.b:6443",
    "namespace",
    "nodes labeled",
    "a=b",
    "storage class",
    "gp3",
    "ingress",
    "nginx",
    "(",
    ")",
    "[",
    "]",
    ":",
    ",",
    ";",
    ".",
    "?",
    "and",
    "but",
    "\n",
    "\n\n",
    "- ",
    "| a | b |\n",
    "## ",
    "> ",
    "```",
    "\u{202e}ö’“",
    "instead of",
];

fn issues(text: &str) -> Vec<String> {
    let platform = Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", text)));
    platform.issues().iter().map(|issue| issue.message.clone()).collect()
}

const FILES: [&str; 4] = [
    "",
    "environments: {prod: {sync: manual, registries: docker.io, namespaces: [a]}, dev: {}}\n",
    "# only a comment\n",
    "clusters:\n  prod-eks: {environment: prod}   # here\nenvironments:\n  prod:\n  dev: null\nconstraints: []\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_telling_pieces(pieces in prop::collection::vec(0..PIECES.len(), 0..40), file in 0..FILES.len(), glue in any::<bool>()) {
        let words: Vec<&str> = pieces.iter().map(|at| PIECES[*at]).collect();
        let text = words.join(if glue { "" } else { " " });
        let old = FILES[file];
        let platform = Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", old)));
        let reading = prose::read(&text, &platform);
        prop_assert_eq!(&reading, &prose::read(&text, &platform));
        for claim in reading.facts.iter().chain(&reading.known) {
            prop_assert!(claim.quotes.iter().all(|quote| text.get(quote.span.clone()).is_some()));
        }
        for claim in &reading.facts {
            prop_assert_eq!(verify::claim(&text, claim), Ok(()));
        }
        let edited = edit::apply(old, &reading, Origin::Text("t"));
        let before = issues(old);
        for issue in issues(&edited.text) {
            prop_assert!(before.contains(&issue), "{issue}\n{text:?}\n{}", edited.text);
        }
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        prose::read(&text, &Platform::none());
    }
}

#[test]
fn long_and_deep() {
    for text in [
        "(".repeat(5_000),
        "- a\n ".repeat(2_000),
        "prod, ".repeat(5_000),
        "x".repeat(1 << 19),
        "# a\n".repeat(2_000),
        "> ".repeat(10_000),
    ] {
        prose::read(&text, &Platform::none());
    }
}
