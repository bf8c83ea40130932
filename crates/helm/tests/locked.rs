//! Locks that the real Helm wrote (`helm dependency update` of 4.3.1 and 3.19.4 gives the same digests), against the charts
//! they were made of and against others.

use seatrial_helm::HelmVersion;
use seatrial_helm::dependencies::check_lock;
use seatrial_helm::load::{LoadOptions, RawFile, files};

const CHART: &str = r#"apiVersion: v2
name: top
version: 0.1.0
dependencies:
  - name: a
    version: ">=1.0.0 <2"
    repository: file://../a
    condition: a.enabled,global.a
    tags: [front, "back<end>&more"]
    enabled: true
    alias: first
    import-values:
      - data
      - child: x.y
        parent: z
        other: {n: 1.5, b: [true, null]}
  - name: b
    version: ~0.4
    repository: file://../b
"#;
const LOCK: &str = "dependencies:
- name: a
  repository: file://../a
  version: 1.2.3
- name: b
  repository: file://../b
  version: 0.4.0
digest: sha256:ccd8d62a6101ea1682bc102416d1d8905370acde76a8df33cea7b828f608efe3
generated: \"2026-11-23T19:20:26.017828055Z\"
";
const OLD_CHART: &str = "apiVersion: v1\nname: old\nversion: 0.1.0\n";
const REQUIREMENTS: &str = "dependencies:\n- name: b\n  version: 0.x\n  repository: file://../b\n";
const OLD_LOCK: &str = "dependencies:
- name: b
  repository: file://../b
  version: 0.4.0
digest: sha256:dd641d27b624e4a8f219f7318b8f23fc440415d6da55498178b04a6c48e4cacb
generated: \"2026-11-23T19:20:26.13614052Z\"
";

/// What is said of a chart of these files.
fn told(version: HelmVersion, given: &[(&str, &str)]) -> Option<String> {
    let raw = given.iter().map(|(name, text)| RawFile {
        name: (*name).to_owned(),
        data: text.as_bytes().into(),
        source: (*name).into(),
    });
    let chart = files(raw.collect(), &LoadOptions { version, ..LoadOptions::default() }).unwrap();
    check_lock(&chart, version).err().map(|error| error.message)
}

#[test]
fn a_lock_fits_what_it_was_made_of() {
    for version in HelmVersion::ALL {
        assert_eq!(told(version, &[("Chart.yaml", CHART), ("Chart.lock", LOCK)]), None);
        let old =
            [("Chart.yaml", OLD_CHART), ("requirements.yaml", REQUIREMENTS), ("requirements.lock", OLD_LOCK)];
        assert_eq!(told(version, &old), None);
        assert_eq!(told(version, &[("Chart.yaml", CHART)]), None);
    }
}

#[test]
fn a_lock_of_other_dependencies_is_refused() {
    let changes = [
        ("version: ~0.4", "version: ~0.5"),
        ("enabled: true", "enabled: false"),
        ("alias: first", "alias: second"),
        ("n: 1.5", "n: 1.6"),
        ("front", "rear"),
    ];
    for (old, new) in changes {
        let chart = CHART.replace(old, new);
        let said = told(HelmVersion::V4_3, &[("Chart.yaml", &chart), ("Chart.lock", LOCK)]);
        let words = "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the \
                     dependencies with 'helm dependency update'";
        assert_eq!(said.as_deref(), Some(words), "{new}");
    }
    let chart = CHART.replace("~0.4", "~0.5");
    let said = told(HelmVersion::V3_19, &[("Chart.yaml", &chart), ("Chart.lock", LOCK)]);
    assert!(said.is_some_and(|said| said.ends_with("Please update the dependencies")));
    // Which repository an alias is, is not known.
    let chart = CHART.replace("file://../b", "'@mine'");
    assert_eq!(told(HelmVersion::V4_3, &[("Chart.yaml", &chart), ("Chart.lock", LOCK)]), None);
    let requirements = REQUIREMENTS.replace("0.x", "1.x");
    let old = [
        ("Chart.yaml", OLD_CHART),
        ("requirements.yaml", requirements.as_str()),
        ("requirements.lock", OLD_LOCK),
    ];
    assert!(
        told(HelmVersion::V4_2, &old).is_some_and(|said| said.contains("(requirements.lock) is out of sync"))
    );
}
