//! Sets of templates: parsing, looking up, executing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ast::Tree;
use crate::env::{Env, Meter};
use crate::exec;
use crate::func::{FuncError, FuncMap, Wrapped};
use crate::parse::{DELIMS, parse};
use crate::str::Str;
use crate::trace::Trace;
use crate::value::Value;

/// Why a template could not be parsed or executed; displays as Go's whole text.
#[derive(Clone, Debug)]
pub struct Error {
    message: Str,
    limit: bool,
    wrapped: Wrapped,
}

impl Error {
    pub(crate) fn new(message: impl Into<Str>, limit: bool) -> Self {
        Self { message: message.into(), limit, wrapped: Wrapped::default() }
    }

    pub(crate) fn wrapping(message: impl Into<Str>, wrapped: Wrapped) -> Self {
        Self { message: message.into(), limit: false, wrapped }
    }

    pub(crate) fn into_func_error(self) -> FuncError {
        FuncError { message: self.message, limit: self.limit, wrapped: self.wrapped }
    }

    /// The texts of the errors that this one wraps, as `errors.Unwrap` would find them, outermost first; each is the end of
    /// the one before. A failed function's error is wrapped by that of the template that called it.
    pub fn wrapped(&self) -> impl Iterator<Item = &[u8]> {
        let text = self.message.as_bytes();
        let lengths = self.wrapped.lengths().iter();
        lengths.filter_map(|length| text.get(text.len().checked_sub(*length)?..))
    }

    /// Whether one of the [`Limits`](crate::Limits) was exceeded, rather than the template being at fault.
    pub fn is_limit(&self) -> bool {
        self.limit
    }

    /// The text; it holds whatever bytes the data put there.
    pub fn message(&self) -> &Str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl std::error::Error for Error {}

/// Templates that can call one another. Shared between threads; cheap to clone.
#[derive(Clone)]
pub struct Set {
    name: Arc<str>,
    funcs: FuncMap,
    delims: (Arc<str>, Arc<str>),
    /// Templates that clones share, and those added since.
    shared: Arc<Trees>,
    trees: Trees,
    /// Texts that were evaluated within executions of the set or of its clones.
    texts: Arc<Mutex<Texts>>,
}

type Trees = HashMap<Box<str>, Arc<Tree>>;

/// A parsed text, which any number of sets with the same functions can take.
#[derive(Clone)]
pub struct Parsed {
    name: Arc<str>,
    trees: Arc<[Arc<Tree>]>,
}

impl Parsed {
    /// Parses a text as the template `name`, together with the templates it defines. The error is Go's whole text.
    pub fn parse(name: &str, text: &str, funcs: &FuncMap) -> Result<Self, Error> {
        Self::with_delims(name, text, funcs, DELIMS)
    }

    fn with_delims(name: &str, text: &str, funcs: &FuncMap, delims: (&str, &str)) -> Result<Self, Error> {
        let trees = parse(name, &Arc::from(text), funcs, delims.0, delims.1);
        let trees = trees.map_err(|text| Error::new(text, false))?;
        Ok(Self { name: Arc::from(name), trees: trees.into_iter().map(Arc::new).collect() })
    }
}

/// Parsed texts by name and content, as many as are worth their room.
#[derive(Default)]
struct Texts {
    parsed: HashMap<(Arc<str>, Str), Parsed>,
    bytes: usize,
}

/// How many bytes of parsed texts are kept; their trees take several times as much.
const KEPT_TEXTS: usize = 1 << 20;
/// A text that is larger is not worth keeping.
const LARGEST_TEXT: usize = 64 << 10;

impl Texts {
    fn keep(&mut self, key: (Arc<str>, Str), parsed: Parsed) {
        // What surrounds a text counts, too.
        let size = key.1.len() + 64;
        if size > LARGEST_TEXT {
            return;
        }
        if self.bytes + size > KEPT_TEXTS {
            self.parsed.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        self.parsed.insert(key, parsed);
    }
}

impl Set {
    /// No templates yet; those parsed into the set may call these functions.
    pub fn new(funcs: &FuncMap) -> Self {
        Self {
            name: Arc::from(""),
            funcs: funcs.clone(),
            delims: (Arc::from(DELIMS.0), Arc::from(DELIMS.1)),
            shared: Arc::default(),
            trees: HashMap::new(),
            texts: Arc::default(),
        }
    }

    /// Gives the set the name of the Go template that all others were made from, which error texts name (that of the
    /// executing text where there is none).
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Arc::from(name);
        self
    }

    /// Its name, when it has one.
    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        Some(&self.name).filter(|name| !name.is_empty())
    }

    /// Makes clones of the set cheap: they share the templates that it has by now.
    pub fn share(&mut self) {
        Arc::make_mut(&mut self.shared).extend(self.trees.drain());
    }

    /// Sets the delimiters for texts parsed from now on; an empty one stands for the default.
    pub fn delims(&mut self, left: &str, right: &str) {
        let or = |given: &str, default: &str| Arc::from(if given.is_empty() { default } else { given });
        self.delims = (or(left, DELIMS.0), or(right, DELIMS.1));
        self.texts = Arc::default();
    }

    /// Parses a text as the template `name`, together with the templates it defines. As in Go, a later
    /// definition replaces an earlier one unless it is empty. On failure (Go's whole text) nothing is added.
    pub fn parse(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.add(name, text).map(|_| ())
    }

    /// Parses a text into the set and gives the template that it is, which the set itself does not take over
    /// when it is empty and there is one of that name.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> Result<Option<Arc<Tree>>, Error> {
        let parsed = Parsed::with_delims(name, text, &self.funcs, (&self.delims.0, &self.delims.1))?;
        Ok(self.take(&parsed))
    }

    /// Like [`Set::add`], for a text that is likely to come again: parsed once for the set and its clones.
    pub(crate) fn add_text(&mut self, name: &Arc<str>, text: &Str) -> Result<Option<Arc<Tree>>, Error> {
        let lock = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (Arc::clone(name), text.clone());
        let known = lock().parsed.get(&key).cloned();
        let parsed = match known {
            Some(parsed) => parsed,
            None => {
                let delims = (&*self.delims.0, &*self.delims.1);
                let parsed = Parsed::with_delims(name, &text.to_text(), &self.funcs, delims)?;
                lock().keep(key, parsed.clone());
                parsed
            }
        };
        Ok(self.take(&parsed))
    }

    /// Takes the templates of a text, as [`Set::parse`] does.
    pub fn include(&mut self, parsed: &Parsed) {
        self.take(parsed);
    }

    pub(crate) fn take(&mut self, parsed: &Parsed) -> Option<Arc<Tree>> {
        let mut main = None;
        for tree in parsed.trees.iter() {
            if *tree.name == *parsed.name {
                main = Some(Arc::clone(tree));
            }
            if tree.is_empty() && self.find(&tree.name).is_some() {
                continue;
            }
            self.trees.insert(tree.name.clone(), Arc::clone(tree));
        }
        main
    }

    fn find(&self, name: &str) -> Option<&Arc<Tree>> {
        self.trees.get(name).or_else(|| self.shared.get(name))
    }

    /// The names of the templates, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.trees.keys().chain(self.shared.keys()).map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The functions.
    pub fn funcs(&self) -> &FuncMap {
        &self.funcs
    }

    pub(crate) fn tree(&self, name: &[u8]) -> Option<&Tree> {
        self.find(std::str::from_utf8(name).ok()?).map(AsRef::as_ref)
    }

    /// Executes the template `name` on `data`. The error is Go's whole text.
    pub fn execute(&self, name: &str, data: &Value, env: &Env) -> Result<Vec<u8>, Error> {
        self.execute_traced(name, data, env, &mut ())
    }

    /// Like [`Set::execute`], telling a [`Trace`] where every byte comes from.
    pub fn execute_traced<T: Trace>(
        &self,
        name: &str,
        data: &Value,
        env: &Env,
        trace: &mut T,
    ) -> Result<Vec<u8>, Error> {
        self.execute_metered(name, data, env, &Meter::new(env), trace)
    }

    /// Like [`Set::execute_traced`], on accounts that several executions share.
    pub fn execute_metered<T: Trace>(
        &self,
        name: &str,
        data: &Value,
        env: &Env,
        meter: &Meter,
        trace: &mut T,
    ) -> Result<Vec<u8>, Error> {
        let Some(tree) = self.tree(name.as_bytes()) else {
            let name = crate::quote::quote(name.as_bytes());
            return Err(Error::new(format!("template: {name} is an incomplete or empty template"), false));
        };
        exec::execute(self, tree, data, env, meter, trace)
    }
}

/// One parsed text, ready to be executed any number of times on any thread.
#[derive(Clone)]
pub struct Template {
    name: Arc<str>,
    body: Body,
}

/// What a text is made of.
#[derive(Clone)]
enum Body {
    /// Nothing but text.
    Plain(Str),
    /// The template, and those it defines.
    Parsed(Arc<Tree>, Set),
}

impl Template {
    /// Parses a text. The error is Go's whole text, beginning `template: NAME:LINE: `.
    pub fn parse(name: &str, text: &str, funcs: &FuncMap) -> Result<Self, Error> {
        let name = Arc::from(name);
        if memchr::memmem::find(text.as_bytes(), DELIMS.0.as_bytes()).is_none() {
            return Ok(Self { name, body: Body::Plain(Str::from(text)) });
        }
        let mut set = Set::new(funcs);
        let tree = set.add(&name, text)?;
        // A text that defines a template of its own name is that template.
        let tree = set.find(&name).cloned().or(tree);
        let tree = tree.ok_or_else(|| Error::new("template: incomplete or empty template", false))?;
        Ok(Self { name, body: Body::Parsed(tree, set) })
    }

    /// Executes it on `data`. The error is Go's whole text.
    pub fn execute(&self, data: &Value, env: &Env) -> Result<Vec<u8>, Error> {
        self.execute_traced(data, env, &mut ())
    }

    /// Like [`Template::execute`], telling a [`Trace`] where every byte comes from.
    pub fn execute_traced<T: Trace>(&self, data: &Value, env: &Env, trace: &mut T) -> Result<Vec<u8>, Error> {
        self.execute_metered(data, env, &Meter::new(env), trace)
    }

    /// Like [`Template::execute_traced`], on accounts that can be looked at afterwards, or that executions share.
    pub fn execute_metered<T: Trace>(
        &self,
        data: &Value,
        env: &Env,
        meter: &Meter,
        trace: &mut T,
    ) -> Result<Vec<u8>, Error> {
        match &self.body {
            Body::Parsed(tree, set) => exec::execute(set, tree, data, env, meter, trace),
            Body::Plain(text) if text.len() as u64 > env.limits.output => {
                Err(Error::new(format!("output limit of {} bytes exceeded", env.limits.output), true))
            }
            Body::Plain(text) => {
                trace.emit(0..text.len(), &self.name, 0..text.len(), &T::Origin::default());
                Ok(text.to_vec())
            }
        }
    }
}
