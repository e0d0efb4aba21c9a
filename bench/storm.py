"""A storm of signals on credrun and on `docker run --rm`, and what it leaves behind.

Each run gets one to four signals at random moments between its start and a while after its
container runs; every third run gets SIGKILL, and every second one is in a terminal. The same seed
gives the same storm to each of the contestants. Then it is counted what is left, what is left once
there has been another run, and once `credrun stop` has had what `credrun ps` lists.
"""

import argparse
import concurrent.futures
import glob
import os
import pty
import random
import signal
import statistics
import subprocess
import tempfile
import termios
import threading
import time

IMAGE = "credrun-test:latest"
HERE = os.path.dirname(os.path.abspath(__file__))
CREDRUN = os.path.join(HERE, "../target/release/credrun")
# Ends at what asks it to, as a program does.
SCRIPT = "trap 'exit 0' INT TERM HUP QUIT; echo up; while :; do sleep 0.05; done"
SOFT = ["INT", "TERM", "HUP", "QUIT", "USR1", "WINCH", "CONT"]
AT_ONCE = 3
PATIENCE = 60  # s, that a client may take for its end
AGAIN = 5  # s, after which one that has not ended is asked again
NEW = 61  # s, after which credrun takes a file that nobody holds for one that was left

SET = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEXAMPLE",
    "AWS_CREDENTIAL_EXPIRATION": "2099-01-02T03:04:05Z",
    "AWS_REGION": "eu-central-1",
}


class Contestant:
    def __init__(self, name, command, state):
        self.name = name
        self.command = command
        self.state = state
        # None is the beginning of another.
        self.prefix = f"storm-{os.getpid()}-{name.replace(' ', '')}."
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("AWS_")
        } | SET | {"XDG_STATE_HOME": state}
        self.raw = self.again = self.stuck = 0
        self.lock = threading.Lock()

    def arguments(self, number, terminal, script=SCRIPT):
        name = f"{self.prefix}{number}"
        flags = ["-it"] if terminal else []
        return [*self.command, *flags, "--name", name, IMAGE, "sh", "-c", script]

    def whole(self):
        """How long it takes until the container runs."""
        began = time.monotonic()
        process = subprocess.Popen(
            self.arguments("whole", False),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        process.stdout.readline()
        took = time.monotonic() - began
        process.terminate()
        process.communicate(timeout=PATIENCE)
        return took

    def run(self, number, storm, whole):
        terminal = number % 2 == 0
        command = self.arguments(number, terminal)
        master, slave = pty.openpty()
        if terminal:
            # setsid replaces itself by the command, which keeps its number.
            command = ["setsid", "--ctty", *command]
            streams = {"stdin": slave, "stdout": slave, "stderr": slave}
        else:
            nothing = subprocess.DEVNULL
            streams = {"stdin": nothing, "stdout": nothing, "stderr": nothing}
        reader = threading.Thread(target=drain, args=(master,), daemon=True)
        reader.start()
        began = time.monotonic()
        process = subprocess.Popen(command, env=self.environment, **streams)
        for moment, name in storm:
            time.sleep(max(0.0, began + moment * whole - time.monotonic()))
            if process.poll() is None:
                process.send_signal(getattr(signal, f"SIG{name}"))
        asked = self.end(process, 2 * whole + 1)
        stuck = process.returncode is None
        if stuck or asked > 1:
            print(f"{self.name}, run {number}, {storm}: {self.why(number, asked, stuck)}", flush=True)
        if stuck:
            process.kill()
            process.wait()
        cooked = termios.ECHO | termios.ICANON
        raw = terminal and termios.tcgetattr(slave)[3] & cooked != cooked
        with self.lock:
            self.raw += raw
            self.again += asked > 1
            self.stuck += stuck
        os.close(slave)
        # Its number may be another file's as soon as it is closed.
        reader.join(PATIENCE)
        if not reader.is_alive():
            os.close(master)

    def end(self, process, first):
        """Asks one that none of the signals has ended. Returns how often that took."""
        asked, patience = 0, first
        while True:
            try:
                process.wait(patience)
                return asked
            except subprocess.TimeoutExpired:
                if asked * AGAIN >= PATIENCE:
                    return asked
            process.terminate()
            asked, patience = asked + 1, AGAIN

    def why(self, number, asked, stuck):
        """What is known of a client that one SIGTERM has not ended."""
        name = f"{self.prefix}{number}"
        state = ["docker", "inspect", "--format", "{{.State.Status}}", name]
        found = subprocess.run(state, capture_output=True, text=True)
        container = found.stdout.strip() or "gone"
        ended = "it did not end" if stuck else "it ended"
        return f"asked {asked} times, {ended}, its container is {container}"

    def left(self, state):
        """The names of its containers in this state."""
        listing = ["docker", "ps", "--all", "--format", "{{.Names}}"]
        filters = ["--filter", f"name=^/storm-{os.getpid()}-", "--filter", f"status={state}"]
        return [name for name in output(listing + filters).split() if name.startswith(self.prefix)]

    def relays(self):
        listing = ["docker", "ps", "--all", "--format", '{{.Label "credrun.relay.for"}}']
        listing += ["--filter", "label=credrun.relay.for"]
        return [name for name in output(listing).split() if name.startswith(self.prefix)]

    def state_files(self):
        return glob.glob(os.path.join(self.state, "credrun", "*"))

    def count(self):
        counts = {state: len(self.left(state)) for state in ("created", "running", "exited")}
        return counts | {"relays": len(self.relays()), "files": len(self.state_files())}

    def another_run(self):
        command = self.arguments("another", False, "exit 0")
        subprocess.run(command, env=self.environment, check=True, capture_output=True)


def drain(master):
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


def output(command, **how):
    return subprocess.run(command, check=True, capture_output=True, text=True, **how).stdout


def storm(seed, number):
    """Moments, in lengths of a whole start, and signals."""
    chance = random.Random(f"{seed}/{number}")
    moments = sorted(chance.uniform(0, 1.3) for _ in range(chance.randint(1, 4)))
    signals = [chance.choice(SOFT) for _ in moments]
    if number % 3 == 0:
        signals[-1] = "KILL"
    return list(zip(moments, signals))


def settle(contestants):
    """Waits until the Engine has carried out what the clients have asked for."""
    before, now = None, [contestant.count() for contestant in contestants]
    while now != before:
        time.sleep(5)
        before, now = now, [contestant.count() for contestant in contestants]
    return now


def table(title, contestants, counts):
    print(f"\n{title}\n")
    print("| | created | running | exited | relays | files in the state directory |")
    print("|---|--:|--:|--:|--:|--:|")
    for contestant, count in zip(contestants, counts):
        numbers = " | ".join(str(number) for number in count.values())
        print(f"| {contestant.name} | {numbers} |", flush=True)


def tidy(contestants):
    left = [
        name
        for contestant in contestants
        for state in ("created", "running", "exited")
        for name in contestant.left(state)
    ]
    if left:
        subprocess.run(["docker", "rm", "--force", "--volumes", *left], capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--credrun", default=CREDRUN, metavar="PROGRAM")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_args()
    docker = ["docker", "run", "--rm", *(word for name in SET for word in ("-e", name))]
    with tempfile.TemporaryDirectory() as directory:
        contestants = [
            Contestant("docker run", docker, directory),
            Contestant("credrun", [arguments.credrun, "run", "-q"], f"{directory}/plain"),
            Contestant(
                "credrun --live", [arguments.credrun, "run", "-q", "--live"], f"{directory}/live"
            ),
        ]
        try:
            play(arguments, contestants)
        finally:
            tidy(contestants)


def play(arguments, contestants):
    print(f"{arguments.runs} runs of each, seed {arguments.seed}", flush=True)
    whole = {
        contestant: statistics.median(contestant.whole() for _ in range(3))
        for contestant in contestants
    }
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [
            pool.submit(contestant.run, number, storm(arguments.seed, number), whole[contestant])
            for number in range(arguments.runs)
            for contestant in contestants
        ]
        for run in runs:
            run.result()
    table("After the storm", contestants, settle(contestants))
    print("\n| | terminals left raw | clients asked more than once | clients that did not end |")
    print("|---|--:|--:|--:|")
    for one in contestants:
        print(f"| {one.name} | {one.raw} | {one.again} | {one.stuck} |")
    time.sleep(NEW)
    for contestant in contestants:
        contestant.another_run()
    table("After another run", contestants, settle(contestants))
    for contestant in contestants[1:]:
        listed = output([arguments.credrun, "ps"], env=contestant.environment)
        names = [word for word in listed.split() if word.startswith(contestant.prefix)]
        print(f"\n{contestant.name}: credrun ps lists {len(names)}", flush=True)
        if names:
            stop = [arguments.credrun, "stop", *names]
            output(stop, env=contestant.environment)
    table("After `credrun stop` of what `credrun ps` lists", contestants, settle(contestants))


if __name__ == "__main__":
    main()
