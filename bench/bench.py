"""Medians of wall time, CPU time and peak memory, of credrun beside what it replaces.

All contestants of a case run in turns, so that whatever else the machine does meets all of them.

CPU and memory are the client's alone: the Engine does the same for each of them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import compose
import keyless
import pull

IMAGE = "credrun-test:latest"
PYTHON_IMAGE = "amazon/aws-cli:latest"
HERE = os.path.dirname(os.path.abspath(__file__))
CREDRUN = os.path.join(HERE, "../target/release/credrun")
OUTPUT = ["head", "-c", str(512 << 20), "/dev/zero"]
AT_ONCE = 50
WITHOUT_A_CONTAINER = "without a container"
STARTS = 200


@dataclass
class Case:
    """One command, by each of the contestants."""

    name: str
    command: list
    rounds: int
    flags: list = field(default_factory=list)
    contestants: list = field(default_factory=lambda: ["docker run", "credrun"])


@dataclass
class Run:
    wall: float  # s
    cpu: float  # s, user and system
    memory: float  # MiB, the largest process's peak


CASES = [
    Case("true", ["true"], 21, contestants=["docker run", "shell script + docker run", "credrun"]),
    Case("true, credentials that renew", ["true"], 21, contestants=["docker run", "credrun --live", "credrun --keyless"]),
    # The Engine writes it to its log as well, which takes it many seconds.
    Case("512 MiB of output", OUTPUT, 3),
    Case("512 MiB of output, no log driver", OUTPUT, 3, flags=["--log-driver", "none"]),
]


def contestants(credrun, other):
    programs = {
        "docker run": ["docker", "run", "--rm"],
        "shell script + docker run": ["sh", os.path.join(HERE, "recipe.sh")],
        "credrun": [credrun, "-q"],
        "credrun --live": [credrun, "-q", "--live"],
        "credrun --keyless": [credrun, "-q", "--keyless"],
    }
    if other:
        programs["other credrun"] = [other, "-q"]
        programs["other credrun --live"] = [other, "-q", "--live"]
        programs["other credrun --keyless"] = [other, "-q", "--keyless"]
    return programs


def with_other(names, programs):
    """These contestants, and what the other credrun does in the place of each credrun."""
    others = [f"other {name}" for name in names]
    return names + [name for name in others if name in programs]


def measure(command):
    with tempfile.NamedTemporaryFile("r") as peak:
        # A process's peak counts what it was before exec. GNU time is small, Python is not.
        timed = ["/usr/bin/time", "-q", "-o", peak.name, "-f", "%M", *command]
        began = time.perf_counter()
        process = subprocess.Popen(
            timed, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"bench: {' '.join(command)}: {errors.decode()}")
        return Run(wall, usage.ru_utime + usage.ru_stime, int(peak.read()) / 1024)


def settle():
    """Waits until the Engine has removed all relays, which credrun leaves to it where it can: what
    it still does is nobody else's time."""
    relays = ["docker", "ps", "--all", "--quiet", "--filter", "label=credrun.relay.for"]
    while subprocess.run(relays, check=True, capture_output=True).stdout:
        time.sleep(0.02)


def compare(case, programs):
    commands = {
        name: programs[name] + case.flags + [IMAGE] + case.command
        for name in with_other(case.contestants, programs)
    }
    runs = {name: [] for name in commands}
    for name in commands:
        measure(commands[name])
        settle()
    for _ in range(case.rounds):
        for name in commands:
            runs[name].append(measure(commands[name]))
            settle()

    def median(name, what):
        return statistics.median(getattr(run, what) for run in runs[name])

    print(f"\n{case.name}, medians of {case.rounds}\n")
    print(f"| {'':25} | wall ms | of the first | CPU ms | peak MiB |")
    print(f"|-{'':-<25}-|--------:|-------------:|-------:|---------:|")
    first = median(next(iter(commands)), "wall")
    for name in commands:
        wall, cpu = (1000 * median(name, what) for what in ("wall", "cpu"))
        of_first = wall / 1000 / first
        print(f"| {name:25} | {wall:7.0f} | {of_first:12.2f} | {cpu:6.1f} | {median(name, 'memory'):8.1f} |")
    sys.stdout.flush()


def at_once(programs):
    """Many runs that start together: how long until the last has ended, and how many failed."""
    print(f"\n{AT_ONCE} at once\n")
    print(f"| {'':25} | wall s | failed |")
    print(f"|-{'':-<25}-|-------:|-------:|")
    for name in with_other(["docker run", "credrun"], programs):
        began = time.perf_counter()
        processes = [
            subprocess.Popen(
                programs[name] + [IMAGE, "true"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(AT_ONCE)
        ]
        failed = sum(process.wait() != 0 for process in processes)
        print(f"| {name:25} | {time.perf_counter() - began:6.1f} | {failed:6} |")
    sys.stdout.flush()


def without_a_container(programs):
    """Whole runs of what needs no container, in turns. GNU time would cost as much as they do."""
    cases = {
        "--version": ["--version"],
        "export": ["export"],
        "run --dry-run": ["run", "--dry-run", IMAGE, "true"],
    }
    for case, arguments in cases.items():
        runs = {name: [] for name in with_other(["credrun"], programs)}
        for _ in range(STARTS):
            for name in runs:
                runs[name].append(whole_run([programs[name][0], *arguments]))
        print(f"\ncredrun {case}, medians of {STARTS}\n")
        print(f"| {'':25} | wall ms | CPU ms |")
        print(f"|-{'':-<25}-|--------:|-------:|")
        for name in runs:
            wall, cpu = (1000 * statistics.median(times) for times in zip(*runs[name]))
            print(f"| {name:25} | {wall:7.2f} | {cpu:6.2f} |")
    sys.stdout.flush()


def whole_run(command):
    """Seconds of wall and of CPU time."""
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=nowhere)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if status != 0:
        sys.exit(f"bench: {' '.join(command)}: {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime


def ask(programs):
    """What a set costs an SDK in a container that runs with --live, one request after the other."""
    with open(os.path.join(HERE, "requests.py")) as file:
        program = ["-c", file.read(), "5", "0"]
    command = programs["credrun --live"] + ["--entrypoint", "python3", PYTHON_IMAGE, *program]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(
        "\ncredential requests inside a container: {median:.2f} ms at the median, {p99:.1f} ms at"
        " p99, {failed} of {requests} failed".format(**answer)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=CREDRUN, metavar="PROGRAM")
    parser.add_argument("--other", metavar="PROGRAM", help="a second credrun, beside the first in each case")
    parser.add_argument("--case", help="only the case of this name")
    arguments = parser.parse_args()
    programs = contestants(arguments.credrun, arguments.other)
    for case in CASES:
        if arguments.case in (None, case.name):
            compare(case, programs)
    if arguments.case in (None, WITHOUT_A_CONTAINER):
        without_a_container(programs)
    if arguments.case in (None, compose.NAME):
        compose.compare(arguments.credrun)
    if arguments.case is None:
        at_once(programs)
        ask(programs)
        pull.compare(arguments.credrun)
        keyless.compare(arguments.credrun)
    for program in filter(None, (arguments.credrun, arguments.other)):
        print(f"\n{program}: {os.path.getsize(program) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
