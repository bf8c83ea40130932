//! Revisions of real repositories, made by the `git` on the path.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use seatrial_source::{GitError, GitRepository, GitRevision, Limits, ReadErrorKind, Snapshot};

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(dir: &Path, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        let full = dir.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", "c"]);
    git(dir, &["rev-parse", "HEAD"])
}

fn paths(revision: &GitRevision) -> Vec<String> {
    revision.paths().iter().map(|path| path.to_string()).collect()
}

#[test]
fn revisions_resolve_as_people_name_them() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, &["init", "-q"]);
    let first = commit(root, &[("apps/a.yaml", "one\n"), ("b.yaml", "b\n")]);
    git(root, &["tag", "-a", "v1", "-m", "annotated"]);
    git(root, &["tag", "both"]);
    git(root, &["checkout", "-q", "-b", "feature/x"]);
    let second = commit(root, &[("apps/a.yaml", "two\n")]);
    git(root, &["branch", "both"]);

    let repo = GitRepository::open(root).unwrap();
    for (revision, expected) in [
        ("", &second),
        ("HEAD", &second),
        ("main", &first),
        ("v1", &first),
        ("refs/tags/v1", &first),
        ("feature/x", &second),
        ("both", &second),
        ("HEAD~1", &first),
        (&first, &first),
        (&second[..9], &second),
    ] {
        assert_eq!(repo.resolve(revision).as_ref(), Ok(expected), "{revision}");
    }
    assert_eq!(repo.resolve("nope"), Err(GitError::UnknownRevision("nope".into())));
    assert!(matches!(repo.resolve(&"0".repeat(40)), Err(GitError::UnknownRevision(_))));
    assert_eq!(repo.branches().unwrap(), ["both", "feature/x", "main"]);
    assert_eq!(repo.tags().unwrap(), ["both", "v1"]);

    let main = repo.snapshot("main").unwrap();
    assert_eq!(main.commit(), first);
    assert_eq!(paths(&main), ["apps/a.yaml", "b.yaml"]);
    assert_eq!(&*main.read("apps/a.yaml").unwrap().text, "one\n");
    assert_eq!(&*repo.snapshot("feature/x").unwrap().read("./apps//a.yaml").unwrap().text, "two\n");
    assert!(main.is_dir("apps"));
    assert_eq!(main.read("apps").unwrap_err().kind, ReadErrorKind::NotAFile);
    assert_eq!(main.read("apps/nope").unwrap_err().kind, ReadErrorKind::NotFound);
}

#[test]
fn bare_repositories_and_clones_know_their_branches() {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("work");
    fs::create_dir(&work).unwrap();
    git(&work, &["init", "-q"]);
    commit(&work, &[("a.yaml", "main\n")]);
    git(&work, &["checkout", "-q", "-b", "release"]);
    commit(&work, &[("a.yaml", "release\n")]);
    git(dir.path(), &["clone", "-q", "--bare", "work", "bare.git"]);
    git(dir.path(), &["clone", "-q", "--branch", "main", "work", "clone"]);

    let bare = GitRepository::open(&dir.path().join("bare.git")).unwrap();
    assert!(bare.work_tree().is_none());
    assert_eq!(&*bare.snapshot("main").unwrap().read("a.yaml").unwrap().text, "main\n");

    // A clone has `release` only as its remote's branch.
    let clone = GitRepository::discover(&dir.path().join("clone")).unwrap();
    assert_eq!(&*clone.snapshot("release").unwrap().read("a.yaml").unwrap().text, "release\n");
    assert_eq!(clone.branches().unwrap(), ["main", "release"]);
    assert!(clone.work_tree().is_some());
    git(
        &dir.path().join("clone"),
        &["remote", "set-url", "origin", "https://me:secret@git.example.org/a/b.git"],
    );
    let clone = GitRepository::open(&dir.path().join("clone")).unwrap();
    assert_eq!(clone.remotes(), [("origin".into(), "https://git.example.org/a/b.git".into())]);
    assert!(matches!(GitRepository::open(dir.path()), Err(GitError::NotARepository(_))));
}

#[test]
fn links_stay_in_the_tree_and_limits_hold() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, &["init", "-q"]);
    fs::create_dir_all(root.join("deep/er")).unwrap();
    let link = |target: &str, at: &str| std::os::unix::fs::symlink(target, root.join(at)).unwrap();
    link("../../real.yaml", "deep/er/up.yaml");
    link("../../../etc/passwd", "deep/er/out.yaml");
    link("/etc/passwd", "abs.yaml");
    link("loop-b", "loop-a");
    link("loop-a", "loop-b");
    link("deep/er", "short");
    commit(root, &[("real.yaml", "real\n"), ("big.yaml", &"x".repeat(100))]);
    let limits = Limits { max_file_bytes: 50, ..Limits::default() };
    let revision = GitRevision::open(root, "HEAD").unwrap().with_limits(limits);
    assert_eq!(&*revision.read("deep/er/up.yaml").unwrap().text, "real\n");
    assert_eq!(&*revision.read("short/up.yaml").unwrap().text, "real\n");
    let kind = |path: &str| revision.read(path).unwrap_err().kind;
    assert_eq!(kind("deep/er/out.yaml"), ReadErrorKind::OutsideRoot);
    assert_eq!(kind("abs.yaml"), ReadErrorKind::OutsideRoot);
    assert_eq!(kind("loop-a"), ReadErrorKind::LinkLoop);
    assert_eq!(kind("real.yaml/x"), ReadErrorKind::NotFound);
    assert_eq!(kind("big.yaml"), ReadErrorKind::TooLarge { size: 100, limit: 50 });
}

#[test]
fn a_damaged_repository_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, &["init", "-q"]);
    let id = commit(root, &[("a.yaml", "a\n")]);
    let blob = git(root, &["rev-parse", "HEAD:a.yaml"]);
    let object = root.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let revision = GitRevision::open(root, &id).unwrap();
    fs::remove_file(object).unwrap();
    assert!(matches!(revision.read("a.yaml").unwrap_err().kind, ReadErrorKind::Unreadable(_)));
}
