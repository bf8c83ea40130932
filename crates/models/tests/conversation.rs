//! What holds in every protocol: answers, tools, awkward streams, retries, refusals, keys that nobody sees.

mod common;

use std::time::Duration;

use common::{Client, Watched, client, client_in, config, keys};
use proptest::prelude::*;
use seatrial_model_mock::{Block, KEY, Mock, Reply, SECRET_KEY, Say, Stop as Ending, Style, Then};
use seatrial_models::{
    Answer, BedrockEndpoint, Config, Content, Effort, ErrorKind, ModelError, Part, Provider, Request, Role,
    Stop, Tool, Turn,
};
use serde_json::{Value, json};

/// All ways of asking: the three protocols, and Bedrock's older endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Of(Provider),
    Invoke,
}

const WAYS: [Way; 4] =
    [Way::Of(Provider::Anthropic), Way::Of(Provider::OpenAi), Way::Of(Provider::Bedrock), Way::Invoke];

fn asking(way: Way, mock: &Mock) -> Client {
    match way {
        Way::Of(provider) => client(provider, mock),
        Way::Invoke => client_in(&invoke(mock), &keys),
    }
}

fn invoke(mock: &Mock) -> Config {
    let config = config(Provider::Bedrock, mock).with_model("eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
    Config { base_url: Some(mock.url().to_owned()), endpoint: Some(BedrockEndpoint::Runtime), ..config }
}

fn hello() -> Request {
    Request { turns: vec![Turn::user("hello")], max_tokens: 1000, ..Request::default() }
}

fn tool(strict: bool) -> Tool {
    Tool {
        name: "look".to_owned(),
        description: "Looks at a file.".to_owned(),
        schema: json!({ "type": "object", "required": ["path"], "properties": {
            "path": { "type": "string", "minLength": 1 }, "deep": { "type": "integer" } } }),
        strict,
    }
}

fn ask(client: &Client, request: &Request) -> (Result<Answer, ModelError>, Watched) {
    let mut watched = Watched::default();
    let answer = client.model.ask(request, &mut |event| watched.see(event));
    (answer, watched)
}

const AWKWARD: [Style; 3] = [
    Style {
        piece: 1,
        crlf: true,
        noise: true,
        delta: 1,
        cut: false,
        error_after: None,
        break_after: None,
        whole: false,
        no_index: true,
        no_done: false,
    },
    Style {
        piece: 7,
        crlf: false,
        noise: true,
        delta: 3,
        cut: false,
        error_after: None,
        break_after: None,
        whole: false,
        no_index: false,
        no_done: true,
    },
    Style {
        piece: 0,
        crlf: false,
        noise: false,
        delta: 0,
        cut: false,
        error_after: None,
        break_after: None,
        whole: true,
        no_index: false,
        no_done: false,
    },
];

#[test]
fn answers_come_whole_through_awkward_streams() {
    for way in WAYS {
        for style in AWKWARD {
            let text = "Grüße,\r\n世界 🚢\u{2028}\"quoted\"";
            let mock = Mock::script([Say::text(text).styled(style.clone()).into()]).unwrap();
            let (answer, watched) = ask(&asking(way, &mock), &hello());
            let answer =
                answer.unwrap_or_else(|error| panic!("{way:?} {style:?}: {error}; {:?}", mock.refused()));
            assert_eq!(answer.text(), text, "{way:?} {style:?}");
            assert_eq!((watched.text.as_str(), watched.usages), (text, 1), "{way:?} {style:?}");
            assert_eq!(answer.stop, Stop::End);
            assert!(answer.usage.output > 0 && answer.usage.input > 0, "{way:?}: {:?}", answer.usage);
            assert!(answer.request_id.is_some());
        }
    }
}

#[test]
fn tools_are_called_and_answered_with_thoughts_passed_back() {
    for way in WAYS {
        for style in AWKWARD {
            let thought =
                Block::Thinking { text: "I had better look.".to_owned(), signature: "sig".to_owned() };
            let call = Say::call("toolu_1", "look", json!({ "path": "ä.yaml" })).after(thought).styled(style);
            let mock = Mock::script([call.into(), Reply::text("It has two.")]).unwrap();
            let client = asking(way, &mock);
            let mut request = Request {
                tools: vec![tool(true), Tool { name: "other".to_owned(), ..tool(false) }],
                ..hello()
            };
            let (answer, _) = ask(&client, &request);
            let answer = answer.unwrap_or_else(|error| panic!("{way:?}: {error}"));
            assert_eq!(answer.stop, Stop::ToolUse, "{way:?}");
            assert_eq!(
                answer.tool_uses().collect::<Vec<_>>(),
                [("toolu_1", "look", &json!({ "path": "ä.yaml" }))]
            );
            request.turns.push(answer.turn);
            let result = Content::ToolResult {
                id: "toolu_1".to_owned(),
                text: "replicas: 2".to_owned(),
                is_error: true,
            };
            // Texts before results are put behind them.
            request
                .turns
                .push(Turn { role: Role::User, content: vec![Content::Text("So?".to_owned()), result] });
            let (answer, _) = ask(&client, &request);
            assert_eq!(answer.unwrap_or_else(|error| panic!("{way:?}: {error}")).text(), "It has two.");
            assert!(mock.refused().is_empty(), "{way:?}: {:?}", mock.refused());
        }
    }
}

#[test]
fn thoughts_are_for_their_own_model_only() {
    let thought = Block::Thinking { text: "Hm.".to_owned(), signature: "sig".to_owned() };
    let mock =
        Mock::script([Say::text("a").after(thought).into(), Reply::text("b"), Reply::text("c")]).unwrap();
    let mine = client(Provider::Anthropic, &mock);
    let mut request = hello();
    let (answer, watched) = ask(&mine, &request);
    assert_eq!(watched.thinking, "Hm.");
    request.turns.extend([answer.unwrap().turn, Turn::user("and?")]);
    let other = config(Provider::Anthropic, &mock).with_model("claude-sonnet-5");
    for (client, passed) in [(mine, true), (client_in(&other, &keys), false)] {
        assert_eq!(client.model.body(&request).to_string().contains("sig"), passed);
        ask(&client, &request).0.unwrap();
    }
    assert_eq!(mock.refused(), [""; 0]);
}

#[test]
fn what_passes_is_tried_again_as_the_servers_ask() {
    for way in WAYS {
        let busy = Reply::error(529, "overloaded_error", "Overloaded");
        let slow = |name: &str, value: &str| {
            Reply::error(429, "rate_limit_error", "Slow down").with_header(name, value)
        };
        let mock =
            Mock::script([slow("retry-after-ms", "1500"), slow("retry-after", "7"), Reply::text("at last")])
                .unwrap();
        let client = asking(way, &mock);
        let (answer, watched) = ask(&client, &hello());
        assert_eq!(answer.unwrap().text(), "at last", "{way:?}");
        assert_eq!(*client.waits.lock().unwrap(), [Duration::from_millis(1500), Duration::from_secs(7)]);
        assert_eq!(watched.retries.len(), 2);

        let mock = Mock::script([busy.clone(), busy.clone(), busy.clone(), Reply::text("too late")]).unwrap();
        let client = asking(way, &mock);
        let error = ask(&client, &hello()).0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Overloaded, "{way:?}: {error}");
        assert!(error.hint.is_some() && error.request_id.is_some(), "{error}");
        assert_eq!(
            *client.waits.lock().unwrap(),
            [Duration::from_micros(437_500), Duration::from_millis(875)]
        );
        assert_eq!(mock.seen().len(), 3);

        let mock = Mock::script([slow("x-should-retry", "false"), Reply::text("not asked")]).unwrap();
        assert_eq!(ask(&asking(way, &mock), &hello()).0.unwrap_err().kind, ErrorKind::RateLimited, "{way:?}");
        let mock = Mock::script([
            Reply::error(400, "invalid_request_error", "No").with_header("x-should-retry", "true"),
            Reply::text("yes"),
        ])
        .unwrap();
        assert_eq!(ask(&asking(way, &mock), &hello()).0.unwrap().text(), "yes");
    }
}

#[test]
fn streams_that_break_are_asked_for_again() {
    for way in WAYS {
        for style in [
            Style { break_after: Some(3), delta: 2, ..Style::default() },
            Style { break_after: Some(0), ..Style::default() },
            Style { error_after: Some((3, "overloaded_error")), delta: 2, ..Style::default() },
        ] {
            let broken: Reply = Say::text("half of it").styled(style.clone()).into();
            let mock = Mock::script([broken.clone(), Reply::text("whole")]).unwrap();
            let (answer, watched) = ask(&asking(way, &mock), &hello());
            let answer = answer.unwrap_or_else(|error| panic!("{way:?} {style:?}: {error}"));
            assert_eq!(
                (answer.text().as_str(), watched.text.as_str()),
                ("whole", "whole"),
                "{way:?} {style:?}"
            );
            assert_eq!(watched.retries.len(), 1);
            // What was spent on the broken attempt counts.
            let mock = Mock::script([broken.clone(), broken.clone(), broken]).unwrap();
            let error = ask(&asking(way, &mock), &hello()).0.unwrap_err();
            assert!(error.kind.is_passing(), "{way:?}: {error}");
            let told = style.break_after != Some(0) && way != Way::Of(Provider::OpenAi);
            assert_eq!(error.usage.input > 0, told, "{way:?} {style:?}");
        }
    }
}

#[test]
fn every_ending_is_told() {
    for way in WAYS {
        let cut = Style { cut: true, delta: 4, ..Style::default() };
        let call = || {
            Say::call("toolu_1", "look", json!({ "path": "a-long-name.yaml" }))
                .after(Block::Text("I look.".to_owned()))
        };
        let mock = Mock::script([
            call().stopped(Ending::MaxTokens).styled(cut.clone()).into(),
            Say::text("cut in two").stopped(Ending::MaxTokens).styled(cut).into(),
            Say::refusal("cyber", "I will not.").into(),
            Say::text("so far").stopped(Ending::Pause).into(),
            Say::text("so far").stopped(Ending::Context).into(),
            Say::default().into(),
        ])
        .unwrap();
        let client = asking(way, &mock);
        let next = || ask(&client, &hello()).0.unwrap_or_else(|error| panic!("{way:?}: {error}"));
        let answer = next();
        // The half of a call is no call.
        assert_eq!((answer.stop.clone(), answer.text().as_str()), (Stop::MaxTokens, "I look."), "{way:?}");
        assert_eq!(answer.tool_uses().count(), 0);
        assert_eq!(next().text(), "cut i");
        match next().stop {
            Stop::Refusal { explanation, .. } => assert_eq!(explanation.as_deref(), Some("I will not.")),
            other => panic!("{way:?}: {other:?}"),
        }
        let is_chat = way == Way::Of(Provider::OpenAi);
        assert_eq!(next().stop, if is_chat { Stop::End } else { Stop::Pause });
        assert_eq!(next().stop, if is_chat { Stop::MaxTokens } else { Stop::ContextExceeded });
        let empty = next();
        assert_eq!((empty.stop, empty.turn.content.len()), (Stop::End, 0));
    }
}

#[test]
fn arguments_that_are_not_json_are_kept_as_written() {
    for way in WAYS {
        let call = Block::Call {
            id: "c".to_owned(),
            name: "look".to_owned(),
            arguments: "{\"path\": oops}".to_owned(),
        };
        let mock = Mock::script([Say { blocks: vec![call], ..Say::default() }.into(), Reply::text("sorry")])
            .unwrap();
        let client = asking(way, &mock);
        let mut request = Request { tools: vec![tool(false)], ..hello() };
        let answer = ask(&client, &request).0.unwrap();
        assert_eq!(answer.tool_uses().next().unwrap().2, &json!("{\"path\": oops}"), "{way:?}");
        let result = Content::ToolResult { id: "c".to_owned(), text: "not JSON".to_owned(), is_error: true };
        request.turns.extend([answer.turn, Turn { role: Role::User, content: vec![result] }]);
        assert_eq!(ask(&client, &request).0.unwrap().text(), "sorry", "{:?}", mock.refused());
    }
}

#[test]
fn wrong_keys_are_named_and_never_shown() {
    let wrong = "sk-ant-very-wrong-key-00112233";
    for way in WAYS {
        let mock = Mock::start(|_| Reply::text("never")).unwrap();
        let config = match way {
            Way::Of(provider) => config(provider, &mock),
            Way::Invoke => invoke(&mock),
        };
        let env = |name: &str| match name {
            "ANTHROPIC_API_KEY" | "OPENAI_API_KEY" | "AWS_SECRET_ACCESS_KEY" => Some(wrong.to_owned()),
            name => keys(name),
        };
        let error = ask(&client_in(&config, &env), &hello()).0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Authentication, "{way:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("wrong"), "{error}");
        assert!(error.hint.is_some());
        assert_eq!(mock.seen().len(), 1, "a wrong key is not tried again");
    }
    for (status, echo) in [(401, KEY), (500, SECRET_KEY), (400, KEY)] {
        for way in WAYS {
            let mock = Mock::start(move |_| Reply::error(status, "api_error", format!("key {echo} is bad")))
                .unwrap();
            let (answer, watched) = ask(&asking(way, &mock), &hello());
            let text = format!("{:?} {:?}", answer.unwrap_err(), watched.retries);
            let is_known = (echo == KEY) == matches!(way, Way::Of(Provider::Anthropic | Provider::OpenAi));
            assert!(!is_known || !text.contains(echo), "{way:?}: {text}");
        }
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let raw = |kind: &str, body: &str, then: Then| Reply::Raw {
        status: 200,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        pieces: vec![body.as_bytes().to_vec()],
        then,
    };
    for way in WAYS {
        for (reply, kind) in [
            (raw("application/json", "{", Then::End), ErrorKind::Protocol),
            (raw("text/event-stream", "event: message_start\ndata: {\n\n", Then::End), ErrorKind::Protocol),
            (raw("text/event-stream", "data: {}\n\n", Then::End), ErrorKind::Network),
            (raw("text/event-stream", "", Then::Break), ErrorKind::Network),
            (raw("application/vnd.amazon.eventstream", "not a frame at all", Then::End), ErrorKind::Protocol),
            (raw("text/html", "<html>", Then::End), ErrorKind::Network),
        ] {
            let chat_and_frames = way == Way::Of(Provider::OpenAi) && kind == ErrorKind::Protocol;
            let mock = Mock::script([reply.clone(), reply.clone(), reply.clone()]).unwrap();
            let error = ask(&asking(way, &mock), &hello()).0.unwrap_err();
            assert!(
                error.kind == kind || (chat_and_frames && error.kind == ErrorKind::Network),
                "{way:?} {reply:?}: {error}"
            );
        }
        let away = Reply::Raw {
            status: 307,
            headers: vec![("location".to_owned(), "http://127.0.0.1:1/steal".to_owned())],
            pieces: Vec::new(),
            then: Then::End,
        };
        let mock = Mock::script([away]).unwrap();
        let error = ask(&asking(way, &mock), &hello()).0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
    }
}

#[test]
fn a_server_that_falls_silent_is_left_in_the_end() {
    let stalled = || Reply::Raw {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        pieces: vec![b"event: ping\ndata: {\"type\": \"ping\"}\n\n".to_vec()],
        then: Then::Stall,
    };
    for provider in [Provider::Anthropic, Provider::OpenAi] {
        let mock = Mock::script([stalled()]).unwrap();
        let config = Config { timeout: Duration::from_millis(300), retries: 0, ..config(provider, &mock) };
        let error = ask(&client_in(&config, &keys), &hello()).0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{error}");
    }
    let unreachable =
        Config { base_url: Some("http://127.0.0.1:1".to_owned()), ..Config::new(Provider::Anthropic) };
    assert_eq!(ask(&client_in(&unreachable, &keys), &hello()).0.unwrap_err().kind, ErrorKind::Network);
}

#[test]
fn schemas_and_efforts_are_as_the_servers_take_them() {
    let schema = json!({
        "type": "object",
        "required": ["files"],
        "properties": {
            "files": { "type": "array", "minItems": 3, "items": { "$ref": "#/$defs/file" } },
            "note": { "type": "string", "maxLength": 80, "pattern": "^[a-z]+$" },
            "either": { "oneOf": [{ "type": "integer", "minimum": 0 }, { "type": "null" }] },
        },
        "$defs": { "file": { "type": "object", "required": ["path"], "properties": { "path": { "type": "string" } } } },
    });
    let open = json!({ "type": "object", "properties": { "values": { "type": "object", "additionalProperties": true } } });
    for way in WAYS {
        for schema in [&schema, &open] {
            for effort in Effort::ALL {
                let mock = Mock::script([Reply::text("```json\n{\"files\": []}\n```")]).unwrap();
                let client = asking(way, &mock);
                let request = Request {
                    schema: Some(schema.clone()),
                    effort: Some(effort),
                    tools: vec![tool(true)],
                    ..hello()
                };
                let (answer, _) = ask(&client, &request);
                let answer = answer.unwrap_or_else(|error| panic!("{way:?}: {error}"));
                assert_eq!(answer.json(), Some(json!({ "files": [] })));
            }
        }
    }
}

fn content() -> impl Strategy<Value = (String, Option<(String, String)>)> {
    ("[ -~é世\n]{1,12}", prop::option::of(("[a-z]{1,5}", "[ -~]{0,8}")))
}

fn requests() -> impl Strategy<Value = Request> {
    let exchanges = prop::collection::vec((content(), content()), 0..4);
    let system = prop::collection::vec(("[ -~\n]{0,20}", any::<bool>()), 0..7);
    (system, exchanges, prop::collection::vec("[a-z]{1,8}", 0..3), any::<bool>()).prop_map(
        |(system, exchanges, mut names, with_schema)| {
            names.sort();
            names.dedup();
            let mut turns = Vec::new();
            for (at, ((said, call), (answer, _))) in exchanges.into_iter().enumerate() {
                let id = format!("id{at}");
                turns.push(Turn::user(format!("u{said}")));
                let Some((name, value)) = call else {
                    turns.push(Turn::assistant(format!("a{answer}")));
                    continue;
                };
                let input = json!({ "z": value, "a": { "k": [1, "é"] } });
                turns.push(Turn { role: Role::Assistant, content: vec![Content::ToolUse { id: id.clone(), name, input }] });
                turns.push(Turn { role: Role::User, content: vec![Content::ToolResult { id, text: answer, is_error: at % 2 == 0 }] });
                turns.push(Turn::assistant("noted"));
            }
            turns.push(Turn::user("and now?"));
            Request {
                system: system.into_iter().map(|(text, cache)| Part { text, cache }).collect(),
                turns,
                tools: names.into_iter().map(|name| Tool { name, ..tool(true) }).collect(),
                schema: with_schema.then(|| json!({ "type": "object", "properties": { "b": { "type": "string" }, "a": { "type": "null" } } })),
                max_tokens: 500,
                effort: None,
            }
        },
    )
}

/// Keys stand in their order at every depth.
fn is_sorted(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.keys().is_sorted() && map.values().all(is_sorted),
        Value::Array(list) => list.iter().all(is_sorted),
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_conversation_is_taken_sent_alike_and_begins_like_the_one_before(request in requests()) {
        for way in WAYS {
            let mock = Mock::start(|_| Reply::text("yes")).unwrap();
            let client = asking(way, &mock);
            let (answer, _) = ask(&client, &request);
            prop_assert!(answer.is_ok(), "{:?}: {:?}", way, answer);
            prop_assert!(answer.is_ok());
            let sent = mock.seen().remove(0).body;
            let body = client.model.body(&request);
            prop_assert_eq!(String::from_utf8(sent).unwrap(), body.to_string());
            prop_assert!(is_sorted(&body));
            prop_assert_eq!(&body, &asking(way, &mock).model.body(&request.clone()));

            let mut later = request.clone();
            later.turns.extend([answer.unwrap().turn, Turn::user("more")]);
            let next = client.model.body(&later);
            let (before, after) = (body["messages"].as_array().unwrap(), next["messages"].as_array().unwrap());
            prop_assert_eq!(Some(before.as_slice()), after.get(..before.len()));
            prop_assert_eq!(&body["tools"], &next["tools"]);
            // Breakpoints are no part of what is cached.
            prop_assert_eq!(unmarked(&body["system"]), unmarked(&next["system"]));
        }
    }
}

fn unmarked(system: &Value) -> Vec<Value> {
    system.as_array().into_iter().flatten().map(|block| block["text"].clone()).collect()
}
