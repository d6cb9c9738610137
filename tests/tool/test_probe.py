#!/usr/bin/env python3
"""sigctl probe before the stand-in of the REST service: what it asks, what it makes of each answer, and that nobody but
the service sees the usersig."""
import json
import os
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sigctl import directory, environment, read, sigctl, write  # noqa: E402
from harness import KEY, OTHER_KEY, SDKAPPID, Sigd, equal, main, oracle, plain_config, scenario, true  # noqa: E402
import rest_standin  # noqa: E402 (harness put standin on the path)
import unseal  # noqa: E402

MASTER = bytes(range(1, 33))
BODY = b'{"Limit":1}'
CALL = "/v4/group_open_http_svc/get_appid_group_list"
SERVICES = []  # one for all scenarios


def service():
    if not SERVICES:
        SERVICES.append(rest_standin.Standin(KEY, SDKAPPID))
    return SERVICES[0]


def probe(*arguments, port=None, cacert=None, **more):
    made = service()
    cacert = made.ca if cacert is None else cacert
    return sigctl("probe", *arguments, "--host", f"localhost:{port or made.port}", *(("--cacert", cacert) if cacert else ()),
                  env={**environment(), "no_proxy": "*"}, **more)


def by_file(*arguments, file="key", sdkappid=SDKAPPID, identifier="administrator", **more):
    return probe("--key-file", file, "--sdkappid", str(sdkappid), "--identifier", identifier, *arguments, **more)


def calls_of(function):
    """What the service was asked meanwhile, and what function returned."""
    before = len(service().calls)
    result = function()
    return service().calls[before:], result


# ---- answers -----------------------------------------------------------------------------------------

@scenario
def a_key_that_the_service_takes():
    with directory():
        write("key", KEY + b"\n")
        calls, ran = calls_of(by_file)
        ran.good("OK: localhost", f"administrator of {SDKAPPID}").hides(KEY)
        equal([(call["method"], call["path"], call["code"]) for call in calls], [("POST", CALL, 0)], "one read")
        document = json.loads(by_file("--json").good().out)
        equal((document["ok"], document["error_code"], document["identifier"], document["sdkappid"]),
              (True, 0, "administrator", SDKAPPID), "JSON")


@scenario
def a_sealed_key():
    with directory():
        write("master", MASTER)
        write("key", unseal.make_sealed("demo", "k1", MASTER, KEY, os.urandom(24)))
        by_file("--master", "master").good("OK").hides(KEY, MASTER)
        by_file("--master", "master", "--app", "demo", "--key", "k1").good("OK")
        calls, _ = calls_of(lambda: (by_file().fails(64, "--master FILE"),
                                     by_file("--master", "master", "--app", "other").fails(65, "sealed for app demo"),
                                     by_file("--master", "master", "--key", "k2").fails(65, "sealed for key k1")))
        equal(calls, [], "nothing was sent")


@scenario
def each_refusal_with_its_meaning():
    with directory():
        write("key", KEY)
        write("wrong", OTHER_KEY)
        by_file(file="wrong").fails(70, "70009", "not valid (yet", "the service says:").hides(KEY, OTHER_KEY)
        by_file(sdkappid=SDKAPPID + 1).fails(70, "60006", "SDKAppID")
        by_file(identifier="nobody").fails(70, "60010", "enter it in the console")
        for code, status, words in ((70001, 70, "clock"), (70003, 70, "undecodable"), (70013, 70, "identifier"),
                                    (70016, 70, "--region"), (70020, 70, "--region"), (70050, 75, "wait a minute"),
                                    (60011, 75, "try again"), (60007, 75, "try again"), (10007, 70, "permission"),
                                    (999999, 70, "tables")):
            service().service.faults.append(code)
            by_file().fails(status, str(code), words)
        service().service.faults.append(70009)
        ran = by_file("--json")
        equal((ran.status, ran.err), (70, ""), str(ran))
        document = json.loads(ran.out)
        equal((document["ok"], document["error_code"], document["meaning"][:18]), (False, 70009, "signature mismatch"), "JSON")
        true("console" in document["advice"], "advice")


@scenario
def wrong_command_lines():
    with directory():
        write("key", KEY)
        write("open", KEY, 0o644)
        calls, _ = calls_of(lambda: (
            probe().fails(64, "which key?"),
            probe("--key-file", "key", "--sdkappid", "1").fails(64, "--identifier"),
            probe("--key-file", "key", "--identifier", "a").fails(64, "--sdkappid"),
            by_file(file="open").fails(66, "chmod 600"),
            by_file(identifier="a\nb").fails(6),
            by_file("--region", "china").fails(64, "exclude each other"),
            probe("--app", "demo", "--config", "none").fails(66, "none")))
        equal(calls, [], "nothing was sent")
        sigctl("probe", "--key-file", "key", "--sdkappid", "1", "--identifier", "a", "--region", "mars").fails(64, "singapore")


# ---- sigd.conf ---------------------------------------------------------------------------------------

@scenario
def keys_of_a_config():
    """The key that waits for its time, unless another is named."""
    keys = ('key "old" { file = "@DIR@/keys/old.key" }\n    key "new" { file = "@DIR@/keys/new.key"  '
            'not_before = "2100-01-01T00:00:00Z" }\n    key "bad" { file = "@DIR@/keys/bad.key"  revoked = true  '
            'not_before = "2101-01-01T00:00:00Z" }')
    made = Sigd(plain_config(key=keys, top='master_key = "@DIR@/keys/master"'),
                {"old.key": OTHER_KEY, "new.key": unseal.make_sealed("demo", "new", MASTER, KEY, os.urandom(24)),
                 "bad.key": OTHER_KEY, "master": MASTER}, start=False)
    at = ("--app", "demo", "--config", made.config)
    probe(*at).good(f"key new for group_root of {SDKAPPID}").hides(KEY, MASTER)
    probe(*at, "--key", "old").fails(70, "70009")
    probe(*at, "--identifier", "nobody").fails(70, "60010")
    probe(*at, "--key", "none").fails(68, 'no key "none"')
    probe("--app", "none", "--config", made.config).fails(68, 'no app "none"')
    with open(made.config, "a", encoding="ascii") as file:
        file.write("nonsense = 1\n")
    probe(*at).fails(66, "nonsense", "has faults")


# ---- the connection ----------------------------------------------------------------------------------

def whole_request(connection):
    """Head and body: a connection that is closed with bytes unread is reset."""
    request = b""
    while not request.endswith(BODY):
        request += connection.recv(65536)
    return request


class Other:
    """An HTTPS server with the stand-in's certificate that answers each request with the same bytes."""

    def __init__(self, answer):
        self.answer, self.heads = answer, []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        directory_ = service().directory
        context.load_cert_chain(os.path.join(directory_, "server.pem"), os.path.join(directory_, "server.key"))
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            connection, _ = self.listener.accept()
            with connection:
                self.heads.append(whole_request(connection))
                connection.sendall(self.answer)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        self.thread.join(10)


def usersig_in(head):
    return head.split(b"usersig=")[1].split(b"&")[0]


@scenario
def answers_that_are_not_the_services():
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    with directory():
        write("key", KEY)
        for answer, words in (
                (b"HTTP/1.1 302 Found\r\nLocation: https://localhost:1/%s\r\nContent-Length: 0\r\n\r\n", "redirect"),
                (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP status 500"),
                (ok + b"hello", "not a JSON object"), (ok + b"[]", "not a JSON object"), (ok, "not a JSON object"),
                (ok + b"{}", "no ErrorCode"), (ok + b'{"ErrorCode": "0"}', "no ErrorCode"),
                (ok + b'{"ErrorCode": 0, "ErrorCode": 0}', "not a JSON object"), (ok + b" " * ((1 << 21) + 1), "2 MiB")):
            other = Other(answer)
            ran = by_file(port=other.port)
            other.close()
            ran.fails(76, words)
            true(len(other.heads) == 1, f"one request, for {answer[:40]}")
            ran.hides(usersig_in(other.heads[0]), KEY)


@scenario
def a_service_that_repeats_the_usersig():
    """Its words are shown, but not where they hold the credential."""
    class Echo(Other):
        def serve(self):
            connection, _ = self.listener.accept()
            with connection:
                self.heads.append(whole_request(connection))
                info = f"bad {usersig_in(self.heads[0]).decode()}"
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                                   + json.dumps({"ErrorCode": 70003, "ErrorInfo": info}).encode())
    with directory():
        write("key", KEY)
        other = Echo(b"")
        ran = by_file(port=other.port)
        other.close()
        ran.fails(70, "70003").hides(usersig_in(other.heads[0]))


@scenario
def what_is_sent():
    """A usersig of that administrator for 5 minutes, one name at most asked for."""
    with directory():
        write("key", KEY)
        other = Other(b"")
        by_file(port=other.port).fails(69)
        other.close()
        head, _, body = other.heads[0].partition(b"\r\n\r\n")
        claims = oracle.decode(usersig_in(head).decode())
        equal((claims["identifier"], claims["sdkappid"], claims["expire"]), (b"administrator", SDKAPPID, 300), "claims")
        true(head.startswith(b"POST " + CALL.encode() + b"?"), f"request line: {head[:80]}")
        equal(body, BODY, "body")
        true(b"Content-Length: 11" in head, f"length of the body: {head}")


@scenario
def a_certificate_that_is_not_trusted():
    with directory():
        write("key", KEY)
        calls, _ = calls_of(lambda: (by_file(cacert="").fails(69, "not trusted", "--cacert"),
                                     by_file(cacert="none").fails(66, "--cacert")))
        equal(calls, [], "nothing was sent")
        calls, ran = calls_of(lambda: sigctl(
            "probe", "--key-file", "key", "--sdkappid", str(SDKAPPID), "--identifier", "administrator", "--cacert", service().ca,
            "--host", f"127.0.0.2:{service().port}", env={**environment(), "no_proxy": "*"}))
        ran.fails(69)
        equal(calls, [], "nothing was sent to another name")


@scenario
def nobody_there():
    with directory():
        write("key", KEY)
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.close()
        by_file(port=port).fails(69, "localhost")


if __name__ == "__main__":
    try:
        main()
    finally:
        while SERVICES:
            SERVICES.pop().close()
