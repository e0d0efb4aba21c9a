"""How long an answer of credrun's own takes while it looks into the large bodies of other calls.

Prints of each kind of body: the status, how many answers came meanwhile, and how long they took at the
median and at most. AWS takes no part in them: its stand-in has one thread, too.
"""

import multiprocessing
import time

import raw

SIZE = 16 << 20


def call():
    began = time.monotonic()
    request = raw.identity(keys=raw.Keys(raw.KEY, "guess", raw.TOKEN))
    status, _, answer = raw.ask(request, timeout=60)
    assert status == 403, answer
    return time.monotonic() - began


def small_calls(times, over):
    took = []
    while not over.is_set():
        took.append(call())
    times.put(took)


def main():
    text = b"x" * SIZE
    put = raw.tables("PutItem", b'{"TableName":"t","Item":{"a":{"S":"' + text + b'"}}}')
    numbers = b",".join([b'{"N":"1"}'] * (SIZE // 10))
    many = raw.tables("PutItem", b'{"TableName":"t","Item":{"a":{"L":[' + numbers + b"]}}}")
    entry = b"<Object><Key>" + b"k" * 100 + b"</Key></Object>"
    body = b"<Delete>" + entry * (SIZE // len(entry)) + b"</Delete>"
    delete = raw.Request("POST", "/stalls-of-keyless?delete=", "s3", body)
    code = raw.Request(
        "PUT",
        "/2015-03-31/functions/f/code",
        "lambda",
        b'{"ZipFile":"' + text + b'"}',
        {"Content-Type": "application/json"},
    )
    for name, request in (("put", put), ("many", many), ("delete", delete), ("code", code)):
        times, over = multiprocessing.Queue(), multiprocessing.Event()
        caller = multiprocessing.Process(target=small_calls, args=(times, over))
        caller.start()
        call()
        status, _, _ = raw.ask(request, timeout=120)
        over.set()
        took = times.get()
        caller.join()
        median = sorted(took)[len(took) // 2]
        print(f"{name} {status} {len(took)} {median:.3f} {max(took):.3f}", flush=True)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
