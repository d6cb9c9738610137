#!/usr/bin/env python3
"""usersig export, with the programs that it is for: newman and httpyac send every call to the stand-in of the service,
swagger-parser and ajv judge the OpenAPI document, Postman's own SDK reads the collection."""
import atexit
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tool"))
from usertool import directory, tool  # noqa: E402
from harness import KEY, SDKAPPID, equal, main, oracle, scenario, skip, true  # noqa: E402
from rest_standin import Standin  # noqa: E402

MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(HERE, "node_modules")
TABLE = os.path.join(HERE, "..", "..", "libsig", "rest-apis.tsv")
OURS = ("--sdkappid", str(SDKAPPID), "--identifier", "administrator")


def table():
    with open(TABLE, encoding="utf-8") as file:
        names, *rows = [line.rstrip("\n").split("\t") for line in file]
    return [dict(zip(names, row, strict=True)) for row in rows]


def paths():
    return sorted(f"/v4/{row['service']}/{row['command']}" for row in table())


def node(*arguments, env=None, **more):
    """Runs node, or a program of MODULES by its name."""
    if not shutil.which("node"):
        skip("needs the program node", must=True)
    for name in ("newman", "httpyac", "postman-collection", "@apidevtools/swagger-parser", "ajv", "yaml"):
        if not os.path.isdir(os.path.join(MODULES, name)):
            skip(f"no {name} in {MODULES}: run scripts/deps --peers", must=True)
    program, *rest = arguments
    command = ["node", program, *rest] if program.endswith(".js") else [os.path.join(MODULES, ".bin", program), *rest]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, **(env or {})}, **more)


class Service:
    """A stand-in, and an administrator's usersig for it."""

    def __init__(self):
        self.standin = Standin(KEY, SDKAPPID)
        self.host = f"localhost:{self.standin.port}"
        self.usersig = oracle.sign(KEY, SDKAPPID, "administrator", int(time.time()), 3600)

    def taken(self, before):
        """The paths of the calls since then, all of them accepted."""
        calls = self.standin.calls[before:]
        equal([call for call in calls if call["code"]], [], "refused")
        return sorted(call["path"] for call in calls)


@functools.cache
def service():
    found = Service()
    atexit.register(found.standin.close)
    return found


# ---- Postman -----------------------------------------------------------------------------------------

@scenario
def newman_calls_every_endpoint():
    with directory() as path:
        file = os.path.join(path, "chat.json")
        with open(file, "w", encoding="utf-8") as out:
            out.write(tool("export", "postman", *OURS, "--host", service().host).good())
        before, report = len(service().standin.calls), os.path.join(path, "report.usersig.json")
        done = node("newman", "run", file, "--env-var", f"usersig={service().usersig}", "--ssl-extra-ca-certs",
                    service().standin.ca, "--reporters", "json", "--reporter-json-export", report)
        equal(done.returncode, 0, done.stdout + done.stderr)
        with open(report, encoding="utf-8") as lines:
            stats = json.load(lines)["run"]["stats"]
    equal(service().taken(before), paths(), "calls")
    equal((stats["assertions"]["total"], stats["assertions"]["failed"]), (len(paths()), 0), "its own tests")


@scenario
def newman_would_find_a_refusal():
    with directory() as path:
        document = json.loads(tool("export", "postman", *OURS, "--host", service().host).good())
        document["item"] = [{"name": "one", "item": document["item"][0]["item"][:1]}]
        file = os.path.join(path, "chat.json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(document, out)
        done = node("newman", "run", file, "--ssl-extra-ca-certs", service().standin.ca)  # without a usersig
        true(done.returncode == 1 and "ErrorCode 0" in done.stdout, done.stdout)


@scenario
def postmans_sdk_reads_it_as_it_was_meant():
    script = """
const { Collection } = require(process.argv[2]);
const whole = new Collection(JSON.parse(require('node:fs').readFileSync(0, 'utf8')));
const calls = [];
whole.forEachItem((item) => calls.push([item.parent().name, item.name, item.request.method, item.request.url.getPath(),
  item.request.body.raw, item.request.url.query.all().map((q) => `${q.key}=${q.value}`).join('&')]));
process.stdout.write(JSON.stringify({ calls, variables: whole.variables.toObject() }));
"""
    with directory() as path:
        file = os.path.join(path, "read.js")
        with open(file, "w", encoding="utf-8") as out:
            out.write(script)
        done = node(file, os.path.abspath(os.path.join(MODULES, "postman-collection")),
                    input=tool("export", "postman", *OURS, "--region", "singapore").good())
    equal(done.returncode, 0, done.stderr)
    read = json.loads(done.stdout)
    equal(read["variables"], {"host": "adminapisgp.im.qcloud.com", "sdkappid": str(SDKAPPID), "identifier": "administrator",
                              "usersig": ""}, "variables")
    rows = {f"{row['service']}/{row['command']}": row for row in table()}
    equal(sorted(call[1] for call in read["calls"]), sorted(rows), "names")
    query = "sdkappid={{sdkappid}}&identifier={{identifier}}&usersig={{usersig}}&random={{random}}&contenttype=json"
    for folder, name, method, path, body, asked in read["calls"]:
        equal((folder, method, path, asked), (rows[name]["group"], "POST", f"/v4/{name}", query), name)
        equal(json.loads(body.replace("{{sdkappid}}", "1400000000")), json.loads(rows[name]["min_body"]), name)


# ---- OpenAPI -----------------------------------------------------------------------------------------

def openapi(*arguments):
    with directory() as path:
        file = os.path.join(path, "chat.json")
        with open(file, "w", encoding="utf-8") as out:
            out.write(tool("export", "openapi", *arguments).good())
        done = node(os.path.join(HERE, "openapi_peer.js"), MODULES, "document", file)
        equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


@scenario
def a_validator_takes_the_openapi_document():
    document = openapi(*OURS, "--host", "localhost:8443")
    equal(sorted(document["paths"]), paths(), "paths")
    rows = {f"/v4/{row['service']}/{row['command']}": row for row in table()}
    names = set()
    for path, item in document["paths"].items():
        operation = item["post"]
        names.add(operation["operationId"])
        equal((operation["tags"], operation["summary"]), ([rows[path]["group"]], rows[path]["title"]), path)
        equal((operation["x-usersig-kind"], operation.get("x-usersig-rate", 0)),
              (rows[path]["kind"], int(rows[path]["rate"] or 0)), path)
        equal(operation["requestBody"]["content"]["application/json"]["example"], json.loads(rows[path]["min_body"]), path)
    equal(len(names), len(rows), "operationIds")
    equal([tag["name"] for tag in document["tags"]], list(dict.fromkeys(row["group"] for row in table())), "tags")
    host = document["servers"][0]["variables"]["host"]
    true(host["default"] == "localhost:8443" and host["default"] in host["enum"] and len(host["enum"]) == 17, str(host))


@scenario
def least_bodies_are_of_their_schemas():
    with directory() as path:
        file = os.path.join(path, "chat.json")
        document = openapi()
        with open(file, "w", encoding="utf-8") as out:
            json.dump(document, out)
        asked, wanted = [], []
        for name, item in document["paths"].items():
            where = "/paths/" + name.replace("/", "~1") + "/post/requestBody/content/application~1json/schema"
            body = item["post"]["requestBody"]["content"]["application/json"]["example"]
            for value, good in ((body, True), *(({k: v for k, v in body.items() if k != key}, False) for key in body), ([], False)):
                asked.append(json.dumps([where, value]))
                wanted.append((name, good))
        done = node(os.path.join(HERE, "openapi_peer.js"), MODULES, "judge", file, input="\n".join(asked))
    equal(done.returncode, 0, done.stderr)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    equal(len(found), len(asked), "verdicts")
    equal([(name, fault) for (name, good), fault in zip(wanted, found) if good != (fault is None)], [], "judged otherwise")


# ---- .http -------------------------------------------------------------------------------------------

@scenario
def httpyac_sends_every_request():
    text = tool("export", "http", *OURS, "--host", service().host).good()
    true(re.search(r"^@usersig =$", text, re.M), "the usersig is left to the reader")
    with directory() as path:
        with open(os.path.join(path, "chat.usersig.http"), "w", encoding="utf-8") as out:
            out.write(text.replace("@usersig =", f"@usersig = {service().usersig}"))
        before = len(service().standin.calls)
        done = node("httpyac", "send", "chat.usersig.http", "--all", "--json", "-o", "none", cwd=path,
                    env={"NODE_EXTRA_CA_CERTS": service().standin.ca})
    equal(done.returncode, 0, done.stdout[-2000:] + done.stderr)
    equal(service().taken(before), paths(), "calls")


# ---- the tool ----------------------------------------------------------------------------------------

@scenario
def variables_and_wrong_words():
    text = tool("export", "http", "--region", "tokyo", "--standby").good()
    true("@host = adminapijpn.my-imcloud.com\n@sdkappid =\n@identifier = administrator\n" in text, text[:600])
    for arguments, word in (((), "postman, openapi or http"), (("postmann",), "did you mean postman"), (("swagger",), "postman"),
                            (("http", "--region", "mars"), "singapore"), (("http", "--sdkappid", "0"), "4294967295")):
        tool("export", *arguments).fails(64, word)
    with open("/dev/full", "wb") as full:
        equal(tool("export", "openapi", stdout=full).status, 74, "a full disk")


if __name__ == "__main__":
    main()
