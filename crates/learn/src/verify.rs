//! Whether a claim rests on the text it quotes, whoever made it.

use crate::claim::{Claim, What};
use crate::prose;

/// Why a claim does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfounded {
    /// It quotes nothing.
    NoQuote,
    /// The words it quotes do not stand there.
    NotInText,
    /// A name or an amount that it states is not in the words it quotes.
    NotInQuote(String),
    /// What it states cannot be right.
    Impossible(String),
}

/// Checks that a claim quotes the text where it says, that the names and amounts in it stand in those words, and that
/// they can be right.
pub fn claim(text: &str, claim: &Claim) -> Result<(), Unfounded> {
    if claim.quotes.is_empty() {
        return Err(Unfounded::NoQuote);
    }
    for quote in &claim.quotes {
        let there = text.get(quote.span.clone()).map(prose::flat);
        let line = text.get(..quote.span.start).map_or(0, |before| before.matches('\n').count()) + 1;
        if there.as_deref() != Some(quote.text.as_str()) || quote.text.is_empty() || line != quote.line {
            return Err(Unfounded::NotInText);
        }
    }
    for literal in claim.what.literals() {
        let wanted = literal.trim_end_matches('/').to_lowercase();
        if !claim.quotes.iter().any(|quote| quote.text.to_lowercase().contains(&wanted)) {
            return Err(Unfounded::NotInQuote(literal));
        }
    }
    if let What::Registries(hosts) = &claim.what {
        for host in hosts {
            if let Some(digits) = account_digits(host) {
                return Err(Unfounded::Impossible(format!(
                    "`{host}` has an AWS account of {digits} digits, not 12"
                )));
            }
        }
    }
    Ok(())
}

/// How many characters the AWS account of an ECR address has, where it is not one of 12 digits.
pub(crate) fn account_digits(host: &str) -> Option<usize> {
    let (account, _) = host.split_once(".dkr.ecr.")?;
    (account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit())).then_some(account.len())
}
