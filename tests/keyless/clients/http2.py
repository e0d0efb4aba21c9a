"""Just enough of HTTP/2 to ask for many things at once over one connection."""

import struct

import raw

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
INITIAL_WINDOW_SIZE = 4
LARGEST_WINDOW = (1 << 31) - 1


def frame(kind, flags, stream, content=b""):
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content


def text(value):
    """A string without Huffman's code."""
    length = len(value)
    if length < 127:
        return bytes([length]) + value
    rest, encoded = length - 127, b"\x7f"
    while rest >= 128:
        encoded, rest = encoded + bytes([rest % 128 + 128]), rest // 128
    return encoded + bytes([rest]) + value


def head(target):
    fields = {":method": "GET", ":scheme": "http", ":authority": raw.HOST, ":path": target}
    return b"".join(
        # Literal, and in no table.
        b"\x00" + text(name.encode()) + text(value.encode())
        for name, value in fields.items()
    )


def get_at_once(targets):
    """The bodies of the answers, in the order of the targets."""
    streams = dict(zip(range(1, 2 * len(targets), 2), targets))
    bodies, left = dict.fromkeys(streams, b""), set(streams)
    window = struct.pack(">HI", INITIAL_WINDOW_SIZE, LARGEST_WINDOW)
    opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, window)
    opening += frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", LARGEST_WINDOW - 65535))
    flags = END_HEADERS | END_STREAM
    asked = (frame(HEADERS, flags, stream, head(target)) for stream, target in streams.items())
    with raw.connect(60) as connection:
        connection.sendall(opening + b"".join(asked))
        answers = connection.makefile("rb")
        while left:
            start = answers.read(9)
            kind, flags, stream = struct.unpack(">BBI", start[3:])
            content = answers.read(int.from_bytes(start[:3], "big"))
            assert kind not in (RST_STREAM, GOAWAY), (kind, content)
            if kind in (SETTINGS, PING) and not flags & ACK:
                answer = content if kind == PING else b""
                connection.sendall(frame(kind, ACK, 0, answer))
            if kind == DATA:
                bodies[stream] += content
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                left.discard(stream)
    return list(bodies.values())
