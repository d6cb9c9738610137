"""coverage.py: which share of libsig, sigd and tools the tests run, and what not.

Reads gcovr's JSON (make coverage). Prints one line a part with its bar, then each file that has gaps with the lines that
never ran. Exit status 1 when a part is below its bar.
"""
import json
import sys

BARS = (("libsig", 95.0), ("sigd", 85.0), ("tools", 80.0))


def parts(document):
    """{file: {line: does it run}}"""
    found = {}
    for file in document["files"]:
        lines = found.setdefault(file["file"], {})
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            lines[line["line_number"]] = lines.get(line["line_number"], False) or line["count"] > 0
    return found


def ranges(numbers, between):
    """"3-5,9": numbers that follow each other, or have no other code between them, as one."""
    out = []
    for n in sorted(numbers):
        if out and not any(out[-1][1] < other < n for other in between):
            out[-1][1] = n
        else:
            out.append([n, n])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        files = parts(json.load(file))
    good = True
    gaps = []
    for part, bar in BARS:
        counted = ran = 0
        for name in sorted(name for name in files if name.startswith(part + "/")):
            lines = files[name]
            missing = [n for n, runs in lines.items() if not runs]
            counted, ran = counted + len(lines), ran + len(lines) - len(missing)
            if missing:
                rest = [n for n, runs in lines.items() if runs]
                gaps.append((100 * (1 - len(missing) / len(lines)), name, len(missing), ranges(missing, rest)))
        share = 100 * ran / counted if counted else 0.0
        good = good and share >= bar
        print(f"{'ok' if share >= bar else 'FAIL':4} {part:6} {share:6.2f} % of {counted} lines (bar: {bar:g} %)")
    print("lines that never ran:")
    for share, name, missing, text in sorted(gaps):
        print(f"{share:6.1f} % {missing:4d}  {name}: {text}")
    sys.exit(0 if good else 1)


main()
