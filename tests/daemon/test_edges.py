#!/usr/bin/env python3
"""Epoll tells a front once of what it may read: whatever the pieces, the order and the ends, nothing is left lying."""
import os
import signal
import socket
import threading

from clients import APPS, at_rest, many_apps
from harness import Sigd, answers_in, dial, drain, equal, main, scenario, status_of, until
from process import fds

HEAD = "HTTP/1.1\r\nHost: sigd\r\n"
GET = f"GET /v1/apps/demo/admin {HEAD}\r\n".encode()
BODY = b'{"identifier":"alice"}'
POST = f"POST /v1/apps/demo/usersig {HEAD}Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
READ = 16384  # bytes that a front reads at once


def statuses(data):
    found, rest = answers_in(data)
    equal(rest, b"", "a piece of an answer")
    return [answer.status for answer in found]


def ask(client, pieces, half_close=True):
    """What comes back for bytes that are sent piece by piece; then we send no more."""
    for piece in pieces:
        client.sendall(piece)
    if half_close:
        client.shutdown(socket.SHUT_WR)
    return drain(client)


def sized(size):
    """GETs of exactly so many bytes together, and their number."""
    count = size // len(GET) - 2
    rest = size - count * len(GET)
    head = f"GET /v1/apps/demo/admin {HEAD}X: \r\n\r\n"
    return GET * count + head.replace("X: ", "X: " + "a" * (rest - len(head))).encode(), count + 1


@scenario
def who_sends_no_more_is_answered():
    d = Sigd()
    for pieces in ([GET], [POST], [GET, GET], [POST, POST], [POST, GET], [GET, POST, GET], [GET + POST, POST + GET],
                   [POST[:-5], POST[-5:]], [GET[:10], GET[10:]]):
        for _ in range(5):
            data, closed = ask(dial(d.socket(), 5), pieces)
            count = b"".join(pieces).count(b"HTTP/1.1")
            equal((statuses(data), closed), ([200] * count, True), f"{pieces}")


@scenario
def reads_that_are_just_full():
    d = Sigd()
    for size in (READ - 1, READ, READ + 1, 2 * READ - 1, 2 * READ, 2 * READ + 1, 4 * READ):
        for half_close in (True, False):
            data, count = sized(size)
            equal(len(data), size)
            client = dial(d.socket(), 5)
            sender = threading.Thread(target=client.sendall, args=(data,))
            sender.start()
            got = drain(client, lambda data, count=count: data.count(b"HTTP/1.1 200") >= count
                        and data.endswith(b"}\n"))[0]
            sender.join()
            equal(statuses(got), [200] * count, f"{size} bytes")
            if half_close:
                client.shutdown(socket.SHUT_WR)
                equal(drain(client), (b"", True))
            client.close()


@scenario
def a_stop_sends_what_was_asked_for_by_who_sends_no_more():
    d = Sigd(many_apps())
    front = d.child("sigd-front")
    before = at_rest(d)[front]
    client = dial(d.socket(), 5)
    client.sendall(APPS * 200)
    client.shutdown(socket.SHUT_WR)
    seen = []

    def stuck():
        seen.append(len(client.recv(2**22, socket.MSG_PEEK)))
        return len(seen) > 5 and min(seen[-5:]) == seen[-1] and status_of(front)["State"].startswith("S")
    until(stuck, "answers to wait for who takes them")
    os.kill(d.pid, signal.SIGTERM)
    until(lambda: fds(front) <= before, "the front to close its listener")
    data, closed = drain(client)
    equal((statuses(data), closed), ([200] * 200, True), "the answers")
    equal(d.wait(), 0, "exit status")


@scenario
def who_leaves_is_noticed():
    d = Sigd()
    front = d.child("sigd-front")
    until(lambda: d.raw(b"GET /healthz " + HEAD.encode() + b"\r\n", answers=1), "it answers")
    before = fds(front)
    large = b"POST /v1/apps/demo/verify " + HEAD.encode() + b"Content-Length: 9999999\r\nContent-Type: application/json\r\n\r\n"
    for pieces in ([GET], [POST], [GET] * 20, [POST] * 20, [GET[:20]], [POST[:-3]], [GET, POST[:-3]], [large],
                   [large + b"x" * READ * 3], [b"x"], [b"\r\n" * READ]):
        clients = []
        for _ in range(20):
            client = dial(d.socket(), 5)
            clients.append(client)
            try:
                for piece in pieces:
                    client.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all was sent
        for client in clients:
            client.close()
        until(lambda: fds(front) <= before, f"{len(pieces)} pieces, the first {pieces[0][:30]!r}", 1.5)


main()
