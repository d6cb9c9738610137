#!/usr/bin/env python3
"""Publication: administrators' usersigs as files and pages, through renewals, reloads, freezes, stops and crashes."""
import atexit
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


atexit.register(clean)  # what failed or was skipped did not come so far


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
def what_cannot_be_withdrawn_is_told():
    made = published().start()
    file, page = paths(made)
    seen, old = mapped(page), text_of(file).strip().encode()
    os.unlink(file)
    os.mkdir(file)
    before = len(made.lines)
    again(made, key=REVOKED)
    told = "\n".join(line for line in made.lines[before:] if "msg=reload" in line)
    true(file in told and "remove it" in told, f"who reloads is not told: {told}")
    true(old not in seen[:], "the mapped page")
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
def a_renewal_changes_both_in_place():
    made = published(admin=ADMIN.replace("24h", "6s").replace("10m", "1s")).start()
    file, page = paths(made)
    seen, before, inode = mapped(page), text_of(file), os.stat(page).st_ino
    until(lambda: text_of(file) != before, "a renewed usersig", time.monotonic() + 15)
    until(lambda: text_of(file).strip().encode() in seen[:], "the page follows")
    equal(os.stat(page).st_ino, inode, "the same page")
    made.stop()
    clean()


@scenario
def the_reader_of_the_documentation():
    """docs/PAGES.md's reader on the page of a real sigd."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "PAGES.md"), encoding="utf-8") as doc:
        code = re.search(r"<!-- reader -->\n```python\n(.*?)```", doc.read(), re.DOTALL).group(1)
    reader = {}
    exec(compile(code, "PAGES.md", "exec"), reader)  # pylint: disable=exec-used
    made = published().start()
    seen = reader["open_page"](paths(made)[1])
    equal(reader["read_page"](seen), good(made.request("GET", "/v1/apps/demo/admin"))["usersig"], "page")
    made.stop()
    try:
        said = reader["read_page"](seen)
    except LookupError as fault:
        said = str(fault)
    equal(said, "revoked", "after the stop")
    clean()


@scenario(root=True)
def another_group_gets_another_page():
    made = published().start()
    file, page = paths(made)
    seen, old = mapped(page), text_of(file).strip().encode()
    again(made, admin=ADMIN.replace(f'"{os.getgid()}"', '"12345"'))
    true(old not in seen[:] and text_of(file).strip().encode() not in seen[:], "the former group's mapping holds one")
    equal([os.stat(path).st_gid for path in (file, page, os.path.dirname(page))], [12345] * 3, "groups")
    made.stop()
    clean()


@scenario
def what_stands_in_the_way_and_goes():
    made = published()
    file, page = paths(made)
    os.makedirs(file, 0o750)
    made.start()
    true(made.wait_line("publication failed"), "told")
    true(os.path.exists(page), "the page is there all the same")
    os.rmdir(file)
    until(lambda: os.path.exists(file), "the file", time.monotonic() + 20)
    judged(text_of(file))
    made.stop()
    clean()


@scenario
def what_cannot_be_replaced_is_removed_when_it_is_withdrawn():
    """A full disk, say, for which a directory stands in the way of the new file: a revoked key's usersig stays in none."""
    made = published(key=f"{K1}\n{K2.replace('2026', '2099')}").start()
    file, page = paths(made)
    seen, old = mapped(page), text_of(file).strip().encode()
    os.makedirs(os.path.join(os.path.dirname(file), ".group_root.usersig.new", "way"))
    again(made, app='region = "china"  lifetime = "23h"  max_lifetime = "30d"  url_lifetime = "1h"')
    true(text_of(file).strip().encode() == old, "one that may stay does")
    again(made, key=f"{REVOKED}\n{K2}")
    true(not os.path.exists(file), "the revoked key's usersig is in the file")
    true(old not in seen[:], "the revoked key's usersig is in the page")
    shutil.rmtree(os.path.join(os.path.dirname(file), ".group_root.usersig.new"))
    until(lambda: os.path.exists(file), "the file", time.monotonic() + 20)
    judged(text_of(file), OTHER_KEY)
    made.stop()
    clean()


@scenario
def one_publisher_a_directory():
    made = published().start()
    before = text_of(paths(made)[0])
    second = Sigd(plain_config(top=made.top, **made.words), keys={"demo.key": KEY}, start=False)
    status, text = second.fail_to_start()
    equal(status, 78, "exit status")
    true("another sigd publishes there" in text, text)
    equal(text_of(paths(made)[0]), before, "the first one's")
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
