#!/usr/bin/env python3
"""Publication: administrators' usersigs as files and pages, through renewals, reloads, freezes, stops and crashes."""
import mmap
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import KEY, OTHER_KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, scenario, skip, true, until  # noqa: E402
from reloads import K1, K2, REVOKED, reloaded  # noqa: E402

ADMIN = f'admin "group_root" {{ lifetime = "24h"  min_remaining = "10m"  publish_group = "{os.getgid()}" }}'
DIRS = []


def published(keys=None, top="", **words):
    """A daemon that publishes in memory."""
    if not os.access("/dev/shm", os.W_OK):
        skip("no tmpfs at /dev/shm", must=True)
    directory = tempfile.mkdtemp(prefix="sigd-test-pub-", dir="/dev/shm")
    os.chmod(directory, 0o711)
    DIRS.append(directory)
    words = {"admin": ADMIN, **words}
    made = Sigd(plain_config(top=f'publish_dir = "{directory}"\n{top}', **words),
                keys=keys or {"demo.key": KEY, "other.key": OTHER_KEY}, start=False)
    made.publish, made.words = directory, words
    made.top = f'publish_dir = "{directory}"\n{top}'
    return made


def again(made, **words):
    reloaded(made, top=made.top, **{**made.words, **words})


def paths(made):
    return (os.path.join(made.publish, "demo", "group_root.usersig"),
            os.path.join(made.publish, "demo", "group_root.page"))


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def judged(text, key=KEY):
    true(text.endswith("\n"), "a newline at the end")
    equal(oracle.judge(text.strip(), key, SDKAPPID, "group_root", int(time.time()) + 1), 0, "oracle")


def mapped(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


def clean():
    while DIRS:
        shutil.rmtree(DIRS.pop(), ignore_errors=True)


@scenario
def files_and_pages():
    made = published().start()
    file, page = paths(made)
    judged(text_of(file))
    equal(text_of(file).strip(), good(made.request("GET", "/v1/apps/demo/admin"))["usersig"], "the one that is served")
    for path in (file, page):
        equal(os.stat(path).st_mode & 0o7777, 0o440, "mode")
    true(text_of(file).strip().encode() in mapped(page)[:], "the page holds it")
    equal(made.stop(), 0, "exit status")
    equal(os.listdir(made.publish), [], "withdrawn at a clean stop")
    clean()


@scenario
def keep_on_stop():
    made = published(top="keep_on_stop = true").start()
    file, page = paths(made)
    before, inode = text_of(file), os.stat(page).st_ino
    made.stop()
    equal(text_of(file), before, "it stays")
    made.start()
    judged(text_of(file))
    equal(os.stat(page).st_ino, inode, "the same page over a restart")
    made.stop()
    clean()


@scenario
def what_a_killed_daemon_leaves():
    made = published().start()
    file, page = paths(made)
    seen, inode = mapped(page), os.stat(page).st_ino
    made.process.kill()
    made.wait()
    true(os.path.exists(file), "a killed daemon withdraws nothing")
    os.makedirs(os.path.join(made.publish, "gone"), 0o750)
    with open(os.path.join(made.publish, "gone", "boss.usersig"), "w", encoding="ascii") as stale:
        stale.write("stale\n")
    made.start()
    equal(os.stat(page).st_ino, inode, "the same page over a crash")
    true(text_of(file).strip().encode() in seen[:], "who has it mapped sees the new one")
    true(not os.path.exists(os.path.join(made.publish, "gone", "boss.usersig")), "a leftover is withdrawn")
    made.stop()
    clean()


@scenario
def a_revocation_reaches_file_and_page():
    made = published(key=K1 + K2.replace("2026-01-01", "2035-01-01")).start()
    file, page = paths(made)
    old, seen = text_of(file).strip().encode(), mapped(page)
    true(old in seen[:], "before")
    again(made, key=REVOKED)
    true(not os.path.exists(file) and not os.path.exists(page), "file and page are gone")
    true(old not in seen[:], "a mapped page holds the old one still")
    again(made, key=REVOKED + K2)
    judged(text_of(file), OTHER_KEY)
    clean()


@scenario
def a_rollover_keeps_readers():
    made = published(key=K1).start()
    file, page = paths(made)
    seen = mapped(page)
    again(made, key=K1 + K2)
    judged(text_of(file), OTHER_KEY)
    true(text_of(file).strip().encode() in seen[:], "a page that was mapped before shows the new one")
    clean()


@scenario
def who_is_published_no_more():
    made = published().start()
    file, page = paths(made)
    seen, old = mapped(page), text_of(file).strip().encode()
    again(made, admin='admin "group_root" { lifetime = "24h"  min_remaining = "10m" }')
    true(not os.path.exists(file) and not os.path.exists(page), "withdrawn")
    true(old not in seen[:], "the mapped page")
    good(made.request("GET", "/v1/apps/demo/admin"))
    clean()


@scenario
def readers_see_that_it_lives():
    made = published().start()
    _, page = paths(made)
    seen = mapped(page)
    before = seen[:]
    until(lambda: seen[:] != before, "a heartbeat")
    made.stop()
    clean()


@scenario
def a_bad_directory_is_refused():
    made = published()
    made.write("sigd.conf", made.fill(plain_config(admin=ADMIN, top='publish_dir = "@DIR@/pub"')).encode(), 0o644)
    status, text = made.fail_to_start()
    equal(status, 78, "exit status")
    true(re.search(r"publish_dir .*tmpfs", text), f"the mend is not named: {text}")
    clean()


if __name__ == "__main__":
    main()
