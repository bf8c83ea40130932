//! `seatrial.lock`: which version and content each chart had, and which commit or artifact each revision meant.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The name of the lock file, beside the platform file.
pub const FILE_NAME: &str = "seatrial.lock";

/// What was fetched, by what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Charts by `repository`, `chart` and `targetRevision`.
    pub charts: BTreeMap<[String; 3], LockedChart>,
    /// Commits by repository and revision.
    pub commits: BTreeMap<[String; 2], String>,
    /// Digests of OCI artifacts by repository and revision.
    pub artifacts: BTreeMap<[String; 2], String>,
    /// Digests of values files by address.
    pub values_files: BTreeMap<String, String>,
}

/// The version and content of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedChart {
    /// Its version.
    pub version: String,
    /// The digest of its archive.
    pub digest: String,
}

impl Lock {
    /// Reads the text of a lock file. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("{FILE_NAME}: {error}"))?;
        if value.get("version") != Some(&json!(1)) {
            return Err(format!("{FILE_NAME}: written by another version of Seatrial"));
        }
        let mut lock = Self::default();
        let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
        let field = |entry: &Value, key: &str| entry.get(key)?.as_str().map(str::to_owned);
        for entry in list("charts") {
            let found = (|| {
                let key = ["repository", "chart", "wanted"].map(|key| field(entry, key));
                let [Some(repository), Some(chart), Some(wanted)] = key else { return None };
                let locked =
                    LockedChart { version: field(entry, "version")?, digest: field(entry, "digest")? };
                Some(([repository, chart, wanted], locked))
            })();
            let (key, locked) =
                found.ok_or_else(|| format!("{FILE_NAME}: an entry of `charts` lacks a field"))?;
            lock.charts.insert(key, locked);
        }
        for entry in list("repositories") {
            let [Some(url), Some(revision), Some(commit)] =
                ["repository", "revision", "commit"].map(|key| field(entry, key))
            else {
                return Err(format!("{FILE_NAME}: an entry of `repositories` lacks a field"));
            };
            lock.commits.insert([url, revision], commit);
        }
        for entry in list("artifacts") {
            let [Some(url), Some(revision), Some(digest)] =
                ["repository", "revision", "digest"].map(|key| field(entry, key))
            else {
                return Err(format!("{FILE_NAME}: an entry of `artifacts` lacks a field"));
            };
            lock.artifacts.insert([url, revision], digest);
        }
        for entry in list("valuesFiles") {
            let [Some(url), Some(digest)] = ["url", "digest"].map(|key| field(entry, key)) else {
                return Err(format!("{FILE_NAME}: an entry of `valuesFiles` lacks a field"));
            };
            lock.values_files.insert(url, digest);
        }
        Ok(lock)
    }

    /// The text of the lock file, the same for the same content.
    pub fn to_text(&self) -> String {
        let charts: Vec<Value> = self
            .charts
            .iter()
            .map(|([repository, chart, wanted], locked)| {
                json!({"repository": repository, "chart": chart, "wanted": wanted,
                    "version": locked.version, "digest": locked.digest})
            })
            .collect();
        let repositories: Vec<Value> = self
            .commits
            .iter()
            .map(|([url, revision], commit)| json!({"repository": url, "revision": revision, "commit": commit}))
            .collect();
        let mut all = json!({"version": 1, "charts": charts, "repositories": repositories});
        if !self.artifacts.is_empty() {
            let one = |([url, revision], digest): (&[String; 2], &String)| json!({"repository": url, "revision": revision, "digest": digest});
            all["artifacts"] = self.artifacts.iter().map(one).collect();
        }
        if !self.values_files.is_empty() {
            let file = |(url, digest): (&String, &String)| json!({"url": url, "digest": digest});
            all["valuesFiles"] = self.values_files.iter().map(file).collect();
        }
        format!("{all:#}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let mut lock = Lock::default();
        let key = ["https://x", "demo", "1.x"].map(str::to_owned);
        lock.charts.insert(key, LockedChart { version: "1.2.0".into(), digest: "sha256:00".into() });
        lock.commits.insert(["https://g", "main"].map(str::to_owned), "a".repeat(40));
        lock.artifacts.insert(["oci://r/x", "1.x"].map(str::to_owned), "sha256:22".into());
        lock.values_files.insert("https://v/x.yaml".into(), "sha256:11".into());
        assert_eq!(Lock::parse(&lock.to_text()), Ok(lock));
        assert!(Lock::parse("{}").unwrap_err().contains("another version"));
        for list in ["charts", "repositories", "artifacts", "valuesFiles"] {
            let text = format!(r#"{{"version": 1, "{list}": [{{}}]}}"#);
            assert!(Lock::parse(&text).unwrap_err().contains(list), "{list}");
        }
    }
}
