//! Whole rewrites: the example's manifests become what their platform wants.

use serde_json::{Value, json};

use crate::testing::Tester;

const PLATFORM: &str = include_str!("../../../../examples/fastapi-agent/seatrial.yaml");
const FIRST: &str = include_str!("../../../../examples/fastapi-agent/round-1.yaml");
const THIRD: &str = include_str!("../../../../examples/fastapi-agent/round-3.yaml");

fn tester() -> Tester {
    Tester::new(crate::all()[0]).platform(PLATFORM).with_all_rules()
}

/// What matters of an Application: name, cluster, image, pull secrets, replicas, sync.
fn essence(application: &Value) -> Value {
    let at = |pointer: &str| application.pointer(pointer).cloned().unwrap_or_default();
    let values = |pointer: &str| at(&format!("/spec/source/helm/valuesObject{pointer}"));
    json!([
        at("/metadata/name"),
        at("/spec/destination/server"),
        values("/image/repository").as_str().and_then(|r| r.split('/').next()).unwrap_or_default(),
        values("/imagePullSecrets/0/name"),
        values("/replicaCount"),
        at("/spec/syncPolicy/automated"),
    ])
}

fn wanted() -> Vec<Value> {
    let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    vec![
        json!(["fastapi-agent-dev", "https://kubernetes.default.svc", "docker.io", null, 1, {"prune": true, "selfHeal": true}]),
        json!([
            "fastapi-agent-prod",
            "https://B83D6E5F1A9C4207D5E2.gr7.us-east-1.eks.amazonaws.com",
            ecr,
            "ecr-prod",
            5,
            null
        ]),
        json!(["fastapi-agent-staging", "https://4F1C9A7E20B35D68A1C0.gr7.us-east-1.eks.amazonaws.com", ecr, "ecr-staging", 3, {"prune": false, "selfHeal": true}]),
    ]
}

#[test]
fn safe_fixes_alone_make_valid_yaml() {
    for text in [FIRST, THIRD] {
        let fixed = tester().fixed(text, false);
        assert!(seatrial_yaml::goyaml::to_json(&fixed).is_ok(), "{fixed}");
    }
}

#[test]
fn the_first_round_becomes_what_is_wanted() {
    let tester = tester();
    let fixed = tester.fixed(FIRST, true);
    let made: Vec<Value> = tester.expanded(&fixed).iter().map(essence).collect();
    assert_eq!(made, wanted(), "{fixed}");
}

#[test]
fn the_third_round_becomes_what_is_wanted() {
    let tester = tester();
    let fixed = tester.fixed(THIRD, true);
    let made: Vec<Value> = tester.expanded(&fixed).iter().map(essence).collect();
    assert_eq!(made, wanted(), "{fixed}");
}

/// Whatever is cut off or broken, every rule and every fix comes to an end.
#[test]
fn broken_texts_are_judged_too() {
    for text in [FIRST, THIRD] {
        for cut in (0..text.len()).step_by(307) {
            let Some((before, after)) = text.split_at_checked(cut) else { continue };
            for broken in [
                before.to_owned(),
                format!("{before}{{{{#if x}}}}\n{after}"),
                format!("{before}\u{201c}\t'{after}"),
            ] {
                let _ = tester().report(&broken);
            }
        }
    }
}
