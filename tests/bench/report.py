#!/usr/bin/env python3
"""report.py: docs/BENCHMARKS.md, its plots, README.md's table, of the JSON lines that the benches print (make bench-report).

    report.py RESULTS DOCUMENT... [--plots DIRECTORY]

RESULTS is a directory; the lines of all *.jsonl in it count, and the last of a name. Between <!-- results: TABLE --> and
<!-- end --> the document is written anew, the rest stays. Prints nothing; what is not in the results is said in its place.
"""
import argparse
import json
import os
import re
import subprocess
import sys

# what each bench of the library is; those of a table stand in its order, others at its end under their own names
LIBRARY = {
    "sign_v2": "sign, version 2",
    "sign_v2_node": "sign, version 2",
    "verify_v2_zlib9": "verify, version 2, packed by zlib",
    "verify_v2_own": "verify, version 2, our own",
    "sign_v1": "sign, version 1 (secp256k1)",
    "verify_v1": "verify, version 1",
}
LIMITS = {
    "url": "a signed request URL",
    "page_read": "a published usersig, read from its page",
    "bomb": "a zlib bomb, refused",
    "bomb_longest": "the longest text that is looked at, refused",
    "sign_batch": "`usersig sign --batch --jobs 2`, a line",
}
BESIDE = {
    "openssl+zlib9": "OpenSSL + zlib level 9, heap kept",
    "zlib+jansson+openssl": "zlib + jansson + OpenSSL",
    "npm tls-sig-api-v2": "npm tls-sig-api-v2",
    "openssl sign": "OpenSSL EVP, key kept",
    "openssl verify": "OpenSSL EVP, key kept",
}
DAEMON = {
    **{f"get_admin_{n}": f"GET admin, {n} connection{'s' * (n > 1)}" for n in (1, 16, 64, 256)},
    **{f"get_admin_{n}_memcached": f"GET admin, {n} connection{'s' * (n > 1)}" for n in (1, 16, 64, 256)},
    "get_admin_16x16": "GET admin, 16 connections, 16 requests at once",
    "get_admin_16x16_memcached": "GET admin, 16 connections, 16 requests at once",
    "p99_64": "GET admin, 64 connections: the 99th percentile of waits",
    "post_usersig_1": "POST usersig, 1 client",
    "post_usersig_16": "POST usersig, 16 clients",
    "post_usersig_1_plain": "POST usersig, 1 client",
    "post_usersig_16_plain": "POST usersig, 16 clients",
    "memory_idle_1000": "all memory, with 1,000 idle connections",
    "memory_idle_conn": "memory of an idle connection",
    **{f"fair_{curve}{part}": f"{said}, beside a busy user ({curve})" for curve in ("prime256v1", "secp256k1")
       for part, said in (("", "the 99th percentile of waits for POST usersig"),
                          ("_front", "the same, beside 8,000 pipelined requests"),
                          ("_renewals", "the least that was left of an administrator's 9 s"))},
    "batch_10000": "usersigs in batches of 10,000",
    "workers_1": "GET admin, `workers = 1`, both cores",
    "workers_2": "GET admin, `workers = 2`, both cores",
}
MACHINE = ("cpu", "cores", "kernel", "compiler", "flags", "version")


def read(directory):
    """{name: line}; a line that skipped its work counts only where nothing better is there."""
    found = {}
    names = sorted(name for name in os.listdir(directory) if name.endswith(".jsonl"))
    if not names:
        sys.exit(f"report: {directory} has no *.jsonl; make bench-report writes them")
    for name in names:
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                try:
                    line = json.loads(text)
                    key = line["bench"]
                except (ValueError, KeyError, TypeError) as fault:
                    sys.exit(f"report: {name}:{number} is no line of a bench: {fault}")
                if "skipped" not in line or key not in found:
                    found[key] = line
    return found


def digits(value):
    """Three of them, no more than there is to say."""
    for places in (2, 1):
        if abs(value) < 10 ** (3 - places):
            return f"{value:.{places}f}"
    return f"{value:,.0f}"


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= 0.995 * size or (unit == "µs" and ns >= 200):
            return f"{digits(ns / size)} {unit}"
    return f"{digits(ns)} ns"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]


def length_of(line):
    return (f"A usersig of version 2 has {line['characters']:.0f} characters on average where zlib level 9 makes "
            f"{line['baseline_characters']:.0f}.")


def library(found):
    rows, skipped = [], []
    known = [name for name in LIBRARY if name in found]
    for name in known:
        line = found[name]
        if "skipped" in line:
            skipped.append(f"`{name}` was left out: {line['skipped']}.")
            continue
        beside = BESIDE.get(line["baseline"], line["baseline"])
        rows.append((LIBRARY[name], duration(line["ns_per_op"]), duration(line["median_ns"]), beside,
                     duration(line["baseline_ns"]), f"{digits(line['ratio'])} ×"))
    out = ["![these figures as bars](benchmarks.svg)", ""] if rows else []
    out += table(("what", "libsig", "its median", "beside", "which takes", ""), rows) if rows else []
    length = found.get("text_length")
    if length:
        out += ["", length_of(length)]
    return out + ["", *skipped] if skipped else out


def readme(found):
    """The library's in short."""
    rows = [(LIBRARY[name], duration(line["ns_per_op"]), BESIDE.get(line["baseline"], line["baseline"]), duration(line["baseline_ns"]),
             f"{digits(line['ratio'])} ×")
            for name, line in ((name, found.get(name, {})) for name in LIBRARY) if "ns_per_op" in line]
    out = table(("", "libsig", "beside", "which takes", ""), rows) if rows else []
    batch, length = found.get("sign_batch"), found.get("text_length")
    if batch:
        out += ["", f"`usersig sign --batch` signs {batch['per_second'] / 1e6:.1f} million identifiers a second with `--jobs {batch['jobs']}`, "
                    f"start and output included, in {batch['peak_kib'] * 1024 / 1e6:.0f} MB."]
    return out + ["", length_of(length)] if length else out


def limits(found):
    rows = []
    for name, what in LIMITS.items():
        line = found.get(name)
        if not line:
            continue
        if name == "sign_batch":
            took, bar = 1e9 / line["per_second"], line["limit"]
        else:
            took, bar = line["ns_per_op"], line["baseline"]
        rows.append((what, duration(took), f"{1e9 / took:,.0f}", bar))
    return table(("what", "takes", "a second", "bar"), rows) if rows else []


def is_daemon(line):
    return line["bench"] not in {**LIBRARY, **LIMITS, "text_length": "", "machine": ""}


def amount(line, prefix=""):
    """The first of a line's figures that people ask for, with its unit."""
    for key, unit in (("p99_us", " µs"), ("per_second", " a second"), ("pss_kib", " KiB"), ("bytes", " bytes"),
                      ("least_remaining", " s")):
        if prefix + key in line and not (key == "p99_us" and prefix + "per_second" in line and "alone_p99_us" not in line):
            return digits(line[prefix + key]) + unit
    return ""


def bar_of(line):
    if "bar" not in line:
        return ""
    return f"{line['bar']:,}" + ("" if line.get("met", True) else ", missed")


def daemon(found):
    rows, skipped = [], []
    for line in found.values():
        if not is_daemon(line):
            continue
        if "skipped" in line:
            skipped.append(f"`{line['bench']}` was left out: {line['skipped']}.")
            continue
        ratio = f"{line['ratio']:.2f}" if "ratio" in line else ""
        if ratio and "least" in line:
            ratio += f" ({line['least']:.2f} to {line['most']:.2f})"
        rows.append((DAEMON.get(line["bench"], f"`{line['bench']}`"), amount(line), line.get("baseline", ""), amount(line, "baseline_"),
                     ratio, bar_of(line)))
    plotted = any("baseline_per_second" in line for line in found.values())
    out = ["![these figures as bars](benchmarks-daemon.svg)", ""] if plotted else []
    out += table(("what", "sigd", "beside", "which has", "ratio", "bar"), rows) if rows else []
    return out + ["", *skipped] if skipped else out


def machine(found):
    line = found.get("machine")
    return [f"- {word}: {line[word]}" for word in MACHINE if word in line] if line else []


TABLES = {"library": library, "readme": readme, "limits": limits, "daemon": daemon, "machine": machine}


def written(text, found):
    """The document with its tables written anew."""
    def one(match):
        if match[1] not in TABLES:
            sys.exit(f"report: no table {match[1]}; there are: {', '.join(TABLES)}")
        lines = TABLES[match[1]](found) or ["Not measured yet: `make bench-report`."]
        return f"<!-- results: {match[1]} -->\n" + "\n".join(lines) + "\n<!-- end -->"
    return re.sub(r"<!-- results: (\w+) -->\n.*?<!-- end -->", one, text, flags=re.DOTALL)


# ---- the plot ----------------------------------------------------------------------------------------

PLOT = """set terminal svg size 900,{height} font "sans-serif,12" background rgb "white"
set output "{svg}"
set label 1 "{title}" at screen 0.5, graph 1 center offset 0,1.2
set lmargin at screen 0.48
set rmargin at screen 0.97
set tmargin 3
$bars << END
{bars}
END
{scale}
set yrange [{rows}-0.4:-0.6]
set ytics scale 0
set grid xtics lc rgb "#dddddd"
set key outside bottom center horizontal
set style fill solid noborder
plot $bars using ({least}):0:({least}):2:($0-0.34):($0-0.02):ytic(1) with boxxyerror lc rgb "#1f6f8b" title "{own}", \\
     $bars using ({least}):0:({least}):3:($0+0.02):($0+0.34) with boxxyerror lc rgb "#c9b18f" title "beside", \\
     $bars using 2:($0-0.18):4 with labels left offset 0.5,0 notitle, \\
     $bars using 3:($0+0.18):5 with labels left offset 0.5,0 notitle
"""


def plot(svg, title, own, scale, least, bars):
    """bars: (label, own, other's, both as text)"""
    rows = "\n".join(f'"{label}" {ours:.3f} {theirs:.3f} "{text}" "{other}"' for label, ours, theirs, text, other in bars)
    script = PLOT.format(height=130 + 44 * len(bars), svg=svg, title=title, bars=rows, rows=len(bars), own=own, scale=scale,
                         least=least)
    ran = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=False)
    if ran.returncode or ran.stderr:
        sys.exit(f"report: gnuplot: {ran.stderr.strip()}")


def plots(found, directory):
    bars = [(f"{what.partition(' (')[0]} | {line['baseline'].replace(' sign', '').replace(' verify', '')}",
             line["ns_per_op"] / 1000, line["baseline_ns"] / 1000, duration(line["ns_per_op"]), duration(line["baseline_ns"]))
            for what, line in ((what, found.get(name, {})) for name, what in LIBRARY.items()) if "ns_per_op" in line]
    if bars:
        plot(os.path.join(directory, "benchmarks.svg"), "the time of one operation, logarithmic: shorter is better", "libsig",
             'set logscale x\nset xrange [0.1:3000]\nset xlabel "µs"', 0.1, bars)
    bars = [(f"{DAEMON.get(line['bench'], line['bench'])} | {line['baseline']}", line["per_second"] / 1000,
             line["baseline_per_second"] / 1000, f"{line['per_second']:,.0f}", f"{line['baseline_per_second']:,.0f}")
            for line in found.values() if "baseline_per_second" in line]
    if bars:
        most = max(max(bar[1], bar[2]) for bar in bars)
        plot(os.path.join(directory, "benchmarks-daemon.svg"), "requests a second: longer is better", "sigd",
             f'set xrange [0:{1.25 * most:.0f}]\nset xlabel "thousands a second"', 0, bars)


def main():
    parser = argparse.ArgumentParser(description="writes docs/BENCHMARKS.md and its plot of what the benches printed")
    parser.add_argument("results")
    parser.add_argument("documents", nargs="+", metavar="document")
    parser.add_argument("--plots", metavar="DIRECTORY")
    arguments = parser.parse_args()
    found = read(arguments.results)
    if arguments.plots:
        plots(found, arguments.plots)
    for path in arguments.documents:
        with open(path, encoding="utf-8") as file:
            before = file.read()
        after = written(before, found)
        if after != before:
            with open(path + ".new", "w", encoding="utf-8") as file:
                file.write(after)
            os.replace(path + ".new", path)


main()
