//! `generate`: from a sentence and the example's facts to a manifest that passed its trial.

mod common;

use common::Place;
use seatrial_cli::Terminal;
use serde_json::Value;

const INTENT: &str = "Deploy the FastAPI agent to dev, staging and prod.";

/// The example, without the manifests that a model wrote.
fn example() -> Place {
    Place::example(&[])
}

const SETTLED: [&str; 4] = ["--revision", "v0.4.0", "--project", "agents"];

fn settled(more: &[&'static str]) -> Vec<&'static str> {
    [["generate", INTENT].as_slice(), &SETTLED, more].concat()
}

#[test]
fn the_example_comes_out_clean_and_expands_to_what_is_expected() {
    let place = example();
    let run = place.run(&settled(&["--out", "agent.yaml"]));
    assert_eq!(run.code, 0, "{run}");
    assert!(
        run.err.contains("Tried against seatrial.yaml: 1 thing could not be judged.")
            && run.out.contains("Wrote agent.yaml"),
        "{run}"
    );
    let names = place.run(&["expand", "agent.yaml", "--format", "names"]);
    assert_eq!(
        names.out, "argocd/fastapi-agent-dev\nargocd/fastapi-agent-prod\nargocd/fastapi-agent-staging\n",
        "{names}"
    );
    let check = place.run(&["check", "agent.yaml", "--fail-on", "note"]);
    assert_eq!(check.code, 0, "{check}");
    let rendered = place.run(&["render", "agent.yaml", "--format", "json"]);
    let rendered: Value = serde_json::from_str(&rendered.out).unwrap();
    let pods: Vec<String> = rendered["applications"].as_array().unwrap().iter().map(summary).collect();
    let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    assert_eq!(
        pods,
        [
            "fastapi-agent-dev 1 docker.io/harbour-agents/fastapi-agent:sha-3f9d2c1 null null".to_owned(),
            format!(
                "fastapi-agent-prod 5 {ecr}/harbour-agents/fastapi-agent:sha-3f9d2c1 [{{\"name\":\"ecr-prod\"}}] {{\"workload\":\"agents\"}}"
            ),
            format!(
                "fastapi-agent-staging 3 {ecr}/harbour-agents/fastapi-agent:sha-3f9d2c1 [{{\"name\":\"ecr-staging\"}}] {{\"workload\":\"agents\"}}"
            ),
        ]
    );
}

/// Name, replicas, image, pull secrets and node selector of an Application's Deployment.
fn summary(application: &Value) -> String {
    let resources = application["resources"].as_array().unwrap();
    let deployment = resources.iter().find(|r| r["kind"] == "Deployment").unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "{} {} {} {} {}",
        text(&deployment["metadata"]["name"]),
        deployment["spec"]["replicas"],
        text(&pod["containers"][0]["image"]),
        pod["imagePullSecrets"],
        pod["nodeSelector"]
    )
}

#[test]
fn in_a_pipe_the_manifest_is_printed_and_nothing_is_written() {
    let place = example();
    let run = place.run(&settled(&[]));
    assert_eq!(run.code, 0, "{run}");
    assert!(run.out.starts_with("# fastapi-agent in dev, staging and prod."), "{run}");
    assert!(!place.path().join("applicationset-fastapi-agent.yaml").exists());
    insta::assert_snapshot!(run.to_string());
}

#[test]
fn what_a_person_has_to_settle_is_said() {
    let place = example();
    let run = place.run(&["generate", INTENT]);
    assert_eq!(run.code, 1, "production may not follow HEAD: {run}");
    insta::assert_snapshot!(run.err);
    let run = place.run(&["generate", "Deploy the shop everywhere"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{run}");
    assert!(run.err.contains("From which chart? The repositories hold fastapi-agent."), "{run}");
}

#[test]
fn an_existing_file_is_not_written_over_unasked() {
    let place = example();
    place.write("agent.yaml", "mine\n");
    let run = place.run(&settled(&["--out", "agent.yaml"]));
    assert_eq!(run.code, 2, "{run}");
    assert_eq!(place.read("agent.yaml"), "mine\n");
    let run = place.run(&settled(&["--out", "agent.yaml", "--yes"]));
    assert_eq!(run.code, 0, "{run}");
    assert!(place.read("agent.yaml").contains("kind: ApplicationSet"));
}

#[test]
fn a_person_is_asked_on_a_terminal() {
    let place = example();
    let terminal = Terminal { input: true, error: true, ..Terminal::default() };
    let run = place.run_with(&["generate", INTENT], "v0.4.0\nagents\ny\n", terminal);
    assert_eq!(run.code, 0, "{run}");
    assert!(place.read("applicationset-fastapi-agent.yaml").contains("targetRevision: v0.4.0"));
    let run = place.run_with(&["generate", INTENT, "--out", "b.yaml", "--no-ask"], "", terminal);
    assert_eq!(run.code, 1, "{run}");
    let run = place.run_with(&["generate", INTENT], "v0.4.0\nagents\nn\n", terminal);
    assert!(run.code == 0 && run.out.contains("kind: ApplicationSet"), "what was refused is printed: {run}");
}

#[test]
fn for_programs() {
    let place = example();
    let run = place.run(&["generate", INTENT, "--env", "dev", "--tag", "dev=v9.9.9", "--format", "json"]);
    let value: Value = serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run}"));
    let path = format!("{}/schema/generate.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&value).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(value["applications"][0]["name"], "argocd/fastapi-agent-dev");
    assert!(value["manifest"].as_str().unwrap().contains("v9.9.9"), "{run}");
}

#[test]
fn what_cannot_run_is_explained() {
    let place = Place::new(&[]);
    let run = place.run(&["generate", INTENT]);
    assert!(run.code == 2 && run.err.contains("seatrial init"), "{run}");
    let place = example();
    for (arguments, needle) in [
        (["--env", "porduction"], "declares no environment `porduction`"),
        (["--replicas", "prod=many"], "`many` cannot be taken"),
        (["--value", "a"], "there is no `=`"),
        (["--out", "no/such/folder/a.yaml"], "no such file or folder"),
    ] {
        let run = place.run(&["generate", INTENT, arguments[0], arguments[1]]);
        assert!(run.code == 2 && run.err.to_lowercase().contains(needle), "{arguments:?}: {run}");
    }
}

#[test]
fn whether_a_model_is_worth_asking() {
    let advice = |place: &Place, more: &[&str]| {
        let args = [["generate", INTENT, "--triage", "--format", "json"].as_slice(), more].concat();
        let run = place.run(&args);
        assert_eq!(run.code, 0, "{run}");
        let value: Value = serde_json::from_str(&run.out).unwrap();
        (value["advice"].as_str().unwrap().to_owned(), value)
    };
    let place = example();
    let (told, value) = advice(&place, &SETTLED);
    assert_eq!((told.as_str(), value["clusters"].as_u64()), ("builtin", Some(3)), "{value:#}");
    assert!(value["differences"].as_array().unwrap().contains(&Value::from("pullSecret")), "{value:#}");
    let facts = place.read("seatrial.yaml");
    let small = example();
    small.write("seatrial.yaml", facts.split("expect:").next().unwrap());
    let (told, value) = advice(&small, &[SETTLED.as_slice(), &["--env", "dev"]].concat());
    assert_eq!(told, "by-hand", "{value:#}");
    // What no fact and no word says.
    let run = place.run(&["generate", "Deploy the shop everywhere", "--triage"]);
    assert!(run.out.starts_with("Answer first") && run.out.contains("From which chart?"), "{run}");
    // Production may not follow HEAD: what is left is told.
    let (told, value) = advice(&place, &["--project", "agents", "--revision", "main"]);
    assert_eq!(told, "model", "{value:#}");
    assert!(value["left"][0].as_str().unwrap().contains("[floating-revision]"), "{value:#}");
    assert!(!place.path().join(".seatrial").exists());
}
