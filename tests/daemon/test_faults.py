#!/usr/bin/env python3
"""Every fault of the HTTP contract on every route: status, problem type, exit code, and whether the connection lives on. The
table here and those of docs/HTTP.md hold the same routes and the same problems."""
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (SDKAPPID, Sigd, answers_in, dial, drain, equal, main, plain_config, problem, scenario, shared,  # noqa: E402
                     true)
from twins import TwinSigd  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIVES, CLOSES = False, True
TICKET = "eJw" * 20

# ---- routes ------------------------------------------------------------------------------------------


class Route:
    def __init__(self, name, method, path, body=None, needs=None, opened=False):
        self.name, self.method, self.path, self.body, self.needs, self.opened = name, method, path, body, needs, opened
        self.of_app = "{app}" in path

    def __repr__(self):
        return self.name


ROUTES = [
    Route("apps", "GET", "/v1/apps"),
    Route("admin", "GET", "/v1/apps/{app}/admin", needs="admin"),
    Route("usersig", "POST", "/v1/apps/{app}/usersig", {"identifier": "alice"}, "sign"),
    Route("batch", "POST", "/v1/apps/{app}/usersig", {"identifiers": ["alice", "bob"]}, "sign"),
    Route("room", "POST", "/v1/apps/{app}/usersig", {"identifier": "alice", "room": 5}, "sign"),
    Route("verify", "POST", "/v1/apps/{app}/verify", {"usersig": TICKET, "identifier": "alice"}, "verify"),
    Route("url", "GET", "/v1/apps/{app}/url/openim/sendmsg", needs="url"),
    Route("healthz", "GET", "/healthz", opened=True),
    Route("readyz", "GET", "/readyz", opened=True),
    Route("metrics", "GET", "/metrics"),
]
POSTS = [route for route in ROUTES if route.method == "POST"]
GETS = [route for route in ROUTES if route.method == "GET"]
SIGNS = [route for route in ROUTES if route.needs == "sign"]
SINGLE = [route for route in SIGNS if route.name != "batch"]  # whose refusals are the answer, not a line of it
OF_APP = [route for route in ROUTES if route.of_app]
CLOSED = [route for route in ROUTES if not route.opened]
BIG = {"usersig": 1 << 20, "batch": 1 << 20, "room": 1 << 20, "verify": 1 << 16}

# ---- requests ----------------------------------------------------------------------------------------


def made(route, *, app="demo", method=None, path=None, host="sigd", body=None, more=(), query="", length=None, version="1.1",
         kind="application/json"):
    """A request as bytes; body: bytes, or members that change the route's own (None: without it)."""
    path = (path or route.path).replace("{app}", app) + query
    if isinstance(body, dict):
        body = json.dumps({k: v for k, v in {**(route.body or {}), **body}.items() if v is not None}).encode()
    elif body is None and route.body is not None:
        body = json.dumps(route.body).encode()
    lines = [f"{method or route.method} {path} HTTP/{version}", f"Host: {host}", *more]
    if body is not None and kind:
        lines.append(f"Content-Type: {kind}")
    if length is not False and (body is not None or length is not None):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def header(line):
    return lambda route: made(route, more=(line,))


def members(**body):
    return lambda route: made(route, body=body)


# name of the fault: (status, problem), routes, request of a route, CLOSES or LIVES[, socket]
FAULTS = [
    ("no grant at all", (403, "forbidden"), CLOSED, made, LIVES, "none"),
    ("no grant on this app", (404, "unknown_app"), OF_APP, made, LIVES, "other"),
    ("no such app", (404, "unknown_app"), OF_APP, lambda r: made(r, app="nosuch"), LIVES),
    ("no such app, for who has nothing", (403, "forbidden"), OF_APP, lambda r: made(r, app="nosuch"), LIVES, "none"),
    ("not this action", (403, "forbidden"), [r for r in OF_APP if r.needs != "verify"], made, LIVES, "verifier"),
    ("not to verify", (403, "forbidden"), [r for r in OF_APP if r.needs == "verify"], made, LIVES, "signer"),
    ("no such administrator", (403, "forbidden"), [r for r in OF_APP if r.needs in ("admin", "url")],
     lambda r: made(r, query="?as=nobody"), LIVES),
    ("no such action", (404, "not_found"), ROUTES, lambda r: made(r, path=r.path + "x" if r.name != "url" else r.path + "/x"),
     LIVES),
    ("another method", (405, "method_not_allowed"), ROUTES, lambda r: made(r, method="GET" if r.body else "POST", body=b"{}"
                                                                          if not r.body else None), LIVES),
    ("a method that sigd has not", (405, "method_not_allowed"), ROUTES, lambda r: made(r, method="DELETE"), LIVES),
    ("over the rate", (429, "rate_limited"), [r for r in ROUTES if r.needs == "verify" or r in SINGLE], made, LIVES, "rated"),
    ("over the cap", (403, "over_cap"), SINGLE, members(lifetime=604801), LIVES),
    ("over the rights", (403, "over_rights"), [r for r in SINGLE if r.name == "room"], members(rights=255), LIVES, "signer"),
    ("bytes of its own", (403, "userbuf_not_allowed"), [r for r in SINGLE if r.name == "usersig"], members(userbuf="AAAA"), LIVES),
    ("a reserved identifier", (403, "reserved"), SINGLE, members(identifier="Administrator"), LIVES),
    ("an identifier of others", (403, "identifier_not_allowed"), SINGLE, members(identifier="zoe"), LIVES, "signer"),
    ("no identifier", (422, "err_identifier"), SINGLE, members(identifier=""), LIVES),
    ("no lifetime", (422, "err_lifetime"), SINGLE, members(lifetime=0), LIVES),
    ("a lifetime that is none", (422, "err_lifetime"), SIGNS, members(lifetime=1.5), LIVES),
    ("a room that is none", (422, "err_userbuf"), SINGLE, members(room=None, room_string="a\nb"), LIVES),
    ("a call that is none", (422, "err_request"), [r for r in OF_APP if r.name == "url"],
     lambda r: made(r, path="/v1/apps/{app}/url/im%20x/sendmsg"), LIVES),
    ("a member that is not known", (422, "invalid_field"), POSTS, members(nonsense=1), LIVES),
    ("a member of another type", (422, "invalid_field"), POSTS,
     lambda r: made(r, body={name: 5 for name in r.body if name != "room"}), LIVES),
    ("a parameter that is not known", (422, "invalid_field"), [r for r in ROUTES if not r.opened],
     lambda r: made(r, query="?nonsense=1"), LIVES),
    ("a parameter out of range", (422, "invalid_field"), [r for r in OF_APP if r.name == "admin"],
     lambda r: made(r, query="?min_remaining=86400"), LIVES),
    ("a parameter twice", (400, "bad_request"), ROUTES, lambda r: made(r, query="?a=1&a=1"), CLOSES),
    ("broken percent-encoding", (400, "bad_request"), ROUTES, lambda r: made(r, path=r.path + "%4"), CLOSES),
    ("malformed JSON", (400, "bad_request"), POSTS, lambda r: made(r, body=b'{"identifier":'), LIVES),
    ("JSON that is no object", (400, "bad_request"), POSTS, lambda r: made(r, body=b"[]"), LIVES),
    ("a duplicate key", (400, "bad_request"), POSTS,
     lambda r: made(r, body=json.dumps(r.body).encode()[:-1] + b', "lifetime": 1, "lifetime": 1}'), LIVES),
    ("a duplicate key, escaped", (400, "bad_request"), POSTS,
     lambda r: made(r, body=json.dumps(r.body).encode()[:-1] + b', "lifetime": 1, "\\u006cifetime": 1}'), LIVES),
    ("too large", (413, "too_large"), POSTS, lambda r: made(r, length=BIG[r.name] + 1), CLOSES),
    ("far too large", (413, "too_large"), POSTS, lambda r: made(r, length=2**40), CLOSES),
    ("a body where none goes", (413, "too_large"), GETS, lambda r: made(r, body=b"{}"), LIVES),
    ("a body where none goes, announced", (413, "too_large"), GETS, lambda r: made(r, length=5), CLOSES),
    ("another type", (415, "unsupported_media_type"), POSTS, lambda r: made(r, kind="text/plain"), LIVES),
    ("no type", (415, "unsupported_media_type"), POSTS, lambda r: made(r, kind=None), LIVES),
    ("no length", (411, "length_required"), POSTS, lambda r: made(r, length=False), CLOSES),
    ("another Host", (421, "misdirected"), ROUTES, lambda r: made(r, host="sigd.example"), CLOSES),
    ("a Host with a port", (421, "misdirected"), ROUTES, lambda r: made(r, host="127.0.0.1:80"), CLOSES),
    ("proxied", (403, "proxied"), ROUTES, header("X-Forwarded-For: 10.0.0.1"), CLOSES),
    ("proxied, by Via", (403, "proxied"), ROUTES, header("Via: 1.1 proxy"), CLOSES),
    ("from a page", (403, "proxied"), ROUTES, header("Origin: http://sigd"), CLOSES),
    ("chunked", (400, "bad_request"), ROUTES,
     lambda r: made(r, more=("Transfer-Encoding: chunked",), length=False, body=b"2\r\n{}\r\n0\r\n\r\n"), CLOSES),
    ("chunked, and a length", (400, "bad_request"), ROUTES, header("Transfer-Encoding: chunked"), CLOSES),
    ("a folded header", (400, "bad_request"), ROUTES, header("X: y\r\n z"), CLOSES),
    ("an expectation", (417, "expectation_failed"), ROUTES, header("Expect: 200-ok"), CLOSES),
    ("a long header", (431, "header_too_large"), ROUTES, header("X: " + "y" * 9000), CLOSES),
    ("another version", (505, "http_version"), ROUTES, lambda r: made(r, version="2.0"), CLOSES),
    ("no key that has begun", (503, "unavailable"), [r for r in OF_APP if r.needs in ("admin", "url") or r in SINGLE],
     lambda r: made(r, app="late"), LIVES),
    ("a clock that is not believed", (503, "clock_suspect"), SINGLE, made, LIVES, "suspect"),
    ("keys that cannot sign", (503, "not_ready"), [r for r in ROUTES if r.name == "readyz"], made, LIVES),
    ("a frozen app", (503, "frozen"), [r for r in OF_APP if r.needs in ("admin", "url") or r in SINGLE],
     lambda r: made(r, app="cold"), LIVES),
    ("a body that does not come", (408, "timeout"), POSTS, lambda r: made(r, body=b"{", length=10), CLOSES),
    ("a head that does not come", (408, "timeout"), GETS, lambda r: made(r)[:-2], CLOSES),
]
# in a batch these are lines of a whole answer
LINES = [
    ((403, "reserved"), {"identifiers": ["Administrator"]}, "main"),
    ((403, "identifier_not_allowed"), {"identifiers": ["zoe"]}, "signer"),
    ((403, "over_cap"), {"identifiers": ["alice"], "lifetime": 604801}, "main"),
    ((422, "err_identifier"), {"identifiers": [""]}, "main"),
    ((422, "err_lifetime"), {"identifiers": ["alice"], "lifetime": 0}, "main"),
    ((429, "rate_limited"), {"identifiers": ["alice"] * 5}, "rated"),
]

# ---- the daemon --------------------------------------------------------------------------------------

SOCKETS = ("none", "other", "verifier", "signer", "rated")


def config():
    """Who calls is told by the socket: each has its own rule, or none."""
    def allow(socket, words):
        return f'allow {{ users = {{"@UID@"}}  sockets = {{"{socket}"}}  {words} }}\n'
    everything = 'may = {"admin", "url", "sign", "verify"}  admins = {"group_root"}  identifiers = {"*"}'
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
    return plain_config(
        top='state_dir = "@DIR@/state"',
        socket='socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }\n' + "".join(
            f'socket "{name}" {{ path = "@DIR@/run/{name}.sock"  mode = 0666 }}\n' for name in SOCKETS),
        allow=allow("main", everything + '  max_lifetime = "7d"  rights = 255') + allow("verifier", 'may = {"verify"}')
        + allow("signer", 'may = {"sign"}  identifiers = {"a*"}  rights = 42') + allow("rated", everything + "  rate = 1  rights = 255"),
        more=f"""app "other" {{ sdkappid = {SDKAPPID + 1}  key "k" {{ file = "@DIR@/keys/demo.key" }}
    {allow("other", 'may = {"sign", "verify"}  identifiers = {"*"}')} }}
app "cold" {{ sdkappid = {SDKAPPID + 3}  key "k" {{ file = "@DIR@/keys/demo.key" }}
    admin "group_root" {{ lifetime = "24h" }}
    {allow("main", everything + "  rights = 255")} }}
app "late" {{ sdkappid = {SDKAPPID + 2}  key "k" {{ file = "@DIR@/keys/demo.key"  not_before = "{tomorrow}" }}
    admin "group_root" {{ lifetime = "24h" }}
    {allow("main", everything + "  rights = 255")} }}""")


def freeze(sigd):
    os.mkdir(sigd.path("state"), 0o700)
    sigd.write("state/state", b"frozen cold\n")


def daemon():
    return shared("faults", lambda: Sigd(config(), prepare=freeze, start=False))


def suspect():
    """A daemon that was started before it was built."""
    return shared("suspect", lambda: TwinSigd(real=30, uptime=30, synced=False, start=False))


def answer_to(data, socket="main", method="", timeout=20):
    """The answer to one request, and whether the connection was closed after it."""
    client = dial(suspect().socket() if socket == "suspect" else daemon().socket(socket), timeout)
    try:
        client.sendall(data)
        got, closed = drain(client, lambda so_far: answers_in(so_far, [method])[0])
        found, rest = answers_in(got, [method])
        true(len(found) == 1 and not rest, f"one answer: {got!r}")
        if not closed:
            try:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n")
                more, closed = drain(client, lambda so_far: answers_in(so_far)[0])
                true(closed or answers_in(more)[0][0].status == 200, f"the next request: {more!r}")
            except (BrokenPipeError, ConnectionResetError):
                closed = True
        return found[0], closed
    finally:
        client.close()


def code_of(name):
    return next(int(code) for _, known, code in documented_problems() if known == name)


def judge(fault, route):
    what, (status, name), _, request, closes, *socket = fault
    data = request(route)
    for _ in range(3 if name == "rate_limited" else 0):
        answer_to(data, *socket)
    answer, closed = answer_to(data, *socket)
    where = f"{what} on {route}"
    try:
        problem(answer, status, name, code_of(name))
    except AssertionError as fault_found:
        raise AssertionError(f"{where}: {fault_found}") from None
    equal(closed, closes, f"{where}: closed")
    equal(answer.headers.get("Connection") == "close", closes, f"{where}: Connection: close")
    equal("Allow" in answer.headers, status == 405, f"{where}: Allow")
    equal("Retry-After" in answer.headers, status in (429, 503), f"{where}: Retry-After")
    true(TICKET not in json.dumps(answer.document), f"{where}: echoes what may be a credential")


# ---- the documents -----------------------------------------------------------------------------------


def http_md():
    with open(os.path.join(SOURCE, "docs", "HTTP.md"), encoding="utf-8") as file:
        return file.read()


def documented_problems():
    return re.findall(r"^\| (\d{3}) \| `([a-z_]+)` \| (\d+) \|", http_md(), re.M)


@scenario
def the_table_has_every_problem_of_the_document():
    told = {(int(status), name) for status, name, _ in documented_problems()}
    tried = {expected for _, expected, *_ in FAULTS}
    equal(sorted(tried - told), [], "tried here, not in docs/HTTP.md")
    equal(sorted(told - tried), [], "in docs/HTTP.md, not tried here")
    with open(os.path.join(SOURCE, "sigd", "front", "problem.c"), encoding="utf-8") as file:
        known = {(int(status), name, code) for status, code, name in re.findall(r'= \{ (\d+), (\d+), "([a-z_]+)"', file.read())}
    equal(sorted(known), sorted((int(status), name, code) for status, name, code in documented_problems()), "problem.c")


@scenario
def the_table_has_every_route_of_the_document():
    told = set()
    for method, path in re.findall(r"^\| `(GET|POST) ([^`]+)`", http_md(), re.M):
        told.add((method, path.split("?")[0].replace("{service}/{command}", "openim/sendmsg")))
    equal({(route.method, route.path) for route in ROUTES}, told, "routes")


# ---- the table ---------------------------------------------------------------------------------------


@scenario
def each_route_without_a_fault():
    healthy = Sigd()
    for route in ROUTES:
        data = made(route)
        client = dial(healthy.socket())
        client.sendall(data + b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nConnection: close\r\n\r\n")
        got, _ = drain(client)
        client.close()
        true(got.startswith(b"HTTP/1.1 200 ") and got.count(b"HTTP/1.1 200 ") == 2, f"{route}: {got!r}")


@scenario
def each_fault_on_each_route():
    tried = 0
    for fault in FAULTS:
        if fault[1][1] != "timeout":
            for route in fault[2]:
                judge(fault, route)
                tried += 1
    true(tried > 200, f"{tried} tried")


@scenario
def what_does_not_come_in_time():
    """Each waits for ten seconds: all at once."""
    faults = []

    def run(fault, route):
        try:
            judge(fault, route)
        except BaseException as found:  # noqa: BLE001
            faults.append(found)
    daemon()
    work = [(fault, route) for fault in FAULTS if fault[1][1] == "timeout" for route in fault[2]]
    threads = [threading.Thread(target=run, args=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    true(len(work) >= 8, "requests that do not come")


@scenario
def in_a_batch_a_refusal_is_a_line():
    for (status, name), body, socket in LINES:
        answer = daemon().request("POST", "/v1/apps/demo/usersig", body, socket_name=socket)
        equal((answer.status, answer.headers["Content-Type"]), (200, "application/x-ndjson"), name)
        errors = [line["error"] for line in map(json.loads, answer.document.splitlines()) if "error" in line]
        true(errors, f"{name}: nothing was refused")
        for error in errors:
            equal((error["status"], error["type"], error["code"]), (status, f"urn:usersig:problem:{name}", code_of(name)), name)


if __name__ == "__main__":
    main()
