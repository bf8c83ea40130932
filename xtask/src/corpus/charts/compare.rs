//! Two renders side by side.

use similar::TextDiff;

/// What a program printed.
pub(super) struct Rendered {
    pub(super) ok: bool,
    pub(super) out: String,
    pub(super) error: String,
    pub(super) code: Option<i32>,
}

/// How two renders compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The same bytes.
    Same,
    /// Both refuse, in the same words.
    SameError,
    /// Both refuse, as a schema lies on a network that neither reaches.
    NeedsNetwork,
    /// Both refuse, in other words.
    OtherWords,
    /// Other bytes.
    Differs,
    /// We refuse what Helm renders.
    OnlyHelm,
    /// We render what Helm refuses.
    OnlyUs,
    /// We ended as no program should.
    Crashed,
}

impl Outcome {
    pub(super) const ALL: [Self; 8] = [
        Self::Same,
        Self::SameError,
        Self::NeedsNetwork,
        Self::OtherWords,
        Self::Differs,
        Self::OnlyHelm,
        Self::OnlyUs,
        Self::Crashed,
    ];

    pub(super) const fn good(self) -> bool {
        matches!(self, Self::Same | Self::SameError | Self::NeedsNetwork)
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Same => "same bytes",
            Self::SameError => "same error",
            Self::NeedsNetwork => "needs a schema from a network",
            Self::OtherWords => "error in other words",
            Self::Differs => "other bytes",
            Self::OnlyHelm => "only helm renders it",
            Self::OnlyUs => "only we render it",
            Self::Crashed => "crashed",
        }
    }
}

/// Compares our render with two of Helm's; with a difference, what it is.
pub(super) fn compare(ours: &Rendered, theirs: &Rendered, again: &Rendered) -> (Outcome, String) {
    if ours.code.is_none_or(|code| code > 1) {
        return (Outcome::Crashed, format!("{:?}\n{}", ours.code, ours.error));
    }
    match (ours.ok, theirs.ok) {
        (true, false) => (Outcome::OnlyUs, theirs.error.clone()),
        (false, true) => (Outcome::OnlyHelm, ours.error.clone()),
        (false, false) => {
            let (mine, real) = (message(&ours.error), message(&theirs.error));
            if mine == real {
                (Outcome::SameError, String::new())
            } else if mine.contains(UNREACHED) && real.contains("failing loading \"http") {
                (Outcome::NeedsNetwork, String::new())
            } else {
                (Outcome::OtherWords, format!("seatrial: {mine}\nhelm:     {real}\n"))
            }
        }
        (true, true) => {
            let masked = masked(&ours.out, &theirs.out, &again.out);
            let (mine, real) = (lines(&masked), lines(&theirs.out));
            if mine == real {
                return (Outcome::Same, String::new());
            }
            let (mine, real) = (mine.join("\n"), real.join("\n"));
            let diff = TextDiff::from_lines(&real, &mine);
            (Outcome::Differs, diff.unified_diff().header("helm", "seatrial").to_string())
        }
    }
}

/// Our words for a schema that lies elsewhere.
const UNREACHED: &str = "not fetched: rendering reaches no network";

/// What Helm says, without its prefix and its warnings.
fn message(stderr: &str) -> String {
    let at = stderr.find("Error: ").map_or(0, |at| at + "Error: ".len());
    stderr[at..].trim().to_owned()
}

/// Lines, blank ones at the ends of documents aside.
fn lines(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim_end() == "---" {
            while out.last().is_some_and(|last| last.trim().is_empty()) {
                out.pop();
            }
        }
        out.push(line);
    }
    while out.last().is_some_and(|last| last.trim().is_empty()) {
        out.pop();
    }
    out
}

/// Our text with those lines taken from Helm's first render that differ between Helm's two, where ours has the
/// same length: random values, certificates and sums of them.
fn masked(ours: &str, theirs: &str, again: &str) -> String {
    if theirs == again {
        return ours.to_owned();
    }
    let (real, other): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), again.lines().collect());
    let mut out = String::with_capacity(ours.len());
    for (index, line) in ours.lines().enumerate() {
        let random = real.get(index) != other.get(index);
        let alike = |real: &&&str| random && about(real.len(), line.len());
        out.push_str(real.get(index).filter(alike).unwrap_or(&line));
        out.push('\n');
    }
    out
}

/// Certificates vary by a few bytes with the numbers in them.
fn about(a: usize, b: usize) -> bool {
    a == b || (a > 200 && a.abs_diff(b) <= 16)
}
