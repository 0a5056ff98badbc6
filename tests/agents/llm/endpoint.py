"""An endpoint on this machine that behaves as it is told, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behave = Callable[[BaseHTTPRequestHandler, dict[str, Any], int], None]

PLAN: dict[str, Any] = {
    "reasoning": "a tired face: lids first, then the head",
    "may_blink": True,
    "events": [
        {"kind": "closure", "start_s": 0.5, "rise_s": 0.6, "hold_s": 0.4, "fall_s": 1.0,
         "moves": [{"channel": "closure", "value": 0.6}], "why": "lids droop"},
        {"kind": "gaze", "start_s": 2.2, "moves": [{"channel": "gaze_yaw", "value": 12}],
         "why": "looks aside"},
        {"kind": "head", "start_s": 2.5, "rise_s": 0.8,
         "moves": [{"channel": "head_pitch", "value": -9}], "why": "the head sinks"},
    ],
}  # fmt: skip
CAST: dict[str, Any] = {"reasoning": "the first of each", "choices": [{"event": 0, "candidate": 0}]}
VERDICT: dict[str, Any] = {
    "reasoning": "it looks tired", "accepted": True, "send_to": "planner", "findings": []
}  # fmt: skip


def role_of(body: dict[str, Any]) -> str:
    """Return which agent asks."""
    system = body["messages"][0]["content"]
    if system.startswith("You plan"):
        return "planner"
    return "composer" if system.startswith("You choose") else "critic"


def completion(reply: object) -> bytes:
    """Return the body of a chat completion."""
    content = reply if isinstance(reply, str) else json.dumps(reply)
    return json.dumps({
        "id": "1", "object": "chat.completion", "created": 1, "model": "test",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    }).encode()  # fmt: skip


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **more: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in more.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def well(handler: BaseHTTPRequestHandler, body: dict[str, Any], _number: int) -> None:
    """Reply as asked."""
    role = role_of(body)
    send(handler, completion({"planner": PLAN, "composer": CAST, "critic": VERDICT}[role]))


def status(code: int) -> Behave:
    """Return who refuses everything with a code."""

    def refuse(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
        send(handler, b'{"error": {"message": "not now"}}', code)

    return refuse


def hang(_handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
    time.sleep(5)


def drip(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for byte in completion(PLAN)[:60]:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.1)


def huge(handler: BaseHTTPRequestHandler, _body: dict[str, Any], _number: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.wfile.write(completion(PLAN)[:-1])
    for _ in range(50):
        handler.wfile.write(b" " * 2**20)


class Endpoint:
    """Where it is, and what it was asked."""

    def __init__(self, behave: Behave) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.asked.append(body)
                endpoint.headers.append(dict(self.headers))
                try:
                    behave(self, body, len(endpoint.asked))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@contextmanager
def serving(behave: Behave) -> Iterator[Endpoint]:
    """Serve while the block runs."""
    endpoint = Endpoint(behave)
    endpoint.server.block_on_close = False
    threading.Thread(target=endpoint.server.serve_forever, daemon=True).start()
    try:
        yield endpoint
    finally:
        endpoint.server.shutdown()
        endpoint.server.server_close()
