//! The Messages API: Anthropic's own, and Claude on Amazon Bedrock by both of its endpoints.

mod assembly;
mod body;
mod place;

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Model;
use crate::answer::{Answer, Event, Limits};
use crate::config::{Config, World};
use crate::error::{ErrorKind, ModelError};
use crate::failure;
use crate::frames::Frames;
use crate::http::{Call, Http, Reply};
use crate::key::Secret;
use crate::price::Price;
use crate::request::Request;
use crate::retry::{self, Asking, Failure};
use crate::sse::ServerEvents;
use assembly::Assembly;
use body::{Refused, Shape};
pub(crate) use place::{Key, Place};

/// The error for a stream that holds what is not JSON.
const NOT_JSON: &str = "the stream holds an event that is not JSON";

/// A client of one model.
pub(crate) struct Messages {
    http: Http,
    world: World,
    place: Place,
    model: String,
    retries: u32,
    show_thinking: bool,
    price: Option<Price>,
    refused: Mutex<Refused>,
}

impl Messages {
    pub(crate) fn new(config: &Config, model: String, place: Place, world: World) -> Self {
        let price = config.price.or_else(|| place.has_list_prices().then(|| Price::known(&model)).flatten());
        Self {
            http: Http::new(config.timeout),
            world,
            place,
            model,
            retries: config.retries,
            show_thinking: config.show_thinking,
            price,
            refused: Mutex::new(Refused::default()),
        }
    }

    fn shape(&self) -> Shape {
        Shape {
            model: self.model.clone(),
            name: self.name(),
            moving_breakpoint: self.place.has_moving_breakpoint(),
            show_thinking: self.show_thinking,
            refused: self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn body_of(&self, request: &Request, shape: &Shape) -> Value {
        let mut body = body::prompt(request, shape);
        body.insert("max_tokens".to_owned(), json!(request.max_tokens));
        body.insert("stream".to_owned(), json!(true));
        self.place.adapt(&mut body);
        Value::Object(body)
    }

    /// Sends a body (or asks, without one) and gives an answer of success, with the secrets that it may not show.
    fn send(&self, path: &str, body: Option<&Value>) -> Result<(Reply, Vec<Secret>), Failure> {
        let bytes = body.map(|body| body.to_string().into_bytes());
        let now = (self.world.now)();
        let signed = self.place.signed(path, bytes.as_deref(), now)?;
        let call = Call { url: &signed.url, headers: &signed.headers, body: bytes.as_deref() };
        let reply = self.http.send(&call)?;
        if (200..300).contains(&reply.status) {
            return Ok((reply, signed.secrets));
        }
        let secrets: Vec<&Secret> = signed.secrets.iter().collect();
        let (status, headers) = (reply.status, reply.headers.clone());
        let mut error = failure::of_answer(status, &headers, &reply.error_text(), &secrets);
        error.hint = error.hint.or_else(|| self.place.hint(error.kind));
        Err(Failure::of_status(error, status, &headers, now))
    }

    fn once(&self, body: &Value, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, Failure> {
        let (reply, secrets) = self.send(&self.place.ask_path(&self.model), Some(body))?;
        let secrets: Vec<&Secret> = secrets.iter().collect();
        let request_id = failure::request_id(&reply.headers);
        let mut assembly = Assembly::default();
        let read = read(reply, &mut assembly, &secrets, watch);
        let spent = assembly.spent();
        if spent.total() > 0 {
            watch(Event::Usage(&spent));
        }
        read.and_then(|()| assembly.end(&self.name(), self.price, request_id.clone())).map_err(
            |mut failure| {
                failure.error.usage = spent;
                failure.error.request_id = failure.error.request_id.or(request_id);
                failure
            },
        )
    }

    /// What to leave out of the next attempt, if the server says that it does not take something that was sent.
    fn less(&self, sent: &Value, error: &ModelError) -> Option<&'static str> {
        if error.kind != ErrorKind::Refused {
            return None;
        }
        let words = error.message.to_ascii_lowercase();
        let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
        let output = &sent["output_config"];
        let marked = |blocks: &Value| {
            blocks
                .as_array()
                .is_some_and(|blocks| blocks.iter().any(|block| !block["cache_control"].is_null()))
        };
        let strict =
            sent["tools"].as_array().is_some_and(|tools| tools.iter().any(|tool| tool["strict"] == true));
        let mut guard = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = &mut *guard;
        let checks: [(bool, &mut bool, &[&str], &'static str); 5] = [
            (
                !output["format"].is_null(),
                &mut refused.format,
                &["output_config.format", "output_format", "structured", "schema", "grammar"],
                "forced formats",
            ),
            (strict, &mut refused.strict, &["strict", "schema", "grammar"], "strict tools"),
            (!output["effort"].is_null(), &mut refused.effort, &["effort"], "efforts"),
            (
                marked(&sent["system"]) || !sent["cache_control"].is_null(),
                &mut refused.cache,
                &["cache_control"],
                "cache breakpoints",
            ),
            (!sent["thinking"].is_null(), &mut refused.thinking, &["thinking", "adaptive"], "shown thinking"),
        ];
        for (sent, refused, list, what) in checks {
            if sent && !*refused && says(list) {
                *refused = true;
                return Some(what);
            }
        }
        None
    }
}

/// Reads an answer, as a stream of either kind or as one message.
fn read(
    reply: Reply,
    assembly: &mut Assembly,
    secrets: &[&Secret],
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<(), Failure> {
    let kind = reply.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("application/json") {
        let message = serde_json::from_slice::<Value>(&reply.bytes()?).map_err(|error| {
            ModelError::new(ErrorKind::Protocol, format!("the answer is not JSON: {error}"))
        })?;
        return assembly.take_whole(&message, watch);
    }
    if kind.starts_with("application/vnd.amazon.eventstream") {
        let mut frames = Frames::default();
        return reply.each(&mut |bytes| {
            frames.take(bytes, &mut |frame| match frame.header(":message-type") {
                Some("exception" | "error") => {
                    let value: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
                    let named = frame.header(":exception-type").or(frame.header(":error-code"));
                    let mut error = failure::of_body(&value, named, None, secrets);
                    if error.message.is_empty() {
                        let told = frame.header(":error-message").or(named).unwrap_or("the server broke off");
                        error.message = crate::key::safe_text(told, secrets);
                    }
                    Err(Failure::from(error))
                }
                _ if frame.header(":event-type") == Some("chunk") => {
                    let data = chunk(&frame.payload)
                        .ok_or_else(|| Failure::from(ModelError::new(ErrorKind::Protocol, NOT_JSON)))?;
                    assembly.take(&data, secrets, watch)
                }
                _ => Ok(()),
            })?;
            Ok(!assembly.ended())
        });
    }
    let mut events = ServerEvents::default();
    reply.each(&mut |bytes| {
        events.take(bytes, &mut |event| {
            let data = match serde_json::from_str::<Value>(&event.data) {
                Ok(data) => data,
                // What it is not known for need not be JSON either.
                Err(_) if !event.event.is_empty() && !is_known(&event.event) => return Ok(()),
                Err(_) => return Err(Failure::from(ModelError::new(ErrorKind::Protocol, NOT_JSON))),
            };
            assembly.take(&data, secrets, watch)
        })?;
        Ok(!assembly.ended())
    })
}

/// Whether an event matters to an answer.
fn is_known(event: &str) -> bool {
    event.starts_with("message") || event.starts_with("content_block") || event == "error"
}

/// The event in a frame of Bedrock.
fn chunk(payload: &[u8]) -> Option<Value> {
    let outer: Value = serde_json::from_slice(payload).ok()?;
    serde_json::from_slice(&STANDARD.decode(outer["bytes"].as_str()?).ok()?).ok()
}

impl Model for Messages {
    fn name(&self) -> String {
        format!("{}/{}", self.place.provider().name(), self.model)
    }

    fn body(&self, request: &Request) -> Value {
        self.body_of(request, &self.shape())
    }

    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError> {
        let asking = Asking {
            body: &|| self.body(request),
            once: &|body, watch| self.once(body, watch),
            less: &|sent, error| self.less(sent, error),
            price: self.price,
        };
        retry::answered(&asking, self.retries, &self.world, watch)
    }

    fn count_tokens(&self, request: &Request) -> Result<Option<u64>, ModelError> {
        let path = self.place.count_path(&self.model);
        let body = self.place.to_count(body::prompt(request, &self.shape()), request.max_tokens);
        let counted = retry::attempts(self.retries, &self.world, &mut |_| {}, &mut |_| {
            let (reply, _) = self.send(&path, Some(&body))?;
            let value: Value = serde_json::from_slice(&reply.bytes()?).unwrap_or_default();
            Ok(self
                .place
                .counted(&value)
                .ok_or_else(|| ModelError::new(ErrorKind::Protocol, "the server's answer has no count"))?)
        });
        match counted {
            Ok((count, _)) => Ok(Some(count)),
            Err(error) if error.kind == ErrorKind::NotFound && !self.place.is_first_party() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn limits(&self) -> Result<Option<Limits>, ModelError> {
        let Some(path) = self.place.limits_path(&self.model) else { return Ok(None) };
        let asked = retry::attempts(self.retries, &self.world, &mut |_| {}, &mut |_| {
            let (reply, _) = self.send(&path, None)?;
            let value: Value = serde_json::from_slice(&reply.bytes()?).map_err(|error| {
                ModelError::new(ErrorKind::Protocol, format!("the answer is not JSON: {error}"))
            })?;
            Ok(limits_of(&value))
        });
        match asked {
            Ok((limits, _)) => Ok(Some(limits)),
            Err(error) if error.kind == ErrorKind::NotFound && !self.place.is_first_party() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn limits_of(model: &Value) -> Limits {
    let can = &model["capabilities"];
    let efforts = can["effort"].as_object().into_iter().flatten();
    Limits {
        input_tokens: model["max_input_tokens"].as_u64(),
        output_tokens: model["max_tokens"].as_u64(),
        structured_outputs: can["structured_outputs"]["supported"].as_bool(),
        efforts: efforts
            .filter(|(_, effort)| effort["supported"] == true)
            .map(|(name, _)| name.clone())
            .collect(),
    }
}
