//! The sketch of the platform file, typed, and what is in force on it.

mod common;

use common::{issues, platform, with_files};
use seatrial_platform::{Environments, Level, Modality, PullSecret, Replicas};

const SKETCH: &str = r#"
argocd:
  version: "3.6"                 # decides Helm, Kustomize, defaults
  namespace: argocd
  runsIn: hub
clusters:
  hub: {environment: dev}
  staging-eks: {server: "https://4F1C.gr7.us-east-1.eks.amazonaws.com", environment: staging, context: staging-eks, kubernetes: "1.35", auth: aws-iam, labels: {env: staging}, storageClasses: [ebs-gp3], ingressClasses: [alb], replicas: 2}
environments:
  dev: {}
  staging: {registries: [123456789012.dkr.ecr.us-east-1.amazonaws.com], pullSecret: ecr-staging, sync: {automated: true, prune: false, selfHeal: true}, replicas: 3, nodeSelector: {workload: agents}, namespaces: {agents: {secrets: [ecr-staging]}}}
  prod: {aliases: [production], sync: manual, pinned: true, highAvailability: {minReplicas: 3}}
registries:
  123456789012.dkr.ecr.us-east-1.amazonaws.com: {pullSecret: ecr-staging}
  docker.io: {public: true}
repositories:
  https://github.com/acme/helm-charts: {path: charts}
  "*": {path: ., anyRevision: true}
fixtures:
  plugin: {my-generator-configmap: [{name: a}, {name: b}]}
  pullRequest: {"github:acme/app": [{number: 7, title: T, branch: fix, target_branch: main, head_sha: 0123abc, labels: [preview], author: x}]}
  scmProvider: {"github:acme": [{repository: app, url: "https://x", branch: main, sha: a, labels: []}]}
  lookup: [lookup/]
conventions: {applicationName: "{app}-{env}", namespace: "{app}"}
constraints:
  - {id: prod-is-manual, level: must, environments: [prod], rule: sync.automated == null, source: "prod MUST be manual sync only"}
  - {id: pulled, environments: all except dev, rule: values.imagePullSecrets != null}
exceptions:
  - {rule: pulled, applications: [legacy-*], reason: no charts yet}
rules: {floating-image-tag: {level: error, depth: 2}, unused-parameter: off}
expect: {applications: [fastapi-agent-dev, fastapi-agent-staging, fastapi-agent-prod]}
"#;

#[test]
fn the_sketch_has_no_issues() {
    let platform = platform(SKETCH);
    assert_eq!(issues(&platform), "");
    assert!(platform.is_present());
    assert_eq!(platform.version().to_string(), "3.6.1");
    assert_eq!(platform.fixtures.plugin.len(), 1);
    assert_eq!(platform.lookup[0].value, "lookup/");
}

#[test]
fn names_find_their_places() {
    let platform = platform(SKETCH);
    assert_eq!(platform.environment_named("PRODUCTION"), Some("prod"));
    assert_eq!(platform.cluster_by_server("https://kubernetes.default.svc/"), Some("hub"));
    assert_eq!(platform.cluster_by_name("in-cluster"), Some("hub"));
    assert_eq!(
        platform.cluster_by_server("https://4F1C.gr7.us-east-1.eks.amazonaws.com/"),
        Some("staging-eks")
    );
    assert_eq!(platform.cluster_by_server("https://staging.example.com"), None);
    assert_eq!(platform.environment_of("staging-eks"), Some("staging"));
    assert_eq!(platform.clusters_of("dev").map(|c| c.name.value.as_str()).collect::<Vec<_>>(), ["hub"]);
    assert!(platform.is_production("prod") && !platform.is_production("staging"));
    assert_eq!(platform.knows_repository("git@github.com:acme/helm-charts.git"), Some(true));
}

#[test]
fn a_cluster_overrides_its_environment() {
    let platform = platform(SKETCH);
    let cluster = platform.fact_for("staging-eks");
    let replicas = cluster.replicas().unwrap();
    assert_eq!(
        (replicas.value, replicas.key.as_str()),
        (&Replicas::Exactly(2), "clusters.staging-eks.replicas")
    );
    let secret = cluster.pull_secret().unwrap();
    assert_eq!(secret.key, "environments.staging.pullSecret");
    let file = platform.file().unwrap();
    assert_eq!(file.slice(secret.span), "ecr-staging");
    let environment = platform.scope(Some("staging"), None);
    assert_eq!(environment.replicas().unwrap().value, &Replicas::Exactly(3));
    assert_eq!(environment.namespace("agents").unwrap().unwrap().secrets.as_ref().unwrap().len(), 1);
    assert!(environment.namespace("other").unwrap().is_none());
    assert!(platform.scope(Some("prod"), None).namespace("agents").is_none());
    let prod = platform.scope(Some("production"), None);
    assert!(!prod.sync().unwrap().value.automated.unwrap().value);
    assert!(prod.pinned().unwrap().value.tags.is_some());
}

#[test]
fn pull_secrets_by_registry() {
    let platform = platform(
        "registries:\n  docker.io: {public: true}\n  ghcr.io/acme: {pullSecret: true}\n  quay.io: {}\nenvironments:\n  dev: {}\n  prod: {pullSecret: {ghcr.io/acme: ghcr-prod, quay.io: false}}\n  staging: {pullSecret: one}\n  test: {pullSecret: null}\n",
    );
    assert_eq!(issues(&platform), "");
    let secret = |environment: &str, image: &str| {
        platform
            .scope(Some(environment), None)
            .pull_secret_for(image)
            .map(|fact| (fact.value.clone(), fact.key))
    };
    let named = |name: &str, key: &str| Some((PullSecret::Named(name.into()), key.to_owned()));
    assert_eq!(
        secret("prod", "ghcr.io/acme/agent:1"),
        named("ghcr-prod", "environments.prod.pullSecret.ghcr.io/acme")
    );
    assert_eq!(secret("staging", "ghcr.io/acme/agent:1"), named("one", "environments.staging.pullSecret"));
    assert_eq!(
        secret("staging", "docker.io/x"),
        Some((PullSecret::NotNeeded, "registries.docker.io.pullSecret".into()))
    );
    assert_eq!(
        secret("dev", "ghcr.io/acme/agent"),
        Some((PullSecret::Needed, "registries.ghcr.io/acme.pullSecret".into()))
    );
    assert_eq!(secret("test", "ghcr.io/acme/agent").unwrap().0, PullSecret::NotNeeded);
    assert_eq!(secret("dev", "ghcr.io/acmes/agent"), None);
}

#[test]
fn words_for_environments() {
    let text = "environments: {dev: {}, test: {}, prod: {}}\nconstraints:\n";
    let line = |environments: &str| format!("- {{id: c, rule: 'true', environments: {environments}}}\n");
    for (written, holds) in [
        ("[prod]", [false, false, true]),
        ("all", [true, true, true]),
        ("all except dev", [false, true, true]),
        ("\"all, except: dev\"", [true, true, true]),
        ("every but dev and test", [false, false, true]),
        ("{except: [dev, test]}", [false, false, true]),
        ("{only: dev}", [true, false, false]),
        ("prod", [false, false, true]),
    ] {
        let platform = platform(&format!("{text}{}", line(written)));
        let constraint = &platform.constraints[0];
        assert_eq!(constraint.level.value, Modality::Must);
        if written.contains(", except") {
            assert!(
                matches!(constraint.environments, Environments::Only(_)),
                "what is not understood is not `all`"
            );
            assert!(issues(&platform).contains("unknown-name"));
            continue;
        }
        let found =
            ["dev", "test", "prod"].map(|name| platform.applies(&constraint.environments, Some(name)));
        assert_eq!(found, holds, "{written}");
    }
}

#[test]
fn rules_have_levels_and_options() {
    let platform = platform(SKETCH);
    assert_eq!(platform.level("floating-image-tag"), Some(Level::Error));
    assert_eq!(platform.level("unused-parameter"), Some(Level::Off));
    assert_eq!(platform.level("other"), None);
    let setting = platform.rule_setting("floating-image-tag", Some("prod")).unwrap();
    assert_eq!(setting.options, serde_json::json!({"depth": 2}));
    let unknown = platform.unknown_rules(&["floating-image-tags", "unused-parameter"]);
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].replacement.as_deref(), Some("floating-image-tags"));
    assert!(platform.exception("pulled", "legacy-api", Some("dev")).is_some());
    assert!(platform.exception("pulled", "api", None).is_none());
}

#[test]
fn facts_keep_where_they_came_from() {
    let text = r#"
registries: {docker.io: {public: true}}
environments:
  prod: {pullSecret: ecr-prod, sync: {automated: false}}
constraints:
  - {id: prod-is-manual, environments: [prod], rule: sync.automated == null, source: "manual only", from: "b.txt:2", superseded: [{value: "true", quote: "as you like", from: "a.txt:1"}]}
sources:
  environments.prod.sync: {level: must, quote: "manual only", from: "b.txt:2"}
  environments.prod.pullSecret: {quote: "ecr-prod", superseded: [{value: ecr-credentials, quote: "all have it", from: "a.txt:3"}]}
  registries.docker.io.public: {support: 9 of 10, evidence: ["a.yaml:1"], exceptions: "b.yaml:1"}
  environments.prod.replicas: {quote: "five"}
"#;
    let platform = platform(text);
    assert_eq!(
        issues(&platform),
        "seatrial.yaml:11:3 unknown-name «environments.prod.replicas»\n  `sources` speaks of \
         `environments.prod.replicas`, which the platform file does not state\n  help: Correct the key, or drop the entry.\n"
    );
    let sync = platform.source_of("environments.prod.sync.automated").unwrap();
    assert_eq!(sync.quote.as_ref().unwrap().value, "manual only");
    assert_eq!(sync.level.unwrap().value, Modality::Must);
    let secret = platform.source_of("environments.prod.pullSecret").unwrap();
    assert_eq!(secret.superseded[0].value, "ecr-credentials");
    let public = platform.source_of("registries.docker.io.public").unwrap();
    assert_eq!((public.evidence.len(), public.exceptions.len()), (1, 1));
    assert!(platform.source_of("environments.prod").is_none());
    assert_eq!(platform.constraints[0].superseded[0].from.as_ref().unwrap().value, "a.txt:1");
}

#[test]
fn anchors_and_merge_keys_are_for_people() {
    let platform = platform(
        "x-common: &common {replicas: 3, sync: safe}\nenvironments:\n  a: {<<: *common, replicas: 1}\n  b: *common\n",
    );
    assert_eq!(issues(&platform), "");
    assert_eq!(platform.scope(Some("a"), None).replicas().unwrap().value, &Replicas::Exactly(1));
    assert_eq!(platform.scope(Some("b"), None).replicas().unwrap().value, &Replicas::Exactly(3));
    assert!(platform.scope(Some("a"), None).sync().unwrap().value.prune.is_some());
}

#[test]
fn the_example_of_the_repository_is_clean() {
    let text = include_str!("../../../examples/fastapi-agent/seatrial.yaml");
    let platform = with_files(text, &[]);
    assert_eq!(issues(&platform), "");
    assert_eq!(platform.cluster_by_server("https://kubernetes.default.svc"), Some("minikube"));
}
