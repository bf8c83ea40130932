//! What an intent says of the platform, beside what it wants: facts that the platform file does not have yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_author::Vocabulary;
use seatrial_learn::edit::{self, Origin};
use seatrial_learn::{Question, Reading, prose};
use seatrial_platform::Platform;
use seatrial_source::{GitRepository, SourceFile, write};

use crate::cli::{GenerateArgs, Global};
use crate::commands::learn::ask::ask;
use crate::diff;
use crate::error::CliError;
use crate::io::Io;
use crate::look::Look;
use crate::session::{self, Session};

/// Facts of an intent, and the platform file with them.
pub(super) struct Facts {
    pub(super) reading: Reading,
    /// The platform file as shown.
    pub(super) shown: String,
    /// Its text with the facts; `None` when there are none.
    pub(super) new: Option<String>,
    /// Whether a person said some of them in answer to a question: they will not be in the next intent.
    pub(super) answered: bool,
    path: PathBuf,
    old: Option<Arc<SourceFile>>,
}

/// Reads the facts of an intent and puts them in force for this run; the platform file itself is left as it is. An intent that
/// is given by flags alone states none.
pub(super) fn learn(
    text: Option<&str>,
    name: &str,
    home: &Path,
    args: &GenerateArgs,
    session: &mut Session,
    global: &Global,
    io: &Io<'_>,
) -> Result<Facts, CliError> {
    let platform = Arc::clone(&session.inputs.platform);
    let path = session::platform_path(global, io, home)?;
    let path = path.unwrap_or_else(|| home.join(seatrial_platform::FILE_NAME));
    let shown = session::shown(&path, &io.cwd);
    let old = platform.file().cloned();
    let mut facts = Facts { shown, new: None, path, old, reading: Reading::default(), answered: false };
    let Some(text) = text else { return Ok(facts) };
    let mut reading = prose::read(&without_wishes(text, &platform), &platform);
    let mut new = facts.before().to_owned();
    if !reading.facts.is_empty() {
        let edited = edit::apply(&new, &reading, Origin::Text(name));
        reading.questions.extend(edited.questions);
        new = edited.text;
    }
    if platform.repositories.is_empty()
        && let Some(url) = address(text, args, &facts.path)
    {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        new.push_str(&format!(
            "repositories:\n  {url}: {{path: ., anyRevision: true}} # this folder stands for it\n"
        ));
    }
    facts.reading = reading;
    facts.enforce(new, session)?;
    Ok(facts)
}

/// The text without the sentences that ask for the application, where the platform's names are known without them: what
/// these say of replicas or a project holds for this application alone. Everything else stays where it was.
fn without_wishes(text: &str, platform: &Platform) -> String {
    if platform.environments.is_empty() {
        return text.to_owned();
    }
    let vocabulary = Vocabulary::of(platform, &[]);
    let asks = seatrial_author::intent::read(text, &vocabulary).asks;
    let blank = |(at, c): (usize, char)| match c {
        '\n' => "\n".to_owned(),
        c if asks.iter().any(|range| range.contains(&at)) => " ".repeat(c.len_utf8()),
        c => c.to_string(),
    };
    text.char_indices().map(blank).collect()
}

/// The address of the repository that the platform file lies in, where it names none: as the intent says, or as Git
/// knows it. Only of a folder that is the repository's top can it be said that it stands for it.
fn address(text: &str, args: &GenerateArgs, path: &Path) -> Option<String> {
    let folder = path.parent()?.canonicalize().ok()?;
    let said = || seatrial_author::intent::read(text, &Vocabulary::default()).intent.repository;
    let known = || {
        let git = GitRepository::discover(&folder).ok()?;
        let top = git.work_tree()?.canonicalize().ok()?;
        let (_, url) = git.remotes().into_iter().next().filter(|_| top == folder)?;
        Some(url)
    };
    let url = args.repo.clone().or_else(said).or_else(known)?;
    // Credentials stay where they are.
    let plain = url
        .split_once("://")
        .is_none_or(|(_, rest)| !rest.split('/').next().unwrap_or_default().contains('@'));
    (plain && !url.contains([' ', '#', '{', '}', '\n'])).then_some(url)
}

impl Facts {
    /// Puts the platform file with this text in force.
    fn enforce(&mut self, new: String, session: &mut Session) -> Result<(), CliError> {
        if new == self.text() {
            return Ok(());
        }
        let taught = self.with(&new, session).map_err(|error| CliError::new(error.to_string()))?;
        session.environments = taught.environments.iter().map(|e| e.name.value.clone()).collect();
        session.inputs.platform = Arc::new(taught);
        self.new = Some(new);
        Ok(())
    }

    /// The platform, were this the text of its file.
    fn with(&self, text: &str, session: &Session) -> Result<Platform, seatrial_source::ReadError> {
        let mut taught = Platform::with_text(&self.path, &self.shown, text, session.inputs.snapshot.files())?;
        taught.remote.clone_from(&session.inputs.platform.remote);
        Ok(taught)
    }

    /// Asks a person what the intent leaves open of the platform.
    pub(super) fn ask(
        &mut self,
        session: &mut Session,
        global: &Global,
        io: &mut Io<'_>,
    ) -> Result<(), CliError> {
        let who = "answered to `seatrial generate`";
        let (new, open) = ask(self.text().to_owned(), &self.reading.questions, who, global, io);
        self.answered |= open.len() < self.reading.questions.len();
        self.reading.questions = open;
        self.enforce(new, session)
    }

    /// Takes up what a person answered to a model: what it says of the platform is in force from then on, and written with the rest. The
    /// platform with it; `None` when it says nothing that is not known.
    pub(super) fn add(&mut self, question: &Question, answer: &str, session: &Session) -> Option<Platform> {
        let now = self.text().to_owned();
        let known = self.with(&now, session).ok()?;
        let (reading, edited) =
            edit::reply(&now, &known, question, answer, "answered to `seatrial generate`");
        self.reading.questions.extend(edited.questions);
        if edited.text == now {
            return None;
        }
        let taught = self.with(&edited.text, session).ok()?;
        self.new = Some(edited.text);
        self.answered = true;
        self.reading.facts.extend(reading.facts);
        let stated =
            |open: &Question| open.key.as_ref().is_some_and(|key| edited.stated.contains(&key.join(".")));
        self.reading.questions.retain(|open| !stated(open));
        Some(taught)
    }

    /// The platform file's text with the facts.
    fn text(&self) -> &str {
        self.new.as_deref().unwrap_or_else(|| self.before())
    }

    fn before(&self) -> &str {
        self.old.as_ref().map_or("", |file| &file.text)
    }

    /// What would change in the platform file; empty when nothing does.
    pub(super) fn diff(&self, look: Look) -> String {
        diff::unified(&self.shown, self.before(), self.text(), look)
    }

    /// Writes the platform file with the facts.
    pub(super) fn write(&self) -> Result<(), CliError> {
        let Some(new) = &self.new else { return Ok(()) };
        match &self.old {
            Some(read) => write::replace(&self.path, read, new),
            None => write::create(&self.path, new),
        }
        .map_err(|error| CliError::new(error.to_string()).hint("run it again on the file as it is now"))
    }
}

/// What a text is called where facts cite it.
pub(super) fn name(given: Option<&str>, cwd: &Path) -> String {
    match given {
        Some("-") => "stdin".to_owned(),
        Some(given) if is_file(given, cwd) => given.to_owned(),
        _ => "intent".to_owned(),
    }
}

/// Whether an intent is the name of a file that says it: a sentence hardly ever is.
pub(super) fn is_file(given: &str, cwd: &Path) -> bool {
    given.len() < 256 && !given.contains('\n') && cwd.join(given).is_file()
}
