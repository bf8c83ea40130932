//! What Helm fetches over HTTP: a repository's `index.yaml`, the archives that it names, and values files.

use seatrial_argocd::ChartRequest;
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::credentials::{Credentials, Login};
use crate::error::{FetchError, without_logins};
use crate::http::{Http, same_server, server, split_login};
use crate::version::chosen;

/// Finds the version that is asked for (`version` alone where it is given) and answers it with its archive.
pub(crate) fn chart(
    http: &Http,
    credentials: &Credentials,
    asked: &ChartRequest<'_>,
) -> Result<(String, Vec<u8>), FetchError> {
    let ChartRequest { url: repository, chart, version: wanted, pass_credentials } = *asked;
    let (base, login) = split_login(repository);
    let login = login
        .map(|(user, password)| Login { user, password })
        .or_else(|| credentials.find(server(&base)).cloned());
    let authorization = login.map(|login| login.basic());
    let base = base.trim_end_matches('/');
    let index = get(http, &format!("{base}/index.yaml"), authorization.as_deref())?;
    let index = goyaml::to_json(&String::from_utf8_lossy(&index))
        .map_err(|error| FetchError::Failed(format!("{base}/index.yaml: {}", error.message)))?;
    let entries = index.get("entries").and_then(|entries| entries.get(chart)).and_then(Value::as_array);
    let entries =
        entries.ok_or_else(|| FetchError::Missing(format!("chart '{chart}' not found in index")))?;
    let version_of = |entry: &'_ Value| entry.get("version").and_then(Value::as_str).map(str::to_owned);
    let version = chosen(wanted, || Ok(entries.iter().filter_map(version_of).collect()))?;
    let plain = |version: &str| version.trim_start_matches('v').to_owned();
    let entry = entries.iter().find(|entry| version_of(entry).as_deref() == Some(&version)).or_else(|| {
        entries.iter().find(|entry| version_of(entry).is_some_and(|v| plain(&v) == plain(&version)))
    });
    let missing =
        || FetchError::Missing(format!("chart {chart:?} version {version:?} not found in {base} repository"));
    let entry = entry.ok_or_else(missing)?;
    let urls = entry.get("urls").and_then(Value::as_array).into_iter().flatten();
    let url = urls.into_iter().find_map(Value::as_str).ok_or_else(missing)?;
    let url = resolved(base, url);
    // A password is for its own server unless the source says otherwise, and never in the clear where the repository is not.
    let everywhere = pass_credentials && (url.starts_with("https://") || base.starts_with("http://"));
    let goes_along = everywhere || same_server(&url, base);
    let bytes = get(http, &url, authorization.as_deref().filter(|_| goes_along))?;
    Ok((version_of(entry).unwrap_or(version), bytes))
}

/// A values file. Only a login that its address holds is told; what is not there is told as Helm's getter tells it.
pub(crate) fn values_file(http: &Http, url: &str) -> Result<Vec<u8>, FetchError> {
    let (plain, login) = split_login(url);
    let authorization = login.map(|(user, password)| Login { user, password }.basic());
    get(http, &plain, authorization.as_deref()).map_err(|error| match error {
        FetchError::Missing(_) => {
            FetchError::Missing(format!("failed to fetch {} : 404 Not Found", without_logins(url)))
        }
        other => other,
    })
}

/// An archive's address, which may be relative to the repository's.
fn resolved(base: &str, url: &str) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    if let Some(path) = url.strip_prefix('/') {
        let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
        return format!("{scheme}://{}/{path}", server(base));
    }
    format!("{base}/{url}")
}

fn get(http: &Http, url: &str, authorization: Option<&str>) -> Result<Vec<u8>, FetchError> {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(FetchError::Failed(format!("{}: not an HTTP address", without_logins(url))));
    }
    let answer = http.get(url, None, authorization)?;
    match answer.status {
        200 => Ok(answer.bytes),
        404 => Err(FetchError::Missing(format!("{}: there is no such file (404)", without_logins(url)))),
        status => Err(FetchError::Failed(format!("{}: the server answered {status}", without_logins(url)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_archives() {
        assert_eq!(resolved("https://h:1/charts", "a-1.tgz"), "https://h:1/charts/a-1.tgz");
        assert_eq!(resolved("https://h:1/charts", "/x/a-1.tgz"), "https://h:1/x/a-1.tgz");
        assert_eq!(resolved("https://h/charts", "https://o/a.tgz"), "https://o/a.tgz");
    }
}
