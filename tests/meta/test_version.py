#!/usr/bin/env python3
"""scripts/version in a git repository at a tag, after one, without one, in another owner's, without git, in a tarball."""
import os
import re
import shutil
import subprocess
import tempfile

from tree import SOURCE, check, done

TOP = os.path.realpath(tempfile.mkdtemp(prefix="version-"))
ENV = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
ENV.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example",
           GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example", LC_ALL="C")


def write(path, text):
    with open(os.path.join(TOP, path), "w", encoding="utf-8") as file:
        file.write(text)


def git(*words):
    return subprocess.run(["git", *words], cwd=TOP, env=ENV, check=True, capture_output=True, text=True).stdout.strip()


def commit():
    git("commit", "-q", "--allow-empty", "-m", "more")


def asked(*words, top=TOP, **more):
    """(exit status, standard output, standard error)"""
    ran = subprocess.run([os.path.join(top, "scripts", "version"), *words], env={**ENV, **more}, capture_output=True, text=True,
                         check=False)
    return ran.returncode, ran.stdout, ran.stderr


def says(name, pattern, **how):
    told = asked(**how)
    check(name, [] if told[0] == 0 and re.fullmatch(pattern + "\n", told[1]) and told[2] == "" else [f"{told}, not {pattern}"])


def by_news():
    says("no git: the first number of NEWS.md", r"0\.3\.0")
    write("NEWS.md", "# News\n\nNone.\n")
    told = asked()
    check("no number anywhere is an error", [] if told[0] == 65 and "NEWS.md" in told[2] and told[1] == "" else [str(told)])
    write("NEWS.md", "# News\n\n## 0.3.0 (not yet released)\n\n## 0.2.0\n")


def by_tags():
    git("init", "-q")
    git("add", ".")
    commit()
    says("no tag: NEWS.md", r"0\.3\.0")
    git("tag", "another")
    git("tag", "vain")
    says("tags of something else: NEWS.md", r"0\.3\.0")
    git("tag", "-a", "-m", "release", "v0.2.0")
    says("at the tag", r"0\.2\.0")
    write("NEWS.md", "# News\n\n## 0.3.0\n")
    says("at the tag, with changes", r"0\.2\.0\+dirty")
    git("add", ".")
    commit()
    commit()
    hash_ = git("rev-parse", "--short=10", "HEAD")
    says("two commits after it", rf"0\.2\.0\+2\.g{hash_}")
    write("NEWS.md", "# News\n\n## 0.4.0\n")
    says("and with changes", rf"0\.2\.0\+2\.g{hash_}\.dirty")
    git("checkout", "-q", "NEWS.md")
    says("another owner's repository: NEWS.md, without git's refusal", r"0\.3\.0", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    git("tag", "v0.3.0-rc1")
    says("before a release", r"0\.3\.0~rc1")
    commit()
    git("tag", "v0.3.0")
    says("a tag without a note", r"0\.3\.0")


def inside_another():
    """What lies in somebody's repository is not described by that one's tags."""
    inner = os.path.join(TOP, "inner")
    os.makedirs(os.path.join(inner, "scripts"))
    shutil.copy(os.path.join(TOP, "scripts", "version"), os.path.join(inner, "scripts"))
    write("inner/NEWS.md", "## 7.1.0\n")
    says("inside of another repository: NEWS.md", r"7\.1\.0", top=inner)


def of_a_tarball():
    write(".version", "0.9.0+1.gabc\n")
    says(".version goes before tags", r"0\.9\.0\+1\.gabc")
    told = asked("--configured")
    check("no configure", [] if told[0] == 1 and "./autogen.sh" in told[2] else [str(told)])
    write("configure", "PACKAGE_VERSION='0.9.0'\n")
    told = asked("--configured")
    check("a configure of another version", [] if told[0] == 1 and "0.9.0+1.gabc" in told[2] else [str(told)])
    write("configure", "PACKAGE_VERSION='0.9.0+1.gabc'\n")
    check("the configure of this version", [] if asked("--configured") == (0, "", "") else [str(asked("--configured"))])
    told = asked("--verbose")
    check("another argument", [] if told[0] == 64 and "usage" in told[2] else [str(told)])


def main():
    os.mkdir(os.path.join(TOP, "scripts"))
    shutil.copy(os.path.join(SOURCE, "scripts", "version"), os.path.join(TOP, "scripts"))
    write("NEWS.md", "# News\n\n## 0.3.0 (not yet released)\n\n## 0.2.0\n")
    by_news()
    by_tags()
    inside_another()
    of_a_tarball()


try:
    main()
finally:
    shutil.rmtree(TOP)
done()
