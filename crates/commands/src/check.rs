//! What is wrong with a command.

use crate::extract::Command;
use crate::known::{Flag, Known, Table, Tool, Version};
use crate::words::Word;

/// Where commands are run.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The version of Argo CD.
    pub argocd: Option<Version>,
    /// The versions of the clusters' Kubernetes.
    pub kubernetes: Vec<Version>,
    /// The contexts of the clusters, each with the cluster's name; empty when nothing is known of them.
    pub contexts: Vec<(String, String)>,
}

impl Surroundings {
    /// The versions that a tool has there: those stated, else the newest that is known.
    fn versions(&self, tool: Tool) -> Vec<Version> {
        let (oldest, newest) = tool.versions();
        let stated: Vec<Version> = match tool {
            Tool::Argocd => self.argocd.into_iter().collect(),
            Tool::Kubectl => self.kubernetes.clone(),
        };
        if stated.is_empty() {
            vec![newest]
        } else {
            stated.into_iter().map(|v| v.clamp(oldest, newest)).collect()
        }
    }
}

/// Something wrong with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What kind of fault: `unknown-command`, `unknown-flag`, `no-timeout`, `unknown-context`, `fragile-list`.
    pub kind: &'static str,
    /// Whether it fails; else it is a risk.
    pub fails: bool,
    /// Where, in bytes of the text.
    pub at: usize,
    /// The command.
    pub command: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub instead: Option<String>,
}

/// What is wrong with a command; nothing is said of what is only known when it runs.
pub fn check(command: &Command, surroundings: &Surroundings) -> Vec<Wrong> {
    let table = command.tool.table();
    let mut out = Vec::new();
    let walk = walk(command, table, surroundings, &mut out);
    if let Some(walk) = walk {
        habits(command, &walk, surroundings, &mut out);
    }
    out
}

/// A command as it was understood.
struct Walk {
    /// Its path: `app sync`.
    path: String,
    /// The long names of its flags, each with its value where that is known.
    flags: Vec<(String, Option<String>)>,
    /// Its arguments.
    arguments: Vec<String>,
}

fn walk(command: &Command, table: &Table, surroundings: &Surroundings, out: &mut Vec<Wrong>) -> Option<Walk> {
    let tool = command.tool;
    let versions = surroundings.versions(tool);
    let mut walk = Walk { path: String::new(), flags: Vec::new(), arguments: Vec::new() };
    let mut pending: Vec<(usize, &Word)> = Vec::new();
    let mut known: &Known = table.command("")?;
    // First the path: flags may stand before and between.
    let mut index = 0;
    while let Some(word) = command.words.get(index) {
        if word.text == "--" || known.passes_on {
            break;
        }
        if let Some(flag) = word.text.strip_prefix('-').filter(|flag| !flag.is_empty()) {
            pending.push((index, word));
            let name = flag.strip_prefix('-').unwrap_or_default();
            let takes = if !name.is_empty() {
                !name.contains('=') && takes_value(table, &walk.path, name)
            } else {
                let last = flag.chars().last().filter(|_| !flag.contains('='));
                let first = flag.chars().next();
                let is_one = flag.chars().count() == 1;
                let long =
                    |c| table.long(&walk.path, c).is_some_and(|name| takes_value(table, &walk.path, name));
                // `-oyaml` has its value with it.
                if is_one {
                    first.is_some_and(long)
                } else {
                    !first.is_some_and(long) && last.is_some_and(long)
                }
            };
            index += 1 + usize::from(takes);
            continue;
        }
        if !known.commands.is_empty() {
            if word.open || word.text.is_empty() {
                return None;
            }
            match known.commands.get(&word.text) {
                Some(name) => {
                    let path =
                        if walk.path.is_empty() { name.clone() } else { format!("{} {name}", walk.path) };
                    known = table.command(&path)?;
                    if !versions.iter().all(|version| known.since.has(*version)) {
                        out.push(fault(
                            command,
                            word.at,
                            "unknown-command",
                            format!(
                                "`{} {path}` is not there in {}",
                                tool.as_str(),
                                lacking(known.since, &versions)
                            ),
                            None,
                        ));
                        return None;
                    }
                    walk.path = path;
                }
                None => {
                    return unknown_command(command, word, known, &walk.path, out);
                }
            }
        } else {
            walk.arguments.push(word.text.clone());
        }
        index += 1;
    }
    if known.passes_on {
        return Some(walk);
    }
    if !known.runs
        && !walk.path.is_empty()
        && !command.mentioned
        && !pending.iter().any(|(_, word)| matches!(word.text.as_str(), "-h" | "--help"))
    {
        out.push(fault(
            command,
            command.at,
            "unknown-command",
            format!("`{} {}` does nothing by itself: it needs one of its commands", tool.as_str(), walk.path),
            None,
        ));
    }
    for (index, word) in pending {
        let next = command.words.get(index + 1).map(|word| word.text.clone());
        flags(command, word, next, table, &versions, &mut walk, out);
    }
    Some(walk)
}

fn takes_value(table: &Table, path: &str, name: &str) -> bool {
    // Before its command is read, a flag is one of any command's.
    let flags = table.flags(path);
    flags.iter().find(|flag| flag.name == name).is_some_and(|flag| flag.takes_value)
}

fn unknown_command(
    command: &Command,
    word: &Word,
    known: &Known,
    path: &str,
    out: &mut Vec<Wrong>,
) -> Option<Walk> {
    let tool = command.tool.as_str();
    let whole = if path.is_empty() { tool.to_owned() } else { format!("{tool} {path}") };
    let near = nearest(&word.text, known.commands.keys().map(String::as_str));
    // Both tools run programs called `argocd-x` and `kubectl-x` as commands of their own; and prose goes on.
    if path.is_empty() && near.is_none() {
        return None;
    }
    if command.mentioned && (near.is_none() && !word.text.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
    {
        return None;
    }
    let rest: Vec<String> = rest_of(command, word);
    let instead =
        known_instead(&whole, &word.text, &rest).or_else(|| near.map(|near| format!("{whole} {near}")));
    out.push(fault(
        command,
        word.at,
        "unknown-command",
        format!("`{whole}` has no command `{}`", word.text),
        instead,
    ));
    None
}

fn rest_of(command: &Command, word: &Word) -> Vec<String> {
    let after = command.words.iter().skip_while(|other| other.at <= word.at);
    after.map(|word| word.text.clone()).filter(|text| !text.starts_with('-')).collect()
}

/// What does what people expect of commands and flags that are not there.
fn known_instead(path: &str, word: &str, rest: &[String]) -> Option<String> {
    let name = rest.first().map_or("NAME", String::as_str);
    match (path, word) {
        ("argocd app", "status" | "describe" | "show" | "health" | "info") => {
            Some(format!("argocd app get {name}"))
        }
        ("argocd app", "apply" | "update") => {
            Some(format!("argocd app create --file FILE --upsert, or argocd app set {name}"))
        }
        ("argocd app", "refresh") => Some(format!("argocd app get {name} --refresh")),
        ("argocd appset", "apply" | "update") => Some("argocd appset create FILE --upsert".to_owned()),
        ("argocd appset", "status" | "describe" | "show") => Some(format!("argocd appset get {name}")),
        ("argocd appset", "diff" | "preview" | "render") => Some("argocd appset generate FILE".to_owned()),
        ("argocd cluster", "status" | "describe" | "show") => Some(format!("argocd cluster get {name}")),
        _ => None,
    }
}

fn flags(
    command: &Command,
    word: &Word,
    next: Option<String>,
    table: &Table,
    versions: &[Version],
    walk: &mut Walk,
    out: &mut Vec<Wrong>,
) {
    let tool = command.tool.as_str();
    let path = walk.path.clone();
    let of = if path.is_empty() { tool.to_owned() } else { format!("{tool} {path}") };
    let all = table.flags(&path);
    if let Some(long) = word.text.strip_prefix("--") {
        let (name, value) =
            long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
        if name == "help" || name.is_empty() || name.contains(['$', '{', '<', '*']) {
            return;
        }
        match all.iter().find(|flag| flag.name == name) {
            Some(flag) => {
                if !versions.iter().all(|version| flag.since.has(*version)) {
                    let lacking = lacking(flag.since, versions);
                    let message = format!("`{of}` has no flag `--{name}` in {lacking}");
                    out.push(fault(command, word.at, "unknown-flag", message, None));
                }
                let value = value.or_else(|| next.filter(|_| flag.takes_value));
                walk.flags.push((name.to_owned(), value));
            }
            None => {
                let near = nearest(name, all.iter().map(|flag: &&Flag| flag.name.as_str()));
                let instead = flag_instead(&of, name, walk).or_else(|| near.map(|near| format!("--{near}")));
                let message = format!("`{of}` has no flag `--{name}`");
                out.push(fault(command, word.at, "unknown-flag", message, instead));
            }
        }
        return;
    }
    let shorts = word.text.strip_prefix('-').unwrap_or_default();
    for (index, short) in shorts.char_indices() {
        if short == 'h' || !short.is_ascii_alphabetic() {
            return;
        }
        let Some(name) = table.long(&path, short) else {
            let message = format!("`{of}` has no flag `-{short}`");
            out.push(fault(command, word.at, "unknown-flag", message, None));
            return;
        };
        if takes_value(table, &path, name) {
            let inline = shorts
                .get(index + 1..)
                .map(|rest| rest.trim_start_matches('='))
                .filter(|rest| !rest.is_empty());
            walk.flags.push((name.to_owned(), inline.map(str::to_owned).or(next)));
            return;
        }
        walk.flags.push((name.to_owned(), None));
    }
}

/// What does what people expect of flags that are not there.
fn flag_instead(of: &str, name: &str, walk: &Walk) -> Option<String> {
    let app = walk.arguments.first().map_or("NAME", String::as_str);
    match (of, name) {
        ("argocd app create", "dry-run") => Some(
            "argocd appset create FILE --dry-run -o json for an ApplicationSet, kubectl apply --dry-run=server -f FILE \
             for an Application"
                .to_owned(),
        ),
        ("argocd app set" | "argocd app diff", "dry-run") => Some(format!("argocd app sync {app} --dry-run")),
        ("argocd app sync", "wait") => Some(format!("argocd app wait {app} --sync --health --timeout 300")),
        _ => None,
    }
}

/// What is no fault of the command line, and goes wrong all the same.
fn habits(command: &Command, walk: &Walk, surroundings: &Surroundings, out: &mut Vec<Wrong>) {
    let flag = |name: &str| walk.flags.iter().find(|(known, _)| known == name);
    if command.tool == Tool::Argocd
        && walk.path == "app wait"
        && flag("timeout").is_none()
        && !command.mentioned
    {
        let mut wrong = fault(
            command,
            command.at,
            "no-timeout",
            "`argocd app wait` waits for ever without `--timeout`".to_owned(),
            Some(format!("{} --timeout 300", command.text())),
        );
        wrong.fails = false;
        out.push(wrong);
    }
    if command.tool == Tool::Argocd
        && walk.path == "app list"
        && command.piped_to.as_deref().is_some_and(|to| matches!(to, "grep" | "awk" | "wc"))
        && flag("output").is_none()
    {
        let mut wrong = fault(
            command,
            command.at,
            "fragile-list",
            "names are printed as namespace/name in a table, and a part of a name finds others too"
                .to_owned(),
            Some("argocd app list -l KEY=VALUE -o name".to_owned()),
        );
        wrong.fails = false;
        out.push(wrong);
    }
    if command.tool == Tool::Kubectl
        && !surroundings.contexts.is_empty()
        && let Some((_, Some(context))) = flag("context")
        && !context.contains(['$', '{', '<'])
        && !surroundings.contexts.iter().any(|(known, _)| known == context)
    {
        let of_cluster = surroundings.contexts.iter().find(|(_, cluster)| cluster == context);
        let known: Vec<&str> = surroundings.contexts.iter().map(|(known, _)| known.as_str()).collect();
        let instead = of_cluster.map_or_else(
            || nearest(context, known.iter().copied()).map(|near| format!("--context={near}")),
            |(known, _)| Some(format!("--context={known}")),
        );
        out.push(fault(
            command,
            command.at,
            "unknown-context",
            format!("no cluster of the platform has the context `{context}`; there is {}", known.join(", ")),
            instead,
        ));
    }
}

fn lacking(since: crate::known::Since, versions: &[Version]) -> String {
    let lacking: Vec<String> = versions.iter().filter(|v| !since.has(**v)).map(ToString::to_string).collect();
    lacking.join(", ")
}

fn fault(
    command: &Command,
    at: usize,
    kind: &'static str,
    message: String,
    instead: Option<String>,
) -> Wrong {
    // Places of words count from the block that they stand in, as that of the command does.
    let first = command.words.first().map_or(0, |word| word.at);
    let lead = command.tool.as_str().len() + 1;
    let at = if at == command.at { at } else { command.at + lead + at.saturating_sub(first) };
    Wrong { kind, fails: true, at, command: command.text(), message, instead }
}

/// The name that is nearest, if one is near.
fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let far = (name.len() / 3).clamp(1, 3);
    let distance = |other: &&str| strsim::damerau_levenshtein(name, other);
    names
        .filter(|other| name.len() < 100 && distance(other) <= far)
        .min_by_key(|other| (distance(other), other.len()))
}
