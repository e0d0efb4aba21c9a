# The AWS Common Runtime: its own credentials provider and signer, in C.
import urllib.request
from importlib.metadata import version
from io import BytesIO

from awscrt.auth import (
    AwsCredentialsProvider,
    AwsSignatureType,
    AwsSigningConfig,
    aws_sign_request,
)
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientBootstrap, DefaultHostResolver, EventLoopGroup
from every_second import ENDPOINT, every_second

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
group = EventLoopGroup(1)
bootstrap = ClientBootstrap(group, DefaultHostResolver(group))
provider = AwsCredentialsProvider.new_default_chain(bootstrap)


def call():
    signing = AwsSigningConfig(
        signature_type=AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=provider,
        region="eu-central-1",
        service="sts",
    )
    headers = HttpHeaders(
        [
            ("Host", ENDPOINT.removeprefix("http://")),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", str(len(BODY))),
        ]
    )
    request = HttpRequest("POST", "/", headers, BytesIO(BODY))
    aws_sign_request(request, signing).result(timeout=10)
    signed = urllib.request.Request(ENDPOINT, BODY, dict(request.headers))
    urllib.request.urlopen(signed, timeout=10).read()


every_second(version("awscrt"), call)
