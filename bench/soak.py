"""The endpoint of `--live` under load: 200 requests a second from inside a container, while sets of
a minute rotate. None may fail, and the memory of credrun and of the relay must stay flat.

Flat: the median of the last quarter's samples is at most MARGIN above that of the second quarter's.
The first quarter is for warming up.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..")
sys.path += [os.path.join(ROOT, "scripts"), os.path.join(ROOT, "tests/sdks")]
sys.dont_write_bytecode = True

import cloudshell_endpoint
import stand_in

IMAGE = "credrun-sdks-base:latest"
RATE = 200  # requests a second
RATE_REACHED = 0.9  # of RATE; less is no soak
LIFETIME = 60  # s, of a set
REPLACED_BELOW = 20  # s left of it
MARGIN = 1.0  # MiB


def start(credrun, seconds, name):
    rotation = cloudshell_endpoint.Rotation(stand_in.Issuer().issue, LIFETIME, REPLACED_BELOW)
    token = secrets.token_urlsafe(32)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    variables |= {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": cloudshell_endpoint.serve(rotation, token),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        "AWS_REGION": "eu-central-1",
    }
    with open(os.path.join(HERE, "requests.py")) as program:
        load = ["python3", "-c", program.read(), str(seconds), str(RATE)]
    return subprocess.Popen(
        [credrun, "--live", "-q", "--name", name, IMAGE, *load],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def relay_pid(name):
    """The process of the relay that serves the container `name`, once both run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listing = ["docker", "ps", "-q", "--filter", f"label=credrun.relay.for={name}"]
        container = subprocess.run(listing, capture_output=True, text=True).stdout.strip()
        if container:
            inspection = ["docker", "inspect", "--format", "{{.State.Pid}}", container]
            return int(subprocess.run(inspection, capture_output=True, text=True).stdout)
        time.sleep(0.1)
    sys.exit("soak: no relay within a minute")


def resident(pid):
    """MiB in memory, or None where the process has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
    except FileNotFoundError:
        pass
    return None


def sample(process, pids):
    """The memory of each process, once a second, until `process` ends."""
    samples = {name: [] for name in pids}
    while process.poll() is None:
        for name, pid in pids.items():
            memory = resident(pid)
            if memory is not None:
                samples[name].append(memory)
        time.sleep(1)
    return samples


def growth(samples):
    """Medians of the second and of the last quarter."""
    quarter = len(samples) // 4
    return statistics.median(samples[quarter : 2 * quarter]), statistics.median(samples[-quarter:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=os.path.join(ROOT, "target/release/credrun"))
    parser.add_argument("--seconds", type=int, default=600)
    arguments = parser.parse_args()
    name = f"credrun-soak-{os.getpid()}"
    process = start(arguments.credrun, arguments.seconds, name)
    samples = sample(process, {"credrun": process.pid, "relay": relay_pid(name)})
    if process.returncode != 0:
        sys.exit(f"soak: credrun ended with {process.returncode}")
    load = json.loads(process.stdout.read())

    rate = load["requests"] / arguments.seconds
    print(f"{load['requests']} requests, {rate:.0f} a second, {load['failed']} failed")
    print("{median:.1f} ms at the median, {p99:.1f} ms at p99, {longest:.0f} ms at most".format(**load))
    print(f"{load['sets']} sets seen")
    faults = list(load["why"])
    if rate < RATE_REACHED * RATE:
        faults.append(f"{rate:.0f} requests a second are too few, {RATE} were wanted")
    if load["sets"] < arguments.seconds // LIFETIME:
        faults.append("the sets did not rotate")
    for process_name, memory in samples.items():
        early, late = growth(memory)
        print(f"{process_name}: {early:.2f} MiB early, {late:.2f} MiB late, {max(memory):.2f} peak")
        if late > early + MARGIN:
            faults.append(f"{process_name} grew by {late - early:.2f} MiB")
    for fault in faults:
        print(f"soak: {fault}", file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
