#!/usr/bin/env python3
"""A front that lies to its master (liar.c): it holds no reload up, ends nothing, and puts nothing into files but usersigs."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BUILD, LIBEXEC, Sigd, equal, main, plain_config, scenario, skip, true, until  # noqa: E402
from reloads import reloaded  # noqa: E402

LIAR = os.path.join(BUILD, "tests", "daemon", "liar")
ADMIN = 'admin "boss" { usersig_file = "@DIR@/keys/boss.usersig"  min_remaining = "10m"  publish_group = "%d" }' % os.getgid()
WORDS = {"key": "", "admin": ADMIN, "allow": 'allow { users = {"@UID@"}  may = {"admin"}  admins = {"boss"} }'}
TRUTH = "eJw-\n"


class Liars:
    def __init__(self, directory):
        os.chmod(directory, 0o711)
        self.words = {**WORDS, "top": f'publish_dir = "{directory}"'}
        self.made = Sigd(plain_config(**self.words), keys={"boss.usersig": b"whatever\n"}, start=False)
        self.published = os.path.join(directory, "demo", "boss.usersig")
        os.makedirs(self.made.path("liars"))
        os.chmod(self.made.path("liars"), 0o755)
        shutil.copy(LIAR, self.made.path("liars", "sigd-front"))
        shutil.copy(os.path.join(LIBEXEC, "sigd-signer"), self.made.path("liars", "sigd-signer"))
        self.made.libexec = self.made.path("liars")
        self.lie("")
        self.made.start()

    def lie(self, how):
        os.rename(self.made.write("liars/next", how.encode(), 0o644), self.made.path("liars", "lie"))

    def text(self):
        try:
            with open(self.published, encoding="latin-1") as file:
                return file.read()
        except FileNotFoundError:
            return None


def lied_to(*lies):
    if not os.access(LIAR, os.X_OK) or not os.access("/dev/shm", os.W_OK):
        skip(f"no {LIAR}, or no tmpfs at /dev/shm", must=True)
    with tempfile.TemporaryDirectory(prefix="sigd-test-pub-", dir="/dev/shm") as directory:
        liars = Liars(directory)
        equal(liars.text(), TRUTH, "an honest answer is published")
        for how in lies:
            liars.lie(how)
            reloaded(liars.made, **liars.words)
            true(liars.text() in (TRUTH, None), f"{how}: published {liars.text()!r}")
            liars.lie("")
            reloaded(liars.made, **liars.words)
            until(lambda: liars.text() == TRUTH, f"{how}: published once it is honest")
        equal(liars.made.stop(), 0, "exit status")


@scenario
def lies_about_what_it_knows():
    lied_to("silent", "deaf", "ahead", "flood")


@scenario
def lies_about_what_it_read():
    lied_to("mute", "place", "unended", "length", "letters", "endless", "before", "twice")


@scenario
def takes_itself_for_the_signer():
    lied_to("signer")


if __name__ == "__main__":
    main()
