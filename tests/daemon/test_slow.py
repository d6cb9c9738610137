#!/usr/bin/env python3
"""Clients that take their time, all at once under the twins' clock: every deadline is a total, which a byte a second does not
prolong."""
import json
import os
import select
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import APPS, many_apps  # noqa: E402
from harness import answers_in, dial, equal, good, main, problem, scenario  # noqa: E402
from twins import TwinSigd  # noqa: E402

POST = b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
BATCH = json.dumps({"identifiers": [f"user-{n}" for n in range(10_000)]}).encode()
ALL = 1 << 20


class Slow:
    """send: at once; drip: each second; reads: bytes of answers that it takes each second."""

    def __init__(self, send, drip=b"", reads=ALL):
        self.bytes, self.drip, self.reads = send, drip, reads
        self.data, self.closed, self.client, self.hung_up = b"", None, None, None

    def begin(self, path):
        self.client = dial(path)
        self.client.setblocking(False)
        self.hung_up = select.poll()
        self.hung_up.register(self.client, select.POLLHUP)
        self.send(self.bytes)

    def send(self, data):
        try:
            while data:
                data = data[self.client.send(data):]
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass

    def go_on(self, now, passed):
        """What it does at that second, when so many have passed since the last time."""
        self.send(self.drip * passed)
        left = self.reads * passed
        try:
            while left > 0:
                piece = self.client.recv(min(left, 65536))
                if not piece:
                    break
                self.data += piece
                left -= len(piece)
        except (BlockingIOError, ConnectionResetError):
            pass
        if self.closed is None and self.hung_up.poll(0):  # also with something unread
            self.closed = now

    def answers(self):
        return [answer for answer in answers_in(self.data)[0] if answer.status >= 200]


# name: client, seconds until it is closed, the statuses that it is told before
ROWS = {
    "says nothing": (Slow(b""), 60, []),
    "says nothing any more": (Slow(APPS), 60, [200]),
    "half a head": (Slow(APPS[:-3]), 10, [408]),
    "a head by the second": (Slow(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\nX: ", b"x"), 10, [408]),
    "headers by the second": (Slow(b"GET /healthz HTTP/1.1\r\n", b"X: y\r\n"), 10, [408]),
    "another head by the second": (Slow(APPS + b"GET /healthz HTTP/1.1\r\nX: ", b"x"), 10, [200, 408]),
    "half a body": (Slow(POST % (1000, b"") + b"{"), 10, [408]),
    "a body by the second": (Slow(POST % (1000, b"") + b"{", b" "), 10, [408]),
    "a large body by the second": (Slow(POST % (1 << 20, b"") + b"{", b" " * 10_000), 10, [408]),
    "a body that is waited for": (Slow(POST % (1000, b"Expect: 100-continue\r\n"), b" "), 10, [408]),
    "sends on after a refusal": (Slow(POST % (1 << 30, b""), b" "), 2, [413]),
    "reads nothing": (Slow(APPS * 2000, reads=0), 10, None),
    "reads by the second": (Slow(APPS * 2000, reads=100), 10, None),
    "reads and sends by the second": (Slow(APPS * 2000, APPS, 100), 10, None),
    "reads nothing of a batch": (Slow(POST % (len(BATCH), b"") + BATCH, reads=0), 10, None),
    "reads a batch by the second": (Slow(POST % (len(BATCH), b"") + BATCH, reads=100), 10, None),
    "reads a batch fairly, but in a minute and a half": (Slow(POST % (len(BATCH), b"") + BATCH, reads=48_000), 60, None),
}


@scenario
def each_deadline_is_a_total():
    made = TwinSigd(many_apps())
    for row in ROWS.values():
        row[0].begin(made.socket())
    now = 0
    for step in [1] * 15 + [4] * 10 + [1] * 9:
        if now % 5 == 0:  # at first: all of them have been seen when this is answered
            equal(good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "u1"}))["identifier"], "u1", "somebody else")
        made.clock.advance(step, rounds=2)
        now += step
        for slow, _, _ in ROWS.values():
            slow.go_on(now, step)
    wrong = []
    for name, (slow, seconds, statuses) in ROWS.items():
        after = 4 if statuses and statuses[-1] == 408 else 2  # sigd looks once a second; then what is still sent is read for 2 s
        if slow.closed is None or not seconds <= slow.closed <= seconds + after:
            wrong.append(f"{name}: closed after {slow.closed} s, not {seconds}")
        if statuses is not None and [answer.status for answer in slow.answers()] != statuses:
            wrong.append(f"{name}: {slow.data[:300]!r}")
        if statuses and statuses[-1] == 408:
            problem(slow.answers()[-1], 408, "timeout", 75)
    equal(wrong, [], "deadlines")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
