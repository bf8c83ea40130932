//! Faults as they are met in manifests, put into a text that is right. Each is a change of the text alone, always the same.

/// A kind of fault, and the text with it; `None` where the text has no place for it.
pub(super) type Fault = (&'static str, fn(&str) -> Option<String>);

/// The kinds, by name.
pub(super) const FAULTS: &[Fault] = &[
    ("wrong-registry", |t| value(t, "registry:", "ghcr.io")),
    ("missing-pull-secret", |t| without_block(t, "imagePullSecrets:")),
    ("missing-node-selector", |t| without_block(t, "nodeSelector:")),
    ("missing-toleration", |t| without_block(t, "tolerations:")),
    ("unknown-cluster", |t| once(t, ".acme.dev\n", ".acme.dve\n")),
    ("cluster-of-another-scheme", |t| once(t, "server: https://", "server: http://")),
    ("trailing-slash-of-a-cluster", |t| at_its_end(t, "server: https", "/")),
    ("cluster-by-server-and-name", |t| {
        once(
            t,
            "        server: '{{ .server }}'\n",
            "        server: '{{ .server }}'\n        name: '{{ .env }}'\n",
        )
    }),
    ("automated-in-production", |t| in_production(t, "automated: {prune: true, selfHeal: true}")),
    ("text-for-a-switch", |t| once(t, "selfHeal: true", "selfHeal: \"true\"")),
    ("text-for-the-mode", |t| once(t, "goTemplate: true", "goTemplate: \"true\"")),
    ("unquoted-braces", |t| once(t, "'{{ .server }}'", "{{ .server }}")),
    ("braces-without-their-end", |t| once(t, "{{ .env }}'", "{{ .env }'")),
    ("placeholder-without-dot", |t| once(t, "{{ .server }}", "{{ server }}")),
    ("placeholder-of-a-shell", |t| once(t, "{{ .env }}", "${env}")),
    ("handlebars", |t| once(t, "{{ .env }}", "{{#if env}}{{env}}{{/if}}")),
    ("misspelled-parameter", |t| once(t, "{{ .env }}", "{{ .evn }}")),
    ("missing-mode", |t| once(t, "  goTemplate: true\n", "")),
    ("misspelled-mode", |t| once(t, "goTemplate: true", "gotemplate: true")),
    ("missing-parameter", |t| without_line(t, "server:", 1)),
    ("unknown-field", |t| once(t, "targetRevision:", "targetRevison:")),
    ("unknown-field-of-the-policy", |t| once(t, "syncOptions:", "syncOption:")),
    ("misspelled-option", |t| once(t, "CreateNamespace=true", "CreateNamespaces=true")),
    ("misspelled-policy", |t| once(t, "applicationsSync: create-update", "applicationsSync: create_update")),
    ("wrong-api-version", |t| once(t, "argoproj.io/v1alpha1", "argoproj.io/v1beta1")),
    ("wrong-kind", |t| once(t, "kind: ApplicationSet", "kind: Applicationset")),
    ("wrong-namespace", |t| once(t, "        namespace: ", "        namespace: x")),
    ("set-outside-of-the-controller", |t| once(t, "  namespace: argocd", "  namespace: default")),
    ("wrong-project", |t| once(t, "project: apps", "project: default")),
    ("fence-of-a-chat", |t| Some(format!("Here is the manifest:\n\n```yaml\n{t}```\n"))),
    ("typographic-quotes", |t| once(t, "'{{ .server }}'", "‘{{ .server }}’")),
    ("tab", |t| once(t, "\n        server:", "\n\tserver:")),
    ("colon-without-blank", |t| once(t, "project: ", "project:")),
    ("twice-the-same-key", |t| {
        once(t, "      project: apps\n", "      project: apps\n      project: apps\n")
    }),
    ("twice-the-same-element", twice),
    ("replicas-against-the-fact", |t| value(t, "replicaCount:", "17")),
    ("class-of-another-cluster", |t| value(t, "className:", "haproxy")),
    ("storage-class-of-another-cluster", |t| value(t, "storageClass:", "gp2")),
    ("unit-in-small-letters", |t| once(t, "Mi\n", "mi\n")),
    ("chart-version-that-floats", |t| value(t, "targetRevision:", "'*'")),
];

fn once(text: &str, old: &str, new: &str) -> Option<String> {
    text.contains(old).then(|| text.replacen(old, new, 1))
}

/// More at the end of the first line that holds a text.
fn at_its_end(text: &str, line: &str, more: &str) -> Option<String> {
    let line = text.lines().find(|l| l.contains(line))?;
    once(text, line, &format!("{line}{more}"))
}

/// The value behind a key, where it is plain and on its line, becomes another.
fn value(text: &str, key: &str, new: &str) -> Option<String> {
    let line = text.lines().find(|line| {
        line.trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| !rest.trim().is_empty() && !rest.contains("{{"))
    })?;
    let head = line.split(key).next().unwrap_or_default();
    once(text, line, &format!("{head}{key} {new}"))
}

/// Without a key and all that is below it.
fn without_block(text: &str, key: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.trim_start().starts_with(key))?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[start]);
    let below =
        |line: &&&str| indent(line) > own || (indent(line) == own && line.trim_start().starts_with("- "));
    let more = lines[start + 1..].iter().take_while(below).count();
    let mut kept = lines;
    kept.drain(start..=start + more);
    Some(format!("{}\n", kept.join("\n")))
}

/// Without one of the lines that begin with a key.
fn without_line(text: &str, key: &str, which: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with(key)).nth(which)?.0;
    let mut kept = lines;
    // The template's own line is another fault.
    if kept[at].contains("{{") {
        return None;
    }
    kept.remove(at);
    Some(format!("{}\n", kept.join("\n")))
}

/// An entry more in the sync policy of the element of production.
fn in_production(text: &str, entry: &str) -> Option<String> {
    let from = text.find("- env: prod\n")?;
    let rest = &text[from..];
    let end = rest[2..].find("- env:").map_or(rest.len(), |at| at + 2);
    let block = rest.get(..end)?;
    // A parameter that nothing reads would be no fault.
    let at = block.find("sync: {}\n")?;
    let new = format!("{}sync: {{{entry}}}\n{}", &block[..at], &block[at + 9..]);
    once(text, block, &new)
}

/// The first element once more.
fn twice(text: &str) -> Option<String> {
    let from = text.find("        - env: ")?;
    let rest = &text[from..];
    let next = rest[1..].find("        - env: ").map(|at| at + 1)?;
    let element = rest.get(..next)?;
    once(text, element, &format!("{element}{element}"))
}
