#!/usr/bin/env python3
"""sigd over HTTP: each call, each problem of docs/HTTP.md that can be provoked, the strict subset, and the whole way
to a REST answer through a stand-in of the service."""
import http.client
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, OTHER_KEY, SDKAPPID, Sigd, answers_in, dial, drain, equal, good, main,  # noqa: E402
                     oracle, plain_config, problem, scenario, shared, true, unshare)
import rest_standin  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"
VERIFY = "/v1/apps/demo/verify"
URL = "/v1/apps/demo/url/group_open_http_svc/get_appid_group_list"
HEAD = b"Host: sigd\r\n"


def daemon():
    return shared("plain", lambda: Sigd(start=False))


def near(actual, expected, slack, what):
    true(abs(actual - expected) <= slack, f"{what}: {actual} is not within {slack} of {expected}")


def no_store(answer):
    equal(answer.headers.get("Cache-Control"), "no-store", "Cache-Control")


def members(document, *names):
    equal(sorted(document), sorted(names), "members")
    return document


# ---- good answers ------------------------------------------------------------------------------------

@scenario
def healthz():
    equal(good(daemon().request("GET", "/healthz")), {"status": "ok"}, "answer")


@scenario
def apps_lists_what_the_caller_may():
    document = good(daemon().request("GET", "/v1/apps"))
    equal(list(document), ["apps"], "members")
    app, = document["apps"]
    members(app, "name", "sdkappid", "may", "admins", "frozen")
    equal(app["frozen"], False, "frozen")
    equal((app["name"], app["sdkappid"], app["admins"]), ("demo", SDKAPPID, ["group_root"]), "app")
    equal(sorted(app["may"]), ["admin", "sign", "url", "verify"], "may")


@scenario
def admin_credential():
    before = int(time.time())
    answer = daemon().request("GET", ADMIN)
    document = members(good(answer), "usersig", "identifier", "sdkappid", "issued_at", "expires_at", "renew_at", "key")
    no_store(answer)
    equal((document["identifier"], document["sdkappid"], document["key"]), ("group_root", SDKAPPID, "k1"), "who")
    equal(document["expires_at"] - document["issued_at"], 86400, "lifetime")
    near(document["issued_at"], before, 60, "issued_at")
    true(document["issued_at"] < document["renew_at"] < document["expires_at"], f"renew_at: {document}")
    equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "group_root", int(time.time())), 0, "oracle")
    claims = oracle.decode(document["usersig"])
    equal((claims["time"], claims["expire"]), (document["issued_at"], 86400), "claims")
    equal(daemon().request("GET", ADMIN).document, document, "the second answer is the held one")
    equal(daemon().request("GET", ADMIN + "?as=group_root").document, document, "as=")
    equal(daemon().request("GET", ADMIN + "?as=group%5Froot").document, document, "as= percent-encoded")


@scenario
def admin_min_remaining():
    for seconds in (0, 1, 600, 86400 // 3):
        document = good(daemon().request("GET", f"{ADMIN}?as=group_root&min_remaining={seconds}"))
        true(document["expires_at"] - time.time() >= seconds, f"min_remaining={seconds}: {document['expires_at']}")
    problem(daemon().request("GET", f"{ADMIN}?min_remaining={86400 // 3 + 1}"), 422, "invalid_field", 64)
    for text in ("-1", "x", "", "1.5", "1e3", "%2B1", "99999999999999999999999"):
        document = problem(daemon().request("GET", f"{ADMIN}?min_remaining={text}"), 422, "invalid_field", 64)
        true("min_remaining" in document["detail"], f"detail names it: {document['detail']}")


@scenario
def sign():
    for body, lifetime in (({"identifier": "u1"}, 86400), ({"identifier": "u1", "lifetime": 60}, 60),
                           ({"identifier": "u1", "lifetime": 1}, 1), ({"identifier": "x" * 32, "lifetime": 604800}, 604800),
                           ({"identifier": "a b\"\\/<>&'#@!~"}, 86400), ({"lifetime": 5, "identifier": "0"}, 5)):
        answer = daemon().request("POST", SIGN, body)
        document = members(good(answer), "usersig", "identifier", "sdkappid", "issued_at", "expires_at", "key")
        no_store(answer)
        equal((document["identifier"], document["sdkappid"], document["key"]), (body["identifier"], SDKAPPID, "k1"), "who")
        equal(document["expires_at"] - document["issued_at"], lifetime, "lifetime")
        near(document["issued_at"], time.time(), 5, "issued_at")
        equal(oracle.judge(document["usersig"], KEY, SDKAPPID, body["identifier"], document["issued_at"]), 0, "oracle")


@scenario
def sign_reads_json_as_json():
    document = good(daemon().request("POST", SIGN, ' \r\n\t{ "\\u0069dentifier" : "\\u00751" } \n'))
    equal(document["identifier"], "u1", "escapes")
    document = good(daemon().request("POST", SIGN, {"identifier": "u1"},
                                     {"Content-Type": "Application/JSON; charset=utf-8"}))
    equal(document["identifier"], "u1", "charset parameter")


@scenario
def verify_verdicts():
    now = int(time.time())

    def made(key=KEY, sdkappid=SDKAPPID, identifier="u1", issued_at=now, lifetime=3600, **more):
        return oracle.sign(key, sdkappid, identifier, issued_at, lifetime, **more)
    ours = good(daemon().request("POST", SIGN, {"identifier": "u1"}))["usersig"]
    rows = [  # name, usersig, verdict, REST code, proven
        ("ours", ours, "ok", 0, True),
        ("oracle's", made(), "ok", 0, True),
        ("a little ahead", made(issued_at=now + 200), "ok", 0, True),
        ("far ahead", made(issued_at=now + 1000), "not_yet_valid", 0, True),
        ("expired", made(issued_at=now - 100, lifetime=50), "expired", 70001, True),
        ("lifetime 0", made(issued_at=now - 10, lifetime=0), "expired", 70001, True),
        ("other identifier", made(identifier="u2"), "wrong_identifier", 70013, True),
        ("other app", made(sdkappid=SDKAPPID + 1), "wrong_sdkappid", 70014, True),
        ("other key", made(key=OTHER_KEY), "wrong_key", 70009, False),
        ("userbuf", made(userbuf=b"room"), "wrong_userbuf", 70003, True),
        ("cut", ours[:-3], "malformed", 70003, False),
        ("empty", "", "malformed", 70003, False),
        ("nonsense", "hello, world", "malformed", 70003, False),
        ("newline", ours + "\n", "malformed", 70003, False),
        ("bomb", oracle.pack("{" + " " * 1000000 + "}"), "malformed", 70003, False),
        ("long", "A" * 20000, "malformed", 70003, False),
    ]
    for name, text, verdict, code, proven in rows:
        answer = daemon().request("POST", VERIFY, {"usersig": text, "identifier": "u1"})
        document = members(good(answer), "valid", "verdict", "rest_code", "claims", "key", "remaining")
        equal((document["verdict"], document["rest_code"], document["valid"]), (verdict, code, verdict == "ok"), name)
        equal(document["key"], "k1" if proven else None, f"{name}: key")
        if proven:
            claims = members(document["claims"], "version", "sdkappid", "identifier", "issued_at", "lifetime")
            inside = oracle.decode(text)
            equal(claims, {"version": 2, "sdkappid": inside["sdkappid"], "identifier": inside["identifier"].decode(),
                           "issued_at": inside["time"], "lifetime": inside["expire"]}, f"{name}: claims")
            end = inside["time"] + inside["expire"]
            near(document["remaining"], max(0, end - int(time.time())), 3, f"{name}: remaining")
        else:
            equal(document["claims"], None, f"{name}: claims")
            equal(document["remaining"], 0, f"{name}: remaining")
    document = good(daemon().request("POST", VERIFY, {"usersig": made(identifier="漢字"), "any_identifier": True}))
    equal((document["verdict"], document["claims"]["identifier"]), ("ok", "漢字"), "any_identifier")
    document = good(daemon().request("POST", VERIFY, {"usersig": made(identifier="漢字"), "identifier": "漢字"}))
    equal(document["verdict"], "ok", "identifier in UTF-8")


@scenario
def url():
    answer = daemon().request("GET", URL)
    document = members(good(answer), "url", "expires_at")
    no_store(answer)
    near(document["expires_at"], time.time() + 3600, 60, "expires_at")
    parts = urlsplit(document["url"])
    equal((parts.scheme, parts.netloc, parts.path),
          ("https", "console.tim.qq.com", "/v4/group_open_http_svc/get_appid_group_list"), "url")
    query = parse_qsl(parts.query, strict_parsing=True)
    equal([name for name, _ in query], ["sdkappid", "identifier", "usersig", "random", "contenttype"], "parameters")
    query = dict(query)
    equal((query["sdkappid"], query["identifier"], query["contenttype"]), (str(SDKAPPID), "group_root", "json"), "values")
    true(re.fullmatch(r"0|[1-9][0-9]{0,9}", query["random"]) and int(query["random"]) < 2**32, f"random {query['random']}")
    equal(oracle.judge(query["usersig"], KEY, SDKAPPID, "group_root", document["expires_at"]), 0, "valid in the last second")
    equal(oracle.judge(query["usersig"], KEY, SDKAPPID, "group_root", document["expires_at"] + 1), 70001, "expired then")
    randoms = {dict(parse_qsl(urlsplit(good(daemon().request("GET", URL))["url"]).query))["random"] for _ in range(8)}
    true(len(randoms) > 6, f"random differs: {randoms}")


@scenario
def url_as_text():
    answer = daemon().request("GET", URL + "?as=group_root", None, {"Accept": "text/plain"})
    text = good(answer)
    no_store(answer)
    equal(answer.headers["Content-Type"].split(";")[0], "text/plain", "Content-Type")
    true(re.fullmatch(r"https://console\.tim\.qq\.com/v4/\S+\n", text), f"a bare URL and a newline: {text!r}")


# ---- to the service and back -------------------------------------------------------------------------

def post(standin, address, body):
    """POSTs to the stand-in under the name in the URL; its answer."""
    parts = urlsplit(address)

    class Client(http.client.HTTPSConnection):
        def connect(self):
            plain = socket.create_connection(("127.0.0.1", standin.port), 10)
            self.sock = ssl.create_default_context(cafile=standin.ca).wrap_socket(plain, server_hostname=parts.hostname)
    client = Client(parts.hostname)
    client.request("POST", f"{parts.path}?{parts.query}", json.dumps(body), {"Content-Type": "application/json"})
    response = client.getresponse()
    equal(response.status, 200, "HTTP status")
    answer = json.loads(response.read())
    client.close()
    return answer


@scenario
def url_makes_the_rest_call_work_until_it_expires():
    document = good(daemon().request("GET", URL))
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        answer = post(standin, document["url"], {"Limit": 2})
        equal((answer["ErrorCode"], answer["ActionStatus"], len(answer["GroupIdList"])), (0, "OK", 2), "now")
        standin.now = document["expires_at"]
        equal(post(standin, document["url"], {"Limit": 2})["ErrorCode"], 0, "the last second")
        standin.now = document["expires_at"] + 1
        equal(post(standin, document["url"], {"Limit": 2})["ErrorCode"], 70001, "a second after expiry")
        standin.now = lambda: int(time.time())
        other = document["url"].replace("identifier=group_root", "identifier=administrator")
        equal(post(standin, other, {"Limit": 2})["ErrorCode"], 70013, "another identifier")
    with rest_standin.Standin(OTHER_KEY, SDKAPPID) as standin:
        equal(post(standin, document["url"], {"Limit": 2})["ErrorCode"], 70009, "another key")


@scenario
def usersig_of_a_user_is_no_administrator():
    signed = good(daemon().request("POST", SIGN, {"identifier": "u1"}))
    address = good(daemon().request("GET", URL))["url"]
    address = re.sub(r"usersig=[^&]*", "usersig=" + signed["usersig"], address).replace("=group_root", "=u1")
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        equal(post(standin, address, {})["ErrorCode"], 60010, "no admin")


# ---- problems ----------------------------------------------------------------------------------------

@scenario
def problems_of_routes():
    for path in ("/", "/v1", "/v1/", "/v1/apps/", "/v1/apps/demo", "/v1/apps/demo/", "/v1/apps/demo/admins", "//v1/apps",
                 "/v1/apps/demo/admin/", "/v1/apps/demo/url/a", "/v1/apps/demo/url/a/b/c", "/V1/apps", "/healthz/",
                 "/v1/../v1/apps", "/v1/apps/demo/url/openim/"):
        problem(daemon().request("GET", path), 404, "not_found", 64)
    for method, path in (("GET", "/v1/apps/nosuch/admin"), ("GET", "/v1/apps/Demo/admin"), ("GET", "/v1/apps/demo%20/admin"),
                         ("GET", "/v1/apps/%2e%2e/admin"), ("GET", "/v1/apps/nosuch/url/openim/sendmsg")):
        problem(daemon().request(method, path), 404, "unknown_app", 68)
    problem(daemon().request("POST", "/v1/apps/nosuch/usersig", {"identifier": "u1"}), 404, "unknown_app", 68)
    problem(daemon().request("POST", "/v1/apps/nosuch/verify", {"identifier": "u1", "usersig": "x"}), 404, "unknown_app", 68)


@scenario
def problems_of_methods():
    for method, path, allow in (("POST", "/v1/apps", "GET"), ("POST", ADMIN, "GET"), ("POST", URL, "GET"),
                                ("POST", "/healthz", "GET"), ("GET", SIGN, "POST"), ("GET", VERIFY, "POST")):
        answer = daemon().request(method, path, {} if method == "POST" else None)
        problem(answer, 405, "method_not_allowed", 64)
        equal(answer.headers.get("Allow"), allow, f"Allow of {path}")


@scenario
def methods_that_sigd_has_not():
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"):
        data, _ = daemon().raw(f"{method} /v1/apps HTTP/1.1\r\n".encode() + HEAD + b"\r\n", answers=1)
        found, rest = answers_in(data, [method])
        true(found and found[0].status in (405, 501), f"{method}: {data!r}")
        true(found[0].status == 501 or found[0].headers.get("Allow") == "GET", f"{method}: Allow")
        if method == "HEAD":
            equal(rest, b"", "HEAD has no body")


@scenario
def problems_of_media_types():
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json2; a=b", ""):
        problem(daemon().request("POST", SIGN, b'{"identifier":"u1"}', {"Content-Type": kind}), 415, "unsupported_media_type", 64)
    body = b'{"identifier":"u1"}'
    found, _ = answers_in(daemon().raw(b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s"
                                       % (SIGN.encode(), HEAD, len(body), body), answers=1)[0])
    problem(found[0], 415, "unsupported_media_type", 64)


@scenario
def problems_of_bodies():
    for body in (b"", b"x", b"[]", b"null", b'"u1"', b"1", b'{"identifier":"u1"', b'{"identifier":"u1"}x', b"{}{}",
                 b'{"identifier":"u1","identifier":"u1"}', b'{"identifier":"u1","\\u0069dentifier":"u2"}',
                 b'{"identifier":"\xff"}', b'{"identifier":"\xc0\x80"}', b'{"identifier":"\\ud800"}', b"{'identifier':'u1'}",
                 b'{"identifier":"u1",}', b'\xef\xbb\xbf{"identifier":"u1"}', b"[" * 60000, b'{"lifetime":' + b"[" * 50000):
        problem(daemon().request("POST", SIGN, body), 400, "bad_request", 64)
    answer = daemon().request("POST", SIGN, b'{"identifier":"u\\u0000"}')
    true(answer.status in (400, 422), f"an escaped NUL: {answer.status}")


@scenario
def problems_of_fields():
    for identifier in ("", "x" * 33, "é", "漢字", " a", "a ", "a\n", "a\tb", "a\x7f", "\u200ba", "𝒶dministrator", "x" * 256,
                       "x" * 40000):
        problem(daemon().request("POST", SIGN, {"identifier": identifier}), 422, "err_identifier", 6)
    for lifetime in ("0", "-1", "1.5", "1.0", "-0.5", "1e2"):
        problem(daemon().request("POST", SIGN, f'{{"identifier":"u1","lifetime":{lifetime}}}'), 422, "err_lifetime", 7)
    answer = daemon().request("POST", SIGN, {"identifier": "u1", "lifetime": 1576800001})
    true((answer.status, answer.document["type"].split(":")[-1]) in ((422, "err_lifetime"), (403, "over_cap")),
         f"over 50 years: {answer.document}")
    for name, body in (("identifier", {}), ("identifier", {"lifetime": 60}), ("identifier", {"identifier": 5}),
                       ("identifier", {"identifier": None}), ("identifier", {"identifier": ["u1"]}),
                       ("lifetime", {"identifier": "u1", "lifetime": "60"}), ("lifetime", {"identifier": "u1", "lifetime": True}),
                       ("rooms", {"identifier": "u1", "rooms": 1}), ("Identifier", {"identifier": "u1", "Identifier": "u2"})):
        document = problem(daemon().request("POST", SIGN, body), 422, "invalid_field", 64)
        true(name in document["detail"], f"detail names {name}: {document['detail']}")
    ticket = oracle.sign(KEY, SDKAPPID, "u1", int(time.time()), 60)
    for name, body in (("usersig", {"identifier": "u1"}), ("identifier", {"usersig": ticket}),
                       ("usersig", {"usersig": 5, "identifier": "u1"}), ("identifier", {"usersig": ticket, "identifier": 5}),
                       ("any_identifier", {"usersig": ticket, "any_identifier": "yes"}),
                       ("key", {"usersig": ticket, "identifier": "u1", "key": "k1"})):
        answer = daemon().request("POST", VERIFY, body)
        document = problem(answer, 422, "invalid_field", 64)
        true(name in document["detail"], f"detail names {name}: {document['detail']}")
        true(ticket not in json.dumps(document), "a credential was echoed")
    answer = daemon().request("POST", VERIFY, {"usersig": ticket, "any_identifier": False})
    problem(answer, 422, "invalid_field", 64)
    answer = daemon().request("POST", VERIFY, {"identifier": "u1", "usersig": ticket, ticket[:40]: 1})
    true(ticket[:40] not in json.dumps(answer.document) or answer.status == 422, "an unknown member")


@scenario
def problems_of_queries():
    for path, name in ((ADMIN + "?x=1", "x"), ("/v1/apps?x=1", "x"), (URL + "?min_remaining=1", "min_remaining"),
                       (ADMIN + "?AS=group_root", "AS"), ("/healthz?x=1", None)):
        answer = daemon().request("GET", path)
        if name:
            true(name in problem(answer, 422, "invalid_field", 64)["detail"], f"{path}: detail")
        else:
            true(answer.status in (200, 422), f"{path}: {answer.status}")
    problem(daemon().request("POST", SIGN + "?as=x", {"identifier": "u1"}), 422, "invalid_field", 64)
    for query in ("?as=%", "?as=%4", "?as=%zz", "?as=a&as=b", "?as=group_root&as=group_root"):
        problem(daemon().request("GET", ADMIN + query), 400, "bad_request", 64)
    answer = daemon().request("GET", ADMIN + "?as=nobody")
    problem(answer, 403, "forbidden", 77)
    for path in ("/v1/apps/demo/url/im%20x/sendmsg", "/v1/apps/demo/url/openim/send%2Fmsg", "/v1/apps/demo/url/openim/a%3Fb",
                 "/v1/apps/demo/url/%2e%2e/sendmsg", "/v1/apps/demo/url/openim/" + "x" * 300,
                 "/v1/apps/demo/url/openim/send%26msg", "/v1/apps/demo/url/%C3%A9/sendmsg"):
        problem(daemon().request("GET", path), 422, "err_request", 9)


@scenario
def problems_of_policy():
    for identifier in ("group_root", "GROUP_ROOT", "administrator", "Administrator", "ops", "OPS", "@TIM#x", "@tgs#1"):
        problem(daemon().request("POST", SIGN, {"identifier": identifier}), 403, "reserved", 77)
    document = problem(daemon().request("POST", SIGN, {"identifier": "u1", "lifetime": 604801}), 403, "over_cap", 77)
    true("604800" in document["detail"] or "7d" in document["detail"], f"detail names the cap: {document['detail']}")


@scenario
def problems_of_proxied_calls():
    for name in ("Origin", "origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "SEC-FETCH-DEST", "Forwarded",
                 "X-Forwarded-For", "X-Forwarded-Proto", "x-forwarded-host", "Via"):
        for path in ("/v1/apps", ADMIN):
            problem(daemon().request("GET", path, None, {name: "http://sigd"}), 403, "proxied", 77)
    good(daemon().request("GET", "/v1/apps", None, {"X-Request-Id": "1", "User-Agent": "via", "Cookie": "origin=1"}))


@scenario
def problems_of_hosts():
    for host in ("evil.example", "sigd.evil.example", "127.0.0.1", "xsigd", "localhost.evil.example", "sigd,localhost"):
        problem(daemon().request("GET", "/v1/apps", None, {"Host": host}), 421, "misdirected", 64)
    for host in ("sigd", "localhost", ""):
        good(daemon().request("GET", "/v1/apps", None, {"Host": host}))


@scenario
def problems_of_expectations():
    problem(daemon().request("POST", SIGN, {"identifier": "u1"}, {"Expect": "200-ok"}), 417, "expectation_failed", 64)


@scenario
def problems_of_length():
    found, _ = answers_in(daemon().raw(f"POST {SIGN} HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n\r\n".encode(),
                                       answers=1)[0])
    problem(found[0], 411, "length_required", 64)

    def announce(path, length):
        head = f"POST {path} HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        return answers_in(daemon().raw(head.encode(), timeout=5, answers=1)[0])[0]
    problem(announce(VERIFY, 65537)[0], 413, "too_large", 64)
    problem(announce(SIGN, (1 << 20) + 1)[0], 413, "too_large", 64)
    problem(announce(VERIFY, 1 << 20)[0], 413, "too_large", 64)
    for path, size, body in ((VERIFY, 65536, '{"usersig":"x","identifier":"u1"}'), (SIGN, 1 << 20, '{"identifier":"u1"}')):
        good(daemon().request("POST", path, body + " " * (size - len(body))))


@scenario
def problems_of_long_headers():
    def ask(total):
        start = b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX-Fill: "
        return daemon().raw(start + b"x" * (total - len(start) - 4) + b"\r\n\r\n", timeout=5, answers=1)
    good(answers_in(ask(8192)[0])[0][0])
    found, _ = answers_in(ask(8192 + 1)[0])
    problem(found[0], 431, "header_too_large", 64)
    data, closed = daemon().raw(b"GET /" + b"x" * 20000, timeout=5)
    problem(answers_in(data)[0][0], 431, "header_too_large", 64)
    true(closed, "closed after 431")
    data, closed = daemon().raw(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n" + b"A: b\r\n" * 3000, timeout=5)
    problem(answers_in(data)[0][0], 431, "header_too_large", 64)


@scenario
def problems_of_versions():
    for version in ("HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0"):
        data, closed = daemon().raw(f"GET /healthz {version}\r\n".encode() + HEAD + b"\r\n", timeout=5)
        problem(answers_in(data)[0][0], 505, "http_version", 64)
        true(closed, f"closed after {version}")


# ---- the subset of HTTP ------------------------------------------------------------------------------

SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n"


@scenario
def strictness():
    body = b'{"identifier":"u1"}'
    post_head = b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n" % SIGN.encode()
    length = b"Content-Length: %d\r\n" % len(body)
    rows = {
        "bare LF everywhere": b"GET /healthz HTTP/1.1\nHost: sigd\n\n",
        "bare LF in a header": b"GET /healthz HTTP/1.1\r\nHost: sigd\nX: y\r\n\r\n",
        "bare LF at the end": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\n",
        "bare LF after the request line": b"GET /healthz HTTP/1.1\nHost: sigd\r\n\r\n",
        "bare CR": b"GET /healthz HTTP/1.1\r\nHost: sigd\rX: y\r\n\r\n",
        "chunked": post_head + b"Transfer-Encoding: chunked\r\n\r\n13\r\n" + body + b"\r\n0\r\n\r\n",
        "chunked and length": post_head + length + b"Transfer-Encoding: chunked\r\n\r\n" + body,
        "identity": post_head + length + b"Transfer-Encoding: identity\r\n\r\n" + body,
        "two lengths": post_head + length + length + b"\r\n" + body,
        "two unequal lengths": post_head + length + b"Content-Length: 1\r\n\r\n" + body,
        "length list": post_head + b"Content-Length: 19, 19\r\n\r\n" + body,
        "length signed": post_head + b"Content-Length: +19\r\n\r\n" + body,
        "length negative": post_head + b"Content-Length: -1\r\n\r\n" + body,
        "length in hex": post_head + b"Content-Length: 0x13\r\n\r\n" + body,
        "length empty": post_head + b"Content-Length: \r\n\r\n" + body,
        "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX: a\0b\r\n\r\n",
        "NUL in the request line": b"GET /health\0z HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "NUL in a header's name": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX\0: b\r\n\r\n",
        "folded header": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX: a\r\n b\r\n\r\n",
        "folded with a tab": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX: a\r\n\tb\r\n\r\n",
        "folded first": b"GET /healthz HTTP/1.1\r\n Host: sigd\r\n\r\n",
        "space before a colon": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX : a\r\n\r\n",
        "tab before a colon": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX\t: a\r\n\r\n",
        "no colon": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX\r\n\r\n",
        "no name": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n: a\r\n\r\n",
        "name with a bracket": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX(: a\r\n\r\n",
        "two types": post_head + length + b"Content-Type: application/json\r\n\r\n" + body,
        "two unequal types": post_head + length + b"Content-type: text/plain\r\n\r\n" + body,
        "two hosts": b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nHost: sigd\r\n\r\n",
        "%00 in the path": b"GET /v1/apps/demo%00/admin HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "%00 in the query": b"GET /v1/apps/demo/admin?as=group_root%00 HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "broken % in the path": b"GET /v1/apps/de%mo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "two spaces": b"GET  /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "space in the target": b"GET /health z HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "space at the end": b"GET /healthz HTTP/1.1 \r\nHost: sigd\r\n\r\n",
        "tab": b"GET\t/healthz\tHTTP/1.1\r\nHost: sigd\r\n\r\n",
        "no version": b"GET /healthz\r\nHost: sigd\r\n\r\n",
        "lower-case version": b"GET /healthz http/1.1\r\nHost: sigd\r\n\r\n",
        "no slash": b"GET healthz HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "fragment": b"GET /healthz#x HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "byte over 127 in the target": b"GET /healthz\xff HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "method with a bracket": b"G(T /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n",
        "TLS": bytes.fromhex("160301020001000a") + b"\r\n\r\n",
        "nothing but line ends": b"\n\n\n\n",
    }
    faults = []
    for name, text in rows.items():
        data, closed = daemon().raw(text + SMUGGLED, timeout=3)
        found, _ = answers_in(data)
        statuses = [answer.status for answer in found]
        if statuses != [400] or not closed:
            faults.append(f"{name}: {statuses}, {'closed' if closed else 'open'}: {data[:120]!r}")
        elif "urn:usersig:problem:bad_request" not in str(found[0].document):
            faults.append(f"{name}: {found[0].document}")
    equal(faults, [], "requests that should be 400 and close")
    good(daemon().request("GET", "/healthz"))


@scenario
def huge_length_is_refused():
    for length in ("99999999999999999999", "18446744073709551617", "4294967296"):
        data, _ = daemon().raw(f"POST {SIGN} HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {length}\r\n\r\n".encode(), timeout=3, answers=1)
        found, _ = answers_in(data)
        true(found and found[0].status in (400, 413), f"{length}: {data[:100]!r}")


@scenario
def keep_alive():
    connection = daemon().connection()
    connection.connect()
    first = connection.sock
    for _ in range(20):
        good(connection.ask("GET", "/v1/apps"))
        good(connection.ask("POST", SIGN, {"identifier": "u1"}))
        problem(connection.ask("POST", SIGN, {"identifier": ""}), 422, "err_identifier")
        problem(connection.ask("GET", "/nosuch"), 404, "not_found")
    true(connection.sock is first, "the connection was kept")
    connection.close()


@scenario
def connection_close():
    data, closed = daemon().raw(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nConnection: close\r\n\r\n", timeout=3)
    equal(([answer.status for answer in answers_in(data)[0]], closed), ([200], True), "close")


@scenario
def http_1_0_closes():
    data, closed = daemon().raw(b"GET /healthz HTTP/1.0\r\nHost: sigd\r\n\r\n", timeout=3)
    equal(([answer.status for answer in answers_in(data)[0]], closed), ([200], True), "HTTP/1.0")
    data, closed = daemon().raw(b"GET /healthz HTTP/1.0\r\n\r\n", timeout=3)
    equal(([answer.status for answer in answers_in(data)[0]], closed), ([200], True), "HTTP/1.0 without Host")


@scenario
def pipelining_of_fifty():
    parts, expected = [], []
    for n in range(50):
        if n % 5 == 4:
            parts.append(b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n")
        elif n % 5 == 3:
            parts.append(b"GET /v1/apps/demo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n")
        else:
            body = b'{"identifier":"u%d"}' % n
            parts.append(b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                         % (SIGN.encode(), len(body), body))
        expected.append("apps" if n % 5 == 4 else "group_root" if n % 5 == 3 else f"u{n}")
    data, _ = daemon().raw(b"".join(parts), timeout=5, answers=50)
    found, rest = answers_in(data)
    equal([good(answer).get("identifier", "apps") for answer in found], expected, "answers in order")
    equal(rest, b"", "nothing more")


@scenario
def bytes_one_at_a_time():
    connection = dial(daemon().socket())
    body = b'{"identifier":"u1"}'
    for byte in (b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                 % (SIGN.encode(), len(body), body)):
        connection.sendall(bytes([byte]))
    data, _ = drain(connection, lambda got: answers_in(got)[0])
    equal(good(answers_in(data)[0][0])["identifier"], "u1", "identifier")
    connection.close()


@scenario
def expect_continue():
    connection = dial(daemon().socket())
    body = b'{"identifier":"u1"}'
    connection.sendall(b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                       b"Expect: 100-continue\r\n\r\n" % (SIGN.encode(), len(body)))
    data, _ = drain(connection, lambda got: b"\r\n\r\n" in got)
    equal(data, b"HTTP/1.1 100 Continue\r\n\r\n", "interim answer")
    connection.sendall(body)
    data, _ = drain(connection, lambda got: answers_in(got)[0])
    equal(good(answers_in(data)[0][0])["identifier"], "u1", "identifier")
    connection.close()


@scenario
def upgrade_is_ignored():
    for kind in ("websocket", "h2c", "TLS/1.2"):
        good(daemon().request("GET", "/healthz", None, {"Connection": "Upgrade", "Upgrade": kind}))


@scenario
def half_closed_client_still_gets_its_answer():
    connection = dial(daemon().socket())
    connection.sendall(SMUGGLED)
    connection.shutdown(socket.SHUT_WR)
    data, closed = drain(connection)
    equal(([answer.status for answer in answers_in(data)[0]], closed), ([200], True), "half close")
    connection.close()


@scenario
def clients_that_leave_do_no_harm():
    for text in (b"", b"GET", SMUGGLED[:-2], SMUGGLED,
                 b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"id" % SIGN.encode(),
                 b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                 b"{\"identifier\":\"u1\"}" % SIGN.encode()):
        for _ in range(30):
            connection = dial(daemon().socket())
            connection.sendall(text)
            connection.close()
    equal(good(daemon().request("POST", SIGN, {"identifier": "u1"}))["identifier"], "u1", "still there")


@scenario
def many_connections_at_once():
    faults, made = [], daemon()

    def work(number):
        try:
            connection = made.connection()
            for n in range(20):
                identifier = f"c{number}_{n}"
                document = good(connection.ask("POST", SIGN, {"identifier": identifier}))
                equal(document["identifier"], identifier, "identifier")
                equal(oracle.decode(document["usersig"])["identifier"].decode(), identifier, "inside")
            connection.close()
        except Exception as fault:  # noqa: BLE001
            faults.append(repr(fault))
    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(faults, [], "faults")


@scenario
def logs_carry_no_credentials():
    made = daemon()
    unshare("plain")
    ticket = good(made.request("POST", SIGN, {"identifier": "u1"}))["usersig"]
    held = good(made.request("GET", ADMIN))["usersig"]
    good(made.request("POST", VERIFY, {"usersig": ticket, "identifier": "u1"}))
    made.request("GET", "/v1/apps/demo/admin?usersig=" + ticket)
    made.request("GET", "/" + ticket)
    equal(made.stop(), 0, "exit status")
    with open(made.path("log", "audit.log"), encoding="utf-8") as file:
        audit = file.read()
    for name, text in (("stderr", made.stderr), ("audit", audit)):
        for what, secret in (("the key", KEY.decode()), ("a usersig", ticket[:48]), ("the held usersig", held[:48])):
            true(secret not in text, f"{what} is in {name}")


@scenario
def two_administrators_and_two_keys():
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
    made = Sigd(plain_config(
        key=f'key "old" {{ file = "@DIR@/keys/old.key" not_before = "2020-01-01T00:00:00Z" }}\n'
            f'    key "new" {{ file = "@DIR@/keys/new.key" not_before = "{now}" }}\n'
            f'    key "next" {{ file = "@DIR@/keys/next.key" not_before = "{later}" }}',
        admin='admin "boss" { lifetime = "24h" }\n    admin "group_root" { lifetime = "1h" }',
        allow='allow { users = {"@UID@"} may = {"admin", "url", "sign", "verify"} admins = {"group_root", "boss"} }'),
        {"old.key": OTHER_KEY, "new.key": KEY, "next.key": b"k" * 64})
    document = good(made.request("GET", ADMIN))
    equal((document["identifier"], document["key"]), ("boss", "new"), "the app's first administrator, the newest key")
    document = good(made.request("GET", ADMIN + "?as=group_root"))
    equal(document["expires_at"] - document["issued_at"], 3600, "the administrator's own lifetime")
    equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "group_root", int(time.time())), 0, "oracle")
    address = good(made.request("GET", URL + "?as=group_root"))["url"]
    true("identifier=group_root&" in address, "url as=")
    stamp = int(time.time())
    for key, verdict, name in ((OTHER_KEY, "ok", "old"), (KEY, "ok", "new"), (b"k" * 64, "wrong_key", None)):
        answer = good(made.request("POST", VERIFY, {"usersig": oracle.sign(key, SDKAPPID, "u1", stamp, 60), "identifier": "u1"}))
        equal((answer["verdict"], answer["key"]), (verdict, name), f"window of {name}")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
