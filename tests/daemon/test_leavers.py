#!/usr/bin/env python3
"""Clients that leave or do not read while their answers are on the way: the front outlives them, idles, and owes the
others nothing."""
import fcntl
import os
import signal
import struct
import termios

from harness import SDKAPPID, Sigd, answers_in, dial, drain, equal, main, plain_config, scenario, true, until
from process import must_idle

APPS = b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n"


def unread(client):
    """Bytes that wait in a socket."""
    return struct.unpack("i", fcntl.ioctl(client, termios.FIONREAD, bytes(4)))[0]


def wait_until_asked(front, before):
    """Until the front has asked the signer of every client, and so done all that it can."""
    until(lambda: len(os.listdir(f"/proc/{front}/fd")) <= before, "the front to close what left")


@scenario
def leaves_while_the_signer_is_asked_who_it_is():
    """The signer sleeps, so that the copies of the clients' descriptors stay on their way to it."""
    sigd = Sigd()
    front, signer = sigd.child("sigd-front"), sigd.child("sigd-signer")
    before = len(os.listdir(f"/proc/{front}/fd"))
    os.kill(signer, signal.SIGSTOP)
    try:
        for _ in range(20):
            client = dial(sigd.socket())
            client.sendall(APPS)
            until(lambda: len(os.listdir(f"/proc/{front}/fd")) > before, "the front to accept")
            client.close()
        wait_until_asked(front, before)
        must_idle(front, "a front whose clients have left")
    finally:
        os.kill(signer, signal.SIGCONT)
    equal(sigd.request("GET", "/v1/apps").status, 200, "another client")
    equal(sigd.child("sigd-front"), front, "the front")
    equal(sigd.stop(), 0, "exit status")


@scenario
def leaves_while_a_usersig_is_made():
    sigd = Sigd()
    front, signer = sigd.child("sigd-front"), sigd.child("sigd-signer")
    body = b'{"identifier":"alice"}'
    request = (b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    clients = [dial(sigd.socket()) for _ in range(20)]
    for client in clients:  # known to the signer by now
        client.sendall(APPS)
        drain(client, lambda got: answers_in(got)[0])
    os.kill(signer, signal.SIGSTOP)
    try:
        for client in clients:
            client.sendall(request)
            client.close()
    finally:
        os.kill(signer, signal.SIGCONT)
    for _ in range(20):
        equal(sigd.request("POST", "/v1/apps/demo/usersig", {"identifier": "bob"}).document["identifier"], "bob",
              "nobody's answer goes to another")
    equal(sigd.child("sigd-front"), front, "the front")
    equal(sigd.stop(), 0, "exit status")


@scenario
def asks_for_more_than_it_reads():
    """One read of requests asks for more than a connection may keep unread; all of it comes when the client reads."""
    more = "\n".join(f'app "app{n}" {{ sdkappid = {SDKAPPID + 1 + n}\n key "k" {{ file = "@DIR@/keys/demo.key" }}\n'
                     f' allow {{ users = {{"@UID@"}} may = {{"verify"}} }} }}' for n in range(60))
    sigd = Sigd(plain_config(more=more))
    wanted = 400
    client = dial(sigd.socket())
    client.sendall(APPS * wanted)
    until(lambda: unread(client) > 128 * 1024, "answers that stand in each other's way")
    data, _ = drain(client, lambda got: got.count(b"HTTP/1.1 200") == wanted and got.endswith(b"}\n"))
    found, rest = answers_in(data)
    equal((len(found), rest), (wanted, b""), "answers")
    true(len(data) > 4 * 256 * 1024, f"too little to stand in the way: {len(data)} bytes")
    equal(sigd.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
