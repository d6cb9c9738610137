#!/usr/bin/env python3
"""The examples compile as their comments say, without a warning, and do what they say; so do the headers in C++, and the
C in README.md and docs/LIBRARY.md."""
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

from tree import BUILD, SOURCE, check, done, read, sanitized, skip

LIBRARIES = os.path.join(BUILD, "libsig", ".libs")
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
STRICT = ["-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
APP = "1400000000"


def flags():
    """What pkg-config says, with the places of the build instead of the installed ones."""
    ran = subprocess.run([os.environ.get("PKG_CONFIG") or "pkg-config", "--cflags", "--libs",
                          f"--define-variable=libdir={LIBRARIES}",
                          f"--define-variable=includedir={os.path.join(SOURCE, 'libsig')}", "libsig"],
                         capture_output=True, text=True, check=False,
                         env={**os.environ, "PKG_CONFIG_PATH": os.path.join(BUILD, "libsig")})
    return ran.stdout.split(), ran.stderr.splitlines()


def run(program, *words, stdin=""):
    ran = subprocess.run([program, *words], input=stdin, capture_output=True, text=True, check=False, timeout=60,
                         env={**os.environ, "LD_LIBRARY_PATH": LIBRARIES})
    return ran.returncode, ran.stdout, ran.stderr


def compiled(compiler, source, out, *more):
    """Lines of what the compiler says."""
    libraries, complaints = flags()
    ran = subprocess.run([*compiler.split(), *more, source, *libraries, "-o", out], capture_output=True, text=True,
                         check=False)
    return complaints + ran.stderr.splitlines() + ([f"status {ran.returncode}"] if ran.returncode else [])


def expect(name, got, status, pattern):
    returned, out, err = got
    matches = re.search(pattern, out + err) is not None
    check(name, [] if returned == status and matches else
          [f"expected status {status} and /{pattern}/, got {returned}", *out.splitlines(), *err.splitlines()])


def check_examples(folder):
    programs = {}
    for name in ("sign", "verify", "url", "diagnose", "page"):
        programs[name] = os.path.join(folder, name)
        if not check(f"examples/{name}.c compiles without a warning",
                     compiled(os.environ.get("CC") or "cc", os.path.join(SOURCE, "examples", f"{name}.c"),
                              programs[name], *STRICT)):
            return
    key, newline_key, empty_key = (os.path.join(folder, name) for name in ("key", "newline", "empty"))
    for path, text in ((key, KEY + "\n"), (newline_key, KEY + "\n\n"), (empty_key, "")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    expect("sign", run(programs["sign"], key, APP, "alice", "60"), 0, r"\AeJ?[\w*-]{100,}\n\Z")
    usersig = run(programs["sign"], key, APP, "alice", "60")[1]
    expect("sign refuses an identifier", run(programs["sign"], key, APP, "a\nb", "60"), 6, "identifier")
    expect("sign refuses a lifetime", run(programs["sign"], key, APP, "alice", "0"), 7, "lifetime")
    expect("sign refuses an empty key", run(programs["sign"], empty_key, APP, "alice", "60"), 5, "key")
    expect("sign without arguments", run(programs["sign"]), 64, "usage")
    expect("verify", run(programs["verify"], key, APP, "alice", stdin=usersig), 0, "valid until [0-9]+")
    expect("verify: another identifier", run(programs["verify"], key, APP, "bob", stdin=usersig), 20, "refused")
    expect("verify: a cut usersig", run(programs["verify"], key, APP, "alice", stdin=usersig[:50]), 16, "refused")
    expect("verify: another key", run(programs["verify"], newline_key, APP, "alice", stdin=usersig), 18, "refused")
    expect("diagnose: nothing wrong", run(programs["diagnose"], key, APP, "alice", stdin=usersig), 0, "cause NONE")
    expect("diagnose: a key with a newline", run(programs["diagnose"], newline_key, APP, "alice", stdin=usersig), 18,
           "cause KEY_NEWLINE\n.*70009\nto do: ")
    expect("diagnose: a cut usersig", run(programs["diagnose"], key, APP, "alice", stdin=usersig[:50]), 16,
           "cause CUT\n.*70003\n")
    call = (key, APP, "administrator", "group_open_http_svc", "get_appid_group_list")
    expect("url", run(programs["url"], *call), 0,
           rf"\Ahttps://console\.tim\.qq\.com/v4/group_open_http_svc/get_appid_group_list\?sdkappid={APP}"
           r"&identifier=administrator&usersig=[\w*-]{100,}&random=[0-9]+&contenttype=json\n\Z")
    expect("url: another region", run(programs["url"], *call, "singapore"), 0, "https://adminapisgp")
    expect("url: no such region", run(programs["url"], *call, "atlantis"), 9, "china, singapore")
    check_page(folder, programs["page"])
    url = run(programs["url"], *call)[1]
    inside = re.search(r"usersig=([^&]+)", url)
    expect("url: its usersig is good",
           run(programs["verify"], key, APP, "administrator", stdin=inside.group(1) if inside else ""), 0, "valid")


def check_page(folder, program):
    """examples/page.c on pages by the layout of docs/PAGES.md."""
    path, now = os.path.join(folder, "a.page"), int(time.time())

    def publish(state, silence=0):
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(struct.pack("=8s4IQ2I3Q4I256s64s112x2048s1536x", b"USERSIG", 1, 4096, 2, 0, now - silence, state, int(APP),
                                   now, now + 600, now + 400, 5, 1, 4, 0, b"admin", b"k", b"eJw-"))

    call = (path, "group_open_http_svc", "get_appid_group_list")
    expect("page: nothing there", run(program, *call), 10, "No such file")
    publish(1)
    expect("page", run(program, *call), 0, rf"\Ahttps://\S+\?sdkappid={APP}&identifier=admin&usersig=eJw-&random=\d+\S+\n\Z")
    publish(1, silence=90)
    expect("page: sigd is dead", run(program, *call), 0, "stands still since 9[0-9] s")
    publish(2)
    expect("page: withdrawn", run(program, *call), 24, "withdrawn")
    expect("page without arguments", run(program), 64, "usage")


def check_readme(folder):
    """The C of README.md, as the body of a function."""
    lines = re.search(r"```c\n(.*?)```", read("README.md"), re.DOTALL).group(1).split("\n")
    path = os.path.join(folder, "readme.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([lines[0], "int main(int argc, char **argv)", "{",
                              "const char *secret = argv[0]; size_t secret_len = 1; uint64_t now = (uint64_t)argc;",
                              *lines[1:], "usersig_key_free(key);", "return 0;", "}", ""]))
    check("README.md's C compiles", compiled(os.environ.get("CC") or "cc", path, os.path.join(folder, "readme")))


def check_guide(folder):
    """docs/LIBRARY.md: its blocks in their order are one program, which prints what stands there."""
    text = read("docs/LIBRARY.md")
    path, program = os.path.join(folder, "guide.c"), os.path.join(folder, "guide")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(re.findall(r"<!-- c -->\n```c\n(.*?)```", text, re.DOTALL)))
    if check("docs/LIBRARY.md's program compiles without a warning", compiled(os.environ.get("CC") or "cc", path, program, *STRICT)):
        said = re.search(r"<!-- prints -->\n```text\n(.*?)```", text, re.DOTALL).group(1)
        expect("docs/LIBRARY.md's program prints what it says", run(program), 0, rf"\A{re.escape(said)}\Z")


def check_cplusplus(folder):
    compiler = os.environ.get("CXX") or "g++"
    name = "the headers in C++"
    if not shutil.which(compiler.split()[0]):
        skip(name, f"no {compiler}: apt install g++")
        return
    program = os.path.join(folder, "cplusplus")
    source = os.path.join(SOURCE, "tests", "interop", "cplusplus.cpp")
    for standard in ("c++11", "c++17"):
        if check(f"{name}: {standard} compiles without a warning",
                 compiled(compiler, source, program, f"-std={standard}", "-pedantic", "-Wold-style-cast", *STRICT)):
            expect(f"{name}: {standard} runs", run(program), 0, "OK, ")


def main():
    if sanitized(os.path.join(LIBRARIES, "libsig.so")):
        skip("examples", "the library is built with sanitizers, which programs must be, too")
        done()
    with tempfile.TemporaryDirectory() as folder:
        check_examples(folder)
        check_readme(folder)
        check_guide(folder)
        check_cplusplus(folder)
    done()


main()
