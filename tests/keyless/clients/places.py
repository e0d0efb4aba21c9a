"""Asks over HTTP/2 for more than is let through at a time, and reads none of the answers."""

import contextlib
import struct
import sys

import boto3
import http2
import raw

AT_ONCE = 32
ALL_RIGHT = 0x88
"""`:status 200`, as HPACK's table has it, which begins the head of an answer."""


def ask(target):
    """A connection with AT_ONCE calls whose answers have begun, and how many of them are right."""
    streams = range(1, 2 * AT_ONCE, 2)
    window = struct.pack(">HI", http2.INITIAL_WINDOW_SIZE, 0)
    opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2.frame(http2.SETTINGS, 0, 0, window)
    flags = http2.END_HEADERS | http2.END_STREAM
    asked = [http2.frame(http2.HEADERS, flags, stream, http2.head(target)) for stream in streams]
    connection = raw.connect(60)
    connection.sendall(opening + b"".join(asked))
    answers, statuses = connection.makefile("rb"), {}
    while len(statuses) < AT_ONCE:
        start = answers.read(9)
        kind, _, stream = struct.unpack(">BBI", start[3:])
        content = answers.read(int.from_bytes(start[:3], "big"))
        if kind == http2.HEADERS:
            statuses[stream] = content[0]
    return connection, sum(status == ALL_RIGHT for status in statuses.values())


def is_served(target, open_ones):
    """Whether another connection gets an answer at all."""
    flags = http2.END_HEADERS | http2.END_STREAM
    connection = open_ones.enter_context(raw.connect(60))
    opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2.frame(http2.SETTINGS, 0, 0)
    connection.sendall(opening + http2.frame(http2.HEADERS, flags, 1, http2.head(target)))
    answers = connection.makefile("rb")
    try:
        while len(start := answers.read(9)) == 9:
            if start[3] == http2.HEADERS:
                return True
            answers.read(int.from_bytes(start[:3], "big"))
    except ConnectionError:
        pass
    return False


def main():
    s3 = boto3.client("s3")
    key = {"Bucket": sys.argv[1], "Key": "large"}
    s3.put_object(**key, Body=bytes(1_000_000))
    target = s3.generate_presigned_url("get_object", Params=key).removeprefix(f"http://{raw.HOST}")
    with contextlib.ExitStack() as open_ones:
        right = 0
        for _ in range(10):
            connection, passed = ask(target)
            open_ones.enter_context(connection)
            right += passed
        print(right, "of", 10 * AT_ONCE)
        print(len(s3.get_object(**key)["Body"].read()), "bytes for another")
    passed = 0
    while passed < AT_ONCE:
        # The proxy has yet to see that the others are gone.
        connection, passed = ask(target)
        connection.close()
    print(passed, "of", AT_ONCE, "later")
    with contextlib.ExitStack() as open_ones:
        served = [is_served(target, open_ones) for _ in range(40)]
        print(served.count(True), "connections of", len(served))


main()
