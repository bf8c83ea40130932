//! OCI registries, by the distribution protocol.

use seatrial_argocd::ChartRequest;
use serde_json::Value;

use crate::cache::digest_of;
use crate::credentials::Credentials;
use crate::error::FetchError;
use crate::http::{Answer, Http, server};
use crate::version::chosen;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// Pages of a list of tags.
const MAX_PAGES: usize = 1000;

/// A repository of a registry.
pub(crate) struct Registry<'a> {
    http: &'a Http,
    credentials: &'a Credentials,
    server: &'a str,
    name: String,
    authorization: Option<String>,
}

/// Finds the version that is asked for and answers it with its archive.
pub(crate) fn chart(
    http: &Http,
    credentials: &Credentials,
    asked: &ChartRequest<'_>,
) -> Result<(String, Vec<u8>), FetchError> {
    let ChartRequest { url: repository, chart, version: wanted, .. } = *asked;
    let address = repository.trim_start_matches("oci://").trim_end_matches('/');
    let path = address.split_once('/').map_or("", |(_, path)| path);
    let name = if path.is_empty() { chart.to_owned() } else { format!("{path}/{chart}") };
    let mut registry = Registry { http, credentials, server: server(address), name, authorization: None };
    let version = chosen(wanted, || registry.tags())?;
    let manifest = registry.manifest(&version.replace('+', "_"))?;
    let manifest: Value = serde_json::from_slice(&manifest)
        .map_err(|error| FetchError::Failed(format!("the manifest of {}: {error}", registry.name)))?;
    let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
    let is_chart = |layer: &&Value| layer.get("mediaType").and_then(Value::as_str) == Some(CHART);
    let layer = layers.filter(is_chart).find_map(|layer| layer.get("digest")?.as_str());
    let digest =
        layer.ok_or_else(|| FetchError::Failed(format!("{} {version} is no Helm chart", registry.name)))?;
    let blob = registry.blob(digest)?;
    let found = digest_of(&blob);
    if found != digest {
        let what = format!("the archive of {} {version}", registry.name);
        return Err(FetchError::Changed { what, locked: digest.to_owned(), found });
    }
    Ok((version, blob))
}

impl<'a> Registry<'a> {
    /// The repository of an address, `oci://registry/name`.
    pub(crate) fn of(http: &'a Http, credentials: &'a Credentials, url: &'a str) -> Self {
        let address = url.trim_start_matches("oci://");
        let name = address.split_once('/').map_or("", |(_, path)| path).split([':', '@']).next();
        let name = name.unwrap_or_default().to_owned();
        Self { http, credentials, server: server(address), name, authorization: None }
    }

    /// The manifest that a tag or a digest names.
    pub(crate) fn manifest(&mut self, reference: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.get(&format!("manifests/{reference}"), Some(MANIFEST))?.bytes)
    }

    /// A blob by its digest.
    pub(crate) fn blob(&mut self, digest: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.get(&format!("blobs/{digest}"), None)?.bytes)
    }

    /// All tags, a `+` where the registry has `_` for it.
    pub(crate) fn tags(&mut self) -> Result<Vec<String>, FetchError> {
        let mut tags = Vec::new();
        let mut next = Some("tags/list".to_owned());
        for _ in 0..MAX_PAGES {
            let Some(what) = next.take() else { break };
            let page = self.get(&what, None)?;
            let list: Value = serde_json::from_slice(&page.bytes)
                .map_err(|error| FetchError::Failed(format!("the tags of {}: {error}", self.name)))?;
            let found = list.get("tags").and_then(Value::as_array).into_iter().flatten();
            tags.extend(found.filter_map(Value::as_str).map(|tag| tag.replace('_', "+")));
            // `</v2/name/tags/list?last=x&n=100>; rel="next"`
            let link = page.link.as_deref().and_then(|link| link.split(['<', '>']).nth(1));
            next = link
                .and_then(|link| Some(link.split_once("/tags/list")?.1))
                .map(|query| format!("tags/list{query}"));
        }
        Ok(tags)
    }

    fn get(&mut self, what: &str, accept: Option<&str>) -> Result<Answer, FetchError> {
        let url = format!("{}://{}/v2/{}/{what}", self.scheme(), self.server, self.name);
        let mut answer = self.http.get(&url, accept, self.authorization.as_deref())?;
        if answer.status == 401
            && let Some(challenge) = answer.challenge.take()
        {
            self.authorization = self.answer_to(&challenge)?;
            answer = self.http.get(&url, accept, self.authorization.as_deref())?;
        }
        match answer.status {
            200 => Ok(answer),
            404 => Err(FetchError::Missing(format!("{url}: not found"))),
            status => Err(FetchError::Failed(format!("{url}: the registry answered {status}"))),
        }
    }

    /// TLS, save on this machine, as container tools have it.
    fn scheme(&self) -> &'static str {
        let host = self.server.rsplit_once(':').map_or(self.server, |(host, _)| host);
        if matches!(host, "localhost" | "127.0.0.1" | "[::1]") { "http" } else { "https" }
    }

    /// The header that a challenge asks for.
    fn answer_to(&self, challenge: &str) -> Result<Option<String>, FetchError> {
        let basic = self.credentials.registry(self.server).map(|login| login.basic());
        let Some(parameters) = challenge.strip_prefix("Bearer ") else { return Ok(basic) };
        let field = |name: &str| {
            let start = parameters.find(&format!("{name}=\""))? + name.len() + 2;
            let rest = parameters.get(start..)?;
            rest.split('"').next()
        };
        let Some(realm) = field("realm") else { return Ok(basic) };
        // A password is sent to no server in the clear, save on this machine.
        let secure = realm.starts_with("https://") || self.scheme() == "http";
        let query: Vec<String> = ["service", "scope"]
            .into_iter()
            .filter_map(|name| Some(format!("{name}={}", field(name)?.replace(' ', "%20"))))
            .collect();
        let url = format!("{realm}?{}", query.join("&"));
        let answer = self.http.get(&url, None, basic.as_deref().filter(|_| secure))?;
        if answer.status != 200 {
            let status = answer.status;
            return Err(FetchError::Failed(format!("{}: no token ({status})", self.server)));
        }
        let token: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        let token = ["token", "access_token"].into_iter().find_map(|key| token.get(key)?.as_str());
        Ok(token.map(|token| format!("Bearer {token}")))
    }
}
