//! Git repositories, by `git` itself, which finds keys and credentials as people have set it up.

use std::path::Path;
use std::process::{Command, Stdio};

use seatrial_argocd::versions::{is_version, max_version};

use crate::error::{FetchError, without_logins};

/// Fetches all branches and tags of a repository into a bare one.
pub(crate) fn fetch(url: &str, into: &Path) -> Result<(), FetchError> {
    if url.starts_with('-') {
        return Err(FetchError::Failed("an address begins with a dash".to_owned()));
    }
    if !into.join("HEAD").exists() {
        std::fs::create_dir_all(into)
            .map_err(|error| FetchError::Failed(format!("{}: {error}", into.display())))?;
        git(into, &["init", "--quiet", "--bare", "."])?;
    }
    git(
        into,
        &[
            "fetch",
            "--quiet",
            "--prune",
            "--force",
            "--no-write-fetch-head",
            "--",
            url,
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ],
    )?;
    // Which branch `HEAD` is.
    let heads = git(into, &["ls-remote", "--symref", "--", url, "HEAD"])?;
    let branch = heads.lines().find_map(|line| line.strip_prefix("ref: ")?.split('\t').next());
    if let Some(branch) = branch.filter(|branch| branch.starts_with("refs/heads/")) {
        git(into, &["symbolic-ref", "HEAD", branch])?;
    }
    Ok(())
}

/// Fetches one commit that no branch or tag leads to.
pub(crate) fn fetch_commit(url: &str, into: &Path, commit: &str) -> Result<(), FetchError> {
    git(into, &["fetch", "--quiet", "--no-write-fetch-head", "--", url, commit]).map(|_| ())
}

/// The commit that a revision means, as Argo CD resolves it: a whole hash, the highest tag within a range, a branch, a tag.
pub(crate) fn resolve(repository: &Path, revision: &str) -> Option<String> {
    let parse = |name: &str| {
        let commit = git(repository, &["rev-parse", "--verify", "--quiet", "--end-of-options", name]).ok()?;
        Some(commit.trim().to_owned()).filter(|commit| is_commit(commit))
    };
    if is_commit(revision) {
        return parse(&format!("{revision}^{{commit}}"));
    }
    let tags = git(repository, &["for-each-ref", "--format=%(refname:strip=2)", "refs/tags"]).ok()?;
    let range = (!revision.is_empty() && !is_version(revision))
        .then(|| max_version(revision, tags.lines(), "").ok())
        .flatten();
    match range.as_deref().unwrap_or(revision) {
        "" | "HEAD" => parse("HEAD^{commit}"),
        name if name.starts_with("refs/") => parse(&format!("{name}^{{commit}}")),
        name => parse(&format!("refs/heads/{name}^{{commit}}"))
            .or_else(|| parse(&format!("refs/tags/{name}^{{commit}}"))),
    }
}

/// Whether a text is a whole hash.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn git(repository: &Path, arguments: &[&str]) -> Result<String, FetchError> {
    let mut command = Command::new("git");
    command
        .args(["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(repository)
        .env("GIT_DIR", ".")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        // Nobody is there to be asked.
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| FetchError::Failed(format!("git: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(FetchError::Failed(without_logins(words.trim())))
}
