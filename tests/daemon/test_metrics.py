#!/usr/bin/env python3
"""/metrics and /readyz: what was done is what is counted, over deaths of fronts and for several of them; what is not ready is
said as a count."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import sigctl  # noqa: E402
from harness import (Caller, Sigd, answers_in, dial, drain, equal, good, main, plain_config, problem,  # noqa: E402
                     scenario, skip, true, until)
from process import launch_behind  # noqa: E402
from reloads import BOTH, OTHER_APP, refused, reloaded  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"
VERIFY = "/v1/apps/demo/verify"
SAMPLE = re.compile(r'^(sigd_\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?\d+(?:\.\d+)?|\+Inf)$')
ROUTES = {"apps": "v1/apps", "admin": "v1/apps/{app}/admin", "sign": "v1/apps/{app}/usersig",
          "verify": "v1/apps/{app}/verify", "url": "v1/apps/{app}/url/{service}/{command}"}


def parse(text):
    """{(name, (label=value, ...)): number}; fails on what is not the format, or is there twice."""
    found, families = {}, {}
    for line in text.splitlines():
        comment = re.fullmatch(r"# (HELP|TYPE) (sigd_\w+) (\S.*)", line)
        if comment:
            kind, name, rest = comment.groups()
            true((kind, name) not in families, f"{kind} {name} twice")
            families[kind, name] = rest
            continue
        match = SAMPLE.match(line)
        true(match, f"no sample: {line!r}")
        name, labels, value = match.groups()
        family = re.sub(r"_(bucket|sum|count)$", "", name) if name.startswith("sigd_request_duration") else name
        true(("HELP", family) in families and ("TYPE", family) in families, f"{family}: no HELP or TYPE before it")
        key = name, tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")))
        true(key not in found, f"{key} twice")
        found[key] = float(value)
    return found


def scrape(made):
    answer = made.request("GET", "/metrics")
    equal(answer.status, 200, "status of /metrics")
    equal(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8", "Content-Type")
    return parse(answer.document)


def value(metrics, name, **labels):
    return metrics.get((name, tuple(sorted(labels.items()))), 0)


def changed(before, after, name):
    """{labels: by how much} of a name's samples that are not the same."""
    return {dict(labels).get("route", "") + " " + dict(labels).get("verdict", ""): after[n, labels] - before.get((n, labels), 0)
            for n, labels in after if n == name and after[n, labels] != before.get((n, labels), 0)}


# ---- counts ------------------------------------------------------------------------------------------

@scenario
def counts_are_what_was_done():
    made = Sigd()
    before = scrape(made)
    usersig = good(made.request("POST", SIGN, {"identifier": "u1"}))["usersig"]
    good(made.request("POST", SIGN, {"identifier": "u2"}))
    for _ in range(3):
        good(made.request("GET", ADMIN))
    problem(made.request("POST", SIGN, {"identifier": "administrator"}), 403, "reserved")
    problem(made.request("POST", SIGN, {"identifier": "u3", "lifetime": 8 * 86400}), 403, "over_cap")
    problem(made.request("POST", SIGN, {"identifier": "\n"}), 422, "err_identifier")
    problem(made.request("POST", SIGN, "{"), 400, "bad_request")
    problem(made.request("GET", "/v1/apps/none/admin"), 404, "unknown_app")
    equal(good(made.request("POST", VERIFY, {"usersig": usersig, "identifier": "u1"}))["valid"], True, "valid")
    equal(good(made.request("POST", VERIFY, {"usersig": usersig, "identifier": "u2"}))["valid"], False, "valid")
    good(made.request("GET", "/healthz"))
    problem(made.request("GET", "/nowhere"), 404, "not_found")
    problem(made.request("PUT", "/healthz"), 405, "method_not_allowed")
    made.raw(b"GET / HTTP/1.1\n\n")
    after = scrape(made)
    equal(changed(before, after, "sigd_requests_total"), {
        ROUTES["sign"] + " ok": 2, ROUTES["sign"] + " reserved": 1, ROUTES["sign"] + " over_cap": 1,
        ROUTES["sign"] + " err_identifier": 1, ROUTES["sign"] + " bad_request": 1,
        ROUTES["admin"] + " ok": 3, ROUTES["admin"] + " unknown_app": 1, ROUTES["verify"] + " ok": 2,
        "healthz ok": 1, "none not_found": 1, "none method_not_allowed": 1, "none bad_request": 1,
        "metrics ok": 1}, "requests")
    equal(changed(before, after, "sigd_request_duration_seconds_count"),
          {ROUTES["sign"] + " ": 6, ROUTES["admin"] + " ": 4, ROUTES["verify"] + " ": 2, "healthz ": 1, "none ": 3,
           "metrics ": 1}, "latencies")
    equal(value(after, "sigd_request_duration_seconds_bucket", route=ROUTES["sign"], le="+Inf"), 6, "the last bucket")
    true(value(after, "sigd_request_duration_seconds_sum", route=ROUTES["sign"]) > 0, "a sum of latencies")
    for kind, verdict, by in (("sign", "ok", 2), ("sign", "reserved", 1), ("sign", "over_cap", 1),
                              ("sign", "invalid_field", 1), ("verify", "ok", 2), ("issue", "ok", 0)):
        now, then = (value(m, "sigd_signer_answers_total", kind=kind, verdict=verdict) for m in (after, before))
        equal(now - then, by, f"answers of the signer: {kind} {verdict}")
    equal(value(after, "sigd_verify_invalid_total"), 1, "invalid usersigs")
    equal(value(after, "sigd_connections_accepted_total") - value(before, "sigd_connections_accepted_total"), 17,
          "connections, the scrape's own among them")
    equal(value(after, "sigd_connections_open"), 1, "open connections: this one")
    equal(value(after, "sigd_renewals_total", result="ok"), 2, "renewals: admin and url")
    true(value(after, "sigd_start_time_seconds") <= time.time(), "start time")
    for process in ("master", "signer", "front-0"):
        equal(value(after, "sigd_config_generation", process=process), 1, f"generation of {process}")
    equal(made.stop(), 0, "exit status")


@scenario
def a_batch_is_one_request():
    """Of many signatures, those that were refused in their places too; its answer has an id like any other."""
    made = Sigd()
    before = scrape(made)
    answer = made.request("POST", SIGN, {"identifiers": ["a", "administrator", "b"]})
    equal((answer.status, len(answer.document.splitlines())), (200, 3), "answer")
    true(re.fullmatch(r"[0-9a-f]{16}", answer.headers["Request-Id"]), answer.headers["Request-Id"])
    after = scrape(made)
    equal(changed(before, after, "sigd_requests_total"), {ROUTES["sign"] + " ok": 1, "metrics ok": 1}, "requests")
    for verdict, by in (("ok", 2), ("reserved", 1)):
        now, then = (value(m, "sigd_signer_answers_total", kind="sign", verdict=verdict) for m in (after, before))
        equal(now - then, by, f"answers of the signer: {verdict}")
    true(value(after, "sigd_audit_lines_total") > value(before, "sigd_audit_lines_total"), "the audit log's head moves")
    noted = f"{int(value(after, 'sigd_audit_head')):013x}"
    equal(made.stop(), 0, "exit status")
    done = sigctl("audit", "verify", "--head", noted, made.path("log", "audit.log"))
    equal(done.returncode, 0, f"the noted head {noted}: {done.stderr}")
    changed_one = f"{int(noted, 16) ^ 1:013x}"
    equal(sigctl("audit", "verify", "--head", changed_one, made.path("log", "audit.log")).returncode, 65, "another head")


@scenario
def bytes_to_the_byte():
    """On one connection: between two scrapes lie the second request and the first answer."""
    made = Sigd()
    client = dial(made.socket())
    request = b"GET /metrics HTTP/1.1\r\nHost: sigd\r\n\r\n"
    sizes, scrapes = [], []
    for _ in range(3):
        client.sendall(request)
        data, _ = drain(client, lambda got: len(answers_in(got)[0]) == 1)
        sizes.append(len(data))
        scrapes.append(parse(answers_in(data)[0][0].document))
    for n in (1, 2):
        received, sent = ([value(scrapes[i], f"sigd_{word}_bytes_total") for i in (n - 1, n)] for word in ("received", "sent"))
        equal(received[1] - received[0], len(request), "received")
        equal(sent[1] - sent[0], sizes[n - 1], "sent")
    equal(made.stop(), 0, "exit status")


@scenario
def promtool_takes_it():
    if not shutil.which("promtool"):
        skip("no promtool; scripts/deps --peers installs it", must=True)
    made = Sigd(plain_config(key='key "k1" { file = "@DIR@/keys/demo.key"  not_after = "2040-01-01T00:00:00Z" }'))
    made.request("GET", "/nowhere")
    text = made.request("GET", "/metrics").document
    run = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    equal((run.returncode, run.stdout + run.stderr), (0, ""), "promtool check metrics")
    equal(made.stop(), 0, "exit status")


@scenario
def a_killed_front_counts_on():
    made = Sigd()
    for _ in range(5):
        good(made.request("GET", ADMIN))
    idle = dial(made.socket())
    idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n")
    drain(idle, lambda got: answers_in(got)[0])
    before = scrape(made)
    equal(value(before, "sigd_connections_open"), 2, "open connections")
    os.kill(made.child("sigd-front"), signal.SIGKILL)
    made.wait_line("starting a front again")
    until(lambda: good(made.request("GET", "/healthz")), "a new front")
    for _ in range(2):
        good(made.request("GET", ADMIN))
    after = scrape(made)
    equal(value(after, "sigd_requests_total", route=ROUTES["admin"], verdict="ok"), 7, "requests of both fronts")
    equal(value(after, "sigd_front_restarts_total"), 1, "restarts")
    equal(value(after, "sigd_connections_open"), 1, "connections died with it")
    equal(value(after, "sigd_signer_callers"), 1, "so did what the signer knew of them")
    equal(made.stop(), 0, "exit status")


@scenario
def two_fronts_sum_up():
    """Whichever answers tells what both did. One is stopped at a time, so that it is known who serves; the kernel may wake
    the stopped one for a first connection, so there are two."""
    made = Sigd(plain_config(workers="workers = 2"))
    fronts = [pid for pid, name in made.children().items() if name == "sigd-front"]
    for stopped, n in zip(fronts, (3, 5)):
        os.kill(stopped, signal.SIGSTOP)
        try:
            client, other = made.connection(), made.connection()
            client.connect()
            other.connect()
            for _ in range(n):
                good(client.ask("GET", ADMIN))
            metrics = parse(client.ask("GET", "/metrics").document)
        finally:
            os.kill(stopped, signal.SIGCONT)
    equal(value(metrics, "sigd_requests_total", route=ROUTES["admin"], verdict="ok"), 8, "both fronts' requests")
    equal(value(metrics, "sigd_requests_total", route="metrics", verdict="ok"), 1, "the other's scrape")
    equal(value(metrics, "sigd_workers"), 2, "workers")
    for process in ("front-0", "front-1"):
        equal(value(metrics, "sigd_config_generation", process=process), 1, process)
    equal(made.stop(), 0, "exit status")


@scenario
def reloads_are_counted():
    """Done and refused; all processes then use the config of the same number, and tell of its apps."""
    made = Sigd(keys=BOTH)
    loaded = value(scrape(made), "sigd_config_loaded_time_seconds")
    reloaded(made, workers="workers = 1", more=OTHER_APP)
    refused(made, sdkappid="none")
    metrics = scrape(made)
    equal([value(metrics, "sigd_reloads_total", result=result) for result in ("ok", "failed")], [1, 1], "reloads")
    equal({value(metrics, "sigd_config_generation", process=process) for process in ("master", "signer", "front-0")}, {2},
          "generations")
    equal(value(metrics, "sigd_apps"), 2, "apps")
    true(value(metrics, "sigd_app_credential_margin_seconds", app="other", admin="boss", kind="admin") > 3600, "the new app")
    true(loaded <= value(metrics, "sigd_config_loaded_time_seconds") <= time.time(), "since when")
    equal(made.stop(), 0, "exit status")


# ---- what a caller may see ---------------------------------------------------------------------------

@scenario(root=True)
def names_by_grant():
    """A caller sees the names of apps on which it has a grant; a stranger sees nothing, but may ask for readiness."""
    other = ('app "secret-app" { sdkappid = 1400000001  lifetime = "24h"  max_lifetime = "30d"\n'
             'key "k1" { file = "@DIR@/keys/demo.key"  not_after = "2040-01-01T00:00:00Z" }\n'
             'admin "hidden-admin" { lifetime = "24h" }\n'
             'allow { users = {"0"}  may = {"sign"}  identifiers = {"*"} } }')
    made = Sigd(plain_config(more=other, allow='allow { users = {"0", "4001"}  may = {"verify"} }'))
    whole, part = made.request("GET", "/metrics").document, Caller(4001).ask(made, "GET", "/metrics").document
    for word in ("secret-app", "hidden-admin"):
        true(word in whole, f"{word} is shown where there is a grant")
        true(word not in part, f"{word} is shown without a grant")
    equal(value(parse(part), "sigd_apps"), 2, "apps, as a number")
    true(0 < value(parse(part), "sigd_key_windows_left_seconds") < 2e9, "the first end of all apps' keys")
    equal(value(parse(part), "sigd_app_key_windows_left_seconds", app="demo"), float("inf"), "of an app")
    stranger = Caller(4002)
    problem(stranger.ask(made, "GET", "/metrics"), 403, "forbidden")
    equal(good(stranger.ask(made, "GET", "/readyz")), {"status": "ready"}, "readiness")
    equal(made.stop(), 0, "exit status")


@scenario
def seconds_that_are_left():
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    made = Sigd(plain_config(key=f'key "k1" {{ file = "@DIR@/keys/demo.key"  not_after = "{end}" }}',
                             admin='admin "group_root" { lifetime = "30m"  min_remaining = "5m" }'))
    metrics = scrape(made)
    for name, labels, most in (("sigd_key_windows_left_seconds", {}, 3600),
                               ("sigd_app_key_windows_left_seconds", {"app": "demo"}, 3600),
                               ("sigd_credential_margin_seconds", {}, 1500),
                               ("sigd_app_credential_margin_seconds", {"app": "demo", "admin": "group_root", "kind": "admin"}, 1500)):
        left = value(metrics, name, **labels)
        true(most - 30 < left <= most, f"{name}: {left} of {most}")
    equal((value(metrics, "sigd_ready"), value(metrics, "sigd_credentials_low")), (1, 0), "ready")
    equal(made.stop(), 0, "exit status")


# ---- readiness ---------------------------------------------------------------------------------------

def not_ready(made, *words):
    document = problem(made.request("GET", "/readyz"), 503, "not_ready", 75)
    for word in words:
        true(word in document["detail"], f"{word!r} in {document['detail']!r}")
    true("demo" not in document["detail"] and "group_root" not in document["detail"], f"names in {document['detail']!r}")
    return document


@scenario
def ready_when_a_key_begins():
    begins = int(time.time()) + 3
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begins))
    made = Sigd(plain_config(key=f'key "k1" {{ file = "@DIR@/keys/demo.key"  not_before = "{stamp}" }}'))
    equal(not_ready(made)["detail"], "apps without a key that signs now: 1; administrators' credentials below min_remaining: 1",
          "reasons")
    metrics = scrape(made)
    equal((value(metrics, "sigd_ready"), value(metrics, "sigd_apps_keyless"), value(metrics, "sigd_credentials_low")), (0, 1, 1),
          "the same in metrics")
    until(lambda: made.request("GET", "/readyz").status == 200, "ready")
    true(time.time() >= begins, "not before the key has begun")
    equal(value(scrape(made), "sigd_ready"), 1, "the same in metrics")
    equal(made.stop(), 0, "exit status")


@scenario
def not_ready_while_the_signer_sleeps():
    made = Sigd()
    equal(good(made.request("GET", "/readyz")), {"status": "ready"}, "readiness")
    signer = made.child("sigd-signer")
    os.kill(signer, signal.SIGSTOP)
    try:
        until(lambda: made.request("GET", "/readyz").status == 503, "not ready")
        not_ready(made, "the signer does not answer")
    finally:
        os.kill(signer, signal.SIGCONT)
    until(lambda: made.request("GET", "/readyz").status == 200, "ready again")
    equal(made.stop(), 0, "exit status")


@scenario
def not_ready_without_an_audit_log():
    made = Sigd(start=False)
    launch_behind(made, "ulimit -f 64 && exec")
    made.wait_line("msg=ready")
    until(lambda: made.request("POST", SIGN, {"identifier": "u"}).status == 503, "the log is full", pause=0)
    not_ready(made, "the audit log cannot be written")
    metrics = scrape(made)
    equal(value(metrics, "sigd_audit_state", state="good"), 0, "state of the audit log")
    true(value(metrics, "sigd_signer_answers_total", kind="sign", verdict="unavailable") >= 1, "refused signatures")
    equal(made.stop(), 0, "exit status")


main()
