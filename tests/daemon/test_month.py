#!/usr/bin/env python3
"""A month of sigd's life under the twins' clock, with clients that never stop: zero requests fail but those that must,
which each day names with the reason. At its end the audit log tells what the clients saw."""
import os
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ROOT, answers_in, dial, drain, equal, main, problem, scenario, skip, status_of, true, until  # noqa: E402
from month import DAY, HOUR, Month, stamp  # noqa: E402
from month_audit import audited  # noqa: E402
from process import fds  # noqa: E402
from systemd import Manager, listener  # noqa: E402
from twins import PROGRAMS, START, TWINS  # noqa: E402

GET = b"GET /v1/apps/chat/admin HTTP/1.1\r\nHost: sigd\r\n\r\n"
SUSPECT = "the time may be wrong: nothing is signed"
FULL = "what cannot be audited is not signed"
FROZEN = "the operator stopped the app"
RESTART = "withdrawn at a stop"


# ---- calm days ---------------------------------------------------------------------------------------

def first_key(month):
    month.init()
    month.configure(month.key(month.first))
    month.made.start()
    for worker in month.workers:
        worker.thread.start()
    month.phase("calm")
    month.turn()
    month.renewed()


def rollover(month):
    """Staged on day 7, to the second on day 9 at noon, under load; both keys verify until the old one ends on day 12."""
    begins, ends = START + 9 * DAY + 12 * HOUR, START + 12 * DAY
    month.reload(month.key(month.first), month.key("b", f'not_before = "{stamp(begins)}"'))
    month.to(9)
    month.leap(begins - month.clock.real - 6)
    old, last = month.admin(), sign(month, "before")
    equal((old["key"], last["key"]), (month.first, month.first), "the old key signs")
    month.creep(5, 1)
    equal(month.admin()["usersig"], old["usersig"], "a second before")
    month.creep(1, 1)
    month.held.clear()
    new = month.admin()
    equal((new["key"], new["issued_at"], sign(month, "after")["key"]), ("b", begins, "b"), "the new key signs")
    true(new["usersig"].encode() in month.published() and old["usersig"].encode() not in month.published(), "published")
    month.ledger.ban(("chat", month.first))
    month.creep(6)
    true(all(got["key"] == ("b" if got["issued_at"] >= begins else month.first)
             for app, got in list(month.ledger.signed.values()) if app == "chat"), "each by the key of its second")
    month.renewed()
    month.to(10)
    month.reload(month.key(month.first, f'not_after = "{stamp(ends)}"'), month.key("b", f'not_before = "{stamp(begins)}"'))
    month.to(11.5)
    equal(verify(month, last, "before"), "ok", "the overlap")
    month.to(12)
    month.leap(HOUR)
    true(verify(month, last, "before") != "ok", "the old key has ended")
    month.reload(month.key("b"))
    month.turn()


def broken_config(month):
    """On day 14: refused whole, with each fault; then a good one, which also goes on in a new audit log."""
    before, pids, generation = month.admin(), month.made.processes(), month.generation()
    month.configure(month.key("b"), month.key("c", 'not_before = "tomorrow"'), text=month.text.replace("workers = 2", "workers = two"))
    said = month.sigctl("reload", status=78)
    true("tomorrow" in said and "two" in said, f"each fault is told: {said}")
    month.turn()
    month.configure(("b", month.made.path("keys", "none.key"), ""))
    true("none.key" in month.sigctl("reload", status=78), "a key that is not there")
    month.turn()
    equal((month.admin(), month.made.processes()), (before, pids), "nothing has changed")
    month.rotated.append(month.made.path("log", "audit.log.1"))
    os.rename(month.made.path("log", "audit.log"), month.rotated[0])
    month.reload(month.key("b"))
    equal(month.generation(), generation + 1, "the refused ones do not count")
    month.turn()


def partner_renews(month):
    """On day 15: the hosted administrator's owner puts another usersig into its file; found within a minute."""
    usersig = month.partner_signs()
    month.leap(61)
    until(lambda: month.admin("side", "partner")["usersig"] == usersig, "the new one is served")


def clock_steps(month):
    """On day 16."""
    clock = month.clock
    first = sign(month, "first")
    clock.step(-3)
    equal(sign(month, "held")["issued_at"], first["issued_at"], "held for 3 s")
    month.creep(6)
    month.held.clear()
    tomorrow = sign(month, "tomorrow")
    clock.step(-DAY)
    month.turn()
    equal(month.admin()["issued_at"], clock.real, "signed anew, a day back")
    equal(verify(month, tomorrow, "tomorrow"), "not_yet_valid", "of tomorrow")
    month.phase("a day forward", may=dict.fromkeys(("admin 503 unavailable", "url 503 unavailable", "page gone", "file gone",
                                                    "file: not valid"), "what lives a day has ended, until it is renewed"))
    clock.step(DAY)
    month.calm()
    equal(verify(month, tomorrow, "tomorrow"), "ok", "it is tomorrow")
    month.renewed()
    month.phase("two hours forward", {"usersig 503 clock_suspect": SUSPECT, "item 503 clock_suspect": SUSPECT},
                {"url 503 unavailable": "what lives an hour has ended once the clock is believed, until it is renewed"})
    month.ledger.doubt = 2 * HOUR  # what is cached goes on by the boot clock
    clock.sync(False)
    clock.step(2 * HOUR)
    problem(month.made.request("POST", "/v1/apps/chat/usersig", {"identifier": "x"}), 503, "clock_suspect")
    month.turn()
    clock.sync(True)
    month.creep(60)
    sign(month, "believed")
    month.calm()
    month.ledger.doubt = 0
    month.turn()
    month.renewed()


# ---- bad days ----------------------------------------------------------------------------------------

def fronts_die(month):
    """On day 18: one under load, then both at the same moment. Whoever asks again, as told, gets an answer."""
    old = month.fronts()
    os.kill(min(old), signal.SIGKILL)
    month.two_fronts(without={min(old)})
    old = month.fronts()
    month.clock.advance(2)
    for kill in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: nobody asks again of one that dies next
        for pid in old:
            os.kill(pid, kill)
    month.two_fronts(without=old)
    true(month.ledger.counts.get("broken", 0) >= 1, "connections broke")
    true("broke the protocol" not in month.made.stderr, "a front that was killed has done nothing wrong")


def leaked_key(month):
    """On day 20: the console has ended key b. A front is stopped before a thousand questions meanwhile."""
    old, page = month.admin(), open(month.base + ".page", "rb")
    signed = sign(month, "b")
    month.turn()
    with month.gate:  # so that the new descriptor of the front is this client's
        before = {pid: fds(pid) for pid in month.fronts()}
        client = dial(month.made.socket())
        client.sendall(GET)
        true(old["usersig"].encode() in drain(client, lambda got: answers_in(got)[0])[0], "the first answer")
        victims = {pid for pid, n in before.items() if fds(pid) > n} or month.fronts()
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
        until(lambda: status_of(pid)["State"][0] in "Tt", "stopped")
    client.setblocking(False)
    true(client.send(GET * 1000) > 40000, "questions wait")
    month.ledger.revoking.add(("chat", "b"))
    month.reload(month.key("b", "revoked = true"), month.key("c"), busy=lambda: month.clock.advance(1, rounds=1, without=victims))
    month.ledger.ban(("chat", "b"), old["usersig"])
    page.seek(0)
    seen = page.read() + month.published()
    true(old["usersig"].encode() not in seen and month.admin()["usersig"].encode() in seen, "what is published")
    for pid in victims & set(month.made.children()):
        os.kill(pid, signal.SIGCONT)
    client.settimeout(5)
    read, closed = drain(client)
    true(closed and old["usersig"].encode() not in read, f"{len(read)} bytes were answered, closed: {closed}")
    client.close()
    page.close()
    month.two_fronts(without=victims)
    true(verify(month, signed, "b") not in ("ok", "expired"), "what it signed")
    equal(month.admin()["key"], "c", "the next key")
    month.held.clear()
    month.renewed()


def leaked_usersig(month):
    """On day 21: kicked at the service, flushed here."""
    old = month.admin()
    month.sigctl("flush", "chat", "administrator", busy=lambda: month.clock.advance(1, rounds=1))  # it waits for another second
    month.ledger.ban(old["usersig"])
    true(old["usersig"].encode() not in month.published(), "files and pages")
    true(month.admin()["issued_at"] > old["issued_at"], "signed anew")
    month.held.clear()
    month.renewed()
    month.turn()


def freeze(month):
    """On day 22: the app stops, the other goes on; half a day later it is thawed."""
    month.phase("frozen", {f"{call} 503 frozen": FROZEN for call in ("admin", "usersig", "url", "item")}
                | {"page gone": FROZEN, "file gone": FROZEN}, {"verify 503 frozen": FROZEN} | dict.fromkeys(("admin 503 unavailable", "url 503 unavailable"), "thawed, and signed in a moment"))
    month.sigctl("freeze", "chat")
    month.held.clear()
    true(not os.path.exists(month.base + ".usersig"), "withdrawn")
    for _ in range(4):
        with month.gate:
            month.clock.advance(hours=3)
        month.turn()
        problem(month.made.request("GET", "/v1/apps/chat/admin"), 503, "frozen")
        month.admin("side", "boss")
    month.sigctl("freeze", "chat", "--off")
    month.clock.settle()
    month.calm()
    month.renewed()


def full_disk(month):
    """On day 24: users wait, administrators are renewed, and what an operator must do can be done."""
    if not month.mounted:
        return
    month.phase("full disk", {"usersig 503 unavailable": FULL, "item 503 unavailable": FULL})
    filler = month.made.path("log", "filler")
    # while nobody asks: a log that met the full disk halfway would give its reserve up to the filler
    with month.gate, open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            pass
    month.turn()
    month.made.wait_line("no room for the audit log")
    renewals = month.renewals
    month.to(25.5)
    problem(month.made.request("POST", "/v1/apps/chat/usersig", {"identifier": "x"}), 503, "unavailable")
    true(month.renewals > renewals, "renewed from the reserve")
    with month.gate:
        month.sigctl("freeze", "side")
        month.sigctl("freeze", "side", "--off")
        month.clock.settle()
        month.reload(month.key("b", "revoked = true"), month.key("c"))
    month.held.clear()
    month.renewed()
    month.turn()
    os.unlink(filler)

    def signs():
        month.creep(2)
        return month.made.request("POST", "/v1/apps/chat/usersig", {"identifier": "again"}).status == 200
    until(signs, "there is room again")
    month.calm()


# ---- upgrades ----------------------------------------------------------------------------------------

def replace(month, content):
    """As a package does: another file under the name."""
    for name in PROGRAMS:
        path = month.made.path("twins", name)
        if content is None:
            shutil.copy(os.path.join(TWINS, name), path + ".new")
        else:
            month.made.write(os.path.join("twins", name + ".new"), content, 0o755)
        os.rename(path + ".new", path)


def inodes(month):
    return {os.stat(f"/proc/{pid}/exe").st_ino for pid, name in month.made.children().items() if name == "sigd-front"}


def upgrade(month):
    """On day 26: other programs on the disk, then some that are none: a front that is started again is the old one."""
    old = inodes(month) if ROOT else None
    for content in (None, b"garbage"):
        replace(month, content)
        month.clock.advance(2)
        victim = min(month.fronts())
        os.kill(victim, signal.SIGKILL)
        month.two_fronts(without={victim})
        if ROOT:
            equal(inodes(month), old, "the program of before")
    replace(month, None)
    true(not ROOT or os.stat(month.made.path("twins", "sigd-front")).st_ino not in old, "another file")
    restart(month)
    if ROOT:
        equal(inodes(month), {os.stat(month.made.path("twins", "sigd-front")).st_ino}, "the new program")


def restart(month, between=None):
    """Without a socket unit: callers try again for a second, as they are told to. Nothing of before is served after."""
    month.phase("restart", may={"page gone": RESTART, "file gone": RESTART}, away=True)
    equal(month.made.stop(), 0, "exit status")
    true(not os.path.exists(month.base + ".usersig"), "withdrawn")
    if between:
        between()
    month.made.start()
    month.clock.settle()
    month.calm()
    month.held.clear()
    month.renewed()


def socket_activation(month):
    """On day 28: systemd's socket; then a restart that nobody notices."""
    manager, made = Manager(), month.made

    def given():
        made.given = [listener(made.socket(), mode=0o666)]
        made.env = {**made.env, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "main", "NOTIFY_SOCKET": manager.name}
    restart(month, given)
    manager.wait("READY")
    month.phase("restart behind a socket", may={"page gone": RESTART, "file gone": RESTART})
    made.process.send_signal(signal.SIGTERM)
    manager.wait("STOPPING")
    equal(made.wait(), 0, "exit status")
    until(lambda: all(client.waits for client in month.workers[:-1]), "everybody asks, and waits in the queue")
    made.start()
    manager.wait("READY")
    month.clock.settle()
    month.calm()
    month.held.clear()
    month.renewed()
    manager.close()


# ---- small words -------------------------------------------------------------------------------------

def sign(month, identifier):
    answer = month.made.request("POST", "/v1/apps/chat/usersig", {"identifier": f"op-{identifier}", "lifetime": 7 * DAY})
    equal(answer.status, 200, f"{answer.document}")
    month.ledger.signed[f"op-{identifier}"] = ("chat", answer.document)
    return answer.document


def verify(month, signed, identifier):
    answer = month.made.request("POST", "/v1/apps/chat/verify", {"usersig": signed["usersig"], "identifier": f"op-{identifier}"})
    equal(answer.status, 200, f"{answer.document}")
    return answer.document["verdict"]


@scenario
def a_month_of_operation():
    if not os.access("/dev/shm", os.W_OK):
        skip("no tmpfs at /dev/shm", must=True)
    publish = tempfile.mkdtemp(prefix="sigd-test-month-", dir="/dev/shm")
    os.chmod(publish, 0o711)
    month = Month(publish)
    try:
        month.small_disk()
        first_key(month)
        month.to(7)
        rollover(month)
        for day, happens in ((14, broken_config), (15, partner_renews), (16, clock_steps), (18, fronts_die), (20, leaked_key),
                             (21, leaked_usersig), (22, freeze), (24, full_disk), (26, upgrade), (28, socket_activation)):
            month.to(day)
            happens(month)
        month.to(30)
        month.end()
        audited(month)
    finally:
        month.clean()


if __name__ == "__main__":
    main()
