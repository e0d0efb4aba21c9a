"""Stands in for AWS's STS and S3, as far as the clients of the matrix call them.

It hands out sets with a short life, checks each request's signature and session token, and refuses
a set that has ended, by its own clock: see tests/support/verifying_aws.
"""

import datetime
import os
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support/verifying_aws"))

from request import Request
from sets import Sets
from signature import Refused, Signature

ACCOUNT = "123456789012"


class Issuer:
    """Makes sets, and knows them again."""

    def __init__(self):
        self._sets = Sets()

    def issue(self, lifetime):
        """A new set that lives for `lifetime`, as an STS answer's `Credentials`."""
        return self._sets.issue("matrix", int(lifetime.total_seconds())).credentials()

    def signer(self, request):
        """The access key ID whose valid set signed `request`; `Refused` where none did."""
        signature = Signature.of(request)
        if signature is None:
            raise Refused("MissingAuthenticationToken", "the request is not signed")
        made = self._sets.with_key(signature.key)
        self._sets.check(made, signature, request)
        signature.check(request, made.secret)
        return made.key


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
                request = Request(self)
                # The next request of the connection is behind it.
                request.body()
                status, body = aws._answer(request)
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
        if request.method == "POST":
            return 200, caller_identity(key)
        return 200, s3_listing(request, key)


def error(request, why):
    inner = f"<Code>{why.code}</Code><Message>{why}</Message>"
    if request.method == "POST":
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
    bucket = urllib.parse.unquote(request.path.strip("/"))
    if not bucket:
        return (
            f'<ListAllMyBucketsResult xmlns="{namespace}"><Owner><ID>1</ID></Owner><Buckets><Bucket>'
            f"<Name>matrix</Name><CreationDate>{now}</CreationDate></Bucket></Buckets>"
            "</ListAllMyBucketsResult>"
        )
    if "location" in request.query:
        return f'<LocationConstraint xmlns="{namespace}">eu-central-1</LocationConstraint>'
    return (
        f'<ListBucketResult xmlns="{namespace}"><Name>{bucket}</Name><Prefix></Prefix><KeyCount>1'
        "</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents>"
        f"<Key>{key}</Key><LastModified>{now}</LastModified>"
        '<ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>0</Size>'
        "<StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"
    )
