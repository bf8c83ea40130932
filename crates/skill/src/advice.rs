//! Advice that is wrong, by what Argo CD really does.

use std::sync::LazyLock;

use regex::Regex;
use seatrial_source::Edit;
use seatrial_trial::{Finding, Fix};

use crate::catalogue::WRONG_ADVICE;
use crate::markdown::{Line, Page};

/// Where a statement is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In fenced blocks.
    Code,
    /// In sentences.
    Prose,
    /// In both.
    Both,
}

/// A statement that does not hold.
struct Wrong {
    key: &'static str,
    within: Where,
    pattern: &'static str,
    message: &'static str,
    help: &'static str,
    /// What the match becomes, where one text can simply take the place of another.
    instead: Option<&'static str>,
    /// What makes it right, in the same block or on the same line; empty for nothing.
    unless: &'static str,
}

impl Wrong {
    const fn unless(self, unless: &'static str) -> Self {
        Self { unless, ..self }
    }
}

const fn wrong(
    key: &'static str,
    within: Where,
    pattern: &'static str,
    message: &'static str,
    help: &'static str,
) -> Wrong {
    Wrong { key, within, pattern, message, help, instead: None, unless: "" }
}

const fn renamed(
    key: &'static str,
    pattern: &'static str,
    instead: &'static str,
    message: &'static str,
    help: &'static str,
) -> Wrong {
    Wrong { key, within: Both, pattern, message, help, instead: Some(instead), unless: "" }
}

use Where::{Both, Code, Prose};

const WRONG: [Wrong; 28] = [
    renamed(
        "hook-deletion-policy",
        r"\bhook-deletion-policy\b",
        "hook-delete-policy",
        "there is no annotation `hook-deletion-policy`: Argo CD ignores it, and deletes hooks before they are created again",
        "`argocd.argoproj.io/hook-delete-policy`",
    ),
    renamed(
        "values-files",
        r"\bvaluesFiles\b",
        "valueFiles",
        "Argo CD has no `valuesFiles`: it is dropped, and the chart's defaults hold",
        "`helm.valueFiles`",
    ),
    wrong(
        "values-inline",
        Both,
        r"\bvaluesInline\b",
        "Argo CD has no `valuesInline`, which is Kustomize's: it is dropped, and the chart's defaults hold",
        "`helm.valuesObject` takes a mapping, `helm.values` a text",
    ),
    renamed("go-text", r"\bgoText\b", "goTemplate", "there is no `goText`", "`goTemplate: true`"),
    wrong(
        "sync-windows-in-application",
        Prose,
        r"(?i)sync\s?windows?\b[^.]*\b(in|of|on|to)\s+(an|the|each|every|your)\s+application\b|\bspec\.syncPolicy\.syncWindows\b",
        "sync windows are no part of an Application",
        "they belong to its AppProject: `spec.syncWindows`",
    ),
    wrong(
        "forced-through-window",
        Both,
        r"(?i)(--force\b[^.\n]*\b(overrid|bypass|ignor|despite|during)[^.\n]*\bwindow|\bwindow[^.\n]*\b(overrid|bypass|ignor)[^.\n]*--force\b)",
        "forcing a sync does not override a sync window",
        "a window lets syncs by hand through where it says `manualSync: true`",
    ),
    wrong(
        "automated-is-manual",
        Both,
        r"(?i)automated:\s*\{\s*\}[^\n]*\bmanual|\bmanual[^.\n]*\bautomated:\s*\{\s*\}",
        "`automated: {}` switches automation on",
        "by hand means: no `automated` at all, or `automated.enabled: false` since Argo CD 3.1",
    ),
    wrong(
        "polls-in-seconds",
        Prose,
        r"(?i)\b(polls?|checks?|syncs?|reconciles?)\b[^.\n]*\bevery\s+(3|three|few)\s+seconds\b",
        "Argo CD does not look at Git every few seconds",
        "every 120 seconds and up to 60 more (`timeout.reconciliation` and its jitter), or at once by a webhook",
    ),
    wrong(
        "hook-failed-keeps",
        Both,
        r"(?i)\bHookFailed\b[^.\n]*\b(keep|keeps|retain|retains|preserve|preserves)\b",
        "`HookFailed` deletes a hook that failed",
        "to keep one that failed: `HookSucceeded` or `BeforeHookCreation`",
    ),
    wrong(
        "notifications-by-label",
        Both,
        r"(?i)(\bsubscri\w+[^.\n]*\b(via|by|with|using|through)\s+(a\s+)?labels?\b|\blabels?\b[^.\n]*\bnotifications\.argoproj\.io/subscribe)",
        "labels subscribe to nothing",
        "the annotation `notifications.argoproj.io/subscribe.TRIGGER.SERVICE: RECIPIENT`",
    ),
    wrong(
        "notifications-apart",
        Both,
        r"\bargocd-notifications\s+namespace\b|\bnamespace:\s*argocd-notifications\b|(?i)install[^.\n]*\bargocd-notifications\b[^.\n]*\bseparate",
        "notifications are no installation of their own",
        "the controller is part of Argo CD, in its namespace; `argocd-notifications-cm` configures it",
    ),
    wrong(
        "denied-namespaces",
        Both,
        r"\bdeniedNamespaces\b",
        "AppProjects have no `deniedNamespaces`",
        "a destination whose namespace begins with `!` forbids it",
    ),
    wrong(
        "cluster-kind",
        Both,
        r"\bcluster\.argoproj\.io/v1alpha1\b",
        "there is no kind `Cluster` of Argo CD",
        "a Secret with the label `argocd.argoproj.io/secret-type: cluster`",
    ),
    wrong(
        "nodes-for-clusters",
        Prose,
        r"(?i)\blabel\w*\s+(the\s+|your\s+|each\s+)?nodes?\b[^.\n]*\bclusters?\s+(generator|selector)\b",
        "the clusters generator does not look at labels of nodes",
        "it selects by labels of the cluster's Secret in Argo CD's namespace",
    ),
    wrong(
        "cluster-parameters",
        Both,
        r"\{\{\s*\.?cluster\.(name|server|metadata\.[A-Za-z.]+)\s*\}\}",
        "the clusters generator has no parameter `cluster`",
        "`name`, `nameNormalized`, `server`, `project`, `metadata.labels.X`, `metadata.annotations.X`",
    )
    .unless("git:"),
    wrong(
        "four-generators",
        Prose,
        r"(?i)\b(four|4|three|3|five|5)\s+(main\s+|types\s+of\s+|kinds\s+of\s+)?generators\b",
        "ApplicationSets have more generators than that",
        "list, clusters, git, matrix, merge, scmProvider, pullRequest, clusterDecisionResource, plugin",
    ),
    wrong(
        "rbac-list",
        Both,
        r"(?m)^\s*p,\s*\S+,\s*\w+,\s*list\s*,",
        "RBAC has no action `list`",
        "`get`, `create`, `update`, `delete`, `sync`, `action`, `override`",
    ),
    wrong(
        "default-deny",
        Both,
        r"\bpolicy\.default:\s*['\x22]?(deny|none)\b",
        "`policy.default` names a role",
        "leave it empty, so that nothing is allowed by default",
    ),
    wrong(
        "http-health",
        Both,
        r"(?i)\bhealthChecks:|\b(argo\s?cd|application)\b[^.\n]*\b(http|tcp)\s+(health\s+)?(checks?|probes?)\b",
        "Argo CD asks no endpoint, and an Application has no field for one",
        "readiness probes of the pods, and Lua in `argocd-cm` for kinds of your own",
    ),
    wrong(
        "pending-is-degraded",
        Prose,
        r"(?i)\b(PVC|PersistentVolumeClaim)s?\b[^.\n]*\bpending\b[^.\n]*\bdegraded\b",
        "a pending claim is Progressing",
        "it becomes healthy when it is bound",
    ),
    wrong(
        "rollout-undo",
        Both,
        r"\bkubectl\s+rollout\s+undo\s+(rollout|ro)[/\s]",
        "`kubectl rollout undo` does not know Rollouts",
        "`kubectl argo rollouts undo NAME`",
    ),
    wrong(
        "old-external-secrets",
        Code,
        r"\bexternal-secrets\.io/v1(alpha|beta)1\b",
        "this version of External Secrets is served no more",
        "`external-secrets.io/v1`",
    ),
    wrong(
        "sealed-ignored",
        Both,
        r"(?i)\.gitignore[^.\n]*\bsealed-?secret|\bsealed-?secret\S*[^.\n]*\.?\bgitignore",
        "sealed secrets are made to be committed",
        "keep the plain Secret out of Git, and commit the sealed one",
    ),
    wrong(
        "target-is-namespace",
        Prose,
        r"(?i)metadata\.namespace\b[^.\n]*\b(must|should|has to)\s+(match|equal|be the same)[^.\n]*\bdestination",
        "the namespace of an Application or a set is Argo CD's own",
        "`metadata.namespace: argocd`; where it deploys to is `destination.namespace`",
    )
    .unless("child"),
    wrong(
        "helm-templates-values",
        Prose,
        r"(?i)\bargo\s?cd\b[^.\n]*\b(standard\s+)?helm\s+templating\b",
        "ApplicationSets are not templated by Helm",
        "by fasttemplate, or with `goTemplate: true` by Go templates, string by string; `templatePatch` for all else",
    ),
    wrong(
        "exclude-path",
        Code,
        r"\bexclude:\s*['\x22]?[A-Za-z0-9*_.-]+/",
        "`exclude` is `true` or `false`",
        "an entry of its own: `{path: apps/old, exclude: true}`",
    ),
    wrong(
        "slack-webhook",
        Both,
        r"(?i)slack[^.\n]*\btoken\b[^.\n]*https://hooks\.slack\.com",
        "the Slack service takes no webhook's address for a token",
        "a bot's token, `xoxb-…`",
    ),
    wrong(
        "floating-everywhere",
        Prose,
        r"(?i)\b(use|set|prefer)\b[^.\n]*\b(targetRevision:\s*)?(HEAD|latest)\b[^.\n]*\b(in|for)\s+(all|every|production|prod)\b",
        "production is not deployed from what moves",
        "a tag, a commit or a digest",
    ),
];

static COMPILED: LazyLock<Vec<(Regex, &'static Wrong)>> = LazyLock::new(|| {
    WRONG.iter().filter_map(|wrong| Some((Regex::new(wrong.pattern).ok()?, wrong))).collect()
});

/// Words that deny what stands beside them.
static DENIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(not|no|never|n't|cannot|can't|don't|doesn't|isn't|aren't|wrong|wrongly|incorrect|instead of|rather than|unlike|avoid|misspell\w*|mistake\w*|ignored?|dropped|nor|neither|without|deprecated|myth|false)\b|❌|✗|⚠",
    )
    .ok()
});

pub(crate) fn judge(page: &Page) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &page.lines {
        let in_code = line.block.is_some();
        if page.is_bad_example(line) {
            continue;
        }
        let text = page.text(&line.range);
        for (pattern, wrong) in COMPILED.iter() {
            if !matches!((wrong.within, in_code), (Both, _) | (Code, true) | (Prose, false)) {
                continue;
            }
            let around =
                line.block.and_then(|at| page.blocks.get(at)).map_or(text, |block| page.text(&block.range));
            if !wrong.unless.is_empty() && around.contains(wrong.unless) {
                continue;
            }
            for found in pattern.find_iter(text) {
                if !is_denied(text, found.range(), in_code) {
                    out.push(told(page, line, wrong, found.range()));
                }
            }
        }
    }
    out
}

/// Whether the sentence (or the comment on a line of code) says that it is not so.
pub(crate) fn is_denied(text: &str, found: std::ops::Range<usize>, in_code: bool) -> bool {
    let Some(denies) = DENIES.as_ref() else { return false };
    let outside = |part: &str| denies.is_match(part);
    if in_code {
        // What is denied in code is so by its comment.
        return text
            .get(found.end..)
            .and_then(|rest| rest.split_once('#'))
            .is_some_and(|(_, comment)| outside(comment));
    }
    let start = text.get(..found.start).and_then(|head| head.rfind(". ")).map_or(0, |at| at + 2);
    let end = text.get(found.end..).and_then(|tail| tail.find(". ")).map_or(text.len(), |at| found.end + at);
    let before = text.get(start..found.start).unwrap_or_default();
    let after = text.get(found.end..end).unwrap_or_default();
    outside(before) || outside(after)
}

fn told(page: &Page, line: &Line, wrong: &Wrong, found: std::ops::Range<usize>) -> Finding {
    let span = page.file().span_of(line.range.start + found.start..line.range.start + found.end);
    let fix = wrong.instead.map(|instead| {
        let edit = Edit::replace(span, instead);
        Fix::safe(format!("write `{instead}`"), vec![edit])
    });
    Finding::of(&WRONG_ADVICE, span, wrong.message).help(wrong.help).key(wrong.key).maybe_fix(fix)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seatrial_source::{Files, SourceFile};

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let files = Files::new();
        let page = Page::read(Arc::new(SourceFile::new(files.id("SKILL.md"), "SKILL.md", text)));
        judge(&page).into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(COMPILED.len(), WRONG.len());
        assert!(DENIES.is_some());
    }

    /// Each statement in words of our own, as a skill would repeat it.
    #[test]
    fn what_does_not_hold_is_found() {
        for (text, key) in [
            ("Set `argocd.argoproj.io/hook-deletion-policy: HookSucceeded`.", "hook-deletion-policy"),
            ("```yaml\nhelm:\n  valuesFiles: [a.yaml]\n```", "values-files"),
            ("Put values into `valuesInline`.", "values-inline"),
            ("Switch on `goText: true`.", "go-text"),
            ("Add sync windows to the Application.", "sync-windows-in-application"),
            ("Use `argocd app sync --force` to bypass a deny window.", "forced-through-window"),
            ("```yaml\nautomated: {}   # manual sync only\n```", "automated-is-manual"),
            ("Argo CD polls Git every 3 seconds.", "polls-in-seconds"),
            ("HookFailed: keep failed jobs for debugging.", "hook-failed-keeps"),
            ("Applications subscribe to notifications via labels.", "notifications-by-label"),
            ("The controller runs in the argocd-notifications namespace.", "notifications-apart"),
            ("```yaml\ndeniedNamespaces: [kube-system]\n```", "denied-namespaces"),
            ("```yaml\napiVersion: cluster.argoproj.io/v1alpha1\n```", "cluster-kind"),
            ("Label the nodes so that the cluster generator picks them.", "nodes-for-clusters"),
            ("```yaml\nname: '{{cluster.name}}-agent'\n```", "cluster-parameters"),
            ("There are four main generators.", "four-generators"),
            ("```\np, role:dev, applications, list, */*, allow\n```", "rbac-list"),
            ("```yaml\npolicy.default: deny\n```", "default-deny"),
            ("Argo CD runs HTTP health checks against the service.", "http-health"),
            ("A PVC that is pending is Degraded.", "pending-is-degraded"),
            ("Roll back by `kubectl rollout undo rollout/agent`.", "rollout-undo"),
            ("```yaml\napiVersion: external-secrets.io/v1beta1\n```", "old-external-secrets"),
            ("Add sealed-secret.yaml to .gitignore", "sealed-ignored"),
            ("`metadata.namespace` must match `destination.namespace`.", "target-is-namespace"),
            ("ArgoCD uses standard Helm templating for sets.", "helm-templates-values"),
            ("```yaml\n- exclude: 'environments/templates'\n```", "exclude-path"),
            ("The Slack token is https://hooks.slack.com/services/x", "slack-webhook"),
            ("Use `HEAD` for all environments.", "floating-everywhere"),
        ] {
            assert_eq!(found(text), [key], "{text}");
        }
    }

    #[test]
    fn what_is_denied_is_not_repeated() {
        for text in [
            "There is no `valuesInline` in Argo CD.",
            "`hook-deletion-policy` is ignored: write `hook-delete-policy`.",
            "Use `argocd app get`, not `argocd app status`.",
            "Wrong:\n```yaml\nvaluesInline: {}\n```",
            "```yaml\nvaluesInline: {}   # wrong: dropped\n```",
            "An Application has no sync windows of its own.",
            "By hand means: no `automated` at all; `automated: {}` switches automation on, so it is never manual.",
            "Argo CD asks no HTTP endpoint for health.",
            "`metadata.namespace` of child manifests must match `destination.namespace`.",
            "```yaml\ngenerators: [{git: {files: [{path: c.json}]}}]\nname: '{{.cluster.name}}'\n```",
            "The AppProject has the sync windows.",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
