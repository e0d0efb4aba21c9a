"""AWS on plain HTTP: each request is verified, written down, and then answered by moto."""

import gzip
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import chunks
from account import Account, express_session, http_date
from errors import error
from faults import Faults, filled, play
from request import Request
from sets import Sets
from signature import S3_FAMILY, Refused, Signature

# Calls of these names need no signature.
UNSIGNED = {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetId", "GetOpenIdToken"}
HAND_OUT_SETS = {
    "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken",
    "GetSessionToken",
}  # fmt: skip


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        # A client that has gone, and what a fault has closed.
        pass


class Aws:
    """The service and its memory."""

    def __init__(self, address="127.0.0.1", account=None):
        self.sets, self.faults, self.account = Sets(), Faults(), account or Account()
        self._calls, self._lock = [], threading.Lock()
        self._server = Server((address, 0), handler_of(self))
        self.url = f"http://{address}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def calls(self, caller):
        """What came so far with a set of this caller, be it accepted or refused."""
        with self._lock:
            return [call for call in self._calls if call["caller"] == caller]

    def note(self, **call):
        with self._lock:
            self._calls.append(call)

    def answer(self, handler):
        """Answers one request."""
        request = Request(handler)
        noted = {"time": time.time(), "caller": None, "signed_by": None, "refused": None}
        signature = None
        try:
            signature = Signature.of(request)
            made, body, trailers = self._verified(request, signature, noted)
        except Refused as why:
            noted["refused"] = f"{why.code}: {why}"
            service = signature.service if signature else "s3"
            answer = (why.status, *error(service, request, why.code, str(why)), None)
            # Nothing that is left of the body is taken for another request.
            handler.close_connection = True
            self.note(**noted, status=why.status, method=request.method, target=request.target)
            return handler.send(request, *answer)
        noted |= request.described()
        content = urllib.parse.unquote(request.body()[:4096].decode("latin-1"))
        target = request.header("x-amz-target")
        what = f"{noted['operation']} {request.method} {request.target} {target} {content}"
        fault = self.faults.next(noted["caller"], what)
        values = self._values(request, signature, made)
        if "steps" in fault:
            self.note(**noted, status=None)
            return play(fault["steps"], handler, values)
        answer = self._answer(request, made, body, trailers, fault, values)
        status, headers, content, length = answer
        headers += [(name, filled(value, values)) for name, value in fault.get("headers", [])]
        self.note(**noted, status=status)
        return handler.send(request, status, headers, content, length)

    def _verified(self, request, signature, noted):
        if signature is None:
            if request.operation() in UNSIGNED:
                return None, request.body(), {}
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token")
        noted |= {"service": signature.service, "region": signature.region}
        noted |= {"signed_headers": signature.signed_headers}
        made = self.sets.with_key(signature.key)
        if made is not None:
            noted |= {"caller": made.caller, "signed_by": made.key}
        self.sets.check(made, signature, request)
        if signature.service in S3_FAMILY and "x-amz-content-sha256" not in request.headers:
            raise Refused("InvalidRequest", "Missing required header: x-amz-content-sha256", 400)
        signature.check(request, made.secret)
        body, trailers = chunks.content(request, signature, made.secret)
        self.authorize(request, signature, made, body)
        return made, body, trailers

    def authorize(self, request, signature, made, body):
        """Raises `Refused` where the set has no right to the call. Here, each has all."""

    def _values(self, request, signature, made):
        """What faults can put into an answer."""
        if made is None:
            return {}
        return {
            "access_key_id": made.key,
            "secret_access_key": made.secret,
            "session_token": made.token,
            "canonical_request": signature.canonical(request),
            "host": request.header("host"),
        }

    def _answer(self, request, made, body, trailers, fault, values):
        if answer := fault.get("answer"):
            headers = [(name, filled(value, values)) for name, value in answer.get("headers", [])]
            content = filled(answer.get("body", ""), values).encode()
            if answer.get("gzip"):
                headers.append(("Content-Encoding", "gzip"))
                content = gzip.compress(content)
            return answer["status"], headers, content, None
        caller = made.caller if made else None
        query = urllib.parse.parse_qs(request.query, keep_blank_values=True)
        if "session" in query and request.method == "GET":
            session = express_session(self.sets.issue(caller, 300))
            return 200, [("Content-Type", "application/xml")], session, None
        answer = self.account.answer(request, body, trailers)
        if request.operation() in HAND_OUT_SETS and answer[0] == 200:
            self.sets.learn(caller, answer[2].decode())
        return answer


def handler_of(aws):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 300
        # Head and body leave as one segment.
        wbufsize = -1
        disable_nagle_algorithm = True

        def handle_request(self):
            aws.answer(self)

        do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = handle_request

        def handle_expect_100(self):
            # Where the body is first asked for.
            return True

        def send(self, request, status, headers, content, length):
            names = {name.lower() for name, _ in headers}
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if "date" not in names:
                self.send_header("Date", http_date())
            if not {"x-amz-request-id", "x-amzn-requestid"} & names:
                self.send_header("x-amzn-RequestId", f"stand-in-{time.time_ns()}")
            if request.method == "HEAD":
                self.send_header("Content-Length", length or "0")
            elif status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if request.method != "HEAD" and status not in (204, 304):
                self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, *_):
            pass

    return Handler
