#!/usr/bin/env python3
"""Bodies of POST usersig about one identifier: what the front reads by itself and what jansson reads for it are judged alike."""
from harness import KEY, SDKAPPID, Sigd, answers_in, equal, main, oracle, scenario, true

SIGNED, BAD, FIELD, RESERVED = "alice", (400, "bad_request"), (422, "invalid_field"), (403, "reserved")
IDENTIFIER = (422, "err_identifier")
ROWS = (
    (b'{"identifier":"alice"}', SIGNED), (b'{"identifier": "alice"}', SIGNED),
    (b'{"identifier":  "alice"}', SIGNED), (b'{ "identifier" : "alice" }', SIGNED), (b'{"identifier":"alice"}\n', SIGNED),
    (b'\n{"identifier":"alice"}', SIGNED), (b'{"identifier":"\\u0061lice"}', SIGNED), (b'{"identifier":"ali\\u0063e"}', SIGNED),
    (b'{"identifi\\u0065r":"alice"}', SIGNED), (b'{"identifier":"alice","lifetime":60}', SIGNED),
    (b'{"lifetime":60,"identifier":"alice"}', SIGNED),
    (b'{"identifier":"' + b"a" * 32 + b'"}', "a" * 32), (b'{"identifier":"' + b"a" * 33 + b'"}', IDENTIFIER),
    (b'{"identifier":"' + b"a" * 3000 + b'"}', IDENTIFIER),
    (b'{"identifier":"a/b"}', "a/b"), (b'{"identifier":"a\\/b"}', "a/b"), (b'{"identifier":"a\\"b"}', 'a"b'),
    (b'{"identifier":"a\\\\"}', "a\\"), (b'{"identifier":"{}[],:"}', "{}[],:"),
    (b'{"identifier":""}', IDENTIFIER), (b'{"identifier":" alice"}', IDENTIFIER), (b'{"identifier":"a\x7fb"}', IDENTIFIER),
    (b'{"identifier":"\xc3\xa9"}', IDENTIFIER), (b'{"identifier":"a\\u0000b"}', IDENTIFIER),
    (b'{"identifier":"ops"}', RESERVED), (b'{"identifier":"Group_Root"}', RESERVED),
    (b'{"identifier":"alice"}}', BAD), (b'{"identifier":"alice"}x', BAD), (b'{"identifier":"alice"', BAD),
    (b'{"identifier":"alice}', BAD), (b'{"identifier":"alice"}{}', BAD), (b'{"identifier":"alice"} {"identifier":"bob"}', BAD),
    (b'{"identifier":"alice","identifier":"alice"}', BAD), (b'{"identifier":"a\nb"}', BAD), (b'{"identifier":"a\x00b"}', BAD),
    (b'{"identifier":"\xff"}', BAD), (b'{"identifier":"alice",}', BAD), (b"{'identifier':'alice'}", BAD), (b'["alice"]', BAD),
    (b'{"identifier":"a\\"}', BAD), (b'{"identifier":"a\\x"}', BAD), (b'"identifier":"alice"', BAD), (b"", BAD), (b"{", BAD),
    (b'{"identifier"', BAD), (b'{"identifier":', BAD), (b'{"identifier":"', BAD), (b'{"identifier":"a', BAD),
    (b'{"identifier":1}', FIELD), (b'{"identifier":null}', FIELD), (b'{"Identifier":"alice"}', FIELD),
    (b'{"identifier":"alice","other":1}', FIELD), (b"{}", FIELD), (b'{"usersig":"alice"}', FIELD),
)


def request(body):
    return (b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body) + body)


def check(answer, body, expected):
    if isinstance(expected, str):
        equal((answer.status, answer.document.get("identifier")), (200, expected), f"{body[:60]!r}")
        equal(oracle.judge(answer.document["usersig"], KEY, SDKAPPID, expected, answer.document["issued_at"]), 0, "oracle")
    else:
        equal((answer.status, answer.document["type"].rpartition(":")[2]), expected, f"{body[:60]!r}")


@scenario
def each_form_alone_and_after_another():
    d = Sigd()
    good = b'{"identifier":"alice"}'
    for body, expected in ROWS:
        check(answers_in(d.raw(request(body), answers=1)[0])[0][0], body, expected)
        # what follows a body in its usual form must not be taken for a part of it, nor what stands before it
        found = answers_in(d.raw(request(good) + request(body) + request(good), answers=3)[0])[0]
        equal(len(found), 3, f"{body[:60]!r}")
        check(found[0], good, SIGNED)
        check(found[1], body, expected)
        check(found[2], good, SIGNED)


def requests(body, times, line=b"POST /v1/apps/demo/usersig HTTP/1.1", more=b""):
    head = line + b"\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n" % (len(body), more)
    return (head + body) * times


@scenario
def a_head_that_came_before():
    """It is known by its bytes, and what it asks for is judged all the same."""
    d = Sigd()
    alice, other = b'{"identifier":"alice"}', b'{"identifier":"ab\\nc"}'
    equal(len(alice), len(other), "bodies under one head")

    def found(data, n=None):
        answers, rest = answers_in(d.raw(data, answers=n)[0])
        equal(rest, b"", "behind the answers")
        return [answer.status for answer in answers]

    equal(found(requests(alice, 3) + requests(other, 2) + requests(alice, 2), 7), [200, 200, 200, 422, 422, 200, 200], "one head")
    equal(found(requests(alice, 3, more=b"Connection: close\r\n")), [200], "the first ends it")
    equal(found(requests(alice, 3, b"POST /v1/apps/demo/usersig HTTP/1.0")), [200], "the first ends it in HTTP/1.0")
    equal(found(requests(alice, 3, b"POST /v1/apps/none/usersig HTTP/1.1"), 3), [404] * 3, "no such app")
    equal(found(requests(alice, 3, b"POST /v1/apps/d%65mo/us%65rsig HTTP/1.1"), 3), [200] * 3, "escaped")
    equal(found(requests(alice, 3, b"POST /v1/apps/demo/usersig?x=1 HTTP/1.1"), 3), [422] * 3, "a parameter")
    equal(found(requests(alice, 3, more=b"Origin: http://a\r\n"))[:1], [403], "a browser's")
    equal(found(requests(b'{"usersig":"a","identifier":"a"}', 3, b"POST /v1/apps/demo/verify HTTP/1.1"), 3), [200] * 3, "verify")
    usual = requests(alice, 1)
    connection = d.connection()
    connection.connect()
    for cut in [*range(1, len(usual), 7), len(usual) - len(alice), len(usual) - 1]:
        connection.sock.sendall(usual + usual[:cut])
        equal([answer.status for answer in received(connection.sock, 1)], [200], f"whole, then cut at {cut}")
        connection.sock.sendall(usual[cut:])
        equal([answer.status for answer in received(connection.sock, 1)], [200], f"cut at {cut}")
    connection.close()


def received(sock, n):
    data = b""
    while len(answers_in(data)[0]) < n:
        more = sock.recv(65536)
        true(more, "the connection stays")
        data += more
    return answers_in(data)[0]


main()
