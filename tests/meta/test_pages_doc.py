#!/usr/bin/env python3
"""docs/PAGES.md: its table is the header's struct, its reader reads, and libsig says the same of the same page."""
import ctypes
import os
import re
import struct
import tempfile
import zlib

from tree import BUILD, check, done, read, sanitized, skip, without_comments

DOC = "docs/PAGES.md"
LIBRARY = os.path.join(BUILD, "libsig/.libs/libsig.so")
NOW = 1700000000
VERDICTS = {"OK": 0, "MALFORMED": 16, "EXPIRED": 22, "REVOKED": 24, "UNAVAILABLE": 25}


def table():
    """(offset, size, field) as documented."""
    return [(int(offset), int(size), name) for offset, size, name in
            re.findall(r"^\| (\d+) \| (\d+) \| (\w+) \|", read(DOC), re.MULTILINE)]


def members():
    """The same of the header's struct, whose fields are aligned by themselves."""
    header = without_comments(read("libsig/usersig_page.h"))
    constants = dict(re.findall(r"#define (USERSIG_\w+) (\d+)", header + without_comments(read("libsig/usersig.h"))))
    body = re.search(r"struct usersig_page_layout \{(.*?)\};", header, re.DOTALL).group(1)
    found, at = [], 0
    for kind, names in re.findall(r"(\w+)\s+([^;]+);", body):
        for name in names.split(","):
            match = re.fullmatch(r"\s*(\w+?)2?(?:\[(\w+)(?: \+ (\d))?\])?\s*", name)
            count = match.group(2)
            count = 1 if count is None else int(constants.get(count, count)) + int(match.group(3) or 0)
            size = {"char": 1, "uint32_t": 4, "uint64_t": 8}[kind] * count
            found.append((at, size, match.group(1)))
            at += size
    return found + [(at, 4096 - at, "reserved")]


def page(**fields):
    """A page by the documented table alone."""
    values = {"magic": b"USERSIG", "version": 1, "size": 4096, "sequence": 2, "heartbeat": NOW, "state": 1, "sdkappid": 1400000000,
              "issued_at": NOW, "expires_at": NOW + 60, "renew_at": NOW + 40, "identifier": b"administrator", "key": b"2026a",
              "usersig": b"eJwtzEELgjAYgOH-"} | fields
    values |= {f"{name}_len": len(values[name]) for name in ("identifier", "key", "usersig") if f"{name}_len" not in fields}
    made = bytearray(4096)
    for offset, size, name in table():
        value = values.get(name, 0 if size in (4, 8) else b"")
        made[offset:offset + size] = value.ljust(size, b"\0") if isinstance(value, bytes) else value.to_bytes(size, "little" if
            struct.pack("=H", 1)[0] else "big")
    made[20:24] = struct.pack("=I", fields.get("check", zlib.crc32(made[32:2560])))
    return bytes(made)


# name: page, now, what the reader says, libsig's verdict
CASES = {
    "live": (page(), NOW, "eJwtzEELgjAYgOH-", "OK"),
    "last second": (page(), NOW + 60, "eJwtzEELgjAYgOH-", "OK"),
    "longest": (page(usersig=b"e" * 2047, identifier=b"i" * 255, key=b"k" * 63), NOW, "e" * 2047, "OK"),
    "expired": (page(), NOW + 61, "nothing is published", "EXPIRED"),
    "empty": (page(state=0), NOW, "nothing is published", "UNAVAILABLE"),
    "revoked": (page(state=2), NOW, "revoked", "REVOKED"),
    "being written": (page(sequence=3), NOW, "being written", "UNAVAILABLE"),
    "torn": (page(check=1), NOW, "being written", "OK"),  # libsig goes by the sequence alone
    "another version": (page(version=2), NOW, "not a page of version 1", "MALFORMED"),
    "another file": (page(magic=b"SQLite f"), NOW, "not a page of version 1", "MALFORMED"),
}


def said(reader, path, now):
    try:
        opened = reader["open_page"](path)
    except OSError as fault:
        return type(fault).__name__
    with opened:
        try:
            return reader["read_page"](opened, now)
        except LookupError as fault:
            return str(fault)


class Value(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("issued_at", "expires_at", "renew_at", "silence")] + \
               [(name, ctypes.c_size_t) for name in ("identifier_len", "key_len", "usersig_len")] + \
               [("sdkappid", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("identifier", ctypes.c_char * 256),
                ("key", ctypes.c_char * 64), ("usersig", ctypes.c_char * 2048)]


def judged(libsig, path, now):
    """(verdict, value) by the library."""
    handle, value = ctypes.c_void_p(), Value()
    verdict = libsig.usersig_page_open(ctypes.byref(handle), path.encode(), 0)
    if verdict == 0:
        verdict = libsig.usersig_page_read(handle, ctypes.c_uint64(now), ctypes.byref(value))
    libsig.usersig_page_close(handle)
    return verdict, value


def check_reader(path):
    code = re.search(r"<!-- reader -->\n```python\n(.*?)```", read(DOC), re.DOTALL).group(1)
    reader, faults = {}, []
    exec(compile(code, DOC, "exec"), reader)  # pylint: disable=exec-used
    for name, (content, now, expected, _) in CASES.items():
        os.unlink(path)
        with open(path, "wb") as file:
            file.write(content)
        got = said(reader, path, now)
        if got != expected:
            faults.append(f"{name}: expected {expected!r}, got {got!r}")
    os.unlink(path)
    os.symlink("nowhere", path)
    if said(reader, path, NOW) != "OSError":
        faults.append("a symbolic link is followed")
    check("the reader in Python", faults)


def check_libsig(path):
    name = "libsig says the same"
    if not os.path.isfile(LIBRARY):
        check(name, [f"no {LIBRARY}: not built?"])
        return
    if sanitized(LIBRARY):
        skip(name, "the library is built with sanitizers, Python is not")
        return
    libsig, faults = ctypes.CDLL(LIBRARY), []
    libsig.usersig_page_value_size.restype = ctypes.c_size_t
    if libsig.usersig_page_value_size() != ctypes.sizeof(Value):
        faults.append("another size of struct usersig_page_value")
    for case, (content, now, expected, verdict) in CASES.items():
        os.unlink(path)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o440), "wb") as file:
            file.write(content)
        got, value = judged(libsig, path, now)
        if got != VERDICTS[verdict]:
            faults.append(f"{case}: expected {verdict}, got {got}")
        elif got == 0 and case != "torn" and value.usersig.decode() != expected:
            faults.append(f"{case}: got {value.usersig!r}")
    check(name, faults)


def main():
    check("the table is the header's struct",
          [f"{DOC}: {row}" for row in table() if row not in members()] +
          [f"usersig_page.h: {row}" for row in members() if row not in table()] if table() else ["no table"])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page")
        with open(path, "wb"):
            pass
        check_reader(path)
        os.unlink(path)
        with open(path, "wb"):
            pass
        check_libsig(path)
    done()


main()
