//! Rules of the house: conventions, constraints, levels, expectations.

use std::sync::Arc;

use seatrial_source::Span;
use serde_json::Value;

use crate::constraints::Program;
use crate::spanned::{List, Pairs, Spanned, Text};

/// How things are named.
#[derive(Clone, Debug, Default)]
pub struct Conventions {
    /// Names of Applications, with `{app}`, `{env}`, `{cluster}`.
    pub application_name: Option<Text>,
    /// Target namespaces, with the same placeholders.
    pub namespace: Option<Text>,
    /// Names of projects, with the same placeholders.
    pub project: Option<Text>,
    /// Labels that every Application carries; `*` for any value.
    pub labels: Option<Pairs>,
}

/// Who writes manifests.
#[derive(Clone, Debug, Default)]
pub struct Authors {
    /// Who writes when nothing else is said: `builtin`, `anthropic`, `openai`, `bedrock`.
    pub default: Option<Text>,
    /// The model of each provider that names one, by the provider's name.
    pub models: Vec<(Text, Text)>,
}

/// How binding a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Modality {
    /// Allowed: never a finding, but it says so where a default rule would object.
    May,
    /// Wanted.
    Should,
    /// Demanded.
    Must,
}

impl Modality {
    /// Its name in the platform file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::May => "may",
            Self::Should => "should",
            Self::Must => "must",
        }
    }
}

/// Environments that something holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Environments {
    /// All, and Applications of no known environment too.
    #[default]
    All,
    /// These.
    Only(Vec<Text>),
    /// All but these.
    AllExcept(Vec<Text>),
}

/// A rule of the house.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Its name.
    pub id: Text,
    /// How binding it is.
    pub level: Spanned<Modality>,
    /// Where it holds.
    pub environments: Environments,
    /// The condition, in CEL; `None` when the key is missing or no text.
    pub rule: Option<Text>,
    /// The condition compiled; `None` when it could not be.
    pub program: Option<Arc<Program>>,
    /// What to say when it is broken.
    pub message: Option<Text>,
    /// The sentence it came from.
    pub source: Option<Text>,
    /// Where that sentence stands.
    pub from: Option<Text>,
    /// What was said before, the newest first.
    pub superseded: Vec<Superseded>,
    /// Applications it does not hold for (globs over their names).
    pub except: Vec<Text>,
    /// The whole entry.
    pub span: Span,
}

/// Where a fact came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The fact's key: `environments.prod.pullSecret`.
    pub fact: Text,
    /// How binding the sentence makes it.
    pub level: Option<Spanned<Modality>>,
    /// The sentence.
    pub quote: Option<Text>,
    /// Where it stands.
    pub from: Option<Text>,
    /// How many of those that could show it do, as `47 of 48`.
    pub support: Option<Text>,
    /// Some of the places that show it.
    pub evidence: Vec<Text>,
    /// Places that show something else.
    pub exceptions: Vec<Text>,
    /// What was said before, the newest first.
    pub superseded: Vec<Superseded>,
    /// The whole entry.
    pub span: Span,
}

/// A statement that a later one replaced.
#[derive(Clone, Debug)]
pub struct Superseded {
    /// The value it gave; of a constraint, its rule.
    pub value: Value,
    /// The sentence.
    pub quote: Option<Text>,
    /// Where it stands.
    pub from: Option<Text>,
}

/// Something that a rule or constraint is waived for.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The rule's or constraint's name.
    pub rule: Text,
    /// Applications it is waived for (globs over their names); all when empty.
    pub applications: Vec<Text>,
    /// Environments it is waived in.
    pub environments: Environments,
    /// Why.
    pub reason: Option<Text>,
    /// The whole entry.
    pub span: Span,
}

/// How bad a rule's findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Off,
    /// Advice.
    Note,
    /// A risk.
    Warning,
    /// Would fail, or is forbidden.
    Error,
}

impl Level {
    /// Its name in the platform file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What the platform says of one rule.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    /// The rule.
    pub name: Text,
    /// Its level.
    pub level: Option<Spanned<Level>>,
    /// Where that level holds.
    pub environments: Environments,
    /// Options of the rule, as written.
    pub options: Value,
}

/// What is expected to come out.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// Exactly these Applications.
    pub applications: Option<List>,
}
