#!/usr/bin/env python3
"""docs/CONTAINERS.md: its configurations are served, its YAML is parsed, and what it says of inodes and capabilities holds."""
import os
import signal

import harness
import unit
from documents import blocks, parsed, placed, read
from harness import KEY, Caller, Sigd, equal, good, in_user_namespace, main, problem, scenario, true, until
from process import launch_behind

CONTAINERS = {kind.partition(": ")[2]: text for kind, text in blocks(read("docs/CONTAINERS.md")) if kind.startswith("config")}


def container(name, users=True):
    """A daemon with a configuration of the document."""
    made = Sigd("", keys={}, start=False)
    text = CONTAINERS[name]
    if users:  # names that this host does not have
        text = text.replace('"sigd-signer"', '"64001"').replace('"sigd-front"', '"64002"').replace('"im"', '"4242"')
    made.write("sigd.conf", (placed(text, made.dir) + ("ids = in_namespace\n" if in_user_namespace() else "")).encode(), 0o644)
    for directory in ("etc", "keys"):
        os.makedirs(made.path(directory), exist_ok=True)
        made.write(os.path.join(directory, "chat.key"), KEY)
    return made


@scenario(root=True)
def a_socket_for_each_tenant():
    made = container("tenants")
    equal(made.check()[0], 0, made.check()[1])
    made.start()
    stranger = Caller(31337)

    def asked(directory, method, target, body=None):
        made.socket = lambda _: made.path(directory, "sigd.sock")
        return stranger.ask(made, method, target, body)
    equal(good(asked("shop", "GET", "/v1/apps/chat/admin"))["identifier"], "administrator")
    good(asked("shop", "POST", "/v1/apps/chat/usersig", {"identifier": "shop_1"}))
    problem(asked("shop", "POST", "/v1/apps/chat/usersig", {"identifier": "forum_1"}), 403, "identifier_not_allowed")
    equal(good(asked("forum", "GET", "/v1/apps/chat/admin"))["identifier"], "forum_bot")
    problem(asked("forum", "GET", "/v1/apps/chat/admin?as=administrator"), 403, "forbidden")
    problem(asked("forum", "POST", "/v1/apps/chat/usersig", {"identifier": "shop_1"}), 403, "forbidden")


@scenario(root=True)
def a_sidecar_with_its_secret():
    made = container("sidecar")
    # as the kubelet lays a Secret out
    os.mkdir(made.path("keys", "..2026_11_23.1"), 0o755)
    os.rename(made.path("keys", "chat.key"), made.path("keys", "..2026_11_23.1", "chat.key"))
    os.chmod(made.path("keys", "..2026_11_23.1", "chat.key"), 0o440)
    os.symlink("..2026_11_23.1", made.path("keys", "..data"))
    os.symlink("..data/chat.key", made.path("keys", "chat.key"))
    os.chmod(made.path("keys"), 0o1777)
    equal(made.check()[0], 0, made.check()[1])
    made.launch()
    made.wait_line('"ready"')
    good(Caller(31337).ask(made, "GET", "/v1/apps/chat/admin"))


@scenario(root=True)
def a_directory_as_an_empty_dir_is():
    """Why the pod has a container that makes directories."""
    made = container("sidecar")
    os.chmod(made.path("run"), 0o777)
    status, text = made.fail_to_start()
    equal(status, 73, text)
    true("chmod go-w" in text, text)


def capabilities():
    """Those of the unit, those of the compose file."""
    compose, = [text for kind, text in blocks(read("docs/CONTAINERS.md")) if kind == "yaml: compose" and "cap_add" in text]
    return ([name.removeprefix("CAP_").lower() for name in unit.words(unit.read(unit.SERVICE), "CapabilityBoundingSet")],
            [name.lower() for name in parsed(compose)["services"]["sigd"]["cap_add"]])


@scenario(root=True, needs=["setpriv"])
def capabilities_of_unit_and_compose_file_are_enough():
    equal(*map(sorted, capabilities()), "unit and compose file")
    made = container("tenants")
    launch_behind(made, "exec setpriv --no-new-privs --bounding-set=-all," + ",".join("+" + name for name in capabilities()[0]))
    made.wait_line("msg=ready")
    before = made.child("sigd-front")
    os.kill(before, 9)
    until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != before], "another front")
    since = len(made.lines)
    made.process.send_signal(signal.SIGHUP)
    made.wait_line('"change done"', since)
    equal(made.stop(), 0, "exit status")


@scenario
def a_restart_makes_a_new_inode():
    """Why the directory is to be mounted, not the socket."""
    made = Sigd()
    before = os.stat(made.socket()).st_ino
    kept = made.path("kept.sock")
    os.link(made.socket(), kept)
    made.stop()
    made.start()
    true(os.stat(made.socket()).st_ino != before, "the inode")
    try:
        harness.request(kept, "GET", "/healthz")
    except ConnectionRefusedError:
        return
    raise AssertionError("the old inode still leads to sigd")


@scenario
def the_yaml_of_containers():
    kinds = [kind for kind, _ in blocks(read("docs/CONTAINERS.md"))]
    equal(kinds.count("yaml: compose"), 2)
    for kind, text in blocks(read("docs/CONTAINERS.md")):
        if kind == "yaml: compose":
            document = parsed(text)
            true(set(document) <= {"services", "volumes"}, str(list(document)))
            mounts = [mount for service in document["services"].values() for mount in service["volumes"]]
            true(all(not mount["target"].endswith(".sock") for mount in mounts), "a socket's file is mounted")
            named = {mount["source"] for mount in mounts if mount["type"] == "volume"}
            equal(named, set(document.get("volumes", {})), "volumes")
        if kind == "yaml: kubernetes":
            document = parsed(text)
            equal(document["kind"], "Pod")
            spec = document["spec"]
            volumes = {volume["name"] for volume in spec["volumes"]}
            mounted = {mount["name"] for one in spec["initContainers"] + spec["containers"] for mount in one["volumeMounts"]}
            equal(mounted, volumes, "volumes")
            socket, = [mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "socket"]
            true(socket["readOnly"], "the backend's mount of the socket")


if __name__ == "__main__":
    main()
