"""A language model that says what it was told to: the Messages API on loopback, for driving Claude Code without any account.

It asks `try_manifest` to judge a manifest, then writes the same manifest to a file, then looks at what it was told of both
and says in its last words whether the findings came back to it. Standard library only.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model:
    """What is said, turn by turn, and what was heard."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.requests = []

    def turn(self, request):
        """The content of the next answer."""
        self.requests.append(request)
        tools = [tool["name"] for tool in request.get("tools", [])]
        tried = next((name for name in tools if name.endswith("__try_manifest")), None)
        if not tried or "Write" not in tools:
            return [{"type": "text", "text": "ok"}]
        said = [block for message in request["messages"] if message["role"] == "assistant" for block in blocks(message)]
        used = [block["name"] for block in said if block["type"] == "tool_use"]
        if tried not in used:
            files = [{"path": self.path.name, "text": self.text}]
            return [{"type": "tool_use", "id": "toolu_1", "name": tried, "input": {"files": files}}]
        if "Write" not in used:
            write = {"file_path": str(self.path), "content": self.text}
            return [{"type": "tool_use", "id": "toolu_2", "name": "Write", "input": write}]
        return [{"type": "text", "text": "That is all."}]


def blocks(message):
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def events(content, model):
    """The answer as the API streams it."""
    usage = {"input_tokens": 10, "output_tokens": 10}
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [],
             "stop_reason": None, "stop_sequence": None, "usage": usage}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(content):
        if block["type"] == "text":
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn"
    yield {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}


def serve(model):
    """Serves on a free port, from a thread of its own; gives the server, whose address is the base address of the API."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "count_tokens" in self.path:
                return self.answer("application/json", json.dumps({"input_tokens": 10}))
            content = model.turn(body)
            name = body.get("model", "model")
            if body.get("stream"):
                stream = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events(content, name))
                return self.answer("text/event-stream", stream)
            stop = "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn"
            whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": name, "content": content,
                     "stop_reason": stop, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 10}}
            self.answer("application/json", json.dumps(whole))

        def do_GET(self):
            self.send_error(404)

        do_HEAD = do_GET

        def answer(self, kind, text):
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
