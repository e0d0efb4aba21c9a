"""A request, as it came over the wire."""

import re
import urllib.parse

# More than any test sends.
LARGEST_BODY = 1 << 30


class Request:
    def __init__(self, handler):
        # The handler's own `path` has its slashes at the beginning changed.
        self.method, self.target, _ = handler.requestline.split(" ", 2)
        self.path, _, self.query = self.target.partition("?")
        self.headers = {}
        for name in handler.headers.keys():
            values = handler.headers.get_all(name)
            self.headers[name.lower()] = ",".join(value.strip() for value in values)
        self._handler = handler
        self._body = None

    def header(self, name):
        return self.headers.get(name, "")

    def body(self):
        """Read when it is first asked for."""
        if self._body is None:
            if self.header("expect").lower() == "100-continue":
                self._handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self._handler.wfile.flush()
            self._body = b"".join(self._pieces())
        return self._body

    def _pieces(self):
        stream = self._handler.rfile
        if self.header("transfer-encoding").lower() != "chunked":
            yield stream.read(int(self.header("content-length") or 0))
            return
        left = LARGEST_BODY
        while size := int(stream.readline(100).split(b";")[0], 16):
            left -= size
            if left < 0:
                raise ValueError("the body is too large")
            yield stream.read(size)
            stream.readline(3)
        while stream.readline(65536).strip():
            pass

    def operation(self):
        """`TARGET`, `Action`, or method and path."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        if self.header("content-type").startswith("application/x-www-form-urlencoded"):
            form = urllib.parse.parse_qs(self.body().decode("latin-1"))
            if action := form.get("Action"):
                return action[0]
        if match := re.search(r"/operation/([A-Za-z0-9]+)$", self.path):
            return match[1]
        return f"{self.method} {self.path}"

    def described(self):
        """For the log: nothing of the body."""
        return {
            "method": self.method,
            "target": self.target,
            "host": self.header("host"),
            "operation": self.operation(),
            "headers": sorted(self.headers),
            "payload": self.headers.get("x-amz-content-sha256"),
            "bytes": len(self.body()),
        }
