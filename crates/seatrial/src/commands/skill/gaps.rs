//! `seatrial skill gaps`: what a skill teaches of each topic.

use seatrial_skill::{Skill, Taught, grade, topics};
use serde::Serialize;

use super::read;
use crate::cli::{Global, SkillFormat, SkillGapsArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, GREEN, RED, YELLOW};
use crate::text::count;

/// What `seatrial skill gaps --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial skill gaps", deny_unknown_fields))]
pub(crate) struct GapsOutput {
    /// Every topic, in the order in which one would learn them.
    topics: Vec<TopicOutput>,
    /// `basic` or `advanced`.
    #[cfg_attr(test, schemars(extend("enum" = ["basic", "advanced"])))]
    pub(super) grade: &'static str,
    /// How many topics are taught.
    pub(super) taught: usize,
}

/// A topic.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct TopicOutput {
    /// Its stable name.
    topic: &'static str,
    /// What it is called.
    title: &'static str,
    /// Whether manifests go wrong without it, whatever is deployed.
    basic: bool,
    /// `missing`, `named` (only its name is there) or `taught`.
    #[cfg_attr(test, schemars(extend("enum" = ["missing", "named", "taught"])))]
    state: &'static str,
}

pub(super) fn run(args: &SkillGapsArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let gaps = gaps(&read(&args.dir, io)?);
    let text = match args.format {
        SkillFormat::Json => format!("{}\n", serde_json::to_string_pretty(&gaps).unwrap_or_default()),
        SkillFormat::Text => {
            let look = io.look(global.color);
            let mut out = String::new();
            for topic in &gaps.topics {
                let style = match topic.state {
                    "taught" => GREEN,
                    "named" => YELLOW,
                    _ => RED,
                };
                let state = look.paint(style, &format!("{:<8}", topic.state));
                let kind = if topic.basic { " (every manifest needs it)" } else { "" };
                out.push_str(&format!("  {state} {:<22} {}{kind}\n", topic.topic, topic.title));
            }
            let all = count(gaps.topics.len(), "topic");
            out.push_str(&format!("{} of {all} taught: {}\n", gaps.taught, look.paint(BOLD, gaps.grade)));
            out
        }
    };
    io.print(&text)?;
    Ok(u8::from(gaps.taught < gaps.topics.len()))
}

/// What a skill teaches.
pub(super) fn gaps(skill: &Skill) -> GapsOutput {
    let all = topics(skill);
    GapsOutput {
        grade: grade(&all),
        taught: all.iter().filter(|(_, how)| *how == Taught::Taught).count(),
        topics: all
            .iter()
            .map(|(topic, how)| TopicOutput {
                topic: topic.name,
                title: topic.title,
                basic: topic.basic,
                state: how.as_str(),
            })
            .collect(),
    }
}
