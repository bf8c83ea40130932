//! One thing wrong or doubtful, and the edit that would mend it.

use std::fmt;

use seatrial_source::{Edit, FileId, Span};

use crate::pipeline::digest;
use crate::rule::Meta;

/// How bad a finding is. The order is that of gates: `Note < Warning < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice; nothing fails.
    Note,
    /// A risk.
    Warning,
    /// Would fail, or is forbidden.
    Error,
}

impl Severity {
    /// The severity's name in every output and in `seatrial.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Reads a name as [`Severity::as_str`] writes it.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Note, Self::Warning, Self::Error].into_iter().find(|s| s.as_str() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of the catalogue a rule belongs to; the seven-point checklist is made of some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Group {
    Syntax,
    Schema,
    Generator,
    Source,
    Destination,
    Registry,
    Namespace,
    Resources,
    Sync,
    Health,
    Scheduling,
    Storage,
    Ordering,
    Security,
    Naming,
    Safety,
    Policy,
    Platform,
    Skill,
}

impl Group {
    /// Every group, in the catalogue's order.
    pub const ALL: [Self; 19] = [
        Self::Syntax,
        Self::Schema,
        Self::Generator,
        Self::Source,
        Self::Destination,
        Self::Registry,
        Self::Namespace,
        Self::Resources,
        Self::Sync,
        Self::Health,
        Self::Scheduling,
        Self::Storage,
        Self::Ordering,
        Self::Security,
        Self::Naming,
        Self::Safety,
        Self::Policy,
        Self::Platform,
        Self::Skill,
    ];

    /// The group's name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Schema => "schema",
            Self::Generator => "generator",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Registry => "registry",
            Self::Namespace => "namespace",
            Self::Resources => "resources",
            Self::Sync => "sync",
            Self::Health => "health",
            Self::Scheduling => "scheduling",
            Self::Storage => "storage",
            Self::Ordering => "ordering",
            Self::Security => "security",
            Self::Naming => "naming",
            Self::Safety => "safety",
            Self::Policy => "policy",
            Self::Platform => "platform",
            Self::Skill => "skill",
        }
    }

    /// The point of the seven-point checklist that the group answers, if it is one of them:
    /// 1 clusters, 2 registry credentials, 3 namespaces, 4 resources, 5 sync, 6 health, 7 substitution.
    pub fn check(self) -> Option<u8> {
        match self {
            Self::Destination => Some(1),
            Self::Registry => Some(2),
            Self::Namespace => Some(3),
            Self::Resources => Some(4),
            Self::Sync => Some(5),
            Self::Health => Some(6),
            Self::Generator => Some(7),
            _ => None,
        }
    }
}

/// A second place that explains a finding: where the fact is declared, where the other half stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What stands there, as a short clause.
    pub message: String,
}

/// Whether applying a fix needs a person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Keeps the meaning, or the meaning was plain: `fix` applies it.
    Safe,
    /// Changes the meaning: `fix --unsafe` applies it.
    Unsafe,
}

impl Applicability {
    /// The name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// An edit of the source that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edit does, as an imperative clause: `quote the placeholder`.
    pub title: String,
    /// Whether it needs a person's word.
    pub applicability: Applicability,
    /// Whether a second trial on the edited source showed the finding gone and nothing new.
    /// Rules leave it `false`; only [`crate::verify`] sets it.
    pub verified: bool,
    /// The edits, in the source as the rule saw it.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that keeps the meaning.
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), applicability: Applicability::Safe, verified: false, edits }
    }

    /// A fix that changes the meaning.
    pub fn risky(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), applicability: Applicability::Unsafe, verified: false, edits }
    }

    /// The files that it edits.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.edits.iter().map(|edit| edit.span.file)
    }
}

/// One thing wrong or doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's stable name.
    pub rule: &'static str,
    /// The rule's group.
    pub group: Group,
    /// How bad it is here (a rule may be stricter in production, and the platform file may change it).
    pub severity: Severity,
    /// One sentence, with the names and values in it.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The place in the source.
    pub span: Span,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// `namespace/name` of the Applications it holds for, sorted.
    pub applications: Vec<String>,
    /// Names of the environments it holds for, sorted.
    pub environments: Vec<String>,
    /// `group/Kind/namespace/name` of the resource, once there are rendered resources.
    pub resource: Option<String>,
    /// The field it is about, as a path in the Application or the manifest.
    pub field: Option<String>,
    /// The fact of the platform file it breaks: `clusters`, `environments.prod.registries`.
    pub fact: Option<String>,
    /// The edit that would mend it.
    pub fix: Option<Fix>,
    /// Other edits that would, to be tried in this order where the first does not hold; none are left in a report.
    pub other_fixes: Vec<Fix>,
    /// What makes this finding itself, whatever line it stands on: compared across trials.
    /// Filled by the pipeline from rule, file, document, field and [`Finding::key`].
    pub fingerprint: String,
    /// What tells this finding from others of its rule at the same field (the offending value, usually).
    pub key: String,
    /// The rule's words for what it keeps other rules from seeing, counted by the pipeline.
    pub hides: usize,
}

impl Finding {
    /// A finding of a rule at its usual level, to be completed.
    pub fn of(meta: &Meta, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule: meta.name,
            group: meta.group,
            severity: meta.severity,
            message: message.into(),
            help: String::new(),
            span,
            related: Vec::new(),
            applications: Vec::new(),
            environments: Vec::new(),
            resource: None,
            field: None,
            fact: None,
            fix: None,
            other_fixes: Vec::new(),
            fingerprint: String::new(),
            key: String::new(),
            hides: 0,
        }
    }

    /// Fills [`Finding::fingerprint`] of what is found in a file that is no manifest.
    pub fn identified(mut self, path: &str) -> Self {
        self.fingerprint = digest(&self, path, "");
        self
    }

    /// Adds a related place.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// Adds the help text.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds the fix.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds the fix if there is one.
    pub fn maybe_fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    /// Adds the fixes to be tried, the best first.
    pub fn fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        let mut fixes = fixes.into_iter();
        self.fix = fixes.next();
        self.other_fixes = fixes.collect();
        self
    }

    /// Names the fact that is broken, and where it is declared.
    pub fn fact(mut self, fact: impl Into<String>, declared: Option<Span>) -> Self {
        let fact = fact.into();
        if let Some(span) = declared {
            self.related.push(Related { span, message: format!("`{fact}` is declared here") });
        }
        self.fact = Some(fact);
        self
    }

    /// Names the field.
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Sets what tells the finding from its neighbours; see [`Finding::key`].
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Overrides the rule's default severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Something that could not be judged: never counted as fine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What was to be judged, as a clause: `which repositories the SCM provider would list`.
    pub what: String,
    /// What would have to be supplied, as an instruction.
    pub needs: String,
    /// Where the need arises; `None` when it is the platform file that is missing.
    pub span: Option<Span>,
    /// Rules that could not be run for want of it, sorted.
    pub rules: Vec<&'static str>,
}
