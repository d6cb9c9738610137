"""What one uid sees while another asks for all it can: batches of version 1, junk to verify, idle connections, and, apart from
those, requests that need no signer. And whether administrators are renewed on time meanwhile. For daemon.py; needs root."""
import contextlib
import json
import os
import secrets
import subprocess
import tempfile
import threading
import time

import peers
from asks import get, post
from harness import ROOT, Sigd, dial, plain_config, raw, true
from lines import skipped, tell

BUSY, OTHER = 70001, 70002
BATCH, BATCHES, VERIFIES, IDLE = 10000, 200, 200, 1000
LIFETIME = 9  # seconds of the administrator's usersig
P99_US = 20000
RULE = ('allow { users = {"70001", "70002", "@UID@"}  may = {"admin", "sign", "verify"}  admins = {"group_root"}\n'
        '        identifiers = {"*"}  max_lifetime = "7d" }')


def start(curve):
    pem = subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout"], capture_output=True, check=True).stdout
    config = plain_config(allow=RULE, admin=f'admin "group_root" {{ lifetime = "{LIFETIME}s" }}')
    return Sigd(config, {"demo.key": pem})


@contextlib.contextmanager
def busy(sigd, *asks):
    """load by the busy uid: (request, connections, depth, ...) each, until it ends; nobody wants its figures."""
    processes = []
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        os.chmod(place, 0o711)
        for number, (request, conns, depth, *more) in enumerate(asks):
            path = os.path.join(place, str(number))
            with open(path, "wb") as file:
                file.write(request)
            os.chmod(path, 0o644)
            command = [peers.LOAD, "-s", sigd.socket(), "-c", str(conns), "-d", str(depth), "-t", "600", *more, f"200:{path}"]
            process = stack.enter_context(subprocess.Popen(command, user=BUSY, group=BUSY, extra_groups=[], cwd="/",
                                                           stdout=subprocess.DEVNULL))
            stack.callback(process.kill)
            processes.append(process)
        os.seteuid(BUSY)
        try:
            idle = [stack.enter_context(contextlib.closing(dial(sigd.socket()))) for _ in range(IDLE)]
        finally:
            os.seteuid(0)
        true(len(idle) == IDLE, "idle connections")
        yield
        true(all(process.poll() is None for process in processes), "the load went on to the end")


def probe(sigd, request, seconds):
    """What load measured as the other uid, one request after the other."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o711)
        path = os.path.join(place, "request")
        with open(path, "wb") as file:
            file.write(request)
        os.chmod(path, 0o644)
        ran = subprocess.run([peers.LOAD, "-s", sigd.socket(), "-t", str(seconds), f"200:{path}"], user=OTHER, group=OTHER,
                             extra_groups=[], cwd="/", stdout=subprocess.PIPE, check=True)
    return json.loads(ran.stdout)


class Remaining(threading.Thread):
    """The least that the administrator's usersig had left, asked for again and again."""

    def __init__(self, sigd):
        super().__init__(daemon=True)
        self.sigd, self.least, self.ended = sigd, LIFETIME, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.1):
            body = raw(self.sigd.socket(), get("v1/apps/demo/admin"), answers=1)[0].partition(b"\r\n\r\n")[2]
            self.least = min(self.least, json.loads(body)["expires_at"] - int(time.time()))

    def end(self):
        self.ended.set()
        self.join()
        return self.least


def run(_, options):
    if not ROOT:
        skipped("fair", "needs root, to be two uids")
        return
    seconds = max(4.0, 5 * options.seconds)
    batch = post(json.dumps({"identifiers": [f"user{number:06}" for number in range(BATCH)]}))
    for curve in ("prime256v1", "secp256k1"):
        sigd = start(curve)
        sign = post('{"identifier":"user#########"}')
        ticket = json.loads(peers.one(sigd, sign))["usersig"]
        junk = post(json.dumps({"usersig": ticket[:-40] + secrets.token_hex(20), "identifier": "x"}), "verify")
        alone = probe(sigd, sign, 1)["p99_us"]
        remaining = Remaining(sigd)
        with busy(sigd, (batch, BATCHES, 1, "-L", str(BATCH)), (junk, VERIFIES, 16)):
            got = probe(sigd, sign, max(seconds, 1.5 * LIFETIME))
        tell(f"fair_{curve}", P99_US, got["p99_us"], False, per_second=got["per_second"], p50_us=got["p50_us"],
             p99_us=got["p99_us"], p999_us=got["p999_us"], alone_p99_us=alone)
        least = remaining.end()
        tell(f"fair_{curve}_renewals", LIFETIME // 3 - 1, least, lifetime=LIFETIME, least_remaining=least)
        with busy(sigd, (get("v1/apps"), 500, 16)):
            got = probe(sigd, sign, seconds)
        tell(f"fair_{curve}_front", P99_US, got["p99_us"], False, per_second=got["per_second"], p50_us=got["p50_us"],
             p99_us=got["p99_us"], p999_us=got["p999_us"], alone_p99_us=alone)
        sigd.destroy()
