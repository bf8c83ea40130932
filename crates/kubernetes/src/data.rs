//! The schemas as data: `data/schemas.txt`, made by `cargo xtask schemas`, read when first asked for.

use std::sync::OnceLock;

use crate::version::Version;

/// The releases a fact holds in: one bit for each of [`Version::known`], the oldest lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Releases(u8);

impl Releases {
    const ALL: Self = Self(0x7f);
    const NONE: Self = Self(0);

    /// Whether it holds in the release that stands for `version`.
    pub(crate) fn has(self, version: Version) -> bool {
        self.0 & (1 << version.index()) != 0
    }

    /// The oldest known release in which it holds.
    pub(crate) fn first(self) -> Option<Version> {
        Version::known().find(|version| self.has(*version))
    }

    /// The newest known release in which it holds.
    pub(crate) fn last(self) -> Option<Version> {
        Version::known().rev().find(|version| self.has(*version))
    }
}

/// What a place may hold.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Any,
    /// An object of anything.
    Open,
    Text,
    Time,
    /// Base64.
    Bytes,
    Boolean,
    Int32,
    Int64,
    Number,
    IntOrText,
    Quantity,
    /// One of these texts.
    Enum(usize),
    /// An object of the definition of this number.
    Object(usize),
    List {
        item: Box<Self>,
        /// The fields that tell items apart, where the list is a map.
        keys: Vec<&'static str>,
    },
    Map(Box<Self>),
}

/// A field of a definition; one whose type changed stands twice, with other releases.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) releases: Releases,
    pub(crate) required: Releases,
    pub(crate) ty: Type,
}

/// A Go type: its name, and its fields sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Definition {
    /// The package, which is named for the API version.
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<Field>,
}

impl Definition {
    /// The field of that name in a release.
    pub(crate) fn field(&self, name: &str, version: Version) -> Option<&Field> {
        self.named(name).find(|field| field.releases.has(version))
    }

    /// The fields of that name in any release.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Field> {
        let start = self.fields.partition_point(|field| field.name < name);
        self.fields.get(start..).unwrap_or_default().iter().take_while(move |field| field.name == name)
    }
}

/// A kind of object.
#[derive(Debug)]
pub(crate) struct KindRow {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespaced: bool,
    pub(crate) releases: Releases,
    pub(crate) definition: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Schemas {
    enums: Vec<Vec<&'static str>>,
    pub(crate) kinds: Vec<KindRow>,
    definitions: Vec<Definition>,
}

impl Schemas {
    /// The allowed texts of an enumeration.
    pub(crate) fn allowed(&self, number: usize) -> &[&'static str] {
        self.enums.get(number).map_or(&[], Vec::as_slice)
    }

    /// A definition by its number.
    pub(crate) fn definition(&self, number: usize) -> &Definition {
        static NONE: Definition = Definition { package: "", name: "", fields: Vec::new() };
        self.definitions.get(number).unwrap_or(&NONE)
    }
}

/// All schemas.
pub(crate) fn schemas() -> &'static Schemas {
    static DATA: OnceLock<Schemas> = OnceLock::new();
    DATA.get_or_init(|| read(include_str!("../data/schemas.txt")))
}

fn read(text: &'static str) -> Schemas {
    let mut out = Schemas::default();
    for line in text.lines() {
        match line.split_at_checked(2) {
            Some(("e ", rest)) => out.enums.push(rest.split('|').collect()),
            Some(("k ", rest)) => out.kinds.extend(read_kind(rest)),
            Some(("d ", rest)) => {
                let mut words = rest.split(' ');
                let (package, name) = words.next().and_then(|name| name.split_once('.')).unwrap_or_default();
                let fields = words.filter_map(read_field).collect();
                out.definitions.push(Definition { package, name, fields });
            }
            _ => {}
        }
    }
    out
}

/// Reads `group/version Kind n|c mask definition`.
fn read_kind(line: &'static str) -> Option<KindRow> {
    let mut words = line.split(' ');
    let (group, version) = split_api_version(words.next()?);
    Some(KindRow {
        group,
        version,
        kind: words.next()?,
        namespaced: words.next()? == "n",
        releases: mask(words.next()?)?,
        definition: words.next()?.parse().ok()?,
    })
}

/// Reads `name:type[@mask][!mask]`; `!` alone means required wherever it is.
fn read_field(text: &'static str) -> Option<Field> {
    let (name, rest) = text.split_once(':')?;
    let (rest, required) = rest.split_once('!').map_or((rest, None), |(rest, bits)| (rest, Some(bits)));
    let (ty, releases) = match rest.split_once('@') {
        Some((ty, bits)) => (ty, mask(bits)?),
        None => (rest, Releases::ALL),
    };
    let required = match required {
        None => Releases::NONE,
        Some("") => releases,
        Some(bits) => mask(bits)?,
    };
    Some(Field { name, releases, required, ty: read_type(ty)? })
}

fn read_type(text: &'static str) -> Option<Type> {
    let (head, rest) = text.split_at_checked(1)?;
    Some(match head {
        "s" => Type::Text,
        "t" | "T" => Type::Time,
        "y" => Type::Bytes,
        "b" => Type::Boolean,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "n" => Type::Number,
        "x" => Type::IntOrText,
        "q" => Type::Quantity,
        "o" => Type::Open,
        "e" => Type::Enum(rest.parse().ok()?),
        "r" => Type::Object(rest.parse().ok()?),
        "a" | "S" => Type::List { item: Box::new(read_type(rest)?), keys: Vec::new() },
        "A" => {
            let (keys, item) = rest.strip_prefix('(')?.split_once(')')?;
            Type::List { item: Box::new(read_type(item)?), keys: keys.split(',').collect() }
        }
        "m" => Type::Map(Box::new(read_type(rest)?)),
        _ => Type::Any,
    })
}

fn mask(text: &str) -> Option<Releases> {
    u8::from_str_radix(text, 16).ok().map(Releases)
}

/// Splits `apps/v1` into group and version; the core group is empty.
pub(crate) fn split_api_version(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole() {
        let schemas = schemas();
        assert!(schemas.kinds.len() > 120 && schemas.definitions.len() > 800);
        let lines = include_str!("../data/schemas.txt").lines();
        let fields: usize =
            lines.filter_map(|l| l.strip_prefix("d ")).map(|l| l.split(' ').count() - 1).sum();
        assert_eq!(schemas.definitions.iter().map(|d| d.fields.len()).sum::<usize>(), fields);
        for kind in &schemas.kinds {
            assert_eq!(schemas.definition(kind.definition).name, kind.kind);
        }
        for definition in &schemas.definitions {
            assert!(definition.fields.is_sorted_by_key(|f| f.name), "{}", definition.name);
        }
    }
}
