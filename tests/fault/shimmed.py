"""shimmed.py: sigd of programs with a shim (tests/fault/shim.c), whose faults the test sets while it runs.

    made = Shimmed(config)
    made.faults["signer"].write_error = errno.EIO
    made.faults["front"].interrupt = 20         # each front: one call in twenty
"""
import mmap
import os
import shutil

import harness

PROGRAMS = ("sigd", "sigd-signer", "sigd-front")
SHIMMED = os.path.join(harness.BUILD, "tests", "fault")
MAGIC = int.from_bytes(b"fault\0\0\0", "little")
# struct shim_role
WORDS = ("interrupt", "cut", "crowd", "refuse", "lie", "lies", "write_error", "sync_error", "sync_ms",
         "interrupted", "was_cut", "crowded", "refused", "lied", "failed", "synced")
WISHES = WORDS[:9]
FRONTS = 4
NUMBER, OP, LENGTH, FDS, CUT, TAIL, NOISE, TWICE, FIELD, STRANGER = (1 << n for n in range(10))


class Role:
    """Of one process, or of all fronts: reading adds up, writing sets each."""

    def __init__(self, words, places):
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "places", places)

    def __getattr__(self, name):
        return sum(self.words[place + WORDS.index(name)] for place in self.places)

    def __setattr__(self, name, value):
        for place in self.places:
            self.words[place + WORDS.index(name)] = value


class Faults(dict):
    def __init__(self, path, seed):
        super().__init__()
        size = 8 * (2 + len(WORDS) * (2 + FRONTS))
        with open(path, "wb") as file:
            file.write(b"\0" * size)
        os.chmod(path, 0o666)  # the children run as other users
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), size)
        self.words = memoryview(self.map).cast("Q")
        self.words[0], self.words[1] = MAGIC, seed
        places = [2 + len(WORDS) * n for n in range(2 + FRONTS)]
        self["master"], self["signer"] = Role(self.words, places[:1]), Role(self.words, places[1:2])
        self["front"], self["all"] = Role(self.words, places[2:]), Role(self.words, places)
        for n in range(FRONTS):
            self[f"front {n}"] = Role(self.words, places[2 + n:3 + n])

    def none(self):
        for word in WISHES:
            setattr(self["all"], word, 0)


class Shimmed(harness.Sigd):
    def __init__(self, *arguments, seed=0, **words):
        for name in PROGRAMS:
            if not os.access(os.path.join(SHIMMED, name), os.X_OK):
                harness.skip(f"{SHIMMED}/{name} is not built", must=True)
        super().__init__(*arguments, start=False, **words)
        self.libexec = self.path("shimmed")
        os.makedirs(self.libexec)
        os.chmod(self.libexec, 0o755)
        for name in PROGRAMS:
            shutil.copy(os.path.join(SHIMMED, name), self.path("shimmed", name))
        self.program = self.path("shimmed", "sigd")
        self.faults = Faults(self.path("shimmed", "faults"), seed)
