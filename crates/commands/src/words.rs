//! Lines of a shell as words: as far as that can be said without running them.

/// How many words of one command are looked at.
const MAX_WORDS: usize = 400;

/// A word, and where it begins in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word with its quotes taken off.
    pub(crate) text: String,
    /// Its first byte.
    pub(crate) at: usize,
    /// Whether a part of it is only known when it runs: a variable, a substitution, a placeholder.
    pub(crate) open: bool,
}

/// Commands of a text, each as its words: cut at pipes, `;`, `&`, line breaks and parentheses; comments left out.
/// What stands in `$(…)` or backticks is a command of its own.
pub(crate) fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut reader = Reader { chars: text.char_indices().collect(), at: 0, out: Vec::new() };
    while reader.at < reader.chars.len() {
        reader.command();
    }
    reader.out
}

struct Reader {
    chars: Vec<(usize, char)>,
    at: usize,
    out: Vec<Vec<Word>>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|(_, c)| *c)
    }

    fn offset(&self) -> usize {
        self.chars.get(self.at).map_or(0, |(at, _)| *at)
    }

    /// Reads to the end of one command. A substitution within a word ends it and begins another command: what follows
    /// the substitution is then read as words of neither, which no command of ours begins with.
    fn command(&mut self) {
        let mut words: Vec<Word> = Vec::new();
        let mut word: Option<Word> = None;
        while let Some(c) = self.peek(0) {
            let at = self.offset();
            let start = |word: Option<Word>| word.unwrap_or(Word { text: String::new(), at, open: false });
            match c {
                '\\' => {
                    let next = self.peek(1);
                    self.at += if next == Some('\r') && self.peek(2) == Some('\n') { 3 } else { 2 };
                    if let Some(next) = next.filter(|next| !matches!(next, '\n' | '\r')) {
                        let mut grown = start(word.take());
                        grown.text.push(next);
                        word = Some(grown);
                    }
                    continue;
                }
                ' ' | '\t' | '\r' => {
                    words.extend(word.take());
                }
                '#' if word.is_none() => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                    continue;
                }
                '\n' | ';' | '|' | '&' | '(' | ')' => {
                    self.at += 1;
                    break;
                }
                '`' => {
                    self.at += 1;
                    break;
                }
                '<' | '>' => {
                    // `<name>` is a placeholder of a page; else a redirection, whose target is no word of ours.
                    if let Some(length) = self.placeholder() {
                        let mut grown = start(word.take());
                        grown.text.extend(
                            self.chars.get(self.at..self.at + length).into_iter().flatten().map(|(_, c)| *c),
                        );
                        grown.open = true;
                        word = Some(grown);
                        self.at += length;
                        continue;
                    }
                    // `2>` names a stream.
                    if !word.as_ref().is_some_and(|word| word.text.chars().all(|c| c.is_ascii_digit())) {
                        words.extend(word.take());
                    }
                    word = None;
                    self.redirection();
                    continue;
                }
                '\'' | '"' => {
                    let mut grown = start(word.take());
                    self.quoted(c, &mut grown);
                    word = Some(grown);
                    continue;
                }
                '$' if self.peek(1) == Some('(') => {
                    let mut grown = start(word.take());
                    grown.open = true;
                    words.push(grown);
                    self.at += 2;
                    break;
                }
                c => {
                    let mut grown = start(word.take());
                    grown.open |= matches!(c, '$' | '{' | '}' | '[' | ']' | '*' | '…');
                    grown.text.push(c);
                    word = Some(grown);
                }
            }
            self.at += 1;
        }
        words.extend(word);
        words.truncate(MAX_WORDS);
        if !words.is_empty() {
            self.out.push(words);
        }
    }

    /// The length of `<…>` on one line without blanks at its ends, as pages write what is to be filled in.
    fn placeholder(&self) -> Option<usize> {
        if self.peek(0) != Some('<') || !self.peek(1).is_some_and(|c| c.is_alphabetic()) {
            return None;
        }
        let rest = self.chars.get(self.at..).unwrap_or_default().iter().take(60);
        let end = rest.take_while(|(_, c)| *c != '\n').position(|(_, c)| *c == '>')?;
        Some(end + 1)
    }

    fn redirection(&mut self) {
        while self.peek(0).is_some_and(|c| matches!(c, '<' | '>' | '&')) {
            self.at += 1;
        }
        while self.peek(0).is_some_and(|c| matches!(c, ' ' | '\t')) {
            self.at += 1;
        }
        while self.peek(0).is_some_and(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '&' | ')')) {
            self.at += 1;
        }
    }

    fn quoted(&mut self, quote: char, word: &mut Word) {
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => {
                    word.text.extend(self.peek(0));
                    self.at += 1;
                }
                '$' | '`' if quote == '"' => {
                    word.open = true;
                    word.text.push(c);
                }
                c => {
                    word.open |= c == '{';
                    word.text.push(c);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        commands(text).into_iter().map(|words| words.into_iter().map(|word| word.text).collect()).collect()
    }

    #[test]
    fn words_of_commands() {
        assert_eq!(
            read(
                "argocd app get x # why\nkubectl get po -n 'a b' | grep \"x y\" && argocd app \\\n  sync \"$APP\""
            ),
            [
                vec!["argocd", "app", "get", "x"],
                vec!["kubectl", "get", "po", "-n", "a b"],
                vec!["grep", "x y"],
                vec!["argocd", "app", "sync", "$APP"],
            ]
        );
        assert_eq!(
            read("X=$(argocd app list -o name) 2>/dev/null > out; a <name> 2>&1 b"),
            [vec!["X="], vec!["argocd", "app", "list", "-o", "name"], vec!["a", "<name>", "b"],]
        );
    }

    #[test]
    fn what_is_only_known_at_run_time_is_open() {
        let words = commands("a $X \"${Y}\" '$Z' <app> {{ .x }}");
        let open: Vec<bool> = words.concat().iter().map(|word| word.open).collect();
        assert_eq!(open, [false, true, true, false, true, true, false, true]);
    }
}
