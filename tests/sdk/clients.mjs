// The official TypeScript clients against the stand-in: `clients.mjs FOLDER URL KEY`. Exits with 1 at the first surprise.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, url, apiKey] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const { default: Anthropic } = await import(pathToFileURL(require.resolve("@anthropic-ai/sdk")).href);
const { default: OpenAI } = await import(pathToFileURL(require.resolve("openai")).href);
const model = "claude-opus-5-5";
const greeting = "Grüße, 世界 🚢";
let done = 0;

function check(holds, what) {
  if (!holds) {
    console.error(`surprise: ${what}`);
    process.exit(1);
  }
  done += 1;
}

async function fails(kind, words, call) {
  try {
    await call();
  } catch (error) {
    check(error instanceof kind && String(error).includes(words), `${words} in ${error}`);
    return;
  }
  check(false, `not refused: ${words}`);
}

const text = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");
const user = (content) => ({ model, max_tokens: 1000, messages: [{ role: "user", content }] });
const tool = {
  name: "look",
  description: "Looks at a file.",
  input_schema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};

const client = new Anthropic({ apiKey, baseURL: url });
check(text(await client.messages.create(user("hello"))) === greeting, "create");
check(text(await client.messages.stream(user("hello")).finalMessage()) === greeting, "stream");
const asked = { ...user("tool"), tools: [tool] };
const first = await client.messages.stream(asked).finalMessage();
check(first.stop_reason === "tool_use" && first.content[0].type === "thinking", "thinks, then calls");
const call = first.content[1];
check(call.input.path === "värde.yaml" && call.input.deep[1].a === null, "arguments");
const result = { type: "tool_result", tool_use_id: call.id, content: "replicas: 2" };
const turns = [...asked.messages, { role: "assistant", content: first.content }, { role: "user", content: [result] }];
check(text(await client.messages.create({ ...asked, messages: turns })) === "It says: replicas: 2", "result");
turns[1] = { role: "assistant", content: [{ ...first.content[0], thinking: "forged" }, call] };
await fails(Anthropic.BadRequestError, "signature", () => client.messages.create({ ...asked, messages: turns }));
const refused = await client.messages.create(user("refuse"));
check(refused.stop_reason === "refusal" && refused.stop_details.category === "cyber", "refusal");
check((await client.messages.countTokens({ model, messages: user("hello").messages })).input_tokens > 0, "counted");
check((await client.models.retrieve(model)).max_tokens === 128000, "model");
check(text(await client.messages.create(user("busy"))) === "at last", "retried");
await fails(Anthropic.RateLimitError, "Slow down", () => client.messages.create(user("never")));
await fails(Anthropic.APIError, "Overloaded", () => client.messages.stream(user("break")).finalMessage());
await fails(Anthropic.BadRequestError, "temperature", () => client.messages.create({ ...user("hello"), temperature: 1 }));
await fails(Anthropic.BadRequestError, "thinking.type.disabled", () => client.messages.create({ ...user("hello"), thinking: { type: "disabled" } }));
await fails(Anthropic.BadRequestError, "tool_choice", () => client.messages.create({ ...asked, tool_choice: { type: "any" } }));
await fails(Anthropic.AuthenticationError, "bearer", () => new Anthropic({ apiKey: "wrong", baseURL: url }).messages.create(user("hello")));

const chat = new OpenAI({ apiKey, baseURL: `${url}/v1` });
const say = (content) => ({ model: "gpt-mock", messages: [{ role: "user", content }] });
check((await chat.chat.completions.create(say("hello"))).choices[0].message.content === greeting, "chat");
const stream = chat.chat.completions.stream({ ...say("tool"), stream_options: { include_usage: true } });
const message = (await stream.finalChatCompletion()).choices[0].message;
check(JSON.parse(message.tool_calls[0].function.arguments).path === "värde.yaml", "chat arguments");
check((await stream.totalUsage()).total_tokens > 0, "chat usage");
await fails(OpenAI.BadRequestError, "json", () => chat.chat.completions.create({ ...say("hello"), response_format: { type: "json_object" } }));
await fails(OpenAI.AuthenticationError, "Incorrect", () => new OpenAI({ apiKey: "wrong-key", baseURL: `${url}/v1` }).chat.completions.create(say("hello")));
const versions = ["@anthropic-ai/sdk", "openai"].map((name) => {
  const path = require.resolve(name);
  const root = path.slice(0, path.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  return `${name} ${require(`${root}package.json`).version}`;
});
console.log(`${versions.join(", ")} for Node: ${done} checks passed`);
