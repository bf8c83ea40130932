//! Work with a scripted model: how it ends, and what is recorded of it.

mod common;

use common::{Desk, Say, Script, TARGET, draft, example, work, work_on};
use seatrial_models::{ErrorKind, ModelError, Role};
use seatrial_refine::Budget;
use seatrial_rounds::Outcome;
use serde_json::json;

fn first_answer() -> String {
    std::fs::read_to_string(example().join("round-1.yaml")).unwrap()
}

#[test]
fn from_a_first_answer_to_a_clean_set() {
    let script = Script::new(vec![Say::File(first_answer()), Say::File(draft())]);
    let mut desk = Desk::default();
    let done = work(&[], &script, &Budget::default(), &mut desk);
    assert_eq!(done.outcome, Outcome::Clean, "{}", done.why);
    assert_eq!((done.best_round, done.spent.rounds, done.spent.usage.total()), (2, 2, 3000));
    let best = done.best.unwrap();
    assert_eq!(best.files.len(), 1);
    let names: Vec<&str> = best.foresight.applications.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(
        names,
        ["argocd/fastapi-agent-dev", "argocd/fastapi-agent-prod", "argocd/fastapi-agent-staging"]
    );
    // The record shows the way: what was wrong at first, and that it is gone.
    assert!(!desk.kept[0].findings.is_empty() && desk.kept[1].findings.is_empty());
    assert!(
        desk.kept[1].constraints.iter().all(|c| c.met == seatrial_rounds::Met::Yes || c.level == "may"),
        "{:#?}",
        desk.kept[1].constraints
    );
    let asked = script.asked.lock().unwrap();
    // What is told again is told in the same bytes, so that a cache of prefixes works.
    assert_eq!(asked[0].system, asked[1].system);
    assert_eq!(asked[0].turns[0], asked[1].turns[0]);
    assert_eq!(asked[1].turns.len(), 3);
    assert_eq!(asked[1].turns[2].role, Role::User);
    let told = format!("{:?}", asked[1].turns[2]);
    for rule in ["unquoted-template", "unknown-field"] {
        assert!(told.contains(rule), "{told}");
    }
}

#[test]
fn one_round_when_it_is_right_at_once() {
    for text in [draft(), format!("Here you are:\n```yaml\n{}```\n", draft())] {
        let script = Script::new(vec![Say::Text(text)]);
        let done = work(&[], &script, &Budget::default(), &mut Desk::default());
        assert_eq!((done.outcome, done.spent.rounds), (Outcome::Clean, 1), "{}", done.why);
    }
}

#[test]
fn safe_fixes_come_before_the_next_question() {
    let script =
        Script::new(vec![Say::File(draft().replace("server: '{{ .server }}'", "server: {{ .server }}"))]);
    let mut desk = Desk::default();
    let done = work(&[], &script, &Budget::default(), &mut desk);
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::Clean, 1), "{}", done.why);
    assert_eq!(desk.kept[0].fixed.len(), 1);
    assert_eq!(desk.kept[0].fixed[0].file, TARGET);
    assert!(desk.kept[0].result[0].text.contains("server: '{{ .server }}'"));
}

#[test]
fn it_ends_when_there_is_no_progress() {
    // The same again and again; and two texts with the same faults.
    let wrong = draft().replace("123456789012.dkr.ecr", "999999999999.dkr.ecr");
    for script in [
        vec![Say::File(wrong.clone())],
        vec![Say::File(wrong.clone()), Say::File(format!("{wrong}# more\n"))],
    ] {
        let script = Script::new(script);
        let done = work(&[], &script, &Budget { rounds: 10, ..Budget::default() }, &mut Desk::default());
        assert_eq!(done.outcome, Outcome::NeedsHuman, "{}", done.why);
        assert_eq!(done.spent.rounds, 2);
        assert!(done.best.is_some());
    }
}

#[test]
fn the_best_is_kept_and_told() {
    let worse = first_answer();
    let good = draft().replace("replicaCount: 5", "replicaCount: 4");
    let script = Script::new(vec![Say::File(good.clone()), Say::File(worse), Say::File(draft())]);
    let mut desk = Desk::default();
    let done = work(&[], &script, &Budget { rounds: 2, ..Budget::default() }, &mut desk);
    assert_eq!((done.outcome, done.best_round), (Outcome::Budget, 1), "{}", done.why);
    assert_eq!(done.best.unwrap().files[0].text, good);
    let done = work(&[], &script_again(&good), &Budget::default(), &mut Desk::default());
    assert_eq!(done.outcome, Outcome::Clean, "{}", done.why);
}

fn script_again(good: &str) -> Script {
    Script::new(vec![Say::File(good.to_owned()), Say::File(first_answer()), Say::File(draft())])
}

#[test]
fn budgets_hold() {
    let wrong = || {
        Script::new(
            (0..9)
                .map(|n| Say::File(draft().replace("replicaCount: 5", &format!("replicaCount: {}", n + 6))))
                .collect(),
        )
    };
    let tokens = Budget { tokens: Some(4000), rounds: 9, ..Budget::default() };
    let done = work(&[], &wrong(), &tokens, &mut Desk::default());
    assert_eq!((done.outcome, done.spent.usage.total()), (Outcome::Budget, 3000), "{}", done.why);
    // What the server counts is believed before the first round already.
    for (counts, rounds) in [(4001, 0), (2500, 1), (100, 3)] {
        let mut counting = wrong();
        counting.counts = Some(counts);
        let done = work(&[], &counting, &tokens, &mut Desk::default());
        assert_eq!((done.outcome, done.spent.rounds), (Outcome::Budget, rounds), "{counts}: {}", done.why);
    }
    let money = Budget { cost_usd: Some(0.025), rounds: 9, ..Budget::default() };
    let done = work(&[], &wrong(), &money, &mut Desk::default());
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::Budget, 2), "{}", done.why);
    let time = Budget { until: Some(std::time::Instant::now()), rounds: 9, ..Budget::default() };
    let done = work(&[], &wrong(), &time, &mut Desk::default());
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::Budget, 0), "{}", done.why);
}

#[test]
fn refusals_and_failures_end_it() {
    let done = work(&[], &Script::new(vec![Say::Refuse]), &Budget::default(), &mut Desk::default());
    assert_eq!(done.outcome, Outcome::Refused);
    assert!(done.why.contains("not this"), "{}", done.why);
    let error = ModelError::new(ErrorKind::Overloaded, "too much to do");
    let wrong = draft().replace("replicaCount: 5", "replicaCount: 4");
    let script = Script::new(vec![Say::File(wrong), Say::Fail(error)]);
    let done = work(&[], &script, &Budget::default(), &mut Desk::default());
    assert_eq!(done.outcome, Outcome::ModelError);
    // What was good before it failed is not lost.
    assert_eq!(done.best_round, 1);
    let mut desk = Desk { fail_to_keep: true, ..Desk::default() };
    let done = work(&[], &Script::new(vec![Say::File(draft())]), &Budget::default(), &mut desk);
    assert_eq!(done.outcome, Outcome::NeedsHuman);
    assert!(done.why.contains("disk is full"), "{}", done.why);
}

#[test]
fn what_cannot_be_read_is_told_once() {
    let script = Script::new(vec![Say::Text("Sure! Which one?".into()), Say::File(draft())]);
    let done = work(&[], &script, &Budget::default(), &mut Desk::default());
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::Clean, 2), "{}", done.why);
    let script = Script::new(vec![Say::Cut("{\"files\": [{\"path\": \"a".into())]);
    let done = work(&[], &script, &Budget { rounds: 9, ..Budget::default() }, &mut Desk::default());
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::NeedsHuman, 2), "{}", done.why);
    assert!(done.best.is_none());
}

#[test]
fn questions_are_put_and_answered_once() {
    let ask = json!({"files": [], "questions": [{"id": "host", "text": "Which host?"}], "notes": "two ways"});
    let script = Script::new(vec![Say::Json(ask.clone()), Say::File(draft())]);
    let mut desk = Desk { answers: vec![("host", "none, it is internal")], ..Desk::default() };
    let done = work(&[], &script, &Budget::default(), &mut desk);
    assert_eq!((done.outcome, done.spent.rounds), (Outcome::Clean, 2), "{}", done.why);
    assert!(script.sent().contains("none, it is internal"));
    assert_eq!(desk.kept[0].proposal.questions[0].answer.as_deref(), Some("none, it is internal"));
    // Nobody is there: the question is what is left.
    let done = work(&[], &Script::new(vec![Say::Json(ask)]), &Budget::default(), &mut Desk::default());
    assert_eq!((done.outcome, done.questions.len()), (Outcome::NeedsHuman, 1), "{}", done.why);
}

#[test]
fn an_edit_changes_what_was_asked_for_and_nothing_else() {
    let before = draft();
    let files = [(TARGET, before.as_str())];
    let text = "Raise the memory of fastapi-agent in prod to 2Gi; dev, staging and prod stay otherwise as they are. Tag v0.4.0, AppProject 'agents'. Dev: 256Mi memory. Staging: 512Mi memory. Prod: 2Gi memory";
    let wanted = before.replace("memory: 1Gi", "memory: 2Gi");
    let done = work_on(
        text,
        &files,
        &Script::new(vec![Say::File(wanted.clone())]),
        &Budget::default(),
        &mut Desk::default(),
    );
    assert_eq!(done.outcome, Outcome::Clean, "{} {:?}", done.why, done.best.map(|b| b.privileges));
    // One Application gone, or sent elsewhere: a person has to say so.
    let without = wanted.replace("          - env: staging", "          - env: stage");
    let done = work_on(
        text,
        &files,
        &Script::new(vec![Say::File(without)]),
        &Budget::default(),
        &mut Desk::default(),
    );
    assert_eq!(done.outcome, Outcome::NeedsHuman, "{}", done.why);
    assert!(done.best.unwrap().privileges.iter().any(|p| p.kind == "deletion"));
}

#[test]
fn secrets_are_neither_sent_nor_recorded_and_come_back() {
    let secret = "hunter2-Zx9Qw";
    let before = draft().replace(
        "              replicaCount: 5\n",
        &format!("              replicaCount: 5\n              adminPassword: {secret}\n"),
    );
    let files = [(TARGET, before.as_str())];
    let redacted = before.replace(secret, "<redacted-value-1>");
    let mut desk = Desk::default();
    let script = Script::new(vec![Say::File(redacted.replace("memory: 1Gi", "memory: 900Mi"))]);
    let done = work(&files, &script, &Budget::default(), &mut desk);
    assert!(!script.sent().contains(secret));
    assert!(script.sent().contains("<redacted-value-1>"));
    assert!(!serde_json::to_string(&desk.kept).unwrap().contains(secret));
    let best = done.best.unwrap();
    assert!(best.files[0].text.contains(secret), "{:?}", best.refused);
}
