//! A patch for what a skill leaves out.

use crate::Skill;
use crate::topics::{Taught, topics};

/// The text that `SKILL.md` would have with a section for each gap, and what is better then; `None` when there is no gap.
/// What is wrong in it already is left to the fixes of `lint`.
pub fn improved(skill: &Skill) -> Option<(String, Vec<&'static str>)> {
    let main = skill.main().filter(|_| crate::topics::is_about_gitops(skill))?;
    let gaps: Vec<_> = topics(skill).into_iter().filter(|(_, how)| *how != Taught::Taught).collect();
    if gaps.is_empty() {
        return None;
    }
    let mut text = main.file().text.trim_end().to_owned();
    text.push('\n');
    for (topic, _) in &gaps {
        text.push_str(&format!("\n## {}\n\n{}\n", topic.title, wrapped(topic.lesson)));
    }
    Some((text, gaps.into_iter().map(|(topic, _)| topic.name).collect()))
}

/// Lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let more = word.chars().count() + 1;
        if length > 0 && length + more > 120 {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
        }
        out.push_str(word);
        length += more;
    }
    out
}
