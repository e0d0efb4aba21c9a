"""Writes src/keyless/signature/tests/vectors.json: requests as botocore signs them with a set that
the container has, and what botocore makes of the same requests for AWS with the real one.

    scripts/python.sh
    target/python/bin/python scripts/signatures.py

Chunks are signed here as AWS documents it, since botocore does not sign them.
"""

import datetime
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.auth import (
    S3ExpressAuth,
    S3ExpressQueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FILE = Path(__file__).parents[1] / "src/keyless/signature/tests/vectors.json"
NOW = datetime.datetime(2025, 11, 25, 10, 0, tzinfo=datetime.timezone.utc)
DATE = NOW.strftime("%Y%m%dT%H%M%SZ")
ISSUED = Credentials("ASIAISSUED2345ABCDEF", "issued-secret-access-key", "issued-token")
REAL = Credentials("ASIAREAL2345ABCDEFGH", "real/secret+access/key", "real/token+of//sts==")
PROXY = "http://127.0.0.1:4566"
NOTHING = hashlib.sha256(b"").hexdigest()

botocore.auth.get_current_datetime = lambda *_: NOW


class DatedByHttp(SigV4Auth):
    """Signs `Date` in the form of HTTP, as AWS's own examples have it. botocore writes that of mail."""

    def _modify_request_before_signing(self, request):
        super()._modify_request_before_signing(request)
        del request.headers["Date"]
        request.headers["Date"] = NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")


class DatedByIso(SigV4Auth):
    """Signs `Date` in the form that signatures have."""

    def _modify_request_before_signing(self, request):
        super()._modify_request_before_signing(request)
        del request.headers["Date"]
        request.headers["Date"] = DATE


class Stated(SigV4Auth):
    """Signs the path as it is, and the hash that is in the headers."""

    def _normalize_url_path(self, path):
        return path


class StatedExpress(Stated):
    """The same with the token of a session."""

    def _modify_request_before_signing(self, request):
        super()._modify_request_before_signing(request)
        del request.headers["X-Amz-Security-Token"]
        request.headers["x-amz-s3session-token"] = self.credentials.token


def is_s3(name):
    return name.startswith("s3")


def signed(signer, method, url, headers, body=b""):
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        # This adds a header, also where there is one of that name.
        request.headers[name] = value
    signer.add_auth(request)
    return request


def as_sent(request, url, also):
    """Target and headers on the wire."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [["Host", parts.netloc]]
    headers += [[name, value] for name, value in request.headers.items()]
    return target, headers + [list(header) for header in also]


def vector(
    name,
    method,
    service,
    target,
    upstream,
    *,
    region="eu-west-1",
    headers=None,
    body="",
    also=(),
    signer=None,
    presigned=False,
    upstream_name=None,
    upstream_region=None,
    upstream_target=None,
    sent_target=None,
):
    """One request. `headers` are signed both times, `also` are not. `sent_target` is what AWS is
    sent, where that is in another encoding than what the container's client sent."""
    data = body.encode()
    headers = list(headers.items() if isinstance(headers, dict) else headers or ())
    if signer is None:
        signer = S3SigV4Auth if is_s3(service) else SigV4Auth
    make = {"identity_cache": None} if signer in (S3ExpressAuth, S3ExpressQueryAuth) else {}
    request = signed(
        signer(ISSUED, service, region, **make), method, PROXY + target, headers, data
    )
    url = request.url if presigned else PROXY + target
    sent, sent_headers = as_sent(request, url, also)

    stated = request.headers.get("X-Amz-Content-SHA256")
    if stated is None:
        unsigned = presigned and is_s3(service)
        stated = "UNSIGNED-PAYLOAD" if unsigned else hashlib.sha256(data).hexdigest()
    again = [pair for pair in headers if pair[0] not in ("X-Amz-Content-SHA256", "Date")]
    again.append(("X-Amz-Content-SHA256", stated))
    upstream_name = upstream_name or service
    upstream_region = upstream_region or region
    if signer in (S3ExpressAuth, S3ExpressQueryAuth):
        signer_again = StatedExpress
    else:
        signer_again = Stated if is_s3(upstream_name) else SigV4Auth
    # What is asked for, and what is sent: without the signature of a presigned URL.
    uri = upstream + (upstream_target or sent)
    sent_uri = upstream + (sent_target or upstream_target or target)
    answer = signed(signer_again(REAL, upstream_name, upstream_region), method, sent_uri, again, data)
    return {
        "name": name,
        "method": method,
        "target": sent,
        "headers": sent_headers,
        "body": body,
        "upstream": {
            "uri": uri,
            "sent": sent_uri,
            "name": upstream_name,
            "region": upstream_region,
            "headers": [[key.lower(), value] for key, value in answer.headers.items()],
        },
    }


def key(credentials, region, service):
    found = b"AWS4" + credentials.secret_key.encode()
    for text in (DATE[:8], region, service, "aws4_request"):
        found = hmac.new(found, text.encode(), hashlib.sha256).digest()
    return found


def chunked(credentials, seed, chunks, trailer):
    """A coded body, by AWS's pages "Signature calculations for chunked uploads" and "… trailing
    headers"."""
    scope = f"{DATE[:8]}/eu-west-1/s3/aws4_request"
    secret = key(credentials, "eu-west-1", "s3")
    previous = seed
    coded = ""

    def sign(kind, *hashes):
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", DATE, scope, previous, *hashes])
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()

    for chunk in [*chunks, ""]:
        previous = sign("PAYLOAD", NOTHING, hashlib.sha256(chunk.encode()).hexdigest())
        coded += f"{len(chunk):x};chunk-signature={previous}\r\n{chunk}"
        coded += "\r\n" if chunk else ""
    if trailer is None:
        return coded + "\r\n"
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailer))
    previous = sign("TRAILER", hashlib.sha256(lines.encode()).hexdigest())
    coded += "".join(f"{name}:{value}\r\n" for name, value in trailer)
    return coded + f"x-amz-trailer-signature:{previous}\r\n\r\n"


def with_chunks(name, chunks, trailer):
    payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("" if trailer is None else "-TRAILER")
    headers = {
        "X-Amz-Content-SHA256": payload,
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(sum(map(len, chunks))),
        "x-amz-te": "append-md5",
    }
    if trailer is not None:
        headers["x-amz-trailer"] = ",".join(name for name, _ in trailer)
    found = vector(
        name,
        "PUT",
        "s3",
        "/bkt/key",
        "https://s3.eu-west-1.amazonaws.com",
        headers=headers,
        signer=Stated,
    )

    def seed(headers):
        value = next(value for name, value in headers if name.lower() == "authorization")
        return value.rsplit("=", 1)[1]

    found["body"] = chunked(ISSUED, seed(found["headers"]), chunks, trailer)
    upstream = found["upstream"]
    upstream["body"] = chunked(REAL, seed(upstream["headers"]), chunks, trailer)
    found["headers"].append(["Content-Length", str(len(found["body"]))])
    return found


S3 = "https://s3.eu-west-1.amazonaws.com"
JSON = {"content-type": "application/x-amz-json-1.0"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SDK = [
    ("user-agent", "aws-sdk/1.0 ua/2.1 os/linux"),
    ("amz-sdk-invocation-id", "2f3b5b7e-0000-4000-8000-000000000000"),
    ("amz-sdk-request", "attempt=1; max=3"),
    ("accept-encoding", "identity"),
    ("connection", "keep-alive"),
]


def vectors():
    yield vector("S3: list buckets", "GET", "s3", "/", S3, also=SDK)
    yield vector("S3: dots and slashes in a key", "GET", "s3", "/bkt/x//y/./z/../w", S3)
    yield vector(
        "S3: a key in many alphabets",
        "PUT",
        "s3",
        "/bkt/" + quote("a b+c&d=e(f)/é/日本/😀~-_."),
        S3,
        headers={"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"},
        body="the body",
        also=[("expect", "100-continue"), ("content-length", "8")],
    )
    yield vector("S3: a subresource", "GET", "s3", "/bkt?acl", S3)
    yield vector(
        "S3: a query out of order",
        "GET",
        "s3",
        "/bkt?list-type=2&prefix=a%20b%2Bc%2F&delimiter=%2F&encoding-type=url&x-id=ListObjectsV2",
        S3,
    )
    yield vector(
        "S3: headers with blanks and metadata",
        "PUT",
        "s3",
        "/bkt/key",
        S3,
        headers={
            "x-amz-meta-text": "  two  blanks   and three  ",
            "x-amz-acl": "private",
            "range": "bytes=0-9",
            "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
            "content-type": "text/plain",
        },
        also=[("cache-control", "no-cache"), ("content-disposition", "attachment")],
    )
    yield vector(
        "S3: a header that comes twice",
        "GET",
        "s3",
        "/bkt/key?attributes",
        S3,
        headers=[
            ("x-amz-object-attributes", "ETag"),
            ("x-amz-meta-b", "1"),
            ("x-amz-object-attributes", "Checksum,  ObjectSize"),
        ],
    )
    yield vector(
        "S3: a body without a hash",
        "PUT",
        "s3",
        "/bkt/key",
        S3,
        headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"},
        body="whatever",
        signer=Stated,
    )
    yield vector(
        "S3: chunks without signatures",
        "PUT",
        "s3",
        "/bkt/key",
        S3,
        headers={
            "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "content-encoding": "aws-chunked",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-decoded-content-length": "8",
        },
        body="8\r\nwhatever\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        also=[("transfer-encoding", "chunked")],
        signer=Stated,
    )
    yield vector(
        "S3: in another region",
        "GET",
        "s3",
        "/bkt/key",
        "https://s3.ap-south-1.amazonaws.com",
        upstream_region="ap-south-1",
    )
    yield vector(
        "S3: a path that is not encoded strictly",
        "GET",
        "s3",
        "/bkt/a(b)%2fc%7Ed%c3%a9?versionId=%7ex",
        S3,
        signer=Loose,
        sent_target="/bkt/a%28b%29%2Fc~d%C3%A9?versionId=~x",
    )
    yield vector(
        "S3 Control",
        "GET",
        "s3",
        "/v20180820/jobs",
        "https://123456789012.s3-control.eu-west-1.amazonaws.com",
        headers={"x-amz-account-id": "123456789012"},
    )
    yield vector(
        "S3 Express: an object of a session",
        "PUT",
        "s3express",
        "/bkt--euw1-az1--x-s3/key",
        "https://bkt--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com",
        body="text",
        signer=S3ExpressAuth,
        upstream_target="/key",
    )
    yield vector(
        "S3 Express: a new session",
        "GET",
        "s3express",
        "/bkt--euw1-az1--x-s3?session",
        "https://bkt--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com",
        headers={"x-amz-create-session-mode": "ReadWrite"},
        upstream_target="/?session",
    )
    yield vector(
        "JSON: a table",
        "POST",
        "dynamodb",
        "/",
        "https://dynamodb.eu-west-1.amazonaws.com",
        headers=JSON | {"x-amz-target": "DynamoDB_20120810.GetItem"},
        body='{"TableName":"é"}',
        also=SDK,
    )
    yield vector(
        "JSON: compatible with queries, traced",
        "POST",
        "sqs",
        "/",
        "https://sqs.eu-west-1.amazonaws.com",
        headers=JSON | {"x-amz-target": "AmazonSQS.ListQueues", "x-amzn-query-mode": "true"},
        body="{}",
        also=[("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793")],
    )
    yield vector(
        "Query: a form",
        "POST",
        "sts",
        "/",
        "https://sts.eu-west-1.amazonaws.com",
        headers=FORM,
        body="Action=GetCallerIdentity&Version=2011-06-15",
    )
    for name, signer in (("mail", SigV4Auth), ("HTTP", DatedByHttp), ("ISO 8601", DatedByIso)):
        yield vector(
            f"dated by Date: {name}",
            "POST",
            "sts",
            "/",
            "https://sts.eu-west-1.amazonaws.com",
            headers=FORM | {"Date": "set when it is signed"},
            body="Action=GetCallerIdentity&Version=2011-06-15",
            signer=signer,
        )
    yield vector(
        "Query: a global service",
        "POST",
        "iam",
        "/",
        "https://iam.amazonaws.com",
        headers=FORM,
        body="Action=ListRoles&Version=2010-05-08",
        upstream_region="us-east-1",
    )
    yield vector(
        "REST: an ARN in the path",
        "POST",
        "lambda",
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations",
        "https://lambda.eu-west-1.amazonaws.com",
        headers={"x-amz-invocation-type": "Event"},
        body="{}",
    )
    yield vector(
        "REST: a path that is not encoded, and a slash behind it",
        "GET",
        "lambda",
        "/2015-03-31/functions/arn:aws:f(x),y/",
        "https://lambda.eu-west-1.amazonaws.com",
    )
    yield vector(
        "REST: a module before the path",
        "POST",
        "ses",
        "/~sesv2/v2/email/outbound-emails",
        "https://email.eu-west-1.amazonaws.com",
        headers={"content-type": "application/json"},
        body="{}",
        upstream_target="/v2/email/outbound-emails",
    )
    yield vector(
        "REST: a name twice in a query",
        "GET",
        "apigateway",
        "/tags/x?tagKeys=b&tagKeys=a&tagKeys=a%2Bb&empty=",
        "https://apigateway.eu-west-1.amazonaws.com",
    )
    yield vector(
        "REST: an endpoint with a port",
        "GET",
        "lambda",
        "/2015-03-31/functions/",
        "http://localhost:4566",
    )
    yield vector(
        "presigned: an object",
        "GET",
        "s3",
        "/bkt/x//y/../%C3%A9?versionId=1%2B1",
        S3,
        signer=S3SigV4QueryAuth,
        presigned=True,
        upstream_target="/bkt/x//y/../%C3%A9?versionId=1%2B1",
    )
    yield vector(
        "presigned: headers in the query",
        "PUT",
        "s3",
        "/bkt/key?x-amz-acl=private&x-id=PutObject&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
        S3,
        signer=S3SigV4QueryAuth,
        presigned=True,
        upstream_target="/bkt/key?x-amz-acl=private&x-id=PutObject",
    )
    yield vector(
        "presigned: an object of a session",
        "GET",
        "s3express",
        "/bkt--euw1-az1--x-s3/key",
        "https://bkt--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com",
        signer=S3ExpressQueryAuth,
        presigned=True,
        upstream_target="/key",
    )
    yield vector(
        "presigned: who am I",
        "GET",
        "sts",
        "/?Action=GetCallerIdentity&Version=2011-06-15",
        "https://sts.eu-west-1.amazonaws.com",
        signer=SigV4QueryAuth,
        presigned=True,
    )
    yield with_chunks("signed chunks", ["a" * 300, "\r\n0;chunk-signature=" + "b" * 50, "c"], None)
    yield with_chunks(
        "signed chunks and a trailer",
        ["a" * 300, "b" * 300, "c"],
        [("x-amz-checksum-crc32", "AAAAAA==")],
    )
    yield with_chunks("no chunk and two trailers", [], [("x-amz-b", "2 2"), ("x-amz-a", "1")])


class Loose(S3SigV4Auth):
    """Signs a query in its strict encoding, as all of AWS's own SDKs send it."""

    def canonical_query_string(self, request):
        return "versionId=~x"


def main():
    found = {
        "now": DATE,
        "issued": [ISSUED.access_key, ISSUED.secret_key, ISSUED.token],
        "real": [REAL.access_key, REAL.secret_key, REAL.token],
        "vectors": list(vectors()),
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


main()
