"""clients.py: clients with bare sockets: what they send and are told, and whether a daemon is as before when they have gone."""
from harness import SDKAPPID, answers_in, drain, equal, good, plain_config, true, until
from process import fds

SIGN = "/v1/apps/demo/usersig"
ADMIN = "/v1/apps/demo/admin"
APPS = b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n"


def sign_request(identifier, extra=b""):
    body = b'{"identifier":"%s"}' % identifier.encode()
    return (b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n%s"
            b"Content-Length: %d\r\n\r\n%s" % (extra, len(body), body))


def get(target):
    return b"GET %s HTTP/1.1\r\nHost: sigd\r\n\r\n" % target.encode()


def many_apps(**words):
    """GET /v1/apps answers some 7 KiB."""
    more = "\n".join(f'app "app{n}" {{ sdkappid = {SDKAPPID + 1 + n}\n key "k" {{ file = "@DIR@/keys/demo.key" }}\n'
                     f' allow {{ users = {{"@UID@"}} may = {{"verify"}} }} }}' for n in range(60))
    return plain_config(more=more, **words)


def finals(data):
    return [answer for answer in answers_in(data)[0] if answer.status >= 200]


def talk(client, data, wanted=1):
    """Sends; the answers, which must be that many."""
    client.sendall(data)
    got, _ = drain(client, lambda got: got.count(b"\r\n\r\n") >= wanted and len(finals(got)) >= wanted)
    found = finals(got)
    equal(len(found), wanted, f"answers in {got[:200]!r}")
    return found


def open_files(made):
    return {pid: fds(pid) for pid in made.children()}


def at_rest(made):
    """The descriptors of a daemon that has just started and has no connection."""
    counts = open_files(made)
    good(made.request("GET", "/v1/apps"))  # the signer knows the front by now; the front may not have seen us go
    return {pid: counts[pid] if name == "sigd-front" else fds(pid) for pid, name in made.children().items()}


def same_children(made, before):
    """The same processes, with as many descriptors as before."""
    until(lambda: open_files(made) == before, f"descriptors {before}, now {open_files(made)}")
    true(not any(word in made.stderr for word in ("ended", "broke", "cut off", "Sanitizer", "runtime error")), made.stderr)
