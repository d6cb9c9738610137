#!/usr/bin/env python3
"""POST usersig for many identifiers: in order, refusals in their places, as fast as the client reads and no faster."""
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, OTHER_KEY, SDKAPPID, Sigd, answers_in, dial, drain, equal, good, main, oracle,  # noqa: E402
                     plain_config, problem, scenario, shared, status_of, true, until)
from process import sanitized  # noqa: E402

SIGN = "/v1/apps/demo/usersig"
MOST = 10000
WINDOW = 256
UNREAD = 256 * 1024 + 500 * 1024  # bytes: ours, and what the kernel keeps of a socket


def daemon():
    return shared("plain", lambda: Sigd(start=False))


def batch(sigd, identifiers, **more):
    answer = sigd.request("POST", SIGN, {"identifiers": identifiers, **more})
    text = good(answer) or ""
    equal(answer.headers.get("Content-Type"), "application/x-ndjson", "Content-Type")
    equal(answer.headers.get("Cache-Control"), "no-store", "Cache-Control")
    equal(len(answer.headers.get("Request-Id", "")), 16, "Request-Id")
    equal(text == "" or text.endswith("\n"), True, "the last line's end")
    return [json.loads(line) for line in text.splitlines()]


def body_of(identifiers, **more):
    return json.dumps({"identifiers": identifiers, **more}).encode()


def request_of(body, version="1.1", more=""):
    head = (f"POST {SIGN} HTTP/{version}\r\nHost: sigd\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{more}\r\n")
    return head.encode() + body


def unchunk(data):
    """The content of chunks, and what is behind the last."""
    content = b""
    while True:
        size, data = data.split(b"\r\n", 1)
        size = int(size, 16)
        content, ended, data = content + data[:size], data[size:size + 2], data[size + 2:]
        equal(ended, b"\r\n", "the end of a chunk")
        if size == 0:
            return content, data


def signed_names(sigd):
    with open(sigd.path("log", "audit.log"), encoding="utf-8") as file:
        return [line["identifier"] for line in map(json.loads, file) if line["event"] == "sign"]


@scenario
def in_order_and_each_is_good():
    names = [f"user-{n}" for n in range(1000)]
    documents = batch(daemon(), names, lifetime=60)
    equal([document["identifier"] for document in documents], names, "order")
    for document in documents:
        equal(sorted(document), ["expires_at", "identifier", "issued_at", "key", "sdkappid", "usersig"], "members")
        equal(oracle.judge(document["usersig"], KEY, SDKAPPID, document["identifier"], document["issued_at"] + 60), 0, "oracle")
        equal((document["expires_at"] - document["issued_at"], document["key"]), (60, "k1"), "lifetime and key")
    equal(batch(daemon(), ["a"])[0]["expires_at"] - batch(daemon(), ["a"])[0]["issued_at"], 86400, "the app's lifetime")


@scenario
def sizes():
    for n in (0, 1, WINDOW // 2, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 1, MOST):
        names = [f"u{i}" for i in range(n)]
        equal([document["identifier"] for document in batch(daemon(), names)], names, f"{n} identifiers")
    problem(daemon().request("POST", SIGN, {"identifiers": ["u"] * (MOST + 1)}), 422, "invalid_field", 64)
    same = batch(daemon(), ["u"] * 5)
    equal([document["identifier"] for document in same], ["u"] * 5, "the same one five times")


@scenario
def refusals_stand_in_their_places():
    rows = (("alice", None), ("group_root", (403, "reserved", 77)), ("Administrator", (403, "reserved", 77)),
            ("", (422, "err_identifier", 6)), ("a\nb", (422, "err_identifier", 6)), ("bob", None),
            ("x" * 33, (422, "err_identifier", 6)), ("x" * 256, (422, "err_identifier", 6)), ("漢", (422, "err_identifier", 6)),
            ("y" * 7000, (422, "err_identifier", 6)), ("a\0b", (422, "err_identifier", 6)), ("carol", None))
    for lines in (batch(daemon(), [name for name, _ in rows]), batch(daemon(), [name for name, _ in rows] * 20)[-len(rows):]):
        for (name, fault), line in zip(rows, lines, strict=True):
            equal(line["identifier"], name if len(name) <= 255 else name[:64], "identifier")
            if fault is None:
                true("error" not in line and line["usersig"], f"{name}: {line}")
                continue
            status, kind, code = fault
            equal(sorted(line), ["error", "identifier"], f"{name!r}: members")
            error = line["error"]
            equal((error["status"], error["type"], error["code"]), (status, f"urn:usersig:problem:{kind}", code), repr(name))
            true(error["title"] and error["detail"], f"{name!r}: {error}")
    equal([line.get("error", {}).get("code") for line in batch(daemon(), ["a", "b"], lifetime=604801)], [77, 77], "over the cap")
    equal([line.get("error", {}).get("code") for line in batch(daemon(), ["a", "b"], lifetime=0)], [7, 7], "lifetime 0")
    for name, start in (("\x7f" * 150_000, "\x7f" * 64), ("a" * 62 + "漢" * 1000, "a" * 62), ("漢" * 85, "漢" * 85), ("漢" * 86, "漢" * 21)):
        line, last = batch(daemon(), [name, "carol"])
        equal((line["identifier"], line["error"]["code"], last["identifier"]), (start, 6, "carol"), "a long one is told by its beginning")
    none = batch(daemon(), ["x" * 300] * 1000)
    equal(sum("error" in line for line in none), 1000, "none of them to be asked about")


@scenario
def what_is_no_batch():
    for body in ({"identifiers": "alice"}, {"identifiers": {"a": 1}}, {"identifiers": None}, {"identifiers": 5},
                 {"identifiers": ["a", 5]}, {"identifiers": [["a"]]}, {"identifiers": ["a", None]},
                 {"identifiers": ["a"], "identifier": "a"}, {"identifiers": ["a"], "room": 5},
                 {"identifiers": ["a"], "room_string": "x"}, {"identifiers": ["a"], "rights": 1},
                 {"identifiers": ["a"], "userbuf": "AAAA"}, {"identifiers": ["a"], "lifetime": "1"},
                 {"identifiers": ["a"], "x": 1}):
        problem(daemon().request("POST", SIGN, body), 422, "invalid_field", 64)
    problem(daemon().request("POST", SIGN, {"identifiers": ["a"], "lifetime": -1}), 422, "err_lifetime", 7)
    problem(daemon().request("POST", SIGN, b'{"identifiers":["a"],"identifiers":["b"]}'), 400, "bad_request", 64)
    near = b'{"identifiers":["a"]' + b" " * (1024 * 1024 - 21) + b"}"
    equal(len(near), 1024 * 1024, "a body of the limit")
    good(daemon().request("POST", SIGN, near))
    problem(daemon().request("POST", SIGN, near + b" "), 413, "too_large", 64)


def judged(connection, body):
    """What became of a body: its status, and whom each line names or what its refusal is called."""
    answer = connection.ask("POST", SIGN, body)
    if answer.status != 200 or not answer.headers.get("Content-Type", "").endswith("ndjson"):
        return answer.status, answer.document.get("type"), answer.document.get("identifier")
    lines = [json.loads(line) for line in (answer.document or "").splitlines()]
    return 200, [(line["identifier"], line.get("error", {}).get("type"), "usersig" in line,
                  line.get("expires_at", 0) - line.get("issued_at", 0)) for line in lines]


@scenario
def each_form_is_judged_alike():
    """A batch in its usual form is read without jansson. A line end behind a body makes it unusual, and changes nothing else."""
    seed = int(os.environ.get("BODY_SEED", "0")) or random.randrange(1, 1 << 32)
    print(f"# BODY_SEED={seed}")
    chance = random.Random(seed)
    bodies = [b'{"identifiers":[]}', b'{"identifiers": ["alice"]}', b'{"identifiers":["alice","bob"]}',
              b'{"identifiers": ["alice", "bob"], "lifetime": 60}', b'{"identifiers":["alice"],"lifetime":0}',
              b'{"identifiers":["alice"],"lifetime":060}', b'{"identifiers":["alice"],"lifetime":999999999}',
              b'{"identifiers":["alice"],"lifetime":1234567890}', b'{"identifiers":["alice"],"lifetime":60.5}',
              b'{"identifiers":["alice"],"lifetime":6e1}', b'{"identifiers":["alice"],"lifetime":}',
              b'{"identifiers":["alice"],"lifetime":60,"lifetime":60}', b'{"identifiers":["alice"],"lifetime":60,"room":1}',
              b'{"identifiers":["alice"],"lifetimes":60}', b'{"identifiers":["alice"],"room":60}', b'{"identifiers":["alice",]}',
              b'{"identifiers":["",", ","\\"",", \\"x","]}"," "]}', b'{"identifiers":["", ", ", " ,", ",", "]}", "["]}',
              b'{"identifiers":["alice"]}}', b'{"identifiers":["alice"', b'{"identifiers":["alice', b'{"identifiers":[',
              b'{"identifiers":["' + b"a" * 32 + b'","' + b"a" * 33 + b'","' + b"a" * 255 + b'","' + b"a" * 256 + b'","b"]}',
              b'{"identifiers":["a\x7f","\xc3\xa9","ops","b"]}', b'{"identifiers":["a\xff"]}', b'{"identifiers":["a\x00"]}',
              json.dumps({"identifiers": ["a"] * MOST}).encode(), json.dumps({"identifiers": ["a"] * (MOST + 1)}).encode()]
    plain, any_of = bodies[1:4], bodies[:-2]
    for number in range(400):
        body = bytearray(chance.choice(plain if number % 2 else any_of))
        for _ in range(chance.randrange(1, 3)):
            at = chance.randrange(len(body) + 1)
            body[at:at + chance.randrange(2)] = chance.choice((b"", b'"', b",", b" ", b"[", b"]", b"{", b"}", b":", b"0", b"7", b"-",
                                                               b"a", b"\\", b"\n", b"\xc3\xa9", b"\xff", b'","', b'", "'))
        bodies.append(bytes(body))
    connection = daemon().connection()
    usual = 0
    for body in bodies:
        found = judged(connection, body)
        equal(found, judged(connection, body + b"\n"), f"{body[:200]!r}, BODY_SEED={seed}")
        usual += found[0] == 200
    true(usual > 12, f"{usual} bodies were signed, BODY_SEED={seed}")


@scenario
def rates_count_each():
    sigd = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"*"}  rate = 50 }'))
    lines = batch(sigd, [f"u{n}" for n in range(200)])
    limited = [line for line in lines if "error" in line]
    true(100 <= len(limited) <= 150, f"{len(limited)} of 200 were limited at 50 a second")
    equal({(line["error"]["status"], line["error"]["type"]) for line in limited}, {(429, "urn:usersig:problem:rate_limited")}, "why")
    equal(len(signed_names(sigd)), 200 - len(limited), "audit lines of what was signed")


@scenario
def patterns_count_for_each():
    sigd = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"guest-*"} }'))
    lines = batch(sigd, ["guest-1", "alice", "guest-2"])
    equal([line.get("error", {}).get("type") for line in lines],
          [None, "urn:usersig:problem:identifier_not_allowed", None], "patterns")


@scenario
def an_audit_line_each():
    sigd = Sigd()
    names = [f"u{n}" for n in range(500)]
    batch(sigd, names)
    equal(signed_names(sigd), names, "audit lines")


@scenario
def a_body_of_too_many_values_is_not_read():
    """JSON's reader would take a tenth of a second for a megabyte of them, and others would wait."""
    commas = "," * 21000  # in a string they are none
    for body, detail in (('{"identifiers":[' + ",".join(["1"] * 20001) + "]}", "more than 20000 values"),
                         ('{"identifiers":[' + ",".join(["1"] * 20000) + "]}", "a list of 10000"),
                         ("{" + ",".join(f'"k{n}":1' for n in range(20001)) + "}", "more than 20000 values"),
                         (json.dumps({"identifiers": [1, commas, '\\"' + commas]}), "must be strings; the one at place 0")):
        detail_of = problem(daemon().request("POST", SIGN, body), 422, "invalid_field")["detail"]
        true(detail in detail_of, f"{body[:40]}: {detail_of}")


@scenario
def metrics_count_a_batch_once():
    sigd = Sigd()

    def counted():
        text = good(sigd.request("GET", "/metrics"))
        return [line for line in text.splitlines() if "requests_total{" in line and "usersig" in line and 'verdict="ok"' in line]
    batch(sigd, ["a", "b", "ops"])
    batch(sigd, ["c"])
    first, = counted() or ["nothing"]
    equal(first.split()[-1], "2", first)


@scenario
def version_1_too():
    pem = subprocess.run(["openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout"], capture_output=True, check=True)
    sigd = Sigd(keys={"demo.key": pem.stdout})
    for line in batch(sigd, [f"u{n}" for n in range(100)]):
        verdict = good(sigd.request("POST", "/v1/apps/demo/verify", {"usersig": line["usersig"], "identifier": line["identifier"]}))
        equal((verdict["verdict"], verdict["claims"]["version"]), ("ok", 1), "verdict")


@scenario
def chunks_on_http_1_1():
    body = body_of([f"u{n}" for n in range(300)])
    last = b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nConnection: close\r\n\r\n"
    data, closed = daemon().raw(request_of(body) + request_of(body_of([])) + last)
    head, rest = data.split(b"\r\n\r\n", 1)
    true(b"Transfer-Encoding: chunked" in head and b"Content-Length" not in head, f"head: {head}")
    content, rest = unchunk(rest)
    equal(len(content.splitlines()), 300, "lines")
    head, rest = rest.split(b"\r\n\r\n", 1)
    content, rest = unchunk(rest)
    equal(content, b"", "nobody")
    found, rest = answers_in(rest)
    equal(([answer.status for answer in found], rest, closed), ([200], b"", True), "the request behind them")


@scenario
def closed_at_the_end():
    names = [f"u{n}" for n in range(300)]
    data, closed = daemon().raw(request_of(body_of(names), more="Connection: close\r\n"))
    equal((len(unchunk(data.split(b"\r\n\r\n", 1)[1])[0].splitlines()), closed), (300, True), "lines, on 1.1")
    data, closed = daemon().raw(request_of(body_of(names), "1.0", "Connection: keep-alive\r\n"))
    head, content = data.split(b"\r\n\r\n", 1)
    true(b"chunked" not in head and b"Content-Length" not in head and b"Connection: close" in head, f"head: {head}")
    equal((len(content.splitlines()), closed), (300, True), "lines")
    json.loads(content.splitlines()[-1])


@scenario
def expect_continue():
    body = body_of(["a", "b"])
    client = dial(daemon().socket())
    client.sendall(request_of(body, more="Expect: 100-continue\r\n")[:-len(body)])
    data, _ = drain(client, lambda got: got.endswith(b"\r\n\r\n"))
    true(data.startswith(b"HTTP/1.1 100 "), f"{data}")
    client.sendall(body)
    data, _ = drain(client, lambda got: got.endswith(b"0\r\n\r\n"))
    equal(len(unchunk(data.split(b"\r\n\r\n", 1)[1])[0].splitlines()), 2, "lines")


def until_it_pauses(sigd):
    """The number of signatures, once it does not grow any more while another client's questions are answered."""
    def same():
        before = len(signed_names(sigd))
        for _ in range(5):
            good(sigd.request("POST", SIGN, {"identifier": "witness"}))
        return before if before and len(signed_names(sigd)) == before + 5 else None
    return until(same, "signing to pause") + 5


@scenario
def signing_waits_for_who_reads():
    sigd = Sigd()
    names = [f"reader-{n}" for n in range(MOST)]
    client = dial(sigd.socket())
    client.sendall(request_of(body_of(names)))
    signed = until_it_pauses(sigd)
    true(signed < UNREAD // 250, f"{signed} were signed for who does not read")
    data, _ = drain(client, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
    content, rest = unchunk(data.split(b"\r\n\r\n", 1)[1])
    equal(([json.loads(line)["identifier"] for line in content.splitlines()], rest), (names, b""), "all of them")


@scenario
def a_batch_costs_little_more_than_its_body():
    sigd = Sigd()
    body = request_of(body_of([f"reader-{n}" for n in range(MOST)]))
    clients = [dial(sigd.socket()) for _ in range(50)]
    for client in clients:
        client.sendall(body)
    until_it_pauses(sigd)
    used = int(status_of(sigd.child("sigd-front"))["VmRSS"].split()[0])
    most = len(clients) * (2 * len(body) + 150 * 1024) // 1024 + 8 * 1024
    true(used < most or sanitized(), f"the front holds {used} KiB for 50 batches of {len(body)} bytes, more than {most}")
    for client in clients:
        client.close()


@scenario
def signing_ends_for_who_leaves():
    sigd = Sigd()
    front = sigd.child("sigd-front")
    for _ in range(10):
        client = dial(sigd.socket())
        client.sendall(request_of(body_of([f"leaver-{n}" for n in range(MOST)])))
        client.recv(1000)
        client.close()
    signed = until_it_pauses(sigd)
    true(signed < 10 * UNREAD // 250, f"{signed} were signed for who left")
    equal(sigd.child("sigd-front"), front, "the front")
    equal(sigd.stop(), 0, "exit status")


@scenario
def who_leaves_while_the_signer_sleeps():
    sigd = Sigd()
    front, signer = sigd.child("sigd-front"), sigd.child("sigd-signer")
    clients = [dial(sigd.socket()) for _ in range(20)]
    for client in clients:  # known to the signer by now
        client.sendall(b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n")
        drain(client, lambda got: answers_in(got)[0])
    before = len(os.listdir(f"/proc/{front}/fd"))
    os.kill(signer, signal.SIGSTOP)
    try:
        for client in clients:
            client.sendall(request_of(body_of([f"u{n}" for n in range(1000)])))
        drain(clients[0], lambda got: b"\r\n\r\n" in got)  # its head comes before the first of them is signed
        for client in clients:
            client.close()
        until(lambda: len(os.listdir(f"/proc/{front}/fd")) <= before - 20, "the front to close what left")
    finally:
        os.kill(signer, signal.SIGCONT)
    equal([line["identifier"] for line in batch(sigd, ["x", "y"])], ["x", "y"], "nobody's answer goes to another")
    signed = len(signed_names(sigd))
    true(signed <= WINDOW + 2, f"{signed} were signed; a window for them all at most")
    equal(sigd.child("sigd-front"), front, "the front")


@scenario
def a_signer_that_is_silent_ends_it():
    sigd = Sigd()
    signer = sigd.child("sigd-signer")
    client = dial(sigd.socket(), 20)
    client.sendall(b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n")
    drain(client, lambda got: answers_in(got)[0])
    os.kill(signer, signal.SIGSTOP)
    try:
        client.sendall(request_of(body_of(["a", "b"])))
        data, closed = drain(client)
    finally:
        os.kill(signer, signal.SIGCONT)
    true(closed and b"200 OK" in data and b"0\r\n\r\n" not in data, f"no end that could be taken for one: {data}")
    name = data.split(b"Request-Id: ")[1].split(b"\r\n")[0].decode()
    true("problem=unavailable" in sigd.wait_line(f"id={name}"), "the log")
    counted = 'sigd_requests_total{route="v1/apps/{app}/usersig",verdict="unavailable"} 1'
    true(counted in good(sigd.request("GET", "/metrics")), "the metrics")
    equal([line["identifier"] for line in batch(sigd, ["x"])], ["x"], "the late answers go to nobody")


@scenario
def one_batch_does_not_keep_others_waiting():
    sigd = Sigd()
    clients = [dial(sigd.socket()) for _ in range(4)]
    for client in clients:
        client.sendall(request_of(body_of([f"u{n}" for n in range(MOST)])))
    connection = sigd.connection()
    for n in range(100):
        good(connection.ask("POST", SIGN, {"identifier": f"single-{n}"}))
    for client in clients:
        data, _ = drain(client, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
        equal(len(unchunk(data.split(b"\r\n\r\n", 1)[1])[0].splitlines()), MOST, "lines")


@scenario
def sigterm_lets_a_reader_finish():
    sigd = Sigd()
    client = dial(sigd.socket())
    client.sendall(request_of(body_of([f"u{n}" for n in range(MOST)])))
    data = client.recv(4096)
    sigd.process.send_signal(signal.SIGTERM)
    more, closed = drain(client)
    content, _ = unchunk((data + more).split(b"\r\n\r\n", 1)[1])
    equal((len(content.splitlines()), closed), (MOST, True), "lines")
    equal(sigd.wait(), 0, "exit status")


def reload(sigd, **words):
    sigd.write("sigd.conf", sigd.fill(plain_config(**words)).encode(), 0o644)
    after = len(sigd.lines)
    sigd.process.send_signal(signal.SIGHUP)
    true("change done" in sigd.wait_line("change=reload", after), "not reloaded")


ROLLOVER = ('key "k1" { file = "@DIR@/keys/demo.key" }\n'
            'key "k2" { file = "@DIR@/keys/other.key"  not_before = "2026-01-01T00:00:00Z" }')


@scenario
def a_reload_in_the_middle():
    """What was told stays, what was not is asked again of the new model: none is lost, none comes twice."""
    for more in ("", "Connection: close\r\n"):
        sigd = Sigd(keys={"demo.key": KEY, "other.key": OTHER_KEY})
        names = [f"u{n}" for n in range(MOST)]
        client = dial(sigd.socket())
        client.sendall(request_of(body_of(names), more=more))
        until_it_pauses(sigd)
        # the apps change their places, so that the old number would be another's
        reload(sigd, key=ROLLOVER, top=f'''app "first" {{ sdkappid = {SDKAPPID + 1}
    key "k" {{ file = "@DIR@/keys/demo.key" }}
    allow {{ users = {{"@UID@"}}  may = {{"sign"}}  identifiers = {{"*"}} }} }}''')
        data, _ = drain(client, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
        content, rest = unchunk(data.split(b"\r\n\r\n", 1)[1])
        lines = [json.loads(line) for line in content.splitlines()]
        equal(([line["identifier"] for line in lines], rest), (names, b""), "all of them")
        keys = [line["key"] for line in lines]
        turn = keys.index("k2")
        equal((set(keys[:turn]), set(keys[turn:])), ({"k1"}, {"k2"}), "one key after the other")
        now = int(time.time())
        for line in (lines[0], lines[turn - 1], lines[turn], lines[-1]):
            key = KEY if line["key"] == "k1" else OTHER_KEY
            equal(oracle.judge(line["usersig"], key, SDKAPPID, line["identifier"], now), 0, f"oracle: {line['key']}")
        good(sigd.request("POST", SIGN, {"identifier": "witness"}))
        sigd.discard()


@scenario
def reloads_without_end():
    sigd = Sigd()
    names = [f"u{n}" for n in range(MOST)]
    for _ in range(5):
        client = dial(sigd.socket())
        client.sendall(request_of(body_of(names)))
        data, _ = drain(client, lambda got: len(got) > 100000)
        reload(sigd)
        more, _ = drain(client, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
        content, _ = unchunk((data + more).split(b"\r\n\r\n", 1)[1])
        equal([json.loads(line)["identifier"] for line in content.splitlines()], names, "all of them")


@scenario
def a_reload_that_takes_the_right_away():
    for words in ({"allow": 'allow { users = {"@UID@"}  may = {"verify"} }'}, {"allow": 'allow { users = {"65000"}  may = {"sign"} }'}):
        sigd = Sigd()
        front = sigd.child("sigd-front")
        client = dial(sigd.socket())
        client.sendall(request_of(body_of([f"u{n}" for n in range(MOST)])))
        until_it_pauses(sigd)
        reload(sigd, **words)
        data, closed = drain(client)
        true(closed and not data.endswith(b"\r\n0\r\n\r\n"), "cut, and it shows")
        true(data.count(b"HTTP/1.1") == 1 and b"problem" not in data, "nothing else in the middle of it")
        true(len(data.splitlines()) < MOST, "not all of them")
        equal(sigd.child("sigd-front"), front, "the front")
        equal(sigd.request("GET", "/healthz").document, {"status": "ok"}, "the next answer is its own")
        sigd.discard()


@scenario
def no_other_key_is_told():
    """Lines carry usersigs of the app that was asked, whatever other batches run."""
    more = f"""app "other" {{ sdkappid = {SDKAPPID + 1}
    key "k" {{ file = "@DIR@/keys/other.key" }}
    allow {{ users = {{"@UID@"}}  may = {{"sign"}}  identifiers = {{"*"}} }} }}"""
    sigd = Sigd(plain_config(more=more), keys={"demo.key": KEY, "other.key": OTHER_KEY})
    clients = {}
    for app, key, sdkappid in (("demo", KEY, SDKAPPID), ("other", OTHER_KEY, SDKAPPID + 1)):
        for n in range(3):
            client = dial(sigd.socket())
            names = [f"{app}-{n}-{i}" for i in range(500)]
            client.sendall(request_of(body_of(names)).replace(b"/demo/", f"/{app}/".encode()))
            clients[client] = (key, sdkappid, names)
    now = int(time.time())
    for client, (key, sdkappid, names) in clients.items():
        data, _ = drain(client, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
        lines = [json.loads(line) for line in unchunk(data.split(b"\r\n\r\n", 1)[1])[0].splitlines()]
        equal([line["identifier"] for line in lines], names, "identifiers")
        equal({oracle.judge(line["usersig"], key, sdkappid, line["identifier"], now) for line in lines}, {0}, "oracle")


if __name__ == "__main__":
    main()
