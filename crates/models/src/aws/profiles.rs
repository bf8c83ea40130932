//! The files in which AWS's own tools keep profiles.

use std::path::{Path, PathBuf};

/// The most bytes of a file that are read.
const MAX_FILE: u64 = 1 << 20;

/// The settings of one profile, from both files.
#[derive(Debug, Default)]
pub(super) struct Profile {
    settings: Vec<(String, String)>,
    found: bool,
}

impl Profile {
    /// Reads a profile; files that are not there say nothing.
    pub(super) fn read(name: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let home = env("HOME").or_else(|| env("USERPROFILE")).map(|home| Path::new(&home).join(".aws"));
        let place = |variable: &str, file: &str| {
            env(variable).map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(file)))
        };
        let mut profile = Self::default();
        // What the credentials file says wins.
        for (path, prefix) in [
            (place("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ""),
            (place("AWS_CONFIG_FILE", "config"), "profile "),
        ] {
            if let Some(text) = path.and_then(|path| text_of(&path)) {
                profile.add(&text, name, prefix);
            }
        }
        profile
    }

    /// Whether either file has the profile.
    pub(super) const fn is_there(&self) -> bool {
        self.found
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn add(&mut self, text: &str, profile: &str, prefix: &str) {
        let mut within = false;
        for line in text.lines() {
            let line = line.trim_end();
            if let Some(section) = line.trim_start().strip_prefix('[') {
                let section = section.split(']').next().unwrap_or_default().trim();
                let named = section.strip_prefix(prefix).map_or(section, str::trim);
                // `default` goes without the word `profile`, and may go with it.
                within = named == profile && (section != named || prefix.is_empty() || profile == "default");
                self.found |= within;
                continue;
            }
            let is_setting = within && !line.starts_with([' ', '\t', '#', ';']);
            if let Some((key, value)) = line.split_once('=').filter(|_| is_setting) {
                let value = value.split(" #").next().unwrap_or_default().trim();
                self.settings.push((key.trim().to_ascii_lowercase(), value.to_owned()));
            }
        }
    }
}

fn text_of(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= MAX_FILE).then(|| std::fs::read_to_string(path).ok())?
}

/// A command of `credential_process` in words: quotes hold them together.
pub(super) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_of_both_files() {
        let mut profile = Profile::default();
        profile.add("[other]\naws_access_key_id = no\n[work]\n# note\naws_access_key_id=AK\n", "work", "");
        profile.add(
            "[work]\nregion = wrong\n[profile work]\nregion = eu-west-1 # ours\ns3 =\n  region = nested\naws_access_key_id = late\n[default]\nregion=x\n",
            "work",
            "profile ",
        );
        assert_eq!(profile.get("aws_access_key_id"), Some("AK"));
        assert_eq!(profile.get("region"), Some("eu-west-1"));
        let mut default = Profile::default();
        default.add("[default]\nregion=x\n", "default", "profile ");
        assert!(default.is_there());
        assert_eq!(default.get("region"), Some("x"));
    }

    #[test]
    fn commands_in_words() {
        assert_eq!(words(r#"/opt/my tool "a b" --x='c d' """#), ["/opt/my", "tool", "a b", "--x=c d", ""]);
        assert!(words("  ").is_empty());
    }
}
