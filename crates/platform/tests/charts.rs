//! Charts found in what stands for a chart repository.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use seatrial_argocd::{Artifact, ChartFiles, ChartRequest, RepoAnswer, Repositories};
use seatrial_platform::{Platform, Remote};
use seatrial_source::Files;
use serde_json::{Value, json};

const URL: &str = "https://charts.example.org";

fn chart_yaml(version: &str) -> String {
    format!("apiVersion: v2\nname: demo\nversion: {version}\n")
}

/// An archive of a chart, as `tar` makes it.
fn archive(folder: &Path, version: &str) -> Vec<u8> {
    let chart = folder.join("demo");
    fs::create_dir_all(&chart).unwrap();
    fs::write(chart.join("Chart.yaml"), chart_yaml(version)).unwrap();
    let made =
        Command::new("tar").args(["-cz", "demo"]).current_dir(folder).stderr(Stdio::inherit()).output();
    fs::remove_dir_all(&chart).unwrap();
    made.unwrap().stdout
}

fn ask(root: &Path, version: &str) -> RepoAnswer<Arc<ChartFiles>> {
    let file = root.join("seatrial.yaml");
    let text = format!("repositories:\n  {URL}: {{path: charts, type: helm}}\n");
    fs::File::create(&file).unwrap().write_all(text.as_bytes()).unwrap();
    let platform = Platform::load(&file, "seatrial.yaml", &Files::new()).unwrap();
    let set = platform.repository_set(None);
    Repositories::chart(&set, &asked(version))
}

fn found(root: &Path, version: &str) -> (String, Vec<String>) {
    match ask(root, version) {
        RepoAnswer::Ok(chart) => {
            (chart.version.clone(), chart.files.iter().map(|(entry, _)| entry.path.clone()).collect())
        }
        other => panic!("{version}: {other:?}"),
    }
}

#[test]
fn archives_without_an_index() {
    let root = tempfile::tempdir().unwrap();
    let charts = root.path().join("charts");
    fs::create_dir(&charts).unwrap();
    for version in ["1.0.0", "1.2.0", "2.0.0-rc.1"] {
        fs::write(charts.join(format!("demo-{version}.tgz")), archive(root.path(), version)).unwrap();
    }
    fs::write(charts.join("demo-tools-9.0.0.tgz"), b"another chart").unwrap();
    assert_eq!(found(root.path(), "1.0.0"), ("1.0.0".to_owned(), vec!["Chart.yaml".to_owned()]));
    assert_eq!(found(root.path(), "1.x").0, "1.2.0");
    assert_eq!(found(root.path(), "v1.2").0, "1.2.0");
    assert_eq!(found(root.path(), ">=1.0.0-0").0, "2.0.0-rc.1");
    // The folder need not hold all versions there are.
    assert!(matches!(ask(root.path(), "3.x"), RepoAnswer::Unknown(needs) if needs.contains("1.0.0, 1.2.0")));
}

#[test]
fn archives_with_an_index() {
    let root = tempfile::tempdir().unwrap();
    let charts = root.path().join("charts");
    fs::create_dir(&charts).unwrap();
    fs::write(charts.join("demo-1.0.0.tgz"), archive(root.path(), "1.0.0")).unwrap();
    let index = "apiVersion: v1\nentries:\n  demo:\n    - {name: demo, version: 1.1.0, urls: [https://elsewhere.example.org/demo-1.1.0.tgz]}\n    - {name: demo, version: 1.0.0, urls: [https://charts.example.org/demo-1.0.0.tgz]}\n";
    fs::write(charts.join("index.yaml"), index).unwrap();
    assert_eq!(found(root.path(), "~1.0").0, "1.0.0");
    assert!(
        matches!(ask(root.path(), "1.x"), RepoAnswer::Unknown(needs) if needs.contains("not beside the index"))
    );
    assert_eq!(
        ask(root.path(), "2.x"),
        RepoAnswer::Error("invalid revision: version matching constraint not found in 2 tags".to_owned())
    );
    fs::write(charts.join("index.yaml"), "apiVersion: v1\nentries: {}\n").unwrap();
    assert_eq!(ask(root.path(), "1.x"), RepoAnswer::Error("chart 'demo' not found in index".to_owned()));
}

#[test]
fn an_oci_layout() {
    let root = tempfile::tempdir().unwrap();
    let blobs = root.path().join("charts/blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(blobs.join(name), bytes).unwrap();
    put("aa", &archive(root.path(), "1.0.0"));
    put("bb", json!({"name": "demo", "version": "1.0.0"}).to_string().as_bytes());
    let manifest: Value = json!({
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "sha256:bb"},
        "layers": [{"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "digest": "sha256:aa"}],
    });
    put("cc", manifest.to_string().as_bytes());
    let charts = root.path().join("charts");
    fs::write(charts.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    fs::write(charts.join("index.json"), json!({"manifests": [{"digest": "sha256:cc"}]}).to_string())
        .unwrap();
    assert_eq!(found(root.path(), "^1.0"), ("1.0.0".to_owned(), vec!["Chart.yaml".to_owned()]));
    assert!(matches!(ask(root.path(), "2.x"), RepoAnswer::Error(_)));
}

#[test]
fn artifacts_of_a_layout_and_of_a_folder() {
    let url = "oci://registry.example.org/apps";
    let root = tempfile::tempdir().unwrap();
    let blobs = root.path().join("apps/blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let (first, second) = ("c".repeat(64), "d".repeat(64));
    let mut put = Vec::new();
    for (manifest, layer, version) in [(&first, "aa", "1.0.0"), (&second, "bb", "1.1.0")] {
        fs::write(blobs.join(layer), archive(root.path(), version)).unwrap();
        let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
        let layers = json!([{"mediaType": kind, "digest": format!("sha256:{layer}")}]);
        fs::write(blobs.join(manifest), json!({"layers": layers}).to_string()).unwrap();
        let tag = json!({"org.opencontainers.image.ref.name": version});
        put.push(json!({"digest": format!("sha256:{manifest}"), "annotations": tag}));
    }
    let layout = root.path().join("apps");
    fs::write(layout.join("index.json"), json!({"manifests": put}).to_string()).unwrap();
    let file = root.path().join("seatrial.yaml");
    fs::write(&file, format!("repositories:\n  {url}: {{path: apps, type: oci}}\n")).unwrap();
    let asked = |revision: &str| {
        let platform = Platform::load(&file, "seatrial.yaml", &Files::new()).unwrap();
        platform.repository_set(None).artifact(url, revision)
    };
    // A folder stands for every revision.
    let RepoAnswer::Ok(folder) = asked("any") else { panic!("no folder") };
    assert!(folder.entries.iter().any(|entry| entry.path == "index.json"));
    fs::write(layout.join("oci-layout"), "{}").unwrap();
    for (revision, digest) in [("1.x", &second), ("1.0.0", &first), (&*format!("sha256:{first}"), &first)] {
        let RepoAnswer::Ok(artifact) = asked(revision) else { panic!("{revision}") };
        assert_eq!(artifact.digest, format!("sha256:{digest}"));
        assert!(artifact.contents.contains_key("demo/Chart.yaml"));
    }
    let RepoAnswer::Error(words) = asked("2.x") else { panic!("2.x") };
    assert!(words.ends_with("version matching constraint not found in 2 tags"), "{words}");
    // What the index names, and is not there, is no error of Argo CD's.
    fs::remove_file(blobs.join(&first)).unwrap();
    assert!(matches!(asked("1.0.0"), RepoAnswer::Unknown(_)));
}

#[test]
fn a_folder_that_is_the_chart() {
    let root = tempfile::tempdir().unwrap();
    let chart = root.path().join("charts/demo");
    fs::create_dir_all(chart.join("templates")).unwrap();
    fs::write(chart.join("Chart.yaml"), chart_yaml("1.3.0")).unwrap();
    fs::write(chart.join("templates/a.yaml"), "a: 1\n").unwrap();
    let (version, files) = found(root.path(), "1.x");
    assert_eq!((version.as_str(), files.len()), ("1.3.0", 2));
}

fn asked(version: &str) -> ChartRequest<'_> {
    ChartRequest { url: URL, chart: "demo", version, pass_credentials: false }
}

/// A network that has one chart.
struct Network;

impl Remote for Network {
    fn repository(&self, url: &str, _: &str) -> RepoAnswer<(PathBuf, String)> {
        RepoAnswer::Unknown(url.to_owned())
    }

    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<(String, Vec<u8>)> {
        let root = tempfile::tempdir().unwrap();
        RepoAnswer::Ok((asked.version.to_owned(), archive(root.path(), asked.version)))
    }

    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Ok(url.as_bytes().into())
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Artifact> {
        RepoAnswer::Ok(Artifact { digest: format!("{url} {revision}"), ..Artifact::default() })
    }
}

#[test]
fn the_network_answers_for_what_nothing_stands_for() {
    let mut platform = Platform::default();
    platform.remote = Some(Arc::new(Network));
    let set = platform.repository_set(None);
    let RepoAnswer::Ok(chart) = Repositories::chart(&set, &asked("1.0.0")) else { panic!("no chart") };
    assert_eq!(chart.files[0].0.path, "Chart.yaml");
    assert_eq!(chart.label, "https://charts.example.org/demo-1.0.0.tgz!");
    let RepoAnswer::Ok(artifact) = set.artifact("oci://r/x", "1.0.0") else { panic!("no artifact") };
    assert_eq!(artifact.digest, "oci://r/x 1.0.0");
    // A chart repository is not taken for a Git repository.
    assert!(matches!(set.chart(URL, "demo", "1.0.0"), RepoAnswer::Unknown(_)));
}
