//! Provenance: which part of which template, and which values, made each byte of the output.
//!
//! The evaluator is generic over a [`Trace`]. Without one (`()`), origins take no space and nothing is recorded.

mod recorder;

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

pub use recorder::Recorder;

use crate::str::Str;
use crate::value::Value;

/// Follows values through an execution.
pub trait Trace {
    /// Where a value comes from.
    type Origin: Clone + Default;
    /// Whether anything is followed at all.
    const ENABLED: bool;

    /// The origin of the data that is executed, or that an associated template is called with from a function.
    fn data(&mut self, data: &Value) -> Self::Origin;
    /// The origin of `value`, found in `container` (whose origin is `of`) at a key.
    fn key(&mut self, of: &Self::Origin, container: &Value, key: &[u8], value: &Value) -> Self::Origin;
    /// The origin of `value`, found in `container` (whose origin is `of`) at an index.
    fn item(&mut self, of: &Self::Origin, container: &Value, index: usize, value: &Value) -> Self::Origin;
    /// The origin of what a function made of its arguments.
    fn called(&mut self, arguments: &[Value], origins: &[Self::Origin], result: &Value) -> Self::Origin;
    /// The origin of `value`, which `and` or `or` came to because of values of these other origins.
    fn decided(&mut self, value: &Value, origin: Self::Origin, by: &[Self::Origin]) -> Self::Origin;
    /// What follows is executed because of this value, until [`Trace::leave`].
    fn enter(&mut self, condition: &Self::Origin);
    /// The end of what [`Trace::enter`] began.
    fn leave(&mut self);
    /// Output `bytes` were written by the source range `span` of the text `name`.
    fn emit(&mut self, bytes: Range<usize>, name: &str, span: Range<usize>, origin: &Self::Origin);
    /// A function executes a template into a buffer of its own, whose bytes become its result. `text` when the
    /// template is a value (`tpl`) and no file.
    fn pause(&mut self, text: bool);
    /// The end of what [`Trace::pause`] began.
    fn resume(&mut self);
}

impl Trace for () {
    type Origin = ();
    const ENABLED: bool = false;

    fn data(&mut self, _: &Value) {}
    fn key(&mut self, (): &(), _: &Value, _: &[u8], _: &Value) {}
    fn item(&mut self, (): &(), _: &Value, _: usize, _: &Value) {}
    fn called(&mut self, _: &[Value], _: &[()], _: &Value) {}
    fn decided(&mut self, _: &Value, (): (), _: &[()]) {}
    fn enter(&mut self, (): &()) {}
    fn leave(&mut self) {}
    fn emit(&mut self, _: Range<usize>, _: &str, _: Range<usize>, (): &()) {}
    fn pause(&mut self, _: bool) {}
    fn resume(&mut self) {}
}

/// A step of a [`ValuePath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Made from other values.
    Made(Rc<Made>),
}

/// What a value was made from.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The values at these paths.
    pub values: BTreeSet<ValuePath>,
    /// The values that decided, by `and` or `or`, that it was made from those.
    pub decided: BTreeSet<ValuePath>,
    /// What templates wrote that functions executed on the way.
    pub inner: Vec<Arc<[Record]>>,
}

impl Origin {
    /// All paths.
    pub fn paths(&self) -> BTreeSet<ValuePath> {
        match self {
            Self::Literal => BTreeSet::new(),
            Self::At(path) => BTreeSet::from([path.as_ref().clone()]),
            Self::Made(made) => made.values.clone(),
        }
    }

    /// The paths of values that decided which others it was made from.
    fn decided(&self) -> impl Iterator<Item = &ValuePath> {
        match self {
            Self::Made(made) => Some(made.decided.iter()),
            _ => None,
        }
        .into_iter()
        .flatten()
    }

    fn inner(&self) -> &[Arc<[Record]>] {
        match self {
            Self::Made(made) => &made.inner,
            _ => &[],
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
#[derive(Clone, Debug)]
pub struct Record {
    /// The bytes of the output; within a buffer of its own for what stands in [`Record::inner`].
    pub output: Range<usize>,
    /// The name of the template text; empty for the text of a value (`tpl`).
    pub template: Arc<str>,
    /// The bytes of that text: literal text, or an action with its delimiters.
    pub source: Range<usize>,
    /// The values that were printed or went into what was printed.
    pub values: BTreeSet<ValuePath>,
    /// The values that decided that this was printed, and not something else or nothing.
    pub conditions: BTreeSet<ValuePath>,
    /// What templates wrote that functions executed for it (`include`, `tpl`).
    pub inner: Vec<Arc<[Record]>>,
}
