"""Medians of wall time, CPU time and peak memory, of credrun beside what it replaces.

All contestants of a case run in turns, so that whatever else the machine does meets all of them.
A case is a line in CASES, a contestant a line in CONTESTANTS.

CPU and memory are the client's alone: the Engine does the same for each of them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

IMAGE = "credrun-test:latest"
HERE = os.path.dirname(os.path.abspath(__file__))
CREDRUN = os.path.join(HERE, "../target/release/credrun")


@dataclass
class Case:
    name: str
    command: list
    rounds: int


@dataclass
class Run:
    wall: float  # s
    cpu: float  # s, user and system
    memory: float  # MiB, the largest process's peak


CASES = [
    Case("true", ["true"], rounds=21),
    Case("512 MiB of output", ["head", "-c", str(512 << 20), "/dev/zero"], rounds=5),
]


def contestants(credrun):
    return {
        "docker run": ["docker", "run", "--rm", IMAGE],
        "shell script + docker run": ["sh", os.path.join(HERE, "recipe.sh"), IMAGE],
        "credrun": [credrun, "-q", IMAGE],
    }


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


def compare(case, commands):
    runs = {name: [] for name in commands}
    for name in commands:
        measure(commands[name] + case.command)
    for _ in range(case.rounds):
        for name in commands:
            runs[name].append(measure(commands[name] + case.command))

    def median(name, what):
        return statistics.median(getattr(run, what) for run in runs[name])

    print(f"\n{case.name}, medians of {case.rounds}\n")
    print(f"| {'':25} | wall ms | CPU ms | peak MiB |")
    print(f"|-{'':-<25}-|--------:|-------:|---------:|")
    for name in commands:
        wall, cpu = (1000 * median(name, what) for what in ("wall", "cpu"))
        print(f"| {name:25} | {wall:7.0f} | {cpu:6.1f} | {median(name, 'memory'):8.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=CREDRUN, metavar="PROGRAM")
    parser.add_argument("--case", help="only the case of this name")
    arguments = parser.parse_args()
    for case in CASES:
        if arguments.case in (None, case.name):
            compare(case, contestants(arguments.credrun))
    size = os.path.getsize(arguments.credrun)
    print(f"\ncredrun's binary: {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
