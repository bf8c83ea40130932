//! What is told of platforms that are too large to be told whole.

mod common;

use std::sync::Arc;

use seatrial_author::Intent;
use seatrial_platform::Platform;
use seatrial_refine::{brief, tokens};
use seatrial_source::Memory;
use seatrial_source::Snapshot;

/// 200 clusters in four environments, and 500 constraints.
fn large() -> Platform {
    let mut text = String::from("argocd: {version: \"3.6\", namespace: argocd}\nclusters:\n");
    for n in 0..200 {
        let environment = ["dev", "staging", "prod", "edge"][n % 4];
        text.push_str(&format!(
            "  {environment}-{n:03}: {{server: \"https://k{n:03}.{environment}.example.net\", environment: {environment}, labels: {{env: {environment}, region: r{}}}}}\n",
            n % 7
        ));
    }
    text.push_str("environments:\n");
    for environment in ["dev", "staging", "prod", "edge"] {
        text.push_str(&format!("  {environment}: {{registries: [registry.{environment}.example.net], pullSecret: pull-{environment}, replicas: 3, sync: {{automated: false}}}}\n"));
    }
    text.push_str("constraints:\n");
    for n in 0..500 {
        let environment = ["dev", "staging", "prod", "edge"][n % 4];
        let level = ["must", "should"][n % 2];
        text.push_str(&format!(
            "  - {{id: rule-{n}, level: {level}, environments: [{environment}], rule: \"values.setting{n} != 'off'\", source: \"In {environment} the setting number {n} {level} not be switched off\"}}\n"
        ));
    }
    let mut files = Memory::new();
    files.insert("seatrial.yaml", text.as_str());
    let tree: Arc<dyn Snapshot> = Arc::new(files);
    Platform::from_tree(&tree, "seatrial.yaml").unwrap()
}

#[test]
fn a_large_platform_fits_and_says_what_is_missing() {
    let platform = large();
    let intent = Intent { environments: vec!["prod".into(), "edge".into()], ..Intent::default() };
    let told = brief(&platform, &intent, 3600);
    assert!(tokens(&told.text) <= 3600, "{}", tokens(&told.text));
    // What decides is there, what does not bear on it is not.
    for there in ["registry.prod.example.net", "pull-edge", "env=prod", "50 clusters", "rule-2:"] {
        assert!(told.text.contains(there), "{there} in {}", told.text);
    }
    for not in ["registry.dev.example.net", "k000.dev", "rule-0:"] {
        assert!(!told.text.contains(not), "{not}");
    }
    let left = told.left_out.join("\n");
    assert!(left.contains("250 constraints that bind no environment of the intent"), "{left}");
    assert!(left.contains("2 environments that the intent does not name"), "{left}");
    assert!(left.contains("for want of room"), "{left}");
    assert_eq!(told, brief(&platform, &intent, 3600));
}

#[test]
fn a_small_platform_is_told_whole() {
    let inputs = common::inputs(&[]);
    let wanted = common::wanted(&inputs, common::INTENT);
    let told = brief(&inputs.platform, &wanted, 3600);
    assert_eq!(told.left_out, Vec::<String>::new());
    for there in [
        "ecr-prod",
        "B83D6E5F1A9C4207D5E2",
        "prod MUST be manual sync only",
        "{app}-{env}",
        "fastapi-agent-staging",
        "minikube",
    ] {
        assert!(told.text.contains(there), "{there} in {}", told.text);
    }
    let mut redactor = seatrial_gate::Redactor::new();
    let task = common::task(inputs, common::INTENT, &wanted);
    let request = task.request(&mut redactor);
    let prompt: String =
        seatrial_refine::prompt::messages(&request).into_iter().map(|message| message.text).collect();
    assert!(tokens(&prompt) < 8000, "{}", tokens(&prompt));
    assert_eq!(request, task.request(&mut seatrial_gate::Redactor::new()));
}
