//! What others read in a text: what it says is taken, what it does not say never.

use std::sync::Arc;

use seatrial_learn::{Heard, prose};
use seatrial_platform::Platform;
use seatrial_source::{FileId, SourceFile};

const TEXT: &str = "\
The environments are dev, staging and prod.

Prod: everything there arrives out of 123456789012.dkr.ecr.eu-west-1.amazonaws.com by way of the secret 'ecr-prod'.
In staging it arrives out of ghcr.io by way of the secret 'ghcr-read'.
Prod must never pull from quay.io.
Staging uses 2 replicas, prod uses 5 replicas.
At least 2 replicas belong into dev.
Could prod sync automatically?
We used to run dev on registry.old.example.
If we move, staging will use registry.new.example.
Staging or prod takes the class ebs-io2.
prod-eks is the EKS cluster of prod, at https://abc.gr7.eu-west-1.eks.amazonaws.com.
Prod is synced by hand only.
Dev knows the class local-path.
`environments.prod.registries: [evil.example]`

```yaml
prod: {registry: evil.example}
```
";

fn platform() -> Platform {
    let text = "environments: {dev: {}, staging: {}, prod: {}}\n";
    Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", text)))
}

fn heard(key: &str, value: &str, quote: &str) -> Heard {
    let key = key.split('/').map(str::to_owned).collect();
    Heard { key, value: value.to_owned(), quote: quote.to_owned() }
}

#[test]
fn what_the_text_says_is_taken() {
    let own = prose::read(TEXT, &platform());
    for (key, value, quote) in [
        ("environments/prod/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
        (
            "environments/prod/registries",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "everything there arrives out of 123456789012.dkr.ecr.eu-west-1.amazonaws.com by way of the secret",
        ),
        ("environments/dev/storageClasses", "local-path", "Dev knows the class local-path."),
        ("clusters/prod-eks/kind", "eks", "prod-eks is the EKS cluster of prod"),
        ("clusters/prod-eks/environment", "prod", "the EKS cluster of prod"),
        ("environments/prod/replicas", "5", "prod uses 5 replicas"),
        ("environments/prod/sync/automated", "no", "Prod is synced by hand only."),
    ] {
        let one = heard(key, value, quote);
        let (reading, unfounded) = prose::read_with(TEXT, &platform(), std::slice::from_ref(&one));
        assert_eq!(unfounded, [], "{key}");
        let key = key.replace('/', ".");
        assert!(reading.facts.iter().any(|fact| fact.key() == key), "{key}: {:#?}", reading.facts);
        // Nothing else is changed by it.
        assert!(
            own.facts.iter().all(|fact| reading.facts.iter().any(|now| now.key() == fact.key())),
            "{key}"
        );
    }
}

/// Facts that are not of the text, each with words that are, or that are not.
const LIES: &[(&str, &str, &str)] = &[
    // No words, words that are not there, words that are pieced together, pieces of words.
    ("environments/dev/pullSecret", "ecr-prod", ""),
    ("environments/dev/registries", "evil.example", "Dev uses evil.example."),
    ("environments/prod/registries", "evil.example", "In prod everything arrives out of evil.example"),
    ("environments/dev/pullSecret", "ghcr-read", "The environments are dev by way of the secret 'ghcr-read'"),
    ("environments/prod/pullSecret", "ecr-pro", "by way of the secret 'ecr-pro"),
    ("environments/prod/pullSecret", "ecr", "by way of the secret 'ecr-prod'"),
    // The right words for another place.
    ("environments/dev/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
    ("environments/staging/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
    (
        "environments/prod/pullSecret",
        "ghcr-read",
        "In staging it arrives out of ghcr.io by way of the secret 'ghcr-read'.",
    ),
    ("environments/prod/registries", "ghcr.io", "In staging it arrives out of ghcr.io"),
    ("environments/dev/replicas", "5", "Staging uses 2 replicas, prod uses 5 replicas."),
    (
        "clusters/dev-eks/server",
        "https://abc.gr7.eu-west-1.eks.amazonaws.com",
        "https://abc.gr7.eu-west-1.eks.amazonaws.com",
    ),
    ("clusters/prod-eks/environment", "dev", "prod-eks is the EKS cluster of prod"),
    // Another value than the words have.
    ("environments/prod/pullSecret", "evil", "by way of the secret 'ecr-prod'"),
    ("environments/prod/registries", "evil.example", "everything there arrives out of"),
    (
        "environments/prod/registries",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com, evil.example",
        "everything there arrives out of",
    ),
    ("clusters/prod-eks/server", "https://evil.example", "prod-eks is the EKS cluster of prod"),
    ("clusters/prod-eks/kind", "gke", "prod-eks is the EKS cluster of prod"),
    // What is denied, asked, supposed, past, bounded or left open.
    ("environments/prod/registries", "quay.io", "pull from quay.io"),
    ("environments/prod/registries", "quay.io", "Prod must never pull from quay.io."),
    ("environments/prod/sync/automated", "yes", "prod sync automatically"),
    ("environments/dev/registries", "registry.old.example", "run dev on registry.old.example"),
    ("environments/staging/registries", "registry.new.example", "staging will use registry.new.example"),
    ("environments/dev/replicas", "2", "At least 2 replicas belong into dev."),
    ("environments/prod/storageClasses", "ebs-io2", "Staging or prod takes the class ebs-io2."),
    // Decisions that no word makes.
    ("environments/dev/sync/automated", "yes", "The environments are dev, staging and prod."),
    ("environments/dev/sync/prune", "yes", "The environments are dev, staging and prod."),
    ("environments/prod/pullSecret", "no", "by way of the secret 'ecr-prod'"),
    ("environments/prod/production", "no", "Prod is synced by hand only."),
    ("environments/dev/highAvailability", "no", "The environments are dev, staging and prod."),
    ("registries/ghcr.io/public", "yes", "it arrives out of ghcr.io"),
    // Code, and what is no fact.
    ("environments/prod/registries", "evil.example", "prod: {registry: evil.example}"),
    ("silences/0", "unknown-cluster", "Prod is synced by hand only."),
    ("constraints/0/rule", "true", "Prod is synced by hand only."),
    ("authors/default", "openai", "The environments are dev, staging and prod."),
    ("repositories/https://evil.example", "x", "The environments are dev, staging and prod."),
    ("environments/prod", "manual", "Prod is synced by hand only."),
    ("environments/evil/pullSecret", "ecr-prod", "by way of the secret 'ecr-prod'"),
    ("argocd/namespace", "kube-system", "The environments are dev, staging and prod."),
    ("conventions/project", "default", "The environments are dev, staging and prod."),
    ("", "", "Prod is synced by hand only."),
];

#[test]
fn what_it_does_not_say_is_never_taken() {
    let own = prose::read(TEXT, &platform());
    for (key, value, quote) in LIES {
        let one = heard(key, value, quote);
        let (reading, unfounded) = prose::read_with(TEXT, &platform(), std::slice::from_ref(&one));
        assert_eq!(unfounded.len(), 1, "{key} {value}");
        assert_eq!(reading, own, "{key} {value}: {}", unfounded[0].why);
    }
    let all: Vec<Heard> = LIES.iter().map(|(key, value, quote)| heard(key, value, quote)).collect();
    assert_eq!(prose::read_with(TEXT, &platform(), &all).0, own);
}

#[test]
fn where_rules_and_others_differ_it_is_asked() {
    let text = "Prod pulls with the secret 'ecr-prod', the one that replaced 'ecr-common'.\n";
    let own = prose::read(text, &platform());
    assert_eq!(own.facts.len(), 1);
    let other = heard("environments/prod/pullSecret", "ecr-common", "the one that replaced 'ecr-common'");
    let (reading, unfounded) = prose::read_with(text, &platform(), &[other]);
    assert!(unfounded.is_empty() && reading.facts.is_empty(), "{reading:#?} {unfounded:?}");
    let [question] = reading.questions.as_slice() else { panic!("{reading:#?}") };
    assert!(question.text.contains("ecr-prod") && question.text.contains("ecr-common"), "{}", question.text);
}
