"""What sigd holds in memory: with a thousand idle connections, and after ten million requests."""
import os
import resource
import socket

import asks
import peers
from lines import skipped, tell
from peers import harness

IDLE = 1000
GETS = 10000000
MIXED = 1000000
FLAT_KIB = 200


def kib(pid, word):
    """A line of /proc/PID/smaps_rollup."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith(word + ":"):
                return int(line.split()[1])
    raise SystemExit(f"bench: no {word} of process {pid}")


def held(sigd, word):
    """{name and number of the process: KiB}."""
    return {f"{name}.{pid}": kib(pid, word) for pid, name in sorted(sigd.processes().items())}


def readable(sigd, bench):
    """May we look? sigd's processes are root's to look into."""
    try:
        held(sigd, "Pss")
        return True
    except PermissionError as why:
        skipped(bench, f"{why}; run it as root")
        return False


def open_idle(sigd):
    """Connections that have had an answer, and wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * IDLE), hard), hard))
    clients = []
    for _ in range(IDLE):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(sigd.socket())
        client.sendall(asks.GET_ADMIN)
        clients.append(client)
    for client in clients:
        client.settimeout(10)
        if not client.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise SystemExit("bench: an answer is not 200")
    return clients


def idle(_, options):
    """A thousand connections that have had an answer each, and wait."""
    del options
    sigd = peers.start_sigd()
    if readable(sigd, "memory_idle_1000"):
        peers.one(sigd, asks.GET_ADMIN)
        before = sum(held(sigd, "Pss").values())
        clients = open_idle(sigd)
        each = held(sigd, "Pss")
        after = sum(each.values())
        for client in clients:
            client.close()
        tell("memory_idle_1000", 9 * 1024, after, False, pss_kib=after, processes=each)
        per_conn = round((after - before) * 1024 / IDLE)
        tell("memory_idle_conn", 2048, per_conn, False, bytes=per_conn)
    sigd.destroy()


def mix():
    """Each call, and what is refused, by turns; odd in number, so that connections of an even number meet all of them."""
    return [(200, asks.GET_ADMIN), (200, asks.post('{"identifier":"user#########"}')), (200, asks.get("v1/apps")),
            (200, asks.get("v1/apps/demo/url/openim/sendmsg")), (200, asks.get("healthz")), (404, asks.get("v1/nothing")),
            (200, asks.post('{"usersig":"eJx","identifier":"user1"}', "verify")), (403, asks.post('{"identifier":"ops"}')),
            (200, asks.get("v1/apps/demo/admin?min_remaining=60")), (422, asks.get("v1/apps/demo/admin?other=1")),
            (200, asks.post('{"identifier":"user#########","room":7}'))]


def descriptors(sigd):
    return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in sigd.processes()}


def leak(sigd, before):
    """The processes that hold other descriptors than before, when they have had the time to close what ended."""
    try:
        harness.until(lambda: descriptors(sigd) == before, "descriptors are as before")
        return {}
    except AssertionError:
        now = descriptors(sigd)
        return {pid: [count, now[pid]] for pid, count in before.items() if now[pid] != count}


def long(_, options):
    """Ten million answers from the cache, then a million of all kinds on connections that come and go: what is held after
    the first million and after the last is the same."""
    sigd = peers.start_sigd()
    if not readable(sigd, "long_gets"):
        sigd.destroy()
        return
    get, mixed = peers.Load(sigd, asks.GET_ADMIN), peers.Load(sigd, mix())
    short = ["-k", "100"]
    fds = descriptors(sigd)
    mixed.run(options.seconds, 64, more=["-n", str(MIXED // 10), *short])
    for bench, load, count, more in (("long_gets", get, GETS, []), ("long_mix", mixed, MIXED, short)):
        load.run(options.seconds, 64, more=["-n", str(count // 10), *more])
        rss = held(sigd, "Rss")
        run = load.run(options.seconds, 64, more=["-n", str(count), *more])
        grown = {name: now - rss[name] for name, now in held(sigd, "Rss").items()}
        most = max(grown.values(), key=abs)
        tell(bench, FLAT_KIB, abs(most), False, answers=run["answers"], per_second=run["per_second"], rss_kib=rss,
             grown_kib=grown)
        leaked = leak(sigd, fds)
        tell(f"{bench}_descriptors", 0, len(leaked), False, leaked=leaked)
    sigd.destroy()
