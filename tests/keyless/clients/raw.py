"""Requests byte by byte: signed rightly, and then changed, or sent in pieces."""

import collections
import datetime
import hashlib
import hmac
import os
import socket
import urllib.parse

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
HOST = urllib.parse.urlsplit(ENDPOINT).netloc
REGION = os.environ["AWS_REGION"]
KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
TOKEN = os.environ["AWS_SESSION_TOKEN"]
Keys = collections.namedtuple("Keys", "key secret token")
KEYS = Keys(KEY, SECRET, TOKEN)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def normalized(path):
    """Without dots and doubled slashes, as all but S3 sign it."""
    kept = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


class Request:
    """A signed request, whose parts can be changed before it is sent.

    All headers are signed but those of `unsigned`; the path is signed in the form of S3 or of the
    others, the query as it is given, which is to be sorted.
    """

    def __init__(
        self,
        method,
        target,
        service,
        body=b"",
        headers=(),
        region=REGION,
        keys=KEYS,
        host=HOST,
        unsigned=(),
        age=0,
        host_name="Host",
        date_name="X-Amz-Date",
    ):
        now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        self.date = now.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/{region}/{service}/aws4_request"
        self.line = f"{method} {target} HTTP/1.1"
        self.body = body
        sent = now.strftime("%a, %d %b %Y %H:%M:%S GMT") if date_name == "Date" else self.date
        named = {host_name: host, **dict(headers), date_name: sent}
        if keys.token:
            named["X-Amz-Security-Token"] = keys.token
        if service == "s3":
            named.setdefault("X-Amz-Content-SHA256", sha256(body))
        signed = sorted(name.lower() for name in named)
        values = {name.lower(): " ".join(value.split()) for name, value in named.items()}
        path, _, query = target.partition("?")
        canonical = [
            method,
            path if service == "s3" else urllib.parse.quote(normalized(path), safe="/"),
            query,
            *(f"{name}:{values[name]}" for name in signed),
            "",
            ";".join(signed),
            values.get("x-amz-content-sha256", sha256(body)),
        ]
        self._key = b"AWS4" + keys.secret.encode()
        for part in self.scope.split("/"):
            self._key = hmac.digest(self._key, part.encode(), "sha256")
        hashed = sha256("\n".join(canonical).encode("latin-1"))
        self.signature = self.sign("AWS4-HMAC-SHA256", hashed)
        self.headers = list(named.items()) + list(dict(unsigned).items())
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={keys.key}/{self.scope}, "
            f"SignedHeaders={';'.join(signed)}, Signature={self.signature}"
        )
        self.add("Authorization", authorization)
        if body or method in ("POST", "PUT"):
            self.add("Content-Length", str(len(body)))

    def sign(self, algorithm, *rest):
        lines = [algorithm, self.date, self.scope, *rest]
        return hmac.digest(self._key, "\n".join(lines).encode(), "sha256").hex()

    def header(self, name):
        return dict(self.headers)[name]

    def set(self, name, value):
        self.headers = [pair for pair in self.headers if pair[0] != name]
        return self.add(name, value)

    def remove(self, name):
        self.headers = [pair for pair in self.headers if pair[0] != name]
        return self

    def add(self, name, value):
        self.headers.append((name, value))
        return self

    def encoded(self):
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def identity(**changes):
    """sts GetCallerIdentity."""
    return Request("POST", "/", "sts", IDENTITY, FORM, **changes)


def tables(operation="ListTables", body=b"{}", headers=(), **changes):
    """A call of DynamoDB."""
    target = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }
    return Request("POST", "/", "dynamodb", body, target | dict(headers), **changes)


def connect(timeout=20):
    host, port = HOST.split(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def exchange(*pieces, timeout=20):
    """Everything that is answered until the other side closes, or is silent."""
    connection = connect(timeout)
    answer = b""
    try:
        for piece in pieces:
            connection.sendall(piece)
        while received := connection.recv(65536):
            answer += received
    except (ConnectionError, TimeoutError):
        pass
    connection.close()
    return answer


def ask(request, timeout=20):
    """The status of the answer to one request, the code in it, and the whole of it."""
    content = (
        request if isinstance(request, bytes) else request.add("Connection", "close").encoded()
    )
    answer = exchange(content, timeout=timeout)
    return status(answer), code(answer), answer


def status(answer):
    """0 where there is none."""
    line = answer.split(b"\r\n", 1)[0].split(b" ")
    return int(line[1]) if len(line) > 1 and line[0].startswith(b"HTTP/1") else 0


def code(answer):
    text = answer.decode("latin-1")
    for before, after in (("<Code>", "<"), ('"__type":"', '"'), ('"__type": "', '"')):
        if before in text:
            return text.partition(before)[2].partition(after)[0].rpartition("#")[2]
    return ""


def report(name, request):
    """One line for the test."""
    found, error, _ = ask(request)
    print(name, found, error, flush=True)


def signed_chunks(target, chunks, trailer=None, headers=()):
    """An upload to S3 whose chunks are signed, as Java's SDK sends it: the head, and each chunk."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    length = sum(map(len, chunks))
    more = {"X-Amz-Decoded-Content-Length": str(length), "Content-Encoding": "aws-chunked"}
    if trailer:
        more["X-Amz-Trailer"] = trailer[0]
    head = Request(
        "PUT", target, "s3", b"", {"X-Amz-Content-SHA256": kind, **more, **dict(headers)}
    )
    previous, pieces = head.signature, []
    for chunk in [*chunks, b""]:
        hashes = sha256(b""), sha256(chunk)
        previous = head.sign("AWS4-HMAC-SHA256-PAYLOAD", previous, *hashes)
        end = b"\r\n" if chunk or not trailer else b""
        pieces.append(f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + end)
    if trailer:
        line = ":".join(trailer)
        hashed = sha256(f"{line}\n".encode())
        signature = head.sign("AWS4-HMAC-SHA256-TRAILER", previous, hashed)
        pieces.append(f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode())
    head.set("Content-Length", str(sum(map(len, pieces)))).add("Connection", "close")
    return head.encoded(), pieces
