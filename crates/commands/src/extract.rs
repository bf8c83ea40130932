//! Commands in scripts, Markdown pages, skills and workflows.

use crate::known::Tool;
use crate::words::{Word, commands};

/// How much of a text is looked at.
const MAX_TEXT: usize = 4 << 20;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A script, or a file of another language with shell commands in its lines.
    Script,
    /// Markdown: commands are in fenced blocks and in code spans.
    Markdown,
}

impl Kind {
    /// What a file of this name is.
    pub fn of(path: &str) -> Self {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("md" | "mdx" | "markdown") => Self::Markdown,
            _ => Self::Script,
        }
    }
}

/// A command of `argocd` or `kubectl` in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The tool.
    pub tool: Tool,
    /// Where it begins, in bytes of the text.
    pub at: usize,
    /// Whether it is only mentioned in prose, so that a part of it may be meant.
    pub mentioned: bool,
    /// What its output goes to, if that is read by another command: `grep`.
    pub piped_to: Option<String>,
    pub(crate) words: Vec<Word>,
}

impl Command {
    /// The command on one line.
    pub fn text(&self) -> String {
        let words = self
            .words
            .iter()
            .map(|word| if word.text.contains(' ') { format!("'{}'", word.text) } else { word.text.clone() });
        std::iter::once(self.tool.as_str().to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// Every command of `argocd` or `kubectl` in a text.
pub fn found(text: &str, kind: Kind) -> Vec<Command> {
    let text = text.get(..MAX_TEXT).unwrap_or(text);
    let mut out = Vec::new();
    match kind {
        Kind::Script => of_shell(text, 0, false, &mut out),
        Kind::Markdown => of_markdown(text, &mut out),
    }
    out
}

fn of_shell(text: &str, base: usize, mentioned: bool, out: &mut Vec<Command>) {
    let all = commands(text);
    for (index, words) in all.iter().enumerate() {
        let Some((position, tool)) = tool_of(words) else { continue };
        let Some(first) = words.get(position) else { continue };
        let rest = words.get(position + 1..).unwrap_or_default().to_vec();
        let end = rest.last().map_or(first.at, |word| word.at + word.text.len());
        let after = text.get(end..).unwrap_or_default().trim_start_matches(['"', '\'', ' ', '\t']);
        let piped = after.starts_with('|') && !after.starts_with("||");
        let next = all.get(index + 1).and_then(|words| words.first()).filter(|_| piped);
        out.push(Command {
            tool,
            at: base + first.at,
            mentioned,
            piped_to: next.map(|word| word.text.clone()),
            words: rest,
        });
    }
}

/// Words that may stand before a command, and run it.
const BEFORE: [&str; 16] = [
    "$", "%", ">", "-", "sudo", "exec", "time", "then", "do", "else", "if", "!", "while", "until", "run:",
    "nohup",
];

/// Where in a command the tool stands that it runs.
fn tool_of(words: &[Word]) -> Option<(usize, Tool)> {
    for (index, word) in words.iter().enumerate() {
        if let Some(tool) = Tool::named(word.text.rsplit('/').next().unwrap_or_default()) {
            return Some((index, tool));
        }
        let assigns = word.text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        // What a person's prompt is called is anything that ends in a dollar sign.
        let prompt = index == 0 && word.text.ends_with('$');
        if !(assigns || prompt || BEFORE.contains(&word.text.as_str())) {
            return None;
        }
    }
    None
}

/// Languages of fenced blocks that are not shell.
const OTHER: [&str; 14] = [
    "yaml",
    "yml",
    "json",
    "toml",
    "go",
    "rust",
    "python",
    "py",
    "dockerfile",
    "hcl",
    "diff",
    "mermaid",
    "xml",
    "sql",
];

fn of_markdown(text: &str, out: &mut Vec<Command>) {
    let mut fence: Option<(String, bool, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim_start();
        let mark: String = trimmed.chars().take_while(|c| matches!(c, '`' | '~')).collect();
        match &fence {
            Some((open, is_shell, from)) => {
                if mark.len() >= open.len() && mark.starts_with(open.as_str()) && trimmed.trim_end() == mark {
                    if *is_shell {
                        of_shell(text.get(*from..start).unwrap_or_default(), *from, false, out);
                    }
                    fence = None;
                }
            }
            None if mark.len() >= 3 => {
                let info = trimmed.get(mark.len()..).unwrap_or_default().trim();
                let language = info.split([' ', '{', ',']).next().unwrap_or_default().to_ascii_lowercase();
                fence = Some((mark, !OTHER.contains(&language.as_str()), at));
            }
            None => spans(line, start, out),
        }
    }
    // A block that is never closed reaches to the end.
    if let Some((_, true, from)) = fence {
        of_shell(text.get(from..).unwrap_or_default(), from, false, out);
    }
}

/// Code spans of a line of prose.
fn spans(line: &str, base: usize, out: &mut Vec<Command>) {
    let mut rest = line;
    let mut at = base;
    while let Some(open) = rest.find('`') {
        let ticks = rest.get(open..).unwrap_or_default().chars().take_while(|c| *c == '`').count();
        let begin = open + ticks;
        let mark = "`".repeat(ticks);
        let Some(length) = rest.get(begin..).and_then(|inner| inner.find(&mark)) else { return };
        // In a table a pipe has a backslash before it.
        let span = rest.get(begin..begin + length).unwrap_or_default().replace("\\|", " |");
        of_shell(&span, at + begin, true, out);
        let end = begin + length + ticks;
        at += end;
        rest = rest.get(end..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_a_page() {
        let page = "Run `argocd app status x` or:\n\n```bash\n$ kubectl get pods -n a | grep x\n# argocd app nothing\nargocd app list \\\n  -o name\n```\n\n```yaml\nrun: argocd app bad\n```\nuser@host: argocd is a tool.\n";
        let all = found(page, Kind::Markdown);
        let texts: Vec<String> = all.iter().map(Command::text).collect();
        assert_eq!(texts, ["argocd app status x", "kubectl get pods -n a", "argocd app list -o name"]);
        assert_eq!(all.iter().map(|c| c.mentioned).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(all[1].piped_to.as_deref(), Some("grep"));
        assert!(all.iter().all(|c| page[c.at..].starts_with(c.tool.as_str())));
        let table = found("| a | `kubectl logs x \\| grep -i y` |", Kind::Markdown);
        assert_eq!(table[0].text(), "kubectl logs x");
    }

    #[test]
    fn commands_of_a_script() {
        let script = "set -e\nif argocd app get x; then sudo -n true; fi\nKUBECONFIG=a /usr/bin/kubectl apply -f x\n- run: argocd app sync y\necho argocd is here\n";
        let texts: Vec<String> = found(script, Kind::Script).iter().map(Command::text).collect();
        assert_eq!(texts, ["argocd app get x", "kubectl apply -f x", "argocd app sync y"]);
    }
}
