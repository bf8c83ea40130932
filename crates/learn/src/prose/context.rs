//! Reading block by block, with what each stands under and comes after.

mod heard;

use std::collections::BTreeSet;

use seatrial_platform::{Modality, Platform};

use super::clause::{self, Clause, Scope};
use super::names::Names;
use super::text::{self, Block, Kind};
use super::token::{Form, Token, tokens};
use super::topics::{self, At, Family, Found, Said, Topic, View};
use super::{mood, table};
use crate::claim::{Claim, Place, Quote, What};
use crate::reading::{Question, Unread};

/// Longer sentences are none.
const MAX_TOKENS: usize = 400;

/// How much of what a block stands under is looked at, in bytes from its end.
const MAX_CONTEXT: usize = 2000;

/// More statements than this are not kept.
const MAX_CLAIMS: usize = 1000;

/// Everything read, before what belongs together is put together.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) claims: Vec<Claim>,
    /// Which part of the text each claim is from.
    pub(super) parts: Vec<usize>,
    /// Registries called by their family, for an environment.
    pub(super) families: Vec<(Claim, Family, usize)>,
    /// Addresses of registries, and where they stand.
    pub(super) hosts: Vec<(String, Quote)>,
    /// Registries that an environment must not use.
    pub(super) denied: Vec<(String, Vec<String>, Quote)>,
    pub(super) questions: Vec<Question>,
    pub(super) unread: Vec<Unread>,
    /// Environments that the text speaks of.
    pub(super) environments: Vec<String>,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    /// Where its lines begin.
    lines: Vec<usize>,
    blocks: Vec<Block>,
    /// Blocks that others stand under.
    introducing: BTreeSet<usize>,
    names: Names,
    raw: Raw,
    /// The last sentence's environments, for "it" and "there".
    last_scope: Vec<String>,
    last_topics: Vec<Topic>,
    last_block: usize,
    /// The part in which an introduction announced changes.
    revising: Option<usize>,
}

/// What a sentence stands under.
#[derive(Clone, Default)]
pub(super) struct Context {
    pub(super) scope: Scope,
    pub(super) topics: Vec<Topic>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, platform: &Platform) -> Self {
        let end =
            (0..=text.len().min(text::MAX_TEXT)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let text = text.get(..end).unwrap_or_default();
        let blocks = text::blocks(text);
        Self {
            text,
            lines: text::line_starts(text),
            introducing: blocks.iter().flat_map(|block| block.under.iter().copied()).collect(),
            blocks,
            names: Names::of(platform),
            raw: Raw::default(),
            last_scope: Vec::new(),
            last_topics: Vec::new(),
            last_block: usize::MAX,
            revising: None,
        }
    }

    /// Which environments and clusters the text speaks of. Sentences that state nothing make nothing known.
    pub(super) fn learn_names(&mut self) {
        for block in self.blocks.clone() {
            if block.kind == Kind::Code {
                continue;
            }
            for sentence in self.sentences(&block) {
                if Self::not_stated(&sentence).is_none() {
                    self.names.learn(&sentence);
                }
            }
        }
        // Clusters before what is said of them, wherever in the text that is.
        let mut known = Vec::new();
        for index in 0..self.blocks.len() {
            let block = self.blocks[index].clone();
            if matches!(block.kind, Kind::Code) {
                continue;
            }
            let context = self.context(index);
            for sentence in self.sentences(&block) {
                if Self::not_stated(&sentence).is_some() {
                    continue;
                }
                for (clause, view_topics) in self.views(&sentence, &context) {
                    let scope = self.resolve(&clause.scope, &context, &[], &[], &[]);
                    let view = self.view(&clause.tokens, view_topics, &context, scope.0.len(), false);
                    for found in topics::read(&view) {
                        if let (
                            At::Cluster(name),
                            Said::What(What::EnvironmentOf(_)),
                            [Place::Environment(of)],
                        ) = (found.at, found.what, scope.0.as_slice())
                        {
                            known.push((name, of.clone()));
                        }
                    }
                }
            }
        }
        for (name, of) in known {
            self.names.declare_cluster(&name, Some(&of));
        }
        self.raw.environments = self.names.all();
    }

    fn sentences(&self, block: &Block) -> Vec<Vec<Token>> {
        clause::sentences(tokens(self.text, block.span.clone()))
    }

    /// Why a sentence states nothing, if it does not.
    fn not_stated(sentence: &[Token]) -> Option<&'static str> {
        if sentence.len() > MAX_TOKENS {
            Some("it is too long for a sentence")
        } else {
            mood::not_stated(sentence)
        }
    }

    /// What a block stands under: environments of the innermost, topics of all.
    fn context(&self, index: usize) -> Context {
        let mut context = Context::default();
        let block = &self.blocks[index];
        for outer in block.under.iter().rev().take(12) {
            let span = self.blocks[*outer].span.clone();
            let start = (span.start..=span.end)
                .rev()
                .filter(|at| self.text.is_char_boundary(*at))
                .find(|at| span.end - at >= MAX_CONTEXT);
            let tokens = tokens(self.text, start.unwrap_or(span.start)..span.end);
            // Of an introduction the last sentence tells the place, all of it the topic.
            let last = clause::sentences(tokens.clone()).pop().unwrap_or_default();
            let scope = clause::scope_of(&last, &self.names);
            if context.scope.is_empty() {
                context.scope = scope;
            }
            for topic in topics::topics(&tokens) {
                if !context.topics.contains(&topic) {
                    context.topics.push(topic);
                }
            }
        }
        context
    }

    pub(super) fn read(&mut self) {
        let mut index = 0;
        while index < self.blocks.len() {
            let block = self.blocks[index].clone();
            match block.kind {
                Kind::Code => self.unread(block.span.clone(), "it is code, not prose"),
                Kind::Row => {
                    let rows =
                        self.blocks[index..].iter().take_while(|block| block.kind == Kind::Row).count();
                    let spans: Vec<_> =
                        self.blocks[index..index + rows].iter().map(|block| block.span.clone()).collect();
                    let context = self.context(index);
                    self.table(&spans, &context, block.part);
                    index += rows;
                    continue;
                }
                _ => self.block(index, &block),
            }
            index += 1;
        }
    }

    fn block(&mut self, index: usize, block: &Block) {
        let context = self.context(index);
        let introduces = matches!(block.kind, Kind::Heading(_)) || self.introducing.contains(&index);
        let sentences = self.sentences(block);
        let count = sentences.len();
        for (at, sentence) in sentences.into_iter().enumerate() {
            let last = at + 1 == count;
            if introduces && sentence.len() <= MAX_TOKENS && mood::revises(&sentence) {
                self.revising = Some(block.part);
            }
            let stated = self.sentence(index, block, &sentence, &context);
            if let Err(why) = stated {
                // Headings and introductions say what follows is about; they need not state anything.
                if !introduces || (!last && why != UNRECOGNISED) {
                    self.unread(clause::span(&sentence), why);
                }
            }
        }
    }

    /// The clauses of a sentence, each with the topics of its own words.
    fn views(&self, sentence: &[Token], _context: &Context) -> Vec<(Clause, Vec<Topic>)> {
        clause::clauses(sentence, &self.names)
            .into_iter()
            .map(|clause| {
                let topics = topics::topics(&clause.tokens);
                (clause, topics)
            })
            .collect()
    }

    fn view<'v>(
        &'v self,
        tokens: &'v [Token],
        own: Vec<Topic>,
        context: &Context,
        environments: usize,
        denies: bool,
    ) -> View<'v> {
        View { tokens, own, hints: context.topics.clone(), names: &self.names, environments, denies }
    }

    fn sentence(
        &mut self,
        index: usize,
        block: &Block,
        sentence: &[Token],
        context: &Context,
    ) -> Result<(), &'static str> {
        let same_block = self.last_block == index;
        let carried = std::mem::take(&mut self.last_topics);
        let previous = std::mem::take(&mut self.last_scope);
        self.last_block = index;
        if let Some(why) = Self::not_stated(sentence) {
            // It may still say what the next sentence is about.
            self.last_topics = topics::topics(sentence.get(..MAX_TOKENS).unwrap_or(sentence));
            return Err(why);
        }
        if leaves_a_choice(sentence, &self.names) {
            return Err("it leaves a choice");
        }
        let views = self.views(sentence, context);
        let all_topics: Vec<Topic> = views.iter().flat_map(|(_, topics)| topics.clone()).collect();
        let points_back = mood::contains(sentence, "such")
            || starts_with_pronoun(sentence)
            || views.iter().any(|(c, _)| denies(&c.tokens, &self.names));
        let mut said_here: Vec<String> = Vec::new();
        let mut scope_before: Vec<Place> = Vec::new();
        let mut understood = false;
        let count_before = self.counts();
        for (clause, own) in views {
            let denies = denies(&clause.tokens, &self.names);
            let mut hints = all_topics.clone();
            if own.is_empty() && all_topics.is_empty() {
                hints.extend(&context.topics);
                if (points_back || same_block_list(block)) && (same_block || denies) {
                    hints.extend(&carried);
                }
            } else if own.is_empty() || only_places(&own) {
                hints.extend(&context.topics);
            } else {
                hints.extend(
                    context
                        .topics
                        .iter()
                        .filter(|topic| matches!(topic, Topic::Registry | Topic::Secret | Topic::Sync)),
                );
            }
            hints.dedup();
            let spoken = if same_block { previous.clone() } else { Vec::new() };
            let backwards = if points_back && same_block { previous.clone() } else { Vec::new() };
            let (places, named) = self.resolve(&clause.scope, context, &scope_before, &backwards, &spoken);
            for place in &places {
                if let Place::Environment(name) = place
                    && !said_here.contains(name)
                {
                    said_here.push(name.clone());
                }
            }
            let of_environments = places.len();
            let inner = Context { scope: Scope::default(), topics: hints };
            let explicit = !clause.scope.is_empty()
                || !context.scope.is_empty()
                || !scope_before.is_empty()
                || !backwards.is_empty();
            let denies_here = denies || (clause.of_exception && short_denial(&clause.tokens));
            // A cluster's name alone tells its environment, but introduces nothing.
            let by_cluster = clause.scope.named.is_empty()
                && !clause.scope.clusters.is_empty()
                && context.scope.is_empty();
            let count = if explicit && !by_cluster { of_environments } else { 0 };
            let view = self.view(&clause.tokens, own, &inner, count, denies_here);
            let found = topics::read(&view);
            let level = mood::level(&clause.tokens);
            for one in found {
                understood |= self.take(one, &places, named, level, sentence, block, explicit);
            }
            if !clause.scope.is_empty() {
                scope_before = places;
            }
        }
        self.last_topics = if all_topics.is_empty() { carried } else { all_topics };
        self.last_scope = if said_here.is_empty() { previous } else { said_here };
        if understood || self.counts() != count_before { Ok(()) } else { Err(UNRECOGNISED) }
    }

    fn counts(&self) -> [usize; 5] {
        [
            self.raw.claims.len(),
            self.raw.families.len(),
            self.raw.hosts.len(),
            self.raw.denied.len(),
            self.raw.questions.len(),
        ]
    }

    /// The places that a clause speaks of, and whether they are named.
    ///
    /// `before` are those of the clauses before it, `previous` what a pronoun would mean, `spoken` what "the others" leaves out.
    fn resolve(
        &self,
        scope: &Scope,
        context: &Context,
        before: &[Place],
        previous: &[String],
        spoken: &[String],
    ) -> (Vec<Place>, bool) {
        let environments = |names: Vec<String>| names.into_iter().map(Place::Environment).collect::<Vec<_>>();
        let own = |scope: &Scope| -> Option<(Vec<Place>, bool)> {
            if scope.is_empty() {
                return None;
            }
            let all = self.names.all();
            let mut names: Vec<String> = scope.named.clone();
            let group = scope.all || scope.rest || scope.lower;
            if scope.lower {
                names.extend(all.iter().filter(|name| !self.names.production().contains(name)).cloned());
            }
            if scope.rest {
                let other = |name: &&String| {
                    let named = |place: &Place| matches!(place, Place::Environment(known) if known == *name);
                    !before.iter().any(named) && (!before.is_empty() || !spoken.contains(name))
                };
                names.extend(all.iter().filter(other).cloned());
            }
            if scope.all && (names.is_empty() || !scope.except.is_empty()) {
                names.extend(all.iter().cloned());
            }
            let mut distinct: Vec<String> = Vec::new();
            for name in names {
                if !distinct.contains(&name) && !scope.except.contains(&name) {
                    distinct.push(name);
                }
            }
            let is_named = !group && !scope.named.is_empty();
            if distinct.is_empty() && !group {
                let places = scope.clusters.iter().map(|cluster| self.place_of_cluster(cluster)).collect();
                return Some((places, true));
            }
            Some((environments(distinct), is_named))
        };
        own(scope)
            .or_else(|| (!before.is_empty()).then(|| (before.to_vec(), true)))
            .or_else(|| own(&context.scope))
            .or_else(|| (!previous.is_empty()).then(|| (environments(previous.to_vec()), true)))
            .unwrap_or_else(|| (environments(self.names.all()), false))
    }

    /// What is said of an environment's only cluster is said of the environment.
    fn place_of_cluster(&self, cluster: &str) -> Place {
        match self.names.cluster(cluster) {
            Some((_, Some(environment))) if self.names.clusters_of(environment).len() == 1 => {
                Place::Environment(environment.to_owned())
            }
            _ => Place::Cluster(cluster.to_owned()),
        }
    }

    /// Keeps what was found; whether it is a statement.
    #[allow(clippy::too_many_arguments, reason = "one statement has all of these")]
    pub(super) fn take(
        &mut self,
        found: Found,
        places: &[Place],
        named: bool,
        (level, binding): (Modality, bool),
        sentence: &[Token],
        block: &Block,
        explicit: bool,
    ) -> bool {
        if self.raw.claims.len() + self.raw.families.len() + self.raw.denied.len() + self.raw.questions.len()
            >= MAX_CLAIMS
        {
            return false;
        }
        let quote = text::quote(self.text, &self.lines, clause::span(sentence));
        let revises = self.revising == Some(block.part) || mood::revises(sentence);
        let claim = |place: Place, what: What| Claim {
            place,
            what,
            level,
            binding,
            named,
            revises,
            adds: mood::adds(sentence),
            quotes: vec![quote.clone()],
        };
        let environment = || match places {
            [Place::Environment(name)] => Some(name.clone()),
            _ => None,
        };
        let claims: Vec<Claim> = match (found.at, found.what) {
            (At::Cluster(name), Said::What(What::EnvironmentOf(_))) => {
                let Some(environment) = environment() else { return false };
                vec![claim(Place::Cluster(name), What::EnvironmentOf(environment))]
            }
            (At::Cluster(name), Said::What(what)) => vec![claim(Place::Cluster(name), what)],
            (At::Registry(host), Said::What(what)) => vec![claim(Place::Registry(host), what)],
            (At::ArgoCd, Said::What(what)) => vec![claim(Place::ArgoCd, what)],
            (At::Conventions, Said::What(what)) => vec![claim(Place::Conventions, what)],
            (At::Applications, Said::What(what)) => {
                let names: Vec<String> = places
                    .iter()
                    .filter_map(
                        |place| if let Place::Environment(name) = place { Some(name.clone()) } else { None },
                    )
                    .collect();
                let everywhere = !explicit || names.len() == self.names.all().len();
                vec![claim(Place::Applications(if everywhere { Vec::new() } else { names }), what)]
            }
            (_, Said::What(what)) => places.iter().map(|place| claim(place.clone(), what.clone())).collect(),
            (_, Said::RegistryOf(family)) => {
                for place in places {
                    let claim = claim(place.clone(), What::Registries(Vec::new()));
                    self.raw.families.push((claim, family, block.part));
                }
                return true;
            }
            (_, Said::Denied(hosts)) => {
                for place in places {
                    if let Place::Environment(name) = place {
                        self.raw.denied.push((name.clone(), hosts.clone(), quote.clone()));
                    }
                }
                return true;
            }
            (_, Said::Hosts(hosts)) => {
                for host in hosts {
                    self.raw.hosts.push((host, quote.clone()));
                }
                return true;
            }
            (_, Said::Ask(key, text)) => {
                for place in places {
                    let mut path = place.path();
                    path.extend(key.iter().map(|part| (*part).to_owned()));
                    self.raw.questions.push(Question {
                        key: Some(path),
                        text: text.replace("{}", &place.words()),
                        quotes: vec![quote.clone()],
                        proposals: Vec::new(),
                    });
                }
                return true;
            }
        };
        let any = !claims.is_empty();
        for mut claim in claims {
            // "Requires IAM" says what is, not what must be done.
            claim.binding &= !matches!(claim.place, Place::Cluster(_) | Place::ArgoCd | Place::Registry(_));
            // A cluster's address of the platform's own Argo CD says nothing about registries and the like.
            if let What::Registries(hosts) = &claim.what {
                for host in hosts {
                    self.raw.hosts.push((host.clone(), quote.clone()));
                }
            }
            self.raw.claims.push(claim);
            self.raw.parts.push(block.part);
        }
        any
    }

    fn table(&mut self, rows: &[std::ops::Range<usize>], context: &Context, part: usize) {
        for cell in table::cells(self.text, rows, &self.names) {
            let Some(row) = rows.get(cell.row) else { continue };
            let tokens = tokens(self.text, cell.span.clone());
            let row_tokens = super::token::tokens(self.text, row.clone());
            if mood::not_stated(&tokens).is_some() {
                self.unread(row.clone(), "a cell of it is not certain");
                continue;
            }
            let mut hints = topics::topics(&cell.header);
            hints.extend(&context.topics);
            // The column's title says what the cell's value is of.
            let mut joined = cell.header.clone();
            joined.push(Token {
                text: ":".into(),
                lower: ":".into(),
                span: cell.span.clone(),
                form: Form::Mark,
                depth: 0,
            });
            joined.extend(tokens);
            let places: Vec<Place> = cell.environments.into_iter().map(Place::Environment).collect();
            let own = topics::topics(&joined);
            let inner = Context { scope: Scope::default(), topics: hints };
            let view = self.view(&joined, own, &inner, places.len(), false);
            let found = topics::read(&view);
            let level = mood::level(&joined);
            let block = Block { kind: Kind::Row, span: row.clone(), under: Vec::new(), part };
            for one in found {
                self.take(one, &places, true, level, &row_tokens, &block, true);
            }
        }
    }

    fn unread(&mut self, span: std::ops::Range<usize>, why: &'static str) {
        self.raw.unread.push(Unread { quote: text::quote(self.text, &self.lines, span), why });
    }

    pub(super) fn finish(self) -> Raw {
        self.raw
    }
}

/// Why a sentence is unread that states something, perhaps, but nothing of what is looked for.
const UNRECOGNISED: &str = "nothing in it was recognised";

fn same_block_list(block: &Block) -> bool {
    matches!(block.kind, Kind::Item(_))
}

fn only_places(own: &[Topic]) -> bool {
    own.iter().all(|topic| *topic == Topic::Cluster)
}

fn starts_with_pronoun(sentence: &[Token]) -> bool {
    sentence.iter().find(|token| token.form != Form::Mark).is_some_and(|first| {
        first.is_any(&[
            "it", "they", "this", "that", "these", "those", "both", "there", "here", "its", "their",
        ])
    })
}

/// "Dev has no such requirement", "not in prod": it says only that what was said does not hold here.
fn denies(tokens: &[Token], names: &Names) -> bool {
    let words: Vec<&Token> = tokens.iter().filter(|token| token.form != Form::Mark).collect();
    let such = mood::contains(tokens, "no such")
        || mood::contains(tokens, "has none")
        || mood::contains(tokens, "doesn't have that");
    let bare_not = words.first().is_some_and(|first| first.is("not"))
        && tokens.iter().enumerate().skip(1).all(|(index, token)| {
            token.form == Form::Mark
                || token.is_any(&["not", "in", "for", "on", "the", "our"])
                || !names.mentioned(tokens, index).is_empty()
        });
    such && words.len() <= 8 || bare_not
}

/// "which doesn't need one", of an exception.
fn short_denial(tokens: &[Token]) -> bool {
    let words: Vec<&Token> = tokens.iter().filter(|token| token.form != Form::Mark).collect();
    words.len() <= 6
        && words.iter().any(|token| token.is_any(&["doesn't", "don't", "no", "not", "none", "needn't"]))
        && words.iter().any(|token| {
            token.is_any(&["need", "needs", "one", "any", "it", "require", "none", "have", "that"])
        })
}

/// "ghcr.io or quay.io": which of them is not said. "In dev or staging" is a list.
fn leaves_a_choice(sentence: &[Token], names: &Names) -> bool {
    sentence.iter().enumerate().any(|(index, token)| {
        let between_places = index > 0
            && !names.mentioned(sentence, index - 1).is_empty()
            && (index + 1..sentence.len().min(index + 4)).any(|at| !names.mentioned(sentence, at).is_empty());
        let more = sentence.get(index + 1).is_some_and(|next| next.is_any(&["more", "higher", "above"]));
        let permission =
            mood::level(sentence).0 == Modality::May && topics::topics(sentence).contains(&Topic::Registry);
        let denial = index > 0
            && sentence[..index].iter().any(|t| t.is_any(&["no", "not", "never", "without", "neither"]));
        token.is("or") && !between_places && !more && !permission && !denial
    })
}
