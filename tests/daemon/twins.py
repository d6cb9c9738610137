"""twins.py: sigd under a clock that the test drives.

The twins (tests/twins.mk) are sigd's programs with another clock: time stands still until the test moves it, and moving
it ends when all processes have turned to what it means. So a year takes no longer than a second.

    made = TwinSigd(plain_config(), real=2_600_000_000)
    made.clock.advance(hours=8)      # both clocks, as time does
    made.clock.step(-86400)          # the wall clock alone, as a hand does
    made.clock.suspend(8 * 3600)     # both, in one leap, as a lid does
    made.clock.sync(False)           # what the kernel says of NTP
    made.clock.inject(pid, 41, 2, 1) # the process makes that system call

The clock's file is described in tests/twins/clock_fake.c.
"""
import mmap
import os
import shutil
import struct
import time

import harness

TWINS = os.path.join(harness.BUILD, "tests", "twins")
PROGRAMS = ("sigd", "sigd-signer", "sigd-front")
MAGIC, SEQ, CHANGES, STEPS, REAL, BOOT, SYNCED, FIRST_SLOT = range(8)
SLOTS, SLOT_WORDS = 64, 3
INJECT = FIRST_SLOT + SLOTS * SLOT_WORDS  # pid, number, 6 arguments, errno, a text
INJECT_NUMBER, INJECT_ARGUMENTS, INJECT_ERROR, INJECT_TEXT = INJECT + 1, INJECT + 2, INJECT + 8, 8 * (INJECT + 9)
TEXT_SIZE, TEXT = 256, 0x7E57  # as an argument: the text's address
SIZE = INJECT_TEXT + TEXT_SIZE
NEVER = 2**64 - 1

START = 2_524_608_000  # 2050-01-01T00:00:00Z: after whatever day this was built
UPTIME = 1000.0        # seconds since boot at the start: longer than sigd waits for NTP


def is_running(pid):
    try:
        return harness.status_of(pid)["State"][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class FakeClock:
    """The file. members(): the pids that have to follow."""

    def __init__(self, path, members, real=START, uptime=UPTIME, synced=True):
        self.members = members
        with open(path, "wb") as file:
            file.write(b"\0" * SIZE)
        os.chmod(path, 0o666)  # the twins run as other users
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)
        self.words = memoryview(self.map).cast("Q")
        self.words[REAL], self.words[BOOT], self.words[SYNCED] = int(real), int(uptime * 1000), int(synced)
        self.words[MAGIC] = struct.unpack("<Q", b"clock\0\0\0")[0]

    # what it shows

    @property
    def real(self):
        return self.words[REAL]

    @property
    def boot(self):
        """Seconds since boot."""
        return self.words[BOOT] / 1000

    @property
    def steps(self):
        """How often the wall clock was set."""
        return self.words[STEPS]

    def slots(self):
        """{pid: (changes that it has handled, boot seconds of its alarm or None)}"""
        found = {}
        for i in range(SLOTS):
            pid, handled, alarm = self.words[FIRST_SLOT + i * SLOT_WORDS:FIRST_SLOT + (i + 1) * SLOT_WORDS]
            if pid:
                found[pid] = (handled, None if alarm == NEVER else alarm / 1000)
        return found

    def alarm(self, pid):
        return self.slots()[pid][1]

    # moving it

    def advance(self, seconds=0, *, minutes=0, hours=0, days=0, rounds=4, without=()):
        """Time goes by."""
        seconds += 60 * minutes + 3600 * hours + 86400 * days
        self.change(real=self.real + seconds, boot=self.boot + seconds, rounds=rounds, without=without)

    suspend = advance

    def step(self, seconds, rounds=4, without=()):
        """Somebody sets the wall clock; seconds may be negative."""
        self.change(real=self.real + seconds, step=True, rounds=rounds, without=without)

    def set(self, real, rounds=4, without=()):
        self.step(real - self.real, rounds, without)

    def sync(self, synced, rounds=4):
        self.change(synced=synced, rounds=rounds)

    def change(self, real=None, boot=None, synced=None, step=False, rounds=4, without=()):
        """All at one moment, then rounds of waiting: what one process asks of another takes a round each way."""
        self.words[SEQ] += 1
        if real is not None:
            self.words[REAL] = int(real)
        if boot is not None:
            self.words[BOOT] = int(round(boot * 1000))
        if synced is not None:
            self.words[SYNCED] = int(synced)
        if step:
            self.words[STEPS] += 1
        self.words[SEQ] += 1
        self.settle(rounds, without)

    def inject(self, pid, number, *arguments, text=""):
        """The process makes this system call: its errno (0: none), or None when it died of it. TEXT as an argument is the
        address of text."""
        self.map[INJECT_TEXT:INJECT_TEXT + TEXT_SIZE] = text.encode().ljust(TEXT_SIZE, b"\0")
        self.words[INJECT_NUMBER] = number
        for i in range(6):
            self.words[INJECT_ARGUMENTS + i] = (arguments[i] if i < len(arguments) else 0) % 2**64
        self.words[INJECT] = pid
        end = time.monotonic() + harness.DEADLINE
        while self.words[INJECT] == pid:
            if not is_running(pid):
                self.words[INJECT] = 0
                return None
            if time.monotonic() > end:
                raise AssertionError(f"process {pid} neither makes the system call nor dies")
            time.sleep(0.001)
        return self.words[INJECT_ERROR]

    def settle(self, rounds=4, without=()):
        """Until every process has turned that many times. without: pids that do not (stopped ones)."""
        for _ in range(rounds):
            self.words[CHANGES] += 1
            self.wait(self.words[CHANGES], without)

    def wait(self, change, without):
        end = time.monotonic() + harness.DEADLINE
        while True:
            slots = self.slots()
            late = [pid for pid in self.members() if pid not in without and slots.get(pid, (0,))[0] < change]
            if not late:
                return
            if time.monotonic() > end:
                raise AssertionError(f"these processes do not follow the clock: {late}; it is at {change}, they: {slots}")
            time.sleep(0.001)


class TwinSigd(harness.Sigd):
    """A Sigd of twins, with .clock. real, uptime, synced: the clock at the start."""

    def __init__(self, *arguments, real=START, uptime=UPTIME, synced=True, start=True, **words):
        for name in PROGRAMS:
            if not os.access(os.path.join(TWINS, name), os.X_OK):
                harness.skip(f"{TWINS}/{name} is not built", must=True)
        super().__init__(*arguments, start=False, **words)
        self.libexec = self.path("twins")
        os.makedirs(self.libexec, exist_ok=True)
        os.chmod(self.libexec, 0o755)
        for name in PROGRAMS:
            if not os.path.exists(self.path("twins", name)):
                shutil.copy(os.path.join(TWINS, name), self.path("twins", name))
        self.program = self.path("twins", "sigd")
        self.clock = FakeClock(self.path("twins", "clock"), self.members, real, uptime, synced)
        if start:
            self.start()

    def members(self):
        if not self.process or self.process.poll() is not None:
            return []
        return [self.pid, *self.children()]

    def start(self):
        super().start()
        self.clock.settle(1)
        return self
