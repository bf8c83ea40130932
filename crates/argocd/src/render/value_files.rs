//! Which files a Helm source's `valueFiles` and `fileParameters` mean.

use std::collections::{BTreeMap, BTreeSet};

use super::checkout::{Checkout, shown_root};
use super::env::Env;
use super::stop::Stop;
use super::tree::{Missing, Node, clean, join};
use crate::glob::doublestar;
use crate::strategicpatch::go_quote;

/// How many links one value file may be behind.
const MAX_LINKS: usize = 10;
/// How many files one pattern may match.
const MAX_MATCHES: usize = 10_000;

/// A file that Helm is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resolved {
    /// An address, which is fetched.
    Remote(String),
    /// A path in a checkout: the source's own, or one that it refers to by its `$name`.
    Local(Option<String>, String),
}

impl Resolved {
    /// As it stands on Helm's command line.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Remote(url) => url.clone(),
            Self::Local(_, path) => shown_root(path),
        }
    }
}

/// Where value files are looked for.
pub(super) struct Places<'a, 'w> {
    /// The source's own checkout.
    pub(super) own: &'a Checkout<'w>,
    /// The source's folder in it.
    pub(super) folder: &'a str,
    /// Checkouts of sources that can be referred to, by `$name`.
    pub(super) refs: &'a BTreeMap<String, Checkout<'w>>,
    /// The build environment.
    pub(super) env: &'a Env,
    /// The schemes that addresses may have.
    pub(super) schemes: &'a [String],
}

impl<'w> Places<'_, 'w> {
    /// The checkout of a resolved file.
    pub(super) fn checkout(&self, name: Option<&str>) -> &Checkout<'w> {
        name.and_then(|name| self.refs.get(name)).unwrap_or(self.own)
    }

    /// The files of `valueFiles` in the order Helm gets them. `patterns` says whether this Argo CD knows globs.
    pub(super) fn value_files(
        &self,
        raw: &[&str],
        ignore_missing: bool,
        patterns: bool,
        missing: &mut Vec<&'static str>,
    ) -> Result<Vec<Resolved>, Stop> {
        let explicit: BTreeSet<Resolved> = raw
            .iter()
            .filter_map(|raw| self.resolve(raw, &mut Vec::new()).ok())
            .filter(|resolved| !is_pattern(resolved))
            .collect();
        let mut found: Vec<Resolved> = Vec::new();
        let mut seen = BTreeSet::new();
        for raw in raw {
            let wrap = |stop: Stop| stop.wrap("error resolving value file path");
            let resolved = self.resolve(raw, missing).map_err(wrap)?;
            let mut add = |resolved: Resolved| {
                if !patterns || seen.insert(resolved.clone()) {
                    found.push(resolved);
                }
            };
            match &resolved {
                Resolved::Local(name, path) if patterns && is_pattern(&resolved) => {
                    let checkout = self.checkout(name.as_deref());
                    let matches = matching(checkout, path).map_err(|stop| {
                        stop.wrap(&format!("error expanding glob pattern {}", go_quote(raw)))
                    })?;
                    if matches.is_empty() && !ignore_missing {
                        let text = format!("values file glob {} matched no files", go_quote(raw));
                        return Err(Stop::fault(text).code("NotFound"));
                    }
                    within_root(checkout, &matches)
                        .map_err(|stop| stop.wrap(&format!("glob pattern {}", go_quote(raw))))?;
                    for path in matches {
                        let resolved = Resolved::Local(name.clone(), path);
                        if !explicit.contains(&resolved) {
                            add(resolved);
                        }
                    }
                }
                Resolved::Local(name, path) => {
                    let there = self.checkout(name.as_deref()).tree.follow(path);
                    if ignore_missing && matches!(there, Err(Missing::Nothing)) {
                        continue;
                    }
                    add(resolved);
                }
                Resolved::Remote(_) => add(resolved),
            }
        }
        Ok(found)
    }

    /// The file of a `fileParameters` entry.
    pub(super) fn parameter_file(
        &self,
        raw: &str,
        missing: &mut Vec<&'static str>,
    ) -> Result<Resolved, Stop> {
        let what = if self.reference(raw).is_some() {
            "error resolving set-file path"
        } else {
            "error resolving helm value file path"
        };
        self.resolve(raw, missing).map_err(|stop| stop.wrap(what))
    }

    /// The source that a path beginning with `$name` refers to.
    fn reference<'r>(&self, raw: &'r str) -> Option<&'r str> {
        let name = raw.split('/').next().filter(|name| name.starts_with('$'))?;
        self.refs.contains_key(name).then_some(name)
    }

    fn resolve(&self, raw: &str, missing: &mut Vec<&'static str>) -> Result<Resolved, Stop> {
        let Some(name) = self.reference(raw) else {
            return self.resolve_in(None, self.own, self.folder, &self.env.substitute(raw, missing));
        };
        // Variables are put in once the reference is taken off.
        let rest = raw.get(name.len()..).unwrap_or_default();
        let rest = self.env.substitute(rest, missing);
        self.resolve_in(Some(name.to_owned()), self.checkout(Some(name)), "", &rest)
            .map_err(|stop| stop.wrap("error resolving value file path"))
    }

    /// `ResolveValueFilePathOrUrl`: relative to a folder, absolute means the root; the last part's links are followed.
    fn resolve_in(
        &self,
        name: Option<String>,
        checkout: &Checkout<'_>,
        folder: &str,
        file: &str,
    ) -> Result<Resolved, Stop> {
        if let Some(scheme) = scheme(file) {
            return if self.schemes.iter().any(|allowed| allowed.eq_ignore_ascii_case(&scheme)) {
                Ok(Resolved::Remote(file.to_owned()))
            } else {
                Err(Stop::fault(format!("the URL scheme '{scheme}' is not allowed")))
            };
        }
        let failure = || Stop::fault("internal error: failed to resolve path. Check logs for more details");
        let base = if file.starts_with('/') { "" } else { folder };
        let (mut path, mut escaped) = clean(base, file);
        let mut links = 0;
        while !escaped {
            let Ok((_, Node::Link(text))) = checkout.tree.look(&path) else { break };
            if links == MAX_LINKS {
                return Err(failure());
            }
            links += 1;
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            (path, escaped) = clean(parent, text);
        }
        if escaped {
            return Err(Stop::fault(format!("file '{file}' resolved to outside repository root")));
        }
        if path.is_empty() {
            return Err(failure());
        }
        Ok(Resolved::Local(name, path))
    }
}

/// Whether a text is an address that Helm fetches by itself.
pub(super) fn is_http(text: &str) -> bool {
    scheme(text).is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"))
}

fn is_pattern(resolved: &Resolved) -> bool {
    matches!(resolved, Resolved::Local(_, path) if path.contains(['*', '?', '[']))
}

/// The scheme of a text that Go's `url.Parse` takes for an address.
fn scheme(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let mut chars = scheme.chars();
    let well_formed = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let escapes = |text: &str| {
        text.split('%').skip(1).all(|after| {
            let digits = after.as_bytes();
            digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
        })
    };
    let parses = well_formed && !text.bytes().any(|b| b < 0x20 || b == 0x7f) && escapes(rest);
    parses.then(|| scheme.to_ascii_lowercase())
}

/// `doublestar.FilepathGlob` below the root of a checkout.
fn matching(checkout: &Checkout<'_>, pattern: &str) -> Result<Vec<String>, Stop> {
    let bad = || Stop::fault("syntax error in pattern");
    doublestar::matches(pattern, "").map_err(|_| bad())?;
    let alternatives = if alternatives_across_folders(pattern) {
        doublestar::alternatives(pattern).map_err(|_| bad())?
    } else {
        vec![pattern.to_owned()]
    };
    let several = alternatives.len() > 1;
    let mut found = Vec::new();
    for pattern in alternatives {
        let segments: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
        found.extend(expand(checkout, &segments, true)?);
    }
    if several {
        found.sort();
        found.dedup();
    }
    Ok(found)
}

/// Whether `{a/b,c}` spans folders.
fn alternatives_across_folders(pattern: &str) -> bool {
    let mut depth = 0_usize;
    for c in pattern.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth > 0 => return true,
            _ => {}
        }
    }
    false
}

fn expand(checkout: &Checkout<'_>, segments: &[&str], last: bool) -> Result<Vec<String>, Stop> {
    let Some((segment, before)) = segments.split_last() else { return Ok(vec![String::new()]) };
    let mut found = Vec::new();
    for folder in expand(checkout, before, false)? {
        let Ok((real, Node::Folder)) = checkout.tree.follow(&folder) else { continue };
        if *segment == "**" {
            below(checkout, &folder, &real, last, 0, &mut found)?;
            continue;
        }
        for name in checkout.tree.names(&real) {
            let path = join(&folder, name);
            let matched = doublestar::matches(segment, name).unwrap_or(false);
            if matched && (last || matches!(checkout.tree.follow(&path), Ok((_, Node::Folder)))) {
                found.push(path);
            }
        }
        bounded(found.len())?;
    }
    Ok(found)
}

/// A folder and all below it.
fn below(
    checkout: &Checkout<'_>,
    folder: &str,
    real: &str,
    files: bool,
    depth: usize,
    found: &mut Vec<String>,
) -> Result<(), Stop> {
    found.push(folder.to_owned());
    bounded(found.len().max(if depth > 200 { MAX_MATCHES + 1 } else { 0 }))?;
    for name in checkout.tree.names(real) {
        let path = join(folder, name);
        match checkout.tree.follow(&path) {
            Ok((real, Node::Folder)) => below(checkout, &path, &real, files, depth + 1, found)?,
            _ if files => found.push(path),
            _ => {}
        }
    }
    Ok(())
}

fn bounded(count: usize) -> Result<(), Stop> {
    if count <= MAX_MATCHES {
        return Ok(());
    }
    Err(Stop::Unknown(format!("the value files of a pattern that matches more than {MAX_MATCHES} files")))
}

/// `verifyGlobMatchesWithinRoot`: a match that leads nowhere is a fault.
fn within_root(checkout: &Checkout<'_>, matches: &[String]) -> Result<(), Stop> {
    for path in matches {
        if let Err(why) = checkout.tree.follow(path) {
            let shown = go_quote(&shown_root(path));
            let why = checkout.evaluating(path, why);
            return Err(Stop::fault(format!("error resolving symlink for glob match {shown}: {why}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_as_go_finds_them() {
        assert_eq!(scheme("https://x/y.yaml").as_deref(), Some("https"));
        assert_eq!(scheme("File:a"), Some("file".to_owned()));
        for text in ["values.yaml", "a/b:c", "1a:b", ":x", "https://x/%zz"] {
            assert_eq!(scheme(text), None, "{text}");
        }
    }
}
