"""An SDK that calls while thousands of connections, slow heads and slow bodies take what they can.

The argument says which: `connections` of all kinds, or `heads` as large as they may be that never end.
Prints how many of its calls were lost, and how long they took at the median, but for one in a hundred,
and at most: before, and beside all that.
"""

import asyncio
import multiprocessing
import os
import sys
import time

import boto3
from botocore.config import Config

import raw

HOST, PORT = raw.HOST.split(":")
CALLS = int(os.environ["CALLS"])


async def with_connection(use):
    reader, writer = await asyncio.open_connection(HOST, int(PORT))
    try:
        await use(reader, writer)
    finally:
        writer.close()


async def idle(reader, writer):
    await reader.read()


async def slow_head(reader, writer):
    for byte in raw.identity().encoded():
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.3)


async def large_head(reader, writer):
    # All but the last of it, which comes too slowly.
    writer.write(raw.identity().add("X-Large", "a" * 62_000).encoded()[:62_000])
    await writer.drain()
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def head_without_body(reader, writer):
    request = raw.tables().add("X-Large", "a" * 62_000).set("Content-Length", "10")
    request.body = b""
    writer.write(request.encoded())
    await reader.read()


async def slow_body(reader, writer):
    request = raw.tables(body=b'{"a":"' + b"x" * 100_000 + b'"}').encoded()
    for start in range(0, len(request), 50):
        writer.write(request[start : start + 50])
        await writer.drain()
        await asyncio.sleep(0.5)


async def unread(reader, writer):
    # Answers that nobody reads.
    for _ in range(1000):
        writer.write(raw.identity().encoded())
        await writer.drain()
    await asyncio.sleep(30)


async def guess(reader, writer):
    writer.write(raw.identity(keys=raw.Keys(raw.KEY, "guess", raw.TOKEN)).encoded())
    await reader.read(100)


async def garbage(reader, writer):
    writer.write(os.urandom(262_144))
    await reader.read()


async def again(use, pause):
    while True:
        try:
            await with_connection(use)
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(pause)


async def attack(use, count, pause):
    await asyncio.gather(*(again(use, pause) for _ in range(count)))


def besiege(*kind):
    asyncio.run(attack(*kind))


HEADS = [
    (large_head, 1000, 0.1),
    (large_head, 600, 0.1),
    (head_without_body, 400, 0.1),
    (slow_head, 500, 0.1),
]
CONNECTIONS = [
    (idle, 2000, 3),
    (idle, 2000, 5),
    (slow_head, 500, 0.1),
    (slow_body, 440, 0.1),
    (unread, 20, 0.5),
    (guess, 20, 0.02),
    (garbage, 20, 0.05),
]


def call(name):
    # Without attempts of its own, which would hide one that is lost.
    sts = boto3.client("sts", config=Config(retries={"total_max_attempts": 1}))
    lost, times = 0, []
    for _ in range(CALLS):
        began = time.monotonic()
        try:
            sts.get_caller_identity()
        except Exception as error:
            print(error)
            lost += 1
        times.append(time.monotonic() - began)
    times.sort()
    middle, most = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"{name}: lost {lost}, median {middle:.3f} s, 99 % {most:.3f} s, longest {times[-1]:.3f} s")


def main():
    multiprocessing.set_start_method("fork")
    kinds = {"connections": CONNECTIONS, "heads": HEADS}[sys.argv[1]]
    call("quiet")
    attackers = [multiprocessing.Process(target=besiege, args=kind, daemon=True) for kind in kinds]
    for attacker in attackers:
        attacker.start()
    time.sleep(3)
    call("flood")
    for attacker in attackers:
        assert attacker.is_alive()
        attacker.kill()
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
