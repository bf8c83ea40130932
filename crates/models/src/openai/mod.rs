//! The chat completions of OpenAI, and of the many servers that speak like it.

mod assembly;
mod body;

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::Model;
use crate::answer::{Answer, Event, Limits};
use crate::config::{Config, World};
use crate::error::{ErrorKind, ModelError};
use crate::failure;
use crate::http::{Call, Http, Reply};
use crate::key::Secret;
use crate::price::Price;
use crate::request::Request;
use crate::retry::{self, Asking, Failure};
use crate::sse::ServerEvents;
use assembly::Assembly;
use body::{Format, Limit, Takes};

/// A client of one model.
pub(crate) struct Chat {
    http: Http,
    world: World,
    base: String,
    key: Option<Secret>,
    model: String,
    retries: u32,
    price: Option<Price>,
    takes: Mutex<Takes>,
}

impl Chat {
    /// `own` tells whether the server is OpenAI's.
    pub(crate) fn new(
        config: &Config,
        model: String,
        base: String,
        own: bool,
        key: Option<Secret>,
        world: World,
    ) -> Self {
        let limit = if own { Limit::Completion } else { Limit::Plain };
        Self {
            http: Http::new(config.timeout),
            world,
            base,
            key,
            model,
            retries: config.retries,
            price: config.price,
            takes: Mutex::new(Takes {
                format: Format::Schema,
                limit,
                strict: true,
                effort: true,
                counting: true,
            }),
        }
    }

    fn send(&self, body: &[u8]) -> Result<Reply, Failure> {
        let mut headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        if let Some(key) = &self.key {
            headers.push(("authorization".to_owned(), format!("Bearer {}", key.reveal())));
        }
        let url = format!("{}/chat/completions", self.base);
        let now = (self.world.now)();
        let reply = self.http.send(&Call { url: &url, headers: &headers, body: Some(body) })?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let (status, headers) = (reply.status, reply.headers.clone());
        let mut error = failure::of_answer(status, &headers, &reply.error_text(), &self.secrets());
        error.hint = error.hint.or_else(|| self.hint(error.kind));
        Err(Failure::of_status(error, status, &headers, now))
    }

    fn secrets(&self) -> Vec<&Secret> {
        self.key.iter().collect()
    }

    fn hint(&self, kind: ErrorKind) -> Option<String> {
        let text = match kind {
            ErrorKind::Authentication if self.key.is_none() => "set OPENAI_API_KEY",
            ErrorKind::Authentication => "is OPENAI_API_KEY right for this address?",
            ErrorKind::NotFound => {
                "is the model's name right, and does the address end as the server wants it (often in /v1)?"
            }
            ErrorKind::Billing => "add credit to the account, or use the built-in author",
            ErrorKind::RateLimited | ErrorKind::Overloaded => "wait a little, or choose another model",
            ErrorKind::TooLarge => "choose a model with a larger context, or ask about less",
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn once(&self, body: &[u8], watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, Failure> {
        let reply = self.send(body)?;
        let request_id = failure::request_id(&reply.headers);
        let mut assembly = Assembly::default();
        let read = self.read(reply, &mut assembly, watch);
        let spent = assembly.spent();
        if spent.total() > 0 {
            watch(Event::Usage(&spent));
        }
        read.and_then(|()| assembly.end(self.price, request_id.clone())).map_err(|mut failure| {
            failure.error.usage = spent;
            failure.error.request_id = failure.error.request_id.or(request_id);
            failure
        })
    }

    fn read(
        &self,
        reply: Reply,
        assembly: &mut Assembly,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Failure> {
        let not_json =
            || Failure::from(ModelError::new(ErrorKind::Protocol, "the answer holds what is not JSON"));
        let kind = reply.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("application/json") {
            let whole: Value = serde_json::from_slice(&reply.bytes()?).map_err(|_| not_json())?;
            self.take(&whole, assembly, watch)?;
            assembly.end_stream();
            return Ok(());
        }
        let mut events = ServerEvents::default();
        reply.each(&mut |bytes| {
            events.take(bytes, &mut |event| {
                match event.data.trim() {
                    "" => {}
                    "[DONE]" => assembly.end_stream(),
                    data => {
                        self.take(&serde_json::from_str(data).map_err(|_| not_json())?, assembly, watch)?
                    }
                }
                Ok::<_, Failure>(())
            })?;
            Ok(!assembly.ended())
        })
    }

    /// Takes a chunk, unless it tells an error.
    fn take(
        &self,
        chunk: &Value,
        assembly: &mut Assembly,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Failure> {
        if !chunk["error"].is_null() {
            let mut error = failure::of_body(chunk, None, None, &self.secrets());
            if error.message.is_empty() {
                "the server broke the answer off".clone_into(&mut error.message);
            }
            return Err(error.into());
        }
        assembly.take(chunk, watch)
    }

    /// What to leave out of the next attempt, if the server says that it does not take something that was sent.
    fn less(&self, sent: &Value, error: &ModelError) -> Option<&'static str> {
        let words = error.message.to_ascii_lowercase();
        // Some servers (llama-cpp-python) tell with status 500 what they do not take.
        let refused = error.kind == ErrorKind::Refused
            || error.kind == ErrorKind::Server && words.contains("validation error");
        if !refused {
            return None;
        }
        let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
        let mut takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if takes.counting && says(&["stream_options", "include_usage"]) {
            takes.counting = false;
            return Some("counting of tokens");
        }
        if takes.limit == Limit::Plain && says(&["max_completion_tokens"]) {
            takes.limit = Limit::Completion;
            return Some("`max_tokens`");
        }
        if sent["max_completion_tokens"].is_u64() && says(&["max_completion_tokens", "extra"]) {
            takes.limit = Limit::Plain;
            return Some("`max_completion_tokens`");
        }
        if !sent["reasoning_effort"].is_null() && says(&["reasoning_effort", "effort"]) {
            takes.effort = false;
            return Some("an effort");
        }
        let format = [
            "response_format",
            "json_schema",
            "json_object",
            "grammar",
            "structured",
            "guided",
            "schema",
            "strict",
        ];
        if says(&format) && !sent["response_format"].is_null() {
            let (next, what) = match takes.format {
                // A server that has one grammar only takes no format beside tools at all.
                Format::Schema if words.contains("grammar") && !sent["tools"].is_null() => {
                    (Format::Words, "a format beside tools")
                }
                Format::Schema => (Format::Json, "the schema's enforcement"),
                Format::Json | Format::Words => (Format::Words, "a format"),
            };
            takes.format = next;
            return Some(what);
        }
        let strict = sent["tools"]
            .as_array()
            .is_some_and(|tools| tools.iter().any(|tool| tool["function"]["strict"] == true));
        if strict && takes.strict && says(&["strict", "schema", "parameters"]) {
            takes.strict = false;
            return Some("strict tools");
        }
        None
    }
}

impl Model for Chat {
    fn name(&self) -> String {
        format!("openai/{}", self.model)
    }

    fn body(&self, request: &Request) -> Value {
        let takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        body::body(request, &self.model, &takes)
    }

    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError> {
        let asking = Asking {
            body: &|| self.body(request),
            once: &|body, watch| self.once(body.to_string().as_bytes(), watch),
            less: &|sent, error| self.less(sent, error),
            price: self.price,
        };
        retry::answered(&asking, self.retries, &self.world, watch)
    }

    /// The protocol has no counting.
    fn count_tokens(&self, _request: &Request) -> Result<Option<u64>, ModelError> {
        Ok(None)
    }

    /// The protocol does not tell.
    fn limits(&self) -> Result<Option<Limits>, ModelError> {
        Ok(None)
    }
}
