use super::{GeneratorKind, Intent, Vocabulary, read};

fn vocabulary() -> Vocabulary {
    let names = |list: &[&str]| list.iter().map(|n| ((*n).to_owned(), Vec::new())).collect();
    let mut environments: Vec<(String, Vec<String>)> = names(&["dev", "staging", "prod"]);
    environments[1].1.push("uat".to_owned());
    Vocabulary {
        environments,
        clusters: [
            ("minikube", "dev"),
            ("staging-eks", "staging"),
            ("prod-eks-1", "prod"),
            ("prod-eks-2", "prod"),
        ]
        .map(|(name, of)| (name.to_owned(), Some(of.to_owned())))
        .to_vec(),
        charts: names(&["fastapi-agent", "billing-api", "agent", "postgres", "web_front"]),
    }
}

fn intent(text: &str) -> Intent {
    read(text, &vocabulary()).intent
}

#[test]
fn where_to() {
    for (text, expected) in [
        ("Deploy the FastAPI agent to dev, staging, and prod.", "dev staging prod"),
        (
            "Generate an ApplicationSet for deploying our FastAPI agent to dev, staging, and prod",
            "dev staging prod",
        ),
        ("deploy fastapi-agent everywhere", "dev staging prod"),
        ("roll out fastapi-agent to all environments except prod", "dev staging"),
        ("deploy fastapi-agent to all three environments", "dev staging prod"),
        ("deploy fastapi-agent everywhere but not to production", "dev staging"),
        ("Ship billing-api to staging & production.", "staging prod"),
        ("Install billing-api into development and the production environment.", "dev prod"),
        ("put the agent on UAT", "staging"),
        ("install postgres in dev only", "dev"),
        ("Deploy the agent to prod-eks-1", "prod"),
        ("run the agent on every production cluster", "prod"),
        ("Deploy the agent.", ""),
        // A rule of the house is no target.
        ("Deploy the agent to dev. Staging and prod MUST use private ECR.", "dev"),
        (
            "Deploy the agent to dev, staging and prod. Each cluster has the secret 'pull', except dev (it doesn't need one).",
            "dev staging prod",
        ),
        (
            "Deploy the agent. We have to handle nodes: staging and prod require it to run on nodes labeled 'a: b'.",
            "",
        ),
    ] {
        assert_eq!(intent(text).environments.join(" "), expected, "{text}");
    }
}

#[test]
fn which_chart() {
    for (text, expected) in [
        ("Deploy the FastAPI agent to dev", Some("fastapi-agent")),
        ("Deploy our agent to dev", Some("agent")),
        ("Deploy billing-api to dev", Some("billing-api")),
        ("Deploy BillingAPI to dev", Some("billing-api")),
        ("Deploy the web front to dev", Some("web_front")),
        ("Deploy the shop to dev", None),
    ] {
        assert_eq!(intent(text).chart.as_deref(), expected, "{text}");
    }
    let two = read("deploy postgres and billing-api", &vocabulary());
    assert_eq!(two.intent.chart.as_deref(), Some("billing-api"), "the longer name is the better told");
}

#[test]
fn settings_with_their_environments() {
    let text = "Deploy billing-api to staging and prod in the namespace payments, with 2 replicas in staging and 4 in prod.\n\
                Use image tag v2.3.1 in staging and tag v2.3.0 in prod. It is reachable at billing.acme.dev.";
    let intent = intent(text);
    assert_eq!(intent.namespace.as_deref(), Some("payments"));
    assert_eq!(intent.replicas.get("staging"), Some(&2));
    assert_eq!(intent.tag.get("staging").map(String::as_str), Some("v2.3.1"));
    assert_eq!(intent.tag.get("prod").map(String::as_str), Some("v2.3.0"));
    assert_eq!(intent.host.all.as_deref(), Some("billing.acme.dev"));
}

#[test]
fn lists_speak_of_one_environment_each() {
    let text = "Deploy the agent to:\n- dev: 1 replica\n- staging: 3 replicas\n- prod: 5 replicas, image tag sha-abc1234\n";
    let intent = intent(text);
    assert_eq!(intent.environments.join(" "), "dev staging prod");
    assert_eq!((intent.replicas.get("dev"), intent.replicas.get("prod")), (Some(&1), Some(&5)));
    assert_eq!(intent.tag.get("prod").map(String::as_str), Some("sha-abc1234"));
    assert_eq!(intent.tag.get("dev"), None);
}

#[test]
fn other_words() {
    let it = intent(
        "Deploy the agent as 'helper', called chat-bot, to every cluster, with a cluster generator, from tag v1.2.3",
    );
    assert_eq!(it.app.as_deref(), Some("chat-bot"));
    assert!(it.every_cluster);
    assert_eq!(it.generator, Some(GeneratorKind::Clusters));
    let it = intent(
        "Deploy the agent to dev from revision v0.4.0 of the charts, chart version 1.2.0. Use a list or matrix generator.",
    );
    assert_eq!(it.revision.all.as_deref(), Some("1.2.0"));
    assert_eq!(it.generator, Some(GeneratorKind::List));
    let it = intent("Deploy the agent to dev and prod, from tag v0.4.0 of the charts, with image tag v9.");
    assert_eq!((it.revision.all.as_deref(), it.tag.all.as_deref()), (Some("v0.4.0"), Some("v9")));
    let it = intent("Deploy the agent to dev. The chart is charts/agent of https://a.b/c, at tag v0.4.0.");
    assert_eq!((it.revision.all.as_deref(), it.tag.all.as_deref()), (Some("v0.4.0"), None));
    assert_eq!(intent("deploy agent to dev in namespace `agents`").namespace.as_deref(), Some("agents"));
    assert_eq!(intent("deploy agent to dev, in its own namespace").namespace, None);
}

#[test]
fn amounts_belong_to_their_places() {
    let memory = |text: &str| -> Vec<(Option<String>, String)> {
        let intent = intent(text);
        let found = intent.amounts.into_iter().find(|(path, _)| path.to_string() == "requests.memory");
        let per = found.map(|(_, per)| per).unwrap_or_default();
        let all = per.all.into_iter().map(|amount| (None, amount));
        all.chain(per.each.into_iter().map(|(name, amount)| (Some(name), amount))).collect()
    };
    let of = |name: &str, amount: &str| (Some(name.to_owned()), amount.to_owned());
    let each = [of("dev", "256Mi"), of("prod", "1Gi"), of("staging", "512Mi")];
    assert_eq!(memory("Deploy the agent. Memory: 256Mi in dev, 512Mi in staging, 1Gi in prod."), each);
    assert_eq!(memory("Give the agent 1Gi of memory in prod."), [of("prod", "1Gi")]);
    assert_eq!(memory("Give the agent 512Mi of memory."), [(None, "512Mi".to_owned())]);
    // Which is meant for what is not said: nothing is taken.
    assert_eq!(memory("Memory between 256Mi and 1Gi."), []);
}

#[test]
fn any_text_is_read() {
    for text in
        ["", "…", "'\"`", "- \n-\n:", "tag tag tag", "namespace", "in in in prod:", "\u{feff}Ω to dev"]
    {
        read(text, &vocabulary());
    }
}

#[test]
fn clusters_of_an_environment() {
    for (text, expected) in [
        ("Put billing-api on each cluster of production.", "prod"),
        ("Run billing-api on every cluster in dev and prod.", "dev prod"),
        ("Run billing-api on all prod clusters.", "prod"),
        ("Run billing-api on every cluster.", "dev staging prod"),
    ] {
        let read = intent(text);
        assert!(read.every_cluster, "{text}");
        assert_eq!(read.environments.join(" "), expected, "{text}");
    }
}

#[test]
fn a_tag_of_something() {
    for text in
        ["Change the image tag of billing-api to 2.3.1 in dev.", "The tag for the agent is 2.3.1 in dev."]
    {
        assert_eq!(intent(text).tag.get("dev").map(String::as_str), Some("2.3.1"), "{text}");
    }
    assert_eq!(intent("Keep the tag of billing-api in dev.").tag.get("dev"), None);
}
