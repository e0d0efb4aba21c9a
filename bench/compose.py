"""`docker compose up` of three services, without credrun and with it as their provider.

All take turns, so that whatever else the machine does meets all of them. What `down` takes is not
counted, nor what the Engine still removes afterwards.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
IMAGE = "credrun-test:latest"
SERVICES = ["one", "two", "three"]
ROUNDS = 11
NAME = "docker compose up"

PROVIDER = """
  aws:
    provider:
      type: credrun
      options: {{delivery: {delivery}}}
"""

SERVICE = """
  {name}:
    image: {image}
    command: [/bin/busybox, sleep, "600"]
    init: true
    stop_grace_period: 0s
    {depends}
"""


def project(delivery):
    """The text of a compose.yaml; without a delivery, nobody provides anything."""
    provider = PROVIDER.format(delivery=delivery) if delivery else ""
    depends = "depends_on: [aws]" if delivery else ""
    services = (SERVICE.format(name=name, image=IMAGE, depends=depends) for name in SERVICES)
    return "services:" + provider + "".join(services)


def compare(credrun):
    plugin = subprocess.run([HERE / "../scripts/compose.sh", "v2"], check=True, capture_output=True, text=True)
    contestants = {NAME: None}
    for delivery in ("env", "live", "keyless"):
        contestants[f"delivery: {delivery}"] = delivery
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        plugins = directory / "config/cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(plugin.stdout.strip())
        (directory / "bin").mkdir()
        (directory / "bin/credrun").symlink_to(os.path.abspath(credrun))
        environment = {
            **os.environ,
            "DOCKER_CONFIG": str(directory / "config"),
            "PATH": f"{directory}/bin:{os.environ['PATH']}",
        }
        files = {}
        for number, (name, delivery) in enumerate(contestants.items()):
            files[name] = directory / f"bench{number}" / "compose.yaml"
            files[name].parent.mkdir()
            files[name].write_text(project(delivery))
        times = {name: [] for name in files}
        for round in range(ROUNDS + 1):
            for name, file in files.items():
                taken = up(file, environment)
                if round > 0:
                    times[name].append(taken)
    print(f"\n{NAME} of {len(SERVICES)} services, medians of {ROUNDS}\n")
    print(f"| {'':25} | wall ms | times |")
    print(f"|-{'':-<25}-|--------:|------:|")
    plain = statistics.median(times[NAME])
    for name, all_times in times.items():
        median = statistics.median(all_times)
        print(f"| {name:25} | {1000 * median:7.0f} | {median / plain:5.2f} |")
    sys.stdout.flush()


def up(file, environment):
    """Seconds until all services have started."""
    compose = ["docker", "compose", "--file", str(file)]
    began = time.perf_counter()
    started = subprocess.run([*compose, "up", "--detach"], env=environment, capture_output=True, text=True)
    taken = time.perf_counter() - began
    subprocess.run([*compose, "down", "--timeout", "0"], env=environment, check=True, capture_output=True)
    if started.returncode != 0:
        sys.exit(f"bench: {file}: {started.stderr}")
    settle()
    return taken


def settle():
    relays = ["docker", "ps", "--all", "--quiet", "--filter", "label=credrun.relay.for"]
    while subprocess.run(relays, check=True, capture_output=True).stdout:
        time.sleep(0.02)
