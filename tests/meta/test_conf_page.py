#!/usr/bin/env python3
"""sigd.conf(5) has the words that the grammar has, section by section, and names the limits and usual values of the
sources; its examples, and dist/sigd.conf, are good configs, as sigd --check says of them."""
import os
import re
import shutil
import subprocess
import tempfile

from tree import BUILD, check, done, read, skip

PAGE = "docs/sigd.conf.5"
GRAMMAR = "sigd/master/config_tree.c"


def grammar():
    """Section -> its words; the top level is ""."""
    found = {}
    for name, body in re.findall(r"cfg_opt_t (\w*?)_?words\[\] = \{(.*?)CFG_END\(\)", read(GRAMMAR), re.DOTALL):
        found[name] = set(re.findall(r'\b(?:ONE|LIST)\("(\w+)"\)', body))
    return found


def described():
    """The same of the page."""
    found = {}
    for title, body in re.findall(r"^\.Ss ([^\n]*)\n(.*?)(?=^\.S[hs] |\Z)", read(PAGE), re.MULTILINE | re.DOTALL):
        words = re.findall(r"^\.It Ic (\w+) =", body, re.MULTILINE)
        if words:
            found["" if title == "Top level" else title.split()[0]] = set(words)
    return found


def check_words():
    here, there = grammar(), described()
    faults = [f"no section {name!r} in {PAGE}" for name in sorted(here.keys() - there.keys())]
    faults += [f"section {name!r} of {PAGE} is not in the grammar" for name in sorted(there.keys() - here.keys())]
    for name in sorted(here.keys() & there.keys()):
        faults += [f"{name}: no {word} in {PAGE}" for word in sorted(here[name] - there[name])]
        faults += [f"{name}: {word} is not in the grammar" for word in sorted(there[name] - here[name])]
    check("sigd.conf(5) has the words of the grammar", faults if len(here) > 8 else ["the grammar was not found"])


def check_limits():
    """What a rise of a limit would make untrue."""
    page = re.sub(r"\s+", " ", read(PAGE))
    sizes = dict(re.findall(r"#define SIGD_(\w+) (\d+)", read("sigd/common/sizes.h")))
    sentences = {"NAME_MAX": "1 to {} letters, digits", "PATTERN_MAX": "1 to {} bytes of printable ASCII; *",
                 "PATH_MAX": "At most {} bytes; needed", "APPS_MAX": "An app of the console; 1 to {}.",
                 "KEYS_MAX": "a key of it, at most {}.", "ADMINS_MAX": "at most {}. An identifier",
                 "ADMIN_MAX": "An identifier has 1 to {} bytes", "RULES_MAX": "who may do what; at most {}.",
                 "RESERVED_MAX": "whatever their case; at most {}.", "RULE_IDS_MAX": "At most {}, first and further groups",
                 "RULE_PATTERNS_MAX": "makes usersigs; at most {}.", "SOCKETS_MAX": "on which backends ask; at most {}.",
                 "WORKERS_MAX": "Front processes, 1 to {}."}
    check("its limits are those of sizes.h", [f"{name}: not in the page: {text.format(sizes.get(name))}"
                                              for name, text in sentences.items() if text.format(sizes.get(name)) not in page])
    usual = {"sigd/master/config_socket.c": r'#define DEFAULT_(?:ADMIN_)?PATH "(.*)"',
             "sigd/master/config_top.c": r"#define DEFAULT_\w+ \"?([^\"\n]*)\"?"}
    check("its usual places and users are those of the sources",
          [f"{value} of {path} is not in the page" for path, pattern in usual.items()
           for value in re.findall(pattern, read(path)) if value not in page])


def check_example(name, text):
    sigd = os.path.join(BUILD, "sigd", "sigd")
    if not os.access(sigd, os.X_OK):
        skip(name, "sigd is not built")
        return
    folder = tempfile.mkdtemp(prefix="sigd-conf-")
    try:
        os.chmod(folder, 0o755)
        for path in sorted(set(re.findall(r'"/etc/sigd/([^"]+)"', text))):
            with open(os.open(os.path.join(folder, path), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
                file.write("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e")
        # accounts and directories of the example need not be on this host
        for number, group in enumerate(("sigd", "adm", "im", "www-data", "sigd-signer", "sigd-front"), 70001):
            text = text.replace(f'"{group}"', f'"{number}"')
        text = text.replace("/etc/sigd/", folder + "/").replace("/run/", folder + "/run/").replace("/var/", folder + "/var/")
        text += "ids = in_namespace\n"
        config = os.path.join(folder, "sigd.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(text)
        ran = subprocess.run([sigd, "--config", config, "--libexec-dir", os.path.join(BUILD, "sigd"), "--check"],
                             capture_output=True, text=True, check=False, timeout=60)
        said = [line for line in ran.stderr.splitlines() if "sigd.conf:" in line]
        check(name, said + ([] if ran.returncode == 0 else [f"exit status {ran.returncode}: {ran.stderr}"]))
    finally:
        shutil.rmtree(folder)


check_words()
check_limits()
check_example("the examples of sigd.conf(5) are good configs, without a warning",
              "\n".join(re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", read(PAGE), re.MULTILINE | re.DOTALL)))
check_example("dist/sigd.conf is, too", read("dist/sigd.conf"))
done()
