//! From a configuration and an environment to a client.

use crate::Model;
use crate::aws::Aws;
use crate::config::{BedrockEndpoint, Config, Provider, World};
use crate::error::{ErrorKind, ModelError};
use crate::key::{Secret, printed_by};
use crate::messages::{Key, Messages, Place};
use crate::openai::Chat;

/// Anthropic's address.
const ANTHROPIC: &str = "https://api.anthropic.com";
/// OpenAI's address.
const OPENAI: &str = "https://api.openai.com/v1";

/// A client for a configuration. Keys and addresses that it does not name are taken from `env`, or from its command, which is run.
/// Nothing is asked of the network yet. Fails if there is no key where one is needed, or the configuration says too little.
pub fn open(
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
    world: World,
) -> Result<Box<dyn Model>, ModelError> {
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let default = config.provider.default_model().map(str::to_owned);
    let Some(model) = config.model.clone().or(default).filter(|model| !model.trim().is_empty()) else {
        let text = format!("no model of `{}` is named", config.provider.name());
        return Err(ModelError::new(ErrorKind::Configuration, text));
    };
    match config.provider {
        Provider::Anthropic => {
            let base = base(config, &env, &["ANTHROPIC_BASE_URL"], ANTHROPIC)?;
            let own = base == ANTHROPIC;
            let key = anthropic_key(config, &env, own)?;
            let place = Place::Anthropic { base, own, version: config.api_version, key };
            Ok(Box::new(Messages::new(config, model, place, world)))
        }
        Provider::OpenAi => {
            let base = base(config, &env, &["OPENAI_BASE_URL"], OPENAI)?;
            let own = base == OPENAI;
            let key = openai_key(config, &env, own)?;
            Ok(Box::new(Chat::new(config, model, base, own, key, world)))
        }
        Provider::Bedrock => {
            let aws = Aws::found(config, &env)?;
            let place = match config.endpoint.unwrap_or_else(|| endpoint_of(&model)) {
                BedrockEndpoint::Mantle => {
                    let usual = format!("https://bedrock-mantle.{}.api.aws/anthropic", aws.region);
                    let base = base(config, &env, &["ANTHROPIC_BEDROCK_MANTLE_BASE_URL"], &usual)?;
                    Place::Mantle { base, version: config.api_version, aws }
                }
                BedrockEndpoint::Runtime => {
                    let usual = format!("https://bedrock-runtime.{}.amazonaws.com", aws.region);
                    let names = ["ANTHROPIC_BEDROCK_BASE_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"];
                    Place::Runtime { base: base(config, &env, &names, &usual)?, aws }
                }
            };
            Ok(Box::new(Messages::new(config, model, place, world)))
        }
    }
}

/// Models with an ARN, a version or a region's prefix in their names are those of the older endpoint.
fn endpoint_of(model: &str) -> BedrockEndpoint {
    let versioned = model.starts_with("arn:") || model.contains(':') || model.ends_with("-v1");
    if versioned || !model.starts_with("anthropic.") {
        return BedrockEndpoint::Runtime;
    }
    BedrockEndpoint::Mantle
}

/// The address of the API, without a slash at its end.
fn base(
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
    names: &[&str],
    usual: &str,
) -> Result<String, ModelError> {
    let text = config.base_url.clone().or_else(|| names.iter().find_map(|name| env(name)));
    let text = text.unwrap_or_else(|| usual.to_owned());
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['?', '#', '@']);
    if host.is_empty() || !plain {
        let text = "the address of the API must be `https://HOST/…`, without a user, a query or a fragment";
        return Err(ModelError::new(ErrorKind::Configuration, text));
    }
    Ok(text.to_owned())
}

fn anthropic_key(
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
    own: bool,
) -> Result<Key, ModelError> {
    if !config.key_command.is_empty() {
        return Ok(of_anthropic(Secret::new(&printed_by(&config.key_command)?)?));
    }
    match (env("ANTHROPIC_API_KEY"), env("ANTHROPIC_AUTH_TOKEN")) {
        (Some(_), Some(_)) => {
            let text = "both ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN are set";
            Err(ModelError::new(ErrorKind::Authentication, text).with_hint("unset one of them"))
        }
        (Some(key), None) => Ok(Key::Api(Secret::new(&key)?)),
        (None, Some(token)) => Ok(Key::Token(Secret::new(&token)?)),
        (None, None) if own => {
            Err(ModelError::new(ErrorKind::Authentication, "there is no key for Anthropic")
                .with_hint("set ANTHROPIC_API_KEY, or name a command that prints the key"))
        }
        (None, None) => Ok(Key::None),
    }
}

/// What a command printed: a token of a person's login, or a key.
fn of_anthropic(secret: Secret) -> Key {
    if secret.reveal().starts_with("sk-ant-oat") { Key::Token(secret) } else { Key::Api(secret) }
}

fn openai_key(
    config: &Config,
    env: &dyn Fn(&str) -> Option<String>,
    own: bool,
) -> Result<Option<Secret>, ModelError> {
    if !config.key_command.is_empty() {
        return Ok(Some(Secret::new(&printed_by(&config.key_command)?)?));
    }
    match env("OPENAI_API_KEY") {
        Some(key) => Ok(Some(Secret::new(&key)?)),
        None if own => Err(ModelError::new(ErrorKind::Authentication, "there is no key for OpenAI")
            .with_hint("set OPENAI_API_KEY, or name a command that prints the key")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(config: &Config, list: &[(&str, &str)]) -> Result<String, ErrorKind> {
        let env =
            |name: &str| list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        open(config, &env, World::real()).map(|model| model.name()).map_err(|error| error.kind)
    }

    #[test]
    fn what_opens() {
        let anthropic = Config::new(Provider::Anthropic);
        let key = ("ANTHROPIC_API_KEY", "k");
        assert_eq!(opened(&anthropic, &[key]), Ok("anthropic/claude-opus-5-5".to_owned()));
        assert_eq!(opened(&anthropic, &[]), Err(ErrorKind::Authentication));
        assert_eq!(opened(&anthropic, &[key, ("ANTHROPIC_AUTH_TOKEN", "t")]), Err(ErrorKind::Authentication));
        assert!(opened(&anthropic, &[("ANTHROPIC_BASE_URL", "http://localhost:11434/")]).is_ok());
        for wrong in
            ["ftp://host", "https://", "https://me:pw@host", "https://host/?a", "host", "https://h\r\nx"]
        {
            let config = Config { base_url: Some(wrong.to_owned()), ..anthropic.clone() };
            assert_eq!(opened(&config, &[key]), Err(ErrorKind::Configuration), "{wrong}");
        }
        let openai = Config::new(Provider::OpenAi);
        assert_eq!(opened(&openai, &[]), Err(ErrorKind::Configuration));
        let openai = openai.with_model("m");
        assert_eq!(opened(&openai, &[]), Err(ErrorKind::Authentication));
        assert!(opened(&openai, &[("OPENAI_BASE_URL", "http://localhost:8080/v1")]).is_ok());
        let bedrock = Config::new(Provider::Bedrock).with_model("anthropic.claude-opus-4-8");
        assert!(opened(&bedrock, &[("AWS_REGION", "eu-west-1"), ("AWS_BEARER_TOKEN_BEDROCK", "b")]).is_ok());
        assert_eq!(opened(&bedrock, &[("AWS_REGION", "eu-west-1")]), Err(ErrorKind::Authentication));
    }

    #[test]
    fn endpoints_by_names() {
        assert_eq!(endpoint_of("anthropic.claude-opus-4-8"), BedrockEndpoint::Mantle);
        for older in [
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "eu.anthropic.claude-opus-4-8",
            "arn:aws:bedrock:eu-west-1:1:application-inference-profile/x",
        ] {
            assert_eq!(endpoint_of(older), BedrockEndpoint::Runtime, "{older}");
        }
    }
}
