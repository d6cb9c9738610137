#!/usr/bin/env python3
"""sigd while clocks stand still, go by, leap and fall back: all under the twins' clock."""
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import admin_config, admin_path, sigctl  # noqa: E402
from harness import (KEY, LIBEXEC, OTHER_KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, problem,  # noqa: E402
                     scenario, true, until)
from twins import PROGRAMS, START, TwinSigd  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"
VERIFY = "/v1/apps/demo/verify"
HOUR, DAY, YEAR = 3600, 86400, 365 * 86400


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def key(name, file="demo.key", words=""):
    return f'key "{name}" {{ file = "@DIR@/keys/{file}"  {words} }}'


def admin(made):
    document = good(made.request("GET", ADMIN))
    keys = {"k1": KEY, "k2": OTHER_KEY}
    equal(oracle.judge(document["usersig"], keys[document["key"]], SDKAPPID, "group_root", document["issued_at"]), 0,
          "the proof")
    return document


def ask(made, identifier="u1", **members):
    return made.request("POST", SIGN, {"identifier": identifier, **members})


def sign(made, identifier="u1", **members):
    return good(ask(made, identifier, **members))


def verify(made, usersig, identifier="u1"):
    return good(made.request("POST", VERIFY, {"usersig": usersig, "identifier": identifier}))


def suspected(made):
    """Nothing is signed, and it is said why."""
    answer = ask(made)
    problem(answer, 503, "clock_suspect", 75)
    equal(answer.headers["Retry-After"], "5", "Retry-After")
    problem(ask(made, "administrator"), 403, "reserved")  # who may not is told so first
    problem(ask(made, ""), 422, "err_identifier")


def events(made, name):
    """Verdicts of the audit lines of this event."""
    return [line["verdict"] for line in made.audit_lines() if line["event"] == name]


# ---- time goes by ------------------------------------------------------------------------------------

@scenario
def a_month_goes_by():
    made = TwinSigd()
    equal(admin(made)["issued_at"], START, "issued at the start")
    seen = set()
    for day in range(1, 31):
        made.clock.advance(days=1)
        document = admin(made)
        equal(document["issued_at"], START + DAY * day, "renewed at once")
        equal(sign(made)["issued_at"], made.clock.real, "and so is what is signed")
        seen.add(document["usersig"])
    equal(len(seen), 30, "usersigs")
    equal(events(made, "clock_step") + events(made, "clock_verdict"), [], "nobody set the clock")
    equal(made.stop(), 0, "exit status")


@scenario
def renewal_is_in_time_by_the_alarm():
    """The master's alarm is what wakes it: at 60 to 66.7 % of a life."""
    made = TwinSigd(plain_config(admin='admin "group_root" { lifetime = "24h"  min_remaining = "8h" }',
                                 app='region = "china"  lifetime = "24h"  max_lifetime = "30d"  url_lifetime = "7d"'))
    for _ in range(3):
        before = admin(made)
        true(0.6 * DAY <= before["renew_at"] - before["issued_at"] <= 0.667 * DAY, f"renew_at is {before['renew_at']}")
        while made.clock.real < before["issued_at"] + 0.55 * DAY:
            made.clock.advance(hours=1)
        made.clock.advance(before["renew_at"] - made.clock.real - 2)
        equal(admin(made)["usersig"], before["usersig"], "not renewed early")
        alarm = made.clock.alarm(made.pid) - made.clock.boot
        true(1 <= alarm <= 3, f"alarm in {alarm} s, due in 2 to 3")  # or what else the master does each so often
        made.clock.advance(3)
        equal(admin(made)["issued_at"], made.clock.real, "renewed when due")
    equal(made.stop(), 0, "exit status")


@scenario
def a_machine_that_sleeps():
    """Eight hours of sleep: renewed at once at resume, and no leap."""
    made = TwinSigd()
    made.clock.suspend(5 * HOUR)
    before = admin(made)
    made.clock.suspend(8 * HOUR + 10 * HOUR)
    equal(admin(made)["issued_at"], made.clock.real, "renewed at resume")
    true(admin(made)["usersig"] != before["usersig"], "another one")
    sign(made)
    equal(events(made, "clock_step"), [], "nobody set the clock")
    equal(made.stop(), 0, "exit status")


# ---- back --------------------------------------------------------------------------------------------

@scenario
def seconds_back_are_waited_out():
    made = TwinSigd()
    first = sign(made)
    made.clock.step(-5)
    equal(sign(made)["issued_at"], first["issued_at"], "held")
    made.clock.advance(4)
    equal(sign(made)["issued_at"], first["issued_at"], "held")
    made.clock.advance(2)
    equal(sign(made)["issued_at"], first["issued_at"] + 1, "goes on")
    equal(events(made, "clock_step"), [], "no step worth a line")
    equal(made.stop(), 0, "exit status")


@scenario
def back_a_day():
    made = TwinSigd()
    old, old_admin = sign(made), admin(made)
    made.clock.step(-DAY)
    equal(sign(made)["issued_at"], START - DAY, "the clock is followed")
    equal(verify(made, old["usersig"])["verdict"], "not_yet_valid", "what is from tomorrow")
    equal(admin(made)["issued_at"], START - DAY, "administrators are signed anew")
    true(admin(made)["usersig"] != old_admin["usersig"], "another one")
    equal(events(made, "clock_step"), [f"{DAY} s back"], "audited")
    made.wait_line('msg="the wall clock was set" by="86400 s back"')
    made.clock.advance(days=1)
    equal(verify(made, old["usersig"])["verdict"], "ok", "a day later")
    equal(made.stop(), 0, "exit status")


@scenario
def back_a_minute_keeps_the_administrators():
    made = TwinSigd()
    before = admin(made)
    made.clock.step(-60)
    equal(admin(made)["usersig"], before["usersig"], "60 s ahead is borne")
    made.clock.step(-1)
    equal(admin(made)["issued_at"], START - 61, "more is not")
    equal(made.stop(), 0, "exit status")


@scenario
def two_steps():
    made = TwinSigd()
    made.clock.step(-DAY)
    made.clock.step(-DAY)
    equal(sign(made)["issued_at"], START - 2 * DAY, "followed")
    equal(admin(made)["issued_at"], START - 2 * DAY, "administrators, too")
    made.clock.step(2 * DAY)
    equal(sign(made)["issued_at"], START, "repaired: no leap, the boot clock knows")
    made.clock.step(2400)
    sign(made)
    made.clock.step(2400)
    suspected(made)  # forty minutes twice are more than an hour
    made.clock.step(-2400)
    sign(made)
    equal(events(made, "clock_step"), [f"{DAY} s back", f"{DAY} s back", f"{2 * DAY} s forward", "2400 s forward",
                                       "2400 s forward", "2400 s back"], "audited")
    equal(events(made, "clock_verdict"), ["leapt", "good"], "verdicts")
    equal(made.stop(), 0, "exit status")


# ---- forward -----------------------------------------------------------------------------------------

@scenario
def forward_a_year():
    """Nothing is signed; what is cached goes on by the boot clock."""
    made = TwinSigd()
    before, old = admin(made), sign(made)
    made.clock.sync(False)
    made.clock.step(YEAR)
    suspected(made)
    equal(admin(made)["usersig"], before["usersig"], "cached")
    good(made.request("GET", "/v1/apps/demo/url/openim/sendmsg"))
    equal(verify(made, old["usersig"])["verdict"], "expired", "verdicts are by the clock")
    made.clock.advance(hours=12)
    equal(admin(made)["usersig"], before["usersig"], "cached, half a day later")
    made.clock.advance(hours=11, minutes=55)
    problem(made.request("GET", ADMIN), 503, "unavailable")  # under min_remaining by the boot clock
    made.clock.step(-YEAR)
    sign(made)
    equal(admin(made)["issued_at"], made.clock.real, "repaired and renewed")
    equal(events(made, "clock_verdict"), ["leapt", "good"], "verdicts")
    equal(made.stop(), 0, "exit status")


@scenario
def forward_two_hours_until_ntp_says_so():
    made = TwinSigd()
    before = admin(made)
    made.clock.sync(False)
    made.clock.step(2 * HOUR)
    suspected(made)
    made.clock.advance(hours=1)
    suspected(made)
    equal(made.clock.alarm(made.child("sigd-signer")) - made.clock.boot, 1.0, "it looks again every second")
    made.clock.sync(True)
    made.clock.advance(59)
    suspected(made)
    equal(admin(made)["usersig"], before["usersig"], "cached")
    made.clock.advance(1)
    equal(sign(made)["issued_at"], made.clock.real, "NTP stands by it for a minute")
    made.wait_line('msg="the clock is believed"')
    equal(made.stop(), 0, "exit status")


@scenario
def forward_an_hour():
    made = TwinSigd()
    made.clock.step(HOUR)
    equal(sign(made)["issued_at"], START + HOUR, "an hour is believed")
    equal(events(made, "clock_step"), [f"{HOUR} s forward"], "and audited")
    equal(made.stop(), 0, "exit status")


# ---- the operator's word ------------------------------------------------------------------------------

def ctl(made, *words):
    done = sigctl(*words, path=admin_path(made))
    equal(done.returncode, 0, f"{words}: {done.stderr}")
    return done.stdout


@scenario
def the_operator_accepts_a_leap():
    made = TwinSigd(admin_config(top='state_dir = "@DIR@/state"'))
    equal(ctl(made, "clock"), f"{stamp(START)}, good; the kernel says: synchronised\n", "good")
    made.clock.sync(False)
    made.clock.step(YEAR)
    suspected(made)
    at = stamp(START + YEAR)
    equal(ctl(made, "clock"), f"{at}, suspect: leapt since {at}; the kernel says: not synchronised\n", "suspect")
    equal(ctl(made, "clock", "accept"), f"{at}, unsynchronised; the kernel says: not synchronised\n", "accepted")
    equal(sign(made)["issued_at"], START + YEAR, "signed")
    made.clock.settle()
    equal(admin(made)["issued_at"], START + YEAR, "administrators, too: what was cached is of last year")
    equal(events(made, "clock_accept"), ["ok"], "audited")
    made.clock.step(2 * HOUR)
    suspected(made)  # that word was on that leap alone
    ctl(made, "clock", "accept")
    equal(sign(made)["issued_at"], START + YEAR + 2 * HOUR, "signed")
    equal(ctl(made, "clock", "accept").split(",")[1].split(";")[0], " unsynchronised", "of a good clock: nothing new")
    equal(made.stop(), 0, "exit status")


@scenario
def the_operator_accepts_1970():
    made = TwinSigd(admin_config(top='state_dir = "@DIR@/state"'), real=100, uptime=30, synced=False)
    suspected(made)
    true("suspect: before_build since 1970-01-01T00:01:40Z" in ctl(made, "clock"), "suspect")
    ctl(made, "clock", "accept")
    equal(sign(made)["issued_at"], 100, "whatever it shows")
    equal(made.stop(), 0, "exit status")


# ---- boot --------------------------------------------------------------------------------------------

@scenario
def boot_in_1970():
    made = TwinSigd(real=30, uptime=30, synced=False)
    made.wait_line("why=before_build")
    suspected(made)
    problem(made.request("GET", ADMIN), 503, "unavailable")
    made.clock.advance(minutes=10)
    suspected(made)
    made.clock.change(real=START, synced=True, step=True)
    equal(sign(made)["issued_at"], START, "NTP has set it")
    equal(admin(made)["issued_at"], START, "administrators follow at once")
    equal(made.stop(), 0, "exit status")


@scenario
def boot_before_the_build():
    made = TwinSigd(real=1_500_000_000)
    suspected(made)
    made.clock.advance(minutes=10)
    suspected(made)  # whatever NTP says
    equal(made.stop(), 0, "exit status")


@scenario
def boot_without_ntp():
    made = TwinSigd(uptime=10, synced=False)
    made.wait_line("why=waiting")
    suspected(made)
    made.clock.advance(109)
    suspected(made)
    made.clock.advance(1)
    equal(sign(made)["issued_at"], START + 110, "two minutes after boot")
    made.wait_line("nothing disciplines the clock")
    equal(admin(made)["issued_at"], START + 110, "administrators, too")
    equal(made.stop(), 0, "exit status")


@scenario
def boot_with_ntp_at_last():
    made = TwinSigd(uptime=10, synced=False)
    suspected(made)
    made.clock.change(real=START + DAY, synced=True, step=True)  # no leap: it was not believed before
    equal(sign(made)["issued_at"], START + DAY, "as soon as NTP has set it")
    equal(made.stop(), 0, "exit status")


@scenario
def unsynced_refuse_and_serve():
    made = TwinSigd(plain_config(top='unsynced = "refuse"'), synced=False)
    suspected(made)
    made.clock.advance(days=1)
    suspected(made)
    made.clock.sync(True)
    equal(sign(made)["issued_at"], START + DAY, "synchronised")
    made.clock.sync(False)
    made.clock.advance(days=1)
    equal(sign(made)["issued_at"], START + 2 * DAY, "once is enough")
    equal(made.stop(), 0, "exit status")
    made = TwinSigd(plain_config(top='unsynced = "serve"'), uptime=1, synced=False)
    equal(sign(made)["issued_at"], START, "serve")
    true("disciplines" not in made.stderr, "without a word")
    equal(made.stop(), 0, "exit status")


@scenario
def start_before_the_end_of_the_audit_log():
    """What is later than now in a log that was there is a reason to wait for NTP's word; five seconds are not."""
    made = TwinSigd()
    sign(made)
    equal(made.stop(), 0, "exit status")
    made.clock.step(-5)
    made.start()
    sign(made)
    equal(made.stop(), 0, "exit status")
    made.clock.step(-DAY)
    made.start()
    made.wait_line("why=before_audit")
    suspected(made)
    problem(made.request("GET", ADMIN), 503, "unavailable")
    made.clock.advance(59)
    suspected(made)
    made.clock.advance(1)
    equal(sign(made)["issued_at"], START - 5 - DAY + 60, "NTP has stood by it for a minute")
    equal(admin(made)["issued_at"], START - 5 - DAY + 60, "administrators, too")
    equal(events(made, "clock_verdict"), ["before_audit", "good"], "audited")
    equal(made.stop(), 0, "exit status")


# ---- years -------------------------------------------------------------------------------------------

def over(second):
    made = TwinSigd(real=second - 2)
    before = sign(made)
    for step in range(4):
        document = sign(made, lifetime=DAY)
        equal((document["issued_at"], document["expires_at"]), (second - 2 + step, second - 2 + step + DAY), "times")
        equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "u1", made.clock.real), 0, "oracle")
        equal(verify(made, document["usersig"])["verdict"], "ok", "verdict")
        equal(verify(made, before["usersig"])["verdict"], "ok", "verdict on one from before")
        admin(made)
        made.clock.advance(1)
    made.clock.advance(days=1)
    equal(admin(made)["issued_at"], second + 2 + DAY, "renewed")
    equal(verify(made, document["usersig"])["verdict"], "expired", "verdict")
    equal(made.audit_lines()[-1]["time"], stamp(made.clock.real), "the audit log knows that day")
    equal(events(made, "clock_step") + events(made, "clock_verdict"), [], "no step")
    equal(made.stop(), 0, "exit status")


@scenario
def january_2038():
    over(2**31)


@scenario
def february_2106():
    over(2**32)


# ---- windows and rates -------------------------------------------------------------------------------

@scenario
def keys_begin_and_end_at_their_second():
    """Signing, verdicts and the cache change in that second and not before."""
    begins, ends = START + 1000, START + 2000
    made = TwinSigd(plain_config(
        key=key("k1", words=f'not_after = "{stamp(ends)}"') + "\n    "
        + key("k2", "other.key", f'not_before = "{stamp(begins)}"')), keys={"demo.key": KEY, "other.key": OTHER_KEY})
    first = sign(made)
    equal((first["key"], first["expires_at"]), ("k1", ends), "a usersig does not outlive its key")
    equal(admin(made)["key"], "k1", "administrators")
    made.clock.advance(999)
    equal(sign(made)["key"], "k1", "a second before")
    equal(admin(made)["key"], "k1", "a second before, administrators")
    true(made.clock.alarm(made.pid) - made.clock.boot <= 1, "the master has its alarm for it")
    made.clock.advance(1)
    new = sign(made)
    equal((new["key"], new["issued_at"]), ("k2", begins), "signed by the new key in its first second")
    equal((admin(made)["key"], admin(made)["issued_at"]), ("k2", begins), "administrators")
    equal([verify(made, document["usersig"])["verdict"] for document in (first, new)], ["ok", "ok"], "both verify")
    made.clock.advance(999)
    equal(verify(made, first["usersig"])["verdict"], "ok", "in its last second")
    made.clock.advance(1)
    true(verify(made, first["usersig"])["verdict"] != "ok", "the key has ended")
    equal(verify(made, new["usersig"])["verdict"], "ok", "the other one has not")
    equal(made.stop(), 0, "exit status")


@scenario
def a_held_second_belongs_to_its_key():
    """Held at a time that is past a key's end or beginning: the key of that time signs."""
    begins = START + 10
    made = TwinSigd(plain_config(
        key=key("k1", words=f'not_after = "{stamp(begins)}"') + "\n    "
        + key("k2", "other.key", f'not_before = "{stamp(begins)}"')), keys={"demo.key": KEY, "other.key": OTHER_KEY})
    made.clock.advance(11)
    equal(sign(made)["key"], "k2", "begun")
    made.clock.step(-3)
    held = sign(made)
    equal((held["key"], held["issued_at"]), ("k2", START + 11), "held, by the key of that second")
    made.clock.step(-30)
    followed = sign(made)
    equal((followed["key"], followed["issued_at"], followed["expires_at"]), ("k1", START - 22, begins), "followed")
    equal(made.stop(), 0, "exit status")


@scenario
def rates_are_counted_by_the_boot_clock():
    made = TwinSigd(plain_config(allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"*"}  rate = 3 }'))

    def taken():
        n = 0
        while ask(made).status == 200:
            n += 1
        problem(ask(made), 429, "rate_limited")
        return n
    equal(taken(), 3, "a burst")
    equal(taken(), 0, "no time has gone by")
    made.clock.step(3000)
    equal(taken(), 0, "setting the clock buys nothing")
    made.clock.step(-3000)
    equal(taken(), 0, "either way")
    made.clock.advance(0.4)
    equal(taken(), 1, "0.4 s of 3 a second")
    made.clock.advance(0.3)
    equal(taken(), 1, "with the rest of before")
    made.clock.suspend(8 * HOUR)
    equal(taken(), 3, "never more than a burst")
    equal(made.stop(), 0, "exit status")


# ---- fronts that come and go -------------------------------------------------------------------------

@scenario
def a_front_that_starts_after_a_leap():
    """It counts the lives of credentials as the others do."""
    made = TwinSigd(plain_config(workers="workers = 2"))
    before = admin(made)
    made.clock.step(YEAR)
    fronts = {pid for pid, name in made.children().items() if name == "sigd-front"}
    equal(len(fronts), 2, "fronts")
    for pid in fronts:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len({pid for pid, name in made.children().items() if name == "sigd-front"} | fronts) == 2
          and not fronts & set(made.children()), "both have gone")
    made.clock.advance(1)  # that long a front that failed waits
    for _ in range(8):     # whichever accepts
        equal(admin(made)["usersig"], before["usersig"], "cached")
    equal(made.stop(), 0, "exit status")


# ---- what is installed -------------------------------------------------------------------------------

@scenario
def installed_programs_know_no_other_clock():
    def beside(made):
        """The real programs where the twins would be, with a clock beside them."""
        os.makedirs(made.path("twins"))
        for name in PROGRAMS:
            shutil.copy(os.path.join(LIBEXEC, name), made.path("twins", name))
        made.write("twins/clock", (1).to_bytes(8, "little") * 200, 0o666)
    made = Sigd(plain_config(), prepare=beside, start=False)
    made.program, made.libexec = made.path("twins", "sigd"), made.path("twins")
    os.environ["SIGD_CLOCK"] = os.environ["SOURCE_DATE_EPOCH"] = "1"
    try:
        made.start()
    finally:
        del os.environ["SIGD_CLOCK"], os.environ["SOURCE_DATE_EPOCH"]
    before = int(time.time())
    true(before <= sign(made)["issued_at"] <= time.time(), "the time is the kernel's")
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def installed_programs_wait_on_the_boot_clock():
    """Each has a timer on CLOCK_BOOTTIME, which counts sleep, and one that is cancelled when the clock is set."""
    made = Sigd()
    for pid, name in made.processes().items():
        found = {}
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="utf-8") as file:
                info = dict(line.split(":", 1) for line in file.read().splitlines() if ":" in line)
            if "clockid" in info:
                found[int(info["clockid"])] = int(info["settime flags"].strip(), 8)
        true(found.get(time.CLOCK_BOOTTIME) is not None, f"{name}: {found}")
        equal(found.get(time.CLOCK_REALTIME), 3, f"{name}: TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET")
    equal(made.stop(), 0, "exit status")


main()
