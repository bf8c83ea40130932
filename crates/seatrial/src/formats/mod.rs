//! Output formats: one file each, all made from the same [`Shown`].

mod checklist;
mod concise;
mod excerpt;
pub(crate) mod github;
mod gitlab;
pub(crate) mod json;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod text;

use seatrial_trial::finding::{Finding, Severity};
use seatrial_trial::report::Report;
use seatrial_trial::rule::Meta;

use crate::look::Look;
use crate::place::{Place, place};

/// The formats of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Source excerpts with carets, for people
    Text,
    /// One line for each finding
    Concise,
    /// Everything, for programs (see the published JSON Schema)
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for test reports
    Junit,
    /// GitLab code quality
    Gitlab,
    /// GitHub workflow commands, which become annotations
    Github,
    /// A comment for a pull request
    Markdown,
    /// The seven-point checklist, for each environment
    Checklist,
}

/// From which severity on a finding fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Fail on errors
    Error,
    /// Fail on warnings and errors
    Warning,
    /// Fail on anything found
    Note,
    /// Never fail because of findings
    Never,
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    pub fn fails(self, severity: Severity) -> bool {
        self.gate().is_some_and(|gate| severity >= gate)
    }

    pub(crate) fn gate(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

/// Something that could not be judged, as formats show it.
struct Doubt<'a> {
    what: String,
    needs: String,
    place: Option<Place>,
    rules: &'a [&'static str],
}

/// A report and everything a format may want to know beside it.
pub struct Shown<'a> {
    /// The report.
    pub report: &'a Report,
    /// The catalogue.
    pub rules: &'a [&'static Meta],
    /// Environments in the order of the platform file.
    pub environments: &'a [String],
    /// The platform file in force, as it is shown to people.
    pub platform: Option<&'a str>,
    /// The gate.
    pub fail_on: FailOn,
    /// How it may look.
    pub look: Look,
    /// How much to say: negative for the least.
    pub verbosity: i8,
    /// The arguments for the commands shown as next steps.
    pub arguments: &'a str,
}

/// The report in `format`, ending in a line break.
pub fn render(format: Format, shown: &Shown<'_>) -> String {
    match format {
        Format::Text => text::render(shown),
        Format::Concise => concise::render(shown),
        Format::Json => json::render(shown),
        Format::Sarif => sarif::render(shown),
        Format::Junit => junit::render(shown),
        Format::Gitlab => gitlab::render(shown),
        Format::Github => github::render(shown),
        Format::Markdown => markdown::render(shown),
        Format::Checklist => checklist::render(shown),
    }
}

impl Shown<'_> {
    fn meta(&self, rule: &str) -> Option<&'static Meta> {
        self.rules.iter().copied().find(|meta| meta.name == rule)
    }

    /// Environments to show: those of the platform file, then others that findings name.
    fn all_environments(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.environments.iter().map(String::as_str).collect();
        for name in self.report.summary.environments.keys() {
            if !all.contains(&name.as_str()) {
                all.push(name);
            }
        }
        all
    }

    /// Names of environments in the order of the platform file.
    fn in_order<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        let place = |name: &str| self.environments.iter().position(|known| known == name);
        let mut ordered: Vec<&str> = names.iter().map(String::as_str).collect();
        ordered.sort_by_key(|name| (place(name).unwrap_or(usize::MAX), *name));
        ordered
    }

    fn count(&self, severity: Severity) -> usize {
        self.report.summary.severities.get(&severity).copied().unwrap_or(0)
    }

    /// Findings that stop Argo CD from reading or generating anything: what else is said is said of the
    /// mended text.
    fn blocking(&self) -> usize {
        self.report.findings.iter().filter(|f| self.blocks(f)).count()
    }

    fn blocks(&self, finding: &Finding) -> bool {
        finding.severity == Severity::Error && self.meta(finding.rule).is_some_and(|meta| meta.blocks)
    }

    /// How many Applications go to an environment.
    fn destined(&self, environment: &str) -> usize {
        self.report.summary.destinations.get(environment).copied().unwrap_or(0)
    }

    /// Things that could not be judged, unreadable files included: what, what to supply, where.
    fn unknowns(&self) -> Vec<Doubt<'_>> {
        let unreadable = self.report.read_errors.iter().map(|error| Doubt {
            what: format!("what {} says", error.path),
            needs: error.to_string(),
            place: None,
            rules: &[],
        });
        let unknown = self.report.unknown.iter().map(|unknown| Doubt {
            what: unknown.what.clone(),
            needs: unknown.needs.clone(),
            place: unknown.span.and_then(|span| place(self.report, span)),
            rules: &unknown.rules,
        });
        unreadable.chain(unknown).collect()
    }

    fn verdict(&self) -> &'static str {
        let report = self.report;
        if report.findings.iter().any(|f| self.fail_on.fails(f.severity)) {
            "not-ready"
        } else if report.unknown.is_empty() && report.read_errors.is_empty() {
            "ready"
        } else {
            "unknown"
        }
    }
}

#[cfg(test)]
mod tests;
