"""Stands in for AWS's STS and S3, as far as the clients of the matrix call them.

It hands out sets with a short life, checks each request's signature and session token, and refuses
a set that has ended, by its own clock. The signature is computed here, from AWS's description of
Signature Version 4, by none of the SDKs that are tried.
"""

import datetime
import hashlib
import hmac
import re
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "123456789012"


class Refused(Exception):
    """Why a request is answered with 403."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Issuer:
    """Makes sets, and knows them again."""

    def __init__(self):
        self._sets = {}

    def issue(self, lifetime):
        """A new set that lives for `lifetime`, as an STS answer's `Credentials`."""
        key = f"ASIA{len(self._sets):016}"
        made = {
            "AccessKeyId": key,
            "SecretAccessKey": secrets.token_urlsafe(30),
            "SessionToken": secrets.token_urlsafe(200),
        }
        # The end is announced in whole seconds, rounded down; here it is as exact.
        end = int(time.time()) + lifetime.total_seconds()
        self._sets[key] = (made, end)
        return made

    def signer(self, request):
        """The access key ID whose valid set signed `request`; `Refused` where none did."""
        signature = Signature.of(request)
        made, end = self._sets.get(signature.key, (None, 0))
        if made is None:
            raise Refused("InvalidClientTokenId", "no such access key")
        if request.headers.get("X-Amz-Security-Token") != made["SessionToken"]:
            raise Refused("InvalidClientTokenId", "the session token is of another set")
        if time.time() >= end:
            late = time.time() - end
            raise Refused("ExpiredToken", f"the set ended {late:.1f} s ago")
        if not hmac.compare_digest(signature.value, signature.expected(request, made)):
            raise Refused("SignatureDoesNotMatch", "the signature is wrong")
        return signature.key


class Signature:
    """An `Authorization` header of Signature Version 4."""

    HEADER = re.compile(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)"
    )

    def __init__(self, key, scope, signed_headers, value):
        self.key, self.scope, self.signed_headers, self.value = key, scope, signed_headers, value

    @classmethod
    def of(cls, request):
        match = cls.HEADER.fullmatch(request.headers.get("Authorization", ""))
        if not match:
            raise Refused("MissingAuthenticationToken", "the request is not signed")
        key, scope, signed_headers, value = match.groups()
        return cls(key, scope, signed_headers.split(";"), value)

    def expected(self, request, made):
        signed_at = request.headers.get("X-Amz-Date", "")
        canonical = hashlib.sha256(self._canonical(request).encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", signed_at, self.scope, canonical])
        key = b"AWS4" + made["SecretAccessKey"].encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, to_sign.encode(), "sha256").hex()

    def _canonical(self, request):
        path, _, query = request.path.partition("?")
        # Encoded in one way, however the client has sent it.
        pairs = sorted(
            tuple(encoded(part) for part in pair.partition("=")[::2])
            for pair in query.split("&")
            if pair
        )
        headers = [
            f"{name}:{' '.join(','.join(request.headers.get_all(name, [])).split())}\n"
            for name in self.signed_headers
        ]
        body = hashlib.sha256(request.content).hexdigest()
        return "\n".join(
            [
                request.command,
                path,
                "&".join(f"{name}={value}" for name, value in pairs),
                "".join(headers),
                ";".join(self.signed_headers),
                request.headers.get("X-Amz-Content-Sha256", body),
            ]
        )


def encoded(text):
    return urllib.parse.quote(urllib.parse.unquote(text), safe="")


class Aws:
    """One client's AWS: it counts what that client alone does."""

    def __init__(self, address, issuer):
        self.calls = 0
        self.sets = set()
        self.refusals = []
        self._issuer = issuer
        self._lock = threading.Lock()
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave as one segment.
            wbufsize = -1

            def handle_request(self):
                self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = aws._answer(self)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body.encode())
                self.wfile.flush()

            do_GET = do_HEAD = do_POST = handle_request

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, request):
        try:
            key = self._issuer.signer(request)
        except Refused as why:
            with self._lock:
                self.refusals.append(f"{why.code}: {why}")
            return 403, error(request, why)
        with self._lock:
            self.calls += 1
            self.sets.add(key)
        if request.command == "POST":
            return 200, caller_identity(key)
        return 200, s3_listing(request, key)


def error(request, why):
    inner = f"<Code>{why.code}</Code><Message>{why}</Message>"
    if request.command == "POST":
        return f"<ErrorResponse><Error>{inner}</Error><RequestId>1</RequestId></ErrorResponse>"
    return f"<Error>{inner}</Error>"


def caller_identity(key):
    return (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/matrix/{key}</Arn>"
        f"<UserId>{key}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def s3_listing(request, key):
    """The buckets of S3, or the objects of the bucket that is asked for."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    path, _, query = request.path.partition("?")
    bucket = urllib.parse.unquote(path.strip("/"))
    if not bucket:
        return (
            f'<ListAllMyBucketsResult xmlns="{namespace}"><Owner><ID>1</ID></Owner><Buckets><Bucket>'
            f"<Name>matrix</Name><CreationDate>{now}</CreationDate></Bucket></Buckets>"
            "</ListAllMyBucketsResult>"
        )
    if "location" in query:
        return f'<LocationConstraint xmlns="{namespace}">eu-central-1</LocationConstraint>'
    return (
        f'<ListBucketResult xmlns="{namespace}"><Name>{bucket}</Name><Prefix></Prefix><KeyCount>1'
        "</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents>"
        f"<Key>{key}</Key><LastModified>{now}</LastModified>"
        '<ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>0</Size>'
        "<StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"
    )
