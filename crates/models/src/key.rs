//! Keys: where they come from, and that nobody sees them.

use std::fmt;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::error::{ErrorKind, ModelError};

/// The most bytes that a command may print.
const MAX_OUTPUT: u64 = 64 << 10;
/// How long a command may take.
const LONGEST: Duration = Duration::from_mins(1);
/// Shorter texts are not looked for in messages.
const SHORTEST: usize = 8;

/// A key, a token or a password. It is not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret without the white space around it; an error if no header can hold it.
    pub(crate) fn new(text: &str) -> Result<Self, ModelError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what =
                if text.is_empty() { "the key is empty" } else { "the key has characters that no key has" };
            return Err(ModelError::new(ErrorKind::Authentication, what));
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for a header or a signature.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// A text of a server without the secrets in it, nor anything that looks like a key, and of bounded length.
pub(crate) fn safe_text(text: &str, secrets: &[&Secret]) -> String {
    const LONGEST: usize = 2000;
    let mut text = text.trim().to_owned();
    for secret in secrets.iter().filter(|secret| secret.0.len() >= SHORTEST) {
        text = text.replace(&secret.0, "…");
    }
    // A server may repeat a part of the key.
    while let Some(at) = text.match_indices("sk-").map(|(at, _)| at).find(|at| starts_word(&text, *at)) {
        let rest = text.get(at..).unwrap_or_default();
        let size =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_*.…".contains(c))).unwrap_or(rest.len());
        text.replace_range(at..at + size, "…");
    }
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    text
}

fn starts_word(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_ascii_alphanumeric())
}

/// What a command prints; it is run without a shell and without input. No error holds any of its output.
pub(crate) fn printed_by(command: &[String]) -> Result<String, ModelError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(ModelError::new(ErrorKind::Configuration, "the command for the key is empty"));
    };
    let failed = |what: String| {
        ModelError::new(ErrorKind::Authentication, format!("the command for the key, `{program}`, {what}"))
            .with_hint("run it by hand to see what it says")
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let output = read_all(&mut child).ok_or_else(|| failed("did not end within a minute".to_owned()));
    if output.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    let output = output?;
    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    String::from_utf8(output).map_err(|_| failed("printed what is not text".to_owned()))
}

/// All that a child prints, up to a bound; `None` if it takes too long.
fn read_all(child: &mut Child) -> Option<Vec<u8>> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = output.take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver.recv_timeout(LONGEST).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_key() {
        let key = Secret::new(" my-own-gateway-key \n").unwrap();
        assert_eq!(safe_text("bad key my-own-gateway-key!", &[&key]), "bad key …!");
        assert_eq!(
            safe_text("Incorrect API key provided: sk-ab******xyz. See risk-free", &[]),
            "Incorrect API key provided: … See risk-free"
        );
        assert_eq!(safe_text(&"é".repeat(5000), &[]).chars().count(), 2001);
        assert_eq!(format!("{key:?}"), "Secret(…)");
        assert!(Secret::new("a\nb").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn commands_print_keys() {
        let run =
            |words: &[&str]| printed_by(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(run(&["printf", "abc\\n"]).unwrap(), "abc\n");
        let failed = run(&["sh", "-c", "echo secret; exit 3"]).unwrap_err();
        assert_eq!(failed.kind, ErrorKind::Authentication);
        assert!(!failed.to_string().contains("secret"), "{failed}");
        assert!(run(&["/no/such/program"]).is_err());
        assert!(run(&[]).is_err());
    }
}
