"""storms.py: much at once: clocks that step, reloads, flushes, freezes, and all of it by chance."""
import errno
import os
import signal
import time

import harness
from fault import fault
from harness import Connection, good, true, until
from twins import TwinSigd

K1 = 'key "k1" { file = "@DIR@/keys/demo.key" }'
STAGED = K1 + '\n    key "k2" { file = "@DIR@/keys/other.key"  not_before = "2999-01-01T00:00:00Z" }'


@fault("Storms", "the wall clock steps, back and forth, by seconds and by hours", weight=7, must=["503 clock_suspect"],
       may=["lost", "503 unavailable"], holds={
    "back": "up to 5 s back the signer holds its time; further back it follows, and signs anew what is of the future",
    "suspect": "a leap forward that nothing explains stops signing with 503 until the clock is set, in sync or accepted; cached "
               "credentials go on",
    "then": "once the clock is believed, all is served",
})
def clock_steps(run):
    run.daemon(made=lambda text, keys: TwinSigd(text, keys=keys, start=False))
    clock, chance = run.made.clock, run.random
    run.load.verdicts |= {"not_yet_valid", "expired"}
    run.own = {f"{when}-{how}" for when in ("leapt", "good") for how in ("sync", "accept", "back")}
    run.harm("steps")
    line = clock.real  # what the clock was believed to be: no step from below it to below it is a leap
    for _ in range(12):
        clock.step(chance.choice((-1, 1)) * chance.randint(1, 5), rounds=2)
        run.wait(0.02, 0.05)
    for _ in range(6):
        clock.step(-chance.randint(60, 7200), rounds=2)
        run.wait(0.02, 0.1)
        clock.step(chance.randint(1, 3000), rounds=2)
        run.wait(0.02, 0.1)
    now = good(run.made.request("GET", "/v1/apps/demo/admin?as=second"))
    true(now["issued_at"] <= clock.real + 60, "an administrator's usersig is of the future")
    run.held("back")
    for how in ("sync", "accept", "back"):
        clock.sync(False)
        leap = max(0, line - clock.real) + chance.randint(2, 30) * 3600
        clock.step(leap)
        answer = run.made.request("POST", "/v1/apps/demo/usersig", {"identifier": f"leapt-{how}"})
        harness.problem(answer, 503, "clock_suspect")
        good(run.made.request("GET", "/v1/apps/demo/admin?as=second"))
        run.wait(0.1, 0.2)
        if how == "sync":
            clock.sync(True)
            clock.advance(61)
        elif how == "accept":
            run.sigctl("clock", "accept")
        else:
            clock.step(-leap)
        until(lambda how=how: run.made.request("POST", "/v1/apps/demo/usersig", {"identifier": f"good-{how}"}).status in (200,),
              f"the clock is believed again ({how})", 10)
        line = max(line, clock.real)
    run.held("suspect")
    run.load.begin("calm", ["503 unavailable"])  # what lives an hour is renewed
    run.load.recovered(time.monotonic())
    run.load.begin("calm")
    run.load.turn()
    run.held("then")
    run.end(once=False)


@fault("Storms", "reloads, good ones and broken ones, one after the other", weight=6, holds={
    "nobody": "no request fails",
    "broken": "a broken config is refused whole",
})
def reload_storm(run):
    run.daemon()

    good_ones = ({}, {"key": STAGED}, {"key": STAGED, "more": 'log { level = "info" }'})

    def write(**words):
        text = run.made.fill(run.config(**words))
        if harness.in_user_namespace():
            text += "ids = in_namespace\n"
        os.rename(run.made.write("sigd.conf.new", text.encode(), 0o644), run.made.config)
    end, done, refused = time.monotonic() + 3, 0, 0
    while time.monotonic() < end:
        if run.random.random() < 0.2:
            write(key='key "k1" { file = "@DIR@/keys/none.key" }')
            run.sigctl("reload", status=78)
            refused += 1
        else:
            write(**run.random.choice(good_ones))
            run.sigctl("reload")
            done += 1
        if run.random.random() < 0.3:
            run.made.process.send_signal(signal.SIGHUP)
        run.load.look()
    write()
    until(lambda: run.sigctl("reload", status=None).find("counts") >= 0, "the last reload")
    run.load.turn()
    true(done and refused, "both kinds")
    run.note(f"{done} reloads, {refused} refused ones")
    run.held("nobody", "broken")
    run.end()


@fault("Storms", "flushes and freezes, one after the other", weight=6, must=["503 frozen"], may=["lost", "503 unavailable"], holds={
    "withdrawn": "once `sigctl flush` has returned, nobody gets a usersig of before",
    "frozen": "once `sigctl freeze` has returned, nothing is signed or handed out until it is lifted",
    "then": "once it is lifted, all is served within 1 s",
})
def flush_storm(run):
    run.daemon()
    old, mine = set(), [Connection(run.made.socket()) for _ in range(4)]

    def ask(connection):
        try:
            return connection.ask("GET", "/v1/apps/demo/admin?as=second")
        except OSError:  # what was on its way when all was withdrawn is dropped
            connection.close()
            return connection.ask("GET", "/v1/apps/demo/admin?as=second")
    run.harm("flushes")
    end, frozen, flushed = time.monotonic() + 4, 0, 0
    while time.monotonic() < end or frozen < 2:
        old |= {good(ask(connection))["usersig"] for connection in mine}
        if run.random.random() < 0.3:
            run.sigctl("freeze", "demo")
            for connection in mine:
                harness.problem(ask(connection), 503, "frozen")
            harness.problem(run.made.request("POST", "/v1/apps/demo/usersig", {"identifier": "cold"}), 503, "frozen")
            run.wait(0.05, 0.1)
            run.sigctl("freeze", "demo", "--off")
            frozen += 1
        else:
            run.sigctl("flush", "demo", "second")
            flushed += 1
            for connection in mine:
                true(good(ask(connection))["usersig"] not in old, f"withdrawn {flushed}, {frozen}, and served")
    run.must_come()
    since = time.monotonic()
    run.served_again(since)
    for connection in mine:
        connection.close()
    run.note(f"{flushed} flushes, {frozen} freezes")
    run.held("withdrawn", "frozen", "then")
    run.end()


class Storm:
    """One of everything, by chance, on one daemon."""

    def __init__(self, run):
        self.run, self.made, self.faults = run, run.made, run.made.faults
        run.killed.add(signal.SIGKILL)
        self.works = [self.kill, self.pause, self.pause, self.reload, self.flush, self.freeze, self.calls, self.broken_log,
                      self.memory, self.leave]

    def kill(self):
        fronts = self.run.fronts()
        if not fronts:
            return  # the last one was killed just now
        try:
            os.kill(self.run.random.choice(fronts), signal.SIGKILL)
        except ProcessLookupError:
            pass

    def pause(self):
        pids = list(self.made.children())
        pid = self.run.random.choice(pids)
        try:
            os.kill(pid, signal.SIGSTOP)
            self.run.wait(0.02, 0.3)
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def reload(self):
        self.run.sigctl("reload", status=None)

    def flush(self):
        self.run.sigctl("flush", "demo", "second", status=None)

    def freeze(self):
        self.run.sigctl("freeze", "demo", status=None)
        self.run.wait(0.01, 0.1)
        until(lambda: "another change" not in self.run.sigctl("freeze", "demo", "--off", status=None), "thawed")

    def calls(self):
        every = self.faults["all"]
        every.interrupt, every.cut, every.crowd = (self.run.random.choice((0, 5, 20)) for _ in range(3))

    def broken_log(self):
        self.faults["signer"].write_error = self.run.random.choice((errno.EIO, errno.ENOSPC, errno.EROFS))
        self.run.wait(0.01, 0.2)
        self.faults["signer"].write_error = 0

    def memory(self):
        self.faults["front"].refuse = self.run.random.choice((20, 100, 500))
        self.run.wait(0.05, 0.3)
        self.faults["front"].refuse = 0

    def leave(self):
        """Clients that connect, ask and leave."""
        for _ in range(50):
            try:
                client = harness.dial(self.made.socket(), 1)
            except OSError:
                return
            try:
                client.send(b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n"[:self.run.random.randint(1, 39)])
            except OSError:
                pass
            client.close()


@fault("Storms", "all of it by chance: fronts die, processes stand still, calls fall short, the log fails, reloads, flushes, freezes",
       weight=9, may=["lost", "refused", "503 unavailable", "503 frozen"], gaps=["write"], holds={
    "lives": "master and signer live on",
    "then": "after it all is served within 1 s",
})
def long_storm(run):
    run.daemon(shimmed=True, clients=4)
    signer, storm = run.made.child("sigd-signer"), Storm(run)
    run.harm("storm")
    end, works = time.monotonic() + (run.seconds or 6), 0
    while time.monotonic() < end:
        run.random.choice(storm.works)()
        run.load.look()
        works += 1
    run.made.faults.none()
    run.sigctl("freeze", "demo", "--off", status=None)
    since = time.monotonic()
    until(lambda: len(run.fronts()) == 2, "two fronts", 10, 0.005)
    run.served_again(since)
    harness.equal((run.made.child("sigd-signer"), run.made.process.poll()), (signer, None), "signer and master live on")
    run.note(f"{works} faults")
    run.held("lives", "then")
    run.end()
