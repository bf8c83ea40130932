//! Work trees as they are met: ignore files, links, encodings, sizes, things that cannot be read.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use seatrial_source::{Encoding, Limits, ReadErrorKind, Snapshot, WorkTree};

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(dir.path(), path, text);
    }
    dir
}

fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let full = root.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, text).unwrap();
}

fn paths(tree: &WorkTree) -> Vec<String> {
    tree.paths().iter().map(|path| path.to_string()).collect()
}

#[test]
fn lists_sorted_without_git_and_ignored_files() {
    let dir = tree(&[
        ("b.yaml", ""),
        ("a/z.yaml", ""),
        ("a-b.yaml", ""),
        (".hidden/x.yaml", ""),
        (".git/config", ""),
        ("sub/.git/config", ""),
        ("build/out.yaml", ""),
        ("keep/build/in.yaml", ""),
        (".gitignore", "/build/\n*.log\n"),
        ("x.log", ""),
    ]);
    let tree = WorkTree::open(dir.path()).unwrap();
    let expected = [".gitignore", ".hidden/x.yaml", "a-b.yaml", "a/z.yaml", "b.yaml", "keep/build/in.yaml"];
    assert_eq!(paths(&tree), expected);
    assert!(tree.problems().is_empty());
    // Ignored is not hidden: what is named is read.
    assert!(tree.exists("build/out.yaml"));
    assert_eq!(&*tree.read("build/out.yaml").unwrap().text, "");
}

#[test]
fn ignore_files_above_the_root_count_inside_a_repository_only() {
    let dir = tree(&[(".gitignore", "*.gen.yaml\n"), ("apps/a.gen.yaml", ""), ("apps/b.yaml", "")]);
    assert_eq!(paths(&WorkTree::open(&dir.path().join("apps")).unwrap()), ["a.gen.yaml", "b.yaml"]);
    fs::create_dir(dir.path().join(".git")).unwrap();
    assert_eq!(paths(&WorkTree::open(&dir.path().join("apps")).unwrap()), ["b.yaml"]);
}

#[test]
fn links_never_lead_out() {
    let outside = tree(&[("secret.yaml", "token: 1"), ("dir/x.yaml", "")]);
    let dir = tree(&[("real/a.yaml", "a: 1")]);
    let root = dir.path();
    symlink(outside.path().join("secret.yaml"), root.join("out.yaml")).unwrap();
    symlink(outside.path().join("dir"), root.join("outdir")).unwrap();
    symlink("real/a.yaml", root.join("in.yaml")).unwrap();
    symlink("real", root.join("indir")).unwrap();
    symlink("loop-b.yaml", root.join("loop-a.yaml")).unwrap();
    symlink("loop-a.yaml", root.join("loop-b.yaml")).unwrap();
    symlink("..", root.join("real/up")).unwrap();
    symlink("gone.yaml", root.join("broken.yaml")).unwrap();

    for listed_first in [false, true] {
        let tree = WorkTree::open(root).unwrap();
        if listed_first {
            let expected =
                ["broken.yaml", "in.yaml", "loop-a.yaml", "loop-b.yaml", "out.yaml", "real/a.yaml"];
            assert_eq!(paths(&tree), expected);
        }
        let kind = |path: &str| tree.read(path).unwrap_err().kind;
        assert_eq!(kind("out.yaml"), ReadErrorKind::OutsideRoot);
        assert_eq!(kind("outdir/x.yaml"), ReadErrorKind::OutsideRoot);
        assert_eq!(kind("../anything"), ReadErrorKind::OutsideRoot);
        assert_eq!(kind("/etc/passwd"), ReadErrorKind::OutsideRoot);
        assert_eq!(kind("loop-a.yaml"), ReadErrorKind::LinkLoop);
        assert_eq!(kind("broken.yaml"), ReadErrorKind::NotFound);
        assert_eq!(kind("real"), ReadErrorKind::NotAFile);
        assert_eq!(kind("real/a.yaml/x"), ReadErrorKind::NotFound);
        assert_eq!(&*tree.read("in.yaml").unwrap().text, "a: 1");
        assert_eq!(&*tree.read("indir/a.yaml").unwrap().text, "a: 1");
        assert_eq!(&*tree.read("real/up/real/up/real/a.yaml").unwrap().text, "a: 1");
        assert!(!tree.exists("out.yaml"));
    }
}

#[test]
fn unreadable_things_are_named_and_the_rest_is_read() {
    let dir = tree(&[("ok.yaml", "a: 1"), ("locked/x.yaml", "b: 1"), ("no.yaml", "c: 1")]);
    fs::set_permissions(dir.path().join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(dir.path().join("no.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    let tree = WorkTree::open(dir.path()).unwrap();
    let listed = paths(&tree);
    // Root may read anything; everyone else meets the refusals.
    if fs::read(dir.path().join("no.yaml")).is_err() {
        assert_eq!(listed, ["no.yaml", "ok.yaml"]);
        let problems = tree.problems();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "locked");
        assert_eq!(problems[0].kind, ReadErrorKind::Unreadable("permission denied".into()));
        assert_eq!(
            tree.read("no.yaml").unwrap_err().kind,
            ReadErrorKind::Unreadable("permission denied".into())
        );
    }
    assert_eq!(&*tree.read("ok.yaml").unwrap().text, "a: 1");
    fs::set_permissions(dir.path().join("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn pipes_are_not_opened() {
    let dir = tree(&[("a.yaml", "")]);
    let status = std::process::Command::new("mkfifo").arg(dir.path().join("p.yaml")).status();
    if status.is_ok_and(|status| status.success()) {
        let tree = WorkTree::open(dir.path()).unwrap();
        assert_eq!(paths(&tree), ["a.yaml"]);
        assert_eq!(tree.read("p.yaml").unwrap_err().kind, ReadErrorKind::NotAFile);
    }
}

#[test]
fn large_files_are_refused_and_a_long_line_is_not_slow() {
    let dir = tree(&[]);
    let file = fs::File::create(dir.path().join("huge.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    put(dir.path(), "line.yaml", "é".repeat(4 << 20));
    let tree = WorkTree::open(dir.path()).unwrap();
    assert_eq!(
        tree.read("huge.yaml").unwrap_err().kind,
        ReadErrorKind::TooLarge { size: 100 << 20, limit: 32 << 20 }
    );
    let line = tree.read("line.yaml").unwrap();
    assert_eq!(line.line_col(8 << 20).column, (4 << 20) + 1);
    let limits = Limits { max_file_bytes: 3, max_files: 1 };
    let tree = WorkTree::open(dir.path()).unwrap().with_limits(limits);
    assert_eq!(paths(&tree), ["huge.yaml"]);
    assert_eq!(tree.problems()[0].kind, ReadErrorKind::TooManyFiles { limit: 1 });
}

#[test]
fn encodings_are_kept() {
    let dir = tree(&[]);
    put(dir.path(), "le.yaml", Encoding::Utf16Le.encode("kind: é\n"));
    put(dir.path(), "bom.yaml", Encoding::Utf8Bom.encode("kind: é\n"));
    put(dir.path(), "bad.yaml", b"kind: \xFF\n");
    let tree = WorkTree::open(dir.path()).unwrap();
    for (path, encoding) in [("le.yaml", Encoding::Utf16Le), ("bom.yaml", Encoding::Utf8Bom)] {
        let file = tree.read(path).unwrap();
        assert_eq!((file.encoding, &*file.text), (encoding, "kind: é\n"));
        assert!(tree.contains_any(path, &["kind: é"]).unwrap());
    }
    assert_eq!(tree.read("bad.yaml").unwrap().invalid_at, Some(6));
}

#[test]
fn what_was_read_stays_as_it_was() {
    let dir = tree(&[("a.yaml", "one")]);
    let tree = WorkTree::open(dir.path()).unwrap();
    let first = tree.read("a.yaml").unwrap();
    put(dir.path(), "a.yaml", "two");
    fs::remove_file(dir.path().join("a.yaml")).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &tree.read("a.yaml").unwrap()));
    assert_eq!(tree.bytes("a.yaml").unwrap_err().kind, ReadErrorKind::NotFound);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_never_torn() {
    let dir = tree(&[("a.yaml", "")]);
    let path = dir.path().join("a.yaml");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0usize;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                n += 1;
                fs::write(&path, format!("{}\n", n % 10).repeat(40_000)).unwrap();
            }
        });
        for _ in 0..200 {
            let tree = WorkTree::open(dir.path()).unwrap();
            match tree.read("a.yaml") {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind, ReadErrorKind::Changed),
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn labels_tell_trees_apart() {
    let (one, two) = (tree(&[("Chart.yaml", "1")]), tree(&[("Chart.yaml", "2")]));
    let first = WorkTree::open(one.path()).unwrap();
    let second = WorkTree::open(two.path())
        .unwrap()
        .sharing(std::sync::Arc::clone(first.files()))
        .with_label("../charts/");
    let (a, b) = (first.read("Chart.yaml").unwrap(), second.read("Chart.yaml").unwrap());
    assert_ne!(a.id, b.id);
    assert_eq!(&*b.path, "../charts/Chart.yaml");
    assert_eq!(second.local_path(&b.path).as_deref(), Some("Chart.yaml"));
    assert_eq!(first.relative(&one.path().join("new.yaml")).as_deref(), Some("new.yaml"));
    assert_eq!(first.relative(&two.path().join("new.yaml")), None);
}
