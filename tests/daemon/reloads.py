"""reloads.py: configs that change while sigd runs."""
import os
import signal

from harness import KEY, OTHER_KEY, SDKAPPID, plain_config, true

K1 = 'key "k1" { file = "@DIR@/keys/demo.key" }'
K2 = 'key "k2" { file = "@DIR@/keys/other.key"  not_before = "2026-01-01T00:00:00Z" }'
REVOKED = 'key "k1" { file = "@DIR@/keys/demo.key"  revoked = true }'
BOTH = {"demo.key": KEY, "other.key": OTHER_KEY}
OTHER_APP = f"""app "other" {{
    sdkappid = {SDKAPPID + 1}
    {K1.replace("k1", "o1")}
    admin "boss" {{ lifetime = "24h"  min_remaining = "10m" }}
    allow {{ users = {{"@UID@"}}  may = {{"admin", "url", "sign", "verify"}}  admins = {{"boss"}}  identifiers = {{"*"}} }}
}}"""


def configure(made, **words):
    """As an editor does: never half a file."""
    os.rename(made.write("sigd.conf.new", made.fill(plain_config(**words)).encode(), 0o644), made.config)


def reload(made, **words):
    """Writes another config and reloads; the line that says how it ended."""
    if words:
        configure(made, **words)
    after = len(made.lines)
    made.process.send_signal(signal.SIGHUP)
    return made.wait_line("change=reload", after)


def reloaded(made, **words):
    line = reload(made, **words)
    true("change done" in line, f"not reloaded: {line}\n{made.stderr}")


def refused(made, **words):
    """Everything that the log says of it."""
    after = len(made.lines)
    line = reload(made, **words)
    true("change refused" in line, f"not refused: {line}")
    true("reload refused: all goes on" in "\n".join(made.lines[after:]), "why is not told")
    return "\n".join(made.lines[after:])
