//! Prompts that a person picks: write a manifest, review one.

use rmcp::model::{ContentBlock, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};

use super::{Engine, bounded, mask};
use crate::commands::platform;
use crate::error::CliError;

/// The prompts.
pub(super) fn list() -> Vec<Prompt> {
    let argument = |name: &str, description: &str| {
        PromptArgument::new(name).with_description(description).with_required(true)
    };
    vec![
        Prompt::new(
            "generate",
            Some("Write an ApplicationSet by this platform's facts, and try it until it is ready"),
            Some(vec![argument("intent", "What is wanted, in a sentence or more")]),
        )
        .with_title("Write an ApplicationSet"),
        Prompt::new(
            "review",
            Some("Review a manifest by the seven points, with evidence"),
            Some(vec![argument("path", "The file or folder, relative to the root")]),
        )
        .with_title("Review a manifest"),
    ]
}

/// A prompt, filled in.
pub(super) fn get(engine: &Engine, name: &str, arguments: &JsonObject) -> Result<GetPromptResult, CliError> {
    let argument = |name: &str| {
        arguments
            .get(name)
            .and_then(|value| value.as_str())
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| CliError::new(format!("the prompt needs `{name}`")))
    };
    let (text, description) = match name {
        "generate" => (generate(engine, argument("intent")?)?, "Write an ApplicationSet"),
        "review" => (review(argument("path")?), "Review a manifest"),
        _ => {
            return Err(CliError::new(format!("there is no prompt `{name}`"))
                .hint("`generate` and `review` are the prompts"));
        }
    };
    let message = PromptMessage::new(Role::User, ContentBlock::text(text));
    Ok(GetPromptResult::new(vec![message]).with_description(description))
}

fn generate(engine: &Engine, intent: &str) -> Result<String, CliError> {
    let platform = engine.platform()?;
    let (_, facts) = platform::facts(&platform, None, false)?;
    Ok(format!(
        "Write one Argo CD ApplicationSet for this:\n\n{intent}\n\n\
         These are the facts of the platform; use no cluster, registry, secret or name that is not among them, and ask me \
         where one is missing:\n\n{}\n\
         How to work:\n\
         - Use a list or clusters generator, `goTemplate: true` and `goTemplateOptions: [\"missingkey=error\"]`.\n\
         - What differs between environments and is not a string (replicas, booleans, sync policies) goes into \
           `templatePatch`, so that it keeps its type.\n\
         - Before you show me anything, call the tool `try_manifest` with the file's path and whole text. Mend what it \
           finds and call it again, until the verdict is `ready`. Take the fixes that it offers as safe.\n\
         - When what is left needs a decision, stop and ask me, with the options and what each would cost.\n\
         - In the end tell me which Applications it generates, where each goes, and what could not be judged.\n",
        bounded::text(&mask::text(&facts, &platform))
    ))
}

fn review(path: &str) -> String {
    format!(
        "Review `{path}` as a careful engineer who must approve it for production.\n\n\
         Before you call any tool, read the file and write down your own concerns about: destinations, registry \
         credentials, namespaces, resources, sync policies, health, and the ApplicationSet's generation.\n\
         Then call the tool `check` with this path, and compare: what it found that you did not, and what concerns you \
         that it does not tell. For each of its errors say in your own words what would happen if the manifest were \
         applied, and to which environment. Use `expand`, `render` and `why` for evidence; use `explain` where a rule is \
         not clear.\n\
         End with a verdict: ready, or not and why, and what is unknown.\n"
    )
}
