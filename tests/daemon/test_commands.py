#!/usr/bin/env python3
"""The commands of README.md, of docs/GETTING-STARTED.md, HTTP.md, SEALED.md and AUDIT.md, and of the manual pages' examples, run as they stand
there (blocks after <!-- run -->): on a sigd like README's, with a stand-in of the service. The guide of the operator has a
test of its own; so have the clients. tests/meta/test_docs.py sees to it that no block of commands is left out."""
import json
import os
import re

from documents import blocks, placed, read
from harness import KEY, equal, main, me, scenario, true
from host import Host
import rest_standin  # (harness put standin on the path)

APP = 1400000000
CONFIG = """
socket "main" { path = "/run/sigd/sigd.sock"  mode = 0666 }
admin_socket { path = "/run/sigd-admin/admin.sock" }
state_dir = "/var/lib/sigd"
audit { file = "/var/log/sigd/audit.log"  sync = "none" }
users { signer = "64001"  front = "64002" }
app "chat" {
    sdkappid = 1400000000
    key "2026a" { file = "/etc/sigd/chat.key" }
    admin "administrator" { }
    allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"} }
}
"""


class Place:
    """A Host that serves, with the files that documents speak of."""

    def __enter__(self):
        self.service = rest_standin.Standin(KEY, APP)
        self.host = host = Host(self.service)
        made = host.made
        os.makedirs(made.path("state"), 0o700, exist_ok=True)
        made.write("etc/chat.key", KEY)
        made.write("chat.key", KEY)
        text = placed(CONFIG, host.dir).replace("@UID@", me())
        made.write("etc/sigd.conf", (text + host.extra).encode(), 0o644)
        made.start()
        message = '{"To_Account": "alice", "MsgRandom": 1, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hello"}}]}'
        for name, content in (("message", message), ("messages.ndjson", message + "\n" + message + "\n"),
                              ("identifiers", "alice\nbob\ncarol\n")):
            made.write(name, content.encode())
        for name, command in (("usersig.txt", "usersig sign alice"), ("leaked.txt", "usersig admin"),
                              ("request-url.txt", "usersig url openim/sendmsg")):
            made.write(name, host.shell(command).encode())
        return host

    def __exit__(self, *_):
        self.host.made.discard()
        self.service.close()


def run_all(host, texts):
    """What each block prints."""
    said = [host.run(text) for text in texts]
    true(said, "no blocks")
    return said


def of(path, kind="run"):
    return [text for what, text in blocks(read(path)) if what == kind]


def examples(page):
    """The commands in the EXAMPLES of a manual page, a string each."""
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", read(page), re.DOTALL | re.MULTILINE)[1]
    found = re.findall(r"^\.Dl ([^\n]*)$|^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^\$ ", "", one or many, flags=re.MULTILINE).replace("\\e\n", "\\\n") + "\n" for one, many in found]


@scenario(root=True, needs=("curl", "jq"))
def the_readme():
    with Place() as host:
        said = "".join(run_all(host, of("README.md")))
        for word in ("alice", "administrator", '"ErrorCode"', "https://", "valid", "70009", '"usersig"'):
            true(word in said, f"{word!r} in what README's commands print")
        for name in ("usersigs.ndjson", "answers.ndjson"):
            with open(host.made.path(name), encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
            equal((len(lines), [line for line in lines if "error" in line]), ({"usersigs.ndjson": 3}.get(name, 2), []), name)
        with open(host.made.path("chat.json"), encoding="utf-8") as file:
            true("item" in json.load(file), "what Postman reads")


@scenario(root=True)
def the_config_of_the_readme():
    host = Host()
    host.made.write("etc/chat.key", KEY)
    text, = of("README.md", "config")
    host.made.write("etc/sigd.conf", (placed(text, host.dir).replace('"sigd-signer"', '"64001"').replace('"sigd-front"', '"64002"')
                                      + host.extra).encode(), 0o644)
    os.makedirs(host.made.path("state"), 0o700)
    status, said = host.made.check()
    equal((status, [line for line in said.splitlines() if "warning" not in line][-1].endswith("good")), (0, True), said)


@scenario(root=True, needs=("curl",))
def getting_started():
    host = Host()
    host.made.write("etc/sigd.conf", b"")
    text = "".join(of("docs/GETTING-STARTED.md")).replace('"main" { path', host.extra + '"main" { path')
    said = host.shell(text.replace('socket ids', 'ids').replace('in_namespace\n"main"', 'in_namespace\nsocket "main"'))
    true(len(of("docs/GETTING-STARTED.md")) >= 5, "blocks")
    for word in ("alice", "exit status 20", "exit status 6", "70009", "get_group_muted_account", '"hello"', "good", "demo",
                 '"identifier":"bob"', "lines  7"):
        true(word in said, f"{word!r} in {said}")
    true(said.count("usersig=") == 2 and "eJ" not in "".join(re.findall("usersig=(..)", said)), "redacted")


@scenario(root=True, needs=("curl",))
def http():
    with Place() as host:
        said, = run_all(host, of("docs/HTTP.md"))
        equal([app["name"] for app in json.loads(said)["apps"]], ["chat"], said)


@scenario(root=True)
def sealed_keys():
    with Place() as host:
        first, again = of("docs/SEALED.md")
        host.run(first)
        true(not os.path.exists(host.made.path("chat.key")), "the plain file")
        with open(host.made.config, encoding="utf-8") as file:
            config = file.read()
        config = placed('master_key = "/etc/sigd/master"\n', host.dir) + config.replace("/chat.key", "/chat-2026a.sealed")
        host.made.write("etc/sigd.conf", config.encode(), 0o644)
        host.run("sigctl check\nsigctl reload\nusersig sign alice\n")
        host.run(again)
        host.made.write("etc/sigd.conf", config.replace("/master\"", "/master-2\"").encode(), 0o644)
        host.run("rm /etc/sigd/master\nsigctl check\nsigctl reload\nusersig sign alice\n")


@scenario(root=True)
def the_audit_log():
    with Place() as host:
        log = "/var/log/sigd/audit.log"
        for number in (3, 2, 1):
            host.run(f"usersig sign alice\nmv {log} {log}.{number}\nsigctl reload\n")
        host.run(f"gzip {log}.3\ncp {log}* .\n")
        head = json.loads(host.run("sigctl audit verify --json audit.log.2 audit.log.1 audit.log"))["head"]
        checks, find = of("docs/AUDIT.md")
        said = host.run(re.sub(r"--head [0-9a-f]{64}", f"--head {head}", checks))
        true(said.count(head) >= 2, said)
        host.run(f"usersig admin > leaked.txt\ncp {log}* .\n")
        with open(host.made.path("leaked.txt"), encoding="utf-8") as file:
            issued = file.read()
        # the log of now has the hand-out; who signed it is in the oldest
        found = host.shell("zcat audit.log.3.gz > whole\ncat audit.log.2 audit.log.1 audit.log >> whole\n"
                           + find.replace("audit.log", "whole"))
        true('"served"' in found and "administrator" in found and issued.strip() not in found, found)


@scenario(root=True, needs=("curl", "jq"))
def the_examples_of_usersig():
    with Place() as host:
        host.input = KEY.decode()  # what `cat > chat.key` reads
        said = "".join(run_all(host, examples("docs/usersig.1")))
        true(all(word in said for word in ("alice", "administrator", '"ErrorCode"')), said)


@scenario(root=True)
def the_examples_of_sigctl():
    with Place() as host:
        os.unlink(host.made.config)
        host.script("pass", f"printf '%s\\n' '{KEY.decode()}'\n")
        texts = examples("docs/sigctl.8")
        true(len(texts) >= 5, "the examples")
        for text in texts:
            if "init" in text:
                # of the app that it makes; sigd of that config is the one that the others speak with
                host.made.stop()
                host.run("rm /etc/sigd/chat.key\n")
                host.run(text.replace("--user www-data", "--user www-data --app chat --admin administrator"))
                host.made.start()
            elif "probe" in text:
                with open(host.made.config, encoding="utf-8") as file:
                    config = file.read()
                host.made.write("etc/sigd.conf", re.sub(r'key "\w+"', 'key "2026b"', config).encode(), 0o644)
                host.run(text)
            else:
                host.run(text)


if __name__ == "__main__":
    main()
