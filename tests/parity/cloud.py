"""AWS as three programs are to see it: every name of it, on the wire, in a network of its own.

`Cloud` answers STS, IAM Identity Center, the credential endpoint of ECS and the instance metadata
service, on plain HTTP and on TLS for whatever name is asked for, and says afterwards who was
called by whom. It checks no signature: what is looked at is where a call goes and whose key it
carries. Every set that it makes is remembered with the words that say where it is from.
"""

import collections
import datetime
import http.server
import json
import re
import socketserver
import ssl
import struct
import tempfile
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ACCOUNT = "123456789012"
# Where the services of a machine are; the rest of AWS is behind 127.0.0.1.
METADATA_ADDRESS = "169.254.169.254"
ECS_ADDRESS = "169.254.170.2"

Call = collections.namedtuple("Call", "origin action source")


def end_of_sets():
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


class Names(socketserver.BaseRequestHandler):
    """DNS: every name is 127.0.0.1."""

    def handle(self):
        query, socket = self.request
        question = re.match(rb"(?:[^\0]+?)\0....", query[12:], re.DOTALL)
        if not question:
            return
        kind = struct.unpack(">H", question[0][-4:-2])[0]
        answers = 1 if kind == 1 else 0
        header = query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, answers, 0, 0)
        address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 1])
        socket.sendto(header + question[0] + address * answers, self.client_address)


class Authority:
    """Makes a certificate for each name as it is asked for."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "parity")])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = self.sign(self.name, self.key, basic)
        self.contexts = {}

    def sign(self, subject, key, extension):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - day).not_valid_after(now + day)
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def context(self, name):
        if name not in self.contexts:
            key = ec.generate_private_key(ec.SECP256R1())
            alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
            certificate = self.sign(x509.Name([]), key, alternative)
            with tempfile.NamedTemporaryFile() as file:
                file.write(
                    key.private_bytes(
                        serialization.Encoding.PEM,
                        serialization.PrivateFormat.PKCS8,
                        serialization.NoEncryption(),
                    )
                    + certificate.public_bytes(serialization.Encoding.PEM)
                )
                file.flush()
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(file.name)
            self.contexts[name] = context
        return self.contexts[name]

    def for_any_name(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(socket, name, _):
            socket.context = self.context(name or "nameless.example")

        context.sni_callback = choose
        return context


class Cloud:
    """Everything that listens, and what it was asked."""

    def __init__(self):
        self.authority = Authority()
        self.calls = []
        self.sources = {}
        self.instance_has_role = False
        names = socketserver.ThreadingUDPServer(("127.0.0.1", 53), Names)
        plain = self.listen(80)
        tls = self.listen(443)
        tls.socket = self.authority.for_any_name().wrap_socket(tls.socket, server_side=True)
        for server in names, plain, tls:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def listen(self, port):
        cloud = self

        class Handler(Request):
            world = cloud
            scheme = "https" if port == 443 else "http"

        server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Handler)
        server.daemon_threads = True
        return server

    def forget(self):
        self.calls = []
        self.sources = {}

    def make_set(self, source):
        """The access key ID of a new set that is from `source`."""
        key = f"ASIAMADE{len(self.sources):012}"
        self.sources[key] = source
        return key


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body, headers=()):
        body = body.encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", len(body)), *headers):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def json(self, value):
        self.answer(200, "application/json", json.dumps(value))

    def note(self, action, source=None):
        origin = f"{self.scheme}://{self.headers['Host']}"
        self.world.calls.append(Call(origin, action, source))

    def signer(self):
        """Where the set is from that the call is signed with."""
        found = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        if not found:
            return None
        key, token = found[1], self.headers.get("X-Amz-Security-Token")
        given = f"{key} and {token}" if token else key
        return self.world.sources.get(key, given)

    def do_PUT(self):
        self.answer(
            200, "text/plain", "token", [("x-aws-ec2-metadata-token-ttl-seconds", 21600)]
        )

    def do_GET(self):
        host = self.headers["Host"]
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/federation/credentials":
            self.role_of_identity_center(urllib.parse.parse_qs(path.query))
        elif path.path == "/set":
            name = path.query or host
            self.json(self.set(f"endpoint {name}"))
        elif host == METADATA_ADDRESS or host.startswith("metadata."):
            self.metadata(path.path)
        else:
            self.answer(404, "text/plain", "")

    def set(self, source):
        return {
            "Code": "Success",
            "AccessKeyId": self.world.make_set(source),
            "SecretAccessKey": "secret",
            "Token": "token",
            "Expiration": end_of_sets(),
        }

    def metadata(self, path):
        roles = "/latest/meta-data/iam/security-credentials"
        zone = "/latest/meta-data/placement/availability-zone"
        if path.rstrip("/") == zone:
            self.answer(200, "text/plain", "sa-east-1b")
        elif path.rstrip("/") == "/latest/meta-data/placement/region":
            self.answer(200, "text/plain", "sa-east-1")
        elif path.rstrip("/") == roles and self.world.instance_has_role:
            self.answer(200, "text/plain", "web")
        elif path == f"{roles}/web" and self.world.instance_has_role:
            self.json(self.set("instance"))
        else:
            self.answer(404, "text/plain", "")

    def role_of_identity_center(self, query):
        role, account = query["role_name"][0], query["account_id"][0]
        token = self.headers["x-amz-sso_bearer_token"]
        self.note("GetRoleCredentials")
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        self.json(
            {
                "roleCredentials": {
                    "accessKeyId": self.world.make_set(f"{role} in {account} by {token}"),
                    "secretAccessKey": "secret",
                    "sessionToken": "token",
                    "expiration": int(end.timestamp() * 1000),
                }
            }
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/token":
            self.note("CreateToken")
            self.json({"accessToken": "renewed", "tokenType": "Bearer", "expiresIn": 3600})
            return
        parameters = dict(urllib.parse.parse_qsl(body))
        action = parameters.get("Action", "none")
        signer = self.signer()
        self.note(action, signer)
        self.answer(200, "text/xml", self.sts(action, parameters, signer))

    def sts(self, action, parameters, signer):
        role = parameters.get("RoleArn", "").rsplit("/", 1)[-1]
        made = {
            "AssumeRole": f"{role} with {signer}",
            "AssumeRoleWithWebIdentity": f"{role} with {parameters.get('WebIdentityToken')}",
            # A session is its user, as far as it matters here.
            "GetSessionToken": signer,
        }
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/x"
        if action == "GetCallerIdentity":
            result = f"<Arn>{arn}</Arn><UserId>X</UserId><Account>{ACCOUNT}</Account>"
        else:
            result = (
                f"<Credentials><AccessKeyId>{self.world.make_set(made[action])}</AccessKeyId>"
                "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
                f"<Expiration>{end_of_sets()}</Expiration></Credentials>"
            )
            if action != "GetSessionToken":
                result += (
                    f"<AssumedRoleUser><Arn>{arn}</Arn>"
                    "<AssumedRoleId>X:x</AssumedRoleId></AssumedRoleUser>"
                )
        return (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<{action}Result>{result}</{action}Result>"
            "<ResponseMetadata><RequestId>x</RequestId></ResponseMetadata>"
            f"</{action}Response>"
        )
