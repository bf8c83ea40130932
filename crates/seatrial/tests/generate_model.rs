//! `generate` with a model: each protocol end to end, against strict stand-ins.

mod common;

use std::path::Path;

use common::{Place, Run};
use seatrial_cli::Terminal;
use seatrial_model_mock::{Asked, KEY, Mock, Reply, Say};
use serde_json::{Value, json};

const INTENT: &str = "Deploy the FastAPI agent to dev, staging and prod, from tag v0.4.0 of the charts, in the AppProject 'agents'. Dev: 256Mi memory. Staging: 512Mi memory. Prod: 1Gi memory.";

fn example() -> Place {
    Place::example(&["round-1.yaml"])
}

fn answer(text: &str) -> Reply {
    Reply::text(
        json!({"files": [{"path": "agent.yaml", "text": text}], "questions": [], "notes": ""}).to_string(),
    )
}

/// The draft that the prompt brings along: what a model answers that listens.
fn draft(asked: &Asked) -> String {
    let text = asked.first_text();
    let from = text.split("# A draft").nth(1).unwrap();
    from.split("<data>\n").nth(1).unwrap().split("</data>").next().unwrap().to_owned()
}

/// First what models answer that know nothing of the platform, then what one answers that listens.
fn learning(asked: &Asked) -> Reply {
    if asked.turns() == 0 {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fastapi-agent/round-1.yaml");
        return answer(&std::fs::read_to_string(path).unwrap());
    }
    answer(&draft(asked))
}

fn anthropic(mock: &Mock) -> Vec<(&'static str, &str)> {
    vec![("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_BASE_URL", mock.url())]
}

fn generate(place: &Place, more: &[&str], env: &[(&str, &str)]) -> Run {
    let args = [["generate", INTENT, "--out", "agent.yaml"].as_slice(), more].concat();
    place.run_in(&args, "", Terminal::default(), env)
}

#[test]
fn every_protocol_comes_to_the_same_clean_set() {
    let own = example();
    let run = generate(&own, &[], &[]);
    assert_eq!(run.code, 0, "{run}");
    for provider in ["anthropic", "openai", "bedrock"] {
        let mock = Mock::start(learning).unwrap();
        let (chat, mantle) = (format!("{}/v1", mock.url()), format!("{}/anthropic", mock.url()));
        let env = match provider {
            "anthropic" => anthropic(&mock),
            "openai" => vec![("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", chat.as_str())],
            _ => vec![
                ("AWS_BEARER_TOKEN_BEDROCK", KEY),
                ("AWS_REGION", "us-east-1"),
                ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", mantle.as_str()),
            ],
        };
        let model = match provider {
            "openai" => "gpt-test",
            "bedrock" => "anthropic.claude-opus-5-5",
            _ => "claude-opus-5-5",
        };
        let place = example();
        let run = generate(&place, &["--author", provider, "--model", model, "--yes"], &env);
        assert_eq!(mock.refused(), Vec::<String>::new(), "{provider} {run}");
        assert_eq!(run.code, 0, "{provider} {run}");
        assert!(run.err.contains("round 2: 0 errors"), "{provider} {run}");
        assert_eq!(place.read("agent.yaml"), own.read("agent.yaml"), "{provider}");
        assert!(!format!("{run}").contains(KEY));
        // The record tells both rounds, and how the first was wrong.
        let list = place.run(&["round", "list", "--format", "json"]);
        let list: Value = serde_json::from_str(&list.out).unwrap();
        assert_eq!(list["rounds"].as_array().unwrap().len(), 2, "{list:#}");
        assert_eq!(list["rounds"][1]["outcome"], "clean", "{list:#}");
        let diff = place.run(&["round", "diff"]);
        assert!(diff.out.contains("unknown-cluster") && diff.out.contains("values.ingress"), "{diff}");
    }
}

#[test]
fn the_first_answer_then_the_prose_then_right() {
    // The platform file knows clusters and nothing of the rules; the rules come in the intent, as people write them.
    let place = example();
    let known = place.read("seatrial.yaml");
    let clusters = known.split("environments:\n").next().unwrap();
    place.write("seatrial.yaml", &format!("{clusters}repositories:\n  https://github.com/harbour-agents/helm-charts: {{path: .}}\nconventions:\n  applicationName: \"{{app}}-{{env}}\"\n"));
    let intent = "Deploy the FastAPI agent to dev, staging and prod, from tag v0.4.0 of the charts, in the AppProject 'agents'.\n\n\
        Dev can use docker.io, but staging and prod MUST use our private ECR, 123456789012.dkr.ecr.us-east-1.amazonaws.com.\n\
        Staging uses the pull secret 'ecr-staging', prod uses the pull secret 'ecr-prod'; dev does not need one.\n\
        Prod MUST be manual sync only. Dev syncs automatically with prune and self-heal; staging syncs automatically with self-heal but never prunes.\n\
        1 replica in dev, 3 in staging and 5 in prod.\n\
        Staging and prod run only on nodes labeled 'workload: agents'. Everything goes into the namespace agents.\n\
        Memory: 256Mi in dev, 512Mi in staging, 1Gi in prod.\n";
    place.write("intent.md", intent);
    let mock = Mock::start(learning).unwrap();
    let args = [
        "generate",
        "intent.md",
        "--out",
        "agent.yaml",
        "--author",
        "anthropic",
        "--yes",
        "--format",
        "json",
    ];
    let run = place.run_in(&args, "", Terminal::default(), &anthropic(&mock));
    let output: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run}"));
    assert_eq!((run.code, output["outcome"].as_str()), (0, Some("clean")), "{run}");
    assert_eq!(output["rounds"], json!([1, 2]));
    let expanded = place.run(&["expand", "agent.yaml", "--format", "json"]);
    let expanded: Value = serde_json::from_str(&expanded.out).unwrap();
    let seen: Vec<String> = expanded["applications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|application| {
            let values = &application["spec"]["source"]["helm"]["valuesObject"];
            format!(
                "{} {} {} {} {}",
                application["metadata"]["name"].as_str().unwrap(),
                values["replicaCount"],
                values["image"]["repository"].as_str().unwrap_or("-").split('/').next().unwrap(),
                values["imagePullSecrets"][0]["name"].as_str().unwrap_or("-"),
                application["spec"]["syncPolicy"]["automated"],
            )
        })
        .collect();
    let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    assert_eq!(
        seen,
        [
            "fastapi-agent-dev 1 docker.io - {\"prune\":true,\"selfHeal\":true}".to_owned(),
            format!("fastapi-agent-prod 5 {ecr} ecr-prod null"),
            format!("fastapi-agent-staging 3 {ecr} ecr-staging {{\"prune\":false,\"selfHeal\":true}}"),
        ]
    );
    // Each constraint stands in the record with its sentence, and which round met it.
    let report = place.run(&["round", "report"]);
    assert!(report.out.contains("Prod MUST be manual sync only"), "{report}");
}

#[test]
fn the_ways_it_ends_have_their_codes() {
    let right = |asked: &Asked| answer(&draft(asked));
    type Case<'c> = (&'c str, Box<dyn FnMut(&Asked) -> Reply + Send>, &'c [&'c str], u8);
    let cases: Vec<Case<'_>> = vec![
        (
            "needs-human",
            Box::new(move |asked| answer(&draft(asked).replace("replicaCount: 5", "replicaCount: 4"))),
            &[],
            1,
        ),
        (
            "budget",
            Box::new(move |asked| answer(&draft(asked).replace("replicaCount: 5", "replicaCount: 4"))),
            &["--max-rounds", "1"],
            3,
        ),
        ("refused", Box::new(|_| Reply::Say(Say::refusal("general_harms", "not this"))), &[], 4),
        ("model-error", Box::new(|_| Reply::error(400, "invalid_request_error", "no")), &[], 5),
        ("clean", Box::new(right), &[], 0),
    ];
    for (outcome, script, more, code) in cases {
        let mock = Mock::start(script).unwrap();
        let place = example();
        let more = [["--author", "anthropic", "--format", "json", "--yes"].as_slice(), more].concat();
        let run = generate(&place, &more, &anthropic(&mock));
        assert_eq!(run.code, code, "{outcome} {run}");
        let output: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run}"));
        assert_eq!(output["outcome"], outcome, "{output:#}");
    }
}

#[test]
fn what_is_held_back_is_not_written() {
    for (evil, code) in [
        (
            (
                "repoURL: https://github.com/harbour-agents/helm-charts",
                "repoURL: https://evil.example/charts",
            ),
            3,
        ),
        (("      project: agents\n", "      project: default\n"), 3),
    ] {
        let mock = Mock::start(move |asked| answer(&draft(asked).replace(evil.0, evil.1))).unwrap();
        let place = example();
        let run =
            generate(&place, &["--author", "anthropic", "--yes", "--max-rounds", "1"], &anthropic(&mock));
        assert_eq!(run.code, code, "{run}");
        assert!(!place.path().join("agent.yaml").exists(), "{run}");
        assert!(run.err.contains("refused:") || run.err.contains("only a person can allow:"), "{run}");
    }
}

#[test]
fn without_a_key_it_writes_itself_and_says_so() {
    let place = example();
    let run = generate(&place, &["--author", "anthropic", "--yes"], &[]);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.err.contains("Seatrial's own author writes instead"), "{run}");
    assert!(place.path().join("agent.yaml").exists());
}

#[test]
fn the_platform_file_says_who_writes() {
    let place = example();
    let text = place.read("seatrial.yaml");
    place.write(
        "seatrial.yaml",
        &format!("{text}authors: {{default: anthropic, anthropic: {{model: claude-sonnet-5-5}}}}\n"),
    );
    let mock = Mock::start(|asked| answer(&draft(asked))).unwrap();
    let run = generate(&place, &["--yes"], &anthropic(&mock));
    assert_eq!(run.code, 0, "{run}");
    assert!(run.err.contains("anthropic/claude-sonnet-5-5"), "{run}");
}

#[test]
fn what_would_be_sent_can_be_seen_and_what_was_is_recorded() {
    let place = example();
    let shown = generate(&place, &["--author", "anthropic", "--show-prompt"], &[]);
    assert_eq!(shown.code, 0, "{shown}");
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    let mock = Mock::start(learning).unwrap();
    let run =
        generate(&place, &["--author", "anthropic", "--yes", "--record", "sent.jsonl"], &anthropic(&mock));
    assert_eq!(run.code, 0, "{run}");
    let recorded: Vec<Value> =
        place.read("sent.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sent: Vec<Value> =
        mock.seen().iter().map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect();
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded.iter().map(|line| line["body"].clone()).collect::<Vec<_>>(), sent);
    assert_eq!(shown, sent[0]);
}

#[test]
fn no_canary_leaves_the_house() {
    const CANARY: &str = "canary7Yt2Qp9Lk4";
    let place = example();
    // In the intent, the platform file, the chart's values and the file that is edited.
    let own = generate(&place, &["--yes"], &[]);
    assert_eq!(own.code, 0, "{own}");
    let values = place.read("charts/fastapi-agent/values.yaml");
    place.write(
        "charts/fastapi-agent/values.yaml",
        &format!("{values}database:\n  password: {CANARY}\nurl: postgres://a:{CANARY}@db/x\n"),
    );
    let agent = place.read("agent.yaml");
    let with = agent.replacen(
        "              replicaCount: 5\n",
        &format!("              replicaCount: 5\n              apiKey: {CANARY}\n"),
        1,
    );
    place.write("agent.yaml", &with);
    let platform = place.read("seatrial.yaml");
    place.write(
        "seatrial.yaml",
        &format!("{platform}  # the token is {CANARY}\n").replace(
            "prod MUST be manual sync only\"",
            &format!("prod MUST be manual sync only, password: {CANARY}\""),
        ),
    );
    let intent = format!("{INTENT} The admin password is {CANARY}.");
    let mock = Mock::start(move |_| answer(&with.replace(CANARY, "<redacted-value-1>"))).unwrap();
    let args = [
        "generate",
        &intent,
        "--out",
        "agent.yaml",
        "--author",
        "anthropic",
        "--yes",
        "--record",
        "sent.jsonl",
    ];
    let run = place.run_in(&args, "", Terminal::default(), &anthropic(&mock));
    assert!(!mock.seen().is_empty(), "{run}");
    assert!(!mock.has_seen(CANARY));
    assert!(!place.read("sent.jsonl").contains(CANARY));
    assert!(!run.err.contains(CANARY), "{run}");
    let mut open = vec![place.path().join(".seatrial")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert!(
                !String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(CANARY),
                "{}",
                path.display()
            );
        }
    }
}
