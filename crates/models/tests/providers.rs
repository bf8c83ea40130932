//! What only one provider has: versions and keys, caching, counting, limits and prices; features that a server refuses; credentials.

mod common;

use common::{Watched, client, client_in, config, keys};
use seatrial_model_mock::{KEY, Mock, Reply, Rules};
use seatrial_models::{
    ApiVersion, Config, Effort, ErrorKind, Part, Price, Provider, Request, Tool, Turn, Usage,
};
use serde_json::json;

fn request() -> Request {
    Request { turns: vec![Turn::user("hello")], max_tokens: 1000, ..Request::default() }
}

fn header(mock: &Mock, name: &str) -> Option<String> {
    let seen = mock.seen();
    seen.last()?.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

#[test]
fn keys_travel_as_each_version_has_them() {
    let mock = Mock::start(|_| Reply::text("yes")).unwrap();
    let bearer = Some(format!("Bearer {KEY}"));
    for (version, name, value) in [
        (ApiVersion::V20261021, "authorization", bearer.clone()),
        (ApiVersion::V20230601, "x-api-key", Some(KEY.to_owned())),
    ] {
        let config = Config { api_version: version, ..config(Provider::Anthropic, &mock) };
        client_in(&config, &keys).model.ask(&request(), &mut |_| {}).unwrap();
        assert_eq!(header(&mock, "anthropic-version").as_deref(), Some(version.name()));
        assert_eq!(header(&mock, name), value);
    }
    let token = |name: &str| (name == "ANTHROPIC_AUTH_TOKEN").then(|| KEY.to_owned());
    client_in(&config(Provider::Anthropic, &mock), &token).model.ask(&request(), &mut |_| {}).unwrap();
    assert_eq!(header(&mock, "authorization"), bearer);
    let login = |name: &str| (name == "ANTHROPIC_AUTH_TOKEN").then(|| "sk-ant-oat01-x".to_owned());
    client_in(&config(Provider::Anthropic, &mock), &login).model.ask(&request(), &mut |_| {}).unwrap_err();
    assert_eq!(header(&mock, "anthropic-beta").as_deref(), Some("oauth-2025-04-20"));
}

#[cfg(unix)]
#[test]
fn a_command_prints_the_key() {
    let mock = Mock::start(|_| Reply::text("yes")).unwrap();
    for provider in [Provider::Anthropic, Provider::OpenAi, Provider::Bedrock] {
        let command = ["printf", "%s\\n", KEY].map(str::to_owned).to_vec();
        let config =
            Config { key_command: command, region: Some("eu-west-1".to_owned()), ..config(provider, &mock) };
        client_in(&config, &|_| None).model.ask(&request(), &mut |_| {}).unwrap();
        assert_eq!(header(&mock, "authorization"), Some(format!("Bearer {KEY}")));
    }
}

#[test]
fn the_cache_is_written_once_and_read() {
    for provider in [Provider::Anthropic, Provider::Bedrock] {
        let mock = Mock::start(|_| Reply::text("yes")).unwrap();
        let client = client(provider, &mock);
        let mut asked = Request {
            system: vec![
                Part::cached("Rules. ".repeat(100)),
                Part::new("Facts."),
                Part::cached("More. ".repeat(50)),
            ],
            ..request()
        };
        let first = client.model.ask(&asked, &mut |_| {}).unwrap();
        assert!(first.usage.cache_write > 200 && first.usage.cache_read == 0, "{:?}", first.usage);
        asked.turns.extend([first.turn, Turn::user("and then?")]);
        let second = client.model.ask(&asked, &mut |_| {}).unwrap();
        assert_eq!(second.usage.cache_read, first.usage.cache_write);
        asked.turns.extend([second.turn, Turn::user("and then?")]);
        let third = client.model.ask(&asked, &mut |_| {}).unwrap();
        // Anthropic's own server also keeps the conversation.
        assert_eq!(third.usage.cache_read > second.usage.cache_read, provider == Provider::Anthropic);
        assert!(mock.refused().is_empty());
    }
}

#[test]
fn tokens_limits_and_prices() {
    let mock = Mock::start(|_| Reply::text("yes")).unwrap();
    let anthropic = client(Provider::Anthropic, &mock);
    let asked = Request {
        effort: Some(Effort::Low),
        schema: Some(json!({ "type": "object", "properties": {} })),
        ..request()
    };
    assert!(anthropic.model.count_tokens(&asked).unwrap().unwrap() > 0);
    let limits = anthropic.model.limits().unwrap().unwrap();
    assert_eq!((limits.input_tokens, limits.output_tokens), (Some(1_000_000), Some(128_000)));
    assert_eq!(limits.structured_outputs, Some(true));
    assert_eq!(limits.efforts, ["high", "low", "max", "medium", "xhigh"]);
    assert!(client(Provider::Bedrock, &mock).model.count_tokens(&asked).unwrap().is_some());
    let older = Config {
        base_url: Some(mock.url().to_owned()),
        ..config(Provider::Bedrock, &mock).with_model("eu.anthropic.claude-opus-4-8")
    };
    let older = client_in(&older, &keys).model;
    assert!(older.count_tokens(&asked).unwrap().unwrap() > 0);
    assert!(mock.seen().last().unwrap().path.ends_with("/count-tokens"));
    assert_eq!(client(Provider::Bedrock, &mock).model.limits().unwrap(), None);
    assert_eq!(client(Provider::OpenAi, &mock).model.count_tokens(&asked).unwrap(), None);
    // A gateway has prices of its own.
    assert_eq!(anthropic.model.ask(&request(), &mut |_| {}).unwrap().cost_usd, None);
    let price = Price { input: 4.0, cache_write: 5.0, cache_read: 0.2, output: 20.0 };
    let priced = Config { price: Some(price), ..config(Provider::Anthropic, &mock) };
    let answer = client_in(&priced, &keys).model.ask(&request(), &mut |_| {}).unwrap();
    assert_eq!(answer.cost_usd, Some(price.of(&answer.usage)));
    assert!(answer.cost_usd.unwrap() > 0.0);
    assert_eq!(Price::known("claude-opus-5-5"), Some(price));
    let usage = Usage {
        input: 1_000_000,
        cache_read: 1_000_000,
        cache_write: 1_000_000,
        output: 1_000_000,
        thinking: 5,
    };
    assert!((price.of(&usage) - 29.2).abs() < 1e-9);
    assert_eq!(Price::known("claude-sonnet-4-5-20250929"), Price::known("claude-sonnet-4-5"));
    assert_eq!(Price::known("llama"), None);
}

#[test]
fn what_a_server_refuses_is_left_out_and_remembered() {
    let schema = json!({ "type": "object", "properties": { "answer": { "type": "integer" } }, "required": ["answer"] });
    let everything = Request {
        schema: Some(schema),
        effort: Some(Effort::High),
        tools: vec![Tool {
            name: "look".to_owned(),
            description: "Looks.".to_owned(),
            schema: json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
            strict: true,
        }],
        ..request()
    };
    let all = Rules::default();
    let cases = [
        (Provider::Anthropic, Rules { messages_format: false, ..all }, 1),
        (Provider::OpenAi, Rules { schema: false, ..all }, 1),
        (Provider::OpenAi, Rules { schema: false, json: false, ..all }, 2),
        (Provider::OpenAi, Rules { format_beside_tools: false, ..all }, 1),
        (Provider::OpenAi, Rules { stream_options: false, ..all }, 1),
        (Provider::OpenAi, Rules { max_tokens: false, ..all }, 1),
        (Provider::OpenAi, Rules { effort: false, ..all }, 1),
        (
            Provider::OpenAi,
            Rules {
                effort: false,
                schema: false,
                json: false,
                stream_options: false,
                max_tokens: false,
                ..all
            },
            5,
        ),
    ];
    for (provider, rules, refusals) in cases {
        let mock = Mock::script_with(rules, [Reply::text("{\"answer\": 1}"), Reply::text("{\"answer\": 2}")])
            .unwrap();
        let client = client(provider, &mock);
        let mut watched = Watched::default();
        let answer = client.model.ask(&everything, &mut |event| watched.see(event));
        let answer = answer.unwrap_or_else(|error| panic!("{rules:?}: {error}"));
        assert_eq!(answer.json(), Some(json!({ "answer": 1 })));
        assert_eq!(
            (mock.refused().len(), watched.retries.len()),
            (refusals, refusals),
            "{rules:?}: {:?}",
            watched.retries
        );
        // The schema is still known to the model, and the server is not asked in vain again.
        assert!(client.model.body(&everything).to_string().contains("answer"));
        client.model.ask(&everything, &mut |_| {}).unwrap();
        assert_eq!(mock.refused().len(), refusals, "{rules:?}");
    }
}

#[test]
fn a_refusal_of_what_was_not_sent_stands() {
    for provider in Provider::ALL {
        for message in
            ["The format, schema, effort and strict max_tokens are wrong: stream_options", "messages: no"]
        {
            let mock = Mock::start(move |_| Reply::error(400, "invalid_request_error", message)).unwrap();
            let error = client(provider, &mock).model.ask(&request(), &mut |_| {}).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Refused);
            assert!(mock.seen().len() <= 3, "{provider:?}");
        }
    }
}

#[test]
fn a_server_that_fails_over_a_format_is_asked_without() {
    // The words of llama-cpp-python.
    let words = "1 validation error: {'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}";
    let mock = Mock::start(move |asked| match asked.body["response_format"]["type"].as_str() {
        Some("json_schema") => Reply::error(500, "internal_server_error", words),
        _ => Reply::text("{\"answer\": \"yes\"}"),
    })
    .unwrap();
    let client = client(Provider::OpenAi, &mock);
    let asked = Request {
        schema: Some(
            json!({"type": "object", "additionalProperties": false, "required": ["answer"], "properties": {"answer": {"type": "string"}}}),
        ),
        ..request()
    };
    let answer = client.model.ask(&asked, &mut |_| {}).unwrap();
    assert_eq!(answer.json().unwrap()["answer"], "yes");
}

#[test]
fn servers_on_the_machine_ask_for_no_key() {
    let rules = Rules { keyless: true, ..Rules::default() };
    for provider in [Provider::Anthropic, Provider::OpenAi] {
        let mock = Mock::script_with(rules, [Reply::text("yes")]).unwrap();
        let client = client_in(&config(provider, &mock), &|_| None);
        assert_eq!(client.model.ask(&request(), &mut |_| {}).unwrap().text(), "yes");
    }
}

#[cfg(unix)]
#[test]
fn credentials_of_aws_from_files_and_commands() {
    use seatrial_model_mock::{ACCESS_KEY, SECRET_KEY};
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let printed = json!({ "Version": 1, "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY, "Expiration": "2020-01-01T00:00:00Z" });
    std::fs::write(path("printed"), printed.to_string()).unwrap();
    let settings = format!(
        "[default]\nregion = us-west-2\n[profile tool]\nregion = eu-west-1\ncredential_process = cat \"{}\"\n",
        path("printed")
    );
    std::fs::write(path("config"), settings).unwrap();
    let text = format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
    std::fs::write(path("credentials"), text).unwrap();
    let mock = Mock::start(|_| Reply::text("yes")).unwrap();
    for (profile, region) in [(None, "us-west-2"), (Some("tool"), "eu-west-1")] {
        let env = |name: &str| match name {
            "AWS_CONFIG_FILE" => Some(path("config")),
            "AWS_SHARED_CREDENTIALS_FILE" => Some(path("credentials")),
            "AWS_PROFILE" => profile.map(str::to_owned),
            _ => None,
        };
        let client = client_in(&config(Provider::Bedrock, &mock), &env);
        for _ in 0..2 {
            client
                .model
                .ask(&request(), &mut |_| {})
                .unwrap_or_else(|error| panic!("{error}: {:?}", mock.refused()));
        }
        assert!(header(&mock, "authorization").unwrap().contains(region));
        assert!(!mock.has_seen(SECRET_KEY));
    }
}
