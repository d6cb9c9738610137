#!/usr/bin/env python3
"""How fast sigd is, and how much memory it takes. Client and server share one core, sigd with all its processes. In each
round every server has its turn, one after the other, each round in another order; what counts is the median of the rounds'
ratios, since a busy machine meets the servers of one round alike. One JSON line a figure; the exit status is 1 when a bar is
missed ("met": false), and a peer that is not installed is told, not counted.

    top_builddir=BUILD tests/bench/daemon.py [--only get,pipeline,post,batch,memory,workers,fair,long] [--rounds 11] [--seconds 0.4] [--cpu N]
"""
import argparse
import json
import os
import sys

import fair
import memory
import peers
from asks import GET_ADMIN, post
from lines import figures, median, missed, ratios, skipped, tell

BATCH = 10000
ROWS = ("get", "pipeline", "post", "batch", "memory", "workers", "fair", "long")


def rounds(loads, options, conns=1, depth=1, seconds=None):
    """{name: what was measured, round by round}."""
    found = {name: [] for name in loads}
    for number in range(options.rounds):
        names = list(loads)
        turned = names[number % len(names):] + names[:number % len(names)]
        for name in turned:
            found[name].append(loads[name].run(seconds or options.seconds, conns, depth))
    return found


def compare(bench, found, baseline, bar=None):
    """sigd beside another."""
    each = ratios(found, "sigd", baseline)
    ratio = median(each, 3)
    tell(bench, bar, ratio, **figures(found["sigd"]), baseline=baseline,
         **{"baseline_" + name: value for name, value in figures(found[baseline]).items()}, rounds=len(each),
         least=round(min(each), 3), most=round(max(each), 3), ratio=ratio)


def present(servers, bench):
    """The peers that are there; of the others a line says that they are not."""
    for server in servers:
        if server.missing:
            skipped(f"{bench}_{server.name}", server.missing)
    return [server for server in servers if not server.missing]


def gets(wanted, options):
    """GET admin beside a GET of the same bytes: the body of sigd's answer."""
    sigd = peers.start_sigd()
    value = peers.one(sigd, GET_ADMIN)
    words = {"redis": (b"*2\r\n$3\r\nGET\r\n$10\r\ncredential\r\n", "resp"), "memcached": (b"get credential\r\n", "memcached")}
    there = present([peers.redis(value), peers.memcached(value)], "get_admin")
    loads = {"sigd": peers.Load(sigd, GET_ADMIN, length=len(value))}
    for peer in there:
        loads[peer.name] = peers.Load(peer, *words[peer.name], length=len(value))
    lines = [(f"get_admin_{conns}", conns, 1, bar) for conns, bar in ((1, 1.05), (16, 1.15), (64, 1.15), (256, 1.15))]
    lines = (lines if "get" in wanted else []) + ([("get_admin_16x16", 16, 16, 1.2)] if "pipeline" in wanted else [])
    for bench, conns, depth, bar in lines:
        found = rounds(loads, options, conns, depth)
        for peer in there:
            compare(bench if peer.name == "redis" else f"{bench}_{peer.name}", found, peer.name,
                    bar if peer.name == "redis" else None)
        if conns == 64 and "redis" in loads:
            p99 = median(ratios(found, "sigd", "redis", "p99_us"), 3)
            tell("p99_64", 1.2, p99, False, p99_us=median([run["p99_us"] for run in found["sigd"]], 1), baseline="redis",
                 baseline_p99_us=median([run["p99_us"] for run in found["redis"]], 1), ratio=p99)
    for server in [sigd, *there]:
        server.destroy()


class Audited:
    """Counts the audit log's lines about usersigs: as many as were asked for must be there."""

    def __init__(self, sigd):
        self.path = sigd.path("log", "audit.log")
        self.at = os.path.getsize(self.path)

    def check(self, asked):
        lines, rest = 0, b""
        with open(self.path, "rb") as file:
            file.seek(self.at)
            for piece in iter(lambda: file.read(1 << 24), b""):
                piece = rest + piece
                whole = piece.rfind(b"\n") + 1
                lines += piece.count(b'"event":"sign","', 0, whole)
                rest = piece[whole:]
        if lines != asked:
            raise SystemExit(f"bench: {asked} usersigs, {lines} lines in the audit log")


def posts(_, options):
    """A usersig, proven by the signer and audited, beside a credential of munge."""
    sigd = peers.start_sigd()
    there = present([peers.munge()], "post_usersig")
    loads = {"sigd": peers.Load(sigd, post('{"identifier":"user#########"}'))}
    if there:
        loads["munge"] = peers.MungeLoad(there[0])
        loads["munge without cipher"] = peers.MungeLoad(there[0], "plain")
    for conns, bar in ((1, 1.6), (16, 5)):
        audited = Audited(sigd)
        found = rounds(loads, options, conns)
        audited.check(sum(run["sent"] for run in found["sigd"]))
        if there:
            compare(f"post_usersig_{conns}", found, "munge", bar)
            compare(f"post_usersig_{conns}_plain", found, "munge without cipher")
        else:
            tell(f"post_usersig_{conns}", **figures(found["sigd"]))
    for server in [sigd, *there]:
        server.destroy()


def batches(_, options):
    """Ten thousand identifiers a request."""
    sigd = peers.start_sigd()
    body = json.dumps({"identifiers": [f"user{number:06}" for number in range(BATCH)]})
    load = peers.Load(sigd, post(body), lines=BATCH)
    audited = Audited(sigd)
    found = rounds({"sigd": load}, options)["sigd"]
    audited.check(sum(run["sent"] for run in found))
    shown = figures(found)
    tell("batch_10000", 700000, shown["per_second"], **shown, most=max(run["per_second"] for run in found))
    sigd.destroy()


def workers(_, options):
    """What a second worker brings: tells, but does not judge, since the client needs its share of two cores, too."""
    os.sched_setaffinity(0, options.cpus)
    found = {}
    for count in (1, 2):
        sigd = peers.start_sigd(count)
        found[str(count)] = rounds({"sigd": peers.Load(sigd, GET_ADMIN)}, options, 64)["sigd"]
        sigd.destroy()
    for count in ("1", "2"):
        tell(f"workers_{count}", cores=len(options.cpus), **figures(found[count]), baseline="workers_1",
             ratio=median(ratios(found, count, "1"), 3))
    os.sched_setaffinity(0, {options.cpu})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="rows, comma-separated: " + ", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each server in each round")
    parser.add_argument("--cpu", type=int, help="the core; without it the first that may be used")
    options = parser.parse_args()
    options.cpus = os.sched_getaffinity(0)
    options.cpu = min(options.cpus) if options.cpu is None else options.cpu
    wanted = set(filter(None, options.only.split(",")))
    if wanted - set(ROWS):
        parser.error(f"--only: {', '.join(sorted(wanted - set(ROWS)))}: the rows are {', '.join(ROWS)}")
    wanted = wanted or set(ROWS) - (set() if os.environ.get("LONG") else {"long"})
    os.sched_setaffinity(0, {options.cpu})
    for row, run in ((("get", "pipeline"), gets), (("post",), posts), (("batch",), batches), (("memory",), memory.idle),
                     (("workers",), workers), (("fair",), fair.run), (("long",), memory.long)):
        if wanted & set(row):
            run(wanted, options)
    if missed:
        print(f"bench: missed: {', '.join(missed)}", file=sys.stderr)
    sys.exit(1 if missed else 0)


main()
