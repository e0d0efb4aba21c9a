"""Stands between credrun and the Engine, and keeps what the Engine is sent: whatever a container
receives from credrun is in it."""

import os
import socket
import struct
import tempfile
import threading

HEADER = struct.Struct(">BIH")
DATA = 3


class Tee:
    """A socket that leads to the Engine. `host` is for DOCKER_HOST."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory()
        path = os.path.join(self._directory.name, "engine.sock")
        self.host = f"unix://{path}"
        self._sent = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")[7:])
            kept = bytearray()
            self._sent.append(kept)
            for way in ((client, engine, kept), (engine, client, None)):
                threading.Thread(target=_pass_on, args=way, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._directory.cleanup()

    def received(self):
        """What came so far: all of it as it came, and each connection of the relay by itself."""
        for sent in self._sent:
            yield bytes(sent)
            head, _, frames = bytes(sent).partition(b"\r\n\r\n")
            if b"/attach?" in head:
                yield from _connections(frames).values()


def _pass_on(source, target, kept):
    try:
        while content := source.recv(1 << 16):
            if kept is not None:
                kept += content
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()


def _connections(frames):
    """The frames of `relay/src/frame.rs`, put together."""
    found, at = {}, 0
    while at + HEADER.size <= len(frames):
        kind, connection, length = HEADER.unpack_from(frames, at)
        at += HEADER.size
        if kind == DATA:
            found.setdefault(connection, bytearray()).extend(frames[at : at + length])
        at += length
    return {number: bytes(content) for number, content in found.items()}
