//! Provenance: which part of the template, and which values, made each byte of the output.
//!
//! The evaluator is generic over a [`Trace`]. Without one (`()`), origins take no space and nothing is recorded.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use crate::str::Str;

/// Follows values through an execution.
pub trait Trace {
    /// Where a value comes from.
    type Origin: Clone + Default;
    /// Whether anything is followed at all.
    const ENABLED: bool;

    /// The origin of the data that is executed.
    fn root(&mut self) -> Self::Origin;
    /// The origin of the value at a key of another.
    fn key(&mut self, of: &Self::Origin, key: &[u8]) -> Self::Origin;
    /// The origin of an item of another.
    fn item(&mut self, of: &Self::Origin, index: usize) -> Self::Origin;
    /// The origin of what a function made of its arguments.
    fn join(&mut self, arguments: &[Self::Origin]) -> Self::Origin;
    /// What follows is executed because of this value, until [`Trace::leave`].
    fn enter(&mut self, condition: &Self::Origin);
    /// The end of what [`Trace::enter`] began.
    fn leave(&mut self);
    /// Output `bytes` were written by the source range `span` of the text `name`.
    fn emit(&mut self, bytes: Range<usize>, name: &str, span: Range<usize>, origin: &Self::Origin);
    /// A function executes a template into a buffer of its own, whose bytes are not the output's.
    fn pause(&mut self);
    /// The end of what [`Trace::pause`] began.
    fn resume(&mut self);
}

impl Trace for () {
    type Origin = ();
    const ENABLED: bool = false;

    fn root(&mut self) {}
    fn key(&mut self, (): &(), _: &[u8]) {}
    fn item(&mut self, (): &(), _: usize) {}
    fn join(&mut self, _: &[()]) {}
    fn enter(&mut self, (): &()) {}
    fn leave(&mut self) {}
    fn emit(&mut self, _: Range<usize>, _: &str, _: Range<usize>, (): &()) {}
    fn pause(&mut self) {}
    fn resume(&mut self) {}
}

/// A step of a [`ValuePath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A map key or struct field.
    Key(Str),
    /// An item of a list.
    Index(usize),
}

/// The way from the root of the data to a value.
pub type ValuePath = Vec<Step>;

/// Where a value comes from, as a [`Recorder`] sees it.
#[derive(Clone, Debug, Default)]
pub enum Origin {
    /// The template alone.
    #[default]
    Literal,
    /// The value at a path.
    At(Rc<ValuePath>),
    /// Made from the values at these paths.
    From(Rc<BTreeSet<ValuePath>>),
}

impl Origin {
    /// All paths.
    pub fn paths(&self) -> BTreeSet<ValuePath> {
        match self {
            Self::Literal => BTreeSet::new(),
            Self::At(path) => BTreeSet::from([path.as_ref().clone()]),
            Self::From(paths) => paths.as_ref().clone(),
        }
    }

    fn extended(&self, step: Step) -> Self {
        match self {
            Self::At(path) => {
                let mut path = path.as_ref().clone();
                path.push(step);
                Self::At(Rc::new(path))
            }
            other => other.clone(),
        }
    }
}

/// A stretch of output and what made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The bytes of the output.
    pub output: Range<usize>,
    /// The name of the template text.
    pub template: Rc<str>,
    /// The bytes of that text: literal text, or an action with its delimiters.
    pub source: Range<usize>,
    /// The values that were printed or went into what was printed.
    pub values: BTreeSet<ValuePath>,
    /// The values that decided that this was printed at all.
    pub conditions: BTreeSet<ValuePath>,
}

/// Records the provenance of every stretch of output, in order.
#[derive(Default)]
pub struct Recorder {
    /// The records so far.
    pub records: Vec<Record>,
    conditions: Vec<Origin>,
    paused: usize,
    name: Option<Rc<str>>,
}

impl Recorder {
    /// The records that cover an output byte.
    pub fn at(&self, byte: usize) -> Option<&Record> {
        let after = self.records.partition_point(|record| record.output.start <= byte);
        self.records.get(after.checked_sub(1)?).filter(|record| record.output.contains(&byte))
    }
}

impl Trace for Recorder {
    type Origin = Origin;
    const ENABLED: bool = true;

    fn root(&mut self) -> Origin {
        Origin::At(Rc::default())
    }

    fn key(&mut self, of: &Origin, key: &[u8]) -> Origin {
        of.extended(Step::Key(Str::from(key)))
    }

    fn item(&mut self, of: &Origin, index: usize) -> Origin {
        of.extended(Step::Index(index))
    }

    fn join(&mut self, arguments: &[Origin]) -> Origin {
        let mut paths = BTreeSet::new();
        for argument in arguments {
            paths.append(&mut argument.paths());
        }
        if paths.is_empty() { Origin::Literal } else { Origin::From(Rc::new(paths)) }
    }

    fn enter(&mut self, condition: &Origin) {
        self.conditions.push(condition.clone());
    }

    fn leave(&mut self) {
        self.conditions.pop();
    }

    fn emit(&mut self, bytes: Range<usize>, name: &str, span: Range<usize>, origin: &Origin) {
        if self.paused > 0 || bytes.is_empty() {
            return;
        }
        let template = match &self.name {
            Some(known) if **known == *name => Rc::clone(known),
            _ => Rc::clone(self.name.insert(Rc::from(name))),
        };
        let mut conditions = BTreeSet::new();
        for condition in &self.conditions {
            conditions.append(&mut condition.paths());
        }
        self.records.push(Record {
            output: bytes,
            template,
            source: span,
            values: origin.paths(),
            conditions,
        });
    }

    fn pause(&mut self) {
        self.paused += 1;
    }

    fn resume(&mut self) {
        self.paused = self.paused.saturating_sub(1);
    }
}
