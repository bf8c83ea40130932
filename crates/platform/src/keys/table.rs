//! The table itself.

use super::Shape::{Any, Bool, Count, Either, Form as Formed, List, Map, Null, Object, Open, Text, Word};
use super::{Form, Key};

const TEXTS: super::Shape = List(&Text);
const ONE_OR_MORE: super::Shape = Either(&[Text, TEXTS]);
const LABELS: super::Shape = Map("label", &Text);
const ENVIRONMENTS: super::Shape = Either(&[
    TEXTS,
    Text,
    Object(&[&[
        Key { name: "except", shape: ONE_OR_MORE, doc: "All environments but these.", example: "[dev]" },
        Key { name: "only", shape: ONE_OR_MORE, doc: "These environments.", example: "[prod]" },
    ]]),
]);

/// The whole file.
pub(crate) const FILE: super::Shape = Object(&[TOP]);

const TOP: &[Key] = &[
    Key { name: "argocd", shape: Object(&[ARGOCD]), doc: "Argo CD as it runs on the platform.", example: "" },
    Key {
        name: "clusters",
        shape: Map("cluster", &Object(&[CLUSTER, FACTS])),
        doc: "The clusters, by the name Argo CD knows them by. Besides its own keys a cluster may state any fact of \
              its environment otherwise.",
        example: "{staging-eks: {server: https://4F1C.gr7.us-east-1.eks.amazonaws.com, environment: staging}}",
    },
    Key {
        name: "environments",
        shape: Map("environment", &Either(&[Object(&[ENVIRONMENT, FACTS]), Null])),
        doc: "The environments, and what is true of every cluster in them.",
        example: "{prod: {replicas: 5, sync: manual}}",
    },
    Key {
        name: "registries",
        shape: Map("registry host", &Either(&[Object(&[REGISTRY]), Null])),
        doc: "Container registries, by host (with a path where only part of it is meant).",
        example: "{docker.io: {public: true}}",
    },
    Key {
        name: "repositories",
        shape: Map("repository address", &Either(&[Object(&[REPOSITORY]), Text])),
        doc: "What stands for a repository, by its address; `\"*\"` stands for every other address.",
        example: "{https://github.com/acme/charts: {path: ../charts}}",
    },
    Key {
        name: "fixtures",
        shape: Object(&[FIXTURES]),
        doc: "Answers of the world outside, so that nothing is asked of it.",
        example: "",
    },
    Key { name: "conventions", shape: Object(&[CONVENTIONS]), doc: "How things are named.", example: "" },
    Key {
        name: "constraints",
        shape: List(&Object(&[CONSTRAINT])),
        doc: "Rules of the house. Each can cite the sentence it came from.",
        example: "[{id: prod-is-manual, level: must, environments: [prod], rule: sync.automated == null}]",
    },
    Key {
        name: "sources",
        shape: Map("fact", &Object(&[SOURCE])),
        doc: "Where facts came from, by their key: the sentence, or what a repository shows. `learn` writes it; judging \
              does not depend on it.",
        example: "{environments.prod.pullSecret: {quote: \"prod needs 'ecr-prod'\", from: \"constraints.txt:8\"}}",
    },
    Key {
        name: "exceptions",
        shape: List(&Object(&[EXCEPTION])),
        doc: "What a rule or constraint is waived for.",
        example: "[{rule: floating-image-tag, applications: [legacy-*], reason: moves to tags in May}]",
    },
    Key {
        name: "rules",
        shape: Map("rule", &Either(&[Word(LEVELS), Open(&[RULE])])),
        doc: "Level and options of rules, by the rule's name.",
        example: "{floating-image-tag: error}",
    },
    Key { name: "expect", shape: Object(&[EXPECT]), doc: "What is expected to come out.", example: "" },
    Key {
        name: "secrets",
        shape: Either(&[Word(BACKENDS), Object(&[SECRETS])]),
        doc: "How secrets get to the clusters, everywhere where nothing else is stated.",
        example: "external-secrets",
    },
    Key {
        name: "kubeconfig",
        shape: ONE_OR_MORE,
        doc: "Kubeconfig files to learn clusters from: names, addresses, contexts and how one logs in. \
              Credentials in them are never read.",
        example: "kubeconfig.yaml",
    },
    Key {
        name: "authors",
        shape: Object(&[AUTHORS]),
        doc: "Who writes manifests when `generate` is not told. Addresses and keys are never taken from here: they come from the \
              environment, so that a file of a repository cannot send a key elsewhere.",
        example: "{default: anthropic, anthropic: {model: claude-opus-5-5}}",
    },
];

const AUTHORS: &[Key] = &[
    Key {
        name: "default",
        shape: Word(&["builtin", "anthropic", "openai", "bedrock"]),
        doc: "Who writes; `builtin` when not given.",
        example: "anthropic",
    },
    Key { name: "anthropic", shape: Object(&[AUTHOR]), doc: "Claude by its own API.", example: "" },
    Key {
        name: "openai",
        shape: Object(&[AUTHOR]),
        doc: "OpenAI's chat API, and all that speak it.",
        example: "",
    },
    Key { name: "bedrock", shape: Object(&[AUTHOR]), doc: "Claude on Amazon Bedrock.", example: "" },
];

const AUTHOR: &[Key] = &[Key {
    name: "model",
    shape: Text,
    doc: "The model, in its provider's words.",
    example: "claude-opus-5-5",
}];

const LEVELS: &[&str] = &["off", "note", "warning", "error"];
const BACKENDS: &[&str] = &["kubernetes", "sealed-secrets", "external-secrets", "vault", "sops", "csi"];

const ARGOCD: &[Key] = &[
    Key {
        name: "version",
        shape: Formed(Form::Version),
        doc: "Its version. Decides which fields exist, defaults, and which Helm and Kustomize render.",
        example: "\"3.6\"",
    },
    Key {
        name: "namespace",
        shape: Text,
        doc: "The namespace it runs in; `argocd` when not given.",
        example: "argocd",
    },
    Key {
        name: "runsIn",
        shape: Text,
        doc: "The cluster it runs in: what `https://kubernetes.default.svc` and `in-cluster` mean.",
        example: "hub",
    },
    Key {
        name: "state",
        shape: ONE_OR_MORE,
        doc: "Files and folders of real Argo CD objects: cluster Secrets, AppProjects, `argocd-cm`, \
              `argocd-cmd-params-cm`, repository Secrets, plugin ConfigMaps, cluster decision resources, \
              Applications that exist. Credentials in them are never read.",
        example: "[argocd/]",
    },
    Key {
        name: "applicationNamespaces",
        shape: ONE_OR_MORE,
        doc: "Namespaces besides its own that Applications may live in (globs), as `application.namespaces`.",
        example: "[team-*]",
    },
    Key {
        name: "applicationSet",
        shape: Object(&[APPLICATION_SET]),
        doc: "How the ApplicationSet controller is started.",
        example: "",
    },
    Key {
        name: "parameters",
        shape: Map("key of argocd-cmd-params-cm", &Either(&[Text, Bool])),
        doc: "Any other setting, by its key in `argocd-cmd-params-cm`.",
        example: "{reposerver.include.hidden.directories: true}",
    },
];

const APPLICATION_SET: &[Key] = &[
    Key {
        name: "policy",
        shape: Word(&["sync", "create-only", "create-update", "create-delete"]),
        doc: "What the controller may do to Applications: `--policy`.",
        example: "create-update",
    },
    Key {
        name: "enablePolicyOverride",
        shape: Bool,
        doc: "Whether an ApplicationSet's own `applicationsSync` wins.",
        example: "",
    },
    Key {
        name: "newGitFileGlobbing",
        shape: Bool,
        doc: "Whether patterns of files generators are doublestar globs: `--enable-new-git-file-globbing`.",
        example: "",
    },
    Key { name: "progressiveSyncs", shape: Bool, doc: "Whether progressive syncs are on.", example: "" },
    Key {
        name: "scmProviders",
        shape: Bool,
        doc: "Whether SCM and pull request generators may run.",
        example: "",
    },
    Key {
        name: "allowedScmProviders",
        shape: ONE_OR_MORE,
        doc: "API addresses that those may ask.",
        example: "",
    },
    Key {
        name: "namespaces",
        shape: ONE_OR_MORE,
        doc: "Namespaces besides Argo CD's own that ApplicationSets may live in (globs).",
        example: "[team-*]",
    },
];

const CLUSTER: &[Key] = &[
    Key {
        name: "server",
        shape: Formed(Form::Url),
        doc: "The API server's address exactly as Argo CD knows it (a trailing slash aside).",
        example: "https://4F1C.gr7.us-east-1.eks.amazonaws.com",
    },
    Key { name: "environment", shape: Text, doc: "The environment it belongs to.", example: "staging" },
    Key {
        name: "context",
        shape: Text,
        doc: "The kubeconfig context that reaches it.",
        example: "staging-eks",
    },
    Key {
        name: "auth",
        shape: Text,
        doc: "How one logs in: `aws-iam`, `gke`, `azure`, `oidc`, `certificate`, `token`, or the command of an exec plugin.",
        example: "aws-iam",
    },
    Key {
        name: "kind",
        shape: Text,
        doc: "What it is: `minikube`, `kind`, `eks`, `gke`, `aks`, …",
        example: "eks",
    },
    Key {
        name: "labels",
        shape: LABELS,
        doc: "Labels of its cluster Secret: what cluster generators select by.",
        example: "{env: staging}",
    },
    Key {
        name: "annotations",
        shape: Map("annotation", &Text),
        doc: "Annotations of its cluster Secret.",
        example: "",
    },
    Key { name: "project", shape: Text, doc: "The project its cluster Secret is scoped to.", example: "" },
    Key {
        name: "nodes",
        shape: List(&Object(&[NODES])),
        doc: "Its nodes, in groups that are alike.",
        example: "[{count: 3, labels: {workload: agents}}]",
    },
];

const NODES: &[Key] = &[
    Key { name: "name", shape: Text, doc: "A name for people.", example: "agents" },
    Key { name: "count", shape: Count, doc: "How many there are.", example: "3" },
    Key { name: "labels", shape: LABELS, doc: "Labels of each.", example: "{workload: agents}" },
    Key {
        name: "taints",
        shape: TEXTS,
        doc: "Taints of each, as `key=value:Effect`.",
        example: "[gpu=yes:NoSchedule]",
    },
];

const ENVIRONMENT: &[Key] = &[
    Key { name: "aliases", shape: ONE_OR_MORE, doc: "Other names it goes by.", example: "[production]" },
    Key {
        name: "production",
        shape: Bool,
        doc: "Whether it is judged as production; by its name (`prod`, `production`, `prd`, `live`) when not given.",
        example: "true",
    },
];

/// Facts of an environment, or of a cluster that differs from it.
const FACTS: &[Key] = &[
    Key {
        name: "registries",
        shape: ONE_OR_MORE,
        doc: "Registries that images may come from.",
        example: "[123456789012.dkr.ecr.us-east-1.amazonaws.com]",
    },
    Key {
        name: "pullSecret",
        shape: Either(&[Text, Bool, Null, Map("registry host", &Either(&[Text, Bool, Null]))]),
        doc: "The Secret that images are pulled with; `false` where none is needed; a mapping where it differs by registry.",
        example: "ecr-staging",
    },
    Key {
        name: "sync",
        shape: Either(&[Word(&["manual", "automatic", "safe"]), Object(&[SYNC])]),
        doc: "How Applications are synced: `manual`; `automatic` (prunes and heals); `safe` (heals, never prunes); or part by part.",
        example: "{automated: true, prune: false, selfHeal: true}",
    },
    Key {
        name: "replicas",
        shape: Either(&[Count, Object(&[MIN_MAX_COUNT])]),
        doc: "How many replicas a workload has: a number, or bounds.",
        example: "{min: 3, max: 10}",
    },
    Key {
        name: "resources",
        shape: Object(&[RESOURCES]),
        doc: "Bounds of requests and limits.",
        example: "{limits: {memory: {max: 1Gi}}, required: true}",
    },
    Key {
        name: "nodeSelector",
        shape: LABELS,
        doc: "Node labels that workloads must ask for.",
        example: "{workload: agents}",
    },
    Key {
        name: "storageClasses",
        shape: ONE_OR_MORE,
        doc: "Storage classes that exist.",
        example: "[ebs-gp3]",
    },
    Key { name: "ingressClasses", shape: ONE_OR_MORE, doc: "Ingress classes that exist.", example: "[alb]" },
    Key {
        name: "namespaces",
        shape: Either(&[Map("namespace", &Either(&[Object(&[NAMESPACE]), Null])), TEXTS]),
        doc: "Namespaces that exist, with what they hold.",
        example: "{agents: {secrets: [ecr-staging]}}",
    },
    Key {
        name: "highAvailability",
        shape: Either(&[Bool, Object(&[HIGH_AVAILABILITY])]),
        doc: "Whether workloads must survive the loss of a node.",
        example: "{minReplicas: 3, disruptionBudget: true}",
    },
    Key {
        name: "pinned",
        shape: Either(&[Bool, List(&Word(PINNED)), Word(PINNED)]),
        doc: "What must be pinned: `revisions` (a tag, a full hash, an exact chart version), `tags` (no `latest`, no \
              branch), `digests`; `true` for revisions and tags, `false` for nothing.",
        example: "[revisions, tags]",
    },
    Key {
        name: "kubernetes",
        shape: Formed(Form::Version),
        doc: "The version of Kubernetes.",
        example: "\"1.35\"",
    },
    Key {
        name: "secrets",
        shape: Either(&[Word(BACKENDS), Object(&[SECRETS])]),
        doc: "How secrets get there.",
        example: "external-secrets",
    },
];

const PINNED: &[&str] = &["revisions", "tags", "digests"];

const SYNC: &[Key] = &[
    Key { name: "automated", shape: Bool, doc: "Whether Argo CD syncs by itself.", example: "true" },
    Key { name: "prune", shape: Bool, doc: "Whether it deletes what left Git.", example: "false" },
    Key {
        name: "selfHeal",
        shape: Bool,
        doc: "Whether it undoes changes made in the cluster.",
        example: "true",
    },
    Key {
        name: "allowEmpty",
        shape: Bool,
        doc: "Whether it may delete everything when nothing is rendered.",
        example: "false",
    },
    Key {
        name: "options",
        shape: ONE_OR_MORE,
        doc: "Sync options that every Application must carry.",
        example: "[CreateNamespace=false]",
    },
    Key {
        name: "windows",
        shape: List(&Object(&[WINDOW])),
        doc: "When syncing is allowed or denied.",
        example: "[{kind: deny, schedule: \"0 18 * * 5\", duration: 60h}]",
    },
];

const WINDOW: &[Key] = &[
    Key {
        name: "kind",
        shape: Word(&["allow", "deny"]),
        doc: "Whether it allows or denies.",
        example: "deny",
    },
    Key {
        name: "schedule",
        shape: Text,
        doc: "Cron expression of its beginning.",
        example: "\"0 22 * * *\"",
    },
    Key { name: "duration", shape: Formed(Form::Duration), doc: "How long it lasts.", example: "8h" },
    Key {
        name: "timeZone",
        shape: Text,
        doc: "Its time zone; UTC when not given.",
        example: "Europe/Berlin",
    },
];

const MIN_MAX_COUNT: &[Key] = &[
    Key { name: "min", shape: Count, doc: "The fewest.", example: "3" },
    Key { name: "max", shape: Count, doc: "The most.", example: "10" },
];

const RESOURCES: &[Key] = &[
    Key {
        name: "requests",
        shape: Object(&[AMOUNTS]),
        doc: "Bounds of requests.",
        example: "{memory: {min: 128Mi}}",
    },
    Key {
        name: "limits",
        shape: Object(&[AMOUNTS]),
        doc: "Bounds of limits.",
        example: "{memory: {max: 1Gi}}",
    },
    Key {
        name: "required",
        shape: Bool,
        doc: "Whether every container must state requests and limits.",
        example: "true",
    },
];

const AMOUNTS: &[Key] = &[
    Key {
        name: "cpu",
        shape: Either(&[Formed(Form::Quantity), Object(&[MIN_MAX])]),
        doc: "CPU: bounds, or the exact amount.",
        example: "{min: 100m, max: \"2\"}",
    },
    Key {
        name: "memory",
        shape: Either(&[Formed(Form::Quantity), Object(&[MIN_MAX])]),
        doc: "Memory: bounds, or the exact amount.",
        example: "{min: 128Mi, max: 1Gi}",
    },
];

const MIN_MAX: &[Key] = &[
    Key { name: "min", shape: Formed(Form::Quantity), doc: "The least.", example: "128Mi" },
    Key { name: "max", shape: Formed(Form::Quantity), doc: "The most.", example: "1Gi" },
];

const NAMESPACE: &[Key] = &[
    Key { name: "secrets", shape: ONE_OR_MORE, doc: "Secrets that are in it.", example: "[ecr-staging]" },
    Key {
        name: "serviceAccounts",
        shape: Map("service account", &ONE_OR_MORE),
        doc: "Service accounts that bring pull secrets along, with those secrets.",
        example: "{default: [ecr-staging]}",
    },
    Key { name: "labels", shape: LABELS, doc: "Labels it carries.", example: "" },
];

const HIGH_AVAILABILITY: &[Key] = &[
    Key { name: "minReplicas", shape: Count, doc: "The fewest replicas; 2 when not given.", example: "3" },
    Key {
        name: "disruptionBudget",
        shape: Bool,
        doc: "Whether a PodDisruptionBudget is asked for.",
        example: "true",
    },
    Key {
        name: "spreadOver",
        shape: Text,
        doc: "The topology key that replicas are spread over.",
        example: "topology.kubernetes.io/zone",
    },
];

const SECRETS: &[Key] =
    &[Key { name: "backend", shape: Word(BACKENDS), doc: "What brings them.", example: "external-secrets" }];

const REGISTRY: &[Key] = &[
    Key {
        name: "pullSecret",
        shape: Either(&[Text, Bool, Null]),
        doc: "The Secret that images are pulled with; `true` when one is needed whose name the environment states; \
              `false` when none is needed.",
        example: "ecr-staging",
    },
    Key {
        name: "tokensExpire",
        shape: Formed(Form::Duration),
        doc: "How long its tokens live; known to be 12h for ECR.",
        example: "12h",
    },
    Key { name: "public", shape: Bool, doc: "Whether anybody may pull from it.", example: "true" },
];

const REPOSITORY: &[Key] = &[
    Key {
        name: "path",
        shape: Text,
        doc: "The folder, work tree, bare Git repository or OCI layout that stands for it, relative to the platform file.",
        example: "../charts",
    },
    Key {
        name: "anyRevision",
        shape: Bool,
        doc: "Whether its files as they are stand for every revision.",
        example: "true",
    },
    Key {
        name: "type",
        shape: Word(&["git", "helm", "oci"]),
        doc: "What kind of repository it is; by its address when not given.",
        example: "helm",
    },
    Key { name: "project", shape: Text, doc: "The project it is scoped to.", example: "" },
];

const FIXTURES: &[Key] = &[
    Key {
        name: "plugin",
        shape: Map("ConfigMap of the plugin", &List(&Any)),
        doc: "What plugin generators answer as `output.parameters`, by their ConfigMap's name.",
        example: "{my-plugin: [{name: a}]}",
    },
    Key {
        name: "pullRequest",
        shape: Map("provider:owner/repository", &List(&Any)),
        doc: "Open pull requests: `number`, `title`, `branch`, `target_branch`, `head_sha`, `labels`, `author`.",
        example: "{\"github:acme/app\": [{number: 7, branch: fix, head_sha: 0123abc}]}",
    },
    Key {
        name: "scmProvider",
        shape: Map("provider:organization", &List(&Any)),
        doc: "Repositories: `repository`, `url`, `branch`, `sha`, `labels`.",
        example: "{\"github:acme\": [{repository: app, url: \"https://…\", branch: main}]}",
    },
    Key {
        name: "lookup",
        shape: ONE_OR_MORE,
        doc: "Files and folders of Kubernetes objects that Helm's `lookup` finds.",
        example: "[lookup/]",
    },
];

const CONVENTIONS: &[Key] = &[
    Key {
        name: "applicationName",
        shape: Text,
        doc: "Names of Applications, with `{app}`, `{env}`, `{cluster}`.",
        example: "\"{app}-{env}\"",
    },
    Key {
        name: "namespace",
        shape: Text,
        doc: "Target namespaces, with the same placeholders.",
        example: "\"{app}\"",
    },
    Key {
        name: "project",
        shape: Text,
        doc: "Names of projects, with the same placeholders.",
        example: "\"{env}\"",
    },
    Key {
        name: "labels",
        shape: LABELS,
        doc: "Labels that every Application carries; `*` for any value.",
        example: "{team: \"*\"}",
    },
];

const CONSTRAINT: &[Key] = &[
    Key {
        name: "id",
        shape: Text,
        doc: "Its name, stable, in findings and exceptions.",
        example: "prod-is-manual",
    },
    Key {
        name: "level",
        shape: Word(&["must", "should", "may"]),
        doc: "How binding it is: `must` is an error when broken, `should` a warning, `may` permits. `must` when not given.",
        example: "must",
    },
    Key {
        name: "environments",
        shape: ENVIRONMENTS,
        doc: "Where it holds: a list, `all`, `all except dev`, `{except: [dev]}`. Everywhere when not given.",
        example: "[prod]",
    },
    Key {
        name: "rule",
        shape: Text,
        doc: "The condition that must be true, in CEL. It sees `app`, `name`, `sync`, `destination`, `source`, \
              `sources`, `values`, `env`, `cluster`, `facts`; what is missing is `null`.",
        example: "sync.automated == null",
    },
    Key { name: "message", shape: Text, doc: "What to say when it is broken.", example: "" },
    Key {
        name: "source",
        shape: Text,
        doc: "The sentence it came from.",
        example: "\"prod MUST be manual sync only\"",
    },
    Key { name: "from", shape: Text, doc: "Where that sentence stands.", example: "\"constraints.txt:12\"" },
    Key {
        name: "superseded",
        shape: List(&Object(&[SUPERSEDED])),
        doc: "What was said before; the newest first.",
        example: "",
    },
    Key {
        name: "except",
        shape: ONE_OR_MORE,
        doc: "Applications it does not hold for (globs over their names).",
        example: "[sandbox-*]",
    },
];

const SOURCE: &[Key] = &[
    Key {
        name: "level",
        shape: Word(&["must", "should", "may"]),
        doc: "How binding the sentence makes it.",
        example: "must",
    },
    Key {
        name: "quote",
        shape: Text,
        doc: "The sentence, as it was written.",
        example: "\"prod needs 'ecr-prod'\"",
    },
    Key {
        name: "from",
        shape: Text,
        doc: "Where it stands: a file and a line, or who said it.",
        example: "\"constraints.txt:8\"",
    },
    Key {
        name: "support",
        shape: Text,
        doc: "How many of those that could show it do, where a repository shows it.",
        example: "47 of 48",
    },
    Key {
        name: "evidence",
        shape: ONE_OR_MORE,
        doc: "Some of the places that show it.",
        example: "[apps/agent.yaml:12]",
    },
    Key {
        name: "exceptions",
        shape: ONE_OR_MORE,
        doc: "Places that show something else.",
        example: "[\"apps/legacy.yaml:9: nginx\"]",
    },
    Key {
        name: "superseded",
        shape: List(&Object(&[SUPERSEDED])),
        doc: "What was said before; the newest first.",
        example: "[{value: ecr-credentials, from: \"round-2.txt:11\"}]",
    },
];

const SUPERSEDED: &[Key] = &[
    Key { name: "value", shape: Any, doc: "What was stated (of a constraint: its rule).", example: "" },
    Key { name: "quote", shape: Text, doc: "The sentence that said so.", example: "" },
    Key { name: "from", shape: Text, doc: "Where it stands.", example: "" },
];

const EXCEPTION: &[Key] = &[
    Key { name: "rule", shape: Text, doc: "The rule's or constraint's name.", example: "floating-image-tag" },
    Key {
        name: "applications",
        shape: ONE_OR_MORE,
        doc: "Applications it is waived for (globs); all when not given.",
        example: "[legacy-*]",
    },
    Key { name: "environments", shape: ENVIRONMENTS, doc: "Where it is waived.", example: "[dev]" },
    Key {
        name: "reason",
        shape: Text,
        doc: "Why. A waiver needs a reason.",
        example: "moves to tags in May",
    },
];

const RULE: &[Key] = &[
    Key { name: "level", shape: Word(LEVELS), doc: "How bad its findings are.", example: "error" },
    Key { name: "environments", shape: ENVIRONMENTS, doc: "Where that level holds.", example: "[prod]" },
];

const EXPECT: &[Key] = &[Key {
    name: "applications",
    shape: ONE_OR_MORE,
    doc: "Exactly these Applications are to be generated.",
    example: "[agent-dev, agent-prod]",
}];
