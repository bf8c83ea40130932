//! The server: who asks what, whether it is refused, and what is answered.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::caching::Cache;
use crate::http::{self, Incoming, Outgoing};
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::say::{Reply, Say, Then};
use crate::{aws, chat, messages};

/// The key that is right, for every protocol that has keys.
pub const KEY: &str = "mock-key-4f1c2a9b7d3e";

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The Messages API.
    Messages,
    /// Chat completions.
    Chat,
    /// Bedrock's older endpoint.
    Invoke,
}

/// A request that was not refused.
#[derive(Clone, Debug)]
pub struct Asked {
    /// In which protocol.
    pub protocol: Protocol,
    /// How many were answered before.
    pub number: usize,
    /// The path.
    pub path: String,
    /// Headers by lowercase names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Asked {
    /// All text of the last message: of the user, and of results of tools.
    pub fn last_text(&self) -> String {
        let mut messages = self.body["messages"].as_array().into_iter().flatten();
        let last = messages.rfind(|message| message["role"] != "system");
        last.map(|message| text_of(&message["content"])).unwrap_or_default()
    }

    /// All text of the first message that the user wrote.
    pub fn first_text(&self) -> String {
        let mut messages = self.body["messages"].as_array().into_iter().flatten();
        messages
            .find(|message| message["role"] == "user")
            .map(|message| text_of(&message["content"]))
            .unwrap_or_default()
    }

    /// The model that is asked.
    pub fn model(&self) -> String {
        let named = self.body["model"].as_str().map(str::to_owned);
        named.unwrap_or_else(|| aws::model_and_method(&self.path).map(|(model, _)| model).unwrap_or_default())
    }

    /// How many turns the model had.
    pub fn turns(&self) -> usize {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        messages.filter(|message| message["role"] == "assistant").count()
    }
}

/// The text in a message's content.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks
            .iter()
            .map(|block| block["text"].as_str().map_or_else(|| text_of(&block["content"]), str::to_owned))
            .collect(),
        _ => String::new(),
    }
}

/// A request as it came, and what was answered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Headers by lowercase names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
}

type Script = Box<dyn FnMut(&Asked) -> Reply + Send>;

struct State {
    script: Script,
    rules: Rules,
    seen: Vec<Seen>,
    answered: usize,
    requests: usize,
    cache: Cache,
    thoughts: messages::Thoughts,
}

/// A running server; it ends when it is dropped.
pub struct Mock {
    address: SocketAddr,
    url: String,
    state: Arc<Mutex<State>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mock {
    /// Starts a server that answers what a function says. Fails if no port of the loopback interface can be had.
    pub fn start(answer: impl FnMut(&Asked) -> Reply + Send + 'static) -> io::Result<Self> {
        Self::with(Rules::default(), 0, answer)
    }

    /// Starts a server that answers a list in its order; what is asked beyond its end is refused with status 400.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        Self::script_with(Rules::default(), replies)
    }

    /// The same, of a server with other rules.
    pub fn script_with(rules: Rules, replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
        Self::with(rules, 0, move |_| {
            let over = || Reply::error(400, "invalid_request_error", "the script is at its end");
            replies.next().unwrap_or_else(over)
        })
    }

    /// Starts a server on a port (0: any) with rules for chat completions.
    pub fn with(
        rules: Rules,
        port: u16,
        answer: impl FnMut(&Asked) -> Reply + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            script: Box::new(answer),
            rules,
            seen: Vec::new(),
            answered: 0,
            requests: 0,
            cache: Cache::default(),
            thoughts: messages::Thoughts::default(),
        }));
        let stopping = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&state), Arc::clone(&stopping));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                if let Ok(stream) = stream {
                    let state = Arc::clone(&shared);
                    std::thread::spawn(move || serve(&stream, &state));
                }
            }
        });
        Ok(Self { address, url: format!("http://{address}"), state, stopping, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`. The Messages API is right there, chat completions under `/v1`, Bedrock's newer endpoint under
    /// `/anthropic`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All requests that came, in order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state).seen.clone()
    }

    /// Why requests were refused, in order.
    pub fn refused(&self) -> Vec<String> {
        self.seen().into_iter().filter_map(|seen| seen.refused).collect()
    }

    /// Whether a text is in any request that came: its path, headers or body.
    pub fn has_seen(&self, text: &str) -> bool {
        self.seen().iter().any(|seen| {
            String::from_utf8_lossy(&seen.body).contains(text)
                || seen.path.contains(text)
                || seen.headers.iter().any(|(_, value)| value.contains(text))
        })
    }

    /// Waits for the server's end, which only comes with the process's.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let Ok(request) = http::read(stream) else { return };
    let answer = lock(state).answer(request);
    let _ = http::write(stream, &answer);
    let _ = stream.shutdown(Shutdown::Both);
}

impl State {
    fn answer(&mut self, request: Incoming) -> Outgoing {
        self.requests += 1;
        let id = format!("req_mock{:04}", self.requests);
        let protocol = protocol_of(&request.path);
        let answer = self.reply(&request, protocol, &id);
        let refused = answer.as_ref().err().map(|refusal| refusal.message.clone());
        let mut answer = answer.unwrap_or_else(|refusal| {
            let mut answer = json_answer(refusal.status, &refusal.body(protocol, &id));
            if protocol == Protocol::Invoke {
                answer.headers.push(("x-amzn-errortype".to_owned(), refusal.aws_name().to_owned()));
            }
            answer
        });
        let name = match protocol {
            Protocol::Messages => "request-id",
            Protocol::Chat => "x-request-id",
            Protocol::Invoke => "x-amzn-requestid",
        };
        answer.headers.push((name.to_owned(), id));
        let Incoming { method, path, headers, body } = request;
        self.seen.push(Seen { method, path, headers, body, status: answer.status, refused });
        answer
    }

    fn reply(&mut self, request: &Incoming, protocol: Protocol, id: &str) -> Result<Outgoing, Refusal> {
        let path = request.path.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/anthropic").unwrap_or(path);
        let is_mantle = request.path.starts_with("/anthropic");
        if let Some(model) = path.strip_prefix("/v1/models/") {
            messages::check_access(request, self.rules, false)?;
            return Ok(json_answer(200, &messages::model(model)?));
        }
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|error| Refusal::invalid(format!("The request body is not valid JSON: {error}")))?;
        let whole = match (protocol, path) {
            (Protocol::Messages, "/v1/messages") => {
                messages::check_access(request, self.rules, is_mantle)?;
                messages::check(&body, &messages::Terms::of(request, self.rules, is_mantle), &self.thoughts)?;
                body["stream"] != true
            }
            (Protocol::Messages, "/v1/messages/count_tokens") => {
                messages::check_access(request, self.rules, is_mantle)?;
                let terms =
                    messages::Terms { counting: true, ..messages::Terms::of(request, self.rules, is_mantle) };
                messages::check(&body, &terms, &self.thoughts)?;
                let tokens = crate::caching::tokens(&body.to_string());
                return Ok(json_answer(200, &json!({ "input_tokens": tokens })));
            }
            (Protocol::Chat, "/v1/chat/completions") => {
                chat::check_access(request, self.rules)?;
                chat::check(&body, self.rules)?;
                body["stream"] != true
            }
            (Protocol::Invoke, _) => {
                aws::check(request, "bedrock")?;
                let (model, method) = aws::model_and_method(path)?;
                let terms = messages::Terms::of_invoke(&model, self.rules);
                if method == "count-tokens" {
                    let body = aws::to_be_counted(&body)?;
                    messages::check(&body, &terms, &self.thoughts)?;
                    let tokens = crate::caching::tokens(&body.to_string());
                    return Ok(json_answer(200, &json!({ "inputTokens": tokens })));
                }
                messages::check(&body, &terms, &self.thoughts)?;
                method == "invoke"
            }
            _ => return Err(Refusal::not_found("Not Found")),
        };
        if request.method != "POST" {
            return Err(Refusal { status: 405, ..Refusal::invalid("Method Not Allowed") });
        }
        let asked = Asked {
            protocol,
            number: self.answered,
            path: request.path.clone(),
            headers: request.headers.clone(),
            body,
        };
        self.answered += 1;
        Ok(match (self.script)(&asked) {
            Reply::Say(say) => self.say(&say, &asked, whole || say.style.whole, id),
            Reply::Error { status, kind, message, headers } => {
                let refusal = Refusal { status, kind, message, param: None };
                let mut answer = json_answer(status, &refusal.body(protocol, id));
                answer.headers.extend(headers);
                answer
            }
            Reply::Raw { status, headers, pieces, then } => Outgoing { status, headers, pieces, then },
        })
    }

    fn say(&mut self, say: &Say, asked: &Asked, whole: bool, id: &str) -> Outgoing {
        let usage = self.cache.usage(&asked.body, say);
        match asked.protocol {
            Protocol::Chat => chat::render(say, asked, whole, usage, id),
            Protocol::Messages | Protocol::Invoke => {
                self.thoughts.keep(say, asked);
                messages::render(say, asked, whole, usage, id)
            }
        }
    }
}

fn protocol_of(path: &str) -> Protocol {
    if path.starts_with("/model/") {
        Protocol::Invoke
    } else if path.contains("/chat/completions") {
        Protocol::Chat
    } else {
        Protocol::Messages
    }
}

/// An answer that is JSON.
pub(crate) fn json_answer(status: u16, body: &Value) -> Outgoing {
    Outgoing {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        pieces: vec![body.to_string().into_bytes()],
        then: Then::End,
    }
}
