"""Asks the endpoint of `--live` as an SDK does, from inside a container; runs there, on std alone.

    requests.py SECONDS RATE    RATE requests a second, 0 for one after the other

Prints one line of JSON: requests, failures, the sets seen, and times in milliseconds.
"""

import http.client
import json
import os
import statistics
import sys
import threading
import time
from datetime import datetime, timezone
from urllib.parse import urlsplit

URL = urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
HEADERS = {
    "Accept": "application/json",
    "Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"],
}
CLIENTS = 4


def request():
    """The access key ID of the set that is handed out; an error where it is no valid one."""
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=1)
    try:
        connection.request("GET", URL.path, headers=HEADERS)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    end = datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00"))
    if response.status != 200 or end <= datetime.now(timezone.utc):
        raise ValueError(f"status {response.status}, Expiration {answer['Expiration']}")
    return answer["AccessKeyId"]


class Client(threading.Thread):
    def __init__(self, end, interval):
        super().__init__()
        self.end, self.interval = end, interval
        self.times, self.failures, self.sets = [], [], set()

    def run(self):
        due = time.monotonic()
        while time.monotonic() < self.end:
            began = time.perf_counter()
            try:
                self.sets.add(request())
            except Exception as why:
                self.failures.append(f"{type(why).__name__}: {why}")
            self.times.append(1000 * (time.perf_counter() - began))
            due += self.interval
            time.sleep(max(0, due - time.monotonic()))


def main():
    seconds, rate = float(sys.argv[1]), float(sys.argv[2])
    end = time.monotonic() + seconds
    clients = [Client(end, CLIENTS / rate) for _ in range(CLIENTS)] if rate else [Client(end, 0)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    times = sorted(time for client in clients for time in client.times)
    failures = [failure for client in clients for failure in client.failures]
    print(
        json.dumps(
            {
                "requests": len(times),
                "failed": len(failures),
                "why": failures[:3],
                "sets": len(set().union(*(client.sets for client in clients))),
                "median": statistics.median(times),
                "p99": times[len(times) * 99 // 100],
                "longest": times[-1],
            }
        )
    )


main()
