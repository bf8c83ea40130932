//! Rounds with a model, until it is right or may not go on.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Instant;

use seatrial_gate::Redactor;
use seatrial_models::{Answer, Model, ModelError, Request, Stop, Turn, Usage};
use seatrial_rounds::{
    By, Kind, Outcome, Picture, Proposal, Question, Round, Unknown, Verdict, coverage, redacted,
};

use crate::answer;
use crate::budget::{Budget, Spent};
use crate::judge::{Candidate, Judge};
use crate::prompt::{hash, messages};
use crate::task::{Best, Host, Progress, Task};
use crate::turn;

/// How often a paused answer is taken up again.
const PAUSES: usize = 4;

/// What came of the work.
pub struct Refined {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub why: String,
    /// The best candidate, if there was any; of equals the last.
    pub best: Option<Candidate>,
    /// The round it came from.
    pub best_round: u32,
    /// Every round, as recorded.
    pub rounds: Vec<Round>,
    /// What a person has to answer.
    pub questions: Vec<Question>,
    /// What was spent.
    pub spent: Spent,
    /// Why the model failed, if it did.
    pub error: Option<ModelError>,
}

/// Works on a task with a model: asks, judges, tells it what is wrong, and asks again. Nothing is written but the record.
///
/// It ends when nothing is left (`clean`), when only a person can go on (`needs-human`: open questions, rights that only a person gives, or no progress),
/// when the budget is used up, when the model declines, or when it fails. The best candidate of all rounds is kept.
pub fn refine(task: &mut Task<'_>, model: &dyn Model, budget: &Budget, host: &mut dyn Host) -> Refined {
    let mut redactor = task.redactor();
    let request = task.request(&mut redactor);
    let mut work = Work {
        request,
        redactor,
        spent: Spent::default(),
        best: None,
        rounds: Vec::new(),
        texts: HashSet::new(),
        faults: None,
        judge: Judge::new(task),
        last: (Usage::default(), None),
        drafted: false,
    };
    let mut questions = Vec::new();
    let (outcome, why, error) = loop {
        // A server that cannot count says so when it is asked for more, too.
        let prompt = || model.count_tokens(&work.request).ok().flatten();
        if let Some(why) = budget.exhausted(&work.spent, &work.last.0, work.last.1, prompt) {
            break (Outcome::Budget, why, None);
        }
        match work.round(task, model, host, &mut questions) {
            Ok(Next::Again) => {}
            Ok(Next::Over(outcome, why)) => break (outcome, why, None),
            Err(error) => break (Outcome::ModelError, error.to_string(), Some(error)),
        }
    };
    let (best_round, best) = match work.best {
        Some(((_, round), candidate)) => (round, Some(candidate)),
        None => (0, None),
    };
    Refined { outcome, why, best, best_round, rounds: work.rounds, questions, spent: work.spent, error }
}

enum Next {
    Again,
    Over(Outcome, String),
}

/// The state between rounds.
struct Work {
    request: Request,
    redactor: Redactor,
    spent: Spent,
    best: Option<(Best, Candidate)>,
    rounds: Vec<Round>,
    /// Every proposal so far: one that was made before is no progress.
    texts: HashSet<Vec<(String, String)>>,
    faults: Option<BTreeSet<String>>,
    /// Made again when the facts change.
    judge: Judge,
    last: (Usage, Option<f64>),
    /// Whether the facts, and with them the draft, are other than what the model was told.
    drafted: bool,
}

impl Work {
    fn round(
        &mut self,
        task: &mut Task<'_>,
        model: &dyn Model,
        host: &mut dyn Host,
        questions: &mut Vec<Question>,
    ) -> Result<Next, ModelError> {
        let started = Instant::now();
        let name = model.name();
        host.told(Progress::Asking { round: self.spent.rounds + 1, model: &name });
        self.spent.rounds += 1;
        let answer = self.ask(model, host)?;
        let sent = messages(&self.request);
        self.request.turns.push(answer.turn.clone());
        if let Stop::Refusal { category, explanation } = &answer.stop {
            let why = explanation.as_deref().or(category.as_deref()).unwrap_or("it gives no reason");
            let why = format!("{name} declines: {}", self.redactor.text(why));
            let mut round = self.record(task, &name, sent, None, None, started);
            round.refused.push(why.clone());
            round.outcome = Some(Outcome::Refused);
            return Ok(self.kept(round, host).unwrap_or(Next::Over(Outcome::Refused, why)));
        }
        let Some(mut proposal) = answer::read(&answer, task.target) else {
            let why = turn::unreadable(&answer.stop);
            let mut round = self.record(task, &name, sent, None, None, started);
            round.refused.push(why.clone());
            if let Some(over) = self.kept(round, host) {
                return Ok(over);
            }
            let same =
                self.faults.replace(BTreeSet::from([why.clone()])).is_some_and(|old| old.contains(&why));
            self.request.turns.push(Turn::user(why));
            return Ok(if same { stalled("the model gives no file") } else { Next::Again });
        };
        // What a person says in between may change the facts: the judge comes after.
        let answered = self.put(task, &mut proposal.questions, host);
        let candidate = self.judge.judge(task, &proposal.files, &self.redactor);
        let texts = proposal.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
        let known = !proposal.files.is_empty() && !self.texts.insert(texts);
        let open: Vec<Question> = proposal.questions.iter().filter(|q| q.answer.is_none()).cloned().collect();
        questions.clone_from(&open);
        let mut round = self.record(task, &name, sent, Some(proposal), Some(&candidate), started);
        let faults = candidate.faults();
        let same = self.faults.replace(faults.clone()).is_some_and(|old| old == faults && !faults.is_empty());
        let next = if candidate.is_clean(task.fail_on) && open.is_empty() {
            Some((Outcome::Clean, "nothing is left to find".to_owned()))
        } else if !open.is_empty()
            && (candidate.files.is_empty() || candidate.is_clean(task.fail_on))
            && !answered
        {
            Some((Outcome::NeedsHuman, turn::questions(open.len())))
        } else if known || same && !answered {
            Some((Outcome::NeedsHuman, turn::no_progress(&candidate, known)))
        } else {
            None
        };
        round.outcome = next.as_ref().map(|(outcome, _)| *outcome);
        let score = candidate.score(task.fail_on);
        let best = self.best.as_ref().is_none_or(|((least, _), _)| score <= *least);
        host.told(Progress::Judged { round: &round, spent: &self.spent, best });
        let better = self.best.as_ref().filter(|_| !best);
        let told = turn::Told {
            previous: self.rounds.last(),
            round: &round,
            candidate: &candidate,
            unanswered: if answered { 0 } else { open.len() },
            better: better.map(|((_, number), candidate)| (*number, candidate.files.as_slice())),
            draft: task.draft.as_deref().filter(|_| std::mem::take(&mut self.drafted)),
        };
        let message = turn::next(&told);
        let message = self.redactor.text(&message);
        if let Some(over) = self.kept(round, host) {
            return Ok(over);
        }
        if best {
            let number = self.rounds.last().map_or(0, |round| round.number);
            self.best = Some(((score, number), candidate));
        }
        self.request.turns.push(Turn::user(message));
        Ok(next.map_or(Next::Again, |(outcome, why)| Next::Over(outcome, why)))
    }

    /// Asks the model, taking up what it pauses.
    fn ask(&mut self, model: &dyn Model, host: &mut dyn Host) -> Result<Answer, ModelError> {
        let mut usage = Usage::default();
        let mut cost: Option<f64> = None;
        let mut request = self.request.clone();
        let mut whole: Option<Answer> = None;
        for _ in 0..=PAUSES {
            let answer = model.ask(&request, &mut |event| host.told(Progress::Model(event)));
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    usage.add(&error.usage);
                    self.spent.add(&usage, cost);
                    return Err(error);
                }
            };
            usage.add(&answer.usage);
            cost = match (cost, answer.cost_usd) {
                (Some(cost), Some(more)) => Some(cost + more),
                (cost, more) => cost.or(more),
            };
            request.turns.push(answer.turn.clone());
            let paused = answer.stop == Stop::Pause;
            let mut answer = answer;
            if let Some(before) = whole.take() {
                let mut content = before.turn.content;
                content.append(&mut answer.turn.content);
                answer.turn.content = content;
            }
            whole = Some(answer);
            if !paused {
                break;
            }
        }
        self.spent.add(&usage, cost);
        self.last = (usage, cost);
        whole.ok_or_else(|| ModelError::new(seatrial_models::ErrorKind::Protocol, "it gave no answer"))
    }

    /// Puts the model's questions to a person; tells whether any was answered.
    fn put(&mut self, task: &mut Task<'_>, questions: &mut [Question], host: &mut dyn Host) -> bool {
        let mut answered = false;
        for question in questions {
            let Some(answer) = host.answer(question) else { continue };
            let text = self.redactor.text(&answer.text);
            question.answer = Some(text);
            answered = true;
            if let Some(inputs) = answer.inputs {
                task.taught(inputs);
                self.judge = Judge::new(task);
                self.drafted = true;
            }
        }
        answered
    }

    fn record(
        &mut self,
        task: &Task<'_>,
        name: &str,
        sent: Vec<seatrial_rounds::Message>,
        proposal: Option<Proposal>,
        candidate: Option<&Candidate>,
        started: Instant,
    ) -> Round {
        let mut round = Round {
            piece: task.piece.to_owned(),
            author: By { kind: Kind::Model, name: name.to_owned() },
            proposal: proposal.unwrap_or_default(),
            ..Round::default()
        };
        task.intent.clone_into(&mut round.request.intent);
        round.request.prompt_hash = hash(&sent);
        round.request.messages = sent;
        let (usage, cost) = self.last;
        round.usage = seatrial_rounds::Usage {
            input_tokens: usage.prompt(),
            cached_tokens: usage.cache_read,
            output_tokens: usage.output,
            cost_usd: cost,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        if let Some(candidate) = candidate {
            judged(&mut round, task, candidate, &mut self.redactor);
        }
        redacted(&round, &mut self.redactor)
    }

    /// Keeps a round; tells when that ends the work.
    fn kept(&mut self, mut round: Round, host: &mut dyn Host) -> Option<Next> {
        let kept = host.keep(&mut round);
        self.rounds.push(round);
        kept.err().map(|why| Next::Over(Outcome::NeedsHuman, format!("the round cannot be recorded: {why}")))
    }
}

fn stalled(why: &str) -> Next {
    Next::Over(Outcome::NeedsHuman, why.to_owned())
}

/// Puts into a round what its judges said.
pub fn judged(round: &mut Round, task: &Task<'_>, candidate: &Candidate, redactor: &mut Redactor) {
    round.refused = candidate.refused.iter().map(ToString::to_string).collect();
    for privilege in &candidate.privileges {
        let of = if privilege.application.is_empty() { "the proposal" } else { &privilege.application };
        round.refused.push(format!("{of}: needs a person's word: {}", privilege.what));
    }
    round.fixed.clone_from(&candidate.fixed);
    round.result.clone_from(&candidate.files);
    round.verdict = match candidate.report.verdict(task.fail_on) {
        _ if candidate.files.is_empty() => Verdict::Unknown,
        seatrial_trial::Verdict::Ready => Verdict::Ready,
        seatrial_trial::Verdict::NotReady => Verdict::NotReady,
        seatrial_trial::Verdict::Unknown => Verdict::Unknown,
    };
    round.findings = (task.findings)(&candidate.report);
    round.unknown = candidate
        .report
        .unknown
        .iter()
        .map(|unknown| Unknown { what: unknown.what.clone(), needs: unknown.needs.clone() })
        .collect();
    round.picture = Picture::of(&candidate.foresight, redactor);
    let platform = Arc::clone(&task.inputs.platform);
    round.constraints = coverage(&platform, &candidate.foresight, &round.findings);
}
