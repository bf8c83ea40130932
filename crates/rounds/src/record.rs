//! The record of a round. Everything is plain data; the same data give the same JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One round: from what was asked to what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Round {
    /// Its number, from 1; given by [`crate::Store::append`].
    pub number: u32,
    /// The piece of work it belongs to: usually the name of the ApplicationSet.
    pub piece: String,
    /// When it ended, by RFC 3339 in UTC.
    pub time: String,
    /// Who wrote the proposal.
    pub author: By,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub proposal: Proposal,
    /// What the gate refused, a sentence each.
    pub refused: Vec<String>,
    /// The safe fixes that were applied to the proposal, in their order.
    pub fixed: Vec<Fixed>,
    /// The files after those fixes: what was judged.
    pub result: Vec<File>,
    /// The trial's verdict on them.
    pub verdict: Verdict,
    /// What the trial found, each in the shape of `seatrial check --format json`.
    pub findings: Vec<Value>,
    /// What it could not judge.
    pub unknown: Vec<Unknown>,
    /// What Argo CD would generate and render of them.
    pub picture: Picture,
    /// What had been demanded, and whether it is met.
    pub constraints: Vec<Constraint>,
    /// What it cost.
    pub usage: Usage,
    /// How the work ended, in its last round.
    pub outcome: Option<Outcome>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct By {
    /// What it is.
    pub kind: Kind,
    /// Its name: that of a model, of a person.
    pub name: String,
}

/// What an author is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Kind {
    /// Seatrial's own author.
    Builtin,
    /// A language model.
    Model,
    /// A person, or whatever a person brought.
    #[default]
    Person,
}

impl Kind {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Model => "model",
            Self::Person => "person",
        }
    }
}

/// What was asked in a round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Request {
    /// The intent, in the words it was given in.
    pub intent: String,
    /// What was sent, redacted.
    pub messages: Vec<Message>,
    /// A hash of the prompt, so that rounds with the same one can be told.
    pub prompt_hash: String,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Who says it: `system`, `user`, `assistant`.
    pub role: String,
    /// What is said.
    pub text: String,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposal {
    /// The files.
    pub files: Vec<File>,
    /// What the author wants to know.
    pub questions: Vec<Question>,
    /// What it says besides.
    pub notes: String,
}

/// A file and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// Where it belongs, relative to the root.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Something an author wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// What it is called by.
    pub id: String,
    /// The question.
    pub text: String,
    /// The key of the platform file that an answer states, where it is one: `environments`, `prod`, `pullSecret`.
    pub key: Vec<String>,
    /// What may be chosen.
    pub options: Vec<Choice>,
    /// The answer, once there is one.
    pub answer: Option<String>,
}

/// One of several ways.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    /// The way.
    pub text: String,
    /// What it costs and what it brings.
    pub tradeoff: String,
}

/// A fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fixed {
    /// The rule whose finding it mends.
    pub rule: String,
    /// What it does.
    pub title: String,
    /// The file it changed.
    pub file: String,
    /// The line it changed, from 1, in the text before it.
    pub line: u32,
}

/// The trial's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Verdict {
    /// Nothing at or above the gate, and everything was judged.
    Ready,
    /// Something at or above the gate.
    NotReady,
    /// Nothing found, but not everything could be judged; or there was nothing to judge.
    #[default]
    Unknown,
}

impl Verdict {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not-ready",
            Self::Unknown => "unknown",
        }
    }
}

/// Something that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unknown {
    /// What was to be judged.
    pub what: String,
    /// What would have to be supplied.
    pub needs: String,
}

/// What Argo CD would make of the files: without a value of any Secret.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Picture {
    /// The Applications, by name.
    pub applications: Vec<Application>,
    /// Their resources, by Application and name.
    pub resources: Vec<Resource>,
    /// Why there are not more: what could not be generated or rendered.
    pub missing: Vec<String>,
    /// What would have become of the files as they were proposed, before the safe fixes: a clause each.
    pub as_proposed: Vec<String>,
}

/// An Application, written or generated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Application {
    /// `namespace/name`.
    pub name: String,
    /// The environment it goes to, by the platform file.
    pub environment: Option<String>,
    /// Whether that environment is production.
    pub production: bool,
    /// The cluster it goes to, by the platform file; `None` when it goes to none that is known.
    pub cluster: Option<String>,
    /// Whether Argo CD would have it as the files stand; else it is what they would come to, were what stops them mended.
    pub created: bool,
    /// Whether all its resources are known.
    pub complete: bool,
    /// Its labels, annotations, finalizers and spec, flat: the path of each leaf and its value. The Helm values of its
    /// sources, however they are given, stand under `values`.
    pub fields: BTreeMap<String, Value>,
}

/// A resource that an Application renders to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resource {
    /// `namespace/name` of the Application.
    pub application: String,
    /// `group/Kind/namespace/name`.
    pub name: String,
    /// Its fields, flat. What a Secret holds is replaced by four digits of a hash: enough to see that it changed, too
    /// few to find it by trying.
    pub fields: BTreeMap<String, Value>,
}

/// Something that was demanded, and whether it is met.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Constraint {
    /// The constraint's name, or the key of the fact.
    pub id: String,
    /// How binding it is: `must`, `must-not`, `should`, …
    pub level: String,
    /// The sentence it came from.
    pub sentence: String,
    /// Whether it is met.
    pub met: Met,
    /// Where it is met or broken: Applications, or places.
    #[serde(rename = "where")]
    pub places: Vec<String>,
}

impl Constraint {
    /// What the sentence of a fact begins with that nobody put in words: `prod: pullSecret` for
    /// `environments.prod.pullSecret`.
    pub(crate) fn unworded(key: &str) -> String {
        let (place, fact) =
            key.split_once('.').map_or(("", key), |(_, rest)| rest.rsplit_once('.').unwrap_or(("", rest)));
        format!("{place}: {fact}")
    }

    /// Whether its sentence is somebody's own.
    pub fn is_worded(&self) -> bool {
        !self.sentence.is_empty() && !self.sentence.starts_with(&format!("{} ", Self::unworded(&self.id)))
    }
}

/// Whether a constraint is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Met {
    /// It is.
    Yes,
    /// It is broken.
    No,
    /// It could not be judged, or there was nothing to judge it by.
    #[default]
    Unknown,
}

impl Met {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// What a round cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens sent.
    pub input_tokens: u64,
    /// Those of them that were cached.
    pub cached_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// The price in US dollars, where it is known.
    pub cost_usd: Option<f64>,
    /// How long it took.
    pub milliseconds: u64,
}

/// How a piece of work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Outcome {
    /// Nothing is left to find.
    Clean,
    /// Something is left that only a person can settle.
    NeedsHuman,
    /// Rounds, tokens, money or time ran out.
    Budget,
    /// The author refused.
    Refused,
    /// The model could not be asked.
    ModelError,
}

impl Outcome {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::NeedsHuman => "needs-human",
            Self::Budget => "budget",
            Self::Refused => "refused",
            Self::ModelError => "model-error",
        }
    }
}

/// What a person decided about a round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// The round.
    pub round: u32,
    /// Who decided.
    pub by: String,
    /// What was decided.
    pub text: String,
    /// The fingerprint of the finding it is about, if it is about one.
    pub finding: Option<String>,
    /// The question it answers, if it answers one.
    pub question: Option<String>,
    /// When, by RFC 3339 in UTC.
    pub time: String,
}
