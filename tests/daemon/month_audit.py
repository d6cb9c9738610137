"""month_audit.py: does the audit log of a month tell what the clients saw?"""
import collections
import hashlib
import json
import re

from admin import sigctl
from harness import equal, oracle, true
from twins import START


def fingerprint(usersig, key):
    """By the words of docs/AUDIT.md."""
    claims = oracle.decode(usersig)
    text = oracle.signed_text(claims["identifier"], claims["sdkappid"], claims["time"], claims["expire"], claims["userbuf"])
    return hashlib.blake2b(text + key.encode(), digest_size=16).hexdigest()


def verified(month):
    """All lines, once sigctl has called the chain good, up to the head that the log on stderr tells."""
    files = [*month.rotated, month.made.path("log", "audit.log")]
    head = re.findall(r'msg="audit head" seq=\d+ head=([0-9a-f]{64})', month.made.stderr)[-1]
    done = sigctl("audit", "verify", "--json", "--head", head, *files)
    equal(done.returncode, 0, f"sigctl audit verify: {done.stdout}{done.stderr}")
    said = json.loads(done.stdout)
    equal((said["good"], said["head"]), (True, head), "what verify says")
    lines = []
    for path in files:
        with open(path, "rb") as file:
            lines += [json.loads(line) for line in file.read().splitlines() if line.endswith(b"}")]
    gaps = [gap["reason"] for gap in said["gaps"]]
    true(set(gaps) == ({"write"} if month.mounted else set()), f"gaps are where the disk was full: {gaps}")
    equal((said["lines"], [line["seq"] for line in lines]), (len(lines), list(range(1, len(lines) + 1))), "lines")
    equal(sigctl("audit", "verify", *files[1:]).returncode, 0, "the younger file alone")
    return files, lines


def found(files, usersig):
    done = sigctl("audit", "find", *files, text=usersig)
    equal(done.returncode, 0, f"sigctl audit find: {done.stderr}")
    return [json.loads(line[line.index("{"):]) for line in done.stdout.splitlines() if "{" in line]


def audited(month):
    files, lines = verified(month)
    ledger = month.ledger
    by = collections.defaultdict(list)
    for line in lines:
        by[line["event"]].append(line)
    # users: each that was answered has its line; more were signed only where a connection broke before the answer
    signed = {(line["app"], line["identifier"]): line for line in by["sign"]}
    for identifier, (app, got) in ledger.signed.items():
        line = signed.get((app, identifier), {})
        equal((line.get("issued_at"), line.get("key"), line.get("fingerprint")),
              (got["issued_at"], got["key"], fingerprint(got["usersig"], got["key"])), f"the line of {identifier}")
    unanswered = len(by["sign"]) - len(ledger.signed)
    true(0 <= unanswered <= 5 * ledger.counts["broken"], f"{unanswered} lines of what nobody got")
    # administrators: each that was seen was signed, or read where somebody else signs, and handed out to us
    for events, what in ((("admin", "hosted"), "was signed"), (("served",), "was handed out")):
        told = {(line["app"], line["identifier"], line["issued_at"], line.get("fingerprint"))
                for event in events for line in by[event] if line["verdict"] == "ok"}
        for usersig, (app, identifier, key) in ledger.admins.items():
            mark = fingerprint(usersig, key) if key and events[0] == "admin" else None
            issued = oracle.decode(usersig)["time"]
            true((app, identifier, issued, mark) in told, f"{app} {identifier}, of {issued - START}, {what}: no line")
    # by the tool that an operator has
    for identifier in ("op-before", "op-after", "op-b"):
        usersig = ledger.signed[identifier][1]["usersig"]
        equal([(line["event"], line["identifier"]) for line in found(files, usersig)], [("sign", identifier)], "found")
    for usersig, (_, identifier, key) in list(ledger.admins.items())[:4]:
        if key:
            events = {line["event"] for line in found(files, usersig)}
            true({"admin", "served"} <= events, f"found: {identifier}: {events}")
    # what an operator and the clock did
    equal((len(by["start"]), len(by["stop"])), (4, 4), "lives")
    equal([line["verdict"] for line in by["reload"]].count("failed"), 2, "refused reloads")
    equal([(line["app"], line["key"]) for line in by["revoked"]][:1], [("chat", "b")], "revoked")
    equal(len(by["flush"]), 1, "flushes")
    for event in ("freeze", "thaw"):
        equal([line["app"] for line in by[event]], ["chat", "side"] if month.mounted else ["chat"], event)
    equal([line["verdict"] for line in by["clock_step"]], ["86400 s back", "86400 s forward", "7200 s forward"], "steps")
    equal([line["verdict"] for line in by["clock_verdict"]], ["leapt", "good"], "what the clock was taken for")
    print(f"# {len(lines)} lines, {len(by['sign'])} users' usersigs, {unanswered} of them unanswered; {month.renewals} renewals by the "
          f"clock; {ledger.counts}")
    true(month.renewals > 50, "two administrators, each more than once a day")
