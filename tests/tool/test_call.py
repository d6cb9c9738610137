#!/usr/bin/env python3
"""usersig call on a bad day: for each fault of the service or on the way what is done, how often, with which exit status;
and that nobody but the service sees the usersig."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calling import (GROUPS, MADE, READ, READ_BODY, SEND, Proxy, Sigd, call, clean, offline, run, service,  # noqa: E402
                     usersig, write)
from harness import KEY, SDKAPPID, equal, main, scenario, true  # noqa: E402
import hostile  # noqa: E402

READS = (READ, "-d", READ_BODY)
SENDS = (SEND, "--example")
LIMITED = (60007, 60011, 60018, 60019)
TRANSIENT = (60008, 60014, 70169, 70202, 70500)
BACK_OFF = [200, 400, 800, 1600, 3200, 6400, 8000]  # the bounds of the waits; the twin's chance is always the most


def requests(entries):
    """How many of these the service reads."""
    return len([entry for entry in entries if entry not in hostile.BEFORE])


# ---- the fault table ---------------------------------------------------------------------------------

# Of a read: what is met once, and then the service answers. The waits before the second request.
ONCE = [("handshake", [200]), ("unread", [200]), ("reset", [200]), ("closed", [200]), ("cut", [200]), (502, [200]), (500, [200]),
        (429, [200])] + [((code,), [1000]) for code in LIMITED] + [((code,), [200]) for code in TRANSIENT]
# Whatever the call: not again.
NEVER = [("html", 76, "not a JSON object"), ("text", 76, "not a JSON object"), ("array", 76, "not a JSON object"),
         ("empty", 76, "not a JSON object"), ("truncated", 76, "it was cut"), ("twice", 76, "not a JSON object"),
         ("huge", 76, "over 2 MiB"), ("no-code", 76, "no ErrorCode"), ("text-code", 76, "no ErrorCode"),
         (302, 76, "redirect"), (404, 76, "HTTP status 404"), ((70050,), 75, "--wait"), ((10002,), 75, "10002")]
FINAL = (60002, 60003, 60004, 60005, 60006, 60009, 60010, 60012, 60013, 60015, 60016, 60017, 60020, 60021, 70002, 70003, 70005,
         70009, 70013, 70014, 70016, 70020, 70051, 70052, 70107, 80001, 80002, 40003, 30001, 20003, 90001, 10004, 10010, 999999, -1)


@scenario
def a_read_is_tried_again():
    for entry, waits in ONCE:
        ran = call(*READS, script=[entry]).good()
        equal((ran.waits, len(ran.seen)), (waits, 1 + requests([entry])), f"{entry}: {ran}")


@scenario
def a_send_is_tried_again_only_where_nothing_was_done():
    for entry, waits in ONCE:
        if entry == "handshake" or (isinstance(entry, tuple) and entry[0] in LIMITED):
            ran = call(*SENDS, script=[entry]).good()
            equal((ran.waits, len(ran.seen)), (waits, 1 + requests([entry])), f"{entry}: {ran}")
            equal(len(set(ran.bodies()[i]["MsgRandom"] for i in range(len(ran.seen)))), 1, "one MsgRandom for one message")
        else:
            ran = call(*SENDS, script=[entry])
            ran.fails(71, "may have been done", "--retry-sends")
            equal((ran.waits, len(ran.seen)), ([], requests([entry])), f"{entry}: {ran}")
            ran = call(*SENDS, "--retry-sends", script=[entry]).good()
            equal((ran.waits, len(ran.seen)), (waits, 1 + requests([entry])), f"{entry}: {ran}")
    for name in ("im_open_login_svc/kick", "no_such_svc/at_all"):  # a write; one that the catalogue does not have
        call(name, "UserID=u1", script=["reset"]).fails(71, "may have been done")


@scenario
def what_is_never_tried_again():
    for entry, status, words in NEVER + [((code,), 70, str(code)) for code in FINAL]:
        for arguments in (READS, SENDS):
            ran = call(*arguments, script=[entry])
            ran.fails(status, words)
            equal((ran.waits, len(ran.seen)), ([], 1), f"{entry}: {ran}")


@scenario
def no_answer_in_time():
    limit = {"USERSIG_TWIN_LIMIT": "800"}
    ran = call(*SENDS, script=["silent"], env=limit)
    ran.fails(71, "no answer within 10 s", "may have been done")
    equal((ran.waits, len(ran.seen)), ([], 1), str(ran))
    ran = call(*READS, script=["silent"], env=limit).good()
    equal((ran.waits, len(ran.seen)), ([200], 2), str(ran))


@scenario
def a_reset_in_the_middle_of_a_large_body():
    """Writing goes on into a connection that is gone: no signal ends the tool."""
    path = write("large", b'{"UserID": "%s"}' % (b"x" * 7000000))
    for _ in range(5):
        call("im_open_login_svc/kick", "-d", "@" + path, script=["unread"]).fails(71, "may have been done")


@scenario
def it_gives_up():
    """After so many attempts, or when the time for all of them is up."""
    ran = call(*READS, script=["reset"] * 8)
    ran.fails(69, "tried often enough")
    equal((ran.waits, len(ran.seen)), (BACK_OFF, 8), str(ran))
    ran = call(*READS, script=[502] * 8)
    ran.fails(76, "HTTP status 502")
    equal(len(ran.seen), 8, str(ran))
    ran = call(*READS, script=[(60007,)] * 6)
    ran.fails(75, "60007", "--deadline")
    equal((ran.waits, len(ran.seen)), ([1000, 2000, 4000, 8000, 8000], 6), str(ran))
    ran = call(*READS, "--deadline", "4s", script=[(60007,)] * 3)
    ran.fails(75, "--deadline")
    equal(ran.waits, [1000, 2000], str(ran))
    for deadline in ("3s", "0", "2d", "9000000000000000000"):
        equal(call(*READS, "--deadline", deadline).fails(64, "over 3 s").seen, [], "nothing is sent")


@scenario
def the_code_decides():
    """Neither ActionStatus nor anything else."""
    for entry in ("no-action", "fail-0"):
        equal(len(call(*READS, script=[entry]).good().seen), 1, entry)
    ran = call(*READS, script=[{"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 10004}])
    ran.fails(70, "10004", "parameter not valid")
    true('"ErrorCode": 10004' in ran.out, f"the answer is printed: {ran}")
    true("in its words" not in ran.err, f"an empty ErrorInfo is not quoted: {ran}")


@scenario
def certificates():
    for kind in ("expired", "name"):
        with hostile.Hostile(KEY, SDKAPPID, certificate=kind) as other:
            ran = call(*READS, at=other)
            ran.fails(69, "certificate is not trusted", "nothing was sent")
            equal((ran.seen, ran.waits, ran.connections), ([], [], 1), str(ran))
    with hostile.Hostile(KEY, SDKAPPID) as other:  # another CA
        ran = call(*READS, at=other, cacert=service().ca)
        ran.fails(69, "certificate is not trusted", "--cacert")
        equal((ran.seen, ran.waits, ran.connections), ([], [], 1), str(ran))
    call(*READS, cacert=os.devnull).fails(66, "--cacert")
    call(*READS, "--insecure").fails(64, "unknown option")


@scenario
def nobody_there():
    with hostile.Hostile(KEY, SDKAPPID) as gone:
        port = gone.port
    for arguments in (READS, SENDS):  # nothing was sent: a send, too
        ran = call(*arguments, host=f"localhost:{port}")
        ran.fails(69, f"localhost:{port}", "tried often enough")
        equal((ran.seen, ran.waits), ([], BACK_OFF), str(ran))


# ---- the standby host --------------------------------------------------------------------------------

def by_proxy(proxy, *arguments, **more):
    return run(*arguments, *offline(), "--cacert", service().ca, env=proxy.env(), **more)


@scenario
def the_standby_host_when_the_other_one_is_not_reached():
    first, standby = "console.tim.qq.com:443", "adminapi.my-imcloud.com:443"
    with Proxy({first: None, standby: service().port}) as proxy:
        for arguments in (READS, SENDS):
            ran = by_proxy(proxy, *arguments).good()
            equal((proxy.asked, ran.waits, len(ran.seen)), ([first, standby], [200], 1), str(ran))
            proxy.asked.clear()
    with Proxy({first: None, standby: None}) as proxy:
        by_proxy(proxy, *READS).fails(69, "tried often enough")
        equal(proxy.asked, [first, standby] * 4, "one after the other")
    with Proxy({first: service().port, standby: None}) as proxy:
        ran = by_proxy(proxy, *READS, "-v").good()
        equal(proxy.asked, [first], "the standby host only stands by")
        service().script[:] = ["reset"]
        by_proxy(proxy, *READS).good()
        equal(proxy.asked, [first] * 3, "an answer that is lost is no reason to change")
    with Proxy({}) as proxy:
        by_proxy(proxy, *READS, "--region", "singapore").fails(69)
        equal(proxy.asked[:2], ["adminapisgp.im.qcloud.com:443", "adminapisgp.my-imcloud.com:443"], "a region's")


@scenario
def no_other_hosts():
    """sigd does not lead the caller anywhere."""
    with Sigd([usersig(0)], host="evil.example") as sigd:
        ran = run(*READS, *sigd.options(), "--cacert", service().ca)
        ran.fails(76, "evil.example", "--host")
        call(*READS, by=sigd.options()).good()  # --host says so


# ---- credentials -------------------------------------------------------------------------------------

@scenario
def an_expired_usersig_is_replaced_once():
    old, new = usersig(3600), usersig(0)
    for may in (["admin", "url"], ["url"], ["admin"]):
        for arguments, rate in ((READS, 10), (SENDS, 5)):  # the service has done nothing; the next place for a request
            with Sigd([old, new], may) as sigd:
                ran = call(*arguments, by=sigd.options(), script=[(70001,)]).good()
                equal((len(ran.seen), ran.waits), (2, [rate]), str(ran))
                asked = [target for target in sigd.asked if target != "/v1/apps"]
                equal(len(asked), 2, f"a credential and another: {asked}")
                equal("/url/" in asked[0], "url" in may, f"{may}: {asked}")
                if "admin" in may:
                    true("min_remaining=28800" in asked[1], f"a third of its life at least: {asked}")
    with Sigd([old, new, usersig(1)]) as sigd:
        ran = call(*READS, by=sigd.options(), script=[(70001,)] * 2)
        ran.fails(70, "70001", "the same with a new usersig")
        equal(len(ran.seen), 2, "not again within a minute")
    with Sigd([old]) as sigd:
        ran = call(*READS, by=sigd.options(), script=[(70001,)])
        ran.fails(70, "70001", "no newer usersig", "clock")
        equal(len(ran.seen), 1, "the same one again would count as another failure")


@scenario
def a_blocked_app_waits_only_when_asked():
    ran = call(*READS, "--wait", script=[(70050,)]).good()
    true(len(ran.waits) == 1 and 60000 <= ran.waits[0] <= 65000, str(ran))
    equal(len(ran.seen), 2, str(ran))
    call(*READS, "--wait", "--deadline", "30s", script=[(70050,)]).fails(75, "70050", "--deadline")


# ---- what is shown -----------------------------------------------------------------------------------

def hides(ran, text):
    true(text not in ran.out + ran.err, f"the credential is in {ran}")


@scenario
def the_credential_is_shown_nowhere():
    secret = usersig(60)
    with Sigd([secret]) as sigd:
        for script in ([], ["echo"], ["reset"] * 8, ["html"], [302], [(70009,)], ["closed", (60007,)]):
            for more in ([], ["-v"], ["--json"]):
                ran = call(*READS, *more, by=sigd.options(), script=script)
                hides(ran, secret)
                hides(ran, secret[20:60])
                true("-v" not in more or "usersig=REDACTED" in ran.err, str(ran))
    ran = call(*READS, "-v", script=[502]).good()
    equal(len(re.findall(r"> POST https://localhost:\d+/v4/im_open_login_svc/account_check\?sdkappid=\d+&identifier="
                         r"administrator&usersig=REDACTED&random=\d+&contenttype=json, 31 bytes", ran.err)), 2, str(ran))
    equal(len(set(re.findall(r"random=(\d+)", ran.err))), 2, "a number for each request")
    true("again in 0.2 s" in ran.err, str(ran))
    hides(ran, KEY.decode())


@scenario
def what_the_service_says_cannot_reach_the_terminal():
    ran = call(*READS, script=["control"])
    ran.fails(70, "10004")
    true("\x1b" not in ran.err and "\x07" not in ran.err and "\r" not in ran.err, str(ran))
    equal(ran.err.count("\n"), 1, f"one line: {ran}")


# ---- the connection ----------------------------------------------------------------------------------

@scenario
def one_connection_for_many_calls():
    ran = call(GROUPS, "Limit:=1", "--all").good()
    equal((len(ran.seen), ran.connections), (5, 1), str(ran))


@scenario
def a_kept_connection_that_died_is_no_reason_to_send_twice():
    """libcurl would do that by itself: then there would be no wait of ours."""
    for entry, more in (("reset", [200]), ("closed", [200])):
        service().script[:] = []
        ran = call(GROUPS, "Limit:=1", "--all", "--rate", "1000000", script=[None, entry])
        ran.good()
        equal((len(ran.seen), [wait for wait in ran.waits if wait > 1]), (6, more), str(ran))


@scenario
def no_more_calls_a_second_than_are_documented():
    ran = call(GROUPS, "Limit:=1", "--all").good()
    equal(ran.waits, [1000] * 4, f"one a second: {ran}")
    ran = call(GROUPS, "Limit:=1", "--all", "--rate", "4").good()
    equal(ran.waits, [250] * 4, f"four a second: {ran}")
    call(GROUPS, "--rate", "0").fails(64, "--rate")


if __name__ == "__main__":
    try:
        main()
    finally:
        clean()
        MADE.clear()
