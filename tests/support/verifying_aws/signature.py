"""Checks Signature Version 4 as AWS describes it, with none of the SDKs that are tried.

It is stricter than the description where AWS's services are, too: every `x-amz-*` header is to be
signed, and the signed headers are sorted.
"""

import datetime
import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
# Of these the path is signed as it is sent, of all others without dots, and encoded once more.
S3_FAMILY = {"s3", "s3express", "s3-outposts", "s3-object-lambda"}
WINDOW = datetime.timedelta(minutes=15)

HEADER = re.compile(
    rf"{ALGORITHM} Credential=([^/,]+)/([0-9]{{8}})/([^/,]+)/([^/,]+)/aws4_request, *"
    r"SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
)


class Refused(Exception):
    """Why a request is answered with an error."""

    def __init__(self, code, message, status=403):
        super().__init__(message)
        self.code, self.status = code, status


class Signature:
    """The `Authorization` header of a request."""

    def __init__(self, key, day, region, service, signed_headers, value):
        self.key, self.day, self.region, self.service = key, day, region, service
        self.signed_headers, self.value = signed_headers, value
        self.scope = f"{day}/{region}/{service}/aws4_request"

    @classmethod
    def of(cls, request):
        """None where the request is not signed."""
        header = request.headers.get("authorization")
        query = urllib.parse.parse_qs(request.query)
        if any(name.lower() in ("x-amz-signature", "awsaccesskeyid") for name in query):
            raise Refused("AuthorizationQueryParametersError", "the query has a signature", 400)
        if header is None:
            return None
        match = HEADER.fullmatch(header)
        if not match:
            raise Refused("IncompleteSignature", "the Authorization header has another form", 400)
        *scope, signed_headers, value = match.groups()
        return cls(*scope, signed_headers.split(";"), value)

    def check(self, request, secret):
        """Raises `Refused` unless `secret` signed the head of `request`, not long ago."""
        self._check_time(request)
        self._check_headers(request)
        expected = self.chain(request, secret).sign(ALGORITHM, digest(self.canonical(request)))
        if not hmac.compare_digest(self.value, expected):
            message = (
                "The request signature we calculated does not match the signature you provided."
                "\n\nThe Canonical String for this request should have been\n"
                f"'{self.canonical(request)}'"
            )
            raise Refused("SignatureDoesNotMatch", message)

    def _check_time(self, request):
        try:
            at = datetime.datetime.strptime(request.header("x-amz-date"), "%Y%m%dT%H%M%SZ")
        except ValueError:
            raise Refused("IncompleteSignature", "no X-Amz-Date, or of another form", 400) from None
        if at.strftime("%Y%m%d") != self.day:
            raise Refused("SignatureDoesNotMatch", "the scope is of another day than X-Amz-Date")
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        if abs(now - at) > WINDOW:
            raise Refused("RequestTimeTooSkewed", "X-Amz-Date is not within 15 minutes of now")

    def _check_headers(self, request):
        if self.signed_headers != sorted(set(self.signed_headers)):
            raise Refused("SignatureDoesNotMatch", "SignedHeaders is not sorted")
        if "host" not in self.signed_headers:
            raise Refused("SignatureDoesNotMatch", "Host is not signed")
        open_ones = [
            name
            for name in request.headers
            if name.startswith("x-amz-") and name not in self.signed_headers
        ]
        if open_ones:
            raise Refused("AccessDenied", f"There were headers which were not signed: {open_ones}")

    def canonical(self, request):
        headers = "".join(
            f"{name}:{' '.join(request.header(name).split())}\n" for name in self.signed_headers
        )
        return "\n".join(
            [
                request.method,
                canonical_path(request.path, self.service),
                canonical_query(request.query),
                headers,
                ";".join(self.signed_headers),
                request.headers.get("x-amz-content-sha256") or digest(request.body()),
            ]
        )

    def chain(self, request, secret):
        """What signs this request, and each chunk of its body."""
        key = b"AWS4" + secret.encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return Chain(key, request.header("x-amz-date"), self.scope)


class Chain:
    """Signs strings of one request."""

    def __init__(self, key, date, scope):
        self._key, self._date, self._scope = key, date, scope

    def sign(self, algorithm, *rest):
        lines = [algorithm, self._date, self._scope, *rest]
        return hmac.digest(self._key, "\n".join(lines).encode("latin-1"), "sha256").hex()


def digest(content):
    if isinstance(content, str):
        # As http.server has decoded it.
        content = content.encode("latin-1")
    return hashlib.sha256(content).hexdigest()


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe=safe, encoding="latin-1")


def canonical_path(path, service):
    if service in S3_FAMILY:
        return urllib.parse.quote(urllib.parse.unquote_to_bytes(path), safe="/")
    kept = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in ("", "."):
            kept.append(segment)
    ending = "/" if kept and path.endswith("/") else ""
    return encoded("/" + "/".join(kept) + ending, safe="/")


def canonical_query(query):
    def again(text):
        return urllib.parse.quote(urllib.parse.unquote_to_bytes(text), safe="")

    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    pairs = sorted((again(name), again(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in pairs)
