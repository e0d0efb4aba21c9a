"""What a pull costs: credrun's progress on a terminal and in lines, beside docker's.

The registry is Debian's docker-registry on loopback, the image eight layers of random bytes.
"""

import os
import pty
import resource
import socket
import subprocess
import tempfile
import time

LAYERS = 8
LAYER_MIB = 32


def compare(credrun):
    with tempfile.TemporaryDirectory() as directory:
        registry, port = start_registry(directory)
        image = f"127.0.0.1:{port}/credrun-bench:latest"
        try:
            build(directory, image)
            print(f"\na pull of {LAYERS} layers of {LAYER_MIB} MiB\n")
            print(f"| {'':25} | wall s | CPU ms | CPU % |")
            print(f"|-{'':-<25}-|-------:|-------:|------:|")
            docker = ["docker", "run", "--rm", image, "/true"]
            own = [credrun, image, "/true"]
            for name, command, terminal in (
                ("docker run, terminal", docker, True),
                ("credrun, terminal", own, True),
                ("docker run, lines", docker, False),
                ("credrun, lines", own, False),
            ):
                forget(image)
                wall, cpu = measure(command, terminal)
                print(f"| {name:25} | {wall:6.1f} | {1000 * cpu:6.0f} | {100 * cpu / wall:5.2f} |")
        finally:
            forget(image)
            registry.terminate()
            registry.wait()


def start_registry(directory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = os.path.join(directory, "registry.yml")
    with open(config, "w") as file:
        file.write(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {directory}/registry}}}}\n"
            f"http: {{addr: 127.0.0.1:{port}}}\n"
        )
    registry = subprocess.Popen(
        ["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
        if time.monotonic() > deadline:
            raise SystemExit("bench: the registry does not listen")
        time.sleep(0.05)
    return registry, port


def build(directory, image):
    context = os.path.join(directory, "context")
    os.mkdir(context)
    lines = ["FROM scratch", "COPY true /true"]
    subprocess.run(["cp", "/bin/busybox", os.path.join(context, "true")], check=True)
    for layer in range(LAYERS):
        with open(os.path.join(context, f"layer{layer}"), "wb") as file:
            file.write(os.urandom(LAYER_MIB << 20))
        lines.append(f"COPY layer{layer} /")
    with open(os.path.join(context, "Dockerfile"), "w") as file:
        file.write("\n".join(lines) + "\n")
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    subprocess.run(["docker", "build", "-t", image, context], check=True, **quiet)
    subprocess.run(["docker", "push", image], check=True, **quiet)


def forget(image):
    subprocess.run(["docker", "rmi", "-f", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(command, terminal):
    """Wall and CPU seconds of a client, whose output nobody looks at."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    if terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        drain(ours)
        os.close(ours)
    else:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    status = process.wait()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status != 0:
        raise SystemExit(f"bench: {' '.join(command)} ended with {status}")
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def drain(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        # The other side has closed it.
        pass
