"""What is behind the signatures: moto, with its own checks off, and what moto does not have."""

import datetime
import http.client
import json
import logging
import urllib.request

from moto.backends import get_backend
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
# Of the coding and the connection that end here.
OWN = {
    "connection", "content-encoding", "content-length", "expect", "te", "trailer",
    "transfer-encoding", "x-amz-decoded-content-length", "x-amz-trailer",
}  # fmt: skip
HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}


class Account:
    """One, for all callers."""

    def __init__(self):
        # It also logs what a request makes of moto.
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL + 1)
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._moto.start()
        self._address = self._moto.get_host_and_port()
        # Functions answer without being run.
        without_docker = json.dumps({"lambda": {"use_docker": False}}).encode()
        url = "http://{}:{}/moto-api/config".format(*self._address)
        urllib.request.urlopen(urllib.request.Request(url, without_docker)).read()

    def make_bucket(self, name, region, objects):
        """A bucket with this many objects of one byte, unless it is there."""
        backend = get_backend("s3")[ACCOUNT]["aws"]
        if name in backend.buckets:
            return
        backend.create_bucket(name, region)
        for number in range(objects):
            backend.put_object(name, f"key-{number:05}", b"x")

    def answer(self, request, body, trailers):
        """Status, headers and body of the answer to a request with this content."""
        headers = {name: value for name, value in request.headers.items() if name not in OWN}
        coding = [c.strip() for c in request.header("content-encoding").split(",")]
        if coding := [name for name in coding if name not in ("", "aws-chunked")]:
            headers["content-encoding"] = ",".join(coding)
        headers |= trailers
        if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
            headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        if body or request.method in ("POST", "PUT"):
            headers["content-length"] = str(len(body))
        # As moto finds the service, which has no S3 Express.
        headers["authorization"] = request.header("authorization").replace("/s3express/", "/s3/")
        connection = http.client.HTTPConnection(*self._address, timeout=120)
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        kept = [pair for pair in answer.getheaders() if pair[0].lower() not in HOP_BY_HOP]
        length = answer.getheader("content-length")
        connection.close()
        return answer.status, kept, content, length


def express_session(made):
    """The answer to CreateSession, which moto does not know."""
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in made.credentials().items())
    namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CreateSessionResult xmlns="{namespace}">'
        f"<Credentials>{inner}</Credentials></CreateSessionResult>"
    ).encode()


def http_date():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
