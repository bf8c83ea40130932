//! What is kept on disk, and what is told of a record that was damaged.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use seatrial_rounds::{
    Application, Damage, Decision, File, Message, Picture, Proposal, Redact, Request, Resource, Round, Store,
    StoreError,
};
use serde_json::{Value, json};

/// Takes out a word, wherever it stands.
struct Canary;

impl Redact for Canary {
    fn text(&mut self, text: &str) -> String {
        text.replace("CANARY", "‹secret 1›")
    }
    fn value(&mut self, value: &Value) -> Value {
        serde_json::from_str(&self.text(&value.to_string())).expect("is JSON")
    }
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

fn round(piece: &str) -> Round {
    Round {
        piece: piece.to_owned(),
        time: "2026-01-02T03:04:05Z".to_owned(),
        proposal: Proposal {
            files: vec![file("apps/set.yaml", "kind: ApplicationSet\n")],
            ..Proposal::default()
        },
        result: vec![file("apps/set.yaml", "kind: ApplicationSet # mended\n")],
        findings: vec![json!({"rule": "sync/x", "fingerprint": "abc", "message": "m"})],
        ..Round::default()
    }
}

fn filled(n: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = folder.path().join(".seatrial/rounds");
    let mut store = Store::open(&rounds).expect("opens");
    for index in 1..=n {
        assert_eq!(store.append(&round(&format!("piece {index}")), &mut Canary), Ok(index as u32));
    }
    (folder, rounds)
}

fn every_byte(folder: &Path, out: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("reads").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            every_byte(&path, out)
        } else {
            out.push((path.clone(), fs::read(&path).expect("reads")))
        }
    }
}

#[test]
fn what_was_appended_is_read_again() {
    let (_folder, rounds) = filled(2);
    let mut store = Store::open(&rounds).expect("opens");
    assert_eq!(store.damage(), []);
    assert_eq!(store.rounds().len(), 2);
    assert_eq!(store.round(2), Some(&Round { number: 2, ..round("piece 2") }));
    let decision = Decision { round: 2, by: "ann".into(), text: "as it is".into(), ..Decision::default() };
    store.decide(&decision, &mut Canary).expect("decides");
    let nowhere = Decision { round: 3, ..decision.clone() };
    assert_eq!(store.decide(&nowhere, &mut Canary), Err(StoreError::NoSuchRound(3)));
    assert_eq!(Store::open(&rounds).expect("opens").decisions(), [decision]);
}

#[test]
fn two_writers_take_turns() {
    let (_folder, rounds) = filled(1);
    let mut one = Store::open(&rounds).expect("opens");
    let mut other = Store::open(&rounds).expect("opens");
    assert_eq!(one.append(&round("one"), &mut Canary), Ok(2));
    assert_eq!(other.append(&round("other"), &mut Canary), Ok(3));
    let store = Store::open(&rounds).expect("opens");
    assert_eq!(store.damage(), []);
    let pieces: Vec<&str> = store.rounds().iter().map(|round| round.piece.as_str()).collect();
    assert_eq!(pieces, ["piece 1", "one", "other"]);
}

#[test]
fn a_secret_is_kept_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "x CANARY y";
    let mut all = round(secret);
    all.author.name = secret.to_owned();
    all.request = Request {
        intent: secret.to_owned(),
        messages: vec![Message { role: "user".into(), text: secret.to_owned() }],
        prompt_hash: String::new(),
    };
    all.proposal.files.push(file("apps/s.yaml", secret));
    all.proposal.notes = secret.to_owned();
    all.proposal.questions.push(seatrial_rounds::Question {
        id: "q".into(),
        text: secret.to_owned(),
        options: vec![seatrial_rounds::Choice { text: secret.to_owned(), tradeoff: secret.to_owned() }],
        answer: Some(secret.to_owned()),
        ..Default::default()
    });
    all.refused.push(secret.to_owned());
    all.fixed.push(seatrial_rounds::Fixed { title: secret.to_owned(), ..Default::default() });
    all.result.push(file("apps/s.yaml", secret));
    all.findings.push(
        json!({"message": secret, "related": [{"message": secret}], "fix": {"edits": [{"text": secret}]}}),
    );
    all.unknown.push(seatrial_rounds::Unknown { what: secret.to_owned(), needs: secret.to_owned() });
    let fields = [("spec.x".to_owned(), json!(secret))].into_iter().collect();
    all.picture = Picture {
        applications: vec![Application { fields, ..Application::default() }],
        resources: vec![Resource {
            fields: [("data.x".to_owned(), json!(secret))].into_iter().collect(),
            ..Resource::default()
        }],
        missing: vec![secret.to_owned()],
        as_proposed: vec![secret.to_owned()],
    };
    all.constraints.push(seatrial_rounds::Constraint { sentence: secret.to_owned(), ..Default::default() });
    let mut store = Store::open(folder.path()).expect("opens");
    store.append(&all, &mut Canary).expect("appends");
    let decision =
        Decision { round: 1, by: secret.to_owned(), text: secret.to_owned(), ..Decision::default() };
    store.decide(&decision, &mut Canary).expect("decides");
    let mut bytes = Vec::new();
    every_byte(folder.path(), &mut bytes);
    assert!(bytes.len() >= 6);
    for (path, bytes) in bytes {
        assert!(!String::from_utf8_lossy(&bytes).contains("CANARY"), "{}", path.display());
    }
    // What the store tells is what it kept.
    assert_eq!(store.rounds(), Store::open(folder.path()).expect("opens").rounds());
}

#[test]
fn a_path_that_leads_out_leads_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = folder.path().join("a/b");
    let mut store = Store::open(&rounds).expect("opens");
    let mut hostile = round("hostile");
    let paths =
        ["../../../escaped.yaml", "/tmp/escaped", "..", "", "a\\..\\b", "x/\u{0}\n.yaml", "con/\u{202e}x"];
    hostile.proposal.files = paths.iter().map(|path| file(path, "x")).collect();
    store.append(&hostile, &mut Canary).expect("appends");
    let again = Store::open(&rounds).expect("opens");
    assert_eq!(again.damage(), []);
    assert_eq!(again.rounds()[0].proposal, hostile.proposal);
    let mut bytes = Vec::new();
    every_byte(folder.path(), &mut bytes);
    assert!(bytes.iter().all(|(path, _)| path.starts_with(&rounds)));
}

#[test]
fn a_changed_record_is_told() {
    let (_folder, rounds) = filled(3);
    fs::write(rounds.join("0002/result/0-set.yaml"), "kind: Other\n").expect("writes");
    let store = Store::open(&rounds).expect("opens");
    assert_eq!(store.rounds().iter().map(|round| round.number).collect::<Vec<_>>(), [1, 3]);
    assert!(matches!(store.damage(), [Damage::Round { number: 2, .. }]), "{:?}", store.damage());
    // A line taken out.
    let log = fs::read_to_string(rounds.join("log.jsonl")).expect("reads");
    let without: Vec<&str> = log.split_inclusive('\n').filter(|line| !line.contains("\"round\":2")).collect();
    fs::write(rounds.join("log.jsonl"), without.concat()).expect("writes");
    let store = Store::open(&rounds).expect("opens");
    assert_eq!(store.damage(), [Damage::Chain(2)]);
}

#[test]
fn a_folder_without_a_line_is_set_aside() {
    let (_folder, rounds) = filled(1);
    fs::create_dir(rounds.join("0002")).expect("makes");
    fs::write(rounds.join("0002/round.json"), "{").expect("writes");
    let mut store = Store::open(&rounds).expect("opens");
    assert_eq!(store.append(&round("next"), &mut Canary), Ok(2));
    assert_eq!(store.damage(), [Damage::Unfinished(rounds.join("0002.torn"))]);
    assert!(rounds.join("0002.torn/round.json").exists());
    assert_eq!(Store::open(&rounds).expect("opens").damage(), []);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".seatrial")).expect("links");
    let rounds = folder.path().join(".seatrial/rounds");
    assert!(matches!(Store::open(&rounds), Err(StoreError::Link(_))));
    let (_folder, rounds) = filled(0);
    fs::create_dir_all(&rounds).expect("makes");
    std::os::unix::fs::symlink(elsewhere.path().join("log"), rounds.join("log.jsonl")).expect("links");
    assert!(matches!(Store::open(&rounds), Err(StoreError::Link(_))));
}

/// A copy of a folder with three rounds in it; written once, since that waits for the disk.
fn copy_of_three() -> (tempfile::TempDir, PathBuf) {
    static THREE: std::sync::LazyLock<(tempfile::TempDir, PathBuf)> = std::sync::LazyLock::new(|| filled(3));
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = folder.path().join("rounds");
    copy(&THREE.1, &rounds);
    (folder, rounds)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes");
    for entry in fs::read_dir(from).expect("reads").filter_map(Result::ok) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to) } else { assert!(fs::copy(&path, &to).is_ok()) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However the end of the log was cut or garbled, the rounds before it are read, what is amiss is told, and the
    /// next round is kept.
    #[test]
    fn any_tail(cut in 0usize..600, garbage in prop::collection::vec(any::<u8>(), 0..80)) {
        let (_folder, rounds) = copy_of_three();
        let path = rounds.join("log.jsonl");
        let whole = fs::read(&path).expect("reads");
        let keep = whole.len().saturating_sub(cut);
        let mut bytes = whole.get(..keep).unwrap_or_default().to_vec();
        let complete = bytes.split(|byte| *byte == b'\n').count() - 1;
        bytes.extend(&garbage);
        fs::write(&path, &bytes).expect("writes");
        let mut store = Store::open(&rounds).expect("opens");
        prop_assert!(store.rounds().len() >= complete.min(3));
        for (index, kept) in store.rounds().iter().take(complete).enumerate() {
            prop_assert_eq!(kept, &Round { number: index as u32 + 1, ..round(&format!("piece {}", index + 1)) });
        }
        // A cut exactly after a line is a log that ended there.
        let clean = garbage.is_empty() && (keep == 0 || bytes.ends_with(b"\n"));
        prop_assert_eq!(store.damage().is_empty(), clean);
        let number = store.append(&round("next"), &mut Canary).expect("appends");
        let again = Store::open(&rounds).expect("opens");
        let next = Round { number, ..round("next") };
        prop_assert_eq!(again.round(number), Some(&next));
        prop_assert!(!again.damage().iter().any(|damage| matches!(damage, Damage::Torn(_))));
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            prop_assert!(rounds.join("log.jsonl.torn").exists());
        }
    }
}
