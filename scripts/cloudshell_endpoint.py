"""The credential endpoint that runs inside AWS CloudShell, as far as its clients see it.

It answers only to the right `Authorization` header, with the session's current set. A set lives 15
minutes and is replaced once less than 5 are left, so that a client always finds between 5 and 15.
`Type` is empty and `LastUpdated` is the epoch: CloudShell really sends that.
"""

import datetime
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/latest/meta-data/container/security-credentials"


class Rotation:
    """The current set, and when it is replaced."""

    def __init__(self, issue, lifetime, replaced_below):
        """`issue(lifetime)` makes a new set: the `Credentials` of an STS answer."""
        self._issue = issue
        self._lifetime = datetime.timedelta(seconds=lifetime)
        self._replaced_below = datetime.timedelta(seconds=replaced_below)
        self._lock = threading.Lock()
        self._set = None
        self._expiration = None

    def current(self):
        with self._lock:
            now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
            if self._set is None or self._expiration - now < self._replaced_below:
                self._set = self._issue(self._lifetime)
                self._expiration = now + self._lifetime
            return {
                "Type": "",
                "AccessKeyId": self._set["AccessKeyId"],
                "SecretAccessKey": self._set["SecretAccessKey"],
                "Token": self._set["SessionToken"],
                "Expiration": self._expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Code": "Success",
                "LastUpdated": "1970-01-01T00:00:00Z",
            }


def serve(rotation, token):
    """Serves `rotation` on a free loopback port, in the background. Returns the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != PATH:
                self.answer(404, {"code": "NotFound", "message": "no such path"})
            elif not hmac.compare_digest(self.headers.get("Authorization", ""), token):
                self.answer(403, {"code": "Forbidden", "message": "wrong authorization token"})
            else:
                self.answer(200, rotation.current())

        def answer(self, status, body):
            content = json.dumps(body, indent="\t").encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except ConnectionError:
                pass  # A client that was ended while it asked.

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}{PATH}"
