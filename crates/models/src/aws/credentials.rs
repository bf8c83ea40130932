//! Credentials for AWS, from where its own tools look for them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::profiles::{Profile, words};
use super::signature::Signing;
use crate::clock;
use crate::config::Config;
use crate::error::{ErrorKind, ModelError};
use crate::key::{Secret, printed_by};

/// Credentials are had anew when they would expire within this time.
const MARGIN: Duration = Duration::from_mins(5);

/// Who asks, and where.
#[derive(Debug)]
pub(crate) struct Aws {
    /// The region.
    pub(crate) region: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A key of Bedrock alone.
    Bearer(Secret),
    Keys(Keys),
    /// A command that prints keys, and those it printed last.
    Command(Vec<String>, Mutex<Option<Keys>>),
}

#[derive(Clone, Debug)]
struct Keys {
    id: String,
    secret: Secret,
    session: Option<Secret>,
    expires: Option<SystemTime>,
}

impl Keys {
    fn new(id: &str, secret: &str, session: Option<&str>) -> Result<Self, ModelError> {
        let id = Secret::new(id)?.reveal().to_owned();
        let session = session.filter(|session| !session.is_empty()).map(Secret::new).transpose()?;
        Ok(Self { id, secret: Secret::new(secret)?, session, expires: None })
    }

    /// What a `credential_process` prints.
    fn printed(text: &str) -> Result<Self, ModelError> {
        let wrong =
            || ModelError::new(ErrorKind::Authentication, "the command printed no credentials of AWS");
        let value: Value = serde_json::from_str(text).map_err(|_| wrong())?;
        let get = |key: &str| value[key].as_str();
        let mut keys = Self::new(
            get("AccessKeyId").ok_or_else(wrong)?,
            get("SecretAccessKey").ok_or_else(wrong)?,
            get("SessionToken"),
        )?;
        keys.expires = get("Expiration").and_then(clock::iso);
        Ok(keys)
    }
}

impl Aws {
    /// Looks for a region and credentials: the configuration's command; `AWS_BEARER_TOKEN_BEDROCK`; `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; the profile's keys or its `credential_process`.
    pub(crate) fn found(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, ModelError> {
        let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        let named = config.profile.clone().or_else(|| set("AWS_PROFILE"));
        let profile = Profile::read(named.as_deref().unwrap_or("default"), env);
        if let Some(name) = named.as_ref().filter(|_| !profile.is_there()) {
            let text = format!("AWS's files have no profile `{name}`");
            return Err(ModelError::new(ErrorKind::Configuration, text));
        }
        let region = config
            .region
            .clone()
            .or_else(|| set("AWS_REGION"))
            .or_else(|| set("AWS_DEFAULT_REGION"))
            .or_else(|| profile.get("region").map(str::to_owned));
        let Some(region) = region.filter(|region| is_region(region)) else {
            return Err(ModelError::new(ErrorKind::Configuration, "no region of AWS is known")
                .with_hint("set AWS_REGION"));
        };
        Ok(Self { region, source: source(config, &set, &profile)? })
    }

    /// Adds to the headers what lets the request in, and gives what must not be shown.
    pub(crate) fn sign(
        &self,
        service: &str,
        url: &str,
        headers: &mut Vec<(String, String)>,
        body: Option<&[u8]>,
        now: SystemTime,
    ) -> Result<Vec<Secret>, ModelError> {
        let keys = match &self.source {
            Source::Bearer(token) => {
                headers.push(("authorization".to_owned(), format!("Bearer {}", token.reveal())));
                return Ok(vec![token.clone()]);
            }
            Source::Keys(keys) => keys.clone(),
            Source::Command(command, held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let fresh = |keys: &&Keys| {
                    keys.expires.is_none_or(|end| end.checked_sub(MARGIN).is_some_and(|end| now < end))
                };
                match held.as_ref().filter(fresh) {
                    Some(keys) => keys.clone(),
                    None => held.insert(Keys::printed(&printed_by(command)?)?).clone(),
                }
            }
        };
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let time = clock::basic(now);
        headers.push(("x-amz-date".to_owned(), time.clone()));
        if let Some(session) = &keys.session {
            headers.push(("x-amz-security-token".to_owned(), session.reveal().to_owned()));
        }
        // What a proxy may change or add is not signed.
        let mut signed: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name == "content-type" || name.starts_with("x-amz-"))
            .cloned()
            .collect();
        signed.push(("host".to_owned(), host.to_owned()));
        let signing = Signing {
            key_id: &keys.id,
            secret: keys.secret.reveal(),
            region: &self.region,
            service,
            method: if body.is_some() { "POST" } else { "GET" },
            path,
            time: &time,
            headers: &signed,
            body: body.unwrap_or_default(),
        };
        headers.push(("authorization".to_owned(), signing.authorization()));
        Ok([Some(keys.secret), keys.session].into_iter().flatten().collect())
    }
}

fn source(
    config: &Config,
    set: &dyn Fn(&str) -> Option<String>,
    profile: &Profile,
) -> Result<Source, ModelError> {
    if !config.key_command.is_empty() {
        let printed = printed_by(&config.key_command)?;
        if !printed.trim_start().starts_with('{') {
            return Ok(Source::Bearer(Secret::new(&printed)?));
        }
        let held = Mutex::new(Some(Keys::printed(&printed)?));
        return Ok(Source::Command(config.key_command.clone(), held));
    }
    if let Some(token) = set("AWS_BEARER_TOKEN_BEDROCK") {
        return Ok(Source::Bearer(Secret::new(&token)?));
    }
    // A profile that is asked for by name goes before the variables of keys, as in AWS's own tools.
    let variables = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY"));
    if let ((Some(id), Some(secret)), None) = (variables, &config.profile) {
        return Ok(Source::Keys(Keys::new(&id, &secret, set("AWS_SESSION_TOKEN").as_deref())?));
    }
    if let (Some(id), Some(secret)) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"))
    {
        return Ok(Source::Keys(Keys::new(id, secret, profile.get("aws_session_token"))?));
    }
    if let Some(command) = profile.get("credential_process") {
        return Ok(Source::Command(words(command), Mutex::new(None)));
    }
    Err(ModelError::new(ErrorKind::Authentication, "no credentials of AWS are found").with_hint(
        "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for roles and single sign-on, \
         take the keys from the command `aws configure export-credentials`",
    ))
}

/// Whether a text can be a region, and so a part of a host's name.
fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::config::Provider;

    fn with(list: &[(&str, &str)]) -> Result<Aws, ModelError> {
        let env =
            |name: &str| list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Aws::found(&Config::new(Provider::Bedrock), &env)
    }

    fn signed(aws: &Aws) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        aws.sign("bedrock", "https://host/model/a%3A1/invoke", &mut headers, Some(b"{}"), UNIX_EPOCH)
            .unwrap();
        headers
    }

    #[test]
    fn who_asks() {
        let region = ("AWS_REGION", "us-east-1");
        let bearer = with(&[region, ("AWS_BEARER_TOKEN_BEDROCK", "token")]).unwrap();
        assert_eq!(signed(&bearer), [("authorization".to_owned(), "Bearer token".to_owned())]);
        let keys = [
            region,
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "SECRETKEY"),
            ("AWS_SESSION_TOKEN", "session"),
        ];
        let keys = with(&keys).unwrap();
        assert!(!format!("{keys:?}").contains("SECRETKEY"));
        let headers = signed(&keys);
        assert_eq!(headers[1], ("x-amz-security-token".to_owned(), "session".to_owned()));
        assert!(headers[2].1.contains("SignedHeaders=host;x-amz-date;x-amz-security-token"), "{headers:?}");
        assert_eq!(with(&[region]).unwrap_err().kind, ErrorKind::Authentication);
        assert_eq!(with(&[("AWS_BEARER_TOKEN_BEDROCK", "t")]).unwrap_err().kind, ErrorKind::Configuration);
        assert!(with(&[("AWS_REGION", "evil.example.org/"), ("AWS_BEARER_TOKEN_BEDROCK", "t")]).is_err());
        assert!(with(&[region, ("AWS_PROFILE", "none")]).is_err());
    }

    #[test]
    fn commands_print_credentials() {
        let text = r#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"S","SessionToken":"T","Expiration":"2026-11-23T10:00:00Z"}"#;
        let keys = Keys::printed(text).unwrap();
        assert_eq!(keys.expires, clock::iso("2026-11-23T10:00:00Z"));
        assert!(Keys::printed("{}").is_err());
        assert!(!Keys::printed("secret text").unwrap_err().to_string().contains("secret text"));
    }
}
