//! Skills for agents, judged by what their readers would do: the format, the advice, the manifests in them, what they leave out.
//!
//! | to … | see |
//! |---|---|
//! | read one | [`Skill::read`] |
//! | judge one | [`lint`] |
//! | know what it teaches and what it leaves out | [`topics`], [`Taught`] |
//! | have a patch for what it leaves out | [`improved`] |
//! | know the rules | [`catalogue`] |
//!
//! The format is that of the Agent Skills specification. What advice is wrong is decided by the facts that the rules of manifests rest on;
//! manifests in fenced blocks are tried like any other.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod advice;
mod blocks;
mod catalogue;
mod commands;
mod improve;
mod markdown;
mod skill;
mod spec;
mod topics;

pub use catalogue::catalogue;
pub use improve::improved;
pub use skill::{Skill, SkillError};
pub use topics::{Taught, Topic, grade, topics};

use seatrial_trial::Finding;
use seatrial_trial::report::{Report, Summary};

/// Judges a skill: its format, its advice, the manifests in it, and the topics it leaves out.
pub fn lint(skill: &Skill) -> Report {
    let mut findings = spec::judge(skill);
    let mut applications = 0;
    for page in skill.pages() {
        findings.extend(advice::judge(page));
        findings.extend(commands::judge(page));
        let judged = blocks::judge(page);
        applications += judged.applications;
        findings.extend(judged.findings);
    }
    findings.extend(topics::judge(skill));
    let name = |finding: &Finding| skill.snapshot().files().path(finding.span.file).unwrap_or_default();
    for finding in findings.iter_mut().filter(|finding| finding.fingerprint.is_empty()) {
        let path = name(finding);
        *finding = finding.clone().identified(&path);
    }
    let summary = Summary { files: skill.pages().len(), applications, ..Summary::default() };
    let files = skill.pages().iter().map(|page| std::sync::Arc::clone(page.file()));
    Report::new(files, findings, Vec::new(), Vec::new(), summary)
}
