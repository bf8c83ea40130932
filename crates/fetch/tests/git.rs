//! Git repositories behind `git http-backend`.

mod support;

use std::fs;

use seatrial_fetch::{Cache, Credentials, FetchError, Fetcher, Lock};

#[test]
fn revisions_as_argo_cd_resolves_them() {
    let root = tempfile::tempdir().unwrap();
    let work = root.path().join("work");
    fs::create_dir(&work).unwrap();
    support::git(&work, &["init", "-q"]);
    let commit = |name: &str| {
        fs::write(work.join("file"), name).unwrap();
        support::git(&work, &["add", "-A"]);
        support::git(&work, &["commit", "-qm", name]);
        support::git(&work, &["rev-parse", "HEAD"])
    };
    let first = commit("first");
    support::git(&work, &["tag", "v1.0.0"]);
    let second = commit("second");
    support::git(&work, &["tag", "-a", "-m", "annotated", "v1.1.0"]);
    support::git(&work, &["branch", "stable", &first]);
    support::git(root.path(), &["clone", "-q", "--bare", "work", "charts.git"]);
    let server = support::git_http(root.path().to_owned());
    let url = format!("http://{}/charts.git", server.address);
    let cache_folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(cache_folder.path());
    let online = Fetcher::new(cache.clone(), Lock::default(), Credentials::default(), true);
    for (revision, commit) in [
        ("", &second),
        ("HEAD", &second),
        ("main", &second),
        ("stable", &first),
        ("v1.0.0", &first),
        ("v1.1.0", &second),
        ("1.x", &second),
        ("~1.0.0", &first),
        (first.as_str(), &first),
    ] {
        assert_eq!(&online.repository(&url, revision).unwrap().commit, commit, "{revision}");
    }
    assert_eq!(
        online.repository(&url, "nope"),
        Err(FetchError::Missing("unable to resolve 'nope' to a commit SHA: revision not found".to_owned()))
    );
    // The branch moves on, and what is pinned stays: without the network.
    let lock = Lock::parse(&online.lock().to_text()).unwrap();
    commit("third");
    support::git(&work, &["push", "-q", "../charts.git", "main"]);
    let asked = server.requests();
    let offline = Fetcher::new(cache, lock.clone(), Credentials::default(), false);
    assert_eq!(offline.repository(&url, "main").unwrap().commit, second);
    assert_eq!(server.requests(), asked);
    assert!(matches!(offline.repository(&url, "other"), Err(FetchError::Offline(_))));
    // An empty cache gets the pinned commit.
    let other = tempfile::tempdir().unwrap();
    let again = Fetcher::new(Cache::at(other.path()), lock, Credentials::default(), true);
    let fetched = again.repository(&url, "main").unwrap();
    assert_eq!(fetched.commit, second);
    assert_eq!(support::git(&fetched.path, &["show", &format!("{second}:file")]), "second");
}

#[test]
fn what_fails_says_why_and_no_more() {
    let root = tempfile::tempdir().unwrap();
    let server = support::git_http(root.path().to_owned());
    let cache = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(Cache::at(cache.path()), Lock::default(), Credentials::default(), true);
    let url = format!("http://me:hush@{}/none.git", server.address);
    let error = fetcher.repository(&url, "main").unwrap_err().to_string();
    assert!(!error.contains("hush") && error.contains("not found"), "{error}");
    for url in ["--upload-pack=touch x", "ext::sh -c touch% x"] {
        assert!(fetcher.repository(url, "main").is_err(), "{url}");
    }
}
