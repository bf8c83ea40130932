//! Sentences, and the clauses in them that each speak of their own environments.

use std::ops::Range;

use super::mood::find;
use super::names::Names;
use super::token::{Form, Token};

/// Tokens of a block, cut at the ends of sentences.
pub(super) fn sentences(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut sentences = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    for token in tokens {
        let ends = token.depth == 0
            && token.form == Form::Mark
            && (token.is_any(&["?", "!"]) || (token.is(".") && !after_abbreviation(&current)));
        current.push(token);
        if ends {
            sentences.push(std::mem::take(&mut current));
        }
    }
    sentences.push(current);
    sentences.retain(|sentence| sentence.iter().any(|token| token.form != Form::Mark));
    sentences
}

fn after_abbreviation(tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|last| last.is_any(&["e.g", "i.e", "vs", "approx", "incl", "resp", "cf"]))
}

/// Where a sentence stands in the text.
pub(super) fn span(tokens: &[Token]) -> Range<usize> {
    let inside = |token: &Token| token.form == Form::Quoted;
    let start = tokens.first().map_or(0, |token| token.span.start - usize::from(inside(token)));
    let end = tokens.last().map_or(start, |token| token.span.end);
    start..end
}

/// Environments that a clause speaks of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scope {
    /// Named ones.
    pub(super) named: Vec<String>,
    /// Left out by name.
    pub(super) except: Vec<String>,
    /// All of them, before exceptions.
    pub(super) all: bool,
    /// Those not spoken of so far.
    pub(super) rest: bool,
    /// All that are not production.
    pub(super) lower: bool,
    /// Clusters named as such.
    pub(super) clusters: Vec<String>,
}

impl Scope {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A part of a sentence that speaks of its own environments.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) tokens: Vec<Token>,
    pub(super) scope: Scope,
    /// It tells how the environments just excepted differ.
    pub(super) of_exception: bool,
}

/// Words between clauses that are never in a list.
const HARD: [&str; 8] = ["but", "while", "whereas", "however", "though", "although", "yet", "therefore"];

const VERBS: [&str; 64] = [
    "use",
    "uses",
    "using",
    "need",
    "needs",
    "require",
    "requires",
    "has",
    "have",
    "is",
    "are",
    "must",
    "should",
    "can",
    "may",
    "pull",
    "pulls",
    "run",
    "runs",
    "get",
    "gets",
    "sync",
    "syncs",
    "deploy",
    "deploys",
    "stay",
    "stays",
    "want",
    "wants",
    "live",
    "lives",
    "auto-sync",
    "auto-syncs",
    "doesn't",
    "don't",
    "cannot",
    "can't",
    "never",
    "isn't",
    "aren't",
    "needn't",
    "allows",
    "allow",
    "permits",
    "lets",
    "mustn't",
    "shouldn't",
    "goes",
    "go",
    "keeps",
    "keep",
    "stores",
    "store",
    "asks",
    "relies",
    "remains",
    "remain",
    "sits",
    "lies",
    "=",
    "synced",
    "enough",
    "deployed",
    "pulled",
];

/// The clauses of a sentence.
pub(super) fn clauses(sentence: &[Token], names: &Names) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for part in split(sentence, names) {
        apart(part, names, &mut clauses);
    }
    clauses
}

/// Cuts at `;`, `but` and dashes, and at commas and `and` where both sides speak of environments of their own.
fn split(sentence: &[Token], names: &Names) -> Vec<Vec<Token>> {
    let mut parts: Vec<Vec<Token>> = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut atom: Vec<Token> = Vec::new();
    let mut hard = false;
    for (index, token) in sentence.iter().enumerate() {
        let is_hard = is_hard_boundary(sentence, index, names);
        let is_soft = token.depth == 0 && token.is_any(&[",", "and", "&"]);
        if !is_hard && !is_soft {
            atom.push(token.clone());
            continue;
        }
        join(&mut current, std::mem::take(&mut atom), hard, names, &mut parts);
        if is_soft && current.last().is_some_and(|last| !last.is_any(&[",", "and", "&"])) {
            // Kept, so that a list remains a list.
            current.push(token.clone());
        }
        hard = is_hard;
    }
    join(&mut current, atom, hard, names, &mut parts);
    parts.push(current);
    parts.retain(|part| part.iter().any(|token| token.form != Form::Mark));
    parts
}

fn is_hard_boundary(sentence: &[Token], index: usize, names: &Names) -> bool {
    let token = &sentence[index];
    if token.depth > 0 {
        return false;
    }
    // "everything but dev", "all but prod" leave something out.
    let excepts = token.is("but")
        && index.checked_sub(1).is_some_and(|at| {
            sentence[at].is_any(&[
                "all",
                "everything",
                "everywhere",
                "anything",
                "nothing",
                "none",
                "environments",
                "clusters",
                "every",
                "environment",
                "cluster",
                "anywhere",
                "any",
            ])
        });
    // "We also need to handle affinity: staging needs …" introduces, then states.
    let introduces = token.is(":")
        && index >= 4
        && !(0..index).any(|at| !names.mentioned(sentence, at).is_empty())
        && !names.mentioned(sentence, index + 1).is_empty();
    let goes_on = token.is("but") && sentence.get(index + 1).is_some_and(|next| next.is("also"));
    // "prod - manual sync": a dash after a label is no boundary.
    if token.is_any(&["-", "–", "—"])
        && !is_complete(&sentence[..index], names)
        && is_label(&sentence[..index], names)
    {
        return false;
    }
    introduces
        || token.is_any(&[";", "—", "–"])
        || (token.is_any(&HARD) && !excepts && !goes_on)
        || (token.text == "-" && index > 0)
}

fn is_label(tokens: &[Token], names: &Names) -> bool {
    tokens.iter().enumerate().all(|(index, token)| {
        token.form == Form::Mark
            || !names.mentioned(tokens, index).is_empty()
            || token.is_any(&["and", "the", "our", "cluster", "environment", "clusters", "env"])
    })
}

fn join(current: &mut Vec<Token>, atom: Vec<Token>, hard: bool, names: &Names, parts: &mut Vec<Vec<Token>>) {
    if atom.is_empty() {
        return;
    }
    if !current.is_empty() && (hard || (is_complete(current, names) && is_complete(&atom, names))) {
        let own = if hard { Vec::new() } else { subjects_of_next(current, &atom, names) };
        parts.push(std::mem::take(current));
        current.extend(own);
    }
    current.extend(atom);
}

/// Environments at the end of a part that belong to what follows: of "dev runs 1.36, staging and prod run 1.35" staging is the
/// second's, but of "okay for dev, staging, and prod is manual" it is the first's.
fn subjects_of_next(current: &mut Vec<Token>, atom: &[Token], names: &Names) -> Vec<Token> {
    let is_separator = |token: &Token| token.is_any(&[",", "and", "&"]);
    let tail = (0..current.len())
        .rev()
        .take_while(|index| is_separator(&current[*index]) || !names.mentioned(current, *index).is_empty())
        .last();
    let begins = !names.mentioned(atom, 0).is_empty();
    let Some(start) = tail
        .filter(|start| begins && is_separator(&current[*start]) && is_complete(&current[..*start], names))
    else {
        return Vec::new();
    };
    let has_names = (start..current.len()).any(|index| !names.mentioned(current, index).is_empty());
    if has_names { current.split_off(start) } else { Vec::new() }
}

/// Whether a part has environments of its own and something to say of them.
fn is_complete(tokens: &[Token], names: &Names) -> bool {
    let mut place = false;
    let mut content = false;
    for (index, token) in tokens.iter().enumerate() {
        if !names.mentioned(tokens, index).is_empty() || is_group(tokens, index) {
            place = true;
        } else if token.is_any(&VERBS)
            || is_value(token)
            || (token.is(":") && index > 0 && !heads(tokens, index, names))
        {
            content = true;
        }
    }
    place && content
}

/// Whether a colon only introduces the environments behind it: `correction: staging and prod …`.
fn heads(tokens: &[Token], colon: usize, names: &Names) -> bool {
    colon == 1 && !names.mentioned(tokens, colon + 1).is_empty() && names.mentioned(tokens, 0).is_empty()
}

/// Names, numbers and amounts.
fn is_value(token: &Token) -> bool {
    match token.form {
        Form::Quoted | Form::Url => true,
        Form::Word => {
            token.text.starts_with(|c: char| c.is_ascii_digit())
                || super::values::number(&token.lower).is_some()
                || (token.text.len() > 3
                    && token.text.contains('-')
                    && token.text.chars().any(|c| c.is_ascii_digit()))
                || token.is_any(&[
                    "manual",
                    "manually",
                    "automatic",
                    "automatically",
                    "on",
                    "off",
                    "none",
                    "no",
                    "emptydir",
                ])
        }
        Form::Mark => false,
    }
}

/// What an `all` may be followed by.
const PLACES: [&str; 22] = [
    "environments",
    "environment",
    "clusters",
    "cluster",
    "envs",
    "env",
    "stages",
    "apps",
    "applications",
    "application",
    "app",
    "places",
    "namespaces",
    "workloads",
    "deployments",
    "services",
    "images",
    "pods",
    "containers",
    "image",
    "workload",
    "pod",
];

/// Whether the token begins words for all environments or the rest of them.
fn is_group(tokens: &[Token], index: usize) -> bool {
    group(tokens, index).is_some()
}

enum Group {
    All,
    Rest,
    Lower,
}

fn group(tokens: &[Token], index: usize) -> Option<(Group, usize)> {
    let token = tokens.get(index)?;
    let next = |ahead: usize| tokens.get(index + ahead);
    if token.is_any(&["everything", "everywhere", "anywhere"]) {
        let else_follows = next(1).is_some_and(|t| t.is("else"));
        return Some(if else_follows { (Group::Rest, 2) } else { (Group::All, 1) });
    }
    if token.is_any(&["elsewhere"]) {
        return Some((Group::Rest, 1));
    }
    if token.is_any(&["non-prod", "nonprod", "non-production", "nonproduction"]) {
        return Some((Group::Lower, 1));
    }
    if token.is("lower") && next(1).is_some_and(|t| t.is_any(&["environments", "envs", "stages"])) {
        return Some((Group::Lower, 2));
    }
    if token.is_any(&["rest", "others", "remaining"]) {
        return Some((Group::Rest, 1));
    }
    if token.is("other") && next(1).is_some_and(|t| t.is_any(&PLACES) || t.is_any(&["two", "three", "ones"]))
    {
        return Some((Group::Rest, 2));
    }
    if token.is_any(&["all", "every", "each", "any", "no"]) {
        let ahead = (1..=4).find(|ahead| next(*ahead).is_some_and(|t| t.is_any(&PLACES)))?;
        let between = (1..ahead).all(|ahead| {
            next(ahead).is_some_and(|t| {
                t.is_any(&["of", "the", "our", "these", "three", "other", "four", "two", "five"])
            })
        });
        let other = (1..ahead).any(|ahead| next(ahead).is_some_and(|t| t.is("other")));
        if !between
            || token.is("no")
                && !next(ahead).is_some_and(|t| t.is_any(&["environment", "cluster", "application"]))
        {
            return None;
        }
        return Some((if other { Group::Rest } else { Group::All }, ahead + 1));
    }
    if token.is("all")
        && next(1).is_some_and(|t| t.is_any(&["but", "except", "three", "four", "five", "two"]))
    {
        return Some((Group::All, 1));
    }
    None
}

/// A part's scope. What is said in parentheses of an excepted environment, or of another one, becomes a clause of its own.
fn apart(part: Vec<Token>, names: &Names, clauses: &mut Vec<Clause>) {
    let mut main: Vec<Token> = Vec::new();
    let mut asides: Vec<(Vec<Token>, bool)> = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let token = &part[at];
        if token.is_any(&["(", "["]) {
            let end = part[at..].iter().position(|t| t.depth < token.depth).map_or(part.len(), |n| at + n);
            let inside = &part[at + 1..end.min(part.len())];
            let excepted = excepts_just_before(&main, names);
            let own = scope_of(inside, names);
            if excepted || (!own.named.is_empty() && !is_group_word_only(inside)) {
                asides.push((strip(inside), excepted && own.is_empty()));
            } else {
                main.extend(part[at..end].iter().cloned());
            }
            at = end;
            continue;
        }
        // "except dev, which needs none"
        if token.is_any(&["which", "where", "that"]) && excepts_just_before(&main, names) {
            asides.push((part[at..].to_vec(), true));
            break;
        }
        main.push(token.clone());
        at += 1;
    }
    let scope = scope_of(&main, names);
    let excepted = scope.except.clone();
    clauses.push(Clause { tokens: main, scope, of_exception: false });
    for (tokens, of_exception) in asides {
        if of_exception {
            let scope = Scope { named: excepted.clone(), ..Scope::default() };
            clauses.push(Clause { tokens, scope, of_exception });
            continue;
        }
        for tokens in split(&raised(tokens), names) {
            let scope = scope_of(&tokens, names);
            clauses.push(Clause { tokens, scope, of_exception });
        }
    }
}

/// Tokens of a parenthesis as those of a sentence.
fn raised(mut tokens: Vec<Token>) -> Vec<Token> {
    for token in &mut tokens {
        token.depth = token.depth.saturating_sub(1);
    }
    tokens
}

fn strip(inside: &[Token]) -> Vec<Token> {
    inside.iter().filter(|token| !token.is_any(&["(", ")", "[", "]"])).cloned().collect()
}

fn is_group_word_only(tokens: &[Token]) -> bool {
    tokens.iter().filter(|token| token.form != Form::Mark).count() <= 1
}

const EXCEPT: [&str; 9] = [
    "except",
    "excluding",
    "excepting",
    "other than",
    "apart from",
    "aside from",
    "save for",
    "besides",
    "with the exception of",
];

/// Where an exception's environments begin.
fn exception_at(tokens: &[Token]) -> Option<usize> {
    let plain =
        EXCEPT.iter().filter_map(|phrase| Some(find(tokens, phrase)? + phrase.split(' ').count())).min();
    let but = || {
        tokens
            .iter()
            .enumerate()
            .position(|(index, token)| token.is("but") && index > 0)
            .map(|index| index + 1)
    };
    plain.or_else(but)
}

fn excepts_just_before(tokens: &[Token], names: &Names) -> bool {
    let Some(start) = exception_at(tokens) else { return false };
    let tail = &tokens[start.min(tokens.len())..];
    !tail.is_empty()
        && (0..tail.len()).any(|index| !names.mentioned(tail, index).is_empty())
        && tail.iter().enumerate().all(|(index, token)| {
            !names.mentioned(tail, index).is_empty()
                || token.is_any(&[
                    "in",
                    "for",
                    "on",
                    "the",
                    "our",
                    ",",
                    "and",
                    "cluster",
                    "environment",
                    "clusters",
                ])
        })
}

/// The environments that tokens speak of.
pub(super) fn scope_of(tokens: &[Token], names: &Names) -> Scope {
    let mut scope = Scope::default();
    let exception = exception_at(tokens);
    let mut in_exception = false;
    let mut at = 0;
    while at < tokens.len() {
        if exception == Some(at) {
            in_exception = true;
        }
        let token = &tokens[at];
        let mentioned = names.mentioned(tokens, at);
        if !mentioned.is_empty() {
            let list = if in_exception || is_denied(tokens, at, names) {
                &mut scope.except
            } else {
                &mut scope.named
            };
            for name in mentioned {
                if !list.contains(&name) {
                    list.push(name);
                }
            }
        } else if let Some((kind, length)) = group(tokens, at).filter(|_| !in_exception) {
            match kind {
                Group::All => scope.all = true,
                Group::Rest => scope.rest = true,
                Group::Lower => scope.lower = true,
            }
            at += length;
            continue;
        } else if let Some((cluster, _)) = names.cluster(&token.text).filter(|_| token.form != Form::Mark) {
            let cluster = cluster.to_owned();
            if !scope.clusters.contains(&cluster) && !in_exception {
                scope.clusters.push(cluster);
            }
        }
        // An exception ends with its environments.
        if in_exception
            && token.form != Form::Mark
            && names.mentioned(tokens, at).is_empty()
            && !token.is_any(&[
                "in",
                "for",
                "on",
                "the",
                "our",
                "and",
                "cluster",
                "environment",
                "clusters",
                "environments",
            ])
        {
            in_exception = false;
        }
        at += 1;
    }
    // "not in prod" alone speaks of prod.
    if scope.named.is_empty() && !scope.all && !scope.rest && !scope.lower && exception.is_none() {
        std::mem::swap(&mut scope.named, &mut scope.except);
    }
    if exception.is_some() && scope.named.is_empty() && !scope.rest && !scope.lower {
        scope.all = true;
    }
    scope
}

/// "not in dev", "not dev".
fn is_denied(tokens: &[Token], index: usize, names: &Names) -> bool {
    let mut at = index;
    while at > 0 {
        at -= 1;
        let token = &tokens[at];
        if token.is("not") {
            return at == 0
                || !tokens[at - 1].is_any(&["is", "are", "does", "do", "must", "should", "can", "may"]);
        }
        let passes = token.is_any(&["in", "for", "on", "the", "our", "and", "or", ","])
            || !names.mentioned(tokens, at).is_empty();
        if !passes {
            return false;
        }
    }
    false
}
