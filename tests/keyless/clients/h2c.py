"""Calls over HTTP/2 with prior knowledge, as Kinesis' and Bedrock's clients for JavaScript make them.

curl sends what is signed here.
"""

import json
import subprocess
import sys

import raw


def over_http2(request, *more):
    method, target, _ = request.line.split(" ")
    command = ["curl", "--http2-prior-knowledge", "-sS", "--max-time", "60", "-X", method]
    for name, value in request.headers:
        if name not in ("Host", ":authority", "Content-Length"):
            command += ["-H", f"{name}: {value}"]
    command += ["-w", "\n%{http_version} %{http_code}", *more]
    if request.body:
        command += ["--data-binary", "@-"]
    command.append(f"http://{raw.HOST}{target}")
    ran = subprocess.run(command, input=request.body, capture_output=True, check=False)
    sys.stderr.write(ran.stderr.decode())
    content, _, said = ran.stdout.rpartition(b"\n")
    return said.decode(), content


print("tables", *over_http2(raw.tables())[:1])
# As the SDK for JavaScript signs it.
print("authority", *over_http2(raw.tables(host_name=":authority"))[:1])
large = b"x" * (5 << 20)
# Else curl says that it is a form.
kind = {"Content-Type": "text/plain"}
print("put", *over_http2(raw.Request("PUT", f"/{sys.argv[1]}/large", "s3", large, kind))[:1])
said, content = over_http2(raw.Request("GET", f"/{sys.argv[1]}/large", "s3"))
print("get", said, content == large)
# The answer's 431 and the end of the stream come at once; curl may see the second first.
said, _ = over_http2(raw.tables(headers={"X-Amz-Long": "a" * 20_000}))
print("long", "refused" if said in ("2 431", "0 000") else said)
guess = raw.Keys(raw.KEY, "guess", raw.TOKEN)
said, content = over_http2(raw.tables(keys=guess))
print("guess", said, json.loads(content)["__type"])
