"""What the clients print: their version, and of each thing that they try, what came of it."""

import sys


def version(text):
    print("version", text, flush=True)


def attempt(name, function):
    try:
        function()
        print("ok", name, flush=True)
    except BaseException as why:
        print("failed", name, " ".join(f"{type(why).__name__} {why}".split()), flush=True)


def run(*functions):
    for function in functions:
        attempt(function.__name__.rstrip("_").replace("_", "-"), function)
    sys.stdout.flush()
