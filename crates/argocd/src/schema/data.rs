//! The schemas as data: `data/schemas.txt`, made by `cargo xtask schemas`.

use std::sync::OnceLock;

use seatrial_yaml::{Path, Segment};

use crate::world::Version;

/// The releases a fact holds in: one bit for each of [`Version::KNOWN`], the oldest lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions(u8);

impl Versions {
    /// Whether it holds in the release that stands for `version`.
    pub fn has(self, version: Version) -> bool {
        self.0 & (1 << version.nearest_known()) != 0
    }

    /// The oldest known release after `version` in which it holds.
    pub fn first_after(self, version: Version) -> Option<Version> {
        let from = version.nearest_known() + 1;
        (from..Version::KNOWN.len())
            .find(|i| self.0 & (1 << i) != 0)
            .and_then(|i| Version::KNOWN.get(i).copied())
    }

    /// The oldest known release, up to `version`, in which it no longer holds though it did before.
    pub fn gone_by(self, version: Version) -> Option<Version> {
        let upto = version.nearest_known();
        let last = (0..upto).rev().find(|i| self.0 & (1 << i) != 0)?;
        Version::KNOWN.get(last + 1).copied()
    }
}

/// A kind of object with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Application`.
    Application,
    /// `ApplicationSet`.
    ApplicationSet,
    /// `AppProject`.
    AppProject,
}

impl Kind {
    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "Application" => Some(Self::Application),
            "ApplicationSet" => Some(Self::ApplicationSet),
            "AppProject" => Some(Self::AppProject),
            _ => None,
        }
    }

    /// Its schema.
    pub fn root(self) -> &'static Node {
        let data = data();
        node(data.roots.get(self as usize).copied().unwrap_or_default())
    }
}

/// A place of a schema.
#[derive(Debug, Default)]
pub enum Node {
    /// Anything.
    #[default]
    Any,
    /// A text.
    Text {
        /// The least number of characters.
        min: Option<usize>,
        /// The greatest.
        max: Option<usize>,
        /// The allowed texts, if only some are.
        allowed: Vec<&'static str>,
        /// A regular expression.
        pattern: Option<&'static str>,
    },
    /// A time.
    Time,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A whole number or a text.
    IntegerOrText,
    /// A list.
    List(usize),
    /// An object with any keys.
    Map(usize),
    /// An object with these fields, sorted by name.
    Object {
        /// The fields.
        fields: Vec<Field>,
        /// Further fields are kept.
        open: bool,
    },
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The releases that have it.
    pub versions: Versions,
    /// The releases that require it.
    pub required: Versions,
    /// Whether it is deprecated.
    pub deprecated: bool,
    node: usize,
}

impl Field {
    /// Its schema.
    pub fn node(&self) -> &'static Node {
        node(self.node)
    }
}

impl Node {
    /// The schema of a list's items or a map's values.
    pub fn inner(&self) -> Option<&'static Self> {
        match self {
            Self::List(inner) | Self::Map(inner) => Some(node(*inner)),
            _ => None,
        }
    }

    /// The field of that name, in whatever release.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let Self::Object { fields, .. } = self else { return None };
        fields.binary_search_by(|f| f.name.cmp(name)).ok().and_then(|i| fields.get(i))
    }

    /// The type in the schema's words.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text { .. } | Self::Time => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::IntegerOrText => "integer,string",
            Self::List(_) => "array",
            Self::Map(_) | Self::Object { .. } => "object",
        }
    }
}

/// The fields that a kind of object has at a path, in a release.
pub fn fields_at(version: Version, kind: &str, path: &Path) -> Vec<&'static Field> {
    let Some(kind) = Kind::named(kind) else { return Vec::new() };
    let mut at = kind.root();
    for segment in path.segments() {
        let next = match (segment, at) {
            (Segment::Index(_), Node::List(_)) | (Segment::Key(_), Node::Map(_)) => at.inner(),
            (Segment::Key(key), Node::Object { .. }) => at.field(key).map(Field::node),
            _ => None,
        };
        match next {
            Some(node) => at = node,
            None => return Vec::new(),
        }
    }
    match at {
        Node::Object { fields, .. } => fields.iter().filter(|f| f.versions.has(version)).collect(),
        _ => Vec::new(),
    }
}

#[derive(Default)]
struct Data {
    roots: Vec<usize>,
    nodes: Vec<Node>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| read(include_str!("../../data/schemas.txt")))
}

fn node(index: usize) -> &'static Node {
    static ANY: Node = Node::Any;
    data().nodes.get(index).unwrap_or(&ANY)
}

fn read(text: &'static str) -> Data {
    let mut data = Data::default();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        match line.strip_prefix(':') {
            Some(rest) => data.nodes.push(read_node(rest)),
            None => data.roots.extend(line.split_once(' ').and_then(|(_, id)| id.parse::<usize>().ok())),
        }
    }
    data
}

fn read_node(line: &'static str) -> Node {
    let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
    match head {
        "s" => read_text(rest),
        "d" => Node::Time,
        "b" => Node::Boolean,
        "i" => Node::Integer,
        "n" => Node::Number,
        "x" => Node::IntegerOrText,
        "a" => Node::List(rest.parse().unwrap_or(usize::MAX)),
        "m" => Node::Map(rest.parse().unwrap_or(usize::MAX)),
        "o" | "o*" => {
            Node::Object { fields: rest.split(' ').filter_map(read_field).collect(), open: head == "o*" }
        }
        _ => Node::Any,
    }
}

fn read_text(mut rest: &'static str) -> Node {
    let (mut min, mut max, mut allowed, mut pattern) = (None, None, Vec::new(), None);
    while let Some((key, value)) = rest.split_once('=') {
        if key == "pattern" {
            pattern = Some(value);
            break;
        }
        let (value, next) = value.split_once(' ').unwrap_or((value, ""));
        match key {
            "min" => min = value.parse().ok(),
            "max" => max = value.parse().ok(),
            _ => allowed = value.split('|').collect(),
        }
        rest = next;
    }
    Node::Text { min, max, allowed, pattern }
}

/// Reads `name>node[:mask][!mask][%]`.
fn read_field(text: &'static str) -> Option<Field> {
    let (name, rest) = text.split_once('>')?;
    let (rest, deprecated) = rest.strip_suffix('%').map_or((rest, false), |r| (r, true));
    let mask = |text: &str| u8::from_str_radix(text, 16).ok().map(Versions);
    let (rest, required) = match rest.split_once('!') {
        Some((rest, bits)) => (rest, mask(bits)?),
        None => (rest, Versions(0)),
    };
    let (id, versions) = match rest.split_once(':') {
        Some((id, bits)) => (id, mask(bits)?),
        None => (rest, Versions(0xf)),
    };
    Some(Field { name, versions, required, deprecated, node: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_differ() {
        let generators =
            fields_at(Version::new(3, 5, 7), "ApplicationSet", &Path::keys(["spec", "generators"]).join(0));
        let names: Vec<&str> = generators.iter().map(|f| f.name).collect();
        assert!(names.contains(&"plugin") && !names.contains(&"oci"));
        let generators =
            fields_at(Version::NEWEST, "ApplicationSet", &Path::keys(["spec", "generators"]).join(0));
        assert!(generators.iter().any(|f| f.name == "oci"));
        assert!(!fields_at(Version::NEWEST, "AppProject", &Path::keys(["spec"])).is_empty());
    }
}
