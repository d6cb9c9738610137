#!/usr/bin/env python3
"""usersig apis: the catalogue; usersig url: hosts, hints and command lines for curl."""
import json
import os
import subprocess
import sys
from urllib.parse import parse_qsl, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from usertool import USERSIG, directory, offline, tool, write  # noqa: E402
from harness import KEY, SDKAPPID, Sigd, equal, main, plain_config, scenario, true  # noqa: E402
from rest_standin import Standin  # noqa: E402

TABLE = os.path.join(HERE, "..", "..", "libsig", "rest-apis.tsv")
LIST = "group_open_http_svc/get_appid_group_list"
HOSTS = {"china": ("console.tim.qq.com", "adminapi.my-imcloud.com"),
         "singapore": ("adminapisgp.im.qcloud.com", "adminapisgp.my-imcloud.com"),
         "Silicon Valley": ("adminapiusa.im.qcloud.com", "adminapiusa.my-imcloud.com")}


def table():
    with open(TABLE, encoding="utf-8") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    return [dict(zip(names, row, strict=True)) for row in rows]


# ---- apis --------------------------------------------------------------------------------------------

@scenario
def the_whole_catalogue():
    rows, text = table(), tool("apis").good()
    listed = [line.split()[0] for line in text.splitlines() if "/" in line.split(" ")[0]]
    equal(sorted(listed), sorted(f"{row['service']}/{row['command']}" for row in rows), "names")
    equal([line for line in text.splitlines() if line and "/" not in line.split(" ")[0]],
          list(dict.fromkeys(row["group"] for row in rows)), "groups")
    documents = {(api["service"], api["command"]): api for api in tool("apis", "--json").json()["apis"]}
    for row in rows:
        api = documents.pop((row["service"], row["command"]))
        equal((api["group"], api["title"], api["kind"]), (row["group"], row["title"], row["kind"]), str(api))
        equal((api["min_body"], api["rate"]), (json.loads(row["min_body"]), int(row["rate"] or 0) or None), str(api))
        equal(api["pages"] and ",".join(api["pages"]["items"]), row["items"] or None, str(api))
    equal(documents, {}, "further ones")


@scenario
def by_pattern():
    text = tool("apis", "MUTED list").good()
    true("group_open_http_svc/get_group_muted_account" in text and "trtc-live" in text, text)
    true("sendmsg" not in text, text)
    for api in tool("apis", "send", "--json").json()["apis"]:
        true("send" in json.dumps(api), str(api))


@scenario
def one_call():
    text = tool("apis", LIST).good()
    for word in (f"{LIST}: list app groups", "group  group", "read: changes nothing", "1 request a second", "GroupIdList",
                 "Next", "10000 by Limit", "{}"):
        true(word in text, f"{word!r} is missing in {text}")
    text = tool("apis", "openim/sendmsg").good()
    true('"To_Account": "u2"' in text and "send: reaches people" in text and "200 requests" in text, text)
    true("not documented" in tool("apis", "openpic/pic_up").good(), "rate")
    api = tool("apis", "sns/friend_get", "--json").json()
    equal(api["pages"]["cursor_in"], ["StartIndex", "StandardSequence", "CustomSequence"], "cursors")
    equal(tool("apis", "openim/sendmsg", "--json").json()["pages"], None, "no pages")


@scenario
def another_case_is_named():
    ran = tool("apis", "OpenIM/SendMsg")
    true("the service knows openim/sendmsg" in ran.err and ran.good().startswith("openim/sendmsg:"), str(ran))


@scenario
def near_names():
    for asked, near in (("openim/sendmgs", "openim/sendmsg"), ("sendmgs", "openim/sendmsg"),
                        ("opemin/sendmsg", "openim/sendmsg"), ("sns/sendmsg", "openim/sendmsg"),
                        ("group_open_http_svc/get_group_mebmer_info", "group_open_http_svc/get_group_member_info")):
        tool("apis", asked).fails(67, "nothing in the catalogue", near)
    ran = tool("apis", "zzzzzzzz/qqqqqqqqq").fails(67, "usersig apis has a list")
    true("is it" not in ran.err, str(ran))


@scenario
def odd_patterns():
    tool("apis", "x" * 5000).fails(67)
    tool("apis", "//").fails(67)
    tool("apis", "a/" + "b" * 300).fails(67)
    ran = tool("apis", "\x1b[2J/x").fails(67)
    true("\x1b" not in ran.err, str(ran))
    true(len(tool("apis", "").good().splitlines()) > 200, "an empty pattern is no pattern")
    tool("apis", "a", "b").fails(64, "PATTERN")


# ---- url ---------------------------------------------------------------------------------------------

def host_of(*arguments):
    with offline() as options:
        return urlsplit(tool("url", LIST, "--identifier", "administrator", *options, *arguments).good()).netloc


@scenario
def hosts_and_their_standby():
    for region, (host, standby) in HOSTS.items():
        equal(host_of("--region", region), host, region)
        equal(host_of("--region", region, "--standby"), standby, f"{region}, standby")
    equal(host_of("--standby"), HOSTS["china"][1], "the default")
    tool("url", LIST, "--standby", "--host", "a.example").fails(64, "--standby")


@scenario
def the_standby_of_an_app_of_sigd():
    d = Sigd(plain_config())
    equal(urlsplit(tool("url", LIST, "--socket", d.socket(), "--standby").good()).netloc, HOSTS["china"][1])


@scenario
def names_that_are_not_in_the_catalogue_work():
    with offline() as options:
        for name, hint in (("openim/SendMsg", "the service knows openim/sendmsg"), ("openim/sendmgs", "is it openim/sendmsg"),
                           ("new_svc/new_command", "not in the catalogue")):
            ran = tool("url", name, "--identifier", "administrator", *options)
            true(f"/v4/{name}?" in ran.good() and hint in ran.err, str(ran))
        equal(tool("url", LIST, "--identifier", "administrator", *options).err, "", "no hint for a good one")


@scenario
def redacted_parameters():
    with offline() as options:
        url = tool("url", LIST, "--identifier", "a", *options, "--param", "accesstoken=hush", "--param", "SecretKey=hush",
                   "--param", "apn=1", "--redact").good()
    query = dict(parse_qsl(urlsplit(url).query))
    equal((query["usersig"], query["accesstoken"], query["SecretKey"], query["apn"]), ("REDACTED",) * 3 + ("1",), url)
    true("hush" not in url, url)


@scenario
def a_command_line_for_curl():
    equal(tool("url", LIST, "--curl").good(),
          f"usersig url {LIST} --curl-config | curl -sS -K - -H 'Content-Type: application/json' -d '{{}}'")
    text = tool("url", "openim/sendmsg", "--curl", "--as", "o'p s", "--app", "chat", "--region", "silicon valley", "--standby",
                "--random", "7", "--param", "a=b c").good()
    for word in ("--as 'o'\\''p s'", "--app chat", "--region 'silicon valley'", "--standby", "--random 7", "--param 'a=b c'"):
        true(word in text, f"{word} is missing in {text}")
    true("SIGD_APP" not in tool("url", LIST, "--curl", env={"SIGD_APP": "chat"}).good(), "what the environment says stays there")
    for other in ("--curl-config", "--json", "--redact"):
        tool("url", LIST, "--curl", other).fails(64, "--curl")


@scenario
def the_command_line_runs():
    """By sh and curl, and the service takes the call: no credential is in what was printed."""
    with directory() as path, Standin(KEY, SDKAPPID) as service:
        key = write(os.path.join(path, "it's a key"), KEY)
        for name in (LIST, "openim/sendmsg", "im_msg_audit/content_moderation"):
            line = tool("url", name, "--curl", "--key-file", key, "--sdkappid", str(SDKAPPID), "--identifier", "administrator",
                        "--host", f"localhost:{service.port}").good()
            true("usersig=" not in line and KEY.decode() not in line, line)
            done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False,
                                  env={"PATH": os.path.dirname(USERSIG) + ":" + os.environ["PATH"], "CURL_CA_BUNDLE": service.ca})
            equal((done.returncode, json.loads(done.stdout or "{}").get("ErrorCode")), (0, 0), f"{line}\n{done}")
        equal([call["path"] for call in service.calls], [f"/v4/{name}" for name in (LIST, "openim/sendmsg",
                                                                                   "im_msg_audit/content_moderation")])


if __name__ == "__main__":
    main()
