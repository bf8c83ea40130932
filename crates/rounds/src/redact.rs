//! Secrets are taken out of a round before it is kept.

use seatrial_gate::Redactor;
use serde_json::Value;

use crate::record::{Decision, File, Round};

/// Takes secrets out of texts. What it gave once it must leave as it is when it sees it again.
pub trait Redact {
    /// Takes secrets out of any text: a manifest, prose, a message.
    fn text(&mut self, text: &str) -> String;
    /// Takes secrets out of an object, by where they stand in it too.
    fn value(&mut self, value: &Value) -> Value;
}

impl Redact for Redactor {
    fn text(&mut self, text: &str) -> String {
        Self::text(self, text)
    }
    fn value(&mut self, value: &Value) -> Value {
        Self::value(self, value)
    }
}

/// A round with no secret in it: every text that can hold one goes through `redact`.
pub fn redacted(round: &Round, redact: &mut dyn Redact) -> Round {
    let mut round = round.clone();
    let Round {
        number: _,
        piece,
        time: _,
        author,
        request,
        proposal,
        refused,
        fixed,
        result,
        verdict: _,
        findings,
        unknown,
        picture,
        constraints,
        usage: _,
        outcome: _,
    } = &mut round;
    // Files first: what they hold is then known by the time that texts quote it.
    files(&mut proposal.files, redact);
    files(result, redact);
    for text in [piece, &mut author.name, &mut request.intent, &mut proposal.notes] {
        *text = redact.text(text);
    }
    for message in &mut request.messages {
        message.text = redact.text(&message.text);
    }
    for question in &mut proposal.questions {
        question.text = redact.text(&question.text);
        for choice in &mut question.options {
            choice.text = redact.text(&choice.text);
            choice.tradeoff = redact.text(&choice.tradeoff);
        }
        question.answer = question.answer.as_deref().map(|answer| redact.text(answer));
    }
    for sentence in refused.iter_mut().chain(&mut picture.missing).chain(&mut picture.as_proposed) {
        *sentence = redact.text(sentence);
    }
    for fix in fixed {
        fix.title = redact.text(&fix.title);
    }
    for finding in findings {
        // A fingerprint is a hash of ours, by which findings are compared.
        let fingerprint = finding.get("fingerprint").cloned();
        *finding = redact.value(finding);
        if let (Some(entry), Some(kept)) = (finding.get_mut("fingerprint"), fingerprint) {
            *entry = kept;
        }
    }
    for doubt in unknown {
        doubt.what = redact.text(&doubt.what);
        doubt.needs = redact.text(&doubt.needs);
    }
    let applications = picture.applications.iter_mut().map(|a| &mut a.fields);
    for fields in applications.chain(picture.resources.iter_mut().map(|r| &mut r.fields)) {
        for leaf in fields.values_mut().filter(|leaf| leaf.is_string()) {
            *leaf = redact.value(leaf);
        }
    }
    for constraint in constraints {
        constraint.sentence = redact.text(&constraint.sentence);
    }
    round
}

/// The same for a decision.
pub(crate) fn redacted_decision(decision: &Decision, redact: &mut dyn Redact) -> Decision {
    Decision { by: redact.text(&decision.by), text: redact.text(&decision.text), ..decision.clone() }
}

fn files(files: &mut [File], redact: &mut dyn Redact) {
    for file in files {
        file.text = redact.text(&file.text);
    }
}
