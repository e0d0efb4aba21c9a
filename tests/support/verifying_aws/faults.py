"""Answers that AWS does not give, or seldom.

A fault is what a test writes:

    {"times": 1, "where": "GetCallerIdentity",
     "headers": [["Set-Cookie", "a=b"]]}                          beside those of the true answer
    {"answer": {"status": 301, "headers": [...], "body": "…"}}    in the place of the true answer
    {"steps": [{"send": "HTTP/1.1 200 OK\\r\\n"}, {"wait": 2}, {"end": "reset"}]}

In headers, bodies and `send`, `{session_token}` and the like become what signed the request. `end`
is `close`, `reset` or `stall`. `"gzip": true` compresses the body of an answer. `where` is a part of the operation's name, of method
and path, or of the body.
"""

import socket
import struct
import threading
import time


class Faults:
    """Those that are still to come, by caller."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = {}

    def add(self, caller, fault):
        with self._lock:
            self._faults.setdefault(caller, []).append({"times": 1, "where": "", **fault})

    def next(self, caller, operation):
        with self._lock:
            for fault in self._faults.get(caller, []):
                if fault["times"] > 0 and fault["where"] in operation:
                    fault["times"] -= 1
                    return fault
        return {}


def filled(text, values):
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def play(steps, handler, values):
    """Sends what is not an answer. The connection ends with it."""
    handler.close_connection = True
    connection = handler.connection
    for step in steps:
        if "send" in step:
            connection.sendall(filled(step["send"], values).encode("latin-1"))
        time.sleep(step.get("wait", 0))
        if step.get("end") == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The handler's own files keep the socket open.
            handler.rfile.close()
            handler.wfile.close()
            connection.close()
        elif step.get("end") == "stall":
            while connection.recv(65536):
                pass
