//! What an existing repository shows of its platform: facts that its Applications, values and rendered resources agree on,
//! each with how many show it, where, and who does otherwise.
//!
//! Every Application is a witness. Thresholds:
//!
//! * a fact that has one value in an environment (pull secret, sync policy, node labels, replicas) is stated when at least
//!   [`MIN_WITNESSES`] Applications could show it and [`AGREEMENT`] percent of them agree; an environment of a single
//!   Application speaks for itself, and says `1 of 1`;
//! * that something is not used (no pull secret, no node labels) is stated when all of at least five show none;
//! * an item of a list (registries, storage and ingress classes) is stated when at least [`MIN_WITNESSES`] Applications show it,
//!   or half of those that could;
//! * names that stand for themselves (clusters, namespaces, repositories) need one witness.
//!
//! What is below is not stated. Values of Secrets are never looked at.

mod bootstrap;
mod places;
mod signs;
mod tally;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Overlay, Snapshot};
use seatrial_trial::model::{Purpose, Reading};
use seatrial_trial::{Context, Inputs, Manifest, Model, Options};
use serde_json::Value;

use crate::reading::{Contradiction, Question, Side};
use crate::stated;
use tally::Tally;

/// Fewer Applications than this agree by chance.
pub const MIN_WITNESSES: usize = 2;

/// How many of a hundred witnesses must agree.
pub const AGREEMENT: usize = 90;

/// A fact that a repository shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its key in the platform file.
    pub path: Vec<String>,
    /// Its value.
    pub value: Value,
    /// How many show it.
    pub support: usize,
    /// How many could show it.
    pub of: usize,
    /// Some of the places that show it, as `file:line`.
    pub evidence: Vec<String>,
    /// Places that show something else, as `file:line: what`.
    pub exceptions: Vec<String>,
}

/// Everything that a repository shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mined {
    /// Facts that are new to the platform file.
    pub facts: Vec<Seen>,
    /// Facts that it states already.
    pub known: Vec<Seen>,
    /// Facts that it states otherwise.
    pub contradictions: Vec<Contradiction>,
    /// What files cannot tell.
    pub questions: Vec<Question>,
    /// How many Applications were looked at.
    pub applications: usize,
    /// How many of them could be rendered whole.
    pub rendered: usize,
    /// Why others could not, with how many each reason holds for, the commonest first.
    pub unknown: Vec<(String, usize)>,
}

/// Where a repository is, and who it is.
pub struct Repository<'r> {
    /// Its files.
    pub snapshot: Arc<dyn Snapshot>,
    /// Where they are on disk, if they are.
    pub root: Option<PathBuf>,
    /// Addresses of its remotes.
    pub remotes: &'r [String],
    /// The path from the platform file's folder to it, as `.` or `../deploy`.
    pub path: &'r str,
}

/// Looks at every Application of a repository, those that ApplicationSets generate included, and at what they render to.
/// `platform` is what is known already (perhaps nothing); `options` bounds the work.
pub fn mine(repository: &Repository<'_>, platform: &Arc<Platform>, options: &Options) -> Mined {
    let survey = bootstrap::survey(&*repository.snapshot);
    let known = if platform.is_present() {
        (Arc::clone(&repository.snapshot), Arc::clone(platform))
    } else {
        let text = bootstrap::platform(&survey, repository.remotes);
        let mut overlay = Overlay::new(Arc::clone(&repository.snapshot));
        overlay.set(seatrial_platform::FILE_NAME, text);
        let tree: Arc<dyn Snapshot> = Arc::new(overlay);
        let known = Platform::from_tree(&tree, seatrial_platform::FILE_NAME).unwrap_or_default();
        (tree, Arc::new(known))
    };
    let inputs = Inputs {
        snapshot: known.0,
        root: repository.root.clone(),
        paths: Vec::new(),
        platform: known.1,
        options: options.clone(),
    };
    let collected =
        seatrial_trial::collect::collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
    let context = Context::new(&inputs, &collected.files);
    let manifests: Vec<Arc<Manifest>> =
        collected.files.iter().map(|file| Arc::new(Manifest::read(Arc::clone(file)))).collect();
    let model = Model::build(&context, manifests, Reading::Strict, Purpose::Telling);
    let mut tally = Tally::default();
    let mut mined = Mined::default();
    let places = places::of(&model, &survey);
    witness::all(&model, &places, &mut tally, &mut mined);
    let mut seen = places::facts(&places, &survey, repository);
    seen.extend(tally.facts());
    questions(&places, &mut mined);
    for fact in seen {
        against_file(fact, platform, &mut mined);
    }
    mined
}

/// What files cannot tell.
fn questions(places: &places::Places, mined: &mut Mined) {
    for cluster in places.unnamed() {
        mined.questions.push(Question {
            key: None,
            text: format!(
                "what does Argo CD call the cluster at {}? Here it goes by `{}`",
                cluster.server, cluster.name
            ),
            quotes: Vec::new(),
            proposals: Vec::new(),
        });
    }
    for cluster in places.serverless() {
        mined.questions.push(Question {
            key: Some(vec!["clusters".into(), cluster.to_owned(), "server".into()]),
            text: format!(
                "no server URL for {cluster} is in the repository: what is its address, as Argo CD knows it?"
            ),
            quotes: Vec::new(),
            proposals: Vec::new(),
        });
    }
    for cluster in places.of_no_environment() {
        mined.questions.push(Question {
            key: Some(vec!["clusters".into(), cluster.to_owned(), "environment".into()]),
            text: format!("which environment is the cluster {cluster}?"),
            quotes: Vec::new(),
            proposals: Vec::new(),
        });
    }
}

fn against_file(fact: Seen, platform: &Platform, mined: &mut Mined) {
    let Some(stated) = stated::value(platform, &fact.path) else {
        mined.facts.push(fact);
        return;
    };
    let key = fact.path.last().map_or("", String::as_str);
    if stated::covers(key, &stated, &fact.value) {
        mined.known.push(fact);
        return;
    }
    mined.questions.push(Question {
        key: Some(fact.path.clone()),
        text: format!(
            "which holds for {}: {stated} (the platform file), or {} (shown by {} of {}, such as {})?",
            fact.path.join("."),
            fact.value,
            fact.support,
            fact.of,
            fact.evidence.first().map_or("", String::as_str)
        ),
        quotes: Vec::new(),
        proposals: vec![stated.clone(), fact.value.clone()],
    });
    mined.contradictions.push(Contradiction {
        key: fact.path,
        sides: vec![Side { value: stated, quote: None }, Side { value: fact.value, quote: None }],
    });
}
