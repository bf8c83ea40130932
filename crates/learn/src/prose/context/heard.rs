//! What somebody else read in the text, looked for in it: the sentence has to be there and to state something, to speak of the place,
//! and to show the value.

use std::ops::Range;

use super::{Block, Context, Reader, denies, leaves_a_choice};
use crate::claim::{Claim, Place, What};
use crate::heard::{Heard, Unfounded};
use crate::prose::text::Kind;
use crate::prose::token::{Form, Token};
use crate::prose::{clause, mood, signs, text};
use crate::reading::{Question, Reading};
use crate::stated;

impl Reader<'_> {
    /// Adds what was heard and holds to what is read; gives the rest with the reason. Where it says otherwise than `own`, which was read by rules,
    /// neither is believed, and it is asked.
    pub(in crate::prose) fn heard(&mut self, all: &[Heard], own: &Reading) -> Vec<Unfounded> {
        let mut unfounded = Vec::new();
        for heard in all {
            let taken = self.found(heard).and_then(|found| self.against(found, own));
            if let Err(why) = taken {
                unfounded.push(Unfounded { heard: heard.clone(), why });
            }
        }
        unfounded
    }

    /// The claim, where the text has it, and the part of the text it is from.
    fn found(&self, heard: &Heard) -> Result<(Claim, usize), &'static str> {
        let (place, what) = heard.states().ok_or("it is no fact of the platform file")?;
        let span = locate(self.text, &heard.quote).ok_or("its words are not in the text")?;
        let inside = |block: &&Block| block.span.start <= span.start && span.end <= block.span.end;
        let at = self.blocks.iter().position(|block| inside(&block));
        let index = at.ok_or("its words are of several places of the text")?;
        let block = &self.blocks[index];
        if block.kind == Kind::Code {
            return Err("its words are code, not prose");
        }
        let sentence = self.sentences(block).into_iter().find(|sentence| {
            let whole = clause::span(sentence);
            whole.start <= span.start && span.end <= whole.end + 1
        });
        let sentence = sentence.ok_or("its words are of several sentences")?;
        if let Some(why) = Self::not_stated(&sentence) {
            return Err(why);
        }
        if leaves_a_choice(&sentence, &self.names)
            || sentence.iter().any(|token| token.is_any(&["or", "either"]))
        {
            return Err("it leaves a choice");
        }
        let tokens = self.speaking(&place, &what, &sentence, block, &self.context(index))?;
        let (level, binding) = mood::level(&tokens);
        let quote = text::quote(self.text, &self.lines, clause::span(&sentence));
        let demands = !matches!(place, Place::Cluster(_) | Place::ArgoCd | Place::Registry(_));
        let claim = Claim {
            place,
            what,
            level,
            binding: binding && demands,
            named: true,
            revises: mood::revises(&sentence),
            adds: mood::adds(&sentence),
            quotes: vec![quote],
        };
        crate::verify::claim(self.text, &claim).map_err(|_| "what it states is not in its words")?;
        Ok((claim, block.part))
    }

    /// The words of a sentence that speak of the place and show what is stated of it.
    fn speaking(
        &self,
        place: &Place,
        what: &What,
        sentence: &[Token],
        block: &Block,
        context: &Context,
    ) -> Result<Vec<Token>, &'static str> {
        let outer = block.under.iter().filter_map(|outer| self.blocks.get(*outer));
        let introduced: String = outer.filter_map(|outer| self.text.get(outer.span.clone())).collect();
        let mut before: Vec<Place> = Vec::new();
        let mut spoken_of = false;
        for clause in clause::clauses(sentence, &self.names) {
            let scope = &clause.scope;
            let explicit = !scope.is_empty() || !before.is_empty() || !context.scope.is_empty();
            let (places, _) = self.resolve(scope, context, &before, &[], &[]);
            let here = match place {
                Place::Environment(_) => explicit && places.contains(place),
                Place::Cluster(name) => self.only_cluster(name, &clause.tokens, what, &places),
                Place::Registry(host) => has(&clause.tokens, host),
                Place::ArgoCd => mood::contains(sentence, "argo") || mood::contains(sentence, "argocd"),
                Place::Conventions | Place::Applications(_) => !explicit,
            };
            spoken_of |= here;
            if here && !denies(&clause.tokens, &self.names) && signs::shown(what, &clause.tokens, &introduced)
            {
                return Ok(clause.tokens);
            }
            if !scope.is_empty() {
                before = places;
            }
        }
        Err(if spoken_of { "its words do not say so" } else { "its words do not speak of that place" })
    }

    /// Whether a clause speaks of this cluster and of no other.
    fn only_cluster(&self, name: &str, tokens: &[Token], what: &What, places: &[Place]) -> bool {
        let other = |token: &Token| {
            let known = self.names.cluster(&token.text).filter(|_| token.form != Form::Mark);
            known.is_some_and(|(known, _)| !known.eq_ignore_ascii_case(name))
        };
        let of = match what {
            What::EnvironmentOf(of) => places == [Place::Environment(of.clone())],
            _ => places.len() <= 1,
        };
        of && has(tokens, name) && !tokens.iter().any(other)
    }

    /// Takes up a claim, unless the rules read otherwise.
    fn against(&mut self, (claim, part): (Claim, usize), own: &Reading) -> Result<(), &'static str> {
        let path = claim.path();
        let value = claim.what.value();
        if own.superseded.iter().any(|old| old.key == path && old.value == value) {
            return Err("a later sentence says otherwise");
        }
        if own.contradictions.iter().any(|known| known.key == path) {
            return Err("the text contradicts itself there");
        }
        let Some(known) = own.facts.iter().chain(&own.known).find(|known| known.path() == path) else {
            self.raw.unread.retain(|unread| !claim.quotes.contains(&unread.quote));
            self.raw.claims.push(claim);
            self.raw.parts.push(part);
            return Ok(());
        };
        let key = path.last().map_or("", String::as_str);
        if claim.what.is_one_of_many() || stated::covers(key, &known.what.value(), &value) {
            return Ok(());
        }
        let words = |claim: &Claim| format!("{} (\u{201c}{}\u{201d})", claim.what.value(), claim.sentence());
        self.raw.questions.push(Question {
            key: Some(path.clone()),
            text: format!("which holds for {}: {}, or {}?", claim.key(), words(known), words(&claim)),
            quotes: known.quotes.iter().chain(&claim.quotes).cloned().collect(),
            proposals: vec![known.what.value(), value],
        });
        let claims = std::mem::take(&mut self.raw.claims).into_iter();
        let kept = claims.zip(std::mem::take(&mut self.raw.parts)).filter(|(claim, _)| claim.path() != path);
        (self.raw.claims, self.raw.parts) = kept.unzip();
        self.raw.families.retain(|(claim, ..)| claim.path() != path);
        Ok(())
    }
}

/// Whether a name stands among the tokens, as a whole.
fn has(tokens: &[Token], name: &str) -> bool {
    tokens.iter().any(|token| token.form != Form::Mark && token.text.eq_ignore_ascii_case(name))
}

/// Where words stand in a text, however its lines are broken.
fn locate(text: &str, quote: &str) -> Option<Range<usize>> {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let first = words.first()?;
    let cut = |one: Option<char>, other: Option<char>| {
        one.is_some_and(char::is_alphanumeric) && other.is_some_and(char::is_alphanumeric)
    };
    text.match_indices(first).find_map(|(start, _)| {
        let mut end = start;
        for (index, word) in words.iter().enumerate() {
            let rest = text.get(end..)?;
            let gap = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '>').len();
            let gap = if index == 0 { 0 } else { gap };
            end += gap + rest.get(gap..)?.strip_prefix(word).map(|_| word.len())?;
        }
        let (before, behind) = (text.get(..start)?.chars().next_back(), text.get(end..)?.chars().next());
        let quoted = text.get(start..end)?;
        let cuts = cut(before, quoted.chars().next()) || cut(quoted.chars().next_back(), behind);
        (!cuts).then_some(start..end)
    })
}
