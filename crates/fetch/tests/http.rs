//! A chart repository over HTTP, with a password.

mod support;

use std::fs;
use std::sync::{Arc, Mutex};

use seatrial_argocd::{ChartRequest, RepoAnswer};
use seatrial_fetch::{Cache, Credentials, FetchError, Fetcher, Lock};
use seatrial_platform::Remote;
use support::demo;

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for version in ["1.0.0", "1.2.0"] {
        fs::write(folder.path().join(format!("demo-{version}.tgz")), support::archive(version)).unwrap();
    }
    let index = "apiVersion: v1\nentries:\n  demo:\n    - {name: demo, version: 1.2.0, urls: [demo-1.2.0.tgz]}\n    - {name: demo, version: 1.0.0, urls: [demo-1.0.0.tgz]}\n";
    fs::write(folder.path().join("index.yaml"), index).unwrap();
    folder
}

fn login(address: &str) -> Credentials {
    let mut credentials = Credentials::default();
    credentials.add(address, "me", "secret");
    credentials
}

#[test]
fn fetched_once_and_then_from_the_cache() {
    let (folder, cache) = (repository(), tempfile::tempdir().unwrap());
    let server = support::files(folder.path().to_owned(), false);
    let url = format!("http://{}", server.address);
    let cache = Cache::at(cache.path());
    let online = Fetcher::new(cache.clone(), Lock::default(), login(&server.address), true);
    let first = online.chart(&demo(&url, "1.x")).unwrap();
    assert_eq!(first.version, "1.2.0");
    let lock = Lock::parse(&online.lock().to_text()).unwrap();
    // The next run needs neither the network nor the password.
    let asked = server.requests();
    let offline = Fetcher::new(cache.clone(), lock.clone(), Credentials::default(), false);
    assert_eq!(offline.chart(&demo(&url, "1.x")), Ok(first));
    assert_eq!(server.requests(), asked);
    assert!(matches!(offline.chart(&demo(&url, "1.0.0")), Err(FetchError::Offline(_))));
    // An empty cache is filled with what the lock file pins, though the range means another version by now.
    fs::write(folder.path().join("demo-1.3.0.tgz"), support::archive("1.3.0")).unwrap();
    let other = tempfile::tempdir().unwrap();
    let again = Fetcher::new(Cache::at(other.path()), lock.clone(), login(&server.address), true);
    assert_eq!(again.chart(&demo(&url, "1.x")).unwrap().version, "1.2.0");
    // What has changed on the server is refused.
    fs::write(folder.path().join("demo-1.2.0.tgz"), b"something else").unwrap();
    let other = tempfile::tempdir().unwrap();
    let again = Fetcher::new(Cache::at(other.path()), lock, login(&server.address), true);
    assert!(matches!(again.chart(&demo(&url, "1.x")), Err(FetchError::Changed { .. })));
}

#[test]
fn no_message_tells_a_password() {
    let folder = repository();
    let server = support::files(folder.path().to_owned(), false);
    let cache = tempfile::tempdir().unwrap();
    let fetch = |url: &str, credentials: Credentials, chart: &str, wanted: &str| {
        let fetcher = Fetcher::new(Cache::at(cache.path()), Lock::default(), credentials, true);
        let answer = fetcher.chart(&ChartRequest { chart, ..demo(url, wanted) });
        assert!(!fetcher.lock().to_text().contains("secret"));
        answer.map(|chart| chart.version).map_err(|error| error.to_string())
    };
    let url = format!("http://me:secret@{}", server.address);
    assert_eq!(fetch(&url, Credentials::default(), "demo", "1.0.0").unwrap(), "1.0.0");
    let wrong = format!("http://me:hush@{}", server.address);
    let error = fetch(&wrong, Credentials::default(), "demo", "1.0.0").unwrap_err();
    assert!(error.contains("401") && !error.contains("hush") && !error.contains("me:"), "{error}");
    let gone = "http://me:hush@127.0.0.1:1";
    let error = fetch(gone, Credentials::default(), "demo", "1.0.0").unwrap_err();
    assert!(!error.contains("hush"), "{error}");
    assert_eq!(
        fetch(&url, Credentials::default(), "demo", "2.x").unwrap_err(),
        "invalid revision: version matching constraint not found in 2 tags"
    );
    assert_eq!(
        fetch(&url, Credentials::default(), "other", "1.x").unwrap_err(),
        "chart 'other' not found in index"
    );
}

/// A server that has an archive for everyone, and what each request for it had as `Authorization`.
fn listening() -> (support::Server, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let server = support::Server::start(move |request| {
        heard.lock().unwrap().push(request.header("authorization").to_owned());
        (200, String::new(), support::archive("1.0.0"))
    });
    (server, told)
}

/// What is fetched with the password of a repository's server.
fn fetched(server: &support::Server, version: &str, pass_credentials: bool) -> String {
    let cache = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(Cache::at(cache.path()), Lock::default(), login(&server.address), true);
    let url = format!("http://{}", server.address);
    fetcher.chart(&ChartRequest { pass_credentials, ..demo(&url, version) }).unwrap().version
}

#[test]
fn a_password_goes_to_its_own_server_only() {
    let (elsewhere, told) = listening();
    let folder = repository();
    let index = format!(
        "apiVersion: v1\nentries:\n  demo:\n    - {{name: demo, version: 1.0.0, urls: ['http://{}/demo-1.0.0.tgz']}}\n",
        elsewhere.address
    );
    fs::write(folder.path().join("index.yaml"), index).unwrap();
    let server = support::files(folder.path().to_owned(), false);
    // The other server differs in its port alone.
    assert_eq!(fetched(&server, "1.0.0", false), "1.0.0");
    assert_eq!(server.requests(), 1);
    assert_eq!(*told.lock().unwrap(), [""]);
    // Unless the source has `helm.passCredentials`.
    assert_eq!(fetched(&server, "1.0.0", true), "1.0.0");
    assert_eq!(*told.lock().unwrap(), ["", "Basic bWU6c2VjcmV0"]);
}

#[test]
fn a_whole_address_of_its_own_server_gets_the_password() {
    let folder = repository();
    let files = folder.path().to_owned();
    let server = support::Server::start(move |request| {
        assert_eq!(request.header("authorization"), "Basic bWU6c2VjcmV0");
        if request.path == "/index.yaml" {
            let host = request.header("host");
            let index = format!(
                "apiVersion: v1\nentries:\n  demo:\n    - {{name: demo, version: 1.0.0, urls: ['http://{host}/demo-1.0.0.tgz']}}\n"
            );
            return (200, String::new(), index.into_bytes());
        }
        (200, String::new(), fs::read(files.join("demo-1.0.0.tgz")).unwrap())
    });
    assert_eq!(fetched(&server, "1.0.0", false), "1.0.0");
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_redirect_takes_a_password_to_its_own_host_only() {
    let (elsewhere, told) = listening();
    let port = elsewhere.address.rsplit(':').next().unwrap().to_owned();
    let folder = repository();
    let files = folder.path().to_owned();
    let server = support::Server::start(move |request| {
        assert_eq!(request.header("authorization"), "Basic bWU6c2VjcmV0");
        match request.path.as_str() {
            "/demo-1.0.0.tgz" => {
                (302, format!("Location: http://localhost:{port}/demo-1.0.0.tgz\r\n"), Vec::new())
            }
            "/demo-1.2.0.tgz" => (302, "Location: /moved/demo-1.2.0.tgz\r\n".to_owned(), Vec::new()),
            path => {
                let name = path.rsplit('/').next().unwrap();
                (200, String::new(), fs::read(files.join(name)).unwrap())
            }
        }
    });
    assert_eq!(fetched(&server, "1.2.0", false), "1.2.0");
    assert_eq!(server.requests(), 3);
    assert_eq!(fetched(&server, "1.0.0", false), "1.0.0");
    assert_eq!(server.requests(), 5);
    assert_eq!(*told.lock().unwrap(), [String::new()]);
}

#[test]
fn values_files_are_fetched_once_pinned_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    fs::write(&file, "replicas: 2\n").unwrap();
    let server = support::files(folder.path().to_owned(), false);
    let cache = tempfile::tempdir().unwrap();
    let fetcher = |cache: &tempfile::TempDir, lock: &Lock, online| {
        // A login that is at hand for the server is the repository's, and not told for a values file.
        Fetcher::new(Cache::at(cache.path()), lock.clone(), login(&server.address), online)
    };
    let online = fetcher(&cache, &Lock::default(), true);
    let url = format!("http://me:secret@{}/values.yaml", server.address);
    assert_eq!(online.values_file(&url).unwrap(), b"replicas: 2\n");
    assert_eq!(online.values_file(&url).unwrap(), b"replicas: 2\n");
    assert_eq!(server.requests(), 1);
    let plain = format!("http://{}/values.yaml", server.address);
    let closed = fetcher(&tempfile::tempdir().unwrap(), &Lock::default(), true).values_file(&plain);
    assert!(matches!(&closed, Err(FetchError::Failed(why)) if why.contains("401")), "{closed:?}");
    // What is not there is a fault in Helm's words; who asked is not told.
    let none = format!("http://me:secret@{}/none.yaml", server.address);
    let words = format!("failed to fetch http://{}/none.yaml : 404 Not Found", server.address);
    assert_eq!(online.values_file(&none), Err(FetchError::Missing(words.clone())));
    let RepoAnswer::Error(said) = Remote::values_file(&online, &none) else { panic!("no error") };
    assert_eq!(said, words);
    let lock = Lock::parse(&online.lock().to_text()).unwrap();
    assert!(!lock.to_text().contains("secret"));
    // Pinned: it is had without the network, and what has changed is refused.
    fs::write(&file, "replicas: 3\n").unwrap();
    assert_eq!(fetcher(&cache, &lock, false).values_file(&url).unwrap(), b"replicas: 2\n");
    let other = tempfile::tempdir().unwrap();
    assert!(matches!(fetcher(&other, &lock, true).values_file(&url), Err(FetchError::Changed { .. })));
    assert!(matches!(fetcher(&other, &lock, false).values_file(&url), Err(FetchError::Offline(_))));
}
