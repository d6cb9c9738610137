"""admin.py: the admin socket and sigctl, for the scenarios."""
import os
import socket
import struct
import subprocess

from harness import BUILD, DEADLINE, plain_config

SIGCTL = os.environ.get("SIGCTL") or os.path.join(BUILD, "tools", "sigctl")
ADMIN = 'admin_socket { path = "@DIR@/adm/admin.sock" }'
NUMBER = 1
STATUS, RELOAD, FLUSH, FREEZE, CLOCK, LOG_LEVEL = range(1, 7)
TEXT, END = 64, 65


def admin_config(**words):
    """plain_config with an admin socket."""
    return plain_config(**{**words, "top": f"{words.get('top', '')}\n{ADMIN}"})


def admin_path(daemon):
    return daemon.path("adm", "admin.sock")


def frame(kind, body=b"", number=NUMBER, length=None):
    return struct.pack("=HHI", number, kind, len(body) if length is None else length) + body


class Peer:
    """A peer of the admin socket, frame by frame."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)

    def send(self, data):
        self.socket.send(data)

    def receive(self):
        """(TEXT, stream, bytes), (END, status), or None at the end."""
        try:
            packet = self.socket.recv(4096)
        except ConnectionResetError:  # closed with something unread; what was said before comes now
            packet = self.socket.recv(4096)
        if not packet:
            return None
        number, kind, length = struct.unpack_from("=HHI", packet)
        assert number == NUMBER and length == len(packet) - 8, packet
        if kind == END:
            return END, struct.unpack("=I", packet[8:])[0]
        stream, size = struct.unpack_from("=II", packet, 8)
        return kind, stream, packet[16:16 + size]

    def answer(self):
        """(status, stdout, stderr) of one answer; status None: closed before its end."""
        streams = [b"", b""]
        while True:
            got = self.receive()
            if got is None:
                return None, *streams
            if got[0] == END:
                return got[1], *streams
            streams[got[1]] += got[2]

    def ask(self, kind, body=b""):
        self.send(frame(kind, body))
        return self.answer()

    def close(self):
        self.socket.close()


def sigctl(*arguments, path=None, env=None, text=None, **more):
    """Runs sigctl: the finished process, with texts."""
    where = ["--socket", path] if path else []
    return subprocess.run([SIGCTL, *arguments, *where], capture_output=True, text=True, input=text, timeout=4 * DEADLINE,
                          env={"PATH": "/usr/bin:/bin", **(env or {})}, check=False, **more)
