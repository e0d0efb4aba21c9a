"""Requests that nothing honest sends, by kind. Prints of each: its name, the status, the code."""

import base64
import os
import sys
import threading
import time
import urllib.parse
import zlib

import raw
from raw import FORM, IDENTITY, Request, exchange, identity, report, tables

BUCKET = os.environ.get("BUCKET", "bucket")


def said(name, answer):
    print(name, raw.status(answer), raw.code(answer), flush=True)


def other_targets():
    """Requests for somewhere else than AWS."""
    for name, target in (
        ("absolute", f"{raw.ENDPOINT}/"),
        ("absolute-elsewhere", "http://169.254.169.254/latest/meta-data/"),
        ("asterisk", "*"),
    ):
        request = identity()
        request.line = f"POST {target} HTTP/1.1"
        report(name, request)
    report(
        "connect", b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nHost: sts.amazonaws.com:443\r\n\r\n"
    )
    port = raw.HOST.rpartition(":")[2]
    for name, host in (
        ("another-host", "sts.amazonaws.com"),
        ("rebound-name", f"rebound.example:{port}"),
        ("another-port", "127.0.0.1:1"),
        ("user", f"user@127.0.0.1:{port}"),
        ("prefix", f"evil.example#127.0.0.1:{port}"),
        ("empty", ""),
    ):
        report(name, identity(host=host))
    request = identity()
    request.headers = [pair for pair in request.headers if pair[0] != "Host"]
    report("no-host", request)
    report("two-hosts", identity().add("Host", "sts.amazonaws.com"))


def regions():
    """Regions that are none, or of another partition."""
    for region in (
        "eu-central-1",
        "us-west-2",
        "eu-central-1.evil.example",
        "evil.example#",
        "x@evil.example",
        "cn-north-1",
        "us-gov-west-1",
        "eu-mars-1",
        "..",
        "EU-CENTRAL-1",
        "",
    ):
        report(region or "none", tables(region=region))


def smuggled():
    """Requests whose length is told in two ways, or in a wrong one. Behind each is another."""
    inner = identity().encoded()

    def sent(name, change):
        request = identity().remove("Content-Length")
        change(request)
        answer = exchange(request.encoded() + inner, timeout=5)
        print(name, raw.status(answer), answer.count(b"HTTP/1.1 2"), flush=True)

    length = str(len(IDENTITY))

    def both(request):
        request.add("Content-Length", length).add("Transfer-Encoding", "chunked")

    def chunked(value, body):
        def change(request):
            request.add("Transfer-Encoding", value)
            request.body = body

        return change

    def lengths(*values):
        def change(request):
            for value in values:
                request.add("Content-Length", value)

        return change

    coded = f"{len(IDENTITY):x}\r\n".encode() + IDENTITY + b"\r\n0\r\n\r\n"
    sent("length-and-chunked", both)
    sent("two-lengths", lengths(length, "0"))
    sent("list-of-lengths", lengths(f"{length}, 0"))
    sent("plus", lengths(f"+{length}"))
    sent("negative", lengths("-1"))
    sent("hexadecimal", lengths("0x2b"))
    sent("huge-length", lengths("99999999999999999999"))
    sent("unknown-coding", chunked("xchunked", coded))
    sent("identity-last", chunked("chunked, identity", coded))
    sent("chunked-twice", chunked("chunked, chunked", coded))
    sent("gzip", chunked("gzip, chunked", coded))
    sent("wrong-chunk", chunked("chunked", b"zz\r\n" + coded))
    sent("huge-chunk", chunked("chunked", b"ffffffffffffffffff\r\n" + coded))


def malformed():
    """Heads that other parsers read in another way."""
    head = identity().encoded()
    inner = head

    def sent(name, content):
        answer = exchange(content + inner, timeout=5)
        print(name, raw.status(answer), answer.count(b"HTTP/1.1 2"), flush=True)

    def with_line(line):
        return head.replace(b"\r\nContent-Type", b"\r\n" + line + b"\r\nContent-Type", 1)

    sent("folded", with_line(b"X-Fold: a\r\n b"))
    sent("blank-before-colon", with_line(b"Transfer-Encoding : chunked"))
    sent("blank-first", with_line(b" X-First: a"))
    sent("no-colon", with_line(b"nothing"))
    sent("empty-name", with_line(b": a"))
    sent("nul", with_line(b"X-Nul: a\0b"))
    sent("bare-cr", with_line(b"X-Cr: a\rTransfer-Encoding: chunked"))
    sent("name-with-slash", with_line(b"X/Slash: a"))
    sent("version-2", head.replace(b"HTTP/1.1", b"HTTP/2.0", 1))
    sent("version-9", head.replace(b"HTTP/1.1", b"HTTP/9.9", 1))
    sent("blank-in-target", head.replace(b"POST / ", b"POST / x ", 1))
    sent("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500))


def bare_line_feeds():
    """Lines that end with a line feed alone. Other parsers see no end of a line there."""
    head = identity().encoded()
    whole = head.replace(b"\r\n", b"\n")
    said("all", exchange(whole, timeout=5))
    said("first", exchange(head.replace(b"\r\n", b"\n", 1), timeout=5))
    said("last", exchange(head.replace(b"\r\n\r\n", b"\r\n\n", 1), timeout=5))
    said("in-chunks", exchange(chunked_identity().replace(b"2b\r\n", b"2b\n"), timeout=5))


def chunked_identity():
    request = identity().remove("Content-Length").add("Transfer-Encoding", "chunked")
    request.body = f"{len(IDENTITY):x}\r\n".encode() + IDENTITY + b"\r\n0\r\n\r\n"
    return request.encoded()


def meanings():
    """Requests that name two operations."""
    report("two-actions", Request("POST", "/", "sts", IDENTITY + b"&Action=AssumeRole", FORM))
    both = IDENTITY + b"&Action=GetCallerIdentity"
    report("one-action-twice", Request("POST", "/", "sts", both, FORM))
    for name, target in (
        ("action-in-query-too", "/?Action=AssumeRole"),
        ("version-in-query-too", "/?Version=2011-06-16"),
    ):
        report(name, Request("POST", target, "sts", IDENTITY, FORM))
    target = {"X-Amz-Target": "DynamoDB_20120810.DeleteTable"}
    report("target-and-action", Request("POST", "/", "sts", IDENTITY, FORM | target))
    report("target-unsigned", Request("POST", "/", "sts", IDENTITY, FORM, unsigned=target))
    twice = tables()
    report("target-twice", twice.add("X-Amz-Target", "DynamoDB_20120810.DeleteTable"))
    report("list-of-targets", tables("ListTables,DynamoDB_20120810.DeleteTable"))
    for name in ("X-Http-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        report(name, tables(headers={name: "DELETE"}))
    report("action-in-json", tables(body=b"Action=DeleteTable", headers=FORM))
    encoded = b"%41ction=GetCallerIdentity&Action=AssumeRole&Version=2011-06-15"
    report("encoded-name", Request("POST", "/", "sts", encoded, FORM))
    report("other-case", Request("POST", "/", "sts", IDENTITY + b"&action=AssumeRole", FORM))
    report("text", Request("POST", "/", "sts", IDENTITY, {"Content-Type": "text/plain"}))
    smithy = {"Smithy-Protocol": "rpc-v2-cbor"}
    path = "/service/DynamoDB_20120810/operation/DeleteTable"
    report("path-and-target", Request("POST", path, "dynamodb", b"{}", smithy | target))


def paths():
    """Paths that lead elsewhere than they seem to. Only ListFunctions is allowed."""
    functions = "/2015-03-31/functions"
    for name, path in (
        ("honest", f"{functions}/"),
        ("forbidden", f"{functions}/x/invocations"),
        ("dots", f"{functions}/y/../x/invocations"),
        ("dots-into", f"{functions}/x/invocations/../.."),
        ("coded-dots", f"{functions}/x/invocations/%2e%2e/%2e%2e/"),
        ("slashes", f"/{functions}//x//invocations"),
        ("coded-slash", f"{functions}%2fx%2finvocations"),
        ("coded-twice", f"{functions}%252fx%252finvocations"),
        ("nul", f"{functions}/%00"),
        ("line-feed", f"{functions}/%0d%0aX-Amz-Acl:%20public"),
        ("backslash", f"{functions}/x\\invocations"),
        ("coded-backslash", f"{functions}/x%5cinvocations"),
        ("not-ascii", f"{functions}/\xfc"),
        ("fragment", f"{functions}/#/x/invocations"),
        ("bad-escape", f"{functions}/%zz"),
        ("module-prefix", f"/~lambda{functions}/x/invocations"),
        ("two-prefixes", f"/~lambda/~s3{functions}/"),
    ):
        method = "POST" if "invocations" in path else "GET"
        report(name, Request(method, path, "lambda"))


def headers():
    """Headers that change a call and are not signed, or are not the client's to send."""
    target = f"/{BUCKET}/key"
    for name in (
        "X-Amz-Copy-Source",
        "X-Amz-Acl",
        "X-Amz-Security-Token-2",
        "X-Amzn-Something",
        "X-Amz-Website-Redirect-Location",
    ):
        report(name, Request("PUT", target, "s3", b"a", unsigned={name: "/other/key"}))
    twice = Request("PUT", target, "s3", b"a", {"X-Amz-Meta-A": "a"})
    report("signed-and-again", twice.add("x-amz-meta-a", "b"))
    report("upgrade", identity().add("Upgrade", "h2c"))
    # They pass, but not to AWS.
    passing = Request("PUT", target, "s3", b"a")
    for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via", "Cookie", "Proxy-X"):
        passing.add(name, "for=evil.example")
    report("passing", passing)


def signatures():
    """Signatures that are not this run's."""
    report("honest", identity())
    report("dated-by-date", identity(date_name="Date"))
    report("dated-by-an-old-date", identity(date_name="Date", age=16 * 60))
    report("dated-twice", identity(date_name="Date").add("Date", "Tue, 25 Nov 2025 10:00:00 GMT"))
    foreign = raw.Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", None)
    report("foreign-key", identity(keys=foreign))
    report("wrong-secret", identity(keys=raw.Keys(raw.KEY, "guess", raw.TOKEN)))
    report("wrong-token", identity(keys=raw.Keys(raw.KEY, raw.SECRET, "guess")))
    report("no-token", identity(keys=raw.Keys(raw.KEY, raw.SECRET, None)))
    report("old", identity(age=16 * 60))
    report("of-the-future", identity(age=-16 * 60))
    request = identity()
    request.body = IDENTITY[:-1] + b"6"
    report("another-body", request)
    request = Request("PUT", f"/{BUCKET}/key", "s3", b"content")
    request.body = b"Content"
    report("another-body-in-s3", request)
    request = identity()
    report("cut", request.set("Authorization", request.header("Authorization")[:-1]))
    request = identity()
    report("large", request.set("Authorization", request.header("Authorization").upper()))
    request = identity()
    doubled = f"{request.header('Authorization')}, {request.header('Authorization')}"
    report("doubled", request.set("Authorization", doubled))
    request = identity()
    report("two-headers", request.add("Authorization", request.header("Authorization")))
    request = identity()
    query = urllib.parse.urlencode(
        {"X-Amz-Signature": request.signature, "X-Amz-Credential": f"{raw.KEY}/{request.scope}"}
    )
    request.line = f"POST /?{query} HTTP/1.1"
    report("header-and-query", request)
    report("not-signed", identity().remove("Authorization"))
    request = identity()
    other_day = request.header("Authorization").replace(request.date[:8], "20250101")
    report("another-day", request.set("Authorization", other_day))
    request = identity()
    v4a = request.header("Authorization").replace("HMAC-SHA256", "ECDSA-P256-SHA256")
    report("v4a", request.set("Authorization", v4a))
    report("v2", identity().set("Authorization", f"AWS {raw.KEY}:c2lnbmF0dXJl"))
    report("bearer", identity().set("Authorization", f"Bearer {raw.SECRET}"))
    expires = int(time.time()) + 60
    report(
        "v2-in-query",
        f"GET /{BUCKET}/key?AWSAccessKeyId={raw.KEY}&Signature=c2ln&Expires={expires} HTTP/1.1\r\n"
        f"Host: {raw.HOST}\r\nConnection: close\r\n\r\n".encode(),
    )
    report(
        "anonymous-s3",
        f"GET /{BUCKET}/key HTTP/1.1\r\nHost: {raw.HOST}\r\nConnection: close\r\n\r\n".encode(),
    )


def replayed():
    """A request that is sent again as it was, and again with another end."""
    sent = identity().add("Connection", "close").encoded()
    said("first", exchange(sent))
    said("again", exchange(sent))
    said("changed", exchange(sent.replace(b"2011-06-15", b"2011-06-16")))


def chunks():
    """Signed chunks that are changed, cut off, swapped or too large."""
    parts = [b"a" * 70_000, b"b" * 70_000]

    def trailer(content):
        crc = zlib.crc32(content).to_bytes(4, "big")
        return ("x-amz-checksum-crc32", base64.b64encode(crc).decode())

    def sent(name, change, chunks=parts, with_trailer=True):
        last = trailer(b"".join(chunks)) if with_trailer else None
        head, pieces = raw.signed_chunks(f"/{BUCKET}/{name}", chunks, last)
        said(name, exchange(head, *change(pieces)))

    sent("whole", lambda pieces: pieces)
    sent("whole-without-trailer", lambda pieces: pieces, with_trailer=False)
    sent("changed", lambda pieces: [pieces[0], pieces[1].replace(b"bbb", b"bcb", 1), *pieces[2:]])
    sent("swapped", lambda pieces: [pieces[1], pieces[0], *pieces[2:]])
    sent("last-signature", lambda p: [*p[:2], p[2].replace(b"=", b"=0", 1), *p[3:]])
    sent("trailer", lambda pieces: [*pieces[:-1], pieces[-1].replace(b"crc32:", b"crc32:A", 1)])
    sent("size", lambda pieces: [b"ffffffff" + pieces[0], *pieces[1:]])
    sent("large", lambda pieces: pieces, [b"a" * (3 << 20)])
    head, pieces = raw.signed_chunks(f"/{BUCKET}/cut", parts)
    with raw.connect() as connection:
        connection.sendall(head + pieces[0])
    # The connection is closed within the body.
    print("cut", flush=True)


def sizes():
    """Heads and bodies beyond what is taken."""
    report("many-headers", with_headers(150, 10))
    report("large-headers", with_headers(20, 8000))
    report("large-target", Request("GET", f"/{BUCKET}/{'a' * 100_000}", "s3"))
    deep = b'{"a":' * 100 + b"1" + b"}" * 100
    report("deep-json", tables(body=deep))
    body = b'{"a":"' + b"x" * (80 << 20) + b'"}'
    report("large-json", tables(body=body))
    # Nobody has signed so much, but the head says so.
    for name, request in (
        ("endless-json", tables()),
        ("endless-form", identity()),
    ):
        request.set("Content-Length", str(10 << 30)).body = b""
        answer = exchange(request.encoded(), *([b"x" * (1 << 20)] * 64), timeout=20)
        said(name, answer)
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "'
        + b"x" * 1000
        + b'"><!ENTITY b "&a;&a;&a;">]>'
        + b"<Delete><Object><Key>&b;</Key></Object></Delete>"
    )
    report("entities", Request("POST", f"/{BUCKET}?delete=", "s3", bomb))


def with_headers(count, size):
    request = identity()
    for number in range(count):
        request.add(f"X-Extra-{number}", "a" * size)
    return request


def slow():
    """Heads and bodies that do not come. Says when the connection was closed."""

    def wait(name, content, most):
        began = time.monotonic()
        answer = exchange(content, timeout=most + 10)
        took = time.monotonic() - began
        print(name, raw.status(answer), "soon" if took < most else "late", flush=True)

    request = identity().encoded()
    waiting = [
        threading.Thread(target=wait, args=arguments)
        for arguments in (
            ("nothing", b"", 30),
            ("half-a-head", request[:100], 30),
            ("half-a-body", request[:-10], 90),
        )
    ]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()


if __name__ == "__main__":
    for kind in sys.argv[1:]:
        globals()[kind]()
