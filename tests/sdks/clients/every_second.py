"""Says which version it is, calls once a second for DURATION seconds, and says what came of it."""

import os
import sys
import time

ENDPOINT = os.environ["ENDPOINT"]


def every_second(version, call):
    print("version", version, flush=True)
    end = time.monotonic() + int(os.environ["DURATION"])
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            call()
            print("ok")
        except Exception as why:
            print("failed:", type(why).__name__, " ".join(str(why).split()))
        sys.stdout.flush()
        time.sleep(max(0, began + 1 - time.monotonic()))
