#!/usr/bin/env python3
"""docs/OPERATIONS.md, done as it stands there: blocks after <!-- run --> are run one after the other, lines after
<!-- edit --> go into sigd.conf; an upgrade."""
import os
import re
import shutil
import subprocess

import harness
from documents import blocks, read
from harness import Sigd, equal, good, main, scenario, skip, true, until
from host import Host


@scenario(root=True)
def the_operators_guide():
    host = Host()
    chapters = re.split(r"^## ", read("docs/OPERATIONS.md"), flags=re.MULTILINE)
    expected = {"A scheduled rollover": "2026b", "A leaked key": "2026c", "Upgrade": "2026c"}
    ran = 0
    for chapter in chapters:
        title = chapter.partition("\n")[0]
        for kind, text in blocks(chapter):
            ran += 1
            if kind == "run":
                host.run(text)
            else:
                equal(kind, "edit", title)
                host.edit(text)
            if title == "The first key" and kind == "run":  # the guide's year is not for ever
                with open(host.made.config, encoding="utf-8") as file:
                    text = file.read()
                host.made.write("etc/sigd.conf", re.sub(r'key "\w+"', 'key "2026a"', text).encode(), 0o644)
        if title in expected:
            equal(host.key_in_use(), expected[title], f"the key after {title}")
    true(ran > 15, f"only {ran} blocks")
    equal(host.made.stop(), 0, "exit status")


@scenario
def an_upgrade_under_a_running_daemon():
    """Programs that are replaced on the disk are not mixed with those that run."""
    made = Sigd(start=False)
    os.mkdir(made.path("libexec"))
    for name in ("sigd-signer", "sigd-front"):
        shutil.copy(os.path.join(harness.LIBEXEC, name), made.path("libexec", name))
    os.chmod(made.path("libexec"), 0o755)
    made.libexec = made.path("libexec")
    made.start()
    for name in ("sigd-signer", "sigd-front"):
        os.rename(made.write("libexec/new", b"#!/bin/sh\nexit 99\n", 0o755), made.path("libexec", name))
    before = made.child("sigd-front")
    os.kill(before, 9)
    until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != before], "another front")
    good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "alice"}))
    equal(made.stop(), 0, "exit status")
    status, text = made.fail_to_start()
    true(status not in (0, None), f"the new programs are not run: {text}")


if __name__ == "__main__":
    main()
