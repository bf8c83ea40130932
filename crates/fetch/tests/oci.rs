//! Charts in a real registry: Debian's `docker-registry`, behind a password.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use seatrial_fetch::{Cache, Credentials, FetchError, Fetcher, Lock};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::demo;

/// `me` and `secret`, as htpasswd writes them.
const USERS: &str = "me:$2a$10$CuuywUOu1K.bO37TyWk7beUAToXedM6GHA1fyfJ3gzFrJkYspOqGe";

struct Registry {
    child: Child,
    address: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Registry {
    fn start(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let users = folder.join("users");
        fs::write(&users, USERS).unwrap();
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\nauth:\n  htpasswd: {{realm: charts, path: {}}}\n",
            folder.join("storage").display(),
            users.display()
        );
        let file = folder.join("config.yml");
        fs::write(&file, config).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is installed");
        let registry = Self { child, address: format!("127.0.0.1:{port}") };
        for _ in 0..500 {
            if std::net::TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the registry does not start");
    }

    fn blob(&self, name: &str, bytes: &[u8]) -> serde_json::Value {
        let digest = digest(bytes);
        let url = format!("http://{}/v2/{name}/blobs/uploads/", self.address);
        let begun = ureq::post(&url).header("Authorization", "Basic bWU6c2VjcmV0").send_empty().unwrap();
        let place = begun.headers().get("location").unwrap().to_str().unwrap().to_owned();
        let joint = if place.contains('?') { '&' } else { '?' };
        put(&format!("{place}{joint}digest={digest}"), "application/octet-stream", bytes);
        json!({"digest": digest, "size": bytes.len()})
    }

    /// Pushes a chart as `helm push` does.
    fn push(&self, name: &str, version: &str) {
        let mut layer = self.blob(name, &support::archive(version));
        layer["mediaType"] = "application/vnd.cncf.helm.chart.content.v1.tar+gzip".into();
        let text = json!({"name": "demo", "version": version, "apiVersion": "v2"}).to_string();
        let mut config = self.blob(name, text.as_bytes());
        config["mediaType"] = "application/vnd.cncf.helm.config.v1+json".into();
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer],
        });
        let tag = version.replace('+', "_");
        let url = format!("http://{}/v2/{name}/manifests/{tag}", self.address);
        put(&url, media_type, manifest.to_string().as_bytes());
    }
}

fn put(url: &str, media_type: &str, bytes: &[u8]) {
    let request = ureq::put(url).header("Authorization", "Basic bWU6c2VjcmV0");
    let answer = request.header("Content-Type", media_type).send(bytes).unwrap();
    assert_eq!(answer.status().as_u16(), 201);
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
#[ignore = "needs docker-registry, a package of Debian"]
fn charts_of_a_registry() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(folder.path());
    for version in ["1.0.0", "1.2.0+build.5", "2.0.0"] {
        registry.push("team/charts/demo", version);
    }
    let mut login = Credentials::default();
    login.add(&registry.address, "me", "secret");
    let cache = Cache::at(folder.path().join("cache"));
    let online = Fetcher::new(cache.clone(), Lock::default(), login, true);
    // With and without scheme, as Argo CD has OCI repositories in sources and in Secrets.
    let url = format!("oci://{}/team/charts", registry.address);
    let bare = format!("{}/team/charts", registry.address);
    let first = online.chart(&demo(&url, "1.x")).unwrap();
    assert_eq!(first.version, "1.2.0+build.5");
    assert_eq!(online.chart(&demo(&bare, "1.0.0")).unwrap().version, "1.0.0");
    assert!(matches!(online.chart(&demo(&url, "3.x")), Err(FetchError::Missing(_))));
    assert!(matches!(online.chart(&demo(&url, "9.9.9")), Err(FetchError::Missing(_))));
    let lock = online.lock();
    drop(registry);
    let offline = Fetcher::new(cache, lock, Credentials::default(), false);
    assert_eq!(offline.chart(&demo(&url, "1.x")), Ok(first));
}

#[test]
#[ignore = "needs docker-registry, a package of Debian"]
fn a_wrong_password_is_refused_and_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start(folder.path());
    registry.push("demo", "1.0.0");
    let mut login = Credentials::default();
    login.add(&registry.address, "me", "hush");
    let cache = Cache::at(folder.path().join("cache"));
    let fetcher = Fetcher::new(cache, Lock::default(), login, true);
    let error = fetcher.chart(&demo(&format!("oci://{}", registry.address), "1.0.0")).unwrap_err();
    assert!(error.to_string().contains("401") && !error.to_string().contains("hush"), "{error}");
}
