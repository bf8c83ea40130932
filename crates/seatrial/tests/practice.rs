//! `practice`: exercises by the example's facts, concerns and what they are worth.

mod common;

use common::{Place, Run};
use seatrial_cli::Terminal;
use serde_json::Value;

fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{run}");
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn the_same_number_makes_the_same_exercise_without_any_platform() {
    let place = Place::new(&[]);
    for level in ["1", "2", "3"] {
        let make =
            |seed| json(&place.run(&["practice", "--level", level, "--seed", seed, "--format", "json"]));
        assert_eq!(make("4"), make("4"));
        assert_ne!(make("4")["manifest"], make("5")["manifest"]);
        assert_eq!(make("4")["platform"], Value::Null);
        assert_eq!(make("4")["result"], Value::Null);
    }
    // Looking is not doing.
    assert!(!place.path().join(".seatrial").exists());
}

#[test]
fn concerns_are_scored_and_exercises_do_not_come_twice() {
    let place = Place::new(&[("none.txt", "it looks fine\n")]);
    let first = json(&place.run(&["practice", "--answers", "none.txt", "--format", "json"]));
    assert_eq!((&first["level"], &first["result"]["points"]), (&1.into(), &0.into()));
    let findings = first["result"]["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding["seen"] == false));
    // Who knows the rules has all the points, and goes on to the next level.
    let second = json(&place.run(&["practice", "--format", "json"]));
    assert_ne!(second["manifest"], first["manifest"]);
    let seed = second["seed"].to_string();
    let looked = json(&place.run(&[
        "practice",
        "--seed",
        &seed,
        "--level",
        "1",
        "--answers",
        "none.txt",
        "--format",
        "json",
    ]));
    let rules: Vec<&str> = looked["result"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    place.write("all.txt", &rules.join("\n"));
    let known = json(&place.run(&[
        "practice",
        "--seed",
        &seed,
        "--level",
        "1",
        "--answers",
        "all.txt",
        "--format",
        "json",
    ]));
    assert_eq!(known["result"]["points"], known["result"]["of"]);
    let third = json(&place.run(&["practice", "--format", "json"]));
    assert_eq!(third["level"], 2);
}

#[test]
fn a_person_is_shown_the_manifest_and_asked_first() {
    let place = Place::new(&[]);
    let terminal = Terminal { input: true, error: true, ..Terminal::default() };
    let run = place.run_with(
        &["practice", "--seed", "1", "--level", "1"],
        "prod auto-sync\nlooks odd\n\n",
        terminal,
    );
    assert_eq!(run.code, 0, "{run}");
    assert!(run.err.contains("kind: ApplicationSet") && run.err.contains("concern 3: "), "{run}");
    assert!(!run.err.contains("[sync-not-allowed]"), "{run}");
    for told in
        ["prod auto-sync: sync-not-allowed", "looks odd: the trial does not share it", "2 of 4 points."]
    {
        assert!(run.out.contains(told), "{told}\n{run}");
    }
    assert!(place.read(".seatrial/practice.jsonl").contains("\"points\":2"));
    let missing = place.run(&["practice", "--answers", "nothing.txt"]);
    assert!(missing.code == 2 && missing.err.contains("cannot read `nothing.txt`"), "{missing}");
}
