//! What a repository of a hundred Applications shows, and what it must not show.

use std::fmt::Write as _;
use std::sync::Arc;

use seatrial_learn::edit::apply_mined;
use seatrial_learn::repo::{Mined, Repository, Seen, mine};
use seatrial_platform::Platform;
use seatrial_source::{FileId, Memory, Snapshot, SourceFile};
use seatrial_trial::Options;

const URL: &str = "https://git.acme.dev/platform/deploy.git";
const CANARY: &str = "eyJhbGciOiJSUzI1NiJ9-canary";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: \"{{ .Release.Name }}\"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: \"{{ .Release.Name }}\"}}
  template:
    metadata: {labels: {app: \"{{ .Release.Name }}\"}}
    spec:
      {{- with .Values.pullSecret }}
      imagePullSecrets: [{name: {{ . }}}]
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toYaml . | nindent 8 }}
      {{- end }}
      containers:
      - {name: main, image: \"{{ .Values.registry }}/acme/{{ .Release.Name }}:1.2.3\"}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: \"{{ .Release.Name }}\"}
spec: {storageClassName: {{ .Values.storage }}, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: \"{{ .Release.Name }}\"}
spec: {ingressClassName: {{ .Values.ingress }}, rules: []}
";

struct Env {
    name: &'static str,
    cluster: &'static str,
    values: &'static str,
    sync: &'static str,
    applications: usize,
}

const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

const ENVIRONMENTS: [Env; 3] = [
    Env {
        name: "dev",
        cluster: "dev-k3s",
        values: "{replicas: 1, registry: docker.io, storage: standard, ingress: nginx}",
        sync: "{automated: {prune: true, selfHeal: true}}",
        applications: 34,
    },
    Env {
        name: "staging",
        cluster: "staging-eks",
        values: "{replicas: 2, registry: ECR, pullSecret: ecr-staging, storage: gp3, ingress: alb, nodeSelector: {workload: apps}}",
        sync: "{automated: {selfHeal: true}}",
        applications: 33,
    },
    Env {
        name: "prod",
        cluster: "prod-eks",
        values: "{replicas: 4, registry: ECR, pullSecret: ecr-prod, storage: io2, ingress: alb, nodeSelector: {workload: apps}}",
        sync: "{syncOptions: [PruneLast=true]}",
        applications: 33,
    },
];

/// A hundred Applications; one in production pulls with another secret, one there syncs by itself.
fn repository() -> Memory {
    let mut tree = Memory::new();
    tree.insert("charts/service/Chart.yaml", "apiVersion: v2\nname: service\nversion: 1.0.0\n");
    tree.insert("charts/service/templates/all.yaml", DEPLOYMENT);
    tree.insert(
        "argocd/project.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: services, namespace: argocd}\nspec: {}\n",
    );
    for environment in &ENVIRONMENTS {
        let (name, cluster) = (environment.name, environment.cluster);
        tree.insert(
            &format!("argocd/{cluster}.yaml"),
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {cluster}\n  namespace: argocd\n  labels: {{argocd.argoproj.io/secret-type: cluster, env: {name}}}\nstringData:\n  name: {cluster}\n  server: https://{cluster}.acme.dev:6443\n  config: '{{\"bearerToken\": \"{CANARY}\"}}'\n"
            ),
        );
        tree.insert(&format!("charts/service/values-{name}.yaml"), environment.values.replace("ECR", ECR));
        for n in 0..environment.applications {
            let special = name == "prod" && n == 5;
            let values = if special { "\n      valuesObject: {pullSecret: old-secret}" } else { "" };
            let sync = if name == "prod" && n == 9 { "{automated: {}}" } else { environment.sync };
            tree.insert(
                &format!("apps/{name}/service-{n:02}.yaml"),
                format!(
                    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: service-{n:02}-{name}, namespace: argocd}}\nspec:\n  project: services\n  source:\n    repoURL: {URL}\n    targetRevision: main\n    path: charts/service\n    helm:\n      valueFiles: [values-{name}.yaml]{values}\n  destination: {{name: {cluster}, namespace: service-{n:02}}}\n  syncPolicy: {sync}\n"
                ),
            );
        }
    }
    tree
}

fn mined(platform: &Arc<Platform>) -> Mined {
    let snapshot: Arc<dyn Snapshot> = Arc::new(repository());
    let repository = Repository { snapshot, root: None, remotes: &[], path: "." };
    mine(&repository, platform, &Options::default())
}

fn shown(fact: &Seen) -> String {
    let mut out = format!("{} = {} ({} of {})", fact.path.join("."), fact.value, fact.support, fact.of);
    for exception in &fact.exceptions {
        let _ = write!(out, "\n  but {exception}");
    }
    out
}

#[test]
fn a_hundred_applications() {
    let mined = mined(&Arc::new(Platform::none()));
    assert_eq!((mined.applications, mined.rendered, &mined.unknown), (100, 100, &Vec::new()));
    assert_eq!(mined.questions, Vec::new());
    let namespace = |fact: &&Seen| !fact.path.iter().any(|key| key == "namespaces");
    let facts: Vec<String> = mined.facts.iter().filter(namespace).map(shown).collect();
    insta::assert_snapshot!(facts.join("\n"));
    let edited = apply_mined("", &mined);
    assert_eq!(edited.questions, Vec::new());
    let platform =
        Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", edited.text.as_str())));
    assert!(platform.issues().is_empty(), "{:?}", platform.issues());
    assert!(!edited.text.contains(CANARY) && !format!("{mined:?}").contains(CANARY));
    // What was written is known from then on.
    let again = super_known(&platform);
    assert_eq!(again, Vec::<String>::new());
}

fn super_known(platform: &Platform) -> Vec<String> {
    let tree = repository();
    let mut with = tree;
    let text = platform.file().map(|file| file.text.to_string()).unwrap_or_default();
    with.insert("seatrial.yaml", text);
    let tree: Arc<dyn Snapshot> = Arc::new(with);
    let platform = Arc::new(Platform::from_tree(&tree, "seatrial.yaml").unwrap());
    let repository = Repository { snapshot: tree, root: None, remotes: &[], path: "." };
    let mined = mine(&repository, &platform, &Options::default());
    assert_eq!(mined.questions, Vec::new());
    mined.facts.iter().map(shown).collect()
}

#[test]
fn what_the_file_says_otherwise_is_asked() {
    let text = format!(
        "argocd: {{state: [argocd]}}\nrepositories: {{{URL}: {{path: ., anyRevision: true}}}}\nclusters: {{prod-eks: {{environment: prod}}}}\nenvironments: {{prod: {{replicas: 3, pullSecret: ecr-prod}}}}\n"
    );
    let mut with = repository();
    with.insert("seatrial.yaml", text);
    let tree: Arc<dyn Snapshot> = Arc::new(with);
    let platform = Arc::new(Platform::from_tree(&tree, "seatrial.yaml").unwrap());
    let repository = Repository { snapshot: tree, root: None, remotes: &[], path: "." };
    let mined = mine(&repository, &platform, &Options::default());
    let contradicted: Vec<String> = mined.contradictions.iter().map(|one| one.key.join(".")).collect();
    assert_eq!(contradicted, ["environments.prod.replicas"]);
    assert!(mined.known.iter().any(|fact| fact.path.join(".") == "environments.prod.pullSecret"));
    assert!(mined.facts.iter().all(|fact| fact.path.join(".") != "environments.prod.replicas"));
}
