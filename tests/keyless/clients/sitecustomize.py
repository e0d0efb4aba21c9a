"""Keeps every byte that a Python program of the container receives, in a file of /received."""

import os
import socket

_readinto = socket.SocketIO.readinto
_recv = socket.socket.recv


def keep(content):
    with open(f"/received/{os.getpid()}", "ab") as kept:
        kept.write(content)


def readinto(self, buffer):
    count = _readinto(self, buffer)
    if count:
        keep(memoryview(buffer)[:count])
    return count


def recv(self, *arguments):
    content = _recv(self, *arguments)
    keep(content)
    return content


if os.path.isdir("/received"):
    socket.SocketIO.readinto = readinto
    socket.socket.recv = recv
