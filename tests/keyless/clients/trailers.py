"""Fields behind a body, both ways, over HTTP/1.1 and HTTP/2."""

import subprocess
import sys

import raw

UNSIGNED = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
BODY = b"7\r\ncontent\r\n0\r\n"


def put(key, *lines):
    request = raw.Request("PUT", f"/bucket/{key}", "s3", b"", UNSIGNED).remove("Content-Length")
    request.add("Transfer-Encoding", "chunked").add("TE", "trailers")
    request.add("Trailer", "X-Own, X-Amz-Acl, Content-Type").add("Connection", "close")
    fields = "".join(f"{line}\r\n" for line in lines)
    return raw.exchange(request.encoded(), BODY + fields.encode() + b"\r\n")


def over_http1():
    answer = put("http1", "X-Own: 1", "X-Unannounced: 2").decode()
    head, _, body = answer.partition("\r\n\r\n")
    print("http1", raw.status(answer.encode()), [line for line in head.split("\r\n") if line.startswith("trailer")])
    print(*body.split("\r\n"), sep="|")


def without_te():
    request = raw.Request("GET", "/bucket/no-te", "s3").add("Connection", "close")
    _, _, body = raw.exchange(request.encoded()).decode().partition("\r\n\r\n")
    print(*body.split("\r\n"), sep="|")


def misplaced():
    for line in ("X-Amz-Acl: public-read", "Authorization: AWS4", "Content-Length: 1", "Host: a"):
        answer = put("misplaced", "X-Own: 1", line)
        print("misplaced", line.partition(":")[0], raw.status(answer), raw.code(answer))
    # Of a body that is held as well.
    request = raw.tables().remove("Content-Length").add("Transfer-Encoding", "chunked")
    request.add("Connection", "close").body = b""
    answer = raw.exchange(request.encoded(), b"2\r\n{}\r\n0\r\nX-Amz-Target: a\r\n\r\n")
    print("misplaced held", raw.status(answer), raw.code(answer))


def from_http2():
    request = raw.Request("GET", "/bucket/http2", "s3")
    headers = [f"-H{name}: {value}" for name, value in request.headers if name != "Host"]
    curl = ["curl", "--http2-prior-knowledge", "-sSi", "--max-time", "60", *headers]
    ran = subprocess.run([*curl, f"http://{raw.HOST}/bucket/http2"], capture_output=True, check=True)
    lines = ran.stdout.decode().split("\r\n")
    names = ("HTTP/2", "content", "x-after", "x-leak", "set-cookie", "content-length")
    print(*(line.strip() for line in lines if line.startswith(names)), sep="|")


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def block(fields):
    """Fields as HPACK writes them without a table."""

    def text(value):
        encoded = value.encode()
        length = bytes([len(encoded)])
        if len(encoded) >= 127:
            rest = len(encoded) - 127
            length = bytes([127, rest % 128 | 128, rest // 128])
        return length + encoded

    return b"".join(b"\0" + text(name.lower()) + text(value) for name, value in fields)


def to_http2():
    request = raw.Request("PUT", "/bucket/to-http2", "s3", b"", UNSIGNED).remove("Content-Length")
    pseudo = [(":method", "PUT"), (":scheme", "http"), (":path", "/bucket/to-http2"), (":authority", raw.HOST)]
    fields = pseudo + [pair for pair in request.headers if pair[0] != "Host"] + [("trailer", "x-own")]
    sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
    sent += frame(1, 4, 1, block(fields)) + frame(0, 0, 1, b"content")
    sent += frame(1, 5, 1, block([("x-own", "1")]))
    with raw.connect() as connection:
        connection.sendall(sent)
        stream, ended = connection.makefile("rb"), False
        while not ended:
            head = stream.read(9)
            stream.read(int.from_bytes(head[:3], "big"))
            # The end of the stream, in the answer's last frame.
            ended = head[3] in (0, 1) and head[4] & 1 == 1
    print("to http2")


for name in sys.argv[1:]:
    globals()[name]()
