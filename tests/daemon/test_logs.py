#!/usr/bin/env python3
"""The log: each line JSON where that was asked for, levels, the id of each request, and what is never in a log."""
import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import LOG_LEVEL, admin_path, Peer  # noqa: E402
from admin import ADMIN as ADMIN_SOCKET  # noqa: E402
from harness import (KEY, Sigd, answers_in, equal, good, main, plain_config, problem, scenario,  # noqa: E402
                     true, until)
from reloads import configure  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"
VERIFY = "/v1/apps/demo/verify"
URL = "/v1/apps/demo/url/im_open_login_svc/account_import"
ID = re.compile(r"[0-9a-f]{16}")
LINE = re.compile(r"time=\S+ level=(error|warn|info|debug) proc=\S+ pid=\d+ msg=")


def log_block(level, form="json"):
    return plain_config(top=f'log {{ format = "{form}"  level = "{level}" }}\nstate_dir = "@DIR@/log"')


def start(config):
    """Started; the line that says so is looked for in either format."""
    made = Sigd(config, start=False)
    made.launch()
    until(lambda: made.request("GET", "/healthz").status == 200, "answers")
    return made


def unique(pairs):
    """An object whose names are unique: of a name that comes twice readers take one or the other value."""
    equal(sorted(dict(pairs)), sorted(name for name, _ in pairs), "names of a line")
    return dict(pairs)


def records(made):
    """The whole log as dicts; fails on a line that is none."""
    found = []
    for line in made.stderr.splitlines():
        try:
            record = json.loads(line, object_pairs_hook=unique)
        except ValueError:
            raise AssertionError(f"no JSON: {line!r}") from None
        true({"time", "level", "proc", "pid", "msg"} <= set(record), f"a member is missing: {line}")
        found.append(record)
    return found


def of(made, answer):
    """The front's lines about the request that was answered so."""
    return [record for record in records(made) if record.get("id") == answer.headers["Request-Id"]]


# ---- JSON --------------------------------------------------------------------------------------------

@scenario
def every_line_is_json():
    """From the config's warnings to the end, with a front that dies, callers that send what they like, and refusals."""
    made = start(log_block("debug") + ADMIN_SOCKET)
    hostile = ['"', "\\", "\n{", "\u00e4\u2028", "a b=c level=error", "\\x22", "\x7f"]
    for text in hostile:
        made.request("POST", SIGN, {"identifier": text})
        made.request("POST", SIGN, {text: 1})
        made.request("POST", VERIFY, {"usersig": text, "identifier": text})
    for path in (b"/v1/apps/%22%0a/admin", b"/%5c%22", b"/v1/apps/demo/admin?%22%0d=1", b"/\xff\"", b"/a\x01"):
        made.raw(b"GET %s HTTP/1.1\r\nHost: sigd\r\nRequest-Id: \"%%0a\r\n\r\n" % path, answers=1)
    peers = [Peer(admin_path(made)) for _ in range(40)]  # more than are taken
    peers[0].ask(LOG_LEVEL, b"debug".ljust(8, b"\0"))
    made.wait_line("refused on the admin socket")
    for peer in peers:
        peer.close()
    os.kill(made.child("sigd-front"), signal.SIGKILL)
    made.wait_line("starting a front again")
    until(lambda: made.request("GET", "/healthz").status == 200, "a new front")
    made.process.send_signal(signal.SIGHUP)
    equal(made.stop(), 0, "exit status")
    found = records(made)
    true({"master", "signer", "front-0"} <= {record["proc"] for record in found}, "lines of all processes")
    true({"refused on the admin socket", "admin request"} <= {record["msg"] for record in found}, "lines about the admin socket")
    true({"warn", "info", "debug", "error"} >= {record["level"] for record in found}, "levels")
    true(sum(record["msg"] == "request" for record in found) >= 3 * len(hostile), "a line for each request")


@scenario
def a_name_with_anything_in_it_is_one_field():
    name = 'a" b=c'
    made = start(log_block("info").replace('key "k1" {', 'key "k1" { not_before = "2100-01-01T00:00:00Z" ')
                 .replace('"group_root"', '"a\\" b=c"'))
    made.wait_line("could not be renewed")
    made.stop()
    record = next(record for record in records(made) if "could not be renewed" in record["msg"])
    equal((record["app"], record["admin"].encode().decode("unicode_escape"), "b" in record), ("demo", name, False), str(record))


@scenario
def what_ends_the_start_is_json_too():
    made = Sigd(log_block("info"), keys={"demo.key": b""}, start=False)
    status, _ = made.fail_to_start()
    equal(status, 78, "exit status")
    true(any(record["level"] == "error" and "k1" in record["msg"] for record in records(made)), "the key is named")


# ---- ids ---------------------------------------------------------------------------------------------

@scenario
def each_request_has_its_id():
    made = start(log_block("debug"))
    answers = [made.request("GET", ADMIN), made.request("POST", SIGN, {"identifier": "u"}),
               made.request("POST", SIGN, {"identifier": "administrator"}), made.request("GET", "/nowhere"),
               made.request("GET", "/healthz", headers={"Request-Id": "0123456789abcdef", "traceparent": "00-" + "a" * 55})]
    data, _ = made.raw(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n" * 3 + b"GET / HTTP/1.1\n\n", answers=4)
    answers += answers_in(data)[0]
    ids = [answer.headers["Request-Id"] for answer in answers]
    equal(len(set(ids)), 9, f"ids of 9 requests: {ids}")
    for answer, route, name in zip(answers, ("v1/apps/{app}/admin", "v1/apps/{app}/usersig", "v1/apps/{app}/usersig", "none",
                                             "healthz"), ("none", "none", "reserved", "not_found", "none")):
        true(ID.fullmatch(answer.headers["Request-Id"]), answer.headers["Request-Id"])
        lines = until(lambda made=made, answer=answer: of(made, answer), "its line")
        equal([(line["route"], line["status"], line["problem"]) for line in lines], [(route, answer.status, name)], "its line")
        true(isinstance(lines[0]["us"], int), "its time")
    equal(made.stop(), 0, "exit status")


# ---- levels ------------------------------------------------------------------------------------------

@scenario
def levels_decide():
    for level, wanted in (("error", 0), ("warn", 0), ("info", 1), ("debug", 2)):
        made = start(log_block(level))
        answers = [made.request("POST", SIGN, {"identifier": "administrator"}), made.request("GET", ADMIN)]
        made.stop()
        equal(sum(len(of(made, answer)) for answer in answers), wanted, f"lines about requests at level {level}")
        for record in records(made):
            true(["error", "warn", "info", "debug"].index(record["level"]) <=
                 ["error", "warn", "info", "debug"].index(level), f"{record['level']} at level {level}")


@scenario
def a_reload_changes_level_and_format():
    made = Sigd()
    made.request("GET", ADMIN)
    true("msg=request" not in made.stderr, "a line of level debug at level info")
    configure(made, top='log { format = "json"  level = "debug" }')
    made.process.send_signal(signal.SIGHUP)
    made.wait_line('"change":"reload"')
    before = len(made.lines)
    answer = made.request("GET", ADMIN)
    line = made.wait_line(answer.headers["Request-Id"], before)
    equal(json.loads(line)["level"], "debug", "level")
    configure(made)
    made.process.send_signal(signal.SIGHUP)
    made.wait_line("change=reload")
    before = len(made.lines)
    made.request("GET", ADMIN)
    problem(made.request("POST", SIGN, {"identifier": "administrator"}), 403, "reserved")
    made.wait_line('msg="refused a request"', before)
    true(not any("msg=request" in line for line in made.lines[before:]), "a line of level debug at level info")
    equal(made.stop(), 0, "exit status")


@scenario
def a_callers_own_mistakes_are_not_told():
    made = start(log_block("info"))
    answers = [made.request("GET", "/nowhere"), made.request("POST", SIGN, {"identifier": ""}), made.request("POST", SIGN, "{"),
               made.request("DELETE", "/healthz")]
    equal([answer.status for answer in answers], [404, 422, 400, 405], "statuses")
    refused = made.request("POST", SIGN, {"identifier": "administrator"})
    until(lambda: of(made, refused), "the refusal is told")
    equal([of(made, answer) for answer in answers], [[]] * 4, "lines")
    equal(made.stop(), 0, "exit status")


@scenario
def refusals_do_not_flood():
    """At most ten a second; the next line that is told counts those that were not."""
    made = start(log_block("info"))
    client = made.connection()
    begun = time.monotonic()
    for _ in range(300):
        problem(client.ask("POST", SIGN, {"identifier": "administrator"}), 403, "reserved")
    seconds = int(time.monotonic() - begun) + 2
    told = [record for record in records(made) if record["msg"] == "refused a request"]
    true(10 <= len(told) <= 10 * seconds, f"{len(told)} lines in {seconds} s")

    def counted():
        client.ask("POST", SIGN, {"identifier": "administrator"})
        lines = [record for record in records(made) if record["msg"] == "refused a request"]
        return sum(record.get("left_out", 0) for record in lines) + len(lines) >= 300
    until(counted, "those that were left out are counted", pause=0.3)
    equal(made.stop(), 0, "exit status")


@scenario
def logfmt_is_one_line_each():
    made = start(log_block("debug", "logfmt"))
    made.request("POST", SIGN, {"identifier": "a\nlevel=error"})
    made.request("GET", "/%0alevel=error")
    equal(made.stop(), 0, "exit status")
    for line in made.stderr.splitlines():
        true(LINE.match(line) or "warning:" in line, f"no line of the log: {line!r}")


# ---- what is never there -----------------------------------------------------------------------------

@scenario
def no_secret_and_no_identifier():
    made = start(log_block("debug"))
    secrets = [KEY.decode(), good(made.request("GET", ADMIN))["usersig"], good(made.request("GET", URL))["url"]]
    signed = good(made.request("POST", SIGN, {"identifier": "who-is-this"}))["usersig"]
    made.request("POST", VERIFY, {"usersig": signed, "identifier": "who-is-this"})
    made.request("GET", ADMIN + "?as=" + signed[:200])
    made.request("GET", "/" + signed)
    made.request("POST", SIGN, {"identifier": signed})
    made.request("POST", SIGN, "\"" + signed)
    equal(made.stop(), 0, "exit status")
    with open(made.path("log", "audit.log"), encoding="ascii") as file:
        audit = file.read()
    true('"identifier":"' + signed[:64] + '"' in audit, "what was refused is not in the audit log")
    for secret in (*secrets, signed, "who-is-this", "account_import"):
        for piece in {secret, secret[:40], secret[-40:]}:
            true(piece not in made.stderr, f"in the log: {piece!r}")
        true(len(secret) < 20 or secret[-40:] not in audit, f"in the audit log: {secret[-40:]!r}")


main()
