//! Whether a sentence states something that holds now, and how binding it is.

use seatrial_platform::Modality;

use super::token::{Form, Token};

/// Words after which a sentence asks, supposes, remembers, plans or reports; with the reason that is given.
const NOT_STATED: &[(&str, &[&str])] = &[
    (
        "it is not certain",
        &[
            "maybe",
            "perhaps",
            "might",
            "possibly",
            "probably",
            "presumably",
            "likely",
            "unlikely",
            "apparently",
            "i think",
            "we think",
            "i guess",
            "i believe",
            "we believe",
            "not sure",
            "unsure",
            "unclear",
            "don't know",
            "not certain",
            "tbd",
            "tbc",
            "to be decided",
            "to be confirmed",
            "undecided",
            "considering",
            "thinking about",
            "thinking of",
            "wonder",
            "wondering",
            "assume",
            "assumes",
            "assumed",
            "assuming",
            "guess",
            "hopefully",
            "could",
            "would",
            "couldn't",
            "wouldn't",
            "not decided",
            "haven't decided",
            "supposedly",
            "seems",
            "seem",
            "ideally we",
            "proposal",
            "proposed",
            "draft",
            "alternatively",
            "in theory",
            "suppose",
            "supposed",
            "imagine",
            "debating",
            "rumor",
            "rumour",
            "heard",
            "i'd",
            "we'd",
            "it'd",
        ],
    ),
    (
        "it speaks of the past",
        &[
            "used to",
            "formerly",
            "previously",
            "was",
            "were",
            "had",
            "wasn't",
            "weren't",
            "hadn't",
            "in the past",
            "back then",
            "ago",
            "last year",
            "last month",
            "last week",
            "last quarter",
            "no longer",
            "anymore",
            "any more",
            "historically",
            "did",
            "didn't",
            "has been",
            "have been",
            "until recently",
            "originally",
            "ran",
            "yesterday",
            "old",
            "deprecated",
            "decommissioned",
            "retired",
        ],
    ),
    (
        "it speaks of the future",
        &[
            "will",
            "won't",
            "going to",
            "gonna",
            "plan",
            "plans",
            "planned",
            "planning",
            "soon",
            "eventually",
            "someday",
            "next week",
            "next month",
            "next quarter",
            "next year",
            "next sprint",
            "tomorrow",
            "in the future",
            "roadmap",
            "want to move",
            "want to migrate",
            "migrating",
            "migrate",
            "migration",
            "moving to",
            "once we",
            "until",
            "by the end of",
            "would like",
            "we'll",
            "i'll",
            "it'll",
            "they'll",
            "intend",
            "intends",
        ],
    ),
    (
        "it speaks of something else than this platform",
        &[
            "for example",
            "e.g",
            "for instance",
            "you suggest",
            "you suggested",
            "you used",
            "you assumed",
            "you generated",
            "you wrote",
            "you proposed",
            "you are using",
            "you're using",
            "you put",
            "you set",
            "you have",
            "your",
            "claude",
            "chatgpt",
            "the example",
            "an example",
            "sample",
            "tutorial",
            "docs say",
            "documentation",
            "competitor",
            "competitors",
            "another team",
            "other team",
            "other teams",
            "other companies",
            "best practice",
            "best practices",
            "hypothetically",
            "hypothetical",
            "they say",
            "wants",
            "suggests",
            "thinks",
            "argues",
            "proposes",
            "asked",
            "they use",
            "they run",
            "people say",
            "article",
            "blog",
            "talk",
            "book",
            "customer",
            "customers",
            "vendor",
        ],
    ),
    (
        "it is vague",
        &[
            "typically",
            "usually",
            "often",
            "sometimes",
            "mostly",
            "most",
            "some",
            "few",
            "several",
            "many",
            "almost",
            "nearly",
            "roughly",
            "approximately",
            "generally",
            "normally",
            "occasionally",
            "rarely",
            "various",
            "in general",
            "more or less",
            "depending",
            "depends",
            "somewhere",
            "somehow",
            "whatever",
            "etc",
            "either",
        ],
    ),
    (
        "it tells of a fault",
        &[
            "failed",
            "fails",
            "failing",
            "broke",
            "broken",
            "error",
            "errors",
            "bug",
            "crashed",
            "crashes",
            "accident",
            "accidentally",
            "mistake",
            "mistakenly",
            "wrong",
            "wrongly",
            "incident",
            "outage",
        ],
    ),
    (
        "it depends on a condition",
        &["if", "unless", "whenever", "in case", "when", "provided", "otherwise", "in which case"],
    ),
];

/// First words of a question that has lost its mark.
const ASKING: [&str; 22] = [
    "can", "could", "should", "would", "does", "do", "did", "is", "are", "what", "which", "why", "how",
    "who", "where", "shall", "will", "may", "has", "have", "am", "whose",
];

/// Why a sentence states nothing; `None` when it does.
pub(super) fn not_stated(tokens: &[Token]) -> Option<&'static str> {
    if tokens.last().is_some_and(|last| last.is("?")) {
        return Some("it is a question");
    }
    let first = tokens.iter().find(|token| token.form != Form::Mark)?;
    let second = tokens.iter().filter(|token| token.form != Form::Mark).nth(1);
    let inverted = second.is_some_and(|second| {
        second.is_any(&[
            "we", "i", "you", "it", "they", "there", "this", "that", "the", "our", "all", "every", "any",
        ])
    });
    if first.is_any(&ASKING) && first.is_word() && inverted {
        return Some("it is a question");
    }
    let mut found = None;
    for (reason, phrases) in NOT_STATED {
        if phrases.iter().any(|phrase| contains(tokens, phrase)) {
            found = Some(*reason);
            break;
        }
    }
    found.or_else(|| used_in_the_past(tokens).then_some("it speaks of the past"))
}

/// "We used docker.io", but not "docker.io is used".
fn used_in_the_past(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| {
        pair[1].is_any(&["used", "pulled", "switched", "moved", "changed", "tried", "deployed"])
            && (pair[0].is_any(&["we", "i", "they", "it", "you", "team", "he", "she"])
                || super::names::vocabulary(&pair[0].lower).is_some())
    })
}

/// Whether a phrase stands in the tokens, word by word, outside of names in quotes.
pub(super) fn contains(tokens: &[Token], phrase: &str) -> bool {
    find(tokens, phrase).is_some()
}

/// Where a phrase begins.
pub(super) fn find(tokens: &[Token], phrase: &str) -> Option<usize> {
    let words: Vec<&str> = phrase.split(' ').collect();
    tokens
        .windows(words.len())
        .position(|window| window.iter().zip(&words).all(|(token, word)| token.is(word)))
}

/// How binding words are, and whether they say so.
pub(super) fn level(tokens: &[Token]) -> (Modality, bool) {
    let not_only = contains(tokens, "not only");
    let has = |phrases: &[&str]| {
        phrases.iter().any(|phrase| contains(tokens, phrase) && !(not_only && *phrase == "only"))
    };
    let must = [
        "must",
        "shall",
        "only",
        "never",
        "always",
        "mandatory",
        "forbidden",
        "prohibited",
        "required",
        "requires",
        "require",
        "have to",
        "has to",
        "need to",
        "needs to",
        "not allowed",
        "not permitted",
        "not ok",
        "not okay",
        "mustn't",
        "cannot",
        "can't",
        "may not",
        "exclusively",
        "strictly",
        "banned",
        "under no circumstances",
        "must-have",
        "not acceptable",
        "isn't allowed",
        "aren't allowed",
        "disallowed",
        "no way",
        "enforced",
    ];
    let should = [
        "should",
        "shouldn't",
        "prefer",
        "prefers",
        "preferred",
        "preferably",
        "recommended",
        "ought",
        "ideally",
        "try to",
        "where possible",
        "if possible",
        "we'd like",
        "please",
        "desirable",
        "nice to have",
    ];
    let may = [
        "may",
        "can",
        "okay",
        "ok",
        "allowed",
        "permitted",
        "fine",
        "free to",
        "optional",
        "acceptable",
        "welcome to",
        "allows",
        "allow",
        "no problem",
    ];
    if has(&must) {
        (Modality::Must, true)
    } else if has(&should) {
        (Modality::Should, true)
    } else if has(&may) {
        (Modality::May, true)
    } else {
        (Modality::Must, false)
    }
}

/// Whether the words announce that something said before no longer holds.
pub(super) fn revises(tokens: &[Token]) -> bool {
    [
        "actually",
        "instead",
        "correction",
        "update",
        "updated",
        "now",
        "from now on",
        "change",
        "changes",
        "adjust",
        "adjustments",
        "adjustment",
        "actual",
        "rather",
        "sorry",
        "scratch that",
        "different",
        "as of",
        "new",
    ]
    .iter()
    .any(|phrase| contains(tokens, phrase))
}

/// Whether the words add to what was said.
pub(super) fn adds(tokens: &[Token]) -> bool {
    ["also", "additionally", "too", "as well", "in addition", "besides", "furthermore", "plus"]
        .iter()
        .any(|phrase| contains(tokens, phrase))
}
