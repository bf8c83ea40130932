//! What may be read: the platform, the catalogue of rules, the rounds.

use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

use super::{Engine, mask, rounds};
use crate::commands::{catalogue, known_rule, page_of, platform};
use crate::error::CliError;

const PLATFORM: &str = "seatrial://platform";
const GAPS: &str = "seatrial://platform/gaps";
const RULES: &str = "seatrial://rules";
const RULE: &str = "seatrial://rules/{rule}";
const ROUNDS: &str = "seatrial://rounds";
const ROUND: &str = "seatrial://rounds/{number}";

/// The largest resource that is given out.
const MOST_BYTES: usize = 96 << 10;

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
        Resource::new(ROUNDS, "rounds")
            .with_title("The rounds so far")
            .with_description("What was proposed, by whom, and what came of it; decisions of people")
            .with_mime_type(JSON),
    ]
}

/// Resources that have a name in their address.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(RULE, "rule")
            .with_title("A rule")
            .with_description("What a rule finds, why it is bad, an example, how to mend it")
            .with_mime_type(MARKDOWN),
        ResourceTemplate::new(ROUND, "round")
            .with_title("A round")
            .with_description("A proposal, what was mended in it, what was found, which constraints it meets")
            .with_mime_type(JSON),
    ]
}

/// The names that `begun` may become.
pub(super) fn complete(engine: &Engine, template: &str, argument: &str, begun: &str) -> Vec<String> {
    if template == ROUND && argument == "number" {
        return rounds::numbers(engine).into_iter().filter(|number| number.starts_with(begun)).collect();
    }
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
    matches!(uri, PLATFORM | GAPS | RULES | ROUNDS)
        || round_of(uri).is_some()
        || rule_of(uri).is_some_and(|name| known_rule(name).is_ok())
}

fn rule_of(uri: &str) -> Option<&str> {
    uri.strip_prefix("seatrial://rules/")
}

fn round_of(uri: &str) -> Option<u32> {
    uri.strip_prefix("seatrial://rounds/")?.parse().ok()
}

/// JSON without secrets.
fn told(value: &serde_json::Value, engine: &Engine) -> String {
    format!("{:#}\n", mask::value(value, &engine.known()))
}

/// Reads one.
pub(super) fn read(engine: &Engine, uri: &str) -> Result<ReadResourceResult, CliError> {
    let (text, kind) = match uri {
        PLATFORM | GAPS => {
            let (facts, _) = platform::facts(&*engine.platform()?, None, uri == GAPS)?;
            (told(&facts, engine), JSON)
        }
        ROUNDS => (told(&rounds::list(engine)?, engine), JSON),
        RULES => (crate::docs::catalogue(), MARKDOWN),
        _ => match round_of(uri) {
            Some(number) => (told(&rounds::one(engine, number)?, engine), JSON),
            None => (page_of(known_rule(rule_of(uri).unwrap_or_default())?), MARKDOWN),
        },
    };
    // Half a JSON text is none.
    if text.len() > MOST_BYTES {
        return Err(CliError::new(format!("`{uri}` is too large to be read at once")).hint(
            "`platform_facts` tells of one environment, or answers page by page; `seatrial round show` shows a round",
        ));
    }
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)]))
}
