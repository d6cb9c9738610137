#!/usr/bin/env python3
"""The oracle against signatures of other makers and against itself; the stand-in: each code it can answer."""
import base64
import http.client
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from harness import KEY, OTHER_KEY, SDKAPPID, TESTS, equal, main, scenario, true  # noqa: E402
import oracle  # noqa: E402
import rest_answers  # noqa: E402
import rest_standin  # noqa: E402

NOW = 1700000000
VERDICTS = {"valid": 0, "expired": 70001, "bad-signature": 70009, "wrong-identifier": 70013, "wrong-appid": 70014,
            "malformed": 70003}


def vectors():
    with open(os.path.join(TESTS, "data", "vectors", "vectors.tsv"), encoding="utf-8", newline="\n") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    for row in rows:
        vector = dict(zip(names, row, strict=True))
        text = vector["identifier"]
        vector["identifier"] = bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()
        vector["userbuf"] = b"" if vector["userbuf"] == "-" else base64.b64decode(vector["userbuf"])
        yield vector


@scenario
def oracle_agrees_with_every_version_2_vector():
    seen, wrong = 0, []
    for vector in vectors():
        if vector["version"] == "v2":
            seen += 1
            code = oracle.judge(vector["usersig"], vector["key"], int(vector["sdkappid"]), vector["identifier"],
                                int(vector["time"]) + 1, vector["userbuf"])
            if code != VERDICTS[vector["expect"]]:
                wrong.append((vector["producer"], vector["identifier"], vector["expect"], code))
    equal(wrong, [], "vectors judged otherwise")
    equal(seen, 150, "version 2 vectors")
    true(any(v["userbuf"] and v["version"] == "v2" for v in vectors()), "no vector with a userbuf")


@scenario
def oracle_takes_no_version_1_vector():
    for vector in vectors():
        if vector["version"] == "v1":
            equal(oracle.judge(vector["usersig"], KEY, int(vector["sdkappid"]), vector["identifier"],
                               int(vector["time"]) + 1), 70003, vector["producer"])


@scenario
def oracle_judges_what_it_signed():
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"# seed {seed}")
    rng = random.Random(seed)
    for _ in range(500):
        identifier = "".join(rng.choice("abcXYZ019_-@#\"\\/é漢😀 ") for _ in range(rng.randint(1, 30)))
        userbuf = rng.randbytes(rng.choice([0, 0, 1, 2, 3, 40]))
        sdkappid, lifetime = rng.randint(1, 2**32 - 1), rng.randint(0, 10**9)
        text = oracle.sign(KEY, sdkappid, identifier, NOW, lifetime, userbuf, level=rng.randint(0, 9))
        equal(oracle.judge(text, KEY, sdkappid, identifier, NOW + lifetime, userbuf), 0, identifier)
        equal(oracle.judge(text, KEY, sdkappid, identifier, NOW + lifetime + 1, userbuf), 70001, identifier)
        equal(oracle.judge(text, KEY, sdkappid, identifier + "x", NOW, userbuf), 70013, identifier)
        equal(oracle.judge(text, KEY, sdkappid ^ 1, identifier, NOW, userbuf), 70014, identifier)
        equal(oracle.judge(text, OTHER_KEY, sdkappid, identifier, NOW, userbuf), 70009, identifier)
        equal(oracle.judge(text, KEY, sdkappid, identifier, NOW, userbuf + b"x"), 70003, identifier)
        equal(oracle.judge(text, KEY, sdkappid, identifier, NOW, oracle.ANY_USERBUF), 0, identifier)


def honest(**members):
    return oracle.sign(KEY, SDKAPPID, "u1", NOW, 100, **members)


def document(**changes):
    """The JSON of an honest usersig, as a dict."""
    members = json.loads(zlib.decompress(base64.b64decode(honest().translate(str.maketrans("*-_", "+/=")))))
    members.update(changes)
    return members


def pack(members, **how):
    return oracle.pack(json.dumps(members, **how))


@scenario
def oracle_refuses_what_is_not_canonical():
    text = honest()
    equal(oracle.judge(text, KEY, SDKAPPID, "u1", NOW), 0, "honest")
    plain = json.dumps(document(), separators=(",", ":"))
    equal(oracle.judge(oracle.pack(plain), KEY, SDKAPPID, "u1", NOW), 0, "packed again")
    equal(oracle.judge(oracle.pack(" \r\n\t" + plain + " \n"), KEY, SDKAPPID, "u1", NOW), 0, "white space")
    equal(oracle.judge(pack(document(note=1, x=None, y=True, z="s", w=1.5)), KEY, SDKAPPID, "u1", NOW), 0,
          "unknown scalar members")
    sig = document()["TLS.sig"]
    padded = next(text for text in (oracle.pack(plain + " " * n) for n in range(50)) if text.endswith("_"))
    equal(oracle.judge(padded, KEY, SDKAPPID, "u1", NOW), 0, "padded")
    refused = {
        "empty": "",
        "too long": "A" * (oracle.TEXT_MAX + 4),
        "standard alphabet": padded.replace("*", "+").replace("-", "/").replace("_", "="),
        "a character cut": text[:-1],
        "no padding": padded.rstrip("_"),
        "newline at the end": text + "\n",
        "white space inside": text[:8] + " " + text[8:],
        "raw deflate": oracle.to_outer(zlib.compress(plain.encode())[2:-4]),
        "after the stream": oracle.to_outer(zlib.compress(plain.encode()) + b"\0"),
        "stream cut": oracle.to_outer(zlib.compress(plain.encode())[:-1]),
        "checksum": oracle.to_outer(zlib.compress(plain.encode())[:-1] + b"!"),
        "bomb": oracle.pack(plain + " " * 100000),
        "8193 bytes": oracle.pack(plain + " " * (8193 - len(plain))),
        "second object": oracle.pack(plain + "{}"),
        "array": oracle.pack("[" + plain + "]"),
        "deep": oracle.pack("[" * 4000),
        "BOM": oracle.pack("\ufeff" + plain),
        "duplicate": oracle.pack(plain[:-1] + ',"TLS.ver":"2.0"}'),
        "duplicate escaped": oracle.pack(plain[:-1] + ',"TLS.\\u0076er":"2.0"}'),
        "nested": pack(document(note={})),
        "not UTF-8": oracle.pack(plain.encode().replace(b'"u1"', b'"u\xff"')),
        "half pair": oracle.pack(plain[:-1] + ',"n":"\\ud800"}'),
        "NaN": oracle.pack(plain[:-1] + ',"n":NaN}'),
        "control in string": oracle.pack(plain[:-1] + ',"n":"\n"}'),
        "version": pack(document(**{"TLS.ver": "3.0"})),
        "version a number": pack(document(**{"TLS.ver": 2.0})),
        "sdkappid a string": pack(document(**{"TLS.sdkappid": str(SDKAPPID)})),
        "sdkappid true": pack(document(**{"TLS.sdkappid": True})),
        "sdkappid too large": pack(document(**{"TLS.sdkappid": 2**32})),
        "time signed": pack(document(**{"TLS.time": -1})),
        "time 2^64": pack(document(**{"TLS.time": 2**64})),
        "time with fraction": oracle.pack(plain.replace(f'"TLS.time":{NOW}', f'"TLS.time":{NOW}.0')),
        "time with exponent": oracle.pack(plain.replace(f'"TLS.time":{NOW}', '"TLS.time":17e8')),
        "leading zero": oracle.pack(plain.replace('"TLS.expire":100', '"TLS.expire":0100')),
        "minus zero": oracle.pack(plain.replace('"TLS.expire":100', '"TLS.expire":-0')),
        "identifier empty": pack(document(**{"TLS.identifier": ""})),
        "identifier control": pack(document(**{"TLS.identifier": "u\u007f"})),
        "identifier NUL": pack(document(**{"TLS.identifier": "u1\0"})),
        "identifier 256": pack(document(**{"TLS.identifier": "u" * 256})),
        "userbuf empty": pack(document(**{"TLS.userbuf": ""})),
        "sig short": pack(document(**{"TLS.sig": sig[:40] + "A==="})),
        "sig 31 bytes": pack(document(**{"TLS.sig": base64.b64encode(bytes(31)).decode()})),
        "sig not canonical": pack(document(**{"TLS.sig": sig[:-2] + chr(ord(sig[-2]) + 1) + "="})),
    }
    for name, bad in refused.items():
        equal(oracle.judge(bad, KEY, SDKAPPID, "u1", NOW), 70003, name)


@scenario
def oracle_program():
    with tempfile.TemporaryDirectory() as directory:
        key = os.path.join(directory, "key")
        with open(key, "wb") as file:
            file.write(KEY + b"\n")
        program = [sys.executable, os.path.join(TESTS, "standin", "oracle.py")]
        options = ["--key-file", key, "--sdkappid", str(SDKAPPID), "--identifier", "u1"]
        text = subprocess.run([*program, "sign", *options, "--lifetime", "9", "--now", str(NOW)], check=True,
                              capture_output=True, text=True).stdout
        for now, code, status in ((NOW + 9, "0\n", 0), (NOW + 10, "70001\n", 1)):
            done = subprocess.run([*program, "verify", *options, "--now", str(now)], input=text, check=False,
                                  capture_output=True, text=True)
            equal((done.stdout, done.returncode), (code, status), f"now {now}")


# ---- the stand-in ------------------------------------------------------------------------------------

def target(service="group_open_http_svc", command="get_appid_group_list", drop=(), **changes):
    members = {"sdkappid": str(SDKAPPID), "identifier": "group_root", "usersig": USERSIG, "random": "99999999",
               "contenttype": "json"}
    members.update(changes)
    return f"/v4/{service}/{command}?" + "&".join(f"{name}={quote(value, safe='*-_')}"
                                                  for name, value in members.items() if name not in drop)


USERSIG = oracle.sign(KEY, SDKAPPID, "group_root", NOW, 3600)


class Client(http.client.HTTPSConnection):
    def __init__(self, standin, name="127.0.0.1"):
        super().__init__(name, standin.port, timeout=10, context=ssl.create_default_context(cafile=standin.ca))

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)

    def call(self, path, body=b"{}", method="POST"):
        self.request(method, path, body, {"Content-Type": "application/json"})
        response = self.getresponse()
        equal(response.status, 200, "HTTP status")
        answer = json.loads(response.read())
        equal(answer["ActionStatus"], "OK" if answer["ErrorCode"] == 0 else "FAIL", "ActionStatus")
        true(isinstance(answer["ErrorInfo"], str) and bool(answer["ErrorInfo"]) == bool(answer["ErrorCode"]),
             "ErrorInfo")
        return answer


@scenario
def standin_answers_each_code():
    signed = oracle.sign
    rows = [
        ("good", 0, target()),
        ("last second", 0, target(usersig=signed(KEY, SDKAPPID, "group_root", NOW - 10, 10))),
        ("the other admin", 0, target(identifier="administrator", usersig=signed(KEY, SDKAPPID, "administrator", NOW, 1))),
        ("largest random", 0, target(random="4294967295")),
        ("random too large", 60002, target(random="4294967296")),
        ("random not decimal", 60002, target(random="0x1")),
        ("random missing", 60002, target(drop=["random"])),
        ("contenttype", 60002, target(contenttype="JSON")),
        ("parameter twice", 60002, target() + "&random=1"),
        ("percent", 60002, target() + "&x=%zz"),
        ("no pair", 60002, target() + "&x"),
        ("service", 60009, target(service="group_open_http_svd")),
        ("command", 60009, target(command="get_appid_group_lists")),
        ("path", 60009, target().replace("/v4/", "/v3/")),
        ("sdkappid missing", 60012, target(drop=["sdkappid"])),
        ("sdkappid of nobody", 60006, target(sdkappid="1400000000")),
        ("sdkappid no number", 60006, target(sdkappid="x")),
        ("identifier missing", 60004, target(drop=["identifier"])),
        ("usersig missing", 70002, target(drop=["usersig"])),
        ("usersig empty", 70002, target(usersig="")),
        ("usersig cut", 70003, target(usersig=USERSIG[:-5])),
        ("usersig encoded twice", 70003, target(usersig=quote(USERSIG.replace("*", "%2A").replace("_", "%5F")))),
        ("another key", 70009, target(usersig=signed(OTHER_KEY, SDKAPPID, "group_root", NOW, 9))),
        ("another app inside", 70014, target(usersig=signed(KEY, SDKAPPID + 1, "group_root", NOW, 9))),
        ("another identifier", 70013, target(usersig=signed(KEY, SDKAPPID, "administrator", NOW, 9))),
        ("a userbuf inside", 70003, target(usersig=signed(KEY, SDKAPPID, "group_root", NOW, 9, b"room"))),
        ("expired", 70001, target(usersig=signed(KEY, SDKAPPID, "group_root", NOW - 10, 9))),
        ("lifetime 0", 70001, target(usersig=signed(KEY, SDKAPPID, "group_root", NOW - 1, 0))),
        ("no admin", 60010, target(identifier="u1", usersig=signed(KEY, SDKAPPID, "u1", NOW, 9))),
    ]
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        standin.now = NOW
        client = Client(standin)
        for name, code, path in rows:
            equal(client.call(path)["ErrorCode"], code, name)
        for body, code in ((b"", 60003), (b"[]", 60003), (b"null", 60003), (b"{", 60003), (b"\xff", 60003), (b"{}", 0),
                           (b'{"Limit":0}', 10004), (b'{"Limit":10001}', 10004), (b'{"Limit":"2"}', 10004)):
            equal(client.call(target(), body)["ErrorCode"], code, body.decode("latin-1"))
        for method in ("GET", "PUT", "DELETE"):
            equal(client.call(target(), method=method)["ErrorCode"], 60002, method)
        equal({call["client_port"] for call in standin.calls}, {client.sock.getsockname()[1]}, "one kept connection")


@scenario
def standin_lists_groups_by_limit():
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        standin.now = NOW
        client = Client(standin, "localhost")
        seen, start = [], 0
        while True:
            answer = client.call(target(), json.dumps({"Limit": 2, "Next": start}))
            true(len(answer["GroupIdList"]) <= 2, "Limit honoured")
            seen += [group["GroupId"] for group in answer["GroupIdList"]]
            start = answer["Next"]
            if not start:
                break
        equal(len(set(seen)), answer["TotalCount"], "all groups, once")


@scenario
def standin_serves_many_at_once_under_the_real_name():
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        standin.now = NOW
        codes = []

        def work():
            client = Client(standin, "console.tim.qq.com")
            for _ in range(5):
                codes.append(client.call(target())["ErrorCode"])
        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(codes, [0] * 100, "codes")


@scenario
def standin_certificate_is_refused_for_other_names_and_without_its_ca():
    with rest_standin.Standin(KEY, SDKAPPID) as standin:
        client = Client(standin, "example.com")
        try:
            client.connect()
            raise AssertionError("another name was taken")
        except ssl.SSLCertVerificationError:
            pass
        client = Client(standin)
        client._context = ssl.create_default_context()
        try:
            client.connect()
            raise AssertionError("an unknown CA was taken")
        except ssl.SSLCertVerificationError:
            pass
        standin.now = NOW
        equal(Client(standin).call(target())["ErrorCode"], 0, "still serves")


@scenario
def standin_program():
    with tempfile.TemporaryDirectory() as directory:
        key, log = os.path.join(directory, "key"), os.path.join(directory, "log")
        with open(key, "wb") as file:
            file.write(KEY + b"\n")
        usersig = oracle.sign(KEY, SDKAPPID, "group_root", int(time.time()), 3600)
        boss = oracle.sign(KEY, SDKAPPID, "boss", int(time.time()), 3600)
        for options, codes in ((["--fault", "60008:2", "--log", log], [60008, 60008, 0]), (["--now-offset", "3700"], [70001]),
                               (["--now", "1"], [0]), (["--admin", "boss"], [60010])):
            process = subprocess.Popen([sys.executable, os.path.join(TESTS, "standin", "rest_standin.py"), "--key-file", key,
                                        "--sdkappid", str(SDKAPPID), "--dir", os.path.join(directory, "certs"), *options],
                                       stdout=subprocess.PIPE, text=True)
            try:
                where = json.loads(process.stdout.readline())
                where = type("Where", (), where)
                client = Client(where)
                equal([client.call(target(usersig=usersig))["ErrorCode"] for _ in codes], codes, str(options))
                if "--admin" in options:
                    equal(client.call(target(identifier="boss", usersig=boss))["ErrorCode"], 0, "boss")
            finally:
                process.send_signal(signal.SIGTERM)
                equal(process.wait(10), 0, "exit status")
        with open(log, encoding="utf-8") as file:
            text = file.read()
        equal(len(text.splitlines()), 3, "log lines")
        true(usersig not in text, "no usersig in the log")


# ---- every endpoint ----------------------------------------------------------------------------------

def ask(service, name, body):
    """ErrorCode and answer, called as its administrator."""
    usersig = oracle.sign(KEY, SDKAPPID, "administrator", NOW, 3600)
    service.now = lambda: NOW
    return service.answer("POST", f"/v4/{name}?sdkappid={SDKAPPID}&identifier=administrator&usersig={usersig}&random=1"
                                  "&contenttype=json", json.dumps(body).encode())


@scenario
def every_endpoint_takes_its_least_body_and_not_less():
    service = rest_standin.Service(KEY, SDKAPPID)
    true(len(service.apis) > 200, "endpoints")
    for (name, command), api in service.apis.items():
        equal(ask(service, f"{name}/{command}", api.body)[0], 0, f"{name}/{command}")
        for field in api.body:
            less = {key: value for key, value in api.body.items() if key != field}
            true(ask(service, f"{name}/{command}", less)[0] != 0, f"{name}/{command} without {field}")
            true(ask(service, f"{name}/{command}", {**api.body, field: None if isinstance(api.body[field], (str, list, dict)) else "x"})
                 [0] != 0, f"{name}/{command}: {field} of another type")


def member(document, path):
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def walk(service, api, forget=None):
    """All items of a list, by the rule in the catalogue; without one cursor of the pages after the first."""
    body, items = dict(api.body), []
    for _ in range(50):
        code, answer = ask(service, f"{api.service}/{api.command}", body)
        if code:
            return code
        page = member(answer, api.items)
        items += page
        first = member(answer, api.cursor_out[0].lstrip("-"))
        end = api.complete.startswith("=") and len(items) >= answer[api.complete[1:]] or \
            not api.complete.startswith("=") and api.complete and answer[api.complete] or not api.complete and not first
        if end or not page:
            return items
        for inward, outward in zip(api.cursor_in, api.cursor_out, strict=True):
            if outward == "+":
                body[inward] = body.get(inward, 0) + len(page)
            elif outward.startswith("-"):
                body[inward] = min(item[outward[1:]] for item in page) - 1
            elif member(answer, outward) is None or inward == forget:
                body.pop(inward, None)
            else:
                body[inward] = member(answer, outward)
    raise AssertionError(f"{api.command}: no end")


@scenario
def every_list_pages():
    service = rest_standin.Service(KEY, SDKAPPID)
    lists = [api for api in service.apis.values() if api.cursor_in]
    equal(len(lists), 16, "lists")
    for api in lists:
        if api.limit:
            api.limit_max, api.body = min(api.limit_max, 2), {key: value for key, value in api.body.items() if key != api.limit}
        for name in ("MaxCnt", "MaxLimited"):
            if name in api.body:
                api.body[name] = 2
        for total in (0, 1, 2, 3, 4, 5):
            service.items = total
            items = walk(service, api)
            equal(len({json.dumps(item) for item in items}), total, f"{api.command}: {total} items, none twice")
            equal(len(items), total, f"{api.command}: {total} items")
        if len(api.cursor_in) > 1 and api.cursor_out[0] != "+":
            for name in api.cursor_in[:-1]:
                equal(walk(service, api, forget=name), rest_answers.WRONG[api.service], f"{api.command} without {name}")


if __name__ == "__main__":
    main()
