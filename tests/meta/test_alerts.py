#!/usr/bin/env python3
"""The alerts: promtool takes the rules and sees each fire; they speak of metrics that exist; each has its chapter."""
import os
import re
import shutil
import subprocess

from tree import SOURCE, check, done, read, skip

RULES = "dist/prometheus/sigd-rules.yml"
RULES_TEST = "tests/data/prometheus/rules-test.yml"
CHAPTER = "docs/OPERATIONS.md"
WRITERS = ("sigd/front/api_metrics.c", "sigd/front/api_metrics_apps.c")


def promtool(name, *arguments):
    if not shutil.which("promtool"):
        skip(name, "no promtool; scripts/deps --peers installs it")
        return
    run = subprocess.run(["promtool", *arguments], cwd=SOURCE, capture_output=True, text=True, check=False)
    check(name, (run.stdout + run.stderr).splitlines() if run.returncode else [])


def anchor(heading):
    """The way of Markdown's renderers: lower case, spaces to hyphens."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def main():
    rules, text = read(RULES), read(CHAPTER)
    alerts = re.findall(r"^ +- alert: (\w+)$", rules, re.M)
    runbooks = re.findall(r'^ +runbook: "([^"]+)"$', rules, re.M)
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}
    chapters = {name for name in anchors if name.startswith("alert-")}
    check(f"{RULES} has alerts", [] if len(alerts) > 9 else [f"{len(alerts)} found"])
    check("each alert has a runbook, which leads to its chapter",
          [f"{alert}: {book!r}" for alert, book in zip(alerts, runbooks + [""] * len(alerts))
           if not re.fullmatch(rf"\S[^:\n]{{10,70}}: {re.escape(CHAPTER)}#alert-{alert.lower()}", book)]
          + [f"{alert}: no chapter" for alert in alerts if f"alert-{alert.lower()}" not in anchors])
    check("each chapter about an alert has its rule",
          sorted(chapters - {f"alert-{alert.lower()}" for alert in alerts}))
    for chapter in re.split(r"^### Alert ", text, flags=re.M)[1:]:
        name, _, body = chapter.partition("\n")
        check(f"{name} says how to check and how to mend",
              [word for word in ("**Check**", "**Mend**") if word not in body])
    written = set(re.findall(r'"(sigd_\w+)"', "".join(read(path) for path in WRITERS)))
    check("metrics that rules and chapters speak of exist",
          sorted(name for name in set(re.findall(r"\bsigd_\w+", rules + text)) if name not in written))
    tested = set(re.findall(r'alertname="(\w+)"', read(RULES_TEST)))
    check("each alert is seen firing", sorted(set(alerts) - tested))
    promtool("promtool check rules", "check", "rules", os.path.join(SOURCE, RULES))
    promtool("promtool test rules", "test", "rules", os.path.join(SOURCE, RULES_TEST))
    done()


main()
