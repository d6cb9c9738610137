#!/usr/bin/env python3
"""sigctl keygen, seal, unseal: what they write and how, what they refuse, passphrases, many files at once. Sealed files are
also read and made by unseal.py, which shares no code with sigctl."""
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sigctl import Terminal, directory, mode_of, read, sigctl, with_line, write  # noqa: E402
from harness import BUILD, KEY, OTHER_KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, scenario, skip, true  # noqa: E402
import unseal  # noqa: E402 (harness put standin on the path)

MASTER, OTHER_MASTER = bytes(range(1, 33)), bytes(range(2, 34))
PASSPHRASE, OTHER_PASSPHRASE = b"four words are better", b"four words are batter"
SECRETS = (KEY, OTHER_KEY, MASTER, OTHER_MASTER, PASSPHRASE, OTHER_PASSPHRASE)
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")
FOR = ("--app", "demo", "--key", "k1")


def plain():
    """A directory's usual content."""
    write("master", MASTER)
    write("other", OTHER_MASTER)
    write("key", KEY)


def sealed(name, content=KEY, app="demo", key="k1", master=MASTER):
    return write(name, unseal.make_sealed(app, key, master, content, os.urandom(24)))


def files():
    return {name: read(name) for name in sorted(os.listdir("."))}


# ---- keygen ------------------------------------------------------------------------------------------

@scenario
def a_master_key_is_made():
    with directory():
        before = os.umask(0)
        try:
            ran = sigctl("keygen", "--master", "m1").good("keep a copy")
        finally:
            os.umask(before)
        key = read("m1")
        equal((len(key), mode_of("m1"), os.listdir(".")), (32, 0o600, ["m1"]), "the file")
        equal(ran.out, f"master key {unseal.master_id(key)}\n", "its number")
        ran.hides(key)
        sigctl("keygen", "--master", "m2").good()
        true(read("m2") != key, "two alike")
        sigctl("keygen", "--master", "m1").fails(74, "m1 is there already")
        equal(read("m1"), key, "the first is as it was")


@scenario
def a_test_key_is_made():
    with directory():
        sigctl("keygen", "--test-key", "k").good()
        equal((len(read("k")), mode_of("k")), (64, 0o600), "the file")
        true(read("k").isalnum() and read("k") == read("k").lower(), "letters and digits")
        sigctl("keygen", "--test-key", "k").fails(74, "is there already")


@scenario
def keygen_wants_to_know_what():
    with directory():
        sigctl("keygen").fails(64, "--master FILE")
        sigctl("keygen", "--master", "a", "--test-key", "b").fails(64, "which?")
        equal(os.listdir("."), [], "files")


# ---- seal and unseal ---------------------------------------------------------------------------------

def pem():
    done = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], capture_output=True, check=False)
    if done.returncode:
        skip("openssl makes no key")
    return done.stdout


@scenario
def there_and_back():
    for content in (KEY, KEY + b"\n", b"k" * 4096, pem()):
        with directory():
            plain()
            write("key", content)
            before = os.umask(0)
            try:
                sigctl("seal", *FOR, "--master", "master", "key", "sealed").good().hides(*SECRETS)
                ran = sigctl("unseal", "--master", "master", "sealed", "back").good("key k1 of app demo").hides(*SECRETS)
            finally:
                os.umask(before)
            equal(ran.out, "", "stdout")
            equal(read("back"), content, "the key")
            equal((mode_of("sealed"), mode_of("back")), (0o600, 0o600), "modes")
            equal(sorted(os.listdir(".")), ["back", "key", "master", "other", "sealed"], "nothing else is left")
            true(KEY not in read("sealed") and MASTER not in read("sealed"), "a secret in the sealed file")
            equal(unseal.open_sealed("demo", "k1", MASTER, read("sealed")), content, "by the second reading of the form")
            sealed("by_hand", content)
            sigctl("unseal", "--master", "master", *FOR, "by_hand", "back2").good()
            equal(read("back2"), content, "made by the second writing of the form")


@scenario
def from_a_pipe():
    with directory():
        plain()
        sigctl("seal", *FOR, "--master", "master", "-", "sealed", stdin=KEY).good()
        equal(unseal.open_sealed("demo", "k1", MASTER, read("sealed")), KEY, "content")


@scenario
def the_key_is_never_taken_from_a_terminal():
    with directory():
        plain()
        Terminal("seal", *FOR, "--master", "master", "-", "sealed").end().fails(66, "standard input is a terminal")
        true(not os.path.exists("sealed"), "a file")


@scenario
def unseal_writes_to_nothing_but_a_new_file():
    with directory():
        plain()
        sealed("sealed")
        os.symlink("elsewhere", "link")
        os.mkfifo("fifo")
        before = sorted(os.listdir("."))
        for out, words in (("-", "never to standard output"), ("/dev/stdout", "never to a terminal"),
                           ("/dev/tty", "never to a terminal"), ("/dev/null", "no regular file"), ("link", "no regular file"),
                           ("fifo", "no regular file"), (".", "no regular file"), ("key", "is there already"),
                           ("no/such", "no such directory")):
            sigctl("unseal", "--master", "master", "sealed", out).fails(64 if out == "-" else 74, words).hides(*SECRETS)
            ran = Terminal("unseal", "--master", "master", "sealed", out).end()
            true(ran.status != 0, f"{out} on a terminal")
            ran.hides(*SECRETS)
        equal(sorted(os.listdir(".")), before, "files")
        equal(read("key"), KEY, "what was there")
        sigctl("seal", *FOR, "--master", "master", "key", "sealed").fails(74, "is there already")


@scenario
def in_a_directory_that_others_can_write_to():
    with directory():
        plain()
        sealed("sealed")
        os.mkdir("open")
        os.chmod("open", 0o777)
        sigctl("unseal", "--master", "master", "sealed", "open/key").fails(74, "chmod go-w")
        equal(os.listdir("open"), [], "files")


@scenario
def files_that_others_can_read():
    with directory():
        plain()
        sealed("sealed")
        for name, arguments in (("key", ("seal", *FOR, "--master", "master", "key", "out")),
                                ("master", ("seal", *FOR, "--master", "master", "key", "out")),
                                ("sealed", ("unseal", "--master", "master", "sealed", "out"))):
            os.chmod(name, 0o640)
            sigctl(*arguments).fails(66, name, "chmod 600")
            os.chmod(name, 0o600)
        true(not os.path.exists("out"), "a file")


@scenario
def what_is_no_key():
    with directory():
        plain()
        for content in (b"", b"\n", b"a\nb", KEY + b"\r\n", b"\0" * 32, b"k" * 4097, b"-----BEGIN PRIVATE KEY-----\nAAAA\n"):
            write("bad", content)
            sigctl("seal", *FOR, "--master", "master", "bad", "out").fails(5, "bad is no key")
        write("bad", b"k" * 65537)
        sigctl("seal", *FOR, "--master", "master", "bad", "out").fails(66, "65536")
        sealed("bad")
        sigctl("seal", *FOR, "--master", "master", "bad", "out").fails(65, "sealed already", "--from-master")
        true(not os.path.exists("out"), "a file")


@scenario
def what_does_not_open():
    with directory():
        plain()
        whole = read(sealed("sealed"))
        for content, words in ((whole[:-1], "damaged"), (whole[:-6] + b"AAA=\n", "damaged"), (b"", "no sealed file"),
                               (KEY, "no sealed file"), (whole.replace(b"key 1", b"key 9"), "later release"),
                               (whole.replace(b"app demo", b"app dem0"), "damaged")):
            write("bad", content)
            sigctl("unseal", "--master", "master", "bad", "out").fails(65, "bad", words).hides(*SECRETS)
        sigctl("unseal", "--master", "other", "sealed", "out").fails(
            65, unseal.master_id(MASTER), unseal.master_id(OTHER_MASTER))
        sigctl("unseal", "--master", "master", "--app", "other", "sealed", "out").fails(65, "for app demo")
        sigctl("unseal", "--master", "master", "--key", "k2", "sealed", "out").fails(65, "for key k1")
        sigctl("unseal", "--master", "key", "sealed", "out").fails(65, "no master key")
        sigctl("unseal", "--passphrase", "sealed", "out").fails(65, "under a master key")
        true(not os.path.exists("out"), "a file")


@scenario
def wrong_command_lines():
    with directory():
        plain()
        sealed("sealed")
        before = files()
        for arguments, words in (
                (("seal", "--master", "master", "key", "out"), "for which key?"),
                (("seal", *FOR, "key", "out"), "under what?"),
                (("seal", *FOR, "--master", "master", "--passphrase", "key", "out"), "under what?"),
                (("seal", *FOR, "--master", "master", "key"), "IN and OUT"),
                (("seal", *FOR, "--master", "master", "key", "out", "more"), "IN and OUT"),
                (("seal", *FOR, "--master", "master", "key", "key"), "--in-place"),
                (("seal", *FOR, "--master", "master", "--in-place", "key", "sealed"), "one FILE"),
                (("seal", *FOR, "--master", "other", "--from-master", "master", "sealed", "out"), "keeps its app and key"),
                (("seal", "--app", "a b", "--key", "k1", "--master", "master", "key", "out"), "take names"),
                (("seal", "--app", ".a", "--key", "k1", "--master", "master", "key", "out"), "the first no"),
                (("seal", "--master", "m", "--from-master", "m", "--from-passphrase", "a", "b"), "exclude each other"),
                (("seal", *FOR, "--master", "master", "--passphrase-fd", "5", "key", "out"), "--passphrase-fd goes with"),
                (("unseal", "sealed", "out"), "what opens it?"),
                (("unseal", "--master", "master", "--passphrase", "sealed", "out"), "what opens it?"),
                (("unseal", "--master", "master", "sealed"), "IN and OUT")):
            sigctl(*arguments).fails(64, words)
        for arguments in (("seal", "--app", "demo", "--key", KEY.decode(), "--master", "master", "key", "out"),
                          ("seal", *FOR, "--passphrase=" + PASSPHRASE.decode(), "key", "out"),
                          ("seal", *FOR, "--password=" + PASSPHRASE.decode(), "key", "out")):
            sigctl(*arguments).fails(64).hides(*SECRETS)
        equal(files(), before, "files")


# ---- passphrases -------------------------------------------------------------------------------------

@scenario
def a_passphrase_from_a_descriptor():
    with directory():
        plain()
        with_line("seal", *FOR, "--passphrase", "key", "sealed", line=PASSPHRASE + b"\n").good().hides(*SECRETS)
        true(b"argon2id 3 268435456 " in read("sealed"), "the work for a guess")
        with_line("unseal", "sealed", "back", line=PASSPHRASE).good().hides(*SECRETS)
        equal(read("back"), KEY, "the key")
        with_line("unseal", "sealed", "out", line=OTHER_PASSPHRASE).fails(65, "passphrase is wrong").hides(*SECRETS)
        with_line("unseal", "sealed", "out", line=b"\n").fails(66, "no passphrase")
        with_line("unseal", "sealed", "out", line=b"x" * 1025).fails(64, "1024")
        with_line("seal", *FOR, "--passphrase", "key", "out", line=b"short\n").fails(64, "guessed")
        sigctl("unseal", "--passphrase-fd", "77", "sealed", "out").fails(66, "descriptor 77")
        sigctl("unseal", "--passphrase", "sealed", "out").fails(66, "no terminal", "--passphrase-fd")
        sigctl("unseal", "--master", "master", "sealed", "out").fails(65, "with a passphrase")
        true(not os.path.exists("out"), "a file")


@scenario
def a_passphrase_on_the_terminal():
    with directory():
        plain()
        run = Terminal("seal", *FOR, "--passphrase", "key", "sealed")
        for prompt in (b"New passphrase for the sealed file: ", b"The same again: "):
            run.expect(prompt)
            true(not run.echoes(), "the terminal echoes")
            run.answer(PASSPHRASE + b"\n")
        run.end().good().hides(*SECRETS)
        run = Terminal("unseal", "--passphrase", "sealed", "back")
        run.expect(b"Passphrase for k1: ")
        run.answer(PASSPHRASE + b"\n")
        run.end().good().hides(*SECRETS)
        equal(read("back"), KEY, "the key")


@scenario
def a_passphrase_that_is_not_to_be():
    with directory():
        plain()
        before = files()
        run = Terminal("seal", *FOR, "--passphrase", "key", "sealed")
        run.expect(b": ")
        run.answer(PASSPHRASE + b"\n")
        run.expect(b": ")
        run.answer(OTHER_PASSPHRASE + b"\n")
        run.end().fails(64, "differ").hides(*SECRETS)
        for stop in (b"\x03", b"abc\x03", b"\x04", b"\n"):  # Ctrl-C, Ctrl-D: the echo is back before the tool ends
            run = Terminal("seal", *FOR, "--passphrase", "key", "sealed")
            run.expect(b": ")
            run.answer(stop)
            run.expect(b"no passphrase was given")
            true(run.echoes(), "the terminal's echo is not back")
            run.end().fails(66)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # and when others end it
            run = Terminal("seal", *FOR, "--passphrase", "key", "sealed")
            run.expect(b": ")
            true(not run.echoes(), "the terminal shows what is typed")
            os.kill(run.pid, number)
            equal(os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOWAIT).si_status, number, "the signal that ended it")
            true(run.echoes(), f"signal {number}: the terminal's echo is not back")
            run.end()
        equal(files(), before, "files")


@scenario
def from_lock_to_lock():
    with directory():
        plain()
        with_line("seal", "--from-master", "master", "--passphrase", sealed("sealed"), "backup", line=PASSPHRASE).good()
        with_line("seal", "--from-passphrase", "--master", "other", "backup", "moved", line=PASSPHRASE).good().hides(*SECRETS)
        equal(unseal.open_sealed("demo", "k1", OTHER_MASTER, read("moved")), KEY, "the key, its app and its name")
        with_line("seal", "--from-passphrase", "--passphrase", "backup", "again",
                  line=PASSPHRASE + b"\n" + OTHER_PASSPHRASE).good()
        with_line("unseal", "again", "back", line=OTHER_PASSPHRASE).good()
        equal(read("back"), KEY, "the key")


# ---- in place, and many ------------------------------------------------------------------------------

@scenario
def in_place():
    with directory():
        plain()
        sigctl("seal", *FOR, "--master", "master", "--in-place", "key").good("old blocks")
        equal(unseal.open_sealed("demo", "k1", MASTER, read("key")), KEY, "content")
        equal((mode_of("key"), sorted(os.listdir("."))), (0o600, ["key", "master", "other"]), "files")


@scenario(root=True)
def in_place_keeps_the_owner():
    with directory():
        plain()
        os.chown(".", 0, 0)
        sealed("sealed")
        os.chown("sealed", 0, 4321)
        sigctl("seal", "--from-master", "master", "--master", "other", "--in-place", "sealed").good()
        there = os.stat("sealed")
        equal((there.st_uid, stat.S_IMODE(there.st_mode)), (0, 0o600), "owner and mode")


def many(n=20):
    return [sealed(f"s{i:02}", OTHER_KEY, key=f"k{i}") for i in range(n)]


def check_many(names, master):
    for i, name in enumerate(names):
        equal(unseal.open_sealed("demo", f"k{i}", master, read(name)), OTHER_KEY, name)


RESEAL = ("seal", "--from-master", "master", "--master", "other", "--in-place")


@scenario
def many_under_a_new_master_key():
    with directory():
        plain()
        names = many()
        sigctl(*RESEAL, *names).good().hides(*SECRETS)
        check_many(names, OTHER_MASTER)
        after = files()
        sigctl(*RESEAL, *names).good("is under this master key already")
        equal(files(), after, "a second run changes nothing")
        names[3] = sealed("s03", OTHER_KEY, key="k3")  # as after a run that was cut short
        sigctl(*RESEAL, *names).good()
        check_many(names, OTHER_MASTER)


@scenario
def all_or_none():
    with directory():
        plain()
        names = many()
        for name, content, words in (("s19", read("s19")[:-2], "s19"), ("s00", KEY, "s00"),
                                     ("s10", unseal.make_sealed("demo", "k10", bytes(range(3, 35)), KEY, bytes(24)), "s10")):
            whole = read(name)
            write(name, content)
            before = files()
            sigctl(*RESEAL, *names).fails(65, words, "no file was changed").hides(*SECRETS)
            equal(files(), before, "files")
            write(name, whole)
        before = files()
        sigctl(*RESEAL, *names, "s20").fails(66, "s20", "no file was changed")
        equal(files(), before, "files")


@scenario
def a_disk_that_takes_no_more():
    """Here: a limit on the size of files."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    with directory():
        plain()
        names = many(3)
        before = files()
        sigctl(*RESEAL, *names, preexec_fn=limit).fails(74, "s00", "File too large", "no file was changed")
        sigctl("seal", *FOR, "--master", "master", "--in-place", "key", preexec_fn=limit).fails(74, "key")
        sigctl("seal", *FOR, "--master", "master", "key", "new", preexec_fn=limit).fails(74, "new")
        equal(files(), before, "files")


@scenario
def the_example_of_the_documentation():
    with open(os.path.join(SOURCE, "docs", "SEALED.md"), encoding="utf-8") as file:
        text = re.search(r"<!-- example -->\n```\n(.*?)```", file.read(), re.DOTALL)[1].encode()
    equal(unseal.make_sealed("demo", "k1", MASTER, KEY, bytes(range(24))), text, "made by hand")
    with directory():
        plain()
        write("sealed", text)
        sigctl("unseal", "--master", "master", "sealed", "back").good()
        equal(read("back"), KEY, "the key")


# ---- usersig and sigd ---------------------------------------------------------------------------------

@scenario
def usersig_does_not_take_a_sealed_file_for_a_key():
    """Its text would make a key like any other."""
    with directory():
        sealed("sealed")
        done = subprocess.run([USERSIG, "sign", "u1", "--key-file", "sealed", "--sdkappid", "1"], capture_output=True, text=True,
                              check=False)
        equal((done.returncode, done.stdout), (5, ""), "status and stdout")
        true("sealed" in done.stderr and "sigctl unseal" in done.stderr, done.stderr)


@scenario
def sigd_takes_what_sigctl_seals():
    made = Sigd(plain_config(top='master_key = "@DIR@/keys/master"'), start=False)
    key, master = made.path("keys", "demo.key"), made.path("keys", "master")
    sigctl("keygen", "--master", master).good()
    sigctl("seal", *FOR, "--master", master, "--in-place", key).good()
    made.start()
    usersig = good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "u1"}))["usersig"]
    equal(oracle.judge(usersig, KEY, SDKAPPID, "u1", int(time.time()) + 1), 0, "oracle")
    equal(made.stop(), 0, "exit status")
    with_line("seal", "--from-master", master, "--passphrase", key, key + ".backup", line=PASSPHRASE).good()
    os.replace(key + ".backup", key)
    status, text = made.fail_to_start()
    equal(status, 78, text)
    true("passphrase" in text and "sigctl unseal" in text, text)


if __name__ == "__main__":
    main()
