//! The rules of skills.

use seatrial_trial::{Group, Meta, Severity};

/// The format.
pub(crate) static INVALID_SKILL: Meta = Meta::new("invalid-skill", Group::Skill, Severity::Error, "
Finds what the Agent Skills specification refuses.

## What it does
Reads the frontmatter of `SKILL.md`: its keys (`name`, `description`, `license`, `compatibility`, `metadata`, `allowed-tools` and no others),
the name (1 to 64 small letters, digits and single hyphens, the same as the folder's), the lengths, and which files the pages point at.

## Why it is bad
A host that follows the specification does not load the skill, or loads it without the pages that it needs.

## Example
```yaml
name: GitOps_Deployment     # gitops-deployment, as the folder is called
version: 1                  # goes under `metadata`
```

## How to fix
Keep to the six keys; put everything else under `metadata`.

## When to ignore
When the skill is for one host alone, which knows the key.
");

/// Advice that is wrong.
pub(crate) static WRONG_ADVICE: Meta = Meta::new("wrong-advice", Group::Skill, Severity::Error, "
Finds advice about Argo CD that is not so.

## What it does
Looks for statements, fields and annotations that are often repeated and do not hold: `hook-deletion-policy`, `valuesInline`, sync windows in an
Application, subscriptions by labels, `automated: {}` as manual sync, and more. Examples that are said to be wrong, and sentences that deny
what they name, are passed over.

## Why it is bad
An agent follows its skill: what is wrong here is wrong in every manifest that it writes.

## Example
```yaml
argocd.argoproj.io/hook-deletion-policy: HookSucceeded   # hook-delete-policy: this key is ignored
```

## How to fix
As the finding says.

## When to ignore
When the page is about another tool that has a thing of this name.
");

/// Commands that there are not.
pub(crate) static WRONG_COMMAND: Meta = Meta::new(
    "wrong-command",
    Group::Skill,
    Severity::Error,
    "
Finds commands of `argocd` and `kubectl` that do not exist, or do something else.

## What it does
Reads the commands in fenced blocks and code spans, and compares subcommands and flags with those of Argo CD 3.3 to 3.6 and
Kubernetes 1.31 to 1.37. `seatrial commands FILE` does the same for scripts.

## Why it is bad
An agent runs what its skill says; at best it ends with an error.

## Example
```sh
argocd app status agent      # argocd app get agent
```

## How to fix
Use the command that the finding names.

## When to ignore
When the page is about an older version.
",
);

/// What is left out.
pub(crate) static MISSING_TOPIC: Meta = Meta::new("missing-topic", Group::Skill, Severity::Warning, "
Finds what a skill for GitOps deployments leaves out.

## What it does
Looks for what an agent has to know of each topic: generators, templates that keep types, sync policies, waves, hooks, sync windows, health, secrets,
pull secrets, several clusters, projects, RBAC, notifications, progressive delivery, deletion, and whether proposals are validated at all.
A topic that is only named is not taught: something that one can act on has to be said of it.

## Why it is bad
What the skill does not say, the agent makes up.

## Example
A page about sync policies that does not say that `automated: {}` switches automation on.

## How to fix
`seatrial skill improve` writes a section for each gap, from the facts of the rules.

## When to ignore
When the skill is meant for a part of the work alone, and says so.
");

/// The rules that only skills have, as `seatrial explain` shows them.
pub fn catalogue() -> [&'static Meta; 4] {
    [&INVALID_SKILL, &WRONG_ADVICE, &WRONG_COMMAND, &MISSING_TOPIC]
}
