#!/usr/bin/env python3
"""docs/openapi.yaml: valid by @apidevtools/swagger-parser; one with docs/HTTP.md and the sources; and every example of it
sent to the real sigd, with the answers judged by ajv. An example's request and answer have the same name."""
import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import quote, urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
from harness import Sigd, equal, main, plain_config, request, scenario, shared, skip, true, until  # noqa: E402

TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(HERE, "node_modules")
FILE = os.path.join(TOP, "docs", "openapi.yaml")
VOLATILE = {"usersig", "issued_at", "expires_at", "renew_at", "remaining", "url"}  # of another second

CONFIG = """
socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }
audit { file = "@DIR@/log/audit.log"  sync = "none" }
state_dir = "@DIR@/state"
app "chat" {
    sdkappid = 1400000000
    key "2026a" { file = "@DIR@/keys/demo.key" }
    admin "administrator" { }
    admin "ops" { }
    allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"}  admins = {"administrator", "ops"}
            identifiers = {"alice*", "bob"}  max_lifetime = "7d"  rights = 42 }
}
app "reader" {
    sdkappid = 1400000001
    key "2026a" { file = "@DIR@/keys/demo.key" }
    allow { users = {"@UID@"}  may = {"verify"} }
}
app "slow" {
    sdkappid = 1400000002
    key "2026a" { file = "@DIR@/keys/demo.key" }
    allow { users = {"@UID@"}  may = {"sign"}  rate = 1 }
}
app "late" {
    sdkappid = 1400000003
    key "2026a" { file = "@DIR@/keys/demo.key"  not_before = "2070-01-01T00:00:00Z" }
    admin "administrator" { }
    allow { users = {"@UID@"}  may = {"admin", "sign"} }
}
app "icy" {
    sdkappid = 1400000004
    key "2026a" { file = "@DIR@/keys/demo.key" }
    admin "administrator" { }
    allow { users = {"@UID@"}  may = {"admin", "sign"} }
}
app "partner" {
    sdkappid = 1400000005
    admin "partner_root" { usersig_file = "@DIR@/keys/partner.usersig" }
    allow { users = {"@UID@"}  may = {"admin"} }
}
"""


def prepare(d):
    """One app is frozen; of another somebody else signs, what the document shows."""
    os.mkdir(d.path("state"), 0o700)
    d.write("state/state", b"frozen icy\n")
    answer = document()["paths"]["/v1/apps/{app}/admin"]["get"]["responses"]["200"]["content"]["application/json"]
    d.write("keys/partner.usersig", answer["examples"]["hosted"]["value"]["usersig"].encode() + b"\n")


def whole():
    return shared("whole", lambda: Sigd(CONFIG, prepare=prepare, start=False))


def healthy():
    return shared("healthy", lambda: Sigd(plain_config(), start=False))


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def peer(*arguments, stdin=""):
    if not shutil.which("node"):
        skip("needs the program node", must=True)
    for name in ("@apidevtools/swagger-parser", "ajv", "ajv-formats", "yaml"):
        if not os.path.isdir(os.path.join(MODULES, name)):
            skip(f"no {name} in {MODULES}: run scripts/deps --peers", must=True)
    done = subprocess.run(["node", os.path.join(HERE, "openapi_peer.js"), MODULES, *arguments], input=stdin,
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def document():
    if not hasattr(document, "kept"):
        document.kept = json.loads(peer("document", FILE))
    return document.kept


def judge(asked):
    """asked: (what, tokens of a JSON pointer to a schema, value). All must be valid."""
    lines = [json.dumps(["".join("/" + quote(token.replace("~", "~0").replace("/", "~1"), safe="~") for token in where), value])
             for _, where, value in asked]
    found = [json.loads(line) for line in peer("judge", FILE, stdin="\n".join(lines)).splitlines()]
    equal(len(found), len(asked), "verdicts")
    faults = [f"{what}: {fault}: {json.dumps(value)[:300]}"
              for (what, _, value), fault in zip(asked, found, strict=True) if fault]
    true(not faults, "\n".join(faults))


def operations():
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


class Example:
    """A request and the answer that the document promises."""

    def __init__(self, path, method, operation, status, kind, name, value):
        self.status, self.kind, self.name, self.value, self.method = int(status), kind, name, value, method.upper()
        self.what = f"{operation['operationId']}, example {name}"
        self.where = ["paths", path, method, "responses", status, "content", kind, "schema"]
        query, self.target = {}, path
        self.given = []  # (place of the schema, value)
        for n, parameter in enumerate(operation.get("parameters", [])):
            if name in parameter["examples"]:
                given = parameter["examples"][name]["value"]
                self.given.append((["paths", path, method, "parameters", str(n), "schema"], given))
                if parameter["in"] == "path":
                    self.target = self.target.replace("{" + parameter["name"] + "}", quote(str(given), safe=""))
                else:
                    query[parameter["name"]] = given
        true("{" not in self.target, f"{self.what}: a parameter of the path has no example")
        self.target += "?" + urlencode(query) if query else ""
        self.body = None
        if "requestBody" in operation:
            place = self.where[:3] + ["requestBody", "content", "application/json", "schema"]
            self.body = operation["requestBody"]["content"]["application/json"]["examples"][name]["value"]
            self.given.append((place, self.body))

    def ask(self, d):
        headers = {"Accept": "text/plain"} if self.kind == "text/plain" else {}
        return request(d.socket(), self.method, self.target, self.body, headers)


def examples():
    found = []
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                for name, example in content["examples"].items():
                    found.append(Example(path, method, operation, status, kind, name, example["value"]))
    return found


def steady(value):
    """Without what is another with every second."""
    if isinstance(value, dict):
        return {key: key if key in VOLATILE else steady(member) for key, member in value.items()}
    return [steady(member) for member in value] if isinstance(value, list) else value


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


# ---- the document ------------------------------------------------------------------------------------

@scenario
def a_validator_takes_it():
    equal(document()["openapi"], "3.1.0")
    version = re.search(r"^## (\S+)", read("NEWS.md"), re.M)[1]
    equal(document()["info"]["version"], version, "version")
    names = [operation["operationId"] for _, _, operation in operations()]
    equal(len(names), len(set(names)), "operationIds")


@scenario
def a_validator_would_refuse_it():
    document()
    for old, new in (("in: path", "in: nowhere"), ("openapi: 3.1.0", "openapi: 3.1.0\nx: 1"),
                     ("'#/components/schemas/Apps'", "'#/components/schemas/Ape'"), ("tags: [operation]", "tags: [operation]\n      tags: []"),
                     ("      summary: The apps", "      sumary: The apps")):
        broken = subprocess.run(["node", os.path.join(HERE, "openapi_peer.js"), MODULES, "document", "/dev/stdin"],
                                input=read("docs/openapi.yaml").replace(old, new, 1), capture_output=True, text=True,
                                timeout=120, check=False)
        true(broken.returncode == 1 and broken.stderr, f"{new} was taken")


@scenario
def its_routes_are_those_of_the_sources_and_of_http_md():
    ours = sorted((method.upper(), path) for path, method, _ in operations())
    table = re.search(r"routes\[\] = \{\n(.*?)\n\};", read("sigd/front/routes.c"), re.DOTALL)[1]
    equal(ours, sorted((method, "/" + path) for path, method in re.findall(r'\{ "([^"]+)", HTTP_(\w+)', table)), "routes.c")
    rows = re.findall(r"^\| `(GET|POST) (/[^`?]*)(?:\?([^`]*))?` \|", read("docs/HTTP.md"), re.MULTILINE)
    equal(ours, sorted({(method, path) for method, path, _ in rows}), "docs/HTTP.md")
    parameters = {(method.upper(), path): {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
                  for path, method, operation in operations()}
    for method, path, query in rows:
        equal(parameters[method, path], {pair.split("=")[0] for pair in query.split("&") if pair}, f"{path}: query")


@scenario
def its_problems_are_those_of_the_sources_and_of_http_md():
    ours = {name: tuple(row) for name, row in document()["x-problems"].items()}
    rows = {name: (int(status), int(code), title) for status, code, name, title
            in re.findall(r'\{ (\d+), (\d+), "(\w+)", "([^"]+)" \}', read("sigd/front/problem.c"))}
    equal(ours, {name: row[:2] for name, row in rows.items()}, "problem.c")
    equal(ours, {name: (int(status), int(code)) for status, name, code
                 in re.findall(r"^\| (\d{3}) \| `(\w+)` \| (\d+) \|", read("docs/HTTP.md"), re.MULTILINE)}, "docs/HTTP.md")
    equal(sorted(document()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]),
          sorted("urn:usersig:problem:" + name for name in ours), "Problem.type")
    for example in examples():
        if example.kind == "application/problem+json":
            name = example.value["type"].rpartition(":")[2]
            equal((example.value["status"], example.value["code"], example.value["title"]), rows[name], example.what)
            equal(example.status, example.value["status"], example.what)


@scenario
def every_example_has_a_request_and_an_answer():
    names = {}
    for example in examples():
        names.setdefault(tuple(example.where[1:3]), []).append(example.name)
    for path, method, operation in operations():
        answers = names[path, method]
        equal(len(answers), len(set(answers)), f"{path}: two answers of one name")
        requests = [set(parameter["examples"]) for parameter in operation.get("parameters", [])]
        if "requestBody" in operation:
            requests.append(set(operation["requestBody"]["content"]["application/json"]["examples"]))
            equal(requests[-1], set(answers), f"{path}: bodies")
        for some in requests:
            true(some <= set(answers), f"{path}: {some - set(answers)} without an answer")


@scenario
def its_examples_are_of_its_schemas():
    asked = []
    for example in examples():
        asked.append((example.what, example.where, example.value))
        if example.kind == "application/x-ndjson":
            asked += [(example.what, ["components", "schemas", "BatchLine"], line) for line in lines_of(example.value)]
        if example.status not in (422, 403):  # what must be wrong there may be wrong by the schema
            asked += [(example.what, where, given) for where, given in example.given]
    judge(asked)


# ---- the daemon --------------------------------------------------------------------------------------

def replay(example):
    d = healthy() if example.name == "ready" else whole()
    until(lambda: d is healthy() or d.request("GET", "/v1/apps/partner/admin").status == 200, "a file read after the start")
    answer = example.ask(d)
    if example.status == 429:  # the second of a second
        answer = until(lambda: (again := example.ask(d)).status == example.status and again, example.what)
    equal(answer.status, example.status, f"{example.what}: {answer.document!r}; status")
    equal(answer.headers["Content-Type"].split(";")[0], example.kind, f"{example.what}: Content-Type")
    if example.kind == "application/x-ndjson":
        equal(steady(lines_of(answer.document)), steady(lines_of(example.value)), example.what)
    elif example.kind != "text/plain":
        equal(steady(answer.document), steady(example.value), example.what)
    return answer


@scenario
def sigd_answers_every_example_as_it_says():
    asked, faults = [], []
    for example in examples():
        try:
            answer = replay(example)
        except AssertionError as fault:
            faults.append(str(fault))
            continue
        asked.append((example.what, example.where, answer.document))
        if example.kind == "application/x-ndjson":
            asked += [(example.what, ["components", "schemas", "BatchLine"], line) for line in lines_of(answer.document)]
        response = document()["paths"][example.where[1]][example.where[2]]["responses"][str(example.status)]
        for name, header in response.get("headers", {}).items():
            value = answer.headers.get(name)
            true(value is not None, f"{example.what}: no {name}")
            asked.append((f"{example.what}: {name}", [*header["$ref"].split("/")[1:], "schema"], int(value) if value.isdigit() else value))
    true(not faults, "\n" + "\n".join(faults))
    judge(asked)


@scenario
def what_is_no_example_is_a_problem_all_the_same():
    d = whole()
    odd = [d.request("GET", "/v1/none"), d.request("DELETE", "/v1/apps"), d.request("POST", "/v1/apps/chat/verify", "{", {}),
           d.request("POST", "/v1/apps/chat/verify", "x", {"Content-Type": "text/plain"}),
           d.request("GET", "/v1/apps", headers={"Host": "example.com"}), d.request("GET", "/v1/apps", headers={"Via": "1.1 a"})]
    equal([answer.status for answer in odd], [404, 405, 400, 415, 421, 403])
    judge([(str(answer.status), ["components", "schemas", "Problem"], answer.document) for answer in odd])


if __name__ == "__main__":
    main()
