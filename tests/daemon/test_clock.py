#!/usr/bin/env python3
"""sigd while clocks stand still, go by, leap and fall back: all under the twins' clock."""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (LIBEXEC, Sigd, equal, good, main, plain_config, scenario, true)  # noqa: E402
from twins import PROGRAMS, START, TwinSigd  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"


def admin(made):
    return good(made.request("GET", ADMIN))


def sign(made, identifier="u1"):
    return good(made.request("POST", SIGN, {"identifier": identifier}))


@scenario
def a_month_goes_by():
    made = TwinSigd()
    equal(admin(made)["issued_at"], START, "issued at the start")
    seen = set()
    for day in range(1, 31):
        made.clock.advance(days=1)
        document = admin(made)
        equal(document["issued_at"], START + 86400 * day, "renewed at once")
        equal(sign(made)["issued_at"], made.clock.real, "and so is what is signed")
        seen.add(document["usersig"])
    equal(len(seen), 30, "usersigs")
    equal(made.stop(), 0, "exit status")


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


main()
