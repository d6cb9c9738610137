#!/usr/bin/env python3
"""The tool `usersig`: without sigd, before a stand-in of sigd that answers whatever a scenario wants, and before the
real one. Signatures are judged and forged by the oracle, which shares no code with libsig.

Environment: USERSIG (default <top_builddir>/tools/usersig), and what harness.py reads."""
import contextlib
import json
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qsl, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from usertool import NOW, USERSIG, Ran, directory, made, need_tool, offline, tool, write  # noqa: E402
from harness import (BUILD, KEY, OTHER_KEY, SDKAPPID, Sigd, equal, main, oracle, plain_config,  # noqa: E402
                     scenario, shared, skip, true)

SOURCE = os.path.dirname(os.path.dirname(HERE))
COMMANDS = ("url", "call", "sign", "admin", "verify", "inspect", "status", "apis", "explain", "export")
CALL = "group_open_http_svc/get_appid_group_list"


# ---- help and the command line -----------------------------------------------------------------------

@scenario
def help_for_a_newcomer():
    text = tool("--help").good()
    for word in (*COMMANDS, "SIGD_SOCKET", "SIGD_APP", "--key-file", "usersig(1)", "curl -K -"):
        true(word in text, f"{word!r} is missing in --help")
    equal(tool("help").good(), text, "usersig help")
    equal(tool("-h").good(), text, "usersig -h")
    true(re.fullmatch(r"usersig \d+\.\d+\.\d+.*", tool("--version").good()), "--version")
    for command in COMMANDS:
        own = tool(command, "--help").good()
        for word in (f"usersig {command}", "Options", "Examples", "--help"):
            true(word in own, f"{word!r} is missing in {command} --help")
        equal(tool("help", command).good(), own, f"usersig help {command}")
        true(max(map(len, own.splitlines())) <= 110, f"{command} --help is too wide")


@scenario
def the_man_page_has_every_option_and_exit_status():
    with open(os.path.join(SOURCE, "docs", "usersig.1"), encoding="utf-8") as file:
        page = file.read()
    for command in COMMANDS:
        true(re.search(rf"^\.It Cm {command}\b", page, re.M), f"{command} is missing in the man page")
        for option in re.findall(r"^  --([a-z0-9-]+)", tool(command, "--help").good(), re.M):
            true(re.search(rf"^\.It Fl -{option}\b", page, re.M), f"--{option} is missing in the man page")
    with open(os.path.join(SOURCE, "tools", "exits.h"), encoding="utf-8") as file:
        for number in re.findall(r"= (\d+)", file.read()):
            true(re.search(rf"^\.It {number}$", page, re.M), f"exit status {number} is missing in the man page")


@scenario
def usage_errors():
    for arguments, words in (
            ((), ()),
            (("ulr",), ('"url"',)), (("verfy",), ('"verify"',)), (("frobnicate",), ("--help",)),
            (("--socket", "x", "status"), ("command comes first",)),
            (("sign", "--lifetim", "3"), ("--lifetime",)), (("sign", "--frobnicate"), ("sign --help",)),
            (("sign", "-x"), ("-x",)), (("sign", "a", "b"), ("IDENTIFIER",)), (("sign",), ("for whom",)),
            (("status", "x"), ("options only",)), (("status", "--app", "x"), ("--app",)),
            (("sign", "a", "--app"), ("--app NAME",)), (("sign", "a", "--app="), ("empty",)),
            (("sign", "a", "--json=1"), ("no value",)), (("sign", "a", "--app", "x", "--app", "y"), ("twice",)),
            (("sign", "a", "--sdkappid", "5"), ("--key-file",)), (("sign", "a", "--key-file", "x"), ("--sdkappid",)),
            (("sign", "a", "--key-file", "x", "--sdkappid", "0"), ("4294967295",)),
            (("sign", "a", "--key-file", "x", "--sdkappid", "4294967296"), ("4294967295",)),
            (("sign", "a", "--key-file", "x", "--sdkappid", "5", "--app", "x"), ("--app",)),
            (("sign", "a", "--key-file", "x", "--sdkappid", "5", "--socket", "x"), ("--socket",)),
            (("sign", "a", "--identifier", "b"), ("two different",)), (("sign", "a", "--lifetime", "1y"), ("<n>d",)),
            (("sign", "a", "--lifetime", "-1"), ("<n>d",)), (("sign", "a", "--utf8"), ("--key-file",)),
            (("verify",), ("--for", "--any-identifier")), (("verify", "--for", "a", "--any-identifier"), ("either",)),
            (("url",), ("SERVICE/COMMAND",)), (("url", CALL, "--lifetime", "1h"), ("--key-file",)),
            (("url", CALL, "--param", "x"), ("NAME=VALUE",)), (("url", CALL, "--param", "=x"), ("NAME=VALUE",)),
            (("url", CALL, "--region", "mars"), ("singapore",)),
            (("url", CALL, "--region", "china", "--host", "h"), ("exclude",)),
            (("url", CALL, "--curl-config", "--redact"), ("--redact",)),
            (("url", CALL, "--key-file", "x", "--sdkappid", "5"), ("--identifier",)),
            (("status", "--socket", "x" * 108), ("107",))):
        ran = tool(*arguments)
        ran.fails(64, *words) if arguments else equal(ran.status, 64, str(ran))


@scenario
def no_key_on_a_command_line():
    for name in ("key", "secret", "secret-key", "password", "passphrase"):
        for arguments in ((f"--{name}", "hush-hush"), (f"--{name}=hush-hush",)):
            ran = tool("sign", "alice", *arguments).fails(64, "process list", "--key-file")
            true("hush" not in ran.err, f"the secret is repeated: {ran}")
    ran = tool("sign", "alice", "--kee=hush-hush").fails(64)
    true("hush" not in ran.err, f"the secret is repeated: {ran}")


# ---- sign without sigd -------------------------------------------------------------------------------

@scenario
def sign_is_what_the_oracle_accepts():
    with offline() as options:
        for identifier in ("a", "alice", "administrator", "@TIM#x y", "x" * 32, '"\\/{}', "-dash"):
            out = tool("sign", *options, "--", identifier).good()
            equal(oracle.judge(out, KEY, SDKAPPID, identifier, NOW + 60), oracle.OK, identifier)
        for lifetime, seconds in (("1", 1), ("90s", 90), ("15m", 900), ("24h", 86400), ("30d", 2592000),
                                  ("2w", 1209600), ("1576800000", 1576800000)):
            answer = tool("sign", "alice", *options, "--lifetime", lifetime, "--json").json()
            equal(answer["expires_at"] - answer["issued_at"], seconds, lifetime)
            equal(oracle.decode(answer["usersig"])["expire"], seconds, lifetime)
        answer = tool("sign", "--identifier", "alice", *options, "--json").json()
        equal(sorted(answer), ["expires_at", "identifier", "issued_at", "key", "sdkappid", "usersig"], "members")
        equal((answer["identifier"], answer["sdkappid"], answer["key"]), ("alice", SDKAPPID, None), "answer")
        true(abs(answer["issued_at"] - time.time()) < 10, "issued now")
        equal(answer["expires_at"] - answer["issued_at"], 86400, "the default lifetime")
        out = tool("sign", "你好", *options, "--utf8").good()
        equal(oracle.judge(out, KEY, SDKAPPID, "你好", NOW + 60), oracle.OK, "--utf8")


@scenario
def sign_refuses_what_must_not_be_signed():
    with offline() as options:
        for identifier, word in (("", "empty"), ("a\nTLS.sdkappid:1", "0x0a at byte 2"), ("a\x7f", "0x7f"),
                                 (" a", "beginning"), ("a ", "end"), ("x" * 33, "33 bytes"), ("é", "0xc3 at byte 1")):
            tool("sign", identifier, *options).fails(6, word)
            tool("sign", identifier).fails(6, word)  # before sigd is asked
        for identifier, word in (("a\tb", "0x09 at byte 2"), ("é" * 128, "256 bytes"), (b"a\xff", "UTF-8")):
            tool("sign", identifier, *options, "--utf8").fails(6, word)
        for lifetime in ("0", "0d", "1576800001", "1700000000000", "18251d",
                         "18446744073709551616", "99999999999999999999w"):
            tool("sign", "alice", *options, "--lifetime", lifetime).fails(7, "50 years")
            tool("url", CALL, "--as", "x", *options, "--lifetime", lifetime).fails(7, "50 years")


@scenario
def key_files():
    with directory() as path:
        def sign(name, *more):
            return tool("sign", "alice", "--key-file", os.path.join(path, name), "--sdkappid", str(SDKAPPID), *more)
        plain = write(os.path.join(path, "plain"), KEY)
        equal(sign("plain").err, "", "no note")
        for name, end in (("lf", b"\n"), ("crlf", b"\r\n")):
            write(os.path.join(path, name), KEY + end)
            ran = sign(name)
            true("newline" in ran.err, f"a note: {ran}")
            equal(oracle.judge(ran.good(), KEY, SDKAPPID, "alice", NOW + 60), oracle.OK, name)
        write(os.path.join(path, "two"), KEY + b"\n\n")
        ran = sign("two")
        true("white space" in ran.err, f"a second note: {ran}")
        equal(oracle.judge(ran.good(), KEY + b"\n", SDKAPPID, "alice", NOW + 60), oracle.OK, "one newline trimmed")
        write(os.path.join(path, "empty"), b"")
        write(os.path.join(path, "newline"), b"\n")
        write(os.path.join(path, "pem"), b"-----BEGIN EC PRIVATE KEY-----\nMHQC\n-----END EC PRIVATE KEY-----\n")
        write(os.path.join(path, "long"), b"k" * 4097)
        sign("empty").fails(5, "empty")
        sign("newline").fails(5, "empty")
        sign("pem").fails(5, "PEM is not one key")
        sign("long").fails(5, "long")
        sign("none").fails(66, "none")
        write(os.path.join(path, "open"), KEY, 0o640)
        sign("open").fails(66, "chmod")
        os.symlink(plain, os.path.join(path, "link"))
        sign("link").fails(66, "link")
        write(os.path.join(path, "huge"), b"k" * 70000)
        sign("huge").fails(66, "huge")
        os.chmod(path, 0o777)
        sign("plain").fails(66, path)
        os.chmod(path, 0o755)


@scenario(needs=("openssl",))
def pem_makes_version_1():
    for curve in ("secp256k1", "prime256v1"):
        pem = subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout"], capture_output=True,
                             check=True).stdout
        with offline(key=pem) as options:
            ran = tool("sign", "alice", *options)
            equal(ran.err, "", "no note about a newline")
            said = tool("inspect", "--json", stdin=ran.good()).json()["claims"]
            equal((said["version"], said["identifier"], said["sdkappid"]), (1, "alice", SDKAPPID), curve)
            tool("verify", "--for", "alice", *options, stdin=ran.good()).good()
            equal(tool("verify", "--for", "alice", *options, stdin=made(issued_at=int(time.time()))).status, 17, "v2")
            with offline() as other:
                equal(tool("verify", "--for", "alice", *other, stdin=ran.good()).status, 17, "v1 for a key of v2")


def room_rows():
    """(arguments of sign, arguments of verify, exit status)."""
    number, name = ("--room", "4711"), ("--room-string", "büro")
    return ((number, number, 0), (number, (), 21), ((), number, 21), (number, ("--room", "4712"), 21), (number, name, 21),
            (name, name, 0), (name, number, 21), (name, ("--room-string", "Büro"), 21), (name, (), 21),
            ((*number, "--rights", "42"), number, 0), ((*number, "--rights", "42"), (*number, "--rights", "42"), 0),
            ((*number, "--rights", "42"), (*number, "--rights", "2"), 0),
            ((*number, "--rights", "42"), (*number, "--rights", "43"), 21), (number, (*number, "--rights", "255"), 0))


def rooms_through(*options, run=tool):
    for signs, asks, status in room_rows():
        text = run("sign", "alice", *signs, *options).good()
        ran = run("verify", "--for", "alice", *asks, *options, stdin=text)
        equal(ran.status, status, f"{signs} {asks}: {ran}")
    run("sign", "alice", "--room", "5", "--rights", "0", *options).fails(8)
    run("sign", "alice", "--room-string", "a\nb", *options).fails(8)
    run("sign", "alice", "--room-string", "x" * 487, *options).fails(8)


@scenario
def rooms_without_sigd():
    with offline() as options:
        rooms_through(*options)
        text = tool("sign", "alice", "--room", "4294967295", *options).good()
        room = oracle.room(oracle.decode(text)["userbuf"])
        equal((room["account"], room["sdkappid"], room["number"], room["rights"]), ("alice", SDKAPPID, 2**32 - 1, 255), "room")
        tool("sign", "alice", "--room", "5", "--lifetime", "1576800000", *options).good()
    for arguments in (("--room", "0"), ("--room", "4294967296"), ("--room", "x"), ("--room", "1", "--room-string", "a"),
                      ("--rights", "1"), ("--room", "1", "--rights", "256"), ("--room-string", "")):
        tool("sign", "alice", *arguments).fails(64)
        tool("verify", "--for", "alice", *arguments, stdin=made()).fails(64)


# ---- verify and inspect without sigd -----------------------------------------------------------------

def verdict_rows():
    """(name, usersig, arguments after --for, status, ErrorCode)."""
    return [
        ("ok", made(), "alice", 0, 0),
        ("malformed", made()[:-9], "alice", 16, 70003),
        ("malformed", "x", "alice", 16, 70003),
        ("malformed", "x" * 13000, "alice", 16, 70003),
        ("malformed", "\xff\x01", "alice", 16, 70003),
        ("wrong_key", made(key=OTHER_KEY), "alice", 18, 70009),
        ("wrong_sdkappid", made(sdkappid=5), "alice", 19, 70014),
        ("wrong_identifier", made("bob"), "alice", 20, 70013),
        ("wrong_userbuf", made(userbuf=b"\0\1\2"), "alice", 21, 70003),
        ("expired", made(issued_at=NOW - 100, lifetime=10), "alice", 22, 70001),
        ("not_yet_valid", made(issued_at=NOW + 4000), "alice", 23, 0),
    ]


def judge_rows(run):
    """Each row by run(usersig, ID, *more), for people and as JSON."""
    for name, text, identifier, status, code in verdict_rows():
        ran = run(text, identifier)
        equal(ran.status, status, f"{name}: {ran}")
        true(ran.out.startswith("valid: alice of " if status == 0 else "refused: "), f"{name}: {ran}")
        true(status == 0 or "to do: " in ran.out, f"{name}: {ran}")
        true(code == 0 and "ErrorCode" not in ran.out or f"ErrorCode {code} " in ran.out, f"{name}: the ErrorCode in {ran}")
        before = int(time.time())
        answer = run(text, identifier, "--json").json(status)
        equal(sorted(answer), ["claims", "key", "remaining", "rest_code", "valid", "verdict"], "members")
        equal((answer["valid"], answer["verdict"], answer["rest_code"]), (status == 0, name, code), name)
        equal(answer["claims"] is None, status in (16, 18), f"claims of {name}")
        if status == 0:
            equal(answer["claims"], {"version": 2, "sdkappid": SDKAPPID, "identifier": "alice", "issued_at": NOW,
                                     "lifetime": 86400}, "claims")
            ends = NOW + 86400
            true(ends - int(time.time()) <= answer["remaining"] <= ends - before, f"remaining: {answer['remaining']}")
    ran = run(made("bob"), None)
    true(ran.good().startswith("valid: bob of "), str(ran))


@scenario
def verify_without_sigd():
    with offline() as options:
        judge_rows(lambda text, identifier, *more: tool(
            "verify", *options, *(["--for", identifier] if identifier else ["--any-identifier"]), *more,
            stdin=text.encode("latin-1")))


@scenario
def verify_at_another_time():
    text = made(issued_at=1000000, lifetime=1000)
    with offline() as options:
        for now, status in ((999700, 0), (999699, 23), (1000000, 0), (1001000, 0), (1001001, 22)):
            ran = tool("verify", "--for", "alice", *options, "--now", str(now), "--json", stdin=text)
            equal(ran.json(status)["remaining"], max(0, 1001000 - now), f"remaining at {now}")
        out = tool("verify", "--for", "alice", *options, "--now", "1000940", stdin=text).good()
        true(out.endswith("expires 1970-01-12 14:03:20 UTC (in 1 min)"), out)


@scenario
def what_is_read():
    text = made()
    with directory() as path:
        file = write(os.path.join(path, "sig"), f"\r\n {text}\t\n".encode())
        claims = tool("inspect", "--json", stdin=text).json()
        for arguments, stdin in (((), text + "\n"), (("-",), text), ((f"@{file}",), ""), ((text,), ""),
                                 ((), f"https://h/v4/a/b?sdkappid=1&usersig={text}&random=2"),
                                 ((), f'url = "https://h/v4/a/b?sdkappid=1&usersig={text}"\n'), ((), f"usersig={text}"),
                                 ((), f"https://h/?usersig={text.replace('*', '%2A').replace('-', '%2d')}#x")):
            again = tool("inspect", "--json", *arguments, stdin=stdin).json()
            equal(again["claims"], claims["claims"], f"inspect {arguments} {stdin!r}")
        tool("inspect", "@" + os.path.join(path, "none")).fails(66, "none")
        tool("inspect", "@" + path).fails(66, path)
        tool("inspect").fails(65, "nothing")
        tool("inspect", stdin=" \n").fails(65, "nothing")
        tool("inspect", stdin="x" * 65537).fails(65, "64 KiB")
        tool("inspect", stdin="https://h/v4/a/b?sdkappid=1").fails(65, "no usersig")
        tool("inspect", stdin=f"https://h/?usersig={text}&usersig={text}").fails(65, "more than one")
        tool("inspect", stdin=f"https://h/?usersig={text}%2").fails(65, "hex digits")
        ran = tool("inspect", file, cwd="/").fails(16)
        true("write @" in ran.err, f"a hint at @: {ran}")


@scenario
def inspect_shows_claims_and_no_more():
    out = tool("inspect", "--now", str(NOW + 60), stdin=made(userbuf=b"\1\2")).good()
    for line in (r"identifier  alice", rf"sdkappid    {SDKAPPID}", r"issued      .* UTC \(1 min ago\)", r"lifetime    1 d",
                 r"expires     .* UTC \(in 23 h 59 min\)", r"version     2 \(HMAC-SHA256\)", r"userbuf     2 bytes.*",
                 r"not verified: .*"):
        true(re.search(rf"^{line}$", out, re.M), f"{line!r} is missing in:\n{out}")
    true("expired " in tool("inspect", "--now", str(NOW + 90000), stdin=made()).good(), "expired")
    answer = tool("inspect", "--now", str(NOW + 60), "--json", stdin=made(userbuf=b"\1\xfe")).json()
    equal(answer, {"verified": False, "claims": {"version": 2, "sdkappid": SDKAPPID, "identifier": "alice",
                                                 "issued_at": NOW, "lifetime": 86400},
                   "expires_at": NOW + 86400, "remaining": 86340, "expired": False, "userbuf": "01fe"}, "answer")
    true("userbuf" not in tool("inspect", stdin=made()).good(), "no userbuf, no line")
    huge = tool("inspect", "--json", stdin=made(lifetime=2**63)).json()
    equal(huge["claims"]["lifetime"], 2**63 - 1, "as far as JSON's integers go")


@scenario
def inspect_names_the_step_that_refused():
    seen = set()
    for text in (made()[:-1], made() + "x" * 13000, oracle.to_outer(b"not zlib"), oracle.pack("[]"),
                 oracle.pack('{"TLS.ver":"3.0"}'), oracle.pack('{"TLS.ver":"2.0"}')):
        ran = tool("inspect", stdin=text).fails(16, "not a whole usersig")
        seen.add(ran.err)
        true(text[:20] not in ran.err, "no part of it in the message")
        tool("inspect", "--json", stdin=text).fails(16)
    equal(len(seen), 6, f"six different messages: {seen}")


@scenario
def nothing_hostile_reaches_the_terminal():
    hostile = "a\u009b31m\u202eb\u200f\u2028c\u00e9\ufeff"
    shown = tool("inspect", stdin=made(hostile)).good()
    true("a\\u{9b}31m\\u{202e}b\\u{200f}\\u{2028}cé\\u{feff}" in shown, repr(shown))
    equal(tool("inspect", "--json", stdin=made(hostile)).json()["claims"]["identifier"], hostile, "in JSON, whole")
    ran = tool("inspect", "@/none/\x1b[31m\n").fails(66, "\\x1b[31m\\x0a")
    equal(ran.err.count("\n"), 1, "one line")


@scenario
def an_argument_is_warned_about_on_a_terminal():
    need_tool()
    text = made()
    for arguments, warned in (([text], True), ([], False)):
        try:
            leader, follower = pty.openpty()
        except OSError as error:
            skip(f"no pseudo terminal here: {error}")
        subprocess.run([USERSIG, "inspect", *arguments], input=text.encode(), stdout=subprocess.DEVNULL, stderr=follower,
                       timeout=30, check=True)
        os.close(follower)
        said = b""
        with contextlib.suppress(OSError):
            while piece := os.read(leader, 4096):
                said += piece
        os.close(leader)
        equal(b"process list" in said, warned, f"warning for {arguments}: {said!r}")
    equal(tool("inspect", text).err, "", "no warning without a terminal")


@scenario
def a_lost_output_is_an_error():
    with open("/dev/full", "wb") as full:
        ran = tool("inspect", stdin=made(), stdout=full)
        equal(ran.status, 74, str(ran))
        equal(tool("--help", stdout=full).status, 74, "--help")
        equal(tool("inspect", "--json", stdin=made(), stdout=full).status, 74, "--json")


# ---- url without sigd --------------------------------------------------------------------------------

def parts(url):
    split = urlsplit(url)
    return split.scheme, split.netloc, split.path, parse_qsl(split.query, keep_blank_values=True, strict_parsing=True)


@scenario
def url_without_sigd():
    with offline() as options:
        url = tool("url", CALL, *options, "--identifier", "administrator").good()
        scheme, host, path, query = parts(url)
        equal((scheme, host, path), ("https", "console.tim.qq.com", "/v4/" + CALL), url)
        equal([name for name, _ in query], ["sdkappid", "identifier", "usersig", "random", "contenttype"], "names")
        query = dict(query)
        equal((query["sdkappid"], query["identifier"], query["contenttype"]),
              (str(SDKAPPID), "administrator", "json"), "values")
        equal(oracle.judge(query["usersig"], KEY, SDKAPPID, "administrator", NOW + 60), oracle.OK, "usersig")
        equal(oracle.decode(query["usersig"])["expire"], 3600, "the default lifetime")
        randoms = {dict(parts(tool("url", CALL, *options, "--as", "a").good())[3])["random"] for _ in range(3)}
        equal(len(randoms), 3, "three random numbers")
        url = tool("url", CALL, *options, "--as", "a b&c", "--region", "Silicon Valley", "--random", "4294967295", "--param",
                   "x=1", "--param", "y=a=b &é", "--param", "z=", "--lifetime", "5m").good()
        _, host, _, query = parts(url)
        equal(host, "adminapiusa.im.qcloud.com", "host")
        equal(query[1], ("identifier", "a b&c"), "identifier")
        equal(query[3:], [("random", "4294967295"), ("contenttype", "json"), ("x", "1"), ("y", "a=b &é"), ("z", "")], "query")
        equal(oracle.decode(query[2][1])["expire"], 300, "--lifetime")
        answer = tool("url", CALL, *options, "--as", "ops", "--host", "localhost:8443", "--json").json()
        equal(sorted(answer), ["expires_at", "identifier", "sdkappid", "url"], "members")
        equal((answer["identifier"], answer["sdkappid"]), ("ops", SDKAPPID), "answer")
        true(abs(answer["expires_at"] - 3600 - time.time()) < 10, "expires_at")
        true(answer["url"].startswith("https://localhost:8443/v4/"), "--host")
        for more in ((), ("--json",)):
            masked = tool("url", CALL, *options, "--as", "ops", "--redact", *more).good()
            true("usersig=REDACTED&" in masked and "eJ" not in masked and "eN" not in masked, masked)


@scenario
def url_refuses_a_wrong_form():
    with offline() as options:
        own = [*options, "--as", "ops"]
        for word in ("v4/" + CALL, "/" + CALL, CALL + "/", "a", "a/", "/a", "a/b/c", "https://h/v4/a/b", "a/b?c=d", "a b/c",
                     "a/b\n", "ä/b", "x" * 65 + "/b", "a/" + "x" * 65):
            tool("url", word, *own).fails(9, "SERVICE/COMMAND")
            tool("url", word).fails(9, "SERVICE/COMMAND")  # before sigd is asked
        for name in ("sdkappid", "identifier", "usersig", "random", "contenttype", "a b", "x" * 65):
            tool("url", CALL, *own, "--param", "fine=1", "--param", name + "=1").fails(9, "param")
        for host in ("a b", "a/b", "a@b", "x" * 256):
            tool("url", CALL, *own, "--host", host).fails(9, "host")


@scenario(needs=("curl",))
def curl_reads_the_config_line():
    with offline() as options, directory() as path:
        line = tool("url", CALL, *options, "--as", "o'p\"s", "--curl-config", "--host", "127.0.0.1:1").good()
        true(re.fullmatch(r'url = "https://[!#-\[\]-~]+"', line), line)
        trace = os.path.join(path, "out")
        done = subprocess.run(["curl", "-q", "-s", "-K", "-", "-w", "%{url_effective}", "-o", trace], input=line.encode(),
                              stdout=subprocess.PIPE, check=False, timeout=30)
        equal(f'url = "{done.stdout.decode()}"', line, "the URL that curl asked for")


# ---- a stand-in of sigd ------------------------------------------------------------------------------

def reply(document, status=200, kind="application/json", headers=()):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def problem_reply(status, name, code, title="A title", detail="a detail", headers=()):
    return reply({"type": "urn:usersig:problem:" + name, "title": title, "status": status, "detail": detail,
                  "code": code}, status, "application/problem+json", headers)


class StandIn:
    """Listens on a UNIX socket; answers each connection's requests with answer(method, target, body): bytes to send, None
    to close. close: closes after each answer. asked keeps (method, target, headers, body)."""

    def __init__(self, answer, close=False):
        self.answer, self.asked, self.close = answer, [], close
        self.dir = tempfile.mkdtemp(prefix="usersig-test-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.path = os.path.join(self.dir, "sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(8)

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        shutil.rmtree(self.dir)

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.serve(connection)

    def serve(self, connection):
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            head, data = data.split(b"\r\n\r\n", 1)
            lines = head.decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
            length = int(headers.get("content-length", "0"))
            while len(data) < length:
                data += connection.recv(65536)
            body, data = data[:length], data[length:]
            method, target, _ = lines[0].split(" ")
            self.asked.append((method, target, headers, body))
            answer = self.answer(method, target, body)
            if answer is None:
                return
            connection.sendall(answer)
            if self.close:
                return

    def tool(self, *arguments, **more):
        return tool(*arguments, "--socket", self.path, **more)


def apps(*names):
    return {"apps": [{"name": name, "sdkappid": 7, "may": ["sign"], "admins": []} for name in names]}


def signed(identifier="alice", **changes):
    return {"usersig": made(identifier), "identifier": identifier, "sdkappid": SDKAPPID, "issued_at": NOW,
            "expires_at": NOW + 86400, "key": "k1", **changes}


@scenario
def requests_have_the_form_that_sigd_wants():
    with StandIn(lambda method, target, body: reply(signed())) as sigd:
        sigd.tool("sign", "alice", "--app", "de/mo", "--lifetime", "2h").good()
        method, target, headers, body = sigd.asked.pop()
        equal((method, target), ("POST", "/v1/apps/de%2Fmo/usersig"), "request")
        equal(json.loads(body), {"identifier": "alice", "lifetime": 7200}, "body")
        equal(headers["host"], "sigd", "Host")
        equal(headers["content-type"], "application/json", "Content-Type")
        true(not {"expect", "transfer-encoding", "origin", "via", "accept-encoding"} & set(headers), str(headers))
        sigd.tool("sign", "alice", "--app", "..").good()
        equal(sigd.asked.pop()[1], "/v1/apps/../usersig", "no path is shortened")
        sigd.tool("admin", "--app", "demo", "--as", "a b&c", "--min-remaining", "10m").good()
        method, target, headers, body = sigd.asked.pop()
        equal((method, target, body), ("GET", "/v1/apps/demo/admin?as=a%20b%26c&min_remaining=600", b""), "request")
        sigd.tool("admin", "--app", "demo").good()
        equal(sigd.asked.pop()[1], "/v1/apps/demo/admin", "request")
        sigd.tool("url", CALL, "--app", "demo", "--as", "ops")
        equal(sigd.asked.pop()[1], f"/v1/apps/demo/url/{CALL}?as=ops", "request")
        sigd.tool("verify", "--app", "demo", "--any-identifier", stdin=made())
        equal(json.loads(sigd.asked.pop()[3]), {"usersig": made(), "any_identifier": True}, "body")
        sigd.tool("verify", "--app", "demo", "--for", "é", stdin="https://h/?usersig=" + made())
        equal(json.loads(sigd.asked.pop()[3]), {"usersig": made(), "identifier": "é"}, "body")


@scenario
def a_proxy_in_the_environment_is_ignored():
    with StandIn(lambda *_: reply(signed())) as sigd:
        for name in ("http_proxy", "ALL_PROXY", "all_proxy"):
            sigd.tool("sign", "alice", "--app", "demo", env={name: "http://127.0.0.1:1"}).good()


@scenario
def which_app():
    for names, env, arguments, asked, words in (
            (["one"], {}, [], "one", ()), (["one"], {"SIGD_APP": ""}, [], "one", ()),
            (["one", "two"], {"SIGD_APP": "two"}, [], "two", ()), (["one"], {"SIGD_APP": "x"}, ["--app", "y"], "y", ()),
            (["one", "two"], {}, [], None, (64, "--app", "one, two")), ([], {}, [], None, (68, "no app"))):
        def answer(method, target, body, names=names):
            return reply(apps(*names) if target == "/v1/apps" else signed())
        with StandIn(answer) as sigd:
            ran = tool("sign", "alice", *arguments, env={"SIGD_SOCKET": sigd.path, **env})
            if asked:
                ran.good()
                equal(sigd.asked[-1][1], f"/v1/apps/{asked}/usersig", "asked")
            else:
                ran.fails(*words)


@scenario
def problems_become_exit_statuses():
    for status, name, code in ((400, "bad_request", 64), (403, "forbidden", 77), (404, "unknown_app", 68),
                               (422, "err_identifier", 6), (422, "err_lifetime", 7), (503, "unavailable", 75),
                               (429, "rate_limited", 75), (408, "timeout", 75)):
        with StandIn(lambda *_, s=status, n=name, c=code: problem_reply(s, n, c)) as sigd:
            for arguments in (("sign", "a"), ("admin",), ("url", CALL), ("verify", "--for", "a", made())):
                sigd.tool(*arguments, "--app", "demo").fails(code, "A title: a detail")
            sigd.tool("sign", "a").fails(code, "A title")  # /v1/apps refuses as well
    with StandIn(lambda *_: problem_reply(503, "unavailable", 75, headers=["Retry-After: 7"])) as sigd:
        sigd.tool("admin", "--app", "demo").fails(75, "7 s")
    with StandIn(lambda *_: problem_reply(403, "forbidden", 77, "a\x1b[2J", "b\nc\u009b")) as sigd:
        sigd.tool("admin", "--app", "demo").fails(77, "a\\x1b[2J: b\\x0ac\\u{9b}")
    for code in (0, -1, 126, 256, "77", None):
        with StandIn(lambda *_, c=code: problem_reply(403, "forbidden", c)) as sigd:
            sigd.tool("admin", "--app", "demo").fails(76)


@scenario
def nonsense_from_the_socket():
    good_url = f"https://h/v4/{CALL}?sdkappid=7&identifier=ops&usersig={made()}&random=3&contenttype=json"
    rows = [(("sign", "alice"), answer) for answer in (
        b"", b"hello\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        reply(b"{"), reply(b"[]"), reply(b"null"), reply(b'{"usersig":"a","usersig":"b"}'), reply(b'{"a":"\\u0000"}'),
        reply(signed(), kind="text/html"), reply(signed(), 201), reply(b"", 302, headers=["Location: http://127.0.0.1/"]),
        reply(b"oops", 500, "text/plain"), reply(b"x" * (3 << 20)), reply(b'{"a":"' + b"x" * (3 << 20) + b'"}'),
        reply({}), reply(signed(usersig=5)), reply(signed(usersig="")), reply(signed(usersig="a b")),
        reply(signed(usersig="a\x1b[2J")), reply(signed(usersig="x" * 12289)), reply(signed("bob")),
        reply(signed(expires_at="soon")), reply(signed(expires_at=-1)), reply(signed(sdkappid=1.5)))]
    rows += [(("url", CALL), reply({"url": url, "expires_at": NOW + 3600})) for url in (
        5, "", "http" + good_url[5:], good_url.replace("group_list", "other"), good_url + "&x=1", good_url + "\n",
        good_url.replace("sdkappid=7", "sdkappid=4294967296"), good_url.replace("ops", "o%0"), good_url.replace("ops", "o%00"),
        good_url.replace("=ops", "="), good_url.replace("//h/", '//h"/'), good_url.replace("random=3", "random=-3"),
        good_url.replace("//h/", "//u@h/"), good_url.replace("ops", "o" * 256))]
    rows += [(("url", CALL), reply({"url": good_url}))]
    rows += [(("admin",), reply({"usersig": "x"})), (("status",), reply({})), (("status",), reply({"apps": [{}]})),
             (("status",), reply({"apps": [{"name": "a", "sdkappid": 1, "may": [1], "admins": []}]}))]
    fine = {"valid": True, "verdict": "ok", "rest_code": 0, "key": None, "remaining": 1,
            "claims": {"version": 2, "sdkappid": 1, "identifier": "a", "issued_at": 1, "lifetime": 1}}
    rows += [(("verify", "--for", "a", made()), reply({**fine, **change})) for change in (
        {"valid": False}, {"verdict": "expired"}, {"verdict": "OK"}, {"verdict": "err_memory", "valid": False},
        {"verdict": "great"}, {"verdict": 0}, {"claims": None}, {"claims": {}}, {"valid": 1},
        {"claims": {**fine["claims"], "identifier": "x" * 256}}, {"claims": {**fine["claims"], "sdkappid": 2**32}})]
    for arguments, answer in rows:
        with StandIn(lambda *_, a=answer: a or None, close=True) as sigd:
            more = () if arguments[0] == "status" else ("--app", "demo")
            ran = sigd.tool(*arguments, *more)
            ran.fails(69 if answer == b"" else 76)
            true("\x1b" not in ran.err, str(ran))
    with StandIn(lambda *_: reply({"url": good_url, "expires_at": NOW + 3600})) as sigd:
        equal(sigd.tool("url", CALL, "--app", "demo").good(), good_url, "the good one")
    with StandIn(lambda *_: reply(fine)) as sigd:
        sigd.tool("verify", "--for", "a", made(), "--app", "demo").good()


@scenario
def a_stuck_daemon_is_given_up():
    """The kernel takes the connection, nobody reads it; the one scenario that has to wait for a deadline (10 s)."""
    with directory() as path, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(path, "sock"))
        listener.listen(1)
        tool("sign", "alice", "--app", "demo", "--socket", os.path.join(path, "sock")).fails(69, "10 s")


@scenario
def status_without_sigd():
    with directory() as path:
        missing = os.path.join(path, "none")
        file = write(os.path.join(path, "file"), b"")
        stale = os.path.join(path, "stale")
        socket.socket(socket.AF_UNIX).bind(stale)
        for place, word in ((missing, "is sigd running"), (file, "nobody listens"), (stale, "nobody listens"),
                            (os.path.join(file, "x"), "Not a directory")):
            tool("status", "--socket", place).fails(69, place, word)
            tool("sign", "alice", env={"SIGD_SOCKET": place}).fails(69, place, word)
        answer = tool("status", "--json", "--socket", missing).json(69)
        equal(answer, {"socket": missing, "reachable": False, "apps": []}, "answer")


@scenario(root=True)
def permission_denied_names_the_group():
    """The tool as another user: it has to be somewhere where that user can run it."""
    need_tool()
    with StandIn(lambda *_: reply(apps("one"))) as sigd, directory() as path:
        copy = os.path.join(path, "usersig")
        shutil.copy(os.path.join(os.path.dirname(USERSIG), ".libs", "usersig")
                    if os.path.isdir(os.path.join(os.path.dirname(USERSIG), ".libs")) else USERSIG, copy)
        os.chmod(copy, 0o755)
        libraries = os.path.join(path, "lib")
        os.mkdir(libraries)
        built = os.path.join(BUILD, "libsig", ".libs")
        for name in os.listdir(built) if os.path.isdir(built) else ():
            if ".so" in name:
                shutil.copy(os.path.join(built, name), libraries)
        environment = {"LD_LIBRARY_PATH": libraries, "SIGD_SOCKET": sigd.path}

        def status():
            done = subprocess.run([copy, "status"], env=environment, user=65533, group=65533, extra_groups=[],
                                  capture_output=True, cwd="/", timeout=30, check=False)
            return Ran(("status",), done.returncode, done.stdout, done.stderr)
        os.chown(sigd.path, 0, 1)
        os.chmod(sigd.path, 0o660)
        status().fails(69, "permission denied", "0660", '"daemon"')
        os.chmod(sigd.path, 0o600)
        status().fails(69, "permission denied", "owner only")
        os.chmod(sigd.path, 0o666)
        true("app one" in status().good(), "open to all")
        os.chown(sigd.dir, 0, 1)
        os.chmod(sigd.dir, 0o750)
        status().fails(69, "permission denied", sigd.dir, "0750", '"daemon"')
        os.chmod(sigd.dir, 0o755)


@scenario
def status_shows_what_one_may_do():
    answer = {"apps": [{"name": "demo", "sdkappid": 7, "may": ["admin", "url"], "admins": ["ops", "root\x07"],
                        "frozen": False},
                       {"name": "two", "sdkappid": 4294967295, "may": ["sign"], "admins": [], "frozen": True}]}
    with StandIn(lambda *_: reply(answer)) as sigd:
        equal(sigd.tool("status").good(), f"""socket {sigd.path}: sigd answers
app demo: sdkappid 7
  you may        admin, url
  administrators ops, root\\x07
app two: sdkappid 4294967295, FROZEN by its operator
  you may        sign
  administrators none""", "for people")
        equal(sigd.tool("status", "--json").json(), {"socket": sigd.path, "reachable": True, **answer}, "for programs")
    with StandIn(lambda *_: problem_reply(403, "forbidden", 77)) as sigd:
        sigd.tool("status").fails(77, "A title")
        equal(sigd.tool("status", "--json").json(77), {"socket": sigd.path, "reachable": True, "apps": []}, "no grant")
    with StandIn(lambda *_: reply({"apps": []})) as sigd:
        sigd.tool("status").fails(77)


# ---- the real sigd -----------------------------------------------------------------------------------

def daemon():
    return shared("plain", lambda: Sigd(start=False))


def through(*arguments, **more):
    return tool(*arguments, env={"SIGD_SOCKET": daemon().socket()}, **more)


@scenario
def sigd_signs():
    answer = through("sign", "alice", "--lifetime", "2h", "--json").json()
    equal((answer["identifier"], answer["sdkappid"], answer["key"]), ("alice", SDKAPPID, "k1"), "answer")
    equal(answer["expires_at"] - answer["issued_at"], 7200, "lifetime")
    out = through("sign", "alice").good()
    equal(oracle.judge(out, KEY, SDKAPPID, "alice", int(time.time()) + 1), oracle.OK, "usersig")
    through("sign", "group_root").fails(77)
    through("sign", "ops").fails(77)
    through("sign", "alice", "--lifetime", "8d").fails(77)
    through("sign", "alice", "--app", "none").fails(68)


@scenario
def sigd_lends_its_administrator():
    answer = through("admin", "--json").json()
    equal(answer["identifier"], "group_root", "identifier")
    out = through("admin", "--as", "group_root", "--min-remaining", "0").good()
    equal(oracle.judge(out, KEY, SDKAPPID, "group_root", int(time.time()) + 1), oracle.OK, "usersig")
    through("admin", "--as", "nobody").fails(77)
    through("admin", "--min-remaining", "23h").fails(64)


@scenario
def sigd_composes_urls():
    scheme, host, path, query = parts(through("url", CALL).good())
    equal((scheme, host, path), ("https", "console.tim.qq.com", "/v4/" + CALL), "URL")
    query = dict(query)
    equal(oracle.judge(query["usersig"], KEY, SDKAPPID, "group_root", int(time.time()) + 1), oracle.OK, "usersig")
    equal(oracle.decode(query["usersig"])["expire"], 3600, "url_lifetime")
    line = through("url", CALL, "--curl-config", "--host", "localhost:8443", "--random", "9", "--param", "a=b c").good()
    true(line.startswith(f'url = "https://localhost:8443/v4/{CALL}?') and
         line.endswith('&random=9&contenttype=json&a=b%20c"'), line)
    true("usersig=REDACTED&" in through("url", CALL, "--redact").good(), "--redact")
    true(abs(through("url", CALL, "--json").json()["expires_at"] - 3600 - time.time()) < 10, "expires_at")


@scenario
def sigd_verifies_as_the_tool_does():
    judge_rows(lambda text, identifier, *more: through(
        "verify", *(["--for", identifier] if identifier else ["--any-identifier"]), *more, stdin=text.encode("latin-1")))
    true('key "k1"' in through("verify", "--for", "alice", stdin=made()).good(), "the key's name")


@scenario
def sigd_makes_rooms_as_the_tool_does():
    rooms_through(run=through)
    through("sign", "administrator", "--room", "5").fails(77)


@scenario
def sigd_shows_its_status():
    answer = through("status", "--json").json()
    equal(answer["apps"], [{"name": "demo", "sdkappid": SDKAPPID, "may": ["admin", "url", "sign", "verify"],
                            "admins": ["group_root"], "frozen": False}], "apps")
    true(through("status").good().startswith(f"socket {daemon().socket()}: sigd answers\napp demo: "), "for people")


@scenario
def sigd_without_a_grant():
    closed = Sigd(plain_config(allow='allow { users = {"65533"}  may = {"sign"}  identifiers = {"*"} }'))
    env = {"SIGD_SOCKET": closed.socket()}
    tool("status", env=env).fails(77)
    equal(tool("status", "--json", env=env).json(77)["reachable"], True, "reachable")
    tool("sign", "alice", env=env).fails(77)


if __name__ == "__main__":
    main()
