//! What the tests of all protocols share; none needs all of it.
#![allow(dead_code)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use seatrial_model_mock::{ACCESS_KEY, KEY, Mock, SECRET_KEY};
use seatrial_models::{Config, Event, Model, Provider, World, open};

/// A client of a stand-in, and how long it has waited.
pub(crate) struct Client {
    pub(crate) model: Box<dyn Model>,
    pub(crate) waits: Arc<Mutex<Vec<Duration>>>,
}

/// A configuration for a stand-in.
pub(crate) fn config(provider: Provider, mock: &Mock) -> Config {
    let (path, model) = match provider {
        Provider::Anthropic => ("", "claude-opus-5-5"),
        Provider::OpenAi => ("/v1", "gpt-mock"),
        Provider::Bedrock => ("/anthropic", "anthropic.claude-opus-4-8"),
    };
    Config {
        base_url: Some(format!("{}{path}", mock.url())),
        timeout: Duration::from_secs(20),
        ..Config::new(provider).with_model(model)
    }
}

/// The right keys of every provider.
pub(crate) fn keys(name: &str) -> Option<String> {
    let value = match name {
        "ANTHROPIC_API_KEY" | "OPENAI_API_KEY" => KEY,
        "AWS_ACCESS_KEY_ID" => ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY" => SECRET_KEY,
        "AWS_REGION" => "eu-west-1",
        _ => return None,
    };
    Some(value.to_owned())
}

/// A client with an environment, whose waits take no time.
pub(crate) fn client_in(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Client {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&waits);
    let world = World {
        chance: Arc::new(|| 0.5),
        sleep: Arc::new(move |wait| noted.lock().unwrap().push(wait)),
        now: Arc::new(|| UNIX_EPOCH + Duration::from_secs(1_795_000_000)),
    };
    Client { model: open(config, env, world).unwrap(), waits }
}

/// A client with the right keys.
pub(crate) fn client(provider: Provider, mock: &Mock) -> Client {
    client_in(&config(provider, mock), &keys)
}

/// What a watcher saw, in words.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) retries: Vec<String>,
    pub(crate) usages: usize,
}

impl Watched {
    pub(crate) fn see(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.text.push_str(text),
            Event::Thinking(text) => self.thinking.push_str(text),
            Event::Retry { why, .. } => {
                self.text.clear();
                self.retries.push(why.to_owned());
            }
            Event::Usage(_) => self.usages += 1,
        }
    }
}
