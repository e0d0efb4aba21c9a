"""Calls with an SDK that tells of its calls, to services beside it that deny them in AWS's words."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from os import environ
from sys import argv

from awscli.botocore import session

USER = "User: arn:aws:sts::111122223333:assumed-role/deploy/me is not authorized to perform: "
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:jobs"
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
SQS = f"{USER}sqs:sendmessage on resource: {QUEUE} because no identity-based policy allows the sqs:sendmessage action"
DYNAMODB = f"{USER}dynamodb:PutItem on resource: {TABLE} with an explicit deny in a service control policy"


def error(message):
    return f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{message}</Message></Error></ErrorResponse>"


ANSWERS = {
    "sqs": (403, error(SQS)),
    "dynamodb": (400, json.dumps({"__type": "AccessDeniedException", "message": DYNAMODB})),
    "s3": (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
}


class Denying(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, body = ANSWERS[self.headers["authorization"].split("/")[3]]
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


def denied():
    server = HTTPServer(("127.0.0.1", 0), Denying)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    sdk = session.Session()

    def attempt(service, call, **arguments):
        client = sdk.create_client(service, endpoint_url=url, region_name="eu-west-1")
        try:
            getattr(client, call)(**arguments)
        except Exception as error:
            print(type(error).__name__, flush=True)

    for _ in range(3):
        attempt("sqs", "send_message", QueueUrl=f"{url}/111122223333/jobs", MessageBody="x")
    attempt("dynamodb", "put_item", TableName="orders", Item={"id": {"S": "1"}})
    attempt("s3", "list_objects_v2", Bucket="reports")


def told():
    """Tells of calls itself, with the token in every place."""
    token = session.Session().get_credentials().token
    fields = ["Service", "Api", "Region", "XAmznRequestId", "AwsException", "AwsExceptionMessage", "SdkException"]
    fields += ["AccessKey", "SessionToken", "UserAgent", "Fqdn", "ClientId", "Unknown"]
    plain = {"Version": 1, "Type": "ApiCallAttempt", "Service": "S3", "Api": "GetObject", "HttpStatusCode": 403}
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = ("127.0.0.1", int(environ["AWS_CSM_PORT"]))
    for field in fields:
        client.sendto(json.dumps({**plain, "SessionToken": token, field: token}).encode(), address)
    # Not to be parsed, and said so nowhere.
    client.sendto(f'{{"Type": "ApiCallAttempt", "HttpStatusCode": "{token}"}}'.encode(), address)
    client.sendto(token.encode(), address)


def flooded():
    """Asks for credentials again and again beside a flood of datagrams; prints the slowest answer."""
    from urllib.request import Request, urlopen

    address = ("127.0.0.1", int(environ["AWS_CSM_PORT"]))
    is_over = threading.Event()

    def flood(length):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while not is_over.is_set():
            client.sendto(b"x" * length, address)

    floods = [threading.Thread(target=flood, args=(length,)) for length in (10, 8192)]
    for one in floods:
        one.start()
    headers = {"Authorization": environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    request = Request(environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers)
    slowest = 0.0
    for _ in range(100):
        began = time.monotonic()
        with urlopen(request, timeout=10) as answer:
            assert "SecretAccessKey" in answer.read().decode()
        slowest = max(slowest, time.monotonic() - began)
    is_over.set()
    for one in floods:
        one.join()
    print(slowest)


for name in argv[1:]:
    {"denied": denied, "told": told, "flooded": flooded}[name]()
