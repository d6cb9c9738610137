#!/usr/bin/env python3
"""What is refused: by policy before the body comes, by form; and what the audit log tells of refusals and hand-outs."""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (ROOT, SDKAPPID, Caller, Sigd, answers_in, dial, drain, equal, good, main, me, plain_config,  # noqa: E402
                     problem, scenario, true, until)
from process import crowd  # noqa: E402

SIGN = "/v1/apps/demo/usersig"
NOBODY = 'allow { users = {"70009"}  may = {"sign"}  identifiers = {"*"} }'  # somebody, but none of us
FOREIGN = f"""app "foreign" {{
    sdkappid = {SDKAPPID + 1}
    key "k" {{ file = "@DIR@/keys/demo.key" }}
    {NOBODY}
}}"""
ADMINS = 'admin "a1" { lifetime = "24h" }\n    admin "a2" { lifetime = "24h" }\n    admin "a3" { lifetime = "24h" }'
READER = 70001


def post(length, extra=b"", body=b""):
    return (b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
            % (SIGN.encode(), extra, length, body))


def get(target, extra=""):
    return f"GET {target} HTTP/1.1\r\nHost: sigd\r\n{extra}\r\n".encode()


def finals(data):
    return [answer for answer in answers_in(data)[0] if answer.status >= 200]


def ask_many(client, request, n):
    """n pipelined requests, in parts that no buffer holds up."""
    found = []
    while len(found) < n:
        part = min(100, n - len(found))
        client.sendall(request * part)
        data, _ = drain(client, lambda got, part=part: len(finals(got)) >= part)
        equal(len(finals(data)), part, "answers")
        found += finals(data)
    return found


# ---- before the body ---------------------------------------------------------------------------------

@scenario
def a_stranger_is_refused_before_the_body():
    made = Sigd(plain_config(allow=NOBODY))
    for length in (1, 1000, 1024 * 1024):
        for extra in (b"", b"Expect: 100-continue\r\n"):
            data, closed = made.raw(post(length, extra))
            found, rest = answers_in(data)
            equal(([answer.status for answer in found], rest, closed), ([403], b"", True), f"{length} bytes to come, {extra}")
            problem(found[0], 403, "forbidden", 77)
            equal(found[0].headers.get("Connection"), "close", "Connection")
    equal(made.stop(), 0, "exit status")


@scenario
def who_lacks_the_action_is_refused_before_the_body():
    made = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"verify"} }', more=FOREIGN))
    for path, status, name in ((SIGN, 403, "forbidden"), ("/v1/apps/foreign/verify", 404, "unknown_app"),
                               ("/v1/apps/nosuch/usersig", 404, "unknown_app")):
        data, closed = made.raw(post(60000, b"Expect: 100-continue\r\n").replace(SIGN.encode(), path.encode()))
        answer, = answers_in(data)[0]
        problem(answer, status, name)
        true(closed, "and closed")
    equal(made.stop(), 0, "exit status")


@scenario
def no_body_is_taken_where_none_is_read():
    """Neither from strangers, whom /healthz answers as well."""
    for allow in (NOBODY, 'allow { users = {"@UID@"}  may = {"verify"} }'):
        made = Sigd(plain_config(allow=allow))
        for path in ("/healthz", "/v1/apps"):
            data, closed = made.raw(get(path, "Content-Length: 5000\r\n"))
            problem(answers_in(data)[0][0], 413, "too_large", 64)
            true(closed, "and closed")
        good(made.request("GET", "/healthz", None, {"Content-Length": "0"}))
        made.discard()


@scenario
def a_refusal_with_its_body_at_hand_keeps_the_connection():
    made = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"verify"} }'))
    client = dial(made.socket())
    client.sendall(post(16, b"", b'{"identifier":1}') + get("/v1/apps"))
    data, _ = drain(client, lambda got: len(finals(got)) == 2)
    equal([answer.status for answer in finals(data)], [403, 200], "statuses")
    equal(made.stop(), 0, "exit status")


# ---- the overflow uid --------------------------------------------------------------------------------

@scenario(root=True)
def a_rule_of_sockets_alone_matches_anybody_but_the_overflow_uid():
    sockets = 'socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }\n' \
              'socket "side" { path = "@DIR@/run/side.sock"  mode = 0666 }'
    made = Sigd(plain_config(socket=sockets, allow='allow { sockets = {"side"}  may = {"sign"}  identifiers = {"*"} }'))
    for caller, name, status in ((Caller(70001), "side", 200), (Caller(0), "side", 200), (Caller(70001), "main", 403),
                                 (Caller(65534), "side", 403), (Caller(65534), "main", 403),
                                 (Caller(65534, 70001), "side", 403), (Caller(70001, 65534), "side", 200)):
        answer = caller.ask(made, "POST", SIGN, {"identifier": "u1"}, socket_name=name)
        equal(answer.status, status, f"uid {caller.uid}, gid {caller.gid} on {name}: {answer.document}")
    equal(made.stop(), 0, "exit status")


# ---- hand-outs in the audit log ----------------------------------------------------------------------

@scenario
def each_hand_out_is_told_once_a_uid():
    """Thousands of them, in turn for three administrators and of both kinds, over one connection and over many."""
    users = f'{{"{me()}", "{READER}"}}'
    made = Sigd(plain_config(admin=ADMINS, workers="workers = 2", allow=f'allow {{ users = {users}  may = {{"admin", "url"}}  '
                             'admins = {"a1", "a2"} }'))
    round_ = b"".join(get(f"/v1/apps/demo/{what}?as={who}") for what in ("admin", "url/openim/sendmsg") for who in ("a1", "a2"))
    requests = [request + b"\r\n\r\n" for request in round_.split(b"\r\n\r\n")[:-1]]
    client = dial(made.socket())
    for _ in range(50):
        client.sendall(round_ * 25)
        data, _ = drain(client, lambda got: len(finals(got)) >= 100)
        equal({answer.status for answer in finals(data)}, {200}, "statuses")
    for n in range(300):
        with dial(made.socket()) as other:
            other.sendall(requests[n % 4])
            good(finals(drain(other, finals)[0])[0])
    if ROOT:
        equal(crowd(made, [round_], 300, READER).wait(), 0, "another uid")
        answers = Caller(READER).ask_all(made, [("GET", "/v1/apps/demo/admin?as=a1"), ("GET", "/v1/apps/demo/admin?as=a2"),
                                                ("GET", "/v1/apps/demo/url/openim/sendmsg?as=a1"),
                                                ("GET", "/v1/apps/demo/url/openim/sendmsg?as=a2")] * 5)
        equal({answer.status for answer in answers}, {200}, "statuses")
    equal(made.stop(), 0, "exit status")
    lines = [line for line in made.audit_lines() if line["event"].startswith("served")]
    told = collections.Counter((line["uid"], line["event"], line["identifier"], line["issued_at"]) for line in lines)
    equal({key[:3] for key in told}, {(uid, event, who) for uid in ([os.getuid(), READER] if ROOT else [os.getuid()])
                                      for event in ("served", "served_url") for who in ("a1", "a2")}, "who got what")
    equal(set(told.values()), {1}, f"each once: {told}")
    issued = {(line["identifier"], line["issued_at"]) for line in made.audit_lines() if line["event"].startswith("admin")}
    true(all((line["identifier"], line["issued_at"]) in issued for line in lines), "served is what was issued")


# ---- refusals in the audit log -----------------------------------------------------------------------

@scenario
def refusals_by_the_grants_are_told():
    made = Sigd(plain_config(admin=ADMINS, more=FOREIGN,
                             allow='allow { users = {"@UID@"}  may = {"admin", "url"}  admins = {"a1"} }'))
    asked = [("POST", SIGN, {"identifier": "u1"}, 403, "demo", "sign"),
             ("POST", "/v1/apps/demo/verify", {"usersig": "x", "any_identifier": True}, 403, "demo", "verify"),
             ("GET", "/v1/apps/foreign/admin", None, 404, "foreign", "admin"),
             ("POST", "/v1/apps/nosuch/usersig", {"identifier": "u1"}, 404, None, "sign"),
             ("GET", "/v1/apps/demo/admin?as=a2", None, 403, "demo", "admin"),
             ("GET", "/v1/apps/demo/admin?as=nosuch", None, 403, "demo", "admin"),
             ("GET", "/v1/apps/demo/url/openim/sendmsg?as=a2", None, 403, "demo", "url")]
    for method, path, body, status, _, _ in asked:
        equal(made.request(method, path, body).status, status, path)
    good(made.request("GET", "/v1/apps/demo/admin?as=a1"))
    equal(made.stop(), 0, "exit status")
    lines = [line for line in made.audit_lines() if line["event"] == "refused"]
    equal([(line.get("app"), line["action"], line["verdict"], line["uid"], line["pid"], line["socket"]) for line in lines],
          [(app, action, "forbidden", os.getuid(), os.getpid(), "main") for *_, app, action in asked], "lines")


@scenario
def strangers_are_told_of():
    made = Sigd(plain_config(allow=NOBODY))
    for path in ("/v1/apps", "/v1/apps/demo/admin", "/v1/apps/nosuch/admin"):
        problem(made.request("GET", path), 403, "forbidden")
    good(made.request("GET", "/healthz"))
    equal(made.stop(), 0, "exit status")
    lines = [line for line in made.audit_lines() if line["event"] == "refused"]
    equal([(line["uid"], line["pid"], line["socket"], line["verdict"]) for line in lines],
          [(os.getuid(), os.getpid(), "main", "forbidden")] * 3, "one line a connection")


def bounded(made, uid, refused):
    """All refusals of a uid are in the log: ten lines a second at most, the others counted."""
    def lines():
        return [line for line in made.audit_lines() if line["event"] == "refused" and line.get("uid") == uid]

    def sum_up():
        return sum(line.get("suppressed", 1) for line in lines())
    until(lambda: sum_up() == refused, f"{refused} refusals of uid {uid} told", 5)
    seconds = collections.Counter(line["time"] for line in lines() if "suppressed" not in line)
    true(max(seconds.values()) <= 10, f"more than ten lines a second: {seconds}")
    counted = collections.Counter(line["time"] for line in lines() if "suppressed" in line)
    true(counted and max(counted.values()) == 1, f"one counted line a second: {counted}")
    true(len(lines()) < refused / 2, f"{len(lines())} lines for {refused}")


@scenario
def a_storm_of_refusals_is_counted():
    made = Sigd(plain_config(admin=ADMINS, allow='allow { users = {"@UID@"}  may = {"admin"}  admins = {"a1"} }'))
    client = dial(made.socket())
    equal({answer.status for answer in ask_many(client, post(0), 2000)}, {403}, "statuses")
    equal({answer.status for answer in ask_many(client, get("/v1/apps/demo/admin?as=a2"), 2000)}, {403}, "statuses")
    bounded(made, os.getuid(), 4000)
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def a_storm_of_strangers_is_counted():
    """Each uid for itself: others' lines are not lost for it."""
    made = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"a*"} }'))
    storm = crowd(made, [get("/v1/apps")], 500, 70100, stays=True)
    problem(made.request("POST", SIGN, {"identifier": "b"}), 403, "identifier_not_allowed")
    equal(storm.wait(), 0, "the storm")
    equal(Caller(70100).ask(made, "GET", "/v1/apps").status, 403, "one more, which has been seen")
    bounded(made, 70100, 501)
    line, = [line for line in made.audit_lines() if line.get("uid") == os.getuid()]
    equal((line["identifier"], line["verdict"]), ("b", "identifier_not_allowed"), "the other's line")
    equal(made.stop(), 0, "exit status")


# ---- form --------------------------------------------------------------------------------------------

@scenario
def numbers_beyond_64_bits_are_out_of_range():
    made = Sigd()
    for number in ("9223372036854775808", "18446744073709551616", "9" * 400, "1e400", "-9223372036854775809"):
        answer = made.request("POST", SIGN, f'{{"identifier": "u1", "lifetime": {number}}}')
        equal(answer.status, 422, f"lifetime {number[:30]}: {answer.document}")
    problem(made.request("POST", SIGN, '{"identifier": "u1", "lifetime": 9223372036854775807}'), 403, "over_cap")
    equal(made.stop(), 0, "exit status")


@scenario
def a_missing_length_closes():
    made = Sigd()
    data, closed = made.raw(f"POST {SIGN} HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n\r\n".encode()
                            + get("/v1/apps"))
    found, rest = answers_in(data)
    equal(([answer.status for answer in found], rest, closed), ([411], b"", True), "one answer, and closed")
    equal(found[0].headers.get("Connection"), "close", "Connection")
    equal(made.stop(), 0, "exit status")


@scenario
def media_types_are_read_whole():
    made = Sigd()
    body = '{"identifier": "u1"}'
    for kind, status in (("text/html, application/json", 415), ("application/json, text/html", 415), ("application/jsonp", 415),
                         ("application/json; charset=utf-8", 200), ("Application/JSON", 200),
                         ("application/json ;x=\",\"", 200)):
        equal(made.request("POST", SIGN, body, {"Content-Type": kind}).status, status, kind)
    url = "/v1/apps/demo/url/openim/sendmsg"
    for accept, plain in (("text/plain", True), ("text/plain;q=0", False), ("text/plain; q=0.0, */*", False),
                          ("application/json, text/plain;q=0.5", True), ("text/plain;q=0.001", True), ("TEXT/PLAIN", True),
                          ("text/html;q=0, text/plain", True), ("text/plainer", False), ("", False)):
        document = good(made.request("GET", url, None, {"Accept": accept}))
        equal(isinstance(document, str), plain, f"Accept: {accept}")
    equal(made.stop(), 0, "exit status")


@scenario
def http_1_0_keeps_alive_by_word():
    made = Sigd()
    client = dial(made.socket())
    for _ in range(2):
        client.sendall(b"GET /v1/apps HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        data, closed = drain(client, finals)
        equal(finals(data)[0].headers.get("Connection"), "keep-alive", "Connection")
        true(not closed, "it stays open")
    data, closed = made.raw(b"GET /v1/apps HTTP/1.0\r\n\r\n")
    equal((finals(data)[0].headers.get("Connection"), closed), ("close", True), "without the word")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
