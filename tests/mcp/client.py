"""The official Python SDK as the client of `seatrial mcp`.

Usage: client.py BINARY FOLDER. Every tool, resource and prompt over standard streams and over HTTP, with the versions of the
protocol that the SDK negotiates by itself and with the handshake of the older ones. The SDK checks every structured answer
against the schema that the server tells of it. Prints what was done; ends with 1 where anything is not as it should be.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time

from mcp import Client, MCPError, StdioServerParameters

BINARY, FOLDER = sys.argv[1], sys.argv[2]

MANIFEST = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: tried
  namespace: argocd
spec:
  project: default
  source: {repoURL: https://github.com/harbour-agents/helm-charts, path: charts/fastapi-agent, targetRevision: v1.0.0}
  destination: {server: https://nowhere.example.net, namespace: agents}
"""

CALLS = [
    ("platform_facts", {}),
    ("platform_facts", {"gaps": True}),
    ("check", {}),
    ("check", {"environment": "prod", "limit": 3}),
    ("try_manifest", {"files": [{"path": "tried.yaml", "text": MANIFEST}]}),
    ("propose_fix", {}),
    ("propose_fix", {"unsafe": True}),
    ("expand", {}),
    ("render", {}),
    ("commands", {"text": "argocd app status web"}),
    ("explain", {}),
    ("explain", {"rule": "unknown-cluster"}),
]


def must(holds, what):
    if not holds:
        sys.exit(f"not as it should be: {what}")


async def drive(client):
    tools = (await client.list_tools()).tools
    must(len(tools) == 9 and all(t.output_schema for t in tools), "the tools")
    must(all(t.annotations.read_only_hint for t in tools), "without leave, no tool writes")
    for name, arguments in CALLS:
        result = await client.call_tool(name, arguments)
        must(not result.is_error and result.structured_content, f"{name} {arguments}: {result}")
        must(len(result.model_dump_json()) < 100_000, f"{name} is bounded")
    tried = await client.call_tool("try_manifest", {"files": [{"path": "tried.yaml", "text": MANIFEST}]})
    rules = [f["rule"] for f in tried.structured_content["findings"]]
    must("unknown-cluster" in rules, rules)
    refused = await client.call_tool("check", {"paths": ["../.."]})
    must(refused.is_error and "outside" in refused.content[0].text, "paths stay inside")
    for resource in (await client.list_resources()).resources:
        read = await client.read_resource(str(resource.uri))
        must(read.contents[0].text, resource.uri)
    page = await client.read_resource("seatrial://rules/unknown-cluster")
    must(page.contents[0].text.startswith("# unknown-cluster"), "a rule's page")
    for prompt in (await client.list_prompts()).prompts:
        arguments = {argument.name: "prod" for argument in prompt.arguments}
        made = await client.get_prompt(prompt.name, arguments)
        must("prod" in made.messages[0].content.text, prompt.name)
    try:
        await client.call_tool("apply_fix", {})
        must(False, "a tool that is not offered was called")
    except MCPError as error:
        must(error.error.code == -32602, error)


async def warm(client):
    """The median time of a call, the SDK's own included."""
    times = []
    for _ in range(20):
        start = time.perf_counter()
        await client.call_tool("check", {})
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), min(times)


async def stdio(mode):
    server = StdioServerParameters(command=BINARY, args=["mcp"], cwd=FOLDER)
    async with Client(server, mode=mode) as client:
        await drive(client)
        median, best = await warm(client)
        print(f"stdio, {client.protocol_version}: {len(CALLS)} calls; check again: median {median:.1f} ms, best {best:.1f} ms")


async def http(mode):
    process = subprocess.Popen([BINARY, "mcp", "--http", "127.0.0.1:0"], cwd=FOLDER, stderr=subprocess.PIPE, text=True)
    try:
        url = process.stderr.readline().split()[-1]
        async with Client(url, mode=mode) as client:
            await drive(client)
            print(f"http, {client.protocol_version}: {len(CALLS)} calls")
    finally:
        process.terminate()
        process.wait()


async def main():
    for mode in ("auto", "legacy"):
        await stdio(mode)
        await http(mode)


asyncio.run(main())
