#!/usr/bin/env python3
"""usersig explain: codes, answers, and what the service would say. The stand-in of the service says what it does say."""
import json
import os
import sys
import time
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from usertool import directory, made, offline, tool, write  # noqa: E402
from harness import KEY, OTHER_KEY, SDKAPPID, equal, main, oracle, scenario, true  # noqa: E402
import rest_standin  # noqa: E402

TABLE = os.path.join(HERE, "..", "..", "libsig", "error-codes.tsv")
NOW = int(time.time())


def explain(text, *arguments):
    return tool("explain", *arguments, stdin=text)


# ---- codes -------------------------------------------------------------------------------------------

@scenario
def every_code_of_the_table():
    with open(TABLE, encoding="utf-8") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    true(len(rows) > 300, f"{len(rows)} codes")
    for values in rows:
        row = dict(zip(names, values, strict=True))
        document = tool("explain", row["code"], "--json").json()
        equal((document["error_code"], document["meaning"], document["class"], document["family"]),
              (int(row["code"]), row["meaning"], row["class"], row["family"]), row["code"])
        equal(document["caller"], row["caller"] == "yes", row["code"])
        true(document["advice"] and row["advice"] in ("", document["advice"]), row["code"])


@scenario
def a_code_for_people():
    text = tool("explain", "70009").good()
    for word in ("70009: signature mismatch", "account-usersig, about who calls", "class   fix", "do      sign with"):
        true(word in text, f"{word!r} is missing in {text}")
    true("class   back-off: call less often" in tool("explain", "60007").good(), "60007")
    equal(tool("explain", "0").good(), "0: success", "0")
    equal(explain("70001\n").good(), tool("explain", "70001").good(), "by standard input")
    true(tool("explain", "125000").good().startswith("125000: "), "a code of a range is called by its own number")


@scenario
def codes_of_sdks():
    ran = tool("explain", "-70001")
    true("70001 as -70001" in ran.err and ran.good().startswith("70001: "), str(ran))
    true(tool("explain", "-10001").good().startswith("-10001: session key expired"), "a code of its own")


@scenario
def codes_that_are_none():
    for code in ("5", "-5", "99999999999999999999", "2147483647", "-2147483648"):
        tool("explain", code).fails(67, "do not have this code")


# ---- answers -----------------------------------------------------------------------------------------

@scenario
def answers():
    text = explain(json.dumps({"ActionStatus": "FAIL", "ErrorInfo": "bad\x1b[2J", "ErrorCode": 60010})).good()
    true(text.startswith("60010: ") and "said    bad\\x1b[2J" in text and "in the console" in text, text)
    text = explain('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}').good()
    equal(text, "0: success, of the call as a whole")
    text = explain('{"ErrorCode":987654,"ErrorInfo":"new"}').good()
    true("not in the service's tables" in text and "said    new" in text, text)
    equal(tool("explain", '{"ErrorCode":0}').good(), "0: success, of the call as a whole", "as an argument")
    ran = explain('{"ErrorCode":0,"ActionStatus":"FAIL"}')
    true("contradict" in ran.err and ran.status == 0, str(ran))


@scenario
def codes_among_the_items():
    answer = {"ErrorCode": 0, "ActionStatus": "OK", "ResultItem": [
        {"UserID": "a", "ResultCode": 70107}, {"UserID": "b", "ResultCode": 0}, {"UserID": "c", "ResultCode": 70107},
        {"UserID": "d", "ResultCode": 424242}], "Response": {"List": [{"ErrorCode": 10010}]}}
    text = explain(json.dumps(answer)).good()
    for line in ("2 items with 70107: identifier was never imported", "1 item with 424242: not in the", "1 item with 10010:"):
        true(line in text, f"{line!r} is missing in {text}")
    items = explain(json.dumps(answer), "--json").json()["items"]
    equal([(item["error_code"], item["count"]) for item in items], [(70107, 2), (424242, 1), (10010, 1)], "items")


@scenario
def what_is_no_answer():
    for text in ("{", '{"a":1', '{"ErrorCode":1,"ErrorCode":2}'):
        explain(text).fails(65, "no JSON")
    for text in ("{}", '{"ErrorCode":"0"}', '{"ErrorCode":1e3}', '{"ErrorCode":99999999999}'):
        explain(text).fails(65, "no ErrorCode")
    explain("").fails(65, "nothing to read")
    explain("x" * (2 << 20) + "x").fails(65, "2048 KiB")
    deep = '{"ErrorCode":0,"a":' + "[" * 500 + "]" * 500 + "}"
    equal(explain(deep).good(), "0: success, of the call as a whole", "depth")


# ---- what the service would say ----------------------------------------------------------------------

def url(usersig=None, identifier="administrator", path="/v4/openim/sendmsg", scheme="https", host="console.tim.qq.com", drop=(),
        **changes):
    query = {"sdkappid": str(SDKAPPID), "identifier": identifier,
             "usersig": made("administrator") if usersig is None else usersig, "random": "7", "contenttype": "json", **changes}
    pairs = "&".join(f"{name}={quote(value, safe='*-_%')}" for name, value in query.items() if name not in drop)
    return f"{scheme}://{host}{path}?{pairs}"


WRONG = [  # (URL, ErrorCode, exit status, words); the service says the same
    (lambda: url(identifier="bob"), 70013, 20, '"administrator", the request names "bob"'),
    (lambda: url(sdkappid="5"), 70014, 19, f"SDKAppID {SDKAPPID}, the request names 5"),
    (lambda: url(made("administrator", issued_at=NOW - 100000)), 70001, 22, "expired"),
    (lambda: url(made("administrator", lifetime=0)), 70001, 22, ""),
    (lambda: url(made("administrator")[:-20]), 70003, 16, "not a whole usersig"),
    (lambda: url(made("administrator").replace("*", "+").replace("-", "/").replace("_", "=") + "x"), 70003, 16, ""),
    (lambda: url(""), 70002, 9, "no usersig="),
    (lambda: url(drop=("usersig",)), 70002, 9, "no usersig="),
    (lambda: url(drop=("sdkappid",)), 60012, 9, "no sdkappid="),
    (lambda: url(sdkappid="x"), 60006, 9, "4294967295"),
    (lambda: url(drop=("identifier",)), 60004, 9, "no identifier="),
    (lambda: url(path="/v4/openim/SendMsg"), 60009, 9, "the service knows openim/sendmsg"),
    (lambda: url(path="/v4/openim"), 60009, 9, "/v4/SERVICE/COMMAND"),
    (lambda: url(path="/openim/sendmsg"), 60009, 9, "/v4/SERVICE/COMMAND"),
    (lambda: url(path="/v4/a/b/c"), 60009, 9, "/v4/SERVICE/COMMAND"),
    (lambda: url() + "&random=8", 60002, 9, "twice"),
    (lambda: url(random="%4"), 60002, 9, "cut"),
]


@scenario
def wrong_urls():
    service = rest_standin.Service(KEY, SDKAPPID)
    for make, code, status, words in WRONG:
        text = make()
        ran = explain(text, "--json")
        document = ran.json(status)
        equal((document["good"], document["error_code"]), (False, code), str(ran))
        true(words in (document["found"] or "") and document["meaning"] and document["advice"], str(ran))
        if code not in (70014, 60006):  # another app's number: the stand-in knows one app alone, and says 60006
            equal(service.answer("POST", text.partition("//")[2].partition("/")[1] + text.partition("//")[2].partition("/")[2],
                                 b"{}")[0], code, f"the service on {text}")
        ran = explain(text)
        true(ran.status == status and f"the service would answer {code}: " in ran.out and words in ran.out, str(ran))


@scenario
def wrong_without_a_code():
    for text, words in ((url(scheme="http"), "HTTPS"), (url(random="x"), "random="), (url(drop=("random",)), "random="),
                        (url(contenttype="JSON"), "contenttype="), (url(drop=("contenttype",)), "contenttype="),
                        (url(made("administrator", issued_at=NOW + 100000)), "future")):
        ran = explain(text)
        true(ran.status in (9, 23) and words in ran.out and ran.out.startswith("wrong"), str(ran))


@scenario
def good_urls():
    text = explain(url()).good()
    for words in ("nothing is wrong", "signature was not checked", "administrator of the app"):
        true(words in text, f"{words!r} is missing in {text}")
    for text, words in ((url(path="/v4/new_svc/new"), "catalogue"), (url(host="localhost:8443"), "data centres")):
        true(words in explain(text).good(), text)
    equal(explain(f'url = "{url()}"\n').good(), explain(url()).good(), "a line for curl -K")
    with directory() as path:
        equal(tool("explain", "@" + write(os.path.join(path, "u"), url().encode() + b"\n")).good(), explain(url()).good(), "@file")


@scenario
def with_the_key():
    with offline(KEY + b"\n") as options:
        ran = explain(url(), *options)
        true("nothing is wrong" in ran.good() and "not checked" not in ran.out, str(ran))
        document = explain(url(made("administrator", key=OTHER_KEY)), *options, "--json").json(18)
        equal((document["error_code"], document["cause"], document["signature_checked"]), (70009, "OTHER_KEY", True), "other key")
        for key, cause in ((bytes.fromhex(KEY.decode()), "HEX_KEY"), (KEY + b"\n", "KEY_NEWLINE"), (KEY.upper(), "KEY_CASE")):
            text = oracle.sign(key, SDKAPPID, "administrator", NOW, 86400)
            equal(explain(url(text), *options, "--json").json(18)["cause"], cause, "cause")
        explain(url(sdkappid="5"), *options).fails(64, "--sdkappid")
        document = explain(url(identifier="bob"), *options, "--json").json(20)
        equal(document["error_code"], 70013, "in the order of the service")
    with offline(sdkappid=5) as options:
        equal(explain(made(), *options, "--json").json(19)["error_code"], 70014, "the app of the key")


@scenario
def usersigs():
    equal(explain(made(), "--json").json()["good"], True, "good")
    equal(explain(made(), "--for", "bob", "--json").json(20)["error_code"], 70013, "--for")
    equal(explain(made(), "--for", "alice", "--json").json()["error_code"], None, "--for")
    equal(explain(made(), "--now", str(NOW + 10**6), "--json").json(22)["error_code"], 70001, "--now")
    document = explain(quote(made(), safe=""), "--json").json(16 if "%" in quote(made(), safe="") else 0)
    equal(document["cause"], "PERCENT" if "%" in quote(made(), safe="") else None, "percent-encoded")
    equal(explain("hello", "--json").json(16)["error_code"], 70003, "no usersig at all")


@scenario
def no_credential_is_shown():
    for text in (url(), url(identifier="bob"), made(), url(made()[:-9])):
        ran = explain(text)
        true(made("administrator")[:24] not in ran.out + ran.err and made()[:24] not in ran.out + ran.err, "a usersig is shown")


@scenario
def damaged_texts_never_crash():
    whole = url()
    for cut in range(0, len(whole), 7):
        true(explain(whole[:cut] or "x").status in (0, 9, 16, 19, 20, 22), whole[:cut])
    for odd in ("://", "https://", "https://h", "https://h/v4/", "https://h/v4//?", "https://h/v4/a/b?=&==&sdkappid",
                "https://h/v4/" + "a" * 5000 + "/b?x=y", "https://" + "h" * 5000 + "/v4/a/b",
                "https://h/v4/a/b?usersig=" + "e" * 6000, "https://h/v4/a/b?usersig=%00&sdkappid=1&identifier=a"):
        ran = explain(odd)
        true(ran.status in (9, 16), str(ran)[:300])


if __name__ == "__main__":
    main()
