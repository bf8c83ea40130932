//! Writing back: whole files, kept permissions and encodings, and the refusals.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use seatrial_source::write::{self, Replacement, WriteErrorKind};
use seatrial_source::{Encoding, Snapshot, WorkTree};

fn names(dir: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn replaces_and_keeps_mode_and_encoding() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    fs::write(&path, Encoding::Utf16Be.encode("a: é\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let tree = WorkTree::open(dir.path()).unwrap();
    let file = tree.read("a.yaml").unwrap();
    write::replace(&path, &file, "a: ü\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), Encoding::Utf16Be.encode("a: ü\n"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(dir.path()), ["a.yaml"]);
}

#[test]
fn refuses_what_it_should_not_touch() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for name in ["changed.yaml", "gone.yaml", "link.yaml", "locked.yaml", "target.yaml"] {
        fs::write(at(name), "a: 1\n").unwrap();
    }
    fs::write(at("bad.yaml"), b"a: \xFF\n").unwrap();
    let tree = WorkTree::open(dir.path()).unwrap();
    let read = |name: &str| tree.read(name).unwrap();
    let files: Vec<_> =
        ["changed.yaml", "gone.yaml", "link.yaml", "locked.yaml", "bad.yaml"].map(|n| (n, read(n))).into();
    fs::write(at("changed.yaml"), "a: 2\n").unwrap();
    fs::remove_file(at("gone.yaml")).unwrap();
    fs::remove_file(at("link.yaml")).unwrap();
    symlink("target.yaml", at("link.yaml")).unwrap();
    fs::set_permissions(at("locked.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    let kinds: Vec<_> =
        files.iter().map(|(name, file)| write::replace(&at(name), file, "new").unwrap_err().kind).collect();
    assert_eq!(
        kinds,
        [
            WriteErrorKind::Changed,
            WriteErrorKind::NotFound,
            WriteErrorKind::SymbolicLink,
            WriteErrorKind::ReadOnly,
            WriteErrorKind::Undecodable,
        ]
    );
    assert_eq!(fs::read_to_string(at("changed.yaml")).unwrap(), "a: 2\n");
    assert_eq!(fs::read_to_string(at("target.yaml")).unwrap(), "a: 1\n");
    assert_eq!(names(dir.path()), ["bad.yaml", "changed.yaml", "link.yaml", "locked.yaml", "target.yaml"]);
}

#[test]
fn one_refusal_stops_all() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.yaml", "b.yaml"] {
        fs::write(dir.path().join(name), "old").unwrap();
    }
    let tree = WorkTree::open(dir.path()).unwrap();
    let plan: Vec<_> = ["a.yaml", "b.yaml"]
        .map(|name| Replacement {
            path: dir.path().join(name),
            read: tree.read(name).unwrap(),
            text: "new".into(),
        })
        .into();
    fs::write(dir.path().join("b.yaml"), "theirs").unwrap();
    let error = write::replace_all(&plan).unwrap_err();
    assert_eq!(error.kind, WriteErrorKind::Changed);
    assert!(error.to_string().ends_with("b.yaml: changed since it was read; not written"));
    assert_eq!(fs::read_to_string(dir.path().join("a.yaml")).unwrap(), "old");
    assert_eq!(names(dir.path()), ["a.yaml", "b.yaml"]);
}

#[test]
fn creates_but_never_overwrites() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("seatrial.yaml");
    write::create(&path, "a: 1\n").unwrap();
    assert_eq!(write::create(&path, "b").unwrap_err().kind, WriteErrorKind::Exists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a: 1\n");
    assert_eq!(write::create(&dir.path().join("no/such"), "b").unwrap_err().kind, WriteErrorKind::NotFound);
}
