#!/usr/bin/env python3
"""rest_standin.py: a stand-in for the REST service of Tencent Cloud Chat, for tests only.

HTTPS on loopback with a throw-away CA. Judges a request as the service documents it: HTTP 200 always, and an
ErrorCode in the answer. Which codes, in this order:

    60002  not POST, a request line or query that cannot be parsed, random or contenttype wrong
    60009  no such service or command (libsig/rest-apis.tsv)
    60012  sdkappid missing           60006  sdkappid is not one of this service
    60004  identifier missing         70002  usersig empty or missing
    70003, 70009, 70014, 70013, 70001 the usersig (oracle.judge)
    60010  identifier is no administrator of the app
    60003  the body is not a JSON object (it must not be empty: {} is the least)
    10004, 30001, ...  a field of the least body is missing or of another type, or a cursor is wrong (rest_answers)

As a program it prints one line, {"port": N, "ca": "path"}, when it listens, and stops on SIGTERM:

    rest_standin.py --key-file F --sdkappid N [--admin A]... [--now-offset S | --now T] [--port P] [--dir D]
                    [--fault CODE:N] [--log FILE]

--fault answers CODE to the first N calls that would have succeeded. --log appends one JSON line a call, without
usersigs. From Python: `with Standin(key, sdkappid) as service:` has .port, .ca, .calls and a settable .now.
"""
import argparse
import http.server
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oracle  # noqa: E402
import rest_answers  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["localhost", "console.tim.qq.com", "adminapi.my-imcloud.com"]
BODY_MAX = 8 << 20
ITEMS = 5  # in each list

MEANING = {
    60002: "HTTP request parse error, please check the HTTP request URL format",
    60003: "HTTP request JSON parse error, please check the JSON format",
    60004: "request URI or JSON body has an invalid account or signature",
    60006: "invalid sdkappid",
    60009: "no such resource",
    60010: "this request requires App administrator",
    60012: "sdkappid required",
    70001: "usersig expired",
    70002: "usersig is empty",
    70003: "usersig parse error",
    70009: "usersig does not match the key of this sdkappid",
    70013: "identifier does not match the usersig",
    70014: "sdkappid does not match the usersig",
    10004: "invalid parameter",
}


def run_openssl(directory, *arguments):
    result = subprocess.run(["openssl", *arguments], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {result.stderr}")


CA_CONFIG = """[ca]
default_ca = one
[one]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def make_certificates(directory, kind="good"):
    """ca.pem, server.pem and server.key in directory. kind: "expired", or "name" for another host's."""
    names = "DNS:elsewhere.example" if kind == "name" else ",".join(["IP:127.0.0.1", *("DNS:" + name for name in NAMES)])
    with open(os.path.join(directory, "san.cnf"), "w", encoding="ascii") as file:
        file.write(f"basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={names}\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"]
    run_openssl(directory, "req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=usersig throw-away test CA")
    run_openssl(directory, "req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    if kind == "expired":  # only `openssl ca` can date back
        for name, text in (("index.txt", ""), ("serial", "01\n"), ("ca.cnf", CA_CONFIG)):
            with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                file.write(text)
        run_openssl(directory, "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
                    "server.csr", "-out", "server.pem", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
                    "-extfile", "san.cnf", "-notext")
        return
    run_openssl(directory, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", "server.pem", "-days", "2", "-sha256", "-extfile", "san.cnf")
    os.unlink(os.path.join(directory, "ca.key"))


class Refused(Exception):
    def __init__(self, code, why=""):
        super().__init__(code)
        self.code = code
        self.why = why


def query_members(query):
    """The query's members; 60002 where it is not well formed."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", query) or not query.isascii():
        raise Refused(60002, "percent-encoding")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), encoding="utf-8", errors="strict")
    except ValueError as fault:
        raise Refused(60002, str(fault)) from None
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused(60002, "a parameter twice")
    return members


def decimal(text, largest):
    return bool(re.fullmatch(r"[0-9]{1,10}", text, re.ASCII)) and int(text) <= largest


class Service:
    """What the REST service knows and how it judges; no sockets."""

    def __init__(self, key, sdkappid, admins=("administrator", "group_root"), apis=None):
        self.key = key
        self.sdkappid = sdkappid
        self.admins = set(admins)
        self.apis = rest_answers.load() if apis is None else apis
        self.items = ITEMS
        self.now = lambda: int(time.time())
        self.faults = []  # codes for calls that would have succeeded
        self.lock = threading.Lock()

    def answer(self, method, target, body):
        """(ErrorCode, answer) of one request."""
        try:
            extra = self.judge(method, target, body)
            with self.lock:
                if self.faults:
                    raise Refused(self.faults.pop(0), "fault asked for")
            return 0, {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, **extra}
        except Refused as refused:
            info = MEANING.get(refused.code, "refused") + (f" ({refused.why})" if refused.why else "")
            return refused.code, {"ActionStatus": "FAIL", "ErrorInfo": info, "ErrorCode": refused.code}

    def judge(self, method, target, body):
        if method != "POST":
            raise Refused(60002, "POST only")
        parts = urlsplit(target)
        query = query_members(parts.query)
        path = re.fullmatch(r"/v4/([^/]+)/([^/]+)", parts.path)
        if not path or path.groups() not in self.apis:
            raise Refused(60009)
        self.judge_caller(query)
        if not decimal(query.get("random", ""), 2**32 - 1):
            raise Refused(60002, "random")
        if query.get("contenttype") != "json":
            raise Refused(60002, "contenttype")
        try:
            document = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refused(60003) from None
        if not isinstance(document, dict):
            raise Refused(60003, "not an object")
        try:
            return self.apis[path.groups()].answer(document, self.items)
        except rest_answers.Wrong as wrong:
            raise Refused(wrong.code, wrong.why) from None

    def judge_caller(self, query):
        if not query.get("sdkappid"):
            raise Refused(60012)
        if not decimal(query["sdkappid"], 2**32 - 1) or int(query["sdkappid"]) != self.sdkappid:
            raise Refused(60006)
        if not query.get("identifier"):
            raise Refused(60004, "identifier missing")
        if not query.get("usersig"):
            raise Refused(70002)
        code = oracle.judge(query["usersig"], self.key, self.sdkappid, query["identifier"], self.now())
        if code:
            raise Refused(code)
        if query["identifier"] not in self.admins:
            raise Refused(60010)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True

    def setup(self):
        self.request.settimeout(self.timeout)
        self.request.do_handshake()
        super().setup()

    def do_call(self):
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not decimal(length, BODY_MAX):
            self.close_connection = True
            code, answer = 60002, {"ActionStatus": "FAIL", "ErrorInfo": MEANING[60002], "ErrorCode": 60002}
        else:
            body = self.rfile.read(int(length))
            code, answer = self.server.service.answer(self.command, self.path, body)
            self.server.answered(self.path, body)
        self.server.note(self.command, urlsplit(self.path).path, code, self.client_address[1])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = do_call

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128
    handler = Handler

    def __init__(self, service, directory, port=0, log=None):
        self.service = service
        self.calls = []
        self.log = log
        self.note_lock = threading.Lock()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(directory, "server.pem"), os.path.join(directory, "server.key"))
        super().__init__(("127.0.0.1", port), self.handler)

    def server_bind(self):  # without the base class's reverse look-up
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def note(self, method, path, code, client_port):
        call = {"method": method, "path": path, "code": code, "client_port": client_port}
        with self.note_lock:
            self.calls.append(call)
            if self.log:
                self.log.write(json.dumps(call) + "\n")
                self.log.flush()

    def answered(self, target, body):
        """For those that want to know what was asked."""

    def shutdown_request(self, request):
        try:
            request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        request.close()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # clients may leave or refuse the certificate
            super().handle_error(request, client_address)


class Standin:
    """The service in a thread of this process."""
    server_class = Server

    def __init__(self, key, sdkappid, admins=("administrator", "group_root"), port=0, directory=None, log=None):
        self.made = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="standin-")
        os.makedirs(self.directory, exist_ok=True)
        self.make_certificates()
        self.ca = os.path.join(self.directory, "ca.pem")
        self.service = Service(key, sdkappid, admins)
        self.server = self.server_class(self.service, self.directory, port, log)
        self.port = self.server.server_port
        self.calls = self.server.calls
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def make_certificates(self):
        make_certificates(self.directory)

    @property
    def now(self):
        return self.service.now()

    @now.setter
    def now(self, value):
        """A fixed Unix time, or a function."""
        self.service.now = value if callable(value) else lambda: value

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        if self.made:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def main():
    parser = argparse.ArgumentParser(prog="rest_standin.py")
    parser.add_argument("--key-file", required=True)
    parser.add_argument("--sdkappid", type=int, required=True)
    parser.add_argument("--admin", action="append")
    parser.add_argument("--now-offset", type=int, default=0)
    parser.add_argument("--now", type=int)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dir")
    parser.add_argument("--fault", action="append", default=[], metavar="CODE:N")
    parser.add_argument("--log", type=argparse.FileType("a"))
    options = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # for the threads too
    with Standin(oracle.read_key(options.key_file), options.sdkappid, options.admin or ("administrator", "group_root"),
                 options.port, options.dir, options.log) as standin:
        if options.now is not None:
            standin.now = options.now
        else:
            standin.now = lambda: int(time.time()) + options.now_offset
        for fault in options.fault:
            code, _, times = fault.partition(":")
            standin.service.faults += [int(code)] * int(times or 1)
        print(json.dumps({"port": standin.port, "ca": standin.ca}), flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
