//! What the tools know, by version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A tool whose commands are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Argo CD's.
    Argocd,
    /// Kubernetes'.
    Kubectl,
}

impl Tool {
    /// The tool's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argocd => "argocd",
            Self::Kubectl => "kubectl",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Argocd, Self::Kubectl].into_iter().find(|tool| tool.as_str() == name)
    }

    /// Its versions that are known, the oldest and the newest.
    pub fn versions(self) -> (Version, Version) {
        let table = self.table();
        (table.oldest, table.newest)
    }

    pub(crate) fn table(self) -> &'static Table {
        static ARGOCD: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../data/argocd.txt")));
        static KUBECTL: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../data/kubectl.txt")));
        match self {
            Self::Argocd => &ARGOCD,
            Self::Kubectl => &KUBECTL,
        }
    }
}

/// A version: major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16, pub u16);

impl Version {
    /// Reads `3.6`, `v3.6.1`, `1.35`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?;
        let digits: String = minor.chars().take_while(char::is_ascii_digit).collect();
        Some(Self(major, digits.parse().ok()?))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Versions that have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Since {
    /// The first of the known versions that has it; `None`: the oldest has.
    pub(crate) first: Option<Version>,
    /// The last that has it; `None`: the newest has.
    pub(crate) last: Option<Version>,
}

impl Since {
    /// Whether a version has it.
    pub(crate) fn has(self, version: Version) -> bool {
        self.first.is_none_or(|first| version >= first) && self.last.is_none_or(|last| version <= last)
    }

    fn parse(text: &str) -> Self {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self { first: Version::parse(first), last: Version::parse(last) }
    }
}

/// A flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) name: String,
    /// Whether the next word is its value, where none is given after `=`.
    pub(crate) takes_value: bool,
    pub(crate) since: Since,
}

/// A command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Whether it does something itself.
    pub(crate) runs: bool,
    /// Whether what follows is passed on to another program.
    pub(crate) passes_on: bool,
    pub(crate) flags: Vec<Flag>,
    /// Flags of its subcommands too.
    pub(crate) inherited: Vec<Flag>,
    pub(crate) short: BTreeMap<char, String>,
    pub(crate) since: Since,
    /// Its subcommands' names, and their aliases.
    pub(crate) commands: BTreeMap<String, String>,
}

/// The commands of a tool.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) oldest: Version,
    pub(crate) newest: Version,
    commands: BTreeMap<String, Known>,
}

impl Table {
    /// Reads the data: `path|kind|aliases|flags|inherited flags|versions` on each line after the first, which names the
    /// versions. A flag is `name/s=@first-last`: `/s` its short form, `=` that it takes a value, `@` the versions that have it.
    fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let versions: Vec<Version> =
            lines.next().unwrap_or_default().split_whitespace().filter_map(Version::parse).collect();
        let mut commands: BTreeMap<String, Known> = BTreeMap::new();
        let mut names: Vec<(String, String, String)> = Vec::new();
        for line in lines {
            let mut fields = line.split('|');
            let mut field = || fields.next().unwrap_or_default();
            let (path, kind, aliases, flags, inherited, since) =
                (field(), field(), field(), field(), field(), field());
            let mut known = Known {
                runs: kind.contains('r'),
                passes_on: kind.contains('p'),
                since: since.strip_prefix('@').map(Since::parse).unwrap_or_default(),
                ..Known::default()
            };
            known.flags = read(flags, &mut known.short);
            known.inherited = read(inherited, &mut known.short);
            if let Some((parent, name)) =
                path.rsplit_once(' ').or_else(|| (!path.is_empty()).then_some(("", path)))
            {
                names.push((parent.to_owned(), name.to_owned(), name.to_owned()));
                let aliases = aliases.split(',').filter(|alias| !alias.is_empty());
                names.extend(aliases.map(|alias| (parent.to_owned(), alias.to_owned(), name.to_owned())));
            }
            commands.insert(path.to_owned(), known);
        }
        for (parent, alias, name) in names {
            if let Some(known) = commands.get_mut(&parent) {
                known.commands.insert(alias, name);
            }
        }
        let oldest = versions.first().copied().unwrap_or(Version(0, 0));
        let newest = versions.last().copied().unwrap_or(Version(u16::MAX, 0));
        Self { oldest, newest, commands }
    }

    /// The command of this path; the empty path is the tool itself.
    pub(crate) fn command(&self, path: &str) -> Option<&Known> {
        self.commands.get(path)
    }

    /// The flags of a command, its own and those it inherits.
    pub(crate) fn flags<'t>(&'t self, path: &str) -> Vec<&'t Flag> {
        let own = self.commands.get(path).into_iter().flat_map(|known| &known.flags);
        own.chain(self.above(path).flat_map(|known| &known.inherited)).collect()
    }

    /// The long name of a short flag.
    pub(crate) fn long<'t>(&'t self, path: &str, short: char) -> Option<&'t str> {
        let own = self.commands.get(path).and_then(|known| known.short.get(&short));
        let flags = self.flags(path);
        own.or_else(|| self.above(path).find_map(|known| known.short.get(&short)))
            .map(String::as_str)
            .filter(|name| flags.iter().any(|flag| flag.name == *name))
    }

    /// A command and those above it.
    fn above<'t>(&'t self, path: &str) -> impl Iterator<Item = &'t Known> {
        let mut paths: Vec<&str> = vec![path];
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once(' ') {
            paths.push(parent);
            rest = parent;
        }
        if !path.is_empty() {
            paths.push("");
        }
        let found: Vec<&'t Known> = paths.into_iter().filter_map(|path| self.commands.get(path)).collect();
        found.into_iter()
    }
}

fn read(flags: &str, short: &mut BTreeMap<char, String>) -> Vec<Flag> {
    let read = |text: &str| {
        let (text, since) =
            text.split_once('@').map_or((text, Since::default()), |(text, s)| (text, Since::parse(s)));
        let takes_value = text.ends_with('=');
        let text = text.trim_end_matches('=');
        let (name, letter) = text.split_once('/').map_or((text, None), |(name, s)| (name, s.chars().next()));
        if let Some(letter) = letter {
            short.insert(letter, name.to_owned());
        }
        Flag { name: name.to_owned(), takes_value, since }
    };
    flags.split(',').filter(|text| !text.is_empty()).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole() {
        assert_eq!(Tool::Argocd.versions(), (Version(3, 3), Version(3, 6)));
        assert_eq!(Tool::Kubectl.versions(), (Version(1, 31), Version(1, 37)));
        for (tool, path, flag) in [
            (Tool::Argocd, "app sync", "dry-run"),
            (Tool::Argocd, "app wait", "timeout"),
            (Tool::Argocd, "appset create", "upsert"),
            (Tool::Argocd, "app get", "server"),
            (Tool::Kubectl, "get", "output"),
            (Tool::Kubectl, "apply", "dry-run"),
            (Tool::Kubectl, "logs", "context"),
        ] {
            let table = tool.table();
            assert!(table.command(path).is_some_and(|known| known.runs), "{path}");
            assert!(table.flags(path).iter().any(|known| known.name == flag), "{path} --{flag}");
        }
        let table = Tool::Kubectl.table();
        assert_eq!(table.long("get", 'n'), Some("namespace"));
        assert_eq!(table.long("get", 'o'), Some("output"));
        assert_eq!(Tool::Argocd.table().long("app get", 'o'), Some("output"));
    }
}
