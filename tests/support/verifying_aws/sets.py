"""The real sets of credentials, and whose they are."""

import base64
import datetime
import re
import secrets
import threading
import time

from signature import Refused

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Set:
    """Keys, until their end. `caller` is who has them, through whatever roles."""

    def __init__(self, caller, key, secret, token, end):
        self.caller, self.key, self.secret, self.token, self.end = caller, key, secret, token, end

    def credentials(self):
        """As an STS answer has them."""
        end = datetime.datetime.fromtimestamp(int(self.end), datetime.timezone.utc)
        return {
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret,
            "SessionToken": self.token,
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class Sets:
    """All that were handed out."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sets = {}

    def issue(self, caller, seconds):
        key = "ASIA" + "".join(secrets.choice(ALPHABET) for _ in range(16))
        secret = base64.b64encode(secrets.token_bytes(30)).decode()
        token = "IQoJ" + base64.b64encode(secrets.token_bytes(150)).decode() + "=="
        # Announced in whole seconds.
        return self._keep(Set(caller, key, secret, token, int(time.time()) + seconds))

    def _keep(self, made):
        with self._lock:
            self._sets[made.key] = made
        return made

    def learn(self, caller, answer):
        """Keeps the sets in an answer of moto's STS, in XML."""

        def all_of(name):
            return re.findall(rf"<{name}>([^<]+)</{name}>", answer)

        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        for key, secret, token, end in zip(*map(all_of, names)):
            end = datetime.datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp()
            self._keep(Set(caller, key, secret, token, end))

    def with_key(self, key):
        """None where there is none."""
        return self._sets.get(key)

    def check(self, made, signature, request):
        """Raises `Refused` where the set is not the one of the request's token, or has ended."""
        if made is None:
            raise Refused("InvalidClientTokenId", "The security token is invalid: no such key.")
        # Calls of an S3 Express session have a header of their own.
        given = request.headers.get("x-amz-s3session-token") or request.header(
            "x-amz-security-token"
        )
        if given != made.token:
            raise Refused("InvalidClientTokenId", "The security token is of another set.")
        if time.time() >= made.end:
            late = time.time() - made.end
            raise Refused("ExpiredToken", f"The security token is expired: {late:.1f} s ago.")

    def secrets_of(self, caller):
        """Every secret and token that the caller ever had."""
        with self._lock:
            of_caller = [one for one in self._sets.values() if one.caller == caller]
        return [text for one in of_caller for text in (one.secret, one.token)]
