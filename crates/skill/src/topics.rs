//! What a skill for GitOps deployments teaches, and what it leaves out.

use std::sync::LazyLock;

use regex::Regex;
use seatrial_trial::{Finding, Severity};

use crate::Skill;
use crate::catalogue::MISSING_TOPIC;

/// Something that an agent has to know.
pub struct Topic {
    /// Its stable name.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Whether manifests go wrong without it, whatever is deployed.
    pub basic: bool,
    /// How it is named.
    named: &'static str,
    /// What tells that something one can act on is said of it.
    taught: &'static str,
    /// What to say of it, in a few lines.
    pub lesson: &'static str,
}

/// How far a skill goes into a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taught {
    /// It is not there.
    Missing,
    /// Its name is.
    Named,
    /// Something one can act on is said of it.
    Taught,
}

impl Taught {
    /// The name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Named => "named",
            Self::Taught => "taught",
        }
    }
}

/// The topics, in the order in which one would learn them.
const TOPICS: [Topic; 19] = [
    Topic {
        name: "validation",
        title: "Validating before handing over",
        basic: true,
        named: r"(?i)\bvalidat\w+|\bcheck\w*\b|\bdry[- ]run",
        taught: r"(?i)seatrial\s+check|try_manifest|kubectl apply[^\n]*--dry-run=server|argocd appset (generate|create)",
        lesson: "Never hand over a manifest that was not tried. Try it with the tool `try_manifest`, or `seatrial check -` with its text on standard input, mend what is found, and try again until the verdict is `ready`. `unknown` is not `ready`: say what could not be judged.",
    },
    Topic {
        name: "platform-facts",
        title: "Facts of the platform",
        basic: true,
        named: r"(?i)\b(cluster (names?|urls?|servers?)|registr(y|ies))\b",
        taught: r"(?i)platform_facts|seatrial\s+(platform|learn)|seatrial\.yaml|\bask\b[^.\n]*\b(person|user|team)\b|argocd cluster list",
        lesson: "Use only clusters, servers, registries, secrets and namespaces that the platform's facts tell (`platform_facts`, `seatrial platform`). A fact that is missing is a question for a person, never a guess.",
    },
    Topic {
        name: "environments",
        title: "What each environment demands",
        basic: true,
        named: r"(?i)\b(dev|staging|prod(uction)?)\b",
        taught: r"(?i)\bconstraints?\b|\b(each|every|per)[- ]environment\b|environment-specific",
        lesson: "Each environment has demands of its own: registry, pull secret, replicas, sync policy, node selector. Compare each generated Application with the demands of the environment that it goes to, and keep what was said in words as constraints (`seatrial learn -`).",
    },
    Topic {
        name: "generators",
        title: "Generators",
        basic: true,
        named: r"(?i)\bgenerators?\b",
        taught: r"(?s)(?i)(list|clusters?).{0,4000}\bmatrix\b|\bmatrix\b.{0,4000}(list|clusters?)",
        lesson: "A `list` with one element for each environment is the plainest form. `clusters` selects by labels of cluster Secrets, `git` by folders or files, `matrix` multiplies exactly two generators, `merge` overlays by `mergeKeys`. Count what comes out: three environments times two registries are six Applications.",
    },
    Topic {
        name: "templates",
        title: "Templates that keep types",
        basic: true,
        named: r"(?i)\bgoTemplate\b|\btemplates?\b",
        taught: r"\btemplatePatch\b|missingkey=error",
        lesson: "Set `goTemplate: true` and `goTemplateOptions: [\"missingkey=error\"]`, write the dot (`{{ .name }}`), and quote values that begin with `{{`. A template fills strings; numbers, booleans and blocks that differ go into `templatePatch`.",
    },
    Topic {
        name: "sync-policy",
        title: "Automated or by hand",
        basic: true,
        named: r"(?i)\bsync\s?polic(y|ies)|\bautomated\b|\bselfHeal\b",
        taught: r"(?i)\bautomated\b[^.\n]*\b(absent|no|without|leave|omit|remove|switches|means|enabled)|\bno\b[^.\n]*\bautomated\b|\bprune\b[^.\n]*\bprod",
        lesson: "Automation is on as soon as `syncPolicy.automated` is there, even empty. By hand means: no `automated` at all. `prune` in production needs a person's word.",
    },
    Topic {
        name: "deletion",
        title: "What deletes workloads",
        basic: true,
        named: r"(?i)\bdelet\w+",
        taught: r"\bpreserveResourcesOnDeletion\b|\bapplicationsSync\b",
        lesson: "Removing or renaming an element deletes its Application and all that it runs. Set `syncPolicy: {preserveResourcesOnDeletion: true, applicationsSync: create-update}` on the ApplicationSet.",
    },
    Topic {
        name: "pull-secrets",
        title: "Registries and pull secrets",
        basic: true,
        named: r"(?i)\bimagePullSecrets?\b|\bpull secrets?\b",
        taught: r"(?i)\b(namespace|12[- ]hours?|node|service account)\b[^.\n]*\bpull|pull[^.\n]*\b(namespace|12[- ]hours?|node|service account|exist)",
        lesson: "A pull secret is looked up in the workload's namespace; a namespace that `CreateNamespace=true` makes has none. Name one only where the registry needs it. ECR tokens live for 12 hours: a static secret fails tomorrow.",
    },
    Topic {
        name: "secrets",
        title: "Secrets",
        basic: false,
        named: r"(?i)\bsecrets?\b",
        taught: r"(?i)\bExternalSecret\b|\bSealed\s?Secrets?\b|\bSOPS\b|\bVault\b",
        lesson: "No secret's value is ever in Git, in an element, or in Helm values. Use what the platform uses: External Secrets (`external-secrets.io/v1`), Sealed Secrets (the sealed file is committed), Vault or SOPS; and have the Secret there before its user, by its wave.",
    },
    Topic {
        name: "waves",
        title: "Sync waves",
        basic: false,
        named: r"(?i)\bsync[- ]?waves?\b|\bwaves?\b",
        taught: r"argocd\.argoproj\.io/sync-wave",
        lesson: "`argocd.argoproj.io/sync-wave: \"5\"` orders the resources of one Application, smaller first. A claim whose class waits for its first consumer stands in the same wave as that consumer, or the sync waits for ever.",
    },
    Topic {
        name: "hooks",
        title: "Hooks",
        basic: false,
        named: r"(?i)\bhooks?\b",
        taught: r"\bhook-delete-policy\b|\b(PreSync|PostSync|SyncFail)\b",
        lesson: "`argocd.argoproj.io/hook` is one of PreSync, Sync, Skip, PostSync, SyncFail, PreDelete, PostDelete; `argocd.argoproj.io/hook-delete-policy` one of BeforeHookCreation, HookSucceeded, HookFailed. `HookFailed` deletes a hook that failed. A hook runs in every sync: make it repeatable.",
    },
    Topic {
        name: "sync-windows",
        title: "Sync windows",
        basic: false,
        named: r"(?i)\bsync\s?windows?\b|\bmaintenance windows?\b",
        taught: r"(?i)\bAppProject\b[^\n]*\bwindows?\b|\bwindows?\b[^\n]*\b(AppProject|manualSync)\b",
        lesson: "Sync windows belong to the AppProject (`spec.syncWindows`). A deny window blocks syncs by hand too, unless it says `manualSync: true`.",
    },
    Topic {
        name: "health",
        title: "Health",
        basic: false,
        named: r"(?i)\bhealth\w*",
        taught: r"(?i)\breadiness\b|\bLua\b|resource\.customizations",
        lesson: "Argo CD asks no endpoint: it sees a service by the readiness of its pods, and kinds of your own by Lua in `argocd-cm` under `resource.customizations.health.GROUP_KIND`.",
    },
    Topic {
        name: "multi-cluster",
        title: "Several clusters",
        basic: false,
        named: r"(?i)\bmulti[- ]?cluster\b|\bclusters\b",
        taught: r"(?i)secret-type: cluster|argocd cluster (add|set)|destination\.(name|server)|kubernetes\.default\.svc",
        lesson: "A destination is a registered cluster's name or exact server. `https://kubernetes.default.svc` is the cluster that Argo CD runs in, and right for no other. Clusters are Secrets with the label `argocd.argoproj.io/secret-type: cluster`.",
    },
    Topic {
        name: "projects",
        title: "AppProjects",
        basic: false,
        named: r"(?i)\bAppProjects?\b|\bprojects?\b",
        taught: r"\bsourceRepos\b|\bclusterResourceWhitelist\b|(?i)\bAppProject\b[^.\n]*\b(permit|allow|destination)",
        lesson: "Every Application names a project other than `default`. A project permits `sourceRepos`, `destinations` and kinds; keep `*` out of it, and `clusterResourceWhitelist` empty unless it is needed.",
    },
    Topic {
        name: "rbac",
        title: "RBAC",
        basic: false,
        named: r"\bRBAC\b",
        taught: r"\bargocd-rbac-cm\b|(?m)^\s*p,\s*role:|\bpolicy\.(csv|default)\b",
        lesson: "Rights of people are lines of `argocd-rbac-cm`: `p, role:deployer, applications, sync, agents/*, allow`. `policy.default` names a role or is empty; what it grants, no deny rule takes away.",
    },
    Topic {
        name: "notifications",
        title: "Notifications",
        basic: false,
        named: r"(?i)\bnotifications?\b",
        taught: r"notifications\.argoproj\.io/subscribe",
        lesson: "An Application subscribes by the annotation `notifications.argoproj.io/subscribe.TRIGGER.SERVICE: RECIPIENT`; in an ApplicationSet it goes into `template.metadata.annotations`. `argocd-notifications-cm` has templates and triggers.",
    },
    Topic {
        name: "progressive-delivery",
        title: "Progressive delivery",
        basic: false,
        named: r"(?i)\b(canary|blue[- ]?green|progressive|rollouts?)\b",
        taught: r"\bAnalysisTemplate\b|\bRollingSync\b|kubectl argo rollouts|kind: Rollout",
        lesson: "Within a service: Argo Rollouts, a `Rollout` in place of the Deployment, with steps and an `AnalysisTemplate` that they name. Across clusters: `strategy: {type: RollingSync}` of the ApplicationSet.",
    },
    Topic {
        name: "revisions",
        title: "Pinned revisions",
        basic: false,
        named: r"(?i)\btargetRevision\b|\btags?\b|\brevisions?\b",
        taught: r"(?i)\b(pin|pins|pinned|digest|semver)\b|\b(tag|commit|sha)\b[^.\n]*\bprod|\bprod\w*\b[^.\n]*\b(tag|commit|sha|pin)",
        lesson: "Production deploys a tag, a commit or a digest, never a branch, `HEAD` or `latest`. One revision moves through the environments by changes in Git.",
    },
];

static COMPILED: LazyLock<Vec<(Option<Regex>, Option<Regex>)>> = LazyLock::new(|| {
    TOPICS.iter().map(|topic| (Regex::new(topic.named).ok(), Regex::new(topic.taught).ok())).collect()
});

/// What a skill says of each topic.
pub fn topics(skill: &Skill) -> Vec<(&'static Topic, Taught)> {
    let texts: Vec<&str> =
        skill.pages().iter().map(|page| page.file().text.get(page.body..).unwrap_or_default()).collect();
    let any = |pattern: Option<&Regex>| pattern.is_some_and(|p| texts.iter().any(|text| p.is_match(text)));
    TOPICS
        .iter()
        .zip(COMPILED.iter())
        .map(|(topic, (named, taught))| {
            let how = match (any(named.as_ref()), any(taught.as_ref())) {
                (_, true) => Taught::Taught,
                (true, false) => Taught::Named,
                (false, false) => Taught::Missing,
            };
            (topic, how)
        })
        .collect()
}

/// `basic` when only what every manifest needs is taught, or not even that; `advanced` when most of the rest is too.
pub fn grade(taught: &[(&'static Topic, Taught)]) -> &'static str {
    let of = |basic: bool| taught.iter().filter(move |(topic, _)| topic.basic == basic);
    let complete = |(_, how): &&(&Topic, Taught)| *how == Taught::Taught;
    let all_basic = of(true).all(|entry| complete(&entry));
    let advanced = of(false).filter(complete).count();
    if all_basic && advanced * 4 >= of(false).count() * 3 { "advanced" } else { "basic" }
}

/// Whether it is a skill of this kind at all.
pub(crate) fn is_about_gitops(skill: &Skill) -> bool {
    skill.pages().iter().any(|page| {
        let text = page.file().text.to_lowercase();
        text.contains("argo cd") || text.contains("argocd") || text.contains("applicationset")
    })
}

pub(crate) fn judge(skill: &Skill) -> Vec<Finding> {
    let Some(main) = skill.main().filter(|_| is_about_gitops(skill)) else { return Vec::new() };
    let place = main.file().span_of(main.body..main.body);
    topics(skill)
        .into_iter()
        .filter(|(_, how)| *how != Taught::Taught)
        .map(|(topic, how)| {
            let message = match how {
                Taught::Named => format!(
                    "{} ({}) is named, but nothing is said that one could act on",
                    topic.title, topic.name
                ),
                _ => format!("nothing is said of: {} ({})", topic.title, topic.name),
            };
            let severity = if topic.basic { Severity::Warning } else { Severity::Note };
            Finding::of(&MISSING_TOPIC, place, message).help(topic.lesson).key(topic.name).severity(severity)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seatrial_source::Memory;

    use super::*;

    fn skill(text: &str) -> Skill {
        let memory: Memory = [("SKILL.md", text)].into_iter().collect();
        Skill::of("a".into(), Arc::new(memory)).unwrap()
    }

    #[test]
    fn every_pattern_is_one_and_every_lesson_teaches_its_topic() {
        for ((named, taught), topic) in COMPILED.iter().zip(&TOPICS) {
            assert!(named.is_some() && taught.is_some(), "{}", topic.name);
            assert!(taught.as_ref().unwrap().is_match(topic.lesson), "{}", topic.name);
        }
    }

    #[test]
    fn a_topic_that_is_only_named_is_not_taught() {
        let skill = skill("---\nname: a\ndescription: b\n---\nArgo CD: mind sync waves and RBAC.\n");
        let how = |name: &str| topics(&skill).into_iter().find(|(t, _)| t.name == name).unwrap().1;
        assert_eq!(
            (how("waves"), how("rbac"), how("hooks")),
            (Taught::Named, Taught::Named, Taught::Missing)
        );
        assert_eq!(grade(&topics(&skill)), "basic");
    }

    #[test]
    fn other_skills_are_left_alone() {
        assert!(judge(&skill("---\nname: a\ndescription: b\n---\nHow to bake bread.\n")).is_empty());
    }
}
