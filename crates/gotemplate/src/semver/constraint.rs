//! Version constraints: `>=1.2, <3 || ~4.1`, `^1`, `1.x`, `1.2 - 1.4`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::Version;

/// Alternatives of conditions that must all hold.
#[derive(Debug, Clone)]
pub struct Constraints(Vec<Group>);

#[derive(Debug, Clone)]
struct Group {
    conditions: Vec<Condition>,
    /// Pre-releases count only where one of the conditions names one.
    pre: bool,
}

#[derive(Debug, Clone)]
struct Condition {
    operator: Operator,
    version: Version,
    /// A part is a wildcard or missing; and which one.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// The library's grammar of a version inside a constraint. `|` stands in its character class by its authors' slip,
/// so that it takes part here as well.
const VERSION: &str = r"v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";

// The empty alternative after `=` comes before the longer operators, as in the library; leftmost-first
// matching with backtracking through it is part of the behaviour.
const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

struct Patterns {
    one: Regex,
    range: Regex,
    find: Regex,
    valid: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    // Go's `\s` is ASCII without the vertical tab.
    let s = r"[\t\n\f\r ]";
    let compile = |pattern: String| Regex::new(&pattern).ok();
    Some(Patterns {
        one: compile(format!("^{s}*({OPERATORS}){s}*({VERSION}){s}*$"))?,
        range: compile(format!("{s}*({VERSION}){s}+-{s}+({VERSION}){s}*"))?,
        find: compile(format!("({OPERATORS}){s}*({VERSION})"))?,
        valid: compile(format!(
            "^({s}*({OPERATORS}){s}*({VERSION}){s}*)((?:{s}+|,{s}*)({OPERATORS}){s}*({VERSION}){s}*)*$"
        ))?,
    })
});

impl Constraints {
    /// Reads a constraint, `NewConstraint`; the error is the library's text (`improper constraint: x`).
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let improper = |part: &str| format!("improper constraint: {part}");
        let lossy = String::from_utf8_lossy(text);
        let patterns = PATTERNS.as_ref().ok_or_else(|| improper(&lossy))?;
        let text = rewrite_ranges(&lossy, &patterns.range);
        let groups = text.split("||").map(|part| {
            if !patterns.valid.is_match(part) {
                return Err(improper(part));
            }
            let mut conditions = patterns
                .find
                .find_iter(part)
                .map(|found| Condition::parse(found.as_str(), &patterns.one))
                .collect::<Result<Vec<_>, _>>()?;
            if conditions.is_empty() {
                conditions.push(Condition::parse(part, &patterns.one)?);
            }
            let pre = conditions.iter().any(|c| !c.version.pre.is_empty());
            Ok(Group { conditions, pre })
        });
        groups.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a version satisfies the constraint.
    pub fn check(&self, version: &Version) -> bool {
        self.0.iter().any(|group| {
            (version.pre.is_empty() || group.pre)
                && group.conditions.iter().all(|condition| condition.holds(version))
        })
    }
}

/// `1.2 - 1.4` becomes `>= 1.2, <= 1.4 `.
fn rewrite_ranges(text: &str, range: &Regex) -> String {
    let mut out = text.to_owned();
    for found in range.captures_iter(text) {
        let part = |i: usize| found.get(i).map_or("", |m| m.as_str());
        let rewritten = format!(">= {}, <= {} ", part(1), part(11));
        out = out.replacen(part(0), &rewritten, 1);
    }
    out
}

impl Condition {
    fn parse(text: &str, one: &Regex) -> Result<Self, String> {
        let found = one.captures(text).ok_or_else(|| format!("improper constraint: {text}"))?;
        let part = |i: usize| found.get(i).map_or("", |m| m.as_str());
        let operator = match part(1) {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterEqual,
            "<=" | "=<" => Operator::LessEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        };
        let wild = |part: &str| matches!(part.strip_prefix('.').unwrap_or(part), "" | "x" | "X" | "*");
        let (major, minor, patch, pre) = (part(3), part(4), part(5), part(6));
        let (mut minor_dirty, mut patch_dirty) = (false, false);
        let (text, dirty) = if wild(major) {
            (format!("0.0.0{pre}"), true)
        } else if wild(minor) {
            minor_dirty = true;
            (format!("{major}.0.0{pre}"), true)
        } else if wild(patch) {
            patch_dirty = true;
            (format!("{major}{minor}.0{pre}"), true)
        } else {
            (part(2).to_owned(), false)
        };
        let version = Version::parse(text.as_bytes()).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Self { operator, version, dirty, minor_dirty, patch_dirty })
    }

    fn holds(&self, v: &Version) -> bool {
        let c = &self.version;
        let order = v.compare(c);
        match self.operator {
            Operator::Equal if self.dirty => self.tilde(v, order),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => self.differs(v, order),
            Operator::Greater if !self.dirty => order == Ordering::Greater,
            Operator::Greater => match v.major.cmp(&c.major) {
                Ordering::Greater => true,
                Ordering::Less => false,
                Ordering::Equal if self.minor_dirty => false,
                Ordering::Equal if self.patch_dirty => v.minor > c.minor,
                Ordering::Equal => order == Ordering::Greater,
            },
            Operator::Less => order == Ordering::Less,
            Operator::GreaterEqual => order != Ordering::Less,
            Operator::LessEqual if !self.dirty => order != Ordering::Greater,
            Operator::LessEqual => {
                v.major < c.major || v.major == c.major && (v.minor <= c.minor || self.minor_dirty)
            }
            Operator::Tilde => self.tilde(v, order),
            Operator::Caret => self.caret(v, order),
        }
    }

    fn differs(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if self.dirty {
            if c.major != v.major {
                return true;
            }
            if c.minor != v.minor && !self.minor_dirty {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if c.patch != v.patch && !self.patch_dirty {
                return true;
            }
            if self.patch_dirty {
                return match (v.pre.is_empty(), c.pre.is_empty()) {
                    (true, true) => false,
                    _ => super::compare_pre(&v.pre, &c.pre) != Ordering::Equal,
                };
            }
        }
        order != Ordering::Equal
    }

    fn tilde(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order == Ordering::Less {
            return false;
        }
        if (c.major, c.minor, c.patch) == (0, 0, 0) && !self.minor_dirty && !self.patch_dirty {
            return true;
        }
        v.major == c.major && (v.minor == c.minor || self.minor_dirty)
    }

    fn caret(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order == Ordering::Less {
            return false;
        }
        if c.major > 0 || self.minor_dirty {
            return v.major == c.major;
        }
        if v.major > 0 {
            return false;
        }
        if c.minor > 0 || self.patch_dirty {
            return v.minor == c.minor;
        }
        v.minor == 0 && v.patch == c.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(constraint: &str, version: &str) -> bool {
        Constraints::parse(constraint.as_bytes()).unwrap().check(&Version::parse(version.as_bytes()).unwrap())
    }

    #[test]
    fn judges() {
        for (constraint, version, want) in [
            ("^1.2", "1.9.0", true),
            ("^0.2.3", "0.3.0", false),
            ("~1.2", "1.3.0", false),
            ("1.x", "1.9.9", true),
            (">=1.2, <2", "1.5.0", true),
            ("1.2 - 1.4", "1.4.5", true),
            ("<1 || >2", "2.0.1", false),
            (">1.0.0", "1.1.0-rc1", false),
            (">1.0.0-0", "1.1.0-rc1", true),
            ("*", "1.2.3", true),
            ("!=1.2.x", "1.2.3", false),
            ("=>1", "1.0.0", true),
        ] {
            assert_eq!(check(constraint, version), want, "{constraint} {version}");
        }
        assert_eq!(Constraints::parse(b"abc").unwrap_err(), "improper constraint: abc");
    }
}
