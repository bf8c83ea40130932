//! The model that a command asks: which one, with which key, and all that it is sent.

use std::path::Path;
use std::sync::Mutex;

use seatrial_models::{
    Answer, Config, ErrorKind, Event, Limits, Model, ModelError, Provider, Request, World, open,
};
use seatrial_platform::Platform;
use seatrial_source::{Snapshot as _, WorkTree, write};
use serde_json::{Value, json};

use crate::cli::{Author, Global, ModelArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::look::YELLOW;
use crate::text::printable;

/// Who does it: what the command line says, else the platform file, else Seatrial itself.
pub(crate) fn author(args: &ModelArgs, platform: &Platform) -> Author {
    let stated = || match platform.authors.default.as_ref()?.value.as_str() {
        "anthropic" => Some(Author::Anthropic),
        "openai" => Some(Author::OpenAi),
        "bedrock" => Some(Author::Bedrock),
        _ => None,
    };
    args.author.or_else(stated).unwrap_or(Author::Builtin)
}

/// A client for the model, which keeps what it is sent; `None`, once that is said, when there is no key for it: then Seatrial does it `itself`
/// (`Seatrial's own author writes`).
pub(crate) fn client(
    args: &ModelArgs,
    itself: &str,
    platform: &Platform,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Option<Recording>, CliError> {
    let author = author(args, platform);
    let provider = match author {
        Author::Builtin if args.show_prompt => {
            return Err(CliError::new(format!("nothing is sent: {itself} and asks no model"))
                .hint("`--author anthropic`, `openai` or `bedrock` chooses one"));
        }
        Author::Builtin => return Ok(None),
        Author::Anthropic => Provider::Anthropic,
        Author::OpenAi => Provider::OpenAi,
        Author::Bedrock => Provider::Bedrock,
    };
    let mut config = Config::new(provider);
    let stated = platform.authors.models.iter().find(|(name, _)| name.value == author.name());
    config.model = args.model.clone().or_else(|| stated.map(|(_, model)| model.value.clone()));
    config.key_command =
        args.key_command.iter().flat_map(|line| line.split_whitespace().map(str::to_owned)).collect();
    config.show_thinking = false;
    // What would be sent can be looked at without a key: none is in it.
    let shown =
        |name: &str| args.show_prompt.then(|| name.contains("_KEY").then(|| "none".to_owned())).flatten();
    let env = |name: &str| (io.env)(name).and_then(|value| value.into_string().ok()).or_else(|| shown(name));
    match open(&config, &env, World::real()) {
        Ok(model) => Ok(Some(Recording { inner: model, sent: Mutex::default() })),
        Err(error) if error.kind == ErrorKind::Authentication => {
            let look = io.error_look(global.color);
            let head = look.paint(YELLOW, "warning:");
            let why = printable(&error.to_string()).into_owned();
            io.say(&format!("{head} {}: {why}; {itself} instead\n", author.name()));
            Ok(None)
        }
        Err(error) => Err(failed(&error)),
    }
}

/// An error of a model as one of the command.
pub(crate) fn failed(error: &ModelError) -> CliError {
    let plain = ModelError { hint: None, ..error.clone() };
    let text = CliError::new(plain.to_string());
    match &error.hint {
        Some(hint) => text.hint(hint.clone()),
        None => text,
    }
}

/// A model, and all that it was sent.
pub(crate) struct Recording {
    inner: Box<dyn Model>,
    sent: Mutex<Vec<Value>>,
}

impl Recording {
    fn note(&self, sent: Value) {
        if let Ok(mut all) = self.sent.lock() {
            all.push(sent);
        }
    }

    /// Writes what was sent, one object a line, where that was asked for.
    pub(crate) fn keep(&self, args: &ModelArgs, cwd: &Path) -> Result<(), CliError> {
        let Some(file) = &args.record else { return Ok(()) };
        let full = cwd.join(file);
        let sent = self.sent.lock().map(|sent| sent.clone()).unwrap_or_default();
        let text = sent.iter().fold(String::new(), |text, body| text + &format!("{body}\n"));
        let folder = full.parent().unwrap_or(Path::new("/"));
        let name = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match WorkTree::open(folder).ok().and_then(|tree| tree.read(name).ok()) {
            Some(old) => write::replace(&full, &old, &text),
            None => write::create(&full, &text),
        }
        .map_err(|error| CliError::new(error.to_string()))
    }
}

impl Model for Recording {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn body(&self, request: &Request) -> Value {
        self.inner.body(request)
    }

    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError> {
        self.note(json!({"model": self.inner.name(), "body": self.inner.body(request)}));
        self.inner.ask(request, watch)
    }

    fn count_tokens(&self, request: &Request) -> Result<Option<u64>, ModelError> {
        self.note(json!({"model": self.inner.name(), "only": "counted", "body": self.inner.body(request)}));
        self.inner.count_tokens(request)
    }

    fn limits(&self) -> Result<Option<Limits>, ModelError> {
        self.inner.limits()
    }
}
