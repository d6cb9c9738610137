"""hostile.py: the stand-in of the REST service on a bad day, for tests only.

`with Hostile(key, sdkappid) as service:` is a rest_standin.Standin whose next requests meet what stands in service.script,
one entry a connection or request, in order; with an empty script it is the stand-in as usual. Entries:

    None         nothing: this request is answered as usual
    "handshake"  the connection is reset before TLS has begun     "unread"    it is reset before the request was read
    "reset"      ... after the request was read                    "silent"    the request is read, no answer comes
    "closed"     the connection is closed after the request        "cut"       ... in the middle of the answer
    502, 500, 429, 404, 302                                        this HTTP status, with HTML
    "html" "text" "array" "truncated" "empty" "twice"              HTTP status 200, but no JSON object
    "huge"       a JSON object of more than 2 MiB
    "no-code"    a JSON object without ErrorCode                   "text-code" with one that is no number
    "no-action"  ErrorCode 0 without ActionStatus                  "fail-0"    ErrorCode 0 with ActionStatus FAIL
    "control"    an ErrorInfo with control bytes                   "echo"      an ErrorInfo with the usersig
    (code,)      this ErrorCode                                    a dict      this answer

service.seen: the (service/command, body) of each request that was read, hostile or not; service.connections counts them.
certificate="expired" or "name": one that ended yesterday, or is for another name.
"""
import json
import os
import socket
import struct
import sys
from urllib.parse import urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rest_standin  # noqa: E402

BEFORE = ("handshake", "unread")
NO_OBJECT = {"html": "<html><title>Log in to this network</title></html>", "text": "ok", "array": "[]", "empty": "",
             "truncated": '{"ActionStatus": "OK", "ErrorCode": 0, "GroupIdList": [{"Gro',
             "twice": '{"ErrorCode": 1, "ErrorCode": 0}'}


def answer_of(entry, target):
    """(HTTP status, body) of an entry that answers."""
    if isinstance(entry, dict):
        return 200, json.dumps(entry)
    if isinstance(entry, tuple):
        info = rest_standin.MEANING.get(entry[0], "as the test asked")
        return 200, json.dumps({"ActionStatus": "FAIL", "ErrorInfo": info, "ErrorCode": entry[0]})
    if isinstance(entry, int):
        return entry, f"<html>{entry}</html>"
    if entry in NO_OBJECT:
        return 200, NO_OBJECT[entry]
    usersig = target.split("usersig=")[1].split("&")[0]
    return 200, json.dumps({
        "huge": {"ErrorCode": 0, "Text": "x" * (2 << 20)}, "no-code": {"ActionStatus": "OK", "ErrorInfo": ""},
        "text-code": {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": "0"},
        "no-action": {"ErrorCode": 0}, "fail-0": {"ActionStatus": "FAIL", "ErrorInfo": "", "ErrorCode": 0},
        "control": {"ErrorCode": 10004, "ErrorInfo": "a\x1b[2J\x07b\r\nusersig: fake line"},
        "echo": {"ErrorCode": 70003, "ErrorInfo": f"cannot read {usersig}"}}[entry])


class Handler(rest_standin.Handler):
    def setup(self):
        if self.server.take(("handshake",)):
            self.reset()
        super().setup()
        if self.server.take(("unread",)):
            self.reset()

    def reset(self):
        """The connection ends with a TCP reset."""
        raw = self.request
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        raise ConnectionResetError

    def do_call(self):
        entry = self.server.take()
        if entry is None:
            super().do_call()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.remember(self.path, body)
        if entry == "reset":
            self.reset()
        self.close_connection = True
        if entry == "silent":
            self.rfile.read(1)  # until the client leaves
        elif entry == "cut":
            self.send(200, '{"ErrorCode": 0', 1000)
        elif entry != "closed":
            status, text = answer_of(entry, self.path)
            self.close_connection = False
            self.send(status, text)

    do_GET = do_POST = do_call

    def send(self, status, text, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "text/html")
        if status == 302:
            self.send_header("Location", f"https://localhost:{self.server.server_port}{self.path}")
        self.send_header("Content-Length", str(len(text) if length is None else length))
        self.end_headers()
        self.wfile.write(text.encode())


class Server(rest_standin.Server):
    handler = Handler

    def __init__(self, service, directory, port=0, log=None):
        self.script, self.seen, self.connections = [], [], 0
        super().__init__(service, directory, port, log)

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def take(self, only=None):
        """The entry that comes next; only: where it is one of these, else those of a connection are left alone."""
        with self.note_lock:
            if not self.script or (self.script[0] not in only if only else self.script[0] in BEFORE):
                return None
            return self.script.pop(0)

    def remember(self, target, body):
        with self.note_lock:
            self.seen.append((urlsplit(target).path[len("/v4/"):], body.decode()))

    def answered(self, target, body):
        self.remember(target, body)


class Hostile(rest_standin.Standin):
    server_class = Server

    def __init__(self, *arguments, certificate="good", **more):
        self.certificate = certificate
        super().__init__(*arguments, **more)

    def make_certificates(self):
        rest_standin.make_certificates(self.directory, self.certificate)

    seen = property(lambda self: self.server.seen)
    connections = property(lambda self: self.server.connections)
    script = property(lambda self: self.server.script)
