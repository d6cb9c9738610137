#!/usr/bin/env python3
"""GET admin again and again on one connection: a head that came before is not read again, but what it asks is judged anew."""
import os
import signal

from admin import admin_config, admin_path, sigctl
from harness import Caller, Sigd, answers_in, dial, drain, equal, good, main, plain_config, problem, scenario, true, until
from reloads import BOTH, K1, K2, REVOKED, reloaded

HEAD = "HTTP/1.1\r\nHost: sigd\r\n"
GET = f"GET /v1/apps/demo/admin {HEAD}\r\n"
TWO = 'admin "group_root" { }  admin "one" { lifetime = "24h"  min_remaining = "10m" }  admin "two" { lifetime = "24h"  min_remaining = "10m" }'


class Kept:
    """A connection on which requests follow each other."""

    def __init__(self, made):
        self.socket = dial(made.socket(), 5)

    def ask(self, *requests):
        """The answers to what is sent at once."""
        self.socket.sendall("".join(requests).encode())
        got = drain(self.socket, lambda data: len(answers_in(data)[0]) >= len(requests))
        answers = answers_in(got[0])[0]
        equal(len(answers), len(requests), "answers")
        return answers

    def one(self, request=GET):
        return self.ask(request)[0]


def warm(made, request=GET):
    """A connection whose head is known: the first answer is the first hand-out, the second is by the head."""
    kept = Kept(made)
    for _ in range(3):
        good(kept.one(request))
    return kept


def counted(made):
    line = 'sigd_requests_total{route="v1/apps/{app}/admin",verdict="ok"} '
    text = made.request("GET", "/metrics").document
    return sum(int(found[len(line):]) for found in text.splitlines() if found.startswith(line))


def handed_out(d, times):
    """So often by the log: the front tells the signer while it answers, and does not wait for it."""
    served = lambda: len([line for line in d.audit_lines() if line["event"] == "served"])  # noqa: E731
    until(lambda: served() >= times, f"audited as handed out {times} times")
    equal(served(), times, "audited as handed out")


@scenario
def each_answer_has_its_own_id_and_is_counted():
    d = Sigd()
    kept = Kept(d)
    before = counted(d)
    answers = [kept.one() for _ in range(20)] + kept.ask(*[GET] * 16) + kept.ask(*[GET] * 300)
    first = good(answers[0])
    for answer in answers:
        equal(good(answer), first)
        equal(answer.headers["Cache-Control"], "no-store")
        equal(dict(answer.headers, **{"Request-Id": ""}), dict(answers[0].headers, **{"Request-Id": ""}), "headers")
    equal(len({answer.headers["Request-Id"] for answer in answers}), len(answers), "ids")
    equal(counted(d) - before, len(answers), "counted")
    handed_out(d, 1)


@scenario
def what_is_not_the_same_is_read():
    d = Sigd()
    kept = warm(d)
    for target, status in (("/v1/apps/demo/admin?as=group_root", 200), ("/v1/apps/demo/admin?min_remaining=60", 200),
                           ("/v1/apps/demo/admin?min_remaining=99999", 422), ("/v1/apps/demo/admin?as=nobody", 403),
                           ("/v1/apps/demo/admin?other=1", 422), ("/v1/apps/dem0/admin", 404), ("/healthz", 200)):
        for _ in range(3):
            equal(kept.one(f"GET {target} {HEAD}\r\n").status, status, target)
    post = '{"identifier":"alice"}'
    for _ in range(2):
        statuses = [answer.status for answer in kept.ask(
            GET, GET, f"POST /v1/apps/demo/usersig {HEAD}Content-Type: application/json\r\nContent-Length: {len(post)}\r\n\r\n"
            + post, GET, f"PUT /v1/apps/demo/admin {HEAD}\r\n", GET, GET)]
        equal(statuses, [200, 200, 200, 200, 405, 200, 200])
    forms = [f"GET /v1/apps/demo/admin {HEAD}User-Agent: {number}\r\n\r\n" for number in range(40)]
    for form in forms * 3:
        good(kept.one(form))
    equal(kept.one(f"GET /v1/apps/demo/admin {HEAD}Origin: x\r\n\r\n").status, 403)
    old = warm(d, "GET /v1/apps/demo/admin HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    equal(old.one("GET /v1/apps/demo/admin HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers["Connection"], "keep-alive")
    last = warm(d)
    last.socket.sendall(f"GET /v1/apps/demo/admin {HEAD}Connection: close\r\n\r\n{GET}".encode())
    data, closed = drain(last.socket)
    equal((len(answers_in(data)[0]), closed), (1, True), "the last")


@scenario
def a_head_that_comes_in_two_pieces():
    d = Sigd()
    kept = warm(d)
    for cut in range(1, len(GET)):
        kept.socket.sendall((GET + GET[:cut]).encode())
        got = drain(kept.socket, lambda data: len(answers_in(data)[0]) >= 1)[0]
        rest = kept.one(GET[cut:])
        equal((good(answers_in(got)[0][0]), good(rest)["usersig"] != ""), (good(rest), True), f"cut at {cut}")


@scenario
def what_is_withdrawn_is_not_given_again():
    d = Sigd(admin_config(), BOTH)
    kept = warm(d)
    path = admin_path(d)
    old = good(kept.one())
    equal(sigctl("flush", "demo", "group_root", path=path).returncode, 0)
    new = good(kept.one())
    true(new["issued_at"] > old["issued_at"] and new["usersig"] != old["usersig"], "flushed")
    equal(good(kept.one()), new)
    handed_out(d, 2)
    equal(sigctl("freeze", "demo", path=path).returncode, 0)
    for _ in range(3):
        problem(kept.one(), 503, "frozen")
    equal(sigctl("freeze", "demo", "--off", path=path).returncode, 0)
    equal([good(kept.one())["key"] for _ in range(3)], ["k1"] * 3)


@scenario
def a_reload_counts_for_what_is_asked_again():
    d = Sigd(plain_config(key=K1 + "\n" + K2), BOTH)
    kept = warm(d)
    signed = good(kept.one())["key"]
    reloaded(d, key=K2 + "\n" + REVOKED)
    equal({good(kept.one())["key"] for _ in range(3)}, {"k2"}, f"{signed} is revoked")
    reloaded(d, key=K2, allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"*"} }')
    for _ in range(3):
        problem(kept.one(), 403, "forbidden")
    reloaded(d, key=K2, admin=TWO, allow='allow { users = {"@UID@"}  may = {"admin"}  admins = {"two"} }')
    equal({good(kept.one())["identifier"] for _ in range(3)}, {"two"}, "the first that may be read")
    reloaded(d, key=K2, admin=TWO, allow='allow { users = {"@UID@"}  may = {"admin"}  admins = {"one", "two"} }')
    equal({good(kept.one())["identifier"] for _ in range(3)}, {"one"}, "the first that may be read")


@scenario(root=True)
def the_same_head_of_callers_with_other_rights():
    rules = "\n".join(f'allow {{ users = {{"{uid}"}}  may = {{"admin"}}  admins = {{"{name}"}} }}'
                      for uid, name in ((61001, "one"), (61002, "two")))
    d = Sigd(plain_config(admin=TWO, allow=rules + '\nallow { users = {"61003"}  may = {"sign"}  identifiers = {"*"} }'))
    asked = [("GET", "/v1/apps/demo/admin")] * 4
    for _ in range(2):
        for uid, name in ((61001, "one"), (61002, "two")):
            equal({good(answer)["identifier"] for answer in Caller(uid).ask_all(d, asked)}, {name}, f"uid {uid}")
        for answer in Caller(61003).ask_all(d, asked):
            problem(answer, 403, "forbidden")


@scenario
def a_log_at_debug_tells_each():
    d = Sigd(admin_config())
    kept = warm(d)
    equal(sigctl("log-level", "debug", path=admin_path(d)).returncode, 0)
    for _ in range(3):
        answer = kept.one()
        d.wait_line(f"id={answer.headers['Request-Id']}")


@scenario
def a_stop_ends_what_asks_again():
    d = Sigd()
    kept = warm(d)
    os.kill(d.pid, signal.SIGTERM)
    equal(d.wait(), 0)
    equal(kept.socket.recv(1), b"", "closed")


main()
