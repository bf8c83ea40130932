//! The command line of `helm template` as the repo server puts it together.

use std::collections::BTreeMap;

use super::checkout::ROOT;
use super::value_files::Resolved;
use crate::strategicpatch::go_quote;

/// What stands for the file that holds a source's own values, whose name is random.
pub(super) const OWN_VALUES: &str = "<temp file with values from source.helm.values/valuesObject>";

/// What stands for API versions in messages.
const REMOVED: &str = "<api versions removed>";

/// The arguments of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct HelmArguments {
    pub(super) release_name: String,
    pub(super) namespace: String,
    pub(super) kube_version: String,
    /// `--set`, `--set-string` and `--set-file` by parameter; Argo CD's own order of these is random.
    pub(super) set: BTreeMap<String, String>,
    pub(super) set_string: BTreeMap<String, String>,
    pub(super) set_file: BTreeMap<String, Resolved>,
    pub(super) values: Vec<Resolved>,
    /// Whether the source has values of its own.
    pub(super) own_values: bool,
    pub(super) api_versions: Vec<String>,
    pub(super) skip_crds: bool,
    pub(super) skip_schema_validation: bool,
    pub(super) skip_tests: bool,
}

impl HelmArguments {
    fn list(&self, api_versions: bool) -> Vec<String> {
        let mut out: Vec<String> =
            ["helm", "template", ".", "--name-template", &self.release_name].map(str::to_owned).into();
        let mut add = |flag: &str, value: String| out.extend([flag.to_owned(), value]);
        for (flag, value) in [("--namespace", &self.namespace), ("--kube-version", &self.kube_version)] {
            if !value.is_empty() {
                add(flag, value.clone());
            }
        }
        for (flag, set) in [("--set", &self.set), ("--set-string", &self.set_string)] {
            for (name, value) in set {
                add(flag, format!("{name}={}", escaped_commas(value)));
            }
        }
        for (name, file) in &self.set_file {
            add("--set-file", format!("{name}={}", escaped_commas(&file.shown())));
        }
        for file in &self.values {
            add("--values", file.shown());
        }
        if self.own_values {
            add("--values", OWN_VALUES.to_owned());
        }
        if api_versions {
            for version in &self.api_versions {
                add("--api-versions", version.clone());
            }
        } else if !self.api_versions.is_empty() {
            out.push(REMOVED.to_owned());
        }
        for (flag, on) in [
            ("--include-crds", !self.skip_crds),
            ("--skip-schema-validation", self.skip_schema_validation),
            ("--skip-tests", self.skip_tests),
        ] {
            if on {
                out.push(flag.to_owned());
            }
        }
        out
    }

    /// The command as it can be put into a shell.
    pub(super) fn shown(&self) -> String {
        let quoted = |argument: String| {
            // What stands for a file's real path holds no blank there.
            let real = argument.replace(OWN_VALUES, "").replace(ROOT, "");
            if argument.is_empty() {
                "\"\"".to_owned()
            } else if real.chars().any(char::is_whitespace) {
                go_quote(&argument)
            } else {
                argument
            }
        };
        let arguments: Vec<String> = self.list(true).into_iter().map(quoted).collect();
        // A checkout's folder is where the command is run.
        arguments.join(" ").replace(ROOT, ".")
    }

    /// Helm's words as the repo server passes them on.
    pub(super) fn failed(&self, words: &str) -> String {
        let command = self.list(false).join(" ");
        // Where the API versions stand last, the quote behind them goes with them.
        let quote = if command.ends_with(REMOVED) { "" } else { "`" };
        format!(
            "failed to execute helm template command: failed running helm: `{command}{quote} failed exit status 1: {}",
            words.trim()
        )
    }
}

/// `cleanSetParameters`: commas are escaped, save in what is written as a list.
pub(super) fn escaped_commas(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut before = '\0';
    for c in value.chars() {
        if c == ',' && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// `parseKubeVersion`: the numbers of a version alone.
pub(super) fn kube_version(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let wrap = |why: String| format!("could not parse kubernetes version {text}: {why}");
    let start = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    let start = start.strip_prefix('v').unwrap_or(start);
    let mut end = 0;
    let bytes = start.as_bytes();
    while end < bytes.len() {
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        if is_digit(end) || (bytes[end] == b'.' && end > 0 && is_digit(end - 1) && is_digit(end + 1)) {
            end += 1;
        } else {
            break;
        }
    }
    // What follows may hold no line break: `.` does not match one.
    let rest = start.get(end..).unwrap_or_default();
    if end == 0 || rest.contains('\n') {
        return Err(wrap(format!("could not parse {} as version", go_quote(text))));
    }
    let components: Vec<&str> = start.get(..end).unwrap_or_default().split('.').collect();
    if components.len() < 2 {
        return Err(wrap(format!("illegal version string {}", go_quote(text))));
    }
    let mut numbers = Vec::with_capacity(components.len());
    for (index, component) in components.iter().enumerate() {
        if index == 0 && component.starts_with('0') && *component != "0" {
            return Err(wrap(format!(
                "illegal zero-prefixed version component {} in {}",
                go_quote(component),
                go_quote(text)
            )));
        }
        let number: u64 = component.parse().map_err(|_| {
            wrap(format!(
                "illegal non-numeric version component {} in {}: strconv.ParseUint: parsing {}: value out of range",
                go_quote(component),
                go_quote(text),
                go_quote(component)
            ))
        })?;
        numbers.push(number.to_string());
    }
    Ok(numbers.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_lose_their_suffix() {
        for (text, want) in [
            ("v1.29.3-eks-1", "1.29.3"),
            ("1.29", "1.29"),
            ("", ""),
            (" 1.30.0+k3s1", "1.30.0"),
            ("1.08", "1.8"),
        ] {
            assert_eq!(kube_version(text).unwrap(), want);
        }
        assert_eq!(
            kube_version("abc").unwrap_err(),
            "could not parse kubernetes version abc: could not parse \"abc\" as version"
        );
        assert!(kube_version("1").unwrap_err().ends_with("illegal version string \"1\""));
    }

    #[test]
    fn commas_of_parameters() {
        assert_eq!(escaped_commas("a,b\\,c"), "a\\,b\\,c");
        assert_eq!(escaped_commas("{a,b}"), "{a,b}");
    }
}
