//! Faults, as edits of a text: each is something that models and people get wrong.

use crate::random::Random;

/// A fault that can be put into a manifest.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// How hard it is to see: 1 by looking, 2 by knowing the platform, 3 by knowing Argo CD.
    pub level: u8,
    edit: fn(&str, &mut Random) -> Option<String>,
}

impl Fault {
    /// The text with the fault in it; `None` where there is no place for it.
    pub(crate) fn put(&self, text: &str, random: &mut Random) -> Option<String> {
        (self.edit)(text, random).filter(|changed| changed != text)
    }
}

/// Every fault.
pub fn faults() -> &'static [Fault] {
    &FAULTS
}

const FAULTS: [Fault; 18] = [
    Fault { name: "placeholder without quotes", level: 1, edit: |t, r| line(t, r, quoted_hole, unquoted) },
    Fault { name: "production synced automatically", level: 1, edit: automated },
    Fault {
        name: "placeholder for the repository",
        level: 1,
        edit: |t, r| value(t, r, "repoURL:", |_| "https://github.com/your-org/helm-charts".into()),
    },
    Fault {
        name: "revision that moves",
        level: 1,
        edit: |t, r| value(t, r, "targetRevision:", |_| "HEAD".into()),
    },
    Fault {
        name: "public registry",
        level: 1,
        edit: |t, r| {
            value(t, r, "repository:", |v| {
                format!("docker.io/{}", v.split_once('/').map_or(v, |(_, rest)| rest))
            })
        },
    },
    Fault {
        name: "invented server",
        level: 1,
        edit: |t, r| {
            value(t, r, "server:", |v| {
                if v.contains("{{") { v.to_owned() } else { "https://my-cluster.example.com".into() }
            })
        },
    },
    Fault { name: "pull secret of elsewhere", level: 2, edit: pull_secret },
    Fault { name: "no pull secret", level: 2, edit: |t, r| without(t, r, "imagePullSecrets:") },
    Fault { name: "no node selector", level: 2, edit: |t, r| without(t, r, "nodeSelector:") },
    Fault {
        name: "too few replicas",
        level: 2,
        edit: |t, r| {
            value(t, r, "replicaCount:", |v| {
                v.parse::<u64>()
                    .map_or_else(|_| v.to_owned(), |n| if n > 1 { "1".into() } else { "9".into() })
            })
        },
    },
    Fault { name: "servers changed round", level: 2, edit: swapped },
    Fault { name: "account of nine digits", level: 2, edit: account },
    Fault {
        name: "pruning where it is not wanted",
        level: 2,
        edit: |t, r| value(t, r, "prune:", |v| if v == "false" { "true".into() } else { v.to_owned() }),
    },
    Fault { name: "default project", level: 2, edit: |t, r| value(t, r, "project:", |_| "default".into()) },
    Fault { name: "set outside of Argo CD's namespace", level: 3, edit: namespace_of_set },
    Fault { name: "nothing kept on deletion", level: 3, edit: deletion },
    Fault { name: "namespace that is not there", level: 3, edit: target_namespace },
    Fault {
        name: "field that Argo CD does not have",
        level: 3,
        edit: |t, r| {
            line(t, r, |l| l.trim() == "valuesObject:", |l| l.replace("valuesObject", "valuesInline"))
        },
    },
];

/// Changes one of the lines that fit.
fn line(
    text: &str,
    random: &mut Random,
    fits: impl Fn(&str) -> bool,
    change: impl Fn(&str) -> String,
) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let fitting: Vec<usize> =
        lines.iter().enumerate().filter(|(_, l)| fits(l) && change(l) != **l).map(|(i, _)| i).collect();
    let chosen = *fitting.get(random.below(fitting.len()))?;
    Some(joined(lines.iter().enumerate().map(|(i, l)| if i == chosen { change(l) } else { (*l).to_owned() })))
}

/// Changes the value of a key on one of the lines that have it.
fn value(text: &str, random: &mut Random, key: &str, change: impl Fn(&str) -> String) -> Option<String> {
    line(
        text,
        random,
        |l| l.trim_start().trim_start_matches("- ").starts_with(key),
        |l| {
            let Some((before, value)) = l.split_once(key) else { return l.to_owned() };
            let plain = value.trim().trim_matches(['\'', '"']);
            let changed = change(plain);
            if changed == plain { l.to_owned() } else { format!("{before}{key} {changed}") }
        },
    )
}

/// Takes out a key and what is below it.
fn without(text: &str, random: &mut Random, key: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let fitting: Vec<usize> =
        lines.iter().enumerate().filter(|(_, l)| l.trim() == key).map(|(index, _)| index).collect();
    let chosen = *fitting.get(random.below(fitting.len()))?;
    let depth = indent(lines.get(chosen)?);
    let below = |l: &&&str| indent(l) > depth || (indent(l) == depth && l.trim_start().starts_with("- "));
    let length = lines.iter().skip(chosen + 1).take_while(below).count();
    Some(joined(
        lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i < chosen || *i > chosen + length)
            .map(|(_, l)| (*l).to_owned()),
    ))
}

fn quoted_hole(line: &str) -> bool {
    line.contains(": '{{") || line.contains(": \"{{")
}

fn unquoted(line: &str) -> String {
    line.replace(": '{{", ": {{").replace("}}'", "}}").replace(": \"{{", ": {{").replace("}}\"", "}}")
}

fn automated(text: &str, _: &mut Random) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|l| l.trim() == "sync: {}")?;
    let pad = " ".repeat(indent(lines.get(at)?));
    Some(joined(lines.iter().enumerate().flat_map(|(i, l)| {
        if i == at {
            ["sync:", "  automated:", "    prune: true", "    selfHeal: true"]
                .iter()
                .map(|l| format!("{pad}{l}"))
                .collect()
        } else {
            vec![(*l).to_owned()]
        }
    })))
}

/// The name of one environment's pull secret in another's place.
fn pull_secret(text: &str, random: &mut Random) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let after: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.trim() == "imagePullSecrets:")
        .map(|(i, _)| i + 1)
        .collect();
    let names: Vec<String> = after
        .iter()
        .filter_map(|i| lines.get(*i))
        .map(|l| l.trim().trim_start_matches("- name:").trim().to_owned())
        .collect();
    let chosen = random.below(after.len());
    let (at, name) = (*after.get(chosen)?, names.get(chosen)?);
    let other = names
        .iter()
        .find(|other| *other != name)
        .cloned()
        .unwrap_or_else(|| "registry-credentials".to_owned());
    let pad = indent(lines.get(at)?);
    Some(joined(
        lines.iter().enumerate().map(|(i, l)| {
            if i == at { format!("{}- name: {other}", " ".repeat(pad)) } else { (*l).to_owned() }
        }),
    ))
}

/// Two servers in each other's places.
fn swapped(text: &str, random: &mut Random) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut at: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.trim().starts_with("server: https://"))
        .map(|(i, _)| i)
        .collect();
    random.shuffle(&mut at);
    let (one, other) = (*at.first()?, *at.get(1)?);
    lines.swap(one, other);
    Some(joined(lines.into_iter()))
}

fn account(text: &str, random: &mut Random) -> Option<String> {
    value(text, random, "repository:", |v| {
        let digits: String = v.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == 12 {
            format!("{}{}", &digits[..9], v.strip_prefix(digits.as_str()).unwrap_or_default())
        } else {
            v.to_owned()
        }
    })
}

fn namespace_of_set(text: &str, _: &mut Random) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|l| l.starts_with("metadata:"))?;
    let found = lines
        .iter()
        .skip(at + 1)
        .take_while(|l| l.starts_with(' '))
        .position(|l| l.trim().starts_with("namespace:"))?;
    Some(joined(lines.iter().enumerate().filter(|(i, _)| *i != at + 1 + found).map(|(_, l)| (*l).to_owned())))
}

fn deletion(text: &str, _: &mut Random) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let guards = |l: &str| {
        l.starts_with("  syncPolicy:")
            || l.trim().starts_with("applicationsSync:")
            || l.trim().starts_with("preserveResourcesOnDeletion:")
    };
    lines
        .iter()
        .any(|l| l.trim().starts_with("preserveResourcesOnDeletion:"))
        .then(|| joined(lines.iter().filter(|l| !guards(l)).map(|l| (*l).to_owned())))
}

fn target_namespace(text: &str, _: &mut Random) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|l| l.trim() == "destination:")?;
    let found = at + 1 + lines.iter().skip(at + 1).position(|l| l.trim().starts_with("namespace:"))?;
    let (key, name) = lines.get(found)?.split_once("namespace:")?;
    Some(joined(lines.iter().enumerate().map(|(i, l)| {
        if i == found { format!("{key}namespace: {}-prod", name.trim()) } else { (*l).to_owned() }
    })))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + &line + "\n")
}
