//! The two template languages, as `utils.Render.Replace` runs them.

use std::cell::Cell;

use seatrial_gotemplate::argocd::functions;
use seatrial_gotemplate::{Env, FuncMap, Map, Value};

use super::fast::Fast;
use super::go::GoText;
use super::stop::Stop;
use crate::limits::Limits;
use crate::world::Version;

/// Compiles and runs templates with the options of one ApplicationSet.
pub(crate) struct Engine {
    go: bool,
    functions: FuncMap,
    /// The environment with the set's own options; the text of Go's panic if one is not known.
    env: Result<Env, String>,
    /// The one for `values` of a matrix's second child: missing keys are errors.
    strict: Result<Env, String>,
    string_bytes: usize,
    /// The steps that all templates took so far, and how many they may take together.
    steps: Cell<u64>,
    all_steps: u64,
}

/// How many times the steps of one text all texts of a set may take together.
const TEXTS: u64 = 10;

/// A compiled text.
pub(crate) enum Text {
    /// Nothing to replace.
    Literal(String),
    /// A `fasttemplate`.
    Fast(Result<Fast, String>),
    /// A Go template.
    Go(Box<GoText>),
}

/// Which options hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Options {
    /// The set's own.
    Own,
    /// The set's own, but missing keys are errors.
    Strict,
}

impl Engine {
    pub(crate) fn new(go: bool, options: &[String], limits: &Limits, version: Version) -> Self {
        let mut base = Env::default();
        base.limits.steps = limits.template_steps;
        base.limits.output = limits.string_bytes as u64;
        let apply = |options: &mut dyn Iterator<Item = &str>| {
            let mut env = base.clone();
            for option in options {
                env.option(option).map_err(|e| e.message().to_text().into_owned())?;
            }
            Ok(env)
        };
        let strict = &mut options
            .iter()
            .map(String::as_str)
            .filter(|o| !o.starts_with("missingkey="))
            .chain(["missingkey=error"]);
        let mut functions = functions();
        if !version.at_least(3, 6) {
            functions.remove("tpl");
        }
        Self {
            go,
            functions,
            env: apply(&mut options.iter().map(String::as_str)),
            strict: apply(strict),
            string_bytes: limits.string_bytes,
            steps: Cell::new(0),
            all_steps: limits.template_steps.saturating_mul(TEXTS),
        }
    }

    /// Whether templates are Go's.
    pub(crate) fn is_go(&self) -> bool {
        self.go
    }

    /// The panic that the first template of any kind meets, if the options hold one.
    pub(crate) fn check_options(&self) -> Result<(), Stop> {
        match &self.env {
            Err(text) if self.go => Err(Stop::Panic(text.clone())),
            _ => Ok(()),
        }
    }

    pub(crate) fn compile(&self, text: &str) -> Text {
        if self.go {
            return if text.contains("{{") {
                Text::Go(Box::new(GoText::parse(text, &self.functions)))
            } else {
                Text::Literal(text.to_owned())
            };
        }
        match Fast::parse(text) {
            None => Text::Literal(text.to_owned()),
            Some(fast) => Text::Fast(fast),
        }
    }

    pub(crate) fn run(&self, text: &Text, params: &Map, options: Options) -> Result<String, Stop> {
        let out = match text {
            Text::Literal(text) => return Ok(text.clone()),
            Text::Fast(Ok(fast)) => fast.run(params),
            Text::Fast(Err(error)) => return Err(Stop::Error(error.clone())),
            Text::Go(template) => {
                let env = if options == Options::Strict { &self.strict } else { &self.env };
                let env = env.as_ref().map_err(|text| Stop::Panic(text.clone()))?;
                let out = template.run(&Value::Map(params.clone()), env, &self.steps)?;
                if self.steps.get() > self.all_steps {
                    let message = format!("the templates take more than {} steps together", self.all_steps);
                    return Err(Stop::Limit(message));
                }
                out
            }
        };
        if out.len() > self.string_bytes {
            return Err(Stop::Limit(format!("a rendered text is longer than {} bytes", self.string_bytes)));
        }
        Ok(out)
    }
}
