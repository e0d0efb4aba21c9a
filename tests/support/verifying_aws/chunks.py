"""Bodies in `aws-chunked`, and what is signed or summed up of any body."""

import base64
import hashlib
import hmac
import re
import zlib

from awscrt import checksums

from signature import ALGORITHM, Refused, digest

SIGNED_CHUNK = re.compile(rb"([0-9a-f]+);chunk-signature=([0-9a-f]{64})")
CHUNK = re.compile(rb"([0-9a-fA-F]+)")

SUMS = {
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-crc32c": lambda body: checksums.crc32c(body).to_bytes(4, "big"),
    "x-amz-checksum-crc64nvme": lambda body: checksums.crc64nvme(body).to_bytes(8, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
    "content-md5": lambda body: hashlib.md5(body).digest(),
}


def content(request, signature, secret):
    """The body without its coding. Raises `Refused` where it is not what was signed."""
    body, kind = request.body(), request.headers.get("x-amz-content-sha256")
    if kind is None or kind == "UNSIGNED-PAYLOAD":
        given = {}
    elif not kind.startswith("STREAMING-"):
        given = {}
        if digest(body) != kind:
            message = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise Refused("XAmzContentSHA256Mismatch", message, 400)
    else:
        body, given = Coded(request, signature, secret).decoded(kind)
        if request.header("x-amz-decoded-content-length") != str(len(body)):
            raise Refused("IncompleteBody", "x-amz-decoded-content-length is of another body", 400)
    check_sums({**request.headers, **given}, body)
    return body, given


def check_sums(headers, body):
    for name, compute in SUMS.items():
        value = headers.get(name)
        # The sum of a whole upload has its number of parts behind a dash.
        if value and "-" not in value and value != base64.b64encode(compute(body)).decode():
            # CompleteMultipartUpload has the sums of the object.
            if "x-amz-mp-object-size" not in headers and "x-amz-checksum-type" not in headers:
                raise Refused("BadDigest", f"{name} did not match the body", 400)


class Coded:
    """A body in chunks, read from the beginning."""

    def __init__(self, request, signature, secret):
        self._request, self._rest = request, request.body()
        self._chain = signature.chain(request, secret)
        self._previous = signature.value

    def decoded(self, kind):
        signed = kind.startswith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        if not signed and kind != "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
            raise Refused("InvalidRequest", f"{kind} is not known here", 400)
        body = bytearray()
        while chunk := self._chunk(signed):
            body += chunk
        trailers = self._trailers(signed) if kind.endswith("-TRAILER") else self._nothing()
        return bytes(body), trailers

    def _line(self):
        line, separator, self._rest = self._rest.partition(b"\r\n")
        if not separator:
            raise Refused("IncompleteBody", "the body ends within a chunk", 400)
        return line

    def _chunk(self, signed):
        line = self._line()
        match = (SIGNED_CHUNK if signed else CHUNK).fullmatch(line)
        if not match:
            raise Refused("InvalidChunk", f"{line[:100]} is not the head of a chunk", 400)
        size = int(match[1], 16)
        data, self._rest = self._rest[:size], self._rest[size:]
        if signed:
            empty, content = digest(b""), digest(data)
            expected = self._chain.sign(f"{ALGORITHM}-PAYLOAD", self._previous, empty, content)
            self._check(match[2].decode(), expected, "a chunk")
        if size and self._line():
            raise Refused("InvalidChunk", "a chunk is longer than its head says", 400)
        return data

    def _check(self, given, expected, what):
        if not hmac.compare_digest(given, expected):
            raise Refused("SignatureDoesNotMatch", f"the signature of {what} is wrong")
        self._previous = given

    def _trailers(self, signed):
        trailers, given = {}, None
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            if name == "x-amz-trailer-signature":
                given = value
            else:
                trailers[name.lower()] = value.strip()
        announced = [name.strip() for name in self._request.header("x-amz-trailer").split(",")]
        if sorted(trailers) != sorted(filter(None, announced)):
            raise Refused("MalformedTrailerError", f"{list(trailers)} is not x-amz-trailer", 400)
        if signed:
            lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
            expected = self._chain.sign(f"{ALGORITHM}-TRAILER", self._previous, digest(lines))
            self._check(given or "", expected, "the trailer")
        if self._rest:
            raise Refused("InvalidRequest", "there is more behind the trailer", 400)
        return trailers

    def _nothing(self):
        if self._rest not in (b"", b"\r\n"):
            raise Refused("InvalidRequest", "there is more behind the last chunk", 400)
        return {}
