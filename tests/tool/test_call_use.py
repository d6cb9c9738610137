#!/usr/bin/env python3
"""usersig call in use: bodies, answers, pages, every endpoint of the catalogue, the real sigd, docs/FROM-PHP-SDK.md."""
import base64
import json
import os
import re
import shlex
import stat
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calling import (GROUPS, HERE, MADE, READ, READ_BODY, SEND, USERSIG, at_service, call, clean, folder, on_terminal,  # noqa: E402
                     run, service, start, write)
import rest_standin  # noqa: E402 (calling put standin on the path)
from harness import Sigd, equal, main, plain_config, scenario, shared, true  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(HERE))
CATALOGUE = os.path.join(SOURCE, "libsig", "rest-apis.tsv")
LIST = "group_open_http_svc/get_group_member_info"


# ---- bodies ------------------------------------------------------------------------------------------

def body(*arguments, **more):
    """What --dry-run prints, as a value; nothing is sent."""
    ran = run("--dry-run", *arguments, **more)
    equal((ran.status, ran.connections), (0, 0), str(ran))
    return json.loads(ran.out)


@scenario
def fields():
    for arguments, expected in (
            (["a=b"], {"a": "b"}), (["a="], {"a": ""}), (["a=b=c"], {"a": "b=c"}), (["a:=1"], {"a": 1}), (["a:=-1.5"], {"a": -1.5}),
            (['a:={"b": [1, null, true]}'], {"a": {"b": [1, None, True]}}), (["a=1"], {"a": "1"}), (["a.b=c"], {"a": {"b": "c"}}),
            (["a.b.c:=1", "a.b.d=x", "a.e=f"], {"a": {"b": {"c": 1, "d": "x"}, "e": "f"}}), (["a=b", "a=c"], {"a": "c"}),
            (["a:=[1,2]", "a.1:=3", "a.2:=4"], {"a": [1, 3, 4]}), (["a.0=b"], {"a": {"0": "b"}}), (["a=@@b"], {"a": "@b"}),
            (["G=@TGS#1", "R=@RBT#1", "O=@TOA#_1", "T=@TIM#x"], {"G": "@TGS#1", "R": "@RBT#1", "O": "@TOA#_1", "T": "@TIM#x"}),
            (["name=é 中"], {"name": "é 中"}), (["--", "-a=b"], {"-a": "b"}), (["a=http://b/?c=d"], {"a": "http://b/?c=d"}),
            (["-d", '{"a": {"b": 1}, "c": 2}', "a.b=x"], {"a": {"b": "x"}, "c": 2})):
        equal(body("no_such_svc/at_all", *arguments), expected, arguments)
    for arguments, status, words in (
            (["a"], 64, "NAME=TEXT"), (["=b"], 64, "NAME=TEXT"), ([":=1"], 64, "NAME=TEXT"), (["a:=b"], 65, "a=TEXT"),
            (["a:=[1"], 65, "takes JSON"), (["a.=b"], 64, "a.b=VALUE"), ([".a=b"], 64, "a.b=VALUE"), (["a=b", "a.c=d"], 65, '"c"'),
            (["a:=[]", "a.1=b"], 65, '"1"'), (["a:=[]", "a.x=b"], 65, '"x"'), (["a:=1", "a:={\"b\":1,\"b\":2}"], 65, "takes JSON"),
            (["a=@none"], 66, "none"), ([b"a=\xff"], 65, "UTF-8"), (["-d", "{}", "--example"], 64, "exclude"),
            (["-d", "hello"], 65, "no JSON"), (["-d", "[]"], 65, "no object"), (["-d", '{"a":1,"a":2}'], 65, "no JSON"),
            (["-d", ""], 64, "empty"), (["-d", "@none"], 66, "none"), (["-d"], 64, "JSON"), (["--example"], 64, "catalogue"),
            (["-d", '{"a":1} x'], 65, "line 1")):
        ran = run("--dry-run", "no_such_svc/at_all", *arguments)
        ran.fails(status, words)
        equal((ran.out, ran.connections), ("", 0), str(ran))


@scenario
def bodies_from_files():
    path = write("body.json", b'\n {"UserID": "alice", "big": 12345678901234567, "f": 1.10}\n')
    ran = call("im_open_login_svc/kick", "-d", "@" + path).good()
    equal(ran.seen[0][1], '{"UserID": "alice", "big": 12345678901234567, "f": 1.10}', "as it was written")
    ran = call("im_open_login_svc/kick", "-d", "-", stdin=b'{"UserID": "a"}').good()
    equal(ran.seen[0][1], '{"UserID": "a"}', "from standard input")
    call("no_such_svc/at_all", "-d", "-", stdin=b'{"a": 1').fails(65, "standard input is no JSON")
    picture = os.urandom(100000)
    path = write("picture", picture)
    ran = call("openpic/pic_up", "--example", f"Slice_Data=@{path}", "File_Size:=100000").good()
    equal(base64.b64decode(ran.bodies()[0]["Slice_Data"], validate=True), picture, "base64")
    path = write("picture", bytes(5 << 20))
    ran = call("openpic/pic_up", "--example", f"Slice_Data=@{path}").good()
    equal(len(base64.b64decode(ran.bodies()[0]["Slice_Data"])), 5 << 20, "5 MiB")
    path = write("picture", bytes((5 << 20) + 1))
    equal(call("openpic/pic_up", "--example", f"Slice_Data=@{path}").fails(65, "longer than 5120 KiB").seen, [], "nothing is sent")


@scenario
def a_body_where_none_is_given():
    equal(call(GROUPS).good().seen, [(GROUPS, "{}")], "nothing is needed")
    ran = call(READ).good()
    equal(ran.bodies(), [json.loads(READ_BODY)], "a read sends the catalogue's")
    true("catalogue's example" in ran.err and READ_BODY in ran.err, str(ran))
    for name in (SEND, "im_open_login_svc/kick"):
        ran = call(name)
        ran.fails(64, "which body?", "-d '{", "--example")
        equal(ran.seen, [], "nothing is sent")
    ran = call("no_such_svc/at_all")
    equal((ran.status, ran.seen), (70, [("no_such_svc/at_all", "{}")]), str(ran))
    true("not in the catalogue" in ran.err and "60009" in ran.err, str(ran))


@scenario
def messages_get_a_number():
    first, second = (body(SEND, "--example")["MsgRandom"] for _ in range(2))
    true(first != second and 0 <= first < 2**32, "one for each")
    true(body("group_open_http_svc/send_group_msg", "GroupId=@TGS#1")["Random"] >= 0, "in a group it is Random")
    equal(body(SEND, "--example", "MsgRandom:=7")["MsgRandom"], 7, "what is said stays")
    equal(body(SEND, "-d", '{"MsgRandom": 7}', "To_Account=a")["MsgRandom"], 7, "what is said stays")
    equal(body(SEND, "-d", '{"To_Account": "a"}'), {"To_Account": "a"}, "a whole body stays as it is")
    true("MsgRandom" not in body("im_open_login_svc/kick", "UserID=u1"), "only a message has one")


# ---- answers -----------------------------------------------------------------------------------------

@scenario
def answers_in_a_pipe():
    answer = {"ErrorCode": 0, "Name": "é\x1b[2J", "List": [], "Inner": {"a": [1, 2.5, None, True]}}
    ran = call(*(READ, "-d", READ_BODY), script=[answer]).good()
    equal(ran.out, json.dumps(answer) + "\n", "as it came")
    ran = call(READ, "-d", READ_BODY, "--json", script=[answer]).good()
    true(ran.out.isascii() and ran.out.count("\n") == 1, str(ran))
    equal(json.loads(ran.out), answer, "--json")


@scenario
def answers_on_a_terminal():
    answer = {"ErrorCode": 0, "Name": "\x1b[2Jé\u202e", "List": [], "Inner": {"a": [1, None]}}
    for env, colours in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False),
                         ({"TERM": "xterm", "NO_COLOR": ""}, True)):
        service().script[:] = [answer]
        status, shown, err = on_terminal(READ, "-d", READ_BODY, env=env)
        equal((status, err), (0, ""), shown)
        equal("\x1b[" in shown, colours, f"{env}: {shown!r}")
        plain = re.sub(r"\x1b\[[0-9]*m", "", shown)
        true("\x1b" not in plain and "\u202e" not in plain, f"what the service says does not move the cursor: {shown!r}")
        true('{\n  "ErrorCode": 0,\n  "Name": "\\u001B[2Jé\\u{202e}",\n  "List": [],\n  "Inner": {\n    "a": [\n      1,\n'
             in plain, f"indented: {plain!r}")
    service().script[:] = [(10004,)]
    status, shown, err = on_terminal(READ, "-d", READ_BODY)
    true(status == 70 and "10004" in shown and "10004" in err, f"{shown!r} {err!r}")


@scenario
def a_lost_output_is_an_error():
    for more in ([], ["--all", "Limit:=1"]):
        with open("/dev/full", "wb") as full:
            done = start(GROUPS, *more, *at_service(), stdout=full)
        equal(done.returncode, 74, done.stderr)


# ---- pages -------------------------------------------------------------------------------------------

def pages(*counts, total=None, start=0):
    """Answers of get_group_member_info with so many members."""
    total = sum(counts) if total is None else total
    made = []
    for count in counts:
        made.append({"ErrorCode": 0, "MemberNum": total,
                     "MemberList": [{"Member_Account": f"u{start + i}"} for i in range(count)]})
        start += count
    return made


def members(ran):
    return [json.loads(line)["Member_Account"] for line in ran.out.splitlines()]


def names(n, start=0):
    return [f"u{i}" for i in range(start, n)]


@scenario
def all_pages_as_lines():
    ran = call(LIST, "GroupId=@TGS#1", "--all", script=pages(3, 3, 1)).good()
    equal(members(ran), names(7), "each once, in order")
    equal([(sent["GroupId"], sent.get("Offset", 0)) for sent in ran.bodies()], [("@TGS#1", 0), ("@TGS#1", 3), ("@TGS#1", 6)], "pages")
    true(all(sent["Limit"] == 100 for sent in ran.bodies()), "the largest pages")
    ran = call(LIST, "GroupId=@TGS#1", "Limit:=2", "--all", script=pages(2, 2)).good()
    equal([sent["Limit"] for sent in ran.bodies()], [2, 2], "or what is said")
    equal(call(LIST, "GroupId=@TGS#1", "--all", script=pages(0)).good().out, "", "an empty list")
    ran = call(LIST, "GroupId=@TGS#1", "--all", script=[*pages(2, total=9), "reset", *pages(2, start=2, total=4)]).good()
    equal(members(ran), names(4), "a page that failed is asked for again")
    call(SEND, "--example", "--all").fails(64, "no pages")
    call("no_such_svc/at_all", "--all").fails(64, "no pages")
    call(GROUPS, "--resume", "x").fails(64, "--all")


@scenario
def progress_on_a_terminal():
    service().script[:] = pages(3, 3, 1)
    status, shown, out = on_terminal(LIST, "GroupId=@TGS#1", "--all", stream="stderr")
    equal((status, len(out.splitlines())), (0, 7), shown)
    equal(shown.replace(" \r", "\r").split("\r"), ["", "3 items of 7", "6 items of 7", "7 items of 7\n"], "counted, on one line")
    service().script[:] = [*pages(3, total=7), (10010,)]
    status, shown, out = on_terminal(LIST, "GroupId=@TGS#1", "--all", stream="stderr")
    equal((status, len(out.splitlines())), (70, 3), shown)
    true("3 items\nusersig: call: " in shown and "10010" in shown and "'Offset:=3'" in shown, f"the message has its line: {shown!r}")


@scenario
def pages_that_lead_nowhere():
    answer = {"ErrorCode": 0, "GroupIdList": [{"GroupId": "a"}], "Next": 1}
    ran = call(GROUPS, "--all", script=[answer, answer])
    ran.fails(76, "the same page again")
    equal(len(ran.seen), 2, "it stops")


@scenario
def a_listing_that_fails_goes_on():
    ran = call(LIST, "GroupId=@TGS#1", "--all", script=[*pages(3, 3, total=7), (10010,)])
    ran.fails(70, "10010", "6 items so far", "'Offset:=6'")
    equal(members(ran), names(6), "what there was")
    ran = call(LIST, "GroupId=@TGS#1", "Offset:=6", "--all", script=pages(1, total=7, start=6)).good()
    equal(members(ran), ["u6"], "the rest")


@scenario
def a_listing_with_a_file_goes_on():
    path = os.path.join(folder(), "place")
    arguments = (LIST, "GroupId=@TGS#1", "--all", "--resume", path)
    call(*arguments, script=[*pages(3, 3, total=8), (60002,)]).fails(70, "6 items so far", "the same command")
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
    call(LIST, "GroupId=@TGS#2", "--all", "--resume", path).fails(65, "another request")
    call(GROUPS, "--all", "--resume", path).fails(65, "another request")
    call(*arguments, script=["html"]).fails(76)
    ran = call(*arguments, script=pages(2, start=6, total=8)).good()
    equal((members(ran), ran.bodies()[0]["Offset"]), (names(8, 6), 6), "behind them")
    true(not os.path.exists(path), "it is complete")
    equal([name for name in os.listdir(folder()) if name.startswith("place")], [], "nothing is left")
    for data in (b"", b"hello", b"[]", b'{"call": 1}'):
        write("place", data)
        equal(call(*arguments).fails(65, "--resume").seen, [], "nothing is sent")
    os.unlink(path)
    call(*(arguments[:-1]), "/nowhere/place", script=pages(3, total=8)).fails(74, "/nowhere/place")


# ---- every endpoint ----------------------------------------------------------------------------------

def catalogue():
    with open(CATALOGUE, encoding="utf-8") as file:
        head, *rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return [dict(zip(head, row)) for row in rows]


@scenario
def every_endpoint_with_its_least_body():
    rows = catalogue()
    true(len(rows) > 200, f"{len(rows)} endpoints")
    before, options = len(service().seen), at_service()

    def one(row):
        name = f"{row['service']}/{row['command']}"
        return name, row, start(name, "--example", *options)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, rows))
    seen = service().seen[before:]
    equal(sorted(name for name, _ in seen), sorted(name for name, *_ in results), "one request each")
    bodies = dict(seen)
    for name, row, done in results:
        equal((done.returncode, json.loads(done.stdout or b"{}").get("ErrorCode"), done.stderr), (0, 0, b""), name)
        sent, least = json.loads(bodies[name]), json.loads(row["min_body"])
        for number in ("MsgRandom", "Random") if row["kind"] == "send" else ():
            equal(number in sent, number in least, f"{name}: {number}")
            sent[number] = least[number] = 0
        equal(sent, least, name)


@scenario
def every_listing_to_its_end():
    """The stand-in goes on only where each cursor comes back as it was handed out."""
    rows = [row for row in catalogue() if row["items"]]
    true(len(rows) >= 12, f"{len(rows)} listings")
    for row in rows:
        name = f"{row['service']}/{row['command']}"
        sizes = [size for size in (row["limit"], "MaxCnt", "MaxLimited") if size and size in (row["limit"], *json.loads(row["min_body"]))]
        for more, fewest in (([], 1), ([f"{size}:=2" for size in sizes[:1]], 3)):
            ran = call(name, "--example", *more, "--all").good()
            items = [json.loads(line) for line in ran.out.splitlines()]
            equal(len(items), rest_standin.ITEMS, f"{name}: {ran}")
            equal(len({json.dumps(item) for item in items}), rest_standin.ITEMS, f"{name}: each once")
            true(len(ran.seen) >= fewest, f"{name}: {ran}")


# ---- the real sigd -----------------------------------------------------------------------------------

@scenario
def through_sigd():
    daemon = shared("call", lambda: Sigd(plain_config(), start=False))
    at = ["--socket", daemon.socket()]
    equal(call(GROUPS, by=at).good().seen, [(GROUPS, "{}")], "by its administrator")
    call(GROUPS, "--as", "nobody", by=at).fails(77)
    call(GROUPS, "--app", "other", by=at).fails(68)
    call(GROUPS, "--lifetime", "1h", by=at).fails(64, "--key-file")
    ran = run(GROUPS, "--socket", "/nowhere/sock")
    ran.fails(69, "/nowhere/sock")
    equal(call(GROUPS, by=at, program=USERSIG).good().status, 0, "the program that is installed")


# ---- docs/FROM-PHP-SDK.md ----------------------------------------------------------------------------

@scenario
def the_calls_of_the_php_sdk():
    with open(os.path.join(SOURCE, "docs", "FROM-PHP-SDK.md"), encoding="utf-8") as file:
        text = file.read()
    lines = re.findall(r"`(usersig call [^`]+)`", text)
    lines += [line for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    rows = re.findall(r"^\| `(\w+) (\w+)[^`]*` \|", text, re.M)
    equal((len(rows), len(set(rows))), (33, 33), "the calls of TimRestApiGear.php")
    write("pic.jpg", b"abc")
    write("password.json", b'{"Password": "p"}')
    write("picture.json", b'{"MsgBody": [{"MsgType": "TIMImageElem", "MsgContent": {}}]}')
    called = set()
    for line in lines:
        words = shlex.split(line)
        if line == "usersig call" or "-d @body.json" in line:
            continue
        ran = call(*words[2:], cwd=folder())
        equal((ran.status, ran.err), (0, ""), line)
        called.add(ran.seen[0][0])
    moved = {"sendmsg_pic": "sendmsg", "batchsendmsg_pic": "batchsendmsg", "send_group_msg_pic": "send_group_msg",
             "register_account": "register_account_v1", "friend_get_all": "friend_get"}
    for name, command in rows:
        true(f"{name}/{moved.get(command, command)}" in called, f"{name} {command} has no line that runs")


if __name__ == "__main__":
    try:
        main()
    finally:
        clean()
        MADE.clear()
