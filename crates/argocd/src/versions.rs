//! Versions of charts and tags as Argo CD chooses them (`util/versions`).

use seatrial_gotemplate::semver::{Constraints, Version};

/// `versions.IsVersion`: a whole version is taken as it is, no list is asked.
pub fn is_version(revision: &str) -> bool {
    Version::parse(revision.as_bytes()).is_ok()
}

/// `versions.MaxVersion`: the highest of `tags` that fits a constraint, a whole version itself, or a tag of that name.
///
/// The error is Argo CD's, such as `version matching constraint not found in 3 tags`.
pub fn max_version<'t>(
    revision: &str,
    tags: impl IntoIterator<Item = &'t str>,
    prefix: &str,
) -> Result<String, String> {
    let tags: Vec<&str> = tags.into_iter().filter_map(|tag| tag.strip_prefix(prefix)).collect();
    if is_version(revision) {
        return Ok(format!("{prefix}{revision}"));
    }
    let constraints = match Constraints::parse(revision.as_bytes()) {
        Ok(constraints) => constraints,
        Err(_) if !prefix.is_empty() => {
            return Err(format!(
                "tagPrefix {prefix:?} requires targetRevision to be a semver constraint, but {revision:?} is not a valid constraint"
            ));
        }
        Err(_) if tags.contains(&revision) => return Ok(revision.to_owned()),
        Err(error) => {
            return Err(format!("failed to determine semver constraint: {error}"));
        }
    };
    let mut best: Option<(Version, &str)> = None;
    for tag in &tags {
        let Ok(version) = Version::parse(tag.as_bytes()) else { continue };
        let higher = best.as_ref().is_none_or(|(best, _)| version.compare(best).is_gt());
        if higher && constraints.check(&version) {
            best = Some((version, tag));
        }
    }
    match best {
        Some((_, tag)) => Ok(format!("{prefix}{tag}")),
        None => Err(format!("version matching constraint not found in {} tags", tags.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_that_fits() {
        let tags = ["v1.0.0", "1.2.0", "2.0.0-rc.1", "latest", "1.10.0"];
        let max = |revision: &str| max_version(revision, tags, "");
        assert_eq!(max("1.x"), Ok("1.10.0".to_owned()));
        assert_eq!(max("^1.0"), Ok("1.10.0".to_owned()));
        assert_eq!(max(">=2.0.0-0"), Ok("2.0.0-rc.1".to_owned()));
        assert_eq!(max("9.9.9"), Ok("9.9.9".to_owned()));
        assert_eq!(max("latest"), Ok("latest".to_owned()));
        assert_eq!(max("3.x").unwrap_err(), "version matching constraint not found in 5 tags");
        assert!(max("HEAD").unwrap_err().starts_with("failed to determine semver constraint: "));
        let prefixed = ["app/1.0.0", "app/1.1.0", "1.9.0"];
        assert_eq!(max_version("1.x", prefixed, "app/"), Ok("app/1.1.0".to_owned()));
    }
}
