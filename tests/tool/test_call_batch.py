#!/usr/bin/env python3
"""usersig call --batch, before the hostile stand-in of the service: order, failures in their places, what is sent again and
what is not, one pace and one credential for all."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calling import (GROUPS, KEY, READ, SEND, SDKAPPID, Sigd, TWIN, USERSIG, at_service, call, clean, environment,  # noqa: E402
                     folder, service, usersig)
from harness import equal, main, scenario, true, until  # noqa: E402
import hostile  # noqa: E402


def body(i):
    return json.dumps({"CheckItem": [{"UserID": f"u{i}"}]})


def message(i):
    return json.dumps({"SyncOtherMachine": 2, "To_Account": "u1", "MsgRandom": i, "MsgBody": [
        {"MsgType": "TIMTextElem", "MsgContent": {"Text": f"hello {i}"}}]})


def lines_of(*texts):
    return "".join(text + "\n" for text in texts).encode()


def answers(ran):
    return [json.loads(line) for line in ran.out.splitlines()]


@scenario
def bodies_for_one_command():
    ran = call("--batch", READ, "--jobs", "5", stdin=lines_of(*map(body, range(60)))).good()
    equal([a["line"] for a in answers(ran)], list(range(1, 61)), "in order")
    equal({a["command"] for a in answers(ran)}, {READ}, "command")
    equal({a["answer"]["ErrorCode"] for a in answers(ran)}, {0}, "answers")
    equal(sorted(json.dumps(b) for b in ran.bodies()), sorted(map(body, range(60))), "each was sent once")
    true(1 < ran.connections <= 5, f"a connection for each of those that work: {ran}")
    equal(ran.err, "", "no notes")
    equal(call("--batch", READ, stdin=b"").good().out, "", "nothing")


@scenario
def each_line_names_its_call():
    given = lines_of(
        json.dumps({"service": "openim", "command": "sendmsg", "body": json.loads(message(1))}),
        json.dumps({"command": READ, "body": json.loads(body(1))}),
        json.dumps({"command": GROUPS}), json.dumps({"command": SEND}), "nonsense", "[]", json.dumps({"body": {}}),
        json.dumps({"command": "openim", "body": {}}), json.dumps({"command": READ, "body": 5}),
        json.dumps({"command": READ, "body": {}, "more": 1}), json.dumps({"command": "a b/c", "body": {}}), "", '{"a": 1, "a": 2}')
    ran = call("--batch", "--jobs", "1", stdin=given)
    equal(ran.status, 73, str(ran))
    got = answers(ran)
    equal([a["line"] for a in got], list(range(1, 14)), "in order")
    equal([a.get("error", {}).get("code", 0) for a in got], [0, 0, 0, 64, 64, 64, 64, 9, 64, 64, 9, 64, 64], "codes")
    equal([name for name, _ in ran.seen], [SEND, READ, GROUPS], "what was sent")
    true("body is missing, as in" in got[3]["error"]["detail"], str(got[3]))
    true("3 done, 10 failed" in ran.err, str(ran))
    for arguments, word in ((("-d", "{}"), "-d"), (("--example",), "--example"), (("--all",), "--all"),
                            (("--dry-run",), "--dry-run"), (("A=b",), "A=b"), (("--jobs", "0"), "256")):
        call("--batch", READ, *arguments).fails(64, word)
    call("--batch", "openim").fails(9, "SERVICE/COMMAND")
    call(READ, "--jobs", "3").fails(64, "--batch")


@scenario
def failures_stay_in_their_places():
    ran = call("--batch", READ, "--jobs", "1", script=[None, (10004,), None, "html"], stdin=lines_of(*map(body, range(5))))
    equal(ran.status, 73, str(ran))
    got = answers(ran)
    equal([a.get("error", {}).get("code", 0) for a in got], [0, 70, 0, 76, 0], "codes")
    equal((got[1]["answer"]["ErrorCode"], "answer" in got[3]), (10004, False), "answers")
    true("10004" in got[1]["error"]["detail"], str(got[1]))
    true("2 failed" in ran.err, str(ran))


@scenario
def what_is_tried_again():
    ran = call("--batch", READ, "--jobs", "1", script=[(60008,), None, "reset"], stdin=lines_of(body(1), body(2))).good()
    equal(len(ran.seen), 4, str(ran))
    ran = call("--batch", SEND, "--jobs", "1", script=["reset", None, (60007,), None], stdin=lines_of(*map(message, range(3))))
    equal([a.get("error", {}).get("code", 0) for a in answers(ran)], [71, 0, 0], "a send that may have been done is not repeated")
    equal([b["MsgRandom"] for b in ran.bodies()], [0, 1, 2, 2], "what was sent")
    ran = call("--batch", SEND, "--jobs", "1", "--retry-sends", script=["reset"], stdin=lines_of(message(1))).good()
    equal(len(ran.seen), 2, str(ran))


@scenario
def one_pace_for_all():
    ran = call("--batch", READ, "--jobs", "8", "--rate", "10", stdin=lines_of(*map(body, range(20)))).good()
    # one after the other: 19 places of 100 ms; waits of those that wait beside each other count together
    true(max(ran.waits) >= 100, f"somebody waited for a place: {ran}")
    true(sum(ran.waits) >= 1000, f"the places are shared: {ran}")
    mixed = [json.dumps({"command": GROUPS}), json.dumps({"command": READ, "body": json.loads(body(1))})] * 4
    ran = call("--batch", "--jobs", "1", stdin=lines_of(*mixed)).good()
    equal(len(ran.seen), 8, "documented limits are of each command")


@scenario
def one_credential_for_all():
    with Sigd([usersig(90000), usersig(10)], may=("admin",)) as sigd:
        ran = call("--batch", READ, "--jobs", "6", by=sigd.options(), stdin=lines_of(*map(body, range(30)))).good()
        equal(len([t for t in sigd.asked if "/admin" in t]), 2, f"asked once, renewed once: {sigd.asked}")
        true(30 < len(ran.seen) <= 36, f"those who had the old one tried again, nobody else: {len(ran.seen)}")


@scenario
def nobody_there_ends_it():
    state, out = os.path.join(folder(), "state-none"), os.path.join(folder(), "out-none")
    with open(out, "wb") as output:
        ran = call("--batch", READ, "--resume", state, host="localhost:1", stdin=lines_of(*map(body, range(50))), stdout=output)
    equal(ran.status, 69, str(ran))
    equal(ran.err.count("localhost"), 1, f"said once: {ran}")
    equal(os.path.getsize(out), 0, "no line is given up for that")
    with open(out, "ab") as output:
        call("--batch", READ, "--resume", state, stdin=lines_of(*map(body, range(50))), stdout=output).good()
    with open(out, encoding="ascii") as file:
        equal([json.loads(line)["line"] for line in file], list(range(1, 51)), "it went on")


def state_of(path):
    try:
        with open(path, encoding="ascii") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {"done": -1}


def killed(command, given, at, jobs):
    """(the run after one that was killed with `at` requests answered and one of each job without an answer; the output of
    both; what the service saw; how many lines were done). Of several jobs any may be the one that waits: then what is
    answered behind its line is not done."""
    state, out = os.path.join(folder(), f"state-{time.monotonic_ns()}"), os.path.join(folder(), f"out-{time.monotonic_ns()}")
    arguments = ["--batch", command, "--jobs", str(jobs), "--resume", state]
    with hostile.Hostile(KEY, SDKAPPID) as place:
        place.script[:] = [None] * at + ["silent"] * jobs
        with open(out, "ab") as output:
            process = subprocess.Popen([TWIN, "call", *arguments, *at_service(place)], stdin=subprocess.PIPE, stdout=output,
                                       env=environment())
        process.stdin.write(lines_of(*given))
        process.stdin.flush()
        until(lambda: len(place.seen) == at + jobs and (jobs > 1 or state_of(state)["done"] == at), "the requests")
        process.send_signal(signal.SIGKILL)
        equal(process.wait(30), -signal.SIGKILL, "killed")
        done = max(state_of(state)["done"], 0)
        process.stdin.close()
        with open(out, "ab") as output:
            ran = call(*arguments, at=place, stdin=lines_of(*given), stdout=output)
        with open(out, encoding="ascii") as file:
            return ran, [json.loads(line) for line in file], [json.loads(text) for _, text in place.seen], done


@scenario
def what_was_killed_goes_on():
    ran, got, seen, _ = killed(SEND, list(map(message, range(12))), 4, 1)
    equal([a["line"] for a in got], list(range(1, 13)), "no gap and no double")
    equal(sorted(b["MsgRandom"] for b in seen), list(range(12)), "no message is sent twice")
    equal([a.get("error", {}).get("code", 0) for a in got], [0] * 4 + [71] + [0] * 7, "the one under way is not known")
    equal(ran.status, 73, str(ran))
    ran, got, seen, done = killed(READ, list(map(body, range(12))), 4, 3)
    ran.good()
    equal([a["line"] for a in got], list(range(1, 13)), "no gap and no double")
    equal((len(seen), done <= 4), (4 + 3 + 12 - done, True), "reads are done again")


@scenario
def the_tool_itself_keeps_the_pace():
    """Not the twin: 12 calls at 20 a second take half a second at least."""
    begun = time.monotonic()
    done = subprocess.run([USERSIG, "call", "--batch", READ, "--rate", "20", *at_service()], stdin=subprocess.DEVNULL,
                          env=environment(), capture_output=True, timeout=60, check=False)
    equal((done.returncode, done.stdout), (0, b""), "nothing to do")
    done = subprocess.run([USERSIG, "call", "--batch", READ, "--rate", "20", *at_service()], env=environment(),
                          input=lines_of(*map(body, range(12))), capture_output=True, timeout=60, check=False)
    equal((done.returncode, done.stdout.count(b"\n")), (0, 12), done.stderr.decode())
    true(time.monotonic() - begun >= 0.55, "eleven places of 50 ms")
    true(len(service().seen) > 0, "the service was asked")


if __name__ == "__main__":
    try:
        main()
    finally:
        clean()
