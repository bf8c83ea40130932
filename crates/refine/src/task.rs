//! What a piece of work is.

use seatrial_author::{Charts, Intent, Proposal, propose};
use seatrial_gate::{Allowed, Redactor};
use seatrial_models::{Event, Request};
use seatrial_rounds::{Question, Round};
use seatrial_trial::{Inputs, Report, Severity};
use serde_json::Value;

use crate::brief::brief;
use crate::budget::Spent;
use crate::chart;
use crate::judge::Score;
use crate::prompt::{self, CHART, FACTS, Material};

/// A piece of work: one file to be written or edited until it is right.
pub struct Task<'a> {
    /// The files as they are, the facts, and how a trial runs.
    pub inputs: Inputs,
    /// What it is called in the record: usually the application.
    pub piece: &'a str,
    /// The intent, in the words it was given in.
    pub intent: &'a str,
    /// The intent as far as it was understood.
    pub wanted: &'a Intent,
    /// The file, relative to the root of the snapshot.
    pub target: &'a str,
    /// Its text as it is, if it is there.
    pub existing: Option<String>,
    /// The set that Seatrial's own author writes from the facts alone, if it can.
    pub draft: Option<String>,
    /// What that author had to ask.
    pub open: Vec<String>,
    /// What earlier work taught.
    pub lessons: Vec<String>,
    /// What people decided about this piece of work.
    pub decided: Vec<String>,
    /// Where may be written.
    pub allowed: Allowed,
    /// From which severity on a finding has to be mended.
    pub fail_on: Severity,
    /// Whether safe fixes are applied: not to a file of which only what was asked for is to be different.
    pub mends: bool,
    /// Findings in the shape of `seatrial check --format json`.
    pub findings: fn(&Report) -> Vec<Value>,
}

impl<'a> Task<'a> {
    /// A task with what the facts alone lead to: what Seatrial's own author proposes.
    pub fn new(
        inputs: Inputs,
        piece: &'a str,
        intent: &'a str,
        wanted: &'a Intent,
        target: &'a str,
        proposal: Proposal,
        findings: fn(&Report) -> Vec<Value>,
    ) -> Self {
        let mends = !proposal.edits;
        let existing = inputs.snapshot.read(target).ok().map(|file| file.text.as_ref().to_owned());
        Self {
            piece,
            intent,
            wanted,
            target,
            existing,
            draft: proposal.text,
            open: proposal.questions.into_iter().map(|question| question.text).collect(),
            lessons: Vec::new(),
            decided: Vec::new(),
            allowed: Allowed::only(target),
            fail_on: Severity::Error,
            mends,
            findings,
            inputs,
        }
    }

    /// Takes up other facts, and what they lead to. A file that is edited is edited by whom it was.
    pub(crate) fn taught(&mut self, inputs: Inputs) {
        self.inputs = inputs;
        if self.mends {
            let platform = &self.inputs.platform;
            let proposal = propose(self.wanted, platform, &platform.repository_set(checked(&self.inputs)));
            self.draft = proposal.text.or(self.draft.take());
        }
    }

    /// The first request of the work, with all secrets taken out by `redactor`.
    pub fn request(&self, redactor: &mut Redactor) -> Request {
        let platform = &self.inputs.platform;
        let repositories = platform.repository_set(checked(&self.inputs));
        let charts = Charts::of(platform, &repositories);
        let facts = brief(platform, self.wanted, FACTS);
        let chart = chart::describe(&charts, self.wanted, redactor, CHART);
        let material = Material {
            intent: self.intent,
            target: self.target,
            existing: self.existing.as_deref(),
            draft: self.draft.as_deref(),
            open: &self.open,
            lessons: &self.lessons,
            decided: &self.decided,
            brief: &facts,
            chart: &chart,
        };
        prompt::request(&material, redactor)
    }

    /// A redactor that lets the names of Secrets stand, which the facts declare.
    pub fn redactor(&self) -> Redactor {
        Redactor::of(&self.inputs.platform)
    }
}

fn checked(inputs: &Inputs) -> Option<(&std::path::Path, std::sync::Arc<dyn seatrial_source::Snapshot>)> {
    inputs.root.as_deref().map(|root| (root, std::sync::Arc::clone(&inputs.snapshot)))
}

/// What happens while the work goes on.
pub enum Progress<'a> {
    /// A model is asked.
    Asking {
        /// The round, from 1.
        round: u32,
        /// Its name.
        model: &'a str,
    },
    /// Something comes from the model.
    Model(Event<'a>),
    /// A round is judged.
    Judged {
        /// The round.
        round: &'a Round,
        /// What is spent so far.
        spent: &'a Spent,
        /// Whether it is the best so far.
        best: bool,
    },
}

/// An answer of a person.
pub struct Answered {
    /// The answer, in the words it was given in.
    pub text: String,
    /// The inputs with what was learned from it, where it is a fact.
    pub inputs: Option<Inputs>,
}

/// Who the work is done for.
pub trait Host {
    /// Is told what happens.
    fn told(&mut self, progress: Progress<'_>);
    /// Answers a question; `None` when nobody can.
    fn answer(&mut self, question: &Question) -> Option<Answered>;
    /// Keeps a finished round, and gives it its number and time. The error says why it cannot be kept: then the work stops, for what is not
    /// recorded did not happen.
    fn keep(&mut self, round: &mut Round) -> Result<(), String>;
}

pub(crate) type Best = (Score, u32);
