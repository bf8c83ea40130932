//! What may be read: the platform, and the catalogue of rules.

use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

use super::{Engine, bounded, mask};
use crate::commands::{catalogue, known_rule, page_of, platform};
use crate::error::CliError;

const PLATFORM: &str = "seatrial://platform";
const GAPS: &str = "seatrial://platform/gaps";
const RULES: &str = "seatrial://rules";
const RULE: &str = "seatrial://rules/{rule}";

const MARKDOWN: &str = "text/markdown";
const JSON: &str = "application/json";

/// The resources.
pub(super) fn list() -> Vec<Resource> {
    vec![
        Resource::new(PLATFORM, "platform")
            .with_title("The platform")
            .with_description("The facts and constraints in force, each with the line it is written at")
            .with_mime_type(JSON),
        Resource::new(GAPS, "platform-gaps")
            .with_title("What is not known of the platform")
            .with_description("Facts that a full judgement needs, and how to supply them")
            .with_mime_type(JSON),
        Resource::new(RULES, "rules")
            .with_title("The catalogue of rules")
            .with_description("Every rule in a line")
            .with_mime_type(MARKDOWN),
    ]
}

/// Resources that have a name in their address.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(RULE, "rule")
            .with_title("A rule")
            .with_description("What a rule finds, why it is bad, an example, how to mend it")
            .with_mime_type(MARKDOWN),
    ]
}

/// The names that `begun` may become.
pub(super) fn complete(template: &str, argument: &str, begun: &str) -> Vec<String> {
    if template != RULE || argument != "rule" {
        return Vec::new();
    }
    let mut names: Vec<String> = catalogue()
        .iter()
        .map(|meta| meta.name)
        .filter(|name| name.contains(begun))
        .map(str::to_owned)
        .collect();
    // Those that begin so come first.
    names.sort_by_key(|name| (!name.starts_with(begun), name.clone()));
    names
}

/// Whether there is a resource at this address.
pub(super) fn is_known(uri: &str) -> bool {
    matches!(uri, PLATFORM | GAPS | RULES) || rule_of(uri).is_some_and(|name| known_rule(name).is_ok())
}

fn rule_of(uri: &str) -> Option<&str> {
    uri.strip_prefix("seatrial://rules/")
}

/// Reads one.
pub(super) fn read(engine: &Engine, uri: &str) -> Result<ReadResourceResult, CliError> {
    let (text, kind) = match uri {
        PLATFORM | GAPS => {
            let platform = engine.platform()?;
            let (facts, _) = platform::facts(&platform, None, uri == GAPS)?;
            (mask::text(&format!("{facts:#}\n"), &platform), JSON)
        }
        RULES => (crate::docs::catalogue(), MARKDOWN),
        _ => (page_of(known_rule(rule_of(uri).unwrap_or_default())?), MARKDOWN),
    };
    // Half a JSON text is none: a platform too large for one answer is read by `platform_facts`, page by page.
    let whole = bounded::text(&text);
    let text = if kind == JSON && whole.len() < text.len() {
        return Err(CliError::new("the platform is too large to be read at once")
            .hint("the tool `platform_facts` tells of one environment, or answers page by page"));
    } else {
        text
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)]))
}
