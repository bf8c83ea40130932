"""The official Python clients against the stand-in: `clients.py URL KEY AWS_ID AWS_SECRET`. Exits with 1 at the first surprise."""

import json
import sys

import anthropic
import botocore.exceptions
import botocore.session
import openai

URL, KEY, AWS_ID, AWS_SECRET = sys.argv[1:5]
OPUS = "claude-opus-5-5"
GREETING = "Grüße, 世界 🚢"
TOOL = {
    "name": "look",
    "description": "Looks at a file.",
    "input_schema": {
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
        "additionalProperties": False,
    },
}
done = 0


def check(holds, what):
    global done
    if not holds:
        sys.exit(f"surprise: {what}")
    done += 1


def fails(kind, words, call):
    try:
        call()
    except kind as error:
        check(words in str(error), f"{words!r} in {error}")
        return
    sys.exit(f"surprise: not refused: {words}")


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def messages(client, model, name, streams=True):
    ask = {"model": model, "max_tokens": 1000}
    user = lambda text: [{"role": "user", "content": text}]
    check(text_of(client.messages.create(messages=user("hello"), **ask)) == GREETING, f"{name}: create")
    if not streams:
        return
    with client.messages.stream(messages=user("hello"), **ask) as stream:
        check("".join(stream.text_stream) == GREETING, f"{name}: stream")
    # A tool, with what the model thought passed back.
    turns = user("tool")
    with client.messages.stream(messages=turns, tools=[TOOL], **ask) as stream:
        first = stream.get_final_message()
    check(first.stop_reason == "tool_use", f"{name}: stops for the tool")
    check([block.type for block in first.content] == ["thinking", "tool_use"], f"{name}: thinks first")
    call = first.content[1]
    check(call.input == {"path": "värde.yaml", "deep": [1, {"a": None}]}, f"{name}: arguments")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "replicas: 2"}
    turns = turns + [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = client.messages.create(messages=turns, tools=[TOOL], **ask)
    check(text_of(second) == "It says: replicas: 2", f"{name}: reads the result")
    # What was thought must come back as it was, and the result must name the call.
    forged = json.loads(first.model_dump_json(include={"content"}))["content"]
    forged[0]["thinking"] = "Something else."
    forged[1].pop("caller", None)
    turns[1] = {"role": "assistant", "content": forged}
    fails(anthropic.BadRequestError, "signature", lambda: client.messages.create(messages=turns, tools=[TOOL], **ask))
    turns[1] = {"role": "assistant", "content": forged[1:]}
    fails(anthropic.BadRequestError, "thinking", lambda: client.messages.create(messages=turns, tools=[TOOL], **ask))
    lone = user("tool") + [{"role": "assistant", "content": first.content}, {"role": "user", "content": "and?"}]
    fails(anthropic.BadRequestError, "tool_result", lambda: client.messages.create(messages=lone, tools=[TOOL], **ask))
    refused = client.messages.create(messages=user("refuse"), **ask)
    check(refused.stop_reason == "refusal" and refused.stop_details.category == "cyber", f"{name}: refusal")
    with client.messages.stream(messages=user("long"), **ask) as stream:
        check(stream.get_final_message().stop_reason == "max_tokens", f"{name}: cut")


def anthropic_api():
    client = anthropic.Anthropic(api_key=KEY, base_url=URL)
    messages(client, OPUS, "anthropic")
    ask = {"model": OPUS, "max_tokens": 1000, "messages": [{"role": "user", "content": "hello"}]}
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
    closed = {**schema, "additionalProperties": False}
    told = {"format": {"type": "json_schema", "schema": closed}, "effort": "low"}
    answer = client.messages.create(**{**ask, "messages": [{"role": "user", "content": "json"}]}, output_config=told)
    check(json.loads(text_of(answer))["answer"] == 42, "structured output")
    count = client.messages.count_tokens(model=OPUS, messages=ask["messages"])
    check(count.input_tokens > 0, "counted")
    model = client.models.retrieve(OPUS)
    check(model.max_tokens == 128000, "model")
    # The cache: written once, then read.
    system = [{"type": "text", "text": "Rules. " * 400, "cache_control": {"type": "ephemeral"}}]
    usage = [client.messages.create(system=system, **ask).usage for _ in range(2)]
    check(usage[0].cache_creation_input_tokens > 0 and usage[0].cache_read_input_tokens == 0, "cache written")
    check(usage[1].cache_read_input_tokens == usage[0].cache_creation_input_tokens, "cache read")
    # Retries: two are made, by the headers' waits.
    busy = {**ask, "messages": [{"role": "user", "content": "busy"}]}
    check(text_of(client.messages.create(**busy)) == "at last", "retried")
    fails(anthropic.RateLimitError, "Slow down", lambda: client.messages.create(**{**ask, "messages": [{"role": "user", "content": "never"}]}))
    broken = lambda: client.messages.create(stream=True, **{**ask, "messages": [{"role": "user", "content": "break"}]})
    fails(anthropic.APIStatusError, "Overloaded", lambda: list(broken()))
    # What is refused.
    bad = anthropic.BadRequestError
    create = lambda **more: lambda: client.messages.create(**{**ask, **more})
    extra = lambda **more: create(extra_body=more)
    fails(bad, "temperature", extra(temperature=1.0))
    fails(bad, "top_p", extra(top_p=0.9))
    fails(bad, "thinking.type.disabled", create(thinking={"type": "disabled"}))
    fails(bad, "thinking.type.enabled", create(thinking={"type": "enabled", "budget_tokens": 2000}))
    fails(bad, "tool_choice", create(tools=[TOOL], tool_choice={"type": "any"}))
    fails(bad, "tool_choice", create(tools=[TOOL], tool_choice={"type": "tool", "name": "look"}))
    fails(bad, "additionalProperties", create(output_config={"format": {"type": "json_schema", "schema": schema}}))
    bounded = {**closed, "properties": {"answer": {"type": "integer", "minimum": 1}}}
    fails(bad, "minimum", create(output_config={"format": {"type": "json_schema", "schema": bounded}}))
    fails(bad, "effort", create(output_config={"effort": "utmost"}))
    fails(bad, "prefill", create(messages=ask["messages"] + [{"role": "assistant", "content": "{"}]))
    operator = ask["messages"] + [{"role": "system", "content": "Be brief."}]
    check(text_of(create(messages=operator)()) == GREETING, "the operator speaks in between")
    fails(bad, "non-empty", create(messages=[{"role": "user", "content": " "}]))
    marked = {**TOOL, "cache_control": {"type": "ephemeral"}}
    fails(bad, "maximum of 4", create(tools=[{**marked, "name": f"t{n}"} for n in range(5)]))
    fails(bad, "unique", create(tools=[TOOL, TOOL]))
    fails(bad, "strange", extra(strange=1))
    fails(anthropic.NotFoundError, "gpt", create(model="gpt-7"))
    fails(anthropic.AuthenticationError, "bearer", lambda: anthropic.Anthropic(api_key="wrong", base_url=URL, max_retries=0).messages.create(**ask))
    both = anthropic.Anthropic(api_key=KEY, base_url=URL, default_headers={"x-api-key": KEY}, max_retries=0)
    fails(anthropic.AuthenticationError, "only one", lambda: both.messages.create(**ask))
    old = anthropic.Anthropic(api_key=KEY, base_url=URL, default_headers={"anthropic-version": "2023-06-01"})
    check(text_of(old.messages.create(**{**ask, "model": "claude-sonnet-4-5"}, extra_body={"temperature": 0.2})) == GREETING, "the old version has temperatures")
    fails(bad, "not a valid version", lambda: anthropic.Anthropic(api_key=KEY, base_url=URL, default_headers={"anthropic-version": "2024-01-01"}).messages.create(**ask))


def bedrock():
    keys = {"aws_access_key": AWS_ID, "aws_secret_key": AWS_SECRET, "aws_region": "eu-west-1"}
    mantle = anthropic.AnthropicBedrockMantle(base_url=f"{URL}/anthropic", **keys)
    messages(mantle, "anthropic.claude-opus-4-8", "bedrock mantle")
    runtime = anthropic.AnthropicBedrock(base_url=URL, **keys)
    ask = {"model": "eu.anthropic.claude-opus-4-8", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
    check(text_of(runtime.messages.create(**ask)) == GREETING, "bedrock invoke")
    text = ""
    for event in runtime.messages.create(stream=True, **ask):
        if event.type == "content_block_delta":
            text += event.delta.text
    check(text == GREETING, "bedrock event stream")
    versioned = {**ask, "model": "anthropic.claude-sonnet-4-5-20250929-v1:0"}
    older = {"anthropic_version": "bedrock-2023-05-31"}
    check(text_of(runtime.messages.create(extra_body=older, **versioned)) == GREETING, "bedrock, an older model")
    aws = botocore.session.get_session().create_client("bedrock-runtime", "eu-west-1", endpoint_url=URL, aws_access_key_id=AWS_ID, aws_secret_access_key=AWS_SECRET)
    count = lambda body: aws.count_tokens(modelId=versioned["model"], input={"invokeModel": {"body": json.dumps(body)}})
    plain = {key: value for key, value in versioned.items() if key != "model"}
    check(count({**older, **plain})["inputTokens"] > 0, "bedrock counts tokens")
    fails(botocore.exceptions.ClientError, "max_tokens", lambda: count({**older, "messages": plain["messages"]}))
    wrong = anthropic.AnthropicBedrock(base_url=URL, max_retries=0, **{**keys, "aws_secret_key": "wrong"})
    fails(anthropic.PermissionDeniedError, "signature", lambda: wrong.messages.create(**ask))


def chat():
    client = openai.OpenAI(api_key=KEY, base_url=f"{URL}/v1")
    create = client.chat.completions.create
    user = lambda text: {"model": "gpt-mock", "messages": [{"role": "user", "content": text}]}
    check(create(**user("hello")).choices[0].message.content == GREETING, "chat")
    text, usage = "", None
    for chunk in create(stream=True, stream_options={"include_usage": True}, **user("hello")):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
    check(text == GREETING and usage.total_tokens > 0, "chat stream")
    tool = {"type": "function", "function": {"name": "look", "description": "Looks.", "strict": True, "parameters": TOOL["input_schema"]}}
    with client.chat.completions.stream(tools=[tool], **user("tool")) as stream:
        message = stream.get_final_completion().choices[0].message
    call = message.tool_calls[0]
    check(json.loads(call.function.arguments)["path"] == "värde.yaml", "chat arguments")
    asked = user("tool")
    said = {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": {"name": "look", "arguments": call.function.arguments}}]}
    result = {"role": "tool", "tool_call_id": call.id, "content": "replicas: 2"}
    answer = create(**{**asked, "messages": asked["messages"] + [said, result]})
    check(answer.choices[0].message.content == "It says: replicas: 2", "chat result")
    strict = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"], "additionalProperties": False}
    shape = lambda schema: {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    check(json.loads(create(response_format=shape(strict), **user("json")).choices[0].message.content)["answer"] == 42, "chat schema")
    check(create(**user("refuse")).choices[0].message.refusal == "No.", "chat refusal")
    check(create(**user("busy")).choices[0].message.content == "at last", "chat retried")
    bad = openai.BadRequestError
    fails(bad, "required", lambda: create(response_format=shape({**strict, "required": []}), **user("json")))
    fails(bad, "word 'json'", lambda: create(response_format={"type": "json_object"}, **user("hello")))
    fails(bad, "tool_call", lambda: create(**{**asked, "messages": asked["messages"] + [said, {"role": "user", "content": "?"}]}))
    fails(bad, "preceeding", lambda: create(**{**asked, "messages": asked["messages"] + [result]}))
    fails(bad, "strange", lambda: create(extra_body={"strange": 1}, **user("hello")))
    fails(bad, "same time", lambda: create(max_tokens=1, max_completion_tokens=1, **user("hello")))
    fails(openai.AuthenticationError, "Incorrect API key", lambda: openai.OpenAI(api_key="wrong-key", base_url=f"{URL}/v1", max_retries=0).chat.completions.create(**user("hello")))


anthropic_api()
bedrock()
chat()
print(f"anthropic {anthropic.__version__}, openai {openai.__version__} for Python: {done} checks passed")
