//! What `helm template` checks of a chart and a release before it renders.

use crate::chart::Chart;
use crate::error::Error;
use crate::version::HelmVersion;

/// What Helm demands of a release's name, as its message shows it.
const NAME: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// The longest name of a release: parts of resource names are made of it.
const MAX_NAME: usize = 53;

/// Refuses, in Helm's words and order, what cannot be installed: a chart that is no application, one whose dependencies
/// are not all under `charts/`, a release whose name is none.
pub fn check(chart: &Chart, release_name: &str, version: HelmVersion) -> Result<(), Error> {
    let kind = chart.metadata.kind.as_str();
    if !matches!(kind, "" | "application") {
        return Err(Error::new(format!("{kind} charts are not installable")));
    }
    let missing = missing_dependencies(chart);
    if !missing.is_empty() {
        let (opening, quote) = match version {
            HelmVersion::V3_19 => ("An", '`'),
            HelmVersion::V4_2 | HelmVersion::V4_3 => ("an", '\''),
        };
        return Err(Error::new(format!(
            "{opening} error occurred while checking for chart dependencies. You may need to run {quote}helm dependency \
             build{quote} to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
            missing.join(", ")
        )));
    }
    check_name(release_name).map_err(|error| match version {
        HelmVersion::V3_19 => error,
        HelmVersion::V4_2 | HelmVersion::V4_3 => error.within("release name check failed"),
    })
}

/// The dependencies of a chart that are not under its `charts/`, by name.
pub fn missing_dependencies(chart: &Chart) -> Vec<&str> {
    let wanted = chart.metadata.dependencies.iter().map(|dependency| dependency.name.as_str());
    wanted.filter(|name| chart.dependencies.iter().all(|there| there.name() != *name)).collect()
}

fn check_name(name: &str) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::new(format!("release name {name:?}: {why}")));
    if name.is_empty() {
        return refused("no name provided");
    }
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let part = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().is_some_and(|b| letter(*b))
            && bytes.last().is_some_and(|b| letter(*b))
            && bytes.iter().all(|b| letter(*b) || *b == b'-')
    };
    if name.len() > MAX_NAME || !name.split('.').all(part) {
        return refused(&format!(
            "invalid release name, must match regex {NAME} and the length must not be longer than {MAX_NAME}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Dependency;

    #[test]
    fn names() {
        for good in ["a", "a-b.c", "9"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "-a", "a.", "a..b", "a_b", &"a".repeat(54)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut chart = Chart::default();
        for name in ["db", "cache"] {
            chart.metadata.dependencies.push(Dependency { name: name.to_owned(), ..Dependency::default() });
        }
        let words = check(&chart, "x", HelmVersion::V4_3).unwrap_err().message;
        assert!(words.ends_with("missing in charts/ directory: db, cache"), "{words}");
        chart.metadata.dependencies.clear();
        assert!(check(&chart, "x", HelmVersion::V4_3).is_ok());
        chart.metadata.kind = "library".to_owned();
        let words = check(&chart, "x", HelmVersion::V4_3).unwrap_err().message;
        assert_eq!(words, "library charts are not installable");
    }
}
