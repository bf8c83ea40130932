//! Rules of the house over Applications.

mod common;

use common::{issues, platform};
use seatrial_platform::{Program, Subject, Verdict, helm_values};
use serde_json::{Value, json};

fn application() -> Value {
    json!({
        "metadata": {"name": "agent-prod", "labels": {"team": "a"}},
        "spec": {
            "project": "team",
            "destination": {"server": "https://prod", "namespace": "agents"},
            "sources": [
                {"repoURL": "https://a", "helm": {
                    "values": "ignored: true\n",
                    "valuesObject": {"image": {"repository": "ghcr.io/acme/agent", "tag": "1.2.3"}, "list": [1, 2]},
                    "parameters": [{"name": "image.tag", "value": "2"}, {"name": "a.b[1]", "value": "true"}, {"name": "s", "value": "3", "forceString": true}],
                }},
                {"repoURL": "https://b", "helm": {"values": "replicaCount: 5\n"}},
            ],
            "syncPolicy": {"automated": {"prune": true}, "syncOptions": ["CreateNamespace=true"]},
        },
    })
}

fn verdict(rule: &str) -> Verdict {
    let platform = platform(
        "clusters: {prod-eks: {server: https://prod, environment: prod, labels: {tier: gold}}}\nenvironments: {prod: {replicas: 5, registries: [ghcr.io/acme], resources: {}}}\n",
    );
    let scope = platform.fact_for("prod-eks");
    let subject = Subject::new(&application(), Some("prod"), &scope);
    Program::compile(rule).unwrap_or_else(|error| panic!("{rule}: {error:?}")).evaluate(&subject)
}

#[test]
fn rules_hold_or_not() {
    for rule in [
        "sync.automated != null && sync.automated.prune",
        "sync.automated.selfHeal == null",
        "sync.nothing.at.all == null",
        "app.spec.destination.namespace == 'agents'",
        "destination.namespace.startsWith('ag')",
        "name.matches('^agent-(dev|prod)$')",
        "env == 'prod' && cluster == 'prod-eks'",
        "values.image.repository.startsWith(facts.registries[0])",
        "facts.registries.exists(r, values.image.repository.startsWith(r + '/'))",
        "values.replicaCount == facts.replicas",
        "values.image.tag == 2",
        "values.s == '3'",
        "values.a.b.size() == 2 || values.a['b[1]'] == null",
        "values['list'][1] == 2",
        "values.ignored == null",
        "has(values.image.tag) && !has(values.image.digest)",
        "sources.all(s, s.repoURL != null && s.chart == null)",
        "sources.size() == 2 && source.repoURL == 'https://a'",
        "labels.team in ['a', 'b']",
        "'CreateNamespace=true' in sync.syncOptions",
        "sync.syncOptions.exists(o, o.contains('Namespace'))",
        "facts.cluster.labels.tier == 'gold'",
        "quantity('512Mi') < quantity('1Gi') && glob(name, 'agent-*')",
        "project == 'team' && annotations == null",
        "name.upperAscii() == 'AGENT-PROD'",
        "name.split('-').size() == 2 && [3, 1].sort()[0] == 1",
    ] {
        assert_eq!(verdict(rule), Verdict::Pass, "{rule}");
    }
    for rule in ["sync.automated == null", "env in ['dev']", "has(values.nope)", "values.image.tag == '2'"] {
        assert_eq!(verdict(rule), Verdict::Fail, "{rule}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_unknown() {
    let unknown = |rule: &str| match verdict(rule) {
        Verdict::Unknown(why) => why,
        other => panic!("{rule}: {other:?}"),
    };
    assert_eq!(
        unknown("values.sidecar.image.startsWith('x')"),
        "`values.sidecar.image` is not set, and the rule needs it"
    );
    assert_eq!(unknown("name"), "the rule yields text, not true or false");
    assert!(unknown("values.nothing.all(x, true)").contains("`values.nothing`"));
    // Neither loops in loops nor what they build go on for ever.
    let lists = "[1,2,3,4,5,6,7,8,9,10]";
    let mut nested = String::from("true");
    for depth in 0..6 {
        nested = format!("{lists}.all(x{depth}, {nested})");
    }
    assert!(unknown(&nested).contains("more than 100000 steps"));
}

#[test]
fn faulty_rules_are_named() {
    for rule in [
        "",
        "a.b",
        "sync.",
        "foo(1)",
        "size(",
        "Message{a: 1}",
        "sync.automated == null)",
        "x.?y",
        &"(".repeat(3000),
        &"1+".repeat(3000),
    ] {
        let error = Program::compile(rule).unwrap_err();
        assert!(error.range.end <= rule.len() && !error.message.is_empty(), "{rule}");
    }
}

#[test]
fn exceptions_are_taken_out() {
    let platform = platform(
        "environments: {dev: {}, prod: {}}\nconstraints:\n- {id: a, rule: 'true', environments: [prod]}\n- {id: b, rule: 'true', except: [legacy-*]}\nexceptions:\n- {rule: b, applications: [x], environments: [dev], reason: r}\n",
    );
    assert_eq!(issues(&platform), "");
    let ids = |name, environment| {
        platform.constraints_for(name, environment).map(|c| c.id.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("x", Some("prod")), ["a", "b"]);
    assert_eq!(ids("x", Some("dev")), Vec::<String>::new());
    assert_eq!(ids("legacy-1", None), Vec::<String>::new());
}

#[test]
fn values_are_what_the_application_sets() {
    assert_eq!(helm_values(&json!({"path": "x"})), None);
    assert!(helm_values(&json!({"helm": {"values": "a: [1"}})).is_some());
    let set = json!({"helm": {"parameters": [{"name": "a\\.b", "value": "007"}, {"name": "n", "value": "null"}, {"name": "l[99999999]", "value": "x"}]}});
    assert_eq!(helm_values(&set), Some(json!({"a.b": "007", "n": null, "l": {"99999999": "x"}})));
}
