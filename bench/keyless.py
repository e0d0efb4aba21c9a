"""AWS calls through `credrun --keyless` beside the same calls made directly and with `--live`.

A stand-in for AWS takes every call and answers at once, so that what is measured is the way to it.
The clients run in containers: botocore for small calls, and for large bodies a program that signs
one request and then only moves bytes.

    python3 bench/keyless.py [--credrun PROGRAM]
"""

import argparse
import ipaddress
import json
import os
import pathlib
import resource
import socket
import statistics
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).parent
IMAGE = "amazon/aws-cli:latest"
MIB = 1 << 20
LARGE = 256 * MIB
GIB = 1 << 30
CALLS = 400
ROUNDS = 3

SMALL = """
import os, sys, time
from awscli.botocore import session
service, operation, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = session.Session().create_client(service, endpoint_url=os.environ.get("BENCH_URL") or os.environ["AWS_ENDPOINT_URL"])
times = []
for number in range(count + 20):
    begun = time.perf_counter()
    getattr(client, operation)()
    times.append(time.perf_counter() - begun)
times = sorted(times[20:])
print("RESULT", times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000)
"""

# One request, signed here as AWS describes it, with a body that is not hashed.
LARGE_BODY = """
import datetime, hashlib, hmac, os, socket, sys, time, urllib.parse
url = urllib.parse.urlsplit(os.environ.get("BENCH_URL") or os.environ["AWS_ENDPOINT_URL"])
method, length = sys.argv[1], int(sys.argv[2])
def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
key, secret, token = (os.environ.get(name, "x") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
headers = {"host": url.netloc, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": now, "x-amz-security-token": token}
names = ";".join(headers)
lines = "".join(f"{name}:{value}\\n" for name, value in headers.items())
canonical = f"{method}\\n/bucket/key\\n\\n{lines}\\n{names}\\nUNSIGNED-PAYLOAD"
scope = f"{now[:8]}/eu-west-1/s3/aws4_request"
text = f"AWS4-HMAC-SHA256\\n{now}\\n{scope}\\n{hashlib.sha256(canonical.encode()).hexdigest()}"
signing = mac(mac(mac(mac(b"AWS4" + secret.encode(), now[:8]), "eu-west-1"), "s3"), "aws4_request")
signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
if method == "PUT":
    headers["content-length"] = str(length)
head = f"{method} /bucket/key HTTP/1.1\\r\\n" + "".join(f"{name}: {value}\\r\\n" for name, value in headers.items()) + "\\r\\n"
connection = socket.create_connection((url.hostname, url.port))
begun = time.perf_counter()
connection.sendall(head.encode())
piece = bytes(1 << 18)
if method == "PUT":
    for _ in range(length // len(piece)):
        connection.sendall(piece)
buffer, got = bytearray(1 << 18), 0
while True:
    count = connection.recv_into(buffer)
    if got == 0 and not bytes(buffer[:12]).startswith(b"HTTP/1.1 200"):
        sys.exit(bytes(buffer[:400]).decode())
    got += count
    if count == 0 or method == "PUT" or got >= length:
        break
print("RESULT", length / (1 << 20) / (time.perf_counter() - begun), 0)
"""

# As much by an SDK, which hashes what it sends.
SDK = """
import os, sys, time
from awscli.botocore import session
client = session.Session().create_client("s3", endpoint_url=os.environ.get("BENCH_URL") or os.environ["AWS_ENDPOINT_URL"])
length = int(sys.argv[1])
content = bytes(length)
begun = time.perf_counter()
client.put_object(Bucket="bucket", Key="key", Body=content)
put = time.perf_counter() - begun
begun = time.perf_counter()
got = sum(map(len, client.get_object(Bucket="bucket", Key="key")["Body"].iter_chunks(1 << 18)))
assert got == length, got
print("RESULT", length / (1 << 20) / put, length / (1 << 20) / (time.perf_counter() - begun))
"""

# Signed once a second, so that it costs little to send 1,000 of them.
STEADY = """
import datetime, hashlib, hmac, os, socket, sys, threading, time, urllib.parse
url = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
seconds, rate, clients = int(sys.argv[1]), int(sys.argv[2]), 4
key, secret, token = (os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
def request(now):
    headers = {"content-type": "application/x-amz-json-1.0", "host": url.netloc, "x-amz-date": now, "x-amz-security-token": token, "x-amz-target": "DynamoDB_20120810.ListTables"}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\\n" for name, value in headers.items())
    canonical = f"POST\\n/\\n\\n{lines}\\n{names}\\n{hashlib.sha256(b'{}').hexdigest()}"
    scope = f"{now[:8]}/eu-west-1/dynamodb/aws4_request"
    text = f"AWS4-HMAC-SHA256\\n{now}\\n{scope}\\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing = mac(mac(mac(mac(b"AWS4" + secret.encode(), now[:8]), "eu-west-1"), "dynamodb"), "aws4_request")
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()}"
    head = "".join(f"{name}: {value}\\r\\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\\r\\n{head}content-length: 2\\r\\n\\r\\n{{}}".encode()
end, done, failed = time.monotonic() + seconds, [], []
def client():
    connection = socket.create_connection((url.hostname, url.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    due, second, whole = time.monotonic(), None, b""
    while time.monotonic() < end:
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        if now != second:
            second, whole = now, request(now)
        connection.sendall(whole)
        answer = connection.recv(4096)
        (done if answer.startswith(b"HTTP/1.1 200") else failed).append(1)
        due += clients / rate
        time.sleep(max(0, due - time.monotonic()))
threads = [threading.Thread(target=client) for _ in range(clients)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("RESULT", len(done), len(failed))
"""

TABLES = b'{"TableNames":[]}'
IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn>"
    b"<UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
    b"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)


class StandIn:
    """Answers each call at once: objects of this length, an empty list of tables, and who calls."""

    def __init__(self, host, length=LARGE):
        self._length = length
        self._listener = socket.create_server((host, 0), backlog=128)
        self.url = "http://%s:%d" % self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pending, buffer = b"", bytearray(MIB)
        while True:
            while b"\r\n\r\n" not in pending:
                count = connection.recv_into(buffer)
                if count == 0:
                    return
                pending += buffer[:count]
            head, pending = pending.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
            if "expect: 100-continue" in lines:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            left = length - len(pending)
            pending = pending[length:]
            while left > 0:
                count = connection.recv_into(buffer, min(left, MIB))
                if count == 0:
                    return
                left -= count
            self._answer(connection, lines[0].split(" ")[0], any(line.startswith("x-amz-target:") for line in lines))

    def _answer(self, connection, method, is_json):
        if method == "get":
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % self._length)
            piece = bytes(MIB)
            for _ in range(self._length // MIB):
                connection.sendall(piece)
        elif method == "put":
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        else:
            kind, body = (b"application/x-amz-json-1.0", TABLES) if is_json else (b"text/xml", IDENTITY)
            head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
            connection.sendall(head + body)


def environment(url):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
    return kept | {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_SESSION_TOKEN": "example",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": url,
    }


def engine_cpu():
    """CPU seconds of the Engine and its containerd so far, whoever they work for."""
    total = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name, fields = (process / "stat").read_text().split("(", 1)[1].rsplit(") ", 1)
        except OSError:
            continue
        if name in ("dockerd", "containerd") or name.startswith("containerd-shim"):
            total += sum(int(ticks) for ticks in fields.split()[11:13])
    return total / os.sysconf("SC_CLK_TCK")


def run(command, url):
    """The client's two numbers, and the CPU seconds of what was started here and of the Engine."""
    engine_before = engine_cpu()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished = subprocess.run(command, env=environment(url), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    results = [line.split() for line in finished.stdout.splitlines() if line.startswith("RESULT")]
    if finished.returncode or not results:
        raise SystemExit(f"{command} failed:\n{finished.stdout}{finished.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(results[0][1]), float(results[0][2]), cpu, engine_cpu() - engine_before


def ways(credrun, url):
    python = ["--entrypoint", "python3", IMAGE, "-c"]
    direct = ["-e", f"BENCH_URL={url}"]
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"]
    passed = [flag for name in names for flag in ("-e", name)]
    return {
        "docker run, direct": ["docker", "run", "--rm", *passed, *direct, *python],
        "credrun --live, direct": [credrun, "-q", "--live", *direct, *python],
        "credrun --keyless": [credrun, "-q", "--keyless", *python],
    }


def bare(program, sent):
    """MiB/s of the Engine's attached stream, with nothing behind it: from the container's first byte
    to its last."""
    docker = ["docker", "run", "--rm", "-i", "--log-driver", "none", "--entrypoint", "sh"]
    process = subprocess.Popen([*docker, IMAGE, "-c", f"echo; {program}; echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdout.read(1)
    begun = time.perf_counter()
    for _ in range(sent // MIB):
        process.stdin.write(bytes(MIB))
    process.stdin.close()
    left, buffer = LARGE - sent + 1, bytearray(MIB)
    while left > 0 and (count := process.stdout.readinto(buffer)):
        left -= count
    took = time.perf_counter() - begun
    if process.wait() or left:
        raise SystemExit(f"{program} failed in a container")
    return LARGE / MIB / took


def bare_streams():
    """How fast docker's client moves as many bytes out of a container, and into one."""
    return bare(f"head -c {LARGE} /dev/zero", 0), bare("cat > /dev/null", LARGE)


def gateway():
    """The host's address on the bridge: the first of its subnet, where Docker 20.10 does not say."""
    inspect = ["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]
    found = json.loads(subprocess.run(inspect, capture_output=True, text=True, check=True).stdout)
    return found.get("Gateway") or str(next(ipaddress.ip_network(found["Subnet"]).hosts()))


def measure(credrun):
    stand_in = StandIn(gateway())
    contestants = ways(credrun, stand_in.url)
    found = {name: {kind: [] for kind in ("DynamoDB", "STS", "PUT", "GET", "SDK")} for name in contestants}
    streams = []
    for _ in range(ROUNDS):
        for name, command in contestants.items():
            for service, operation in (("DynamoDB", "list_tables"), ("STS", "get_caller_identity")):
                small = [*command, SMALL, service.lower(), operation, str(CALLS)]
                found[name][service].append(run(small, stand_in.url))
            found[name]["SDK"].append(run([*command, SDK, str(LARGE)], stand_in.url))
            for method in ("PUT", "GET"):
                found[name][method].append(run([*command, LARGE_BODY, method, str(LARGE)], stand_in.url))
        streams.append(bare_streams())
    return found, streams


def memory(pid, what="VmRSS"):
    """MiB in memory; with `VmHWM`, at most so far."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(f"{what}:"))


def most_memory(credrun):
    """MiB that credrun ever has while a GiB goes each way."""
    stand_in, most = StandIn(gateway(), GIB), {}
    for method in ("PUT", "GET"):
        command = [*ways(credrun, stand_in.url)["credrun --keyless"], LARGE_BODY, method, str(GIB)]
        process = subprocess.Popen(command, env=environment(stand_in.url), stdout=subprocess.DEVNULL)
        while process.poll() is None:
            try:
                most[method] = memory(process.pid, "VmHWM")
            except (OSError, StopIteration):
                # It has just ended.
                break
            time.sleep(0.05)
        process.wait()
    return most["PUT"], most["GET"]


def steady(credrun, seconds, rate):
    """Calls at this rate, and the memory of credrun meanwhile: early, late."""
    stand_in = StandIn(gateway())
    command = [*ways(credrun, stand_in.url)["credrun --keyless"], STEADY, str(seconds), str(rate)]
    process = subprocess.Popen(command, env=environment(stand_in.url), stdout=subprocess.PIPE, text=True)
    samples = []
    while process.poll() is None:
        samples.append(memory(process.pid))
        time.sleep(1)
    calls, failed = (int(word) for word in process.stdout.read().split()[-2:])
    quarter = len(samples) // 4
    early = statistics.median(samples[quarter : 2 * quarter])
    return calls, failed, early, statistics.median(samples[-quarter:])


def show(found, streams):
    names = ("DynamoDB", "99 %", "STS", "99 %", "put", "get", "SDK put", "SDK get", "CPU put", "CPU get", "Engine put", "Engine get")
    print(" " * 26 + "".join(f"{name:>12}" for name in names))
    per_gib = GIB / LARGE
    for name, of in found.items():
        median = lambda kind, index: statistics.median(run[index] for run in of[kind])
        print(
            f"{name:26}{median('DynamoDB', 0):9.2f} ms{median('DynamoDB', 1):9.2f} ms"
            f"{median('STS', 0):9.2f} ms{median('STS', 1):9.2f} ms"
            f"{median('PUT', 0):8.0f} M/s{median('GET', 0):8.0f} M/s"
            f"{median('SDK', 0):8.0f} M/s{median('SDK', 1):8.0f} M/s"
            f"{median('PUT', 2) * per_gib:10.2f} s{median('GET', 2) * per_gib:10.2f} s"
            f"{median('PUT', 3) * per_gib:10.2f} s{median('GET', 3) * per_gib:10.2f} s"
        )
    out, into = (statistics.median(values) for values in zip(*streams))
    print(f"{'bare attached stream':74}{out:8.0f} M/s{into:8.0f} M/s")
    reached(found, out, into)


def reached(found, out, into):
    """What `--keyless` is to reach, and what it did."""
    direct, keyless = found["docker run, direct"], found["credrun --keyless"]
    middle = lambda runs: statistics.median(run[0] for run in runs)
    for service in ("DynamoDB", "STS"):
        added = middle(keyless[service]) - middle(direct[service])
        print(f"--keyless adds {added:.2f} ms to a call of {service} at the median (to reach: 1.5)")
    for method, bare_rate, rate in (("PUT", out, 150), ("GET", into, 300)):
        came = middle(keyless[method])
        print(f"--keyless {method}: {came:.0f} MiB/s (to reach: {rate}), {came / bare_rate:.2f} of the bare stream (or: 0.8)")


def compare(credrun, seconds=60, rate=1000):
    """Measures all, and prints it."""
    show(*measure(credrun))
    print("CPU is in seconds per GiB: of credrun or docker, and of the Engine with its containerd")
    put, get = most_memory(credrun)
    print(f"credrun while a GiB passes: at most {put:.1f} MiB (put), {get:.1f} MiB (get)")
    calls, failed, early, late = steady(credrun, seconds, rate)
    print(f"{calls} calls in {seconds} s, {failed} failed; credrun: {early:.1f} MiB early, {late:.1f} MiB late")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--credrun", default=str(HERE / "../target/release/credrun"))
    compare(parser.parse_args().credrun)


if __name__ == "__main__":
    main()
