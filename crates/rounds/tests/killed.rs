//! A writer that is killed at any moment loses no round that it acknowledged, and leaves nothing that cannot be read.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use seatrial_rounds::{Damage, Decision, File, Redact, Round, Store};

const FOLDER: &str = "SEATRIAL_TEST_ROUNDS";

struct Nothing;

impl Redact for Nothing {
    fn text(&mut self, text: &str) -> String {
        text.to_owned()
    }
    fn value(&mut self, value: &Value) -> Value {
        value.clone()
    }
}

/// A round whose text tells which it was meant to be.
fn round(n: usize) -> Round {
    let text = format!("# {n}\n").repeat(1 + n * 37 % 3000);
    let file = File { path: format!("apps/{n}.yaml"), text };
    Round { piece: format!("piece-{n}"), result: vec![file], ..Round::default() }
}

/// What the killed process runs: appends for ever, and says what it has appended.
#[test]
#[ignore = "run by the test beside it, in a process of its own"]
fn appends_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut store = Store::open(Path::new(&folder)).expect("opens");
    let mut out = std::io::stdout();
    loop {
        let n = store.rounds().len() + 1;
        let number = store.append(&round(n), &mut Nothing).expect("appends");
        // What was printed may be lost with the process; what was read by the parent was acknowledged.
        writeln!(out, "appended {number}").and_then(|()| out.flush()).expect("the parent reads");
        if number.is_multiple_of(3) {
            let decision =
                Decision { round: number, by: "ann".into(), text: "kept".into(), ..Decision::default() };
            store.decide(&decision, &mut Nothing).expect("decides");
            writeln!(out, "decided {number}").and_then(|()| out.flush()).expect("the parent reads");
        }
    }
}

#[test]
fn killed_at_any_moment_no_acknowledged_round_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = folder.path().join(".seatrial/rounds");
    let (mut appended, mut decided) = (BTreeSet::new(), BTreeSet::new());
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..24 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "appends_for_ever", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &rounds)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let out = child.stdout.take().expect("is piped");
        let (first, is_at_work) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let said = BufReader::new(out).lines().map_while(Result::ok);
            said.filter(|line| line.contains("ed "))
                .inspect(|_| {
                    let _ = first.send(());
                })
                .collect::<Vec<String>>()
        });
        // One in four may be killed before it has begun.
        if random >> 62 != 0 {
            let _ = is_at_work.recv_timeout(Duration::from_mins(1));
        }
        std::thread::sleep(Duration::from_micros((random >> 33) % 50_000));
        child.kill().expect("is killed");
        child.wait().expect("ends");
        for line in reader.join().expect("reads") {
            // The first line begins with what the test harness says.
            let mut words = line.rsplit(' ');
            let Some(number) = words.next().and_then(|number| number.parse::<u32>().ok()) else { continue };
            match words.next() {
                Some("appended") => appended.insert(number),
                Some("decided") => decided.insert(number),
                _ => false,
            };
        }
        let store = Store::open(&rounds).expect("opens");
        for damage in store.damage() {
            assert!(matches!(damage, Damage::Torn(_)), "{damage}");
        }
        for number in &appended {
            let kept = store.round(*number).unwrap_or_else(|| panic!("round {number} is lost"));
            let expected = Round { number: *number, ..round(*number as usize) };
            assert_eq!(kept, &expected);
        }
        let kept: BTreeSet<u32> = store.decisions().iter().map(|decision| decision.round).collect();
        assert!(decided.is_subset(&kept));
    }
    assert!(appended.len() > 5, "the processes were killed before they did anything: {}", appended.len());
    // And it goes on.
    let mut store = Store::open(&rounds).expect("opens");
    let next = store.rounds().len() + 1;
    assert_eq!(store.append(&round(next), &mut Nothing), Ok(next as u32));
    let leftovers = std::fs::read_dir(&rounds).expect("reads").filter_map(Result::ok);
    let leftovers: Vec<_> =
        leftovers.filter(|entry| entry.file_name().to_string_lossy().contains("unfinished")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}
